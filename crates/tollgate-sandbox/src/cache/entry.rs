//! The format of one cached artifact.
//!
//! `artifact | trailer | tag`: the compiled code first, so that taking the rest off leaves it where it is; then what it is
//! (module and settings digest, tier, time, length); then the keyed BLAKE3 of all of that. The tag is checked before a
//! single field is looked at, so every field below comes from a holder of the key.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::{config::Tier, digest::Digest};

/// Marks the format and its version; part of what the tag covers.
pub(crate) const MAGIC: [u8; 16] = *b"tollgate cache 2";
/// Magic, module, settings, tier, creation time, artifact length.
const TRAILER: usize = 16 + 32 + 32 + 1 + 8 + 8;
const TAG: usize = 32;
/// Bytes read and hashed at a time: they are still in the processor's cache when they are hashed.
const PIECE: usize = 64 << 10;

/// Bytes an entry has besides its artifact.
pub(super) const OVERHEAD: u64 = (TRAILER + TAG) as u64;

/// The secret that makes entries ours.
#[derive(Clone)]
pub(super) struct Key(pub(super) [u8; 32]);

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

/// What an authentic entry says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) subject: Subject,
    pub(super) tier: Tier,
    pub(super) created_secs: u64,
    /// Its artifact is so many bytes from the start.
    pub(super) length: u64,
}

/// Where the bytes of an entry are. They must not change between two looks at them when the artifact is to be used.
pub(super) trait Content {
    fn len(&self) -> io::Result<u64>;
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
}

impl Content for File {
    fn len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        FileExt::read_exact_at(self, buffer, offset)
    }
}

impl Content for [u8] {
    fn len(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let from = usize::try_from(offset).ok().and_then(|at| self.get(at..));
        let wanted = from.and_then(|from| from.get(..buffer.len()));
        buffer.copy_from_slice(wanted.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

/// Makes the bytes of an entry. The length of the artifact is that of its bytes.
pub(super) fn seal(key: &Key, artifact: Vec<u8>, entry: Entry) -> Vec<u8> {
    let mut bytes = artifact;
    let length = bytes.len() as u64;
    bytes.reserve_exact(TRAILER + TAG);
    bytes.extend(MAGIC);
    bytes.extend(entry.subject.module.as_bytes());
    bytes.extend(entry.subject.settings.as_bytes());
    bytes.push(match entry.tier {
        Tier::Speed => 0,
        Tier::Quick => 1,
    });
    bytes.extend(entry.created_secs.to_le_bytes());
    bytes.extend(length.to_le_bytes());
    let tag = blake3::keyed_hash(&key.0, &bytes);
    bytes.extend_from_slice(tag.as_bytes());
    bytes
}

/// Checks an entry against the key and what it should be about.
pub(super) fn open<C: Content + ?Sized>(
    key: &Key,
    subject: &Subject,
    content: &C,
) -> Result<Entry, Rejection> {
    let entry = authentic(key, content)?;
    if entry.subject == *subject {
        Ok(entry)
    } else {
        Err(Rejection::Foreign)
    }
}

/// Checks an entry against the key; what it says of itself is true then.
pub(super) fn authentic<C: Content + ?Sized>(key: &Key, content: &C) -> Result<Entry, Rejection> {
    let unread = |_| Rejection::Size;
    let size = content.len().map_err(unread)?;
    let length = size.checked_sub(OVERHEAD).ok_or(Rejection::Size)?;
    let mut hasher = blake3::Hasher::new_keyed(&key.0);
    let mut piece = vec![0; PIECE];
    let mut offset = 0;
    while offset < length {
        let wanted = usize::try_from(length - offset).map_or(PIECE, |left| left.min(PIECE));
        let room = piece.get_mut(..wanted).ok_or(Rejection::Size)?;
        content.read_exact_at(room, offset).map_err(unread)?;
        hasher.update(room);
        offset += wanted as u64;
    }
    let mut end = [0; TRAILER + TAG];
    content.read_exact_at(&mut end, length).map_err(unread)?;
    let (trailer, tag) = end.split_last_chunk::<TAG>().ok_or(Rejection::Size)?;
    // Hashes are compared in constant time.
    if hasher.update(trailer).finalize() != blake3::Hash::from_bytes(*tag) {
        return Err(Rejection::Forged);
    }
    let entry = fields(trailer)?;
    if entry.length == length {
        Ok(entry)
    } else {
        Err(Rejection::Foreign)
    }
}

fn fields(mut trailer: &[u8]) -> Result<Entry, Rejection> {
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
    Ok(Entry {
        subject: Subject { module, settings },
        tier,
        created_secs: number(),
        length: number(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key([7; 32]);

    fn entry(length: usize) -> (Vec<u8>, Entry) {
        let artifact: Vec<u8> = (0..length).map(|at| at.to_le_bytes()[0]).collect();
        let entry = Entry {
            subject: Subject {
                module: Digest::of(b"module"),
                settings: Digest::of(b"settings"),
            },
            tier: Tier::Quick,
            created_secs: 1_700_000_000,
            length: length as u64,
        };
        (seal(&KEY, artifact, entry), entry)
    }

    #[test]
    fn an_entry_is_found_authentic_wherever_its_bytes_are() {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 17] {
            let (bytes, entry) = entry(length);
            assert_eq!(authentic(&KEY, bytes.as_slice()), Ok(entry), "{length}");
            let mut file = tempfile::tempfile().unwrap();
            io::Write::write_all(&mut file, &bytes).unwrap();
            assert_eq!(authentic(&KEY, &file), Ok(entry), "{length}");
        }
    }

    #[test]
    fn every_changed_bit_and_every_other_length_is_rejected() {
        let (bytes, _) = entry(300);
        for at in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[at / 8] ^= 1 << (at % 8);
            assert!(authentic(&KEY, changed.as_slice()).is_err(), "bit {at}");
        }
        for length in 0..bytes.len() {
            assert!(authentic(&KEY, &bytes[..length]).is_err(), "{length}");
            assert!(authentic(&KEY, &bytes[length + 1..]).is_err(), "{length}");
        }
        assert_eq!(
            authentic(&Key([8; 32]), bytes.as_slice()),
            Err(Rejection::Forged)
        );
    }

    #[test]
    fn the_tag_is_that_of_the_published_function() {
        // The first test vector of BLAKE3: keyed, of no input.
        let key = Key(*b"whats the Elvish word for friend");
        let tag = blake3::keyed_hash(&key.0, b"");
        assert_eq!(
            tag.to_hex().as_str(),
            "92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26"
        );
    }
}
