//! The worker's watchdog: a thread that ends the run when the guest does not.
//!
//! The guest's own thread may be where nothing interrupts it: waiting in an instruction, copying inside the engine, blocked
//! in the system. This thread looks at the clock and at the parent's end of the socket, and at nothing of the guest. When
//! the time is up, or the parent has said that it wants no more, it first lets the guest's thread end the run, which knows
//! exactly what was used; after a grace it says the end itself and ends the process.

use std::{
    os::fd::AsFd,
    sync::{Arc, OnceLock, mpsc},
    time::{Duration, Instant},
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::sync::Notify;

use super::worker::Line;
use crate::{
    exit,
    gate::Log,
    id::ExecutionId,
    limits::{self, Limits, out_of_time},
    outcome::{Failure, Outcome},
    store::Used,
    wasi::Console,
};

static WATCHDOG: OnceLock<Watchdog> = OnceLock::new();

struct Watchdog {
    line: Arc<Line>,
    begun: mpsc::Sender<Begun>,
}

/// What a guest that begins leaves for the watchdog.
pub(crate) struct Begun {
    pub(crate) id: ExecutionId,
    pub(crate) started: Instant,
    pub(crate) deadline: Instant,
    pub(crate) limits: Limits,
    pub(crate) used: Arc<Used>,
    pub(crate) console: Console,
    pub(crate) log: Log,
}

/// Says that the guest of this worker begins now. Does nothing in a process that is no worker.
pub(crate) fn guest_begins(begun: impl FnOnce() -> Begun) {
    if let Some(watchdog) = WATCHDOG.get() {
        // Both fail when the parent is gone; then this process ends as well.
        drop(watchdog.line.started());
        drop(watchdog.begun.send(begun()));
    }
}

/// Starts the watchdog of this worker; the guest is cancelled through what is returned.
pub(super) fn start(line: &Arc<Line>) -> std::io::Result<Arc<Notify>> {
    let (sender, receiver) = mpsc::channel();
    let cancel = Arc::new(Notify::new());
    let (watched, cancelled) = (line.clone(), cancel.clone());
    std::thread::Builder::new()
        .name(String::from("tollgate-watchdog"))
        .spawn(move || {
            if let Ok(begun) = receiver.recv() {
                watch(&watched, &begun, &cancelled);
            }
        })?;
    let line = line.clone();
    // A worker starts one watchdog, so there is none yet.
    drop(WATCHDOG.set(Watchdog {
        line,
        begun: sender,
    }));
    Ok(cancel)
}

fn watch(line: &Line, begun: &Begun, cancel: &Notify) {
    let failure = if line.closed_before(begun.deadline) {
        cancel.notify_one();
        Failure::Cancelled
    } else {
        Failure::LimitExceeded(out_of_time(&begun.limits))
    };
    std::thread::sleep(limits::WATCHDOG_GRACE);
    // The guest's thread did not end the run, or is about to: then it holds the line, and this waits until the process ends.
    let _said = line.done(begun.outcome(failure));
    std::process::exit(exit::DONE);
}

impl Begun {
    /// What is known of a guest whose thread cannot be asked. Its gas went down with it, so all of it counts as used.
    fn outcome(&self, failure: Failure) -> Outcome {
        let written = self.console.take();
        Outcome {
            usage: self.used.with(
                self.limits.gas,
                self.started.elapsed(),
                self.console.written(),
            ),
            stdout: written.stdout,
            stderr: written.stderr,
            violations: self.log.take(),
            ..Outcome::failed(self.id, failure)
        }
    }
}

/// Whether the other side of `socket` stops talking before `deadline`.
pub(super) fn closed_before(socket: &impl AsFd, deadline: Instant) -> bool {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        let mut watched = [PollFd::new(socket, PollFlags::RDHUP)];
        match poll(&mut watched, Some(&timespec(left))) {
            Ok(0) | Err(rustix::io::Errno::INTR) => {}
            Ok(_) => return true,
            // A descriptor that cannot be watched: the clock alone is.
            Err(_) => std::thread::sleep(left),
        }
    }
}

fn timespec(time: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(time.subsec_nanos()),
    }
}
