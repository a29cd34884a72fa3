//! Quotas: how much of a server a tenant has. The operator sets them; what is over one is refused before anything is done.
//!
//! What is kept counts against two of them in the transaction that changes it: bytes of modules and of the answers of runs, and
//! gas by the day on which a run began, of which the most is reserved before it does. The others are of the moment, and the
//! server counts them.
//!
//! Nobody knows how long an answer will be. A run begins while the tenant keeps no more than it may, and its answer is kept
//! whatever its length; where there is no room, answers that are older than a day go first, the oldest before others.

pub use crate::error::QuotaOf;
use crate::error::{StateError, invalid};
use crate::limits::{QUOTA_MAX, STORAGE_PER_TENANT_BYTES};

/// Nanoseconds of a day.
const DAY_NS: i64 = 24 * 3600 * 1_000_000_000;

/// How much a tenant may have. `None`: the standard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quotas {
    /// Requests in a minute.
    pub requests_per_minute: Option<u64>,
    /// Runs under way at once.
    pub casts_at_once: Option<u64>,
    /// Bytes of modules and of answers of runs that are kept. Standard: [`STORAGE_PER_TENANT_BYTES`].
    pub storage_bytes: Option<u64>,
    /// Gas of the runs that begin on a day, by UTC. Standard: no bound.
    pub gas_per_day: Option<u64>,
}

impl Quotas {
    pub(crate) fn check(&self) -> Result<(), StateError> {
        let Self {
            requests_per_minute,
            casts_at_once,
            storage_bytes,
            gas_per_day,
        } = *self;
        let all = [
            requests_per_minute,
            casts_at_once,
            storage_bytes,
            gas_per_day,
        ];
        match all.into_iter().flatten().find(|number| *number > QUOTA_MAX) {
            None => Ok(()),
            Some(number) => {
                let rule = format!("it is at most {QUOTA_MAX}");
                Err(invalid("quota", number.to_string(), rule))
            }
        }
    }

    /// Bytes of modules and of answers of runs that may be kept.
    #[must_use]
    pub fn storage(&self) -> u64 {
        self.storage_bytes.unwrap_or(STORAGE_PER_TENANT_BYTES)
    }
}

/// How much a tenant has now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaUse {
    /// Bytes that are kept: those of modules, the same ones under two names once, and those of answers.
    pub storage_bytes: u64,
    /// Bytes of the answers of runs among them, with their receipts.
    pub answer_bytes: u64,
    /// Gas of the runs that began today and have ended.
    pub gas_used: u64,
    /// The most gas that runs under way can use that began today.
    pub gas_reserved: u64,
}

/// The day of a moment, since 1970 in UTC.
pub(crate) const fn day(at: i64) -> i64 {
    at.div_euclid(DAY_NS)
}

/// When the day after that of a moment begins, nanoseconds since 1970.
pub(crate) const fn next_day(at: i64) -> i64 {
    day(at).saturating_add(1).saturating_mul(DAY_NS)
}
