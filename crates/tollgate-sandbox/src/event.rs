//! What happens in an engine, as a stream for those who want to know.
//!
//! Sending never waits: every subscriber has a bounded buffer, and one that falls behind misses the oldest events and is
//! told how many. With no subscriber an event costs one atomic load.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::{self, error::RecvError, error::TryRecvError};

use crate::{
    config::Tier,
    digest::Digest,
    id::ExecutionId,
    limits::LimitExceeded,
    outcome::{Usage, Violation},
};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: SystemTime,
    /// The module concerned.
    pub module: Digest,
    /// What.
    pub kind: EventKind,
}

/// The kinds of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// A module is ready to run.
    ModuleLoaded,
    /// A module is valid and compiling it begins.
    ModuleCompiling {
        /// The effort that is made.
        tier: Tier,
    },
    /// A module was compiled.
    ModuleCompiled {
        /// How long that took.
        took: Duration,
    },
    /// A module that ran without optimisation was optimised: executions that begin now run the optimised code.
    ModuleOptimised {
        /// How long that took.
        took: Duration,
    },
    /// Compiled code was found in the cache.
    CacheHit,
    /// Compiled code in the cache was not what this engine wrote and was thrown away.
    CacheRejected {
        /// What was wrong with it.
        reason: String,
    },
    /// An execution was asked for and not admitted.
    ExecutionRejected {
        /// Which one.
        execution: ExecutionId,
        /// Why.
        reasons: Vec<String>,
    },
    /// An execution began.
    ExecutionStarted {
        /// Which one.
        execution: ExecutionId,
    },
    /// An execution returned.
    ExecutionCompleted {
        /// Which one.
        execution: ExecutionId,
        /// What it used.
        usage: Usage,
    },
    /// An execution failed, for another reason than time.
    ExecutionFailed {
        /// Which one.
        execution: ExecutionId,
        /// [`crate::outcome::Failure::kind`].
        kind: String,
        /// What it used.
        usage: Usage,
    },
    /// An execution ran out of time.
    ExecutionTimedOut {
        /// Which one.
        execution: ExecutionId,
        /// What it used.
        usage: Usage,
    },
    /// An execution hit a limit.
    LimitExceeded {
        /// Which one.
        execution: ExecutionId,
        /// The limit.
        exceeded: LimitExceeded,
    },
    /// An execution tried what it was not granted.
    Violation {
        /// Which one.
        execution: ExecutionId,
        /// What it tried.
        violation: Violation,
    },
}

/// The sending side; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct EventBus {
    sender: broadcast::Sender<Event>,
}

impl EventBus {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            sender: broadcast::Sender::new(capacity),
        }
    }

    /// Sends what `kind` makes, if anybody listens.
    pub(crate) fn send(&self, module: Digest, kind: impl FnOnce() -> EventKind) {
        if self.sender.receiver_count() > 0 {
            // Fails only when the last receiver left meanwhile, and then nobody misses the event.
            drop(self.sender.send(Event {
                at: SystemTime::now(),
                module,
                kind: kind(),
            }));
        }
    }

    pub(crate) fn subscribe(&self) -> Subscription {
        Subscription {
            receiver: self.sender.subscribe(),
            missed: 0,
        }
    }
}

/// A reader of an engine's events, from the moment it was made.
#[derive(Debug)]
pub struct Subscription {
    receiver: broadcast::Receiver<Event>,
    missed: u64,
}

impl Subscription {
    /// Waits for the next event; `None` when the engine is gone.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            match self.receiver.recv().await {
                Ok(event) => return Some(event),
                Err(RecvError::Lagged(count)) => self.missed = self.missed.saturating_add(count),
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// Returns the next event if there is one now.
    pub fn try_next(&mut self) -> Option<Event> {
        loop {
            match self.receiver.try_recv() {
                Ok(event) => return Some(event),
                Err(TryRecvError::Lagged(count)) => self.missed = self.missed.saturating_add(count),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return None,
            }
        }
    }

    /// Returns how many events were lost because this reader was too slow.
    pub fn missed(&self) -> u64 {
        self.missed
    }
}
