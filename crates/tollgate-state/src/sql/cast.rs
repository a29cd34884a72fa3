//! Runs and idempotency keys.

use super::access::may_act;
use super::connection::Connection;
use super::quota::{self, GasOfRun};
use super::value::{DbError, DbResult, Optional as _, Params, Row, params, unsigned};
use super::{Store, Undo, answers, audit, ledger, receipt, registry};
use crate::audit::Act;
use crate::cast::{Begins, Begun, CastEnd, CastEntry, CastState, NewCast, Once, OnceRefusal};
use crate::error::StateError;
use crate::ledger::{Reserve, Resolution, Resolved};
use crate::limits::{CAST_LEASE_NS, PAGE_ROWS_MAX};
use crate::registry::Basis;

const COLUMNS: &str = "seq, id, caller, module, version, digest, started_at, ended_at, state, cost_micro_usd, status, failure, answer, node, (
    SELECT card.id FROM approval_waiter waiter JOIN approval_card card ON card.seq = waiter.card
    WHERE waiter.execution = cast_run.id AND waiter.left_at IS NULL AND card.state = 0 AND cast_run.state = 0 LIMIT 1)";

fn read(row: &Row<'_>) -> DbResult<CastEntry> {
    let state = match row.get::<i64>(8)? {
        0 => CastState::Running,
        1 => CastState::Ended,
        2 => CastState::Lost,
        other => return Err(DbError::out_of_range(8, other)),
    };
    Ok(CastEntry {
        seq: row.get(0)?,
        id: row.get(1)?,
        caller: row.get(2)?,
        module: row.get(3)?,
        version: row.get(4)?,
        digest: row.get(5)?,
        started_at: row.get(6)?,
        ended_at: row.get(7)?,
        state,
        cost_micro_usd: unsigned(row, 9)?,
        status: row.get(10)?,
        failure: row.get(11)?,
        answer: row.get(12)?,
        node: row.get(13)?,
        card: row.get(14)?,
    })
}

impl Store {
    /// What an idempotency key says of this request, if it was used before. Nothing is written.
    ///
    /// # Errors
    /// [`StateError::Invalid`] for a bad key; [`StateError::Database`].
    pub fn promised(&self, tenant: &str, once: &Once<'_>) -> Result<Option<Begun>, StateError> {
        once.check()?;
        before(&self.connection, tenant, once).map_err(|undo| self.undone("reading", undo))
    }

    /// Writes a run down before it begins and reserves the most it can cost, unless its key says otherwise.
    ///
    /// # Errors
    /// [`StateError::OverBudget`], [`StateError::OverQuota`]; [`StateError::Invalid`] for a bad idempotency key; [`StateError::Database`]. Then it must not
    /// begin, and its key is free.
    pub fn begin_cast(&mut self, act: &Act<'_>, new: &NewCast<'_>) -> Result<Begun, StateError> {
        new.check()?;
        let node = self.node;
        self.write_or_undo("writing a run to", |tx| {
            may_act(tx, act)?;
            if let Some(once) = &new.once
                && let Some(before) = before(tx, act.tenant, once)?
            {
                return Ok(before);
            }
            if let Some(basis) = &new.basis
                && !registry::stands(tx, act.tenant, basis)?
            {
                return Ok(Begun::Changed);
            }
            lose_overdue(tx, act)?;
            quota::fits(tx, act, 0)?;
            let reservation = Reserve {
                id: new.id,
                amount: new.reserve_micro_usd,
                expires_at: act.at.saturating_add(CAST_LEASE_NS),
            };
            ledger::reserve(tx, act, &reservation)?;
            quota::reserve_gas(tx, act, new.gas_max)?;
            tx.write("INSERT INTO cast_run (id, tenant, caller, module, version, digest, input_digest, started_at, gas_max, has_begun, node)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)", params![
                new.id, act.tenant, act.actor, new.module, new.version, new.digest, new.input_digest, act.at,
                new.gas_max.cast_signed(), new.begins == Begins::Now, node
            ])?;
            if let Some(Once { key, request }) = new.once {
                tx.write(
                    "INSERT INTO idempotency (tenant, key, request, cast_id, at) VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![act.tenant, key, request, new.id, act.at],
                )?;
            }
            let what = audit::What {
                action: "cast.begin",
                object: new.id,
                detail: serde_json::json!({
                    "module": format!("{}@{}", new.module, new.version),
                    "digest": new.digest,
                    "input_digest": new.input_digest,
                    "reserved_micro_usd": new.reserve_micro_usd,
                    "policy": new.policy,
                }),
            };
            audit::append(tx, act, &what)?;
            Ok(Begun::Now)
        })
    }

