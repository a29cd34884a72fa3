//! Faults on purpose, for tests: the database fails where it is told to.
//!
//! SQLite asks a handler again and again whether to go on, while it prepares statements, while it runs them, and when it has
//! run them. What says no at the n-th time for every n has tried every point where storage can fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::Store;
use crate::error::StateError;

/// For how long the database fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failing {
    /// At that point, and never again.
    Once,
    /// From that point on.
    FromThenOn,
}

/// How many points the database has passed since the fault was set.
#[derive(Debug, Clone)]
pub struct Points(Arc<AtomicU64>);

impl Points {
    /// The number so far.
    #[must_use]
    pub fn passed(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl Store {
    /// Lets the database of this connection fail at its `point`th point from now on, counted from 1; 0: at none.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn fail_at(&mut self, point: u64, failing: Failing) -> Result<Points, StateError> {
        let points = Points(Arc::default());
        let counted = Arc::clone(&points.0);
        let stop = move || {
            let passed = counted.fetch_add(1, Relaxed) + 1;
            match failing {
                Failing::Once => passed == point,
                Failing::FromThenOn => point != 0 && passed >= point,
            }
        };
        self.connection
            .progress_handler(1, Some(stop))
            .map_err(|e| self.failed("configuring", e))?;
        Ok(points)
    }

    /// Lets the database work again.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn never_fail(&mut self) -> Result<(), StateError> {
        self.connection
            .progress_handler(0, None::<fn() -> bool>)
            .map_err(|e| self.failed("configuring", e))
    }
}
