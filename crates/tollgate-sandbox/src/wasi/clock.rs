//! Clocks: a virtual one for guests without the grant, and the host's in steps of a millisecond for the others.
//!
//! The virtual clock starts where the execution says and moves by a microsecond with each look at it and by the whole
//! time of each sleep, which therefore takes no time at all. The same guest sees the same times in every run. What it
//! sleeps still counts against its wall time limit, so a guest that sleeps for a century is out of time at once. Who only asks
//! whether a time has come sleeps not at all, and of several sleeps the one that ends first ends.

use std::{
    collections::BTreeMap,
    future::poll_fn,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::Poll,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use wasmtime_wasi::{HostMonotonicClock, HostWallClock};

/// What one look at the virtual clock takes.
const LOOK: Duration = Duration::from_micros(1);
/// Step of the host's clocks as guests see them; finer ones measure other guests.
const STEP: Duration = Duration::from_millis(1);

const STEP_NANOS: u64 = STEP.as_nanos() as u64;
const LOOK_NANOS: u64 = LOOK.as_nanos() as u64;

/// A clock that only the guest moves; clones are the same clock.
#[derive(Debug, Clone)]
pub(crate) struct VirtualClock {
    /// Nanoseconds since the Unix epoch.
    start: u64,
    passed: Arc<AtomicU64>,
    slept: Arc<AtomicU64>,
    /// When the sleeps end that are waited for, and how many end then.
    ends: Arc<Mutex<BTreeMap<u64, usize>>>,
}

impl VirtualClock {
    /// Returns the clock; `None` where the guest could not be told `start`: it is before 1970, or more than the 584 years behind it.
    pub(crate) fn new(start: SystemTime) -> Option<Self> {
        let start = start.duration_since(UNIX_EPOCH).ok()?;
        Some(Self {
            start: u64::try_from(start.as_nanos()).ok()?,
            passed: Arc::new(AtomicU64::new(0)),
            slept: Arc::new(AtomicU64::new(0)),
            ends: Arc::default(),
        })
    }

    /// Returns the nanoseconds since the start without moving the clock.
    pub(crate) fn passed(&self) -> u64 {
        self.passed.load(Relaxed)
    }

    /// Returns the nanoseconds since the Unix epoch at the start.
    pub(crate) fn start_nanos(&self) -> u64 {
        self.start
    }

    /// Lets `nanos` pass at once.
    pub(crate) fn sleep(&self, nanos: u64) {
        add(&self.slept, nanos);
        add(&self.passed, nanos);
    }

    /// Waits until `end` nanoseconds after the start. Everything that is waited for together is asked once whether it has come;
    /// then the time until the first end passes at once.
    pub(crate) async fn wait(&self, end: u64) {
        let waiting = Waiting::new(self, end);
        let mut asked = false;
        poll_fn(|context| {
            let now = if asked { self.passed() } else { self.look() };
            if now >= end {
                return Poll::Ready(());
            }
            if asked && waiting.ends_first() {
                self.sleep(end - now);
                return Poll::Ready(());
            }
            asked = true;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    fn ends(&self) -> MutexGuard<'_, BTreeMap<u64, usize>> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how long the guest would have slept on a real clock, in nanoseconds.
    pub(crate) fn slept(&self) -> u64 {
        self.slept.load(Relaxed)
    }

    fn look(&self) -> u64 {
        add(&self.passed, LOOK_NANOS);
        self.passed()
    }
}

/// A sleep that is waited for.
struct Waiting<'a> {
    clock: &'a VirtualClock,
    end: u64,
}

impl<'a> Waiting<'a> {
    fn new(clock: &'a VirtualClock, end: u64) -> Self {
        *clock.ends().entry(end).or_insert(0) += 1;
        Self { clock, end }
    }

    fn ends_first(&self) -> bool {
        self.clock.ends().keys().next() == Some(&self.end)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut ends = self.clock.ends();
        let left = ends.get(&self.end).copied().unwrap_or_default();
        if left > 1 {
            ends.insert(self.end, left - 1);
        } else {
            ends.remove(&self.end);
        }
    }
}

/// Adds without wrapping around.
fn add(counter: &AtomicU64, nanos: u64) {
    let _always_updates =
        counter.fetch_update(Relaxed, Relaxed, |now| Some(now.saturating_add(nanos)));
}

impl HostWallClock for VirtualClock {
    fn resolution(&self) -> Duration {
        STEP
    }

    fn now(&self) -> Duration {
        Duration::from_nanos(self.start).saturating_add(Duration::from_nanos(self.look()))
    }
}

impl HostMonotonicClock for VirtualClock {
    fn resolution(&self) -> u64 {
        STEP_NANOS
    }

    fn now(&self) -> u64 {
        self.look()
    }
}

/// The host's clocks in steps of [`STEP`].
#[derive(Debug)]
pub(crate) struct CoarseClock {
    start: Instant,
}

impl CoarseClock {
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
        }
    }
}

impl HostWallClock for CoarseClock {
    fn resolution(&self) -> Duration {
        STEP
    }

    fn now(&self) -> Duration {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Duration::from_millis(u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
    }
}

impl HostMonotonicClock for CoarseClock {
    fn resolution(&self) -> u64 {
        STEP_NANOS
    }

    fn now(&self) -> u64 {
        // Never 0, which runtimes take for a clock that does not work.
        let passed = u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        (passed / STEP_NANOS * STEP_NANOS).saturating_add(STEP_NANOS)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::Future as _,
        pin::pin,
        task::{Context, Waker},
    };

    use super::*;

    #[test]
    fn asking_whether_a_time_has_come_does_not_bring_it() {
        let clock = VirtualClock::new(UNIX_EPOCH).unwrap();
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..3 {
            let asked = pin!(clock.wait(u64::MAX)).poll(&mut context);
            assert!(asked.is_pending());
        }
        assert_eq!((clock.passed(), clock.slept()), (3 * LOOK_NANOS, 0));
    }

    #[test]
    fn a_clock_that_begins_does_not_stand_at_nothing() {
        assert!(HostMonotonicClock::now(&CoarseClock::new()) > 0);
        assert!(HostMonotonicClock::now(&VirtualClock::new(UNIX_EPOCH).unwrap()) > 0);
    }

    #[test]
    fn of_several_sleeps_the_first_to_end_ends() {
        let clock = VirtualClock::new(UNIX_EPOCH).unwrap();
        let mut context = Context::from_waker(Waker::noop());
        let (mut long, mut short) = (pin!(clock.wait(2_000_000)), pin!(clock.wait(1_000_000)));
        assert!(long.as_mut().poll(&mut context).is_pending());
        assert!(short.as_mut().poll(&mut context).is_pending());
        assert!(long.as_mut().poll(&mut context).is_pending());
        assert!(short.as_mut().poll(&mut context).is_ready());
        assert_eq!(clock.passed(), 1_000_000);
    }
}
