//! Tenants and keys.

use super::connection::Connection;
use super::value::{Optional as _, optional, params};
use super::{Store, Undo, audit, ledger};
use crate::access::{KeptKey, KeyEntry, NewKey, Principal, Role, roles_of, roles_text};
use crate::audit::Act;
use crate::error::StateError;
use crate::limits::KEYS_PER_TENANT_MAX;
use crate::names::check_name;

/// Whether a key is good at `?2`: neither revoked nor expired.
const GOOD: &str = "(revoked_at IS NULL AND (expires_at IS NULL OR ?2 < expires_at))";

impl Store {
    /// Makes a tenant.
    ///
    /// # Errors
    /// [`StateError::Taken`] when there is one of that name, [`StateError::Invalid`] for a bad name.
    pub fn create_tenant(&mut self, act: &Act<'_>, id: &str) -> Result<(), StateError> {
        check_name("tenant", id)?;
        self.write_or_undo("making a tenant in", |tx| {
            let made = tx.execute(
                "INSERT INTO tenant (id, created_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                params![id, act.at],
            )?;
            if made == 0 {
                return Err(StateError::taken("tenant", id).into());
            }
            ledger::open_accounts(tx, id)?;
            audit::append(tx, act, &audit::What::of("tenant.create", id))
        })
    }

    /// Makes a tenant together with its first key: there is never one of them without the other.
    ///
    /// # Errors
    /// As [`Store::create_tenant`] and [`Store::put_key`].
    pub fn found_tenant(&mut self, act: &Act<'_>, first: &NewKey) -> Result<(), StateError> {
        self.all_or_nothing("making a tenant in", |store| {
            store.create_tenant(act, act.tenant)?;
            store.put_key(act, first)
        })
    }

    /// Every tenant, by name.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn tenants(&self) -> Result<Vec<String>, StateError> {
        self.rows("SELECT id FROM tenant ORDER BY id", &[], |row| row.get(0))
    }

    /// Keeps a key of the tenant that `act` names.
    ///
    /// # Errors
    /// [`StateError::Absent`] when there is no such tenant, [`StateError::Invalid`] when it has [`KEYS_PER_TENANT_MAX`] keys,
    /// or the key has no role, or its name is too long.
    pub fn put_key(&mut self, act: &Act<'_>, new: &NewKey) -> Result<(), StateError> {
        new.check()?;
        self.write_or_undo("writing a key to", |tx| {
            may_act(tx, act)?;
            tenant_is_there(tx, act.tenant)?;
            room_for_a_key(tx, act.tenant, &new.name)?;
            tx.write(
                "INSERT INTO api_key (prefix, tenant, name, hash, roles, created_at, expires_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    new.key.prefix,
                    act.tenant,
                    new.name,
                    new.key.hash,
                    roles_text(&new.roles),
                    act.at,
                    new.expires_at
                ],
            )?;
            let what = audit::What {
                action: "key.create",
                object: &new.key.prefix,
                detail: serde_json::json!({ "name": new.name, "roles": roles_text(&new.roles) }),
            };
            audit::append(tx, act, &what)
        })
    }

    /// The keys of a tenant, the first made first.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn keys(&self, tenant: &str) -> Result<Vec<KeyEntry>, StateError> {
        let rows = self.rows(
            "SELECT prefix, name, roles, created_at, expires_at, revoked_at FROM api_key
             WHERE tenant = ?1 ORDER BY created_at, prefix",
            params![tenant],
            |row| {
                let roles: String = row.get(2)?;
                Ok((
                    roles,
                    KeyEntry {
                        prefix: row.get(0)?,
                        name: row.get(1)?,
                        roles: Default::default(),
                        created_at: row.get(3)?,
                        expires_at: row.get(4)?,
                        revoked_at: row.get(5)?,
                    },
                ))
            },
        )?;
        let entries = rows.into_iter().map(|(roles, entry)| {
            Ok(KeyEntry {
                roles: roles_of(&roles)?,
                ..entry
            })
        });
        entries.collect()
    }

    /// Revokes a key of a tenant: from the moment this returns it is nothing. Once more changes nothing.
    ///
    /// # Errors
    /// [`StateError::Absent`] when the tenant has no such key.
    pub fn revoke_key(&mut self, act: &Act<'_>, prefix: &str) -> Result<(), StateError> {
        self.write_or_undo("revoking a key in", |tx| {
            may_act(tx, act)?;
            let revoked = tx.execute(
                "UPDATE api_key SET revoked_at = coalesce(revoked_at, ?3) WHERE tenant = ?1 AND prefix = ?2",
                params![act.tenant, prefix, act.at],
            )?;
            if revoked == 0 {
                return Err(StateError::absent("key", prefix).into());
            }
            audit::append(tx, act, &audit::What::of("key.revoke", prefix))
        })
    }

    /// Who acts with the key that somebody shows at `now`; `None` for a key that is unknown, wrong, expired or revoked.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn authenticate(&self, shown: &str, now: i64) -> Result<Option<Principal>, StateError> {
        let Some(shown) = KeptKey::of(shown) else {
            return Ok(None);
        };
        let found = self.rows(
            &format!(
                "SELECT k.tenant, k.hash, k.roles, {GOOD}, q.requests_per_minute, q.casts_at_once
                 FROM api_key k LEFT JOIN quota q ON q.tenant = k.tenant WHERE k.prefix = ?1"
            ),
            params![shown.prefix, now],
            |row| {
                let (hash, good): ([u8; 32], bool) = (row.get(1)?, row.get(3)?);
                let principal = Principal {
                    tenant: row.get(0)?,
                    key: shown.prefix.clone(),
                    roles: Default::default(),
                    requests_per_minute: optional(row, 4)?,
                    casts_at_once: optional(row, 5)?,
                };
                Ok((principal, hash, row.get::<String>(2)?, good))
            },
        )?;
        let Some((principal, hash, roles, good)) = found.into_iter().next() else {
            // The same comparison as for a key that is there.
            let _: bool = shown.has_secret_of(&[0; 32]);
            return Ok(None);
        };
        if !shown.has_secret_of(&hash) || !good {
            return Ok(None);
        }
        Ok(Some(Principal {
            roles: roles_of(&roles)?,
            ..principal
        }))
    }
}

