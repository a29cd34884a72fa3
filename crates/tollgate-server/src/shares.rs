//! Places that many want, shared between tenants: nobody holds all of them, and who stands in line is served in turn.
//!
//! A tenant takes a place of its own share first and one of everybody's after that. So of each tenant only as many wait for
//! everybody's places as its share has, and a tenant that asks a thousand times stands in line like one that asks once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout_at};

/// How often who stands in no line looks for a place.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Places for all tenants together.
pub(crate) struct Shares {
    places: usize,
    free: Arc<Semaphore>,
    /// The most that a tenant has, whatever else it may.
    share: usize,
    tenants: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// Places of a tenant, until they are dropped.
#[derive(Debug)]
pub(crate) struct Held {
    own: OwnedSemaphorePermit,
    all: OwnedSemaphorePermit,
}

impl Held {
    /// Holds these as well.
    pub(crate) fn merge(&mut self, more: Self) {
        self.own.merge(more.own);
        self.all.merge(more.all);
    }
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// The tenant has as many as it may.
    Own,
    /// All tenants together have.
    All,
}

impl Shares {
    /// `places` for all, of which a tenant has at most `share`.
    pub(crate) fn new(places: usize, share: usize) -> Self {
        Self {
            places,
            free: Arc::new(Semaphore::new(places)),
            share: share.min(places),
            tenants: Mutex::new(HashMap::new()),
        }
    }

    /// A place that is free now, for a tenant that may have `most` of them.
    pub(crate) fn try_take(&self, tenant: &str, most: usize) -> Result<Held, Full> {
        let mut tenants = self.lock();
        let own = self.own(&mut tenants, tenant);
        // Nobody else takes any while the lock is held: what is free meanwhile only grows.
        if self.share.saturating_sub(own.available_permits()) >= most {
            return Err(Full::Own);
        }
        self.try_many(own, 1)
    }

    /// So many places that are free now.
    pub(crate) fn try_take_many(&self, tenant: &str, count: usize) -> Result<Held, Full> {
        let mut tenants = self.lock();
        let own = self.own(&mut tenants, tenant);
        self.try_many(own, u32::try_from(count).map_err(|_| Full::Own)?)
    }

    fn try_many(&self, own: Arc<Semaphore>, count: u32) -> Result<Held, Full> {
        let own = own.try_acquire_many_owned(count);
        let own = own.map_err(|_| Full::Own)?;
        let all = Arc::clone(&self.free).try_acquire_many_owned(count);
        let all = all.map_err(|_| Full::All)?;
        Ok(Held { own, all })
    }

    /// A place in turn, after at most `wait`.
    pub(crate) async fn take(&self, tenant: &str, wait: Duration) -> Result<Held, Full> {
        let own = self.own(&mut self.lock(), tenant);
        let end = Instant::now() + wait;
        let own = timeout_at(end, own.acquire_owned()).await;
        let own = own.ok().and_then(Result::ok).ok_or(Full::Own)?;
        let all = timeout_at(end, Arc::clone(&self.free).acquire_owned()).await;
        let all = all.ok().and_then(Result::ok).ok_or(Full::All)?;
        Ok(Held { own, all })
    }

    /// A place for a tenant that may have `most` of them, once one is free, after at most `wait`. Who waits for it stands in no line, and takes
    /// nothing from those who come meanwhile.
    pub(crate) async fn take_of(
        &self,
        tenant: &str,
        most: usize,
        wait: Duration,
    ) -> Result<Held, Full> {
        let end = Instant::now() + wait;
        loop {
            match self.try_take(tenant, most) {
                Err(_) if Instant::now() < end => sleep(LOOK_EVERY.min(wait)).await,
                taken => return taken,
            }
        }
    }

    /// How many places there are.
    pub(crate) fn all(&self) -> usize {
        self.places
    }

    /// How many of them are taken now.
    pub(crate) fn taken(&self) -> usize {
        self.places.saturating_sub(self.free.available_permits())
    }

    /// Returns when every place is free.
    pub(crate) async fn all_free(&self) {
        let all = u32::try_from(self.places).unwrap_or(u32::MAX);
        self.free.acquire_many(all).await.map(drop).ok();
    }

