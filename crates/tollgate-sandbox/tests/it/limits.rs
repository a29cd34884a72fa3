//! Each limit stops what it is for, with an error that names it, its value and its flag.

use std::{sync::Arc, time::Duration};

use tollgate_sandbox::{
    Allocation, Determinism, Engine, EngineConfig, EngineError, Entry, Execution, Failure,
    HostFunctions, LimitKind, Output, Signature, Tariff, Value,
};

use crate::guest::{FOREVER, core, exceeded, execution, module_in, run};

const SPIN: &str = r#"(module (func (export "spin") (loop $l (br $l))))"#;

#[test]
fn gas_stops_a_loop_and_is_all_spent() {
    let mut spin = execution(SPIN, core("spin", &[]));
    spin.limits.gas = 5_000_000;
    spin.limits.wall = FOREVER;
    let outcome = spin.run_blocking();
    assert_eq!(exceeded(&outcome, LimitKind::Gas), 5_000_000);
    assert_eq!(outcome.usage.gas, 5_000_000);
    let message = outcome.result.unwrap_err().to_string();
    assert_eq!(
        message,
        "gas limit of 5000000 gas reached; raise it with `--gas`"
    );
}

#[test]
fn gas_is_the_same_in_every_run() {
    let work = r#"(module (memory 1) (func (export "f") (local $i i32) (loop $l
        (memory.fill (i32.const 0) (i32.const 1) (local.get $i))
        (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000))))))"#;
    let gas = || run(work, core("f", &[])).usage.gas;
    assert_eq!(gas(), gas());
}

#[test]
fn wall_time_stops_a_metered_loop() {
    let mut spin = execution(SPIN, core("spin", &[]));
    spin.limits.gas = u64::MAX >> 1;
    spin.limits.wall = Duration::from_millis(20);
    let outcome = spin.run_blocking();
    assert_eq!(exceeded(&outcome, LimitKind::Wall), 20);
    assert!(outcome.usage.gas > 0 && outcome.usage.cpu > Duration::ZERO);
}

#[test]
fn wall_time_stops_a_timed_loop() {
    let engine = Engine::new(&EngineConfig {
        allocation: Allocation::OnDemand,
        ..EngineConfig::timed()
    })
    .unwrap();
    let mut spin = Execution::new(&module_in(&engine, SPIN), core("spin", &[]));
    spin.limits.wall = Duration::from_millis(20);
    let outcome = spin.run_blocking();
    assert_eq!(exceeded(&outcome, LimitKind::Wall), 20);
    assert_eq!(outcome.usage.gas, 0);
}

#[test]
fn the_stack_limit_is_the_engines() {
    let engine = Engine::new(&EngineConfig {
        allocation: Allocation::OnDemand,
        stack_bytes: 64 << 10,
        ..EngineConfig::metered()
    })
    .unwrap();
    let module = module_in(
        &engine,
        r#"(module (func $f (export "f") (call $f) (call $f)))"#,
    );
    let outcome = Execution::new(&module, core("f", &[])).run_blocking();
    assert_eq!(exceeded(&outcome, LimitKind::Stack), 64 << 10);
}

const GROW: &str = r#"(module (memory (export "memory") 1) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#;

#[test]
fn a_refused_growth_is_an_answer_the_guest_can_live_with() {
    let mut grow = execution(GROW, core("grow", &[Value::I32(100)]));
    grow.limits.memory_bytes = 10 << 16;
    let outcome = grow.run_blocking();
    assert_eq!(outcome.result, Ok(Output::Values(vec![Value::I32(-1)])));
    assert_eq!(outcome.usage.memory_bytes_peak, 1 << 16);
}

#[test]
fn the_global_memory_limit_counts_all_executions() {
    let engine = Engine::new(&EngineConfig {
        allocation: Allocation::OnDemand,
        global_memory_bytes: 4 << 16,
        ..EngineConfig::metered()
    })
    .unwrap();
    let module = module_in(&engine, GROW);
    let mut first = Execution::new(&module, Entry::Start)
        .instantiate_blocking()
        .unwrap();
    assert_eq!(
        first.block_on(async |i| i.call("grow", &[Value::I32(2)]).await),
        Ok(vec![Value::I32(1)])
    );
    let second = Execution::new(&module, core("grow", &[Value::I32(1)]));
    assert_eq!(
        exceeded(&second.run_blocking(), LimitKind::GlobalMemory),
        4 << 16
    );
    assert_eq!(engine.memory().allocated, 3 << 16);
    drop(first);
    assert!(second.run_blocking().result.is_ok());
    let after = engine.memory();
    assert_eq!((after.allocated, after.live, after.peak), (0, 0, 4 << 16));
    assert_eq!(module.memory().total, 3);
}

