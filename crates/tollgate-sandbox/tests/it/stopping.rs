//! Time: what is stopped in this process, what is not run here, and what is reported of a run that was stopped.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use tollgate_sandbox::{
    Engine, EngineConfig, Entry, EventKind, Execution, Failure, HostFunctions, LimitKind, Obstacle,
    Proposals, Signature, Tariff, Unstoppable,
};

use crate::guest::{FOREVER, core, engine, exceeded, execution, module_in};

/// Waits for ever at an address of a shared memory.
const WAITS: &str = r#"(module (memory 1 1 shared)
    (func (export "run") (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))))"#;

fn with(config: EngineConfig) -> Engine {
    Engine::new(&EngineConfig {
        allocation: tollgate_sandbox::Allocation::OnDemand,
        ..config
    })
    .unwrap()
}

fn threads() -> Proposals {
    Proposals {
        threads: true,
        ..Proposals::standard()
    }
}

/// Why `wat` is refused by an engine with `config` where no process can be started.
fn obstacle(config: EngineConfig, wat: &str) -> Option<Obstacle> {
    let run = Execution::new(&module_in(&with(config), wat), core("run", &[]));
    match run.run_blocking().result {
        Err(Failure::Unstoppable { obstacle, .. }) => Some(obstacle),
        Ok(_) | Err(_) => None,
    }
}

#[test]
fn a_guest_that_may_wait_in_the_engine_is_not_run_here() {
    for config in [EngineConfig::metered(), EngineConfig::timed()] {
        let config = EngineConfig {
            proposals: threads(),
            ..config
        };
        assert_eq!(obstacle(config, WAITS), Some(Obstacle::Waiting));
    }
}

#[test]
fn a_guest_whose_garbage_is_collected_uncounted_is_not_run_here() {
    let wat = r#"(module (type $a (array i32)) (func (export "run") (loop $l (drop (array.new_default $a (i32.const 64))) (br $l))))"#;
    let config = EngineConfig {
        proposals: Proposals {
            gc: true,
            ..Proposals::standard()
        },
        ..EngineConfig::metered()
    };
    assert_eq!(obstacle(config, wat), Some(Obstacle::Collecting));
}

