//! What goes into a statement and comes out of a row, in the words that every adapter has: whole numbers, numbers, text and bytes.

use std::fmt;

/// A result of a statement.
pub(super) type DbResult<T> = Result<T, DbError>;

/// Why a statement did not do what it should.
#[derive(Debug, thiserror::Error)]
pub(super) enum DbError {
    /// There is no row where one was asked for.
    #[error("there is no such row")]
    NoRow,
    /// What stands in a column was not written by this build.
    #[error("column {column} does not hold {wanted}")]
    Column { column: usize, wanted: &'static str },
    /// A number that cannot stand where it does.
    #[error("column {column} holds {number}, which is not one of its values")]
    OutOfRange { column: usize, number: i64 },
    /// A statement changed another number of rows than it may.
    #[error("{changed} rows were changed, not 1")]
    Changed { changed: usize },
    /// A text that the database cannot keep.
    #[error("PostgreSQL keeps no text with a zero byte")]
    ZeroByte,
    /// A server that begins has a number that is another one's.
    #[error("somebody holds the number of a server that begins")]
    HeldBefore,
    /// The connection went away.
    #[error("the connection to the database was lost")]
    Lost,
    /// The server says nothing any more.
    #[error("the server of the database does not answer")]
    Silent,
    /// What waits for the server could not be made.
    #[error("the connection cannot be made ready")]
    Runtime(#[source] std::io::Error),
    /// A statement of the transaction failed, so nothing of it can be kept.
    #[error("the transaction has failed before")]
    FailedBefore,
    /// A database whose tables would have no place.
    #[error(
        "the search path of the database's user names no schema that is there; make one with `CREATE SCHEMA`"
    )]
    NoSchema,
    /// A database that cannot keep every text.
    #[error("the encoding of the database is {encoding}; make one with `ENCODING 'UTF8'`")]
    Encoding { encoding: String },
    /// A server that could lose what it has acknowledged.
    #[error("it does not run with {setting}")]
    NotDurable { setting: &'static str },
    /// A schema into which others can put what is taken for ours.
    #[error(
        "every user may create in the schema `{schema}`; take that away with `REVOKE CREATE ON SCHEMA \"{schema}\" FROM PUBLIC`"
    )]
    OpenSchema { schema: String },
    /// No connection with TLS can be made.
    #[error("TLS cannot be begun")]
    Tls {
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A number that no column can keep.
    #[error("{number} is more than a column can hold")]
    TooLarge { number: u64 },
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Postgres(#[from] tokio_postgres::Error),
}

impl DbError {
    pub(super) const fn out_of_range(column: usize, number: i64) -> Self {
        Self::OutOfRange { column, number }
    }
}

/// What kind of failure it is, where that decides what is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// Another writer took too long.
    Busy,
    /// The disk is full.
    Full,
    /// What is there is no database.
    Foreign,
    /// The server of the database cannot be reached, or went away.
    Unreachable,
    /// Others have seen that the server whose write it is was gone.
    Ended,
    Other,
}

/// What comes next in a walk over rows.
pub(super) type Go = std::ops::ControlFlow<()>;

/// A row that may not be there.
pub(super) trait Optional<T> {
    /// `None` when there is no row.
    fn optional(self) -> DbResult<Option<T>>;
}

impl<T> Optional<T> for DbResult<T> {
    fn optional(self) -> DbResult<Option<T>> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(DbError::NoRow) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// What stands for a parameter of a statement. `None` is NULL, of that type.
#[derive(Clone, Copy)]
pub(super) enum Param<'a> {
    Int(Option<i64>),
    Real(Option<f64>),
    Text(Option<&'a str>),
    Bytes(Option<&'a [u8]>),
}

impl fmt::Debug for Param<'_> {
    /// Without the value, which may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Int(_) => "Int",
            Self::Real(_) => "Real",
            Self::Text(_) => "Text",
            Self::Bytes(_) => "Bytes",
        })
    }
}

