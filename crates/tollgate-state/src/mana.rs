//! Mana: a persistent, regenerating bucket for each identity. Reserve before the work, settle after it.
//!
//! A reservation takes the most the work can cost out of the bucket in one transaction, so that concurrent work can never
//! spend the same mana twice. Settling gives back what was not used. A reservation whose holder died is refunded when its
//! lease has run out, once. All amounts are whole micro-mana and all arithmetic is exact: what refilled beyond a whole
//! micro-mana is carried on to the next refill.

use crate::error::{StateError, invalid};

const NANOS: i128 = 1_000_000_000;

/// Why mana could not be had.
#[derive(Debug, thiserror::Error)]
#[expect(
    missing_docs,
    reason = "the message of a variant says what its fields are"
)]
pub enum ManaError {
    /// The identity has no bucket.
    #[error("`{identity}` has no mana bucket; make one with `set`")]
    NoBucket { identity: String },
    /// Not enough in the bucket now.
    #[error("`{identity}` has {level} micro-mana of the {wanted} this needs{}", when(*.ready_in_ns))]
    Short {
        identity: String,
        level: u64,
        wanted: u64,
        /// Until the bucket has refilled enough; none: it never will.
        ready_in_ns: Option<u64>,
    },
    /// The reservation is not open: never made, settled with another amount, or refunded after its lease.
    #[error("the reservation `{id}` is not open")]
    NotOpen { id: String },
    /// More used than reserved.
    #[error(
        "the reservation `{id}` holds {amount} micro-mana, less than the {used} that were used"
    )]
    Overrun { id: String, amount: u64, used: u64 },
    /// The state failed.
    #[error(transparent)]
    State(#[from] StateError),
}

fn when(ready_in_ns: Option<u64>) -> String {
    match ready_in_ns {
        Some(ns) => format!("; enough in {} ms", ns.div_ceil(1_000_000)),
        None => "; it is more than the bucket ever holds".to_owned(),
    }
}

/// A bucket as it stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// Most it holds, micro-mana.
    pub capacity: u64,
    /// Refill, micro-mana a second.
    pub per_second: u64,
    /// What can be reserved now, micro-mana.
    pub level: u64,
}

/// Mana that is taken out of a bucket for work to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// The caller's id for it; the same id twice is one reservation.
    pub id: String,
    /// How much, micro-mana.
    pub amount: u64,
}

/// How a reservation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// Charged, micro-mana.
    pub used: u64,
    /// Given back, micro-mana.
    pub refunded: u64,
}

pub(crate) fn whole(amount: u64) -> Result<i64, StateError> {
    i64::try_from(amount).map_err(|_| {
        invalid(
            "amount of mana",
            amount.to_string(),
            "it is below 2^63 micro-mana",
        )
    })
}

/// A bucket as it is kept: its level at `refilled_at`, and what had refilled beyond that in billionths of a micro-mana.
pub(crate) struct Row {
    pub(crate) capacity: i64,
    pub(crate) per_second: i64,
    pub(crate) level: i64,
    pub(crate) fraction: i64,
    pub(crate) refilled_at: i64,
}

impl Row {
    /// The row at `now`. A clock that went back refills nothing and keeps its mark, so that nothing is refilled twice. A bucket
    /// that does not refill has its mark moved as well: a refill that is set later begins then.
    pub(crate) fn refilled(self, now: i64) -> Self {
        let elapsed = i128::from(now) - i128::from(self.refilled_at);
        if elapsed <= 0 {
            return self;
        }
        let billionths = elapsed * i128::from(self.per_second) + i128::from(self.fraction);
        let room = self.capacity - self.level;
        let gained = i64::try_from(billionths / NANOS).ok();
        let fraction = i64::try_from(billionths % NANOS).ok();
        // What is too much to be counted is too much for the bucket.
        let fits = gained.filter(|gained| *gained < room).zip(fraction);
        let (level, fraction) = fits.map_or((self.capacity, 0), |(gained, fraction)| {
            (self.level + gained, fraction)
        });
        Self {
            level,
            fraction,
            refilled_at: now,
            ..self
        }
    }

    pub(crate) fn short(&self, identity: &str, wanted: i64) -> ManaError {
        let missing =
            (i128::from(wanted) - i128::from(self.level)) * NANOS - i128::from(self.fraction);
        let reachable = wanted <= self.capacity && self.per_second > 0;
        let wait = || (missing + i128::from(self.per_second) - 1) / i128::from(self.per_second);
        ManaError::Short {
            identity: identity.to_owned(),
            level: self.level.unsigned_abs(),
            wanted: wanted.unsigned_abs(),
            ready_in_ns: reachable.then(|| u64::try_from(wait()).unwrap_or(u64::MAX)),
        }
    }
}
