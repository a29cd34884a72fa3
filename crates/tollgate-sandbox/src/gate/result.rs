//! What a call came to, as it is recorded: never what it gave back itself, which may be a secret, but how much of it there was
//! and its digest.

use serde::{Deserialize, Serialize};

use crate::{
    digest::{Digest, encoded},
    value::Value,
};

/// Whether a call changes anything outside of the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It only looks: to do it again does no harm.
    None,
    /// It may: [`CallDecision::Started`](super::CallDecision::Started) is recorded before it does.
    Some,
}

/// What a call came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallResult {
    /// It was done, and gave this back.
    Done(Returned),
    /// It was not done, or not whole: a word for why, cut to [`limits::MESSAGE_BYTES`](crate::limits::MESSAGE_BYTES).
    Failed(String),
}

/// What a call gave back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Returned {
    /// Nothing but that it was done.
    Nothing,
    /// How many bytes it wrote.
    Count(u64),
    /// Something of this size.
    Bytes {
        /// Its size.
        bytes: u64,
        /// Its SHA-256: of bytes and text as they are, of JSON as text, of values in the encoding of postcard.
        digest: Digest,
    },
}

impl Returned {
    pub(crate) fn bytes(bytes: &[u8]) -> Self {
        Self::Bytes {
            bytes: bytes.len() as u64,
            digest: Digest::of(bytes),
        }
    }

    pub(crate) fn encoded(value: &impl Serialize) -> Self {
        Self::bytes(&encoded(value))
    }

    /// What a function of the embedder returned.
    pub(crate) fn values(values: &[Value]) -> Self {
        match values {
            [] => Self::Nothing,
            values => Self::encoded(&values),
        }
    }
}
