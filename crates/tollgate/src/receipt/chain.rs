//! The chain of a signer: each receipt names the one before it, so that none can be left out unseen.
//!
//! The receipts of a key have numbers from 0, and each has the SHA-256 of the payload before it. A reader of several of them
//! follows each signer's chain in the order of the receipts.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use tollgate_sandbox::Digest;

use super::Receipt;
use super::error::ReceiptError;
use super::key::PublicKey;
use super::number::Count;

/// What the first receipt of a chain follows.
pub const NOTHING: Digest = Digest::from_bytes([0; 32]);

/// Where a receipt stands in its signer's chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Its number, from 0.
    pub sequence: Count,
    /// SHA-256 of the payload of the receipt before it; of the first, 32 zero bytes.
    pub previous: Digest,
}

impl Place {
    /// The place of a key's first receipt.
    pub const FIRST: Self = Self {
        sequence: Count(0),
        previous: NOTHING,
    };

    pub(super) fn check(self) -> Result<(), ReceiptError> {
        let Self { sequence, previous } = self;
        if (sequence.0 == 0) == (previous == NOTHING) {
            return Ok(());
        }
        Err(ReceiptError::Place {
            sequence: sequence.0,
            previous,
        })
    }

    /// Returns the place behind a receipt at this one, which has that digest.
    pub(super) fn next(self, receipt: Digest) -> Result<Self, ReceiptError> {
        let sequence = self.sequence.0.checked_add(1);
        Ok(Self {
            sequence: Count(sequence.ok_or(ReceiptError::ChainFull)?),
            previous: receipt,
        })
    }
}

/// A text is not the place in a chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is not the place in a chain: 20 digits, a space, `sha256:` and 64 hex digits")]
pub struct PlaceError;

impl fmt::Display for Place {
    /// Always as long, so that writing it over another leaves nothing of that.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:020} {}", self.sequence.0, self.previous)
    }
}

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let (sequence, previous) = text.split_once(' ').ok_or(PlaceError)?;
        let place = Self {
            sequence: Count(sequence.parse().map_err(|_| PlaceError)?),
            previous: previous.parse().map_err(|_| PlaceError)?,
        };
        if place.to_string() == text && place.check().is_ok() {
            Ok(place)
        } else {
            Err(PlaceError)
        }
    }
}

/// The chains of several signers, as far as their receipts were shown.
#[derive(Debug, Clone, Default)]
pub struct Chains(BTreeMap<PublicKey, Place>);

/// How a receipt continues what was shown of its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// It is the first of the chain.
    First,
    /// It is the first one shown, and others were before it.
    Begins,
    /// It follows the one shown before.
    Follows,
}

/// A receipt does not follow the one of its signer that was shown before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the chain of `{signer}` breaks: receipt {expected} is to follow `{last}`, and this is receipt {found}, which follows \
     `{previous}`"
)]
pub struct ChainError {
    /// Whose chain.
    pub signer: PublicKey,
    /// The number that is next.
    pub expected: u64,
    /// The digest of the last one shown.
    pub last: Digest,
    /// The number of this one.
    pub found: u64,
    /// What this one follows.
    pub previous: Digest,
}

impl Chains {
    /// Adds a receipt that was verified.
    ///
    /// # Errors
    /// [`ChainError`] when it is not the next of its signer; then the chain goes on from this one.
    pub fn add(&mut self, receipt: &Receipt) -> Result<Link, ChainError> {
        let place = receipt.place();
        let next = Place {
            sequence: Count(place.sequence.0.saturating_add(1)),
            previous: receipt.digest(),
        };
        match self.0.insert(receipt.signer(), next) {
            None if place.sequence.0 == 0 => Ok(Link::First),
            None => Ok(Link::Begins),
            Some(expected) if expected == place => Ok(Link::Follows),
            Some(expected) => Err(ChainError {
                signer: receipt.signer(),
                expected: expected.sequence.0,
                last: expected.previous,
                found: place.sequence.0,
                previous: place.previous,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_one_text_of_one_length() {
        let later = Place {
            sequence: Count(u64::MAX),
            previous: Digest::of(b"x"),
        };
        for place in [Place::FIRST, later] {
            let text = place.to_string();
            assert_eq!(text.len(), 92);
            assert_eq!(text.parse(), Ok(place));
        }
        let first = Place::FIRST.to_string();
        let no_first = first.replacen("00000000000000000000", "00000000000000000001", 1);
        for wrong in ["", "0", &first[1..], &format!("{first} "), &no_first] {
            assert_eq!(wrong.parse::<Place>(), Err(PlaceError), "{wrong}");
        }
    }

    #[test]
    fn a_chain_that_is_full_goes_no_further() {
        let last = Place {
            sequence: Count(u64::MAX),
            previous: Digest::of(b"x"),
        };
        let next = last.next(Digest::of(b"y"));
        assert!(matches!(next, Err(ReceiptError::ChainFull)), "{next:?}");
    }
}
