//! Each limit stops what it is for, with an error that names it, its value and its flag.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tollgate_sandbox::{
    Allocation, ComponentArgs, Determinism, Engine, EngineConfig, EngineError, Entry, Execution,
    Failure, GuestSlice, HostCall, HostFunctions, LimitKind, Output, PathGrant, Signature, Stdin,
    Tariff, Value, limits,
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
        "gas limit of 5000000 gas reached; raise `gas` of its limits"
    );
}

#[test]
fn a_guest_that_ends_with_no_gas_left_has_reached_the_limit() {
    // Straight on to its end, with no place at which the engine looks at the gas.
    let adds = "i32.const 1 i32.add ".repeat(50_000);
    let line =
        format!(r#"(module (func (export "f") (param i32) (result i32) local.get 0 {adds}))"#);
    let with = |gas| {
        let mut run = execution(&line, core("f", &[Value::I32(1)]));
        run.limits.gas = gas;
        run.run_blocking()
    };
    let needed = with(1_000_000).usage.gas;
    assert!(needed > 100_000, "{needed}");
    for gas in [2, 1_000, needed - 1, needed] {
        let outcome = with(gas);
        assert_eq!(exceeded(&outcome, LimitKind::Gas), gas);
        assert_eq!(outcome.usage.gas, gas);
    }
    let enough = with(needed + 1);
    assert!(enough.result.is_ok(), "{enough:?}");
    assert_eq!(enough.usage.gas, needed);
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

/// A slice is a value, so an embedder can keep it; in a guest with less memory there is nothing at its place.
#[test]
fn a_slice_of_one_guest_is_refused_in_another_with_less_memory() {
    let kept: Arc<Mutex<Option<GuestSlice>>> = Arc::default();
    let mut host = HostFunctions::new();
    let body = move |call: &mut HostCall<'_>, (pointer,): (u32,)| {
        let mut kept = kept.lock().unwrap();
        let slice = match *kept {
            Some(slice) => slice,
            None => *kept.insert(call.slice(pointer, 4)?),
        };
        let length = call.read(slice)?.len() as u32;
        call.write(slice, &[])?;
        Ok(length)
    };
    host.register_typed("env", "read", Tariff::CHEAP, body)
        .unwrap();
    let host = Arc::new(host);
    let in_pages = |pages: u32| {
        let wat = format!(
            r#"(module (import "env" "read" (func $read (param i32) (result i32))) (memory (export "memory") {pages})
                (func (export "run") (result i32) (call $read (i32.const 65536))))"#
        );
        let mut run = execution(&wat, core("run", &[]));
        run.host = host.clone();
        run.run_blocking().result
    };
    assert_eq!(in_pages(2), Ok(Output::Values(vec![Value::I32(4)])));
    let failure = in_pages(1).unwrap_err().to_string();
    assert!(
        failure.contains("4 bytes at 65536 are outside the memory"),
        "{failure}"
    );
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
    assert!(failure.to_string().contains("`instances` of its limits"));
}

#[test]
fn standard_proposals_can_be_turned_off() {
    use tollgate_sandbox::{ModuleLimits, Proposals, ScanError};

    use crate::prescan::prescan;

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

#[test]
fn random_bytes_of_one_call_are_bounded_by_an_error_number() {
    let wat = r#"(module
        (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (memory (export "memory") 32)
        (func (export "get") (param i32) (result i32) (call $random (i32.const 0) (local.get 0))))"#;
    let most = i32::try_from(limits::RANDOM_BYTES).unwrap();
    const INVALID: i32 = 28;
    for (bytes, errno) in [(most, 0), (most + 1, INVALID), (-1, INVALID)] {
        let outcome = run(wat, core("get", &[Value::I32(bytes)]));
        assert_eq!(
            outcome.result,
            Ok(Output::Values(vec![Value::I32(errno)])),
            "{bytes}"
        );
    }
}

/// Preview 2 has no error number for it.
#[test]
fn random_bytes_of_one_call_of_a_component_are_bounded_by_its_end() {
    let wat = r#"(component
            (import "wasi:random/random@0.2.0" (instance $random
                (export "get-random-bytes" (func (param "len" u64) (result (list u8))))))
            (core module $libc
                (memory (export "memory") 64)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536)))
            (core instance $libc (instantiate $libc))
            (core func $get (canon lower (func $random "get-random-bytes") (memory $libc "memory") (realloc (func $libc "realloc"))))
            (core module $m (import "" "get" (func $get (param i64 i32)))
                (func (export "ask") (param i64) (call $get (local.get 0) (i32.const 0))))
            (core instance $i (instantiate $m (with "" (instance (export "get" (func $get))))))
            (func (export "ask") (param "len" u64) (canon lift (core func $i "ask"))))"#;
    let ask = |bytes: u64| {
        let entry = Entry::Component {
            export: String::from("ask"),
            args: ComponentArgs::Json(format!("[{bytes}]")),
        };
        run(wat, entry).result
    };
    assert!(ask(limits::RANDOM_BYTES).is_ok());
    for bytes in [limits::RANDOM_BYTES + 1, u64::MAX >> 12] {
        let failure = ask(bytes);
        assert!(
            matches!(&failure, Err(Failure::BadGuest { message }) if message.contains("exceeds limit")),
            "{failure:?}"
        );
    }
}

