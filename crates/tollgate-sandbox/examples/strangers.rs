//! Reads and runs mutated and generated modules, components and text, as many as wanted, in a process of its own whose memory
//! is watched from outside.
//!
//! `cargo xtask attack --only strangers --n COUNT --seed SEED`

#![expect(clippy::print_stdout, reason = "its report is what it is for")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "made for a test"
)]

#[path = "../tests/hostile/outside.rs"]
mod outside;
#[path = "../tests/it/shapes.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod shapes;
#[path = "../tests/strangers/mod.rs"]
mod strangers;

use std::process::{Command, ExitCode};

/// The argument that makes this program the host.
const HOST: &str = "host";
/// The most memory the host may ever have had.
const HOST_BYTES: u64 = 256 << 20;
/// Modules of a run that names no count.
const COUNT: u32 = 10_000;

fn main() -> ExitCode {
    tollgate_sandbox::run_if_requested();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, count, seed] = &arguments[..]
        && first == HOST
    {
        return host(count.parse().unwrap(), seed.parse().unwrap());
    }
    let count = arguments
        .first()
        .map_or(COUNT, |count| count.parse().expect("a count"));
    let seed = arguments
        .get(1)
        .map_or(1, |seed| seed.parse().expect("a seed"));
    watch(count, seed)
}

fn host(count: u32, seed: u64) -> ExitCode {
    let figures = strangers::run(&strangers::Campaign {
        seed,
        count,
        seeds: strangers::Seeds::of_the_repository(),
    });
    println!("{figures:#?}");
    ExitCode::from(u8::from(!figures.late.is_empty()))
}

/// Runs the host and looks at its memory until it ends.
fn watch(count: u32, seed: u64) -> ExitCode {
    let mut host = Command::new(std::env::current_exe().expect("this program"));
    let (held, peak) = outside::watch(host.args([HOST, &count.to_string(), &seed.to_string()]));
    println!(
        "{count} modules from seed {seed}: {}, at most {} MiB in the process that hosts them",
        if held { "all held" } else { "SOME GOT THROUGH" },
        peak >> 20
    );
    ExitCode::from(u8::from(!held || peak > HOST_BYTES))
}
