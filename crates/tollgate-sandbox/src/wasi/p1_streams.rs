//! Bytes between a guest of WASI preview 1 and its files and standard streams.
//!
//! Every length is a number of the guest's choice. A call moves at most a piece and says how much; programs that want more
//! call again, as POSIX has them do. Buffers are read from the guest's list one after the other, each only once.

use std::sync::Arc;

use rustix::io::Errno;
use wasmtime_wasi::p1::{WasiP1Ctx, types, wasi_snapshot_preview1::WasiSnapshotPreview1};
use wiggle::{GuestMemory, GuestPtr};

use super::{
    calls::{answers_at_once, file_call},
    doing::Watched,
    p1_words::{self, WasiResult},
};
use crate::{
    files::{FileError, OpenFile, WriteAt},
    limits::STREAM_BUFFERS,
};

/// Bytes of a buffer's place and length.
const BUFFER: u32 = 8;

/// A buffer of the guest, cut to what is left of the piece.
pub(super) type Buffer = GuestPtr<[u8]>;

/// Refuses more buffers than a call may have.
pub(super) fn count(buffers: u32) -> WasiResult<()> {
    match buffers {
        0..=STREAM_BUFFERS => Ok(()),
        _ => Err(types::Errno::Inval.into()),
    }
}

/// Returns the buffers a guest named, up to `piece` bytes in all.
fn buffers(
    list: impl Iterator<Item = WasiResult<(GuestPtr<u8>, u32)>>,
    piece: usize,
) -> WasiResult<Vec<Buffer>> {
    let mut left = u32::try_from(piece).unwrap_or(u32::MAX);
    let mut buffers = Vec::new();
    for buffer in list {
        let (start, length) = buffer?;
        let length = length.min(left);
        if length > 0 {
            buffers.push(start.as_array(length));
            left -= length;
        }
    }
    Ok(buffers)
}

/// Returns the buffers to read into.
pub(super) fn for_reading(
    memory: &GuestMemory<'_>,
    list: types::IovecArray,
    piece: usize,
) -> WasiResult<Vec<Buffer>> {
    let each = list.iter().map(|one| {
        let one = memory.read(one?)?;
        Ok((one.buf, one.buf_len))
    });
    buffers(each, piece)
}

/// Returns the buffers to write from.
pub(super) fn for_writing(
    memory: &GuestMemory<'_>,
    list: types::CiovecArray,
    piece: usize,
) -> WasiResult<Vec<Buffer>> {
    let each = list.iter().map(|one| {
        let one = memory.read(one?)?;
        Ok((one.buf, one.buf_len))
    });
    buffers(each, piece)
}

/// Reads from `file` at `offset`; returns how much.
pub(super) async fn read(
    memory: &mut GuestMemory<'_>,
    file: &Arc<OpenFile>,
    buffers: Vec<Buffer>,
    offset: u64,
) -> WasiResult<u32> {
    let mut total = 0u32;
    if buffers.is_empty() && !file.reads() {
        return Err(types::Errno::Badf.into());
    }
    for buffer in buffers {
        let at = offset
            .checked_add(total.into())
            .ok_or(types::Errno::Overflow)?;
        let read = match read_one(memory, file, buffer, at).await {
            Ok(read) => read,
            Err(error) if total == 0 => return Err(error),
            Err(_) => break,
        };
        total += read;
        if read < buffer.len() {
            break;
        }
    }
    Ok(total)
}

async fn read_one(
    memory: &mut GuestMemory<'_>,
    file: &Arc<OpenFile>,
    buffer: Buffer,
    offset: u64,
) -> WasiResult<u32> {
    if answers_at_once(file)
        && let Some(bytes) = memory.as_slice_mut(buffer)?
    {
        let read = file.read_at(bytes, offset).map_err(p1_words::error)?;
        return Ok(u32::try_from(read)?);
    }
    // A memory that others see, or a file that may not answer, gets a copy.
    let mut copy = vec![0; usize::try_from(buffer.len())?];
    let copy = file_call(file.clone(), move |file| {
        let read = file.read_at(&mut copy, offset)?;
        copy.truncate(read);
        Ok(copy)
    });
    let copy = copy.await.map_err(p1_words::error)?;
    give(memory, &[buffer], &copy)
}

/// Where a guest writes to.
pub(super) struct To<'a> {
    pub(super) file: &'a Arc<OpenFile>,
    pub(super) watched: Watched,
    pub(super) at: WriteAt,
}

