//! What one execution used so far, readable from other threads.
//!
//! One thread runs the guest and counts; a watchdog or a canceller may read at any moment, also while the guest is stuck
//! where nothing else can be asked. Gas of instructions is not here: the engine keeps it in the store.

use std::{sync::Arc, time::Duration};

use crate::{counter::Counter, files::Disk, outcome::Usage};

/// The counters of one execution.
#[derive(Debug, Default)]
pub(crate) struct Used {
    /// Gas of host work.
    pub(crate) gas_host: Counter,
    /// Calls from the guest to the host.
    pub(crate) host_calls: Counter,
    /// Bytes these calls moved.
    pub(crate) host_call_bytes: Counter,
    /// Highest total of all memories and tables; the limiter counts it.
    pub(crate) memory_bytes_peak: Arc<Counter>,
    /// What was put on the disk; nothing for a guest without WASI.
    disk: Option<Arc<Disk>>,
    /// How often the guest gave its thread back.
    pub(crate) yields: Counter,
    /// Nanoseconds of processor time, up to the last time the guest gave its thread back.
    cpu: Counter,
}

impl Used {
    /// Returns counters at zero, but for memory and the disk, which others count.
    pub(crate) fn new(memory_bytes_peak: Arc<Counter>, disk: Option<Arc<Disk>>) -> Self {
        Self {
            memory_bytes_peak,
            disk,
            ..Self::default()
        }
    }

    pub(crate) fn add_cpu(&self, time: Duration) {
        self.cpu
            .add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }

    /// Returns what was used, with the parts that are known elsewhere: gas of everything, wall time, and output.
    pub(crate) fn with(&self, gas: u64, wall: Duration, output_bytes: u64) -> Usage {
        let (disk_bytes, disk_files) = self
            .disk
            .as_ref()
            .map(|disk| disk.used())
            .unwrap_or_default();
        Usage {
            gas,
            gas_host: self.gas_host.get(),
            wall,
            cpu: self.cpu(),
            memory_bytes_peak: self.memory_bytes_peak.get(),
            output_bytes,
            host_calls: self.host_calls.get(),
            host_call_bytes: self.host_call_bytes.get(),
            disk_bytes,
            disk_files,
        }
    }

    fn cpu(&self) -> Duration {
        Duration::from_nanos(self.cpu.get())
    }
}
