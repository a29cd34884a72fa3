//! Verifiable credentials in JWT form, verified for one question: does this subject hold this, now?
//!
//! Format: [VC Data Model 1.1, section 6.3.1](https://www.w3.org/TR/vc-data-model/#json-web-token): the registered claims
//! `iss`, `sub`, `nbf`, `exp`, `jti`, and the credential itself in `vc`. Signatures are JWS compact serialisations
//! ([RFC 7515](https://www.rfc-editor.org/rfc/rfc7515)) with exactly two algorithms, EdDSA (Ed25519) and ES256; the algorithm
//! is the key's, never the header's choice, which closes `alg: none` and every confusion of key types.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Verifier as _;
use serde::Deserialize;

use crate::did::{self, DidError, DocumentSource, NamedKey, PublicKey};
use crate::limits;

/// Why a credential does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// Not a JWT with the claims a credential has.
    #[error("the credential is malformed: {why}")]
    Malformed { why: String },
    /// `alg` is neither EdDSA nor ES256.
    #[error("the credential is signed with `{alg}`; supported are `EdDSA` and `ES256`")]
    Algorithm { alg: String },
    /// The issuer's did has no usable key.
    #[error("the issuer cannot be resolved: {0}")]
    Issuer(#[from] DidError),
    /// No key of the issuer made this signature.
    #[error("the signature is not one of `{issuer}`")]
    Signature { issuer: String },
    /// Not on the list of trusted issuers for this schema.
    #[error("`{issuer}` is not trusted to issue `{schema}`")]
    UntrustedIssuer { issuer: String, schema: String },
    /// `nbf` is in the future.
    #[error("the credential is not valid before {not_before} (seconds since 1970)")]
    NotYetValid { not_before: i64 },
    /// `exp` is past.
    #[error("the credential expired at {expired} (seconds since 1970)")]
    Expired { expired: i64 },
    /// On the revocation list.
    #[error("the credential `{id}` is revoked")]
    Revoked { id: String },
    /// About somebody else.
    #[error("the credential is about `{subject}`")]
    WrongSubject { subject: String },
}

/// A credential whose signature and form are verified. Whether it counts *now* is [`Credential::check`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// `jti`.
    pub id: String,
    /// `iss`.
    pub issuer: String,
    /// `sub`, equal to `vc.credentialSubject.id` when that is there.
    pub subject: String,
    /// `vc.credentialSchema.id`.
    pub schema: String,
    /// `nbf`, seconds since 1970.
    pub not_before: i64,
    /// `exp`, seconds since 1970; none: it does not expire.
    pub expires: Option<i64>,
}

/// What the host knows that a credential does not say itself.
pub trait Standing {
    /// Whether `issuer` is trusted to issue `schema`.
    fn is_trusted(&self, issuer: &str, schema: &str) -> bool;
    /// Whether the credential `id` of `issuer` is revoked.
    fn is_revoked(&self, issuer: &str, id: &str) -> bool;
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    /// RFC 7515 section 4.1.11: an extension we do not understand makes the token invalid.
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    jti: String,
    nbf: i64,
    #[serde(default)]
    exp: Option<i64>,
    vc: VcClaim,
}

#[derive(Deserialize)]
struct VcClaim {
    #[serde(rename = "type")]
    types: Vec<String>,
    #[serde(rename = "credentialSchema")]
    schema: Schema,
    #[serde(default, rename = "credentialSubject")]
    subject: Option<Subject>,
}

#[derive(Deserialize)]
struct Schema {
    id: String,
}

#[derive(Deserialize)]
struct Subject {
    #[serde(default)]
    id: Option<String>,
}

