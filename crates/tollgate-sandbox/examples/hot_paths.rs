//! Prints what the shortest paths through the sandbox cost, in nanoseconds: the smallest of many rounds.
//!
//! `cargo run --release -p tollgate-sandbox --example hot_paths`

#![expect(clippy::print_stdout, reason = "its report is what it is for")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "made for a measurement"
)]

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use tollgate_sandbox::{
    Engine, EngineConfig, Entry, Execution, HostFunctions, PureEngine, PureLinker, Tariff, Value,
};

/// Returns the nanoseconds of one call of `work`, the best of many rounds of `calls`.
fn best(calls: u32, mut work: impl FnMut()) -> f64 {
    let mut least = Duration::MAX;
    for _ in 0..40 {
        let started = Instant::now();
        for _ in 0..calls {
            work();
        }
        least = least.min(started.elapsed());
    }
    least.as_nanos() as f64 / f64::from(calls)
}

fn report(what: &str, nanos: f64) {
    println!("{what:<58} {nanos:>10.1} ns");
}

fn pure() {
    let engine = PureEngine::new().unwrap();
    let module = engine
        .compile(
            br#"(module (import "host" "look" (func $look (param i32) (result i64)))
            (memory (export "memory") 1)
            (func (export "decide") (param i32) (result i64) (i64.load (local.get 0)))
            (func (export "look5") (param i32) (result i64)
                (i64.add (call $look (i32.const 0)) (i64.add (call $look (i32.const 1)) (i64.add (call $look (i32.const 2))
                (i64.add (call $look (i32.const 3)) (call $look (local.get 0))))))))"#,
        )
        .unwrap();
    let mut linker = PureLinker::<[i64; 8]>::new(&engine);
    linker
        .func("host", "look", |call, (i,): (u32,)| {
            Ok(call.state().get(i as usize).copied().unwrap_or(0))
        })
        .unwrap();
    let mut instance = linker
        .resolve(&module)
        .unwrap()
        .instantiate([1; 8])
        .unwrap();
    let decide = instance.entry::<(i32,), i64>("decide").unwrap();
    let look = instance.entry::<(i32,), i64>("look5").unwrap();
    let input = [7u8; 32];
    report(
        "pure: write 32 bytes and call",
        best(100_000, || {
            instance.write(64, black_box(&input)).unwrap();
            black_box(instance.call(&decide, (64,)).unwrap());
        }),
    );
    report(
        "pure: write 32 bytes and call with 5 host look-ups",
        best(100_000, || {
            instance.write(64, black_box(&input)).unwrap();
            black_box(instance.call(&look, (4,)).unwrap());
        }),
    );
}

fn executions(name: &str, config: &EngineConfig) {
    let engine = Engine::new(config).unwrap();
    let wasm =
        wat::parse_str(r#"(module (memory (export "memory") 1) (func (export "noop")))"#).unwrap();
    let module = engine.compile_in_process(&wasm).unwrap();
    let run = Execution::new(
        &module,
        Entry::Core {
            export: String::from("noop"),
            args: Vec::new(),
        },
    );
    report(
        &format!("{name}: a whole execution of a no-op, blocking"),
        best(2_000, || {
            assert!(black_box(run.run_blocking()).result.is_ok());
        }),
    );
    let mut instance = run.instantiate_blocking().unwrap();
    let noop = instance.typed::<(), ()>("noop").unwrap();
    let each = instance.block_on(async |instance| {
        let mut least = f64::MAX;
        for _ in 0..40 {
            let started = Instant::now();
            for _ in 0..2_000 {
                instance.call_typed(&noop, ()).await.unwrap();
            }
            least = least.min(started.elapsed().as_nanos() as f64 / 2_000.0);
        }
        least
    });
    report(&format!("{name}: a typed call of a live instance"), each);
}

fn host_calls() {
    const CALLS: i32 = 100_000;
    let engine = Engine::new(&EngineConfig::metered()).unwrap();
    let wasm = wat::parse_str(
        r#"(module (import "env" "f" (func $f (param i32) (result i32)))
        (func (export "run") (param i32) (local $x i32) (loop $l (local.set $x (call $f (local.get 0)))
            (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"#,
    )
    .unwrap();
    let module = engine.compile_in_process(&wasm).unwrap();
    let mut host = HostFunctions::new();
    host.register_typed(
        "env",
        "f",
        Tariff {
            per_call: 1,
            per_byte: 0,
        },
        |_, (x,): (i32,)| Ok(x),
    )
    .unwrap();
    let args = vec![Value::I32(CALLS)];
    let mut run = Execution::new(
        &module,
        Entry::Core {
            export: String::from("run"),
            args,
        },
    );
    run.host = Arc::new(host);
    report(
        "metered: a typed host call with its tariff",
        best(3, || assert!(run.run_blocking().result.is_ok())) / f64::from(CALLS),
    );
}

fn main() {
    pure();
    executions("metered", &EngineConfig::metered());
    executions("timed", &EngineConfig::timed());
    host_calls();
}
