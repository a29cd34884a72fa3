//! Worker processes: this program, started again for one dangerous piece of work.
//!
//! The worker is the same executable under a first argument nobody types, so nothing else has to be installed and both
//! sides are always of one version. It gives up what it can before it reads its first byte of input: address space, CPU
//! time, core dumps, files, inherited descriptors, environment, new privileges. It dies with its parent.
//!
//! A program that wants workers calls [`run_if_requested`](crate::requested::run_if_requested) first thing in `main`. One that does not cannot start any:
//! running an unprepared program again would run its real work a second time.

mod probe;

use std::ffi::OsString;
use std::io;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::jail::{self, Jail, JailError, JailMode, Network, Prepared};

pub(crate) use self::probe::child_main as probe;
pub use self::probe::jail_layers;

/// What a worker process is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Compiles one module.
    Compile,
    /// Runs one guest.
    Run,
    /// Closes the jail of a guest, says which layers are in force, and ends.
    Probe,
}

impl Role {
    pub(crate) const ALL: [Self; 3] = [Self::Compile, Self::Run, Self::Probe];

    /// The first argument of such a worker.
    pub(crate) const fn argument(self) -> &'static str {
        match self {
            Self::Compile => "__tollgate-compile",
            Self::Run => "__tollgate-run",
            Self::Probe => "__tollgate-probe",
        }
    }
}

/// What tests have a worker do in place of its work.
static INSTEAD: OnceLock<fn(&Jail) -> i32> = OnceLock::new();

/// Does what a test wants done in a closed jail, and returns the exit code.
pub(crate) fn instead(jail: &Jail) -> Option<i32> {
    INSTEAD.get().map(|work| work(jail))
}

/// Has workers do `work` in place of theirs, for tests of the jail.
pub(crate) fn do_instead(work: fn(&Jail) -> i32) {
    INSTEAD.get_or_init(|| work);
}

/// What a worker process may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ChildLimits {
    /// Address space in bytes, reserved addresses included.
    pub(crate) address_bytes: u64,
    /// Bytes of private memory it can write to.
    pub(crate) data_bytes: u64,
    /// Open files.
    pub(crate) files: u64,
    /// CPU time, rounded up to seconds.
    pub(crate) cpu: Duration,
    /// CPU time up to which the worker may raise that, if its work is worth it.
    pub(crate) cpu_most: Duration,
    /// The network it has.
    pub(crate) network: Network,
    /// How much of its jail there must be.
    pub(crate) jail: JailMode,
}

static PREPARED: AtomicBool = AtomicBool::new(false);

/// Lets this process start workers: it is none itself, and would have ended before this if it were.
pub(crate) fn prepare() {
    PREPARED.store(true, Ordering::Release);
}

/// Whether [`prepare`] was called.
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
        .arg(seconds(limits.cpu).to_string())
        .arg(seconds(limits.cpu_most).to_string())
        .arg(network_argument(limits.network))
        .arg(jail_argument(limits.jail))
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    match role {
        // The C library's: a thread that starts sets no memory aside for itself. Here a run would wait for that.
        Role::Run => command.env("MALLOC_ARENA_MAX", "1"),
        Role::Compile | Role::Probe => &mut command,
    };
    command
}

const fn network_argument(network: Network) -> &'static str {
    match network {
        Network::Machine => "network",
        Network::None => "no-network",
    }
}

const fn jail_argument(mode: JailMode) -> &'static str {
    match mode {
        JailMode::Require => "require",
        JailMode::Best => "best",
        JailMode::Off => "off",
    }
}

/// The running executable. On Linux the link leads to it even when the file was replaced or deleted meanwhile, so a worker
/// is never of another version.
fn program() -> OsString {
    if cfg!(target_os = "linux") {
        return "/proc/self/exe".into();
    }
    std::env::current_exe().map_or_else(|_| OsString::from("tollgate"), Into::into)
}

/// Takes away what no job needs. The arguments are those [`command`] gives.
pub(crate) fn restrict(
    role: Role,
    mut arguments: impl Iterator<Item = OsString>,
) -> io::Result<Result<Prepared, JailError>> {
    let limits = read(&mut arguments).ok_or(io::ErrorKind::InvalidInput)?;
    limit(Resource::Core, 0, 0)?;
    match role {
        Role::Compile => limit(Resource::Fsize, 0, 0)?,
        // The guest may have been granted files to write, and the engine keeps images of memories in files of no folder.
        Role::Run | Role::Probe => {}
    }
    close_inherited()?;
    limits.lower()?;
    let prepared = jail::prepare(limits.jail, limits.network);
    // After the namespaces: entering them takes it back, and they need a process that its user can look into.
    die_with_parent()?;
    if limits.jail == JailMode::Off {
        close_to_others()?;
    }
    Ok(prepared)
}

