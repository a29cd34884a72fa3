//! Standard output and standard error: captured up to a limit they share, and passed on as they are written.
//!
//! When the reader they are passed on to is gone, the guest is told so: `closed` in preview 2, `EPIPE` in preview 1. Systems send
//! a signal then that ends most programs. WASI has none, so one that goes on writing is ended by us.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use wasmtime_wasi::{
    cli::{IsTerminal, StdoutStream},
    p2::{OutputStream, Pollable, StreamError, StreamResult},
};

use crate::{
    limits::{LimitExceeded, LimitKind, WRITES_UNHEARD},
    outcome::{Captured, Failure},
    stream::{OutputSink, Reader, Stream},
};

/// The most one write may bring, as the streams tell the guest.
const WRITE_BYTES: usize = 64 << 10;

/// Both streams of one execution.
#[derive(Clone)]
pub(crate) struct Console {
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    limit: u64,
    written: u64,
    stdout: Captured,
    stderr: Captured,
    sink: Option<OutputSink>,
    /// Attempts to write to a stream that nobody reads any more.
    unheard: [Option<u32>; 2],
}

impl Shared {
    fn unheard(&mut self, stream: Stream) -> &mut Option<u32> {
        let [stdout, stderr] = &mut self.unheard;
        match stream {
            Stream::Stdout => stdout,
            Stream::Stderr => stderr,
        }
    }
}

/// Why bytes were not taken.
enum Untaken {
    Limit(LimitExceeded),
    /// Nobody reads the stream any more.
    Closed,
    /// The same, and the guest knew.
    Unheard(Stream),
}

impl From<Untaken> for StreamError {
    fn from(untaken: Untaken) -> Self {
        match untaken {
            Untaken::Limit(exceeded) => Self::Trap(Failure::LimitExceeded(exceeded).into()),
            Untaken::Closed => Self::Closed,
            Untaken::Unheard(stream) => Self::Trap(Failure::Unheard { stream }.into()),
        }
    }
}

/// What a console holds at the end.
pub(crate) struct Written {
    pub(crate) stdout: Captured,
    pub(crate) stderr: Captured,
}

impl Console {
    pub(crate) fn new(limit: u64, sink: Option<OutputSink>) -> Self {
        let shared = Shared {
            limit,
            written: 0,
            stdout: Captured::default(),
            stderr: Captured::default(),
            sink,
            unheard: [None; 2],
        };
        Self {
            shared: Arc::new(Mutex::new(shared)),
        }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn stream(&self, stream: Stream) -> ConsoleStream {
        ConsoleStream {
            console: self.clone(),
            stream,
        }
    }

    /// Returns how many bytes were written, those beyond the limit included.
    pub(crate) fn written(&self) -> u64 {
        self.shared().written
    }

    pub(crate) fn take(&self) -> Written {
        let mut shared = self.shared();
        Written {
            stdout: std::mem::take(&mut shared.stdout),
            stderr: std::mem::take(&mut shared.stderr),
        }
    }

    /// Tells whether nobody reads a stream any more.
    pub(crate) fn is_closed(&self, stream: Stream) -> bool {
        self.shared().unheard(stream).is_some()
    }

    /// Counts an attempt to write to a stream that nobody reads.
    fn check_reader(&self, stream: Stream) -> Result<(), Untaken> {
        let mut shared = self.shared();
        let Some(attempts) = shared.unheard(stream) else {
            return Ok(());
        };
        *attempts = attempts.saturating_add(1);
        if *attempts > WRITES_UNHEARD {
            return Err(Untaken::Unheard(stream));
        }
        Err(Untaken::Closed)
    }

    /// Keeps `bytes` as far as the limit allows; fails when it does not allow all of them, or nobody reads them.
    fn write(&self, stream: Stream, bytes: &[u8]) -> Result<(), Untaken> {
        self.check_reader(stream)?;
        let mut shared = self.shared();
        let room =
            usize::try_from(shared.limit.saturating_sub(shared.written)).unwrap_or(usize::MAX);
        let kept = bytes.get(..room).unwrap_or(bytes);
        shared.written = shared.written.saturating_add(bytes.len() as u64);
        let captured = match stream {
            Stream::Stdout => &mut shared.stdout,
            Stream::Stderr => &mut shared.stderr,
        };
        captured.bytes.extend_from_slice(kept);
        captured.truncated |= kept.len() < bytes.len();
        let (limit, sink) = (shared.limit, shared.sink.clone());
        drop(shared);
        let reader = sink.map_or(Reader::Listens, |sink| sink(stream, kept));
        if reader == Reader::IsGone {
            *self.shared().unheard(stream) = Some(0);
            Err(Untaken::Closed)
        } else if kept.len() < bytes.len() {
            Err(Untaken::Limit(LimitExceeded::new(LimitKind::Output, limit)))
        } else {
            Ok(())
        }
    }
}

/// One of the streams, as WASI wants it.
#[derive(Clone)]
pub(crate) struct ConsoleStream {
    console: Console,
    stream: Stream,
}

impl IsTerminal for ConsoleStream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for ConsoleStream {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for ConsoleStream {
    async fn ready(&mut self) {}
}

impl OutputStream for ConsoleStream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        Ok(self.console.write(self.stream, &bytes)?)
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.console.check_reader(self.stream)?;
        Ok(WRITE_BYTES)
    }
}

impl tokio::io::AsyncWrite for ConsoleStream {
    fn poll_write(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        bytes: &[u8],
    ) -> std::task::Poll<std::io::Result<usize>> {
        let written = self.console.write(self.stream, bytes);
        std::task::Poll::Ready(match written {
            Ok(()) => Ok(bytes.len()),
            Err(Untaken::Closed) => Err(std::io::ErrorKind::BrokenPipe.into()),
            Err(Untaken::Limit(exceeded)) => Err(std::io::Error::other(exceeded)),
            Err(Untaken::Unheard(stream)) => {
                Err(std::io::Error::other(Failure::Unheard { stream }))
            }
        })
    }

    fn poll_flush(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn poll_shutdown(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }
}
