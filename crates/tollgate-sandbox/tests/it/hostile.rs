use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use tollgate_sandbox::{Allocation, Engine, EngineConfig, Execution, Output, Value};

use crate::{
    attacks::suite,
    guest::{core, module_in},
};

/// Runs a well-behaved guest again and again on its own thread until `done`; returns how often.
fn neighbour(good: &Execution, done: &AtomicBool, runs: &AtomicU64) {
    while !done.load(Relaxed) {
        let outcome = good.run_blocking();
        assert_eq!(outcome.result, Ok(Output::Values(vec![Value::I32(610)])));
        runs.fetch_add(1, Relaxed);
    }
}

fn campaign(config: &EngineConfig, seed: u64) {
    let engine = Engine::new(config).unwrap();
    let fibonacci = module_in(
        &engine,
        r#"(module (func $f (export "fib") (param i32) (result i32)
        (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
            (then (local.get 0))
            (else (i32.add (call $f (i32.sub (local.get 0) (i32.const 1))) (call $f (i32.sub (local.get 0) (i32.const 2))))))))"#,
    );
    let good = Execution::new(&fibonacci, core("fib", &[Value::I32(15)]));
    let folder = tempfile::tempdir().unwrap();
    let attacks = suite(&engine, seed, folder.path());
    assert!(attacks.len() >= 25);
    let (done, runs) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        let neighbour = scope.spawn(|| neighbour(&good, &done, &runs));
        let wrong: Vec<_> = attacks
            .iter()
            .filter_map(|attack| attack.attempt().1.err())
            .collect();
        // The neighbour gets to run even when the attacks are over quickly.
        while runs.load(Relaxed) == 0 && !neighbour.is_finished() {
            std::thread::yield_now();
        }
        done.store(true, Relaxed);
        neighbour.join().unwrap();
        assert!(
            wrong.is_empty(),
            "{} attacks ended wrong:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
    });
    assert_eq!(engine.memory().allocated, 0, "all memory is given back");
    assert_eq!(engine.load().running, 0);
}

#[test]
fn attacks_end_within_their_limits_while_a_neighbour_runs() {
    let config = EngineConfig {
        allocation: Allocation::OnDemand,
        ..EngineConfig::metered()
    };
    campaign(&config, 1);
}

#[test]
fn attacks_end_within_their_limits_with_pooled_memory() {
    let config = EngineConfig {
        concurrent: 8,
        ..EngineConfig::metered()
    };
    campaign(&config, 2);
}

#[test]
fn attacks_end_within_their_limits_where_instructions_are_not_counted() {
    let config = EngineConfig {
        concurrent: 8,
        ..EngineConfig::timed()
    };
    campaign(&config, 3);
}
