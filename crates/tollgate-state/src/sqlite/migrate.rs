//! The schema, and how an older file comes to it.
//!
//! Migrations are only ever added: each file `V<number>__<name>.sql` stays as it was released, and `refinery` keeps a row for
//! each that a database has seen. All that a file lacks is applied in one transaction which also holds the lock of writers,
//! so two processes that open one file do the work once, and a crash leaves the file as it was. `PRAGMA user_version` is the
//! number of the last migration: a file that needs nothing is told from a read.

use std::path::Path;

use refinery_core::traits::sync::{Migrate, Query, Transaction};
use refinery_core::{Migration, Runner, Target};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _};

use super::{Store, Undo};
use crate::error::StateError;

/// Every migration, in order. What stands here is never changed, only followed.
const MIGRATIONS: [(&str, &str); 10] = [
    (
        "V1__policy_state",
        include_str!("migrations/V1__policy_state.sql"),
    ),
    ("V2__server", include_str!("migrations/V2__server.sql")),
    (
        "V3__approvals",
        include_str!("migrations/V3__approvals.sql"),
    ),
    ("V4__ledger", include_str!("migrations/V4__ledger.sql")),
    ("V5__quotas", include_str!("migrations/V5__quotas.sql")),
    ("V6__answers", include_str!("migrations/V6__answers.sql")),
    ("V7__policies", include_str!("migrations/V7__policies.sql")),
    (
        "V8__approvals_of_tenants",
        include_str!("migrations/V8__approvals_of_tenants.sql"),
    ),
    (
        "V9__runs_that_wait",
        include_str!("migrations/V9__runs_that_wait.sql"),
    ),
    (
        "V10__receipts",
        include_str!("migrations/V10__receipts.sql"),
    ),
];

/// The version that this build writes and reads.
const NEWEST: i64 = MIGRATIONS.len() as i64;

/// Files of this version were made before there was a list of migrations, and have all of the first one.
const BEFORE_THE_LIST: i32 = 1;

/// `PRAGMA application_id` of our files, `toll` in ASCII: another program's file is left alone.
const APPLICATION_ID: i64 = 0x746f_6c6c;

/// The list of migrations that a database has seen.
const LIST: &str = "refinery_schema_history";

/// What a file says of itself.
struct Found {
    application: i64,
    version: i64,
    /// Whether there is nothing in it.
    empty: bool,
    /// Whether it has the list of migrations.
    listed: bool,
}

impl Store {
    pub(super) fn migrate(&mut self) -> Result<(), StateError> {
        let found = Found::read(&self.connection).map_err(|e| self.failed("opening", e))?;
        let path = self.path.clone();
        if found.needs_migration(&path)? {
            self.write_or_undo("migrating", |tx| {
                // Read and judged again: another program may have been here while this one waited for the lock.
                let found = Found::read(tx)?;
                match found.needs_migration(&path)? {
                    true => migrate_in(tx, &found),
                    false => Ok(()),
                }
            })?;
            let found = Found::read(&self.connection).map_err(|e| self.failed("opening", e))?;
            found.needs_migration(&path)?;
        }
        Ok(())
    }
}

impl Found {
    fn needs_migration(&self, path: &Path) -> Result<bool, StateError> {
        if self.empty {
            return Ok(true);
        }
        if self.application != APPLICATION_ID {
            return Err(StateError::Foreign {
                path: path.to_owned(),
            });
        }
        if !(1..=NEWEST).contains(&self.version) {
            return Err(StateError::Version {
                path: path.to_owned(),
                found: self.version,
                expected: NEWEST,
            });
        }
        Ok(self.version < NEWEST || !self.listed)
    }

    fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        let listed = connection
            .query_row(
                "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1",
                [LIST],
                |_| Ok(()),
            )
            .optional()?;
        Ok(Self {
            application: number("PRAGMA application_id")?,
            version: number("PRAGMA user_version")?,
            empty: number("SELECT count(*) FROM sqlite_schema")? == 0,
            listed: listed.is_some(),
        })
    }
}

fn migrate_in(tx: &Connection, found: &Found) -> Result<(), Undo> {
    let migrations = MIGRATIONS
        .iter()
        .map(|(name, sql)| Migration::unapplied(name, sql))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| Undo::Migration(e.into()))?;
    let runner = Runner::new(&migrations).set_grouped(true);
    let mut tx = InTransaction(tx);
    if !found.empty && !found.listed {
        let noted = Runner::new(&migrations).set_target(Target::FakeVersion(BEFORE_THE_LIST));
        noted.run(&mut tx).map_err(|e| Undo::Migration(e.into()))?;
    }
    runner.run(&mut tx).map_err(|e| Undo::Migration(e.into()))?;
    tx.0.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.0.pragma_update(None, "user_version", NEWEST)?;
    Ok(())
}

/// A connection with a transaction open, which whoever opened it ends.
struct InTransaction<'a>(&'a Connection);

impl Transaction for InTransaction<'_> {
    type Error = rusqlite::Error;

    fn execute<'q, T: Iterator<Item = &'q str>>(&mut self, queries: T) -> rusqlite::Result<usize> {
        let mut count = 0;
        for query in queries {
            self.0.execute_batch(query)?;
            count += 1;
        }
        Ok(count)
    }
}

impl Query<Vec<Migration>> for InTransaction<'_> {
    fn query(&mut self, query: &str) -> rusqlite::Result<Vec<Migration>> {
        let mut statement = self.0.prepare(query)?;
        let rows = statement.query_map([], |row| {
            let sum: String = row.get(3)?;
            let sum = sum.parse::<u64>().map_err(|e| {
                rusqlite::Error::FromSqlConversionFailure(3, Type::Text, Box::new(e))
            })?;
            // Migrations are compared by number, name and checksum; when one was applied decides nothing.
            let when = time::OffsetDateTime::UNIX_EPOCH;
            Ok(Migration::applied(row.get(0)?, row.get(1)?, when, sum))
        })?;
        rows.collect()
    }
}

impl Migrate for InTransaction<'_> {}
