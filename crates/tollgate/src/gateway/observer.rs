//! Decisions as a stream for those who watch the gates.
//!
//! Sending never waits: every subscriber has a bounded buffer, and one that falls behind misses the oldest decisions and is
//! told how many.

use std::sync::Arc;

use tokio::sync::broadcast::{self, error::RecvError, error::TryRecvError};

use super::CrossingDecision;
use crate::limits::OBSERVED_CROSSINGS;

/// The sending side.
pub(super) struct Observers {
    sender: broadcast::Sender<Arc<CrossingDecision>>,
}

impl Observers {
    pub(super) fn new() -> Self {
        Self {
            sender: broadcast::Sender::new(OBSERVED_CROSSINGS),
        }
    }

    pub(super) fn subscribe(&self) -> CrossingSubscription {
        CrossingSubscription {
            receiver: self.sender.subscribe(),
        }
    }

    pub(super) fn send(&self, decision: &CrossingDecision) {
        if self.sender.receiver_count() > 0 {
            // Fails only when the last receiver left meanwhile, and then nobody misses it.
            drop(self.sender.send(Arc::new(decision.clone())));
        }
    }
}

/// What a subscriber gets.
#[derive(Debug, Clone, PartialEq)]
pub enum Observed {
    /// A decision.
    Decision(Arc<CrossingDecision>),
    /// So many decisions were missed: the subscriber was too slow.
    Missed(u64),
}

/// The receiving side. Dropping it ends the subscription.
#[derive(Debug)]
pub struct CrossingSubscription {
    receiver: broadcast::Receiver<Arc<CrossingDecision>>,
}

impl CrossingSubscription {
    /// The next decision, if there is one now.
    pub fn try_next(&mut self) -> Option<Observed> {
        match self.receiver.try_recv() {
            Ok(decision) => Some(Observed::Decision(decision)),
            Err(TryRecvError::Lagged(missed)) => Some(Observed::Missed(missed)),
            Err(TryRecvError::Empty | TryRecvError::Closed) => None,
        }
    }

    /// Waits for the next decision; `None` when the gateway is gone.
    pub async fn next(&mut self) -> Option<Observed> {
        match self.receiver.recv().await {
            Ok(decision) => Some(Observed::Decision(decision)),
            Err(RecvError::Lagged(missed)) => Some(Observed::Missed(missed)),
            Err(RecvError::Closed) => None,
        }
    }

    /// Blocks until the next decision; `None` when the gateway is gone. Not for asynchronous code.
    pub fn next_blocking(&mut self) -> Option<Observed> {
        match self.receiver.blocking_recv() {
            Ok(decision) => Some(Observed::Decision(decision)),
            Err(RecvError::Lagged(missed)) => Some(Observed::Missed(missed)),
            Err(RecvError::Closed) => None,
        }
    }
}
