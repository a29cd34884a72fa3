//! Worker processes: this program, started again for one dangerous piece of work.
//!
//! The worker is the same executable under a first argument nobody types, so nothing else has to be installed and both
//! sides are always of one version. It gives up what it can before it reads its first byte of input: address space, CPU
//! time, core dumps, files, inherited descriptors, environment, new privileges. It dies with its parent.
//!
//! A program that wants workers calls [`run_if_requested`] first thing in `main`. One that does not cannot start any:
//! running an unprepared program again would run its real work a second time.

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::{compile, isolated};

/// What a worker process is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Compiles one module.
    Compile,
    /// Runs one guest.
    Run,
}

impl Role {
    const ALL: [Self; 2] = [Self::Compile, Self::Run];

    const fn argument(self) -> &'static str {
        match self {
            Self::Compile => "__tollgate-compile",
            Self::Run => "__tollgate-run",
        }
    }

    fn work(self) -> i32 {
        match self {
            Self::Compile => compile::child_main(),
            Self::Run => isolated::child_main(),
        }
    }
}

/// What a worker process may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChildLimits {
    /// Address space in bytes, reserved addresses included.
    pub(crate) address_bytes: u64,
    /// Bytes of private memory it can write to.
    pub(crate) data_bytes: u64,
    /// Open files.
    pub(crate) files: u64,
    /// CPU time, rounded up to seconds.
    pub(crate) cpu: Duration,
}

static PREPARED: AtomicBool = AtomicBool::new(false);

/// Does the work and ends the process if this process was started as a worker; returns at once otherwise.
///
/// Call it first thing in `main`, before threads are started or files opened. It allows the process to start workers.
pub fn run_if_requested() {
    let mut arguments = std::env::args_os().skip(1);
    let first = arguments.next().unwrap_or_default();
    let Some(role) = Role::ALL
        .into_iter()
        .find(|role| first == OsStr::new(role.argument()))
    else {
        PREPARED.store(true, Ordering::Release);
        return;
    };
    let code = match restrict(role, arguments) {
        Ok(()) => role.work(),
        // Without its limits the worker must not touch the input.
        Err(_) => exit::NOT_RESTRICTED,
    };
    std::process::exit(code);
}

/// Exit codes of a worker.
pub(crate) mod exit {
    pub(crate) const DONE: i32 = 0;
    pub(crate) const NOT_RESTRICTED: i32 = 71;
    pub(crate) const BAD_JOB: i32 = 72;
}

/// Whether [`run_if_requested`] was called.
pub(crate) fn prepared() -> bool {
    PREPARED.load(Ordering::Acquire)
}

/// The command that starts a worker, with pipes for its three streams.
pub(crate) fn command(role: Role, limits: &ChildLimits) -> Command {
    let mut command = Command::new(program());
    command
        .arg(role.argument())
        .arg(limits.address_bytes.to_string())
        .arg(limits.data_bytes.to_string())
        .arg(limits.files.to_string())
        .arg(limits.cpu.as_millis().div_ceil(1_000).max(1).to_string())
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The running executable. On Linux the link leads to it even when the file was replaced or deleted meanwhile, so a worker
/// is never of another version.
fn program() -> OsString {
    if cfg!(target_os = "linux") {
        return "/proc/self/exe".into();
    }
    std::env::current_exe().map_or_else(|_| OsString::from("tollgate"), Into::into)
}

/// Takes away what the work does not need. The arguments are those [`command`] gives.
fn restrict(role: Role, mut arguments: impl Iterator<Item = OsString>) -> io::Result<()> {
    let mut number = || arguments.next()?.to_str()?.parse::<u64>().ok();
    let (Some(address_bytes), Some(data_bytes), Some(files), Some(cpu_seconds)) =
        (number(), number(), number(), number())
    else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    limit(Resource::Core, 0, 0)?;
    match role {
        Role::Compile => limit(Resource::Fsize, 0, 0)?,
        // The guest may have been granted files to write, and the engine keeps images of memories in files of no folder.
        Role::Run => {}
    }
    limit(Resource::Nofile, files, files)?;
    limit(Resource::As, address_bytes, address_bytes)?;
    limit(Resource::Data, data_bytes, data_bytes)?;
    // The soft limit ends the process with a signal that tells why; the hard one is for a process that ignores it.
    limit(Resource::Cpu, cpu_seconds, cpu_seconds.saturating_add(1))?;
    die_with_parent()?;
    close_inherited();
    Ok(())
}

/// Lowers a limit. One that is lower already, by whoever started this program, stays as it is.
fn limit(resource: Resource, current: u64, maximum: u64) -> io::Result<()> {
    let most = getrlimit(resource).maximum.unwrap_or(u64::MAX);
    Ok(setrlimit(
        resource,
        Rlimit {
            current: Some(current.min(most)),
            maximum: Some(maximum.min(most)),
        },
    )?)
}

#[cfg(target_os = "linux")]
fn die_with_parent() -> io::Result<()> {
    use rustix::process::{
        DumpableBehavior, Signal, set_dumpable_behavior, set_parent_process_death_signal,
    };
    set_parent_process_death_signal(Some(Signal::KILL))?;
    rustix::thread::set_no_new_privs(true)?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn die_with_parent() -> io::Result<()> {
    Ok(())
}

/// Closes descriptors the parent leaked. Rust opens everything to be closed on start; other libraries may not.
fn close_inherited() {
    let Ok(entries) = std::fs::read_dir("/proc/self/fd") else {
        return;
    };
    let numbers = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let listed: Vec<i32> = numbers.filter(|descriptor| *descriptor > 2).collect();
    // The descriptor of the listing itself is in the list and not open any more.
    let is_open =
        |descriptor: &i32| std::fs::read_link(format!("/proc/self/fd/{descriptor}")).is_ok();
    for descriptor in listed.into_iter().filter(is_open) {
        close(descriptor);
    }
}

#[expect(
    unsafe_code,
    reason = "inherited descriptors have no owner that could close them safely"
)]
fn close(descriptor: i32) {
    // SAFETY: this runs first thing in `main`, so nothing in this process owns a descriptor above 2 yet, and this one was
    // seen open a moment ago.
    unsafe { rustix::io::close(descriptor) };
}
