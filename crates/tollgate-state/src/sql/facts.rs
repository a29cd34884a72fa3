//! Writing facts: each is one row more, so that what was known earlier stays known.

use super::Store;
use super::value::params;
use crate::credential::Credential;
use crate::did::DocumentSource;
use crate::error::{StateError, invalid};

impl Store {
    /// Records the trust vector of a did from `at` on; earlier ones stay as history.
    ///
    /// # Errors
    /// [`StateError::Invalid`] when a dimension is not in 0..=1.
    pub fn put_trust(&mut self, did: &str, trust: [f64; 6], at: i64) -> Result<(), StateError> {
        check_did(did)?;
        if let Some(bad) = trust.iter().find(|d| !(0.0..=1.0).contains(*d)) {
            return Err(invalid(
                "trust dimension",
                bad.to_string(),
                "each is between 0 and 1",
            ));
        }
        let [r, i, c, p, v, omega] = trust;
        self.write("writing trust to", |tx| {
            tx.execute(
                "INSERT INTO trust (did, r, i, c, p, v, omega, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![did, r, i, c, p, v, omega, at],
            )
        })?;
        Ok(())
    }

    /// Every trust vector a did has had, oldest first, with the time it counts from.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn trust_history(&self, did: &str) -> Result<Vec<(i64, [f64; 6])>, StateError> {
        self.rows(
            "SELECT at, r, i, c, p, v, omega FROM trust WHERE did = ?1 ORDER BY at, seq",
            params![did],
            |row| {
                Ok((
                    row.get(0)?,
                    [
                        row.get(1)?,
                        row.get(2)?,
                        row.get(3)?,
                        row.get(4)?,
                        row.get(5)?,
                        row.get(6)?,
                    ],
                ))
            },
        )
    }

    /// Verifies a credential and stores it. What cannot be verified is refused here; whether it *counts* (validity, trusted
    /// issuer, revocation) is decided when it is asked for. A document is fetched for a trusted issuer only.
    ///
    /// # Errors
    /// [`StateError::Credential`].
    pub fn put_credential(
        &mut self,
        jwt: &str,
        source: &dyn DocumentSource,
    ) -> Result<Credential, StateError> {
        let credential = Credential::verify_to_store(jwt, source, self)?;
        self.put_verified(&credential, jwt)?;
        Ok(credential)
    }

    /// Stores a credential that was verified.
    pub(crate) fn put_verified(
        &mut self,
        credential: &Credential,
        jwt: &str,
    ) -> Result<(), StateError> {
        self.write("writing a credential to", |tx| {
            tx.execute(
                "INSERT INTO credential (issuer, id, subject, schema, jwt) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (issuer, id) DO UPDATE SET subject = ?3, schema = ?4, jwt = ?5",
                params![credential.issuer, credential.id, credential.subject, credential.schema, jwt],
            )
        })?;
        Ok(())
    }

    /// Trusts `issuer` for the schemas that match the did pattern.
    ///
    /// # Errors
    /// [`StateError::Invalid`] for a bad did.
    pub fn trust_issuer(&mut self, issuer: &str, schema_pattern: &str) -> Result<(), StateError> {
        check_did(issuer)?;
        self.write("writing an issuer to", |tx| {
            tx.execute(
                "INSERT INTO issuer (issuer, schema_pattern) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                params![issuer, schema_pattern],
            )
        })?;
        Ok(())
    }

    /// Revokes a credential. It has no effect for any snapshot taken afterwards.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn revoke(&mut self, issuer: &str, id: &str, at: i64) -> Result<(), StateError> {
        self.write("writing a revocation to", |tx| {
            tx.execute(
                "INSERT INTO revocation (issuer, id, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                params![issuer, id, at],
            )
        })?;
        Ok(())
    }

    /// Lets `delegate` act for `owner` from `from` until `until` (none: until it is ended).
    ///
    /// # Errors
    /// [`StateError::Invalid`] for a bad did.
    pub fn delegate(
        &mut self,
        owner: &str,
        delegate: &str,
        from: i64,
        until: Option<i64>,
    ) -> Result<(), StateError> {
        check_did(owner)?;
        check_did(delegate)?;
        self.write("writing a delegation to", |tx| {
            tx.execute(
                "INSERT INTO delegation (owner, delegate, from_at, until_at) VALUES (?1, ?2, ?3, ?4)",
                params![owner, delegate, from, until],
            )
        })?;
        Ok(())
    }

    /// Ends every delegation from `owner` to `delegate` at `at`.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn end_delegation(
        &mut self,
        owner: &str,
        delegate: &str,
        at: i64,
    ) -> Result<(), StateError> {
        self.write("ending a delegation in", |tx| {
            tx.execute(
                "UPDATE delegation SET until_at = ?3 WHERE owner = ?1 AND delegate = ?2 AND (until_at IS NULL OR until_at > ?3)",
                params![owner, delegate, at],
            )
        })?;
        Ok(())
    }

    /// Records a blueprint's attribute schema (a JSON object) from `at` on.
    ///
    /// # Errors
    /// [`StateError::Invalid`] when it is not a JSON object.
    pub fn put_blueprint(
        &mut self,
        did: &str,
        attributes: &serde_json::Value,
        at: i64,
    ) -> Result<(), StateError> {
        check_did(did)?;
        if !attributes.is_object() {
            return Err(invalid(
                "blueprint",
                attributes.to_string(),
                "its attributes are a JSON object",
            ));
        }
        self.write("writing a blueprint to", |tx| {
            tx.execute(
                "INSERT INTO blueprint (did, attributes, at) VALUES (?1, ?2, ?3)",
                params![did, attributes.to_string(), at],
            )
        })?;
        Ok(())
    }

    /// Records the balance of an account from `at` on, as a decimal scaled by 10^18.
    ///
    /// # Errors
    /// [`StateError::Invalid`] for a bad did.
    pub fn put_balance(
        &mut self,
        did: &str,
        account: &str,
        amount: i128,
        at: i64,
    ) -> Result<(), StateError> {
        check_did(did)?;
        self.write("writing a balance to", |tx| {
            tx.execute(
                "INSERT INTO balance (did, account, amount, at) VALUES (?1, ?2, ?3, ?4)",
                params![did, account, amount.to_string(), at],
            )
        })?;
        Ok(())
    }

    /// Records karma from `at` on.
    ///
    /// # Errors
    /// [`StateError::Invalid`] when it is not finite.
    pub fn put_karma(&mut self, did: &str, value: f64, at: i64) -> Result<(), StateError> {
        check_did(did)?;
        if !value.is_finite() {
            return Err(invalid("karma", value.to_string(), "it is a finite number"));
        }
        self.write("writing karma to", |tx| {
            tx.execute(
                "INSERT INTO karma (did, value, at) VALUES (?1, ?2, ?3)",
                params![did, value, at],
            )
        })?;
        Ok(())
    }

    /// Opens a session of a did.
    ///
    /// # Errors
    /// [`StateError::Database`] when the id is taken.
    pub fn open_session(&mut self, id: &str, did: &str) -> Result<(), StateError> {
        check_did(did)?;
        self.write("opening a session in", |tx| {
            tx.execute(
                "INSERT INTO session (id, did) VALUES (?1, ?2)",
                params![id, did],
            )
        })?;
        Ok(())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn end_session(&mut self, id: &str, at: i64) -> Result<(), StateError> {
        self.write("ending a session in", |tx| {
            tx.execute(
                "UPDATE session SET ended = ?2 WHERE id = ?1 AND ended IS NULL",
                params![id, at],
            )
        })?;
        Ok(())
    }

    /// Says which realm a did is at home in.
    ///
    /// # Errors
    /// [`StateError::Invalid`] for a bad did.
    pub fn put_member(&mut self, did: &str, realm: &str) -> Result<(), StateError> {
        check_did(did)?;
        self.write("writing a realm member to", |tx| {
            tx.execute(
                "INSERT INTO realm_member (did, realm) VALUES (?1, ?2) ON CONFLICT (did) DO UPDATE SET realm = ?2",
                params![did, realm],
            )
        })?;
        Ok(())
    }

    /// Says what is left of trust that crosses from one realm to another. Default:
    /// [`crate::limits::REALM_DAMPENING_DEFAULT`]; within a realm all of it.
    ///
    /// # Errors
    /// [`StateError::Invalid`] when the factor is not in 0..=1.
    pub fn put_dampening(&mut self, from: &str, to: &str, factor: f64) -> Result<(), StateError> {
        if !(0.0..=1.0).contains(&factor) {
            return Err(invalid(
                "dampening factor",
                factor.to_string(),
                "it is between 0 and 1",
            ));
        }
        self.write("writing a dampening factor to", |tx| {
            tx.execute(
                "INSERT INTO realm_dampening (from_realm, to_realm, factor) VALUES (?1, ?2, ?3)
                 ON CONFLICT (from_realm, to_realm) DO UPDATE SET factor = ?3",
                params![from, to, factor],
            )
        })?;
        Ok(())
    }
}

fn check_did(did: &str) -> Result<(), StateError> {
    crate::did::parse(did).map(|_| ()).map_err(|_| {
        invalid(
            "did",
            did.chars().take(80).collect(),
            "a did is `did:METHOD:ID`",
        )
    })
}
