//! What the command writes: answers, words to people, and a guest's output while it runs.
//!
//! The sandbox must not wait for a slow reader, or a time limit could not be kept: a thread of its own writes, fed by a
//! channel that the output limit bounds. A reader that has gone away (`| head`) is not an error: the guest is told. Any
//! other error is one of the command, whose user would take what is there for all of it.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use tollgate::{OutputSink, Reader, Stream};

use crate::error::{CliError, CliResult};
use crate::escapes::{EscapeFilter, clean_lines};
use crate::exit::Exit;
use crate::interrupt::Interrupt;

/// Says lines to people, on standard error: whatever they quote does nothing to the terminal. When nobody listens any more,
/// that changes nothing of how the command ends.
pub(crate) fn say(lines: &str) {
    drop(writeln!(io::stderr().lock(), "{}", clean_lines(lines)));
}

/// Standard output and standard error of the guest, on their way to ours.
#[derive(Clone)]
pub(crate) struct Passage(Arc<Mutex<Way>>);

/// The writing thread, from the first output on: many guests write nothing, and a thread costs as much as their run.
#[derive(Default)]
enum Way {
    #[default]
    Unused,
    Used(Writer),
    /// The guest has ended.
    Closed,
}

impl Way {
    /// None when it is closed.
    fn writer(&mut self) -> Option<&mut Writer> {
        if matches!(self, Self::Unused) {
            *self = Self::Used(Writer::start());
        }
        match self {
            Self::Used(writer) => Some(writer),
            Self::Unused | Self::Closed => None,
        }
    }
}

/// While it is kept, nothing of the guest is written.
pub(crate) struct Quiet(Passage);

/// What the writing thread is given.
enum Item {
    Output(Stream, Vec<u8>),
    Pause(Pause),
}

/// The place in the output where a question is asked.
struct Pause {
    /// Told that everything before it is written.
    reached: mpsc::Sender<()>,
    /// Closed when the output may go on. Nothing is ever sent.
    goes_on: mpsc::Receiver<()>,
}

/// What the writing thread is reached by.
struct Writer {
    sender: mpsc::Sender<Item>,
    /// Keeps the output from going on.
    held: Option<mpsc::Sender<()>>,
    /// What became of it, once all is written; an error when there is no thread.
    passed: io::Result<mpsc::Receiver<Passed>>,
    gone: Gone,
}

/// The streams whose reader has gone away.
#[derive(Clone, Default)]
struct Gone(Arc<[AtomicBool; 2]>);

impl Gone {
    fn of(&self, stream: Stream) -> &AtomicBool {
        let [stdout, stderr] = &*self.0;
        match stream {
            Stream::Stdout => stdout,
            Stream::Stderr => stderr,
        }
    }
}

/// What became of a guest's output.
#[derive(Default)]
pub(crate) struct Passed {
    /// Control sequences that a terminal was spared.
    pub(crate) escapes_dropped: u64,
    /// Why some of it was not written.
    pub(crate) lost: Option<CliError>,
    /// A reader went away before it had all.
    pub(crate) unheard: bool,
}

impl Passage {
    pub(crate) fn open() -> Self {
        Self(Arc::default())
    }

    pub(crate) fn sink(&self) -> OutputSink {
        let way = self.0.clone();
        Arc::new(move |stream, bytes| {
            let mut way = way.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(writer) = way.writer() else {
                return Reader::IsGone;
            };
            if writer.gone.of(stream).load(Ordering::Acquire) {
                return Reader::IsGone;
            }
            match writer.sender.send(Item::Output(stream, bytes.to_vec())) {
                Ok(()) => Reader::Listens,
                Err(_) => Reader::IsGone,
            }
        })
    }

    /// Waits until what the guest wrote until now is written, and lets nothing more through. None when that takes longer than
    /// `patience`, or the guest has ended.
    pub(crate) fn quiet(&self, patience: Duration) -> Option<Quiet> {
        let (reached, is_reached) = mpsc::channel();
        let (held, goes_on) = mpsc::channel();
        let pause = Item::Pause(Pause { reached, goes_on });
        {
            let mut way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // Also where nothing was written so far: something may be while the question stands.
            let writer = way.writer()?;
            writer.held = Some(held);
            writer.sender.send(pause).ok()?;
        }
        let quiet = Quiet(self.clone());
        is_reached.recv_timeout(patience).ok().map(|()| quiet)
    }

    /// Waits until everything is written, and when a signal has come for no longer than [`Interrupt::READERS`]. A question that
    /// still stands has no use.
    pub(crate) fn close(self, interrupt: &Interrupt) -> Passed {
        let way = {
            let mut way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *way, Way::Closed)
        };
        let Way::Used(Writer {
            sender,
            held,
            passed,
            gone: _,
        }) = way
        else {
            return Passed::default();
        };
        drop((sender, held));
        let written = passed.and_then(|passed| {
            let written = all_written(&passed, interrupt);
            written.ok_or_else(|| io::Error::other("nobody read all of it"))
        });
        written.unwrap_or_else(|error| Passed {
            lost: Some(unwritten("standard output", &error)),
            ..Passed::default()
        })
    }
}

/// How often a wait for readers looks whether a signal has come.
const LOOK: Duration = Duration::from_millis(50);

