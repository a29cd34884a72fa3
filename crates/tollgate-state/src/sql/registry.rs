//! Modules, their versions and tags. Every statement names the tenant.

use super::access::may_act;
use super::connection::Connection;
use super::value::{DbResult, Optional as _, Row, ToParam, params, unsigned};
use super::{Store, Undo, audit, pieces, quota, signer};
use crate::audit::Act;
use crate::error::StateError;
use crate::limits::PAGE_ROWS_MAX;
use crate::names::{check_name, check_version};
use crate::registry::{
    Basis, Deletes, NewVersion, Prune, Pruned, PutVersion, Reference, TagEntry, VersionEntry,
};

const COLUMNS: &str = "seq, name, version, digest, bytes, description, pushed_by, created_at";

/// As [`COLUMNS`], with descriptions left out, each of which can be megabytes.
fn undescribed() -> String {
    COLUMNS.replace("description", "''")
}

/// The versions of the tenant that were not deleted.
const KEPT: &str = "module_version WHERE deleted_at IS NULL AND tenant = ?1";

fn read(row: &Row<'_>) -> DbResult<VersionEntry> {
    Ok(VersionEntry {
        seq: row.get(0)?,
        name: row.get(1)?,
        version: row.get(2)?,
        digest: row.get(3)?,
        bytes: unsigned(row, 4)?,
        description: row.get(5)?,
        pushed_by: row.get(6)?,
        created_at: row.get(7)?,
    })
}

impl Store {
    /// Keeps a version. The same bytes under the same name and version once more change nothing, and are told so by `false`.
    ///
    /// # Errors
    /// [`StateError::Taken`] when the version has other bytes, [`StateError::OverQuota`] when the tenant keeps too much then,
    /// [`StateError::Invalid`] for a bad name, version or digest.
    pub fn put_version(&mut self, act: &Act<'_>, new: &NewVersion<'_>) -> Result<bool, StateError> {
        new.check()?;
        self.write_or_undo("writing a module to", |tx| put(tx, act, new))
    }

    /// As [`Store::put_version`], of a version whose bytes are pieces in the state ([`Store::put_piece`]).
    ///
    /// # Errors
    /// As [`Store::put_version`].
    pub fn put_version_with_bytes(
        &mut self,
        act: &Act<'_>,
        new: &NewVersion<'_>,
    ) -> Result<PutVersion, StateError> {
        new.check()?;
        self.write_or_undo("writing a module to", |tx| {
            if !pieces::are_whole(tx, act.tenant, new)? {
                return Ok(PutVersion::BytesMissing);
            }
            Ok(match put(tx, act, new)? {
                true => PutVersion::Made,
                false => PutVersion::WasThere,
            })
        })
    }

    /// Refuses a version that could not be kept, before anything is done for it. Its description is not looked at.
    ///
    /// # Errors
    /// As [`Store::put_version`].
    pub fn foresee_version(
        &mut self,
        act: &Act<'_>,
        new: &NewVersion<'_>,
    ) -> Result<(), StateError> {
        new.check()?;
        self.write_or_undo("making room for a module in", |tx| {
            may_act(tx, act)?;
            foresee(tx, act, new)
        })
    }

    /// The version that a reference names now.
    ///
    /// # Errors
    /// [`StateError::Absent`] when the tenant has no such module, version or tag.
    pub fn resolve(
        &self,
        tenant: &str,
        reference: &Reference<'_>,
    ) -> Result<VersionEntry, StateError> {
        let Reference { name, which } = *reference;
        let (sql, key) = match which {
            None => (
                format!(
                    "SELECT {COLUMNS} FROM {KEPT} AND name = ?2 ORDER BY created_at DESC, seq DESC LIMIT 1"
                ),
                vec![tenant, name],
            ),
            Some(which) if check_version(which).is_ok() => (
                format!("SELECT {COLUMNS} FROM {KEPT} AND name = ?2 AND version = ?3"),
                vec![tenant, name, which],
            ),
            Some(tag) => (
                format!(
                    "SELECT {COLUMNS} FROM {KEPT} AND name = ?2 AND version =
                     (SELECT version FROM module_tag WHERE tenant = ?1 AND name = ?2 AND tag = ?3)"
                ),
                vec![tenant, name, tag],
            ),
        };
        let key: Vec<&dyn ToParam> = key.iter().map(|part| part as &dyn ToParam).collect();
        let found = self.rows(&sql, &key, read)?;
        found.into_iter().next().ok_or_else(|| {
            let asked = which.map_or_else(|| name.to_owned(), |which| format!("{name}@{which}"));
            StateError::absent("module", &asked)
        })
    }