/// A guest that asks for more gets less: what it asks for is reserved before anything is read.
#[test]
fn one_read_of_a_stream_is_bounded() {
    let wat = r#"(component
        (import "wasi:io/error@0.2.0" (instance $errors (export "error" (type (sub resource)))))
        (alias export $errors "error" (type $error))
        (import "wasi:io/streams@0.2.0" (instance $streams
            (export "input-stream" (type $in (sub resource)))
            (alias outer 1 $error (type $e))
            (type $failed (variant (case "last-operation-failed" (own $e)) (case "closed")))
            (export "stream-error" (type $stream-error (eq $failed)))
            (export "[method]input-stream.blocking-read"
                (func (param "self" (borrow $in)) (param "len" u64) (result (result (list u8) (error $stream-error)))))))
        (alias export $streams "input-stream" (type $in))
        (import "wasi:cli/stdin@0.2.0" (instance $stdin
            (alias outer 1 $in (type $i))
            (export "input-stream" (type $stream (eq $i)))
            (export "get-stdin" (func (result (own $stream))))))
        (core module $libc
            (memory (export "memory") 64)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536)))
        (core instance $libc (instantiate $libc))
        (core func $get (canon lower (func $stdin "get-stdin")))
        (core func $read (canon lower (func $streams "[method]input-stream.blocking-read")
            (memory $libc "memory") (realloc (func $libc "realloc"))))
        (core module $m
            (import "" "get" (func $get (result i32)))
            (import "" "read" (func $read (param i32 i64 i32)))
            (import "" "memory" (memory 64))
            (func (export "read") (param i64) (result i32)
                (call $read (call $get) (local.get 0) (i32.const 16))
                (i32.load (i32.const 24))))
        (core instance $i (instantiate $m (with "" (instance
            (export "get" (func $get)) (export "read" (func $read)) (export "memory" (memory $libc "memory"))))))
        (func (export "read") (param "len" u64) (result u32) (canon lift (core func $i "read"))))"#;
    let most = limits::STREAM_READ_BYTES;
    for (asked, got) in [(10, 10), (most, most), (most + 1, most), (u64::MAX, most)] {
        let entry = Entry::Component {
            export: String::from("read"),
            args: ComponentArgs::Wave(asked.to_string()),
        };
        let mut read = execution(wat, entry);
        read.grant.stdin = Stdin::Bytes(vec![b'x'; 3 << 20]);
        let result = read.run_blocking().result;
        assert!(
            matches!(&result, Ok(Output::Component { json, .. }) if *json == got.to_string()),
            "{asked}: {result:?}"
        );
    }
}

/// A folder whose listing is larger than [`limits::LISTING_BYTES`] in both versions of WASI.
fn crowded_folder() -> tempfile::TempDir {
    // What is kept of a name besides the name.
    const RECORD: usize = 16;
    let names = limits::LISTING_BYTES / (RECORD + 255) + 1;
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join(format!("{:0255}", 0));
    std::fs::write(&first, "").unwrap();
    for number in 1..names {
        // A link is a name, and no file of its own to make. A file system bounds how many one file has.
        let name = folder.path().join(format!("{number:0255}"));
        if std::fs::hard_link(&first, &name).is_err() {
            std::fs::write(&name, "").unwrap();
        }
    }
    folder
}

