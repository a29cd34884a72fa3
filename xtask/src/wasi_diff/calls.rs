//! The calls: every function of both versions of WASI.

use std::fmt;

/// One run of a guest.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// What the guest is asked for.
    pub(super) function: &'static str,
    pub(super) version: Version,
    pub(super) folder: Folder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    Preview1,
    Preview2,
}

/// What is granted of the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Folder {
    Written,
    /// Read, and not written.
    Read,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.function)?;
        match self.folder {
            Folder::Written => Ok(()),
            Folder::Read => f.write_str(" where nothing is written"),
        }
    }
}

impl Version {
    /// The guest that makes the calls.
    pub(super) const fn guest(self) -> &'static str {
        match self {
            Self::Preview1 => "wasi-calls",
            Self::Preview2 => "wasi-calls-component",
        }
    }
}

const fn p1(function: &'static str) -> Call {
    Call {
        function,
        version: Version::Preview1,
        folder: Folder::Written,
    }
}

const fn p2(function: &'static str) -> Call {
    Call {
        version: Version::Preview2,
        ..p1(function)
    }
}

const fn read(call: Call) -> Call {
    Call {
        folder: Folder::Read,
        ..call
    }
}

pub(super) const CALLS: &[Call] = &[
    p1("args_get"),
    p1("args_sizes_get"),
    p1("environ_get"),
    p1("environ_sizes_get"),
    p1("clock_res_get"),
    p1("clock_time_get"),
    p1("fd_advise"),
    p1("fd_allocate"),
    p1("fd_close"),
    p1("fd_datasync"),
    p1("fd_fdstat_get"),
    p1("fd_fdstat_set_flags"),
    p1("fd_fdstat_set_rights"),
    p1("fd_filestat_get"),
    p1("fd_filestat_set_size"),
    p1("fd_filestat_set_times"),
    p1("fd_pread"),
    p1("fd_prestat_get"),
    p1("fd_prestat_dir_name"),
    p1("fd_pwrite"),
    p1("fd_read"),
    p1("fd_readdir"),
    p1("fd_renumber"),
    p1("fd_seek"),
    p1("fd_sync"),
    p1("fd_tell"),
    p1("fd_write"),
    p1("path_create_directory"),
    p1("path_filestat_get"),
    p1("path_filestat_set_times"),
    p1("path_link"),
    p1("path_open"),
    p1("path_readlink"),
    p1("path_remove_directory"),
    p1("path_rename"),
    p1("path_symlink"),
    p1("path_unlink_file"),
    p1("poll_oneoff"),
    p1("proc_exit 0"),
    p1("proc_exit 7"),
    p1("proc_exit 200"),
    p1("proc_raise"),
    p1("sched_yield"),
    p1("random_get"),
    p1("sock_accept"),
    p1("sock_recv"),
    p1("sock_send"),
    p1("sock_shutdown"),
    p1("outside fd_read"),
    p1("outside fd_write"),
    p1("outside path_open"),
    p1("outside path_filestat_get"),
    p1("outside fd_readdir"),
    p1("outside clock_time_get"),
    p1("outside random_get"),
    p1("outside args_get"),
    p1("unknown path_open flags"),
    p1("unknown fd_advise advice"),
    p1("unknown fd_seek whence"),
    p1("unknown clock_time_get clock"),
    p1("unknown fd_fdstat_set_flags flags"),
    p1("unknown fd_filestat_set_times flags"),
    p1("unknown path_filestat_get flags"),
    p2("get-directories"),
    p2("advise"),
    p2("sync-data"),
    p2("sync"),
    p2("get-flags"),
    p2("get-type"),
    p2("set-size"),
    p2("set-times"),
    p2("read"),
    p2("write"),
    p2("read-directory"),
    p2("stat"),
    p2("is-same-object"),
    p2("metadata-hash"),
    p2("open-at"),
    p2("stat-at"),
    p2("metadata-hash-at"),
    p2("set-times-at"),
    p2("create-directory-at"),
    p2("remove-directory-at"),
    p2("unlink-file-at"),
    p2("readlink-at"),
    p2("link-at"),
    p2("rename-at"),
    p2("symlink-at"),
    p2("read-via-stream"),
    p2("write-via-stream"),
    p2("append-via-stream"),
    p2("splice"),
    p2("stdin"),
    p2("stdout"),
    p2("stderr"),
    p2("poll"),
    p2("poll nothing"),
    p2("tcp create"),
    p2("tcp bind"),
    p2("tcp listen"),
    p2("tcp connect"),
    p2("tcp talk"),
    p2("tcp addresses"),
    p2("tcp options"),
    p2("tcp shutdown"),
    p2("resolve-addresses"),
    p2("udp create"),
    p2("udp bind"),
    p2("udp talk"),
    p2("udp send"),
    p2("udp options"),
    p2("get-environment"),
    p2("get-arguments"),
    p2("initial-cwd"),
    p2("wall-clock now"),
    p2("wall-clock resolution"),
    p2("monotonic-clock now"),
    p2("monotonic-clock resolution"),
    p2("monotonic-clock subscribe-duration"),
    p2("monotonic-clock subscribe-instant"),
    p2("get-random-bytes"),
    p2("get-random-u64"),
    p2("get-insecure-random-bytes"),
    p2("get-insecure-random-u64"),
    p2("insecure-seed"),
    p2("exit with success"),
    p2("exit with failure"),
    read(p1("path_open")),
    read(p1("path_filestat_get")),
    read(p1("path_filestat_set_times")),
    read(p1("path_create_directory")),
    read(p1("path_remove_directory")),
    read(p1("path_unlink_file")),
    read(p1("path_readlink")),
    read(p1("path_link")),
    read(p1("path_rename")),
    read(p1("path_symlink")),
    read(p2("open-at")),
    read(p2("stat-at")),
    read(p2("set-times-at")),
    read(p2("create-directory-at")),
    read(p2("remove-directory-at")),
    read(p2("unlink-file-at")),
    read(p2("readlink-at")),
    read(p2("link-at")),
    read(p2("rename-at")),
    read(p2("symlink-at")),
];
