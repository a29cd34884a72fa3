//! The other side of [`credential`](crate::credential): keys that sign credentials, and the credentials that they sign.
//!
//! Keys are PKCS #8 in PEM ([RFC 5958](https://www.rfc-editor.org/rfc/rfc5958), [RFC 7468](https://www.rfc-editor.org/rfc/rfc7468)), as
//! `openssl genpkey` writes them. An issuer is the `did:key` of its key. What is issued is read once by the rules for those who
//! read it, so nothing leaves here that would be malformed there.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, KeypairBytes};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::credential::{Credential, CredentialError};
use crate::did::{self, Offline, PublicKey};

/// Which keys sign credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Ed25519, `alg` EdDSA.
    Ed25519,
    /// NIST P-256, `alg` ES256.
    P256,
}

/// A text is not the key of an issuer. The text is a secret and is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no private key in PEM (`-----BEGIN PRIVATE KEY-----`), of Ed25519 or P-256")]
pub struct NotAnIssuer;

/// The secret key of an issuer. `{:?}` does not show it.
pub struct IssuerKey(Secret);

enum Secret {
    Ed25519(ed25519_dalek::SigningKey),
    P256(p256::ecdsa::SigningKey),
}

/// What a credential is to say.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCredential {
    /// `jti`: by what it is revoked, unique among those of its issuer.
    pub id: String,
    /// `sub`: the did of whom it is about.
    pub subject: String,
    /// `vc.credentialSchema.id`: what it certifies.
    pub schema: String,
    /// `nbf`: seconds since 1970 from which it counts.
    pub not_before: i64,
    /// `exp`: seconds since 1970 from which it does not count any more; none: it does not expire.
    pub expires: Option<i64>,
    /// More about the subject, beside its `id` in `vc.credentialSubject`.
    pub claims: Map<String, Value>,
}

/// A credential that cannot be issued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The claims name the subject once more.
    #[error(
        "the claims have an `id`, which is the subject's did and stands there anyway; take it out"
    )]
    IdAmongClaims,
    /// It would never count.
    #[error("it would expire at {expires} and not count before {not_before} (seconds since 1970)")]
    NeverValid {
        /// `nbf`.
        not_before: i64,
        /// `exp`.
        expires: i64,
    },
    /// Nobody would take it.
    #[error(transparent)]
    Unreadable(#[from] CredentialError),
}

impl IssuerKey {
    /// Returns the key of these random bytes, which the caller brings; nothing for the few of P-256 that are no key.
    #[must_use]
    pub fn from_random(kind: KeyKind, random: &[u8; 32]) -> Option<Self> {
        Some(Self(match kind {
            KeyKind::Ed25519 => Secret::Ed25519(ed25519_dalek::SigningKey::from_bytes(random)),
            KeyKind::P256 => Secret::P256(p256::ecdsa::SigningKey::from_slice(random).ok()?),
        }))
    }

    /// Returns the key as PEM, for a file that nobody else reads.
    ///
    /// # Errors
    /// [`NotAnIssuer`], which a key that is one never is.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, NotAnIssuer> {
        let pem = match &self.0 {
            // Without its public half, which OpenSSL does not read there.
            Secret::Ed25519(key) => KeypairBytes {
                secret_key: key.to_bytes(),
                public_key: None,
            }
            .to_pkcs8_pem(LineEnding::LF),
            Secret::P256(key) => key.to_pkcs8_pem(LineEnding::LF),
        };
        pem.map_err(|_| NotAnIssuer)
    }

    /// Returns the did of the issuer.
    #[must_use]
    pub fn did(&self) -> String {
        did::of_key(&self.public())
    }

    fn public(&self) -> PublicKey {
        match &self.0 {
            Secret::Ed25519(key) => PublicKey::Ed25519(key.verifying_key()),
            Secret::P256(key) => PublicKey::P256(*key.verifying_key()),
        }
    }

    /// Signs a credential and returns it in JWT form.
    ///
    /// # Errors
    /// [`IssueError`]: what is wrong with what it is to say.
    pub fn issue(&self, credential: NewCredential) -> Result<String, IssueError> {
        let claims = self.claims(credential)?;
        let did = self.did();
        let fragment = did.trim_start_matches("did:key:");
        let header =
            json!({ "alg": self.algorithm(), "typ": "JWT", "kid": format!("{did}#{fragment}") });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature = URL_SAFE_NO_PAD.encode(self.sign(signed.as_bytes()));
        let jwt = format!("{signed}.{signature}");
        Credential::verify(&jwt, &Offline)?;
        Ok(jwt)
    }

    fn claims(&self, credential: NewCredential) -> Result<Value, IssueError> {
        let NewCredential {
            id,
            subject,
            schema,
            not_before,
            expires,
            claims,
        } = credential;
        if claims.contains_key("id") {
            return Err(IssueError::IdAmongClaims);
        }
        if let Some(expires) = expires.filter(|expires| *expires <= not_before) {
            return Err(IssueError::NeverValid {
                not_before,
                expires,
            });
        }
        let mut about = Map::from_iter([(String::from("id"), json!(subject))]);
        about.extend(claims);
        let mut all = json!({
            "iss": self.did(), "sub": subject, "jti": id, "nbf": not_before,
            "vc": {
                "@context": ["https://www.w3.org/2018/credentials/v1"],
                "type": ["VerifiableCredential"],
                "credentialSchema": { "id": schema, "type": "JsonSchema" },
                "credentialSubject": about,
            },
        });
        if let Some(expires) = expires {
            #[expect(clippy::indexing_slicing, reason = "it is the object above")]
            let place = &mut all["exp"];
            *place = json!(expires);
        }
        Ok(all)
    }

    fn algorithm(&self) -> &'static str {
        match self.0 {
            Secret::Ed25519(_) => "EdDSA",
            Secret::P256(_) => "ES256",
        }
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        match &self.0 {
            Secret::Ed25519(key) => ed25519_dalek::Signer::sign(key, message).to_bytes(),
            Secret::P256(key) => {
                let signature: p256::ecdsa::Signature =
                    p256::ecdsa::signature::Signer::sign(key, message);
                signature.normalize_s().to_bytes().into()
            }
        }
    }
}

