//! A server from its configuration to its end.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tollgate::Tollgate;
use tollgate::sandbox::Compiler;
use tollgate_state::access::KeyText;
use tollgate_state::node::NewNode;
use tollgate_state::{StateError, Store};

use crate::anchor::{Anchor, AnchorError, Said};
use crate::blobs::Blobs;
use crate::body::Room;
use crate::connection::{self, Front};
use crate::data::ServerData;
use crate::database::Database;
use crate::error::ApiError;
use crate::folder::FolderError;
use crate::limits::{
    ANCHOR_EVERY, CASTS_CEILING, CASTS_MAX, CASTS_PER_TENANT_PERCENT, CHECKS_MAX,
    CHECKS_PER_TENANT, DOWNLOADS_MAX, DOWNLOADS_PER_TENANT, LOADS_MAX, LOADS_PER_TENANT,
    PUSHES_MAX, PUSHES_PER_TENANT, VERIFICATIONS_MAX,
};
use crate::metrics::Metrics;
use crate::operator;
use crate::parked::Parked;
use crate::policies::Policies;
use crate::rate::Rates;
use crate::router::Site;
use crate::shared::Shared;
use crate::shares::Shares;
use crate::signing::{KeyFileError, Signer};
use crate::tls::{self, TlsError, TlsFiles};
use crate::underway::Underway;
use crate::upkeep;

/// The tenant that a new server has.
const FIRST_TENANT: &str = "default";

/// Who may reach the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure {
    /// This machine alone, unless the server encrypts: any other address is refused.
    Loopback,
    /// Everyone who reaches the address, without encryption: for a network that is trusted, or behind a proxy that does TLS.
    Unencrypted,
}

/// Where a server listens and keeps its state.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// The folder of the state and of the modules' bytes. Made when it is not there.
    pub data: ServerData,
    /// The address; port 0 takes one that is free.
    pub listen: SocketAddr,
    /// Who may reach it.
    pub exposure: Exposure,
    /// What it proves itself with; `None`: it does not encrypt.
    pub tls: Option<TlsFiles>,
    /// Where numbers for Prometheus are given, to this machine alone; `None`: nowhere.
    pub metrics: Option<SocketAddr>,
    /// Runs at once, 1 to [`CASTS_CEILING`]; [`ServerConfig::new`] takes [`CASTS_MAX`].
    pub casts_max: usize,
}

impl ServerConfig {
    /// A server for this machine alone.
    #[must_use]
    pub fn new(data: impl Into<ServerData>, listen: SocketAddr) -> Self {
        Self {
            data: data.into(),
            listen,
            exposure: Exposure::Loopback,
            tls: None,
            metrics: None,
            casts_max: CASTS_MAX,
        }
    }

    /// Says what no server can have, before anything is made.
    ///
    /// # Errors
    /// [`ServeError::Exposed`], [`ServeError::MetricsExposed`], [`ServeError::Tls`] and [`ServeError::Casts`].
    pub fn check(&self) -> Result<(), ServeError> {
        let (listen, casts) = (self.listen, self.casts_max);
        match self.exposure {
            Exposure::Loopback if !listen.ip().is_loopback() && self.tls.is_none() => {
                return Err(ServeError::Exposed { listen });
            }
            Exposure::Loopback | Exposure::Unencrypted => {}
        }
        if let Some(files) = &self.tls {
            tls::acceptor(files)?;
        }
        if let Some(listen) = self.metrics.filter(|listen| !listen.ip().is_loopback()) {
            return Err(ServeError::MetricsExposed { listen });
        }
        if !(1..=CASTS_CEILING).contains(&casts) {
            return Err(ServeError::Casts { casts });
        }
        Ok(())
    }
}

/// Why a server cannot begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Others could reach the address, and nobody said that they may.
    #[error(
        "`{listen}` can be reached from other machines, and what is sent there is not encrypted"
    )]
    Exposed {
        /// The address.
        listen: SocketAddr,
    },
    /// Others could reach the numbers, which ask for no key.
    #[error("`{listen}` can be reached from other machines, and the metrics ask for no key")]
    MetricsExposed {
        /// The address.
        listen: SocketAddr,
    },
    /// A number of runs at once that no server can have.
    #[error("{casts} runs at once are not 1 to {CASTS_CEILING}")]
    Casts {
        /// The number.
        casts: usize,
    },
    /// It cannot prove itself.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The key that signs receipts cannot be used.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The state cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// The folder and the database are not of one server.
    #[error("the folder `{}` has modules of a server whose database is not `{state}`, which is new; name the database that it had, or choose another folder", folder.display())]
    OtherState {
        /// The folder.
        folder: PathBuf,
        /// The database, without user and password.
        state: String,
    },
    /// The address cannot be listened on.
    #[error("`{listen}` cannot be listened on")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// A server that is ready to begin.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    /// What gives numbers, and its address.
    metrics: Option<(TcpListener, SocketAddr)>,
    tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    first_key: Option<KeyText>,
}

