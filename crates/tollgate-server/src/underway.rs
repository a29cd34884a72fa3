//! Runs that this process has under way, so that they can be told to stop.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The kind of the failure of a run that was told to stop.
pub(crate) const CANCELLED: &str = "cancelled";

/// All of them, by their ids.
#[derive(Default)]
pub(crate) struct Underway {
    runs: Mutex<HashMap<String, Arc<Stop>>>,
    /// Told when the last one has ended.
    none: Notify,
}

#[derive(Default)]
struct Stop {
    wanted: AtomicBool,
    told: Notify,
}

/// A run that is under way until this is dropped.
pub(crate) struct Run<'u> {
    underway: &'u Underway,
    id: String,
    stop: Arc<Stop>,
}

impl Underway {
    /// Notes a run, before anybody is told its id.
    pub(crate) fn begin(&self, id: &str) -> Run<'_> {
        let stop = Arc::new(Stop::default());
        self.lock().insert(id.to_owned(), Arc::clone(&stop));
        Run {
            underway: self,
            id: id.to_owned(),
            stop,
        }
    }

    /// Tells a run to stop; `false`: it is not under way.
    pub(crate) fn cancel(&self, id: &str) -> bool {
        let Some(stop) = self.lock().get(id).cloned() else {
            return false;
        };
        stop.wanted.store(true, SeqCst);
        // Kept for a run that does not wait for it yet.
        stop.told.notify_one();
        true
    }

    /// Whether a run is under way.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.lock().contains_key(id)
    }

    /// The ids of all of them.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    /// Whether none is under way.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Returns when none is under way: their ends are written down by then, or given up.
    pub(crate) async fn all_ended(&self) {
        loop {
            let mut none = pin!(self.none.notified());
            // Before the look, so that what ends after it is not missed.
            none.as_mut().enable();
            if self.lock().is_empty() {
                return;
            }
            none.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Stop>>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Run<'_> {
    /// Returns when it is to stop.
    pub(crate) async fn cancelled(&self) {
        self.stop.told.notified().await;
    }

    /// Its id.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Whether it was told to stop.
    pub(crate) fn was_cancelled(&self) -> bool {
        self.stop.wanted.load(SeqCst)
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        let mut runs = self.underway.lock();
        runs.remove(&self.id);
        if runs.is_empty() {
            self.underway.none.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_run_is_told_to_stop_also_before_it_waits_for_that() {
        let underway = Underway::default();
        let (run, other) = (underway.begin("a"), underway.begin("b"));
        assert!(underway.cancel("a"));
        assert!(underway.has("a") && !underway.has("c"));
        run.cancelled().await;
        assert!(run.was_cancelled() && !other.was_cancelled());
    }

    #[tokio::test]
    async fn who_waits_for_all_waits_for_the_last() {
        let underway = Arc::new(Underway::default());
        underway.all_ended().await;
        let (first, last) = (underway.begin("a"), underway.begin("b"));
        let waiting = {
            let underway = Arc::clone(&underway);
            tokio::spawn(async move { underway.all_ended().await })
        };
        tokio::task::yield_now().await;
        drop(first);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(last);
        waiting.await.unwrap();
    }

    #[test]
    fn what_has_ended_cannot_be_told() {
        let underway = Underway::default();
        drop(underway.begin("a"));
        assert!(!underway.cancel("a") && !underway.cancel("b"));
        assert!(!underway.has("a"));
    }
}
