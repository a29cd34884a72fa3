//! Modules and engines for the other tests.

use std::{sync::LazyLock, time::Duration};

use tollgate_sandbox::{
    Allocation, Engine, EngineConfig, Entry, Execution, Failure, LimitKind, Module, Outcome, Value,
};

/// The engine most tests share: metered, and cheap to make.
pub(crate) fn engine() -> &'static Engine {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
        Engine::new(&EngineConfig {
            allocation: Allocation::OnDemand,
            ..EngineConfig::metered()
        })
        .unwrap()
    });
    &ENGINE
}

pub(crate) fn module(wat: &str) -> Module {
    module_in(engine(), wat)
}

pub(crate) fn module_in(engine: &Engine, wat: &str) -> Module {
    engine
        .compile_in_process(&wat::parse_str(wat).unwrap())
        .unwrap()
}

pub(crate) fn core(export: &str, args: &[Value]) -> Entry {
    Entry::Core {
        export: export.to_owned(),
        args: args.to_vec(),
    }
}

pub(crate) fn bytes(export: &str, input: &[u8]) -> Entry {
    Entry::Bytes {
        export: export.to_owned(),
        input: input.to_vec(),
    }
}

/// An execution with limits that only a runaway guest reaches.
pub(crate) fn execution(wat: &str, entry: Entry) -> Execution {
    Execution::new(&module(wat), entry)
}

pub(crate) fn run(wat: &str, entry: Entry) -> Outcome {
    execution(wat, entry).run_blocking()
}

/// Asserts that the outcome is the failure of one limit, and returns its value.
#[track_caller]
pub(crate) fn exceeded(outcome: &Outcome, limit: LimitKind) -> u64 {
    match &outcome.result {
        Err(Failure::LimitExceeded(exceeded)) if exceeded.limit == limit => exceeded.value,
        other => panic!("expected the {} limit, got {other:?}", limit.name()),
    }
}

pub(crate) const FOREVER: Duration = Duration::from_secs(3600);
