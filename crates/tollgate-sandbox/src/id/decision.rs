//! The name of a decision: how people ask about it afterwards.
//!
//! It has the number of the record and the beginning of the digest over all records up to it, so it is found in its own journal
//! alone, and not in one that was changed before it. Equal runs have equal names.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::chain::CallsChain;
use crate::digest::Digest;

/// Bytes of the digest in a name: enough that no two are mixed up. Who wants to prove something has a receipt.
const CHECK_BYTES: usize = 4;

/// The name of a decision, as `12-3fa9c1d2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DecisionId {
    sequence: u64,
    check: [u8; CHECK_BYTES],
}

impl DecisionId {
    /// Returns the name of the record with this number, which `chain` covers last.
    pub fn of(sequence: u64, chain: &CallsChain) -> Self {
        let digest: Digest = chain.digest();
        let mut check = [0; CHECK_BYTES];
        for (to, from) in check.iter_mut().zip(digest.as_bytes()) {
            *to = *from;
        }
        Self { sequence, check }
    }

    /// Returns the number of the record.
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }
}

impl fmt::Display for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.sequence, hex::encode(self.check))
    }
}

/// The text is not the name of a decision.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not the id of a decision; they look like `12-3fa9c1d2`, and a report has them"
)]
pub struct DecisionIdError {
    text: String,
}

impl FromStr for DecisionId {
    type Err = DecisionIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('-').and_then(|(sequence, digits)| {
            let mut check = [0; CHECK_BYTES];
            hex::decode_to_slice(digits, &mut check).ok()?;
            let sequence = sequence.parse().ok()?;
            Some(Self { sequence, check })
        });
        // One spelling: no sign, no zero in front, small letters.
        parts.filter(|id| id.to_string() == text).ok_or_else(|| {
            let text = text.chars().take(100).flat_map(char::escape_debug);
            DecisionIdError {
                text: text.collect(),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_shown_and_in_no_other_way() {
        let id = DecisionId {
            sequence: 12,
            check: [0x3f, 0xa9, 0xc1, 0xd2],
        };
        assert_eq!(id.to_string(), "12-3fa9c1d2");
        assert_eq!("12-3fa9c1d2".parse(), Ok(id));
        for wrong in [
            "",
            "12",
            "-",
            "12-",
            "12-3fa9c1d",
            "12-3fa9c1d2a",
            "12-3FA9C1D2",
            "+12-3fa9c1d2",
            "012-3fa9c1d2",
            "12-3fa9c1g2",
            "x-3fa9c1d2",
            "99999999999999999999-3fa9c1d2",
            " 12-3fa9c1d2",
        ] {
            let error = wrong.parse::<DecisionId>().unwrap_err().to_string();
            assert!(error.contains(&format!("`{wrong}`")), "{error}");
        }
    }
}
