//! Compares the WebAssembly engine, which compiles modules to machine code, with the reference evaluator on random
//! programs: `cargo xtask ecl-diff --compiled 1 --n 10000`. Compiling takes most of the time.
//!
//! Prints how many programs a second it manages; the first difference, shrunk, ends it with exit code 1.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    reason = "a campaign, which ends with a panic at what it finds"
)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command")]

use std::process::ExitCode;
use std::time::Instant;

use tollgate_ecl::testing::differential::{Campaign, Engine};

mod wasm;

fn main() -> ExitCode {
    let (campaign, choices) = match arguments() {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!(
                "{error}\nusage: ecl_diff [--n PROGRAMS] [--seed SEED] [--threads THREADS] [--optimise 0|1] [--simd 0|1]"
            );
            return ExitCode::from(64);
        }
    };
    let start = Instant::now();
    let engines = || -> Vec<Box<dyn Engine>> { vec![Box::new(wasm::WebAssembly::new(choices))] };
    let first = campaign.run(&engines, &|programs| {
        if programs.is_multiple_of(5_000) {
            eprintln!(
                "{programs} programs, {:.0} s",
                start.elapsed().as_secs_f64()
            );
        }
    });
    match first {
        Some(difference) => {
            println!("{difference}");
            ExitCode::FAILURE
        }
        None => {
            println!(
                "{} programs as machine code, {} evaluations each, in {:.1} s\nno difference",
                campaign.programs,
                campaign.runs,
                start.elapsed().as_secs_f64()
            );
            ExitCode::SUCCESS
        }
    }
}

fn arguments() -> Result<(Campaign, wasm::Choices), String> {
    let mut campaign = Campaign {
        programs: 10_000,
        seed: 0,
        runs: 3,
        threads: 2,
    };
    let mut choices = wasm::Choices {
        optimise: true,
        simd: false,
    };
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        let value = given.next().ok_or(format!("`{name}` needs a value"))?;
        let number: u64 = value
            .parse()
            .map_err(|_| format!("`{value}` is not a number"))?;
        match name.as_str() {
            "--n" => campaign.programs = number,
            "--seed" => campaign.seed = number,
            "--threads" => campaign.threads = number.clamp(1, 64),
            "--optimise" => choices.optimise = number != 0,
            "--simd" => choices.simd = number != 0,
            _ => return Err(format!("unknown option `{name}`")),
        }
    }
    Ok((campaign, choices))
}
