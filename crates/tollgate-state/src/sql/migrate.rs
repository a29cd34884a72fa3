//! The schema, and how an older state comes to it.
//!
//! Migrations are only ever added: each file `V<number>__<name>.sql` stays as it was released, and `refinery` keeps a row for
//! each that a database has seen. All that a state lacks is applied in one transaction which also holds the lock of writers,
//! so two processes that open one state do the work once, and a crash leaves it as it was. The two databases have the same
//! tables under the same number; PostgreSQL began with the tenth.

use refinery_core::traits::sync::{Migrate, Query, Transaction};
use refinery_core::{Migration, Runner, Target};

use super::Undo;
use super::connection::Connection;
use super::value::{DbError, DbResult, Optional as _, params};
use crate::error::StateError;
use crate::place::Place;

/// Every migration of SQLite, in order. What stands here is never changed, only followed.
const OF_SQLITE: [(&str, &str); 14] = [
    (
        "V1__policy_state",
        include_str!("sqlite/migrations/V1__policy_state.sql"),
    ),
    (
        "V2__server",
        include_str!("sqlite/migrations/V2__server.sql"),
    ),
    (
        "V3__approvals",
        include_str!("sqlite/migrations/V3__approvals.sql"),
    ),
    (
        "V4__ledger",
        include_str!("sqlite/migrations/V4__ledger.sql"),
    ),
    (
        "V5__quotas",
        include_str!("sqlite/migrations/V5__quotas.sql"),
    ),
    (
        "V6__answers",
        include_str!("sqlite/migrations/V6__answers.sql"),
    ),
    (
        "V7__policies",
        include_str!("sqlite/migrations/V7__policies.sql"),
    ),
    (
        "V8__approvals_of_tenants",
        include_str!("sqlite/migrations/V8__approvals_of_tenants.sql"),
    ),
    (
        "V9__runs_that_wait",
        include_str!("sqlite/migrations/V9__runs_that_wait.sql"),
    ),
    (
        "V10__receipts",
        include_str!("sqlite/migrations/V10__receipts.sql"),
    ),
    (
        "V11__nodes",
        include_str!("sqlite/migrations/V11__nodes.sql"),
    ),
    (
        "V12__prices",
        include_str!("sqlite/migrations/V12__prices.sql"),
    ),
    (
        "V13__keys_of_lost_runs",
        include_str!("sqlite/migrations/V13__keys_of_lost_runs.sql"),
    ),
    (
        "V14__signers",
        include_str!("sqlite/migrations/V14__signers.sql"),
    ),
];

/// Every migration of PostgreSQL, in order, as above.
const OF_POSTGRES: [(&str, &str); 5] = [
    (
        "V10__state",
        include_str!("postgres/migrations/V10__state.sql"),
    ),
    (
        "V11__nodes",
        include_str!("postgres/migrations/V11__nodes.sql"),
    ),
    (
        "V12__prices",
        include_str!("postgres/migrations/V12__prices.sql"),
    ),
    (
        "V13__keys_of_lost_runs",
        include_str!("postgres/migrations/V13__keys_of_lost_runs.sql"),
    ),
    (
        "V14__signers",
        include_str!("postgres/migrations/V14__signers.sql"),
    ),
];

/// The version that this build writes and reads.
const NEWEST: i64 = OF_SQLITE.len() as i64;

/// Files of this version were made before there was a list of migrations, and have all of the first one.
const BEFORE_THE_LIST: i32 = 1;

/// `PRAGMA application_id` of our files, `toll` in ASCII: another program's file is left alone.
const APPLICATION_ID: i64 = 0x746f_6c6c;

/// The list of migrations that a database has seen.
const LIST: &str = "refinery_schema_history";

/// What a state says of itself.
pub(super) struct Found {
    /// Whether there is nothing in it.
    is_empty: bool,
    /// Whether it is one of ours.
    is_ours: bool,
    version: i64,
    /// Whether it has the list of migrations.
    is_listed: bool,
}

impl Found {
    pub(super) fn needs_migration(&self, place: &Place) -> Result<bool, StateError> {
        if self.is_empty {
            return Ok(true);
        }
        if !self.is_ours {
            return Err(StateError::Foreign {
                place: place.clone(),
            });
        }
        if !(1..=NEWEST).contains(&self.version) {
            return Err(StateError::Version {
                place: place.clone(),
                found: self.version,
                expected: NEWEST,
            });
        }
        Ok(self.version < NEWEST || !self.is_listed)
    }

