//! Facts in bulk: one JSON document, written in order, each entry checked as if it had been written alone.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::commit::{Commit, Effect};
use crate::credential::{Credential, CredentialError, Standing};
use crate::did::DocumentSource;
use crate::snapshot::matches_did;
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
    #[serde(deserialize_with = "unique")]
    pub trust: BTreeMap<String, [f64; 6]>,
    /// The realm each did is at home in.
    #[serde(deserialize_with = "unique")]
    pub members: BTreeMap<String, String>,
    /// What is left of trust between realms.
    pub dampening: Vec<Dampening>,
    /// Issuers by did, with the schemas they are trusted for.
    #[serde(deserialize_with = "unique")]
    pub issuers: BTreeMap<String, Vec<String>>,
    /// Credentials in JWT form.
    pub credentials: Vec<String>,
    /// Credentials that do not count any more.
    pub revocations: Vec<Revocation>,
    /// Values by store and key.
    #[serde(deserialize_with = "unique")]
    pub stores: BTreeMap<String, Entries>,
    /// Mana buckets by identity.
    #[serde(deserialize_with = "unique")]
    pub mana: BTreeMap<String, ManaBucket>,
}

/// Values by key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Entries(#[serde(deserialize_with = "unique")] pub BTreeMap<String, String>);

/// A map in which no key stands twice: which one counts would be a guess.
fn unique<'de, D: Deserializer<'de>, V: Deserialize<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, V>, D::Error> {
    struct Unique<V>(PhantomData<V>);
    impl<'de, V: Deserialize<'de>> Visitor<'de> for Unique<V> {
        type Value = BTreeMap<String, V>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
            let mut map = BTreeMap::new();
            while let Some((key, value)) = access.next_entry::<String, V>()? {
                if map.contains_key(&key) {
                    return Err(A::Error::custom(format_args!("`{key}` stands there twice")));
                }
                map.insert(key, value);
            }
            Ok(map)
        }
    }
    deserializer.deserialize_map(Unique(PhantomData))
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
