//! The address of a module: the SHA-256 of its binary form.
//!
//! The text form is `sha256:` and 64 lower-case hex digits, everywhere: command line, JSON, cache file names, logs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The SHA-256 of a module's bytes. Shown and parsed as `sha256:` followed by 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// The bytes of a value that a digest is taken of. A digest of nothing must never stand for one of something.
#[expect(
    clippy::expect_used,
    reason = "values of our types have an encoding, and nothing else could be right"
)]
pub(crate) fn encoded(value: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(value).expect("values of our types have an encoding")
}

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of a value in the encoding of postcard, in which no value is the beginning of another of its type. `version`
    /// stands before it, so that no digest of something else is one of this.
    pub(crate) fn of_value(version: &[u8], value: &impl Serialize) -> Self {
        let mut hasher = Sha256::new_with_prefix(version);
        hasher.update(encoded(value));
        Self(hasher.finalize().into())
    }

    /// The digest with these 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 64 hex digits without the `sha256:` in front.
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a digest; write `sha256:` and 64 hex digits, as `sha256sum` prints them")]
pub struct DigestError {
    text: String,
}

impl FromStr for Digest {
    type Err = DigestError;

    /// Accepts `sha256:HEX`, `sha256=HEX` and the bare 64 digits, in either case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text
            .strip_prefix("sha256:")
            .or_else(|| text.strip_prefix("sha256="))
            .unwrap_or(text);
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| DigestError {
            text: text
                .chars()
                .take(100)
                .flat_map(char::escape_debug)
                .collect(),
        })?;
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn digest_of_nothing_is_the_published_constant() {
        assert_eq!(Digest::of(b"").to_string(), EMPTY);
    }

    #[test]
    fn text_forms_parse_to_the_same_digest() {
        let bare = EMPTY.trim_start_matches("sha256:");
        for text in [
            EMPTY.to_owned(),
            bare.to_owned(),
            bare.to_uppercase(),
            format!("sha256={bare}"),
        ] {
            assert_eq!(text.parse::<Digest>().unwrap(), Digest::of(b""), "{text}");
        }
    }

    #[test]
    fn wrong_length_or_letters_are_refused_with_the_text() {
        for text in [
            "",
            "sha256:",
            "sha256:00",
            &EMPTY[..70],
            &format!("{EMPTY}0"),
            &EMPTY.replace('e', "g"),
        ] {
            let error = text.parse::<Digest>().unwrap_err().to_string();
            assert!(
                error.contains(text) && error.contains("64 hex digits"),
                "{error}"
            );
        }
    }

    #[test]
    fn json_form_is_the_text_form() {
        let json = serde_json::to_string(&Digest::of(b"")).unwrap();
        assert_eq!(json, format!("\"{EMPTY}\""));
        assert_eq!(
            serde_json::from_str::<Digest>(&json).unwrap(),
            Digest::of(b"")
        );
    }
}
