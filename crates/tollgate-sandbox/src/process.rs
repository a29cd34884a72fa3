//! What this process holds for guests and modules, all its engines and compilers together.
//!
//! An engine bounds its executions and a compiler its compilations, but a process can have several of both, and what the host
//! holds for a guest is more than the guest's own memory. So what is admitted takes a share here first: the most that it
//! will make this process hold of memory, descriptors and threads. The share is given back when it is dropped, on every path.
//! Memories of guests are counted as they grow. A share that does not fit now waits as for any other place; one that never
//! fits is refused at once.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::limits::{self, LimitExceeded, LimitKind};

/// What a process may hold for guests and modules at the same time. Of the process, whatever engines and compilers it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProcessLimits {
    /// Bytes: memories and tables of guests, and what the host may have to hold for each of them and for each compilation.
    /// Default [`limits::PROCESS_MEMORY_BYTES`]. What worker processes hold is theirs, and bounded in each of them.
    pub memory_bytes: u64,
    /// Open descriptors. Default [`limits::PROCESS_DESCRIPTORS`]. The system has a limit of its own (`ulimit -n`): below
    /// that, it keeps guests from taking the descriptors that the rest of the program needs.
    pub descriptors: u64,
    /// Threads that serve executions and compilations. Default [`limits::PROCESS_THREADS`]. Those for calls that may never
    /// come back have bounds of their own, such as [`limits::LOOK_UPS`].
    pub threads: u64,
}

impl ProcessLimits {
    /// Returns the defaults: what the defaults of one engine and one compiler add up to, and some more.
    pub const fn standard() -> Self {
        Self {
            memory_bytes: limits::PROCESS_MEMORY_BYTES,
            descriptors: limits::PROCESS_DESCRIPTORS,
            threads: limits::PROCESS_THREADS,
        }
    }

    /// Returns no limits, for a process that serves one execution and is bounded by the limits of that.
    pub const fn unbounded() -> Self {
        Self {
            memory_bytes: u64::MAX,
            descriptors: u64::MAX,
            threads: u64::MAX,
        }
    }

    /// Returns those that this process has.
    pub fn of_this_process() -> Self {
        LEDGER.limits()
    }

    /// Makes these the limits of this process and returns those it had. Who is admitted already is not touched.
    pub fn apply(self) -> Self {
        LEDGER.bound(self)
    }
}

impl Default for ProcessLimits {
    fn default() -> Self {
        Self::standard()
    }
}

/// What a process holds for guests and modules, or one of them at most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessShare {
    /// Bytes of memory.
    pub memory_bytes: u64,
    /// Open descriptors.
    pub descriptors: u64,
    /// Threads.
    pub threads: u64,
}

impl ProcessShare {
    /// Returns what this process holds now.
    pub fn of_this_process() -> Self {
        LEDGER.held()
    }
}

/// What this process holds.
pub(crate) static LEDGER: Ledger = Ledger::new(ProcessLimits::standard());

/// What is held of each kind, and how much of it may be.
#[derive(Debug)]
pub(crate) struct Ledger {
    memory: Account,
    descriptors: Account,
    threads: Account,
    /// Held by whoever takes a share or changes the limits.
    turn: Mutex<()>,
    /// Told when something is given back.
    freed: Notify,
}

impl Ledger {
    const fn new(limits: ProcessLimits) -> Self {
        let ProcessLimits {
            memory_bytes,
            descriptors,
            threads,
        } = limits;
        Self {
            memory: Account::new(LimitKind::ProcessMemory, memory_bytes),
            descriptors: Account::new(LimitKind::ProcessDescriptors, descriptors),
            threads: Account::new(LimitKind::ProcessThreads, threads),
            turn: Mutex::new(()),
            freed: Notify::const_new(),
        }
    }

    fn limits(&self) -> ProcessLimits {
        ProcessLimits {
            memory_bytes: self.memory.limit.load(Relaxed),
            descriptors: self.descriptors.limit.load(Relaxed),
            threads: self.threads.limit.load(Relaxed),
        }
    }

    fn bound(&self, limits: ProcessLimits) -> ProcessLimits {
        let ProcessLimits {
            memory_bytes,
            descriptors,
            threads,
        } = limits;
        let turn = self.turn();
        let before = ProcessLimits {
            memory_bytes: self.memory.limit.swap(memory_bytes, Relaxed),
            descriptors: self.descriptors.limit.swap(descriptors, Relaxed),
            threads: self.threads.limit.swap(threads, Relaxed),
        };
        drop(turn);
        // Who waits may fit now, or never.
        self.freed.notify_waiters();
        before
    }

    fn held(&self) -> ProcessShare {
        ProcessShare {
            memory_bytes: self.memory.held.load(Relaxed),
            descriptors: self.descriptors.held.load(Relaxed),
            threads: self.threads.held.load(Relaxed),
        }
    }

