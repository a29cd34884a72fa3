//! PostgreSQL: a schema of a database, on a server that keeps what it has acknowledged.

mod client;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::error::Error;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use futures_core::Stream as _;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{RowStream, Statement};

use super::value::{Columns, DbError, DbResult, Failure, Go, Param, Params, Row, Value, params};
use crate::limits::{DATABASE_IDLE_IN_TRANSACTION, DATABASE_SILENCE, DATABASE_STATEMENT};
use crate::place::PostgresUrl;
use client::{Client, Coming};

/// The first half of the key of the lock of writers, `toll` in ASCII; the other half is the number of the schema.
const LOCK: i32 = 0x746f_6c6c;

/// What `refuse_ended_node` says of a server that others have seen gone.
const ENDED_NODE: &str = "TG001";

/// Which schema is the first of the search path, and whether every user may create in it. Names of the system alone are used, written out:
/// the path may lead to what somebody else has made.
const SCHEMA: &str = "SELECT nspname::pg_catalog.text, oid::pg_catalog.int8, pg_catalog.has_schema_privilege('public', oid, 'CREATE')
    FROM pg_catalog.pg_namespace WHERE nspname OPERATOR(pg_catalog.=) pg_catalog.current_schema()";

/// A connection, which is made anew when it was lost and nothing was under way on it.
pub(super) struct Connection {
    url: PostgresUrl,
    busy_timeout: Cell<Duration>,
    /// `None` after it was lost, until it is made again; and while it is dropped.
    client: RefCell<Option<Client>>,
    /// The statements that are ready, by their text.
    ready: RefCell<HashMap<String, Statement>>,
    /// What will come of the statements of the transaction that were sent and not waited for, in their order.
    coming: RefCell<Vec<Coming>>,
    transaction: Cell<Transaction>,
    /// The schema that was found first: it stays that one.
    schema: Schema,
    /// Whether the connection is lost now, for tests.
    #[cfg(feature = "faults")]
    fails: RefCell<Option<Box<dyn FnMut() -> bool + Send>>>,
}

/// The schema with our tables.
#[derive(Debug, Clone)]
struct Schema {
    name: String,
    /// The number of it, as the second half of the key of a lock.
    key: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transaction {
    None,
    Open,
    /// A statement of it failed: the server keeps nothing of it, whatever comes, and answers `COMMIT` as if it did.
    Failed,
}

/// Whether a statement is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Now,
    Later,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("url", &self.url)
            .field("transaction", &self.transaction)
            .finish_non_exhaustive()
    }
}

impl Connection {
    pub(super) fn open(url: &PostgresUrl, busy_timeout: Duration) -> DbResult<Self> {
        let client = Client::connect(url)?;
        let connection = Self {
            url: url.clone(),
            busy_timeout: Cell::new(busy_timeout),
            client: RefCell::new(None),
            ready: RefCell::default(),
            coming: RefCell::default(),
            transaction: Cell::new(Transaction::None),
            // Asked while the path is still the user's; what follows is asked when it is ours alone.
            schema: find_schema(&client)?,
            #[cfg(feature = "faults")]
            fails: RefCell::default(),
        };
        connection.take(client)?;
        Ok(connection)
    }

    /// Makes the connection, again if it was lost.
    fn make(&self) -> DbResult<()> {
        self.lose();
        self.transaction.set(Transaction::None);
        self.take(Client::connect(&self.url)?)
    }

    /// Makes a client ready and works with it from now on.
    fn take(&self, client: Client) -> DbResult<()> {
        let settings = format!(
            "SET search_path = \"{}\"; SET TIME ZONE 'UTC'; SET default_transaction_isolation = 'read committed'; \
             SET lock_timeout = {}; SET statement_timeout = {}; SET idle_in_transaction_session_timeout = {}; \
             SET idle_session_timeout = 0; SET tcp_keepalives_idle = {silence}; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; \
             SET tcp_user_timeout = {silence}000",
            self.schema.name.replace('"', "\"\""),
            self.busy_timeout.get().as_millis(),
            DATABASE_STATEMENT.as_millis(),
            DATABASE_IDLE_IN_TRANSACTION.as_millis(),
            silence = DATABASE_SILENCE.as_secs(),
        );
        client.wait(|client| client.batch_execute(&settings))?;
        must_be_durable(&client)?;
        *self.client.borrow_mut() = Some(client);
        Ok(())
    }

