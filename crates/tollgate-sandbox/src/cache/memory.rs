//! Loaded modules kept in memory, and the rule that one of several concurrent loads does the work.
//!
//! An entry is a module that is ready to run, so a hit costs a look-up. Refusals are kept too, for a shorter time: a module
//! that was refused is refused again without being looked at.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::limits;

/// How much is kept in memory, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MemoryCacheConfig {
    /// Modules. Default [`limits::LOADED_MODULES`].
    pub modules_max: usize,
    /// Bytes of these modules' binary form together. Default [`limits::LOADED_BYTES`].
    pub bytes_max: u64,
    /// Time since a module was used last. Default [`limits::LOADED_IDLE`].
    pub idle_max: Duration,
    /// Refusals. Default [`limits::REFUSALS`].
    pub refusals_max: usize,
    /// Time a refusal is remembered. Default [`limits::REFUSAL_AGE`].
    pub refusal_age_max: Duration,
}

impl Default for MemoryCacheConfig {
    fn default() -> Self {
        Self {
            modules_max: limits::LOADED_MODULES,
            bytes_max: limits::LOADED_BYTES,
            idle_max: limits::LOADED_IDLE,
            refusals_max: limits::REFUSALS,
            refusal_age_max: limits::REFUSAL_AGE,
        }
    }
}

/// What the memory layer holds and did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryCacheStatistics {
    /// Look-ups that found a module.
    pub hits: u64,
    /// Look-ups that found nothing.
    pub misses: u64,
    /// Look-ups that found a refusal.
    pub refused: u64,
    /// Modules that were dropped for place or idleness.
    pub evicted: u64,
    /// Modules now.
    pub modules: u64,
    /// Bytes of these modules' binary form.
    pub bytes: u64,
}

/// Keeps values of type `T` or errors of type `E` under keys of type `K`.
#[derive(Debug)]
pub(crate) struct MemoryCache<K, T, E> {
    config: MemoryCacheConfig,
    state: Mutex<State<K, T, E>>,
    landed: Condvar,
}

#[derive(Debug)]
struct State<K, T, E> {
    slots: HashMap<K, Slot<T, E>>,
    statistics: MemoryCacheStatistics,
}

#[derive(Debug)]
enum Slot<T, E> {
    /// Somebody is making the value.
    InFlight,
    Value {
        value: T,
        bytes: u64,
        used: Instant,
    },
    Refusal {
        error: E,
        made: Instant,
    },
}

/// What a look-up led to.
pub(crate) enum Lookup<'a, K: Clone + Eq + std::hash::Hash, T, E> {
    /// The value is there.
    Hit(T),
    /// It was refused before.
    Refused(E),
    /// The caller has to make it and hand it to the ticket.
    Make(Ticket<'a, K, T, E>),
}

/// The right, and the duty, to make one value. Dropped without a result, it lets the next one try.
pub(crate) struct Ticket<'a, K: Clone + Eq + std::hash::Hash, T, E> {
    cache: &'a MemoryCache<K, T, E>,
    key: Option<K>,
}

impl<K: Clone + Eq + std::hash::Hash, T: Clone, E: Clone> MemoryCache<K, T, E> {
    pub(crate) fn new(config: MemoryCacheConfig) -> Self {
        let state = State {
            slots: HashMap::new(),
            statistics: MemoryCacheStatistics::default(),
        };
        Self {
            config,
            state: Mutex::new(state),
            landed: Condvar::new(),
        }
    }