#[test]
fn the_module_memory_limit_is_for_each_module() {
    let engine = Engine::new(&EngineConfig {
        allocation: Allocation::OnDemand,
        module_memory_bytes: Some(2 << 16),
        ..EngineConfig::metered()
    })
    .unwrap();
    let outcome =
        Execution::new(&module_in(&engine, GROW), core("grow", &[Value::I32(2)])).run_blocking();
    assert_eq!(exceeded(&outcome, LimitKind::ModuleMemory), 2 << 16);
}

#[test]
fn the_host_call_limit_bounds_input_and_pays_for_what_moves() {
    let echo = r#"(module (memory (export "memory") 2)
        (func (export "alloc") (param i32) (result i32) (i32.const 16))
        (func (export "echo") (param i32 i32) (result i64) (i64.const 0)))"#;
    let mut large = execution(echo, crate::guest::bytes("echo", &[0; 100]));
    large.limits.host_call_bytes = 99;
    assert_eq!(exceeded(&large.run_blocking(), LimitKind::HostCall), 99);
    large.limits.host_call_bytes = 100;
    assert!(large.run_blocking().result.is_ok());
}

#[test]
fn host_calls_are_charged_by_their_tariff() {
    let mut host = HostFunctions::new();
    let tariff = Tariff {
        per_call: 1_000,
        per_byte: 10,
    };
    host.register_typed("env", "f", tariff, |call, (pointer,): (u32,)| {
        let slice = call.slice(pointer, 8)?;
        call.read(slice).map(|_| ())
    })
    .unwrap();
    let wat = r#"(module (import "env" "f" (func $f (param i32))) (memory (export "memory") 1)
        (func (export "run") (call $f (i32.const 0)) (call $f (i32.const 0))))"#;
    let mut run = execution(wat, core("run", &[]));
    run.host = Arc::new(host);
    let usage = run.run_blocking().usage;
    assert_eq!(
        (usage.gas_host, usage.host_calls, usage.host_call_bytes),
        (2 * 1_080, 2, 16)
    );
    run.limits.gas = 2_000;
    let outcome = run.run_blocking();
    assert_eq!(exceeded(&outcome, LimitKind::Gas), 2_000);
    assert_eq!(outcome.usage.gas, 2_000);
}

#[test]
fn a_full_queue_refuses_at_once_and_a_short_one_after_its_time() {
    let config = EngineConfig {
        allocation: Allocation::OnDemand,
        concurrent: 1,
        queued: 0,
        ..EngineConfig::metered()
    };
    let engine = Engine::new(&config).unwrap();
    let module = module_in(&engine, GROW);
    let holder = Execution::new(&module, Entry::Start)
        .instantiate_blocking()
        .unwrap();
    assert_eq!(engine.load().running, 1);
    let waiting = Execution::new(&module, core("grow", &[Value::I32(0)]));
    assert_eq!(exceeded(&waiting.run_blocking(), LimitKind::Queue), 0);
    let patient = Engine::new(&EngineConfig {
        queued: 1,
        queue_wait: Duration::from_millis(10),
        ..config
    })
    .unwrap();
    let module = module_in(&patient, GROW);
    let other = Execution::new(&module, Entry::Start)
        .instantiate_blocking()
        .unwrap();
    let outcome = Execution::new(&module, core("grow", &[Value::I32(0)])).run_blocking();
    assert_eq!(exceeded(&outcome, LimitKind::Queue), 1);
    drop((holder, other));
}

#[test]
fn a_waiting_execution_gets_the_place_that_becomes_free() {
    let engine = Engine::new(&EngineConfig {
        allocation: Allocation::OnDemand,
        concurrent: 1,
        queue_wait: FOREVER,
        ..EngineConfig::metered()
    })
    .unwrap();
    let module = module_in(&engine, GROW);
    let holder = Execution::new(&module, Entry::Start)
        .instantiate_blocking()
        .unwrap();
    std::thread::scope(|scope| {
        let waiting =
            scope.spawn(|| Execution::new(&module, core("grow", &[Value::I32(0)])).run_blocking());
        while engine.load().waiting == 0 {
            std::thread::yield_now();
        }
        drop(holder);
        assert!(waiting.join().unwrap().result.is_ok());
    });
}

#[test]
fn floats_are_refused_without_running_when_determinism_says_so() {
    let config = EngineConfig {
        allocation: Allocation::OnDemand,
        determinism: Determinism::NoFloat,
        ..EngineConfig::metered()
    };
    let engine = Engine::new(&config).unwrap();
    let wasm = wat::parse_str("(module (func (result f32) (f32.const 1)))").unwrap();
    assert!(matches!(
        engine.compile_in_process(&wasm),
        Err(EngineError::Floats { .. })
    ));
    assert!(
        engine
            .compile_in_process(&wat::parse_str(SPIN).unwrap())
            .is_ok()
    );
}

