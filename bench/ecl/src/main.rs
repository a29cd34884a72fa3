//! Decisions of both policy engines, taking turns in every round with other policy engines, requests taken in before.
//!
//! `cargo xtask bench ecl` prints tables and writes `bench/results/ecl.{md,json}`. Names of cases (`fifty`, `P1` to `P6`, `ranges`, `prefixes`)
//! or parts (`engine`, `other`) as arguments measure only those, and write nothing.

#![forbid(unsafe_code)]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement, which may panic"
)]

mod cases;
mod engine;
mod other;
mod peers;

use std::path::Path;

use anyhow::Result;
use bench_measure::{ROUNDS_MAX, Report};

fn main() -> Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if wanted.iter().any(|word| word == "--memory") {
        println!("{}", engine::memory_child()?);
        return Ok(());
    }
    let on = |name: &str| wanted.is_empty() || wanted.iter().any(|w| w.eq_ignore_ascii_case(name));
    let mut report = Report::new(
        "Policy decisions",
        "Processor time of a decision whose request was taken in before. Ratios are how many times faster than the best \
         peer. Peers meter nothing and keep no reasons.",
    );
    cases::measure(&mut report, &on)?;
    let summary = on("engine")
        .then(|| engine::measure(&mut report))
        .transpose()?;
    let rate = on("other")
        .then(|| other::measure(&mut report))
        .transpose()?;
    if let (Some(summary), Some(rate)) = (summary, rate) {
        other::goals(&mut report, &summary, rate)?;
    }
    if wanted.is_empty() && std::env::var_os(ROUNDS_MAX).is_none() {
        let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("../results");
        report.write(&results, "ecl")?;
    }
    Ok(())
}
