//! What this process may hold for guests and modules, all engines and compilers together.

use std::{sync::Arc, time::Duration};

use tollgate_sandbox::{
    Compilation, CompileError, CompileLimits, Compiler, Engine, EngineConfig, Entry, Execution,
    Failure, LimitExceeded, LimitKind, ModuleLimits, Optimise, Output, PathGrant, ProcessLimits,
    ProcessShare, Rules, Value, limits,
};

use crate::Test;

pub(crate) const TESTS: &[Test] = &[
    (
        "an_execution_is_admitted_within_each_bound_of_the_process",
        an_execution_is_admitted_within_each_bound_of_the_process,
    ),
    (
        "a_compilation_is_admitted_within_each_bound_of_the_process",
        a_compilation_is_admitted_within_each_bound_of_the_process,
    ),
    (
        "memory_of_guests_counts_over_all_engines",
        memory_of_guests_counts_over_all_engines,
    ),
    (
        "an_execution_waits_for_what_another_engine_gives_back",
        an_execution_waits_for_what_another_engine_gives_back,
    ),
    (
        "whatever_ends_an_execution_its_share_is_given_back",
        whatever_ends_an_execution_its_share_is_given_back,
    ),
    (
        "whatever_ends_a_compilation_its_share_is_given_back",
        whatever_ends_a_compilation_its_share_is_given_back,
    ),
];

/// The limits of this process while a test has others. Tests of this program run one after the other.
struct Within(ProcessLimits);

impl Within {
    fn limits(limits: ProcessLimits) -> Self {
        Self(limits.apply())
    }
}

impl Drop for Within {
    fn drop(&mut self) {
        self.0.apply();
    }
}

const GUEST: &str = r#"(module
    (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
    (memory (export "memory") 1)
    (func (export "answer") (result i32) (i32.const 7))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "trap") unreachable)
    (func (export "spin") (loop $again (br $again))))"#;

fn metered() -> EngineConfig {
    EngineConfig {
        queue_wait: Duration::from_millis(1),
        ..EngineConfig::metered()
    }
}

fn isolated() -> EngineConfig {
    EngineConfig {
        queue_wait: Duration::from_millis(1),
        waiting_workers: 0,
        ..EngineConfig::isolated()
    }
}

fn execution(config: &EngineConfig, export: &str, args: &[Value]) -> Execution {
    let engine = Engine::new(config).unwrap();
    let wasm = wat::parse_str(GUEST).unwrap();
    let entry = Entry::Core {
        export: export.to_owned(),
        args: args.to_vec(),
    };
    Execution::new(&engine.compile_in_process(&wasm).unwrap(), entry)
}

fn refused(execution: &Execution) -> LimitExceeded {
    match execution.run_blocking().result {
        Err(Failure::LimitExceeded(exceeded)) => exceeded,
        other => panic!("{other:?}"),
    }
}

fn runs(execution: &Execution) {
    let outcome = execution.run_blocking();
    assert_eq!(outcome.result, Ok(Output::Values(vec![Value::I32(7)])));
}

fn an_execution_is_admitted_within_each_bound_of_the_process() {
    let here = {
        let mut execution = execution(&metered(), "answer", &[]);
        execution.grant.read = vec![PathGrant::same("/")];
        execution
    };
    let apart = execution(&isolated(), "answer", &[]);
    let standard = ProcessLimits::standard();
    let cases = [
        (
            &here,
            LimitKind::ProcessMemory,
            // Its host calls alone may move as much.
            ProcessLimits {
                memory_bytes: limits::HOST_CALL_BYTES,
                ..standard
            },
        ),
        (
            &here,
            LimitKind::ProcessDescriptors,
            ProcessLimits {
                descriptors: u64::from(limits::HANDLES),
                ..standard
            },
        ),
        (
            &apart,
            LimitKind::ProcessMemory,
            ProcessLimits {
                memory_bytes: limits::HOST_CALL_BYTES,
                ..standard
            },
        ),
        (
            &apart,
            LimitKind::ProcessDescriptors,
            ProcessLimits {
                descriptors: limits::WORKER_DESCRIPTORS - 1,
                ..standard
            },
        ),
        (
            &apart,
            LimitKind::ProcessThreads,
            ProcessLimits {
                threads: 0,
                ..standard
            },
        ),
    ];
    for (execution, kind, few) in cases {
        let value = match kind {
            LimitKind::ProcessMemory => few.memory_bytes,
            LimitKind::ProcessDescriptors => few.descriptors,
            _ => few.threads,
        };
        let within = Within::limits(few);
        assert_eq!(refused(execution), LimitExceeded::new(kind, value));
        drop(within);
        runs(execution);
    }
}

fn compiled(compiler: &Compiler, wasm: &[u8]) -> Result<(), CompileError> {
    let rules = Rules {
        limits: ModuleLimits::default(),
        config: EngineConfig::metered(),
    };
    let work = Compilation {
        rules: &rules,
        intent: None,
        optimise: Optimise::Before,
        begins: &|_| {},
    };
    compiler.compile_with(wasm, &work).map(drop)
}

fn compiler() -> Compiler {
    Compiler::worker(CompileLimits {
        queue_wait: Duration::from_millis(1),
        ..CompileLimits::default()
    })
    .unwrap()
}