/// A signal does not wait for whoever reads the output: the bill comes first.
fn all_written(passed: &mpsc::Receiver<Passed>, interrupt: &Interrupt) -> Option<Passed> {
    while interrupt.caught().is_none() {
        match passed.recv_timeout(LOOK) {
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            ended => return ended.ok(),
        }
    }
    passed.recv_timeout(Interrupt::READERS).ok()
}

impl Drop for Quiet {
    fn drop(&mut self) {
        let mut way = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *way {
            Way::Used(writer) => writer.held = None,
            Way::Unused | Way::Closed => {}
        }
    }
}

impl Writer {
    fn start() -> Self {
        let (sender, receiver) = mpsc::channel();
        let gone = Gone::default();
        let tell = gone.clone();
        let (end, passed) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("output".to_owned())
            .spawn(move || drop(end.send(write_all(&receiver, &tell))));
        Self {
            sender,
            held: None,
            passed: thread.map(|_| passed),
            gone,
        }
    }
}

fn write_all(receiver: &mpsc::Receiver<Item>, gone: &Gone) -> Passed {
    let mut stdout = Destination::new(io::stdout(), io::stdout().is_terminal());
    let mut stderr = Destination::new(io::stderr(), io::stderr().is_terminal());
    for item in receiver {
        let (stream, bytes) = match item {
            Item::Output(stream, bytes) => (stream, bytes),
            Item::Pause(Pause { reached, goes_on }) => {
                // One that nobody waits for any more is closed too.
                let _ = reached.send(());
                let _ = goes_on.recv();
                continue;
            }
        };
        let is_gone = match stream {
            Stream::Stdout => stdout.write(&bytes),
            Stream::Stderr => stderr.write(&bytes),
        };
        if is_gone {
            gone.of(stream).store(true, Ordering::Release);
        }
    }
    let escapes_dropped = stdout.dropped() + stderr.dropped();
    Passed {
        escapes_dropped,
        unheard: stdout.has_no_reader() || stderr.has_no_reader(),
        lost: stdout
            .error()
            .map(|error| unwritten("standard output", &error))
            .or_else(|| {
                let error = stderr.error()?;
                Some(unwritten("standard error", &error))
            }),
    }
}

/// Where bytes go, until it does not take them any more.
#[expect(
    clippy::large_enum_variant,
    reason = "there are two of them in a process"
)]
enum Destination<W: Write> {
    Plain(W),
    Terminal(EscapeFilter<W>),
    Broken(io::Error),
}

impl<W: Write> Destination<W> {
    fn new(writer: W, terminal: bool) -> Self {
        if terminal {
            Self::Terminal(EscapeFilter::new(writer))
        } else {
            Self::Plain(writer)
        }
    }

    /// Writes; tells whether nobody takes anything any more.
    fn write(&mut self, bytes: &[u8]) -> bool {
        let written = match self {
            Self::Plain(writer) => writer.write_all(bytes).and_then(|()| writer.flush()),
            Self::Terminal(writer) => writer.write_all(bytes).and_then(|()| writer.flush()),
            Self::Broken(_) => return true,
        };
        if let Err(error) = written {
            *self = Self::Broken(error);
            return true;
        }
        false
    }

    fn has_no_reader(&self) -> bool {
        matches!(self, Self::Broken(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    fn dropped(&self) -> u64 {
        match self {
            Self::Terminal(filter) => filter.dropped(),
            Self::Plain(_) | Self::Broken(_) => 0,
        }
    }

    /// Why it broke, if that is an error.
    fn error(self) -> Option<io::Error> {
        match self {
            Self::Broken(error) if error.kind() != io::ErrorKind::BrokenPipe => Some(error),
            Self::Plain(_) | Self::Terminal(_) | Self::Broken(_) => None,
        }
    }
}

/// Writes an answer to standard output, filtered on a terminal. A reader that has gone away is not an error.
pub(crate) fn answer(bytes: &[u8]) -> CliResult<()> {
    told(bytes).map(|_| ())
}

/// Who reads what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    BySomebody,
    /// The reader has gone away.
    ByNobody,
}

/// As [`answer`], for what goes on: it is of no use when nobody reads it any more.
pub(crate) fn told(bytes: &[u8]) -> CliResult<Heard> {
    if bytes.is_empty() {
        // Nothing to wait for where a guest's output still waits.
        return Ok(Heard::BySomebody);
    }
    let stdout = io::stdout();
    let result = if stdout.is_terminal() {
        EscapeFilter::new(stdout.lock()).write_all(bytes)
    } else {
        stdout.lock().write_all(bytes)
    };
    let written = result.and_then(|()| io::stdout().flush());
    let heard = match &written {
        Ok(()) => Heard::BySomebody,
        Err(_) => Heard::ByNobody,
    };
    arrived(written).map(|()| heard)
}

/// Judges the end of a write to standard output.
pub(crate) fn arrived(written: io::Result<()>) -> CliResult<()> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(unwritten("standard output", &error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

fn unwritten(stream: &str, error: &io::Error) -> CliError {
    let message = format!("cannot write to {stream}: {error}; what is there is not all of it");
    CliError::message(Exit::Unwritten, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_the_guest_has_ended_nothing_is_let_through_and_nobody_is_asked() {
        let passage = Passage::open();
        let sink = passage.sink();
        let asker = passage.clone();
        let passed = passage.close(&Interrupt::prepare());
        assert!(passed.lost.is_none());
        assert!(asker.quiet(Duration::from_secs(60)).is_none());
        assert!(matches!(sink(Stream::Stdout, b"late"), Reader::IsGone));
    }
}
