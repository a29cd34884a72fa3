//! A socket that knows when it last moved, and that ends so that the client gets to what was said.
//!
//! hyper has a deadline for the head of a request and none for a client that never begins one, or that does not read its
//! answer. Here both are one rule: while no handler works for a connection, something has to move on it. A handler that waits
//! for the body of its request works for nobody, and has its own deadlines (`body.rs`).

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::Request;
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use crate::body::fast_enough;
use crate::limits::{ANSWER_TOTAL, IDLE, LINGER};

/// No body is waited for.
const NONE: u64 = u64::MAX;

/// What happens on a connection.
#[derive(Debug)]
pub(crate) struct Activity {
    opened: Instant,
    /// When the last byte came or went, or a handler ended, in milliseconds after it was opened.
    moved: AtomicU64,
    /// When the last handler ended.
    answered: AtomicU64,
    /// Handlers that work.
    working: AtomicUsize,
    /// While a handler waits for a body: until when what came of it was enough, in milliseconds after the connection was
    /// opened; else [`NONE`].
    enough_until: AtomicU64,
    /// Somebody else needs its place.
    unwanted: Notify,
}

impl Activity {
    pub(crate) fn new() -> Self {
        Self {
            opened: Instant::now(),
            moved: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            working: AtomicUsize::new(0),
            enough_until: AtomicU64::new(NONE),
            unwanted: Notify::new(),
        }
    }

    /// Says that a handler works until what this returns is dropped.
    pub(crate) fn work(self: &Arc<Self>) -> Working {
        self.working.fetch_add(1, SeqCst);
        Working(Arc::clone(self))
    }

    /// Returns when the connection has been quiet for too long, or its answer takes too long to be read.
    pub(crate) async fn quiet(&self) {
        loop {
            let (moved, answered) = (self.after(&self.moved), self.after(&self.answered));
            let end = if self.working.load(SeqCst) > 0 {
                Instant::now() + IDLE
            } else {
                (moved + IDLE).min(answered + ANSWER_TOTAL)
            };
            if end <= Instant::now() {
                return;
            }
            sleep_until(end).await;
        }
    }

    /// Since when it has waited for its client; `None` while a handler works for it. A body that comes fast enough is waited
    /// for since just now, or less.
    pub(crate) fn waits_since(&self) -> Option<Instant> {
        if self.enough_until.load(SeqCst) != NONE {
            return Some(self.after(&self.enough_until));
        }
        (self.working.load(SeqCst) == 0).then(|| self.after(&self.moved))
    }

    /// The request, with a body that tells when a handler waits for it.
    pub(crate) fn watch(self: &Arc<Self>, request: Request<Incoming>) -> Request<Body> {
        request.map(|body| {
            Body::new(Awaited {
                body,
                begun: None,
                bytes: 0,
                activity: Arc::clone(self),
            })
        })
    }

    /// Ends it for another one.
    pub(crate) fn end(&self) {
        self.unwanted.notify_one();
    }

    /// Returns when somebody else needs its place.
    pub(crate) async fn ended(&self) {
        self.unwanted.notified().await;
    }

    fn after(&self, ms: &AtomicU64) -> Instant {
        self.opened + Duration::from_millis(ms.load(SeqCst))
    }

    fn note(&self, what: &AtomicU64) {
        what.store(self.ms_until(Instant::now()), SeqCst);
    }

    fn ms_until(&self, moment: Instant) -> u64 {
        let ms = moment.saturating_duration_since(self.opened).as_millis();
        u64::try_from(ms).unwrap_or(NONE - 1)
    }
}

/// A handler that works for a connection.
pub(crate) struct Working(Arc<Activity>);

impl Drop for Working {
    fn drop(&mut self) {
        let Self(activity) = self;
        activity.note(&activity.moved);
        activity.note(&activity.answered);
        activity.working.fetch_sub(1, SeqCst);
    }
}

/// The body of a request, which tells its [`Activity`] while it is waited for.
struct Awaited {
    body: Incoming,
    /// When it was asked for first.
    begun: Option<Instant>,
    bytes: u64,
    activity: Arc<Activity>,
}

impl hyper::body::Body for Awaited {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = &mut *self;
        let begun = *this.begun.get_or_insert_with(Instant::now);
        let polled = Pin::new(&mut this.body).poll_frame(context);
        let enough_until = match &polled {
            Poll::Pending => this.activity.ms_until(begun + fast_enough(this.bytes)),
            Poll::Ready(frame) => {
                let data = frame
                    .as_ref()
                    .and_then(|frame| frame.as_ref().ok()?.data_ref());
                this.bytes += data.map_or(0, Bytes::len) as u64;
                NONE
            }
        };
        this.activity.enough_until.store(enough_until, SeqCst);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        self.activity.enough_until.store(NONE, SeqCst);
    }
}

/// A socket that tells its [`Activity`] what moves.
pub(crate) struct Watched {
    stream: TcpStream,
    activity: Arc<Activity>,
    /// Until when a connection that ends is read from.
    lingers: Option<Pin<Box<Sleep>>>,
}

impl Watched {
    pub(crate) fn new(stream: TcpStream, activity: &Arc<Activity>) -> Self {
        Self {
            stream,
            activity: Arc::clone(activity),
            lingers: None,
        }
    }

    fn moved<T>(
        &self,
        done: io::Result<T>,
        bytes: impl FnOnce(&T) -> usize,
    ) -> Poll<io::Result<T>> {
        if done.as_ref().is_ok_and(|done| bytes(done) > 0) {
            self.activity.note(&self.activity.moved);
        }
        Poll::Ready(done)
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let done = ready!(Pin::new(&mut self.stream).poll_read(context, into));
        let came = into.filled().len().saturating_sub(before);
        self.moved(done, |()| came)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let done = ready!(Pin::new(&mut self.stream).poll_write(context, bytes));
        self.moved(done, |went| *went)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, parts));
        self.moved(done, |went| *went)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    /// Says that nothing more comes from here, and reads what the client still sends: a socket that is closed before that
    /// would take the answer back that the client has not read yet.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.lingers.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(context))?;
        }
        let lingers = this.lingers.get_or_insert_with(|| Box::pin(sleep(LINGER)));
        let mut ignored = [0; 16 << 10];
        loop {
            if lingers.as_mut().poll(context).is_ready() {
                return Poll::Ready(Ok(()));
            }
            let mut ignored = ReadBuf::new(&mut ignored);
            let read = ready!(Pin::new(&mut this.stream).poll_read(context, &mut ignored));
            if read.is_err() || ignored.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}