    /// Takes `share` if all of it is free. Nothing of it is held by somebody who does not get all: that would keep others, and
    /// guests that grow, from what is free.
    pub(crate) fn take(&'static self, share: ProcessShare) -> Result<Taken, LimitExceeded> {
        let ProcessShare {
            memory_bytes,
            descriptors,
            threads,
        } = share;
        let _turn = self.turn();
        self.descriptors.has_room_for(descriptors)?;
        self.threads.has_room_for(threads)?;
        // Guests grow meanwhile, so this is taken in the moment it is looked at.
        self.memory.add(memory_bytes)?;
        self.descriptors.held.fetch_add(descriptors, Relaxed);
        self.threads.held.fetch_add(threads, Relaxed);
        Ok(Taken { from: self, share })
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes `share` when all of it is free; waits `patience` for that.
    pub(crate) async fn enter(
        &'static self,
        share: ProcessShare,
        patience: Duration,
    ) -> Result<Taken, LimitExceeded> {
        let waiting = async {
            loop {
                // Before the look, so that nothing is given back unseen in between.
                let freed = self.freed.notified();
                match self.take(share) {
                    Err(_) if self.has_room_for(share) => freed.await,
                    taken => break taken,
                }
            }
        };
        match tokio::time::timeout(patience, waiting).await {
            Ok(taken) => taken,
            Err(_) => self.take(share),
        }
    }

    /// As [`Ledger::enter`], on a thread that may block.
    pub(crate) fn enter_blocking(
        &'static self,
        share: ProcessShare,
        patience: Duration,
    ) -> Result<Taken, LimitExceeded> {
        let started = Instant::now();
        let mut pause = Duration::from_micros(100);
        loop {
            match self.take(share) {
                Err(_) if self.has_room_for(share) && started.elapsed() < patience => {
                    std::thread::sleep(pause);
                    pause = (pause * 2).min(Duration::from_millis(5));
                }
                taken => return taken,
            }
        }
    }

    /// Whether `share` fits when nobody else holds anything.
    fn has_room_for(&self, share: ProcessShare) -> bool {
        let limits = self.limits();
        share.memory_bytes <= limits.memory_bytes
            && share.descriptors <= limits.descriptors
            && share.threads <= limits.threads
    }

    /// Counts memory of guests, which is asked for as it grows.
    pub(crate) fn grow(&self, bytes: u64) -> Result<(), LimitExceeded> {
        self.memory.add(bytes)
    }

    /// Gives back memory of guests.
    pub(crate) fn shrink(&self, bytes: u64) {
        self.give_back(ProcessShare {
            memory_bytes: bytes,
            ..ProcessShare::default()
        });
    }

    fn give_back(&self, share: ProcessShare) {
        let ProcessShare {
            memory_bytes,
            descriptors,
            threads,
        } = share;
        self.memory.held.fetch_sub(memory_bytes, Relaxed);
        self.descriptors.held.fetch_sub(descriptors, Relaxed);
        self.threads.held.fetch_sub(threads, Relaxed);
        self.freed.notify_waiters();
    }
}

/// How much there is of one kind, and how much there may be.
#[derive(Debug)]
struct Account {
    kind: LimitKind,
    limit: AtomicU64,
    held: AtomicU64,
}

impl Account {
    const fn new(kind: LimitKind, limit: u64) -> Self {
        Self {
            kind,
            limit: AtomicU64::new(limit),
            held: AtomicU64::new(0),
        }
    }

    fn add(&self, amount: u64) -> Result<(), LimitExceeded> {
        let added = self
            .held
            .fetch_update(Relaxed, Relaxed, |held| self.more(held, amount));
        added.map(drop).map_err(|_| self.reached())
    }

    fn has_room_for(&self, amount: u64) -> Result<(), LimitExceeded> {
        match self.more(self.held.load(Relaxed), amount) {
            Some(_) => Ok(()),
            None => Err(self.reached()),
        }
    }

    /// What is held with this amount more, if that may be. Nothing more is always free, also when the limit was lowered below
    /// what is held.
    fn more(&self, held: u64, amount: u64) -> Option<u64> {
        let most = self.limit.load(Relaxed);
        held.checked_add(amount)
            .filter(|more| amount == 0 || *more <= most)
    }

    fn reached(&self) -> LimitExceeded {
        LimitExceeded::new(self.kind, self.limit.load(Relaxed))
    }
}

/// A share that was taken, given back when dropped.
#[derive(Debug)]
pub(crate) struct Taken {
    from: &'static Ledger,
    share: ProcessShare,
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.from.give_back(self.share);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEW: ProcessLimits = ProcessLimits {
        memory_bytes: 100,
        descriptors: 10,
        threads: 1,
    };

    const fn share(memory_bytes: u64, descriptors: u64, threads: u64) -> ProcessShare {
        ProcessShare {
            memory_bytes,
            descriptors,
            threads,
        }
    }

