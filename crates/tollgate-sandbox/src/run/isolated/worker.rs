//! The worker's side of a conversation: it reads the job, runs it, asks on the way, and says the outcome.

use std::{
    os::{fd::AsFd, unix::net::UnixStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Instant,
};

use serde::de::DeserializeOwned;

use super::{internal, rehearse, watchdog};
use crate::{
    child,
    config::EngineConfig,
    engine::{
        ArtifactCode, Engine, VerifiedArtifact,
        workers::{
            code,
            message::{
                Asked, Job, Large, Message, Reaches, Reply, at_once, read_frame, send, write_frame,
            },
        },
    },
    error::EngineError,
    exit,
    gate::{Answer, CallDecision, CallRecord, CallSink, DecidedBy, Gate, GateCall, Taken, Verdict},
    grant::Grant,
    jail::{JailError, Prepared},
    limits,
    outcome::{Failure, Outcome},
    run::Execution,
    stream::{Reader, Stream},
    threads, wasi,
};

static RUNNER: AtomicBool = AtomicBool::new(false);

/// Whether this process was started to run one guest.
pub(crate) fn is_runner() -> bool {
    RUNNER.load(Relaxed)
}

/// The worker's side: makes the engine, reads the job, closes the jail, runs, says the outcome. Returns the exit code.
pub(crate) fn child_main(mut prepared: Result<Prepared, JailError>) -> i32 {
    RUNNER.store(true, Relaxed);
    let Ok(line) = Line::new() else {
        return exit::BAD_JOB;
    };
    let line = Arc::new(line);
    let Ok((config, rehearsed)) = line.take::<EngineConfig>() else {
        return exit::BAD_JOB;
    };
    let engine = Engine::new(&config);
    // Made now, used by the execution.
    threads::prepare();
    wasi::prepare();
    if let Ok(engine) = &engine {
        rehearse::rehearse(engine, rehearsed);
    }
    if let Ok(prepared) = &mut prepared {
        prepared.wait();
    }
    let Ok((job, code)) = line.take::<Job<'_>>() else {
        return exit::BAD_JOB;
    };
    if job.process.lower().is_err() {
        return exit::NOT_RESTRICTED;
    }
    let id = job.id;
    let outcome = match prepared.and_then(|prepared| prepared.close(&job.jail)) {
        Ok(_) => match child::instead(&job.jail) {
            Some(code) => return code,
            None => work(engine, job, code, &line),
        },
        Err(error) => Outcome::failed(id, unjailed(error, &job.grant)),
    };
    match line.done(outcome) {
        Ok(line) => {
            // The parent reads what was said while this waits, and not after the system has taken this process apart.
            line.until_closed();
            exit::DONE
        }
        Err(_) => exit::BAD_JOB,
    }
}

/// A granted path that cannot be opened is one, whichever wall finds it out.
fn unjailed(error: JailError, grant: &Grant) -> Failure {
    match error {
        JailError::Place { path, reason }
            if grant
                .read
                .iter()
                .chain(&grant.write)
                .any(|granted| granted.host == path) =>
        {
            Failure::GrantUnusable {
                path: path.display().to_string(),
                message: reason,
            }
        }
        error => Failure::NotJailed(error),
    }
}

fn work(
    engine: Result<Engine, EngineError>,
    job: Job<'_>,
    code: ArtifactCode,
    line: &Arc<Line>,
) -> Outcome {
    // The first thread besides this one: what is started from here on is in the jail.
    let cancel = match watchdog::start(line) {
        Ok(cancel) => cancel,
        Err(error) => return Outcome::failed(job.id, internal(error.to_string())),
    };
    let module = engine.and_then(|engine| {
        // The parent made this code, nobody can change it, and nobody else can write to this socket.
        engine.deserialize_trusted(VerifiedArtifact::assume_verified(code, job.digest))
    });
    let module = match module {
        Ok(module) => module,
        Err(error) => return Outcome::failed(job.id, internal(error.to_string())),
    };
    let mut execution = Execution::new(&module, job.entry.into_owned());
    execution.id = Some(job.id);
    execution.grant = job.grant;
    execution.limits = job.limits;
    execution.virtual_world = job.virtual_world;
    if job.gated {
        line.decides.store(job.decides, Relaxed);
        execution.gate = Some(line.clone());
    }
    if job.recorded {
        execution.calls = Some(Arc::new(Told(line.clone())));
    }
    if job.streaming {
        let line = line.clone();
        execution.output = Some(Arc::new(move |stream, bytes| {
            // A parent that is gone takes this process with it.
            drop(line.output(stream, bytes));
            // The parent knows who reads, and ends this process when nobody does.
            Reader::Listens
        }));
    }
    execution.run_blocking_until(cancel.notified())
}

/// The worker's side of the conversation.
pub(super) struct Line {
    socket: Mutex<UnixStream>,
    /// The same socket, for who looks at it while another talks.
    watched: UnixStream,
    /// Whether somebody at the other end decides, and does not only record.
    decides: AtomicBool,
}

impl Line {
    /// Takes the socket away from standard output, so that nothing that is printed gets into the conversation.
    fn new() -> std::io::Result<Self> {
        let socket = std::io::stdout().as_fd().try_clone_to_owned()?;
        // What is written there goes nowhere.
        rustix::stdio::dup2_stdout(std::io::stderr().as_fd())?;
        let socket = UnixStream::from(socket);
        Ok(Self {
            watched: socket.try_clone()?,
            socket: Mutex::new(socket),
            decides: AtomicBool::new(true),
        })
    }

