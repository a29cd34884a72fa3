//! The numbers of a guest of WASI preview 1 and what is open at them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use wasmtime_wasi::p1::types;

use crate::files::{Folder, Listing, OpenFile};

/// Something a number stands for.
#[derive(Debug)]
pub(super) enum Open {
    /// Standard input, output or error, by its number in the implementation below.
    Standard(u32),
    File(OpenedFile),
    Folder(OpenedFolder),
}

/// The way bytes are to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Toward {
    Guest,
    Host,
}

/// A file and where its next byte is read or written.
#[derive(Debug)]
pub(super) struct OpenedFile {
    pub(super) file: Arc<OpenFile>,
    pub(super) position: u64,
    pub(super) append: bool,
    pub(super) nonblocking: bool,
}

/// A folder, and what is in it while the guest lists it.
#[derive(Debug)]
pub(super) struct OpenedFolder {
    pub(super) folder: Arc<Folder>,
    /// The name it was opened under before the guest started.
    pub(super) first: Option<String>,
    pub(super) listing: Option<Listing>,
}

impl OpenedFolder {
    pub(super) fn new(folder: Arc<Folder>, first: Option<String>) -> Self {
        Self {
            folder,
            first,
            listing: None,
        }
    }
}

/// All numbers of one guest.
#[derive(Debug)]
pub(super) struct Table {
    used: BTreeMap<u32, Open>,
    free: BTreeSet<u32>,
    /// How many were there when the guest started.
    first: usize,
}

impl Table {
    /// Standard streams come first, then the folders.
    pub(super) fn new(folders: impl IntoIterator<Item = (String, Arc<Folder>)>) -> Self {
        let standard = (0..3).map(Open::Standard);
        let folders = folders
            .into_iter()
            .map(|(name, folder)| Open::Folder(OpenedFolder::new(folder, Some(name))));
        let used: BTreeMap<u32, Open> = (0..).zip(standard.chain(folders)).collect();
        Self {
            first: used.len(),
            used,
            free: BTreeSet::new(),
        }
    }

    /// Returns how many the guest opened.
    pub(super) fn opened(&self) -> usize {
        self.used.len().saturating_sub(self.first)
    }

    pub(super) fn get(&self, fd: types::Fd) -> Result<&Open, types::Errno> {
        self.used.get(&fd.into()).ok_or(types::Errno::Badf)
    }

    pub(super) fn get_mut(&mut self, fd: types::Fd) -> Result<&mut Open, types::Errno> {
        self.used.get_mut(&fd.into()).ok_or(types::Errno::Badf)
    }

    pub(super) fn file(&self, fd: types::Fd) -> Result<&OpenedFile, types::Errno> {
        match self.get(fd)? {
            Open::File(file) => Ok(file),
            Open::Standard(_) | Open::Folder(_) => Err(types::Errno::Badf),
        }
    }

    pub(super) fn file_mut(&mut self, fd: types::Fd) -> Result<&mut OpenedFile, types::Errno> {
        match self.get_mut(fd)? {
            Open::File(file) => Ok(file),
            Open::Standard(_) | Open::Folder(_) => Err(types::Errno::Badf),
        }
    }

    /// Returns the file at a number whose place in a file is asked for.
    pub(super) fn seekable(&mut self, fd: types::Fd) -> Result<&mut OpenedFile, types::Errno> {
        match self.get_mut(fd)? {
            Open::File(file) => Ok(file),
            Open::Standard(_) => Err(types::Errno::Spipe),
            Open::Folder(_) => Err(types::Errno::Badf),
        }
    }

    /// Says that a standard stream goes the other way, before that it has no places.
    pub(super) fn may(&self, fd: types::Fd, toward: Toward) -> Result<(), types::Errno> {
        match (self.get(fd)?, toward) {
            (Open::Standard(0), Toward::Host) => Err(types::Errno::Badf),
            (Open::Standard(1..), Toward::Guest) => Err(types::Errno::Badf),
            (Open::Standard(_) | Open::File(_) | Open::Folder(_), _) => Ok(()),
        }
    }

    pub(super) fn folder(&self, fd: types::Fd) -> Result<&Arc<Folder>, types::Errno> {
        match self.get(fd)? {
            Open::Folder(opened) => Ok(&opened.folder),
            Open::Standard(_) | Open::File(_) => Err(types::Errno::Badf),
        }
    }

    pub(super) fn folder_mut(&mut self, fd: types::Fd) -> Result<&mut OpenedFolder, types::Errno> {
        match self.get_mut(fd)? {
            Open::Folder(opened) => Ok(opened),
            Open::Standard(_) | Open::File(_) => Err(types::Errno::Badf),
        }
    }

    /// Gives `open` a number: the highest that is free again, or the next one.
    pub(super) fn push(&mut self, open: Open) -> Result<types::Fd, types::Errno> {
        let next = match (self.free.pop_last(), self.used.last_key_value()) {
            (Some(free), _) => free,
            (None, Some((last, _))) => last.checked_add(1).ok_or(types::Errno::Mfile)?,
            (None, None) => 0,
        };
        self.used.insert(next, open);
        Ok(next.into())
    }

    pub(super) fn close(&mut self, fd: types::Fd) -> Result<Open, types::Errno> {
        let fd = fd.into();
        let open = self.used.remove(&fd).ok_or(types::Errno::Badf)?;
        self.free.insert(fd);
        Ok(open)
    }

    /// Gives what is at `from` the number `to`; returns what was there.
    pub(super) fn renumber(
        &mut self,
        from: types::Fd,
        to: types::Fd,
    ) -> Result<Option<Open>, types::Errno> {
        self.get(to)?;
        self.get(from)?;
        if from == to {
            return Ok(None);
        }
        let open = self.close(from)?;
        let to = to.into();
        self.free.remove(&to);
        Ok(self.used.insert(to, open))
    }
}