    /// Versions of a tenant after the one numbered `after` (0: from the first), at most [`PAGE_ROWS_MAX`], without their descriptions; of one
    /// module, or of all.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn versions(
        &self,
        tenant: &str,
        name: Option<&str>,
        after: i64,
    ) -> Result<Vec<VersionEntry>, StateError> {
        self.rows(
            &format!(
                "SELECT {} FROM {KEPT} AND (?2 IS NULL OR name = ?2) AND seq > ?3
                 ORDER BY seq LIMIT {PAGE_ROWS_MAX}",
                undescribed()
            ),
            params![tenant, name, after],
            read,
        )
    }

    /// The tags of a module, by name.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn tags(&self, tenant: &str, name: &str) -> Result<Vec<TagEntry>, StateError> {
        self.rows(
            "SELECT tag, version, set_at FROM module_tag WHERE tenant = ?1 AND name = ?2 ORDER BY tag",
            params![tenant, name],
            |row| {
                Ok(TagEntry {
                    tag: row.get(0)?,
                    version: row.get(1)?,
                    set_at: row.get(2)?,
                })
            },
        )
    }

    /// Lets a tag name a version from now on.
    ///
    /// # Errors
    /// [`StateError::Absent`] when there is no such version, [`StateError::Invalid`] for a tag that is no name or reads as a
    /// version.
    pub fn set_tag(&mut self, act: &Act<'_>, name: &str, tag: &TagEntry) -> Result<(), StateError> {
        check_name("tag", &tag.tag)?;
        if check_version(&tag.tag).is_ok() {
            let rule = "it does not look like a version";
            return Err(crate::error::invalid("tag", tag.tag.clone(), rule));
        }
        self.write_or_undo("moving a tag in", |tx| {
            may_act(tx, act)?;
            if find(tx, act.tenant, name, &tag.version)?.is_none() {
                return Err(StateError::absent("module", &format!("{name}@{}", tag.version)).into());
            }
            tx.write(
                "INSERT INTO module_tag (tenant, name, tag, version, set_at) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (tenant, name, tag) DO UPDATE SET version = ?4, set_at = ?5",
                params![act.tenant, name, tag.tag, tag.version, act.at],
            )?;
            let what = audit::What {
                action: "module.tag",
                object: &format!("{name}@{}", tag.tag),
                detail: serde_json::json!({ "version": tag.version }),
            };
            audit::append(tx, act, &what)
        })
    }

    /// Takes a tag away; the version it named stays.
    ///
    /// # Errors
    /// [`StateError::Absent`] when the module has no such tag.
    pub fn remove_tag(&mut self, act: &Act<'_>, name: &str, tag: &str) -> Result<(), StateError> {
        let object = format!("{name}@{tag}");
        self.write_or_undo("removing a tag in", |tx| {
            may_act(tx, act)?;
            let removed = tx.execute(
                "DELETE FROM module_tag WHERE tenant = ?1 AND name = ?2 AND tag = ?3",
                params![act.tenant, name, tag],
            )?;
            if removed == 0 {
                return Err(StateError::absent("tag", &object).into());
            }
            audit::append(tx, act, &audit::What::of("module.untag", &object))
        })
    }

    /// Tells whether a version of the tenant has these bytes.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn has_bytes(&self, tenant: &str, digest: &str) -> Result<bool, StateError> {
        has_bytes(&self.connection, tenant, digest).map_err(|e| self.failed("reading", e))
    }

    /// Tells whether a version of any tenant has these bytes.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn anybody_has_bytes(&self, digest: &str) -> Result<bool, StateError> {
        let found = self.rows(
            "SELECT 1 FROM tenant t WHERE EXISTS (
                SELECT 1 FROM module_version v WHERE v.tenant = t.id AND v.digest = ?1 AND v.deleted_at IS NULL
             ) LIMIT 1",
            params![digest],
            |_| Ok(()),
        )?;
        Ok(!found.is_empty())
    }

    /// Deletes a version, and returns its digest if no other version of the tenant has the same bytes: then they can go too, and do
    /// where they are pieces in the state.
    /// The row stays, so that the version never means other bytes.
    ///
    /// # Errors
    /// [`StateError::Absent`] when there is none, [`StateError::NotYours`] when it is not this key's to delete,
    /// [`StateError::InUse`] when a tag names it.
    pub fn delete_version(
        &mut self,
        act: &Act<'_>,
        deletes: Deletes<'_>,
        reference: (&str, &str),
    ) -> Result<Option<String>, StateError> {
        let (name, version) = reference;
        let object = format!("{name}@{version}");
        self.write_or_undo("deleting a module in", |tx| {
            may_act(tx, act)?;
            let Some(entry) = find(tx, act.tenant, name, version)? else {
                return Err(StateError::absent("module", &object).into());
            };
            if deletes.key().is_some_and(|key| entry.pushed_by != key) {
                return Err(StateError::NotYours {
                    what: "module",
                    name: object,
                }
                .into());
            }
            let tag: Option<String> = tx
                .query_row(
                    "SELECT tag FROM module_tag WHERE tenant = ?1 AND name = ?2 AND version = ?3 ORDER BY tag LIMIT 1",
                    params![act.tenant, name, version],
                    |row| row.get(0),
                )
                .optional()?;
            if let Some(tag) = tag {
                return Err(StateError::InUse {
                    what: "module",
                    name: object.clone(),
                    by: format!("the tag `{tag}`"),
                }
                .into());
            }
            delete(tx, act, &entry)
        })
    }

    /// The versions that [`Store::prune`] would delete now: at most [`PAGE_ROWS_MAX`], as it deletes at a time.
    ///
    /// # Errors
    /// As [`Store::prune`].
    pub fn prunable(
        &self,
        tenant: &str,
        deletes: Deletes<'_>,
        prune: &Prune<'_>,
    ) -> Result<Pruned, StateError> {
        self.prunes(tenant, prune)?;
        let found = prunable(&self.connection, tenant, deletes, prune);
        found.map_err(|e| self.failed("reading", e))
    }

    /// Deletes the versions of a module that are neither among the newest nor named by a tag; those that are not this key's to
    /// delete stay. At most [`PAGE_ROWS_MAX`] at a time, all of them or none.
    ///
    /// # Errors
    /// [`StateError::Absent`] when the tenant has no such module, [`StateError::Invalid`] when none is to stay.
    pub fn prune(
        &mut self,
        act: &Act<'_>,
        deletes: Deletes<'_>,
        prune: &Prune<'_>,
    ) -> Result<Pruned, StateError> {
        self.prunes(act.tenant, prune)?;
        self.write_or_undo("pruning a module in", |tx| {
            may_act(tx, act)?;
            let mut pruned = prunable(tx, act.tenant, deletes, prune)?;
            for entry in &pruned.versions {
                pruned.digests.extend(delete(tx, act, entry)?);
            }
            Ok(pruned)
        })
    }

    /// Refuses to prune what is not there.
    fn prunes(&self, tenant: &str, prune: &Prune<'_>) -> Result<(), StateError> {
        prune.check()?;
        let newest = Reference {
            name: prune.name,
            which: None,
        };
        self.resolve(tenant, &newest).map(drop)
    }
}

