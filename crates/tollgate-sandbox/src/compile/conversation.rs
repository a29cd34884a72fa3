//! This process's side of the pipes to a worker.

use std::io::{self, Read, Write};
use std::process::{Child, ChildStdin, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::CompileError;
use super::job::{self, Done, Head};
use crate::config::Tier;
use crate::limits;

/// What a worker is told, and until when it may answer with how much.
pub(super) struct Said<'a> {
    pub(super) job: &'a [u8],
    pub(super) bytes: &'a [u8],
    pub(super) artifact_max: u64,
    pub(super) deadline: Instant,
    /// Until when it may answer if it makes the least effort at once, since then there is no second attempt.
    pub(super) last_deadline: Instant,
    /// Hears the effort that the worker announces, when it announces it.
    pub(super) begins: &'a (dyn Fn(Tier) + Sync),
}

/// The most bytes that a worker says, of which the code is at most this many.
pub(super) fn answer_max(artifact_max: u64) -> u64 {
    artifact_max.saturating_add(2 * job::HEAD_BYTES + limits::COMPILE_ANSWER_BYTES)
}

/// An announcement is the first that a worker says, and is looked for in so many bytes.
const ANNOUNCEMENT: usize = 4 << 10;

/// What a worker sent until it closed its streams or time was up.
#[derive(Default)]
pub(super) struct Heard {
    stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    pub(super) too_long: bool,
    pub(super) timed_out: bool,
}

impl Heard {
    /// The effort the worker announced before it compiled.
    pub(super) fn tier(&self) -> Option<Tier> {
        match job::first_head(&self.stdout)? {
            Head::Compiling { tier } => Some(tier),
            _ => None,
        }
    }

    /// What it wrote to standard error, as one line of text.
    pub(super) fn message(&self) -> String {
        String::from_utf8_lossy(&self.stderr)
            .trim()
            .chars()
            .filter(|c| !c.is_control())
            .collect()
    }

    /// Its last word; `None` when it is not whole.
    pub(super) fn answer(self) -> Option<Result<Done, CompileError>> {
        job::last(self.stdout)
    }
}

/// Sends the job and reads the answer, each stream on a thread so that none can block another. Kills the worker at the
/// deadline, which ends all three.
pub(super) fn hold(child: &mut Child, said: Said<'_>) -> io::Result<Heard> {
    let (Some(stdin), Some(stdout), Some(stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    let answer_max = answer_max(said.artifact_max);
    let no_second = AtomicBool::new(false);
    let begins = |tier| {
        if tier == Tier::Quick {
            no_second.store(true, Ordering::Release);
        }
        (said.begins)(tier);
    };
    let (sender, receiver) = std::sync::mpsc::sync_channel(1);
    std::thread::scope(|scope| {
        scope.spawn(move || send(stdin, said.job, said.bytes));
        let errors = scope.spawn(move || read_tail(stderr));
        let begins = &begins;
        scope.spawn(move || {
            let read = read_answer(stdout.take(answer_max.saturating_add(1)), begins);
            // The receiver is gone only when time was up.
            sender.send(read).ok();
        });
        let mut heard = Heard::default();
        let until = |deadline: Instant| {
            receiver.recv_timeout(deadline.saturating_duration_since(Instant::now()))
        };
        let mut received = until(said.deadline);
        if received.is_err() && no_second.load(Ordering::Acquire) {
            received = until(said.last_deadline);
        }
        match received {
            Ok(stdout) => heard.stdout = stdout?,
            Err(_) => heard.timed_out = true,
        }
        heard.too_long = heard.stdout.len() as u64 > answer_max;
        if heard.timed_out || heard.too_long {
            child.kill()?;
        }
        if heard.timed_out {
            // What it said until then still says what it was doing.
            heard.stdout = receiver
                .recv()
                .ok()
                .and_then(Result::ok)
                .unwrap_or_default();
        }
        heard.stderr = errors.join().unwrap_or_default();
        Ok(heard)
    })
}

/// Reads all of an answer; `begins` hears its announcement as soon as it is there.
fn read_answer(mut stdout: impl Read, begins: &(dyn Fn(Tier) + Sync)) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut piece = [0; ANNOUNCEMENT];
    while bytes.len() < ANNOUNCEMENT {
        let read = stdout.read(&mut piece)?;
        if read == 0 {
            return Ok(bytes);
        }
        bytes.extend(piece.iter().take(read));
        if let Some(head) = job::first_head(&bytes) {
            if let Head::Compiling { tier } = head {
                begins(tier);
            }
            break;
        }
    }
    stdout.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn send(mut stdin: ChildStdin, job: &[u8], bytes: &[u8]) {
    // A worker that ends early stops reading; its exit status says why.
    stdin
        .write_all(job)
        .and_then(|()| stdin.write_all(bytes))
        .ok();
}

/// Keeps the start of a stream and reads the rest to nowhere.
fn read_tail(mut stream: impl Read) -> Vec<u8> {
    let mut kept = Vec::new();
    stream
        .by_ref()
        .take(limits::WORKER_ERROR_BYTES)
        .read_to_end(&mut kept)
        .ok();
    io::copy(&mut stream, &mut io::sink()).ok();
    kept
}

/// Waits for the end of a worker that closed its streams; `None` if it does not come in time.
pub(super) fn wait(child: &mut Child, deadline: Instant) -> io::Result<Option<ExitStatus>> {
    let mut pause = Duration::from_micros(100);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(5));
    }
}
