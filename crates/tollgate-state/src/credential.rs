//! Verifiable credentials in JWT form, verified for one question: does this subject hold this, now?
//!
//! Format: [VC Data Model 1.1, section 6.3.1](https://www.w3.org/TR/vc-data-model/#json-web-token): the registered claims
//! `iss`, `sub`, `nbf`, `exp`, `jti`, and the credential itself in `vc`. Tokens are read by the rules of `jwt.rs`, signed with exactly
//! two algorithms, EdDSA (Ed25519) and ES256; the algorithm is the key's, never the header's choice, which closes
//! `alg: none` and every confusion of key types. Dates with fractions of seconds are rounded against the holder.

use crate::did::{self, DidError, DocumentSource, NamedKey};
use crate::json::{Date, Object};
use crate::jwt::{Jwt, JwtError};
use crate::limits;

/// Why a credential does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(
    missing_docs,
    reason = "the message of a variant says what its fields are"
)]
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
    /// The lists of issuers and revocations could not be read.
    #[error("what is known of issuers cannot be read: {why}")]
    Standing { why: String },
}

impl CredentialError {
    /// Whether this says nothing of the credential, only that the host could not find out. Then nobody knows whether it
    /// counts: neither yes nor no is an answer.
    #[must_use]
    pub fn is_ignorance(&self) -> bool {
        match self {
            Self::Standing { .. } | Self::Issuer(DidError::Fetch { .. }) => true,
            Self::Issuer(
                DidError::Malformed { .. }
                | DidError::Method { .. }
                | DidError::Key { .. }
                | DidError::Document { .. },
            )
            | Self::Malformed { .. }
            | Self::Algorithm { .. }
            | Self::Signature { .. }
            | Self::UntrustedIssuer { .. }
            | Self::NotYetValid { .. }
            | Self::Expired { .. }
            | Self::Revoked { .. }
            | Self::WrongSubject { .. } => false,
        }
    }
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
    ///
    /// # Errors
    /// [`CredentialError::Standing`] when that cannot be found out.
    fn is_trusted(&self, issuer: &str, schema: &str) -> Result<bool, CredentialError>;
    /// Whether the credential `id` of `issuer` is revoked.
    ///
    /// # Errors
    /// [`CredentialError::Standing`] when that cannot be found out.
    fn is_revoked(&self, issuer: &str, id: &str) -> Result<bool, CredentialError>;
}

/// A credential that was read and not yet verified. What it says decides only whether verifying is worth its cost: the
/// keys of an issuer may have to be fetched, and nobody who is not trusted chooses what is fetched.
pub struct Unverified<'a> {
    jwt: Jwt<'a>,
    says: Credential,
}

impl<'a> Unverified<'a> {
    /// Reads a JWT.
    ///
    /// # Errors
    /// [`CredentialError::Malformed`], [`Algorithm`](CredentialError::Algorithm).
    pub fn read(jwt: &'a str) -> Result<Self, CredentialError> {
        check_bytes(jwt)?;
        let jwt = Jwt::read(jwt)?;
        let says = Credential::from_claims(&jwt.claims)?;
        Ok(Self { jwt, says })
    }

    /// The id it claims to have.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.says.id
    }

    /// The issuer it claims to be of.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.says.issuer
    }

    /// The schema it claims to be of.
    #[must_use]
    pub fn schema(&self) -> &str {
        &self.says.schema
    }

    /// Refuses an issuer that is not trusted, without a look at the signature.
    ///
    /// # Errors
    /// [`CredentialError::UntrustedIssuer`].
    pub fn from_trusted(self, standing: &dyn Standing) -> Result<Self, CredentialError> {
        trusted(self.issuer(), self.schema(), standing)?;
        Ok(self)
    }

    /// Verifies the signature with the issuer's keys.
    ///
    /// # Errors
    /// [`CredentialError::Issuer`], [`Signature`](CredentialError::Signature).
    pub fn verify(self, source: &dyn DocumentSource) -> Result<Credential, CredentialError> {
        let Self { jwt, says } = self;
        let keys = did::resolve(&says.issuer, source)?;
        let is_named = |key: &NamedKey| {
            jwt.key_id()
                .is_none_or(|kid| key.id == kid || key.id.strip_prefix(&says.issuer) == Some(kid))
        };
        let signed = keys
            .iter()
            .any(|key| is_named(key) && jwt.is_signed_by(&key.key));
        if signed {
            Ok(says)
        } else {
            Err(CredentialError::Signature {
                issuer: says.issuer,
            })
        }
    }
}

