//! Connections: accepted by hand, each with deadlines, and ended in order when the server stops.
//!
//! The head of a request has hyper's deadline, a body has its own (`body.rs`), a handler has the limits of its work, and
//! everything else is `quiet.rs`.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::limits::{CONNECTIONS_MAX, DRAIN, HEAD_BYTES_MAX, HEADERS_MAX, IDLE};
use crate::quiet::{Activity, Watched};
use crate::router::{self, Site};

/// How long to wait after the system had no connection to give, such as for want of descriptors.
const PAUSE: Duration = Duration::from_millis(50);

/// Accepts connections until `stop` says so, then lets those that are open end.
pub(crate) async fn serve(listener: TcpListener, site: Site, stop: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut open = JoinSet::new();
    loop {
        // A place first: a connection that cannot be served is not taken from the queue of the system.
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        tokio::select! {
            (place, accepted) = accepted => match (place, accepted) {
                (Ok(place), Ok((stream, peer))) => {
                    let (site, stop) = (site.clone(), stop.clone());
                    open.spawn(async move {
                        connection(stream, peer, site, stop).await;
                        drop(place);
                    });
                }
                (_, Err(error)) => {
                    tracing::warn!(%error, "no connection can be accepted");
                    tokio::time::sleep(PAUSE).await;
                }
                (Err(_), Ok(_)) => break,
            },
            () = stopped(stop.clone()) => break,
            Some(_) = open.join_next(), if !open.is_empty() => {}
        }
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

async fn connection(stream: TcpStream, peer: SocketAddr, site: Site, stop: watch::Receiver<bool>) {
    // Without it small answers are late, and nothing else.
    stream.set_nodelay(true).ok();
    let activity = Arc::new(Activity::new());
    let stream = Watched::new(stream, &activity);
    let handlers = Arc::clone(&activity);
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
    let served = async {
        tokio::select! {
            // A connection that breaks is the client's business.
            _ = serving.as_mut() => return,
            () = stopped(stop) => {}
        }
        serving.as_mut().graceful_shutdown();
        serving.await.ok();
    };
    tokio::select! {
        () = served => {}
        () = activity.quiet() => {}
    }
}
