//! Between the words of WASI preview 1 and ours.

use std::time::Duration;

use rustix::{fs::Advice, io::Errno};
use wasmtime_wasi::p1::types;

use super::p1_table::OpenedFile;
use crate::{
    files::{FileError, How, Last, NewTime, NewTimes, Stat, Why},
    identity::Kind,
    outcome::Failure,
};

/// What a function returns to the guest, or what ends it.
pub(super) type WasiResult<T> = Result<T, types::Error>;

/// Returns what the guest is told of `error`, or what ends it.
pub(super) fn error(error: FileError) -> types::Error {
    match error {
        FileError::Os(error) => errno(error).into(),
        FileError::Refused(refusal) => match refusal.why {
            // As everywhere where a path leads out of where it began.
            Why::LinkLeadsOut { .. } => types::Errno::Perm.into(),
            Why::NotGranted | Why::OtherMount | Why::Kernel | Why::Slow | Why::Special => {
                types::Errno::Notcapable.into()
            }
        },
        FileError::Limit(exceeded) => types::Error::trap(Failure::LimitExceeded(exceeded).into()),
    }
}

fn errno(error: Errno) -> types::Errno {
    match error {
        Errno::ACCESS => types::Errno::Acces,
        Errno::AGAIN => types::Errno::Again,
        Errno::ALREADY => types::Errno::Already,
        Errno::BADF => types::Errno::Badf,
        Errno::BUSY => types::Errno::Busy,
        Errno::DQUOT => types::Errno::Dquot,
        Errno::EXIST => types::Errno::Exist,
        Errno::FBIG => types::Errno::Fbig,
        Errno::ILSEQ => types::Errno::Ilseq,
        Errno::INPROGRESS => types::Errno::Inprogress,
        Errno::INTR => types::Errno::Intr,
        Errno::INVAL => types::Errno::Inval,
        Errno::ISDIR => types::Errno::Isdir,
        Errno::LOOP => types::Errno::Loop,
        Errno::MFILE => types::Errno::Mfile,
        Errno::MLINK => types::Errno::Mlink,
        Errno::NAMETOOLONG => types::Errno::Nametoolong,
        Errno::NFILE => types::Errno::Nfile,
        Errno::NODEV => types::Errno::Nodev,
        Errno::NOENT => types::Errno::Noent,
        Errno::NOMEM => types::Errno::Nomem,
        Errno::NOSPC => types::Errno::Nospc,
        Errno::NOSYS => types::Errno::Nosys,
        Errno::NOTDIR => types::Errno::Notdir,
        Errno::NOTEMPTY => types::Errno::Notempty,
        Errno::NOTSUP => types::Errno::Notsup,
        Errno::NXIO => types::Errno::Nxio,
        Errno::OVERFLOW => types::Errno::Overflow,
        Errno::PERM => types::Errno::Perm,
        Errno::PIPE => types::Errno::Pipe,
        Errno::ROFS => types::Errno::Rofs,
        Errno::SPIPE => types::Errno::Spipe,
        Errno::STALE => types::Errno::Stale,
        Errno::TIMEDOUT => types::Errno::Timedout,
        Errno::TXTBSY => types::Errno::Txtbsy,
        Errno::XDEV => types::Errno::Xdev,
        // The list of the system is longer than that of WASI.
        _ => types::Errno::Io,
    }
}

pub(super) fn kind(kind: Kind) -> types::Filetype {
    match kind {
        Kind::Folder => types::Filetype::Directory,
        Kind::File => types::Filetype::RegularFile,
        Kind::Link => types::Filetype::SymbolicLink,
        Kind::CharacterDevice => types::Filetype::CharacterDevice,
        Kind::BlockDevice => types::Filetype::BlockDevice,
        Kind::Socket => types::Filetype::SocketStream,
        // Preview 1 has no word for a pipe.
        Kind::Pipe | Kind::Unknown => types::Filetype::Unknown,
    }
}

pub(super) fn last(flags: types::Lookupflags) -> Last {
    if flags.contains(types::Lookupflags::SYMLINK_FOLLOW) {
        Last::Follow
    } else {
        Last::Keep
    }
}

pub(super) fn how(flags: types::Oflags, rights: types::Rights) -> How {
    How {
        create: flags.contains(types::Oflags::CREAT),
        exclusive: flags.contains(types::Oflags::EXCL),
        directory: flags.contains(types::Oflags::DIRECTORY),
        truncate: flags.contains(types::Oflags::TRUNC),
        read: rights.contains(types::Rights::FD_READ),
        write: rights.contains(types::Rights::FD_WRITE),
    }
}

