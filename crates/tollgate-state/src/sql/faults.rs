//! Faults on purpose, for tests: the database fails where it is told to.
//!
//! SQLite asks a handler again and again whether to go on, while it prepares statements, while it runs them, and when it has
//! run them. A connection to PostgreSQL asks before each statement and after it, and is lost where the answer is no. What says no
//! at the n-th time for every n has tried every point where storage can fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::Store;
use super::connection::Connection;
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
        match &mut self.connection {
            Connection::Sqlite(connection) => {
                let set = connection.progress_handler(1, Some(stop));
                set.map_err(|e| self.failed("configuring", e.into()))?;
            }
            Connection::Postgres(connection) => connection.fail_when(Some(Box::new(stop))),
        }
        Ok(points)
    }

    /// Lets the database work again.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn never_fail(&mut self) -> Result<(), StateError> {
        match &mut self.connection {
            Connection::Sqlite(connection) => {
                let set = connection.progress_handler(0, None::<fn() -> bool>);
                set.map_err(|e| self.failed("configuring", e.into()))
            }
            Connection::Postgres(connection) => {
                connection.fail_when(None);
                Ok(())
            }
        }
    }
}