    pub(super) fn read(connection: &Connection) -> DbResult<Self> {
        let number = |sql: &str| connection.query_row(sql, &[], |row| row.get::<i64>(0));
        match connection {
            Connection::Sqlite(_) => {
                let listed = connection.query_row(
                    "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1",
                    params![LIST],
                    |_| Ok(()),
                );
                Ok(Self {
                    is_empty: number("SELECT count(*) FROM sqlite_schema")? == 0,
                    is_ours: number("PRAGMA application_id")? == APPLICATION_ID,
                    version: number("PRAGMA user_version")?,
                    is_listed: listed.optional()?.is_some(),
                })
            }
            Connection::Postgres(_) => {
                let encoding: String = connection.query_row(
                    "SELECT current_setting('server_encoding')",
                    &[],
                    |row| row.get(0),
                )?;
                if encoding != "UTF8" {
                    return Err(DbError::Encoding { encoding });
                }
                let tables = "SELECT count(*) FROM pg_catalog.pg_class
                     WHERE relkind IN ('r', 'p') AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema())";
                let of_name = |name: &str| -> DbResult<bool> {
                    let found = connection.query_row(
                        &format!("{tables} AND relname = ?1"),
                        params![name],
                        |row| row.get::<i64>(0),
                    );
                    Ok(found? != 0)
                };
                let is_listed = of_name(LIST)?;
                let version = match is_listed {
                    true => number(&format!("SELECT coalesce(max(version), 0) FROM {LIST}"))?,
                    false => 0,
                };
                Ok(Self {
                    is_empty: number(tables)? == 0,
                    is_ours: is_listed && of_name("tollgate")?,
                    version,
                    is_listed,
                })
            }
        }
    }
}

/// Applies what `found` lacks, in a transaction of the caller.
pub(super) fn migrate_in(tx: &Connection, found: &Found) -> Result<(), Undo> {
    let all: &[(&str, &str)] = match tx {
        Connection::Sqlite(_) => &OF_SQLITE,
        Connection::Postgres(_) => &OF_POSTGRES,
    };
    let migrations = all
        .iter()
        .map(|(name, sql)| Migration::unapplied(name, sql))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| Undo::Migration(e.into()))?;
    let runner = Runner::new(&migrations).set_grouped(true);
    let mut within = InTransaction(tx);
    if !found.is_empty && !found.is_listed {
        let noted = Runner::new(&migrations).set_target(Target::FakeVersion(BEFORE_THE_LIST));
        noted
            .run(&mut within)
            .map_err(|e| Undo::Migration(e.into()))?;
    }
    runner
        .run(&mut within)
        .map_err(|e| Undo::Migration(e.into()))?;
    if let Connection::Sqlite(_) = tx {
        // A file that needs nothing is told from a read.
        tx.batch(&format!(
            "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {NEWEST}"
        ))?;
    }
    Ok(())
}

/// A connection with a transaction open, which whoever opened it ends.
struct InTransaction<'a>(&'a Connection);

impl Transaction for InTransaction<'_> {
    type Error = DbError;

    fn execute<'q, T: Iterator<Item = &'q str>>(&mut self, queries: T) -> DbResult<usize> {
        let mut count = 0;
        for query in queries {
            self.0.batch(query)?;
            count += 1;
        }
        Ok(count)
    }
}

impl Query<Vec<Migration>> for InTransaction<'_> {
    fn query(&mut self, query: &str) -> DbResult<Vec<Migration>> {
        self.0.query_rows(query, &[], |row| {
            let out = |wanted| DbError::Column { column: 3, wanted };
            let sum: String = row.get(3)?;
            let sum = sum.parse::<u64>().map_err(|_| out("a checksum"))?;
            // Migrations are compared by number, name and checksum; when one was applied decides nothing.
            let when = time::OffsetDateTime::UNIX_EPOCH;
            let version: i64 = row.get(0)?;
            let version = i32::try_from(version).map_err(|_| DbError::out_of_range(0, version))?;
            Ok(Migration::applied(version, row.get(1)?, when, sum))
        })
    }
}

impl Migrate for InTransaction<'_> {}