/// Checks that a text is short enough to be a credential.
///
/// # Errors
/// [`CredentialError::Malformed`] above [`limits::CREDENTIAL_BYTES_MAX`].
pub fn check_bytes(jwt: &str) -> Result<(), CredentialError> {
    if jwt.len() <= limits::CREDENTIAL_BYTES_MAX {
        return Ok(());
    }
    Err(malformed(format!(
        "{} bytes; at most {} are read",
        jwt.len(),
        limits::CREDENTIAL_BYTES_MAX
    )))
}

fn trusted(issuer: &str, schema: &str, standing: &dyn Standing) -> Result<(), CredentialError> {
    if standing.is_trusted(issuer, schema)? {
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

    /// Verifies form and signature of a credential to be stored, whether or not its issuer is trusted by now. Only a document
    /// is fetched for trusted issuers alone: its address is of the credential's choice.
    pub(crate) fn verify_to_store(
        jwt: &str,
        source: &dyn DocumentSource,
        standing: &dyn Standing,
    ) -> Result<Self, CredentialError> {
        let mut unverified = Unverified::read(jwt)?;
        if did::needs_document(unverified.issuer()) {
            unverified = unverified.from_trusted(standing)?;
        }
        unverified.verify(source)
    }

    /// Reads the claims. Whatever stands in the token and in the credential inside of it must be the same in both.
    fn from_claims(claims: &Object) -> Result<Self, CredentialError> {
        let read = || -> Result<Self, String> {
            let vc = claims.object("vc")?;
            let credential = Self {
                id: claims.text("jti")?.to_owned(),
                issuer: claims.text("iss")?.to_owned(),
                subject: claims.text("sub")?.to_owned(),
                schema: vc.object("credentialSchema")?.text("id")?.to_owned(),
                not_before: claims.date("nbf")?.ok_or("`nbf` is missing")?.rounded_up(),
                expires: claims.date("exp")?.map(Date::rounded_down),
            };
            claims.date("iat")?;
            if claims.has("aud") {
                return Err("it is for somebody else to read (`aud`)".to_owned());
            }
            credential.is_same_inside(&vc)?;
            Ok(credential)
        };
        let credential = read().map_err(|why| malformed(format!("the claims: {why}")))?;
        for (name, did) in [("sub", &credential.subject), ("iss", &credential.issuer)] {
            did::parse(did).map_err(|why| malformed(format!("the claims: `{name}`: {why}")))?;
        }
        Ok(credential)
    }

    fn is_same_inside(&self, vc: &Object) -> Result<(), String> {
        let types = vc.elements("type")?;
        if !types.iter().any(|t| t == "VerifiableCredential") {
            return Err("`vc.type` does not have `VerifiableCredential`".to_owned());
        }
        if let Some(subject) = vc.optional_object("credentialSubject")?
            && subject
                .optional_text("id")?
                .is_some_and(|id| id != self.subject)
        {
            return Err("`sub` and `vc.credentialSubject.id` differ".to_owned());
        }
        if vc.optional_text("id")?.is_some_and(|id| id != self.id) {
            return Err("`jti` and `vc.id` differ".to_owned());
        }
        if vc.has("issuer") && issuer_inside(vc)? != self.issuer {
            return Err("`iss` and `vc.issuer` differ".to_owned());
        }
        if self.expires.is_none() && vc.has("expirationDate") {
            return Err("`vc.expirationDate` is there and `exp` is not".to_owned());
        }
        Ok(())
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
        if standing.is_revoked(&self.issuer, &self.id)? {
            return Err(CredentialError::Revoked {
                id: self.id.clone(),
            });
        }
        Ok(())
    }
}

/// The issuer that stands in the credential: a did, or an object with it.
fn issuer_inside(vc: &Object) -> Result<String, String> {
    match vc.optional_text("issuer") {
        Ok(Some(did)) => Ok(did.to_owned()),
        Ok(None) | Err(_) => Ok(vc.object("issuer")?.text("id")?.to_owned()),
    }
}

fn malformed(why: impl Into<String>) -> CredentialError {
    CredentialError::Malformed { why: why.into() }
}

impl From<JwtError> for CredentialError {
    fn from(error: JwtError) -> Self {
        match error {
            JwtError::Malformed(why) => Self::Malformed { why },
            JwtError::Algorithm(alg) => Self::Algorithm { alg },
        }
    }
}
