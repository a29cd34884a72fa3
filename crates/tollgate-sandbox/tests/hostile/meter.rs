//! What reading a module costs the host while a neighbour runs: processor time of all its threads but the neighbour's, that of
//! its workers, and resident memory.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};

use crate::attacks::judge::{peak, reset_peak, resident};

/// What reading a module cost.
pub(crate) struct Cost {
    /// Processor time of this process, without the neighbour's.
    pub(crate) cpu: Duration,
    /// Processor time of workers that ended meanwhile.
    pub(crate) workers_cpu: Duration,
    /// By how much the most resident memory was above what there was before.
    pub(crate) resident_bytes: u64,
}

/// Measures what this process spends while a neighbour runs on a thread of its own.
#[derive(Default)]
pub(crate) struct Meter {
    /// Nanoseconds of the processor that the neighbour had.
    neighbour: AtomicU64,
}

impl Meter {
    /// Notes what the neighbour's thread, which is this one, has spent.
    pub(crate) fn neighbour_ran(&self) {
        let spent = clock(ClockId::ThreadCPUTime).as_nanos();
        self.neighbour
            .store(u64::try_from(spent).unwrap_or(u64::MAX), Relaxed);
    }

    pub(crate) fn cost<R>(&self, work: impl FnOnce() -> R) -> (R, Cost) {
        let before = resident();
        reset_peak();
        let (cpu, workers) = (self.cpu(), children_cpu());
        let done = work();
        let cost = Cost {
            cpu: self.cpu().saturating_sub(cpu),
            workers_cpu: children_cpu().saturating_sub(workers),
            resident_bytes: peak().saturating_sub(before),
        };
        (done, cost)
    }

    fn cpu(&self) -> Duration {
        let neighbour = Duration::from_nanos(self.neighbour.load(Relaxed));
        clock(ClockId::ProcessCPUTime).saturating_sub(neighbour)
    }
}

fn clock(id: ClockId) -> Duration {
    let time = clock_gettime(id);
    let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(u64::try_from(time.tv_sec).unwrap_or_default(), nanos)
}

/// Processor time of children that were waited for, in steps of ten milliseconds; zero where the system does not tell.
fn children_cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program may have spaces, and ends with the last bracket; the 16th and 17th field of all are wanted.
    let fields = text.rsplit(')').next().unwrap_or_default().split(' ');
    let ticks: u64 = fields
        .skip(14)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}
