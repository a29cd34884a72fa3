//! Facts in bulk: one transaction around what the methods for the single facts do.

use super::Store;
use crate::commit::{Commit, Effect};
use crate::credential::{Credential, CredentialError, Standing};
use crate::did::DocumentSource;
use crate::error::StateError;
use crate::import::{Dampening, Import, Revocation};
use crate::presented::matches_did;

/// The standing of issuers once the facts are written.
struct Incoming<'a> {
    store: &'a Store,
    facts: &'a Import,
}

impl Standing for Incoming<'_> {
    fn is_trusted(&self, issuer: &str, schema: &str) -> Result<bool, CredentialError> {
        let patterns = self.facts.issuers.get(issuer).into_iter().flatten();
        let brought = patterns.into_iter().any(|p| matches_did(p, schema));
        Ok(brought || self.store.is_trusted(issuer, schema)?)
    }

    fn is_revoked(&self, issuer: &str, id: &str) -> Result<bool, CredentialError> {
        let brought = |r: &Revocation| r.issuer == issuer && r.id == id;
        Ok(self.facts.revocations.iter().any(brought) || self.store.is_revoked(issuer, id)?)
    }
}

impl Store {
    /// Writes facts as of `now` (nanoseconds since 1970). The same document again changes nothing but the history of trust.
    ///
    /// # Errors
    /// As the methods for the single facts. Then nothing is written.
    pub fn import(
        &mut self,
        facts: &Import,
        source: &dyn DocumentSource,
        now: i64,
    ) -> Result<(), StateError> {
        // Before the transaction: keys may have to be fetched, and other writers would wait for them.
        let incoming = Incoming { store: self, facts };
        let verified = facts
            .credentials
            .iter()
            .map(|jwt| {
                let credential = Credential::verify_to_store(jwt, source, &incoming)?;
                Ok((credential, &**jwt))
            })
            .collect::<Result<Vec<_>, StateError>>()?;
        self.all_or_nothing("importing into", |store| {
            store.import_verified(facts, &verified, now)
        })
    }

    fn import_verified(
        &mut self,
        facts: &Import,
        credentials: &[(Credential, &str)],
        now: i64,
    ) -> Result<(), StateError> {
        for (did, vector) in &facts.trust {
            self.put_trust(did, *vector, now)?;
        }
        for (did, realm) in &facts.members {
            self.put_member(did, realm)?;
        }
        for Dampening { from, to, factor } in &facts.dampening {
            self.put_dampening(from, to, *factor)?;
        }
        for (issuer, schemas) in &facts.issuers {
            for schema in schemas {
                self.trust_issuer(issuer, schema)?;
            }
        }
        for (credential, jwt) in credentials {
            self.put_verified(credential, jwt)?;
        }
        for Revocation { issuer, id } in &facts.revocations {
            self.revoke(issuer, id, now)?;
        }
        for (identity, bucket) in &facts.mana {
            self.mana()
                .set(identity, bucket.capacity, bucket.per_second, now)?;
        }
        self.import_stores(facts, now)
    }

    /// Each value is a commit of its own, under an id that names it, so that the same value again is not written twice.
    fn import_stores(&mut self, facts: &Import, now: i64) -> Result<(), StateError> {
        for (store, entries) in &facts.stores {
            for (key, value) in &entries.0 {
                let before = self.history(store, key)?;
                if before.last() == Some(value) {
                    continue;
                }
                let id = format!("import/{store}/{key}/{}", before.len());
                let effect = Effect::Put {
                    store: store.clone(),
                    key: key.clone(),
                    value: value.clone(),
                };
                self.commit(&Commit {
                    id: &id,
                    effects: &[effect],
                    settle: &[],
                    outcome: "",
                    at: now,
                })?;
            }
        }
        Ok(())
    }
}
