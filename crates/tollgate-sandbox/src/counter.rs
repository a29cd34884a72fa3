//! A number that one thread raises and others read.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A number that one thread raises and others read.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    /// Adds `amount`. INVARIANT: only the thread that runs the guest does, so nothing is lost between load and store.
    pub(crate) fn add(&self, amount: u64) {
        self.0.store(self.get().saturating_add(amount), Relaxed);
    }

    /// Raises the number to `value` if it is lower.
    pub(crate) fn raise(&self, value: u64) {
        if value > self.get() {
            self.0.store(value, Relaxed);
        }
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}
