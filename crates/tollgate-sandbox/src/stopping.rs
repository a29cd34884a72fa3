//! What cannot be stopped in time inside this process, and what is done about it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits::UNINTERRUPTED_BYTES;

/// What happens to a run that could go on past its time limit inside this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unstoppable {
    /// It gets a process of its own, as in the profile `isolated`; if that cannot be, it is refused. The default.
    Isolate,
    /// It is refused: this program starts no processes for guests. A run with very much memory is late instead.
    Refuse,
    /// It runs here, for modules that the embedder trusts not to overrun their time.
    Accept,
}

/// Why a run cannot be stopped in time inside this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Obstacle {
    /// It may wait at an address of a shared memory: its engine has the proposal `threads`.
    Waiting,
    /// It may collect garbage, which burns no fuel: its engine has the proposals `gc` or `exceptions`.
    Collecting,
    /// It is a component whose parts have several memories; what goes from one to the other burns no fuel.
    Copying,
    /// One instruction of it may touch more than [`crate::limits::UNINTERRUPTED_BYTES`]: its limit of memory is that high. Such a
    /// run is never refused: where it cannot move, it may be late by the time that touching its memory takes.
    Filling,
}

impl Obstacle {
    /// Whether what it delays has an end that the guest cannot put off: then a run that cannot move is late, and not refused.
    pub(crate) fn is_bounded(self) -> bool {
        match self {
            Self::Filling => true,
            Self::Waiting | Self::Collecting | Self::Copying => false,
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting => {
                f.write_str("it may wait at an address of a shared memory (proposal `threads`)")
            }
            Self::Collecting => {
                f.write_str("collecting its garbage is not counted (proposals `gc`, `exceptions`)")
            }
            Self::Copying => {
                f.write_str("copying between the memories of its parts is not counted")
            }
            Self::Filling => write!(
                f,
                "one instruction of it may touch more than {} MiB of memory",
                UNINTERRUPTED_BYTES >> 20
            ),
        }
    }
}
