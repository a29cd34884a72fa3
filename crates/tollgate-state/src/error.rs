//! Why the state could not be read or written, whichever database keeps it.

use std::path::PathBuf;
use std::time::Duration;

use crate::credential::CredentialError;
use crate::money::Dollars;
use crate::place::Place;

/// Why the state could not be read or written. Nothing is half-written: every write is one transaction.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// There is no file and creating one was not asked for.
    #[error("there is no state at `{}`; make one first", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// Another writer held the state for longer than the busy timeout.
    #[error("the state at `{place}` was locked for {} ms by another writer; try again", waited.as_millis())]
    Busy {
        /// The file or the database.
        place: Place,
        /// How long this waited.
        waited: Duration,
    },
    /// The server of the database is not reached, or went away. What was to be committed just then may have been.
    #[error("the state at `{place}` cannot be reached; try again")]
    Unreachable {
        /// The database.
        place: Place,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There is no folder for it.
    #[error("there is no folder for the state at `{}`; make it first", path.display())]
    Folder {
        /// The file, which would be in it.
        path: PathBuf,
    },
    /// The file could not be opened or made.
    #[error("the state at `{}` cannot be opened", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is a link, somebody else's, or open to others.
    #[error("the state at `{}` is not used: {why}", path.display())]
    NotUsed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Something else: a database of another program, or no database.
    #[error("`{place}` is not a state of Tollgate; name one, or {}", place.nothing_yet())]
    Foreign {
        /// The file or the database.
        place: Place,
    },
    /// The state is of another version of the schema.
    #[error(
        "the state at `{place}` has schema version {found}; this build reads up to version {expected}"
    )]
    Version {
        /// The file or the database.
        place: Place,
        /// The version that it has.
        found: i64,
        /// The newest that this build reads.
        expected: i64,
    },
    /// The database would lose acknowledged commits.
    #[error(
        "the state at `{place}` does not run with {setting}, so a power cut could lose commits"
    )]
    Durability {
        /// The file or the database.
        place: Place,
        /// The setting that it does not have.
        setting: &'static str,
    },
    /// A value that breaks a rule of the schema.
    #[error("`{value}` is not a valid {what}: {rule}")]
    Invalid {
        /// What the value is to be, such as `name`.
        what: &'static str,
        /// The value, or what it is.
        value: String,
        /// The rule that it breaks.
        rule: String,
    },
    /// A credential that does not verify is not stored.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The key that is used was revoked, or has expired, since it was shown.
    #[error("the key `{prefix}` is nothing any more")]
    KeyEnded {
        /// The public part of the key.
        prefix: String,
    },
    /// There is nothing of that name, or nothing that this tenant may know of.
    #[error("there is no {what} `{name}`")]
    Absent {
        /// What it would be, such as `module`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The name is taken.
    #[error("there is a {what} `{name}` already")]
    Taken {
        /// What has the name, such as `module`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// Something else needs it.
    #[error("the {what} `{name}` is used by {by}")]
    InUse {
        /// What it is, such as `version`.
        what: &'static str,
        /// Its name.
        name: String,
        /// What needs it.
        by: String,
    },
    /// Another key of the tenant made it, and this one may not change it.
    #[error("the {what} `{name}` is another key's of this tenant")]
    NotYours {
        /// What it is, such as `module`.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// More than the tenant may spend.
    #[error("it can cost up to {}, and the budget of {} has {} left", dollars(*needed), dollars(*limit), dollars(*left))]
    OverBudget {
        /// What it can cost, micro-dollars.
        needed: u64,
        /// What the budget has left, micro-dollars.
        left: u64,
        /// The whole budget, micro-dollars.
        limit: u64,
    },
    /// A budget above what the operator lets the tenant set.
    #[error("the operator of the server lets this tenant spend up to {}", dollars(*most))]
    AboveCeiling {
        /// The highest budget that the tenant may set, micro-dollars.
        most: u64,
    },
    /// More than the tenant may have.
    #[error("the tenant may have {limit} {}, has {left} left, and this takes {needed}", of.unit())]
    OverQuota {
        /// What the quota is of; the amounts are in its [`unit`](QuotaOf::unit).
        of: QuotaOf,
        /// What this takes.
        needed: u64,
        /// What the tenant has left.
        left: u64,
        /// What the tenant may have.
        limit: u64,
        /// The time from which on there is more, nanoseconds since 1970; `None`: when something is given back.
        ready_at: Option<i64>,
    },
    /// What was to be signed with it was not; nothing of it is written.
    #[error("the receipt could not be signed")]
    Unsealed {
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The disk of the database is full.
    #[error("{action} the state at `{place}` failed: the disk is full; make room and try again")]
    Full {
        /// What was done with the state, such as `writing`.
        action: &'static str,
        /// The file or the database.
        place: Place,
    },
    /// The database failed.
    #[error("{action} the state at `{place}` failed")]
    Database {
        /// What was done with the state, such as `reading`.
        action: &'static str,
        /// The file or the database.
        place: Place,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What there is a quota of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaOf {
    /// Bytes of modules and of answers of runs.
    Storage,
    /// Gas of a day.
    Gas,
}

impl QuotaOf {
    /// What is counted.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Storage => "bytes of modules and answers",
            Self::Gas => "gas a day",
        }
    }
}

fn dollars(micro_usd: u64) -> Dollars {
    Dollars { micro_usd }
}

/// A value that breaks `rule`.
pub(crate) fn invalid(what: &'static str, value: String, rule: impl Into<String>) -> StateError {
    StateError::Invalid {
        what,
        value,
        rule: rule.into(),
    }
}

impl StateError {
    pub(crate) fn absent(what: &'static str, name: &str) -> Self {
        Self::Absent {
            what,
            name: crate::names::shown(name),
        }
    }

    pub(crate) fn taken(what: &'static str, name: &str) -> Self {
        Self::Taken {
            what,
            name: crate::names::shown(name),
        }
    }
}
