//! Runs code with wasmtime and WASI and nothing else: what `wasmtime run --allow-precompiled` does, without its command line.
//!
//! `precompiled --compile IN.wasm OUT.cwasm`, then `precompiled OUT.cwasm [--invoke EXPORT ARGUMENTS…]`, or
//! `precompiled --dir FOLDER FILE -- ARGUMENTS…`, which compiles a file that ends in `.wasm`.

#![allow(
    unsafe_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement, which may panic, and compares with what is behind an unsafe function"
)]

use anyhow::{Context as _, Result, bail};
use wasmtime::{Config, Engine, Linker, Module, Store, Val, ValType};
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let engine = Engine::new(&Config::new())?;
    match words.as_slice() {
        ["--compile", from, to] => Ok(std::fs::write(
            to,
            engine.precompile_module(&std::fs::read(from)?)?,
        )?),
        ["--dir", folder, file, "--", arguments @ ..] => {
            let mut wasi = WasiCtxBuilder::new();
            wasi.inherit_stdio()
                .arg(file)
                .args(arguments)
                .preopened_dir(folder, ".", FsPerms::ReadOnly)?;
            run(&engine, file, wasi, "_start", &[])
        }
        [file] => run(&engine, file, alone(), "_start", &[]),
        [file, "--invoke", export, arguments @ ..] => {
            run(&engine, file, alone(), export, arguments)
        }
        _ => bail!("usage: precompiled FILE [--invoke EXPORT ARGUMENTS…]"),
    }
}

/// Streams and nothing else.
fn alone() -> WasiCtxBuilder {
    let mut wasi = WasiCtxBuilder::new();
    wasi.inherit_stdio();
    wasi
}

fn run(
    engine: &Engine,
    file: &str,
    mut wasi: WasiCtxBuilder,
    export: &str,
    arguments: &[&str],
) -> Result<()> {
    let module = if file.ends_with(".wasm") {
        Module::from_file(engine, file)?
    } else {
        // SAFETY: the file was written by this program, as its documentation says.
        unsafe { Module::deserialize_file(engine, file) }?
    };
    let mut linker: Linker<WasiP1Ctx> = Linker::new(engine);
    p1::add_to_linker_sync(&mut linker, |context| context)?;
    let mut store = Store::new(engine, wasi.build_p1());
    let instance = linker.instantiate(&mut store, &module)?;
    let function = instance
        .get_func(&mut store, export)
        .with_context(|| format!("no export `{export}`"))?;
    let kind = function.ty(&store);
    let values: Vec<Val> = kind
        .params()
        .zip(arguments)
        .map(|(kind, text)| match kind {
            ValType::I32 => Ok(Val::I32(text.parse()?)),
            ValType::I64 => Ok(Val::I64(text.parse()?)),
            other => bail!("arguments of type {other} are not needed"),
        })
        .collect::<Result<_>>()?;
    let mut results = vec![Val::I32(0); kind.results().len()];
    function.call(&mut store, &values, &mut results)?;
    for result in results {
        match result {
            Val::I32(value) => println!("{value}"),
            Val::I64(value) => println!("{value}"),
            other => println!("{other:?}"),
        }
    }
    Ok(())
}