/// A credential that was read and not yet verified. What it says decides only whether verifying is worth its cost: the
/// keys of an issuer may have to be fetched, and nobody who is not trusted chooses what is fetched.
pub struct Unverified<'a> {
    header: Header,
    claims: Claims,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Unverified<'a> {
    /// Reads a JWT.
    ///
    /// # Errors
    /// [`CredentialError::Malformed`], [`Algorithm`](CredentialError::Algorithm).
    pub fn read(jwt: &'a str) -> Result<Self, CredentialError> {
        if jwt.len() > limits::CREDENTIAL_BYTES_MAX {
            return Err(malformed(format!(
                "{} bytes; at most {} are read",
                jwt.len(),
                limits::CREDENTIAL_BYTES_MAX
            )));
        }
        let (signed, signature) = jwt
            .rsplit_once('.')
            .ok_or_else(|| malformed("not a JWT (header.claims.signature)"))?;
        let (header, claims) = signed
            .split_once('.')
            .ok_or_else(|| malformed("not a JWT (header.claims.signature)"))?;
        let header: Header = part(header, "header")?;
        let claims: Claims = part(claims, "claims")?;
        if header.crit.is_some() {
            return Err(malformed("the header has critical extensions"));
        }
        if header.alg != "EdDSA" && header.alg != "ES256" {
            return Err(CredentialError::Algorithm {
                alg: header.alg.chars().take(20).collect(),
            });
        }
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| malformed("the signature is not base64url"))?;
        Ok(Self {
            header,
            claims,
            signed,
            signature,
        })
    }

    /// The schema it claims to be of.
    #[must_use]
    pub fn schema(&self) -> &str {
        &self.claims.vc.schema.id
    }

    /// Refuses an issuer that is not trusted, whoever signed.
    ///
    /// # Errors
    /// [`CredentialError::UntrustedIssuer`].
    pub fn from_trusted(self, standing: &dyn Standing) -> Result<Self, CredentialError> {
        trusted(&self.claims.iss, self.schema(), standing)?;
        Ok(self)
    }

    /// Verifies the signature with the issuer's keys, and the form of the credential.
    ///
    /// # Errors
    /// [`CredentialError::Issuer`], [`Signature`](CredentialError::Signature), [`Malformed`](CredentialError::Malformed).
    pub fn verify(self, source: &dyn DocumentSource) -> Result<Credential, CredentialError> {
        let Self { header, claims, .. } = self;
        let keys = did::resolve(&claims.iss, source)?;
        let made_by = |key: &NamedKey| {
            let named = header
                .kid
                .as_deref()
                .is_none_or(|kid| key.id == kid || key.id.strip_prefix(&claims.iss) == Some(kid));
            named
                && signed_by(
                    &key.key,
                    &header.alg,
                    self.signed.as_bytes(),
                    &self.signature,
                )
        };
        if !keys.iter().any(made_by) {
            return Err(CredentialError::Signature { issuer: claims.iss });
        }
        Credential::from_claims(claims)
    }
}

fn trusted(issuer: &str, schema: &str, standing: &dyn Standing) -> Result<(), CredentialError> {
    if standing.is_trusted(issuer, schema) {
        return Ok(());
    }
    Err(CredentialError::UntrustedIssuer {
        issuer: issuer.to_owned(),
        schema: schema.to_owned(),
    })
}

impl Credential {
    /// Verifies form and signature.
    ///
    /// # Errors
    /// As [`Unverified::read`] and [`Unverified::verify`].
    pub fn verify(jwt: &str, source: &dyn DocumentSource) -> Result<Self, CredentialError> {
        Unverified::read(jwt)?.verify(source)
    }

    fn from_claims(claims: Claims) -> Result<Self, CredentialError> {
        if !claims.vc.types.iter().any(|t| t == "VerifiableCredential") {
            return Err(malformed("`vc.type` does not have `VerifiableCredential`"));
        }
        if let Some(subject) = claims.vc.subject.and_then(|s| s.id)
            && subject != claims.sub
        {
            return Err(malformed("`sub` and `vc.credentialSubject.id` differ"));
        }
        did::parse(&claims.sub)?;
        Ok(Self {
            id: claims.jti,
            issuer: claims.iss,
            subject: claims.sub,
            schema: claims.vc.schema.id,
            not_before: claims.nbf,
            expires: claims.exp,
        })
    }

    /// Whether it counts for `subject` at `now` (seconds since 1970). An interval is `nbf <= now < exp`.
    ///
    /// # Errors
    /// The first reason why not, in the order subject, validity, issuer, revocation.
    pub fn check(
        &self,
        subject: &str,
        now: i64,
        standing: &dyn Standing,
    ) -> Result<(), CredentialError> {
        if self.subject != subject {
            return Err(CredentialError::WrongSubject {
                subject: self.subject.clone(),
            });
        }
        if now < self.not_before {
            return Err(CredentialError::NotYetValid {
                not_before: self.not_before,
            });
        }
        if let Some(expired) = self.expires.filter(|exp| now >= *exp) {
            return Err(CredentialError::Expired { expired });
        }
        trusted(&self.issuer, &self.schema, standing)?;
        if standing.is_revoked(&self.issuer, &self.id) {
            return Err(CredentialError::Revoked {
                id: self.id.clone(),
            });
        }
        Ok(())
    }
}

fn part<T: for<'de> Deserialize<'de>>(text: &str, what: &str) -> Result<T, CredentialError> {
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| malformed(format!("the {what} is not base64url")))?;
    serde_json::from_slice(&bytes).map_err(|e| malformed(format!("the {what}: {e}")))
}

fn signed_by(key: &PublicKey, alg: &str, message: &[u8], signature: &[u8]) -> bool {
    match key {
        PublicKey::Ed25519(key) => {
            alg == "EdDSA"
                && ed25519_dalek::Signature::from_slice(signature)
                    .is_ok_and(|s| key.verify_strict(message, &s).is_ok())
        }
        PublicKey::P256(key) => {
            alg == "ES256"
                && p256::ecdsa::Signature::from_slice(signature)
                    .is_ok_and(|s| key.verify(message, &s).is_ok())
        }
    }
}

fn malformed(why: impl Into<String>) -> CredentialError {
    CredentialError::Malformed { why: why.into() }
}