#[test]
fn a_listing_is_bounded_in_both_versions_of_wasi() {
    let crowded = crowded_folder();
    let few = tempfile::tempdir().unwrap();
    std::fs::write(few.path().join("one"), "").unwrap();
    const OVERFLOW: i32 = 61;
    let preview_1 = |folder: &std::path::Path| {
        let wat = r#"(module
            (import "wasi_snapshot_preview1" "fd_readdir" (func $list (param i32 i32 i32 i64 i32) (result i32)))
            (memory (export "memory") 1)
            (func (export "list") (result i32)
                (call $list (i32.const 3) (i32.const 64) (i32.const 1024) (i64.const 0) (i32.const 0))))"#;
        let mut list = execution(wat, core("list", &[]));
        list.limits.wall = FOREVER;
        list.grant.read.push(PathGrant::mapped(folder, "/data"));
        list.run_blocking().result
    };
    let number = |errno| Ok(Output::Values(vec![Value::I32(errno)]));
    assert_eq!(preview_1(few.path()), number(0));
    assert_eq!(preview_1(crowded.path()), number(OVERFLOW));

    // The tag of the result, and the error's number in the order of its declaration.
    let refused = "[1,22]";
    let preview_2 = |folder: &std::path::Path| {
        let entry = Entry::Component {
            export: String::from("list"),
            args: ComponentArgs::Json(String::from("[]")),
        };
        let mut list = execution(LISTER, entry);
        list.limits.wall = FOREVER;
        list.grant.read.push(PathGrant::mapped(folder, "/data"));
        match list.run_blocking().result {
            Ok(Output::Component { json, .. }) => json,
            other => panic!("{other:?}"),
        }
    };
    assert!(preview_2(few.path()).starts_with("[0,"));
    assert_eq!(preview_2(crowded.path()), refused);
}

/// Lists the first granted folder; returns the tag of the result and the number of the error.
const LISTER: &str = r#"(component
    (import "wasi:filesystem/types@0.2.0" (instance $types
        (export "descriptor" (type $descriptor (sub resource)))
        (export "directory-entry-stream" (type $entries (sub resource)))
        (type $codes (enum "access" "would-block" "already" "bad-descriptor" "busy" "deadlock" "quota" "exist" "file-too-large"
            "illegal-byte-sequence" "in-progress" "interrupted" "invalid" "io" "is-directory" "loop" "too-many-links" "message-size"
            "name-too-long" "no-device" "no-entry" "no-lock" "insufficient-memory" "insufficient-space" "not-directory" "not-empty"
            "not-recoverable" "unsupported" "no-tty" "no-such-device" "overflow" "not-permitted" "pipe" "read-only" "invalid-seek"
            "text-file-busy" "cross-device"))
        (export "error-code" (type $code (eq $codes)))
        (export "[method]descriptor.read-directory"
            (func (param "self" (borrow $descriptor)) (result (result (own $entries) (error $code)))))))
    (alias export $types "descriptor" (type $descriptor))
    (import "wasi:filesystem/preopens@0.2.0" (instance $preopens
        (alias outer 1 $descriptor (type $d))
        (export "descriptor" (type $descriptor (eq $d)))
        (export "get-directories" (func (result (list (tuple (own $descriptor) string)))))))
    (core module $libc
        (memory (export "memory") 4)
        (global $next (mut i32) (i32.const 1024))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
            (global.get $next) (global.set $next (i32.add (global.get $next) (i32.const 256)))))
    (core instance $libc (instantiate $libc))
    (core func $folders (canon lower (func $preopens "get-directories") (memory $libc "memory") (realloc (func $libc "realloc"))))
    (core func $list (canon lower (func $types "[method]descriptor.read-directory") (memory $libc "memory")))
    (core module $m
        (import "" "folders" (func $folders (param i32)))
        (import "" "list" (func $list (param i32 i32)))
        (import "" "memory" (memory 4))
        (func (export "list") (result i32)
            (call $folders (i32.const 16))
            (call $list (i32.load (i32.load (i32.const 16))) (i32.const 32))
            (i32.store (i32.const 48) (i32.load8_u (i32.const 32)))
            (i32.store (i32.const 52) (i32.load8_u (i32.const 36)))
            (i32.const 48)))
    (core instance $i (instantiate $m (with "" (instance
        (export "folders" (func $folders)) (export "list" (func $list)) (export "memory" (memory $libc "memory"))))))
    (func (export "list") (result (tuple u32 u32)) (canon lift (core func $i "list") (memory $libc "memory"))))"#;
