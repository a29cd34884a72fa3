//! Writes that many requests wait for, committed together: while one commit waits for the disk, those that come meanwhile gather for
//! the next.
//!
//! The beginning and the end of every run are written here. One at a time each would wait for the disk alone, and a server could do as
//! many runs a second as half of what the disk can flush.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;
use tollgate_state::{Batch, BatchError, Store};

use crate::error::ApiError;
use crate::limits::WRITES_TOGETHER;

/// What waits for the next commit.
#[derive(Default)]
pub(crate) struct Queue(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    writes: Vec<Box<dyn Write>>,
    /// Whether somebody commits, and will look again.
    is_served: bool,
}

/// Who goes on after a write was queued.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nobody commits: whoever queued it begins to.
    Serve,
    /// Somebody does.
    Wait,
}

/// A write that is waited for.
pub(crate) struct Ticket<T> {
    /// Whether it has begun, or is given up: whoever sets this first says which.
    taken: Arc<AtomicBool>,
    answer: oneshot::Receiver<Result<T, ApiError>>,
}

impl<T> Ticket<T> {
    /// Gives it up, if it has not begun; then it never does.
    pub(crate) fn gives_up(&self) -> bool {
        !self.taken.swap(true, Ordering::AcqRel)
    }

    /// What became of it.
    pub(crate) async fn answer(&mut self) -> Result<T, ApiError> {
        let answer = (&mut self.answer).await;
        answer.unwrap_or_else(|e| Err(ApiError::internal(&e)))
    }
}

impl Queue {
    /// Queues a write. It may be done twice, when the first time was undone.
    pub(crate) fn push<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Batch<'_>) -> Result<T, ApiError> + Send + 'static,
    ) -> (Ticket<T>, Next) {
        let taken = Arc::new(AtomicBool::new(false));
        let (to, answer) = oneshot::channel();
        let one = One {
            work,
            found: None,
            taken: Arc::clone(&taken),
            to,
        };
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.writes.push(Box::new(one));
        let next = match std::mem::replace(&mut waiting.is_served, true) {
            true => Next::Wait,
            false => Next::Serve,
        };
        (Ticket { taken, answer }, next)
    }

    /// The writes of the next commit, those that were given up left out. `None`: there are none, and nobody serves from here on.
    pub(crate) fn take(&self) -> Option<Vec<Box<dyn Write>>> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let most = waiting.writes.len().min(WRITES_TOGETHER);
        let next: Vec<_> = waiting.writes.drain(..most).collect();
        if next.is_empty() {
            waiting.is_served = false;
            return None;
        }
        drop(waiting);
        Some(next.into_iter().filter(|write| write.begins()).collect())
    }
}