    /// Finds the value, waiting for somebody who is making it.
    pub(crate) fn look_up(&self, key: &K) -> Lookup<'_, K, T, E> {
        let mut state = self.lock();
        let now = Instant::now();
        loop {
            match state.slots.get_mut(key) {
                Some(Slot::InFlight) => {
                    state = self
                        .landed
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner);
                }
                Some(Slot::Value { value, used, .. })
                    if now.saturating_duration_since(*used) < self.config.idle_max =>
                {
                    *used = now;
                    let value = value.clone();
                    state.statistics.hits += 1;
                    return Lookup::Hit(value);
                }
                Some(Slot::Refusal { error, made })
                    if now.saturating_duration_since(*made) < self.config.refusal_age_max =>
                {
                    let error = error.clone();
                    state.statistics.refused += 1;
                    return Lookup::Refused(error);
                }
                Some(Slot::Value { .. } | Slot::Refusal { .. }) | None => {
                    state.slots.insert(key.clone(), Slot::InFlight);
                    state.statistics.misses += 1;
                    return Lookup::Make(Ticket {
                        cache: self,
                        key: Some(key.clone()),
                    });
                }
            }
        }
    }

    /// Returns the value if it is there, without waiting or counting a miss.
    pub(crate) fn peek(&self, key: &K) -> Option<T> {
        let mut state = self.lock();
        let now = Instant::now();
        let value = match state.slots.get_mut(key) {
            Some(Slot::Value { value, used, .. })
                if now.saturating_duration_since(*used) < self.config.idle_max =>
            {
                *used = now;
                value.clone()
            }
            _ => return None,
        };
        state.statistics.hits += 1;
        Some(value)
    }

    /// Puts another value in the place of one that is there, which stays as old as it is.
    pub(crate) fn replace(&self, key: &K, with: impl FnOnce(&T) -> T) {
        if let Some(Slot::Value { value, .. }) = self.lock().slots.get_mut(key) {
            *value = with(value);
        }
    }

    /// Forgets values and refusals; what is being made now is kept. Returns how many values that were.
    pub(crate) fn forget(&self, wanted: impl Fn(&K) -> bool) -> u64 {
        let mut state = self.lock();
        let mut forgotten = 0;
        state.slots.retain(|key, slot| match slot {
            Slot::InFlight => true,
            Slot::Value { .. } if wanted(key) => {
                forgotten += 1;
                false
            }
            Slot::Refusal { .. } => !wanted(key),
            Slot::Value { .. } => true,
        });
        forgotten
    }

    /// Every value, with its size.
    pub(crate) fn values(&self) -> Vec<T> {
        let state = self.lock();
        let values = state.slots.values().filter_map(|slot| match slot {
            Slot::Value { value, .. } => Some(value.clone()),
            Slot::InFlight | Slot::Refusal { .. } => None,
        });
        values.collect()
    }

    pub(crate) fn statistics(&self) -> MemoryCacheStatistics {
        let state = self.lock();
        let sizes = state.slots.values().filter_map(Slot::size);
        MemoryCacheStatistics {
            modules: sizes.clone().count() as u64,
            bytes: sizes.sum(),
            ..state.statistics
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<K, T, E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops what is idle, then the least recently used until the rest fits.
    fn evict(&self, state: &mut State<K, T, E>) {
        let now = Instant::now();
        state.slots.retain(|_, slot| match slot {
            Slot::InFlight => true,
            Slot::Value { used, .. } => now.saturating_duration_since(*used) < self.config.idle_max,
            Slot::Refusal { made, .. } => {
                now.saturating_duration_since(*made) < self.config.refusal_age_max
            }
        });
        loop {
            let (values, bytes) = state
                .slots
                .values()
                .filter_map(Slot::size)
                .fold((0, 0), |(count, sum), size| (count + 1, sum + size));
            let refusals = state
                .slots
                .values()
                .filter(|slot| matches!(slot, Slot::Refusal { .. }))
                .count();
            let too_many_values =
                values > self.config.modules_max || bytes > self.config.bytes_max && values > 1;
            if !too_many_values && refusals <= self.config.refusals_max {
                return;
            }
            let age = match too_many_values {
                true => Slot::used,
                false => Slot::refused,
            };
            let oldest = state
                .slots
                .iter()
                .filter_map(|(key, slot)| age(slot).map(|used| (used, key)))
                .min_by_key(|(used, _)| *used)
                .map(|(_, key)| key.clone());
            let Some(oldest) = oldest else { return };
            state.slots.remove(&oldest);
            state.statistics.evicted += u64::from(too_many_values);
        }
    }
}

impl<T, E> Slot<T, E> {
    fn size(&self) -> Option<u64> {
        match self {
            Self::Value { bytes, .. } => Some(*bytes),
            Self::InFlight | Self::Refusal { .. } => None,
        }
    }

    /// When a value was used last.
    fn used(&self) -> Option<Instant> {
        match self {
            Self::Value { used, .. } => Some(*used),
            Self::InFlight | Self::Refusal { .. } => None,
        }
    }

    /// When a refusal was made.
    fn refused(&self) -> Option<Instant> {
        match self {
            Self::Refusal { made, .. } => Some(*made),
            Self::InFlight | Self::Value { .. } => None,
        }
    }
}

impl<K: Clone + Eq + std::hash::Hash, T: Clone, E: Clone> Ticket<'_, K, T, E> {
    /// Hands the value over: to the cache and to whoever waits.
    pub(crate) fn fill(self, value: T, bytes: u64) {
        self.land(Slot::Value {
            value,
            bytes,
            used: Instant::now(),
        });
    }

    /// Remembers that the value cannot be made.
    pub(crate) fn refuse(self, error: E) {
        self.land(Slot::Refusal {
            error,
            made: Instant::now(),
        });
    }

    fn land(mut self, slot: Slot<T, E>) {
        let mut state = self.cache.lock();
        if let Some(key) = self.key.take() {
            state.slots.insert(key, slot);
            self.cache.evict(&mut state);
        }
        drop(state);
        self.cache.landed.notify_all();
    }
}

impl<K: Clone + Eq + std::hash::Hash, T, E> Drop for Ticket<'_, K, T, E> {
    fn drop(&mut self) {
        let Some(key) = self.key.take() else { return };
        self.cache
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .slots
            .remove(&key);
        self.cache.landed.notify_all();
    }
}