    /// Takes the lock of a node, unless this connection has it: a lock that is taken twice is left twice.
    pub(super) fn try_hold(&self, node: i64) -> DbResult<bool> {
        let key = self.key_of(node)?;
        let mut held = false;
        self.query(
            (
                "SELECT CASE WHEN EXISTS (
                   SELECT 1 FROM pg_catalog.pg_locks
                   WHERE locktype = 'advisory' AND objsubid = 1 AND (classid::int8 << 32) | objid::int8 = ?1
                   AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
                   AND pid = pg_backend_pid() AND granted
                 ) THEN true ELSE pg_try_advisory_lock(?1) END",
                params![key],
            ),
            &mut |row| {
                held = row.get(0)?;
                Ok(Go::Continue(()))
            },
        )?;
        Ok(held)
    }

    /// The nodes that somebody holds now.
    pub(super) fn held_nodes(&self) -> DbResult<Vec<i64>> {
        let mut held = Vec::new();
        self.query(
            (
                "SELECT objid::int8 FROM pg_catalog.pg_locks
                 WHERE locktype = 'advisory' AND objsubid = 1 AND classid::int8 = ?1 AND granted
                 AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())",
                params![i64::from(self.schema.key.cast_unsigned())],
            ),
            &mut |row| {
                held.push(row.get(0)?);
                Ok(Go::Continue(()))
            },
        )?;
        Ok(held)
    }

    /// Whether nobody holds a node, in a transaction until whose end nobody can.
    pub(super) fn is_gone(&self, node: i64) -> DbResult<bool> {
        let key = self.key_of(node)?;
        let mut is_gone = false;
        self.query(
            ("SELECT pg_try_advisory_xact_lock(?1)", params![key]),
            &mut |row| {
                is_gone = row.get(0)?;
                Ok(Go::Continue(()))
            },
        )?;
        Ok(is_gone)
    }

    /// The key of a node's lock: the number of the schema, and behind it that of the node.
    fn key_of(&self, node: i64) -> DbResult<i64> {
        let node = u32::try_from(node).map_err(|_| DbError::out_of_range(0, node))?;
        Ok((i64::from(self.schema.key) << 32) | i64::from(node))
    }

    /// Ends the connection. A transaction that is open is undone by the server.
    fn lose(&self) {
        self.client.take();
        self.ready.borrow_mut().clear();
        self.coming.take();
    }

    pub(super) fn set_busy_timeout(&self, timeout: Duration) -> DbResult<()> {
        self.busy_timeout.set(timeout);
        self.batch(&format!("SET lock_timeout = {}", timeout.as_millis()))
    }

    /// Begins a transaction that writes, when no other one of this schema does: as with one file, writers wait for each other.
    /// Every act appends to the chain of the audit log, so they have to.
    /// For a node, only while nobody has seen that gone.
    pub(super) fn begin_write(&self, node: Option<i64>) -> DbResult<()> {
        let fence = node.map(|node| format!("; SELECT refuse_ended_node({node})"));
        self.begin(&format!(
            "BEGIN; SELECT pg_advisory_xact_lock({LOCK}, {}){}",
            self.schema.key,
            fence.unwrap_or_default()
        ))
    }

    /// Begins a transaction that reads one moment.
    pub(super) fn begin_read(&self) -> DbResult<()> {
        self.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1")
    }

    fn begin(&self, sql: &str) -> DbResult<()> {
        let begin = || {
            if self.client.borrow().is_none() {
                self.make()?;
            }
            self.transaction.set(Transaction::Open);
            self.batch(sql)
        };
        let begun = match begin() {
            Err(error) if failure_of(&error) == Failure::Unreachable => {
                // Nothing was done yet, so nothing can be done twice.
                self.make()?;
                begin()
            }
            begun => begun,
        };
        if begun.is_err() {
            // A server that has refused a part of it refuses everything until the end of the transaction.
            self.roll_back().ok();
        }
        begun
    }

    pub(super) fn commit(&self) -> DbResult<()> {
        if self.transaction.get() != Transaction::Open {
            return Err(DbError::FailedBefore);
        }
        // A server that has refused one of them answers `COMMIT` as if it kept the rest.
        self.settle()?;
        self.batch("COMMIT")?;
        self.transaction.set(Transaction::None);
        Ok(())
    }

    pub(super) fn roll_back(&self) -> DbResult<()> {
        // Whatever comes of it is undone.
        self.coming.take();
        match self.batch("ROLLBACK") {
            // The server has done it by then.
            Err(error) if failure_of(&error) != Failure::Unreachable => return Err(error),
            Ok(()) | Err(_) => {}
        }
        self.transaction.set(Transaction::None);
        Ok(())
    }

    pub(super) fn is_at_rest(&self) -> bool {
        self.transaction.get() == Transaction::None
    }

    /// Runs statements that take no parameters.
    pub(super) fn batch(&self, sql: &str) -> DbResult<()> {
        self.run(|client| client.wait(|client| client.batch_execute(sql)))
    }

    pub(super) fn execute(&self, sql: &str, params: Params<'_>) -> DbResult<usize> {
        let params = bound(params)?;
        let ask = || {
            self.run(|client| {
                let statement = self.prepared(client, (sql, &params))?;
                client.wait(|client| client.execute_raw(&statement, as_sql(&params)))
            })
        };
        let changed = match ask() {
            Err(error) if self.may_ask_again(&error) => ask(),
            asked => asked,
        };
        usize::try_from(changed?).map_err(|_| DbError::Changed {
            changed: usize::MAX,
        })
    }

    /// Changes rows. In a transaction the server is not waited for: a failure is told by the statement that is waited for next, at
    /// the latest by the commit.
    pub(super) fn write(&self, sql: &str, params: Params<'_>) -> DbResult<()> {
        if self.transaction.get() != Transaction::Open {
            return self.execute(sql, params).map(drop);
        }
        let params = bound(params)?;
        self.run_with(Answer::Later, |client| {
            let statement = self.prepared(client, (sql, &params))?;
            let params: Vec<Kept> = params.iter().map(Kept::of).collect();
            self.send(client, |client| async move {
                client.execute_raw(&statement, params).await.map(drop)
            })
        })
    }

    /// Begins a part of a transaction that can be undone alone, as [`Connection::write`] does.
    pub(super) fn begin_part(&self) -> DbResult<()> {
        self.run_with(Answer::Later, |client| {
            self.send(client, |client| async move {
                client.batch_execute("SAVEPOINT part").await
            })
        })
    }

    fn send<F>(
        &self,
        client: &Client,
        ask: impl FnOnce(Arc<tokio_postgres::Client>) -> F,
    ) -> DbResult<()>
    where
        F: Future<Output = Result<(), tokio_postgres::Error>> + Send + 'static,
    {
        self.coming.borrow_mut().push(client.send(ask)?);
        Ok(())
    }

    /// Waits for what was sent and not waited for.
    fn settle(&self) -> DbResult<()> {
        if self.coming.borrow().is_empty() {
            return Ok(());
        }
        self.run(|_| Ok(()))
    }

    /// What has come of what was sent; the first failure of it, which made those behind it fail.
    fn arrived(&self, client: &Client) -> DbResult<()> {
        match self.coming.take() {
            none if none.is_empty() => Ok(()),
            coming => client.receive(coming),
        }
    }

    /// Hands each row to `each` until that says to stop.
    pub(super) fn query(
        &self,
        (sql, params): (&str, Params<'_>),
        each: &mut dyn FnMut(&Row<'_>) -> DbResult<Go>,
    ) -> DbResult<()> {
        let params = bound(params)?;
        let mut handed_out = 0_u64;
        let mut read = Ok(());
        let mut ask = |handed_out: &mut u64| {
            self.run(|client| {
                let statement = self.prepared(client, (sql, &params))?;
                let rows = client.wait(|client| client.query_raw(&statement, as_sql(&params)))?;
                let mut rows = pin!(rows);
                while let Some(row) = client.wait(|_| next(rows.as_mut()))? {
                    *handed_out += 1;
                    match each(&Row(&row)) {
                        Ok(Go::Continue(())) => {}
                        Ok(Go::Break(())) => break,
                        Err(error) => {
                            read = Err(error);
                            break;
                        }
                    }
                }
                Ok(())
            })
        };
        match ask(&mut handed_out) {
            // What was handed out is not handed out twice.
            Err(error) if handed_out == 0 && self.may_ask_again(&error) => ask(&mut handed_out),
            asked => asked,
        }?;
        read
    }

    /// Whether a statement may be asked once more that failed with this: outside of a transaction, where it reads or writes what may be written twice, when the
    /// connection was lost. It is made again before the statement is.
    fn may_ask_again(&self, error: &DbError) -> bool {
        let was_lost = self.is_at_rest() && failure_of(error) == Failure::Unreachable;
        if was_lost {
            self.lose();
        }
        was_lost
    }

    fn run<T>(&self, work: impl FnOnce(&Client) -> DbResult<T>) -> DbResult<T> {
        self.run_with(Answer::Now, work)
    }

    fn run_with<T>(
        &self,
        answer: Answer,
        work: impl FnOnce(&Client) -> DbResult<T>,
    ) -> DbResult<T> {
        // What comes after a loss is no part of the transaction that was open.
        if self.client.borrow().is_none() && self.is_at_rest() {
            self.make()?;
        }
        self.fail_if_told()?;
        let done = match self.client.borrow().as_ref() {
            None => Err(DbError::Lost),
            Some(client) => match (work(client), answer) {
                (Err(error), _) if failure_of(&error) == Failure::Unreachable => Err(error),
                (Ok(done), Answer::Later) => Ok(done),
                (done, _) => self.arrived(client).and(done),
            },
        };
        if done
            .as_ref()
            .is_err_and(|error| failure_of(error) == Failure::Unreachable)
        {
            // What is silent could answer the next statement with this one's answer; what takes no writes is not asked again.
            self.lose();
        }
        let done = done.and_then(|value| self.fail_if_told().map(|()| value));
        if done.is_err() && self.transaction.get() == Transaction::Open {
            self.transaction.set(Transaction::Failed);
        }
        done
    }

    /// A statement that is ready. Its parameters have the types of these, also where they are NULL.
    fn prepared(
        &self,
        client: &Client,
        (sql, params): (&str, &[Param<'_>]),
    ) -> DbResult<Statement> {
        if let Some(statement) = self.ready.borrow().get(sql) {
            return Ok(statement.clone());
        }
        let types: Vec<Type> = params.iter().map(type_of).collect();
        let sql_of_postgres = numbered(sql);
        let statement = client.wait(|client| client.prepare_typed(&sql_of_postgres, &types))?;
        let kept = statement.clone();
        self.ready.borrow_mut().insert(sql.to_owned(), kept);
        Ok(statement)
    }

    #[cfg(not(feature = "faults"))]
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "it does something in tests"
    )]
    fn fail_if_told(&self) -> DbResult<()> {
        Ok(())
    }

    /// Loses the connection where a test wants it.
    #[cfg(feature = "faults")]
    fn fail_if_told(&self) -> DbResult<()> {
        let now = self
            .fails
            .borrow_mut()
            .as_mut()
            .is_some_and(|fails| fails());
        if !now {
            return Ok(());
        }
        self.lose();
        Err(DbError::Lost)
    }

    /// Loses the connection from now on whenever `fails` says so, which is asked before each statement and after it.
    #[cfg(feature = "faults")]
    pub(super) fn fail_when(&self, fails: Option<Box<dyn FnMut() -> bool + Send>>) {
        *self.fails.borrow_mut() = fails;
    }
}

fn find_schema(client: &Client) -> DbResult<Schema> {
    let row = client.wait(|client| client.query_opt(SCHEMA, &[]))?;
    let row = row.ok_or(DbError::NoSchema)?;
    let (name, number): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
    if row.try_get(2)? {
        return Err(DbError::OpenSchema { schema: name });
    }
    let key = u32::try_from(number).map_err(|_| DbError::out_of_range(1, number))?;
    Ok(Schema {
        name,
        key: key.cast_signed(),
    })
}

/// Refuses a server that could lose what it has acknowledged.
fn must_be_durable(client: &Client) -> DbResult<()> {
    let ask = "SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit')";
    let row = client.wait(|client| client.query_one(ask, &[]))?;
    let wanted = ["fsync=on", "full_page_writes=on", "synchronous_commit=on"];
    for (column, setting) in wanted.into_iter().enumerate() {
        if row.try_get::<_, &str>(column)? == "off" {
            return Err(DbError::NotDurable { setting });
        }
    }
    Ok(())
}

/// The next row of those that come.
async fn next(
    mut rows: Pin<&mut RowStream>,
) -> Result<Option<tokio_postgres::Row>, tokio_postgres::Error> {
    poll_fn(|context| rows.as_mut().poll_next(context))
        .await
        .transpose()
}

/// Parameters as PostgreSQL writes them: `$1` for `?1`. No statement has a question mark that means something else.
fn numbered(sql: &str) -> String {
    sql.replace('?', "$")
}

fn bound<'a>(params: Params<'a>) -> DbResult<Vec<Param<'a>>> {
    let params: Vec<Param<'a>> = params.iter().map(|value| value.param()).collect();
    let has_zero =
        |param: &Param<'_>| matches!(param, Param::Text(Some(text)) if text.contains('\0'));
    match params.iter().any(has_zero) {
        true => Err(DbError::ZeroByte),
        false => Ok(params),
    }
}

