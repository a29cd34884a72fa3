//! One worker process and the socket to it.

use std::{
    io::{self, Read},
    os::{
        fd::OwnedFd,
        unix::{net::UnixStream, process::ExitStatusExt},
    },
    process::{Child, ChildStderr, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use rustix::process::Signal;

use super::HandedCode;
use crate::{
    child::{self, ChildLimits, Role},
    jail::SystemCall,
    limits::{self, Limits, out_of_time},
    outcome::Failure,
    process::Taken,
    text::bounded,
};

/// A worker process. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    socket: UnixStream,
    /// What it writes to standard error. Nobody listens while it lives.
    last_words: Option<ChildStderr>,
    /// What this process holds for it while no execution does.
    waits: Option<Taken>,
}

/// What a worker is started with.
pub(crate) struct Start<'a> {
    /// The engine it makes.
    pub(crate) config: &'a [u8],
    /// What it runs before it waits.
    pub(crate) rehearsal: &'a HandedCode,
    pub(crate) limits: &'a ChildLimits,
    pub(crate) stdin: Stdio,
}

impl Process {
    /// Starts a worker, and tells it the engine it is to make and what it is to rehearse.
    pub(crate) fn start(start: Start<'_>) -> io::Result<Self> {
        let Start {
            config,
            rehearsal,
            limits,
            stdin,
        } = start;
        let (mut socket, theirs) = UnixStream::pair()?;
        let mut child = child::command(Role::Run, limits)
            .stdin(stdin)
            .stdout(OwnedFd::from(theirs))
            .spawn()?;
        let last_words = child.stderr.take();
        // Kept in the socket until the worker has started.
        let told = rehearsal.send(&mut socket, config);
        let process = Self {
            child,
            socket,
            last_words,
            waits: None,
        };
        told.map_err(io::Error::other)?;
        Ok(process)
    }

    /// Lets it wait for an execution, with a share of this process of its own.
    pub(crate) fn wait_with(&mut self, share: Taken) {
        self.waits = Some(share);
    }

    /// Gives it to an execution, which has a share for it.
    pub(crate) fn serve(&mut self) {
        self.waits = None;
    }

    /// Another handle of the socket to it.
    pub(crate) fn socket(&self) -> io::Result<UnixStream> {
        self.socket.try_clone()
    }

    /// Whether it has not ended yet.
    pub(crate) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends it without waiting for that.
    pub(crate) fn kill(&mut self) {
        // This fails only for a process that is gone.
        drop(self.child.kill());
    }

    /// Says how it ended when it gave no answer.
    pub(crate) async fn ended(&mut self, limits: &Limits, message: String) -> Failure {
        match self.status().await {
            Ok(status) if status.signal() == Some(Signal::SYS.as_raw()) => Failure::Forbidden {
                call: self.refused(),
            },
            Ok(status) => of_status(status, limits, message),
            Err(_) => crashed(message),
        }
    }

    /// The call it was ended for, as it said itself. It is dead, so this waits for nothing.
    fn refused(&mut self) -> Option<SystemCall> {
        let mut said = Vec::new();
        self.last_words
            .take()?
            .take(limits::WORKER_ERROR_BYTES)
            .read_to_end(&mut said)
            .ok()?;
        SystemCall::heard(&said)
    }

    /// How the process ended by itself, or by somebody else. One that closed its socket is about to end, so that is waited
    /// for; one that goes on is ended here, and that is an error.
    async fn status(&mut self) -> io::Result<ExitStatus> {
        let given_up = Instant::now() + limits::ISOLATED_END;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if Instant::now() >= given_up {
                self.child.kill()?;
                self.child.wait()?;
                return Err(io::ErrorKind::TimedOut.into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        drop(self.child.wait());
    }
}

/// What the end of a worker means that gave no answer.
fn of_status(status: ExitStatus, limits: &Limits, message: String) -> Failure {
    let signal = status.signal().and_then(Signal::from_named_raw);
    match signal {
        // Nothing in a worker sends these. Faults and aborts, which it can bring about, have other signals.
        Some(Signal::KILL) => killed("SIGKILL"),
        Some(Signal::TERM) => killed("SIGTERM"),
        Some(Signal::INT) => killed("SIGINT"),
        Some(Signal::HUP) => killed("SIGHUP"),
        // Its limit of processor time, which is its wall time and some more.
        Some(Signal::XCPU) => Failure::LimitExceeded(out_of_time(limits)),
        Some(_) | None if status.success() => crashed(message),
        Some(_) | None => crashed(format!("{message} ({status})")),
    }
}

fn killed(signal: &str) -> Failure {
    Failure::Killed {
        signal: signal.to_owned(),
    }
}

/// The failure of a process that ended without an answer.
pub(crate) fn crashed(message: impl ToString) -> Failure {
    Failure::Crashed {
        message: bounded(message.to_string()),
    }
}
