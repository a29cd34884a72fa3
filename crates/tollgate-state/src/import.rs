//! Facts in bulk: one JSON document, written in order, each entry checked as if it had been written alone.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::commit::{Commit, Effect};
use crate::did::DocumentSource;
use crate::store::{StateError, Store};

/// Facts to write. Every section may be left out; unknown ones are refused.
///
/// ```json
/// {
///   "trust": { "did:example:ada": [0.9, 0.9, 0.8, 0.7, 0.9, 0.6] },
///   "members": { "did:example:ada": "home" },
///   "dampening": [ { "from": "home", "to": "finance", "factor": 0.9 } ],
///   "issuers": { "did:key:z6Mk…": ["did:erynoa:credential:identity:**"] },
///   "credentials": [ "eyJhbGciOi…" ],
///   "revocations": [ { "issuer": "did:key:z6Mk…", "id": "urn:uuid:…" } ],
///   "stores": { "realm:invitations": { "did:example:ada": "invited" } },
///   "mana": { "did:example:ada": { "capacity": 10000000, "per_second": 1000 } }
/// }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Import {
    /// Trust vectors by did: R, I, C, P, V, Ω.
    pub trust: BTreeMap<String, [f64; 6]>,
    /// The realm each did is at home in.
    pub members: BTreeMap<String, String>,
    /// What is left of trust between realms.
    pub dampening: Vec<Dampening>,
    /// Issuers by did, with the schemas they are trusted for.
    pub issuers: BTreeMap<String, Vec<String>>,
    /// Credentials in JWT form.
    pub credentials: Vec<String>,
    /// Credentials that do not count any more.
    pub revocations: Vec<Revocation>,
    /// Values by store and key.
    pub stores: BTreeMap<String, BTreeMap<String, String>>,
    /// Mana buckets by identity.
    pub mana: BTreeMap<String, ManaBucket>,
}

/// What is left of trust that crosses from one realm to another.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dampening {
    /// The home realm.
    pub from: String,
    /// The realm that looks.
    pub to: String,
    /// In 0..=1.
    pub factor: f64,
}

/// A credential that is revoked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// Who issued it.
    pub issuer: String,
    /// Its id.
    pub id: String,
}

/// A mana bucket, full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManaBucket {
    /// Most it holds, micro-mana.
    pub capacity: u64,
    /// Refill, micro-mana a second.
    pub per_second: u64,
}

impl Store {
    /// Writes facts as of `now` (nanoseconds since 1970). The same document again changes nothing but the history of trust.
    ///
    /// # Errors
    /// As the methods for the single facts. What stands before the entry at fault is written.
    pub fn import(
        &mut self,
        facts: &Import,
        source: &dyn DocumentSource,
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
        for jwt in &facts.credentials {
            self.put_credential(jwt, source)?;
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
            for (key, value) in entries {
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