fn a_compilation_is_admitted_within_each_bound_of_the_process() {
    let wasm = wat::parse_str(GUEST).unwrap();
    let compiler = compiler();
    let standard = ProcessLimits::standard();
    let cases = [
        (
            LimitExceeded::new(LimitKind::ProcessMemory, limits::ARTIFACT_BYTES),
            ProcessLimits {
                memory_bytes: limits::ARTIFACT_BYTES,
                ..standard
            },
        ),
        (
            LimitExceeded::new(
                LimitKind::ProcessDescriptors,
                limits::WORKER_DESCRIPTORS - 1,
            ),
            ProcessLimits {
                descriptors: limits::WORKER_DESCRIPTORS - 1,
                ..standard
            },
        ),
        (
            LimitExceeded::new(LimitKind::ProcessThreads, limits::COMPILE_TALK_THREADS - 1),
            ProcessLimits {
                threads: limits::COMPILE_TALK_THREADS - 1,
                ..standard
            },
        ),
    ];
    for (expected, few) in cases {
        let within = Within::limits(few);
        match compiled(&compiler, &wasm) {
            Err(CompileError::Full(exceeded)) => assert_eq!(exceeded, expected),
            other => panic!("{other:?}"),
        }
        drop(within);
        compiled(&compiler, &wasm).unwrap();
    }
}

fn memory_of_guests_counts_over_all_engines() {
    let first = execution(&metered(), "answer", &[]);
    let second = execution(&metered(), "grow", &[Value::I32(64)]);
    let kept = first.instantiate_blocking().unwrap();
    let held = ProcessShare::of_this_process().memory_bytes;
    drop(second.run_blocking());
    // Room for the share of the second and some of its memory, not for all.
    let share = {
        let kept = second.instantiate_blocking().unwrap();
        let both = ProcessShare::of_this_process().memory_bytes;
        drop(kept);
        both - held
    };
    let few = ProcessLimits {
        memory_bytes: held + share + (32 << 16),
        ..ProcessLimits::standard()
    };
    let within = Within::limits(few);
    let expected = LimitExceeded::new(LimitKind::ProcessMemory, few.memory_bytes);
    assert_eq!(refused(&second), expected);
    drop(kept);
    let grown = second.run_blocking().result;
    assert_eq!(grown, Ok(Output::Values(vec![Value::I32(1)])));
    drop(within);
}

fn an_execution_waits_for_what_another_engine_gives_back() {
    let first = execution(&metered(), "answer", &[]);
    let second = execution(
        &EngineConfig {
            queue_wait: Duration::from_secs(3_600),
            ..EngineConfig::metered()
        },
        "answer",
        &[],
    );
    let free = ProcessShare::of_this_process().memory_bytes;
    let kept = first.instantiate_blocking().unwrap();
    let memory_bytes = ProcessShare::of_this_process().memory_bytes;
    assert!(memory_bytes > free);
    let within = Within::limits(ProcessLimits {
        memory_bytes,
        ..ProcessLimits::standard()
    });
    let waiting = second.module.engine().clone();
    let waits = std::thread::spawn(move || runs(&second));
    while waiting.load().waiting == 0 {
        std::thread::yield_now();
    }
    drop(kept);
    waits.join().unwrap();
    drop(within);
}

fn whatever_ends_an_execution_its_share_is_given_back() {
    let before = ProcessShare::of_this_process();
    for config in [metered(), isolated()] {
        let mut ends: Vec<(&str, Execution)> = ["answer", "trap", "missing", "spin"]
            .map(|export| (export, execution(&config, export, &[])))
            .into();
        for (_, execution) in &mut ends {
            execution.limits.gas = 1_000_000;
        }
        let mut late = execution(&config, "spin", &[]);
        late.limits.gas = u64::MAX >> 1;
        late.limits.wall = Duration::from_millis(20);
        ends.push(("late", late));
        let mut ungranted = execution(&config, "answer", &[]);
        ungranted.grant.read = vec![PathGrant::same("/there/is/no/such/folder")];
        ends.push(("a grant that leads nowhere", ungranted));
        for (what, execution) in &ends {
            drop(execution.run_blocking());
            assert_eq!(ProcessShare::of_this_process(), before, "{what}");
        }
        cancelled(&config);
        assert_eq!(ProcessShare::of_this_process(), before, "cancelled");
    }
}

/// Drops an execution while its guest runs.
fn cancelled(config: &EngineConfig) {
    let mut execution = execution(config, "spin", &[]);
    execution.limits.gas = u64::MAX >> 1;
    execution.limits.wall = Duration::from_secs(600);
    let execution = Arc::new(execution);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let given_up = tokio::time::timeout(Duration::from_millis(50), execution.run());
        assert!(given_up.await.is_err());
    });
}

fn whatever_ends_a_compilation_its_share_is_given_back() {
    let before = ProcessShare::of_this_process();
    let compiler = compiler();
    compiled(&compiler, &wat::parse_str(GUEST).unwrap()).unwrap();
    assert_eq!(ProcessShare::of_this_process(), before);
    compiled(&compiler, b"no module").unwrap_err();
    assert_eq!(ProcessShare::of_this_process(), before);
    let hasty = Compiler::worker(CompileLimits {
        wall: Duration::ZERO,
        ..CompileLimits::default()
    });
    compiled(&hasty.unwrap(), &wat::parse_str(GUEST).unwrap()).unwrap_err();
    assert_eq!(ProcessShare::of_this_process(), before);
}
