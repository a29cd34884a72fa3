//! Who may run now: a bounded number at a time, a bounded number waiting, and not for ever.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    config::EngineConfig,
    limits::{LimitExceeded, LimitKind},
    process::{LEDGER, ProcessShare, Taken},
};

/// The places of an engine.
#[derive(Debug)]
pub(crate) struct Admission {
    places: Arc<Semaphore>,
    concurrent: u32,
    waiting: AtomicU32,
    queued: u32,
    wait: Duration,
}

/// A place that was given, with a share of the process; dropping it frees both.
#[derive(Debug)]
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
    _share: Taken,
}

impl Place {
    fn new(permit: OwnedSemaphorePermit, share: Taken) -> Self {
        Self {
            _permit: permit,
            _share: share,
        }
    }
}

impl Admission {
    pub(crate) fn new(config: &EngineConfig) -> Self {
        let concurrent = config.concurrent.max(1);
        Self {
            places: Arc::new(Semaphore::new(concurrent as usize)),
            concurrent,
            waiting: AtomicU32::new(0),
            queued: config.queued,
            wait: config.queue_wait,
        }
    }

    pub(crate) fn load(&self) -> Load {
        let free = u32::try_from(self.places.available_permits()).unwrap_or(u32::MAX);
        Load {
            running: self.concurrent.saturating_sub(free),
            waiting: self.waiting.load(Relaxed),
        }
    }

    /// Waits for a place, first come first served, and then for `share` of the process.
    pub(crate) async fn enter(&self, share: ProcessShare) -> Result<Place, LimitExceeded> {
        if let Ok(permit) = self.places.clone().try_acquire_owned() {
            let taken = match LEDGER.take(share) {
                Ok(taken) => taken,
                Err(refused) => {
                    let _ticket = self.ticket(refused)?;
                    LEDGER.enter(share, self.wait).await?
                }
            };
            return Ok(Place::new(permit, taken));
        }
        let _ticket = self.ticket(self.full())?;
        let began = Instant::now();
        let permit = self.wait_for_place().await?;
        let left = self.wait.saturating_sub(began.elapsed());
        Ok(Place::new(permit, LEDGER.enter(share, left).await?))
    }

    /// Lets one execution more wait; fails with `refused` when too many do.
    fn ticket(&self, refused: LimitExceeded) -> Result<Ticket<'_>, LimitExceeded> {
        Ticket::take(&self.waiting, self.queued).ok_or(refused)
    }

    async fn wait_for_place(&self) -> Result<OwnedSemaphorePermit, LimitExceeded> {
        match tokio::time::timeout(self.wait, self.places.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(self.full()),
        }
    }

    fn full(&self) -> LimitExceeded {
        LimitExceeded::new(LimitKind::Queue, u64::from(self.queued))
    }
}

/// Counts one waiting execution, also when its future is dropped.
struct Ticket<'a>(&'a AtomicU32);

impl<'a> Ticket<'a> {
    fn take(waiting: &'a AtomicU32, most: u32) -> Option<Self> {
        waiting
            .fetch_update(Relaxed, Relaxed, |now| {
                (now < most).then_some(now.saturating_add(1))
            })
            .ok()?;
        Some(Self(waiting))
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// Executions of an engine at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// Running.
    pub running: u32,
    /// Waiting for a place.
    pub waiting: u32,
}
