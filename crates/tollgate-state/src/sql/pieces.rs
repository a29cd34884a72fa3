//! Bytes of modules, in pieces, where they are not files.

use super::Store;
use super::connection::Connection;
use super::value::{DbResult, Go, params};
use crate::error::StateError;
use crate::limits::{MODULE_BYTES_MAX, PIECE_BYTES};
use crate::registry::{NewVersion, check_digest};

/// Pieces of bytes that no version has.
const OF_NOBODY: &str = "NOT EXISTS (SELECT 1 FROM module_version v
    WHERE v.tenant = module_piece.tenant AND v.digest = module_piece.digest AND v.deleted_at IS NULL)";

impl Store {
    /// Keeps a piece of a module's bytes, the one numbered `number` of [`PIECE_BYTES`] each, which a version may name when all are
    /// there ([`Store::put_version_with_bytes`]). A piece that is there becomes this one.
    ///
    /// # Errors
    /// [`StateError::Invalid`] for a bad digest or a piece that is too long; [`StateError::Full`], [`StateError::Database`].
    pub fn put_piece(
        &mut self,
        (tenant, digest): (&str, &str),
        (number, bytes): (usize, &[u8]),
        now: i64,
    ) -> Result<(), StateError> {
        check_digest(digest)?;
        if bytes.len() > PIECE_BYTES {
            let rule = format!("a piece has at most {PIECE_BYTES} bytes");
            let found = format!("{} bytes", bytes.len());
            return Err(crate::error::invalid("piece", found, rule));
        }
        let place = number.checked_mul(PIECE_BYTES);
        let place = place.and_then(|place| i64::try_from(place).ok());
        let fits = |place: &i64| place.cast_unsigned() < MODULE_BYTES_MAX;
        let place = place.filter(fits).ok_or_else(|| {
            let rule = format!("a module has at most {MODULE_BYTES_MAX} bytes");
            crate::error::invalid("piece", format!("piece {number}"), rule)
        })?;
        // Nobody reads it before a version names it, so it waits for no other writer.
        let put = self.connection.execute(
            "INSERT INTO module_piece (tenant, digest, place, bytes, at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (tenant, digest, place) DO UPDATE SET bytes = ?4, at = ?5",
            params![tenant, digest, place, bytes, now],
        );
        put.map_err(|e| self.failed("writing a module to", e))?;
        Ok(())
    }

    /// Whether all bytes of a version with this digest are there.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn has_all_pieces(&self, tenant: &str, digest: &str) -> Result<bool, StateError> {
        let whole = self.rows(
            "SELECT 1 FROM module_version v WHERE v.tenant = ?1 AND v.digest = ?2 AND v.deleted_at IS NULL AND v.bytes =
               (SELECT coalesce(sum(length(p.bytes)), 0) FROM module_piece p WHERE p.tenant = ?1 AND p.digest = ?2) LIMIT 1",
            params![tenant, digest],
            |_| Ok(()),
        )?;
        Ok(!whole.is_empty())
    }

    /// Hands the pieces of a module's bytes to `each`, in order.
    ///
    /// # Errors
    /// The first error of `each`; [`StateError::Database`].
    pub fn pieces<E: From<StateError>>(
        &self,
        (tenant, digest): (&str, &str),
        mut each: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut failed = Ok(());
        let walked = self.connection.walk(
            (
                "SELECT bytes FROM module_piece WHERE tenant = ?1 AND digest = ?2 ORDER BY place",
                params![tenant, digest],
            ),
            |row| {
                let bytes: Vec<u8> = row.get(0)?;
                failed = each(&bytes);
                Ok(match failed {
                    Ok(()) => Go::Continue(()),
                    Err(_) => Go::Break(()),
                })
            },
        );
        failed?;
        Ok(walked.map_err(|e| self.failed("reading", e))?)
    }

    /// Forgets the pieces that no version of the tenant has: of a push that did not end well.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn forget_pieces(&mut self, tenant: &str, digest: &str) -> Result<(), StateError> {
        self.write("forgetting a module in", |tx| forget(tx, tenant, digest))
    }

    /// Forgets the pieces that no version has and that nobody has pushed since `before`.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn forget_old_pieces(&mut self, before: i64) -> Result<(), StateError> {
        self.write("forgetting modules in", |tx| {
            let sql = format!("DELETE FROM module_piece WHERE at < ?1 AND {OF_NOBODY}");
            tx.write(&sql, params![before])?;
            Ok(())
        })
    }
}

/// Forgets pieces that no version of the tenant has.
pub(super) fn forget(tx: &Connection, tenant: &str, digest: &str) -> DbResult<()> {
    let sql = format!("DELETE FROM module_piece WHERE tenant = ?1 AND digest = ?2 AND {OF_NOBODY}");
    tx.write(&sql, params![tenant, digest])?;
    Ok(())
}

/// Whether all bytes of a version are there.
pub(super) fn are_whole(tx: &Connection, tenant: &str, new: &NewVersion<'_>) -> DbResult<bool> {
    let kept: i64 = tx.query_row(
        "SELECT coalesce(sum(length(bytes)), 0) FROM module_piece WHERE tenant = ?1 AND digest = ?2",
        params![tenant, new.digest],
        |row| row.get(0),
    )?;
    Ok(u64::try_from(kept) == Ok(new.bytes))
}