    /// Writes down that a run begins which was to begin later, and tells so; `false`: what was decided about it on is another by now.
    ///
    /// # Errors
    /// [`StateError::Absent`] when the tenant has no such run that has not begun, [`StateError::KeyEnded`] when the key that asked
    /// for it is not good any more. Then it must not begin.
    pub fn start_cast(
        &mut self,
        act: &Act<'_>,
        id: &str,
        basis: Option<&Basis<'_>>,
    ) -> Result<bool, StateError> {
        self.write_or_undo("writing the beginning of a run to", |tx| {
            may_act(tx, act)?;
            if let Some(basis) = basis
                && !registry::stands(tx, act.tenant, basis)?
            {
                return Ok(false);
            }
            let begun = tx
                .execute("UPDATE cast_run SET has_begun = 1 WHERE tenant = ?1 AND id = ?2 AND state = 0 AND has_begun = 0", params![act.tenant, id])?;
            match begun {
                0 => Err(StateError::absent("run that has not begun", id).into()),
                _ => Ok(true),
            }
        })
    }

    /// Writes down how a run ended and charges what it cost, once.
    ///
    /// # Errors
    /// [`StateError::Absent`] when the tenant has no such run under way, or its time is over; [`StateError::Invalid`] when the
    /// answer is too long or it costs more than was reserved.
    pub fn end_cast(&mut self, act: &Act<'_>, end: &CastEnd<'_>) -> Result<(), StateError> {
        end.check()?;
        let cost = end.cost_micro_usd.cast_signed();
        self.write_or_undo("writing the end of a run to", |tx| {
            let absent = || StateError::absent("run under way", end.id);
            let sealed = end.receipt.map(|seal| receipt::seal(tx, seal)).transpose()?;
            let line = sealed.as_ref().map(|(_, sealed)| &*sealed.line);
            let kept = end.answer.len().saturating_add(line.map_or(0, str::len));
            let ended = tx
                .query_row("UPDATE cast_run SET state = 1, ended_at = ?3, cost_micro_usd = ?4, status = ?5, answer = ?6, failure = ?7,
                                         gas_used = CASE WHEN ?8 < gas_max THEN ?8 ELSE gas_max END, receipt = ?9, answer_bytes = ?10
                     WHERE tenant = ?1 AND id = ?2 AND state = 0 RETURNING started_at, gas_max, gas_used", 
                    params![
                        act.tenant,
                        end.id,
                        act.at,
                        cost,
                        end.status,
                        end.answer,
                        end.failure,
                        i64::try_from(end.gas_used).unwrap_or(i64::MAX),
                        line,
                        i64::try_from(kept).unwrap_or(i64::MAX)
                    ],
                    gas_of_run,
                )
                .optional()?;
            let gas = ended.ok_or_else(absent)?;
            match ledger::resolve(tx, act, end.id, end.resolution())? {
                Resolved::Now => {}
                // What is over is lost when the next run begins.
                Resolved::Otherwise(_) => return Err(absent().into()),
            }
            quota::settle_gas(tx, act.tenant, &gas)?;
            answers::count(tx, act.tenant, kept)?;
            let what = audit::What {
                action: "cast.end",
                object: end.id,
                detail: serde_json::json!({
                    "failure": end.failure,
                    "cost_micro_usd": cost,
                    "receipt": sealed.as_ref().map(|(place, sealed)| serde_json::json!({
                        "sequence": place.sequence,
                        "digest": hex::encode(sealed.digest),
                    })),
                }),
            };
            audit::append(tx, act, &what)
        })
    }

    /// Notes that a run under way is to be stopped, and returns it: its node finds it among [`Store::cancelled_casts`]. Of one that
    /// has ended nothing is noted.
    ///
    /// # Errors
    /// [`StateError::Absent`] when the tenant has no such run.
    pub fn cancel_cast(&mut self, act: &Act<'_>, id: &str) -> Result<CastEntry, StateError> {
        let columns = COLUMNS.replace("answer,", "NULL,");
        self.write_or_undo("cancelling a run in", |tx| {
            may_act(tx, act)?;
            let entry = tx
                .query_row(
                    &format!("SELECT {columns} FROM cast_run WHERE tenant = ?1 AND id = ?2"),
                    params![act.tenant, id],
                    read,
                )
                .optional()?;
            let entry = entry.ok_or_else(|| StateError::absent("cast", id))?;
            if entry.state == CastState::Running {
                tx.write(
                    "UPDATE cast_run SET cancelled_at = coalesce(cancelled_at, ?2) WHERE id = ?1",
                    params![id, act.at],
                )?;
                audit::append(tx, act, &audit::What::of("cast.cancel", id))?;
            }
            Ok(entry)
        })
    }

    /// A run of a tenant.
    ///
    /// # Errors
    /// [`StateError::Absent`].
    pub fn cast(&self, tenant: &str, id: &str) -> Result<CastEntry, StateError> {
        let found = self.rows(
            &format!("SELECT {COLUMNS} FROM cast_run WHERE tenant = ?1 AND id = ?2"),
            params![tenant, id],
            read,
        )?;
        found
            .into_iter()
            .next()
            .ok_or_else(|| StateError::absent("cast", id))
    }