/// Deletes a version that is there, and returns its digest if no other version of the tenant has the same bytes.
fn delete(tx: &Connection, act: &Act<'_>, entry: &VersionEntry) -> Result<Option<String>, Undo> {
    tx.write(
        "UPDATE module_version SET deleted_at = ?2, description = '' WHERE seq = ?1",
        params![entry.seq, act.at],
    )?;
    let object = format!("{}@{}", entry.name, entry.version);
    audit::append(tx, act, &audit::What::of("module.delete", &object))?;
    if has_bytes(tx, act.tenant, &entry.digest)? {
        return Ok(None);
    }
    pieces::forget(tx, act.tenant, &entry.digest)?;
    signer::forget(tx, act.tenant, &entry.digest)?;
    Ok(Some(entry.digest.clone()))
}

/// The versions that go, none of them deleted yet.
fn prunable(
    tx: &Connection,
    tenant: &str,
    deletes: Deletes<'_>,
    prune: &Prune<'_>,
) -> DbResult<Pruned> {
    let mut versions = tx.query_rows(
        &format!(
            "SELECT {} FROM {KEPT} AND name = ?2 AND (?3 IS NULL OR pushed_by = ?3)
             AND seq NOT IN (SELECT seq FROM {KEPT} AND name = ?2 ORDER BY created_at DESC, seq DESC LIMIT ?4)
             AND version NOT IN (SELECT version FROM module_tag WHERE tenant = ?1 AND name = ?2)
             ORDER BY created_at, seq LIMIT {PAGE_ROWS_MAX} + 1",
            undescribed()
        ),
        params![tenant, prune.name, deletes.key(), i64::from(prune.keep)],
        read,
    )?;
    let most = usize::try_from(PAGE_ROWS_MAX).unwrap_or(usize::MAX);
    let is_complete = versions.len() <= most;
    versions.truncate(most);
    Ok(Pruned {
        versions,
        is_complete,
        digests: Vec::new(),
    })
}

