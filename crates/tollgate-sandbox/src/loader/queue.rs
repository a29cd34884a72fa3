//! Modules that run without optimisation and are to be optimised, one after the other.
//!
//! The queue is bounded, and a thread works on it only while something is in it. A caller that pushes into an idle queue is told to
//! start that thread.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::limits;

/// The queue.
#[derive(Debug)]
pub(super) struct Queue<W> {
    state: Mutex<State<W>>,
}

#[derive(Debug)]
struct State<W> {
    waiting: VecDeque<W>,
    working: bool,
}

/// What becomes of work that was pushed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pushed {
    /// The thread that works gets to it, or there is no place for it and nobody does.
    Nothing,
    /// A thread has to be started.
    Start,
}

impl<W> Queue<W> {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                waiting: VecDeque::new(),
                working: false,
            }),
        }
    }

    /// Adds work, unless there is too much already.
    pub(super) fn push(&self, work: W) -> Pushed {
        let mut state = self.lock();
        if state.waiting.len() < limits::OPTIMISE_WAITING {
            state.waiting.push_back(work);
        }
        if std::mem::replace(&mut state.working, true) {
            Pushed::Nothing
        } else {
            Pushed::Start
        }
    }

    /// The next work; `None` ends the thread.
    pub(super) fn next(&self) -> Option<W> {
        let mut state = self.lock();
        let next = state.waiting.pop_front();
        state.working = next.is_some();
        next
    }

    /// There is no thread after all.
    pub(super) fn not_started(&self) {
        self.lock().working = false;
    }

    fn lock(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thread_works_and_the_next_push_after_it_ended_starts_another() {
        let queue = Queue::new();
        assert_eq!(queue.push(1), Pushed::Start);
        assert_eq!(queue.push(2), Pushed::Nothing);
        assert_eq!(queue.next(), Some(1));
        assert_eq!(queue.next(), Some(2));
        assert_eq!(queue.push(3), Pushed::Nothing);
        assert_eq!(queue.next(), Some(3));
        assert_eq!(queue.next(), None);
        assert_eq!(queue.push(4), Pushed::Start);
    }

    #[test]
    fn only_so_many_wait() {
        let queue = Queue::new();
        for work in 0..2 * limits::OPTIMISE_WAITING {
            queue.push(work);
        }
        let worked = std::iter::from_fn(|| queue.next()).count();
        assert_eq!(worked, limits::OPTIMISE_WAITING);
    }
}
