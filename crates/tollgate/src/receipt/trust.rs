//! Whose receipts count: a list of public keys with names, in a file that people read and pass on.
//!
//! A line is `KEY NAME`, or `revoked KEY NAME` for a key that is not good any more; empty lines and those that begin with `#`
//! say nothing. A key that is revoked on one line is revoked, whatever the other lines say.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::key::{KeyError, PublicKey};
use crate::limits::{KEY_NAME_BYTES_MAX, TRUSTED_KEYS_MAX};

/// What a key is called by people: small letters, digits, `-`, `_` and `.`, a letter or digit first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyName(String);

/// A text is not the name of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` is not the name of a key: small letters, digits, `-`, `_` and `.`, a letter or digit first, at most \
     {KEY_NAME_BYTES_MAX} of them",
    .text.escape_debug()
)]
pub struct KeyNameError {
    text: String,
}

impl KeyName {
    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for KeyName {
    type Err = KeyNameError;

    fn from_str(text: &str) -> Result<Self, KeyNameError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let all = |byte: u8| plain(byte) || matches!(byte, b'-' | b'_' | b'.');
        let good = text.bytes().next().is_some_and(plain) && text.bytes().all(all);
        if good && text.len() <= KEY_NAME_BYTES_MAX {
            return Ok(Self(text.to_owned()));
        }
        Err(KeyNameError {
            text: text.chars().take(100).collect(),
        })
    }
}

/// A public key, what it is called, and whether it is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownKey {
    /// The key.
    pub key: PublicKey,
    /// What it is called.
    pub name: KeyName,
    /// Whether it is good.
    pub standing: Standing,
}

/// Whether a key is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is.
    Good,
    /// It was, and what it signed does not count any more.
    Revoked,
}

impl fmt::Display for KnownKey {
    /// The line of a file of trusted keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            key,
            name,
            standing,
        } = self;
        match standing {
            Standing::Good => write!(f, "{key} {name}"),
            Standing::Revoked => write!(f, "revoked {key} {name}"),
        }
    }
}

/// The keys whose receipts count, and those that are known not to.
#[derive(Debug, Clone, Default)]
pub struct TrustedKeys(BTreeMap<PublicKey, KnownKey>);

/// A text is not a list of trusted keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// A line is not one.
    #[error("line {line} of the trusted keys is not `KEY NAME` or `revoked KEY NAME`")]
    Line {
        /// Its number, from 1.
        line: usize,
    },
    /// A key is none.
    #[error("line {line} of the trusted keys")]
    Key {
        /// Its number, from 1.
        line: usize,
        /// What is wrong.
        #[source]
        source: KeyError,
    },
    /// A name is none.
    #[error("line {line} of the trusted keys")]
    Name {
        /// Its number, from 1.
        line: usize,
        /// What is wrong.
        #[source]
        source: KeyNameError,
    },
    /// There are too many.
    #[error(
        "more than {TRUSTED_KEYS_MAX} trusted keys; leave out those that sign nothing you read"
    )]
    Many,
}

impl TrustedKeys {
    /// Returns what is known of a key.
    pub fn get(&self, key: &PublicKey) -> Option<&KnownKey> {
        self.0.get(key)
    }

    /// Returns all that is known, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = &KnownKey> {
        self.0.values()
    }

    /// Adds what another list says.
    pub fn add(&mut self, known: KnownKey) {
        match (
            self.0.get(&known.key).map(|known| known.standing),
            known.standing,
        ) {
            // Nothing makes a revoked key good again.
            (Some(Standing::Revoked), Standing::Good) => {}
            _ => {
                self.0.insert(known.key, known);
            }
        }
    }

    /// Adds what the lines of a file say.
    ///
    /// # Errors
    /// [`TrustError`], which names the line; then nothing of the file counts.
    pub fn read(&mut self, text: &str) -> Result<(), TrustError> {
        let mut read = self.clone();
        for (line, text) in (1..).zip(text.lines()) {
            if let Some(known) = known_key(line, text)? {
                read.add(known);
            }
            if read.0.len() > TRUSTED_KEYS_MAX {
                return Err(TrustError::Many);
            }
        }
        *self = read;
        Ok(())
    }
}

fn known_key(line: usize, text: &str) -> Result<Option<KnownKey>, TrustError> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let (standing, key, name) = match *words.as_slice() {
        [] => return Ok(None),
        [first, ..] if first.starts_with('#') => return Ok(None),
        ["revoked", key, name] => (Standing::Revoked, key, name),
        [key, name] => (Standing::Good, key, name),
        _ => return Err(TrustError::Line { line }),
    };
    Ok(Some(KnownKey {
        key: key
            .parse()
            .map_err(|source| TrustError::Key { line, source })?,
        name: name
            .parse()
            .map_err(|source| TrustError::Name { line, source })?,
        standing,
    }))
}

#[cfg(test)]
mod tests {
    use super::super::key::SecretKey;
    use super::*;

    fn key(number: u8) -> PublicKey {
        SecretKey::from_random(&[number; 32]).public()
    }

    #[test]
    fn a_line_is_a_key_and_its_name() {
        let mut keys = TrustedKeys::default();
        let text = format!("# ours\n\n{} ci\n  {}\tbuild-2\n", key(1), key(2));
        keys.read(&text).unwrap();
        let known = keys.get(&key(2)).unwrap();
        assert_eq!(known.to_string(), format!("{} build-2", key(2)));
        assert!(keys.get(&key(3)).is_none());
    }

    #[test]
    fn a_key_that_is_revoked_on_one_line_is_revoked() {
        let (good, revoked) = (
            format!("{} ci\n", key(1)),
            format!("revoked {} ci\n", key(1)),
        );
        for text in [good.clone() + &revoked, revoked + &good] {
            let mut keys = TrustedKeys::default();
            keys.read(&text).unwrap();
            let standing = keys.get(&key(1)).unwrap().standing;
            assert_eq!(standing, Standing::Revoked, "{text}");
        }
    }

    #[test]
    fn a_wrong_line_is_named_and_nothing_of_the_file_counts() {
        for wrong in [
            "nonsense",
            "revoked ci",
            "ed25519:00 ci",
            &format!("{} CI", key(2)),
            &format!("{} a b c", key(2)),
            &format!("Revoked {} ci", key(2)),
        ] {
            let mut keys = TrustedKeys::default();
            let error = keys.read(&format!("{} ci\n{wrong}\n", key(1))).unwrap_err();
            assert!(error.to_string().contains("line 2"), "{wrong}: {error}");
            assert!(keys.get(&key(1)).is_none(), "{wrong}");
        }
    }

    #[test]
    fn there_is_a_bound_for_keys_and_their_names() {
        let text: String = (0..=TRUSTED_KEYS_MAX)
            .map(|number| {
                let mut random = [0; 32];
                random[..8].copy_from_slice(&number.to_le_bytes());
                format!("{} ci\n", SecretKey::from_random(&random).public())
            })
            .collect();
        let read = TrustedKeys::default().read(&text);
        assert_eq!(read, Err(TrustError::Many));
        assert!("a".repeat(KEY_NAME_BYTES_MAX).parse::<KeyName>().is_ok());
        let long = "a".repeat(KEY_NAME_BYTES_MAX + 1);
        for wrong in ["", ".", "..", "-a", "a/b", "a b", "\u{e4}", &long] {
            assert!(wrong.parse::<KeyName>().is_err(), "{wrong}");
        }
    }
}
