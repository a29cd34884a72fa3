//! The digest over the records of an execution, from which its decisions have their names.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::digest::{Digest, encoded};

/// How many records of decisions about calls an execution had, and a digest of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallsDigest {
    /// All of them.
    pub count: u64,
    /// Those the sink had no room for.
    pub dropped: u64,
    /// SHA-256 over all of them, the dropped ones included.
    pub digest: Digest,
}

/// The digest over records, one after the other, in the encoding of postcard, in which no value is the beginning of another of its
/// type.
#[derive(Debug, Clone)]
pub struct CallsChain(Sha256);

/// Stands before what is hashed, so that no digest of something else is one of this.
pub(crate) const VERSION: &[u8] = b"tollgate calls 1\0";

impl Default for CallsChain {
    fn default() -> Self {
        Self(Sha256::new_with_prefix(VERSION))
    }
}

impl CallsChain {
    pub(crate) fn add(&mut self, value: &impl Serialize) {
        self.0.update(encoded(value));
    }

    /// Returns the digest of the records so far.
    pub fn digest(&self) -> Digest {
        Digest::from_bytes(self.0.clone().finalize().into())
    }
}
