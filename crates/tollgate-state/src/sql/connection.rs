//! A connection to either database, which takes the same statements.

use std::time::Duration;

use super::postgres;
use super::sqlite;
use super::value::{DbError, DbResult, Failure, Go, Params, Row};

/// A connection, and the transaction that may be open on it.
#[derive(Debug)]
pub(super) enum Connection {
    Sqlite(rusqlite::Connection),
    Postgres(Box<postgres::Connection>),
}

impl Connection {
    /// Changes rows, and returns how many.
    pub(super) fn execute(&self, sql: &str, params: Params<'_>) -> DbResult<usize> {
        match self {
            Self::Sqlite(connection) => sqlite::execute(connection, sql, params),
            Self::Postgres(connection) => connection.execute(sql, params),
        }
    }

    /// Changes rows, however many. In a transaction nobody waits for a server: a failure is told by what is asked next, at the latest by
    /// the commit.
    pub(super) fn write(&self, sql: &str, params: Params<'_>) -> DbResult<()> {
        match self {
            Self::Sqlite(connection) => sqlite::execute(connection, sql, params).map(drop),
            Self::Postgres(connection) => connection.write(sql, params),
        }
    }

    /// Hands each row to `each` until that says to stop.
    pub(super) fn walk(
        &self,
        (sql, params): (&str, Params<'_>),
        mut each: impl FnMut(&Row<'_>) -> DbResult<Go>,
    ) -> DbResult<()> {
        match self {
            Self::Sqlite(connection) => sqlite::query(connection, (sql, params), &mut each),
            Self::Postgres(connection) => connection.query((sql, params), &mut each),
        }
    }

    /// The first row, which has to be there.
    pub(super) fn query_row<T>(
        &self,
        sql: &str,
        params: Params<'_>,
        read: impl FnOnce(&Row<'_>) -> DbResult<T>,
    ) -> DbResult<T> {
        let (mut read, mut found) = (Some(read), None);
        self.walk((sql, params), |row| {
            found = read.take().map(|read| read(row)).transpose()?;
            Ok(Go::Break(()))
        })?;
        found.ok_or(DbError::NoRow)
    }

    /// Every row.
    pub(super) fn query_rows<T>(
        &self,
        sql: &str,
        params: Params<'_>,
        mut read: impl FnMut(&Row<'_>) -> DbResult<T>,
    ) -> DbResult<Vec<T>> {
        let mut rows = Vec::new();
        self.walk((sql, params), |row| {
            rows.push(read(row)?);
            Ok(Go::Continue(()))
        })?;
        Ok(rows)
    }

    /// Runs statements that take no parameters.
    pub(super) fn batch(&self, sql: &str) -> DbResult<()> {
        match self {
            Self::Sqlite(connection) => Ok(connection.execute_batch(sql)?),
            Self::Postgres(connection) => connection.batch(sql),
        }
    }

    /// Begins a transaction that writes for a node, when no other connection has one.
    pub(super) fn begin_write(&self, node: Option<i64>) -> DbResult<()> {
        match self {
            Self::Sqlite(connection) => Ok(connection.execute_batch("BEGIN IMMEDIATE")?),
            Self::Postgres(connection) => connection.begin_write(node),
        }
    }

    /// Begins a transaction that reads one moment.
    pub(super) fn begin_read(&self) -> DbResult<()> {
        match self {
            // A deferred transaction begins reading at its first read; the read here fixes the moment.
            Self::Sqlite(connection) => {
                Ok(connection
                    .execute_batch("BEGIN DEFERRED; SELECT count(*) FROM sqlite_schema;")?)
            }
            Self::Postgres(connection) => connection.begin_read(),
        }
    }

    /// Begins a part of a transaction that can be undone alone.
    pub(super) fn begin_part(&self) -> DbResult<()> {
        match self {
            Self::Sqlite(connection) => Ok(connection.execute_batch("SAVEPOINT part")?),
            Self::Postgres(connection) => connection.begin_part(),
        }
    }

    /// Keeps a part with the rest of the transaction. Nothing of it can fail later.
    pub(super) fn end_part(&self) -> DbResult<()> {
        self.batch("RELEASE SAVEPOINT part")
    }

    /// Undoes a part, and nothing else of the transaction.
    pub(super) fn undo_part(&self) -> DbResult<()> {
        self.batch("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")
    }

    pub(super) fn commit(&self) -> DbResult<()> {
        match self {
            Self::Sqlite(connection) => Ok(connection.execute_batch("COMMIT")?),
            Self::Postgres(connection) => connection.commit(),
        }
    }

    pub(super) fn roll_back(&self) -> DbResult<()> {
        match self {
            Self::Sqlite(connection) => Ok(connection.execute_batch("ROLLBACK")?),
            Self::Postgres(connection) => connection.roll_back(),
        }
    }

    /// Whether no transaction is open.
    pub(super) fn is_at_rest(&self) -> bool {
        match self {
            Self::Sqlite(connection) => connection.is_autocommit(),
            Self::Postgres(connection) => connection.is_at_rest(),
        }
    }

    /// Shows others that a node is there for as long as this connection lives, and tells whether it does. A file has one server,
    /// which holds its folder.
    pub(super) fn try_hold(&self, node: i64) -> DbResult<bool> {
        match self {
            Self::Sqlite(_) => Ok(true),
            Self::Postgres(connection) => connection.try_hold(node),
        }
    }

    /// The nodes that somebody holds now. A file has one server, and nobody else's is there.
    pub(super) fn held_nodes(&self) -> DbResult<Vec<i64>> {
        match self {
            Self::Sqlite(_) => Ok(Vec::new()),
            Self::Postgres(connection) => connection.held_nodes(),
        }
    }

    /// Whether nobody holds another node any more, in a transaction until whose end nobody can.
    pub(super) fn is_gone(&self, other: i64) -> DbResult<bool> {
        match self {
            Self::Sqlite(_) => Ok(true),
            Self::Postgres(connection) => connection.is_gone(other),
        }
    }

    pub(super) fn set_busy_timeout(&self, timeout: Duration) -> DbResult<()> {
        match self {
            Self::Sqlite(connection) => sqlite::set_busy_timeout(connection, timeout),
            Self::Postgres(connection) => connection.set_busy_timeout(timeout),
        }
    }

    /// A number that is another one after another connection has written, and costs next to nothing to ask for.
    pub(super) fn version_of_others(&self) -> DbResult<i64> {
        let sql = match self {
            Self::Sqlite(_) => "PRAGMA data_version",
            // What is under way is part of it, so it is another one when that ends.
            Self::Postgres(_) => "SELECT hashtextextended(pg_current_snapshot()::text, 0)",
        };
        self.query_row(sql, &[], |row| row.get(0))
    }

    /// Makes what is committed outlive a power cut; `Some`: the setting that cannot be had.
    pub(super) fn make_durable(&self) -> DbResult<Option<&'static str>> {
        match self {
            Self::Sqlite(connection) => sqlite::make_durable(connection),
            // Looked at whenever a connection is made.
            Self::Postgres(_) => Ok(None),
        }
    }
}

/// What kind of failure it is, where that decides what is said.
pub(super) fn failure(error: &DbError) -> Failure {
    match error {
        DbError::Sqlite(error) => sqlite::failure(error),
        DbError::Postgres(error) => postgres::failure(error),
        DbError::Lost | DbError::Silent => Failure::Unreachable,
        _ => Failure::Other,
    }
}
