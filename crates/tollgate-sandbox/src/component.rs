//! Components: their entries, and calls with values as JSON or WAVE.

mod budget;
mod read;
mod show;
mod wave;

use wasmtime::{
    Store,
    component::{
        Component, Func, Instance, Val,
        types::{ComponentFunc, ComponentItem},
    },
};

use crate::{
    entry::{ComponentArgs, Entry},
    limits::{self, LimitExceeded, LimitKind},
    outcome::{Failure, Output},
    store::{State, Stop, core::bad_arguments},
    text::bounded,
};
use show::Shown;
pub(crate) use show::{Unshown, json as bounded_json};

/// What commands of WASI preview 2 export; any 0.2 version of it fits.
pub(crate) const RUN: &str = "wasi:cli/run@0.2.0";

/// Arguments that a component gives, as JSON.
pub(crate) fn json_args(params: &[Val]) -> Result<Vec<serde_json::Value>, String> {
    let values = params
        .iter()
        .map(|param| serde_json::to_value(Shown(param)));
    values
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())
}

/// The answer to a component as values of the function's result types: one or none.
pub(crate) fn json_results(
    ty: &ComponentFunc,
    answer: &serde_json::Value,
) -> Result<Vec<Val>, String> {
    ty.results()
        .map(|ty| read::value(&ty, answer, "the answer"))
        .collect()
}

/// Returns the names of exported functions: `function`, or `interface#function`; at most [`limits::FUNCTIONS_LISTED`].
pub(crate) fn functions(component: &Component) -> Vec<String> {
    let engine = component.engine();
    let ty = component.component_type();
    let names = ty.exports(engine).flat_map(|(name, item)| {
        let (function, interface) = match item.ty {
            ComponentItem::ComponentFunc(_) => (Some(name.to_owned()), None),
            ComponentItem::ComponentInstance(instance) => (None, Some(instance)),
            _ => (None, None),
        };
        let inside = interface.into_iter().flat_map(move |instance| {
            let functions = instance
                .exports(engine)
                .filter(|(_, item)| matches!(item.ty, ComponentItem::ComponentFunc(_)));
            let names = functions.map(|(function, _)| format!("{name}#{function}"));
            names.take(limits::FUNCTIONS_LISTED).collect::<Vec<_>>()
        });
        function.into_iter().chain(inside)
    });
    let mut names: Vec<String> = names.take(limits::FUNCTIONS_LISTED).collect();
    names.sort();
    names
}

/// Tells whether a function is exported: `function`, or `interface#function`.
pub(crate) fn has_function(component: &Component, name: &str) -> bool {
    let item = match name.split_once('#') {
        Some((interface, function)) => component
            .get_export(None, interface)
            .and_then(|(_, interface)| component.get_export(Some(&interface), function)),
        None => component.get_export(None, name),
    };
    matches!(item, Some((ComponentItem::ComponentFunc(_), _)))
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
    let bytes_max = store.data().limits.host_call_bytes;
    let too_much = |_: budget::Spent| Failure::LimitExceeded(too_large(bytes_max));
    let params = match args {
        ComponentArgs::Json(text) => {
            budget::json(text, bytes_max).map_err(too_much)?;
            read::params(&ty, text)
        }
        ComponentArgs::Wave(text) => {
            budget::wave(text, bytes_max).map_err(too_much)?;
            wave::params(&ty, text)
        }
    };
    let params = params.map_err(|message| bad_arguments(export, message))?;
    let mut results = vec![Val::Bool(false); ty.results().len()];
    function
        .call_async(&mut *store, &params, &mut results)
        .await?;
    render(export, &results, bytes_max).map_err(Stop::Failure)
}

fn too_large(bytes_max: u64) -> LimitExceeded {
    LimitExceeded::new(LimitKind::HostCall, bytes_max)
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

/// The result in both notations, each within the limit of a host call.
fn render(export: &str, results: &[Val], bytes_max: u64) -> Result<Output, Failure> {
    let unshown = |error| match error {
        Unshown::TooLong => Failure::LimitExceeded(too_large(bytes_max)),
        Unshown::NoForm(message) => Failure::BadGuest {
            message: bounded(format!("result of `{export}`: {message}")),
        },
    };
    let Some(result) = results.first() else {
        return Ok(Output::Component {
            json: String::from("null"),
            wave: String::new(),
        });
    };
    Ok(Output::Component {
        json: show::json(&Shown(result), bytes_max).map_err(unshown)?,
        wave: show::wave(result, bytes_max).map_err(unshown)?,
    })
}
