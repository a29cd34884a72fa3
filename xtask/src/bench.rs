//! `cargo xtask bench NAME`: builds a benchmark package optimised, and runs it.
//!
//! Benchmarks are packages of their own under `bench/`, because what they compare with is no dependency of ours. They are
//! built into the workspace's target folder, where the sandbox's benchmark finds the command it starts.

use std::process::Command;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::cargo;
use crate::corpus;
use crate::guests;
use crate::paths;

/// What to measure.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// One round of everything, which shows that it works and measures nothing; no results are written
    #[arg(long)]
    once: bool,
    /// What to measure
    suite: Suite,
    /// Parts of it; without any, all, and the results are written
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    parts: Vec<String>,
}

/// A benchmark package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Suite {
    /// The sandbox beside plain wasmtime
    Sandbox,
    /// The policy engines beside others
    Ecl,
}

/// Builds what the benchmark needs and runs it.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let Arguments { once, suite, parts } = arguments;
    let name = match suite {
        Suite::Sandbox => {
            guests::build()?;
            release(&["--package", "tollgate-cli"])?;
            "sandbox"
        }
        Suite::Ecl => {
            let peers = paths::root().join("bench/peers/Cargo.toml");
            release(&["--manifest-path", &peers.to_string_lossy()])?;
            "ecl"
        }
    };
    let manifest = paths::root().join("bench").join(name).join("Cargo.toml");
    release(&["--manifest-path", &manifest.to_string_lossy()])?;
    let program = paths::target()
        .join("release")
        .join(format!("bench-{name}"));
    let mut bench = Command::new(program);
    let all = parts.is_empty();
    if *suite == Suite::Sandbox && (all || parts.iter().any(|part| part == PROGRAMS)) {
        let wanted = |name: &str| !once || FEW.contains(&name);
        bench.env("TOLLGATE_BENCH_PROGRAMS", programs(wanted)?);
    }
    if *once {
        bench.env("TOLLGATE_BENCH_ROUNDS", "1");
    }
    cargo::run(bench.args(parts))
}

/// The part of the sandbox's benchmark that measures programs of others.
const PROGRAMS: &str = "programs";

/// Those that are started there, and the only ones of which one round is measured.
const FEW: [&str; 2] = ["cpython", "quickjs"];

/// Where these are, one on a line: its name, a tab, its path.
fn programs(wanted: impl Fn(&str) -> bool) -> Result<String> {
    let installed = corpus::installed(wanted)?;
    let lines = installed
        .iter()
        .map(|(name, path)| format!("{name}\t{}\n", path.display()));
    Ok(lines.collect())
}

fn release(what: &[&str]) -> Result<()> {
    let mut command = cargo::cargo(["build", "--release", "--target-dir"]);
    cargo::run(command.arg(paths::target()).args(what))
}
