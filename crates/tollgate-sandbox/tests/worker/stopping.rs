//! Guests that nothing inside their process can stop: they get one of their own, which the watchdog ends.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use tollgate_sandbox::{
    ComponentArgs, Engine, EngineConfig, Entry, Execution, Failure, HostFunctions, LimitKind,
    Obstacle, Outcome, Proposals, Tariff, Unstoppable,
};

use crate::Test;

pub(crate) const TESTS: &[Test] = &[
    (
        "a_guest_that_waits_in_an_instruction_ends_in_time",
        a_guest_that_waits_in_an_instruction_ends_in_time,
    ),
    (
        "a_component_that_copies_texts_between_memories_ends_in_time",
        a_component_that_copies_texts_between_memories_ends_in_time,
    ),
    (
        "a_run_with_very_much_memory_moves",
        a_run_with_very_much_memory_moves,
    ),
    (
        "an_embedder_can_refuse_what_would_have_to_move",
        an_embedder_can_refuse_what_would_have_to_move,
    ),
    (
        "a_guest_that_would_have_to_move_and_cannot_is_refused",
        a_guest_that_would_have_to_move_and_cannot_is_refused,
    ),
    (
        "a_cancelled_worker_says_what_its_guest_used",
        a_cancelled_worker_says_what_its_guest_used,
    ),
    (
        "a_cancelled_worker_whose_guest_is_stuck_ends_as_well",
        a_cancelled_worker_whose_guest_is_stuck_ends_as_well,
    ),
];

/// Writes a line, and then waits for ever at an address of a shared memory.
pub(crate) const WAITS: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1 1 shared) (data (i32.const 64) "here")
    (func (export "_start")
        (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 4))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
        (drop (memory.atomic.wait32 (i32.const 128) (i32.const 0) (i64.const -1)))))"#;

/// Two parts with memories of their own; one sends the other a text of 19 MB again and again.
pub(crate) const COPIES: &str = r#"(component
    (component $B
        (core module $m (memory (export "memory") 600)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
            (func (export "f") (param i32 i32)))
        (core instance $i (instantiate $m))
        (func (export "f") (param "s" string) (canon lift (core func $i "f") (memory $i "memory") (realloc (func $i "realloc")) string-encoding=utf16)))
    (component $A
        (import "f" (func $f (param "s" string)))
        (core module $lib (memory (export "memory") 300) (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0)))
        (core instance $lib (instantiate $lib))
        (core func $lf (canon lower (func $f) (memory $lib "memory") (realloc (func $lib "realloc")) string-encoding=utf8))
        (core module $main
            (import "a" "f" (func $f (param i32 i32)))
            (func (export "run") (result i32)
                (loop $l (call $f (i32.const 0) (i32.const 19660800)) (br $l)) (i32.const 0)))
        (core instance $a (export "f" (func $lf)))
        (core instance $mi (instantiate $main (with "a" (instance $a))))
        (func (export "run") (result u32) (canon lift (core func $mi "run"))))
    (instance $b (instantiate $B))
    (instance $a (instantiate $A (with "f" (func $b "f"))))
    (alias export $a "run" (func $run)) (export "run" (func $run)))"#;

fn execution(wat: &str, entry: Entry) -> Execution {
    let config = EngineConfig {
        proposals: Proposals {
            threads: true,
            multi_memory: true,
            ..Proposals::standard()
        },
        ..EngineConfig::metered()
    };
    execution_with(&config, wat, entry)
}

fn execution_with(config: &EngineConfig, wat: &str, entry: Entry) -> Execution {
    let engine = Engine::new(config).unwrap();
    let module = engine
        .compile_in_process(&wat::parse_str(wat).unwrap())
        .unwrap();
    Execution::new(&module, entry)
}

/// Asserts that the outcome is the end of a run's time, and not long after it.
fn in_time(run: &Execution, outcome: &Outcome, took: Duration) {
    let limit = outcome.result.as_ref().err().and_then(Failure::limit);
    assert_eq!(limit, Some(LimitKind::Wall), "{outcome:?}");
    // The rest is the start of a process on a machine that does other things as well.
    assert!(took < run.limits.wall + Duration::from_secs(5), "{took:?}");
}

