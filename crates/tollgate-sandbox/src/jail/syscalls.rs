//! The system calls of each role (seccomp). One that is not listed ends a worker, and is refused in the command.
//!
//! The lists are made from what the roles were seen to use, on the C library of Debian 12 and with threads. Some calls are
//! refused with an error instead, because libraries try them and go another way: opening files where none may be opened, and
//! calls with an older twin that can be checked.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, apply_filter_all_threads,
};

use super::{Jail, JailRole, Ports};

/// Memory, threads, time, and the descriptors that are open.
const ALWAYS: &[c_long] = &[
    libc::SYS_brk,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_dup,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_fstat,
    libc::SYS_futex,
    libc::SYS_getcpu,
    libc::SYS_getegid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_getrandom,
    libc::SYS_getrusage,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    libc::SYS_getuid,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_ppoll,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_sigaltstack,
    libc::SYS_uname,
    libc::SYS_write,
    libc::SYS_writev,
];

/// Running guests: events, pipes and sockets that are there already, images of memories in files of no folder.
const RUNNING: &[c_long] = &[
    libc::SYS_dup3,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_eventfd2,
    libc::SYS_fallocate,
    libc::SYS_ftruncate,
    libc::SYS_getpeername,
    libc::SYS_getsockname,
    libc::SYS_getsockopt,
    libc::SYS_memfd_create,
    libc::SYS_pipe2,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_shutdown,
];

/// Files of a grant.
const FILES: &[c_long] = &[
    libc::SYS_faccessat,
    libc::SYS_fadvise64,
    libc::SYS_fchdir,
    libc::SYS_fdatasync,
    libc::SYS_flock,
    libc::SYS_fstatfs,
    libc::SYS_fsync,
    libc::SYS_getcwd,
    libc::SYS_getdents64,
    libc::SYS_linkat,
    libc::SYS_mkdirat,
    libc::SYS_openat,
    libc::SYS_openat2,
    libc::SYS_preadv,
    libc::SYS_pwritev,
    libc::SYS_pwritev2,
    libc::SYS_readlinkat,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_statx,
    libc::SYS_symlinkat,
    libc::SYS_sync_file_range,
    libc::SYS_unlinkat,
    libc::SYS_utimensat,
];

/// What the command does with its own files: the permissions of a report.
const COMMAND: &[c_long] = &[libc::SYS_fchmod, libc::SYS_umask];

/// Connections of a grant.
const NETWORK: &[c_long] = &[
    libc::SYS_bind,
    libc::SYS_connect,
    libc::SYS_sendmmsg,
    libc::SYS_sendmsg,
    libc::SYS_sendto,
    libc::SYS_setsockopt,
];

/// Calls that only the older of our two architectures has.
#[cfg(target_arch = "x86_64")]
mod older {
    use libc::c_long;

    pub(super) const ALWAYS: &[c_long] = &[libc::SYS_arch_prctl, libc::SYS_poll, libc::SYS_time];
    pub(super) const RUNNING: &[c_long] = &[libc::SYS_epoll_wait, libc::SYS_pipe];
    pub(super) const LOOKING: &[c_long] = &[
        libc::SYS_lstat,
        libc::SYS_newfstatat,
        libc::SYS_stat,
        libc::SYS_statx,
    ];
    pub(super) const FILES: &[c_long] = &[
        libc::SYS_access,
        libc::SYS_link,
        libc::SYS_lstat,
        libc::SYS_mkdir,
        libc::SYS_newfstatat,
        libc::SYS_open,
        libc::SYS_readlink,
        libc::SYS_rename,
        libc::SYS_rmdir,
        libc::SYS_stat,
        libc::SYS_symlink,
        libc::SYS_unlink,
    ];
}

#[cfg(not(target_arch = "x86_64"))]
mod older {
    use libc::c_long;

    pub(super) const ALWAYS: &[c_long] = &[];
    pub(super) const RUNNING: &[c_long] = &[];
    pub(super) const LOOKING: &[c_long] = &[libc::SYS_newfstatat, libc::SYS_statx];
    pub(super) const FILES: &[c_long] = &[libc::SYS_newfstatat];
}

/// Calls that answer that they do not exist: each has an older twin, which libraries use then, and whose arguments can be
/// checked or that is not needed.
const ABSENT: [c_long; 4] = [
    libc::SYS_clone3,
    libc::SYS_copy_file_range,
    libc::SYS_sendfile,
    libc::SYS_splice,
];

type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

