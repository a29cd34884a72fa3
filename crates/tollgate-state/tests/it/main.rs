//! Behaviour of the state through its public API, on real files.

mod commits;
mod crash;
mod credentials;
mod facts;
mod importing;
mod issuer;
mod mana;
mod opening;
mod tokens;

use std::path::PathBuf;

use tempfile::TempDir;
use tollgate_state::Store;

/// 2025-01-28T10:15:00Z.
const NOW: i64 = 1_738_059_300 * SECOND;
const SECOND: i64 = 1_000_000_000;

/// A fresh state in a folder that goes away with it.
fn fresh() -> (TempDir, PathBuf, Store) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.db");
    let store = Store::create(&path).unwrap();
    (dir, path, store)
}
