//! Threads for calls of the system that may never come back: bounded in number, and shared out.
//!
//! A guest whose time is up leaves such a call behind, and the thread stays as long as the system keeps it. There are only so
//! many of these threads in a process, so that those of the runtime remain for others; and one owner has only a part of them,
//! so that an owner who leaves them stuck on purpose runs out of them first.

use std::{
    collections::HashMap,
    hash::Hash,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Notify, oneshot};

/// A bounded number of threads for calls of one kind.
pub(crate) struct Lane<O> {
    taken: Arc<Mutex<Taken<O>>>,
    /// Told of each place that is given back. All who wait are: the next of them may be of an owner with no part left.
    freed: Arc<Notify>,
    threads: usize,
    of_one_owner: usize,
    afterwards: fn(),
}

/// Places taken by each owner.
type Taken<O> = HashMap<O, usize>;

/// All places are taken: by this owner, or by all of them together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Busy;

/// Why a call on a thread of its own has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// There was no thread for it.
    Busy,
    /// It panicked.
    Panicked,
}

impl From<Busy> for Unanswered {
    fn from(Busy: Busy) -> Self {
        Self::Busy
    }
}

impl<O: Hash + Eq + Clone + Send + 'static> Lane<O> {
    pub(crate) fn new(threads: usize, of_one_owner: usize) -> Self {
        Self {
            taken: Arc::default(),
            freed: Arc::default(),
            threads,
            of_one_owner,
            afterwards: || {},
        }
    }

    /// Sets what each thread does at its end, when its place is free again and its result is handed over.
    pub(crate) fn afterwards(self, afterwards: fn()) -> Self {
        Self { afterwards, ..self }
    }

    /// Runs `call` on a thread of this lane and waits for it. Whoever stops waiting leaves the thread its place until the call
    /// comes back.
    pub(crate) async fn run<R: Send + 'static>(
        &self,
        owner: O,
        call: impl FnOnce() -> R + Send + 'static,
    ) -> Result<R, Unanswered> {
        let place = self.enter(owner)?;
        self.wait_for(place, call).await
    }

    /// As [`Lane::run`], after waiting for a place for as long as it takes.
    pub(crate) async fn run_in_turn<R: Send + 'static>(
        &self,
        owner: O,
        call: impl FnOnce() -> R + Send + 'static,
    ) -> Result<R, Unanswered> {
        let place = loop {
            // Before the look, so that no place is given back unseen in between.
            let freed = self.freed.notified();
            match self.enter(owner.clone()) {
                Ok(place) => break place,
                Err(Busy) => freed.await,
            }
        };
        self.wait_for(place, call).await
    }

    /// Runs `call` on a thread of this lane; nobody waits for it.
    pub(crate) fn leave(&self, owner: O, call: impl FnOnce() + Send + 'static) -> Result<(), Busy> {
        let place = self.enter(owner)?;
        let afterwards = self.afterwards;
        start(move || {
            // Nobody hears of a panic but the log.
            catch_unwind(AssertUnwindSafe(call)).ok();
            drop(place);
            afterwards();
        })
    }

    async fn wait_for<R: Send + 'static>(
        &self,
        place: Place<O>,
        call: impl FnOnce() -> R + Send + 'static,
    ) -> Result<R, Unanswered> {
        let (sender, receiver) = oneshot::channel();
        let afterwards = self.afterwards;
        start(move || {
            let result = catch_unwind(AssertUnwindSafe(call));
            drop(place);
            // Nobody may wait for it any more.
            drop(sender.send(result.map_err(|_| Unanswered::Panicked)));
            afterwards();
        })?;
        receiver.await.unwrap_or(Err(Unanswered::Panicked))
    }

    fn enter(&self, owner: O) -> Result<Place<O>, Busy> {
        let mut taken = lock(&self.taken);
        let all: usize = taken.values().sum();
        let own = taken.get(&owner).copied().unwrap_or(0);
        if all >= self.threads || own >= self.of_one_owner {
            return Err(Busy);
        }
        taken.insert(owner.clone(), own.saturating_add(1));
        Ok(Place {
            taken: self.taken.clone(),
            freed: self.freed.clone(),
            owner,
        })
    }
}

/// Starts a thread. It is none of the runtime: those are for others, and a runtime that ends waits for its own.
fn start(work: impl FnOnce() + Send + 'static) -> Result<(), Busy> {
    let thread = std::thread::Builder::new().name(String::from("tollgate-waiting"));
    match thread.spawn(work) {
        Ok(_) => Ok(()),
        Err(_) => Err(Busy),
    }
}

