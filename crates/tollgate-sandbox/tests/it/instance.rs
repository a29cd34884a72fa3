use std::time::Duration;

use tollgate_sandbox::{Entry, EventKind, Execution, LimitKind, Value};

use crate::guest::{core, execution, module_in};

const COUNTER: &str = r#"(module
    (memory (export "memory") 1)
    (global $count (export "count") (mut i64) (i64.const 0))
    (func (export "add") (param i64) (result i64)
        (global.set $count (i64.add (global.get $count) (local.get 0)))
        (i64.store (i32.const 0) (global.get $count))
        (global.get $count))
    (func (export "spin") (loop $l (br $l))))"#;

#[test]
fn an_instance_keeps_its_state_and_shows_it() {
    let mut counter = execution(COUNTER, Entry::Start)
        .instantiate_blocking()
        .unwrap();
    let add = counter.typed::<(i64,), i64>("add").unwrap();
    counter.block_on(async |i| {
        assert_eq!(
            i.call("add", &[Value::I64(40)]).await,
            Ok(vec![Value::I64(40)])
        );
        assert_eq!(i.call_typed(&add, (2,)).await, Ok(42));
    });
    assert_eq!(counter.global("count"), Some(Value::I64(42)));
    assert_eq!(counter.globals(), [(String::from("count"), Value::I64(42))]);
    assert_eq!(
        counter.read_memory("memory", 0, 8).unwrap(),
        42i64.to_le_bytes()
    );
    counter.write_memory("memory", 65_535, b"x").unwrap();
    assert!(counter.write_memory("memory", 65_535, b"xy").is_err());
    assert!(counter.read_memory("memory", u64::MAX, 2).is_err());
    assert!(counter.usage().gas > 0);
}

#[test]
fn an_instance_stopped_in_the_middle_stays_stopped() {
    let mut run = execution(COUNTER, Entry::Start);
    run.limits.gas = u64::MAX >> 1;
    run.limits.wall = Duration::from_millis(10);
    let mut counter = run.instantiate_blocking().unwrap();
    for _ in 0..2 {
        let error = counter
            .block_on(async |i| i.call("spin", &[]).await)
            .unwrap_err();
        assert_eq!(error.limit(), Some(LimitKind::Wall));
    }
}

#[test]
fn events_tell_what_happened_in_order() {
    let engine = tollgate_sandbox::Engine::new(&tollgate_sandbox::EngineConfig {
        allocation: tollgate_sandbox::Allocation::OnDemand,
        ..tollgate_sandbox::EngineConfig::metered()
    })
    .unwrap();
    let mut events = engine.subscribe();
    let module = module_in(&engine, COUNTER);
    let mut spin = Execution::new(&module, core("spin", &[]));
    spin.limits.gas = 10;
    drop(spin.run_blocking());
    drop(Execution::new(&module, core("add", &[Value::I64(1)])).run_blocking());
    let mut kinds = Vec::new();
    while let Some(event) = events.try_next() {
        assert_eq!(event.module, module.digest());
        kinds.push(match event.kind {
            EventKind::ModuleCompiled { .. } => "compiled",
            EventKind::ModuleLoaded => "loaded",
            EventKind::ExecutionStarted { .. } => "started",
            EventKind::ExecutionCompleted { .. } => "completed",
            EventKind::ExecutionFailed { .. } => "failed",
            EventKind::LimitExceeded { .. } => "limit",
            other => panic!("{other:?}"),
        });
    }
    assert_eq!(
        kinds,
        [
            "compiled",
            "loaded",
            "started",
            "limit",
            "failed",
            "started",
            "completed"
        ]
    );
    assert_eq!(module.executions(), 2);
}

#[tokio::test]
async fn both_forms_work_inside_a_runtime() {
    let run = execution(COUNTER, core("add", &[Value::I64(1)]));
    assert!(run.run().await.result.is_ok());
    assert!(run.run_blocking().result.is_ok());
}

#[test]
fn two_modules_share_a_memory_when_the_embedder_says_so() {
    let threads = tollgate_sandbox::Proposals {
        threads: true,
        ..Default::default()
    };
    assert!(tollgate_sandbox::SharedMemory::new(crate::guest::engine(), 1, 1).is_err());
    let engine = tollgate_sandbox::Engine::new(&tollgate_sandbox::EngineConfig {
        proposals: threads,
        unstoppable: tollgate_sandbox::Unstoppable::Accept,
        ..crate::guest::engine().config().clone()
    })
    .unwrap();
    let memory = tollgate_sandbox::SharedMemory::new(&engine, 1, 2).unwrap();
    let import = r#"(import "env" "memory" (memory 1 2 shared))"#;
    let with = |body: &str, export: &str| {
        let module = module_in(&engine, &format!("(module {import} {body})"));
        let mut run = Execution::new(&module, core(export, &[]));
        run.shared
            .push((String::from("env"), String::from("memory"), memory.clone()));
        run
    };
    let write = with(
        r#"(func (export "w") (i32.store (i32.const 8) (i32.const 42)))"#,
        "w",
    );
    let read = with(
        r#"(func (export "r") (result i32) (i32.load (i32.const 8)))"#,
        "r",
    );
    let outcome = write.run_blocking();
    assert!(outcome.result.is_ok(), "{outcome:?}");
    assert_eq!(
        outcome.usage.memory_bytes_peak,
        2 << 16,
        "the most it can become counts"
    );
    assert_eq!(
        read.run_blocking().result,
        Ok(tollgate_sandbox::Output::Values(vec![Value::I32(42)]))
    );
    let mut small = with(r#"(func (export "w"))"#, "w");
    small.limits.memory_bytes = 1 << 16;
    assert_eq!(
        small.run_blocking().result.unwrap_err().limit(),
        Some(LimitKind::Memory)
    );
}
