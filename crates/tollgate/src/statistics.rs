//! Numbers about a [`Tollgate`](crate::tollgate::Tollgate): its executions and their memory.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tollgate_sandbox::{Failure, Load, MemoryStatistics, Outcome};

use crate::price::Cost;

/// Numbers about everything that ran since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistics {
    /// Executions that returned.
    pub completed: u64,
    /// Executions that failed, those that ran into a limit included.
    pub failed: u64,
    /// Executions that ran into a limit.
    pub limited: u64,
    /// Requests that were not admitted.
    pub rejected: u64,
    /// Gas of all executions.
    pub gas: u64,
    /// Wall time of all executions, added up.
    pub wall: Duration,
    /// Cost of all executions.
    pub cost: Cost,
    /// Executions that run and wait now.
    pub load: Load,
    /// What all executions allocate and have allocated.
    pub memory: MemoryStatistics,
    /// Modules ready to run.
    pub modules: u64,
}

/// The running sums behind [`Statistics`]. They are independent: a reader may see one execution in one and not yet in another.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    completed: AtomicU64,
    failed: AtomicU64,
    limited: AtomicU64,
    rejected: AtomicU64,
    gas: AtomicU64,
    wall_ns: AtomicU64,
    cost_micro_usd: AtomicU64,
}

impl Totals {
    pub(crate) fn rejected(&self) {
        self.rejected.fetch_add(1, Relaxed);
    }

    pub(crate) fn settled(&self, outcome: &Outcome, cost: Cost) {
        match &outcome.result {
            Ok(_) => self.completed.fetch_add(1, Relaxed),
            Err(failure) => {
                if matches!(failure, Failure::LimitExceeded(_)) {
                    self.limited.fetch_add(1, Relaxed);
                }
                self.failed.fetch_add(1, Relaxed)
            }
        };
        self.gas.fetch_add(outcome.usage.gas, Relaxed);
        let wall_ns = u64::try_from(outcome.usage.wall.as_nanos()).unwrap_or(u64::MAX);
        self.wall_ns.fetch_add(wall_ns, Relaxed);
        self.cost_micro_usd.fetch_add(cost.micro_usd(), Relaxed);
    }

    pub(crate) fn read(&self, load: Load, memory: MemoryStatistics, modules: u64) -> Statistics {
        Statistics {
            completed: self.completed.load(Relaxed),
            failed: self.failed.load(Relaxed),
            limited: self.limited.load(Relaxed),
            rejected: self.rejected.load(Relaxed),
            gas: self.gas.load(Relaxed),
            wall: Duration::from_nanos(self.wall_ns.load(Relaxed)),
            cost: Cost::from_micro_usd(self.cost_micro_usd.load(Relaxed)),
            load,
            memory,
            modules,
        }
    }
}
