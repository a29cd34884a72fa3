//! Work that the host does for a guest's files, counted in gas before it is done.
//!
//! A call costs the same whatever it does; walking a path of a thousand names, or listing a folder of a million, does not.
//! Each step of those is counted here. What was counted is taken from the guest's gas when the call returns, and a call that
//! counts more than the guest has left ends right there.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::limits::{LimitExceeded, LimitKind};

/// Gas for one name of a path.
pub(crate) const STEP_GAS: u64 = 500;
/// Gas for each thing that a call names after its first one: a subscription, a buffer, a datagram.
pub(crate) const PART_GAS: u64 = 500;
/// Gas for one name of a listing.
pub(crate) const ENTRY_GAS: u64 = 500;

/// The account of one execution.
#[derive(Debug)]
pub(crate) struct Work {
    done: AtomicU64,
    /// The most that may be done before it is paid, and the limit to name then.
    left: AtomicU64,
    limit: u64,
}

impl Work {
    pub(crate) fn new(limit: u64) -> Self {
        Self {
            done: AtomicU64::new(0),
            left: AtomicU64::new(limit),
            limit,
        }
    }

    /// Sets how much gas the guest has left.
    pub(crate) fn set_left(&self, gas: u64) {
        self.left.store(gas, Relaxed);
    }

    /// Returns the gas of the work done since the last time.
    pub(crate) fn take(&self) -> u64 {
        self.done.swap(0, Relaxed)
    }

    /// Returns what was counted since it was last taken.
    pub(super) fn done(&self) -> u64 {
        self.done.load(Relaxed)
    }

    /// Counts as if no more had been done than `before`, for work that is begun again.
    pub(super) fn undo(&self, before: u64) {
        self.done.store(before, Relaxed);
    }

    pub(super) fn steps(&self, count: usize) -> Result<(), LimitExceeded> {
        self.add(count, STEP_GAS)
    }

    pub(super) fn entries(&self, count: usize) -> Result<(), LimitExceeded> {
        self.add(count, ENTRY_GAS)
    }

    /// Counts what a call names, before anything is done with it. The first one is in the price of the call.
    pub(crate) fn parts(&self, count: usize) -> Result<(), LimitExceeded> {
        self.add(count.saturating_sub(1), PART_GAS)
    }

    /// Tells that work can be paid whose price is taken when it is done.
    pub(crate) fn affords(&self, gas: u64) -> Result<(), LimitExceeded> {
        if self.done().saturating_add(gas) > self.left.load(Relaxed) {
            return Err(LimitExceeded::new(LimitKind::Gas, self.limit));
        }
        Ok(())
    }

    fn add(&self, count: usize, gas: u64) -> Result<(), LimitExceeded> {
        let more = u64::try_from(count).unwrap_or(u64::MAX).saturating_mul(gas);
        let done = self.done.fetch_add(more, Relaxed).saturating_add(more);
        if done > self.left.load(Relaxed) {
            return Err(LimitExceeded::new(LimitKind::Gas, self.limit));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_cannot_be_paid_is_not_done() {
        let work = Work::new(10 * STEP_GAS);
        work.set_left(2 * STEP_GAS);
        assert_eq!(work.steps(2), Ok(()));
        let limit = LimitExceeded::new(LimitKind::Gas, 10 * STEP_GAS);
        assert_eq!(work.steps(1), Err(limit));
        assert_eq!(work.take(), 3 * STEP_GAS);
        assert_eq!(work.take(), 0);
    }

    #[test]
    fn the_first_part_is_in_the_price_of_the_call() {
        let work = Work::new(10 * PART_GAS);
        work.set_left(2 * PART_GAS);
        assert_eq!(work.parts(0), Ok(()));
        assert_eq!(work.parts(1), Ok(()));
        assert_eq!(work.done(), 0);
        assert_eq!(work.parts(3), Ok(()));
        assert!(work.affords(0).is_ok());
        assert!(work.affords(1).is_err());
        assert_eq!(work.take(), 2 * PART_GAS);
    }
}
