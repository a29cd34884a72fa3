//! Whose signatures of modules count for a tenant, and the signatures that are kept. Whether a text is a key or a good signature is known
//! where it is verified.

use crate::error::{StateError, invalid};
use crate::limits::SIGNER_KEY_BYTES_MAX;
use crate::names::{check_name, shown};

/// A key whose signatures count from now on.
#[derive(Debug, Clone, Copy)]
pub struct NewSigner<'a> {
    /// The public key, at most [`SIGNER_KEY_BYTES_MAX`].
    pub key: &'a str,
    /// What policies call it. Several keys may have one name.
    pub name: &'a str,
}

impl NewSigner<'_> {
    pub(crate) fn check(&self) -> Result<(), StateError> {
        check_name("signer", self.name)?;
        if self.key.len() > SIGNER_KEY_BYTES_MAX {
            let rule = format!("it has at most {SIGNER_KEY_BYTES_MAX} bytes");
            return Err(invalid("key of a signer", shown(self.key), rule));
        }
        Ok(())
    }
}

/// A key that a tenant knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerEntry {
    /// The public key.
    pub key: String,
    /// What policies call it.
    pub name: String,
    /// The prefix of the key of the API with which it was set.
    pub set_by: String,
    /// When, nanoseconds since 1970.
    pub set_at: i64,
    /// Since when what it signed does not count any more; `None`: it counts.
    pub revoked_at: Option<i64>,
}

/// A signature that was verified.
#[derive(Debug, Clone, Copy)]
pub struct NewSignature<'a> {
    /// The public key.
    pub key: &'a str,
    /// The signature of the digest, as text.
    pub signature: &'a str,
}

/// A signature that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureEntry {
    /// The key that signed.
    pub signer: SignerEntry,
    /// The signature, as text.
    pub signature: String,
    /// When it was kept, nanoseconds since 1970.
    pub signed_at: i64,
}
