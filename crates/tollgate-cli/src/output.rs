//! Passes a guest's output on while it runs.
//!
//! The sandbox must not wait for a slow reader, or a time limit could not be kept: a thread of its own writes, fed by a
//! channel that the output limit bounds. A reader that has gone away (`| head`) is not an error: the rest is dropped.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use tollgate::{OutputSink, Stream};

use crate::escapes::EscapeFilter;

/// Says a line to people, on standard error. When nobody listens any more, that changes nothing of how the command ends.
pub(crate) fn say(line: &str) {
    drop(writeln!(io::stderr().lock(), "{line}"));
}

/// Standard output and standard error of the guest, on their way to ours.
pub(crate) struct Passage {
    sink: OutputSink,
    writer: JoinHandle<u64>,
}

impl Passage {
    /// Starts the writing thread.
    pub(crate) fn open() -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel::<(Stream, Vec<u8>)>();
        let writer = std::thread::Builder::new()
            .name("output".to_owned())
            .spawn(move || write_all(&receiver))?;
        let sink: OutputSink = Arc::new(move |stream, bytes| {
            // Fails only when the writer has ended, and then nobody reads.
            drop(sender.send((stream, bytes.to_vec())));
        });
        Ok(Self { sink, writer })
    }

    pub(crate) fn sink(&self) -> OutputSink {
        self.sink.clone()
    }

    /// Waits until everything is written; returns how many control sequences were dropped.
    pub(crate) fn close(self) -> u64 {
        let Self { sink, writer } = self;
        drop(sink);
        writer.join().unwrap_or_default()
    }
}

fn write_all(receiver: &mpsc::Receiver<(Stream, Vec<u8>)>) -> u64 {
    let mut stdout = Destination::new(io::stdout(), io::stdout().is_terminal());
    let mut stderr = Destination::new(io::stderr(), io::stderr().is_terminal());
    for (stream, bytes) in receiver {
        match stream {
            Stream::Stdout => stdout.write(&bytes),
            Stream::Stderr => stderr.write(&bytes),
        }
    }
    stdout.dropped() + stderr.dropped()
}

/// Where bytes go, until nobody takes them any more.
#[expect(
    clippy::large_enum_variant,
    reason = "there are two of them in a process"
)]
enum Destination<W: Write> {
    Plain(W),
    Terminal(EscapeFilter<W>),
    Gone,
}

impl<W: Write> Destination<W> {
    fn new(writer: W, terminal: bool) -> Self {
        if terminal {
            Self::Terminal(EscapeFilter::new(writer))
        } else {
            Self::Plain(writer)
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        let written = match self {
            Self::Plain(writer) => writer.write_all(bytes).and_then(|()| writer.flush()),
            Self::Terminal(writer) => writer.write_all(bytes).and_then(|()| writer.flush()),
            Self::Gone => return,
        };
        if written.is_err() {
            *self = Self::Gone;
        }
    }

    fn dropped(&self) -> u64 {
        match self {
            Self::Terminal(filter) => filter.dropped(),
            Self::Plain(_) | Self::Gone => 0,
        }
    }
}

/// Writes an answer to standard output, filtered on a terminal. A reader that has gone away is not an error.
pub(crate) fn answer(bytes: &[u8]) -> io::Result<()> {
    let stdout = io::stdout();
    let result = if stdout.is_terminal() {
        EscapeFilter::new(stdout.lock()).write_all(bytes)
    } else {
        stdout.lock().write_all(bytes)
    };
    match result.and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