impl FromStr for IssuerKey {
    type Err = NotAnIssuer;

    fn from_str(pem: &str) -> Result<Self, NotAnIssuer> {
        let ed25519 = || ed25519_dalek::SigningKey::from_pkcs8_pem(pem).map(Secret::Ed25519);
        let p256 = || p256::ecdsa::SigningKey::from_pkcs8_pem(pem).map(Secret::P256);
        let secret = ed25519().or_else(|_| p256());
        secret.map(Self).map_err(|_| NotAnIssuer)
    }
}

impl fmt::Debug for IssuerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IssuerKey({})", self.did())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [KeyKind; 2] = [KeyKind::Ed25519, KeyKind::P256];

    fn key(kind: KeyKind) -> IssuerKey {
        IssuerKey::from_random(kind, &[7; 32]).unwrap()
    }

    fn credential() -> NewCredential {
        NewCredential {
            id: String::from("urn:uuid:1"),
            subject: String::from("did:example:ada"),
            schema: String::from("did:example:identity"),
            not_before: 100,
            expires: Some(200),
            claims: Map::from_iter([(String::from("age"), json!(36))]),
        }
    }

    #[test]
    fn what_is_issued_is_what_is_read() {
        for kind in KINDS {
            let key = key(kind);
            let read = Credential::verify(&key.issue(credential()).unwrap(), &Offline).unwrap();
            let says = credential();
            assert_eq!(read.issuer, key.did());
            assert_eq!(
                (read.id, read.subject, read.schema),
                (says.id, says.subject, says.schema)
            );
            assert_eq!((read.not_before, read.expires), (100, Some(200)));
        }
    }

    #[test]
    fn a_key_is_the_same_key_again() {
        for kind in KINDS {
            let again: IssuerKey = key(kind).to_pem().unwrap().parse().unwrap();
            assert_eq!(again.did(), key(kind).did());
        }
    }

    #[test]
    fn a_key_of_openssl_is_one() {
        // RFC 8410, section 10.3.
        let pem = "-----BEGIN PRIVATE KEY-----\n\
                   MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
                   -----END PRIVATE KEY-----\n";
        let key: IssuerKey = pem.parse().unwrap();
        assert_eq!(key.algorithm(), "EdDSA");
        assert_eq!(*key.to_pem().unwrap(), pem);
    }

    #[test]
    fn a_secret_is_never_shown() {
        let shown = format!("{:?}", key(KeyKind::Ed25519));
        assert!(shown.starts_with("IssuerKey(did:key:z"), "{shown}");
        let wrong = "-----BEGIN PRIVATE KEY-----\nsecret\n".parse::<IssuerKey>();
        assert!(!wrong.unwrap_err().to_string().contains("secret"));
    }

    #[test]
    fn what_nobody_would_take_is_not_issued() {
        let key = key(KeyKind::Ed25519);
        let refused = |change: fn(&mut NewCredential)| {
            let mut wrong = credential();
            change(&mut wrong);
            key.issue(wrong).unwrap_err().to_string()
        };
        assert!(refused(|it| it.subject = String::from("ada")).contains("`sub`"));
        assert!(refused(|it| it.expires = Some(100)).contains("100"));
        assert!(
            refused(|it| drop(it.claims.insert(String::from("id"), json!("x")))).contains("`id`")
        );
    }
}
