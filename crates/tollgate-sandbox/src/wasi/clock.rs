//! Clocks: a virtual one for guests without the grant, and the host's in steps of a millisecond for the others.
//!
//! The virtual clock starts where the execution says and moves by a microsecond with each look at it and by the whole
//! time of each sleep, which therefore takes no time at all. The same guest sees the same times in every run. What it
//! sleeps still counts against its wall time limit, so a guest that sleeps for a century is out of time at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
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
    start: Duration,
    passed: Arc<AtomicU64>,
    slept: Arc<AtomicU64>,
}

impl VirtualClock {
    pub(crate) fn new(start: SystemTime) -> Self {
        let start = start.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            start,
            passed: Arc::new(AtomicU64::new(0)),
            slept: Arc::new(AtomicU64::new(0)),
        }
    }

    /// Returns the nanoseconds since the start without moving the clock.
    pub(crate) fn passed(&self) -> u64 {
        self.passed.load(Relaxed)
    }

    /// Returns the nanoseconds since the Unix epoch at the start.
    pub(crate) fn start_nanos(&self) -> u64 {
        u64::try_from(self.start.as_nanos()).unwrap_or(u64::MAX)
    }

    /// Lets `nanos` pass at once.
    pub(crate) fn sleep(&self, nanos: u64) {
        add(&self.slept, nanos);
        add(&self.passed, nanos);
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
        self.start.saturating_add(Duration::from_nanos(self.look()))
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
        let passed = u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        passed / STEP_NANOS * STEP_NANOS
    }
}
