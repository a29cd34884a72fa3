//! The adapter for SQLite: the contract, and what is its own.

mod approvals;
#[path = "../contract/mod.rs"]
mod contract;
mod crash;
mod migrating;
mod opening;
mod rows;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

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

    /// Another connection to the state. It waits long for others: SQLite gives the lock to whoever asks at the right moment,
    /// and on a machine with much to do that may be somebody else for seconds.
    fn open(&self) -> Store {
        let mut store = Store::open(&self.path).unwrap();
        store.set_busy_timeout(Duration::from_secs(120)).unwrap();
        store
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
