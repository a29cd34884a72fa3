//! The adapter for SQLite: one file in WAL mode with `synchronous=FULL`.
//!
//! This file opens it safely and runs transactions; the others hold the statements of one subject each. What a statement
//! means, and what it may be given, stands in the domain beside this folder.

mod access;
mod answers;
mod approval;
mod audit;
mod cast;
mod commit;
mod facts;
#[cfg(feature = "faults")]
pub mod faults;
mod file;
mod import;
mod ledger;
mod mana;
mod migrate;
mod policy;
mod quota;
mod receipt;
mod registry;
mod snapshot;

pub use mana::Mana;
pub use snapshot::Snapshot;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::error::StateError;
use crate::limits;
use file::StateFile;

/// Why a transaction is undone.
#[derive(Debug)]
enum Undo {
    /// SQLite failed.
    Failed(rusqlite::Error),
    /// The schema could not be brought up to date.
    Migration(Box<refinery_core::Error>),
    /// What was wanted breaks a rule.
    Refused(StateError),
}

impl From<rusqlite::Error> for Undo {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<StateError> for Undo {
    fn from(error: StateError) -> Self {
        Self::Refused(error)
    }
}

/// One connection to the state. Open one for each thread; writers wait for each other.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
    busy_timeout: Duration,
    /// Whether [`Store::all_or_nothing`] has a transaction open, which single writes are part of.
    nested: bool,
}

impl Store {
    /// Opens the state at `path`, which must exist.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn open(path: &Path) -> Result<Self, StateError> {
        Self::connect(path, &StateFile::find(path)?)
    }

    /// Opens the state at `path`, and makes it when there is none: for this user alone, with mode 0600.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn create(path: &Path) -> Result<Self, StateError> {
        Self::connect(path, &StateFile::find_or_make(path)?)
    }

    fn connect(path: &Path, file: &StateFile) -> Result<Self, StateError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        // Absolute, so that SQLite takes it for a path and neither for a URI nor for `:memory:`.
        let connection = Connection::open_with_flags(&file.real, flags);
        let mut store = Self {
            connection: connection.map_err(|source| StateError::Database {
                action: "opening",
                path: path.to_owned(),
                source: source.into(),
            })?,
            path: path.to_owned(),
            busy_timeout: limits::BUSY_TIMEOUT_DEFAULT,
            nested: false,
        };
        file.check_again(path)?;
        store.configure()?;
        store.migrate()?;
        Ok(store)
    }

    /// Another bound on waiting for other writers. Default: [`limits::BUSY_TIMEOUT_DEFAULT`].
    ///
    /// # Errors
    /// When SQLite refuses it.
    pub fn set_busy_timeout(&mut self, timeout: Duration) -> Result<(), StateError> {
        self.busy_timeout = timeout;
        self.connection
            .busy_timeout(timeout)
            .map_err(|e| self.failed("configuring", e))
    }

    fn configure(&mut self) -> Result<(), StateError> {
        let fail = |store: &Self, e| store.failed("configuring", e);
        self.connection
            .busy_timeout(self.busy_timeout)
            .map_err(|e| fail(self, e))?;
        let mode: String = self
            .connection
            .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
            .map_err(|e| fail(self, e))?;
        self.connection
            .execute_batch(
                "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;",
            )
            .map_err(|e| fail(self, e))?;
        let synchronous: i64 = self
            .connection
            .query_row("PRAGMA synchronous", [], |row| row.get(0))
            .map_err(|e| fail(self, e))?;
        let durability = |setting| StateError::Durability {
            path: self.path.clone(),
            setting,
        };
        if mode != "wal" {
            return Err(durability("journal_mode=WAL"));
        }
        if synchronous != 2 {
            return Err(durability("synchronous=FULL"));
        }
        Ok(())
    }

    /// Runs `work` in one immediate transaction: it commits when `work` succeeds and leaves nothing behind otherwise.
    fn write<T>(
        &mut self,
        action: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StateError> {
        self.write_or_undo(action, |tx| Ok(work(tx)?))
    }

    /// As [`Store::write`], for work that may also find that a rule is broken.
    fn write_or_undo<T>(
        &mut self,
        action: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Undo>,
    ) -> Result<T, StateError> {
        if self.nested {
            // A part of `all_or_nothing`, which ends the transaction.
            return work(&self.connection).map_err(|undo| self.undone(action, undo));
        }
        self.leave_transaction(action)?;
        let run = |connection: &mut Connection| {
            let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&tx)?;
            tx.commit()?;
            Ok(value)
        };
        run(&mut self.connection).map_err(|undo| self.undone(action, undo))
    }

    fn undone(&self, action: &'static str, undo: Undo) -> StateError {
        match undo {
            Undo::Failed(error) => self.failed(action, error),
            Undo::Migration(source) => StateError::Database {
                action,
                path: self.path.clone(),
                source,
            },
            Undo::Refused(error) => error,
        }
    }

    /// Many writes as one: an error in `work` undoes all of them.
    fn all_or_nothing<T>(
        &mut self,
        action: &'static str,
        work: impl FnOnce(&mut Self) -> Result<T, StateError>,
    ) -> Result<T, StateError> {
        self.leave_transaction(action)?;
        self.connection
            .execute_batch("BEGIN IMMEDIATE")
            .map_err(|e| self.failed(action, e))?;
        self.nested = true;
        let done = work(self).and_then(|value| {
            let committed = self.connection.execute_batch("COMMIT");
            committed
                .map_err(|e| self.failed(action, e))
                .map(|()| value)
        });
        self.nested = false;
        if done.is_err() {
            // What this leaves behind is left before the next transaction.
            self.leave_transaction(action).ok();
        }
        done
    }

    /// Tells whether no transaction is open. One that could not be ended keeps others from writing until this connection is
    /// closed.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.connection.is_autocommit()
    }

    /// Rolls back a transaction that could not be ended: a write that joined it would be told to have been committed and
    /// never be.
    fn leave_transaction(&self, action: &'static str) -> Result<(), StateError> {
        if self.connection.is_autocommit() {
            return Ok(());
        }
        self.connection
            .execute_batch("ROLLBACK")
            .map_err(|e| self.failed(action, e))
    }

    /// Every row of a query.
    fn rows<T>(
        &self,
        sql: &str,
        key: &[&dyn rusqlite::ToSql],
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StateError> {
        let query = || -> rusqlite::Result<Vec<T>> {
            self.connection
                .prepare_cached(sql)?
                .query_map(key, read)?
                .collect()
        };
        query().map_err(|e| self.failed("reading", e))
    }

    fn failed(&self, action: &'static str, source: rusqlite::Error) -> StateError {
        match source.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
                StateError::Busy {
                    path: self.path.clone(),
                    waited: self.busy_timeout,
                }
            }
            Some(rusqlite::ErrorCode::DiskFull) => StateError::Full {
                action,
                path: self.path.clone(),
            },
            Some(rusqlite::ErrorCode::NotADatabase) => StateError::Foreign {
                path: self.path.clone(),
            },
            _ => StateError::Database {
                action,
                path: self.path.clone(),
                source: source.into(),
            },
        }
    }
}

