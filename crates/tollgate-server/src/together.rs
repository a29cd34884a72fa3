//! Writes that many requests wait for, committed together: while one commit waits for the disk, those that come meanwhile gather for
//! the next.
//!
//! The beginning and the end of every run are written here. One at a time each would wait for the disk alone, and a server could do as
//! many runs a second as half of what the disk can flush.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::oneshot;
use tollgate_api::ErrorCode;
use tollgate_state::{Batch, BatchError, Store};

use crate::error::ApiError;
use crate::limits::{COMMIT_AFTER, WRITES_TOGETHER};

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
    /// That the database cannot be written, if that is what came of it.
    fn found_away(&self) -> Option<ApiError>;
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

    fn found_away(&self) -> Option<ApiError> {
        match &self.found {
            Some(Err(error)) if is_away(error) => Some(error.clone()),
            _ => None,
        }
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

/// Whether what comes next would fail with the same, and after the same time.
fn is_away(error: &ApiError) -> bool {
    matches!(error.code, ErrorCode::Unavailable | ErrorCode::StorageFull)
}

/// Does writes and commits them, and tells each what came of it. Blocking.
pub(crate) fn commit(store: &mut Store, writes: Vec<Box<dyn Write>>) {
    let mut waiting = VecDeque::from(writes);
    while let Some(first) = waiting.pop_front() {
        let done = match waiting.is_empty() {
            true => alone(store, vec![first]),
            false => {
                waiting.push_front(first);
                together(store, &mut waiting)
            }
        };
        if let Err(away) = done {
            return tell(waiting, Some(&away));
        }
    }
}

/// Commits as many of those that wait as can be done in a short time; other connections wait meanwhile.
///
/// # Errors
/// Why nothing can be written now.
fn together(store: &mut Store, waiting: &mut VecDeque<Box<dyn Write>>) -> Result<(), ApiError> {
    let mut done = Vec::new();
    let committed = store.together(|batch| {
        let since = Instant::now();
        while let Some(mut write) = waiting.pop_front() {
            write.work(batch);
            done.push(write);
            if since.elapsed() >= COMMIT_AFTER {
                break;
            }
        }
    });
    match committed {
        Ok(()) => tell(done, None),
        Err(BatchError::NotBegun(error)) => return Err(ApiError::from(error)),
        // It may be the fault of one of them.
        Err(BatchError::Undone(_)) => return alone(store, done),
        Err(BatchError::Unknown(error)) => {
            let error = ApiError::from(error);
            tell(done, Some(&error));
            return Err(error);
        }
    }
    Ok(())
}

/// Does each by itself.
///
/// # Errors
/// Why nothing can be written now, which the others are told.
fn alone(store: &mut Store, writes: Vec<Box<dyn Write>>) -> Result<(), ApiError> {
    let mut writes = writes.into_iter();
    while let Some(mut write) = writes.next() {
        write.work(&mut store.alone());
        let away = write.found_away();
        write.tell(None);
        if let Some(away) = away {
            tell(writes, Some(&away));
            return Err(away);
        }
    }
    Ok(())
}

fn tell(writes: impl IntoIterator<Item = Box<dyn Write>>, failed: Option<&ApiError>) {
    for write in writes {
        write.tell(failed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

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
            basis: None,
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
    fn all_are_told_once_that_another_program_holds_the_database() {
        let (folder, mut store) = state();
        store.set_busy_timeout(Duration::from_millis(300)).unwrap();
        let mut other = Store::open(&folder.path().join("state.db")).unwrap();
        let queue = Queue::default();
        let tickets = ["c1", "c2", "c3", "c4", "c5", "c6"].map(|id| queued(&queue, id));
        let mut waited = Duration::ZERO;
        other
            .together(|_| {
                let since = Instant::now();
                commit(&mut store, queue.take().unwrap());
                waited = since.elapsed();
            })
            .unwrap();
        for ticket in tickets {
            assert_eq!(answer(ticket).unwrap_err().code, ErrorCode::Unavailable);
        }
        // Six would have waited for 1.8 s, one after the other.
        assert!(waited < Duration::from_millis(1_200), "{waited:?}");
    }

    #[test]
    fn what_takes_long_is_committed_in_parts() {
        let (_folder, mut store) = state();
        let queue = Queue::default();
        let slow = |id: &'static str| {
            let (ticket, _) = queue.push(move |batch| {
                std::thread::sleep(COMMIT_AFTER);
                begin(batch, id)
            });
            ticket
        };
        let tickets = [slow("c1"), slow("c2"), slow("c3")];
        commit(&mut store, queue.take().unwrap());
        for ticket in tickets {
            answer(ticket).unwrap();
        }
        assert_eq!(store.casts("a", 0).unwrap().len(), 3);
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
