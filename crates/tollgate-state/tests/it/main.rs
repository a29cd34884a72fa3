//! Behaviour of the state through its public API, on real databases.

#![cfg(test)]
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
