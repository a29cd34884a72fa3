//! A guest's standard output and standard error, on their way to ours.
//!
//! The sandbox must not wait for a slow reader, or a time limit could not be kept: threads write, fed by queues that the output
//! limit bounds. What goes to the terminal has a queue of its own, so that a pipe that nobody reads does not keep it back. A
//! reader that has gone away (`| head`) is not an error: the guest is told. Any other error is one of the command, whose user
//! would take what is there for all of it.
//!
//! While a person is asked, both queues are held: what the guest wrote before is on the terminal then, and nothing follows.

use std::collections::VecDeque;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tollgate::{OutputSink, Reader, Stream};

use crate::error::CliError;
use crate::escapes::EscapeFilter;
use crate::interrupt::Interrupt;
use crate::output::unwritten;

/// Bytes that are written at once: no more than that goes on where a queue is held and its reader has not taken all.
const PIECE_BYTES: usize = 4096;

/// How often a wait for readers looks whether it is to go on.
const LOOK: Duration = Duration::from_millis(50);

/// Standard output and standard error of the guest, on their way to ours.
#[derive(Clone)]
pub(crate) struct Passage(Arc<Queues>);

/// The ways out; a stream is always on the same one, and two streams that go to one kind of place keep their order.
struct Queues {
    terminal: Arc<Queue>,
    elsewhere: Arc<Queue>,
    stdout: Kind,
    stderr: Kind,
}

/// Where a stream goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Terminal,
    Elsewhere,
}

impl Kind {
    fn of(stream: &impl IsTerminal) -> Self {
        if stream.is_terminal() {
            Self::Terminal
        } else {
            Self::Elsewhere
        }
    }
}

/// While it is kept, nothing of the guest is written.
pub(crate) struct Quiet(Passage);

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

impl Passed {
    fn lost(error: &io::Error) -> Self {
        Self {
            lost: Some(unwritten("standard output", error)),
            ..Self::default()
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            escapes_dropped: self.escapes_dropped + other.escapes_dropped,
            lost: self.lost.or(other.lost),
            unheard: self.unheard || other.unheard,
        }
    }
}

impl Passage {
    pub(crate) fn open() -> Self {
        Self(Arc::new(Queues {
            terminal: Arc::default(),
            elsewhere: Arc::default(),
            stdout: Kind::of(&io::stdout()),
            stderr: Kind::of(&io::stderr()),
        }))
    }

    pub(crate) fn sink(&self) -> OutputSink {
        let queues = self.0.clone();
        Arc::new(move |stream, bytes| {
            let queue = queues.of(stream);
            queue.begin(|queue| write_all(queue, Ends::ours()));
            queue.push(stream, bytes)
        })
    }

    /// Waits until what the guest wrote until now is written, and lets nothing more through. For what does not go to the terminal
    /// it waits as long as `patience` lasts: its readers have no say in whether somebody is asked. None when the guest has ended,
    /// or it is not `wanted` any more.
    pub(crate) fn quiet(&self, patience: Duration, wanted: impl Fn() -> bool) -> Option<Quiet> {
        let quiet = Quiet(self.clone());
        // Whoever has stopped the terminal sees no question there either.
        self.0.terminal.hold(None, &wanted)?;
        self.0.elsewhere.hold(Some(patience), &wanted)?;
        Some(quiet)
    }

    /// Waits until everything is written, and when a signal has come for no longer than [`Interrupt::READERS`]. A question that
    /// still stands has no use.
    pub(crate) fn close(self, interrupt: &Interrupt) -> Passed {
        let Queues {
            terminal,
            elsewhere,
            stdout: _,
            stderr: _,
        } = &*self.0;
        terminal.close();
        elsewhere.close();
        let mut readers = Readers {
            interrupt,
            since: None,
        };
        let passed = terminal.passed(&mut readers);
        passed.and(elsewhere.passed(&mut readers))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        self.0.0.terminal.release();
        self.0.0.elsewhere.release();
    }
}

impl Queues {
    fn of(&self, stream: Stream) -> &Arc<Queue> {
        let kind = match stream {
            Stream::Stdout => self.stdout,
            Stream::Stderr => self.stderr,
        };
        match kind {
            Kind::Terminal => &self.terminal,
            Kind::Elsewhere => &self.elsewhere,
        }
    }
}

/// What waits to be written by one thread.
#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    stage: Stage,
    waiting: VecDeque<(Stream, Vec<u8>)>,
    bytes_queued: u64,
    bytes_written: u64,
    /// A person is asked.
    held: bool,
    /// The streams whose reader has gone away.
    gone: [bool; 2],
    /// What became of it, once all is written.
    passed: Option<Passed>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    /// There is no thread: many guests write nothing, and a thread costs as much as their run.
    #[default]
    Unused,
    Used,
    /// The guest has ended.
    Closed,
}

