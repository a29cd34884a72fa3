//! Runs a script with Ruby as its makers publish it: a library for hosts in JavaScript, here in a host that has none.
//!
//! `cargo run -p tollgate --example ruby -- ruby+stdlib.wasm SCRIPT FOLDER`: the script sees FOLDER as `/given`. The library is set up once
//! and keeps its state between calls, so it is an [`Instance`](tollgate::sandbox::Instance). Of the functions it imports, those that
//! count references to Ruby's objects are given; those that reach into JavaScript say that there is none.

#![allow(clippy::print_stdout, reason = "an example prints what it did")]

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use tollgate::sandbox::{Execution, Instance};
use tollgate::{
    Entry, HostError, HostFunctions, PathGrant, Reader, Signature, Source, Tariff, Tollgate, Value,
    ValueType,
};

fn main() -> anyhow::Result<()> {
    tollgate::run_if_requested();

    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [module, script, folder] = arguments.as_slice() else {
        bail!("usage: ruby MODULE SCRIPT FOLDER");
    };
    let script =
        std::fs::read_to_string(script).with_context(|| format!("no script `{script}`"))?;
    let tollgate = Tollgate::builder().build()?;
    let module = tollgate.load_blocking(&Source::File(Path::new(module).to_owned()))?;

    let mut execution = Execution::new(&module, Entry::Start);
    execution.grant.read = vec![PathGrant::mapped(folder, "/given")];
    execution.limits.gas = 20_000_000_000;
    execution.limits.memory_bytes = 256 << 20;
    execution.limits.wall = Duration::from_secs(120);
    execution.host = Arc::new(functions()?);
    execution.output = Some(Arc::new(|_, bytes| {
        match std::io::stdout().write_all(bytes) {
            Ok(()) => Reader::Listens,
            Err(_) => Reader::IsGone,
        }
    }));
    let mut ruby = execution.instantiate_blocking()?;
    ruby.block_on(async |ruby| run(ruby, &script).await)
}

/// Starts the interpreter and lets it evaluate a text. Texts end with a zero, as in C.
async fn run(ruby: &mut Instance, script: &str) -> anyhow::Result<()> {
    let mut list = Vec::new();
    for argument in ["ruby.wasm\0", "-EUTF-8\0", "-e_=0\0"] {
        let (at, len) = place(ruby, argument.as_bytes(), 1).await?;
        list.extend([at.to_le_bytes(), len.to_le_bytes()].concat());
    }
    let (at, _) = place(ruby, &list, 4).await?;
    let count = Value::I32(3);
    ruby.call(
        "ruby-init: func(args: list<string>) -> ()",
        &[Value::I32(at), count],
    )
    .await?;
    let text = format!("{script}\n$stdout.flush\0");
    let (at, len) = place(ruby, text.as_bytes(), 1).await?;
    let answer = ruby
        .call(
            "rb-eval-string-protect: func(str: string) -> tuple<handle<rb-abi-value>, s32>",
            &[Value::I32(at), Value::I32(len)],
        )
        .await?;
    let [Value::I32(at)] = answer.as_slice() else {
        bail!("the interpreter answers with {answer:?}");
    };
    // A handle of the value, then how the evaluation ended.
    let ended = ruby.read_memory("memory", u64::from(at.cast_unsigned()) + 4, 4)?;
    ensure!(ended == [0; 4], "the script raised an exception");
    Ok(())
}

/// Puts bytes into the library's memory: where they are, and how many.
async fn place(ruby: &mut Instance, bytes: &[u8], align: i32) -> anyhow::Result<(i32, i32)> {
    let len = i32::try_from(bytes.len())?;
    let arguments = [0, 0, align, len].map(Value::I32);
    let placed = ruby.call("cabi_realloc", &arguments).await?;
    let [Value::I32(at)] = placed.as_slice() else {
        bail!("no place for {len} bytes");
    };
    ruby.write_memory("memory", u64::from(at.cast_unsigned()), bytes)?;
    Ok((*at, len))
}

