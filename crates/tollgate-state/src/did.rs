//! Dids and the keys behind them: `did:key` is decoded, `did:web` is fetched through a [`DocumentSource`].
//!
//! Formats: [did:key](https://w3c-ccg.github.io/did-key-spec/) (multibase base58-btc of a multicodec key: Ed25519 `0xed01`,
//! P-256 `0x8024`), [did:web](https://w3c-ccg.github.io/did-method-web/), did documents with `publicKeyJwk` or
//! `publicKeyMultibase` verification methods ([DID Core](https://www.w3.org/TR/did-core/)).

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::json::Object;
use crate::limits;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What stands before a key of Ed25519 and of P-256: its multicodec number, as a varint.
const ED25519: [u8; 2] = [0xed, 0x01];
const P256: [u8; 2] = [0x80, 0x24];

/// A public key that signs credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// Ed25519, `alg` EdDSA.
    Ed25519(ed25519_dalek::VerifyingKey),
    /// NIST P-256, `alg` ES256.
    P256(p256::ecdsa::VerifyingKey),
}

/// A key of a did with the fragment it is called by.
#[derive(Debug, Clone)]
pub struct NamedKey {
    /// The absolute id, `did:…#…`.
    pub id: String,
    /// The key.
    pub key: PublicKey,
}

