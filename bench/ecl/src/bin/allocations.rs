//! Allocations of decisions and bytes of compiled policies, by an allocator that counts. A program of its own, because
//! counting makes every allocation slower, and the peers of the other program allocate.
//!
//! Prints one line of JSON.

use std::hint::black_box;
use std::sync::Arc;

use anyhow::Result;
use bench_ecl::own::{self, Interpreter, Wasm};
use bench_ecl::policies::{self, Case};
use serde_json::{Map, Value, json};
use tollgate_ecl::vm::CompiledProgram;

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

/// Bytes a rule takes in a checked program and in its bytecode.
fn bytes_per_rule(rules: usize) -> Result<Value> {
    let source = policies::p5(rules).source;
    let mut program = None;
    let checked = allocation_counter::measure(|| program = own::program(&source).ok());
    let program = Arc::new(program.ok_or_else(|| anyhow::anyhow!("the rules are not accepted"))?);
    let mut compiled = None;
    let bytecode =
        allocation_counter::measure(|| compiled = CompiledProgram::new((*program).clone()).ok());
    let each = |bytes: i64| bytes as f64 / rules as f64;
    // A compiled program contains the checked one.
    let added = each(bytecode.bytes_current - checked.bytes_current);
    drop(compiled);
    Ok(json!({"rules": rules, "program": each(checked.bytes_current), "bytecode": added}))
}
