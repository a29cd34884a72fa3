//! What one execution leaves behind is nothing the next one can see, also where both get the same slot of the pool.

use tollgate_sandbox::{
    Allocation, Engine, EngineConfig, Entry, Execution, Module, Output, PathGrant, Value,
};

use crate::{
    attacks::marks::{LEAVES, LOOKS},
    guest::{core, module_in},
};

fn engines() -> Vec<Engine> {
    let configs = [EngineConfig::metered(), EngineConfig::timed()];
    let allocations = [Allocation::Auto, Allocation::OnDemand];
    let pairs = configs
        .iter()
        .flat_map(|config| allocations.map(|allocation| (config.clone(), allocation)));
    pairs
        .map(|(config, allocation)| {
            Engine::new(&EngineConfig {
                allocation,
                // One slot: whatever was in it is what the next one gets.
                concurrent: 1,
                ..config
            })
            .unwrap()
        })
        .collect()
}

fn runs(module: &Module) -> Output {
    let outcome = Execution::new(module, core("run", &[])).run_blocking();
    outcome.result.unwrap()
}

#[test]
fn nothing_of_an_execution_is_seen_by_the_next() {
    for engine in engines() {
        let (writes, reads) = (module_in(&engine, LEAVES), module_in(&engine, LOOKS));
        for _ in 0..5 {
            runs(&writes);
            assert_eq!(runs(&reads), Output::Values(vec![Value::I64(0)]));
        }
    }
}

#[test]
fn nothing_of_an_execution_that_trapped_in_the_middle_is_seen_by_the_next() {
    let trapping = LEAVES.replace(
        "(drop (call $deep (i32.const 500)))",
        "(drop (call $deep (i32.const 500))) unreachable",
    );
    for engine in engines() {
        let (writes, reads) = (module_in(&engine, &trapping), module_in(&engine, LOOKS));
        for _ in 0..5 {
            let trapped = Execution::new(&writes, core("run", &[])).run_blocking();
            assert!(trapped.result.is_err());
            assert_eq!(runs(&reads), Output::Values(vec![Value::I64(0)]));
        }
    }
}

/// Takes much of time and randomness (`take`), or says what comes first of them (`look`).
const TIME: &str = r#"(module
    (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "take") (local $i i32)
        ;; Sleeps for a second of the clock that does not go back.
        (i32.store (i32.const 16) (i32.const 1))
        (i64.store (i32.const 24) (i64.const 1000000000))
        (if (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)) (then unreachable))
        (loop $again
            (if (call $random (i32.const 1024) (i32.const 4001)) (then unreachable))
            (if (call $time (i32.const 0) (i64.const 0) (i32.const 8)) (then unreachable))
            (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100)))))
    (func (export "look") (result i64 i64 i64)
        (if (call $time (i32.const 0) (i64.const 0) (i32.const 8)) (then unreachable))
        (if (call $time (i32.const 1) (i64.const 0) (i32.const 16)) (then unreachable))
        (if (call $random (i32.const 24) (i32.const 8)) (then unreachable))
        (i64.load (i32.const 8)) (i64.load (i32.const 16)) (i64.load (i32.const 24))))"#;

#[test]
fn time_and_randomness_that_one_execution_took_are_there_for_the_next() {
    for engine in engines() {
        let module = module_in(&engine, TIME);
        let run = |export: &str| {
            let outcome = Execution::new(&module, core(export, &[])).run_blocking();
            outcome.result.unwrap()
        };
        let first = run("look");
        for _ in 0..3 {
            assert_eq!(run("take"), Output::Values(Vec::new()));
            assert_eq!(run("look"), first);
        }
        // It says what it saw: time and randomness that are taken are another.
        let other = TIME.replace(
            "(func (export \"look\") (result i64 i64 i64)",
            "(func (export \"look\") (result i64 i64 i64) (call $take)",
        );
        let other = other.replace("(func (export \"take\")", "(func $take (export \"take\")");
        let seen = Execution::new(&module_in(&engine, &other), core("look", &[])).run_blocking();
        let (Ok(Output::Values(seen)), Output::Values(first)) = (seen.result, first) else {
            panic!("no values");
        };
        assert!(seen.iter().zip(&first).all(|(seen, first)| seen != first));
    }
}

#[test]
fn a_file_that_one_execution_opened_is_no_handle_of_the_next() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "text").unwrap();
    let imports = r#"
        (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1) (data (i32.const 64) "file")"#;
    let engine = crate::guest::engine();
    let with = |body: &str| {
        let wat = format!("(module {imports} (func (export \"_start\") {body}))");
        let mut run = Execution::new(&module_in(engine, &wat), Entry::Start);
        run.grant
            .read
            .push(PathGrant::mapped(folder.path(), "/data"));
        run.run_blocking()
    };
    // Leaves with the number of its handle, which stays open.
    let opened = with(
        "(drop (call $open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 4) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 8))) (call $exit (i32.load (i32.const 8)))",
    );
    let handle = opened.exit_code.unwrap();
    assert!(handle > 3, "{opened:?}");
    let read = with(&format!(
        "(i32.store (i32.const 0) (i32.const 128)) (i32.store (i32.const 4) (i32.const 4)) (call $exit (call $read (i32.const {handle}) (i32.const 0) (i32.const 1) (i32.const 16)))"
    ));
    assert_eq!(read.exit_code, Some(8), "there is no such handle: {read:?}");
}
