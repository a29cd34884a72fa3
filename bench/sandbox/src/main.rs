//! The sandbox beside plain wasmtime, one process, both sides in every round.
//!
//! `cargo xtask bench sandbox` builds this and the command, prints tables and writes `bench/results/sandbox.{md,json}`.
//! Names of parts (`instance`, `load`, `start`, `jail`, `programs`, `kill`, `memory`, `metering`) as arguments measure only those, and
//! write nothing.

#![allow(
    unsafe_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement, which may panic, and compares with what is behind an unsafe function"
)]

mod guests;
mod instance;
mod jail;
mod kill;
mod load;
mod memory;
mod metering;
mod programs;
mod raw;
mod start;

use std::path::Path;

use anyhow::{Result, ensure};
use bench_measure::{ROUNDS_MAX, Report};

type Part = (&'static str, fn(&mut Report) -> Result<()>);

const PARTS: [Part; 8] = [
    ("instance", instance::measure),
    ("load", load::measure),
    ("start", start::measure),
    ("jail", jail::measure),
    ("programs", programs::measure),
    ("kill", kill::measure),
    ("memory", memory::measure),
    ("metering", metering::measure),
];

fn main() -> Result<()> {
    // Modules are compiled in processes of this program.
    tollgate::run_if_requested();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, side, guest] = arguments.as_slice()
        && flag == "--memory"
    {
        println!("{}", memory::child(side, guest)?);
        return Ok(());
    }
    if let [flag, side, path] = arguments.as_slice()
        && flag == "--compile"
    {
        let (nanoseconds, kibibytes) = programs::child(side, path)?;
        println!("{nanoseconds} {kibibytes}");
        return Ok(());
    }
    for wanted in &arguments {
        ensure!(
            PARTS.iter().any(|(name, _)| name == wanted),
            "no part `{wanted}`"
        );
    }
    let mut report = Report::new(
        "The sandbox beside wasmtime",
        "Both sides run in one process with the same engine settings and take turns in every round.",
    );
    for (name, measure) in PARTS {
        if arguments.is_empty() || arguments.iter().any(|wanted| wanted == name) {
            measure(&mut report)?;
        }
    }
    if arguments.is_empty() && std::env::var_os(ROUNDS_MAX).is_none() {
        let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("../results");
        report.write(&results, "sandbox")?;
    }
    Ok(())
}

/// A runtime of this thread alone, as both sides get one.
fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?)
}
