//! A process with limits around the compiler of TypeScript.
//!
//! The compiler has bounds of its own. Should one be missing, what ends is a process that was started for it, and the command says
//! so: a text of a stranger does not take the memory of the machine, nor end the command by a signal. The process is this program
//! with the same arguments and a mark in its environment; it sets its limits before it reads anything, and writes its files last.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;

use rustix::process::{
    Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit,
};

use crate::error::{CliError, CliResult, OrExit as _};
use crate::exit::Exit;

/// Memory that compiling a program takes at most: its 16 MiB of text become some 2 GiB.
const MEMORY_BYTES: u64 = 4 << 30;
/// Seconds of processor time that it takes at most.
const CPU_SECONDS: u64 = 120;
/// In the environment of a process that was started for a compilation.
const MARK: &str = "TOLLGATE_BUILD_BOUNDED";

/// Does `work` in a process with limits: in this one if it was started for that, otherwise in one that is.
pub(super) fn within(file: &Path, work: impl FnOnce() -> CliResult<Exit>) -> CliResult<Exit> {
    if std::env::var_os(MARK).is_some() {
        limit()?;
        return work();
    }
    let program = std::env::current_exe().or_exit(Exit::Config)?;
    let status = Command::new(program)
        .args(std::env::args_os().skip(1))
        .env(MARK, "1")
        .status();
    let status = status.or_exit(Exit::Config)?;
    if let Some(code) = status.code() {
        let code = u8::try_from(code).unwrap_or(u8::MAX);
        // What it has to say was said there.
        return Ok(Exit::Guest(code));
    }
    Err(ended(file, status.signal().unwrap_or_default()))
}

/// Says why the process ended: by a limit, which is about the text, or by a fault of ours.
fn ended(file: &Path, signal: i32) -> CliError {
    let limits = [Signal::ABORT, Signal::KILL, Signal::XCPU].map(Signal::as_raw);
    let file = file.display();
    if limits.contains(&signal) {
        let message = format!(
            "`{file}`: compiling takes more than {} GiB of memory or {CPU_SECONDS} s of processor time, or more than the system gives; split the program",
            MEMORY_BYTES >> 30
        );
        return CliError::message(Exit::Invalid, message);
    }
    let message =
        format!("`{file}`: the compiler ended by signal {signal}; please report the text");
    CliError::message(Exit::Internal, message)
}

fn limit() -> CliResult<()> {
    set_parent_process_death_signal(Some(Signal::KILL)).or_exit(Exit::Config)?;
    for (resource, most) in [
        (Resource::Data, MEMORY_BYTES),
        (Resource::Cpu, CPU_SECONDS),
        // Its memory is of use to nobody.
        (Resource::Core, 0),
    ] {
        let before = getrlimit(resource);
        let lower = |limit: Option<u64>| Some(limit.map_or(most, |limit| limit.min(most)));
        let limits = Rlimit {
            current: lower(before.current),
            maximum: lower(before.maximum),
        };
        setrlimit(resource, limits).or_exit(Exit::Config)?;
    }
    Ok(())
}