pub(super) fn stat(stat: &Stat) -> Result<types::Filestat, types::Errno> {
    let nanos = |time: Option<Duration>| {
        let time = time.unwrap_or_default();
        u64::try_from(time.as_nanos()).map_err(|_| types::Errno::Overflow)
    };
    Ok(types::Filestat {
        dev: 1,
        ino: stat.id.hash(),
        filetype: kind(stat.kind),
        nlink: stat.links,
        size: stat.size,
        atim: nanos(stat.accessed)?,
        mtim: nanos(stat.modified)?,
        ctim: nanos(stat.changed)?,
    })
}

pub(super) fn times(
    accessed: types::Timestamp,
    modified: types::Timestamp,
    flags: types::Fstflags,
) -> Result<NewTimes, types::Errno> {
    let one = |time, set, now| match (flags.contains(set), flags.contains(now)) {
        (true, true) => Err(types::Errno::Inval),
        (true, false) => Ok(NewTime::At(Duration::from_nanos(time))),
        (false, true) => Ok(NewTime::Now),
        (false, false) => Ok(NewTime::Keep),
    };
    Ok(NewTimes {
        accessed: one(accessed, types::Fstflags::ATIM, types::Fstflags::ATIM_NOW)?,
        modified: one(modified, types::Fstflags::MTIM, types::Fstflags::MTIM_NOW)?,
    })
}

pub(super) fn advice(advice: types::Advice) -> Advice {
    match advice {
        types::Advice::Normal => Advice::Normal,
        types::Advice::Sequential => Advice::Sequential,
        types::Advice::Random => Advice::Random,
        types::Advice::Willneed => Advice::WillNeed,
        types::Advice::Dontneed => Advice::DontNeed,
        types::Advice::Noreuse => Advice::NoReuse,
    }
}

/// What many programs expect of a folder that was open before they started.
pub(super) fn first_folder() -> types::Fdstat {
    let base = types::Rights::PATH_CREATE_DIRECTORY
        | types::Rights::PATH_CREATE_FILE
        | types::Rights::PATH_LINK_SOURCE
        | types::Rights::PATH_LINK_TARGET
        | types::Rights::PATH_OPEN
        | types::Rights::FD_READDIR
        | types::Rights::PATH_READLINK
        | types::Rights::PATH_RENAME_SOURCE
        | types::Rights::PATH_RENAME_TARGET
        | types::Rights::PATH_SYMLINK
        | types::Rights::PATH_REMOVE_DIRECTORY
        | types::Rights::PATH_UNLINK_FILE
        | types::Rights::PATH_FILESTAT_GET
        | types::Rights::PATH_FILESTAT_SET_TIMES
        | types::Rights::FD_FILESTAT_GET
        | types::Rights::FD_FILESTAT_SET_TIMES;
    let inheriting = base
        | types::Rights::FD_DATASYNC
        | types::Rights::FD_READ
        | types::Rights::FD_SEEK
        | types::Rights::FD_FDSTAT_SET_FLAGS
        | types::Rights::FD_SYNC
        | types::Rights::FD_TELL
        | types::Rights::FD_WRITE
        | types::Rights::FD_ADVISE
        | types::Rights::FD_ALLOCATE
        | types::Rights::FD_FILESTAT_SET_SIZE
        | types::Rights::POLL_FD_READWRITE;
    types::Fdstat {
        fs_filetype: types::Filetype::Directory,
        fs_flags: types::Fdflags::empty(),
        fs_rights_base: base,
        fs_rights_inheriting: inheriting,
    }
}

pub(super) fn folder() -> types::Fdstat {
    let absent = types::Rights::FD_SEEK
        | types::Rights::FD_FILESTAT_SET_SIZE
        | types::Rights::PATH_FILESTAT_SET_SIZE
        | types::Rights::FD_WRITE;
    described(types::Filetype::Directory, types::Fdflags::empty(), absent)
}

pub(super) fn file(opened: &OpenedFile) -> types::Fdstat {
    let mut absent = types::Rights::empty();
    if !opened.file.reads() {
        absent |= types::Rights::FD_READ | types::Rights::FD_READDIR;
    }
    if !opened.file.writes() {
        absent |= types::Rights::FD_WRITE;
    }
    let mut flags = types::Fdflags::empty();
    if opened.append {
        flags |= types::Fdflags::APPEND;
    }
    if opened.nonblocking {
        flags |= types::Fdflags::NONBLOCK;
    }
    described(kind(opened.file.kind()), flags, absent)
}

fn described(
    fs_filetype: types::Filetype,
    fs_flags: types::Fdflags,
    absent: types::Rights,
) -> types::Fdstat {
    let rights = types::Rights::all() & !absent;
    types::Fdstat {
        fs_filetype,
        fs_flags,
        fs_rights_base: rights,
        fs_rights_inheriting: rights,
    }
}
