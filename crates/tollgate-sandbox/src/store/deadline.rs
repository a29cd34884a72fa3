//! The outer deadline of an execution, over guest code and host calls.
//!
//! A metered guest gives the thread back every [`limits::YIELD_FUEL`](crate::limits::YIELD_FUEL), a timed one at every
//! tick, and one that waits in a host call is not on the thread at all. So each time the guest's future is polled the
//! clock is looked at, and a timer wakes it when it waits. Work that does neither for long is not run in this process:
//! [`Module::obstacle`](crate::engine::Module::obstacle) says which.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::Poll,
    time::{Duration, Instant},
};

use rustix::time::{ClockId, clock_gettime};

use super::Used;

/// The moment an execution has to end, kept so that a host call can compare it with the clock for a few nanoseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    at: Instant,
    /// The same moment on the clock that is read without looking at the hardware: it lags up to four milliseconds.
    coarse: Duration,
}

impl Deadline {
    pub(crate) fn new(at: Instant) -> Self {
        let left = at.saturating_duration_since(Instant::now());
        Self {
            at,
            coarse: coarse_now().saturating_add(left),
        }
    }

    pub(crate) fn at(&self) -> Instant {
        self.at
    }

    pub(crate) fn left(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    pub(crate) fn has_passed(&self) -> bool {
        coarse_now() >= self.coarse
    }
}

/// What ends a future that does not end by itself.
pub(crate) struct Until<'a, C> {
    pub(crate) deadline: Instant,
    /// Done when somebody wants the future stopped.
    pub(crate) cancel: Pin<&'a mut C>,
    /// Gets the processor time of the future, on whatever threads it ran.
    pub(crate) used: &'a Used,
}

/// How a future ended.
#[derive(Debug)]
pub(crate) enum Ended<R> {
    Done(R),
    OutOfTime,
    Cancelled,
}

impl<C: Future<Output = ()>> Until<'_, C> {
    /// Runs `future` until it is done, its time is up, or somebody cancels it.
    pub(crate) async fn run<F: Future>(mut self, future: F) -> Ended<F::Output> {
        let mut future = pin!(future);
        let mut timer: Option<Pin<Box<tokio::time::Sleep>>> = None;
        let mut begun = false;
        std::future::poll_fn(|context| {
            // Whoever may cancel listens before the guest does anything.
            if !std::mem::replace(&mut begun, true) && self.cancel.as_mut().poll(context).is_ready()
            {
                return Poll::Ready(Ended::Cancelled);
            }
            let before = thread_cpu();
            let polled = future.as_mut().poll(context);
            self.used.add_cpu(thread_cpu().saturating_sub(before));
            if let Poll::Ready(result) = polled {
                return Poll::Ready(Ended::Done(result));
            }
            self.used.yields.add(1);
            if Instant::now() >= self.deadline {
                return Poll::Ready(Ended::OutOfTime);
            }
            if self.cancel.as_mut().poll(context).is_ready() {
                return Poll::Ready(Ended::Cancelled);
            }
            let timer = timer
                .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(self.deadline.into())));
            timer.as_mut().poll(context).map(|()| Ended::OutOfTime)
        })
        .await
    }
}

/// Runs `future` until it is done; `None` when `cancel` ended first.
pub(crate) async fn or_cancelled<F: Future>(
    mut cancel: Pin<&mut impl Future<Output = ()>>,
    future: F,
) -> Option<F::Output> {
    let mut future = pin!(future);
    std::future::poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(result) => Poll::Ready(Some(result)),
        Poll::Pending => cancel.as_mut().poll(context).map(|()| None),
    })
    .await
}

/// Returns the processor time this thread has used.
fn thread_cpu() -> Duration {
    read(ClockId::ThreadCPUTime)
}

fn coarse_now() -> Duration {
    #[cfg(target_os = "linux")]
    return read(ClockId::MonotonicCoarse);
    #[cfg(not(target_os = "linux"))]
    return read(ClockId::Monotonic);
}

fn read(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    // What is no time is later than every deadline.
    let parts = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    let (Ok(seconds), Ok(nanoseconds @ 0..1_000_000_000)) = parts else {
        return Duration::MAX;
    };
    Duration::new(seconds, nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_the_time_until_the_deadline_and_then_nothing() {
        let hour = Duration::from_secs(3_600);
        let deadline = Deadline::new(Instant::now() + hour);
        assert!(deadline.left() > hour / 2 && deadline.left() <= hour);
        assert!(!deadline.has_passed());
        let deadline = Deadline::new(Instant::now());
        assert_eq!(deadline.left(), Duration::ZERO);
        assert!(deadline.has_passed());
    }
}