/// A server that has begun.
pub struct Running {
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
    anchoring: JoinHandle<()>,
    upkeep: JoinHandle<()>,
    hearing: JoinHandle<()>,
    holding: JoinHandle<()>,
    shared: Arc<Shared>,
}

impl Server {
    /// Opens the state, makes a first tenant and its key if there is none, and takes the address. `tollgate` runs modules and
    /// `compiler` looks at them; what may be granted and used is up to them.
    ///
    /// # Errors
    /// See [`ServeError`].
    pub async fn bind(
        config: &ServerConfig,
        tollgate: Tollgate,
        compiler: Compiler,
    ) -> Result<Self, ServeError> {
        config.check()?;
        let ServerConfig {
            data,
            listen,
            exposure: _,
            tls,
            metrics,
            casts_max,
        } = config;
        let tls = tls.as_ref().map(tls::acceptor).transpose()?;
        let (listen, casts) = (*listen, *casts_max);
        let folder = data.open_folder()?;
        let held = folder.hold()?;
        // The address before the state: a first key that was made and not shown would be lost.
        let (listener, address) = listening(listen).await?;
        let metrics = match metrics {
            None => None,
            Some(listen) => Some(listening(*listen).await?),
        };
        let blobs = Blobs::open(data, &folder).map_err(|source| folder.failed(source))?;
        let signer = Signer::open(&folder)?;
        let place = data.place(&folder);
        let anchor = Anchor::of(&folder);
        let new = NewNode {
            name: address.to_string(),
            signer: signer.public().to_string(),
        };
        let opened = tokio::task::spawn_blocking(move || {
            let mut store = Store::at(&place)?;
            let belongs =
                belongs(&store, &anchor, &blobs).map_err(|source| folder.failed(source))?;
            if let Belongs::ToAnother = belongs {
                return Err(ServeError::OtherState {
                    folder: folder.path().to_owned(),
                    state: place.to_string(),
                });
            }
            let database = Database::open(&place, new)?;
            store.write_as(Some(database.node()));
            let first_key = begin(&mut store, &database)?;
            match belongs {
                Belongs::Together => blobs.sweep(&mut store)?,
                Belongs::ToAnother | Belongs::Unknown => tracing::error!(
                    "the audit log has not the record that the folder has seen; modules that no version names stay"
                ),
            }
            Ok((database, blobs, anchor, first_key))
        });
        let (database, blobs, anchor, first_key) = match opened.await {
            Ok(opened) => opened?,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        };
        let shared = Arc::new(Shared {
            tollgate,
            compiler,
            database: Arc::new(database),
            blobs: Arc::new(blobs),
            anchor: Arc::new(anchor),
            signer: Arc::new(signer),
            room: Room::new(),
            casts: Shares::new(casts, casts),
            pushes: Shares::new(PUSHES_MAX, PUSHES_PER_TENANT),
            checks: Shares::new(CHECKS_MAX, CHECKS_PER_TENANT),
            loads: Shares::new(LOADS_MAX, LOADS_PER_TENANT),
            downloads: Shares::new(DOWNLOADS_MAX, DOWNLOADS_PER_TENANT),
            verifications: Shares::new(VERIFICATIONS_MAX, VERIFICATIONS_MAX),
            rates: Rates::default(),
            policies: Policies::default(),
            parked: Parked::new(),
            metrics: Metrics::new(),
            underway: Underway::default(),
            casts_per_tenant: (casts * CASTS_PER_TENANT_PERCENT / 100).max(1),
            _held: held,
        });
        Ok(Self {
            listener,
            address,
            metrics,
            tls,
            shared,
            first_key,
        })
    }

