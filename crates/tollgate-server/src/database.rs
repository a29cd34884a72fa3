//! The one place where asynchronous work meets the blocking state: a few connections, each with a thread while it works.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;
use tokio::time::error::Elapsed;
use tokio::time::timeout;
use tollgate_api::ErrorCode;
use tollgate_state::node::{NewNode, NodeHeld};
use tollgate_state::{Batch, Place, StateError, Store};

use crate::clock;
use crate::error::ApiError;
use crate::limits::{DATABASE_CONNECTIONS, DATABASE_TURN};
use crate::operator::by_nobody;
use crate::together::{self, Next, Queue};

pub(crate) struct Database {
    place: Place,
    /// Of a file: device and number of the one that the connections have open. Its folder is locked.
    file: Option<(u64, u64)>,
    holder: Mutex<Holder>,
    /// The number under which this server works with it.
    node: AtomicI64,
    /// Whether the others see that this server is there.
    is_held: AtomicBool,
    idle: Mutex<Vec<Store>>,
    /// As many as there are connections.
    turns: Semaphore,
    /// Writes that are committed together.
    queue: Queue,
}

/// The connection that shows others that this server is there.
struct Holder {
    store: Store,
    new: NewNode,
}

impl Database {
    /// Opens a state, and makes it if there is none, for a server that begins.
    ///
    /// # Errors
    /// [`StateError`].
    pub(crate) fn open(place: &Place, new: NewNode) -> Result<Self, StateError> {
        let mut store = Store::at(place)?;
        let node = store.begin_node(&new, clock::now())?;
        let mut idle = Vec::new();
        for _ in 0..DATABASE_CONNECTIONS {
            idle.push(Store::at(place)?);
        }
        let file = match place {
            Place::File(path) => Some(number(path).map_err(|source| StateError::File {
                path: path.clone(),
                source,
            })?),
            _ => None,
        };
        Ok(Self {
            place: place.clone(),
            file,
            holder: Mutex::new(Holder { store, new }),
            node: AtomicI64::new(node),
            is_held: AtomicBool::new(true),
            turns: Semaphore::new(idle.len()),
            idle: Mutex::new(idle),
            queue: Queue::default(),
        })
    }

    /// The number under which this server works with it now.
    pub(crate) fn node(&self) -> i64 {
        self.node.load(Ordering::Relaxed)
    }

    /// Whether other servers may work with it at the same time.
    pub(crate) fn is_shared(&self) -> bool {
        self.file.is_none()
    }

    /// Does `work` on a thread that may wait. Once begun it is done, also when nobody waits for it any more.
    pub(crate) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Store) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let this = Arc::clone(self);
        let done = tokio::spawn(async move {
            let turn = timeout(DATABASE_TURN, this.turns.acquire()).await;
            let turn = turn.map_err(|late| too_much(&late))?;
            let turn = turn.map_err(|e| ApiError::internal(&e))?;
            let pool = Arc::clone(&this);
            let done = tokio::task::spawn_blocking(move || {
                let mut borrowed = pool.borrowed()?;
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

    /// Does `work` in a commit with what others write at this time. Nothing is answered before it is durable. Once begun it is done,
    /// also when nobody waits for it any more; what was undone because of others is done once more.
    pub(crate) async fn write<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnMut(&mut Batch<'_>) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let (mut ticket, next) = self.queue.push(work);
        if next == Next::Serve {
            tokio::spawn(Arc::clone(self).serve());
        }
        match timeout(DATABASE_TURN, ticket.answer()).await {
            Ok(answer) => answer,
            Err(late) if ticket.gives_up() => Err(too_much(&late)),
            Err(_) => ticket.answer().await,
        }
    }

    /// Commits what is queued until nothing is.
    async fn serve(self: Arc<Self>) {
        loop {
            let turn = self.turns.acquire().await;
            let Some(writes) = self.queue.take() else {
                return;
            };
            let this = Arc::clone(&self);
            let commit = move || match this.borrowed() {
                Ok(mut borrowed) => {
                    if let Some(store) = &mut borrowed.store {
                        together::commit(store, writes);
                    }
                }
                Err(error) => {
                    for write in writes {
                        write.tell(Some(&error));
                    }
                }
            };
            // Whoever waits for what a panic took is told so.
            tokio::task::spawn_blocking(commit).await.ok();
            drop(turn);
        }
    }

    /// A connection that may write now.
    fn borrowed(&self) -> Result<Borrowed<'_>, ApiError> {
        self.check()?;
        let mut borrowed = Borrowed::of(self)?;
        if let Some(store) = &mut borrowed.store {
            store.write_as(Some(self.node()));
        }
        Ok(borrowed)
    }

    /// The numbers that the server before this one had: nobody else has its folder, and so its key. All there are, of a file.
    pub(crate) fn before(&self, store: &Store) -> Result<Vec<i64>, StateError> {
        let holder = self.holder.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = store.free_nodes(self.node())?;
        free.retain(|other| !self.is_shared() || other.signer == holder.new.signer);
        Ok(free.into_iter().map(|other| other.node).collect())
    }

    /// Shows the others again that this server is there, if what showed it was lost. A server that they have seen gone is another
    /// one from now on: what it had under way is lost, and this is `true`. Blocking.
    pub(crate) fn hold(&self) -> bool {
        let mut holder = self.holder.lock().unwrap_or_else(PoisonError::into_inner);
        let Holder { store, new } = &mut *holder;
        let held = match store.hold_node(self.node()) {
            // What held it before is seen by the others, until the database ends it.
            Ok(NodeHeld::Yes | NodeHeld::ByAnother) => Ok(false),
            Ok(NodeHeld::Ended) => store.begin_node(new, clock::now()).map(|node| {
                let before = self.node.swap(node, Ordering::Relaxed);
                tracing::error!(
                    place = %self.place, before, node,
                    "other servers have seen that this one was gone; what it had under way is lost"
                );
                true
            }),
            Err(error) => Err(error),
        };
        if let Err(error) = &held {
            tracing::warn!(%error, "the database could not be held");
        }
        self.is_held.store(held.is_ok(), Ordering::Relaxed);
        held.unwrap_or(false)
    }

    /// Says that this server stops. Others would see it without that when its connection ends. Blocking.
    pub(crate) fn leave(&self) {
        let mut holder = self.holder.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = holder.store.end_node(&by_nobody(), self.node()) {
            tracing::warn!(%error, "that this server stops could not be written down");
        }
    }

    /// A file that was moved or removed while the connections have it open takes what is written with it into nothing. What the others
    /// have seen gone writes nothing.
    fn check(&self) -> Result<(), ApiError> {
        let is_there = match (&self.place, self.file) {
            (Place::File(path), Some(file)) => number(path).is_ok_and(|there| there == file),
            _ => true,
        };
        if !is_there {
            tracing::error!(place = %self.place, "the database is not where it was");
        }
        match is_there && self.is_held.load(Ordering::Relaxed) {
            true => Ok(()),
            false => Err(ApiError::new(
                ErrorCode::Unavailable,
                "the database cannot be reached; try again",
            )),
        }
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

fn too_much(late: &Elapsed) -> ApiError {
    ApiError::because(
        late,
        ErrorCode::Unavailable,
        "the database has too much to do; try again",
    )
}

fn none_idle() -> io::Error {
    io::Error::other("no connection to the state is idle")
}

fn number(path: &Path) -> io::Result<(u64, u64)> {
    let file = std::fs::metadata(path)?;
    Ok((file.dev(), file.ino()))
}
