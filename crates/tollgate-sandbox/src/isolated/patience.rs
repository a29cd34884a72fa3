//! How long the parent waits for its worker: to start, to end in time, and to end when it is told to.
//!
//! The worker ends its guest itself and says what was used. One that does not is killed, not later than
//! [`limits::OVERRUN`] after its time; what it used is then not known, and counts as all it might use.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::Poll,
};

use tokio::{
    sync::oneshot,
    time::{Instant, Sleep, sleep},
};

use crate::{Failure, Limits, Outcome, Usage, limits, run::out_of_time};

/// What a parent waits with.
pub(super) struct Patience<'a, C, H> {
    pub(super) limits: &'a Limits,
    /// Told when the guest begins.
    pub(super) started: oneshot::Receiver<()>,
    /// Done when the caller wants the guest stopped.
    pub(super) cancel: Pin<&'a mut C>,
    /// Tells the worker so.
    pub(super) hang_up: H,
}

/// What came of waiting.
pub(super) struct Heard<T> {
    /// Whether the guest had begun.
    pub(super) begun: bool,
    /// What was said, or why nobody waits for it any more.
    pub(super) said: Result<T, Failure>,
}

impl<C: Future<Output = ()>, H: Fn()> Patience<'_, C, H> {
    pub(super) async fn hear<F: Future>(mut self, conversation: F) -> Heard<F::Output> {
        let mut conversation = pin!(conversation);
        let mut timer = pin!(sleep(limits::ISOLATED_START));
        let (mut begun, mut cancelled) = (false, false);
        std::future::poll_fn(|context| {
            if let Poll::Ready(what) = conversation.as_mut().poll(context) {
                return Poll::Ready(Heard {
                    begun,
                    said: Ok(what),
                });
            }
            if !begun && let Poll::Ready(Ok(())) = Pin::new(&mut self.started).poll(context) {
                begun = true;
                extend(timer.as_mut(), self.limits);
            }
            if !cancelled && self.cancel.as_mut().poll(context).is_ready() {
                cancelled = true;
                (self.hang_up)();
                timer.as_mut().reset(Instant::now() + limits::OVERRUN);
            }
            timer.as_mut().poll(context).map(|()| {
                let failure = if cancelled {
                    Failure::Cancelled
                } else if begun {
                    Failure::LimitExceeded(out_of_time(self.limits))
                } else {
                    Failure::Unstarted {
                        message: format!("it was not ready after {:?}", limits::ISOLATED_START),
                    }
                };
                Heard {
                    begun,
                    said: Err(failure),
                }
            })
        })
        .await
    }
}

/// Gives the guest its time from now on. A time beyond what the clock can hold is as good as none.
fn extend(timer: Pin<&mut Sleep>, limits: &Limits) {
    let most = limits.wall.saturating_add(limits::OVERRUN);
    let end = Instant::now().checked_add(most);
    timer.reset(end.unwrap_or_else(|| Instant::now() + limits::FAR));
}

/// The outcome of a worker that said none. Once its guest has begun, nobody knows what it used: it counts as everything.
pub(super) fn untold(failure: Failure, limits: &Limits, begun: bool) -> Outcome {
    let mut outcome = Outcome::failed(failure);
    if begun {
        outcome.usage = Usage {
            gas: limits.gas,
            memory_bytes_peak: limits.memory_bytes,
            ..Usage::default()
        };
    }
    outcome
}
