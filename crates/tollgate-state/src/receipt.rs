//! Receipts of runs: signed lines that are kept with the answers, each at its place in the chain of its signer.
//!
//! What a receipt says and how it is signed is not this crate's to know. It gives the place, in the transaction that writes the
//! end of the run, so that no two receipts of a signer have one place and no run that ended without one took a place.

use std::error::Error;
use std::fmt::Debug;

use crate::error::{StateError, invalid};
use crate::limits::RECEIPT_BYTES_MAX;

/// Where a receipt stands in the chain of its signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainPlace {
    /// Its number, from 0.
    pub sequence: u64,
    /// The digest of the receipt before it; of the first, zeros.
    pub previous: [u8; 32],
}

impl ChainPlace {
    /// The place of a signer's first receipt.
    pub const FIRST: Self = Self {
        sequence: 0,
        previous: [0; 32],
    };
}

/// A receipt that was signed for its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The receipt, a line without its end, at most [`RECEIPT_BYTES_MAX`].
    pub line: String,
    /// Its digest, which the next one names.
    pub digest: [u8; 32],
}

/// What is to be said of a run, by a signer.
pub trait Seal: Debug {
    /// Who signs, by one name.
    fn signer(&self) -> String;

    /// Signs it at a place. It is called in a transaction, which others wait for.
    ///
    /// # Errors
    /// Then the end of the run is not written.
    fn seal(&self, place: ChainPlace) -> Result<Sealed, Box<dyn Error + Send + Sync>>;
}

impl Sealed {
    pub(crate) fn check(&self) -> Result<(), StateError> {
        if self.line.len() <= RECEIPT_BYTES_MAX {
            return Ok(());
        }
        Err(invalid(
            "receipt",
            format!("{} bytes", self.line.len()),
            format!("a receipt has at most {RECEIPT_BYTES_MAX} bytes"),
        ))
    }
}
