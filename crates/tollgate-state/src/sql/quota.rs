//! Quotas, and what counts against them.

use super::access::tenant_is_there;
use super::connection::Connection;
use super::value::{DbResult, Optional as _, clamped, optional, params, unsigned};
use super::{Store, Undo, answers, audit};
use crate::audit::Act;
use crate::error::StateError;
use crate::quota::{QuotaOf, QuotaUse, Quotas, day, next_day};

impl Store {
    /// The quotas of a tenant.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn quotas(&self, tenant: &str) -> Result<Quotas, StateError> {
        quotas(&self.connection, tenant).map_err(|e| self.failed("reading", e))
    }

    /// How much a tenant has of what there are quotas of, at `now`.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn quota_use(&self, tenant: &str, now: i64) -> Result<QuotaUse, StateError> {
        let read = || -> DbResult<QuotaUse> {
            let (gas_used, gas_reserved) = gas(&self.connection, tenant, day(now))?;
            let answer_bytes = answers::bytes(&self.connection, tenant)?;
            Ok(QuotaUse {
                storage_bytes: modules(&self.connection, tenant)?.saturating_add(answer_bytes),
                answer_bytes,
                gas_used,
                gas_reserved,
            })
        };
        read().map_err(|e| self.failed("reading", e))
    }

    /// Changes the quotas of the tenant that `act` names, from what they are by then, and returns what they are now. What is there
    /// or runs already stays.
    ///
    /// # Errors
    /// [`StateError::Absent`] when there is no such tenant, [`StateError::Invalid`].
    pub fn change_quotas(
        &mut self,
        act: &Act<'_>,
        change: impl FnOnce(Quotas) -> Quotas,
    ) -> Result<Quotas, StateError> {
        self.write_or_undo("setting quotas in", |tx| {
            tenant_is_there(tx, act.tenant)?;
            let set = change(quotas(tx, act.tenant)?);
            set.check()?;
            let Quotas {
                requests_per_minute,
                casts_at_once,
                storage_bytes,
                gas_per_day,
            } = set;
            tx.write(
                "INSERT INTO quota (tenant, requests_per_minute, casts_at_once, storage_bytes, gas_per_day)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (tenant) DO UPDATE SET requests_per_minute = ?2, casts_at_once = ?3, storage_bytes = ?4, gas_per_day = ?5",
                params![
                    act.tenant,
                    requests_per_minute.map(clamped),
                    casts_at_once.map(clamped),
                    storage_bytes.map(clamped),
                    gas_per_day.map(clamped)
                ],
            )?;
            let what = audit::What {
                action: "quota.set",
                object: act.tenant,
                detail: serde_json::json!({
                    "requests_per_minute": requests_per_minute,
                    "casts_at_once": casts_at_once,
                    "storage_bytes": storage_bytes,
                    "gas_per_day": gas_per_day,
                }),
            };
            audit::append(tx, act, &what)?;
            Ok(set)
        })
    }
}

fn quotas(tx: &Connection, tenant: &str) -> DbResult<Quotas> {
    let found = tx
        .query_row("SELECT requests_per_minute, casts_at_once, storage_bytes, gas_per_day FROM quota WHERE tenant = ?1", params![tenant], |row| {
            Ok(Quotas {
                requests_per_minute: optional(row, 0)?,
                casts_at_once: optional(row, 1)?,
                storage_bytes: optional(row, 2)?,
                gas_per_day: optional(row, 3)?,
            })
        })
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// Bytes of modules.
fn modules(tx: &Connection, tenant: &str) -> DbResult<u64> {
    tx.query_row("SELECT CAST(coalesce(sum(bytes), 0) AS BIGINT) FROM
         (SELECT max(bytes) AS bytes FROM module_version WHERE deleted_at IS NULL AND tenant = ?1 GROUP BY digest) AS each", params![tenant], |row| unsigned(row, 0))
}

/// Gas that was used and is reserved on a day.
fn gas(tx: &Connection, tenant: &str, day: i64) -> DbResult<(u64, u64)> {
    let found = tx
        .query_row(
            "SELECT used, reserved FROM gas_day WHERE tenant = ?1 AND day = ?2",
            params![tenant, day],
            |row| Ok((unsigned(row, 0)?, unsigned(row, 1)?)),
        )
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// Refuses to keep `more` bytes than are there by now, when that is more than the tenant may. Answers that have been kept for
/// long enough make room.
pub(super) fn fits(tx: &Connection, act: &Act<'_>, more: u64) -> Result<(), Undo> {
    let limit = quotas(tx, act.tenant)?.storage();
    let modules = modules(tx, act.tenant)?;
    loop {
        let kept = modules.saturating_add(answers::bytes(tx, act.tenant)?);
        let over = kept.saturating_add(more).saturating_sub(limit);
        if over == 0 {
            return Ok(());
        }
        if answers::make_room(tx, act, over)? == 0 {
            return Err(StateError::OverQuota {
                of: QuotaOf::Storage,
                needed: more,
                left: limit.saturating_sub(kept),
                limit,
                ready_at: answers::next_to_go(tx, act.tenant)?,
            }
            .into());
        }
    }
}

/// Reserves the most gas that a run can use which begins now.
pub(super) fn reserve_gas(tx: &Connection, act: &Act<'_>, gas_max: u64) -> Result<(), Undo> {
    let (used, reserved) = gas(tx, act.tenant, day(act.at))?;
    if let Some(limit) = quotas(tx, act.tenant)?.gas_per_day {
        let left = limit.saturating_sub(used).saturating_sub(reserved);
        if gas_max > left {
            return Err(StateError::OverQuota {
                of: QuotaOf::Gas,
                needed: gas_max,
                left,
                limit,
                ready_at: Some(next_day(act.at)),
            }
            .into());
        }
    }
    let change = GasChange {
        day: day(act.at),
        used: 0,
        reserved: clamped(gas_max),
    };
    change.apply(tx, act.tenant)?;
    Ok(())
}

/// Gives back what a run has reserved that began then, and counts what it used.
pub(super) fn settle_gas(tx: &Connection, tenant: &str, run: &GasOfRun) -> DbResult<()> {
    let change = GasChange {
        day: day(run.started_at),
        used: clamped(run.used),
        reserved: -clamped(run.max),
    };
    change.apply(tx, tenant)
}

/// What a run has to do with gas.
pub(super) struct GasOfRun {
    /// When it began.
    pub(super) started_at: i64,
    /// What was reserved for it.
    pub(super) max: u64,
    /// What it used.
    pub(super) used: u64,
}

struct GasChange {
    day: i64,
    used: i64,
    reserved: i64,
}

impl GasChange {
    fn apply(&self, tx: &Connection, tenant: &str) -> DbResult<()> {
        tx.write(
            "INSERT INTO gas_day (tenant, day) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            params![tenant, self.day],
        )?;
        tx.write("UPDATE gas_day SET used = used + ?3, reserved = reserved + ?4 WHERE tenant = ?1 AND day = ?2", params![tenant, self.day, self.used, self.reserved])?;
        Ok(())
    }
}
