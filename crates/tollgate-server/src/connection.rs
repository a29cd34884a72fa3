//! Connections: accepted by hand, each with deadlines, and ended in order when the server stops.
//!
//! A handshake of TLS has a deadline, the head of a request has hyper's, a body has its own (`body.rs`), a handler has the
//! limits of its work, and everything else is `quiet.rs`.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
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

use crate::limits::{CONNECTIONS_MAX, DRAIN, HANDSHAKE, HEAD_BYTES_MAX, HEADERS_MAX, IDLE};
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
            place = places.take(Neighbourhood::of(peer.ip())) => place,
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

/// The connections that are open. When there are as many as may be, a new one takes the place of one that waits for its client:
/// of the address that has the most, the one that has waited the longest. Holding connections open keeps nobody out.
struct Places {
    free: Arc<Semaphore>,
    taken: Mutex<Vec<Taken>>,
}

/// A place, as others see it.
struct Taken {
    from: Neighbourhood,
    activity: Weak<Activity>,
}

/// Where connections come from: an address, or of IPv6 the network that one client has as a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Neighbourhood(IpAddr);

impl Neighbourhood {
    /// Bits of an address that are the client's own.
    const OWN_BITS: u32 = 64;

    fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = address.to_bits() >> Self::OWN_BITS << Self::OWN_BITS;
                IpAddr::V6(network.into())
            }
            address @ IpAddr::V4(_) => address,
        })
    }
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

    /// Waits for a place, and ends a connection that waits for its client when there is none. While all are worked for there is
    /// none to end.
    async fn take(&self, from: Neighbourhood) -> Place {
        let place = loop {
            let free = Arc::clone(&self.free);
            if let Ok(place) = Arc::clone(&free).try_acquire_owned() {
                break place;
            }
            self.end_one();
            if let Ok(Ok(place)) = timeout(PAUSE, free.acquire_owned()).await {
                break place;
            }
        };
        let activity = Arc::new(Activity::new());
        let mut taken = self.lock();
        taken.retain(|other| other.activity.strong_count() > 0);
        taken.push(Taken {
            from,
            activity: Arc::downgrade(&activity),
        });
        Place {
            activity,
            _place: place,
        }
    }

    fn end_one(&self) {
        let taken = self.lock();
        let open = taken
            .iter()
            .filter_map(|one| Some((one.from, one.activity.upgrade()?)));
        let open: Vec<_> = open.collect();
        drop(taken);
        let mut held = HashMap::<_, usize>::new();
        for (from, _) in &open {
            *held.entry(*from).or_default() += 1;
        }
        let waiting = open.iter().filter_map(|(from, activity)| {
            let since = activity.waits_since()?;
            Some(((held.get(from), Reverse(since)), activity))
        });
        if let Some((_, one)) = waiting.max_by_key(|(rank, _)| *rank) {
            one.end();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Taken>> {
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
            Some(tls) => {
                let agreed = tokio::select! {
                    agreed = timeout(HANDSHAKE, tls.accept(stream)) => agreed,
                    // Nothing was asked yet.
                    () = stopped(speaking.stop.clone()) => return,
                };
                match agreed {
                    Ok(Ok(stream)) => speaking.over(stream).await,
                    // Who does not speak it, or does not know this server, is gone.
                    Ok(Err(error)) => tracing::debug!(%error, "a connection is no TLS"),
                    Err(late) => tracing::debug!(%late, "a connection is no TLS"),
                }
            }
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
            let (site, activity) = (site.clone(), Arc::clone(&handlers));
            let working = activity.work();
            async move {
                let request = activity.watch(request);
                let response = router::answer(&site, request, peer.ip()).await;
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