/// Keeps a version, unless it is there.
fn put(tx: &Connection, act: &Act<'_>, new: &NewVersion<'_>) -> Result<bool, Undo> {
    may_act(tx, act)?;
    foresee(tx, act, new)?;
    let made = tx.execute(
        "INSERT INTO module_version (tenant, name, version, digest, bytes, description, pushed_by, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
        params![
            act.tenant,
            new.name,
            new.version,
            new.digest,
            new.bytes.cast_signed(),
            new.description,
            act.actor,
            act.at
        ],
    )?;
    if made == 0 && !revive(tx, act, new)? {
        return Ok(false);
    }
    let object = format!("{}@{}", new.name, new.version);
    let what = audit::What {
        action: "module.push",
        object: &object,
        detail: serde_json::json!({ "digest": new.digest, "bytes": new.bytes }),
    };
    audit::append(tx, act, &what)?;
    Ok(true)
}

/// Refuses a version that has other bytes, also when it was deleted, and bytes for which the tenant has no room.
fn foresee(tx: &Connection, act: &Act<'_>, new: &NewVersion<'_>) -> Result<(), Undo> {
    let other = tx
        .query_row(
            "SELECT 1 FROM module_version WHERE tenant = ?1 AND name = ?2 AND version = ?3 AND digest <> ?4",
            params![act.tenant, new.name, new.version, new.digest],
            |_| Ok(()),
        )
        .optional()?;
    if other.is_some() {
        let object = format!("{}@{}", new.name, new.version);
        return Err(StateError::taken("version", &object).into());
    }
    // What is there takes no more room.
    match has_bytes(tx, act.tenant, new.digest)? {
        true => Ok(()),
        false => quota::fits(tx, act, new.bytes),
    }
}

/// Tells whether everything is so still that was decided about a run on.
pub(super) fn stands(tx: &Connection, tenant: &str, basis: &Basis<'_>) -> DbResult<bool> {
    let Basis {
        name,
        version,
        digest,
        policy,
        signers,
    } = *basis;
    let now = tx
        .query_row(
            &format!(
                "SELECT (SELECT hash FROM module_policy WHERE tenant = ?1 AND module = ?2)
                 FROM {KEPT} AND name = ?2 AND version = ?3 AND digest = ?4"
            ),
            params![tenant, name, version, digest],
            |row| row.get::<Option<String>>(0),
        )
        .optional()?;
    match (now, policy) {
        (Some(None), None) => Ok(true),
        (Some(Some(now)), Some(policy)) if now == policy => {
            Ok(signer::signed_by(tx, tenant, digest)? == signers)
        }
        _ => Ok(false),
    }
}

fn has_bytes(tx: &Connection, tenant: &str, digest: &str) -> DbResult<bool> {
    let found = tx
        .query_row(
            &format!("SELECT 1 FROM {KEPT} AND digest = ?2 LIMIT 1"),
            params![tenant, digest],
            |_| Ok(()),
        )
        .optional()?;
    Ok(found.is_some())
}

/// Lets a deleted version be there again, if these are its bytes.
fn revive(tx: &Connection, act: &Act<'_>, new: &NewVersion<'_>) -> DbResult<bool> {
    let revived = tx.execute(
        "UPDATE module_version SET deleted_at = NULL, pushed_by = ?5, created_at = ?6, description = ?7
         WHERE deleted_at IS NOT NULL AND tenant = ?1 AND name = ?2 AND version = ?3 AND digest = ?4",
        params![
            act.tenant, new.name, new.version, new.digest, act.actor, act.at, new.description
        ],
    )?;
    Ok(revived == 1)
}

pub(super) fn find(
    tx: &Connection,
    tenant: &str,
    name: &str,
    version: &str,
) -> Result<Option<VersionEntry>, Undo> {
    let found = tx
        .query_row(
            &format!("SELECT {COLUMNS} FROM {KEPT} AND name = ?2 AND version = ?3"),
            params![tenant, name, version],
            read,
        )
        .optional()?;
    Ok(found)
}
