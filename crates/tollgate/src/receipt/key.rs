//! Keys of signers: Ed25519 (RFC 8032), verified strictly.
//!
//! A signer is known by the public key itself, `ed25519:` and 64 hex digits. There is no other id that could stand for two
//! keys.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

const PUBLIC: &str = "ed25519:";
const SECRET: &str = "ed25519-secret:";

/// The public half of a key, and the name of its signer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 32]);

/// A text is not a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// It has not the form of a public key.
    #[error("`{text}` is not a public key; it is `ed25519:` and 64 hex digits in small letters")]
    Public {
        /// The text, cut.
        text: String,
    },
    /// It has the form, and no signature of such a key proves anything.
    #[error("`{text}` is no key of Ed25519 that can sign")]
    Weak {
        /// The text.
        text: String,
    },
    /// It has not the form of a secret key. The text is a secret and is not shown.
    #[error("it is not a secret key, `ed25519-secret:` and 64 hex digits in small letters")]
    Secret,
}

impl PublicKey {
    /// Tells whether this key signed `message`. Signatures that could be written in a second way are none.
    pub(crate) fn signed(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        VerifyingKey::from_bytes(&self.0)
            .is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PUBLIC}{}", hex::encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let bytes = digits(text, PUBLIC).ok_or_else(|| KeyError::Public {
            text: text.chars().take(100).collect(),
        })?;
        let weak = || KeyError::Weak {
            text: text.to_owned(),
        };
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| weak())?;
        // A point has numbers beyond the field as second names.
        if key.is_weak() || key.to_edwards().compress().as_bytes() != &*bytes {
            return Err(weak());
        }
        Ok(Self(*bytes))
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The secret half of a key. It is cleared from memory when it is dropped, and `{:?}` does not show it.
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// Returns the key of these random bytes, which the caller brings.
    pub fn from_random(random: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(random))
    }

    /// Returns the public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Returns the text that [`FromStr`] reads, for a file that nobody else reads.
    pub fn reveal(&self) -> Zeroizing<String> {
        let bytes = Zeroizing::new(self.0.to_bytes());
        let digits = Zeroizing::new(hex::encode(bytes.as_slice()));
        // Whole at once: a text that grows leaves copies behind.
        let mut text = Zeroizing::new(String::with_capacity(SECRET.len() + digits.len()));
        text.push_str(SECRET);
        text.push_str(&digits);
        text
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.public())
    }
}

impl FromStr for SecretKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let bytes = digits(text, SECRET).ok_or(KeyError::Secret)?;
        Ok(Self::from_random(&bytes))
    }
}

/// The bytes of 64 small hex digits behind `prefix`.
fn digits(text: &str, prefix: &str) -> Option<Zeroizing<[u8; 32]>> {
    let digits = text.strip_prefix(prefix)?;
    if digits.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let mut bytes = Zeroizing::new([0; 32]);
    hex::decode_to_slice(digits, bytes.as_mut_slice()).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_same_key_again() {
        let key = SecretKey::from_random(&[7; 32]);
        let again: SecretKey = key.reveal().parse().unwrap();
        assert_eq!(again.public(), key.public());
        let public: PublicKey = key.public().to_string().parse().unwrap();
        assert_eq!(public, key.public());
    }

    #[test]
    fn a_secret_is_never_shown() {
        let key = SecretKey::from_random(&[0xab; 32]);
        assert!(!format!("{key:?}").contains("abab"), "{key:?}");
        let wrong = "ed25519-secret:abababab".parse::<SecretKey>().unwrap_err();
        assert!(!wrong.to_string().contains("abab"), "{wrong}");
    }

    #[test]
    fn other_texts_of_a_key_and_keys_that_prove_nothing_are_refused() {
        let good = SecretKey::from_random(&[7; 32]).public().to_string();
        let (upper, bare) = (good.to_uppercase(), good.replace(PUBLIC, ""));
        let zero = format!("{PUBLIC}{}", "00".repeat(32));
        let one = format!("{PUBLIC}01{}", "00".repeat(31));
        let high = format!("{PUBLIC}{}", "ff".repeat(32));
        for wrong in ["", PUBLIC, &upper, &bare, &good[..70], &zero, &one, &high] {
            assert!(wrong.parse::<PublicKey>().is_err(), "{wrong}");
        }
    }
}
