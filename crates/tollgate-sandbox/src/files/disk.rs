//! What an execution may put on the disk: bytes and files, counted before they are made.
//!
//! Both are totals of the execution, as gas is: what was removed again is not given back. Bytes are those that are written,
//! and those by which a file becomes longer without being written; a sparse file counts with its length.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::limits::{LimitExceeded, LimitKind};

/// The account of one execution.
#[derive(Debug)]
pub(crate) struct Disk {
    bytes: Count,
    files: Count,
}

#[derive(Debug)]
struct Count {
    kind: LimitKind,
    limit: u64,
    used: AtomicU64,
}

impl Disk {
    pub(crate) fn new(bytes: u64, files: u64) -> Self {
        Self {
            bytes: Count::new(LimitKind::Disk, bytes),
            files: Count::new(LimitKind::Files, files),
        }
    }

    /// Returns the bytes and the files counted so far.
    pub(crate) fn used(&self) -> (u64, u64) {
        (self.bytes.used.load(Relaxed), self.files.used.load(Relaxed))
    }

    /// Counts bytes that are about to be written.
    ///
    /// # Errors
    /// If there are more of them than are left; then none are counted.
    pub(super) fn write(&self, bytes: u64) -> Result<(), LimitExceeded> {
        self.bytes.take(bytes)
    }

    /// Counts a file, folder or link that is about to be made.
    ///
    /// # Errors
    /// If no more may be made.
    pub(super) fn make(&self) -> Result<(), LimitExceeded> {
        self.files.take(1)
    }
}

impl Count {
    const fn new(kind: LimitKind, limit: u64) -> Self {
        Self {
            kind,
            limit,
            used: AtomicU64::new(0),
        }
    }

    fn take(&self, more: u64) -> Result<(), LimitExceeded> {
        let fits = |used: u64| used.checked_add(more).filter(|sum| *sum <= self.limit);
        match self.used.fetch_update(Relaxed, Relaxed, fits) {
            Ok(_) => Ok(()),
            Err(_) => Err(LimitExceeded::new(self.kind, self.limit)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_not_counted() {
        let disk = Disk::new(10, 1);
        assert_eq!(disk.write(6), Ok(()));
        assert_eq!(disk.write(5), Err(LimitExceeded::new(LimitKind::Disk, 10)));
        assert_eq!(disk.write(4), Ok(()));
        assert!(disk.write(1).is_err());
        assert!(disk.write(u64::MAX).is_err());
        assert_eq!(disk.make(), Ok(()));
        assert_eq!(disk.make(), Err(LimitExceeded::new(LimitKind::Files, 1)));
    }
}