    /// The share of a tenant. Shares that nobody has anything of are forgotten on the way.
    fn own(&self, tenants: &mut HashMap<String, Arc<Semaphore>>, tenant: &str) -> Arc<Semaphore> {
        if let Some(own) = tenants.get(tenant) {
            return Arc::clone(own);
        }
        tenants.retain(|_, own| Arc::strong_count(own) > 1);
        let own = Arc::new(Semaphore::new(self.share));
        tenants.insert(tenant.to_owned(), Arc::clone(&own));
        own
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Semaphore>>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_tenant_has_its_share_and_others_have_the_rest() {
        let shares = Shares::new(4, 3);
        let held: Vec<_> = (0..3).map(|_| shares.try_take("a", 4).unwrap()).collect();
        assert_eq!(shares.try_take("a", 4).unwrap_err(), Full::Own);
        let other = shares.try_take("b", 4).unwrap();
        assert_eq!((shares.taken(), shares.all()), (4, 4));
        assert_eq!(shares.try_take("c", 4).unwrap_err(), Full::All);
        drop(other);
        assert_eq!(shares.try_take("a", 4).unwrap_err(), Full::Own);
        drop(held);
        shares.try_take("c", 4).unwrap();
    }

    #[tokio::test]
    async fn who_waits_without_a_line_has_no_more_than_it_may_and_holds_up_nobody() {
        let shares = Arc::new(Shares::new(2, 2));
        let first = shares.try_take("a", 1).unwrap();
        let waits = {
            let shares = Arc::clone(&shares);
            tokio::spawn(async move { shares.take_of("a", 1, LONG).await })
        };
        sleep(LOOK_EVERY * 3).await;
        assert!(!waits.is_finished(), "another place is free, and not its");
        drop(shares.try_take("b", 2).unwrap());
        drop(first);
        let second = waits.await.unwrap().unwrap();
        let late = shares.take_of("a", 1, LOOK_EVERY).await;
        assert_eq!(late.unwrap_err(), Full::Own);
        drop(second);
    }

    #[test]
    fn a_tenant_that_may_have_less_than_its_share_has_less() {
        let shares = Shares::new(4, 3);
        let held = shares.try_take("a", 1).unwrap();
        assert_eq!(shares.try_take("a", 1).unwrap_err(), Full::Own);
        assert_eq!(shares.try_take("b", 0).unwrap_err(), Full::Own);
        drop(held);
        shares.try_take("a", 1).unwrap();
    }

    #[test]
    fn many_places_are_taken_together_or_not_at_all() {
        let shares = Shares::new(10, 6);
        let mut held = shares.try_take_many("a", 4).unwrap();
        assert_eq!(shares.try_take_many("a", 3).unwrap_err(), Full::Own);
        held.merge(shares.try_take_many("a", 2).unwrap());
        assert_eq!(shares.try_take_many("b", 5).unwrap_err(), Full::All);
        drop(held);
        shares.try_take_many("b", 6).unwrap();
    }

    #[tokio::test]
    async fn who_asks_often_waits_in_line_like_who_asks_once() {
        let shares = Arc::new(Shares::new(1, 1));
        let first = shares.take("a", LONG).await.unwrap();
        let (told, mut order) = tokio::sync::mpsc::unbounded_channel();
        let mut waiting = Vec::new();
        for tenant in ["a", "a", "a", "b"] {
            let (shares, told) = (Arc::clone(&shares), told.clone());
            waiting.push(tokio::spawn(async move {
                let held = shares.take(tenant, LONG).await.unwrap();
                told.send(tenant).unwrap();
                drop(held);
            }));
            // It stands in line before the next one comes.
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
        }
        drop(first);
        for one in waiting {
            one.await.unwrap();
        }
        let mut came = Vec::new();
        while let Ok(tenant) = order.try_recv() {
            came.push(tenant);
        }
        assert_eq!((came[0], came.len()), ("b", 4), "{came:?}");
    }

    #[tokio::test]
    async fn who_has_waited_for_long_enough_is_told() {
        let shares = Shares::new(1, 1);
        let held = shares.take("a", LONG).await.unwrap();
        assert_eq!(
            shares.take("a", Duration::ZERO).await.unwrap_err(),
            Full::Own
        );
        assert_eq!(
            shares.take("b", Duration::ZERO).await.unwrap_err(),
            Full::All
        );
        drop(held);
        shares.take("b", LONG).await.unwrap();
        shares.all_free().await;
    }
}
