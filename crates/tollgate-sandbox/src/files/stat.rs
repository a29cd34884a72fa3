//! What a file is: kind, size, times; and setting the times.

use std::{
    hash::{BuildHasher, RandomState},
    os::fd::{AsFd, AsRawFd},
    sync::LazyLock,
    time::Duration,
};

use rustix::{
    fs::{AtFlags, FileType, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, fstat, utimensat},
    io::Errno,
};

use super::{
    error::FileError,
    space::{Folder, Place, Target},
    walk::Closed,
};
use crate::identity::{Id, Kind};

/// What a file is. Times are since the Unix epoch; earlier ones are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) kind: Kind,
    pub(crate) links: u64,
    pub(crate) size: u64,
    pub(crate) accessed: Option<Duration>,
    pub(crate) modified: Option<Duration>,
    pub(crate) changed: Option<Duration>,
    pub(crate) id: Id,
}

impl Stat {
    pub(super) fn of(fd: impl AsFd) -> Result<Self, Errno> {
        let stat = fstat(fd)?;
        let time = |seconds: i64, nanos: u64| {
            let seconds = u64::try_from(seconds).ok()?;
            Some(Duration::new(seconds, u32::try_from(nanos).ok()?))
        };
        Ok(Self {
            kind: Kind::of(FileType::from_raw_mode(stat.st_mode)),
            links: stat.st_nlink,
            size: u64::try_from(stat.st_size).map_err(|_| Errno::OVERFLOW)?,
            accessed: time(stat.st_atime, stat.st_atime_nsec),
            modified: time(stat.st_mtime, stat.st_mtime_nsec),
            changed: time(stat.st_ctime, stat.st_ctime_nsec),
            id: Id {
                device: stat.st_dev,
                inode: stat.st_ino,
            },
        })
    }

    /// Something of which no more than its kind is to be known.
    const fn without(kind: Kind, id: Id) -> Self {
        Self {
            kind,
            links: 1,
            size: 0,
            accessed: None,
            modified: None,
            changed: None,
            id,
        }
    }
}

/// Identity of what has none that is to be known.
const BETWEEN: Id = Id {
    device: 0,
    inode: 0,
};

/// No device of the system has the number 0 and a folder.
const fn between(folder: &Folder) -> Id {
    match folder.node {
        Some(node) => Id {
            device: 0,
            inode: node as u64 + 1,
        },
        None => BETWEEN,
    }
}

impl Id {
    /// Returns a number for it that tells the guest nothing of the host's numbers: it cannot be tried out, since its key is
    /// this process's own.
    pub(crate) fn hash(self) -> u64 {
        static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        KEY.hash_one((self.device, self.inode))
    }
}

impl Folder {
    pub(crate) fn stat(&self) -> Result<Stat, FileError> {
        match self.first() {
            Some(layer) => Ok(Stat::of(&layer.fd)?),
            None => Ok(Stat::without(Kind::Folder, between(self))),
        }
    }

    /// Returns what identifies it.
    pub(crate) fn id(&self) -> Id {
        self.first().map_or(between(self), |layer| layer.id)
    }

    /// Tells whether its times may be changed.
    pub(crate) fn may_touch(&self) -> bool {
        self.first()
            .is_some_and(|layer| layer.rights.and(layer.cap).write)
    }

    pub(crate) fn set_times(&self, times: NewTimes) -> Result<(), FileError> {
        let layer = self.first().ok_or(Errno::PERM)?;
        Ok(set_times_through(&layer.fd, &times.to_system()?)?)
    }

    pub(crate) fn sync(&self) -> Result<(), FileError> {
        match self.first() {
            Some(layer) => Ok(rustix::fs::fsync(super::own::folder(&layer.fd)?)?),
            None => Ok(()),
        }
    }
}

impl Place {
    pub(crate) fn stat(&self) -> Result<Stat, FileError> {
        match &self.target {
            Target::Folder { folder, .. } => folder.stat(),
            Target::File(there) => Ok(Stat::of(&there.fd)?),
            Target::Closed(Closed { kind, .. })
            | Target::Missing {
                closed: Some(Closed { kind, .. }),
                ..
            } => Ok(Stat::without(*kind, BETWEEN)),
            Target::Missing { closed: None, .. } => Err(Errno::NOENT.into()),
        }
    }

    pub(crate) fn set_times(&self, times: NewTimes) -> Result<(), FileError> {
        match &self.target {
            Target::Folder { folder, .. } => folder.set_times(times),
            Target::File(there) => Ok(set_times_through(&there.fd, &times.to_system()?)?),
            Target::Missing { .. } => Err(Errno::NOENT.into()),
            Target::Closed(_) => Err(Errno::PERM.into()),
        }
    }
}

/// A time to set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NewTime {
    Keep,
    Now,
    At(Duration),
}

/// The times to set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NewTimes {
    pub(crate) accessed: NewTime,
    pub(crate) modified: NewTime,
}

impl NewTimes {
    pub(super) fn to_system(self) -> Result<Timestamps, Errno> {
        Ok(Timestamps {
            last_access: self.accessed.to_system()?,
            last_modification: self.modified.to_system()?,
        })
    }
}

impl NewTime {
    fn to_system(self) -> Result<Timespec, Errno> {
        let (tv_sec, tv_nsec) = match self {
            Self::Keep => (0, UTIME_OMIT),
            Self::Now => (0, UTIME_NOW),
            Self::At(time) => {
                let seconds = i64::try_from(time.as_secs()).map_err(|_| Errno::OVERFLOW)?;
                (seconds, time.subsec_nanos().into())
            }
        };
        Ok(Timespec { tv_sec, tv_nsec })
    }
}

/// Sets the times of what is open at `fd`, which may be open for nothing but its name.
pub(super) fn set_times_through(fd: &impl AsFd, times: &Timestamps) -> Result<(), Errno> {
    let own = super::own::own_descriptors()?;
    let number = fd.as_fd().as_raw_fd().to_string();
    utimensat(own, number, times, AtFlags::empty())
}
