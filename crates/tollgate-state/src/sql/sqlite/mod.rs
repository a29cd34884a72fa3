//! SQLite: one file in WAL mode with `synchronous=FULL`.

mod file;

use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags};

pub(in crate::sql) use file::StateFile;

use super::value::{Columns, DbResult, Failure, Go, Param, Params, Row, Value};

/// Statements that a connection keeps ready: more than there are.
const STATEMENTS_KEPT: usize = 256;

/// Opens a file that was looked at.
pub(super) fn open(file: &StateFile) -> DbResult<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    // Absolute, so that SQLite takes it for a path and neither for a URI nor for `:memory:`.
    let connection = Connection::open_with_flags(&file.real, flags)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(connection)
}

/// Makes what is committed outlive a power cut; `Some`: the setting that cannot be had.
pub(super) fn make_durable(connection: &Connection) -> DbResult<Option<&'static str>> {
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;",
    )?;
    let synchronous: i64 = connection.query_row("PRAGMA synchronous", [], |row| row.get(0))?;
    Ok(match (&*mode, synchronous) {
        ("wal", 2) => None,
        ("wal", _) => Some("synchronous=FULL"),
        _ => Some("journal_mode=WAL"),
    })
}

pub(super) fn set_busy_timeout(connection: &Connection, timeout: Duration) -> DbResult<()> {
    Ok(connection.busy_timeout(timeout)?)
}

pub(super) fn execute(connection: &Connection, sql: &str, params: Params<'_>) -> DbResult<usize> {
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.execute(bound(params))?)
}

/// Hands each row to `each` until that says to stop.
pub(super) fn query(
    connection: &Connection,
    (sql, params): (&str, Params<'_>),
    each: &mut dyn FnMut(&Row<'_>) -> DbResult<Go>,
) -> DbResult<()> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(bound(params))?;
    while let Some(row) = rows.next()? {
        if each(&Row(row))?.is_break() {
            break;
        }
    }
    Ok(())
}

fn bound<'a>(params: Params<'a>) -> rusqlite::ParamsFromIter<impl Iterator<Item = Param<'a>>> {
    rusqlite::params_from_iter(params.iter().map(|value| value.param()))
}

impl rusqlite::ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match *self {
            Self::Int(value) => value.map(ValueRef::Integer),
            Self::Real(value) => value.map(ValueRef::Real),
            Self::Text(value) => value.map(|text| ValueRef::Text(text.as_bytes())),
            Self::Bytes(value) => value.map(ValueRef::Blob),
        };
        Ok(ToSqlOutput::Borrowed(value.unwrap_or(ValueRef::Null)))
    }
}

impl Columns for rusqlite::Row<'_> {
    fn value(&self, column: usize) -> DbResult<Option<Value<'_>>> {
        Ok(match self.get_ref(column)? {
            ValueRef::Null => Some(Value::Null),
            ValueRef::Integer(value) => Some(Value::Int(value)),
            ValueRef::Real(value) => Some(Value::Real(value)),
            ValueRef::Text(text) => std::str::from_utf8(text).ok().map(Value::Text),
            ValueRef::Blob(bytes) => Some(Value::Bytes(bytes)),
        })
    }
}

/// What kind of failure it is, where that decides what is said.
pub(super) fn failure(error: &rusqlite::Error) -> Failure {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked, DiskFull, NotADatabase};
    match error.sqlite_error_code() {
        Some(DatabaseBusy | DatabaseLocked) => Failure::Busy,
        Some(DiskFull) => Failure::Full,
        Some(NotADatabase) => Failure::Foreign,
        _ => Failure::Other,
    }
}
