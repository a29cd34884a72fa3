//! Records of a listing, as `fd_readdir` of WASI preview 1 writes them.

use wasmtime_wasi::p1::types;
use wiggle::{GuestMemory, GuestPtr};

use super::p1_words::{self as words, WasiResult};
use crate::{identity::Kind, limits::LISTING_PIECE_BYTES};

/// Bytes of a record of a listing in front of its name: next cookie, inode, length of the name, kind, padding.
/// See <https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#dirent>.
const RECORD: usize = 24;

/// Puts records of a listing into a guest's memory as long as there is room.
pub(super) struct Records<'a, 'm> {
    memory: &'a mut GuestMemory<'m>,
    place: GuestPtr<u8>,
    left: usize,
    ready: Vec<u8>,
    written: types::Size,
}

impl<'a, 'm> Records<'a, 'm> {
    pub(super) fn new(
        memory: &'a mut GuestMemory<'m>,
        place: GuestPtr<u8>,
        room: types::Size,
    ) -> WasiResult<Self> {
        Ok(Self {
            memory,
            place,
            left: usize::try_from(room)?,
            ready: Vec::new(),
            written: 0,
        })
    }

    pub(super) fn has_room(&self) -> bool {
        self.left > 0
    }

    /// Writes what is left; returns how many bytes the records have.
    pub(super) fn end(mut self) -> WasiResult<types::Size> {
        self.flush()?;
        Ok(self.written)
    }

    /// Returns whether there is room for more.
    pub(super) fn push(
        &mut self,
        next: u64,
        hash: u64,
        kind: Kind,
        name: &str,
    ) -> WasiResult<bool> {
        let length = u32::try_from(name.len())?;
        let mut head = [0; RECORD];
        let parts: [&[u8]; 4] = [
            &next.to_le_bytes(),
            &hash.to_le_bytes(),
            &length.to_le_bytes(),
            &[words::kind(kind).into()],
        ];
        for (place, byte) in head.iter_mut().zip(parts.into_iter().flatten()) {
            *place = *byte;
        }
        let record = head.iter().chain(name.as_bytes()).take(self.left);
        let before = self.ready.len();
        self.ready.extend(record);
        self.left -= self.ready.len() - before;
        if self.ready.len() >= LISTING_PIECE_BYTES || self.left == 0 {
            self.flush()?;
        }
        Ok(self.left > 0)
    }

    fn flush(&mut self) -> WasiResult<()> {
        let length = u32::try_from(self.ready.len())?;
        self.memory
            .copy_from_slice(&self.ready, self.place.as_array(length))?;
        self.place = self.place.add(length)?;
        self.written += length;
        self.ready.clear();
        Ok(())
    }
}
