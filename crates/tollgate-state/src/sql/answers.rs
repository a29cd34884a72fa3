//! Answers of runs, with their receipts: how many bytes a tenant has of them, and which go.
//!
//! `tenant.answer_bytes` is the sum of `cast_run.answer_bytes`: both change in one transaction, so nothing is added up when a
//! run begins.

use super::connection::Connection;
use super::value::{DbResult, params, unsigned};
use super::{Store, Undo, audit};
use crate::audit::Act;
use crate::error::StateError;
use crate::limits::{ANSWER_KEPT_NS, ANSWER_KEPT_NS_MIN, ANSWERS_FORGOTTEN_AT_ONCE};

impl Store {
    /// Forgets answers that have been kept for [`ANSWER_KEPT_NS`], with the idempotency keys of their runs, and the keys of runs
    /// that were lost so long ago. Returns how many answers and such keys they were: at most [`ANSWERS_FORGOTTEN_AT_ONCE`] of each
    /// for each tenant.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn forget_answers(&mut self, act: &Act<'_>) -> Result<usize, StateError> {
        let mut forgotten = 0;
        for tenant in self.tenants()? {
            let act = Act {
                tenant: &tenant,
                ..*act
            };
            let ended = act.at.saturating_sub(ANSWER_KEPT_NS);
            let old = |tx: &Connection| -> DbResult<_> {
                let answers = kept_until(tx, act.tenant, ended)?;
                Ok((answers, keys_of_lost(tx, act.tenant, ended)?))
            };
            // As a rule there are none, and nobody waits for that to be seen.
            let (answers, keys) = old(&self.connection).map_err(|e| self.failed("reading", e))?;
            if answers.is_empty() && keys.is_empty() {
                continue;
            }
            forgotten += self.write_or_undo("forgetting answers of", |tx| {
                let (answers, keys) = old(tx)?;
                forget(tx, &act, (&answers, &keys))?;
                Ok(answers.len() + keys.len())
            })?;
        }
        Ok(forgotten)
    }
}

/// Bytes of the answers that are kept. There is the tenant: nothing is kept for one that is not there, and it has no room either.
pub(super) fn bytes(tx: &Connection, tenant: &str) -> DbResult<u64> {
    tx.query_row(
        "SELECT answer_bytes FROM tenant WHERE id = ?1",
        params![tenant],
        |row| unsigned(row, 0),
    )
}

/// Counts an answer that is kept from now on.
pub(super) fn count(tx: &Connection, tenant: &str, bytes: usize) -> DbResult<()> {
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    add(tx, tenant, bytes)
}

/// Forgets answers that have been kept for long enough, until `over` bytes are gone or there are no more; returns how many
/// bytes are.
pub(super) fn make_room(tx: &Connection, act: &Act<'_>, over: u64) -> Result<u64, Undo> {
    let ended = act.at.saturating_sub(ANSWER_KEPT_NS_MIN);
    let mut old = kept_until(tx, act.tenant, ended)?;
    let mut gone = 0_u64;
    let enough = old.iter().position(|answer| {
        gone = gone.saturating_add(answer.bytes);
        gone >= over
    });
    old.truncate(enough.map_or(old.len(), |last| last.saturating_add(1)));
    forget(tx, act, (&old, &[]))?;
    Ok(gone)
}

/// When the oldest answer has been kept for long enough, if there is one.
pub(super) fn next_to_go(tx: &Connection, tenant: &str) -> DbResult<Option<i64>> {
    let oldest: Option<i64> = tx.query_row(
        "SELECT min(ended_at) FROM cast_run WHERE tenant = ?1 AND answer_bytes > 0",
        params![tenant],
        |row| row.get(0),
    )?;
    Ok(oldest.map(|ended| ended.saturating_add(ANSWER_KEPT_NS_MIN)))
}

struct Answer {
    run: String,
    bytes: u64,
}

/// The oldest answers of runs that ended until then, so many as go at once.
fn kept_until(tx: &Connection, tenant: &str, ended: i64) -> DbResult<Vec<Answer>> {
    tx.query_rows(&format!(
        "SELECT id, answer_bytes FROM cast_run WHERE tenant = ?1 AND answer_bytes > 0 AND ended_at <= ?2
         ORDER BY ended_at LIMIT {ANSWERS_FORGOTTEN_AT_ONCE}"
    ), params![tenant, ended], |row| {
        Ok(Answer {
            run: row.get(0)?,
            bytes: unsigned(row, 1)?,
        })
    })
}

/// The oldest keys of runs that were lost until then, so many as go at once.
fn keys_of_lost(tx: &Connection, tenant: &str, lost: i64) -> DbResult<Vec<String>> {
    tx.query_rows(&format!(
        "SELECT key FROM idempotency JOIN cast_run ON cast_run.id = idempotency.cast_id
         WHERE idempotency.tenant = ?1 AND idempotency.at <= ?2 AND cast_run.state = 2 AND cast_run.ended_at <= ?2
         ORDER BY idempotency.at LIMIT {ANSWERS_FORGOTTEN_AT_ONCE}"
    ), params![tenant, lost], |row| row.get(0))
}

/// Forgets answers with their keys, and keys alone.
fn forget(
    tx: &Connection,
    act: &Act<'_>,
    (answers, keys): (&[Answer], &[String]),
) -> Result<(), Undo> {
    if answers.is_empty() && keys.is_empty() {
        return Ok(());
    }
    let mut bytes = 0_i64;
    for answer in answers {
        tx.write(
            "UPDATE cast_run SET answer = NULL, receipt = NULL, answer_bytes = 0 WHERE id = ?1",
            params![&answer.run],
        )?;
        tx.write(
            "DELETE FROM idempotency WHERE cast_id = ?1",
            params![&answer.run],
        )?;
        bytes = bytes.saturating_add(i64::try_from(answer.bytes).unwrap_or(i64::MAX));
    }
    for key in keys {
        tx.write(
            "DELETE FROM idempotency WHERE tenant = ?1 AND key = ?2",
            params![act.tenant, key],
        )?;
    }
    add(tx, act.tenant, -bytes)?;
    // It is nobody's doing.
    let act = Act {
        actor: "server",
        origin: "local",
        ..*act
    };
    let what = audit::What {
        action: "cast.forget",
        object: act.tenant,
        detail: serde_json::json!({ "answers": answers.len(), "bytes": bytes, "keys": keys.len() }),
    };
    audit::append(tx, &act, &what)
}

fn add(tx: &Connection, tenant: &str, bytes: i64) -> DbResult<()> {
    tx.write(
        "UPDATE tenant SET answer_bytes = answer_bytes + ?2 WHERE id = ?1",
        params![tenant, bytes],
    )?;
    Ok(())
}