fn a_guest_that_waits_in_an_instruction_ends_in_time() {
    let mut run = execution(WAITS, Entry::Start);
    run.limits.wall = Duration::from_millis(200);
    let started = Instant::now();
    let outcome = run.run_blocking();
    in_time(&run, &outcome, started.elapsed());
    assert_eq!(outcome.moved, Some(Obstacle::Waiting));
    assert_eq!(outcome.stdout.text(), "here", "what it wrote is kept");
    let usage = outcome.usage;
    assert!(usage.host_calls > 0, "{usage:?}");
    assert_eq!(usage.memory_bytes_peak, 64 << 10);
    assert_eq!(usage.gas, run.limits.gas, "what nobody can tell counts");
}

fn a_component_that_copies_texts_between_memories_ends_in_time() {
    let entry = Entry::Component {
        export: String::from("run"),
        args: ComponentArgs::Json(String::from("[]")),
    };
    let config = EngineConfig {
        proposals: Proposals {
            multi_memory: true,
            ..Proposals::standard()
        },
        ..EngineConfig::metered()
    };
    let mut run = execution_with(&config, COPIES, entry);
    run.limits.wall = Duration::from_millis(200);
    let started = Instant::now();
    let outcome = run.run_blocking();
    in_time(&run, &outcome, started.elapsed());
    assert_eq!(outcome.moved, Some(Obstacle::Copying));
}

fn a_run_with_very_much_memory_moves() {
    let wat = r#"(module (func (export "_start")))"#;
    let mut run = execution_with(&EngineConfig::metered(), wat, Entry::Start);
    assert_eq!(run.run_blocking().moved, None);
    run.limits.memory_bytes = 256 << 20;
    let outcome = run.run_blocking();
    assert!(outcome.result.is_ok(), "{outcome:?}");
    assert_eq!(outcome.moved, Some(Obstacle::Filling));
}

fn an_embedder_can_refuse_what_would_have_to_move() {
    let config = EngineConfig {
        proposals: Proposals {
            threads: true,
            ..Proposals::standard()
        },
        unstoppable: Unstoppable::Refuse,
        ..EngineConfig::metered()
    };
    let outcome = execution_with(&config, WAITS, Entry::Start).run_blocking();
    assert!(matches!(
        outcome.result,
        Err(Failure::Unstoppable {
            obstacle: Obstacle::Waiting,
            ..
        })
    ));
}

fn a_guest_that_would_have_to_move_and_cannot_is_refused() {
    let mut host = HostFunctions::new();
    host.register_typed("env", "f", Tariff::CHEAP, |_, (): ()| Ok(()))
        .unwrap();
    let mut run = execution(WAITS, Entry::Start);
    run.host = Arc::new(host);
    let failure = run.run_blocking().result.unwrap_err();
    assert!(matches!(failure, Failure::Unstoppable { .. }));
    let message = failure.to_string();
    assert!(
        message.contains("host functions do not reach isolated guests"),
        "{message}"
    );
}

/// Runs until the guest has written something, and cancels then.
fn cancelled(mut run: Execution) -> Outcome {
    run.limits.wall = Duration::from_secs(120);
    let wrote = Arc::new(tokio::sync::Notify::new());
    let seen = AtomicBool::new(false);
    let notify = wrote.clone();
    run.output = Some(Arc::new(move |_, _: &[u8]| {
        if !seen.swap(true, Relaxed) {
            notify.notify_one();
        }
        tollgate_sandbox::Reader::Listens
    }));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(run.run_until(wrote.notified()))
}

fn a_cancelled_worker_says_what_its_guest_used() {
    let wat = r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 3) (data (i32.const 64) "here")
        (func (export "_start")
            (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 4))
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
            (loop $l (br $l))))"#;
    let mut run = execution_with(&EngineConfig::isolated(), wat, Entry::Start);
    run.limits.gas = u64::MAX >> 1;
    let most = run.limits.gas;
    let outcome = cancelled(run);
    assert_eq!(outcome.result, Err(Failure::Cancelled));
    let usage = outcome.usage;
    assert!(usage.gas > 0 && usage.gas < most, "{usage:?}");
    assert!(usage.host_calls > 0, "{usage:?}");
    assert_eq!(usage.memory_bytes_peak, 192 << 10);
    assert_eq!(outcome.stdout.text(), "here");
}

fn a_cancelled_worker_whose_guest_is_stuck_ends_as_well() {
    let outcome = cancelled(execution(WAITS, Entry::Start));
    assert_eq!(outcome.result, Err(Failure::Cancelled));
    assert!(outcome.usage.host_calls > 0);
}
