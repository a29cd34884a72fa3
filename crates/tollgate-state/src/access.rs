//! Tenants, and the keys that act for them.
//!
//! A key is `tgk_PREFIX_SECRET`. The prefix is public: it names the key in lists and in the audit log. Of the secret, 256
//! random bits, only the SHA-256 is kept; it is compared in constant time, also when there is no such prefix. Whatever is
//! wrong with a key, the answer is the same.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::error::{StateError, invalid};
use crate::limits::KEY_NAME_BYTES_MAX;
use crate::names::shown;

/// What a key may do. None of them includes another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Makes and revokes keys, deletes what others pushed.
    Admin,
    /// Pushes modules, moves tags, deletes what it pushed.
    Publisher,
    /// Runs modules.
    Caller,
    /// Answers questions that a run asks. Never those of a run of its own.
    Approver,
    /// Reads the audit log and the numbers of the server.
    Auditor,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [
        Self::Admin,
        Self::Publisher,
        Self::Caller,
        Self::Approver,
        Self::Auditor,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Publisher => "publisher",
            Self::Caller => "caller",
            Self::Approver => "approver",
            Self::Auditor => "auditor",
        }
    }
}

impl FromStr for Role {
    type Err = StateError;

    fn from_str(name: &str) -> Result<Self, StateError> {
        let found = Self::ALL.into_iter().find(|role| role.name() == name);
        found.ok_or_else(|| {
            let all = Self::ALL.map(Self::name).join("`, `");
            invalid("role", shown(name), format!("it is one of `{all}`"))
        })
    }
}

/// The roles of a key.
pub type Roles = BTreeSet<Role>;

/// A key in full, which is shown once. It is never printed by `{:?}`.
pub struct KeyText(String);

impl KeyText {
    /// Makes a key of random bytes, which the caller brings: 6 of the prefix, 32 of the secret.
    #[must_use]
    pub fn from_random(random: [u8; 38]) -> Self {
        let digits = hex::encode(random);
        let (prefix, secret) = digits.split_at(12);
        Self(format!("tgk_{prefix}_{secret}"))
    }

    /// The text that is given to the user of the key.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    ///
    /// # Errors
    /// [`StateError::Invalid`], which a key that was made here never is.
    pub fn kept(&self) -> Result<KeptKey, StateError> {
        KeptKey::of(&self.0)
            .ok_or_else(|| invalid("key", "tgk_…".into(), "it is `tgk_PREFIX_SECRET`"))
    }
}

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyText(…)")
    }
}

/// What is kept of a key: its name, and the hash of its secret.
#[derive(Clone)]
pub struct KeptKey {
    /// The public half.
    pub prefix: String,
    pub(crate) hash: [u8; 32],
}

impl PartialEq for KeptKey {
    fn eq(&self, other: &Self) -> bool {
        self.prefix == other.prefix && self.has_secret_of(&other.hash)
    }
}

impl Eq for KeptKey {}

impl fmt::Debug for KeptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeptKey").field(&self.prefix).finish()
    }
}

impl KeptKey {
    /// Reads a key that somebody shows; `None` when it has not the form of one.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let (prefix, secret) = text.strip_prefix("tgk_")?.split_once('_')?;
        let digits = |part: &str, count| {
            part.len() == count && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        (digits(prefix, 12) && digits(secret, 64)).then(|| Self {
            prefix: prefix.to_owned(),
            hash: Sha256::digest(secret.as_bytes()).into(),
        })
    }

    /// Whether both have the same secret.
    pub(crate) fn has_secret_of(&self, hash: &[u8; 32]) -> bool {
        self.hash.ct_eq(hash).into()
    }
}

/// A key to keep, for the tenant of who makes it.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// What is kept of it.
    pub key: KeptKey,
    /// What people call it; 1 to [`KEY_NAME_BYTES_MAX`] bytes without control characters.
    pub name: String,
    /// What it may do; at least one role.
    pub roles: Roles,
    /// From when on it is nothing, nanoseconds since 1970. `None`: until it is revoked.
    pub expires_at: Option<i64>,
}

impl NewKey {
    pub(crate) fn check(&self) -> Result<(), StateError> {
        let long = !(1..=KEY_NAME_BYTES_MAX).contains(&self.name.len());
        if long || self.name.chars().any(char::is_control) {
            return Err(invalid(
                "name of a key",
                shown(&self.name),
                format!("it has 1 to {KEY_NAME_BYTES_MAX} bytes and no control characters"),
            ));
        }
        if self.roles.is_empty() {
            return Err(invalid(
                "key",
                shown(&self.name),
                "it has at least one role",
            ));
        }
        Ok(())
    }
}

/// A key as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyEntry {
    /// The public half.
    pub prefix: String,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub roles: Roles,
    /// When it was made, nanoseconds since 1970.
    pub created_at: i64,
    /// From when on it is nothing.
    pub expires_at: Option<i64>,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
}

/// Who acts: the owner of a key that is good now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Whom it acts for.
    pub tenant: String,
    /// The key's prefix.
    pub key: String,
    /// What it may do.
    pub roles: Roles,
    /// The tenant's quota of requests in a minute; `None`: the standard.
    pub requests_per_minute: Option<u64>,
    /// The tenant's quota of runs at once; `None`: the standard.
    pub casts_at_once: Option<u64>,
}

pub(crate) fn roles_text(roles: &Roles) -> String {
    let names: Vec<&str> = roles.iter().map(|role| role.name()).collect();
    names.join(" ")
}

pub(crate) fn roles_of(text: &str) -> Result<Roles, StateError> {
    text.split(' ').map(Role::from_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_made_and_never_printed() {
        let text = KeyText::from_random([0xab; 38]);
        let kept = text.kept().unwrap();
        assert_eq!(kept.prefix, "abababababab");
        assert_eq!(KeptKey::of(text.reveal()), Some(kept.clone()));
        for printed in [format!("{text:?}"), format!("{kept:?}")] {
            assert!(!printed.contains(&"ab".repeat(8)), "{printed}");
        }
    }

    #[test]
    fn a_key_that_is_cut_or_changed_has_not_its_form_or_not_its_secret() {
        let text = KeyText::from_random([0xab; 38]);
        let (whole, kept) = (text.reveal(), text.kept().unwrap());
        for end in 0..whole.len() {
            assert_eq!(KeptKey::of(&whole[..end]), None, "{end}");
        }
        for bad in [
            format!("{whole}0"),
            whole.to_uppercase(),
            format!(" {whole}"),
        ] {
            assert_eq!(KeptKey::of(&bad), None);
        }
        let other = KeptKey::of(&whole.replace("abab_ab", "abab_cd")).unwrap();
        assert!(!kept.has_secret_of(&other.hash));
        assert!(kept.has_secret_of(&kept.hash));
    }
}
