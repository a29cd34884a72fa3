//! Starting and stopping: whether executions may begin, how many are under way, and telling them to end.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use tokio::sync::{Notify, watch};

use crate::error::StartError;

/// The state all handles of one [`Tollgate`](crate::tollgate::Tollgate) share.
#[derive(Debug)]
pub(crate) struct Lifecycle {
    phase: watch::Sender<Phase>,
    running: AtomicU64,
    idle: Notify,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Started,
    /// No new executions; those under way may end.
    Draining,
    /// Those under way are cancelled.
    Stopped,
}

impl Lifecycle {
    pub(crate) fn started() -> Self {
        Self {
            phase: watch::Sender::new(Phase::Started),
            running: AtomicU64::new(0),
            idle: Notify::new(),
        }
    }

    pub(crate) fn is_started(&self) -> bool {
        *self.phase.borrow() == Phase::Started
    }

    pub(crate) fn start(&self) {
        self.phase.send_replace(Phase::Started);
    }

    /// Counts one execution until the ticket is dropped.
    pub(crate) fn enter(&self) -> Result<Ticket<'_>, StartError> {
        // Counted before looking, so that `stop` either sees the count or is seen here.
        self.running.fetch_add(1, SeqCst);
        let ticket = Ticket { lifecycle: self };
        if self.is_started() {
            Ok(ticket)
        } else {
            Err(StartError::Stopped)
        }
    }

    /// Returns when executions have to end at once.
    pub(crate) async fn cancelled(&self) {
        let mut phase = self.phase.subscribe();
        if phase
            .wait_for(|phase| *phase == Phase::Stopped)
            .await
            .is_err()
        {
            // The sender lives as long as `self`, so this is never reached; waiting for ever is the harmless answer.
            std::future::pending::<()>().await;
        }
    }

    /// Lets no new execution begin, waits for those under way, and cancels what is left after `wait`.
    pub(crate) async fn stop(&self, wait: std::time::Duration) {
        self.phase.send_replace(Phase::Draining);
        let drained = tokio::time::timeout(wait, self.idle()).await;
        self.phase.send_replace(Phase::Stopped);
        if drained.is_err() {
            self.idle().await;
        }
    }

    async fn idle(&self) {
        loop {
            let mut notified = std::pin::pin!(self.idle.notified());
            notified.as_mut().enable();
            if self.running.load(SeqCst) == 0 {
                return;
            }
            notified.await;
        }
    }
}

/// One execution that is under way.
pub(crate) struct Ticket<'a> {
    lifecycle: &'a Lifecycle,
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        if self.lifecycle.running.fetch_sub(1, SeqCst) == 1 {
            self.lifecycle.idle.notify_waiters();
        }
    }
}
