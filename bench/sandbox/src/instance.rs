//! A fresh instance for each call, and a whole execution of one.

use anyhow::{Result, anyhow, ensure};
use bench_measure::{MICRO, Plan, Report, Row, Subject};
use tollgate::sandbox::{Engine, Execution};
use tollgate::{EngineConfig, Entry, Request, Source, Tollgate, Value};

use crate::guests;
use crate::raw::{self, Guest, Metering};
use crate::runtime;

/// The most a fresh instance may take, of wasmtime's own.
const FRESH_MAX: f64 = 1.2;
/// Microseconds that admission, settlement and events may add.
const EXECUTE_MAX: f64 = 5.0;

pub fn measure(report: &mut Report) -> Result<()> {
    report.section("A fresh instance, one call, dropped");
    let guest = guests::example("json-transform")?;
    fresh(
        report,
        "104 KB guest, metered",
        &guest,
        "alloc",
        EngineConfig::metered(),
    )?;
    fresh(
        report,
        "104 KB guest, timed",
        &guest,
        "alloc",
        EngineConfig::timed(),
    )?;
    execute(report)?;
    isolated(report)
}

/// Ours and wasmtime's own, both asynchronous and with the same limits, and wasmtime's blocking call for comparison.
fn fresh(
    report: &mut Report,
    what: &str,
    wasm: &[u8],
    export: &str,
    config: EngineConfig,
) -> Result<()> {
    let metering = match config.profile {
        tollgate::Profile::Timed => Metering::Epoch,
        _ => Metering::Fuel,
    };
    let engine = Engine::new(&config)?;
    let module = engine.compile_in_process(wasm)?;
    let entry = Entry::Core {
        export: export.into(),
        args: Vec::new(),
    };
    let execution = Execution::new(&module, entry);
    let ours_runtime = runtime()?;
    let ours = || {
        ours_runtime.block_on(async {
            let mut instance = execution.instantiate().await?;
            let call = instance.typed::<(i32,), i32>(export)?;
            instance.call_typed(&call, (16,)).await
        })
    };
    assert!(ours().is_ok_and(|address| address != 0), "our call works");

    let raw_engine = raw::engine(metering, true)?;
    let guest = Guest::new(&raw_engine, metering, wasm)?;
    let raw_runtime = runtime()?;
    let same = || -> Result<i32> {
        raw_runtime.block_on(async {
            let mut store = guest.store()?;
            let instance = guest.pre.instantiate_async(&mut store).await?;
            let call = instance.get_typed_func::<(i32,), i32>(&mut store, export)?;
            Ok(call.call_async(&mut store, (16,)).await?)
        })
    };
    same()?;
    let blocking_engine = raw::engine(Metering::None, true)?;
    let blocking_guest = Guest::new(&blocking_engine, Metering::None, wasm)?;
    let blocking = || -> Result<i32> {
        let mut store = blocking_guest.store()?;
        let instance = blocking_guest.pre.instantiate(&mut store)?;
        let call = instance.get_typed_func::<(i32,), i32>(&mut store, export)?;
        Ok(call.call(&mut store, (16,))?)
    };
    blocking()?;
    let samples = Plan::short().measure(&mut [
        Subject::new(ours),
        Subject::new(same),
        Subject::new(blocking),
    ]);
    report.row(
        Row::new(what)
            .ours(&samples[0], MICRO)
            .reference("wasmtime, same settings", &samples[1], MICRO)
            .ratio_max(&samples[0].over(&samples[1]), FRESH_MAX),
    );
    report.row(
        Row::new(format!(
            "{what}, against wasmtime that neither meters nor yields"
        ))
        .ours(&samples[0], MICRO)
        .reference("blocking call", &samples[2], MICRO)
        .ratio(&samples[0].over(&samples[2])),
    );
    Ok(())
}

