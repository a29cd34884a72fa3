//! Calls of core functions with values.

use wasmtime::{FuncType, Val};

use crate::{Signature, Value, value};

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
