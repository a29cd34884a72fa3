//! The adapter for databases that speak SQL: SQLite for one process or a few, PostgreSQL for a server.
//!
//! The statements are the same for both, and so is what they mean; a file holds those of one subject each. What is given to a
//! statement and what may be done with it stands in the domain beside this folder. `sqlite/` and `postgres/` know how a
//! database is opened, asked and told to be durable, and hold the migrations of each; `connection.rs` is either of them.

mod access;
mod answers;
mod approval;
mod audit;
mod batch;
mod cast;
mod commit;
mod connection;
mod facts;
#[cfg(feature = "faults")]
pub mod faults;
mod import;
mod ledger;
mod mana;
mod migrate;
mod node;
mod pieces;
mod policy;
mod postgres;
mod price;
mod quota;
mod receipt;
mod registry;
mod signer;
mod snapshot;
mod sqlite;
mod statement;
mod value;

pub use batch::{Batch, BatchError};
pub use mana::Mana;
pub use snapshot::Snapshot;

use std::path::Path;
use std::time::Duration;

use connection::{Connection, failure};
use migrate::Found;
use value::{DbError, DbResult, Failure, Params, Row};

use crate::error::StateError;
use crate::limits;
use crate::place::Place;

/// Why a transaction is undone.
#[derive(Debug)]
enum Undo {
    /// The database failed.
    Failed(DbError),
    /// The schema could not be brought up to date.
    Migration(Box<refinery_core::Error>),
    /// What was wanted breaks a rule.
    Refused(StateError),
}

impl From<DbError> for Undo {
    fn from(error: DbError) -> Self {
        Self::Failed(error)
    }
}

impl From<StateError> for Undo {
    fn from(error: StateError) -> Self {
        Self::Refused(error)
    }
}

/// Rolls back what was not committed, also when it panicked. What cannot be rolled back now is so before the next transaction.
struct Undone<'a>(&'a Connection);

impl Drop for Undone<'_> {
    fn drop(&mut self) {
        if !self.0.is_at_rest() {
            self.0.roll_back().ok();
        }
    }
}

/// What a write is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nested {
    /// A transaction of its own.
    No,
    /// That of [`Store::all_or_nothing`], which ends it: an error undoes all of it.
    AllOrNothing,
    /// That of [`Store::together`], with writes of others.
    Batch,
    /// The same, of which nothing will be kept.
    BrokenBatch,
}

/// One connection to the state. Open one for each thread; writers wait for each other.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    place: Place,
    busy_timeout: Duration,
    /// Whether single writes are part of a transaction that is open.
    nested: Nested,
    /// The server whose writes these are.
    node: Option<i64>,
}

