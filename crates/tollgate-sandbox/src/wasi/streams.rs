//! Streams of WASI preview 2, with a price for what goes through them.
//!
//! wasmtime-wasi implements them; [`Streams`] counts the bytes of each call, as the functions of preview 1 do, and bounds
//! what one call may ask for: a length is a number of the guest's choice, and some streams reserve it before they read.

use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, DynPollable, StreamError, StreamResult,
    bindings::io::streams::{self, HostInputStream, HostOutputStream},
};

use super::{
    guard::Guard,
    p2::{HasP2, P2},
};
use crate::limits;

struct HasStreams;

impl HasData for HasStreams {
    type Data<'a> = Streams<'a>;
}

struct Streams<'a> {
    table: &'a mut ResourceTable,
    guard: &'a mut Guard,
}

fn streams<T: HasP2>(state: &mut T) -> Streams<'_> {
    let P2 { table, guard, .. } = state.p2();
    Streams { table, guard }
}

/// Adds the interface to `linker`.
pub(super) fn link<T: HasP2>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    streams::add_to_linker::<T, HasStreams>(linker, streams)
}

/// A guest may get less than it asks for.
fn bounded(len: u64) -> u64 {
    len.min(limits::STREAM_READ_BYTES)
}

impl Streams<'_> {
    fn bytes(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        self.guard.moved(bytes.len() as u64);
        bytes
    }

    /// Counts bytes that are about to be written, if they can be paid.
    fn pay(&mut self, bytes: u64) -> StreamResult<()> {
        let affords = self.guard.affords(bytes);
        affords.map_err(|failure| StreamError::Trap(failure.into()))?;
        self.guard.moved(bytes);
        Ok(())
    }

    fn count(&mut self, bytes: u64) -> u64 {
        self.guard.moved(bytes);
        bytes
    }
}

impl streams::Host for Streams<'_> {
    fn convert_stream_error(
        &mut self,
        error: StreamError,
    ) -> wasmtime::Result<streams::StreamError> {
        streams::Host::convert_stream_error(self.table, error)
    }
}

impl HostInputStream for Streams<'_> {
    fn read(&mut self, stream: Resource<DynInputStream>, len: u64) -> StreamResult<Vec<u8>> {
        let bytes = HostInputStream::read(self.table, stream, bounded(len))?;
        Ok(self.bytes(bytes))
    }

    async fn blocking_read(
        &mut self,
        stream: Resource<DynInputStream>,
        len: u64,
    ) -> StreamResult<Vec<u8>> {
        let bytes = HostInputStream::blocking_read(self.table, stream, bounded(len)).await?;
        Ok(self.bytes(bytes))
    }

    fn skip(&mut self, stream: Resource<DynInputStream>, len: u64) -> StreamResult<u64> {
        let skipped = HostInputStream::skip(self.table, stream, bounded(len))?;
        Ok(self.count(skipped))
    }

    async fn blocking_skip(
        &mut self,
        stream: Resource<DynInputStream>,
        len: u64,
    ) -> StreamResult<u64> {
        let skipped = HostInputStream::blocking_skip(self.table, stream, bounded(len)).await?;
        Ok(self.count(skipped))
    }

    fn subscribe(
        &mut self,
        stream: Resource<DynInputStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        HostInputStream::subscribe(self.table, stream)
    }

    async fn drop(&mut self, stream: Resource<DynInputStream>) -> wasmtime::Result<()> {
        HostInputStream::drop(self.table, stream).await
    }
}

impl HostOutputStream for Streams<'_> {
    fn check_write(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<u64> {
        HostOutputStream::check_write(self.table, stream)
    }

    fn write(&mut self, stream: Resource<DynOutputStream>, bytes: Vec<u8>) -> StreamResult<()> {
        self.pay(bytes.len() as u64)?;
        HostOutputStream::write(self.table, stream, bytes)
    }

    async fn blocking_write_and_flush(
        &mut self,
        stream: Resource<DynOutputStream>,
        bytes: Vec<u8>,
    ) -> StreamResult<()> {
        self.pay(bytes.len() as u64)?;
        HostOutputStream::blocking_write_and_flush(self.table, stream, bytes).await
    }

    fn write_zeroes(&mut self, stream: Resource<DynOutputStream>, len: u64) -> StreamResult<()> {
        self.pay(len)?;
        HostOutputStream::write_zeroes(self.table, stream, len)
    }

    async fn blocking_write_zeroes_and_flush(
        &mut self,
        stream: Resource<DynOutputStream>,
        len: u64,
    ) -> StreamResult<()> {
        self.pay(len)?;
        HostOutputStream::blocking_write_zeroes_and_flush(self.table, stream, len).await
    }

    fn flush(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<()> {
        HostOutputStream::flush(self.table, stream)
    }

    async fn blocking_flush(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<()> {
        HostOutputStream::blocking_flush(self.table, stream).await
    }

    fn splice(
        &mut self,
        to: Resource<DynOutputStream>,
        from: Resource<DynInputStream>,
        len: u64,
    ) -> StreamResult<u64> {
        let moved = HostOutputStream::splice(self.table, to, from, bounded(len))?;
        Ok(self.count(moved))
    }

    async fn blocking_splice(
        &mut self,
        to: Resource<DynOutputStream>,
        from: Resource<DynInputStream>,
        len: u64,
    ) -> StreamResult<u64> {
        let moved = HostOutputStream::blocking_splice(self.table, to, from, bounded(len)).await?;
        Ok(self.count(moved))
    }

    fn subscribe(
        &mut self,
        stream: Resource<DynOutputStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        HostOutputStream::subscribe(self.table, stream)
    }

    async fn drop(&mut self, stream: Resource<DynOutputStream>) -> wasmtime::Result<()> {
        HostOutputStream::drop(self.table, stream).await
    }
}
