//! The compiler process: what it makes runs, what it refuses or cannot finish is a typed error, and it always ends.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use tollgate_sandbox::{
    Compilation, CompileError, CompileLimit, CompileLimits, Compiled, Compiler, Determinism,
    Engine, EngineConfig, ModuleLimits, Optimise, Reservation, Rules, Tier,
};

use crate::{Test, shapes};

pub(crate) const TESTS: &[Test] = &[
    (
        "worker_makes_code_the_engine_of_the_same_settings_loads",
        worker_makes_code_the_engine_of_the_same_settings_loads,
    ),
    (
        "a_worker_with_few_addresses_makes_code_for_a_process_with_many",
        a_worker_with_few_addresses_makes_code_for_a_process_with_many,
    ),
    ("component_is_compiled", component_is_compiled),
    (
        "invalid_module_is_refused_with_its_reason",
        invalid_module_is_refused_with_its_reason,
    ),
    (
        "expensive_module_is_compiled_without_optimisation",
        expensive_module_is_compiled_without_optimisation,
    ),
    (
        "speed_that_takes_too_long_falls_back_to_quick",
        speed_that_takes_too_long_falls_back_to_quick,
    ),
    (
        "a_module_that_gets_one_attempt_gets_all_of_the_time",
        a_module_that_gets_one_attempt_gets_all_of_the_time,
    ),
    (
        "cpu_limit_ends_a_hundred_thousand_functions",
        cpu_limit_ends_a_hundred_thousand_functions,
    ),
    (
        "memory_limit_ends_a_huge_body",
        memory_limit_ends_a_huge_body,
    ),
    (
        "memory_too_small_for_any_compiler_is_named",
        memory_too_small_for_any_compiler_is_named,
    ),
    ("wall_limit_ends_a_huge_body", wall_limit_ends_a_huge_body),
    ("code_size_limit_holds", code_size_limit_holds),
    (
        "compilations_wait_for_a_turn_and_give_up",
        compilations_wait_for_a_turn_and_give_up,
    ),
    (
        "worker_has_its_limits_and_no_files_or_core_dumps",
        worker_has_its_limits_and_no_files_or_core_dumps,
    ),
];

fn engine() -> Engine {
    let config = EngineConfig {
        allocation: tollgate_sandbox::Allocation::OnDemand,
        ..EngineConfig::metered()
    };
    Engine::new(&config).unwrap()
}

fn limits() -> CompileLimits {
    CompileLimits::default()
}

/// The engine's own settings, and no limits of structure.
fn rules(engine: &Engine) -> Rules {
    Rules {
        limits: unlimited(),
        config: engine.config().clone(),
    }
}

fn unlimited() -> ModuleLimits {
    ModuleLimits {
        functions: u64::MAX,
        ..ModuleLimits::default()
    }
}

fn compile_within(limits: CompileLimits, wasm: &[u8]) -> Result<Compiled, CompileError> {
    let result = Compiler::worker(limits)
        .unwrap()
        .compile(wasm, &rules(&engine()));
    assert_eq!(children(), Vec::<String>::new(), "a worker is left behind");
    result
}

/// Processes whose parent this is, dead ones that nobody waited for included.
pub(crate) fn children() -> Vec<String> {
    let me = std::process::id().to_string();
    let stats = std::fs::read_dir("/proc").unwrap().flatten();
    let stats = stats.filter_map(|entry| std::fs::read_to_string(entry.path().join("stat")).ok());
    stats
        .filter(|stat| {
            stat.rsplit(") ")
                .next()
                .and_then(|rest| rest.split(' ').nth(1))
                == Some(me.as_str())
        })
        .collect()
}

fn limit_of(result: Result<Compiled, CompileError>) -> CompileLimit {
    match result {
        Err(CompileError::Limit { limit, value, .. }) => {
            assert!(!value.is_empty());
            limit
        }
        other => panic!(
            "expected a compile limit, got {:?}",
            other.map(|compiled| (compiled.tier, compiled.took))
        ),
    }
}

