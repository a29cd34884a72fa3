//! Between the words of WASI preview 2 and ours.

use std::time::Duration;

use rustix::{fs::Advice, io::Errno};
use wasmtime_wasi::p2::{
    FsError,
    bindings::{
        clocks::wall_clock::Datetime,
        filesystem::types::{
            self, DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, MetadataHashValue,
            NewTimestamp, OpenFlags, PathFlags,
        },
    },
};

use crate::{
    files::{FileError, How, Last, NewTime, NewTimes, Stat, Why},
    identity::{Id, Kind},
    outcome::Failure,
};

/// Returns what the guest is told of `error`, or what ends it.
pub(super) fn error(error: FileError) -> FsError {
    match error {
        FileError::Os(error) => code(error).into(),
        FileError::Refused(refusal) => match refusal.why {
            // As everywhere where a path leads out of where it began.
            Why::LinkLeadsOut { .. } => ErrorCode::NotPermitted.into(),
            Why::NotGranted | Why::OtherMount | Why::Kernel | Why::Slow | Why::Special => {
                ErrorCode::Access.into()
            }
        },
        FileError::Limit(exceeded) => FsError::trap(Failure::LimitExceeded(exceeded)),
    }
}

pub(super) fn code(error: Errno) -> ErrorCode {
    match error {
        Errno::ACCESS => ErrorCode::Access,
        Errno::AGAIN => ErrorCode::WouldBlock,
        Errno::ALREADY => ErrorCode::Already,
        Errno::BADF => ErrorCode::BadDescriptor,
        Errno::BUSY => ErrorCode::Busy,
        Errno::DQUOT => ErrorCode::Quota,
        Errno::EXIST => ErrorCode::Exist,
        Errno::FBIG => ErrorCode::FileTooLarge,
        Errno::ILSEQ => ErrorCode::IllegalByteSequence,
        Errno::INPROGRESS => ErrorCode::InProgress,
        Errno::INTR => ErrorCode::Interrupted,
        Errno::INVAL => ErrorCode::Invalid,
        Errno::ISDIR => ErrorCode::IsDirectory,
        Errno::LOOP => ErrorCode::Loop,
        Errno::MLINK => ErrorCode::TooManyLinks,
        Errno::NAMETOOLONG => ErrorCode::NameTooLong,
        Errno::NODEV => ErrorCode::NoDevice,
        Errno::NOENT => ErrorCode::NoEntry,
        Errno::NOMEM => ErrorCode::InsufficientMemory,
        Errno::NOSPC => ErrorCode::InsufficientSpace,
        Errno::NOTDIR => ErrorCode::NotDirectory,
        Errno::NOTEMPTY => ErrorCode::NotEmpty,
        Errno::NOTSUP | Errno::NOSYS => ErrorCode::Unsupported,
        Errno::NXIO => ErrorCode::NoSuchDevice,
        Errno::OVERFLOW => ErrorCode::Overflow,
        Errno::PERM => ErrorCode::NotPermitted,
        Errno::PIPE => ErrorCode::Pipe,
        Errno::ROFS => ErrorCode::ReadOnly,
        Errno::SPIPE => ErrorCode::InvalidSeek,
        Errno::TXTBSY => ErrorCode::TextFileBusy,
        Errno::XDEV => ErrorCode::CrossDevice,
        // The list of the system is longer than that of WASI.
        _ => ErrorCode::Io,
    }
}

pub(super) fn kind(kind: Kind) -> DescriptorType {
    match kind {
        Kind::Folder => DescriptorType::Directory,
        Kind::File => DescriptorType::RegularFile,
        Kind::Link => DescriptorType::SymbolicLink,
        Kind::CharacterDevice => DescriptorType::CharacterDevice,
        Kind::BlockDevice => DescriptorType::BlockDevice,
        Kind::Socket => DescriptorType::Socket,
        Kind::Pipe => DescriptorType::Fifo,
        Kind::Unknown => DescriptorType::Unknown,
    }
}

pub(super) fn last(flags: PathFlags) -> Last {
    if flags.contains(PathFlags::SYMLINK_FOLLOW) {
        Last::Follow
    } else {
        Last::Keep
    }
}

pub(super) fn how(open: OpenFlags, flags: DescriptorFlags) -> How {
    How {
        create: open.contains(OpenFlags::CREATE),
        exclusive: open.contains(OpenFlags::EXCLUSIVE),
        directory: open.contains(OpenFlags::DIRECTORY),
        truncate: open.contains(OpenFlags::TRUNCATE),
        read: flags.contains(DescriptorFlags::READ),
        write: flags.contains(DescriptorFlags::WRITE),
    }
}

pub(super) fn stat(stat: &Stat) -> DescriptorStat {
    let time = |time: Option<Duration>| {
        time.map(|time| Datetime {
            seconds: time.as_secs(),
            nanoseconds: time.subsec_nanos(),
        })
    };
    DescriptorStat {
        type_: kind(stat.kind),
        link_count: stat.links,
        size: stat.size,
        data_access_timestamp: time(stat.accessed),
        data_modification_timestamp: time(stat.modified),
        status_change_timestamp: time(stat.changed),
    }
}

pub(super) fn times(accessed: NewTimestamp, modified: NewTimestamp) -> Result<NewTimes, ErrorCode> {
    Ok(NewTimes {
        accessed: time(accessed)?,
        modified: time(modified)?,
    })
}

fn time(time: NewTimestamp) -> Result<NewTime, ErrorCode> {
    Ok(match time {
        NewTimestamp::NoChange => NewTime::Keep,
        NewTimestamp::Now => NewTime::Now,
        NewTimestamp::Timestamp(Datetime {
            seconds,
            nanoseconds,
        }) => {
            let more = u64::from(nanoseconds / 1_000_000_000);
            let seconds = seconds.checked_add(more).ok_or(ErrorCode::Overflow)?;
            NewTime::At(Duration::new(seconds, nanoseconds % 1_000_000_000))
        }
    })
}

pub(super) fn advice(advice: types::Advice) -> Advice {
    match advice {
        types::Advice::Normal => Advice::Normal,
        types::Advice::Sequential => Advice::Sequential,
        types::Advice::Random => Advice::Random,
        types::Advice::WillNeed => Advice::WillNeed,
        types::Advice::DontNeed => Advice::DontNeed,
        types::Advice::NoReuse => Advice::NoReuse,
    }
}

pub(super) fn hash(id: Id) -> MetadataHashValue {
    let lower = id.hash();
    MetadataHashValue {
        lower,
        upper: lower.rotate_left(32) ^ u64::MAX,
    }
}
