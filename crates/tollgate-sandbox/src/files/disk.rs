//! What an execution may put on the disk: bytes and files, counted before they are made.
//!
//! Both are totals of the execution, as gas is: what was removed again is not given back. Bytes are those that are written,
//! and those by which a file becomes longer without being written; a sparse file counts with its length. What has a name takes
//! room as well: its name, what a link says, and a fixed part for the rest.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::limits::{DISK_ENTRY_BYTES, LimitExceeded, LimitKind};

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

    /// Counts a file, folder or link of this name that is about to be made.
    ///
    /// # Errors
    /// If no more may be made, or there is no room for it.
    pub(super) fn make(&self, name: &str) -> Result<(), LimitExceeded> {
        self.make_link(name, "")
    }

    /// As [`Disk::make`], for a link that says `target`.
    pub(super) fn make_link(&self, name: &str, target: &str) -> Result<(), LimitExceeded> {
        self.files.take(1)?;
        let text = name.len().saturating_add(target.len());
        self.write(DISK_ENTRY_BYTES.saturating_add(text as u64))
    }

    /// Counts the name that something gets that is there.
    pub(super) fn rename(&self, name: &str) -> Result<(), LimitExceeded> {
        self.write(name.len() as u64)
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
    }

    #[test]
    fn what_has_a_name_takes_room() {
        let name = "n".repeat(100);
        let disk = Disk::new(2 * DISK_ENTRY_BYTES + 1_000, 3);
        assert_eq!(disk.make(&name), Ok(()));
        assert_eq!(disk.used(), (DISK_ENTRY_BYTES + 100, 1));
        assert_eq!(disk.make_link("l", &"t".repeat(800)), Ok(()));
        assert_eq!(
            disk.rename(&name),
            Err(LimitExceeded::new(
                LimitKind::Disk,
                2 * DISK_ENTRY_BYTES + 1_000
            ))
        );
        assert_eq!(disk.rename("short"), Ok(()));
        assert_eq!(disk.used(), (2 * DISK_ENTRY_BYTES + 906, 2));
        assert!(disk.make("n").is_err());
        let files = Disk::new(u64::MAX, 1);
        assert_eq!(files.make("n"), Ok(()));
        assert_eq!(
            files.make("n"),
            Err(LimitExceeded::new(LimitKind::Files, 1))
        );
    }
}
