//! Behaviour of the state through its public API, on real databases.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]
#![allow(
    clippy::duplicate_mod,
    reason = "the contract is compiled once for each adapter"
)]

mod issuer;
mod postgres;
mod sqlite;

/// 2025-01-28T10:15:00Z.
const NOW: i64 = 1_738_059_300 * SECOND;
const SECOND: i64 = 1_000_000_000;