impl State {
    fn gone(&mut self, stream: Stream) -> &mut bool {
        let [stdout, stderr] = &mut self.gone;
        match stream {
            Stream::Stdout => stdout,
            Stream::Stderr => stderr,
        }
    }
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the thread that writes, with the first output.
    fn begin(self: &Arc<Self>, write: impl FnOnce(&Self) -> Passed + Send + 'static) {
        let mut state = self.state();
        if state.stage != Stage::Unused {
            return;
        }
        state.stage = Stage::Used;
        let queue = self.clone();
        let thread = std::thread::Builder::new()
            .name("output".to_owned())
            .spawn(move || {
                let passed = write(&queue);
                queue.state().passed = Some(passed);
                queue.changed.notify_all();
            });
        if let Err(error) = thread {
            state.gone = [true; 2];
            state.passed = Some(Passed::lost(&error));
        }
    }

    fn push(&self, stream: Stream, bytes: &[u8]) -> Reader {
        let mut state = self.state();
        if state.stage == Stage::Closed || *state.gone(stream) {
            return Reader::IsGone;
        }
        state.waiting.push_back((stream, bytes.to_vec()));
        state.bytes_queued += bytes.len() as u64;
        self.changed.notify_all();
        Reader::Listens
    }

    /// Waits until all is written, at most for `patience` if there is one, and lets nothing more through. None when the guest
    /// has ended, or it is not `wanted` any more.
    fn hold(&self, patience: Option<Duration>, wanted: impl Fn() -> bool) -> Option<()> {
        let begin = Instant::now();
        let is_patient = || patience.is_none_or(|patience| begin.elapsed() < patience);
        let mut state = self.state();
        while state.stage == Stage::Used && state.bytes_written < state.bytes_queued && is_patient()
        {
            if !wanted() {
                return None;
            }
            state = self.waited(state, LOOK);
        }
        state.held = state.stage != Stage::Closed;
        state.held.then_some(())
    }

    fn release(&self) {
        self.state().held = false;
        self.changed.notify_all();
    }

    fn close(&self) {
        let mut state = self.state();
        if state.stage == Stage::Unused {
            state.passed = Some(Passed::default());
        }
        state.stage = Stage::Closed;
        state.held = false;
        self.changed.notify_all();
    }

    /// What became of it, when that is known.
    fn passed(&self, readers: &mut Readers<'_>) -> Passed {
        let mut state = self.state();
        loop {
            if let Some(passed) = state.passed.take() {
                return passed;
            }
            if readers.are_late() {
                return Passed::lost(&io::Error::other("nobody read all of it"));
            }
            state = self.waited(state, LOOK);
        }
    }

    fn waited<'a>(&self, state: MutexGuard<'a, State>, time: Duration) -> MutexGuard<'a, State> {
        let waited = self.changed.wait_timeout(state, time);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Takes what is to be written next; none when there will be no more.
    fn next(&self) -> Option<(Stream, Vec<u8>)> {
        let mut state = self.passing();
        loop {
            if let Some(next) = state.waiting.pop_front() {
                return Some(next);
            }
            if state.stage == Stage::Closed {
                return None;
            }
            let changed = self.changed.wait(state);
            state = changed.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits while the queue is held.
    fn passing(&self) -> MutexGuard<'_, State> {
        let mut state = self.state();
        while state.held {
            let changed = self.changed.wait(state);
            state = changed.unwrap_or_else(PoisonError::into_inner);
        }
        state
    }

    fn written(&self, bytes: usize) {
        self.state().bytes_written += bytes as u64;
        self.changed.notify_all();
    }
}

/// A signal does not wait for whoever reads the output: the bill comes first.
struct Readers<'a> {
    interrupt: &'a Interrupt,
    /// When the signal was seen.
    since: Option<Instant>,
}

impl Readers<'_> {
    fn are_late(&mut self) -> bool {
        if self.interrupt.caught().is_none() {
            return false;
        }
        let since = self.since.get_or_insert_with(Instant::now);
        since.elapsed() >= Interrupt::READERS
    }
}

/// Where the two streams end.
struct Ends<O: Write, E: Write> {
    stdout: Destination<O>,
    stderr: Destination<E>,
}

impl Ends<io::Stdout, io::Stderr> {
    fn ours() -> Self {
        Self {
            stdout: Destination::new(io::stdout()),
            stderr: Destination::new(io::stderr()),
        }
    }
}

