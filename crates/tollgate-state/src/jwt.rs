//! Signed tokens in their compact form, read strictly.
//!
//! [RFC 7515](https://www.rfc-editor.org/rfc/rfc7515) (JWS), [RFC 7519](https://www.rfc-editor.org/rfc/rfc7519) (JWT) and
//! [RFC 8725](https://www.rfc-editor.org/rfc/rfc8725) (current practice). Three parts of unpadded base64url, of which the
//! first two are JSON objects. What would change the meaning of the rest and is not implemented here is refused:
//! `crit`, `b64`, a nested token (`cty`), another `typ`. Keys and addresses of keys in the header (`jwk`, `jku`, `x5c`,
//! `x5u`) are never looked at.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::did::PublicKey;
use crate::json::Object;

/// The algorithms of signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// Ed25519.
    EdDsa,
    /// ECDSA on P-256 with SHA-256.
    Es256,
}

/// Why a text is no token to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum JwtError {
    /// Not in the form above.
    Malformed(String),
    /// Another algorithm than ours, shortened.
    Algorithm(String),
}

/// A token that was read and not verified.
pub(crate) struct Jwt<'a> {
    algorithm: Algorithm,
    key_id: Option<String>,
    pub(crate) claims: Object,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Jwt<'a> {
    pub(crate) fn read(text: &'a str) -> Result<Self, JwtError> {
        let not_compact = || malformed("not a JWT (header.claims.signature)");
        let (signed, signature) = text.rsplit_once('.').ok_or_else(not_compact)?;
        let (header, claims) = signed.split_once('.').ok_or_else(not_compact)?;
        if claims.contains('.') {
            return Err(not_compact());
        }
        let header = part(header, "header")?;
        let algorithm = algorithm(&header)?;
        no_extension(&header).map_err(|why| malformed(format!("the header: {why}")))?;
        let key_id = header
            .optional_text("kid")
            .map_err(|why| malformed(format!("the header: {why}")))?
            .map(str::to_owned);
        Ok(Self {
            algorithm,
            key_id,
            claims: part(claims, "claims")?,
            signed,
            signature: decoded(signature, "signature")?,
        })
    }

    /// The name of the key it says it was signed with.
    pub(crate) fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// Whether `key` made the signature. The algorithm is the key's: a header that names another one is not believed.
    pub(crate) fn is_signed_by(&self, key: &PublicKey) -> bool {
        use p256::ecdsa::signature::Verifier as _;

        let message = self.signed.as_bytes();
        match (key, self.algorithm) {
            (PublicKey::Ed25519(key), Algorithm::EdDsa) => {
                ed25519_dalek::Signature::from_slice(&self.signature)
                    .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok())
            }
            (PublicKey::P256(key), Algorithm::Es256) => {
                p256::ecdsa::Signature::from_slice(&self.signature).is_ok_and(|signature| {
                    // Of the two signatures that everybody can make of one, the one with the lower `s`: a credential has
                    // one text and no other.
                    signature == signature.normalize_s() && key.verify(message, &signature).is_ok()
                })
            }
            (PublicKey::Ed25519(_), Algorithm::Es256) | (PublicKey::P256(_), Algorithm::EdDsa) => {
                false
            }
        }
    }
}

fn algorithm(header: &Object) -> Result<Algorithm, JwtError> {
    let name = header
        .text("alg")
        .map_err(|why| malformed(format!("the header: {why}")))?;
    match name {
        "EdDSA" => Ok(Algorithm::EdDsa),
        "ES256" => Ok(Algorithm::Es256),
        other => Err(JwtError::Algorithm(other.chars().take(20).collect())),
    }
}

/// Refuses what would change how the rest is to be read.
fn no_extension(header: &Object) -> Result<(), String> {
    for (name, why) in [
        (
            "crit",
            "it has critical extensions, and none is implemented",
        ),
        ("b64", "its payload may be unencoded (`b64`)"),
        ("cty", "its payload is said to be something else (`cty`)"),
    ] {
        if header.has(name) {
            return Err(why.to_owned());
        }
    }
    match header.optional_text("typ")? {
        None => Ok(()),
        Some(typ) if typ.eq_ignore_ascii_case("JWT") => Ok(()),
        Some(typ) => {
            let typ: String = typ.chars().take(20).collect();
            Err(format!("its `typ` is `{typ}`, not `JWT`"))
        }
    }
}

fn part(text: &str, what: &str) -> Result<Object, JwtError> {
    Object::read(&decoded(text, what)?).map_err(|why| malformed(format!("the {what}: {why}")))
}

/// The bytes of a part. No padding, no line ends, no bits left over: each has one text.
fn decoded(text: &str, what: &str) -> Result<Vec<u8>, JwtError> {
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| malformed(format!("the {what} is not base64url")))
}

fn malformed(why: impl Into<String>) -> JwtError {
    JwtError::Malformed(why.into())
}
