//! Standard output and standard error: captured up to a limit they share, and passed on as they are written.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use wasmtime_wasi::{
    cli::{IsTerminal, StdoutStream},
    p2::{OutputStream, Pollable, StreamError, StreamResult},
};

use crate::{Captured, Failure, LimitExceeded, LimitKind, OutputSink, Stream};

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

    /// Keeps `bytes` as far as the limit allows; fails when it does not allow all of them.
    fn write(&self, stream: Stream, bytes: &[u8]) -> Result<(), LimitExceeded> {
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
        if let Some(sink) = sink {
            sink(stream, kept);
        }
        if kept.len() < bytes.len() {
            Err(LimitExceeded::new(LimitKind::Output, limit))
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
        let written = self.console.write(self.stream, &bytes);
        written.map_err(|exceeded| StreamError::Trap(Failure::LimitExceeded(exceeded).into()))
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
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
        std::task::Poll::Ready(written.map(|()| bytes.len()).map_err(std::io::Error::other))
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
