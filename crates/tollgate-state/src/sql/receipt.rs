//! Receipts of runs: the chain of each signer, and the lines, which stand beside the answers and go with them.

use super::connection::Connection;
use super::value::{DbResult, Optional as _, params, unsigned};
use super::{Store, Undo};
use crate::error::StateError;
use crate::receipt::{ChainPlace, Seal, Sealed};

impl Store {
    /// The receipt of a run of a tenant; `None`: it has none, or it is not kept any more.
    ///
    /// # Errors
    /// [`StateError::Absent`].
    pub fn receipt(&self, tenant: &str, id: &str) -> Result<Option<String>, StateError> {
        let found = self.rows(
            "SELECT receipt FROM cast_run WHERE tenant = ?1 AND id = ?2",
            params![tenant, id],
            |row| row.get(0),
        )?;
        found
            .into_iter()
            .next()
            .ok_or_else(|| StateError::absent("cast", id))
    }
}

/// Signs at the next place of the signer's chain, which is taken by that.
pub(super) fn seal(tx: &Connection, seal: &dyn Seal) -> Result<(ChainPlace, Sealed), Undo> {
    let signer = seal.signer();
    let place = next(tx, &signer)?;
    let sealed = seal
        .seal(place)
        .map_err(|source| StateError::Unsealed { source })?;
    sealed.check()?;
    tx.write("INSERT INTO receipt_chain (signer, sequence, previous) VALUES (?1, ?2, ?3)
         ON CONFLICT (signer) DO UPDATE SET sequence = excluded.sequence, previous = excluded.previous", params![
        signer,
        place.sequence.saturating_add(1).cast_signed(),
        sealed.digest
    ])?;
    Ok((place, sealed))
}

fn next(tx: &Connection, signer: &str) -> DbResult<ChainPlace> {
    let found = tx
        .query_row(
            "SELECT sequence, previous FROM receipt_chain WHERE signer = ?1",
            params![signer],
            |row| {
                Ok(ChainPlace {
                    sequence: unsigned(row, 0)?,
                    previous: row.get(1)?,
                })
            },
        )
        .optional()?;
    Ok(found.unwrap_or(ChainPlace::FIRST))
}
