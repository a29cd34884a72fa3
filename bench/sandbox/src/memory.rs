//! Resident memory of many live instances. Measured in a process of its own, this program started again, so that neither
//! side finds memory the other has touched.

use std::process::Command;

use anyhow::{Context as _, Result, bail};
use bench_measure::{Report, Row};
use tollgate::sandbox::{Engine, Execution};
use tollgate::{EngineConfig, Entry};

use crate::guests;
use crate::raw::{self, Guest, Metering};
use crate::runtime;

const INSTANCES: u32 = 500;

pub fn measure(report: &mut Report) -> Result<()> {
    report.section("Resident memory of 500 live instances that have each answered a call");
    for (guest, what) in [
        ("noop", "no-op, one page of memory"),
        ("json-transform", "104 KB guest, 1.1 MB of memory"),
    ] {
        let (ours, raw) = (again("ours", guest)?, again("raw", guest)?);
        report.row(
            Row::new(format!("{what}: KiB an instance"))
                .value(ours, "KiB")
                .against(format!("wasmtime, same settings: {raw:.1} KiB"))
                .also("reference_kib", raw)
                .also("ratio", ours / raw),
        );
    }
    Ok(())
}

/// Starts this program again to measure one side.
fn again(side: &str, guest: &str) -> Result<f64> {
    let output = Command::new(std::env::current_exe()?)
        .args(["--memory", side, guest])
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    text.trim().parse().with_context(|| {
        format!(
            "no figure from the process: {text} {}",
            String::from_utf8_lossy(&output.stderr)
        )
    })
}

/// KiB an instance, in the process made for it.
pub fn child(side: &str, guest: &str) -> Result<f64> {
    let (wasm, export) = match guest {
        "noop" => (
            guests::wat(
                r#"(module (memory (export "memory") 1) (func (export "run") (param i32) (result i32) (local.get 0)))"#,
            )?,
            "run",
        ),
        name => (guests::example(name)?, "alloc"),
    };
    match side {
        "ours" => ours(&wasm, export),
        "raw" => raw(&wasm, export),
        other => bail!("no side `{other}`"),
    }
}

fn ours(wasm: &[u8], export: &str) -> Result<f64> {
    let config = EngineConfig {
        concurrent: INSTANCES + 1,
        global_memory_bytes: 2 << 30,
        ..EngineConfig::metered()
    };
    let module = Engine::new(&config)?.compile_in_process(wasm)?;
    let execution = Execution::new(
        &module,
        Entry::Core {
            export: export.into(),
            args: Vec::new(),
        },
    );
    let runtime = runtime()?;
    let live = || {
        runtime.block_on(async {
            let mut instance = execution.instantiate().await?;
            let call = instance.typed::<(i32,), i32>(export)?;
            instance.call_typed(&call, (16,)).await?;
            anyhow::Ok(instance)
        })
    };
    grown(live)
}

fn raw(wasm: &[u8], export: &str) -> Result<f64> {
    let engine = raw::engine_for(Metering::Fuel, INSTANCES + 1)?;
    let guest = Guest::new(&engine, Metering::Fuel, wasm)?;
    let runtime = runtime()?;
    let live = || {
        runtime.block_on(async {
            let mut store = guest.store()?;
            let instance = guest.pre.instantiate_async(&mut store).await?;
            let call = instance.get_typed_func::<(i32,), i32>(&mut store, export)?;
            call.call_async(&mut store, (16,)).await?;
            anyhow::Ok((store, instance))
        })
    };
    grown(live)
}

fn grown<T>(mut live: impl FnMut() -> Result<T>) -> Result<f64> {
    let first = live()?;
    let before = resident()?;
    let instances: Vec<T> = (1..INSTANCES).map(|_| live()).collect::<Result<_>>()?;
    let after = resident()?;
    drop((first, instances));
    Ok((after - before) as f64 / f64::from(INSTANCES - 1) / 1024.0)
}

/// Bytes of this process in memory.
fn resident() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("no VmRSS")?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes * 1024)
}
