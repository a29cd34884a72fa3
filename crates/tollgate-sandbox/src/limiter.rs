//! Counts memory: all memories and tables of one execution, of one module, and of the whole process.
//!
//! wasmtime's own `StoreLimits` bounds each memory by itself, so a module with a hundred memories gets a hundred times
//! the limit. Here every growth goes through one [`Limiter`] that keeps the total, and reserves the same bytes in the
//! accounts of the module, the engine and the process before it allows them.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use serde::{Deserialize, Serialize};
use wasmtime::ResourceLimiter;

use crate::{
    counter::Counter,
    limits::{LimitExceeded, LimitKind, Limits},
    process::LEDGER,
};

/// What wasmtime allocates for an element of a table.
const TABLE_ELEMENT_BYTES: usize = size_of::<usize>();

/// Memory of many executions.
#[derive(Debug)]
pub(crate) struct MemoryAccount {
    limit: Option<u64>,
    allocated: AtomicU64,
    peak: AtomicU64,
    live: AtomicU64,
    total: AtomicU64,
    refused: AtomicU64,
}

/// What a [`Module`](crate::engine::Module) or an [`Engine`](crate::engine::Engine) allocates and has allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryStatistics {
    /// The limit in bytes, if there is one.
    pub limit: Option<u64>,
    /// Bytes of memories and tables now.
    pub allocated: u64,
    /// The most bytes there ever were at once.
    pub peak: u64,
    /// Executions that hold memory now.
    pub live: u64,
    /// Executions ever.
    pub total: u64,
    /// Growths refused because of the limit.
    pub refused: u64,
}

impl MemoryAccount {
    pub(crate) fn new(limit: Option<u64>) -> Self {
        let zero = || AtomicU64::new(0);
        Self {
            limit,
            allocated: zero(),
            peak: zero(),
            live: zero(),
            total: zero(),
            refused: zero(),
        }
    }

    pub(crate) fn statistics(&self) -> MemoryStatistics {
        MemoryStatistics {
            limit: self.limit,
            allocated: self.allocated.load(Relaxed),
            peak: self.peak.load(Relaxed),
            live: self.live.load(Relaxed),
            total: self.total.load(Relaxed),
            refused: self.refused.load(Relaxed),
        }
    }

    /// Adds `bytes` if that stays within the limit; gives the limit back if not.
    fn reserve(&self, bytes: u64) -> Result<(), u64> {
        let limit = self.limit.unwrap_or(u64::MAX);
        let grown = self.allocated.fetch_update(Relaxed, Relaxed, |now| {
            now.checked_add(bytes).filter(|&next| next <= limit)
        });
        match grown {
            Ok(before) => {
                self.peak.fetch_max(before.saturating_add(bytes), Relaxed);
                Ok(())
            }
            Err(_) => {
                self.refused.fetch_add(1, Relaxed);
                Err(limit)
            }
        }
    }

    fn release(&self, bytes: u64) {
        self.allocated.fetch_sub(bytes, Relaxed);
    }
}

/// The limiter of one execution's store.
#[derive(Debug)]
pub(crate) struct Limiter {
    limit: u64,
    tables: usize,
    memories: usize,
    instances: usize,
    used: u64,
    peak: Arc<Counter>,
    /// What the last allowed growth added, in case it fails after all.
    last: u64,
    refused: Option<LimitExceeded>,
    engine: Arc<MemoryAccount>,
    module: Arc<MemoryAccount>,
}

impl Limiter {
    pub(crate) fn new(
        limits: &Limits,
        engine: Arc<MemoryAccount>,
        module: Arc<MemoryAccount>,
    ) -> Self {
        for account in [&engine, &module] {
            account.live.fetch_add(1, Relaxed);
            account.total.fetch_add(1, Relaxed);
        }
        Self {
            limit: limits.memory_bytes,
            tables: limits.tables as usize,
            memories: limits.memories as usize,
            instances: limits.instances as usize,
            used: 0,
            peak: Arc::default(),
            last: 0,
            refused: None,
            engine,
            module,
        }
    }

    #[cfg(test)]
    fn peak(&self) -> u64 {
        self.peak.get()
    }

    /// Returns the highest total there was, as it changes.
    pub(crate) fn watch_peak(&self) -> Arc<Counter> {
        self.peak.clone()
    }

    /// Returns the limit that refused a growth, if one did.
    pub(crate) fn refused(&self) -> Option<&LimitExceeded> {
        self.refused.as_ref()
    }

    /// Adds memory that wasmtime does not ask about: memories shared between executions.
    pub(crate) fn grow(&mut self, bytes: u64) -> bool {
        self.last = 0;
        let wanted = self.used.checked_add(bytes);
        let exceeded = match wanted {
            Some(total) if total <= self.limit => match self.reserve(bytes) {
                Ok(()) => {
                    self.used = total;
                    self.peak.raise(total);
                    self.last = bytes;
                    return true;
                }
                Err(exceeded) => exceeded,
            },
            _ => {
                let exceeded = LimitExceeded::new(LimitKind::Memory, self.limit);
                exceeded.needing(wanted.unwrap_or(u64::MAX))
            }
        };
        self.refused = Some(exceeded);
        false
    }

