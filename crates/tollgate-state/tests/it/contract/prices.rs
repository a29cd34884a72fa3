//! Prices of tenants and modules.

use tollgate_state::limits::{MONEY_MICRO_USD_MAX, PRICES_PER_TENANT_MAX};
use tollgate_state::price::{Prices, PricesOf};
use tollgate_state::{StateError, Store};

use super::access::act;
use super::fresh;

fn of_second(second: u64) -> Prices {
    Prices {
        second,
        megabyte: 2,
        giga_gas: 3,
        minimum: 4,
    }
}

fn set(
    store: &mut Store,
    tenant: &str,
    of: PricesOf<'_>,
    to: Prices,
) -> Result<Prices, StateError> {
    store.change_prices(&act(tenant), of, |_before| to)
}

#[test]
fn a_module_has_its_own_prices_or_those_of_its_tenant() {
    let (_place, mut store) = fresh();
    for tenant in ["a", "b"] {
        store.create_tenant(&act(tenant), tenant).unwrap();
    }
    assert_eq!(store.prices_of("a", "m").unwrap(), None);
    set(&mut store, "a", PricesOf::Module("m"), of_second(1)).unwrap();
    assert_eq!(store.prices_of("a", "m").unwrap(), Some(of_second(1)));
    assert_eq!(store.prices_of("a", "n").unwrap(), None);
    set(&mut store, "a", PricesOf::Tenant, of_second(5)).unwrap();
    assert_eq!(store.prices_of("a", "m").unwrap(), Some(of_second(1)));
    assert_eq!(store.prices_of("a", "n").unwrap(), Some(of_second(5)));
    assert_eq!(store.prices_of("b", "m").unwrap(), None);
    // The last one counts, and each change is in the log.
    set(&mut store, "a", PricesOf::Module("m"), of_second(0)).unwrap();
    let all = store.prices("a").unwrap();
    let all: Vec<_> = all
        .iter()
        .map(|entry| (entry.module.as_deref(), entry.prices.second))
        .collect();
    assert_eq!(all, [(None, 5), (Some("m"), 0)]);
    store
        .remove_prices(&act("a"), PricesOf::Module("m"))
        .unwrap();
    assert_eq!(store.prices_of("a", "m").unwrap(), Some(of_second(5)));
    let log = store.audit_page("a", 0).unwrap();
    let set = log.iter().filter(|entry| entry.action == "price.set");
    assert_eq!(set.count(), 3);
    assert_eq!(log.last().unwrap().action, "price.remove");
}

#[test]
fn prices_that_are_none_are_refused() {
    let (_place, mut store) = fresh();
    store.create_tenant(&act("a"), "a").unwrap();
    let dear = Prices {
        minimum: MONEY_MICRO_USD_MAX + 1,
        ..of_second(1)
    };
    let done = set(&mut store, "a", PricesOf::Tenant, dear);
    assert!(matches!(done, Err(StateError::Invalid { .. })), "{done:?}");
    for name in ["", "A", "../m", "m..n"] {
        let done = set(&mut store, "a", PricesOf::Module(name), of_second(1));
        assert!(matches!(done, Err(StateError::Invalid { .. })), "{done:?}");
    }
    let done = set(&mut store, "c", PricesOf::Tenant, of_second(1));
    assert!(matches!(done, Err(StateError::Absent { .. })), "{done:?}");
    let removed = store.remove_prices(&act("a"), PricesOf::Tenant);
    assert!(
        matches!(removed, Err(StateError::Absent { .. })),
        "{removed:?}"
    );
    assert!(store.prices("a").unwrap().is_empty());
}

#[test]
fn a_tenant_has_so_many_prices_and_no_more() {
    let (_place, mut store) = fresh();
    store.create_tenant(&act("a"), "a").unwrap();
    for number in 0..PRICES_PER_TENANT_MAX {
        let name = format!("m{number}");
        set(&mut store, "a", PricesOf::Module(&name), of_second(1)).unwrap();
    }
    let more = set(&mut store, "a", PricesOf::Module("more"), of_second(1));
    assert!(matches!(more, Err(StateError::Invalid { .. })), "{more:?}");
    // Those that are there can be changed.
    set(&mut store, "a", PricesOf::Module("m7"), of_second(2)).unwrap();
}

#[test]
fn prices_are_changed_from_those_in_force_by_then() {
    let (_place, mut store) = fresh();
    store.create_tenant(&act("a"), "a").unwrap();
    let dearer = |before: Option<Prices>| {
        let before = before.unwrap_or_else(|| of_second(10));
        of_second(before.second + 1)
    };
    let changed = store.change_prices(&act("a"), PricesOf::Tenant, dearer);
    assert_eq!(changed.unwrap(), of_second(11));
    // A module begins with those of its tenant.
    let changed = store.change_prices(&act("a"), PricesOf::Module("m"), dearer);
    assert_eq!(changed.unwrap(), of_second(12));
    let changed = store.change_prices(&act("a"), PricesOf::Module("m"), dearer);
    assert_eq!(changed.unwrap(), of_second(13));
    assert_eq!(store.prices_of("a", "n").unwrap(), Some(of_second(11)));
}
