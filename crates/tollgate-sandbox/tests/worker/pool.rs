//! Workers that wait for an execution: each serves one, and none is left behind.

use std::time::{Duration, Instant};

use tollgate_sandbox::{
    Engine, EngineConfig, Entry, Execution, LimitKind, Obstacle, Output, Value, limits,
};

use crate::{Test, compile::children};

pub(crate) const TESTS: &[Test] = &[
    (
        "a_waiting_worker_serves_one_execution",
        a_waiting_worker_serves_one_execution,
    ),
    (
        "a_waiting_worker_serves_guests_whose_instructions_are_not_counted",
        a_waiting_worker_serves_guests_whose_instructions_are_not_counted,
    ),
    (
        "a_waiting_worker_ends_a_guest_whose_instructions_are_not_counted",
        a_waiting_worker_ends_a_guest_whose_instructions_are_not_counted,
    ),
    (
        "workers_that_wait_end_with_their_engine",
        workers_that_wait_end_with_their_engine,
    ),
    (
        "a_worker_that_died_while_it_waited_is_passed_over",
        a_worker_that_died_while_it_waited_is_passed_over,
    ),
    (
        "a_thousand_executions_leave_no_descriptor_and_no_process",
        a_thousand_executions_leave_no_descriptor_and_no_process,
    ),
];

fn answer(engine: &Engine) -> Execution {
    let wasm = wat::parse_str("(module (func (export \"f\") (result i32) (i32.const 7)))").unwrap();
    let entry = Entry::Core {
        export: String::from("f"),
        args: Vec::new(),
    };
    Execution::new(&engine.compile_in_process(&wasm).unwrap(), entry)
}

fn engine(waiting_workers: u32) -> Engine {
    Engine::new(&EngineConfig {
        waiting_workers,
        ..EngineConfig::isolated()
    })
    .unwrap()
}

fn runs(execution: &Execution) {
    let outcome = execution.run_blocking();
    assert_eq!(outcome.result, Ok(Output::Values(vec![Value::I32(7)])));
}

/// The numbers of the processes of this one, dead ones left out.
fn alive() -> Vec<i32> {
    let living = |stat: &String| !stat.contains(") Z ");
    let number = |stat: String| stat.split(' ').next().unwrap().parse().unwrap();
    children().into_iter().filter(living).map(number).collect()
}

/// Waits until the same workers wait for a moment, so many of them: one that was told to end is alive for a little longer.
/// Half a minute is far more than starting them takes.
fn waiting(count: usize) -> Vec<i32> {
    const MOMENT: Duration = Duration::from_millis(20);
    let started = Instant::now();
    let (mut seen, mut since) = (alive(), started);
    loop {
        let now = alive();
        if now != seen {
            (seen, since) = (now, Instant::now());
        }
        if seen.len() == count && since.elapsed() > MOMENT {
            return seen;
        }
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "{seen:?} wait, and not {count}"
        );
        std::thread::yield_now();
    }
}

fn a_waiting_worker_serves_one_execution() {
    let engine = engine(1);
    let execution = answer(&engine);
    is_served(|| runs(&execution));
}

/// Runs until an execution was served by the worker that waited for it. `runs` starts one at least.
fn is_served(runs: impl Fn()) {
    runs();
    let first = waiting(1);
    // It serves an execution once it is ready; one that comes earlier starts its own.
    let started = Instant::now();
    while waiting(1) == first {
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "{first:?} still waits"
        );
        runs();
    }
}

/// An execution that moves to a worker by itself, of an engine that counts no instructions and has one worker waiting.
fn timed(export: &str) -> Execution {
    let engine = Engine::new(&EngineConfig {
        waiting_workers: 1,
        ..EngineConfig::timed()
    });
    let wat = "(module (func (export \"f\") (result i32) (i32.const 7)) (func (export \"spin\") (loop $l (br $l))))";
    let module = engine
        .unwrap()
        .compile_in_process(&wat::parse_str(wat).unwrap());
    let entry = Entry::Core {
        export: export.to_owned(),
        args: Vec::new(),
    };
    let mut execution = Execution::new(&module.unwrap(), entry);
    execution.limits.memory_bytes = limits::UNINTERRUPTED_BYTES + 1;
    execution
}

fn a_waiting_worker_serves_guests_whose_instructions_are_not_counted() {
    let execution = timed("f");
    is_served(|| {
        let outcome = execution.run_blocking();
        assert_eq!(outcome.moved, Some(Obstacle::Filling));
        assert_eq!(outcome.result, Ok(Output::Values(vec![Value::I32(7)])));
    });
}

fn a_waiting_worker_ends_a_guest_whose_instructions_are_not_counted() {
    let mut execution = timed("spin");
    execution.limits.wall = Duration::from_millis(50);
    is_served(|| {
        let outcome = execution.run_blocking();
        let failure = outcome.result.unwrap_err();
        assert_eq!(failure.limit(), Some(LimitKind::Wall), "{failure}");
    });
}

fn workers_that_wait_end_with_their_engine() {
    let engine = engine(3);
    let execution = answer(&engine);
    runs(&execution);
    waiting(3);
    drop(execution);
    drop(engine);
    assert_eq!(children(), Vec::<String>::new());
}

fn a_worker_that_died_while_it_waited_is_passed_over() {
    let engine = engine(2);
    let execution = answer(&engine);
    runs(&execution);
    for worker in waiting(2) {
        let worker = rustix::process::Pid::from_raw(worker).unwrap();
        rustix::process::kill_process(worker, rustix::process::Signal::KILL).unwrap();
    }
    waiting(0);
    runs(&execution);
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn a_thousand_executions_leave_no_descriptor_and_no_process() {
    let before = descriptors();
    let engine = engine(2);
    let execution = answer(&engine);
    for _ in 0..1_000 {
        runs(&execution);
        assert!(alive().len() <= 10, "{:?}", alive());
    }
    drop(execution);
    drop(engine);
    assert_eq!(children(), Vec::<String>::new());
    // What this thread keeps for its next execution was there before, or is a handful.
    assert!(descriptors() <= before + 8, "{before} {}", descriptors());
}