/// Writes to a file; returns how much.
pub(super) async fn write(
    memory: &GuestMemory<'_>,
    to: &To<'_>,
    buffers: Vec<Buffer>,
) -> WasiResult<u32> {
    let mut total = 0u32;
    if buffers.is_empty() && !to.file.writes() {
        return Err(types::Errno::Badf.into());
    }
    for buffer in buffers {
        let at = match to.at {
            WriteAt::End => WriteAt::End,
            WriteAt::Offset(offset) => {
                let offset = offset.checked_add(total.into());
                WriteAt::Offset(offset.ok_or(types::Errno::Fbig)?)
            }
        };
        let written = match write_one(memory, to, buffer, at).await {
            Ok(written) => written,
            // What was written before has to be said; what ends the guest comes with its next call.
            Err(FileError::Os(_)) if total > 0 => break,
            Err(error) => return Err(p1_words::error(error)),
        };
        total += u32::try_from(written)?;
        if written < usize::try_from(buffer.len())? {
            break;
        }
    }
    Ok(total)
}

async fn write_one(
    memory: &GuestMemory<'_>,
    to: &To<'_>,
    buffer: Buffer,
    at: WriteAt,
) -> Result<usize, FileError> {
    let bytes = memory.as_cow(buffer).map_err(|_| Errno::FAULT)?;
    let ongoing = to.watched.writes()?;
    let written = if answers_at_once(to.file) {
        to.file.write(&bytes, at)
    } else {
        let bytes = bytes.into_owned();
        file_call(to.file.clone(), move |file| file.write(&bytes, at)).await
    };
    to.watched.ends(ongoing, written)
}

/// Copies `bytes` into the buffers, as far as they go.
fn give(memory: &mut GuestMemory<'_>, buffers: &[Buffer], mut bytes: &[u8]) -> WasiResult<u32> {
    let mut given = 0;
    for buffer in buffers {
        let count = bytes.len().min(usize::try_from(buffer.len())?);
        let (now, rest) = bytes.split_at(count);
        let length = u32::try_from(count)?;
        let place = buffer.get_range(0..length).ok_or(types::Errno::Fault)?;
        memory.copy_from_slice(now, place)?;
        given += length;
        bytes = rest;
    }
    Ok(given)
}

/// Reads from the standard stream `number` of `below`.
pub(super) async fn read_standard(
    memory: &mut GuestMemory<'_>,
    below: &mut WasiP1Ctx,
    number: u32,
    buffers: Vec<Buffer>,
) -> WasiResult<u32> {
    let wanted = buffers.iter().map(|buffer| buffer.len()).sum();
    let mut copy = Copied::new(wanted)?;
    let fd = types::Fd::from(number);
    below.set_hostcall_fuel(copy.bytes.len());
    let mut own = GuestMemory::Unshared(&mut copy.bytes);
    let read = below.fd_read(&mut own, fd, Copied::list()).await?;
    give(memory, &buffers, copy.data(read)?)
}

/// Writes to the standard stream `number` of `below`.
pub(super) async fn write_standard(
    memory: &GuestMemory<'_>,
    below: &mut WasiP1Ctx,
    number: u32,
    buffers: Vec<Buffer>,
) -> WasiResult<u32> {
    let wanted = buffers.iter().map(|buffer| buffer.len()).sum();
    let mut copy = Copied::new(wanted)?;
    copy.bytes.truncate(BUFFER as usize);
    for buffer in buffers {
        copy.bytes.extend_from_slice(&memory.as_cow(buffer)?);
    }
    let fd = types::Fd::from(number);
    below.set_hostcall_fuel(copy.bytes.len());
    let mut own = GuestMemory::Unshared(&mut copy.bytes);
    below.fd_write(&mut own, fd, Copied::list()).await
}

/// A memory of our own with one buffer in it, for the implementation below.
struct Copied {
    bytes: Vec<u8>,
}

impl Copied {
    fn new(length: u32) -> WasiResult<Self> {
        let mut bytes = vec![0; usize::try_from(BUFFER.saturating_add(length))?];
        let head = [BUFFER.to_le_bytes(), length.to_le_bytes()].concat();
        if let Some(place) = bytes.get_mut(..head.len()) {
            place.copy_from_slice(&head);
        }
        Ok(Self { bytes })
    }

    /// Returns the list with the one buffer.
    fn list<T>() -> GuestPtr<[T]> {
        GuestPtr::new((0, 1))
    }

    fn data(&self, length: u32) -> WasiResult<&[u8]> {
        let end = usize::try_from(BUFFER.saturating_add(length))?;
        Ok(self
            .bytes
            .get(BUFFER as usize..end)
            .ok_or(types::Errno::Range)?)
    }
}