fn lock<O>(taken: &Mutex<Taken<O>>) -> MutexGuard<'_, Taken<O>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The place of one call, given back when it has come back.
struct Place<O: Hash + Eq> {
    taken: Arc<Mutex<Taken<O>>>,
    freed: Arc<Notify>,
    owner: O,
}

impl<O: Hash + Eq> Drop for Place<O> {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        match taken.get_mut(&self.owner) {
            Some(own) if *own > 1 => *own -= 1,
            Some(_) | None => drop(taken.remove(&self.owner)),
        }
        self.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use super::*;

    #[test]
    fn an_owner_whose_calls_never_come_back_is_busy_and_others_are_not() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let lane = Lane::new(3, 2);
        let (end, ends) = mpsc::channel::<()>();
        let ends = Arc::new(Mutex::new(ends));
        let stuck = || {
            let ends = ends.clone();
            move || drop(ends.lock().map(|ends| ends.recv()))
        };
        runtime.block_on(async {
            for _ in 0..2 {
                // Nobody waits for these for longer than one look.
                let call = lane.run("stuck", stuck());
                assert!(futures_once(call).await.is_none());
            }
            assert_eq!(lane.run("stuck", || 1).await, Err(Unanswered::Busy));
            assert_eq!(lane.run("other", || 1).await, Ok(1));
            let call = lane.run("third", stuck());
            assert!(futures_once(call).await.is_none());
            let busy = Err(Unanswered::Busy);
            assert_eq!(lane.run("other", || 1).await, busy, "all are taken");
            drop(end);
            // The threads end now, and give their places back.
            while !lock(&lane.taken).is_empty() {
                std::thread::yield_now();
            }
            assert_eq!(lane.run("stuck", || 1).await, Ok(1));
        });
    }

    #[test]
    fn who_waits_for_a_place_gets_the_next_one_that_is_given_back() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let lane = Lane::new(1, 1);
        let (end, ends) = mpsc::channel::<()>();
        runtime.block_on(async {
            let stuck = lane.run((), move || ends.recv().is_ok());
            assert!(futures_once(stuck).await.is_none());
            let waiting = lane.run_in_turn((), || 1);
            let mut waiting = Box::pin(waiting);
            assert!(futures_once(waiting.as_mut()).await.is_none());
            drop(end);
            assert_eq!(waiting.await, Ok(1));
        });
    }

    #[test]
    fn a_place_that_is_given_back_is_not_lost_on_an_owner_who_may_not_have_it() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let lane = Lane::new(2, 1);
        runtime.block_on(async {
            let stuck = |owner| {
                let (end, ends) = mpsc::channel::<()>();
                let call = lane.run(owner, move || ends.recv().is_ok());
                (end, Box::pin(call))
            };
            let (_end, mut first) = stuck("first");
            let (end, mut second) = stuck("second");
            let mut first_again = Box::pin(lane.run_in_turn("first", || 1));
            let mut second_again = Box::pin(lane.run_in_turn("second", || 1));
            assert!(futures_once(first.as_mut()).await.is_none());
            assert!(futures_once(second.as_mut()).await.is_none());
            assert!(futures_once(first_again.as_mut()).await.is_none());
            assert!(futures_once(second_again.as_mut()).await.is_none());
            drop(end);
            let given = tokio::time::timeout(Duration::from_secs(30), second_again).await;
            assert_eq!(given, Ok(Ok(1)));
        });
    }

    #[test]
    fn a_call_that_panics_is_not_taken_for_one_without_a_thread() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let lane = Lane::new(1, 1);
        runtime.block_on(async {
            let panics = || -> i32 { panic!("a fault of the call") };
            assert_eq!(lane.run((), panics).await, Err(Unanswered::Panicked));
            let panicked = lane.run_in_turn((), panics).await;
            assert_eq!(panicked, Err(Unanswered::Panicked));
            assert_eq!(lane.run((), || 1).await, Ok(1), "its place is given back");
        });
    }

    /// The result of a future that has it at once.
    async fn futures_once<F: Future>(future: F) -> Option<F::Output> {
        let mut future = Box::pin(future);
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(match future.as_mut().poll(context) {
                std::task::Poll::Ready(result) => Some(result),
                std::task::Poll::Pending => None,
            })
        })
        .await
    }
}
