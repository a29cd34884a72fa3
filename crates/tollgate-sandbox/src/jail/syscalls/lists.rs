//! The system calls, by what they are for.

use libc::c_long;

/// Memory, threads, time, and the descriptors that are open.
pub(super) const ALWAYS: &[c_long] = &[
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

/// Running guests: events, pipes and sockets that are there already.
pub(super) const RUNNING: &[c_long] = &[
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
    libc::SYS_pipe2,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_shutdown,
];

/// Files of a grant.
pub(super) const FILES: &[c_long] = &[
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

/// What the command does besides: the permissions of a report, the chain of a key that signs a receipt, whose files are open,
/// and images of memories in files of no folder, which no limit of a process bounds. A worker's images are in the code that it
/// is handed.
pub(super) const COMMAND: &[c_long] = &[
    libc::SYS_fchmod,
    libc::SYS_fdatasync,
    libc::SYS_flock,
    libc::SYS_memfd_create,
    libc::SYS_umask,
];

/// Connections of a grant.
pub(super) const NETWORK: &[c_long] = &[
    libc::SYS_bind,
    libc::SYS_connect,
    libc::SYS_sendmmsg,
    libc::SYS_sendmsg,
    libc::SYS_sendto,
    libc::SYS_setsockopt,
];

/// What a worker that waits still does to close its jail when it has its job. They are gone before anything of a guest is
/// touched.
pub(super) const CLOSING: &[c_long] = &[
    libc::SYS_capget,
    libc::SYS_capset,
    libc::SYS_chdir,
    libc::SYS_chroot,
    libc::SYS_landlock_add_rule,
    libc::SYS_landlock_create_ruleset,
    libc::SYS_landlock_restrict_self,
    libc::SYS_mount,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_pivot_root,
    libc::SYS_seccomp,
    libc::SYS_umount2,
    libc::SYS_unshare,
];

/// Calls that only the older of our two architectures has.
#[cfg(target_arch = "x86_64")]
pub(super) mod older {
    use libc::c_long;

    pub(in super::super) const ALWAYS: &[c_long] =
        &[libc::SYS_arch_prctl, libc::SYS_poll, libc::SYS_time];
    pub(in super::super) const RUNNING: &[c_long] = &[libc::SYS_epoll_wait, libc::SYS_pipe];
    pub(in super::super) const LOOKING: &[c_long] = &[
        libc::SYS_lstat,
        libc::SYS_newfstatat,
        libc::SYS_stat,
        libc::SYS_statx,
    ];
    pub(in super::super) const FILES: &[c_long] = &[
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
pub(super) mod older {
    use libc::c_long;

    pub(in super::super) const ALWAYS: &[c_long] = &[];
    pub(in super::super) const RUNNING: &[c_long] = &[];
    pub(in super::super) const LOOKING: &[c_long] = &[libc::SYS_newfstatat, libc::SYS_statx];
    pub(in super::super) const FILES: &[c_long] = &[libc::SYS_newfstatat];
}

/// Calls that answer a worker that they do not exist: libraries do without them, by an older twin whose arguments can be
/// checked or in another way.
pub(super) const ABSENT: &[c_long] = &[
    libc::SYS_clone3,
    libc::SYS_copy_file_range,
    libc::SYS_memfd_create,
    libc::SYS_sendfile,
    libc::SYS_splice,
];

/// Names of threads and mappings, and what the system said of itself at the start.
pub(super) const PRCTL: [u32; 3] = [
    libc::PR_SET_NAME.cast_unsigned(),
    libc::PR_SET_VMA.cast_unsigned(),
    GET_AUXV,
];
const GET_AUXV: u32 = 0x4155_5856;
/// Owners of descriptors, which are signalled, are not among them.
pub(super) const FCNTL: [u32; 9] = [
    libc::F_DUPFD.cast_unsigned(),
    libc::F_DUPFD_CLOEXEC.cast_unsigned(),
    libc::F_GETFD.cast_unsigned(),
    libc::F_SETFD.cast_unsigned(),
    libc::F_GETFL.cast_unsigned(),
    libc::F_SETFL.cast_unsigned(),
    libc::F_ADD_SEALS.cast_unsigned(),
    libc::F_GET_SEALS.cast_unsigned(),
    libc::F_GETPIPE_SZ.cast_unsigned(),
];
/// Asking terminals and sockets, forgetting what was typed before a question, and the pages of a pool that were written. Typing
/// into a terminal is not among them.
pub(super) const IOCTL: [u32; 7] = [
    libc::TCGETS as u32,
    libc::TIOCGWINSZ as u32,
    libc::TCFLSH as u32,
    libc::FIONREAD as u32,
    libc::FIONBIO as u32,
    libc::FIOCLEX as u32,
    PAGEMAP_SCAN,
];
const PAGEMAP_SCAN: u32 = 0xc060_6610;
