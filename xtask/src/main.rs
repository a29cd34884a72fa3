//! `cargo xtask`: the automation of this repository, in Rust so that it runs wherever the project does.
//!
//! Each subcommand is one file. `demo` and `test` are the two commands of the README; both build what they need first.

#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "automation prints, and who runs it sees where it panics"
)]

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

mod attack;
mod bench;
mod cargo;
mod corpus;
mod crash;
mod demo;
mod dist;
mod docs;
mod ecl_diff;
mod editors;
mod features;
mod fuzz;
mod guests;
#[cfg(test)]
mod lints;
mod mutants;
mod packages;
mod paths;
mod programs;
mod sources;
mod specification;
mod test;
mod tree;
mod ts_diff;
mod wasi_diff;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Builds the example guests, runs the demonstration, the tests and the campaigns"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the guests into `guests/build/`, adding the wasm targets they need: the examples, and one that the command has inside.
    Guests,
    /// Install the third-party programs that the tests run, at fixed versions, into the cache folder.
    Programs,
    /// Install modules that others publish and run them with real input and the least grants.
    Corpus(corpus::Arguments),
    /// Call every function of WASI here and under wasmtime, and compare what comes of it.
    WasiDiff(wasi_diff::Arguments),
    /// Build everything and run an untrusted program: granted, denied, limited, and what it cost.
    Demo,
    /// Build what is installed: the static program with completions and pages, as archive, Debian package and container.
    Dist(dist::Arguments),
    /// Run every block of every page, and compare what it prints with what the page shows.
    Docs(docs::Arguments),
    /// Run every test: unit, integration, documentation, examples, and the pages.
    Test {
        /// Arguments for `cargo test`, for instance `-p tollgate-ecl`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Check that every promise of `docs/SPECIFICATION.md` names tests that exist, and every figure its constant.
    Specification,
    /// Measure the shape of the sources: circles of modules, long files, functions of many values. `--list` says where.
    Sources(sources::Arguments),
    /// Build every feature combination that is promised.
    Features,
    /// Kill servers while they work, on SQLite and one of two on PostgreSQL, and look that nothing acknowledged is lost: `--rounds N`
    Crash(crash::Arguments),
    /// Run every campaign of attacks from one seed, in about three minutes, or one of them with `--only`.
    Attack(attack::Arguments),
    /// Change the files that decide, one small change at a time, and find the changes that no test notices.
    Mutants(mutants::Arguments),
    /// Compare the virtual machine with the reference evaluator of the policy language on random programs.
    EclDiff {
        /// `--n PROGRAMS`, `--seed SEED`, `--threads THREADS`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Compare what the TypeScript compiler makes with Node on random programs.
    TsDiff {
        /// `--n PROGRAMS`, `--seed FIRST`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Try the properties of the policy language on changed texts: `--seconds N` for each, `--seed SEED`, `--target NAME`.
    Fuzz {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Measure, side by side with the reference, and write `bench/results/`.
    Bench(bench::Arguments),
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Guests => guests::build(),
        Command::Programs => programs::install(),
        Command::Corpus(arguments) => corpus::run(&arguments),
        Command::WasiDiff(arguments) => wasi_diff::run(&arguments),
        Command::Demo => demo::run(),
        Command::Dist(arguments) => dist::run(&arguments),
        Command::Docs(arguments) => docs::run(&arguments),
        Command::Test { arguments } => test::run(&arguments),
        Command::Specification => specification::check(),
        Command::Sources(arguments) => sources::run(&arguments),
        Command::Features => features::check(),
        Command::Crash(arguments) => crash::run(&arguments),
        Command::Attack(arguments) => attack::run(&arguments),
        Command::Mutants(arguments) => mutants::run(&arguments),
        Command::EclDiff { arguments } => ecl_diff::run(&arguments),
        Command::TsDiff { arguments } => ts_diff::run(&arguments),
        Command::Fuzz { arguments } => fuzz::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
    }
}
