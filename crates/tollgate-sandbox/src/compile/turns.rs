//! The bounded number of workers that run at the same time.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::CompileError;

/// Lets a bounded number of compilations run.
#[derive(Debug)]
pub(super) struct Turns {
    free: Mutex<usize>,
    freed: Condvar,
}

impl Turns {
    pub(super) fn new(count: usize) -> Self {
        Self {
            free: Mutex::new(count.max(1)),
            freed: Condvar::new(),
        }
    }

    pub(super) fn take(&self, wait: Duration) -> Result<Turn<'_>, CompileError> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut free, waited) = self
            .freed
            .wait_timeout_while(free, wait, |free| *free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() && *free == 0 {
            return Err(CompileError::Busy { waited: wait });
        }
        *free -= 1;
        Ok(Turn(self))
    }
}

/// A place among the running compilations, given back when dropped.
pub(super) struct Turn<'a>(&'a Turns);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}