    /// The address it has.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address at which numbers are given, if they are.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(|(_, address)| *address)
    }

    /// The key of a new server, which is nowhere else; `None` for one that had tenants already.
    #[must_use]
    pub fn first_key(&self) -> Option<&str> {
        self.first_key.as_ref().map(KeyText::reveal)
    }

    /// Begins to answer.
    #[must_use]
    pub fn start(self) -> Running {
        let (stop, stopped) = watch::channel(false);
        if let Some((listener, _)) = self.metrics {
            let front = Front {
                site: Site::of_metrics(&self.shared),
                tls: None,
            };
            // Nobody needs the last of them: it ends with the server.
            tokio::spawn(connection::serve(listener, front, stopped.clone()));
        }
        let front = Front {
            site: Site::new(&self.shared),
            tls: self.tls,
        };
        Running {
            accepting: tokio::spawn(connection::serve(self.listener, front, stopped)),
            anchoring: tokio::spawn(keep_anchored(Arc::clone(&self.shared))),
            upkeep: tokio::spawn(upkeep::keep(Arc::clone(&self.shared))),
            holding: tokio::spawn(upkeep::hold(Arc::clone(&self.shared))),
            hearing: tokio::spawn(upkeep::hear_others(Arc::clone(&self.shared))),
            stop,
            shared: self.shared,
        }
    }
}

impl Running {
    /// Accepts nothing more, lets requests and runs under way end, and returns when none is left. Runs that go on for longer
    /// than the library waits are ended, which is written down like every other end.
    pub async fn stop(self) {
        // Nobody waits for answers any more: that could take longer than a stop.
        self.shared.parked.end();
        // Both fail when the server has ended by itself: then there is nothing to wait for.
        self.stop.send(true).ok();
        self.accepting.await.ok();
        self.shared.tollgate.stop().await;
        // A run goes on when its client is gone; its end is written down before this returns.
        self.shared.parked.places.all_free().await;
        self.shared.casts.all_free().await;
        self.shared.underway.all_ended().await;
        self.upkeep.abort();
        self.hearing.abort();
        self.holding.abort();
        self.anchoring.abort();
        advance_anchor(&self.shared).await;
        let database = Arc::clone(&self.shared.database);
        // Nothing but a panic ends it early.
        tokio::task::spawn_blocking(move || database.leave())
            .await
            .ok();
    }
}

async fn listening(listen: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let unheard = |source| ServeError::Listen { listen, source };
    let listener = TcpListener::bind(listen).await.map_err(unheard)?;
    let address = listener.local_addr().map_err(unheard)?;
    Ok((listener, address))
}

/// Writes down again and again how far the audit log is.
async fn keep_anchored(shared: Arc<Shared>) {
    loop {
        advance_anchor(&shared).await;
        tokio::time::sleep(ANCHOR_EVERY).await;
    }
}

async fn advance_anchor(shared: &Shared) {
    let anchor = Arc::clone(&shared.anchor);
    let advance = move |store: &mut Store| {
        anchor.advance(store).map_err(|error| match error {
            AnchorError::File(error) => ApiError::file(&error),
            AnchorError::State(error) => error.into(),
        })
    };
    if let Err(error) = shared.database.run(advance).await {
        tracing::warn!(
            cause = error.cause,
            "how far the audit log is could not be written down"
        );
    }
}

/// Whether a folder and a state are of one server.
#[derive(Clone, Copy)]
enum Belongs {
    Together,
    /// The state is new, and the folder is not.
    ToAnother,
    /// The log has not the record that the folder has seen: its end was lost, it is an older copy, or another one.
    Unknown,
}

fn belongs(store: &Store, anchor: &Anchor, blobs: &Blobs) -> io::Result<Belongs> {
    let failed = |error: StateError| io::Error::other(error);
    let said = anchor.read()?;
    if store.tenants().map_err(failed)?.is_empty() {
        let is_new = matches!(said, Said::Nothing) && blobs.is_empty()?;
        return Ok(if is_new {
            Belongs::Together
        } else {
            Belongs::ToAnother
        });
    }
    Ok(match said {
        Said::Nothing => Belongs::Together,
        Said::Record(record) if store.has_record(&record).map_err(failed)? => Belongs::Together,
        Said::Record(_) | Said::Unreadable => Belongs::Unknown,
    })
}

/// What is done to a state before the first request: what servers that are gone had under way is lost, and a new state gets a
/// tenant with a key.
fn begin(store: &mut Store, database: &Database) -> Result<Option<KeyText>, StateError> {
    let act = operator::act(FIRST_TENANT, "start");
    // As runs of before servers had numbers stand there.
    store.end_questions_of("server", act.at)?;
    upkeep::end_gone(store, &act, &database.before(store)?)?;
    if !store.tenants()?.is_empty() {
        return Ok(None);
    }
    let (text, key) = operator::admin("first key")?;
    match store.found_tenant(&act, &key) {
        Ok(()) => Ok(Some(text)),
        // Another server began at the same time.
        Err(StateError::Taken { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
