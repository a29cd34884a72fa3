//! Streams from and to the files of a guest of WASI preview 2.
//!
//! A file of this machine answers at once, so its stream is always ready. One that may not answer is waited for where a guest
//! waits, in [`Pollable::ready`], and holds one piece meanwhile.

use std::sync::Arc;

use bytes::Bytes;
use rustix::io::Errno;
use wasmtime_wasi::{
    async_trait,
    p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult},
};

use super::{
    calls::{answers_at_once, file_call},
    doing::{Given, Watched},
};
use crate::{
    files::{FileError, OpenFile, WriteAt},
    gate::Returned,
    outcome::Failure,
};

/// Bytes of one piece.
const PIECE: usize = 64 << 10;

/// What a stream of a guest says about an error; a limit ends the guest.
fn failed(error: FileError) -> StreamError {
    match error {
        FileError::Os(error) => StreamError::LastOperationFailed(
            std::io::Error::from_raw_os_error(error.raw_os_error()).into(),
        ),
        FileError::Refused(_) => StreamError::LastOperationFailed(
            std::io::Error::from(std::io::ErrorKind::PermissionDenied).into(),
        ),
        FileError::Limit(exceeded) => StreamError::Trap(Failure::LimitExceeded(exceeded).into()),
    }
}

/// Reads a file from an offset on.
pub(super) struct Reader {
    file: Arc<OpenFile>,
    position: u64,
    /// What was read for the guest while it waited.
    waiting: Option<Result<Vec<u8>, FileError>>,
}

impl Reader {
    pub(super) fn new(file: Arc<OpenFile>, position: u64) -> Self {
        Self {
            file,
            position,
            waiting: None,
        }
    }

    fn took(&mut self, bytes: Vec<u8>) -> StreamResult<Bytes> {
        if bytes.is_empty() {
            return Err(StreamError::Closed);
        }
        let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.position = self.position.saturating_add(count);
        Ok(bytes.into())
    }
}

fn read(file: &OpenFile, position: u64, size: usize) -> Result<Vec<u8>, FileError> {
    let mut bytes = vec![0; size.min(PIECE)];
    let read = file.read_at(&mut bytes, position)?;
    bytes.truncate(read);
    Ok(bytes)
}

#[async_trait]
impl Pollable for Reader {
    async fn ready(&mut self) {
        if !answers_at_once(&self.file) && self.waiting.is_none() {
            let position = self.position;
            let read = file_call(self.file.clone(), move |file| read(file, position, PIECE));
            self.waiting = Some(read.await);
        }
    }
}

#[async_trait]
impl InputStream for Reader {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        if size == 0 {
            return Ok(Bytes::new());
        }
        let read = match self.waiting.take() {
            Some(Ok(mut bytes)) => {
                let rest = bytes.split_off(size.min(bytes.len()));
                if !rest.is_empty() {
                    self.waiting = Some(Ok(rest));
                }
                Ok(bytes)
            }
            Some(Err(error)) => Err(error),
            None if !answers_at_once(&self.file) => return Ok(Bytes::new()),
            None => read(&self.file, self.position, size),
        };
        self.took(read.map_err(failed)?)
    }
}

/// Writes a file from an offset on, or at its end.
pub(super) struct Writer {
    file: Arc<OpenFile>,
    at: WriteAt,
    watched: Watched,
    /// What the guest wrote to a file that may not answer.
    waiting: Bytes,
    error: Option<FileError>,
}

impl Writer {
    pub(super) fn new(file: Arc<OpenFile>, at: WriteAt, watched: Watched) -> Self {
        Self {
            file,
            at,
            watched,
            waiting: Bytes::new(),
            error: None,
        }
    }

    fn check(&mut self) -> StreamResult<()> {
        self.error.take().map_or(Ok(()), |error| Err(failed(error)))
    }
}

/// What was written.
struct Written {
    bytes: usize,
    /// Where the next ones go.
    next: WriteAt,
}

impl Given for Written {
    fn returned(&self) -> Returned {
        self.bytes.returned()
    }
}

/// Writes all of `bytes`.
fn write(file: &OpenFile, mut bytes: &[u8], mut at: WriteAt) -> Result<Written, FileError> {
    let all = bytes.len();
    while !bytes.is_empty() {
        let written = file.write(bytes, at)?;
        if written == 0 {
            // Another try would end the same way, and nothing would end the tries.
            return Err(Errno::IO.into());
        }
        // More than was given cannot have been written.
        bytes = bytes.get(written..).ok_or(Errno::IO)?;
        if let WriteAt::Offset(offset) = &mut at {
            *offset = offset.saturating_add(u64::try_from(written).unwrap_or(u64::MAX));
        }
    }
    Ok(Written {
        bytes: all,
        next: at,
    })
}

#[async_trait]
impl Pollable for Writer {
    async fn ready(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let (bytes, at) = (std::mem::take(&mut self.waiting), self.at);
        let written = match self.watched.writes() {
            Ok(ongoing) => {
                let file = self.file.clone();
                let written = file_call(file, move |file| write(file, &bytes, at)).await;
                self.watched.ends(ongoing, written)
            }
            Err(error) => Err(error),
        };
        match written {
            Ok(written) => self.at = written.next,
            Err(error) => self.error = Some(error),
        }
    }
}

#[async_trait]
impl OutputStream for Writer {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.check()?;
        if !self.waiting.is_empty() {
            return Err(StreamError::trap("a write without permission"));
        }
        if !answers_at_once(&self.file) {
            self.waiting = bytes;
            return Ok(());
        }
        let ongoing = self.watched.writes().map_err(failed)?;
        let written = write(&self.file, &bytes, self.at);
        let written = self.watched.ends(ongoing, written).map_err(failed)?;
        self.at = written.next;
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.check()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.check()?;
        Ok(if self.waiting.is_empty() { PIECE } else { 0 })
    }
}
