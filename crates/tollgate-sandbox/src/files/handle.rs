//! An open file: reading, writing and changing it, with the rights it was opened with.

use std::{
    io::IoSlice,
    os::fd::OwnedFd,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use rustix::{
    fs::{Advice, fadvise, fdatasync, fsync, ftruncate, futimens},
    io::{Errno, ReadWriteFlags, pread, pwrite, pwritev2, read, write},
};

use super::{
    disk::Disk,
    error::FileError,
    rights::Rights,
    slow::Descriptor,
    stat::{NewTimes, Stat},
};
use crate::identity::{Id, Kind, look};

/// An open file.
#[derive(Debug)]
pub(crate) struct OpenFile {
    fd: Descriptor,
    id: Id,
    kind: Kind,
    /// What this handle may do.
    mode: Rights,
    /// What may be done with the file.
    place: Rights,
    name: String,
    /// A length that the file is known to have had, to see when a write leaves a hole.
    length: AtomicU64,
    disk: Arc<Disk>,
}

/// Where a write goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WriteAt {
    Offset(u64),
    End,
}

impl OpenFile {
    /// `mode` is what the handle may do, `place` what may be done with the file.
    pub(super) fn new(
        fd: OwnedFd,
        (mode, place): (Rights, Rights),
        slow: bool,
        name: String,
        disk: Arc<Disk>,
    ) -> Result<Self, Errno> {
        let fd = Descriptor::new(fd, slow);
        let seen = look(&fd)?;
        Ok(Self {
            fd,
            id: seen.id,
            kind: seen.kind,
            mode,
            place,
            name,
            length: AtomicU64::new(0),
            disk,
        })
    }

    pub(crate) fn id(&self) -> Id {
        self.id
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Tells whether a call on it may have to wait.
    pub(super) const fn is_slow(&self) -> bool {
        self.fd.slow
    }

    /// Tells whether the handle may be read.
    pub(crate) fn reads(&self) -> bool {
        self.mode.read
    }

    /// Tells whether the handle may be written.
    pub(crate) fn writes(&self) -> bool {
        self.mode.write
    }

    /// Tells whether times of the file may be changed.
    pub(crate) fn may_touch(&self) -> bool {
        self.place.write
    }

    fn seeks(&self) -> bool {
        self.kind == Kind::File || self.kind == Kind::BlockDevice
    }

    /// Reads bytes at `offset` into `bytes`; what cannot seek is read where it is.
    pub(crate) fn read_at(&self, bytes: &mut [u8], offset: u64) -> Result<usize, FileError> {
        if !self.mode.read {
            return Err(Errno::BADF.into());
        }
        let read = loop {
            let read = if self.seeks() {
                pread(&self.fd, &mut *bytes, offset)
            } else {
                read(&self.fd, &mut *bytes)
            };
            if read != Err(Errno::INTR) {
                break read;
            }
        };
        Ok(read?)
    }

    /// Writes `bytes` and returns how many of them were taken.
    pub(crate) fn write(&self, bytes: &[u8], at: WriteAt) -> Result<usize, FileError> {
        if !self.mode.write {
            return Err(Errno::BADF.into());
        }
        if !self.seeks() {
            return Ok(write(&self.fd, bytes)?);
        }
        if let WriteAt::Offset(offset) = at {
            signed(offset)?;
        }
        let hole = match at {
            WriteAt::Offset(offset) if !bytes.is_empty() => self.hole(offset)?,
            WriteAt::Offset(_) | WriteAt::End => 0,
        };
        let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.disk.write(count.saturating_add(hole))?;
        let written = match at {
            WriteAt::Offset(offset) => {
                let written = pwrite(&self.fd, bytes, offset)?;
                let end = offset.saturating_add(u64::try_from(written).unwrap_or(u64::MAX));
                self.length.fetch_max(end, Relaxed);
                written
            }
            WriteAt::End => pwritev2(&self.fd, &[IoSlice::new(bytes)], 0, ReadWriteFlags::APPEND)?,
        };
        Ok(written)
    }

    /// Returns the bytes between the end of the file and `offset`.
    fn hole(&self, offset: u64) -> Result<u64, Errno> {
        if offset <= self.length.load(Relaxed) {
            return Ok(0);
        }
        let length = self.length()?;
        self.length.store(length, Relaxed);
        Ok(offset.saturating_sub(length))
    }

    /// Returns the length of the file.
    pub(crate) fn length(&self) -> Result<u64, Errno> {
        let stat = rustix::fs::fstat(&self.fd)?;
        u64::try_from(stat.st_size).map_err(|_| Errno::OVERFLOW)
    }

    /// Makes the file `length` bytes long.
    pub(crate) fn set_length(&self, length: u64) -> Result<(), FileError> {
        if !self.mode.write {
            // As the system says about a descriptor that is not open for writing.
            return Err(Errno::INVAL.into());
        }
        signed(length)?;
        let more = length.saturating_sub(self.length()?);
        self.disk.write(more)?;
        ftruncate(&self.fd, length)?;
        self.length.store(length, Relaxed);
        Ok(())
    }

    pub(crate) fn set_times(&self, times: NewTimes) -> Result<(), FileError> {
        let times = times.to_system()?;
        match futimens(&self.fd, &times) {
            // It was opened for looking alone.
            Err(Errno::BADF) => Ok(super::stat::set_times_through(&self.fd, &times)?),
            other => Ok(other?),
        }
    }

    pub(crate) fn stat(&self) -> Result<Stat, FileError> {
        Ok(Stat::of(&self.fd)?)
    }

    pub(crate) fn sync(&self) -> Result<(), FileError> {
        Ok(fsync(&self.fd)?)
    }

    pub(crate) fn sync_data(&self) -> Result<(), FileError> {
        Ok(fdatasync(&self.fd)?)
    }

    pub(crate) fn advise(&self, offset: u64, length: u64, advice: Advice) -> Result<(), FileError> {
        Ok(fadvise(
            &self.fd,
            offset,
            std::num::NonZeroU64::new(length),
            advice,
        )?)
    }
}

/// Refuses a place in a file that the system has no number for, before it counts as one that is far away.
fn signed(place: u64) -> Result<(), Errno> {
    i64::try_from(place).map(drop).map_err(|_| Errno::INVAL)
}
