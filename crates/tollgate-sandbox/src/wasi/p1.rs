//! WASI preview 1, with grants in front of it.
//!
//! Files are ours: [`P1`] keeps the guest's numbers and hands each call on files to the [`Guard`]. What is left, clocks,
//! arguments, randomness and the standard streams, is wasmtime-wasi's. Text and numbers of the guest are read once. The functions
//! themselves are in `p1_calls`.

use std::sync::Arc;

use wasmtime_wasi::p1::{WasiP1Ctx, types, wasi_snapshot_preview1::WasiSnapshotPreview1};
use wiggle::{GuestMemory, GuestPtr};

use super::{
    base::Base,
    call::Call,
    calls::At,
    clock::VirtualClock,
    guard::Guard,
    p1_streams::{self, Buffer},
    p1_table::{Open, Table},
    p1_words::{self as words, WasiResult},
};
use crate::{
    files::{Folder, Listing, OpenFile},
    limits,
    stream::Stream,
};

/// The WASI preview 1 of one execution.
pub(crate) struct P1 {
    pub(super) inner: WasiP1Ctx,
    pub(super) guard: Guard,
    pub(super) table: Table,
}

/// Adds the functions to the linker of stores that have a `world`.
pub(crate) fn link<T: Send + 'static>(
    linker: &mut wasmtime::Linker<T>,
    world: impl Fn(&mut T) -> &mut P1 + Send + Sync + Copy + 'static,
) -> wasmtime::Result<()> {
    wasmtime_wasi::p1::wasi_snapshot_preview1::add_to_linker(linker, world)
}

/// Name of the module of WASI preview 1.
pub(crate) const PREVIEW_1: &str = "wasi_snapshot_preview1";

/// Bytes of a pointer to a text.
const POINTER: u64 = 4;

pub(super) const fn call(name: &'static str) -> Call {
    Call {
        module: PREVIEW_1,
        name,
    }
}

impl P1 {
    pub(crate) fn new(base: Base) -> Self {
        let (guard, mut builder) = Guard::new(base);
        Self {
            inner: builder.build_p1(),
            table: Table::new(guard.files.folders().iter().cloned()),
            guard,
        }
    }

    pub(crate) fn clock(&self) -> Option<&VirtualClock> {
        self.guard.clock.as_ref()
    }

    pub(crate) fn guard(&mut self) -> &mut Guard {
        &mut self.guard
    }

    /// What a guest is told about an error on its standard stream `number`: that nobody reads it, if that is so.
    pub(super) fn of_reader(&self, number: u32, error: types::Error) -> types::Error {
        let stream = if number == 1 {
            Stream::Stdout
        } else {
            Stream::Stderr
        };
        match error.downcast() {
            Ok(_) if self.guard.console.is_closed(stream) => types::Errno::Pipe.into(),
            Ok(number) => number.into(),
            Err(trap) => types::Error::trap(trap),
        }
    }

    pub(super) fn moved(&mut self, bytes: types::Size) -> types::Size {
        self.guard.moved(u64::from(bytes));
        bytes
    }

    /// Counts texts that were looked at to say how long they are, as a byte each.
    pub(super) fn looked_at(&mut self, count: types::Size) {
        self.guard.moved(u64::from(count));
    }

    /// Counts a number of texts and all their bytes, with a pointer to each, before they are given to the guest.
    pub(super) fn texts(&mut self, (count, bytes): (types::Size, types::Size)) -> WasiResult<()> {
        let bytes = u64::from(bytes).saturating_add(POINTER.saturating_mul(u64::from(count)));
        self.affords(bytes)?;
        self.guard.moved(bytes);
        Ok(())
    }

    /// Takes the price of what a call names.
    pub(super) fn pay_for(&self, count: u32) -> WasiResult<()> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let paid = self.guard.pay_for(count);
        paid.map_err(|failure| types::Error::trap(failure.into()))
    }

    /// Ends the guest if it cannot pay for bytes that are to be moved.
    pub(super) fn affords(&self, bytes: u64) -> WasiResult<()> {
        let affords = self.guard.affords(bytes);
        affords.map_err(|failure| types::Error::trap(failure.into()))
    }

    /// Returns the buffers to read into, paid.
    pub(super) fn for_reading(
        &self,
        memory: &GuestMemory<'_>,
        list: types::IovecArray,
    ) -> WasiResult<Vec<Buffer>> {
        p1_streams::count(list.len())?;
        self.pay_for(list.len())?;
        p1_streams::for_reading(memory, list, self.guard.piece())
    }

    /// Returns the buffers to write from, paid, and their bytes can be paid.
    pub(super) fn for_writing(
        &self,
        memory: &GuestMemory<'_>,
        list: types::CiovecArray,
    ) -> WasiResult<Vec<Buffer>> {
        p1_streams::count(list.len())?;
        self.pay_for(list.len())?;
        let buffers = p1_streams::for_writing(memory, list, self.guard.piece())?;
        self.affords(buffers.iter().map(|buffer| u64::from(buffer.len())).sum())?;
        Ok(buffers)
    }

    /// Returns the place a path names, from the folder `fd`.
    pub(super) fn at(
        &self,
        memory: &GuestMemory<'_>,
        fd: types::Fd,
        path: GuestPtr<str>,
    ) -> WasiResult<At> {
        let folder = self.table.folder(fd)?.clone();
        Ok(At::itself(folder, text(memory, path)?))
    }

    pub(super) fn file(&self, fd: types::Fd) -> WasiResult<Arc<OpenFile>> {
        Ok(self.table.file(fd)?.file.clone())
    }

    pub(super) async fn drop_open(
        &mut self,
        memory: &mut GuestMemory<'_>,
        open: Open,
    ) -> WasiResult<()> {
        match open {
            Open::Standard(number) => self.inner.fd_close(memory, number.into()).await,
            Open::File(_) | Open::Folder(_) => Ok(()),
        }
    }

    /// Returns the folder at `fd` and what is in it, read again when the guest begins again.
    pub(super) async fn listing(
        &mut self,
        fd: types::Fd,
        cookie: types::Dircookie,
    ) -> WasiResult<(Arc<Folder>, Listing)> {
        let opened = self.table.folder_mut(fd)?;
        let folder = opened.folder.clone();
        let known = opened.listing.take().filter(|_| cookie > 0);
        let listing = match known {
            Some(listing) => listing,
            None => {
                let listing = self.guard.list(call("fd_readdir"), folder.clone()).await;
                listing.map_err(words::error)?
            }
        };
        Ok((folder, listing))
    }
}

/// Reads a text of the guest, once.
pub(super) fn text(memory: &GuestMemory<'_>, text: GuestPtr<str>) -> WasiResult<String> {
    if u64::from(text.len()) > limits::PATH_BYTES {
        return Err(types::Errno::Nametoolong.into());
    }
    Ok(memory.as_cow_str(text)?.into_owned())
}
