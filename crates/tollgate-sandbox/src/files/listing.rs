//! What is in a folder, in the order of names.
//!
//! What the host's file system happens to return first is not something a guest should depend on, and a run that is repeated
//! should see the same. So a listing is read whole when it is asked for, and kept small: all names in one text, and sixteen
//! bytes each besides. All that a guest has open share one bound, and each name is paid for when it is read.

use std::{
    mem::MaybeUninit,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use rustix::{fs::RawDir, io::Errno};

use super::{Files, error::FileError, slow::Asking, space::Folder};
use crate::{
    identity::{Id, Kind},
    limits,
};

/// Bytes the system fills at a time.
const PIECE: usize = 32 << 10;

/// The names of one folder.
#[derive(Debug)]
pub(crate) struct Listing {
    names: String,
    entries: Vec<Record>,
    /// Where [`Listing::next`] is.
    next: AtomicUsize,
    account: Account,
}

/// A name, in few bytes.
#[derive(Debug, Clone, Copy)]
struct Record {
    start: u32,
    length: u16,
    kind: Kind,
    hash: u64,
}

/// One name of a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: Kind,
    /// As [`Id::hash`].
    pub(crate) hash: u64,
}

/// The bytes of one listing in the sum of all that are open.
#[derive(Debug)]
struct Account {
    open: Arc<AtomicUsize>,
    own: usize,
}

impl Account {
    /// Counts one more name.
    fn add(&mut self, name: usize) -> Result<(), Errno> {
        let more = name.saturating_add(size_of::<Record>());
        self.own = self.own.saturating_add(more);
        let before = self.open.fetch_add(more, Relaxed);
        if before.saturating_add(more) > limits::LISTING_BYTES {
            return Err(Errno::OVERFLOW);
        }
        Ok(())
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        self.open.fetch_sub(self.own, Relaxed);
    }
}

impl Files {
    /// Reads what is in `folder` and may be listed.
    ///
    /// # Errors
    /// [`Errno::OVERFLOW`] if there is too much, [`Errno::ILSEQ`] if a name is not Unicode, as WASI has it.
    pub(super) fn list_here(&self, folder: &Folder, asking: &Asking) -> Result<Listing, FileError> {
        let mut listing = Listing {
            names: String::new(),
            entries: Vec::new(),
            next: AtomicUsize::new(0),
            account: Account {
                open: self.listings.clone(),
                own: 0,
            },
        };
        for name in &folder.below {
            if self.is_there(folder, name, asking) {
                listing.push(name, Kind::Folder, 0)?;
            }
        }
        for layer in &folder.layers {
            if layer.only.is_none() && layer.rights.and(layer.cap).read {
                self.read_names(&mut listing, layer.id.device, &layer.fd)?;
            }
        }
        listing.sort();
        Ok(listing)
    }

    /// A granted name is shown unless it is one of a file that is not there yet.
    fn is_there(&self, folder: &Folder, name: &str, asking: &Asking) -> bool {
        let place = self.look_up(folder, name, super::Last::Keep, asking);
        place.is_ok_and(|place| place.stat().is_ok())
    }

    fn read_names(
        &self,
        listing: &mut Listing,
        device: u64,
        fd: &impl std::os::fd::AsFd,
    ) -> Result<(), FileError> {
        let mut piece = [MaybeUninit::uninit(); PIECE];
        let mut names = RawDir::new(super::own::folder(fd)?, &mut piece);
        while let Some(entry) = names.next() {
            let entry = entry?;
            let name = entry.file_name().to_str().map_err(|_| Errno::ILSEQ)?;
            if matches!(name, "." | "..") {
                continue;
            }
            self.work.entries(1)?;
            let id = Id {
                device,
                inode: entry.ino(),
            };
            listing.push(name, Kind::of(entry.file_type()), id.hash())?;
        }
        Ok(())
    }
}

impl Listing {
    fn push(&mut self, name: &str, kind: Kind, hash: u64) -> Result<(), Errno> {
        self.account.add(name.len())?;
        self.entries.push(Record {
            start: u32::try_from(self.names.len()).map_err(|_| Errno::OVERFLOW)?,
            length: u16::try_from(name.len()).map_err(|_| Errno::OVERFLOW)?,
            kind,
            hash,
        });
        self.names.push_str(name);
        Ok(())
    }

    fn sort(&mut self) {
        let Self { names, entries, .. } = self;
        entries.sort_by(|a, b| a.name(names).cmp(b.name(names)));
        // A name that several folders have is the first one's, and they were read in that order.
        entries.dedup_by(|next, first| next.name(names) == first.name(names));
    }

    /// Returns the name of a number.
    pub(crate) fn get(&self, index: usize) -> Option<Entry<'_>> {
        let record = self.entries.get(index)?;
        Some(Entry {
            name: record.name(&self.names),
            kind: record.kind,
            hash: record.hash,
        })
    }

    /// Returns the next name.
    pub(crate) fn next(&self) -> Option<Entry<'_>> {
        self.get(self.next.fetch_add(1, Relaxed))
    }
}

impl Record {
    fn name<'a>(&self, names: &'a str) -> &'a str {
        let start = usize::try_from(self.start).unwrap_or(usize::MAX);
        names
            .get(start..start.saturating_add(usize::from(self.length)))
            .unwrap_or_default()
    }
}
