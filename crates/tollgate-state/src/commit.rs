//! Effects of a decision: written all together, once.

use crate::error::{StateError, invalid};
use crate::limits;

/// What a decision wants to have happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Sets a key of a store. Earlier values stay as history.
    Put {
        /// The store.
        store: String,
        /// What is looked up.
        key: String,
        /// What is found from then on.
        value: String,
    },
    /// Appends an event.
    Emit {
        /// The kind of event.
        event_type: String,
        /// What it says.
        payload: String,
    },
}

/// Everything that one decision changes.
#[derive(Debug, Clone)]
pub struct Commit<'a> {
    /// The idempotency key: the same one commits once, however often it is tried.
    pub id: &'a str,
    /// In order.
    pub effects: &'a [Effect],
    /// Reservations to settle with what was used, in the same transaction.
    pub settle: &'a [(&'a str, u64)],
    /// What was decided, as a text that [`Store::outcome`](crate::Store::outcome) gives back; empty when nobody will ask.
    pub outcome: &'a str,
    /// Nanoseconds since 1970.
    pub at: i64,
}

/// Whether a commit was the first of its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitOutcome {
    /// Written now.
    Committed,
    /// This id was committed before; nothing was written.
    AlreadyCommitted,
}

/// Whether a text can be the id of a commit: not empty, which is what is left of a variable that was not set, and of at
/// most [`limits::COMMIT_ID_BYTES_MAX`] bytes.
///
/// # Errors
/// [`StateError::Invalid`].
pub fn check_id(id: &str) -> Result<(), StateError> {
    if (1..=limits::COMMIT_ID_BYTES_MAX).contains(&id.len()) {
        return Ok(());
    }
    let shown = id.chars().take(80).collect::<String>();
    Err(invalid(
        "id of a call",
        shown,
        format!(
            "it has between 1 and {} bytes and is used for one call",
            limits::COMMIT_ID_BYTES_MAX
        ),
    ))
}

pub(crate) fn check(commit: &Commit<'_>) -> Result<(), StateError> {
    check_id(commit.id)?;
    if commit.effects.len() > limits::EFFECTS_PER_COMMIT_MAX {
        return Err(invalid(
            "commit",
            format!("{} effects", commit.effects.len()),
            format!("it has at most {} effects", limits::EFFECTS_PER_COMMIT_MAX),
        ));
    }
    if commit.outcome.len() > limits::OUTCOME_BYTES_MAX {
        return Err(invalid(
            "commit",
            format!("an outcome of {} bytes", commit.outcome.len()),
            format!("an outcome has at most {} bytes", limits::OUTCOME_BYTES_MAX),
        ));
    }
    let too_long = commit.effects.iter().find_map(|effect| match effect {
        Effect::Put { value, .. } if value.len() > limits::VALUE_BYTES_MAX => Some(value.len()),
        Effect::Emit { payload, .. } if payload.len() > limits::VALUE_BYTES_MAX => {
            Some(payload.len())
        }
        Effect::Put { .. } | Effect::Emit { .. } => None,
    });
    match too_long {
        Some(bytes) => Err(invalid(
            "effect",
            format!("a value of {bytes} bytes"),
            format!("a value has at most {} bytes", limits::VALUE_BYTES_MAX),
        )),
        None => Ok(()),
    }
}
