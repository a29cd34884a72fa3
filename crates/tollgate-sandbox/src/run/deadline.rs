//! The outer deadline of an execution, over guest code and host calls.
//!
//! A metered guest gives the thread back every [`limits::YIELD_FUEL`](crate::limits::YIELD_FUEL), a timed one at every
//! tick, and one that waits in a host call is not on the thread at all. So each time the guest's future is polled the
//! clock is looked at, and a timer wakes it when it waits: nothing the guest does keeps it past the deadline for long.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::Poll,
    time::{Duration, Instant},
};

use rustix::time::{ClockId, clock_gettime};

/// The result of a future and the processor time it took, on whatever threads it ran.
pub(crate) struct Timed<R> {
    /// `None` when the deadline came first.
    pub(crate) result: Option<R>,
    pub(crate) cpu: Duration,
}

/// Runs `future` until it is done or `deadline` is there.
pub(crate) async fn until<F: Future>(deadline: Instant, future: F) -> Timed<F::Output> {
    let mut future = pin!(future);
    let mut timer: Option<Pin<Box<tokio::time::Sleep>>> = None;
    let mut cpu = Duration::ZERO;
    let result = std::future::poll_fn(|context| {
        let before = thread_cpu();
        let polled = future.as_mut().poll(context);
        cpu = cpu.saturating_add(thread_cpu().saturating_sub(before));
        if let Poll::Ready(result) = polled {
            return Poll::Ready(Some(result));
        }
        if Instant::now() >= deadline {
            return Poll::Ready(None);
        }
        let timer =
            timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline.into())));
        timer.as_mut().poll(context).map(|()| None)
    })
    .await;
    Timed { result, cpu }
}

/// Returns the processor time this thread has used.
fn thread_cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}
