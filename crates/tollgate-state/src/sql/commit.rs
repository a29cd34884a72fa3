//! Effects of a decision: one transaction, once for an id.

use super::connection::Connection;
use super::value::{DbResult, Optional as _, params};
use super::{Store, mana};
use crate::commit::{Commit, CommitOutcome, Effect, check};
use crate::error::{StateError, invalid};

impl Store {
    /// Commits the effects of a decision: all of them and the settlement, or nothing.
    ///
    /// # Errors
    /// [`StateError::Invalid`] when there are more than [`EFFECTS_PER_COMMIT_MAX`](crate::limits::EFFECTS_PER_COMMIT_MAX)
    /// effects, a value is longer than [`VALUE_BYTES_MAX`](crate::limits::VALUE_BYTES_MAX), or the reservation is not open;
    /// [`StateError::Busy`], [`StateError::Database`].
    ///
    /// # Example
    /// ```
    /// use tollgate_state::{Commit, CommitOutcome, Effect, Store};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// let mut store = Store::create(&folder.path().join("state.db"))?;
    /// let effects = [Effect::Put { store: "offers".into(), key: "o1".into(), value: "accepted".into() }];
    /// let commit = Commit { id: "call 1", effects: &effects, settle: &[], outcome: "", at: 1_000 };
    /// assert_eq!(store.commit(&commit)?, CommitOutcome::Committed);
    /// assert_eq!(store.commit(&commit)?, CommitOutcome::AlreadyCommitted);
    /// assert_eq!(store.history("offers", "o1")?, ["accepted"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn commit(&mut self, commit: &Commit<'_>) -> Result<CommitOutcome, StateError> {
        check(commit)?;
        self.write_or_undo("committing effects to", |tx| {
            let fresh = tx.query_row(
                "INSERT INTO commit_log (id, at, outcome) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING RETURNING seq",
                params![commit.id, commit.at, commit.outcome],
                |row| row.get(0),
            );
            let Some(seq) = fresh.optional()? else {
                return Ok(CommitOutcome::AlreadyCommitted);
            };
            for effect in commit.effects {
                write_effect(tx, effect, seq)?;
            }
            for (reservation, used) in commit.settle {
                if mana::settle_in(tx, reservation, *used)?.is_none() {
                    return Err(not_open(commit).into());
                }
            }
            Ok(CommitOutcome::Committed)
        })
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

fn not_open(commit: &Commit<'_>) -> StateError {
    let ids: Vec<&str> = commit.settle.iter().map(|(id, _)| *id).collect();
    invalid(
        "reservation",
        ids.join("`, `"),
        "each must be open and hold at least what was used",
    )
}

fn write_effect(tx: &Connection, effect: &Effect, commit: i64) -> DbResult<usize> {
    match effect {
        Effect::Put { store, key, value } => tx.execute(
            "INSERT INTO entry (store, key, value, commit_seq) VALUES (?1, ?2, ?3, ?4)",
            params![store, key, value, commit],
        ),
        Effect::Emit {
            event_type,
            payload,
        } => tx.execute(
            "INSERT INTO event (type, payload, commit_seq) VALUES (?1, ?2, ?3)",
            params![event_type, payload, commit],
        ),
    }
}
