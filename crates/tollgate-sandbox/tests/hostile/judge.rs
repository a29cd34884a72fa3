//! What an attack costs the host, held against its limits: time, processor time, resident memory.
//!
//! A test machine does other things as well, so time is what passed without the time in which this thread waited for a
//! processor, as the system counts it. A miss is tried once more, alone.

use std::time::{Duration, Instant};

use tollgate_sandbox::{Execution, Outcome, limits};

/// What the host may need for one execution beside the guest's memory: its stack, its tables, what stands between two looks
/// at the system's figures.
const HOST_BYTES: u64 = 32 << 20;
/// How often what goes through one host call may stand in the host's memory at once.
const COPIES: u64 = 8;
/// What starting and ending a worker process may take on a busy machine. The guest's own time is counted by the worker.
const PROCESS: Duration = Duration::from_secs(5);

/// An attack that ran, and what it cost.
pub(crate) struct Ran {
    pub(crate) outcome: Outcome,
    /// Without the time in which this thread could have run and did not get to.
    pub(crate) elapsed: Duration,
    /// Of the thread that ran it.
    pub(crate) cpu: Duration,
    /// By how much the most resident memory was above what there was before.
    pub(crate) resident_bytes: u64,
}

/// Runs `execution` on this thread and measures what that costs the host.
pub(crate) fn run(execution: &Execution) -> Ran {
    let before = resident();
    reset_peak();
    let (started, at_start) = (Instant::now(), Schedule::read());
    let outcome = execution.run_blocking();
    let (elapsed, at_end) = (started.elapsed(), Schedule::read());
    Ran {
        outcome,
        elapsed: elapsed.saturating_sub(at_end.waited.saturating_sub(at_start.waited)),
        cpu: at_end.ran.saturating_sub(at_start.ran),
        resident_bytes: peak().saturating_sub(before),
    }
}

impl Ran {
    /// Says what cost more than the limits of `execution` allow.
    pub(crate) fn judge(&self, execution: &Execution) -> Result<(), String> {
        let limits = &execution.limits;
        let most = limits.wall.saturating_add(limits::OVERRUN);
        let isolated = self.is_isolated(execution);
        let elapsed = if isolated {
            most.saturating_add(PROCESS)
        } else {
            most
        };
        if self.elapsed > elapsed {
            return Err(format!("it took {:?} of {elapsed:?}", self.elapsed));
        }
        if self.cpu > most {
            return Err(format!("it took {:?} of the processor", self.cpu));
        }
        // The memory of a guest in another process is not this one's.
        let guest = if isolated { 0 } else { limits.memory_bytes };
        let bytes = guest + COPIES * limits.host_call_bytes + 2 * limits.output_bytes + HOST_BYTES;
        if self.resident_bytes > bytes {
            return Err(format!(
                "the host had {} KiB more in memory, {} KiB are its share",
                self.resident_bytes >> 10,
                bytes >> 10
            ));
        }
        Ok(())
    }

    fn is_isolated(&self, execution: &Execution) -> bool {
        let profile = execution.module.engine().config().profile;
        profile == tollgate_sandbox::Profile::Isolated || self.outcome.moved.is_some()
    }
}

/// What the system counts of this thread.
struct Schedule {
    ran: Duration,
    waited: Duration,
}

impl Schedule {
    /// Zero where the system does not tell.
    fn read() -> Self {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
        let mut numbers = text
            .split(' ')
            .map(|number| Duration::from_nanos(number.trim().parse().unwrap_or(0)));
        let mut next = || numbers.next().unwrap_or_default();
        Self {
            ran: next(),
            waited: next(),
        }
    }
}

/// Makes the peak of resident memory what it is now.
pub(crate) fn reset_peak() {
    // Where that cannot be done, the peak is that of the whole process, and the neighbour's.
    drop(std::fs::write("/proc/self/clear_refs", "5"));
}

pub(crate) fn peak() -> u64 {
    status("VmHWM:")
}

/// Resident memory of this process; 0 where the system does not tell.
pub(crate) fn resident() -> u64 {
    status("VmRSS:")
}

fn status(field: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    let kib = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    kib.unwrap_or(0) << 10
}