/// The parameters of a statement, `?1` first.
pub(super) type Params<'a> = &'a [&'a dyn ToParam];

/// What can be a parameter.
pub(super) trait ToParam {
    fn param(&self) -> Param<'_>;
}

/// The parameters of a statement.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$(&$value as &dyn $crate::sql::value::ToParam),*]
    };
}
pub(super) use params;

macro_rules! to_param {
    ($($type:ty: $as:ident($value:ident) => $kind:ident $of:expr;)*) => {
        $(impl ToParam for $type {
            fn param(&self) -> Param<'_> {
                let $value = self;
                Param::$kind(Some($of))
            }
        }
        impl ToParam for Option<$type> {
            fn param(&self) -> Param<'_> {
                Param::$kind(self.as_ref().map(|$value| $of))
            }
        })*
    };
}

to_param! {
    i64: as(value) => Int *value;
    bool: as(value) => Int i64::from(*value);
    u16: as(value) => Int i64::from(*value);
    f64: as(value) => Real *value;
    &str: as(value) => Text &**value;
    String: as(value) => Text value.as_str();
    [u8; 32]: as(value) => Bytes value.as_slice();
    &[u8]: as(value) => Bytes &**value;
}

impl<T: ToParam + ?Sized> ToParam for &T {
    fn param(&self) -> Param<'_> {
        (**self).param()
    }
}

/// What stands in a column.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    Null,
    Int(i64),
    Real(f64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

/// What a column can be read as.
pub(super) trait FromColumn: Sized {
    /// What it is, for whoever reads that it is not.
    const WANTED: &'static str;

    fn from_value(value: Value<'_>) -> Option<Self>;
}

macro_rules! from_column {
    ($($type:ty, $wanted:literal, $pattern:pat => $of:expr;)*) => {
        $(impl FromColumn for $type {
            const WANTED: &'static str = $wanted;

            fn from_value(value: Value<'_>) -> Option<Self> {
                match value {
                    $pattern => $of,
                    _ => None,
                }
            }
        })*
    };
}

from_column! {
    i64, "a whole number", Value::Int(value) => Some(value);
    u16, "a small whole number", Value::Int(value) => u16::try_from(value).ok();
    bool, "a truth value", Value::Int(value) => Some(value != 0);
    f64, "a number", Value::Real(value) => Some(value);
    String, "a text", Value::Text(value) => Some(value.to_owned());
    [u8; 32], "32 bytes", Value::Bytes(value) => value.try_into().ok();
    Vec<u8>, "bytes", Value::Bytes(value) => Some(value.to_vec());
}

impl<T: FromColumn> FromColumn for Option<T> {
    const WANTED: &'static str = T::WANTED;

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}

/// The columns of a row, however the database gives them.
pub(super) trait Columns {
    /// What stands in a column, counted from 0; `None` when it is of no type that this knows.
    fn value(&self, column: usize) -> DbResult<Option<Value<'_>>>;
}

/// A row that a statement has found.
pub(super) struct Row<'r>(pub(super) &'r dyn Columns);

impl Row<'_> {
    /// What stands in a column, counted from 0.
    pub(super) fn get<T: FromColumn>(&self, column: usize) -> DbResult<T> {
        let value = self.0.value(column)?;
        value.and_then(T::from_value).ok_or(DbError::Column {
            column,
            wanted: T::WANTED,
        })
    }
}

/// A number that is never below zero. A database that has one was changed by somebody else, which is an error.
pub(super) fn unsigned(row: &Row<'_>, column: usize) -> DbResult<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| DbError::out_of_range(column, number))
}

/// An amount of money as a column keeps it, which is that amount or none. Amounts were checked to be far below the border.
pub(super) fn amount(number: u64) -> DbResult<i64> {
    i64::try_from(number).map_err(|_| DbError::TooLarge { number })
}

/// A number of which above the border is as good as at it, as a column keeps it: of a quota, of gas, of bytes.
pub(super) fn clamped(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// As [`unsigned`], of a number that may not be there.
pub(super) fn optional(row: &Row<'_>, column: usize) -> DbResult<Option<u64>> {
    let number: Option<i64> = row.get(column)?;
    number.map(|_| unsigned(row, column)).transpose()
}
