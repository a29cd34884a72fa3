//! Writes of several callers that one commit makes durable: together they wait for the disk once.

use super::connection::Connection;
use super::value::DbError;
use super::{Nested, Store, Undo};
use crate::audit::Act;
use crate::cast::{Begun, CastEnd, CastEntry, NewCast};
use crate::error::StateError;
use crate::registry::Basis;

/// Why writes were not committed together.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// No transaction could be begun, and none of them was done.
    #[error(transparent)]
    NotBegun(StateError),
    /// Nothing of them is there; each of them can be done by itself.
    #[error(transparent)]
    Undone(StateError),
    /// The commit failed, and nobody knows whether they are there.
    #[error(transparent)]
    Unknown(StateError),
}

/// What writes that are committed together can do. Each is there whole or not at all, and one that is refused changes nothing for the
/// others.
#[derive(Debug)]
pub struct Batch<'s> {
    store: &'s mut Store,
}

impl Batch<'_> {
    /// As [`Store::begin_cast`].
    ///
    /// # Errors
    /// As there.
    pub fn begin_cast(&mut self, act: &Act<'_>, new: &NewCast<'_>) -> Result<Begun, StateError> {
        self.store.begin_cast(act, new)
    }

    /// As [`Store::start_cast`].
    ///
    /// # Errors
    /// As there.
    pub fn start_cast(
        &mut self,
        act: &Act<'_>,
        id: &str,
        basis: Option<&Basis<'_>>,
    ) -> Result<bool, StateError> {
        self.store.start_cast(act, id, basis)
    }

    /// As [`Store::end_cast`].
    ///
    /// # Errors
    /// As there.
    pub fn end_cast(&mut self, act: &Act<'_>, end: &CastEnd<'_>) -> Result<(), StateError> {
        self.store.end_cast(act, end)
    }

    /// As [`Store::cast`].
    ///
    /// # Errors
    /// As there.
    pub fn cast(&self, tenant: &str, id: &str) -> Result<CastEntry, StateError> {
        self.store.cast(tenant, id)
    }
}

const ACTION: &str = "writing to";

/// Leaves the transaction of a batch, however that ended.
struct Left<'s>(&'s mut Store);

impl Drop for Left<'_> {
    fn drop(&mut self) {
        self.0.nested = Nested::No;
        // What this leaves behind is left before the next transaction.
        self.0.leave_transaction(ACTION).ok();
    }
}

impl Store {
    /// Commits what `work` writes all at once. Nothing that it was told may be said to anybody before this has returned.
    ///
    /// # Errors
    /// [`BatchError`].
    pub fn together(&mut self, work: impl FnOnce(&mut Batch<'_>)) -> Result<(), BatchError> {
        let left = self.leave_transaction(ACTION);
        left.map_err(BatchError::NotBegun)?;
        let begun = self.connection.begin_write(self.node);
        begun.map_err(|e| BatchError::NotBegun(self.failed(ACTION, e)))?;
        self.nested = Nested::Batch;
        let left = Left(self);
        work(&mut Batch {
            store: &mut *left.0,
        });
        let store = &*left.0;
        if store.nested != Nested::Batch || store.connection.is_at_rest() {
            return Err(BatchError::Undone(store.undone_with_others(ACTION)));
        }
        match store.connection.commit() {
            Ok(()) => Ok(()),
            // It was not asked to commit.
            Err(error @ DbError::FailedBefore) => {
                Err(BatchError::Undone(store.failed(ACTION, error)))
            }
            Err(error) => Err(BatchError::Unknown(store.failed(ACTION, error))),
        }
    }

    /// What a batch can do, where each write is committed by itself.
    pub fn alone(&mut self) -> Batch<'_> {
        Batch { store: self }
    }

    /// One of several writes of a transaction. What breaks a rule is undone alone; a failure of the database, or a panic, undoes all.
    pub(super) fn write_in_batch<T>(
        &mut self,
        action: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Undo>,
    ) -> Result<T, StateError> {
        // A database that gave up the transaction would take what follows for transactions of their own.
        if self.connection.is_at_rest() {
            self.nested = Nested::BrokenBatch;
            return Err(self.undone_with_others(action));
        }
        self.nested = Nested::BrokenBatch;
        let part = || {
            self.connection.begin_part()?;
            match work(&self.connection) {
                Ok(value) => {
                    self.connection.end_part()?;
                    Ok(Ok(value))
                }
                Err(Undo::Refused(refused)) => {
                    self.connection.undo_part()?;
                    Ok(Err(refused))
                }
                Err(failed) => Err(failed),
            }
        };
        match part() {
            Ok(done) => {
                self.nested = Nested::Batch;
                done
            }
            Err(failed) => Err(self.undone(action, failed)),
        }
    }

    pub(super) fn undone_with_others(&self, action: &'static str) -> StateError {
        self.failed(action, DbError::FailedBefore)
    }
}
