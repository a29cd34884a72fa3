//! Statements: what the runs of a tenant were charged in a time.
//!
//! A statement is added up from the movements of the [ledger](crate::ledger), so it says what that says. What a run cost belongs
//! to the time in which it was charged, which is when its end was written down.

use crate::error::{StateError, invalid};

/// A time, from a moment to before another one, nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its first moment.
    pub from: i64,
    /// The first moment after it.
    pub until: i64,
}

impl Period {
    pub(crate) fn check(&self) -> Result<(), StateError> {
        if self.from < self.until {
            return Ok(());
        }
        let found = format!("{} to {}", self.from, self.until);
        Err(invalid(
            "time of a statement",
            found,
            "it ends after it begins",
        ))
    }
}

/// What a line of a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementBy {
    /// A module.
    Module,
    /// A version of a module.
    Version,
    /// The key that asked for the runs.
    Key,
}

/// Runs that were charged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Charged {
    /// How many.
    pub runs: u64,
    /// How much in all, micro-dollars.
    pub micro_usd: u64,
}

/// A line of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLine {
    /// `NAME`, `NAME@VERSION`, or the prefix of a key.
    pub of: String,
    /// What people call the key, if it is one.
    pub name: Option<String>,
    /// Its runs.
    pub charged: Charged,
}

/// What was charged in a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The dearest first, at most [`STATEMENT_LINES_MAX`](crate::limits::STATEMENT_LINES_MAX).
    pub lines: Vec<StatementLine>,
    /// What no line has: there are more than fit, or the runs are older than the ledger.
    pub others: Charged,
    /// All of it: what the ledger says, and the sum of the others.
    pub all: Charged,
}