fn room_for_a_key(tx: &Connection, tenant: &str, name: &str) -> Result<(), Undo> {
    let count: i64 = tx.query_row(
        "SELECT count(*) FROM api_key WHERE tenant = ?1",
        params![tenant],
        |row| row.get(0),
    )?;
    if count < KEYS_PER_TENANT_MAX {
        return Ok(());
    }
    let error = crate::error::invalid(
        "key",
        name.to_owned(),
        format!("a tenant has at most {KEYS_PER_TENANT_MAX} keys, revoked ones included"),
    );
    Err(error.into())
}

/// Refuses what is for a tenant that there is not.
pub(super) fn tenant_is_there(tx: &Connection, tenant: &str) -> Result<(), Undo> {
    let there = tx
        .query_row(
            "SELECT 1 FROM tenant WHERE id = ?1",
            params![tenant],
            |_| Ok(()),
        )
        .optional()?;
    match there {
        Some(()) => Ok(()),
        None => Err(StateError::absent("tenant", tenant).into()),
    }
}

/// Refuses an act whose key was revoked or has expired since it was shown: a body may take minutes to arrive. Everything that begins
/// something asks this in its own transaction; what ends what has begun is written down whoever began it.
pub(super) fn may_act(tx: &Connection, act: &Act<'_>) -> Result<(), Undo> {
    let ended = tx
        .query_row(
            &format!("SELECT 1 FROM api_key WHERE tenant = ?1 AND prefix = ?3 AND NOT {GOOD}"),
            params![act.tenant, act.at, act.actor],
            |_| Ok(()),
        )
        .optional()?;
    match ended {
        None => Ok(()),
        Some(()) => Err(StateError::KeyEnded {
            prefix: act.actor.to_owned(),
        }
        .into()),
    }
}

/// Whether a key of a tenant is good at `now` and has this role.
pub(super) fn has_role(
    tx: &Connection,
    (tenant, prefix): (&str, &str),
    (role, now): (Role, i64),
) -> Result<bool, Undo> {
    let roles: Option<String> = tx
        .query_row(
            &format!("SELECT roles FROM api_key WHERE tenant = ?1 AND prefix = ?3 AND {GOOD}"),
            params![tenant, now, prefix],
            |row| row.get(0),
        )
        .optional()?;
    match roles {
        Some(roles) => Ok(roles_of(&roles)?.contains(&role)),
        None => Ok(false),
    }
}