#[test]
fn a_run_with_very_much_memory_runs_here_where_it_cannot_move() {
    let engine = with(EngineConfig::metered());
    let module = module_in(&engine, r#"(module (func (export "run")))"#);
    let mut run = Execution::new(&module, core("run", &[]));
    run.limits.memory_bytes = 1 << 30;
    let outcome = run.run_blocking();
    assert!(outcome.result.is_ok(), "{outcome:?}");
    assert_eq!(outcome.moved, None);
    assert!(run.instantiate_blocking().is_ok());
}

#[test]
fn a_refusal_says_why_and_what_to_do() {
    let config = EngineConfig {
        proposals: threads(),
        unstoppable: Unstoppable::Refuse,
        ..EngineConfig::metered()
    };
    let run = Execution::new(&module_in(&with(config), WAITS), core("run", &[]));
    let outcome = run.run_blocking();
    says_why_and_what_to_do(&outcome.result.unwrap_err().to_string());
}

fn says_why_and_what_to_do(message: &str) {
    for part in [
        "since it may wait at an address of a shared memory (proposal `threads`)",
        "this program starts no processes for guests",
        "set `unstoppable` of the engine to `accept`",
    ] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_kept_instance_that_cannot_be_stopped_is_refused() {
    let engine = with(EngineConfig {
        proposals: threads(),
        ..EngineConfig::metered()
    });
    let run = Execution::new(&module_in(&engine, WAITS), core("run", &[]));
    let refused = run.instantiate_blocking().err();
    assert!(matches!(refused, Some(Failure::Unstoppable { .. })));
}

#[test]
fn a_loop_of_host_calls_ends_at_its_time() {
    let mut host = HostFunctions::new();
    host.register(
        "env",
        "slow",
        Signature::new([], []),
        Tariff::CHEAP,
        |_, _| {
            let until = Instant::now() + Duration::from_micros(200);
            while Instant::now() < until {
                std::hint::spin_loop();
            }
            Ok(Vec::new())
        },
    )
    .unwrap();
    let mut run = execution(
        r#"(module (import "env" "slow" (func $slow)) (func (export "run") (loop $l (call $slow) (br $l))))"#,
        core("run", &[]),
    );
    run.host = Arc::new(host);
    run.limits.gas = u64::MAX >> 1;
    run.limits.wall = Duration::from_millis(50);
    let outcome = run.run_blocking();
    exceeded(&outcome, LimitKind::Wall);
    // A tenth of a second of calls would be five hundred of them.
    assert!(outcome.usage.host_calls < 5_000, "{:?}", outcome.usage);
}

/// A guest that calls the host again and again, on the thread of others.
const CALLS: &str = r#"(module
    (import "wasi_snapshot_preview1" "clock_time_get" (func $now (param i32 i64 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "_start") (loop $l (drop (call $now (i32.const 1) (i64.const 0) (i32.const 0))) (br $l))))"#;

#[tokio::test]
async fn a_guest_that_calls_the_host_all_the_time_gives_its_thread_back() {
    let mut busy = execution(CALLS, Entry::Start);
    busy.limits.gas = u64::MAX >> 1;
    busy.limits.wall = FOREVER;
    let other = AtomicBool::new(false);
    // Without another thread, the cancelling future runs only when the guest gives this one back.
    let outcome = busy
        .run_until(async {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            other.store(true, Relaxed);
        })
        .await;
    assert_eq!(outcome.result, Err(Failure::Cancelled));
    assert!(other.load(Relaxed));
}

#[tokio::test]
async fn a_cancelled_run_reports_what_it_used() {
    let mut run = execution(CALLS, Entry::Start);
    run.limits.gas = u64::MAX >> 1;
    run.limits.wall = FOREVER;
    let outcome = run
        .run_until(tokio::time::sleep(Duration::from_millis(20)))
        .await;
    assert_eq!(outcome.result, Err(Failure::Cancelled));
    let usage = outcome.usage;
    assert!(usage.gas > 0 && usage.gas_host > 0, "{usage:?}");
    assert!(usage.host_calls > 0, "{usage:?}");
    assert_eq!(usage.memory_bytes_peak, 64 << 10);
    assert!(!usage.cpu.is_zero() && !usage.wall.is_zero(), "{usage:?}");
}

#[tokio::test]
async fn the_event_of_a_dropped_run_says_what_it_used() {
    let engine = with(EngineConfig::metered());
    let mut events = engine.subscribe();
    let mut run = Execution::new(&module_in(&engine, CALLS), Entry::Start);
    run.limits.gas = u64::MAX >> 1;
    run.limits.wall = FOREVER;
    let dropped = tokio::time::timeout(Duration::from_millis(20), run.run()).await;
    assert!(dropped.is_err());
    let used = std::iter::from_fn(|| events.try_next()).find_map(|event| match event.kind {
        EventKind::ExecutionFailed { kind, usage, .. } if kind == "cancelled" => Some(usage),
        _ => None,
    });
    let used = used.expect("an event of the end");
    assert!(used.gas > 0 && used.host_calls > 0, "{used:?}");
    assert_eq!(used.memory_bytes_peak, 64 << 10);
}

#[tokio::test]
async fn an_instance_whose_call_was_dropped_is_not_called_again() {
    let mut run = execution(
        r#"(module (func (export "spin") (loop $l (br $l))) (func (export "f")))"#,
        core("f", &[]),
    );
    run.limits.gas = u64::MAX >> 1;
    run.limits.wall = FOREVER;
    let mut instance = run.instantiate().await.unwrap();
    assert!(instance.call("f", &[]).await.is_ok());
    let dropped = tokio::time::timeout(Duration::from_millis(5), instance.call("spin", &[])).await;
    assert!(dropped.is_err());
    assert_eq!(instance.call("f", &[]).await, Err(Failure::Cancelled));
}

#[test]
fn a_run_without_an_obstacle_is_not_moved() {
    let run = Execution::new(
        &module_in(engine(), r#"(module (func (export "run")))"#),
        core("run", &[]),
    );
    assert_eq!(run.run_blocking().moved, None);
}