/// Sets the lists of `jail` for every thread, for good.
pub(super) fn restrict(jail: &Jail) -> Result<(), String> {
    for program in programs(jail).map_err(|error| error.to_string())? {
        apply_filter_all_threads(&program).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn programs(jail: &Jail) -> Result<Vec<BpfProgram>, seccompiler::BackendError> {
    match jail.role {
        JailRole::Compile | JailRole::Guest => of_worker(jail),
        // Each program costs the start of a run, so there is one, and it ends nothing: a report is still to be written.
        JailRole::Command => Ok(vec![program(
            allowed(jail)?,
            error(libc::ENOSYS),
            SeccompAction::Allow,
        )?]),
    }
}

/// The strictest answer of all counts, so a call that is refused with an error is in the list as well.
fn of_worker(jail: &Jail) -> Result<Vec<BpfProgram>, seccompiler::BackendError> {
    let refuse = |rules, number| program(rules, SeccompAction::Allow, error(number));
    let mut programs = vec![refuse(plain(&ABSENT), libc::ENOSYS)?];
    if !jail.opens_files() {
        programs.push(refuse(refused_files(jail.role)?, libc::EACCES)?);
    }
    if jail.ports != Ports::None {
        // The C library asks daemons of the machine about names first, and does without them.
        let rules = [(libc::SYS_socket, not_internet()?)].into();
        programs.push(refuse(rules, libc::EAFNOSUPPORT)?);
    }
    programs.push(program(
        allowed(jail)?,
        SeccompAction::KillProcess,
        SeccompAction::Allow,
    )?);
    Ok(programs)
}

fn program(
    rules: Rules,
    otherwise: SeccompAction,
    matched: SeccompAction,
) -> Result<BpfProgram, seccompiler::BackendError> {
    let here = TargetArch::try_from(std::env::consts::ARCH)?;
    SeccompFilter::new(rules, otherwise, matched, here)?.try_into()
}

fn error(number: i32) -> SeccompAction {
    SeccompAction::Errno(number.unsigned_abs())
}

fn plain(calls: &[c_long]) -> Rules {
    calls.iter().map(|call| (*call, Vec::new())).collect()
}

fn allowed(jail: &Jail) -> Result<Rules, seccompiler::BackendError> {
    let mut rules = plain(ALWAYS);
    rules.extend(plain(older::ALWAYS));
    match jail.role {
        JailRole::Compile => {}
        JailRole::Guest | JailRole::Command => {
            rules.extend(plain(RUNNING));
            rules.extend(plain(older::RUNNING));
            rules.extend(conversation()?);
        }
    }
    match jail.role {
        // What is refused with an error has to pass here.
        JailRole::Compile | JailRole::Guest => {
            rules.extend(plain(&ABSENT));
            rules.extend(files());
        }
        JailRole::Command => {
            rules.extend(plain(COMMAND));
            rules.extend(if jail.opens_files() {
                files()
            } else {
                only_looking()?
            });
        }
    }
    if jail.ports != Ports::None {
        rules.extend(plain(NETWORK));
        rules.insert(
            libc::SYS_socket,
            match jail.role {
                JailRole::Compile | JailRole::Guest => Vec::new(),
                JailRole::Command => one_of(0, &[libc::AF_INET, libc::AF_INET6])?,
            },
        );
    }
    rules.extend(checked(jail.role)?);
    Ok(rules)
}

fn files() -> Rules {
    let mut rules = plain(FILES);
    rules.extend(plain(older::FILES));
    rules
}

/// For a command that may open nothing: whether what a guest was denied exists, to say what to type.
fn only_looking() -> Result<Rules, seccompiler::BackendError> {
    let mut rules = plain(older::LOOKING);
    let as_name = libc::O_PATH.cast_unsigned();
    rules.insert(
        libc::SYS_openat,
        vec![rule([masked(2, as_name, as_name)?])?],
    );
    Ok(rules)
}

/// Opening, finding and changing files, for a worker that may not. What asks about an open descriptor passes.
fn refused_files(role: JailRole) -> Result<Rules, seccompiler::BackendError> {
    let mut rules = files();
    let of_descriptor = libc::AT_EMPTY_PATH.cast_unsigned();
    rules.insert(libc::SYS_statx, vec![rule([without(2, of_descriptor)?])?]);
    rules.insert(
        libc::SYS_newfstatat,
        vec![rule([without(3, of_descriptor)?])?],
    );
    if role == JailRole::Guest {
        // The empty folder of a guest without files is opened as a name.
        let as_name = libc::O_PATH.cast_unsigned();
        rules.insert(libc::SYS_openat, vec![rule([without(2, as_name)?])?]);
    }
    Ok(rules)
}

/// Calls that are allowed with some arguments.
fn checked(role: JailRole) -> Result<Rules, seccompiler::BackendError> {
    let private = masked(3, MAP_KINDS, libc::MAP_PRIVATE.cast_unsigned())?;
    let not_code = masked(2, libc::PROT_EXEC.cast_unsigned(), 0)?;
    let mut map = vec![private];
    let mut protect = Vec::new();
    if role == JailRole::Compile {
        // It makes code and runs none.
        map.push(not_code.clone());
        protect.push(rule([not_code])?);
    }
    let me = u64::from(std::process::id());
    let threads = libc::CLONE_THREAD.cast_unsigned();
    Ok([
        (libc::SYS_mmap, vec![SeccompRule::new(map)?]),
        (libc::SYS_mprotect, protect),
        // Threads of this process, and no others.
        (libc::SYS_clone, vec![rule([masked(0, threads, threads)?])?]),
        // Signals to itself, as aborting is one.
        (libc::SYS_tgkill, vec![rule([is(0, me)?])?]),
        // Its own limits, which it can only lower.
        (libc::SYS_prlimit64, vec![rule([is(0, 0)?])?]),
        (libc::SYS_prctl, one_of(0, &PRCTL)?),
        (libc::SYS_fcntl, one_of(1, &FCNTL)?),
        (libc::SYS_ioctl, one_of(1, &IOCTL)?),
    ]
    .into())
}

/// Sockets between two ends of this process, and sending on what is connected: never to an address.
fn conversation() -> Result<Rules, seccompiler::BackendError> {
    const SOCKET_KINDS: u32 = 0xf;
    let stream = libc::SOCK_STREAM.cast_unsigned();
    Ok([
        (
            libc::SYS_socketpair,
            vec![rule([
                is(0, libc::AF_UNIX.unsigned_abs().into())?,
                masked(1, SOCKET_KINDS, stream)?,
            ])?],
        ),
        (
            libc::SYS_sendto,
            vec![SeccompRule::new(vec![SeccompCondition::new(
                4,
                SeccompCmpArgLen::Qword,
                SeccompCmpOp::Eq,
                0,
            )?])?],
        ),
    ]
    .into())
}

fn not_internet() -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    let not = |family: i32| {
        SeccompCondition::new(
            0,
            SeccompCmpArgLen::Dword,
            SeccompCmpOp::Ne,
            family.unsigned_abs().into(),
        )
    };
    Ok(vec![rule([not(libc::AF_INET)?, not(libc::AF_INET6)?])?])
}

/// The kinds of a mapping; shared ones would not count as memory of the process.
const MAP_KINDS: u32 = 0xf;
/// Names of threads and mappings, and what the system said of itself at the start.
const PRCTL: [i32; 3] = [libc::PR_SET_NAME, libc::PR_SET_VMA, GET_AUXV];
const GET_AUXV: i32 = 0x4155_5856;
/// Owners of descriptors, which are signalled, are not among them.
const FCNTL: [i32; 9] = [
    libc::F_DUPFD,
    libc::F_DUPFD_CLOEXEC,
    libc::F_GETFD,
    libc::F_SETFD,
    libc::F_GETFL,
    libc::F_SETFL,
    libc::F_ADD_SEALS,
    libc::F_GET_SEALS,
    libc::F_GETPIPE_SZ,
];
/// Asking terminals and sockets, and the pages of a pool that were written. Typing into a terminal is not among them.
const IOCTL: [u32; 6] = [
    libc::TCGETS as u32,
    libc::TIOCGWINSZ as u32,
    libc::FIONREAD as u32,
    libc::FIONBIO as u32,
    libc::FIOCLEX as u32,
    PAGEMAP_SCAN,
];
const PAGEMAP_SCAN: u32 = 0xc060_6610;

fn rule<const N: usize>(
    conditions: [SeccompCondition; N],
) -> Result<SeccompRule, seccompiler::BackendError> {
    SeccompRule::new(conditions.into())
}

/// A rule for each value that argument `index` may have.
fn one_of<T: Copy + TryInto<u32>>(
    index: u8,
    values: &[T],
) -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    let values = values.iter().filter_map(|value| (*value).try_into().ok());
    values
        .map(|value: u32| rule([is(index, value.into())?]))
        .collect()
}

fn is(index: u8, value: u64) -> Result<SeccompCondition, seccompiler::BackendError> {
    SeccompCondition::new(index, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)
}

fn masked(index: u8, mask: u32, value: u32) -> Result<SeccompCondition, seccompiler::BackendError> {
    SeccompCondition::new(
        index,
        SeccompCmpArgLen::Dword,
        SeccompCmpOp::MaskedEq(mask.into()),
        value.into(),
    )
}

fn without(index: u8, flag: u32) -> Result<SeccompCondition, seccompiler::BackendError> {
    masked(index, flag, 0)
}
