//! Credentials that are shown with a question, and why one did not count.

use crate::credential::{CredentialError, check_bytes};
use crate::error::{StateError, invalid};
use crate::limits;

/// A credential that was looked at for a question and did not count, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The credential's id, when it could be read.
    pub id: Option<String>,
    /// Why.
    pub reason: CredentialError,
}

/// Credentials in JWT form that are shown with a question: few enough, and each short enough, to be looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presented(Vec<String>);

impl Presented {
    /// Takes the credentials. Nothing is read of them yet.
    ///
    /// # Errors
    /// [`StateError::Invalid`] for more than [`limits::PRESENTED_MAX`], [`StateError::Credential`] for one of more than
    /// [`limits::CREDENTIAL_BYTES_MAX`] bytes.
    pub fn new<S: AsRef<str>>(credentials: &[S]) -> Result<Self, StateError> {
        if credentials.len() > limits::PRESENTED_MAX {
            return Err(invalid(
                "presentation",
                format!("{} credentials", credentials.len()),
                format!("at most {} are looked at", limits::PRESENTED_MAX),
            ));
        }
        for jwt in credentials {
            check_bytes(jwt.as_ref())?;
        }
        Ok(Self(
            credentials
                .iter()
                .map(|jwt| jwt.as_ref().to_owned())
                .collect(),
        ))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|jwt| &**jwt)
    }
}

/// Did patterns as in the language: `*` is exactly one segment, a trailing `**` one or more.
pub(crate) fn matches_did(pattern: &str, did: &str) -> bool {
    tollgate_ecl::data::did::matches(did.as_bytes(), pattern.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_one_segment_and_two_are_any_deeper() {
        assert!(matches_did(
            "did:a:credential:eichrecht:*",
            "did:a:credential:eichrecht:v1"
        ));
        assert!(!matches_did(
            "did:a:credential:eichrecht:*",
            "did:a:credential:eichrecht:v1:de"
        ));
        assert!(!matches_did(
            "did:a:credential:eichrecht:*",
            "did:a:credential:eichrecht"
        ));
        assert!(matches_did(
            "did:a:credential:**",
            "did:a:credential:eichrecht:v1:de"
        ));
        assert!(!matches_did("did:a:credential:**", "did:a:credential"));
        assert!(!matches_did("did:a:**:x", "did:a:b:c:x"));
    }
}
