//! Modules that a tenant keeps: versions that never change, and tags that move.

use crate::error::{StateError, invalid};
use crate::limits::{DESCRIPTION_BYTES_MAX, MODULE_BYTES_MAX};
use crate::names::{check_name, check_version, shown};

/// A version to keep. Its bytes are on the disk before it is written here.
#[derive(Debug, Clone)]
pub struct NewVersion<'a> {
    /// The module's name.
    pub name: &'a str,
    /// The version, which never means anything else.
    pub version: &'a str,
    /// SHA-256 of the bytes, 64 hexadecimal digits.
    pub digest: &'a str,
    /// How many bytes.
    pub bytes: u64,
    /// What the module is, as JSON.
    pub description: &'a str,
}

impl NewVersion<'_> {
    pub(crate) fn check(&self) -> Result<(), StateError> {
        check_name("module", self.name)?;
        check_version(self.version)?;
        check_digest(self.digest)?;
        if self.bytes > MODULE_BYTES_MAX {
            return Err(invalid(
                "module",
                format!("{} bytes", self.bytes),
                format!("it has at most {MODULE_BYTES_MAX} bytes"),
            ));
        }
        if self.description.len() > DESCRIPTION_BYTES_MAX {
            return Err(invalid(
                "module",
                format!("a description of {} bytes", self.description.len()),
                format!("a description has at most {DESCRIPTION_BYTES_MAX} bytes"),
            ));
        }
        Ok(())
    }
}

pub(crate) fn check_digest(digest: &str) -> Result<(), StateError> {
    let digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    if digest.len() == 64 && digest.bytes().all(digit) {
        return Ok(());
    }
    Err(invalid(
        "digest",
        shown(digest),
        "it is a SHA-256 in 64 lower-case hexadecimal digits",
    ))
}

/// What became of a version that was to be kept, with its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutVersion {
    /// It is kept.
    Made,
    /// It was, with these bytes.
    WasThere,
    /// Its bytes are not all there: they went when the last version was deleted that had them. Put them there again.
    BytesMissing,
}

/// A version that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionEntry {
    /// Its place among all versions; lists go by it.
    pub seq: i64,
    /// The module's name.
    pub name: String,
    /// The version.
    pub version: String,
    /// SHA-256 of the bytes, in hexadecimal digits.
    pub digest: String,
    /// How many bytes.
    pub bytes: u64,
    /// What the module is, as JSON; empty in lists.
    pub description: String,
    /// The prefix of the key that pushed it.
    pub pushed_by: String,
    /// When, nanoseconds since 1970.
    pub created_at: i64,
}

/// A tag: a name for a version that can be given to another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagEntry {
    /// The tag.
    pub tag: String,
    /// The version it names now.
    pub version: String,
    /// Since when, nanoseconds since 1970.
    pub set_at: i64,
}

/// What `NAME`, `NAME@VERSION` or `NAME@TAG` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference<'a> {
    /// The module's name.
    pub name: &'a str,
    /// A version or a tag; `None`: the version that was pushed last.
    pub which: Option<&'a str>,
}

impl<'a> Reference<'a> {
    /// Reads a reference.
    ///
    /// # Errors
    /// [`StateError::Invalid`].
    pub fn read(text: &'a str) -> Result<Self, StateError> {
        let (name, which) = match text.split_once('@') {
            Some((name, which)) => (name, Some(which)),
            None => (text, None),
        };
        check_name("module", name)?;
        if let Some(which) = which
            && check_version(which).is_err()
        {
            check_name("tag", which)?;
        }
        Ok(Self { name, which })
    }
}

/// Whose versions may be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletes<'a> {
    /// Those of the tenant.
    Any,
    /// Those that this key pushed.
    PushedBy(&'a str),
}

impl<'a> Deletes<'a> {
    /// The one key whose versions they are.
    pub(crate) fn key(self) -> Option<&'a str> {
        match self {
            Self::Any => None,
            Self::PushedBy(key) => Some(key),
        }
    }
}

/// Which versions of a module go: all but the newest, and never one that a tag names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prune<'a> {
    /// The module.
    pub name: &'a str,
    /// How many of the versions that were pushed last stay, whoever pushed them; at least 1.
    pub keep: u32,
}

impl Prune<'_> {
    pub(crate) fn check(&self) -> Result<(), StateError> {
        check_name("module", self.name)?;
        if self.keep == 0 {
            let rule = "at least 1 stays; `module delete` deletes the last one";
            return Err(invalid("keep", "0".to_owned(), rule));
        }
        Ok(())
    }
}

/// What a module was pruned of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pruned {
    /// The versions that went, or would, the first pushed first.
    pub versions: Vec<VersionEntry>,
    /// Whether these are all; otherwise there are more for another time.
    pub is_complete: bool,
    /// Digests that no version of the tenant has any more: their bytes can go too, and have where they are pieces in the state.
    pub digests: Vec<String>,
}

/// What was decided about a run on: it has to be so still when the run begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Basis<'a> {
    /// The module's name.
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub digest: &'a str,
    /// The hash of the module's policy as it is kept; `None`: it had none.
    pub policy: Option<&'a str>,
    /// Who had signed the bytes, in order: that policy knows it.
    pub signers: &'a [String],
}
