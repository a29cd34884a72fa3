//! Facts in bulk: one JSON document, written in order, each entry checked as if it had been written alone.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

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