/// Why a did has no usable key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(
    missing_docs,
    reason = "the message of a variant says what its fields are"
)]
pub enum DidError {
    /// Not a did at all.
    #[error("`{did}` is not a did (expected `did:METHOD:ID`)")]
    Malformed { did: String },
    /// A method that is not implemented.
    #[error("`{did}` uses the method `{method}`; supported are `did:key` and `did:web`")]
    Method { did: String, method: String },
    /// The key in a `did:key` or a document is not usable.
    #[error("the key of `{did}` is not usable: {why}")]
    Key { did: String, why: &'static str },
    /// The document could not be had.
    #[error("the document of `{did}` could not be fetched: {why}")]
    Fetch { did: String, why: String },
    /// The document is not one.
    #[error("the document of `{did}` is not valid: {why}")]
    Document { did: String, why: String },
}

/// Fetches a did document: an https GET. The caller's implementation checks addresses and bounds the size.
pub trait DocumentSource: Send + Sync {
    /// The bytes at `url`.
    ///
    /// # Errors
    /// A text for people.
    fn fetch(&self, url: &str) -> Result<Vec<u8>, String>;
}

/// A source that refuses: only `did:key` resolves.
#[derive(Debug, Clone, Copy, Default)]
pub struct Offline;

impl DocumentSource for Offline {
    fn fetch(&self, _url: &str) -> Result<Vec<u8>, String> {
        Err("fetching did documents is not granted here".to_owned())
    }
}

/// Documents at hand for one decision. What is asked for and not at hand is noted, to be fetched when nobody waits.
///
/// A document may take half a minute to arrive, and a caller that holds a transaction meanwhile makes others wait. So an
/// evaluation reads from here; when it ended, [`fetch_wanted`](Documents::fetch_wanted) gets what it missed, and it is
/// made again.
#[derive(Debug, Default)]
pub struct Documents {
    at_hand: Mutex<BTreeMap<String, Arrival>>,
}

/// A document, or where it is.
#[derive(Debug, Clone)]
enum Arrival {
    Wanted,
    Arrived(Result<Vec<u8>, String>),
}

impl Documents {
    /// Fetches what was asked for since the last time; tells whether anything was.
    pub fn fetch_wanted(&self, source: &dyn DocumentSource) -> bool {
        let wanted: Vec<String> = {
            let at_hand = self.lock();
            let wanted = at_hand
                .iter()
                .filter(|(_, arrival)| matches!(arrival, Arrival::Wanted));
            wanted.map(|(url, _)| url.clone()).collect()
        };
        for url in &wanted {
            let document = source.fetch(url);
            self.lock().insert(url.clone(), Arrival::Arrived(document));
        }
        !wanted.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arrival>> {
        self.at_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DocumentSource for Documents {
    fn fetch(&self, url: &str) -> Result<Vec<u8>, String> {
        let mut at_hand = self.lock();
        match at_hand.get(url) {
            Some(Arrival::Arrived(document)) => document.clone(),
            Some(Arrival::Wanted) => Err("it is not here yet".to_owned()),
            None if at_hand.len() >= limits::DOCUMENTS_PER_DECISION_MAX => Err(format!(
                "one decision fetches at most {} documents",
                limits::DOCUMENTS_PER_DECISION_MAX
            )),
            None => {
                at_hand.insert(url.to_owned(), Arrival::Wanted);
                Err("it is not here yet".to_owned())
            }
        }
    }
}

/// Whether the keys of this did stand in a document elsewhere. The address is part of the did: the one who chooses the did
/// chooses what is fetched.
#[must_use]
pub fn needs_document(did: &str) -> bool {
    matches!(parse(did), Ok(("web", _)))
}

/// Checks the shape `did:METHOD:ID` and splits it.
///
/// # Errors
/// [`DidError::Malformed`].
pub fn parse(did: &str) -> Result<(&str, &str), DidError> {
    let malformed = || DidError::Malformed { did: shorten(did) };
    if did.len() > limits::DID_BYTES_MAX {
        return Err(malformed());
    }
    let rest = did.strip_prefix("did:").ok_or_else(malformed)?;
    let (method, id) = rest.split_once(':').ok_or_else(malformed)?;
    let method_ok = !method.is_empty()
        && method
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let id_ok = !id.is_empty()
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-:%".contains(&b));
    if method_ok && id_ok {
        Ok((method, id))
    } else {
        Err(malformed())
    }
}

/// The keys a did signs with.
///
/// # Errors
/// See [`DidError`].
pub fn resolve(did: &str, source: &dyn DocumentSource) -> Result<Vec<NamedKey>, DidError> {
    let (method, id) = parse(did)?;
    match method {
        "key" => {
            let key = multibase_key(did, id)?;
            Ok(vec![NamedKey {
                id: format!("{did}#{id}"),
                key,
            }])
        }
        "web" => web_keys(did, source),
        other => Err(DidError::Method {
            did: did.to_owned(),
            method: other.to_owned(),
        }),
    }
}

/// The address of a `did:web` document: colons are path separators, `%3A` is the colon before a port.
///
/// # Errors
/// [`DidError::Malformed`] when a part is empty or climbs.
pub fn web_url(did: &str) -> Result<String, DidError> {
    let (_, id) = parse(did)?;
    let malformed = || DidError::Malformed {
        did: did.to_owned(),
    };
    let (host, path) = match id.split_once(':') {
        Some((host, path)) => (host, path.split(':').collect()),
        None => (id, Vec::new()),
    };
    let host = host.replace("%3A", ":").replace("%3a", ":");
    if host.is_empty() || host.contains('%') {
        return Err(malformed());
    }
    if path
        .iter()
        .any(|p| p.is_empty() || *p == "." || *p == ".." || p.contains('%'))
    {
        return Err(malformed());
    }
    Ok(if path.is_empty() {
        format!("https://{host}/.well-known/did.json")
    } else {
        format!("https://{host}/{}/did.json", path.join("/"))
    })
}

fn web_keys(did: &str, source: &dyn DocumentSource) -> Result<Vec<NamedKey>, DidError> {
    let url = web_url(did)?;
    let bytes = source.fetch(&url).map_err(|why| DidError::Fetch {
        did: did.to_owned(),
        why,
    })?;
    document_keys(did, &bytes)
}

fn document_keys(did: &str, bytes: &[u8]) -> Result<Vec<NamedKey>, DidError> {
    let invalid = |why: String| DidError::Document {
        did: did.to_owned(),
        why,
    };
    if bytes.len() > limits::DOCUMENT_BYTES_MAX {
        return Err(invalid(format!(
            "{} bytes; at most {} are read",
            bytes.len(),
            limits::DOCUMENT_BYTES_MAX
        )));
    }
    let document = Object::read(bytes).map_err(invalid)?;
    let id = document.text("id").map_err(invalid)?;
    if id != did {
        return Err(invalid(format!("it is the document of `{}`", shorten(id))));
    }
    let methods = document.elements("verificationMethod").map_err(invalid)?;
    if methods.len() > limits::DOCUMENT_KEYS_MAX {
        return Err(invalid(format!(
            "{} verification methods; at most {} are read",
            methods.len(),
            limits::DOCUMENT_KEYS_MAX
        )));
    }
    // Keys that may sign claims; a key only for other purposes does not count.
    let asserting = document.elements("assertionMethod").map_err(invalid)?;
    let asserting: Vec<String> = asserting
        .iter()
        .filter_map(|id| id.as_str().map(|id| absolute(did, id)))
        .collect();
    let mut keys = Vec::new();
    for method in methods {
        let method = Object::try_from(method).map_err(invalid)?;
        let id = absolute(did, method.text("id").map_err(invalid)?);
        let is_own = method.text("controller").map_err(invalid)? == did;
        if is_own
            && asserting.contains(&id)
            && let Some(key) = method_key(did, &method)?
        {
            keys.push(NamedKey { id, key });
        }
    }
    if keys.is_empty() {
        return Err(invalid(
            "it has no `assertionMethod` key of its own".to_owned(),
        ));
    }
    Ok(keys)
}

/// The key of a verification method; `None` when it is in a form that is not read here.
fn method_key(did: &str, method: &Object) -> Result<Option<PublicKey>, DidError> {
    let invalid = |why: String| DidError::Document {
        did: did.to_owned(),
        why,
    };
    let jwk = method.optional_object("publicKeyJwk").map_err(invalid)?;
    let multibase = method
        .optional_text("publicKeyMultibase")
        .map_err(invalid)?;
    match (jwk, multibase) {
        (Some(_), Some(_)) => Err(invalid(
            "a verification method has two keys, and which one counts would be a guess".to_owned(),
        )),
        (Some(jwk), None) => jwk_key(did, &jwk).map(Some),
        (None, Some(text)) => multibase_key(did, text).map(Some),
        (None, None) => Ok(None),
    }
}

fn absolute(did: &str, id: &str) -> String {
    if id.starts_with('#') {
        format!("{did}{id}")
    } else {
        id.to_owned()
    }
}

/// The did of a key, which has the key in it.
pub(crate) fn of_key(key: &PublicKey) -> String {
    let bytes = match key {
        PublicKey::Ed25519(key) => [&ED25519[..], key.as_bytes()].concat(),
        PublicKey::P256(key) => [&P256[..], key.to_sec1_point(true).as_bytes()].concat(),
    };
    format!("did:key:z{}", bs58::encode(bytes).into_string())
}

fn multibase_key(did: &str, text: &str) -> Result<PublicKey, DidError> {
    let bad = |why| DidError::Key {
        did: did.to_owned(),
        why,
    };
    let encoded = text
        .strip_prefix('z')
        .ok_or_else(|| bad("the key is not multibase base58-btc"))?;
    let bytes = bs58::decode(encoded)
        .into_vec()
        .map_err(|_| bad("the key is not base58"))?;
    match bytes.split_at_checked(2) {
        Some((kind, key)) if kind == ED25519 => ed25519(did, key),
        Some((kind, key)) if kind == P256 => p256_sec1(did, key),
        _ => Err(bad("the key is neither Ed25519 nor P-256")),
    }
}

/// A key as JSON ([RFC 7517](https://www.rfc-editor.org/rfc/rfc7517), [RFC 8037](https://www.rfc-editor.org/rfc/rfc8037)).
fn jwk_key(did: &str, jwk: &Object) -> Result<PublicKey, DidError> {
    let bad = |why: &'static str| DidError::Key {
        did: did.to_owned(),
        why,
    };
    let text = |name| {
        jwk.text(name)
            .map_err(|_| bad("a member of it is missing or no text"))
    };
    let coordinate = |name| {
        let bytes = URL_SAFE_NO_PAD.decode(text(name)?);
        let bytes = bytes.map_err(|_| bad("a coordinate is not base64url"))?;
        <[u8; 32]>::try_from(bytes).map_err(|_| bad("a coordinate does not have 32 bytes"))
    };
    let purpose = jwk
        .optional_text("use")
        .map_err(|_| bad("its `use` is no text"))?;
    if purpose.is_some_and(|purpose| purpose != "sig") {
        return Err(bad("it is not for signatures"));
    }
    match (text("kty")?, text("crv")?) {
        ("OKP", "Ed25519") => ed25519(did, &coordinate("x")?),
        ("EC", "P-256") => {
            let sec1 = [&[0x04], &coordinate("x")?[..], &coordinate("y")?[..]].concat();
            p256_sec1(did, &sec1)
        }
        _ => Err(bad("the key is neither Ed25519 nor P-256")),
    }
}

fn ed25519(did: &str, key: &[u8]) -> Result<PublicKey, DidError> {
    let bad = |why| DidError::Key {
        did: did.to_owned(),
        why,
    };
    let key: &[u8; 32] = key
        .try_into()
        .map_err(|_| bad("an Ed25519 key has 32 bytes"))?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(key)
        .map_err(|_| bad("the bytes are not a point of Ed25519"))?;
    if key.is_weak() {
        return Err(bad("the key has low order: anything would verify"));
    }
    Ok(PublicKey::Ed25519(key))
}

fn p256_sec1(did: &str, sec1: &[u8]) -> Result<PublicKey, DidError> {
    p256::ecdsa::VerifyingKey::from_sec1_bytes(sec1)
        .map(PublicKey::P256)
        .map_err(|_| DidError::Key {
            did: did.to_owned(),
            why: "the bytes are not a point of P-256",
        })
}

fn shorten(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of the did:key method's own specification.
    const SPEC_ED25519: &str = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";

    #[test]
    fn the_specifications_example_key_decodes() {
        let keys = resolve(SPEC_ED25519, &Offline).unwrap();
        assert!(matches!(
            keys[..],
            [NamedKey {
                key: PublicKey::Ed25519(_),
                ..
            }]
        ));
        assert!(
            keys[0]
                .id
                .ends_with("#z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")
        );
    }

    #[test]
    fn a_method_without_support_is_named() {
        let err = resolve("did:ion:abc", &Offline).unwrap_err();
        assert_eq!(
            err.to_string(),
            "`did:ion:abc` uses the method `ion`; supported are `did:key` and `did:web`"
        );
    }

    #[test]
    fn what_is_not_a_did_is_refused() {
        for text in [
            "",
            "did",
            "did:",
            "did:key",
            "did:key:",
            "did:KEY:z6",
            "did:web:a b",
            "DID:key:z",
            "did:key:z\n",
        ] {
            assert!(
                matches!(parse(text), Err(DidError::Malformed { .. })),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_damaged_key_is_refused() {
        for did in [
            "did:key:abc",
            "did:key:z0OIl",
            "did:key:z6Mkha",
            "did:key:z1111",
        ] {
            assert!(
                matches!(resolve(did, &Offline), Err(DidError::Key { .. })),
                "{did}"
            );
        }
    }

    #[test]
    fn a_low_order_key_is_refused() {
        let mut bytes = vec![0xed, 0x01];
        bytes.extend([1u8]);
        bytes.extend([0u8; 31]);
        let did = format!("did:key:z{}", bs58::encode(bytes).into_string());
        assert!(
            matches!(resolve(&did, &Offline), Err(DidError::Key { why, .. }) if why.contains("low order"))
        );
    }

    #[test]
    fn web_addresses_follow_the_method() {
        assert_eq!(
            web_url("did:web:example.com").unwrap(),
            "https://example.com/.well-known/did.json"
        );
        assert_eq!(
            web_url("did:web:example.com:u:bob").unwrap(),
            "https://example.com/u/bob/did.json"
        );
        assert_eq!(
            web_url("did:web:localhost%3A8443").unwrap(),
            "https://localhost:8443/.well-known/did.json"
        );
        for did in [
            "did:web:example.com:..:x",
            "did:web:example.com::x",
            "did:web:%2e%2e",
            "did:web:a:%2e%2e",
        ] {
            assert!(web_url(did).is_err(), "{did}");
        }
    }

    struct Fixed(&'static str);
    impl DocumentSource for Fixed {
        fn fetch(&self, _url: &str) -> Result<Vec<u8>, String> {
            Ok(self.0.as_bytes().to_vec())
        }
    }

    #[test]
    fn a_document_gives_its_assertion_keys_only() {
        let document = r##"{"id":"did:web:a.example","verificationMethod":[
            {"id":"#sign","type":"JsonWebKey2020","controller":"did:web:a.example",
             "publicKeyJwk":{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}},
            {"id":"#login","type":"JsonWebKey2020","controller":"did:web:a.example",
             "publicKeyJwk":{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}],
            "assertionMethod":["#sign"]}"##;
        let keys = resolve("did:web:a.example", &Fixed(document)).unwrap();
        assert_eq!(
            keys.iter().map(|k| k.id.as_str()).collect::<Vec<_>>(),
            ["did:web:a.example#sign"]
        );
    }

    #[test]
    fn a_document_of_somebody_else_is_refused() {
        let err =
            resolve("did:web:a.example", &Fixed(r#"{"id":"did:web:b.example"}"#)).unwrap_err();
        assert!(
            matches!(err, DidError::Document { ref why, .. } if why.contains("did:web:b.example")),
            "{err}"
        );
    }

    #[test]
    fn a_source_that_refuses_gives_no_keys_of_a_document() {
        let refused = resolve("did:web:a.example", &Offline);
        assert!(
            matches!(refused, Err(DidError::Fetch { .. })),
            "{refused:?}"
        );
    }

    #[test]
    fn a_did_of_the_most_bytes_is_read_and_a_longer_one_is_not() {
        let did = |bytes: usize| format!("did:key:{}", "z".repeat(bytes - "did:key:".len()));
        assert!(parse(&did(limits::DID_BYTES_MAX)).is_ok());
        assert!(parse(&did(limits::DID_BYTES_MAX + 1)).is_err());
    }

    /// Why a document of `did:web:a.example` with so many methods of no known form, and so many bytes, is not used.
    fn document_with(methods: usize, bytes: usize) -> String {
        let method = r##"{"id":"#k","controller":"did:web:a.example"}"##;
        let mut document = format!(
            r#"{{"id":"did:web:a.example","assertionMethod":[],"verificationMethod":[{}]}}"#,
            vec![method; methods].join(",")
        );
        let spaces = bytes.saturating_sub(document.len());
        document.push_str(&" ".repeat(spaces));
        document_keys("did:web:a.example", document.as_bytes())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_document_of_the_most_bytes_is_read_and_a_longer_one_is_not() {
        let most = limits::DOCUMENT_BYTES_MAX;
        let read = document_with(1, most);
        assert!(read.contains("`assertionMethod` key"), "{read}");
        let long = document_with(1, most + 1);
        assert!(long.contains(&format!("{} bytes", most + 1)), "{long}");
    }

    #[test]
    fn a_document_of_the_most_methods_is_read_and_one_of_more_is_not() {
        let most = limits::DOCUMENT_KEYS_MAX;
        let read = document_with(most, 0);
        assert!(read.contains("`assertionMethod` key"), "{read}");
        let many = document_with(most + 1, 0);
        assert!(
            many.contains(&format!("{} verification methods", most + 1)),
            "{many}"
        );
    }
}