impl Store {
    /// Opens the state in the file at `path`, which must exist.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn open(path: &Path) -> Result<Self, StateError> {
        Self::open_file(path, &sqlite::StateFile::find(path)?)
    }

    /// Opens the state in the file at `path`, and makes it when there is none: for this user alone, with mode 0600.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn create(path: &Path) -> Result<Self, StateError> {
        Self::open_file(path, &sqlite::StateFile::find_or_make(path)?)
    }

    /// Opens the state at a place, and makes it when there is none: as [`Store::create`] for a file; the tables of a database that
    /// has none.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn at(place: &Place) -> Result<Self, StateError> {
        match place {
            Place::File(path) => Self::create(path),
            Place::Postgres(url) => {
                let opened = postgres::Connection::open(url, limits::BUSY_TIMEOUT_DEFAULT);
                let connection = opened.map_err(|e| failed(place, "opening", e))?;
                Self::with(place.clone(), Connection::Postgres(Box::new(connection)))
            }
        }
    }

    fn open_file(path: &Path, file: &sqlite::StateFile) -> Result<Self, StateError> {
        let place = Place::from(path);
        let connection = sqlite::open(file).map_err(|e| failed(&place, "opening", e))?;
        file.check_again(path)?;
        Self::with(place, Connection::Sqlite(connection))
    }

    fn with(place: Place, connection: Connection) -> Result<Self, StateError> {
        let mut store = Self {
            connection,
            place,
            busy_timeout: limits::BUSY_TIMEOUT_DEFAULT,
            nested: Nested::No,
            node: None,
        };
        store.set_busy_timeout(limits::BUSY_TIMEOUT_DEFAULT)?;
        let durable = store.connection.make_durable();
        match durable.map_err(|e| store.failed("configuring", e))? {
            None => {}
            Some(setting) => {
                return Err(StateError::Durability {
                    place: store.place.clone(),
                    setting,
                });
            }
        }
        store.migrate()?;
        Ok(store)
    }

    fn migrate(&mut self) -> Result<(), StateError> {
        let found =
            |store: &Self| Found::read(&store.connection).map_err(|e| store.failed("opening", e));
        let place = self.place.clone();
        if !found(self)?.needs_migration(&place)? {
            return Ok(());
        }
        self.write_or_undo("migrating", |tx| {
            // Read and judged again: another program may have been here while this one waited for the lock.
            let found = Found::read(tx)?;
            match found.needs_migration(&place)? {
                true => migrate::migrate_in(tx, &found),
                false => Ok(()),
            }
        })?;
        found(self)?.needs_migration(&place)?;
        Ok(())
    }

    /// Another bound on waiting for other writers. Default: [`limits::BUSY_TIMEOUT_DEFAULT`].
    ///
    /// # Errors
    /// When the database refuses it.
    pub fn set_busy_timeout(&mut self, timeout: Duration) -> Result<(), StateError> {
        self.busy_timeout = timeout;
        self.connection
            .set_busy_timeout(timeout)
            .map_err(|e| self.failed("configuring", e))
    }

    /// Runs `work` in one transaction that writes: it commits when `work` succeeds and leaves nothing behind otherwise.
    fn write<T>(
        &mut self,
        action: &'static str,
        work: impl FnOnce(&Connection) -> DbResult<T>,
    ) -> Result<T, StateError> {
        self.write_or_undo(action, |tx| Ok(work(tx)?))
    }

    /// As [`Store::write`], for work that may also find that a rule is broken.
    fn write_or_undo<T>(
        &mut self,
        action: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Undo>,
    ) -> Result<T, StateError> {
        match self.nested {
            Nested::No => {}
            Nested::AllOrNothing => {
                return work(&self.connection).map_err(|undo| self.undone(action, undo));
            }
            Nested::Batch => return self.write_in_batch(action, work),
            Nested::BrokenBatch => return Err(self.undone_with_others(action)),
        }
        self.leave_transaction(action)?;
        let run = || {
            let _undone_unless_committed = Undone(&self.connection);
            self.connection.begin_write(self.node)?;
            let value = work(&self.connection)?;
            self.connection.commit()?;
            Ok(value)
        };
        run().map_err(|undo| self.undone(action, undo))
    }

    fn undone(&self, action: &'static str, undo: Undo) -> StateError {
        match undo {
            Undo::Failed(error) => self.failed(action, error),
            Undo::Migration(source) => StateError::Database {
                action,
                place: self.place.clone(),
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
            .begin_write(self.node)
            .map_err(|e| self.failed(action, e))?;
        self.nested = Nested::AllOrNothing;
        let done = work(self).and_then(|value| {
            let committed = self.connection.commit();
            committed
                .map_err(|e| self.failed(action, e))
                .map(|()| value)
        });
        self.nested = Nested::No;
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
        self.connection.is_at_rest()
    }

    /// Rolls back a transaction that could not be ended: a write that joined it would be told to have been committed and
    /// never be.
    fn leave_transaction(&self, action: &'static str) -> Result<(), StateError> {
        if self.connection.is_at_rest() {
            return Ok(());
        }
        self.connection
            .roll_back()
            .map_err(|e| self.failed(action, e))
    }

    /// Every row of a query.
    fn rows<T>(
        &self,
        sql: &str,
        key: Params<'_>,
        read: impl FnMut(&Row<'_>) -> DbResult<T>,
    ) -> Result<Vec<T>, StateError> {
        let found = self.connection.query_rows(sql, key, read);
        found.map_err(|e| self.failed("reading", e))
    }

    fn failed(&self, action: &'static str, source: DbError) -> StateError {
        match failure(&source) {
            Failure::Busy => StateError::Busy {
                place: self.place.clone(),
                waited: self.busy_timeout,
            },
            _ => failed(&self.place, action, source),
        }
    }
}

fn failed(place: &Place, action: &'static str, source: DbError) -> StateError {
    let place = place.clone();
    if let DbError::NotDurable { setting } = source {
        return StateError::Durability { place, setting };
    }
    if let DbError::ZeroByte = source {
        return crate::error::invalid("text", "\\0".to_owned(), source.to_string());
    }
    match failure(&source) {
        Failure::Full => StateError::Full { action, place },
        Failure::Foreign => StateError::Foreign { place },
        Failure::Unreachable | Failure::Ended => StateError::Unreachable {
            place,
            source: source.into(),
        },
        Failure::Busy | Failure::Other => StateError::Database {
            action,
            place,
            source: source.into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

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
        let raw = rusqlite::Connection::open(&path).unwrap();
        let mode: String = raw
            .query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))
            .unwrap();
        assert_eq!(mode, "delete");
        drop(raw);
        let store = Store::open(&path).unwrap();
        let Connection::Sqlite(connection) = &store.connection else {
            panic!("it is a file");
        };
        let pragma = |name: &str| {
            let sql = format!("PRAGMA {name}");
            connection.query_row(&sql, [], |row| row.get::<_, rusqlite::types::Value>(0))
        };
        assert_eq!(pragma("journal_mode"), Ok("wal".to_owned().into()));
        assert_eq!(pragma("synchronous"), Ok(2_i64.into()), "FULL");
        assert_eq!(pragma("foreign_keys"), Ok(1_i64.into()));
    }

    #[test]
    fn a_file_that_cannot_be_made_durable_is_not_opened() {
        let (_dir, path) = made();
        // A reader of a file in another journal mode keeps it in that mode.
        let raw = rusqlite::Connection::open(&path).unwrap();
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
