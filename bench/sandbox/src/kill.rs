//! How late a guest that never ends is stopped.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use bench_measure::{MILLI, Report, Row, Samples, rounds};
use tollgate::{EngineConfig, Failure, Limits, Request, Source, Tollgate};

use crate::guests;
use crate::raw::{self, Guest, Metering};
use crate::runtime;

const DEADLINE: Duration = Duration::from_millis(50);
const SAMPLES: usize = 200;
/// Milliseconds after the deadline, in the ninety-ninth percentile.
const LATE_MAX: f64 = 10.0;

const LOOP: &str = r#"(module (func (export "run") (loop $forever (br $forever))))"#;
/// Fills 48 MiB at once, again and again: one instruction that does not give the thread back.
const FILL: &str = r#"(module (memory (export "memory") 768) (func (export "run")
  (loop $forever (memory.fill (i32.const 0) (i32.const 7) (i32.const 50331648)) (br $forever))))"#;

pub fn measure(report: &mut Report) -> Result<()> {
    report
        .section("Milliseconds after a deadline of 50 ms until the guest is stopped and reported");
    for (what, text) in [("endless loop", LOOP), ("endless filling of 48 MiB", FILL)] {
        let wasm = guests::wat(text)?;
        for (profile, config) in [
            ("metered", EngineConfig::metered()),
            ("timed", EngineConfig::timed()),
        ] {
            late(report, &format!("{what}, {profile}"), &wasm, config)?;
        }
    }
    Ok(())
}

fn late(report: &mut Report, what: &str, wasm: &[u8], config: EngineConfig) -> Result<()> {
    let tollgate = Tollgate::builder()
        .engine(config)
        .limits_max(patient(Duration::from_secs(1)))
        .build()?;
    let module = tollgate.load_blocking(&Source::Bytes(wasm.to_vec().into()))?;
    let engine = raw::engine(Metering::Fuel, true)?;
    let guest = Guest::new(&engine, Metering::Fuel, wasm)?;
    let (mut ours, mut reference, mut native) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds(SAMPLES) {
        let start = Instant::now();
        let request = Request::call(&module, "run", []).limits(patient(DEADLINE));
        let outcome = tollgate.execute_blocking(request)?.outcome;
        ours.push(after(start));
        ensure!(
            matches!(&outcome.result, Err(Failure::LimitExceeded(_))),
            "{what}: ended with {:?}",
            outcome.result
        );
        let start = Instant::now();
        raw_run(&guest)?;
        reference.push(after(start));
        let start = Instant::now();
        while start.elapsed() < DEADLINE {
            std::hint::spin_loop();
        }
        native.push(after(start));
    }
    let (ours, reference) = (Samples::new(ours), Samples::new(reference));
    let native = Samples::new(native).quantile(0.99) / 1e6;
    let late = ours.quantile(0.99) / 1e6;
    report.row(
        Row::new(what)
            .ours(&ours, MILLI)
            .reference("wasmtime, fuel and tokio's timeout", &reference, MILLI)
            .also("p99_ms", late)
            .also("reference_p99_ms", reference.quantile(0.99) / 1e6)
            .also("native_p99_ms", native)
            .target(
                format!(
                    "p99 ≤ {LATE_MAX} ms: {late:.1} (reference {:.1}; a loop that looks at the clock, which shows the machine: {native:.1})",
                    reference.quantile(0.99) / 1e6
                ),
                late <= LATE_MAX,
            ),
    );
    Ok(())
}

/// Limits of which only time is ever reached.
fn patient(wall: Duration) -> Limits {
    Limits {
        gas: u64::MAX / 2,
        wall,
        ..Limits::standard()
    }
}

fn after(start: Instant) -> f64 {
    start.elapsed().saturating_sub(DEADLINE).as_secs_f64() * 1e9
}

fn raw_run(guest: &Guest) -> Result<()> {
    let runtime = runtime()?;
    let run = async {
        let mut store = guest.store()?;
        store.set_fuel(u64::MAX / 2)?;
        let instance = guest.pre.instantiate_async(&mut store).await?;
        let call = instance.get_typed_func::<(), ()>(&mut store, "run")?;
        anyhow::Ok(call.call_async(&mut store, ()).await?)
    };
    let ended = runtime.block_on(async { tokio::time::timeout(DEADLINE, run).await });
    ensure!(ended.is_err(), "the guest ended: {ended:?}");
    Ok(())
}