fn as_sql<'a>(params: &'a [Param<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    params
        .iter()
        .map(|param| param as &(dyn ToSql + Sync))
        .collect()
}

const fn type_of(param: &Param<'_>) -> Type {
    match param {
        Param::Int(_) => Type::INT8,
        Param::Real(_) => Type::FLOAT8,
        Param::Text(_) => Type::TEXT,
        Param::Bytes(_) => Type::BYTEA,
    }
}

impl ToSql for Param<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Int(value) => value.to_sql(ty, out),
            Self::Real(value) => value.to_sql(ty, out),
            Self::Text(value) => value.to_sql(ty, out),
            Self::Bytes(value) => value.to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        [Type::INT8, Type::FLOAT8, Type::TEXT, Type::BYTEA].contains(ty)
    }

    to_sql_checked!();
}

/// A parameter of a statement that is on its way.
#[derive(Debug)]
enum Kept {
    Int(Option<i64>),
    Real(Option<f64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

impl Kept {
    fn of(param: &Param<'_>) -> Self {
        match *param {
            Param::Int(value) => Self::Int(value),
            Param::Real(value) => Self::Real(value),
            Param::Text(value) => Self::Text(value.map(str::to_owned)),
            Param::Bytes(value) => Self::Bytes(value.map(<[u8]>::to_vec)),
        }
    }

    fn param(&self) -> Param<'_> {
        match self {
            Self::Int(value) => Param::Int(*value),
            Self::Real(value) => Param::Real(*value),
            Self::Text(value) => Param::Text(value.as_deref()),
            Self::Bytes(value) => Param::Bytes(value.as_deref()),
        }
    }
}

impl ToSql for Kept {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.param().to_sql(ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        <Param<'_> as ToSql>::accepts(ty)
    }

