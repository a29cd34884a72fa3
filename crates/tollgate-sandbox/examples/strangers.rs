//! Reads and runs mutated and generated modules, components and text, as many as wanted, in a process of its own whose memory
//! is watched from outside.
//!
//! `cargo xtask strangers -- [COUNT [SEED]]`

#![expect(clippy::print_stdout, reason = "its report is what it is for")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "made for a test"
)]

#[path = "../tests/it/shapes.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod shapes;
#[path = "../tests/strangers/mod.rs"]
mod strangers;

use std::process::{Command, ExitCode};
use std::time::Duration;

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
    let mut host = Command::new(std::env::current_exe().expect("this program"))
        .args([HOST, &count.to_string(), &seed.to_string()])
        .spawn()
        .expect("it starts");
    let mut peak = 0;
    let status = loop {
        peak = peak.max(highest(host.id()).unwrap_or(0));
        match host.try_wait().expect("it can be waited for") {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    println!(
        "{count} modules from seed {seed}: {status}, at most {} MiB in the process that hosts them",
        peak >> 20
    );
    ExitCode::from(u8::from(!status.success() || peak > HOST_BYTES))
}

/// The highest mark of a process's memory, in bytes.
fn highest(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes << 10)
}
