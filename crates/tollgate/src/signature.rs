//! Signatures of modules: which key vouches for these bytes.
//!
//! ```
//! use tollgate::Digest;
//! use tollgate::receipt::SecretKey;
//! use tollgate::signature::ModuleSignature;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let key = SecretKey::from_random(&[7; 32]); // of a source of randomness
//! let digest = Digest::of(b"\0asm\x01\0\0\0");
//! let signature = ModuleSignature::sign(&digest, &key);
//!
//! // … which is passed on as two texts, and read again.
//! let read = ModuleSignature::read(key.public(), &signature.to_string())?;
//! assert!(read.is_of(&digest));
//! assert!(!read.is_of(&Digest::of(b"others")));
//! # Ok(())
//! # }
//! ```
//!
//! What is signed is the text `tollgate module 1 sha256:HEX`, with Ed25519 (RFC 8032). A receipt begins otherwise, so that neither can
//! stand for the other.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tollgate_sandbox::Digest;

use crate::receipt::{PublicKey, SecretKey};

/// A signature by a key. Of which bytes it is one is asked with [`ModuleSignature::is_of`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModuleSignature {
    key: PublicKey,
    signature: [u8; 64],
}

/// A text is not a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no signature, which is 64 bytes as base64 in its standard form with padding")]
pub struct SignatureError;

impl ModuleSignature {
    /// Signs the bytes of a module that have this digest.
    pub fn sign(digest: &Digest, key: &SecretKey) -> Self {
        Self {
            key: key.public(),
            signature: key.sign(message(digest).as_bytes()),
        }
    }

    /// Reads a signature that is said to be one of `key`.
    ///
    /// # Errors
    /// When the text is no signature of any key.
    pub fn read(key: PublicKey, text: &str) -> Result<Self, SignatureError> {
        let bytes = STANDARD.decode(text).map_err(|_| SignatureError)?;
        let signature = bytes.try_into().map_err(|_| SignatureError)?;
        Ok(Self { key, signature })
    }

    /// Returns the key that is said to have signed.
    pub fn key(&self) -> PublicKey {
        self.key
    }

    /// Tells whether the key signed the bytes with this digest.
    pub fn is_of(&self, digest: &Digest) -> bool {
        self.key.signed(message(digest).as_bytes(), &self.signature)
    }
}

impl fmt::Display for ModuleSignature {
    /// The text that [`ModuleSignature::read`] reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.signature))
    }
}

fn message(digest: &Digest) -> String {
    format!("tollgate module 1 sha256:{}", digest.to_hex())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_of_one_key_and_of_one_digest() {
        let (key, other) = ([1; 32], [2; 32]);
        let (key, other) = (SecretKey::from_random(&key), SecretKey::from_random(&other));
        let (digest, others) = (Digest::of(b"one"), Digest::of(b"other"));
        let signature = ModuleSignature::sign(&digest, &key);
        assert!(signature.is_of(&digest));
        assert!(!signature.is_of(&others));
        let text = signature.to_string();
        let under_another = ModuleSignature::read(other.public(), &text).unwrap();
        assert!(!under_another.is_of(&digest));
        for at in 0..64 {
            let mut changed = signature;
            changed.signature[at] ^= 1;
            assert!(!changed.is_of(&digest), "byte {at}");
        }
    }

    #[test]
    fn there_is_one_text_of_a_signature() {
        let key = SecretKey::from_random(&[1; 32]);
        let text = ModuleSignature::sign(&Digest::of(b"one"), &key).to_string();
        let url_safe = text.replace(['+', '/'], "-");
        for wrong in [
            "",
            text.trim_end_matches('='),
            &text[..40],
            &format!("{text}\n"),
            &format!("{text}AAAA"),
            &format!(" {text}"),
        ] {
            let read = ModuleSignature::read(key.public(), wrong);
            assert_eq!(read, Err(SignatureError), "{wrong:?}");
        }
        assert!(url_safe == text || ModuleSignature::read(key.public(), &url_safe).is_err());
    }
}
