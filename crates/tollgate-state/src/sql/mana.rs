//! Mana: each change of a bucket is one transaction.

use super::Store;
use super::connection::Connection;
use super::value::{DbResult, Optional as _, params};
use crate::error::StateError;
use crate::limits;
use crate::mana::{Bucket, ManaError, Reservation, Row, Settled, whole};

/// The buckets in a [`Store`].
#[derive(Debug)]
pub struct Mana<'a> {
    store: &'a mut Store,
}

impl Store {
    /// The mana buckets of this state.
    ///
    /// # Example
    /// ```
    /// use tollgate_state::Store;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// let mut store = Store::create(&folder.path().join("state.db"))?;
    /// let now = 1_000_000_000; // nanoseconds since 1970
    /// let mut mana = store.mana();
    /// // A bucket of 100 micro-mana that gets 10 of them back each second.
    /// mana.set("alice", 100, 10, now)?;
    /// mana.reserve("job 1", "alice", 60, now)?;
    /// let settled = mana.settle("job 1", 25)?;
    /// assert_eq!((settled.used, settled.refunded), (25, 35));
    /// assert_eq!(mana.bucket("alice", now + 1_000_000_000)?.level, 85);
    /// # Ok(())
    /// # }
    /// ```
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
            if let Some(row) = read(tx, identity)? {
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
        let row =
            read(&self.store.connection, identity).map_err(|e| self.store.failed("reading", e))?;
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
            let Some(row) = read(tx, identity)? else {
                return Ok(Err(ManaError::NoBucket { identity: identity.to_owned() }));
            };
            let row = row.refilled(now);
            if row.level < wanted {
                return Ok(Err(row.short(identity, wanted)));
            }
            tx.write(
                "UPDATE mana SET level = ?2, fraction = ?3, refilled_at = ?4 WHERE identity = ?1",
                params![identity, row.level - wanted, row.fraction, row.refilled_at],
            )?;
            tx.write(
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
                    params![id],
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
                        params![id.as_ref()],
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
            let expired: Vec<(String, String, i64)> = tx.query_rows(
                "SELECT id, identity, amount FROM reservation WHERE state = 0 AND expires_at <= ?1",
                params![now],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?;
            for (id, identity, amount) in &expired {
                tx.write(
                    "UPDATE reservation SET state = 2 WHERE id = ?1",
                    params![id],
                )?;
                give_back(tx, identity, *amount)?;
            }
            Ok(expired.len())
        })
    }
}

/// Settles in a transaction of the caller. `None`: the reservation is not open or holds less than `used`.
pub(super) fn settle_in(tx: &Connection, id: &str, used: u64) -> DbResult<Option<Settled>> {
    let found: Option<(String, i64, i64, i64)> = tx
        .query_row(
            "SELECT identity, amount, used, state FROM reservation WHERE id = ?1",
            params![id],
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
            tx.write(
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

fn give_back(tx: &Connection, identity: &str, amount: i64) -> DbResult<usize> {
    tx.execute(
        "UPDATE mana SET level = CASE WHEN level + ?2 < capacity THEN level + ?2 ELSE capacity END WHERE identity = ?1",
        params![identity, amount],
    )
}

fn open_or_ended(tx: &Connection, id: &str) -> DbResult<Option<(String, i64, i64)>> {
    tx.query_row(
        "SELECT identity, amount, state FROM reservation WHERE id = ?1",
        params![id],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
    .optional()
}

fn read(connection: &Connection, identity: &str) -> DbResult<Option<Row>> {
    connection
        .query_row("SELECT capacity, per_second, level, fraction, refilled_at FROM mana WHERE identity = ?1", params![identity], |row| {
            Ok(Row {
                capacity: row.get(0)?,
                per_second: row.get(1)?,
                level: row.get(2)?,
                fraction: row.get(3)?,
                refilled_at: row.get(4)?,
            })
        })
        .optional()
}
