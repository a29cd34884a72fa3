//! What every adapter does, whichever database keeps the state.
//!
//! The suite is one source and is compiled once for each adapter, below the module that opens databases of its kind: there
//! `fresh` returns a new state and the place it lies at, and `Place::open` opens it once more, as another process would.

pub(super) mod access;
pub(super) mod approvals;
pub(super) mod auditing;
mod batches;
pub(super) mod casts;
pub(super) mod commits;
pub(super) mod credentials;
pub(super) mod facts;
pub(super) mod importing;
pub(super) mod ledger;
pub(super) mod mana;
pub(super) mod nodes;
pub(super) mod pieces;
mod prices;
pub(super) mod promises;
pub(super) mod quotas;
pub(super) mod receipts;
pub(super) mod registry;
mod signers;
mod statements;
pub(super) mod tokens;

use super::{Place, fresh};
