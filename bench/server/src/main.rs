//! The server beside a plain handler of axum and wasmtime, each a process of its own, both asked over HTTP by the same clients.
//!
//! `cargo xtask bench server` builds this and the command, prints tables and writes `bench/results/server.{md,json}`. Names of parts
//! (`casts`, `upload`, `memory`, `lists`) as arguments measure only those, and write nothing. What needs PostgreSQL is left out, and
//! said, where that is not installed.

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

mod casts;
mod clients;
mod host;
mod lists;
mod memory;
mod upload;

use std::path::Path;

use anyhow::{Result, ensure};
use bench_measure::{ROUNDS_MAX, Report};

type Part = (&'static str, fn(&mut Report) -> Result<()>);

const PARTS: [Part; 4] = [
    ("casts", casts::measure),
    ("upload", upload::measure),
    ("memory", memory::measure),
    ("lists", lists::measure),
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    for wanted in &arguments {
        ensure!(
            PARTS.iter().any(|(name, _)| name == wanted),
            "no part `{wanted}`"
        );
    }
    let mut report = Report::new(
        "The server beside axum and wasmtime",
        "Both sides are processes of their own, asked over HTTP on the loopback interface by the same clients, which take turns. Each run \
         of ours is decided by a policy, metered, priced, signed and in the audit log, with two commits that survive a power cut; the plain \
         handler calls the same function and keeps nothing.",
    );
    for (name, measure) in PARTS {
        if arguments.is_empty() || arguments.iter().any(|wanted| wanted == name) {
            measure(&mut report)?;
        }
    }
    if arguments.is_empty() && std::env::var_os(ROUNDS_MAX).is_none() {
        let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("../results");
        report.write(&results, "server")?;
    }
    Ok(())
}