    /// Runs of a tenant after the one numbered `after` (0: from the first), at most [`PAGE_ROWS_MAX`], without their answers.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn casts(&self, tenant: &str, after: i64) -> Result<Vec<CastEntry>, StateError> {
        let columns = COLUMNS.replace("answer,", "NULL,");
        self.rows(
            &format!(
                "SELECT {columns} FROM cast_run WHERE tenant = ?1 AND seq > ?2 ORDER BY seq LIMIT {PAGE_ROWS_MAX}"
            ),
            params![tenant, after],
            read,
        )
    }

    /// Loses the runs that stand there as this connection's node's, but for those that it has under way: their ends could not be
    /// written. Returns how many there were. A run has to be under way before it is written down, and until its end is.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn lose_casts_but(
        &mut self,
        act: &Act<'_>,
        is_under_way: impl Fn(&str) -> bool,
    ) -> Result<usize, StateError> {
        let node = self.node;
        let lost = |tx: &Connection| -> DbResult<Vec<Running>> {
            let mut running = running(tx, "node = ?1", params![node])?;
            running.retain(|one| !is_under_way(&one.id));
            Ok(running)
        };
        // As a rule there are none, and nobody waits for that to be seen.
        if lost(&self.connection)
            .map_err(|e| self.failed("reading", e))?
            .is_empty()
        {
            return Ok(0);
        }
        self.write_or_undo("marking lost runs in", |tx| {
            let lost = lost(tx)?;
            lose_all(tx, act, &lost)?;
            Ok(lost.len())
        })
    }

    /// The runs of this connection's node that somebody wishes to stop, and that have not ended.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn cancelled_casts(&self) -> Result<Vec<String>, StateError> {
        self.rows(
            "SELECT id FROM cast_run WHERE node = ?1 AND state = 0 AND cancelled_at IS NOT NULL",
            params![self.node],
            |row| row.get(0),
        )
    }
}

/// A run under way.
pub(super) struct Running {
    tenant: String,
    id: String,
}

fn running(connection: &Connection, condition: &str, key: Params<'_>) -> DbResult<Vec<Running>> {
    let sql =
        format!("SELECT tenant, id FROM cast_run WHERE state = 0 AND {condition} ORDER BY seq");
    connection.query_rows(&sql, key, |row| {
        Ok(Running {
            tenant: row.get(0)?,
            id: row.get(1)?,
        })
    })
}

/// Runs under way that no node has which is still there.
pub(super) fn of_no_node(connection: &Connection) -> DbResult<Vec<Running>> {
    let nobodys =
        "NOT EXISTS (SELECT 1 FROM node WHERE node.seq = cast_run.node AND ended_at IS NULL)";
    running(connection, nobodys, &[])
}

/// Loses runs: what was reserved for them is free again.
pub(super) fn lose_all(tx: &Connection, act: &Act<'_>, lost: &[Running]) -> Result<(), Undo> {
    for Running { tenant, id } in lost {
        let act = Act { tenant, ..*act };
        // A run of before there was a ledger has nothing reserved.
        if ledger::is_open(tx, tenant, id)? {
            ledger::resolve(tx, &act, id, Resolution::Voided)?;
        }
        lose(tx, &act, id)?;
    }
    Ok(())
}

/// Loses the runs of a tenant whose money was reserved for too long: nobody could write their end.
fn lose_overdue(tx: &Connection, act: &Act<'_>) -> Result<(), Undo> {
    // It is nobody's doing.
    let act = Act {
        actor: "server",
        origin: "local",
        ..*act
    };
    for id in ledger::expire(tx, &act)? {
        lose(tx, &act, &id)?;
    }
    Ok(())
}

fn lose(tx: &Connection, act: &Act<'_>, id: &str) -> Result<(), Undo> {
    let lost = tx
        .query_row(// Nobody knows what it used, so it is all that it could; what never began used nothing.
            "UPDATE cast_run SET state = 2, ended_at = ?2, gas_used = gas_max * has_begun WHERE id = ?1 AND state = 0
             RETURNING started_at, gas_max, gas_used", params![id, act.at], gas_of_run)
        .optional()?;
    let Some(gas) = lost else {
        return Ok(());
    };
    quota::settle_gas(tx, act.tenant, &gas)?;
    audit::append(tx, act, &audit::What::of("cast.lost", id))
}

fn gas_of_run(row: &Row<'_>) -> DbResult<GasOfRun> {
    Ok(GasOfRun {
        started_at: row.get(0)?,
        max: unsigned(row, 1)?,
        used: unsigned(row, 2)?,
    })
}

/// What the key says, if it was used before.
fn before(tx: &Connection, tenant: &str, once: &Once<'_>) -> Result<Option<Begun>, Undo> {
    let found: Option<(String, String)> = tx
        .query_row(
            "SELECT request, cast_id FROM idempotency WHERE tenant = ?1 AND key = ?2",
            params![tenant, once.key],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((request, cast)) = found else {
        return Ok(None);
    };
    if request != once.request {
        return Ok(Some(Begun::Refused(OnceRefusal::OtherRequest)));
    }
    let entry = tx.query_row(
        &format!("SELECT {COLUMNS} FROM cast_run WHERE tenant = ?1 AND id = ?2"),
        params![tenant, cast],
        read,
    )?;
    Ok(Some(match entry.state {
        CastState::Running => Begun::Refused(OnceRefusal::StillRunning),
        CastState::Ended | CastState::Lost => Begun::Before(Box::new(entry)),
    }))
}
