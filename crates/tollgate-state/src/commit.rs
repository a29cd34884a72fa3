//! Effects of a decision: written all together, once.

use rusqlite::params;

use crate::limits;
use crate::mana;
use crate::store::{StateError, Store, invalid};

/// What a decision wants to have happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Sets a key of a store. Earlier values stay as history.
    Put {
        store: String,
        key: String,
        value: String,
    },
    /// Appends an event.
    Emit { event_type: String, payload: String },
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
    /// What was decided, as a text that [`Store::outcome`] gives back; empty when nobody will ask.
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

impl Store {
    /// Commits the effects of a decision: all of them and the settlement, or nothing.
    ///
    /// # Errors
    /// [`StateError::Invalid`] when there are more than [`limits::EFFECTS_PER_COMMIT_MAX`] effects, a value is longer than
    /// [`limits::VALUE_BYTES_MAX`], or the reservation is not open; [`StateError::Busy`], [`StateError::Database`].
    pub fn commit(&mut self, commit: &Commit<'_>) -> Result<CommitOutcome, StateError> {
        check(commit)?;
        let outcome = self.write("committing effects to", |tx| {
            let fresh = tx.execute(
                "INSERT OR IGNORE INTO commit_log (id, at, outcome) VALUES (?1, ?2, ?3)",
                params![commit.id, commit.at, commit.outcome],
            )?;
            if fresh == 0 {
                return Ok(CommitOutcome::AlreadyCommitted);
            }
            let seq = tx.last_insert_rowid();
            for effect in commit.effects {
                write_effect(tx, effect, seq)?;
            }
            for (reservation, used) in commit.settle {
                if mana::settle_in(tx, reservation, *used)?.is_none() {
                    // Not open: undo everything by failing the transaction.
                    return Err(rusqlite::Error::QueryReturnedNoRows);
                }
            }
            Ok(CommitOutcome::Committed)
        });
        match outcome {
            Err(StateError::Database {
                source: rusqlite::Error::QueryReturnedNoRows,
                ..
            }) => Err(invalid(
                "reservation",
                commit
                    .settle
                    .iter()
                    .map(|(id, _)| *id)
                    .collect::<Vec<_>>()
                    .join("`, `"),
                "each must be open and hold at least what was used",
            )),
            outcome => outcome,
        }
    }

    /// The outcome that was committed under an id; `None` when nothing was.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn outcome(&self, id: &str) -> Result<Option<String>, StateError> {
        let found = self.rows(
            "SELECT outcome FROM commit_log WHERE id = ?1",
            params![id],
            |row| row.get(0),
        )?;
        Ok(found.into_iter().next())
    }

    /// The events of one type, oldest first.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn events(&self, event_type: &str) -> Result<Vec<String>, StateError> {
        self.rows(
            "SELECT payload FROM event WHERE type = ?1 ORDER BY seq",
            params![event_type],
            |row| row.get(0),
        )
    }

    /// Every value a key has had, oldest first.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn history(&self, store: &str, key: &str) -> Result<Vec<String>, StateError> {
        self.rows(
            "SELECT value FROM entry WHERE store = ?1 AND key = ?2 ORDER BY seq",
            params![store, key],
            |row| row.get(0),
        )
    }
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
        "it has between 1 and 4096 bytes and is used for one call",
    ))
}

fn check(commit: &Commit<'_>) -> Result<(), StateError> {
    check_id(commit.id)?;
    if commit.effects.len() > limits::EFFECTS_PER_COMMIT_MAX {
        return Err(invalid(
            "commit",
            format!("{} effects", commit.effects.len()),
            "it has at most 256 effects",
        ));
    }
    if commit.outcome.len() > limits::OUTCOME_BYTES_MAX {
        return Err(invalid(
            "commit",
            format!("an outcome of {} bytes", commit.outcome.len()),
            "an outcome has at most 65536 bytes",
        ));
    }
    let too_long = commit.effects.iter().find_map(|effect| match effect {
        Effect::Put { value, .. } if value.len() > limits::VALUE_BYTES_MAX => Some(value.len()),
        Effect::Emit { payload, .. } if payload.len() > limits::VALUE_BYTES_MAX => {
            Some(payload.len())
        }
        _ => None,
    });
    match too_long {
        Some(bytes) => Err(invalid(
            "effect",
            format!("a value of {bytes} bytes"),
            "a value has at most 1024 bytes",
        )),
        None => Ok(()),
    }
}

fn write_effect(
    tx: &rusqlite::Connection,
    effect: &Effect,
    commit: i64,
) -> rusqlite::Result<usize> {
    match effect {
        Effect::Put { store, key, value } => tx
            .prepare_cached(
                "INSERT INTO entry (store, key, value, commit_seq) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![store, key, value, commit]),
        Effect::Emit {
            event_type,
            payload,
        } => tx
            .prepare_cached("INSERT INTO event (type, payload, commit_seq) VALUES (?1, ?2, ?3)")?
            .execute(params![event_type, payload, commit]),
    }
}