    fn reserve(&self, bytes: u64) -> Result<(), LimitExceeded> {
        self.engine
            .reserve(bytes)
            .map_err(|limit| LimitExceeded::new(LimitKind::GlobalMemory, limit))?;
        let module = self.module.reserve(bytes).map_err(|limit| {
            self.engine.release(bytes);
            LimitExceeded::new(LimitKind::ModuleMemory, limit)
        });
        module?;
        LEDGER.grow(bytes).inspect_err(|_| {
            self.engine.release(bytes);
            self.module.release(bytes);
        })
    }

    fn release(&self, bytes: u64) {
        self.engine.release(bytes);
        self.module.release(bytes);
        LEDGER.shrink(bytes);
    }

    /// The execution's own limit makes a growth fail, which the guest may handle and which is the same each time. What
    /// other executions use up is not the guest's to see: those limits end the execution.
    fn answer(&mut self, bytes: u64) -> wasmtime::Result<bool> {
        if self.grow(bytes) {
            return Ok(true);
        }
        match &self.refused {
            Some(exceeded) if exceeded.limit != LimitKind::Memory => Err(exceeded.clone().into()),
            Some(_) | None => Ok(false),
        }
    }

    /// A growth that was allowed did not happen.
    fn undo(&mut self) {
        let bytes = std::mem::take(&mut self.last);
        self.used = self.used.saturating_sub(bytes);
        self.release(bytes);
    }
}

impl Drop for Limiter {
    fn drop(&mut self) {
        self.release(self.used);
        for account in [&self.engine, &self.module] {
            account.live.fetch_sub(1, Relaxed);
        }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.last = 0;
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.answer(desired.saturating_sub(current) as u64)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.undo();
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.last = 0;
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let elements = desired.saturating_sub(current);
        self.answer(elements.saturating_mul(TABLE_ELEMENT_BYTES) as u64)
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.undo();
        Ok(())
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.tables
    }

    fn memories(&self) -> usize {
        self.memories
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: usize = 64 << 10;

    fn limiter(
        memory_bytes: u64,
        engine: Option<u64>,
        module: Option<u64>,
    ) -> (Limiter, Arc<MemoryAccount>) {
        let limits = Limits {
            memory_bytes,
            ..Limits::standard()
        };
        let account = Arc::new(MemoryAccount::new(engine));
        (
            Limiter::new(
                &limits,
                account.clone(),
                Arc::new(MemoryAccount::new(module)),
            ),
            account,
        )
    }

    #[test]
    fn the_limit_is_the_total_over_memories_and_tables() {
        let (mut limiter, _) = limiter(2 * PAGE as u64, None, None);
        assert!(limiter.memory_growing(0, PAGE, None).unwrap());
        assert!(
            limiter
                .table_growing(0, PAGE / TABLE_ELEMENT_BYTES, None)
                .unwrap()
        );
        assert!(!limiter.memory_growing(0, PAGE, None).unwrap());
        assert_eq!(
            limiter.refused().map(|exceeded| exceeded.limit),
            Some(LimitKind::Memory)
        );
        assert_eq!(limiter.peak(), 2 * PAGE as u64);
    }

    #[test]
    fn a_refused_growth_says_what_would_have_been_enough() {
        let (mut limiter, _) = limiter(2 * PAGE as u64, None, None);
        assert!(limiter.memory_growing(0, PAGE, None).unwrap());
        assert!(!limiter.memory_growing(PAGE, 5 * PAGE, None).unwrap());
        let needed = limiter.refused().and_then(|exceeded| exceeded.needed);
        assert_eq!(needed, Some(5 * PAGE as u64));
    }

    #[test]
    fn everything_is_given_back_at_the_end() {
        let (mut limiter, account) = limiter(u64::MAX, Some(4 * PAGE as u64), None);
        assert!(limiter.memory_growing(0, 3 * PAGE, None).unwrap());
        assert_eq!(account.statistics().allocated, 3 * PAGE as u64);
        drop(limiter);
        let after = account.statistics();
        assert_eq!(
            (after.allocated, after.peak, after.live, after.total),
            (0, 3 * PAGE as u64, 0, 1)
        );
    }

    #[test]
    fn the_module_limit_does_not_eat_from_the_global_account() {
        let (mut limiter, account) = limiter(u64::MAX, Some(8 * PAGE as u64), Some(PAGE as u64));
        let error = limiter.memory_growing(0, 2 * PAGE, None).unwrap_err();
        assert_eq!(
            error.downcast::<LimitExceeded>().unwrap().limit,
            LimitKind::ModuleMemory
        );
        assert_eq!(account.statistics().allocated, 0);
    }

    #[test]
    fn a_growth_that_fails_later_is_given_back() {
        let (mut limiter, account) = limiter(u64::MAX, Some(8 * PAGE as u64), None);
        assert!(limiter.memory_growing(0, PAGE, None).unwrap());
        limiter
            .memory_grow_failed(wasmtime::Error::msg("no"))
            .unwrap();
        limiter
            .memory_grow_failed(wasmtime::Error::msg("again"))
            .unwrap();
        assert_eq!(account.statistics().allocated, 0);
    }
}