pub(crate) fn unprepared_program_is_told_what_to_do() {
    let error = Compiler::worker(limits()).unwrap_err();
    assert!(matches!(error, CompileError::Unprepared), "{error}");
    assert!(error.to_string().contains("run_if_requested"), "{error}");
}

fn worker_makes_code_the_engine_of_the_same_settings_loads() {
    let wasm = wat::parse_str("(module (func (export \"f\") (result i32) i32.const 7))").unwrap();
    for config in [EngineConfig::metered(), EngineConfig::timed()] {
        let config = EngineConfig {
            allocation: tollgate_sandbox::Allocation::OnDemand,
            ..config
        };
        let engine = Engine::new(&config).unwrap();
        let compiled = Compiler::worker(limits())
            .unwrap()
            .compile(&wasm, &rules(&engine))
            .unwrap();
        assert_eq!(compiled.tier, Tier::Speed);
        assert_eq!(
            compiled.artifact,
            engine.precompile(&wasm).unwrap(),
            "both sides must be the same compiler"
        );
    }
}

fn a_worker_with_few_addresses_makes_code_for_a_process_with_many() {
    let wasm = wat::parse_str("(module (memory (export \"m\") 1))").unwrap();
    let rules = Rules {
        limits: ModuleLimits::default(),
        config: EngineConfig {
            reservation: Reservation::Auto,
            ..EngineConfig::metered()
        },
    };
    let compiled = Compiler::worker(limits()).unwrap().compile(&wasm, &rules);
    assert_eq!(engine().config().reservation, Reservation::Full);
    assert_eq!(
        compiled.unwrap().artifact,
        engine().precompile(&wasm).unwrap()
    );
}

fn component_is_compiled() {
    let wasm = wat::parse_str("(component (core module (func)))").unwrap();
    assert!(!compile_within(limits(), &wasm).unwrap().artifact.is_empty());
}

fn invalid_module_is_refused_with_its_reason() {
    let wasm = wat::parse_str("(module (func i32.const 0))").unwrap();
    let error = compile_within(limits(), &wasm).unwrap_err();
    assert!(matches!(error, CompileError::Scan(_)), "{error}");
    assert!(error.to_string().contains("offset"), "{error}");
}

fn expensive_module_is_compiled_without_optimisation() {
    let wasm = shapes::huge_body(1_200_000);
    let compiled = compile_within(limits(), &wasm).unwrap();
    assert!(compiled.scan.compile_cost > tollgate_sandbox::limits::COMPILE_COST_SPEED);
    assert_eq!(compiled.tier, Tier::Quick);
}

fn speed_that_takes_too_long_falls_back_to_quick() {
    let within = CompileLimits {
        cpu: Duration::from_secs(6),
        ..limits()
    };
    let begun = Mutex::new(Vec::new());
    let work = Compilation {
        rules: &rules(&engine()),
        intent: None,
        optimise: Optimise::Before,
        begins: &|tier| begun.lock().unwrap().push(tier),
    };
    let compiler = Compiler::worker(within).unwrap();
    let compiled = compiler
        .compile_with(&shapes::nested_loops(3_000), &work)
        .unwrap();
    assert_eq!(compiled.tier, Tier::Quick);
    assert_eq!(begun.into_inner().unwrap(), [Tier::Speed, Tier::Quick]);
}

fn a_module_that_gets_one_attempt_gets_all_of_the_time() {
    let within = CompileLimits {
        wall: Duration::from_millis(800),
        ..limits()
    };
    let compiler = Compiler::worker(within).unwrap();
    let wasm = shapes::functions(100_000, &shapes::body([]));
    for determinism in [Determinism::Full, Determinism::NoFloat] {
        let rules = Rules {
            limits: unlimited(),
            config: EngineConfig {
                determinism,
                ..EngineConfig::metered()
            },
        };
        let started = Instant::now();
        let result = compiler.compile(&wasm, &rules);
        assert_eq!(limit_of(result), CompileLimit::Wall);
        assert!(started.elapsed() >= within.wall, "{determinism:?}");
    }
}

fn cpu_limit_ends_a_hundred_thousand_functions() {
    let wasm = shapes::functions(100_000, &shapes::body([]));
    let within = CompileLimits {
        cpu: Duration::from_secs(2),
        ..limits()
    };
    assert_eq!(limit_of(compile_within(within, &wasm)), CompileLimit::Cpu);
}