    fn lock(&self) -> MutexGuard<'_, UnixStream> {
        self.socket.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next message of the parent, and the compiled code that came with it.
    fn take<T: DeserializeOwned>(&self) -> Result<(T, ArtifactCode), String> {
        let (frame, code) = code::take(&mut self.lock())?;
        let message = postcard::from_bytes(&frame).map_err(|error| error.to_string())?;
        Ok((message, code))
    }

    fn output(&self, stream: Stream, bytes: &[u8]) -> Result<(), String> {
        at_once(&mut *self.lock(), |socket| {
            send(socket, &Message::Output(stream))?;
            write_frame(socket, bytes)
        })
    }

    /// Says that the guest begins.
    pub(super) fn started(&self) -> Result<(), String> {
        at_once(&mut *self.lock(), |socket| send(socket, &Message::Started))
    }

    /// Whether the parent stops talking before `deadline`.
    pub(super) fn closed_before(&self, deadline: Instant) -> bool {
        watchdog::closed_before(&self.watched, deadline)
    }

    /// Says the outcome. Nobody says anything after it while what is returned is held.
    pub(super) fn done(&self, mut outcome: Outcome) -> Result<LastWord<'_>, String> {
        let large = Large::take(&mut outcome);
        let mut socket = self.lock();
        at_once(&mut *socket, |socket| {
            send(socket, &Message::Done(Box::new(outcome)))?;
            large
                .0
                .iter()
                .try_for_each(|part| write_frame(socket, part))
        })?;
        Ok(LastWord(socket))
    }

    fn asks(&self, call: &GateCall<'_>, reaches: Reaches) -> Result<Reply, String> {
        let asked = Asked {
            capability: call.capability,
            module: call.module.to_owned(),
            name: call.name.to_owned(),
            reaches,
        };
        self.answer(&Message::Question(asked))
    }

    /// Says something, and waits for what the parent says to it.
    fn answer(&self, message: &Message) -> Result<Reply, String> {
        let mut socket = self.lock();
        at_once(&mut *socket, |socket| send(socket, message))?;
        let frame = read_frame(&mut *socket, limits::ISOLATED_MESSAGE_BYTES)?;
        postcard::from_bytes(&frame).map_err(|error| error.to_string())
    }
}

/// A conversation in which everything was said.
pub(super) struct LastWord<'a>(MutexGuard<'a, UnixStream>);

impl LastWord<'_> {
    /// Waits until the parent closes its side, or ends this process as it does with one that is done. A parent that does
    /// neither keeps no worker: the wait is as long as the one that the parent has for a worker's end.
    fn until_closed(self) {
        let deadline = Instant::now() + limits::ISOLATED_END;
        watchdog::closed_before(&*self.0, deadline);
    }
}

/// Tells the parent what the grant lacks, what the guest does, and what that comes to. Everything else was decided there.
struct Told(Arc<Line>);

impl Told {
    fn tell(&self, message: &Message) -> Taken {
        match at_once(&mut *self.0.lock(), |socket| send(socket, message)) {
            Ok(()) => Taken::Kept,
            // A parent that is gone takes this process with it.
            Err(_) => Taken::Dropped,
        }
    }
}

impl CallSink for Told {
    fn take(&self, record: &CallRecord) -> Taken {
        let Some(asked) = Asked::recorded(record) else {
            return Taken::Dropped;
        };
        match record.decision.clone() {
            CallDecision::Denied {
                by: DecidedBy::Grant,
                reason,
            } => self.tell(&Message::Lacking {
                asked,
                lacks: record.because.lacks.clone(),
                reason,
            }),
            CallDecision::Started => match self.0.answer(&Message::Doing(asked)) {
                Ok(Reply::Allow) => Taken::Kept,
                Ok(Reply::Deny { .. } | Reply::Unanswered) | Err(_) => Taken::Refused,
            },
            CallDecision::Returned { effect, result } => self.tell(&Message::Did {
                asked,
                effect,
                result,
            }),
            CallDecision::Allowed { .. }
            | CallDecision::Denied { .. }
            | CallDecision::Proposed
            | CallDecision::Answered(_) => Taken::Kept,
        }
    }
}

impl Gate for Line {
    fn check(&self, call: &GateCall<'_>) -> Verdict {
        let Some(reaches) = Reaches::of(&call.target) else {
            let reason = String::from("host functions do not reach isolated guests");
            return Verdict::Deny { reason };
        };
        // The guest waits while the parent decides, and this thread has nothing else to do.
        match self.asks(call, reaches) {
            Ok(Reply::Allow) => Verdict::Allow,
            Ok(Reply::Deny { reason }) => Verdict::Deny { reason },
            // Its time is up, or the parent wants no more of it: the guest does nothing until it is ended.
            Ok(Reply::Unanswered) | Err(_) => Verdict::Ask,
        }
    }

    fn decides(&self) -> bool {
        self.decides.load(Relaxed)
    }

    fn ask<'a>(&'a self, _call: &GateCall<'_>) -> Answer<'a> {
        Box::pin(std::future::pending())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last_word(socket: UnixStream) -> std::time::Duration {
        let socket = Mutex::new(socket);
        let begun = Instant::now();
        LastWord(socket.lock().unwrap()).until_closed();
        begun.elapsed()
    }

    #[test]
    fn a_worker_ends_though_its_parent_says_nothing_more() {
        let (_parent, worker) = UnixStream::pair().unwrap();
        assert!(last_word(worker) >= limits::ISOLATED_END);
    }

    #[test]
    fn a_worker_ends_when_its_parent_closes_though_an_answer_was_not_read() {
        let (mut parent, worker) = UnixStream::pair().unwrap();
        std::io::Write::write_all(
            &mut parent,
            b"an answer to a question that nobody waits for",
        )
        .unwrap();
        drop(parent);
        assert!(last_word(worker) < limits::ISOLATED_END);
    }
}