    #[test]
    fn each_bound_is_the_one_that_is_named() {
        static LEDGER: Ledger = Ledger::new(FEW);
        let refused = |memory, descriptors, threads| {
            let refused = LEDGER.take(share(memory, descriptors, threads));
            refused.unwrap_err()
        };
        assert_eq!(
            refused(101, 10, 1),
            LimitExceeded::new(LimitKind::ProcessMemory, 100)
        );
        assert_eq!(
            refused(100, 11, 1),
            LimitExceeded::new(LimitKind::ProcessDescriptors, 10)
        );
        let threads = refused(100, 10, 2);
        assert_eq!(threads, LimitExceeded::new(LimitKind::ProcessThreads, 1));
        assert_eq!(
            threads.to_string(),
            "process thread limit of 1 threads reached; raise `threads` of the process, or run fewer at once"
        );
    }

    #[test]
    fn nothing_is_taken_when_a_part_is_refused() {
        static LEDGER: Ledger = Ledger::new(FEW);
        assert!(LEDGER.take(share(60, 6, 2)).is_err());
        assert_eq!(LEDGER.held(), ProcessShare::default());
        let taken = LEDGER.take(share(60, 6, 1)).unwrap();
        assert_eq!(LEDGER.held(), share(60, 6, 1));
        assert!(LEDGER.take(share(40, 5, 0)).is_err());
        assert_eq!(LEDGER.held(), share(60, 6, 1));
        drop(taken);
        assert_eq!(LEDGER.held(), ProcessShare::default());
    }

    #[test]
    fn memory_of_guests_counts_beside_the_shares() {
        static LEDGER: Ledger = Ledger::new(FEW);
        let taken = LEDGER.take(share(60, 0, 0)).unwrap();
        LEDGER.grow(40).unwrap();
        assert_eq!(
            LEDGER.grow(1),
            Err(LimitExceeded::new(LimitKind::ProcessMemory, 100))
        );
        drop(taken);
        LEDGER.grow(60).unwrap();
        LEDGER.shrink(100);
        assert_eq!(LEDGER.held(), ProcessShare::default());
    }

    #[test]
    fn a_limit_that_is_lowered_below_what_is_held_refuses_more_and_nothing_else() {
        static LEDGER: Ledger = Ledger::new(FEW);
        let taken = LEDGER.take(share(60, 6, 1)).unwrap();
        let none = ProcessLimits {
            memory_bytes: 0,
            descriptors: 0,
            threads: 0,
        };
        assert_eq!(LEDGER.bound(none), FEW);
        assert!(LEDGER.take(ProcessShare::default()).is_ok());
        assert!(LEDGER.take(share(0, 1, 0)).is_err());
        drop(taken);
        assert_eq!(LEDGER.held(), ProcessShare::default());
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap()
    }

    const LONG: Duration = Duration::from_secs(3_600);

    #[test]
    fn a_share_waits_for_what_is_given_back() {
        static LEDGER: Ledger = Ledger::new(FEW);
        runtime().block_on(async {
            let taken = LEDGER.take(share(60, 0, 0)).unwrap();
            let mut waiting = Box::pin(LEDGER.enter(share(60, 0, 0), LONG));
            let first = std::future::poll_fn(|context| {
                std::task::Poll::Ready(waiting.as_mut().poll(context).is_ready())
            });
            assert!(!first.await);
            drop(taken);
            assert_eq!(waiting.await.unwrap().share, share(60, 0, 0));
        });
        let taken = LEDGER.take(share(60, 0, 0)).unwrap();
        let waiting = std::thread::spawn(|| LEDGER.enter_blocking(share(60, 0, 0), LONG));
        drop(taken);
        assert!(waiting.join().unwrap().is_ok());
    }

    #[test]
    fn a_share_that_never_fits_waits_for_nothing_and_no_share_waits_for_ever() {
        static LEDGER: Ledger = Ledger::new(FEW);
        let runtime = runtime();
        let never = share(101, 0, 0);
        let refused = LimitExceeded::new(LimitKind::ProcessMemory, 100);
        let entered = runtime.block_on(LEDGER.enter(never, LONG));
        assert_eq!(entered.unwrap_err(), refused);
        assert_eq!(LEDGER.enter_blocking(never, LONG).unwrap_err(), refused);
        let taken = LEDGER.take(share(60, 0, 0)).unwrap();
        let later = share(60, 0, 0);
        let entered = runtime.block_on(LEDGER.enter(later, Duration::from_millis(1)));
        assert_eq!(entered.unwrap_err(), refused);
        let entered = LEDGER.enter_blocking(later, Duration::from_millis(1));
        assert_eq!(entered.unwrap_err(), refused);
        drop(taken);
        assert_eq!(LEDGER.held(), ProcessShare::default());
    }
}
