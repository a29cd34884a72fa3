//! Behaviour of the state through its public API, on real databases.

mod issuer;
mod sqlite;

/// 2025-01-28T10:15:00Z.
const NOW: i64 = 1_738_059_300 * SECOND;
const SECOND: i64 = 1_000_000_000;
