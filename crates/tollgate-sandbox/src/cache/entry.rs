//! The format of one cached artifact.
//!
//! `artifact | trailer | tag`: the compiled code first, so that taking the rest off leaves it where it is; then what it is
//! (module and settings digest, tier, time, length); then HMAC-SHA256 over all of that. The tag is checked before a
//! single field is looked at, so every field below comes from a holder of the key.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{Digest, Tier};

/// Marks the format and its version; part of what the tag covers.
const MAGIC: [u8; 16] = *b"tollgate cache 1";
/// Magic, module, settings, tier, creation time, artifact length.
const TRAILER: usize = 16 + 32 + 32 + 1 + 8 + 8;
const TAG: usize = 32;

/// Bytes an entry has besides its artifact.
pub(super) const OVERHEAD: u64 = (TRAILER + TAG) as u64;

/// The secret that makes entries ours.
#[derive(Clone)]
pub(super) struct Key(pub(super) [u8; 32]);

impl Key {
    fn mac(&self) -> Hmac<Sha256> {
        // HMAC takes keys of every length; the fallback is never reached and would refuse every entry.
        Hmac::new_from_slice(&self.0).unwrap_or_else(|_| Hmac::new(&Default::default()))
    }
}

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) module: Digest,
    /// What the code was made for: the engine's fingerprint and the limits the module was held to.
    pub(super) settings: Digest,
}

/// Why an entry is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// It is not a regular file, or belongs to somebody else, or others may write it.
    #[error("it is not a private regular file")]
    NotPrivate,
    /// It is shorter or longer than any entry.
    #[error("its size is impossible")]
    Size,
    /// The authentication code does not match: the file was changed, or written with another key.
    #[error("its authentication code is wrong: it was changed, or made with another key")]
    Forged,
    /// It is authentic, but about another module or engine than its name says.
    #[error("it belongs to another module or engine")]
    Foreign,
    /// It is authentic, but older than allowed.
    #[error("it is too old")]
    Expired,
}

impl Rejection {
    /// Whether somebody interfered; age is no violation.
    pub const fn is_violation(self) -> bool {
        match self {
            Self::NotPrivate | Self::Size | Self::Forged | Self::Foreign => true,
            Self::Expired => false,
        }
    }
}

/// An opened entry.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) artifact: Vec<u8>,
    pub(super) tier: Tier,
    pub(super) created_secs: u64,
}

/// Makes the bytes of an entry.
pub(super) fn seal(key: &Key, subject: &Subject, entry: Entry) -> Vec<u8> {
    let Entry {
        artifact: mut bytes,
        tier,
        created_secs,
    } = entry;
    let length = bytes.len() as u64;
    bytes.reserve_exact(TRAILER + TAG);
    bytes.extend(MAGIC);
    bytes.extend(subject.module.as_bytes());
    bytes.extend(subject.settings.as_bytes());
    bytes.push(match tier {
        Tier::Speed => 0,
        Tier::Quick => 1,
    });
    bytes.extend(created_secs.to_le_bytes());
    bytes.extend(length.to_le_bytes());
    let tag = key.mac().chain_update(&bytes).finalize().into_bytes();
    bytes.extend_from_slice(&tag);
    bytes
}

/// Checks the bytes of an entry against the key and what it should be about, and takes the artifact out.
pub(super) fn open(key: &Key, subject: &Subject, bytes: Vec<u8>) -> Result<Entry, Rejection> {
    let (about, entry) = authentic(key, bytes)?;
    if about == *subject {
        Ok(entry)
    } else {
        Err(Rejection::Foreign)
    }
}

/// Checks the bytes of an entry against the key; returns what it is about as well.
pub(super) fn authentic(key: &Key, mut bytes: Vec<u8>) -> Result<(Subject, Entry), Rejection> {
    let (content, tag) = bytes.split_last_chunk::<TAG>().ok_or(Rejection::Size)?;
    // Compares in constant time.
    key.mac()
        .chain_update(content)
        .verify_slice(tag)
        .map_err(|_| Rejection::Forged)?;
    let (artifact, trailer) = content
        .split_last_chunk::<TRAILER>()
        .ok_or(Rejection::Size)?;
    let mut trailer = trailer.as_slice();
    let mut take = |count: usize| trailer.split_off(..count).unwrap_or_default();
    if take(16) != MAGIC {
        return Err(Rejection::Foreign);
    }
    let mut digest = || take(32).try_into().map(Digest::from_bytes);
    let (Ok(module), Ok(settings)) = (digest(), digest()) else {
        return Err(Rejection::Size);
    };
    let tier = match take(1) {
        [0] => Tier::Speed,
        [1] => Tier::Quick,
        _ => return Err(Rejection::Foreign),
    };
    let mut number = || take(8).try_into().map_or(0, u64::from_le_bytes);
    let (created_secs, length) = (number(), number());
    if length != artifact.len() as u64 {
        return Err(Rejection::Foreign);
    }
    bytes.truncate(bytes.len() - TRAILER - TAG);
    let entry = Entry {
        artifact: bytes,
        tier,
        created_secs,
    };
    Ok((Subject { module, settings }, entry))
}
