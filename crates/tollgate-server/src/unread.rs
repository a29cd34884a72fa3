//! Whether the body of a request was read to its end. What was not would be taken for the next request, so that the connection is closed
//! and the answer says so.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::Request;
use hyper::body::{Frame, SizeHint};

/// What is left of a body.
pub(crate) struct Unread(Arc<AtomicBool>);

impl Unread {
    /// Watches the body of a request.
    pub(crate) fn of(request: Request<Body>) -> (Self, Request<Body>) {
        let (head, body) = request.into_parts();
        let left = Arc::new(AtomicBool::new(!body.is_end_stream()));
        let watched = Watched {
            body,
            left: Arc::clone(&left),
        };
        (Self(left), Request::from_parts(head, Body::new(watched)))
    }

    /// Whether some of it was not read.
    pub(crate) fn is_some(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

struct Watched {
    body: Body,
    left: Arc<AtomicBool>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if matches!(frame, Poll::Ready(None)) || self.body.is_end_stream() {
            self.left.store(false, Ordering::Relaxed);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
