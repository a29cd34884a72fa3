//! Mana: a persistent, regenerating bucket for each identity. Reserve before the work, settle after it.
//!
//! A reservation takes the most the work can cost out of the bucket in one transaction, so that concurrent work can never
//! spend the same mana twice. Settling gives back what was not used. A reservation whose holder died is refunded when its
//! lease has run out, once. All amounts are whole micro-mana and all arithmetic is exact: what refilled beyond a whole
//! micro-mana is carried on to the next refill.

use rusqlite::{Connection, OptionalExtension, params};

use crate::limits;
use crate::store::{StateError, Store, invalid};

const NANOS: i128 = 1_000_000_000;

/// Why mana could not be had.
#[derive(Debug, thiserror::Error)]
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

/// The buckets in a [`Store`].
#[derive(Debug)]
pub struct Mana<'a> {
    store: &'a mut Store,
}

impl Store {
    /// The mana buckets of this state.
    pub fn mana(&mut self) -> Mana<'_> {
        Mana { store: self }
    }
}

impl Mana<'_> {
    /// Makes a bucket, full, or changes the capacity and refill of one; a level above the capacity is cut.
    ///
    /// # Errors
    /// [`StateError::Invalid`] when a number is beyond `i64`.
    pub fn set(
        &mut self,
        identity: &str,
        capacity: u64,
        per_second: u64,
        now: i64,
    ) -> Result<(), StateError> {
        let (capacity, per_second) = (whole(capacity)?, whole(per_second)?);
        self.store.write("writing mana to", |tx| {
            if let Some(row) = Row::read(tx, identity)? {
                let row = row.refilled(now);
                tx.execute(
                    "UPDATE mana SET capacity = ?2, per_second = ?3, level = ?4, fraction = ?5, refilled_at = ?6 WHERE identity = ?1",
                    params![identity, capacity, per_second, row.level.min(capacity),
                        row.fraction, row.refilled_at],
                )
            } else {
                tx.execute(
                    "INSERT INTO mana (identity, capacity, per_second, level, refilled_at) VALUES (?1, ?2, ?3, ?2, ?4)",
                    params![identity, capacity, per_second, now],
                )
            }
        })?;
        Ok(())
    }

    /// The bucket at `now`.
    ///
    /// # Errors
    /// [`ManaError::NoBucket`].
    pub fn bucket(&self, identity: &str, now: i64) -> Result<Bucket, ManaError> {
        let row = Row::read(&self.store.connection, identity)
            .map_err(|e| self.store.failed("reading", e))?;
        let row = row
            .ok_or_else(|| ManaError::NoBucket {
                identity: identity.to_owned(),
            })?
            .refilled(now);
        Ok(Bucket {
            capacity: row.capacity.unsigned_abs(),
            per_second: row.per_second.unsigned_abs(),
            level: row.level.unsigned_abs(),
        })
    }

    /// Takes `amount` out of the bucket. The same `id` again returns the same reservation and takes nothing.
    ///
    /// # Errors
    /// [`ManaError::Short`], [`ManaError::NoBucket`]; [`ManaError::NotOpen`] when the id was used before and has ended.
    pub fn reserve(
        &mut self,
        id: &str,
        identity: &str,
        amount: u64,
        now: i64,
    ) -> Result<Reservation, ManaError> {
        let wanted = whole(amount)?;
        let outcome = self.store.write("reserving mana in", |tx| {
            if let Some((owner, held, state)) = open_or_ended(tx, id)? {
                let same = owner == identity && held == wanted && state == 0;
                return Ok(if same { Ok(()) } else { Err(ManaError::NotOpen { id: id.to_owned() }) });
            }
            let Some(row) = Row::read(tx, identity)? else {
                return Ok(Err(ManaError::NoBucket { identity: identity.to_owned() }));
            };
            let row = row.refilled(now);
            if row.level < wanted {
                return Ok(Err(row.short(identity, wanted)));
            }
            tx.execute(
                "UPDATE mana SET level = ?2, fraction = ?3, refilled_at = ?4 WHERE identity = ?1",
                params![identity, row.level - wanted, row.fraction, row.refilled_at],
            )?;
            tx.execute(
                "INSERT INTO reservation (id, identity, amount, expires_at) VALUES (?1, ?2, ?3, ?4)",
                params![id, identity, wanted, now.saturating_add(limits::RESERVATION_LEASE_NS)],
            )?;
            Ok(Ok(()))
        })?;
        outcome.map(|()| Reservation {
            id: id.to_owned(),
            amount,
        })
    }

    /// Ends a reservation: charges `used`, gives back the rest. The same settlement again changes nothing.
    ///
    /// # Errors
    /// [`ManaError::Overrun`], [`ManaError::NotOpen`].
    pub fn settle(&mut self, id: &str, used: u64) -> Result<Settled, ManaError> {
        self.store.write("settling mana in", |tx| {
            if let Some(settled) = settle_in(tx, id, used)? {
                return Ok(Ok(settled));
            }
            let held: Option<i64> = tx
                .query_row(
                    "SELECT amount FROM reservation WHERE id = ?1 AND state = 0",
                    [id],
                    |row| row.get(0),
                )
                .optional()?;
            Ok(Err(match held {
                Some(amount) => ManaError::Overrun {
                    id: id.to_owned(),
                    amount: amount.unsigned_abs(),
                    used,
                },
                None => ManaError::NotOpen { id: id.to_owned() },
            }))
        })?
    }

    /// Undoes reservations, all or none: everything is given back, and their ids can be used again. Returns how many of them
    /// were open.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn release<S: AsRef<str>>(&mut self, ids: &[S]) -> Result<usize, StateError> {
        self.store.write("releasing mana in", |tx| {
            let mut released = 0;
            for id in ids {
                let held: Option<(String, i64)> = tx
                    .query_row(
                        "DELETE FROM reservation WHERE id = ?1 AND state = 0 RETURNING identity, amount",
                        [id.as_ref()],
                        |row| Ok((row.get(0)?, row.get(1)?)),
                    )
                    .optional()?;
                if let Some((identity, amount)) = held {
                    give_back(tx, &identity, amount)?;
                    released += 1;
                }
            }
            Ok(released)
        })
    }

    /// Refunds every open reservation whose lease ran out before `now`, and returns how many.
    ///
    /// # Errors
    /// [`StateError::Database`].
    pub fn recover(&mut self, now: i64) -> Result<usize, StateError> {
        self.store.write("recovering mana in", |tx| {
            let expired: Vec<(String, String, i64)> = tx
                .prepare_cached("SELECT id, identity, amount FROM reservation WHERE state = 0 AND expires_at <= ?1")?
                .query_map([now], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect::<rusqlite::Result<_>>()?;
            for (id, identity, amount) in &expired {
                tx.execute("UPDATE reservation SET state = 2 WHERE id = ?1", [id])?;
                give_back(tx, identity, *amount)?;
            }
            Ok(expired.len())
        })
    }
}

