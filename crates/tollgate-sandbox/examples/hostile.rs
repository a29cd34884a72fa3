//! Runs a suite of attacking modules made from a seed, while a well-behaved neighbour runs, and says how each ended.
//!
//! `cargo run -p tollgate-sandbox --example hostile -- [SEED]`

#![expect(clippy::print_stdout, reason = "its report is what it is for")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "made for a test"
)]

use std::{
    process::ExitCode,
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
};

use tollgate_sandbox::{Engine, EngineConfig, Entry, Execution, Value};

#[path = "../tests/hostile/mod.rs"]
mod attacks;

/// The most resident memory may grow over the whole suite: what the engine keeps for its pool, and code.
const RESIDENT_GROWTH_BYTES: u64 = 32 << 20;

const GOOD: &str = r#"(module (func $f (export "fib") (param i32) (result i32)
    (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
        (then (local.get 0))
        (else (i32.add (call $f (i32.sub (local.get 0) (i32.const 1))) (call $f (i32.sub (local.get 0) (i32.const 2))))))))"#;

fn main() -> ExitCode {
    let seed = std::env::args()
        .nth(1)
        .map_or(1, |seed| seed.parse().expect("the seed is a number"));
    let engine = Engine::new(&EngineConfig {
        concurrent: 8,
        ..EngineConfig::metered()
    })
    .unwrap();
    let good = engine
        .compile_in_process(&wat::parse_str(GOOD).unwrap())
        .unwrap();
    let good = Execution::new(
        &good,
        Entry::Core {
            export: "fib".to_owned(),
            args: vec![Value::I32(15)],
        },
    );
    let folder = tempfile::tempdir().unwrap();
    let attacks = attacks::suite(&engine, seed, folder.path());
    let (done, runs) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut wrong = 0;
    // What the first run of everything needs is not a leak.
    for attack in &attacks {
        drop(attack.execution.run_blocking());
    }
    let before = resident_bytes();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Relaxed) {
                let outcome = good.run_blocking();
                assert!(outcome.result.is_ok(), "the neighbour fails: {outcome:?}");
                runs.fetch_add(1, Relaxed);
            }
        });
        for attack in &attacks {
            let outcome = attack.execution.run_blocking();
            let verdict = attack.judge(&outcome);
            wrong += usize::from(verdict.is_err());
            let said = match &outcome.result {
                Ok(_) => format!("exit code {}", outcome.exit_code.unwrap_or(0)),
                Err(failure) => failure.to_string(),
            };
            let mark = if verdict.is_ok() { "held" } else { "WRONG" };
            println!(
                "{mark:5}  {:<52} {:>7} ms  {said}",
                attack.name,
                outcome.usage.wall.as_millis()
            );
        }
        done.store(true, Relaxed);
    });
    let growth = resident_bytes().saturating_sub(before);
    let leaked = engine.memory().allocated;
    println!(
        "seed {seed}: {} attacks, {wrong} ended wrong; the neighbour ran {} times; {leaked} bytes not given back; resident memory grew by {} KiB",
        attacks.len(),
        runs.load(Relaxed),
        growth >> 10
    );
    let held =
        wrong == 0 && leaked == 0 && growth <= RESIDENT_GROWTH_BYTES && runs.load(Relaxed) > 0;
    if held {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Resident memory of this process; 0 where the system does not tell.
fn resident_bytes() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split(' ').nth(1)?.parse::<u64>().ok());
    pages.unwrap_or(0) * 4096
}
