//! Components: their entries, and calls with values as JSON or WAVE.

mod json;

use wasmtime::{
    Store,
    component::{
        Component, Func, Instance, Val,
        types::{ComponentFunc, ComponentItem},
        wasm_wave::untyped::UntypedFuncCall,
    },
};

use crate::{
    ComponentArgs, Entry, Failure, Output,
    run::{State, Stop, bounded, core::bad_arguments},
};

/// What commands of WASI preview 2 export; any 0.2 version of it fits.
const RUN: &str = "wasi:cli/run@0.2.0";

/// Arguments that a component gives, as JSON.
pub(crate) fn json_args(params: &[Val]) -> Result<Vec<serde_json::Value>, String> {
    params.iter().map(json::from_val).collect()
}

/// The answer to a component as values of the function's result types: one or none.
pub(crate) fn json_results(
    ty: &ComponentFunc,
    answer: &serde_json::Value,
) -> Result<Vec<Val>, String> {
    ty.results()
        .map(|ty| json::val(&ty, answer, "the answer"))
        .collect()
}

/// Returns the names of all exported functions: `function`, or `interface#function`.
pub(crate) fn functions(component: &Component) -> Vec<String> {
    let engine = component.engine();
    let mut names = Vec::new();
    for (name, item) in component.component_type().exports(engine) {
        match item.ty {
            ComponentItem::ComponentFunc(_) => names.push(name.to_owned()),
            ComponentItem::ComponentInstance(instance) => {
                for (function, item) in instance.exports(engine) {
                    if let ComponentItem::ComponentFunc(_) = item.ty {
                        names.push(format!("{name}#{function}"));
                    }
                }
            }
            _ => {}
        }
    }
    names.sort();
    names
}

/// Begins an instantiated component at `entry`.
pub(crate) async fn enter(
    store: &mut Store<State>,
    instance: &Instance,
    component: &Component,
    entry: &Entry,
) -> Result<Output, Stop> {
    match entry {
        Entry::Start => start(store, instance, component).await,
        Entry::Component { export, args } => call(store, instance, component, export, args).await,
        Entry::Core { export, .. }
        | Entry::CoreText { export, .. }
        | Entry::Bytes { export, .. } => Err(missing(component, export, "core function").into()),
    }
}

async fn start(
    store: &mut Store<State>,
    instance: &Instance,
    component: &Component,
) -> Result<Output, Stop> {
    let missing = || missing(component, RUN, "command interface");
    let interface = instance
        .get_export_index(&mut *store, None, RUN)
        .ok_or_else(missing)?;
    let run = instance
        .get_export_index(&mut *store, Some(&interface), "run")
        .ok_or_else(missing)?;
    let run = instance.get_typed_func::<(), (Result<(), ()>,)>(&mut *store, &run)?;
    let (ended,) = run.call_async(&mut *store, ()).await?;
    match ended {
        Ok(()) => Ok(Output::Exit),
        // A command says no more than that it failed; shells call that 1.
        Err(()) => Err(Stop::Error(wasmtime::Error::from(wasmtime_wasi::I32Exit(
            1,
        )))),
    }
}

async fn call(
    store: &mut Store<State>,
    instance: &Instance,
    component: &Component,
    export: &str,
    args: &ComponentArgs,
) -> Result<Output, Stop> {
    let function = find(store, instance, export)
        .ok_or_else(|| missing(component, export, "component function"))?;
    let ty = function.ty(&*store);
    let params = match args {
        ComponentArgs::Json(text) => json::params(&ty, text),
        ComponentArgs::Wave(text) => wave_params(&ty, text),
    };
    let params = params.map_err(|message| bad_arguments(export, message))?;
    let mut results = vec![Val::Bool(false); ty.results().len()];
    function
        .call_async(&mut *store, &params, &mut results)
        .await?;
    render(export, &results).map_err(Stop::Failure)
}

/// Finds `function`, `interface#function`, or `function` in the only interface that has it.
fn find(store: &mut Store<State>, instance: &Instance, export: &str) -> Option<Func> {
    if let Some((interface, function)) = export.split_once('#') {
        let interface = instance.get_export_index(&mut *store, None, interface)?;
        let function = instance.get_export_index(&mut *store, Some(&interface), function)?;
        return instance.get_func(&mut *store, function);
    }
    instance.get_func(&mut *store, export)
}

fn missing(component: &Component, name: &str, wanted: &str) -> Failure {
    let available = functions(component)
        .into_iter()
        .take(32)
        .map(bounded)
        .collect();
    Failure::MissingExport {
        name: name.to_owned(),
        wanted: wanted.to_owned(),
        available,
    }
}

fn wave_params(ty: &ComponentFunc, text: &str) -> Result<Vec<Val>, String> {
    let types: Vec<_> = ty.params().map(|(_, ty)| ty).collect();
    // WAVE has a syntax for calls; the name of the function in it does not matter.
    let call = format!("call({text})");
    let call = UntypedFuncCall::parse(&call).map_err(|error| error.to_string())?;
    call.to_wasm_params::<Val>(&types)
        .map_err(|error| error.to_string())
}

fn render(export: &str, results: &[Val]) -> Result<Output, Failure> {
    let unshown = |message: String| Failure::BadGuest {
        message: bounded(format!("result of `{export}`: {message}")),
    };
    let Some(result) = results.first() else {
        return Ok(Output::Component {
            json: String::from("null"),
            wave: String::new(),
        });
    };
    let json = json::from_val(result).map_err(unshown)?.to_string();
    let wave = result
        .to_wave()
        .map_err(|error| unshown(error.to_string()))?;
    Ok(Output::Component { json, wave })
}
