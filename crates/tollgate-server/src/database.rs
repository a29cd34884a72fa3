//! The one place where asynchronous work meets the blocking state: a few connections, each with a thread while it works.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::time::timeout;
use tollgate_api::ErrorCode;
use tollgate_state::{Place, StateError, Store};

use crate::error::ApiError;
use crate::limits::{DATABASE_CONNECTIONS, DATABASE_HANDOVER, DATABASE_TURN};

pub(crate) struct Database {
    held: Held,
    idle: Mutex<Vec<Store>>,
    /// As many as there are connections.
    turns: Semaphore,
}

/// What says that the database is this server's.
enum Held {
    /// The folder of the file is locked; the file is the one that the connections have open.
    File {
        path: PathBuf,
        /// Device and number.
        file: (u64, u64),
    },
    /// A connection that keeps other servers from the schema while it lives.
    Server {
        holder: Mutex<Store>,
        place: Place,
        /// Whether another one has it by now.
        is_lost: AtomicBool,
    },
}

impl Database {
    /// Opens a state that is there.
    ///
    /// # Errors
    /// [`StateError::InUse`] when another server works with it.
    pub(crate) fn open(place: &Place) -> Result<Self, StateError> {
        let (held, term) = Held::of(place)?;
        let mut idle = Vec::new();
        for _ in 0..DATABASE_CONNECTIONS {
            let mut store = Store::at(place)?;
            store.write_only_in(term);
            idle.push(store);
        }
        Ok(Self {
            held,
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
            let turn = timeout(DATABASE_TURN, this.turns.acquire()).await;
            let turn = turn.map_err(|late| {
                ApiError::because(
                    &late,
                    ErrorCode::Unavailable,
                    "the database has too much to do; try again",
                )
            })?;
            let turn = turn.map_err(|e| ApiError::internal(&e))?;
            let pool = Arc::clone(&this);
            let done = tokio::task::spawn_blocking(move || {
                pool.held.check()?;
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

    /// Takes the database again if what held it was lost, unless another server has it by now. Blocking.
    pub(crate) fn hold(&self) {
        if let Held::Server {
            holder,
            place,
            is_lost,
        } = &self.held
        {
            let mut holder = holder.lock().unwrap_or_else(PoisonError::into_inner);
            match holder.try_hold() {
                Ok(held) => {
                    if !held {
                        tracing::error!(%place, "another server has taken the database");
                    }
                    is_lost.store(!held, Ordering::Relaxed);
                }
                Err(error) => {
                    tracing::warn!(%error, "the database could not be held");
                    is_lost.store(true, Ordering::Relaxed);
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Store>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Takes the database, and says in which term of its servers.
    fn of(place: &Place) -> Result<(Self, Option<i64>), StateError> {
        match place {
            Place::File(path) => {
                // It is made now if it is not there.
                drop(Store::at(place)?);
                let file = number(path).map_err(|source| StateError::File {
                    path: path.clone(),
                    source,
                })?;
                let held = Self::File {
                    path: path.clone(),
                    file,
                };
                Ok((held, None))
            }
            _ => {
                let mut holder = Store::at(place)?;
                let asked = Instant::now();
                // A server that has just ended may not have been missed yet.
                while !holder.try_hold()? {
                    if asked.elapsed() < DATABASE_HANDOVER {
                        std::thread::sleep(Duration::from_millis(100));
                        continue;
                    }
                    return Err(StateError::InUse {
                        what: "database",
                        name: place.to_string(),
                        by: "another server".to_owned(),
                    });
                }
                let term = holder.begin_term()?;
                let held = Self::Server {
                    holder: Mutex::new(holder),
                    place: place.clone(),
                    is_lost: AtomicBool::new(false),
                };
                Ok((held, Some(term)))
            }
        }
    }

    /// A file that was moved or removed while the connections have it open takes what is written with it into nothing; a database
    /// that another server has taken over is not written by two.
    fn check(&self) -> Result<(), ApiError> {
        let is_ours = match self {
            Self::File { path, file } => {
                let is_there = number(path).is_ok_and(|there| there == *file);
                if !is_there {
                    tracing::error!(path = %path.display(), "the database is not where it was");
                }
                is_there
            }
            Self::Server { is_lost, .. } => !is_lost.load(Ordering::Relaxed),
        };
        match is_ours {
            true => Ok(()),
            false => Err(ApiError::new(
                ErrorCode::Unavailable,
                "the database cannot be reached; try again",
            )),
        }
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