/// A write, whatever its answer is.
pub(crate) trait Write: Send {
    /// Whether somebody waits for it still; from here on it cannot be given up.
    fn begins(&self) -> bool;
    /// Does it, and keeps what came of it.
    fn work(&mut self, batch: &mut Batch<'_>);
    /// Says what came of it, or that its commit failed.
    fn tell(self: Box<Self>, failed: Option<&ApiError>);
}

struct One<T, W> {
    work: W,
    found: Option<Result<T, ApiError>>,
    taken: Arc<AtomicBool>,
    to: oneshot::Sender<Result<T, ApiError>>,
}

impl<T, W> Write for One<T, W>
where
    T: Send,
    W: FnMut(&mut Batch<'_>) -> Result<T, ApiError> + Send,
{
    fn begins(&self) -> bool {
        !self.taken.swap(true, Ordering::AcqRel)
    }

    fn work(&mut self, batch: &mut Batch<'_>) {
        let done = catch_unwind(AssertUnwindSafe(|| (self.work)(batch)));
        let panicked = || {
            Err(ApiError::internal(&std::io::Error::other(
                "a write panicked",
            )))
        };
        self.found = Some(done.unwrap_or_else(|_| panicked()));
    }

    fn tell(self: Box<Self>, failed: Option<&ApiError>) {
        let Self { found, to, .. } = *self;
        let told = match (failed, found) {
            (Some(error), _) => Err(error.clone()),
            (None, Some(found)) => found,
            (None, None) => Err(ApiError::internal(&std::io::Error::other(
                "a write that nobody did",
            ))),
        };
        // Whoever is gone is told nothing.
        to.send(told).ok();
    }
}

/// Does writes and commits them, and tells each what came of it. Blocking.
pub(crate) fn commit(store: &mut Store, mut writes: Vec<Box<dyn Write>>) {
    let committed = match &mut *writes {
        [] => return,
        [one] => {
            one.work(&mut store.alone());
            Ok(())
        }
        several => store.together(|batch| {
            for write in several {
                write.work(batch);
            }
        }),
    };
    let failed = match committed {
        Ok(()) => None,
        // It may be the fault of one of them.
        Err(BatchError::Undone(_)) => {
            for write in &mut writes {
                write.work(&mut store.alone());
            }
            None
        }
        Err(BatchError::Unknown(error)) => Some(ApiError::from(error)),
    };
    for write in writes {
        write.tell(failed.as_ref());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use tollgate_api::ErrorCode;
    use tollgate_state::cast::{Begins, NewCast};

    use super::*;
    use crate::operator::act;

    fn state() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::create(&folder.path().join("state.db")).unwrap();
        store.create_tenant(&act("a", "r"), "a").unwrap();
        (folder, store)
    }

    fn begin(batch: &mut Batch<'_>, id: &str) -> Result<(), ApiError> {
        let new = NewCast {
            id,
            module: "m",
            version: "1.0.0",
            digest: "aa",
            input_digest: "bb",
            reserve_micro_usd: 1,
            gas_max: 1,
            policy: None,
            begins: Begins::Now,
            once: None,
        };
        batch.begin_cast(&act("a", "r"), &new)?;
        Ok(())
    }

    fn queued(queue: &Queue, id: &'static str) -> Ticket<()> {
        queue.push(move |batch| begin(batch, id)).0
    }

    fn answer<T>(mut ticket: Ticket<T>) -> Result<T, ApiError> {
        let answer = ticket.answer.try_recv();
        answer.expect("it was answered")
    }

    #[test]
    fn the_first_one_serves_and_the_others_wait_until_nothing_is_left() {
        let queue = Queue::default();
        let push = || queue.push(|_| Ok(())).1;
        assert_eq!([push(), push()], [Next::Serve, Next::Wait]);
        assert_eq!(queue.take().map(|writes| writes.len()), Some(2));
        assert_eq!(push(), Next::Wait);
        assert_eq!(queue.take().map(|writes| writes.len()), Some(1));
        assert!(queue.take().is_none());
        assert_eq!(push(), Next::Serve);
        for _ in 0..WRITES_TOGETHER {
            push();
        }
        assert_eq!(
            queue.take().map(|writes| writes.len()),
            Some(WRITES_TOGETHER)
        );
        assert_eq!(queue.take().map(|writes| writes.len()), Some(1));
    }

    #[test]
    fn what_was_given_up_is_never_done_and_what_has_begun_cannot_be() {
        let (_folder, mut store) = state();
        let queue = Queue::default();
        let (late, kept) = (queued(&queue, "late"), queued(&queue, "kept"));
        assert!(late.gives_up());
        let writes = queue.take().unwrap();
        assert_eq!(writes.len(), 1);
        assert!(!kept.gives_up());
        commit(&mut store, writes);
        answer(kept).unwrap();
        assert_eq!(store.casts("a", 0).unwrap().len(), 1);
    }

    #[test]
    fn what_fails_or_panics_among_others_fails_alone() {
        let (_folder, mut store) = state();
        begin(&mut store.alone(), "there").unwrap();
        let queue = Queue::default();
        let first = queued(&queue, "c1");
        let doubled = queued(&queue, "there");
        let (panics, _) = queue.push(|batch| -> Result<(), ApiError> {
            begin(batch, "half")?;
            panic!("as wanted");
        });
        let last = queued(&queue, "c2");
        commit(&mut store, queue.take().unwrap());
        answer(first).unwrap();
        answer(last).unwrap();
        assert_eq!(answer(doubled).unwrap_err().code, ErrorCode::Conflict);
        assert_eq!(answer(panics).unwrap_err().code, ErrorCode::Internal);
        let ids = store.casts("a", 0).unwrap();
        let ids: Vec<&str> = ids.iter().map(|cast| &*cast.id).collect();
        for id in ["there", "c1", "c2"] {
            assert_eq!(
                ids.iter().filter(|there| **there == id).count(),
                1,
                "{ids:?}"
            );
        }
    }

    #[test]
    fn nobody_is_told_before_the_commit() {
        let (folder, mut store) = state();
        let queue = Queue::default();
        let seen = Arc::new(AtomicUsize::new(0));
        let looked = Arc::clone(&seen);
        let first = queued(&queue, "c1");
        let path = folder.path().join("state.db");
        let (looks, _) = queue.push(move |_| {
            let other = Store::open(&path)?;
            looked.store(other.casts("a", 0)?.len(), Ordering::Relaxed);
            Ok(())
        });
        let mut first = first;
        commit(&mut store, queue.take().unwrap());
        assert_eq!(
            seen.load(Ordering::Relaxed),
            0,
            "others see what is not durable"
        );
        first.answer.try_recv().unwrap().unwrap();
        answer(looks).unwrap();
        assert_eq!(store.casts("a", 0).unwrap().len(), 1);
    }
}