/// Settles in a transaction of the caller. `None`: the reservation is not open or holds less than `used`.
pub(crate) fn settle_in(tx: &Connection, id: &str, used: u64) -> rusqlite::Result<Option<Settled>> {
    let found: Option<(String, i64, i64, i64)> = tx
        .query_row(
            "SELECT identity, amount, used, state FROM reservation WHERE id = ?1",
            [id],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .optional()?;
    let Some((identity, amount, settled, state)) = found else {
        return Ok(None);
    };
    let Ok(used) = i64::try_from(used) else {
        return Ok(None);
    };
    let ended = Settled {
        used: used.unsigned_abs(),
        refunded: (amount - used.min(amount)).unsigned_abs(),
    };
    match state {
        0 if used <= amount => {
            tx.execute(
                "UPDATE reservation SET state = 1, used = ?2 WHERE id = ?1",
                params![id, used],
            )?;
            give_back(tx, &identity, amount - used)?;
            Ok(Some(ended))
        }
        1 if settled == used => Ok(Some(ended)),
        _ => Ok(None),
    }
}

fn give_back(tx: &Connection, identity: &str, amount: i64) -> rusqlite::Result<usize> {
    tx.execute(
        "UPDATE mana SET level = min(capacity, level + ?2) WHERE identity = ?1",
        params![identity, amount],
    )
}

fn open_or_ended(tx: &Connection, id: &str) -> rusqlite::Result<Option<(String, i64, i64)>> {
    tx.query_row(
        "SELECT identity, amount, state FROM reservation WHERE id = ?1",
        [id],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
    .optional()
}

fn whole(amount: u64) -> Result<i64, StateError> {
    i64::try_from(amount).map_err(|_| {
        invalid(
            "amount of mana",
            amount.to_string(),
            "it is below 2^63 micro-mana",
        )
    })
}

struct Row {
    capacity: i64,
    per_second: i64,
    level: i64,
    fraction: i64,
    refilled_at: i64,
}

impl Row {
    fn read(connection: &rusqlite::Connection, identity: &str) -> rusqlite::Result<Option<Self>> {
        connection
            .prepare_cached(
                "SELECT capacity, per_second, level, fraction, refilled_at FROM mana WHERE identity = ?1",
            )?
            .query_row([identity], |row| {
                Ok(Self {
                    capacity: row.get(0)?,
                    per_second: row.get(1)?,
                    level: row.get(2)?,
                    fraction: row.get(3)?,
                    refilled_at: row.get(4)?,
                })
            })
            .optional()
    }

    /// The row at `now`. A clock that went back refills nothing and keeps its mark, so that nothing is refilled twice.
    fn refilled(self, now: i64) -> Self {
        let elapsed = i128::from(now) - i128::from(self.refilled_at);
        if elapsed <= 0 || self.per_second == 0 {
            return self;
        }
        let billionths = elapsed * i128::from(self.per_second) + i128::from(self.fraction);
        let (gained, fraction) = (billionths / NANOS, billionths % NANOS);
        if gained >= i128::from(self.capacity - self.level) {
            return Self {
                level: self.capacity,
                fraction: 0,
                refilled_at: now,
                ..self
            };
        }
        // Both fit: `gained` is below the room left and the remainder below a billion.
        let small = |n: i128| i64::try_from(n).unwrap_or(0);
        Self {
            level: self.level + small(gained),
            fraction: small(fraction),
            refilled_at: now,
            ..self
        }
    }

    fn short(&self, identity: &str, wanted: i64) -> ManaError {
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
