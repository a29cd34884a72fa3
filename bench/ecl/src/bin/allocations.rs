//! Allocations of decisions and bytes of compiled policies, by an allocator that counts. A program of its own, because
//! counting makes every allocation slower, and the peers of the other program allocate.
//!
//! Prints one line of JSON.

#![forbid(unsafe_code)]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement, which may panic"
)]

use std::hint::black_box;

use anyhow::{Result, ensure};
use bench_ecl::own::{self, Interpreter, Wasm};
use bench_ecl::policies::{self, Case};
use serde_json::{Map, Value, json};
use tollgate_ecl::CompiledProgram;

const DECISIONS: u64 = 1_000;

fn main() -> Result<()> {
    let mut decisions = Map::new();
    let cases = [
        policies::fifty(),
        policies::p1(),
        policies::p2(),
        policies::p3(),
        policies::p4(),
        policies::p5(1_000),
        policies::p6(),
    ];
    for case in &cases {
        decisions.insert(case.name.into(), allocations(case)?);
    }
    let rules: Vec<Value> = [100, 1_000, 10_000]
        .map(bytes_per_rule)
        .into_iter()
        .collect::<Result<_>>()?;
    println!("{}", json!({"decisions": decisions, "rules": rules}));
    Ok(())
}

/// Allocations of so many decisions, of each way to decide.
fn allocations(case: &Case) -> Result<Value> {
    let mut vm = Interpreter::new(case)?;
    let mut wasm = Wasm::new(case)?;
    Ok(json!({
        "vm": count(|| vm.decide()),
        "vm_explain": count(|| vm.explain()),
        "wasm": count(|| wasm.decide()),
    }))
}

fn count<T>(mut decide: impl FnMut() -> T) -> u64 {
    black_box(decide());
    allocation_counter::measure(|| {
        for _ in 0..DECISIONS {
            black_box(decide());
        }
    })
    .count_total
}

/// Bytes a rule takes in a compiled program, of which the checked program is the larger part.
fn bytes_per_rule(rules: usize) -> Result<Value> {
    let program = own::program(&policies::p5(rules).source)?;
    let mut compiled = None;
    let used =
        allocation_counter::measure(|| compiled = CompiledProgram::new(program.clone()).ok());
    ensure!(compiled.is_some(), "the rules are not accepted");
    Ok(json!({"rules": rules, "bytes": used.bytes_current as f64 / rules as f64}))
}
