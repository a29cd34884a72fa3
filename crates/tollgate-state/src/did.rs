//! Dids and the keys behind them: `did:key` is decoded, `did:web` is fetched through a [`DocumentSource`].
//!
//! Formats: [did:key](https://w3c-ccg.github.io/did-key-spec/) (multibase base58-btc of a multicodec key: Ed25519 `0xed01`,
//! P-256 `0x8024`), [did:web](https://w3c-ccg.github.io/did-method-web/), did documents with `publicKeyJwk` or
//! `publicKeyMultibase` verification methods ([DID Core](https://www.w3.org/TR/did-core/)).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::limits;

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
        "web" => web_keys(did, id, source),
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
    let mut parts = id.split(':');
    let host = parts
        .next()
        .unwrap_or_default()
        .replace("%3A", ":")
        .replace("%3a", ":");
    if host.is_empty() || host.contains('%') {
        return Err(malformed());
    }
    let path: Vec<&str> = parts.collect();
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

#[derive(Deserialize)]
struct Document {
    id: String,
    #[serde(default, rename = "verificationMethod")]
    methods: Vec<Method>,
    /// Keys that may sign claims; a key only for other purposes does not count.
    #[serde(default, rename = "assertionMethod")]
    assertion: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Method {
    id: String,
    controller: String,
    #[serde(default, rename = "publicKeyJwk")]
    jwk: Option<Jwk>,
    #[serde(default, rename = "publicKeyMultibase")]
    multibase: Option<String>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    y: Option<String>,
}

fn web_keys(did: &str, _id: &str, source: &dyn DocumentSource) -> Result<Vec<NamedKey>, DidError> {
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
    let document: Document = serde_json::from_slice(bytes).map_err(|e| invalid(e.to_string()))?;
    if document.id != did {
        return Err(invalid(format!(
            "it is the document of `{}`",
            shorten(&document.id)
        )));
    }
    if document.methods.len() > limits::DOCUMENT_KEYS_MAX {
        return Err(invalid(format!(
            "{} verification methods; at most {} are read",
            document.methods.len(),
            limits::DOCUMENT_KEYS_MAX
        )));
    }
    let mut keys = Vec::new();
    for method in &document.methods {
        let id = absolute(did, &method.id);
        let may_assert = document
            .assertion
            .iter()
            .any(|a| a.as_str().is_some_and(|a| absolute(did, a) == id));
        if method.controller != did || !may_assert {
            continue;
        }
        let key = match (&method.jwk, &method.multibase) {
            (Some(jwk), _) => jwk_key(did, jwk)?,
            (None, Some(text)) => multibase_key(did, text)?,
            (None, None) => continue,
        };
        keys.push(NamedKey { id, key });
    }
    if keys.is_empty() {
        return Err(invalid(
            "it has no `assertionMethod` key of its own".to_owned(),
        ));
    }
    Ok(keys)
}

fn absolute(did: &str, id: &str) -> String {
    if id.starts_with('#') {
        format!("{did}{id}")
    } else {
        id.to_owned()
    }
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
        Some(([0xed, 0x01], key)) => ed25519(did, key),
        Some(([0x80, 0x24], key)) => p256_sec1(did, key),
        _ => Err(bad("the key is neither Ed25519 nor P-256")),
    }
}

fn jwk_key(did: &str, jwk: &Jwk) -> Result<PublicKey, DidError> {
    let bad = |why| DidError::Key {
        did: did.to_owned(),
        why,
    };
    let decode = |text: &str| {
        URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| bad("a coordinate is not base64url"))
    };
    match (jwk.kty.as_str(), jwk.crv.as_str()) {
        ("OKP", "Ed25519") => ed25519(did, &decode(&jwk.x)?),
        ("EC", "P-256") => {
            let y = jwk
                .y
                .as_deref()
                .ok_or_else(|| bad("the y coordinate is missing"))?;
            let mut sec1 = vec![0x04];
            sec1.extend(decode(&jwk.x)?);
            sec1.extend(decode(y)?);
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
}
