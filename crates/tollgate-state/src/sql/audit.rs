//! The audit log: appended to within the transaction of what is done.

use super::connection::Connection;
use super::value::{DbError, DbResult, Go, Optional as _, Row, params};
use super::{Store, Undo};
use crate::audit::{Act, AuditAnchor, AuditRecord, AuditVerdict, Chain};
use crate::error::StateError;
use crate::limits::PAGE_ROWS_MAX;

/// What is done, and to what.
pub(super) struct What<'a> {
    pub(super) action: &'a str,
    pub(super) object: &'a str,
    pub(super) detail: serde_json::Value,
}

impl<'a> What<'a> {
    /// An action of which there is no more to say.
    pub(super) fn of(action: &'a str, object: &'a str) -> Self {
        Self {
            action,
            object,
            detail: serde_json::json!({}),
        }
    }
}

/// Appends a record. Writers wait for each other, so nobody takes the same place.
pub(super) fn append(tx: &Connection, act: &Act<'_>, what: &What<'_>) -> Result<(), Undo> {
    let last: Option<(i64, [u8; 32])> = tx
        .query_row(
            "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1",
            &[],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let (seq, previous) = match last {
        None => (1, [0; 32]),
        Some((last, hash)) => {
            let out = DbError::out_of_range(0, last);
            (last.checked_add(1).ok_or(out)?, hash)
        }
    };
    let mut record = AuditRecord {
        seq,
        at: act.at,
        tenant: act.tenant.to_owned(),
        actor: act.actor.to_owned(),
        origin: act.origin.to_owned(),
        request: act.request.to_owned(),
        action: what.action.to_owned(),
        object: what.object.to_owned(),
        detail: what.detail.to_string(),
        previous,
        hash: [0; 32],
    };
    record.hash = record.computed_hash();
    tx.write(
        &format!(
            "INSERT INTO audit ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
        ),
        params![
            record.seq,
            record.at,
            record.tenant,
            record.actor,
            record.origin,
            record.request,
            record.action,
            record.object,
            record.detail,
            record.previous,
            record.hash
        ],
    )?;
    Ok(())
}

const COLUMNS: &str =
    "seq, at, tenant, actor, origin, request, action, object, detail, previous, hash";

fn read(row: &Row<'_>) -> DbResult<AuditRecord> {
    Ok(AuditRecord {
        seq: row.get(0)?,
        at: row.get(1)?,
        tenant: row.get(2)?,
        actor: row.get(3)?,
        origin: row.get(4)?,
        request: row.get(5)?,
        action: row.get(6)?,
        object: row.get(7)?,
        detail: row.get(8)?,
        previous: row.get(9)?,
        hash: row.get(10)?,
    })
}

impl Store {
    /// Notes something that was done or refused and changes nothing else.
    ///
    /// # Errors
    /// [`StateError::Database`]. Then it must not be done.
    pub fn note(&mut self, act: &Act<'_>, action: &str, object: &str) -> Result<(), StateError> {
        self.write_or_undo("writing the audit log of", |tx| {
            append(tx, act, &What::of(action, object))
        })
    }

    /// Records of a tenant after the one numbered `after` (0: from the first), at most [`PAGE_ROWS_MAX`].
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn audit_page(&self, tenant: &str, after: i64) -> Result<Vec<AuditRecord>, StateError> {
        self.rows(
            &format!(
                "SELECT {COLUMNS} FROM audit WHERE tenant = ?1 AND seq > ?2 ORDER BY seq LIMIT {PAGE_ROWS_MAX}"
            ),
            params![tenant, after],
            read,
        )
    }

    /// Checks the chain from its first record, and names the first one that does not follow. A record that is kept elsewhere has to
    /// be in it.
    ///
    /// # Errors
    /// [`StateError::Database`] when it cannot be read.
    pub fn verify_audit(&self, anchor: Option<AuditAnchor>) -> Result<AuditVerdict, StateError> {
        let sql = format!("SELECT {COLUMNS} FROM audit ORDER BY seq");
        let mut chain = Chain::new(anchor);
        let mut broken = None;
        let walked = self.connection.walk((&sql, &[]), |row| {
            let seq = row.get(0)?;
            let why = match read(row) {
                Ok(record) => chain.follow(&record),
                // What is no text, or no number, was not written by this.
                Err(DbError::Column { .. }) => Some("it cannot be read"),
                Err(error) => return Err(error),
            };
            broken = why.map(|why| AuditVerdict::Broken { seq, why });
            Ok(match broken {
                None => Go::Continue(()),
                Some(_) => Go::Break(()),
            })
        });
        walked.map_err(|e| self.failed("reading the audit log of", e))?;
        Ok(broken.unwrap_or_else(|| chain.end()))
    }

    /// The last record of the log, to be kept elsewhere.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn last_record(&self) -> Result<Option<AuditAnchor>, StateError> {
        let sql = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1";
        let last = self.rows(sql, &[], |row| {
            Ok(AuditAnchor {
                seq: row.get(0)?,
                hash: row.get(1)?,
            })
        })?;
        Ok(last.into_iter().next())
    }

    /// Tells whether the log has a record that was kept elsewhere.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn has_record(&self, anchor: &AuditAnchor) -> Result<bool, StateError> {
        let found = self.rows(
            "SELECT 1 FROM audit WHERE seq = ?1 AND hash = ?2",
            params![anchor.seq, anchor.hash],
            |_| Ok(()),
        )?;
        Ok(!found.is_empty())
    }
}