#[test]
fn a_host_function_that_never_returns_is_stopped_by_wall_time() {
    let mut host = HostFunctions::new();
    host.register_async(
        "env",
        "wait",
        Signature::new([], []),
        Tariff::CHEAP,
        |_, _| Box::pin(std::future::pending()),
    )
    .unwrap();
    let wat = r#"(module (import "env" "wait" (func $w)) (func (export "run") (call $w)))"#;
    let mut run = execution(wat, core("run", &[]));
    run.host = Arc::new(host);
    run.limits.wall = Duration::from_millis(20);
    let outcome = run.run_blocking();
    assert_eq!(exceeded(&outcome, LimitKind::Wall), 20);
    assert_eq!(outcome.usage.host_calls, 1);
}

#[test]
fn proposals_are_off_until_their_engine_is_asked_for() {
    let engine = crate::guest::engine();
    for (wat, proposals) in [
        (
            "(module (memory 1) (memory 1))",
            tollgate_sandbox::Proposals {
                multi_memory: true,
                ..Default::default()
            },
        ),
        (
            "(module (memory i64 1))",
            tollgate_sandbox::Proposals {
                memory64: true,
                ..Default::default()
            },
        ),
        (
            "(module (memory 1 1 shared))",
            tollgate_sandbox::Proposals {
                threads: true,
                ..Default::default()
            },
        ),
        (
            "(module (type (struct)))",
            tollgate_sandbox::Proposals {
                gc: true,
                ..Default::default()
            },
        ),
        (
            "(module (tag))",
            tollgate_sandbox::Proposals {
                exceptions: true,
                ..Default::default()
            },
        ),
    ] {
        let wasm = wat::parse_str(wat).unwrap();
        assert!(
            matches!(
                engine.compile_in_process(&wasm),
                Err(EngineError::Invalid { .. })
            ),
            "{wat}"
        );
        let with = engine.with_proposals(proposals).unwrap();
        assert!(with.compile_in_process(&wasm).is_ok(), "{wat}");
        assert_ne!(with.fingerprint(), engine.fingerprint(), "{wat}");
    }
}

#[test]
fn the_instance_limit_counts_the_instances_inside_a_component() {
    let wat = r#"(component
        (core module $empty)
        (core instance (instantiate $empty))
        (core instance (instantiate $empty))
        (core module $m (func (export "f")))
        (core instance $i (instantiate $m))
        (func (export "g") (canon lift (core func $i "f"))))"#;
    let module = crate::guest::module(wat);
    let entry = tollgate_sandbox::Entry::Component {
        export: String::from("g"),
        args: tollgate_sandbox::ComponentArgs::Json(String::from("[]")),
    };
    let mut run = Execution::new(&module, entry);
    run.limits.instances = 3;
    assert!(run.run_blocking().result.is_ok());
    run.limits.instances = 2;
    let failure = run.run_blocking().result.unwrap_err();
    assert_eq!(failure.limit(), Some(LimitKind::Instances), "{failure}");
    assert!(failure.to_string().contains("`--max-instances`"));
}

#[test]
fn standard_proposals_can_be_turned_off() {
    use tollgate_sandbox::{ModuleLimits, Proposals, ScanError, prescan};
    let standard = Proposals::standard();
    let cases = [
        (
            "(module (func (param v128)))",
            Proposals {
                simd: false,
                ..standard
            },
        ),
        (
            "(module (memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))))",
            Proposals {
                bulk_memory: false,
                ..standard
            },
        ),
        (
            "(module (func (param externref)))",
            Proposals {
                reference_types: false,
                ..standard
            },
        ),
        (
            "(module (func $f (return_call $f)))",
            Proposals {
                tail_call: false,
                ..standard
            },
        ),
    ];
    for (wat, proposals) in cases {
        let wasm = wat::parse_str(wat).unwrap();
        let config = EngineConfig {
            allocation: Allocation::OnDemand,
            proposals,
            ..EngineConfig::metered()
        };
        let scanned = prescan(&wasm, &ModuleLimits::default(), &config);
        assert!(
            matches!(
                scanned,
                Err(ScanError::Proposal { .. } | ScanError::Invalid { .. })
            ),
            "{wat}: {scanned:?}"
        );
        let without = Engine::new(&config).unwrap();
        assert!(without.compile_in_process(&wasm).is_err(), "{wat}");
        let plain = wat::parse_str("(module (memory 1) (func (export \"f\")))").unwrap();
        assert!(without.compile_in_process(&plain).is_ok());
        assert!(
            crate::guest::engine().compile_in_process(&wasm).is_ok(),
            "{wat}"
        );
    }
}

#[test]
fn code_of_another_engine_is_not_loaded() {
    let outcome = Execution::new(&crate::guest::module(SPIN), core("none", &[])).run_blocking();
    assert!(matches!(outcome.result, Err(Failure::MissingExport { .. })));
    let timed = Engine::new(&EngineConfig {
        allocation: Allocation::OnDemand,
        ..EngineConfig::timed()
    })
    .unwrap();
    let metered = crate::guest::engine();
    assert_ne!(timed.fingerprint(), metered.fingerprint());
}