/// A number that is never below zero. A file that has one was changed by somebody else, which is an error.
fn unsigned(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.db");
        drop(Store::create(&path).unwrap());
        (dir, path)
    }

    #[test]
    fn commits_reach_the_disk_before_they_are_acknowledged() {
        let (_dir, path) = made();
        // Another program may have changed what the file says of itself; the connection asks for it again.
        let raw = Connection::open(&path).unwrap();
        let mode: String = raw
            .query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))
            .unwrap();
        assert_eq!(mode, "delete");
        drop(raw);
        let store = Store::open(&path).unwrap();
        let pragma = |name: &str| {
            let sql = format!("PRAGMA {name}");
            store
                .connection
                .query_row(&sql, [], |row| row.get::<_, rusqlite::types::Value>(0))
        };
        assert_eq!(pragma("journal_mode"), Ok("wal".to_owned().into()));
        assert_eq!(pragma("synchronous"), Ok(2_i64.into()), "FULL");
        assert_eq!(pragma("foreign_keys"), Ok(1_i64.into()));
    }

    #[test]
    fn a_file_that_cannot_be_made_durable_is_not_opened() {
        let (_dir, path) = made();
        // A reader of a file in another journal mode keeps it in that mode.
        let raw = Connection::open(&path).unwrap();
        raw.query_row("PRAGMA journal_mode = DELETE", [], |row| {
            row.get::<_, String>(0)
        })
        .unwrap();
        raw.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema;")
            .unwrap();
        let error = Store::open(&path).unwrap_err();
        assert!(
            matches!(
                error,
                StateError::Busy { .. } | StateError::Durability { .. }
            ),
            "{error}"
        );
    }
}
