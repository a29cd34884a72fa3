//! `cargo xtask bench NAME`: builds a benchmark optimised, and runs it.
//!
//! They are packages under `bench/`. The other policy engines are a workspace of their own, because what is compared is no
//! dependency of ours; they are built into the same folder, where the benchmark finds the program it starts.

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
    /// The server beside a plain handler
    Server,
}

/// Builds what the benchmark needs and runs it.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let Arguments { once, suite, parts } = arguments;
    let build = match once {
        true => Build::Tests,
        false => Build::Release,
    };
    let (name, programs_of) = match suite {
        Suite::Sandbox => (
            "bench-sandbox",
            &["bench-sandbox", "precompiled", "tollgate"][..],
        ),
        Suite::Ecl => ("bench-ecl", &["bench-ecl", "allocations"][..]),
        Suite::Server => ("bench-server", &["bench-server", "plain", "tollgate"][..]),
    };
    match suite {
        Suite::Sandbox => guests::build()?,
        Suite::Ecl => build.peers()?,
        Suite::Server => {}
    }
    build.programs(programs_of)?;
    let program = paths::target().join(build.folder()).join(name);
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

/// How it is built.
#[derive(Debug, Clone, Copy)]
enum Build {
    /// As tests are, with what they have built.
    Tests,
    Release,
}

impl Build {
    const fn folder(self) -> &'static str {
        match self {
            Self::Tests => "debug",
            Self::Release => "release",
        }
    }

    /// Programs of the workspace. All of it is named, so that crates have the features that they have in every other build.
    fn programs(self, names: &[&str]) -> Result<()> {
        let mut command = self.command();
        command.arg("--workspace");
        for name in names {
            command.args(["--bin", name]);
        }
        cargo::run(&mut command)
    }

    /// The other policy engines, which are a workspace of their own.
    fn peers(self) -> Result<()> {
        let manifest = paths::root().join("bench/peers/Cargo.toml");
        let mut command = self.command();
        command.arg("--target-dir").arg(paths::target());
        cargo::run(command.arg("--manifest-path").arg(manifest))
    }

    fn command(self) -> Command {
        let mut command = cargo::cargo(["build", "--quiet"]);
        if let Self::Release = self {
            command.arg("--release");
        }
        command
    }
}
