//! From the upload of a module to the answer of its first run.

use std::time::Instant;

use anyhow::Result;
use bench_measure::{MILLI, Report, Row, Samples, rounds};
use serde_json::json;
use wasmtime::{Engine, Instance, Module, Store};

use crate::clients::agent;
use crate::host::{Database, Host};

const ROUNDS: usize = 10;

pub(crate) fn measure(report: &mut Report) -> Result<()> {
    report.section("From the upload of a module of about 200 KB to the answer of its first run");
    for database in Database::BOTH {
        let what = format!("{}, default configuration", database.name());
        let Some(address) = database.address() else {
            report.say(&format!("NOT MEASURED: {what}: it is not installed"));
            continue;
        };
        let host = Host::start(&[], address)?;
        host.unbounded("default")?;
        let (mut ours, mut plain) = (Vec::new(), Vec::new());
        for round in 0..rounds(ROUNDS) {
            // No two are the same, or the second one would be there already.
            let wasm = large(round)?;
            let name = format!("m{round}");
            let body =
                json!({ "module": name, "export": "first", "input": { "values": [20, 22] } });
            let ask = host.cast(&host.key, &body);
            let begun = Instant::now();
            host.push(&name, &wasm)?;
            ask.once(&agent())?;
            ours.push(begun.elapsed().as_secs_f64() * 1e9);
            let begun = Instant::now();
            first(&wasm)?;
            plain.push(begun.elapsed().as_secs_f64() * 1e9);
        }
        let (ours, plain) = (Samples::new(ours), Samples::new(plain));
        report.row(
            Row::new(what)
                .ours(&ours, MILLI)
                .reference(
                    "wasmtime compiles and calls, nothing sent or kept",
                    &plain,
                    MILLI,
                )
                .ratio(&ours.over(&plain)),
        );
    }
    Ok(())
}

/// What a plain handler would do with it.
fn first(wasm: &[u8]) -> Result<i32> {
    let engine = Engine::default();
    let module = Module::new(&engine, wasm)?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let function = instance.get_typed_func::<(i32, i32), i32>(&mut store, "first")?;
    Ok(function.call(&mut store, (20, 22))?)
}

/// A module of many functions, which differ from round to round.
fn large(round: usize) -> Result<Vec<u8>> {
    let mut text = String::from(
        r#"(module (func (export "first") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))"#,
    );
    for number in 0..2_500 {
        let seed = number * 31 + round * 1_000_003;
        text.push_str(&format!(
            "(func (export \"f{number}\") (param i32 i32) (result i32) (local i32)
               (local.set 2 (i32.mul (local.get 0) (i32.const {seed})))
               (if (i32.lt_u (local.get 1) (local.get 2)) (then (local.set 2 (i32.rotl (local.get 2) (i32.const 7)))))
               (i32.xor (i32.add (local.get 2) (local.get 1)) (i32.const {})))",
            seed ^ 0x5A5A
        ));
    }
    text.push(')');
    Ok(wat::parse_str(text)?)
}