    to_sql_checked!();
}

impl Columns for tokio_postgres::Row {
    fn value(&self, column: usize) -> DbResult<Option<Value<'_>>> {
        let Some(of) = self.columns().get(column) else {
            return Ok(None);
        };
        let value = match *of.type_() {
            Type::BOOL => self
                .try_get::<_, Option<bool>>(column)?
                .map(|value| Value::Int(i64::from(value))),
            Type::INT4 => self
                .try_get::<_, Option<i32>>(column)?
                .map(|value| Value::Int(i64::from(value))),
            Type::INT8 => self.try_get::<_, Option<i64>>(column)?.map(Value::Int),
            Type::FLOAT8 => self.try_get::<_, Option<f64>>(column)?.map(Value::Real),
            Type::TEXT | Type::VARCHAR => self.try_get::<_, Option<&str>>(column)?.map(Value::Text),
            Type::BYTEA => self.try_get::<_, Option<&[u8]>>(column)?.map(Value::Bytes),
            _ => return Ok(None),
        };
        Ok(Some(value.unwrap_or(Value::Null)))
    }
}

fn failure_of(error: &DbError) -> Failure {
    match error {
        DbError::Lost | DbError::Silent => Failure::Unreachable,
        DbError::Postgres(error) => failure(error),
        _ => Failure::Other,
    }
}

