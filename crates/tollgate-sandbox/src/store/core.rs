//! Calls of core functions with values.

use wasmtime::{Func, FuncType, Instance, Store, Val};

use super::{State, Stop};
use crate::{
    outcome::Failure,
    text::bounded,
    value::{self, Signature, Value},
};

/// Checks `args` against `ty` and makes the engine's arguments and room for the results; says what does not fit.
pub(crate) fn prepare(ty: &FuncType, args: &[Value]) -> Result<(Vec<Val>, Vec<Val>), String> {
    let signature = signature(ty)?;
    count(&signature, args.len())?;
    let mut params = Vec::with_capacity(args.len());
    for (i, (arg, want)) in args.iter().zip(&signature.params).enumerate() {
        if arg.value_type() != *want {
            return Err(format!(
                "argument {} is {arg} of type {}, it must be {want}",
                i + 1,
                arg.value_type()
            ));
        }
        let param = value::to_wasm(arg)
            .ok_or_else(|| format!("argument {} must be a null reference", i + 1))?;
        params.push(param);
    }
    let results = signature
        .results
        .iter()
        .map(|ty| Val::default_for_ty(&value::to_wasm_type(*ty)));
    let results = results
        .collect::<Option<Vec<_>>>()
        .ok_or("a result has no default value")?;
    Ok((params, results))
}

/// Reads `args` as the values `ty` needs.
pub(crate) fn parse(ty: &FuncType, args: &[String]) -> Result<Vec<Value>, String> {
    let signature = signature(ty)?;
    count(&signature, args.len())?;
    let parsed = args
        .iter()
        .zip(&signature.params)
        .enumerate()
        .map(|(i, (text, ty))| {
            Value::parse(text, *ty).map_err(|error| format!("argument {}: {error}", i + 1))
        });
    parsed.collect()
}

fn signature(ty: &FuncType) -> Result<Signature, String> {
    value::signature(ty)
        .ok_or_else(|| String::from("its signature has types that cannot cross the border"))
}

fn count(signature: &Signature, given: usize) -> Result<(), String> {
    let wanted = signature.params.len();
    if given == wanted {
        return Ok(());
    }
    let plural = if wanted == 1 { "" } else { "s" };
    Err(format!(
        "its signature is {signature}: it takes {wanted} argument{plural}, {given} given"
    ))
}

/// Runs `_start`.
pub(crate) async fn start(store: &mut Store<State>, instance: &Instance) -> Result<(), Stop> {
    let start = function(store, instance, "_start")?;
    let start = start
        .typed::<(), ()>(&mut *store)
        .map_err(|error| Failure::MissingExport {
            name: String::from("_start"),
            wanted: String::from("function without parameters and results"),
            available: vec![bounded(format!("{error:#}"))],
        })?;
    Ok(start.call_async(store, ()).await?)
}

/// Runs `_initialize`, which modules without `_start` may have.
pub(crate) async fn initialize(store: &mut Store<State>, instance: &Instance) -> Result<(), Stop> {
    let Some(initialize) = instance.get_func(&mut *store, "_initialize") else {
        return Ok(());
    };
    match initialize.typed::<(), ()>(&mut *store) {
        Ok(initialize) => Ok(initialize.call_async(store, ()).await?),
        Err(_) => Ok(()),
    }
}

/// Calls an exported function.
pub(crate) async fn call(
    store: &mut Store<State>,
    instance: &Instance,
    export: &str,
    args: &[Value],
) -> Result<Vec<Value>, Stop> {
    let function = function(store, instance, export)?;
    let (params, mut results) =
        prepare(&function.ty(&*store), args).map_err(|message| bad_arguments(export, message))?;
    function.call_async(store, &params, &mut results).await?;
    let foreign = || Failure::Internal {
        message: format!("a result of `{export}` cannot cross the border"),
    };
    Ok(results
        .iter()
        .map(|result| value::from_wasm(result).ok_or_else(foreign))
        .collect::<Result<_, _>>()?)
}

/// Reads textual arguments by the signature of `export`.
pub(crate) fn parse_args(
    store: &mut Store<State>,
    instance: &Instance,
    export: &str,
    args: &[String],
) -> Result<Vec<Value>, Failure> {
    let function = function(store, instance, export)?;
    parse(&function.ty(&*store), args).map_err(|message| bad_arguments(export, message))
}

pub(crate) fn bad_arguments(export: &str, message: String) -> Failure {
    Failure::BadArguments {
        export: export.to_owned(),
        message: bounded(message),
    }
}

/// Finds an exported function.
pub(crate) fn function(
    store: &mut Store<State>,
    instance: &Instance,
    export: &str,
) -> Result<Func, Failure> {
    instance
        .get_func(&mut *store, export)
        .ok_or_else(|| Failure::MissingExport {
            name: export.to_owned(),
            wanted: String::from("function"),
            available: functions(store, instance),
        })
}

/// Most names listed in an error.
const NAMES: usize = 32;

/// Returns the names of exported functions, as many as an error lists.
pub(crate) fn functions(store: &mut Store<State>, instance: &Instance) -> Vec<String> {
    let functions = instance.exports(store).filter_map(|export| {
        let name = export.name().to_owned();
        export.into_func().map(|_| bounded(name))
    });
    functions.take(NAMES).collect()
}
