//! Policies of modules. Every statement names the tenant.

use super::access::may_act;
use super::value::params;
use super::{Store, audit};
use crate::audit::Act;
use crate::error::StateError;
use crate::names::check_name;
use crate::policy::{NewPolicy, PolicyEntry};

impl Store {
    /// Lets a policy decide about the calls of a module's runs that begin from now on.
    ///
    /// # Errors
    /// [`StateError::Invalid`].
    pub fn set_module_policy(
        &mut self,
        act: &Act<'_>,
        new: &NewPolicy<'_>,
    ) -> Result<(), StateError> {
        new.check()?;
        let NewPolicy {
            module,
            text,
            name,
            hash,
        } = *new;
        self.write_or_undo("writing a policy to", |tx| {
            may_act(tx, act)?;
            tx.write(
                "INSERT INTO module_policy (tenant, module, text, name, hash, set_by, set_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (tenant, module) DO UPDATE SET text = ?3, name = ?4, hash = ?5, set_by = ?6, set_at = ?7",
                params![act.tenant, module, text, name, hash, act.actor, act.at],
            )?;
            let what = audit::What {
                action: "policy.set",
                object: module,
                detail: serde_json::json!({ "policy": name, "hash": hash }),
            };
            audit::append(tx, act, &what)
        })
    }

    /// The policy of a module.
    ///
    /// # Errors
    /// [`StateError::Absent`] when it has none, [`StateError::Invalid`] for a bad name.
    pub fn module_policy(&self, tenant: &str, module: &str) -> Result<PolicyEntry, StateError> {
        check_name("module", module)?;
        let found = self.module_policy_if_any(tenant, module)?;
        found.ok_or_else(|| StateError::absent("policy of the module", module))
    }

    /// The policy of a module, if it has one.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn module_policy_if_any(
        &self,
        tenant: &str,
        module: &str,
    ) -> Result<Option<PolicyEntry>, StateError> {
        let found = self.rows(
            "SELECT text, name, hash, set_by, set_at FROM module_policy WHERE tenant = ?1 AND module = ?2",
            params![tenant, module],
            |row| {
                Ok(PolicyEntry {
                    text: row.get(0)?,
                    name: row.get(1)?,
                    hash: row.get(2)?,
                    set_by: row.get(3)?,
                    set_at: row.get(4)?,
                })
            },
        )?;
        Ok(found.into_iter().next())
    }

    /// Takes the policy of a module away.
    ///
    /// # Errors
    /// [`StateError::Absent`] when it has none.
    pub fn remove_module_policy(&mut self, act: &Act<'_>, module: &str) -> Result<(), StateError> {
        check_name("module", module)?;
        self.write_or_undo("removing a policy in", |tx| {
            may_act(tx, act)?;
            let removed = tx.execute(
                "DELETE FROM module_policy WHERE tenant = ?1 AND module = ?2",
                params![act.tenant, module],
            )?;
            if removed == 0 {
                return Err(StateError::absent("policy of the module", module).into());
            }
            audit::append(tx, act, &audit::What::of("policy.remove", module))
        })
    }
}