fn memory_limit_ends_a_huge_body() {
    let wasm = shapes::huge_body(4 << 20);
    let within = CompileLimits {
        memory_bytes: 256 << 20,
        ..limits()
    };
    assert_eq!(
        limit_of(compile_within(within, &wasm)),
        CompileLimit::Memory
    );
}

fn memory_too_small_for_any_compiler_is_named() {
    let wasm = wat::parse_str("(module (func (export \"f\") (result i32) i32.const 7))").unwrap();
    for mebibytes in [0, 1, 2, 4, 8, 16] {
        let within = CompileLimits {
            memory_bytes: mebibytes << 20,
            ..limits()
        };
        let error = compile_within(within, &wasm).err();
        assert!(
            matches!(
                &error,
                Some(CompileError::Limit {
                    limit: CompileLimit::Memory,
                    ..
                })
            ),
            "{mebibytes} MiB: {error:?}"
        );
        let said = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(
            said.contains(&format!("memory limit of {} bytes", mebibytes << 20))
                && said.contains("memory limit"),
            "{said}"
        );
    }
}

fn wall_limit_ends_a_huge_body() {
    let wasm = shapes::huge_body(4 << 20);
    let within = CompileLimits {
        wall: Duration::from_millis(300),
        ..limits()
    };
    assert_eq!(limit_of(compile_within(within, &wasm)), CompileLimit::Wall);
}

fn code_size_limit_holds() {
    let wasm = shapes::huge_body(100_000);
    let within = CompileLimits {
        artifact_bytes: 10_000,
        ..limits()
    };
    assert_eq!(
        limit_of(compile_within(within, &wasm)),
        CompileLimit::Artifact
    );
}

fn compilations_wait_for_a_turn_and_give_up() {
    let patient = CompileLimits {
        concurrent: 1,
        cpu: Duration::from_secs(4),
        ..limits()
    };
    let compiler = Compiler::worker(CompileLimits {
        queue_wait: Duration::from_millis(10),
        ..patient
    })
    .unwrap();
    let wasm = shapes::functions(100_000, &shapes::body([]));
    let results: Vec<_> = std::thread::scope(|scope| {
        let compile = || compiler.compile(&wasm, &rules(&engine()));
        let threads = [scope.spawn(compile), scope.spawn(compile)];
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let busy = results
        .iter()
        .filter(|result| matches!(result, Err(CompileError::Busy { .. })))
        .count();
    assert_eq!(busy, 1, "one compiles, the other gives up");
}

fn worker_has_its_limits_and_no_files_or_core_dumps() {
    // A worker that waits for its module, watched from outside. Its environment is looked at from inside, in `jail.rs`.
    let mut child = std::process::Command::new("/proc/self/exe")
        .args([
            "__tollgate-compile",
            "1073741824",
            "1073741824",
            "64",
            "5",
            "5",
        ])
        .args(["no-network", "best"])
        .env_clear()
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let proc = std::path::PathBuf::from(format!("/proc/{}", child.id()));
    // The last thing it gives up is system calls, by a number of lists; it stays in that state until it gets input.
    let ready = || {
        std::fs::read_to_string(proc.join("status"))
            .unwrap()
            .contains("Seccomp_filters:\t3")
    };
    while !ready() {
        assert!(child.try_wait().unwrap().is_none(), "the worker ended");
        std::thread::yield_now();
    }
    let limits = std::fs::read_to_string(proc.join("limits")).unwrap();
    let values = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..]
            .split_whitespace()
            .take(2)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(values("Max core file size"), ["0", "0"]);
    assert_eq!(values("Max file size"), ["0", "0"]);
    assert_eq!(values("Max address space"), ["1073741824", "1073741824"]);
    assert_eq!(values("Max cpu time"), ["5", "6"]);
    assert_eq!(values("Max open files"), ["64", "64"]);
    drop(child.stdin.take());
    assert_eq!(
        child.wait().unwrap().code(),
        Some(72),
        "no input is a bad job"
    );
}
