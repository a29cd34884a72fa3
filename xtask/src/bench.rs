//! `cargo xtask bench NAME`: builds a benchmark package optimised, and runs it.
//!
//! Benchmarks are packages of their own under `bench/`, because what they compare with is no dependency of ours. They are
//! built into the workspace's target folder, where the sandbox's benchmark finds the command it starts.

use std::process::Command;

use anyhow::{Result, bail};

use crate::cargo;
use crate::corpus;
use crate::guests;
use crate::paths;

/// Builds what the benchmark needs and runs it with these arguments.
pub(crate) fn run(name: &str, arguments: &[String]) -> Result<()> {
    let manifest = paths::root().join("bench").join(name).join("Cargo.toml");
    if !matches!(name, "sandbox" | "ecl") {
        bail!("no benchmark named `{name}`: there are `sandbox` and `ecl`");
    }
    if name == "sandbox" {
        guests::build()?;
        release(&["--package", "tollgate-cli"])?;
    }
    if name == "ecl" {
        let peers = paths::root().join("bench/peers/Cargo.toml");
        release(&["--manifest-path", &peers.to_string_lossy()])?;
    }
    release(&["--manifest-path", &manifest.to_string_lossy()])?;
    let program = paths::target()
        .join("release")
        .join(format!("bench-{name}"));
    let mut bench = Command::new(program);
    if name == "sandbox" && (arguments.is_empty() || arguments.iter().any(|part| part == PROGRAMS))
    {
        bench.env("TOLLGATE_BENCH_PROGRAMS", programs()?);
    }
    cargo::run(bench.args(arguments))
}

/// The part of the sandbox's benchmark that measures programs of others.
const PROGRAMS: &str = "programs";

/// Where these are, one on a line: its name, a tab, its path.
fn programs() -> Result<String> {
    let installed = corpus::installed()?;
    let lines = installed
        .iter()
        .map(|(name, path)| format!("{name}\t{}\n", path.display()));
    Ok(lines.collect())
}

fn release(what: &[&str]) -> Result<()> {
    let mut command = cargo::cargo(["build", "--release", "--target-dir"]);
    cargo::run(command.arg(paths::target()).args(what))
}
