//! Why something is no receipt, or one that proves nothing here.

use tollgate_sandbox::Digest;

use super::key::PublicKey;
use crate::limits::RECEIPT_BYTES_MAX;

/// Bytes are not a receipt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// It is larger than a receipt can be.
    #[error("a receipt has at most {RECEIPT_BYTES_MAX} bytes, and this has {bytes}")]
    Large {
        /// Its bytes.
        bytes: usize,
    },
    /// The envelope is not one.
    #[error(
        "it is no receipt, which is a line of JSON: an envelope with `payload`, `payloadType` and `signatures`"
    )]
    Envelope(#[source] serde_json::Error),
    /// It is written in another way than the one that counts.
    #[error("the {part} is not canonical JSON, so somebody has written it anew")]
    NotCanonical {
        /// Which part.
        part: &'static str,
    },
    /// It is signed, and something else.
    #[error("the envelope holds `{}` and no receipt", .found.escape_debug())]
    PayloadType {
        /// What it says it is.
        found: String,
    },
    /// It has no signature, or several.
    #[error("a receipt has one signature, and this has {count}")]
    Signatures {
        /// How many.
        count: usize,
    },
    /// A field is not base64.
    #[error("`{field}` is not base64 in its standard form with padding")]
    Base64 {
        /// Which field.
        field: &'static str,
    },
    /// The signature is not that of the key that is named.
    #[error("the signature is not one of `{signer}` for these bytes")]
    Signature {
        /// Who is said to have signed.
        signer: PublicKey,
    },
    /// It is of a version that is not known here.
    #[error("the receipt has version {version}, and this program reads version 1; use a newer one")]
    Version {
        /// Which version.
        version: u64,
    },
    /// What was signed is not a receipt of its version: it lacks something, or has something more.
    #[error("what `{signer}` signed is not a receipt")]
    Payload {
        /// Who signed it.
        signer: PublicKey,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// It says that another key signed it.
    #[error("the receipt is of `{said}`, and `{signer}` signed it")]
    Signer {
        /// Whom the receipt names.
        said: PublicKey,
        /// Who signed it.
        signer: PublicKey,
    },
    /// Its place in the chain cannot be: the first has no predecessor, and every other has one.
    #[error("receipt {sequence} of a chain cannot follow `{previous}`")]
    Place {
        /// Its number.
        sequence: u64,
        /// What it says it follows.
        previous: Digest,
    },
    /// The chain has as many receipts as can be counted.
    #[error("the chain of this key has no number left; make a new key")]
    ChainFull,
    /// It cannot be written as JSON.
    #[error("the receipt cannot be written")]
    Unwritable(#[source] serde_json::Error),
}

/// A receipt does not prove anything to somebody who trusts certain keys.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// It is no receipt, or was changed.
    #[error(transparent)]
    Invalid(#[from] ReceiptError),
    /// It is a receipt of somebody who is not known. Anybody can make one.
    #[error(
        "`{signer}` is not among the trusted keys, and anybody can sign with a key of their own"
    )]
    UnknownSigner {
        /// Who signed it.
        signer: PublicKey,
    },
    /// It is a receipt of a key that is not good any more.
    #[error(
        "the key `{name}`, `{signer}`, is revoked; who has it can sign what they like, with any date"
    )]
    Revoked {
        /// Who signed it.
        signer: PublicKey,
        /// What the key is called.
        name: String,
    },
}
