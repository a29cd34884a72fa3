//! The one place where asynchronous work meets the blocking state: a few connections, each with a thread while it works.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;
use tollgate_api::ErrorCode;
use tollgate_state::{StateError, Store};

use crate::error::ApiError;
use crate::limits::DATABASE_CONNECTIONS;

pub(crate) struct Database {
    path: PathBuf,
    /// Device and number of the file that the connections have open.
    file: (u64, u64),
    idle: Mutex<Vec<Store>>,
    /// As many as there are connections.
    turns: Semaphore,
}

impl Database {
    pub(crate) fn open(path: &Path) -> Result<Self, StateError> {
        let mut idle = Vec::new();
        for _ in 0..DATABASE_CONNECTIONS {
            idle.push(Store::open(path)?);
        }
        let file = number(path).map_err(|source| StateError::File {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self {
            path: path.to_owned(),
            file,
            turns: Semaphore::new(idle.len()),
            idle: Mutex::new(idle),
        })
    }

    /// Does `work` on a thread that may wait. Once begun it is done, also when nobody waits for it any more.
    pub(crate) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Store) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let this = Arc::clone(self);
        let done = tokio::spawn(async move {
            let turn = this
                .turns
                .acquire()
                .await
                .map_err(|e| ApiError::internal(&e))?;
            let pool = Arc::clone(&this);
            let done = tokio::task::spawn_blocking(move || {
                pool.is_there()?;
                let mut borrowed = Borrowed::of(&pool)?;
                match &mut borrowed.store {
                    Some(store) => work(store),
                    None => Err(ApiError::internal(&none_idle())),
                }
            });
            let done = done.await.map_err(|e| ApiError::internal(&e))?;
            drop(turn);
            done
        });
        done.await.map_err(|e| ApiError::internal(&e))?
    }

    /// A file that was moved or removed while the connections have it open takes what is written with it into nothing.
    fn is_there(&self) -> Result<(), ApiError> {
        if number(&self.path).is_ok_and(|file| file == self.file) {
            return Ok(());
        }
        tracing::error!(path = %self.path.display(), "the database is not where it was");
        Err(ApiError::new(
            ErrorCode::Unavailable,
            "the database cannot be reached; try again",
        ))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Store>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that goes back also when the work with it panics.
struct Borrowed<'d> {
    database: &'d Database,
    store: Option<Store>,
}

impl<'d> Borrowed<'d> {
    fn of(database: &'d Database) -> Result<Self, ApiError> {
        let store = database.lock().pop();
        // There are as many turns as connections.
        let store = Some(store.ok_or_else(|| ApiError::internal(&none_idle()))?);
        Ok(Self { database, store })
    }
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        self.database.lock().extend(self.store.take());
    }
}

fn none_idle() -> io::Error {
    io::Error::other("no connection to the state is idle")
}

fn number(path: &Path) -> io::Result<(u64, u64)> {
    let file = std::fs::metadata(path)?;
    Ok((file.dev(), file.ino()))
}
