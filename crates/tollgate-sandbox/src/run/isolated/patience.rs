//! How long the parent waits for its worker: to start, to end in time, and to end when it is told to.
//!
//! The worker ends its guest itself and says what was used. One that does not is killed, not later than
//! [`limits::OVERRUN`] after its time; what it used is then not known, and counts as all it might use.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

use tokio::{
    sync::oneshot,
    time::{Instant, Sleep, sleep},
};

use crate::{
    limits::{self, Limits, out_of_time},
    outcome::{Failure, Outcome, Usage},
    wasi::price::{WASI_BYTE_GAS, WASI_CALL_GAS},
};

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
    /// When the guest began, if it did.
    pub(super) begun: Option<Instant>,
    /// What was said, or why nobody waits for it any more.
    pub(super) said: Result<T, Failure>,
}

impl<C: Future<Output = ()>, H: Fn()> Patience<'_, C, H> {
    pub(super) async fn hear<F: Future>(mut self, conversation: F) -> Heard<F::Output> {
        let mut conversation = pin!(conversation);
        let mut timer = pin!(sleep(limits::ISOLATED_START));
        let (mut begun, mut cancelled) = (None, false);
        std::future::poll_fn(|context| {
            if let Poll::Ready(what) = conversation.as_mut().poll(context) {
                return Poll::Ready(Heard {
                    begun,
                    said: Ok(what),
                });
            }
            if begun.is_none()
                && let Poll::Ready(Ok(())) = Pin::new(&mut self.started).poll(context)
            {
                begun = Some(Instant::now());
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
                } else if begun.is_some() {
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
pub(super) fn untold(outcome: Outcome, limits: &Limits, begun: Option<Instant>) -> Outcome {
    let usage = begun.map_or_else(Usage::default, |_| most(limits));
    Outcome { usage, ..outcome }
}

/// The most that a guest with these limits can have used.
fn most(limits: &Limits) -> Usage {
    let Limits {
        gas,
        memory_bytes,
        wall,
        output_bytes,
        host_call_bytes,
        disk_bytes,
        disk_files,
        // They bound what is there at one time, and take memory.
        tables: _,
        memories: _,
        instances: _,
        handles: _,
    } = *limits;
    Usage {
        gas,
        gas_host: gas,
        wall,
        cpu: wall,
        memory_bytes_peak: memory_bytes,
        // What goes beyond these ends the guest, and the call that did it counts whole.
        output_bytes: output_bytes.saturating_add(host_call_bytes),
        host_calls: (gas / WASI_CALL_GAS).saturating_add(1),
        host_call_bytes: (gas / WASI_BYTE_GAS).saturating_add(host_call_bytes),
        disk_bytes,
        disk_files,
    }
}

/// Cuts what a worker claims to what can be true. Time is measured here; for the rest, a worker that was taken over can
/// claim to have used less than it did.
pub(super) fn believed(claimed: &Usage, limits: &Limits, wall: Duration) -> Usage {
    let most = most(limits);
    // A new field does not compile until it is held against its limit.
    let Usage {
        gas,
        gas_host,
        wall: _,
        cpu,
        memory_bytes_peak,
        output_bytes,
        host_calls,
        host_call_bytes,
        disk_bytes,
        disk_files,
    } = *claimed;
    let gas = gas.min(most.gas);
    Usage {
        gas,
        gas_host: gas_host.min(gas),
        wall,
        cpu: cpu.min(wall),
        memory_bytes_peak: memory_bytes_peak.min(most.memory_bytes_peak),
        output_bytes: output_bytes.min(most.output_bytes),
        host_calls: host_calls.min(most.host_calls),
        host_call_bytes: host_call_bytes.min(most.host_call_bytes),
        disk_bytes: disk_bytes.min(most.disk_bytes),
        disk_files: disk_files.min(most.disk_files),
    }
}

/// How long a worker may live. It stops its guest itself; this is for a worker that does not.
pub(super) fn lifetime(limits: &Limits) -> Duration {
    limits.wall.saturating_add(limits::ISOLATED_START)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ExecutionId;

    /// More than any limit.
    const CLAIMS: Usage = Usage {
        gas: u64::MAX,
        gas_host: u64::MAX,
        wall: Duration::MAX,
        cpu: Duration::MAX,
        memory_bytes_peak: u64::MAX,
        output_bytes: u64::MAX,
        host_calls: u64::MAX,
        host_call_bytes: u64::MAX,
        disk_bytes: u64::MAX,
        disk_files: u64::MAX,
    };

    #[test]
    fn claims_above_what_can_be_are_not_believed() {
        let (limits, wall) = (Limits::standard(), Duration::from_millis(7));
        let believed = believed(&CLAIMS, &limits, wall);
        let expected = Usage {
            wall,
            cpu: wall,
            ..most(&limits)
        };
        assert_eq!(believed, expected);
        assert_eq!(believed.disk_bytes, limits.disk_bytes);
        assert_eq!(believed.host_calls, limits.gas / 500 + 1);
    }

    #[test]
    fn a_claim_of_less_time_is_not_believed() {
        let wall = Duration::from_secs(1);
        let claimed = Usage::default();
        assert_eq!(believed(&claimed, &Limits::standard(), wall).wall, wall);
    }

    #[test]
    fn a_guest_that_is_not_heard_of_again_used_everything() {
        let limits = Limits::standard();
        let untold = |begun| {
            let failed = Outcome::failed(ExecutionId(1), Failure::Cancelled);
            untold(failed, &limits, begun).usage
        };
        assert_eq!(untold(Some(Instant::now())), most(&limits));
        assert_eq!(untold(None), Usage::default());
    }
}
