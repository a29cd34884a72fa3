//! Signers and signatures of modules. Every statement names the tenant.

use super::access::may_act;
use super::connection::Connection;
use super::registry::find;
use super::value::{DbResult, Optional as _, Row, params};
use super::{Store, Undo, audit};
use crate::audit::Act;
use crate::error::{StateError, invalid};
use crate::limits::{SIGNATURES_PER_MODULE_MAX, SIGNERS_PER_TENANT_MAX};
use crate::names::shown;
use crate::signer::{NewSignature, NewSigner, SignatureEntry, SignerEntry};

const COLUMNS: &str = "s.key, s.name, s.set_by, s.set_at, s.revoked_at";

/// The signatures of a digest, with their signers.
const SIGNED: &str = "module_signature m JOIN signer s ON s.tenant = m.tenant AND s.key = m.key
    WHERE m.tenant = ?1 AND m.digest = ?2";

fn read(row: &Row<'_>) -> DbResult<SignerEntry> {
    Ok(SignerEntry {
        key: row.get(0)?,
        name: row.get(1)?,
        set_by: row.get(2)?,
        set_at: row.get(3)?,
        revoked_at: row.get(4)?,
    })
}

impl Store {
    /// Lets the signatures of a key count from now on, under a name. Once more gives it another name.
    ///
    /// # Errors
    /// [`StateError::Invalid`] for a bad name, a key that was revoked, or one more than [`SIGNERS_PER_TENANT_MAX`].
    pub fn trust_signer(&mut self, act: &Act<'_>, new: &NewSigner<'_>) -> Result<(), StateError> {
        new.check()?;
        let NewSigner { key, name } = *new;
        self.write_or_undo("writing a signer to", |tx| {
            may_act(tx, act)?;
            match signer(tx, act.tenant, key)? {
                None => room_for_a_signer(tx, act.tenant, name)?,
                Some(entry) if entry.revoked_at.is_some() => {
                    let rule = "it is revoked, and stays so; make another one";
                    return Err(invalid("key of a signer", key.to_owned(), rule).into());
                }
                Some(_) => {}
            }
            tx.write(
                "INSERT INTO signer (tenant, key, name, set_by, set_at) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (tenant, key) DO UPDATE SET name = ?3, set_by = ?4, set_at = ?5",
                params![act.tenant, key, name, act.actor, act.at],
            )?;
            let what = audit::What {
                action: "signer.trust",
                object: name,
                detail: serde_json::json!({ "key": key }),
            };
            audit::append(tx, act, &what)
        })
    }

    /// Lets nothing count any more that a key signed, now or before. Once more changes nothing.
    ///
    /// # Errors
    /// [`StateError::Absent`] when the tenant has no such signer.
    pub fn revoke_signer(&mut self, act: &Act<'_>, key: &str) -> Result<(), StateError> {
        self.write_or_undo("revoking a signer in", |tx| {
            may_act(tx, act)?;
            let Some(entry) = signer(tx, act.tenant, key)? else {
                return Err(StateError::absent("signer", &shown(key)).into());
            };
            tx.write(
                "UPDATE signer SET revoked_at = coalesce(revoked_at, ?3) WHERE tenant = ?1 AND key = ?2",
                params![act.tenant, key, act.at],
            )?;
            let what = audit::What {
                action: "signer.revoke",
                object: &entry.name,
                detail: serde_json::json!({ "key": key }),
            };
            audit::append(tx, act, &what)
        })
    }