/// What kind of failure it is, where that decides what is said.
pub(super) fn failure(error: &tokio_postgres::Error) -> Failure {
    let Some(code) = error.code() else {
        // The server has said nothing: it was not reached, or is gone.
        return if error.is_closed()
            || error
                .source()
                .is_some_and(|source| source.is::<std::io::Error>())
        {
            Failure::Unreachable
        } else {
            Failure::Other
        };
    };
    if code.code() == ENDED_NODE {
        return Failure::Ended;
    }
    match *code {
        SqlState::LOCK_NOT_AVAILABLE | SqlState::T_R_DEADLOCK_DETECTED | SqlState::QUERY_CANCELED => {
            Failure::Busy
        }
        SqlState::DISK_FULL => Failure::Full,
        SqlState::ADMIN_SHUTDOWN
        | SqlState::CRASH_SHUTDOWN
        | SqlState::CANNOT_CONNECT_NOW
        | SqlState::TOO_MANY_CONNECTIONS
        | SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE
        // It was the one that is written to, and is a copy by now.
        | SqlState::READ_ONLY_SQL_TRANSACTION
        | SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
        | SqlState::IDLE_SESSION_TIMEOUT
        | SqlState::DATABASE_DROPPED
        | SqlState::CONNECTION_EXCEPTION
        | SqlState::CONNECTION_FAILURE
        | SqlState::CONNECTION_DOES_NOT_EXIST => Failure::Unreachable,
        _ => Failure::Other,
    }
}