fn read(arguments: &mut impl Iterator<Item = OsString>) -> Option<ChildLimits> {
    let mut number = || arguments.next()?.to_str()?.parse::<u64>().ok();
    let (address_bytes, data_bytes, files) = (number()?, number()?, number()?);
    let cpu = Duration::from_secs(number()?);
    let cpu_most = Duration::from_secs(number()?);
    let (network, jail) = (arguments.next()?, arguments.next()?);
    let networks = [Network::Machine, Network::None];
    let modes = [JailMode::Require, JailMode::Best, JailMode::Off];
    Some(ChildLimits {
        address_bytes,
        data_bytes,
        files,
        cpu,
        cpu_most,
        network: *networks
            .iter()
            .find(|known| network == network_argument(**known))?,
        jail: *modes.iter().find(|known| jail == jail_argument(**known))?,
    })
}

impl ChildLimits {
    /// Lowers the limits of this process to these.
    pub(crate) fn lower(&self) -> io::Result<()> {
        let Self {
            address_bytes,
            data_bytes,
            files,
            cpu,
            cpu_most,
            network: _,
            jail: _,
        } = *self;
        let (cpu_seconds, cpu_most) = (seconds(cpu), seconds(cpu_most.max(cpu)));
        limit(Resource::Nofile, files, files)?;
        limit(Resource::As, address_bytes, address_bytes)?;
        limit(Resource::Data, data_bytes, data_bytes)?;
        // The soft limit ends the process with a signal that tells why; the hard one is for a process that ignores it.
        limit(Resource::Cpu, cpu_seconds, cpu_most.saturating_add(1))
    }
}

/// Takes all the CPU time that this process may have, for work that has no second attempt.
pub(crate) fn take_all_cpu() -> io::Result<()> {
    let most = getrlimit(Resource::Cpu).maximum;
    Ok(setrlimit(
        Resource::Cpu,
        Rlimit {
            current: most.map(|most| most.saturating_sub(1)),
            maximum: most,
        },
    )?)
}

/// Whole seconds, as the system counts processor time; none would be no limit.
fn seconds(cpu: Duration) -> u64 {
    u64::try_from(cpu.as_millis().div_ceil(1_000))
        .unwrap_or(u64::MAX)
        .max(1)
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
    use rustix::process::{Signal, set_parent_process_death_signal};
    set_parent_process_death_signal(Some(Signal::KILL))?;
    Ok(rustix::thread::set_no_new_privs(true)?)
}

/// Lets no other process of the user look into this one.
#[cfg(target_os = "linux")]
fn close_to_others() -> io::Result<()> {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}

#[cfg(not(target_os = "linux"))]
fn die_with_parent() -> io::Result<()> {
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn close_to_others() -> io::Result<()> {
    Ok(())
}

/// Closes descriptors the parent leaked. Rust opens everything to be closed on start; other libraries may not.
#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "inherited descriptors have no owner that could close them safely"
)]
fn close_inherited() -> io::Result<()> {
    const FIRST: libc::c_uint = 3;
    // SAFETY: this runs first thing in `main`, so nothing in this process owns a descriptor above 2 yet.
    if unsafe { libc::syscall(libc::SYS_close_range, FIRST, libc::c_uint::MAX, 0) } == 0 {
        return Ok(());
    }
    match io::Error::last_os_error().raw_os_error() {
        // The system is older than Linux 5.9, or the container's list is.
        Some(libc::ENOSYS | libc::EPERM) => close_each(),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "inherited descriptors have no owner that could close them safely"
)]
fn close_each() -> io::Result<()> {
    for descriptor in listed(std::path::Path::new("/proc/self/fd"))? {
        // SAFETY: this runs first thing in `main`, so nothing in this process owns a descriptor above 2 yet. The one that
        // made the list is in it and not open any more, and what is not open is not closed.
        unsafe { libc::close(descriptor) };
    }
    Ok(())
}

/// The descriptors above the three streams. A list that cannot be read to its end is an error and not a short one.
#[cfg(target_os = "linux")]
fn listed(folder: &std::path::Path) -> io::Result<Vec<i32>> {
    let mut descriptors = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let number = entry?.file_name().to_string_lossy().parse::<i32>();
        descriptors.push(number.map_err(io::Error::other)?);
    }
    descriptors.retain(|descriptor| *descriptor > 2);
    Ok(descriptors)
}

/// Elsewhere what is inherited is what the parent's libraries leave open.
#[cfg(not(target_os = "linux"))]
fn close_inherited() -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::{os::fd::AsRawFd, path::Path};

    use super::listed;

    #[test]
    fn a_list_of_descriptors_has_what_is_open_and_is_never_half_of_it() {
        let file = tempfile::tempfile().unwrap();
        let open = listed(Path::new("/proc/self/fd")).unwrap();
        assert!(open.contains(&file.as_raw_fd()));
        assert!(listed(Path::new("/proc/self/gone")).is_err());
        assert!(listed(Path::new("/proc/self/task/../attr")).is_err());
    }
}