    /// The signers of a tenant, revoked ones included, by name.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn module_signers(&self, tenant: &str) -> Result<Vec<SignerEntry>, StateError> {
        self.rows(
            &format!("SELECT {COLUMNS} FROM signer s WHERE tenant = ?1 ORDER BY name, key"),
            params![tenant],
            read,
        )
    }

    /// Keeps a signature of the bytes of a version, and tells whether it is new.
    ///
    /// # Errors
    /// [`StateError::Absent`] when there is no such version, [`StateError::Invalid`] when its key is none whose signatures count, or
    /// the bytes have [`SIGNATURES_PER_MODULE_MAX`].
    pub fn sign_version(
        &mut self,
        act: &Act<'_>,
        (name, version): (&str, &str),
        new: &NewSignature<'_>,
    ) -> Result<bool, StateError> {
        let object = format!("{name}@{version}");
        self.write_or_undo("writing a signature to", |tx| {
            may_act(tx, act)?;
            let Some(entry) = find(tx, act.tenant, name, version)? else {
                return Err(StateError::absent("module", &object).into());
            };
            let known = signer(tx, act.tenant, new.key)?;
            if known.is_none_or(|known| known.revoked_at.is_some()) {
                let rule = "it is not among the signers of the tenant that count; an `admin` adds it";
                return Err(invalid("key of a signer", shown(new.key), rule).into());
            }
            let made = tx.execute(
                "INSERT INTO module_signature (tenant, digest, key, signature, signed_at) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO NOTHING",
                params![act.tenant, entry.digest, new.key, new.signature, act.at],
            )?;
            if made == 0 {
                return Ok(false);
            }
            let count: i64 = tx.query_row(
                &format!("SELECT count(*) FROM {SIGNED} AND s.revoked_at IS NULL"),
                params![act.tenant, entry.digest],
                |row| row.get(0),
            )?;
            if count > SIGNATURES_PER_MODULE_MAX {
                let rule = format!(
                    "the same bytes have at most {SIGNATURES_PER_MODULE_MAX} signatures that count"
                );
                return Err(invalid("signature", object.clone(), rule).into());
            }
            let what = audit::What {
                action: "module.sign",
                object: &object,
                detail: serde_json::json!({ "digest": entry.digest, "key": new.key }),
            };
            audit::append(tx, act, &what)?;
            Ok(true)
        })
    }

    /// The signatures of bytes, by the names of their signers.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn signatures(
        &self,
        tenant: &str,
        digest: &str,
    ) -> Result<Vec<SignatureEntry>, StateError> {
        self.rows(
            &format!(
                "SELECT {COLUMNS}, m.signature, m.signed_at FROM {SIGNED} ORDER BY s.name, s.key"
            ),
            params![tenant, digest],
            |row| {
                Ok(SignatureEntry {
                    signer: read(row)?,
                    signature: row.get(5)?,
                    signed_at: row.get(6)?,
                })
            },
        )
    }

    /// The names of those who signed bytes and count now, in order, each once.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn signed_by(&self, tenant: &str, digest: &str) -> Result<Vec<String>, StateError> {
        signed_by(&self.connection, tenant, digest).map_err(|e| self.failed("reading", e))
    }
}

pub(super) fn signed_by(tx: &Connection, tenant: &str, digest: &str) -> DbResult<Vec<String>> {
    tx.query_rows(
        &format!("SELECT DISTINCT s.name FROM {SIGNED} AND s.revoked_at IS NULL ORDER BY s.name"),
        params![tenant, digest],
        |row| row.get(0),
    )
}

/// Forgets the signatures of bytes that no version of the tenant has.
pub(super) fn forget(tx: &Connection, tenant: &str, digest: &str) -> DbResult<()> {
    tx.write(
        "DELETE FROM module_signature WHERE tenant = ?1 AND digest = ?2",
        params![tenant, digest],
    )
}

fn signer(tx: &Connection, tenant: &str, key: &str) -> DbResult<Option<SignerEntry>> {
    tx.query_row(
        &format!("SELECT {COLUMNS} FROM signer s WHERE tenant = ?1 AND key = ?2"),
        params![tenant, key],
        read,
    )
    .optional()
}

fn room_for_a_signer(tx: &Connection, tenant: &str, name: &str) -> Result<(), Undo> {
    let count: i64 = tx.query_row(
        "SELECT count(*) FROM signer WHERE tenant = ?1",
        params![tenant],
        |row| row.get(0),
    )?;
    if count < SIGNERS_PER_TENANT_MAX {
        return Ok(());
    }
    let rule =
        format!("a tenant has at most {SIGNERS_PER_TENANT_MAX} signers, revoked ones included");
    Err(invalid("signer", name.to_owned(), rule).into())
}
