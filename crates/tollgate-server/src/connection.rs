//! Connections: accepted by hand, each with deadlines, and ended in order when the server stops.
//!
//! The head of a request has hyper's deadline, a body has its own (`body.rs`), a handler has the limits of its work, and
//! everything else is `quiet.rs`.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::limits::{CONNECTIONS_MAX, DRAIN, HEAD_BYTES_MAX, HEADERS_MAX, IDLE};
use crate::quiet::{Activity, Watched};
use crate::router::{self, Site};

/// How long to wait after the system had no connection to give, such as for want of descriptors.
const PAUSE: Duration = Duration::from_millis(50);

/// What every connection gets.
#[derive(Clone)]
pub(crate) struct Front {
    pub(crate) site: Site,
    /// What makes TLS of it.
    pub(crate) tls: Option<TlsAcceptor>,
}

/// Accepts connections until `stop` says so, then lets those that are open end.
pub(crate) async fn serve(listener: TcpListener, front: Front, stop: watch::Receiver<bool>) {
    let places = Places::new();
    let mut open = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(stop.clone()) => break,
            Some(_) = open.join_next(), if !open.is_empty() => continue,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        // Others end meanwhile, and this one is not dropped for that.
        let place = tokio::select! {
            place = places.take() => place,
            () = stopped(stop.clone()) => break,
        };
        let (front, stop) = (front.clone(), stop.clone());
        open.spawn(async move { connection(stream, peer, &place, (front, stop)).await });
    }
    drop(listener);
    let drained = async { while open.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, drained).await.is_err() {
        tracing::warn!("requests were still under way when the server stopped");
        open.abort_all();
    }
}

/// Returns when the server is to stop, or is gone.
async fn stopped(mut stop: watch::Receiver<bool>) {
    stop.wait_for(|stop| *stop).await.map(drop).ok();
}

/// The connections that are open. When there are as many as may be, a new one takes the place of the one that has been quiet the
/// longest: holding connections open keeps nobody out.
struct Places {
    free: Arc<Semaphore>,
    taken: Mutex<Vec<Weak<Activity>>>,
}

/// A connection's place, and what happens on it.
struct Place {
    activity: Arc<Activity>,
    _place: OwnedSemaphorePermit,
}

impl Places {
    fn new() -> Self {
        Self {
            free: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
            taken: Mutex::new(Vec::with_capacity(CONNECTIONS_MAX)),
        }
    }

    /// Waits for a place, and ends a quiet connection when there is none. While all are worked for there is none to end.
    async fn take(&self) -> Place {
        let place = loop {
            let free = Arc::clone(&self.free);
            if let Ok(place) = Arc::clone(&free).try_acquire_owned() {
                break place;
            }
            self.end_the_quietest();
            if let Ok(Ok(place)) = timeout(PAUSE, free.acquire_owned()).await {
                break place;
            }
        };
        let activity = Arc::new(Activity::new());
        let mut taken = self.lock();
        taken.retain(|other| other.strong_count() > 0);
        taken.push(Arc::downgrade(&activity));
        Place {
            activity,
            _place: place,
        }
    }

    fn end_the_quietest(&self) {
        let open: Vec<_> = self.lock().iter().filter_map(Weak::upgrade).collect();
        let quiet = open
            .iter()
            .filter_map(|one| Some((one.quiet_since()?, one)));
        if let Some((_, quietest)) = quiet.min_by_key(|(since, _)| *since) {
            quietest.end();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Activity>>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    place: &Place,
    (front, stop): (Front, watch::Receiver<bool>),
) {
    // Without it small answers are late, and nothing else.
    stream.set_nodelay(true).ok();
    let activity = &place.activity;
    let stream = Watched::new(stream, activity);
    let Front { site, tls } = front;
    let speaking = Speaking {
        site,
        activity,
        peer,
        stop,
    };
    let served = async {
        match tls {
            None => speaking.over(stream).await,
            // Who does not speak it, or does not know this server, is gone.
            Some(tls) => match tls.accept(stream).await {
                Ok(stream) => speaking.over(stream).await,
                Err(error) => tracing::debug!(%error, "a connection is no TLS"),
            },
        }
    };
    tokio::select! {
        () = served => {}
        () = activity.quiet() => {}
        () = activity.ended() => {}
    }
}

/// What is needed to speak HTTP with somebody.
struct Speaking<'a> {
    site: Site,
    activity: &'a Arc<Activity>,
    peer: SocketAddr,
    stop: watch::Receiver<bool>,
}

impl Speaking<'_> {
    /// Answers what comes over `stream` until it ends, or the server does.
    async fn over(self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let Self {
            site,
            activity,
            peer,
            stop,
        } = self;
        let handlers = Arc::clone(activity);
        let service = service_fn(move |request: Request<Incoming>| {
            let (site, working) = (site.clone(), handlers.work());
            async move {
                let response = router::answer(&site, request.map(Body::new), peer.ip()).await;
                drop(working);
                Ok::<Response<Body>, Infallible>(response)
            }
        });
        let serving = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(IDLE)
            .max_headers(HEADERS_MAX)
            .max_buf_size(HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service);
        let mut serving = std::pin::pin!(serving);
        tokio::select! {
            // A connection that breaks is the client's business.
            _ = serving.as_mut() => return,
            () = stopped(stop) => {}
        }
        serving.as_mut().graceful_shutdown();
        serving.await.ok();
    }
}