/// The functions that the library imports.
fn functions() -> anyhow::Result<HostFunctions> {
    use ValueType::{F64, I32};
    let mut host = HostFunctions::new();
    // A handle of an object of Ruby is the object's own address: there is nobody else who holds any.
    for name in ["resource_new_rb-abi-value", "resource_get_rb-abi-value"] {
        let signature = Signature::new([I32], [I32]);
        host.register(
            "canonical_abi",
            name,
            signature,
            Tariff::CHEAP,
            |_, args| Ok(args.to_vec()),
        )?;
    }
    let signature = Signature::new([I32], []);
    let name = "resource_drop_js-abi-value";
    host.register("canonical_abi", name, signature, Tariff::CHEAP, |_, _| {
        Ok(Vec::new())
    })?;
    for (name, params, results) in JAVASCRIPT {
        let params: Vec<_> = params
            .chars()
            .map(|of| if of == 'f' { F64 } else { I32 })
            .collect();
        let signature = Signature::new(params, vec![I32; *results]);
        host.register("rb-js-abi-host", name, signature, Tariff::CHEAP, |_, _| {
            Err(HostError::Failed {
                message: String::from("there is no JavaScript here"),
            })
        })?;
    }
    Ok(host)
}

/// What reaches into JavaScript: its name, a letter for each parameter (an integer or a float), and how many integers it returns.
const JAVASCRIPT: &[(&str, &str, usize)] = &[
    ("rb_wasm_throw_prohibit_rewind_exception", "ii", 0),
    (
        "eval-js: func(code: string) -> variant { success(handle<js-abi-value>), failure(handle<js-abi-value>) }",
        "iii",
        0,
    ),
    ("is-js: func(value: handle<js-abi-value>) -> bool", "i", 1),
    (
        "instance-of: func(value: handle<js-abi-value>, klass: handle<js-abi-value>) -> bool",
        "ii",
        1,
    ),
    ("global-this: func() -> handle<js-abi-value>", "", 1),
    (
        "int-to-js-number: func(value: s32) -> handle<js-abi-value>",
        "i",
        1,
    ),
    (
        "float-to-js-number: func(value: float64) -> handle<js-abi-value>",
        "f",
        1,
    ),
    (
        "string-to-js-string: func(value: string) -> handle<js-abi-value>",
        "ii",
        1,
    ),
    (
        "bool-to-js-bool: func(value: bool) -> handle<js-abi-value>",
        "i",
        1,
    ),
    (
        "proc-to-js-function: func(value: u32) -> handle<js-abi-value>",
        "i",
        1,
    ),
    (
        "rb-object-to-js-rb-value: func(raw-rb-abi-value: u32) -> handle<js-abi-value>",
        "i",
        1,
    ),
    (
        "js-value-to-string: func(value: handle<js-abi-value>) -> string",
        "ii",
        0,
    ),
    (
        "js-value-to-integer: func(value: handle<js-abi-value>) -> variant { as-float(float64), bignum(string) }",
        "ii",
        0,
    ),
    (
        "export-js-value-to-host: func(value: handle<js-abi-value>) -> ()",
        "i",
        0,
    ),
    (
        "import-js-value-from-host: func() -> handle<js-abi-value>",
        "",
        1,
    ),
    (
        "js-value-typeof: func(value: handle<js-abi-value>) -> string",
        "ii",
        0,
    ),
    (
        "js-value-equal: func(lhs: handle<js-abi-value>, rhs: handle<js-abi-value>) -> bool",
        "ii",
        1,
    ),
    (
        "js-value-strictly-equal: func(lhs: handle<js-abi-value>, rhs: handle<js-abi-value>) -> bool",
        "ii",
        1,
    ),
    (
        "reflect-apply: func(target: handle<js-abi-value>, this-argument: handle<js-abi-value>, arguments: list<handle<js-abi-value>>) -> variant { success(handle<js-abi-value>), failure(handle<js-abi-value>) }",
        "iiiii",
        0,
    ),
    (
        "reflect-get: func(target: handle<js-abi-value>, property-key: string) -> variant { success(handle<js-abi-value>), failure(handle<js-abi-value>) }",
        "iiii",
        0,
    ),
    (
        "reflect-set: func(target: handle<js-abi-value>, property-key: string, value: handle<js-abi-value>) -> variant { success(handle<js-abi-value>), failure(handle<js-abi-value>) }",
        "iiiii",
        0,
    ),
];
