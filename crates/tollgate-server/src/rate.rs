//! How often a tenant may ask: a bucket for each, which holds the requests of a minute and fills evenly.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);

/// The buckets of all tenants.
#[derive(Default)]
pub(crate) struct Rates(Mutex<HashMap<String, Instant>>);

impl Rates {
    /// Takes a request of a tenant that may make `per_minute`. The error says when the next one may come.
    ///
    /// A bucket is kept as the moment at which it is full again (the generic cell rate algorithm): a request moves it on by
    /// its part of a minute, and may not move it more than a minute away.
    pub(crate) fn take(&self, tenant: &str, per_minute: u64, now: Instant) -> Result<(), Duration> {
        let Some(part) = u32::try_from(per_minute)
            .ok()
            .and_then(|n| MINUTE.checked_div(n))
        else {
            // More than can be counted in a minute is as good as no bound, and none at all is never.
            return match per_minute {
                0 => Err(MINUTE),
                _ => Ok(()),
            };
        };
        let mut full = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = full.get(tenant).map_or(now, |at| (*at).max(now));
        let after = before + part;
        let over = after.saturating_duration_since(now).saturating_sub(MINUTE);
        if !over.is_zero() {
            return Err(over);
        }
        if !full.contains_key(tenant) {
            // Who has a full bucket needs none.
            full.retain(|_, at| *at > now);
        }
        full.insert(tenant.to_owned(), after);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minutes_requests_may_come_at_once_and_then_one_at_a_time() {
        let (rates, now) = (Rates::default(), Instant::now());
        for _ in 0..60 {
            rates.take("a", 60, now).unwrap();
        }
        assert_eq!(rates.take("a", 60, now), Err(Duration::from_secs(1)));
        let later = now + Duration::from_millis(1500);
        rates.take("a", 60, later).unwrap();
        assert_eq!(rates.take("a", 60, later), Err(Duration::from_millis(500)));
    }

    #[test]
    fn a_bucket_is_a_tenants_own_and_fills_to_its_brim() {
        let (rates, now) = (Rates::default(), Instant::now());
        for _ in 0..2 {
            rates.take("a", 2, now).unwrap();
            rates.take("b", 2, now).unwrap();
        }
        assert!(rates.take("a", 2, now).is_err());
        let later = now + Duration::from_secs(3600);
        for _ in 0..2 {
            rates.take("a", 2, later).unwrap();
        }
        assert!(rates.take("a", 2, later).is_err());
    }

    #[test]
    fn none_is_none_and_a_number_that_cannot_be_reached_is_no_bound() {
        let (rates, now) = (Rates::default(), Instant::now());
        assert_eq!(rates.take("a", 0, now), Err(MINUTE));
        for _ in 0..1000 {
            rates.take("a", u64::MAX, now).unwrap();
        }
    }
}
