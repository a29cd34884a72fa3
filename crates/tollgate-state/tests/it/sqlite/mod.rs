//! The adapter for SQLite: the contract, and what is its own.

#[path = "../contract/mod.rs"]
mod contract;
mod crash;
mod migrating;
mod opening;
mod rows;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use tollgate_state::Store;

/// A state in a folder that goes away with the last copy of this.
#[derive(Clone)]
struct Place {
    folder: Arc<TempDir>,
    path: PathBuf,
}

impl Place {
    fn path(&self) -> &Path {
        &self.path
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Another connection to the state.
    fn open(&self) -> Store {
        Store::open(&self.path).unwrap()
    }
}

/// A fresh state.
fn fresh() -> (Place, Store) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let store = Store::create(&path).unwrap();
    let place = Place {
        folder: Arc::new(folder),
        path,
    };
    (place, store)
}