/// A no-op through the door everything goes through: admit, run, settle, count, publish.
fn execute(report: &mut Report) -> Result<()> {
    let wasm = guests::wat(guests::NOOP)?;
    let tollgate = Tollgate::builder().build()?;
    let module = tollgate.load_blocking(&Source::Bytes(wasm.clone().into()))?;
    let events = tollgate.subscribe();
    let ours_runtime = runtime()?;
    let ours = || {
        let request = Request::call(&module, "run", []);
        ours_runtime
            .block_on(tollgate.execute(request))
            .is_ok_and(|report| report.values().is_ok())
    };
    assert!(ours(), "our execution works");

    let engine = raw::engine(Metering::Fuel, true)?;
    let guest = Guest::new(&engine, Metering::Fuel, &wasm)?;
    let raw_runtime = runtime()?;
    let fresh = || -> Result<()> {
        raw_runtime.block_on(async {
            let mut store = guest.store()?;
            let instance = guest.pre.instantiate_async(&mut store).await?;
            let call = instance.get_typed_func::<(), ()>(&mut store, "run")?;
            Ok(call.call_async(&mut store, ()).await?)
        })
    };
    fresh()?;
    let samples = Plan::short().measure(&mut [Subject::new(ours), Subject::new(fresh)]);
    drop(events);
    let added = samples[0].minus(&samples[1]);
    report.row(
        Row::new("whole `execute` of a no-op, with a subscriber of events")
            .ours(&samples[0], MICRO)
            .reference("wasmtime, fresh instance and call", &samples[1], MICRO)
            .difference(&added, MICRO)
            .target(
                format!("≤ +{EXECUTE_MAX} µs"),
                added.median() / 1e3 <= EXECUTE_MAX,
            ),
    );
    Ok(())
}

/// What a process for each execution costs: beside the other profiles, and beside wasmtime in this process. By the wall
/// clock, since most of it happens elsewhere.
fn isolated(report: &mut Report) -> Result<()> {
    let guests = [
        ("no-op", guests::wat(guests::NOOP)?, "run", vec![]),
        (
            "104 KB guest",
            guests::example("json-transform")?,
            "alloc",
            vec![Value::I32(16)],
        ),
    ];
    for (what, wasm, export, args) in guests {
        let execution = |config: EngineConfig| -> Result<Execution> {
            let module = Engine::new(&config)?.compile_in_process(&wasm)?;
            let entry = Entry::Core {
                export: export.into(),
                args: args.clone(),
            };
            let execution = Execution::new(&module, entry);
            ensure!(execution.run_blocking().result.is_ok(), "{what} fails");
            Ok(execution)
        };
        let isolated = execution(EngineConfig::isolated())?;
        let metered = execution(EngineConfig::metered())?;
        let timed = execution(EngineConfig::timed())?;
        let raw_engine = raw::engine(Metering::Fuel, true)?;
        let guest = Guest::new(&raw_engine, Metering::Fuel, &wasm)?;
        let raw_runtime = runtime()?;
        let raw = || -> Result<()> {
            raw_runtime.block_on(async {
                let mut store = guest.store()?;
                let instance = guest.pre.instantiate_async(&mut store).await?;
                let call = instance
                    .get_func(&mut store, export)
                    .ok_or_else(|| anyhow!("no export `{export}`"))?;
                let params: Vec<_> = args.iter().map(|_| wasmtime::Val::I32(16)).collect();
                let mut results = params.clone();
                Ok(call.call_async(&mut store, &params, &mut results).await?)
            })
        };
        raw()?;
        let samples = Plan::calls(100).measure(&mut [
            Subject::new(|| isolated.run_blocking().result.is_ok()),
            Subject::new(|| metered.run_blocking().result.is_ok()),
            Subject::new(|| timed.run_blocking().result.is_ok()),
            Subject::new(raw),
        ]);
        let references = ["metered", "timed", "wasmtime, fresh instance and call"];
        for (reference, beside) in references.iter().zip(&samples[1..]) {
            report.row(
                Row::new(format!("isolated, {what}: a whole execution"))
                    .ours(&samples[0], MICRO)
                    .reference(reference, beside, MICRO)
                    .difference(&samples[0].minus(beside), MICRO),
            );
        }
    }
    Ok(())
}
