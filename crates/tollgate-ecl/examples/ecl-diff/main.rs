//! Compares the bytecode engine, plain and optimised, and the WebAssembly modules with the reference evaluator on random
//! programs: `cargo xtask ecl-diff --n 1000000 --seed 1`.
//!
//! Modules run in an interpreter here, which starts at once; the engine that compiles them to machine code is compared by
//! `cargo xtask ecl-diff --compiled 1`, some hundred times slower. Prints how many programs a second it manages; the first
//! difference, shrunk, ends it with exit code 1.

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

use tollgate_ecl::engines::vm::Optimise;
use tollgate_ecl::testing::differential::bytecode::Bytecode;
use tollgate_ecl::testing::differential::{Campaign, Engine};

mod interpreted;

fn main() -> ExitCode {
    let (campaign, whole) = match arguments() {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!(
                "{error}\nusage: ecl-diff [--n PROGRAMS] [--seed SEED] [--threads THREADS] [--whole 0|1]"
            );
            return ExitCode::from(64);
        }
    };
    let start = Instant::now();
    let report = |programs: u64| {
        let seconds = start.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        let rate = programs as f64 / seconds;
        let runs = campaign.runs;
        format!(
            "{programs} programs, {runs} evaluations each, in {seconds:.1} s: {rate:.0} programs/s"
        )
    };
    let engines = || -> Vec<Box<dyn Engine>> {
        vec![
            Box::new(Bytecode::new(Optimise::Full)),
            Box::new(Bytecode::new(Optimise::None)),
            Box::new(interpreted::Interpreted::new()),
        ]
    };
    let first = campaign.run(&engines, &|programs| {
        if programs.is_multiple_of(50_000) {
            eprintln!("{}", report(programs));
        }
    });
    match first {
        Some(difference) => {
            println!("{difference}");
            if whole {
                println!("the whole program: {:#?}", difference.whole.1.program);
            }
            ExitCode::FAILURE
        }
        None => {
            println!("{}\nno difference", report(campaign.programs));
            ExitCode::SUCCESS
        }
    }
}

/// The campaign, and whether the program is shown as it was before it was shrunk, too.
fn arguments() -> Result<(Campaign, bool), String> {
    let mut campaign = Campaign {
        programs: 10_000,
        seed: 0,
        runs: 3,
        threads: 2,
    };
    let mut whole = false;
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
            "--whole" => whole = number != 0,
            _ => return Err(format!("unknown option `{name}`")),
        }
    }
    Ok((campaign, whole))
}