/// Writes what is queued, in pieces, until the queue is closed.
fn write_all<O: Write, E: Write>(queue: &Queue, ends: Ends<O, E>) -> Passed {
    let Ends {
        mut stdout,
        mut stderr,
    } = ends;
    while let Some((stream, bytes)) = queue.next() {
        for piece in bytes.chunks(PIECE_BYTES) {
            drop(queue.passing());
            let is_gone = match stream {
                Stream::Stdout => stdout.write(piece),
                Stream::Stderr => stderr.write(piece),
            };
            if is_gone {
                *queue.state().gone(stream) = true;
            }
            queue.written(piece.len());
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
    reason = "there are four of them in a process"
)]
enum Destination<W: Write> {
    Plain(W),
    Terminal(EscapeFilter<W>),
    Broken(io::Error),
}

impl<W: Write> Destination<W> {
    fn new(writer: W) -> Self
    where
        W: IsTerminal,
    {
        match Kind::of(&writer) {
            Kind::Terminal => Self::Terminal(EscapeFilter::new(writer)),
            Kind::Elsewhere => Self::Plain(writer),
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

#[cfg(test)]
mod tests {
    use std::io::{PipeReader, Read as _};

    use super::*;

    /// Far more than anything here takes on a slow machine.
    const LONG: Duration = Duration::from_secs(60);
    const SHORT: Duration = Duration::from_millis(50);

    /// A queue whose standard output goes to a pipe.
    fn piped() -> (Arc<Queue>, PipeReader) {
        let (reader, writer) = io::pipe().unwrap();
        let queue = Arc::<Queue>::default();
        let ends = Ends {
            stdout: Destination::Plain(writer),
            stderr: Destination::Plain(io::sink()),
        };
        queue.begin(|queue| write_all(queue, ends));
        (queue, reader)
    }

    fn rest(queue: &Queue, mut reader: PipeReader) -> Vec<u8> {
        queue.close();
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn when_the_guest_has_ended_nothing_is_let_through_and_nobody_is_asked() {
        let passage = Passage::open();
        let sink = passage.sink();
        let asker = passage.clone();
        let passed = passage.close(&Interrupt::prepare());
        assert!(passed.lost.is_none());
        assert!(asker.quiet(LONG, || true).is_none());
        assert!(matches!(sink(Stream::Stdout, b"late"), Reader::IsGone));
    }

    #[test]
    fn what_was_written_before_a_question_has_arrived_and_nothing_follows() {
        let (queue, mut reader) = piped();
        queue.push(Stream::Stdout, b"before");
        queue.hold(None, || true).unwrap();
        queue.push(Stream::Stdout, b"after");
        let mut before = [0; 6];
        reader.read_exact(&mut before).unwrap();
        assert_eq!(&before, b"before");
        assert!(queue.state().bytes_written == 6);
        queue.release();
        assert_eq!(rest(&queue, reader), b"after");
    }

    #[test]
    fn a_reader_that_takes_nothing_does_not_keep_a_question_back() {
        let (queue, mut reader) = piped();
        let all = vec![b'x'; 1 << 20];
        queue.push(Stream::Stdout, &all);
        while queue.hold(Some(SHORT), || true).is_some() && queue.state().bytes_written == 0 {
            queue.release();
        }
        // From now on it takes everything, and gets no more than the piece that was on its way.
        let before = queue.state().bytes_written;
        let mut bytes = vec![0; usize::try_from(before).unwrap()];
        reader.read_exact(&mut bytes).unwrap();
        queue.hold(Some(SHORT), || true).unwrap();
        assert!(queue.state().bytes_written <= before + PIECE_BYTES as u64);
        queue.release();
        assert_eq!(bytes.len() + rest(&queue, reader).len(), all.len());
    }

    #[test]
    fn a_question_that_is_over_does_not_wait_for_the_terminal() {
        let (queue, reader) = piped();
        queue.push(Stream::Stdout, &vec![b'x'; 1 << 20]);
        assert!(queue.hold(None, || false).is_none());
        assert!(!queue.state().held);
        drop(reader);
    }

    #[test]
    fn a_question_that_waits_for_the_terminal_is_not_asked_after_the_end() {
        let (queue, reader) = piped();
        queue.push(Stream::Stdout, &vec![b'x'; 1 << 20]);
        let asker = queue.clone();
        let asked = std::thread::spawn(move || asker.hold(None, || true));
        queue.close();
        assert!(asked.join().unwrap().is_none());
        drop(reader);
    }
}
