//! Modules and engines for the other tests.

use std::{sync::LazyLock, time::Duration};

use tollgate_sandbox::{
    Allocation, Engine, EngineConfig, Entry, Execution, Failure, LimitKind, Limits, Module,
    Outcome, Value,
};

/// The engine most tests share: metered, and cheap to make.
pub fn engine() -> &'static Engine {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
        Engine::new(&EngineConfig {
            allocation: Allocation::OnDemand,
            ..EngineConfig::metered()
        })
        .unwrap()
    });
    &ENGINE
}

pub fn module(wat: &str) -> Module {
    module_in(engine(), wat)
}

pub fn module_in(engine: &Engine, wat: &str) -> Module {
    engine
        .compile_in_process(&wat::parse_str(wat).unwrap())
        .unwrap()
}

pub fn core(export: &str, args: &[Value]) -> Entry {
    Entry::Core {
        export: export.to_owned(),
        args: args.to_vec(),
    }
}

pub fn bytes(export: &str, input: &[u8]) -> Entry {
    Entry::Bytes {
        export: export.to_owned(),
        input: input.to_vec(),
    }
}

/// An execution with limits that only a runaway guest reaches.
pub fn execution(wat: &str, entry: Entry) -> Execution {
    Execution::new(&module(wat), entry)
}

pub fn run(wat: &str, entry: Entry) -> Outcome {
    execution(wat, entry).run_blocking()
}

pub fn limits() -> Limits {
    Limits::standard()
}

/// Asserts that the outcome is the failure of one limit, and returns its value.
#[track_caller]
pub fn exceeded(outcome: &Outcome, limit: LimitKind) -> u64 {
    match &outcome.result {
        Err(Failure::LimitExceeded(exceeded)) if exceeded.limit == limit => exceeded.value,
        other => panic!("expected the {} limit, got {other:?}", limit.name()),
    }
}

pub const FOREVER: Duration = Duration::from_secs(3600);
