use tollgate_state::cast::NewCast;
use tollgate_state::limits::{QUOTA_MAX, STORAGE_PER_TENANT_BYTES};
use tollgate_state::quota::{QuotaOf, QuotaUse, Quotas};
use tollgate_state::registry::{Deletes, NewVersion};
use tollgate_state::{StateError, Store};

use super::access::act;
use super::casts::{end, new, once};
use super::fresh;
use super::ledger::at;
use crate::{NOW, SECOND};

const DAY: i64 = 24 * 3600 * SECOND;

fn tenants(store: &mut Store) {
    for tenant in ["a", "b"] {
        store.create_tenant(&act(tenant), tenant).unwrap();
    }
}

fn gas(store: &Store, now: i64) -> (u64, u64) {
    let QuotaUse {
        gas_used,
        gas_reserved,
        storage_bytes: _,
    } = store.quota_use("a", now).unwrap();
    (gas_used, gas_reserved)
}

/// A version of so many bytes.
fn push(store: &mut Store, version: &str, bytes: u64) -> Result<bool, StateError> {
    let digest = format!("{:064}", bytes);
    let new = NewVersion {
        name: "m",
        version,
        digest: &digest,
        bytes,
        description: "{}",
    };
    store.put_version(&act("a"), &new)
}

#[test]
fn a_tenant_has_the_standard_until_its_quotas_are_set() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    assert_eq!(store.quotas("a").unwrap(), Quotas::default());
    assert_eq!(
        store.quotas("a").unwrap().storage(),
        STORAGE_PER_TENANT_BYTES
    );
    let set = Quotas {
        requests_per_minute: Some(10),
        casts_at_once: Some(0),
        storage_bytes: None,
        gas_per_day: Some(QUOTA_MAX),
    };
    store.set_quotas(&act("a"), &set).unwrap();
    assert_eq!(store.quotas("a").unwrap(), set);
    assert_eq!(store.quotas("b").unwrap(), Quotas::default());
    let records = store.audit_page("a", 0).unwrap();
    assert_eq!(records.last().unwrap().action, "quota.set");
    store.set_quotas(&act("a"), &Quotas::default()).unwrap();
    assert_eq!(store.quotas("a").unwrap(), Quotas::default());
    let much = Quotas {
        storage_bytes: Some(QUOTA_MAX + 1),
        ..set
    };
    let refused = store.set_quotas(&act("a"), &much);
    assert!(
        matches!(refused, Err(StateError::Invalid { .. })),
        "{refused:?}"
    );
    let nobody = store.set_quotas(&act("nobody"), &set);
    assert!(
        matches!(nobody, Err(StateError::Absent { .. })),
        "{nobody:?}"
    );
}

#[test]
fn gas_is_reserved_before_a_run_and_counted_with_its_end() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    store.begin_cast(&act("a"), &new("c1", None)).unwrap();
    assert_eq!(gas(&store, NOW), (0, 1_000));
    store.end_cast(&act("a"), &end("c1")).unwrap();
    assert_eq!(gas(&store, NOW), (300, 0));
    store.begin_cast(&act("a"), &new("c2", None)).unwrap();
    store.lose_casts(&act("a")).unwrap();
    assert_eq!(gas(&store, NOW), (300, 0));
}

#[test]
fn a_run_that_could_use_more_gas_than_is_left_today_does_not_begin_and_tomorrow_it_does() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    let set = Quotas {
        gas_per_day: Some(1_500),
        ..Quotas::default()
    };
    store.set_quotas(&act("a"), &set).unwrap();
    store.begin_cast(&act("a"), &new("c1", None)).unwrap();
    let refused = store.begin_cast(&act("a"), &new("c2", once("k", "r")));
    let Err(StateError::OverQuota {
        of: QuotaOf::Gas,
        needed: 1_000,
        left: 500,
        limit: 1_500,
        ready_at: Some(ready_at),
    }) = refused
    else {
        panic!("{refused:?}")
    };
    assert!(ready_at > NOW && ready_at <= NOW + DAY && ready_at % DAY == 0);
    // Money that was reserved for it is free again with everything else.
    assert_eq!(store.budget("a").unwrap().reserved, 20_000);
    let small = NewCast {
        gas_max: 500,
        ..new("c2", once("k", "r"))
    };
    store.begin_cast(&act("a"), &small).unwrap();
    store.begin_cast(&act("b"), &new("c3", None)).unwrap();
    // Nobody has ended them for hours, so they are lost; a run counts for the day on which it began.
    let late = at("a", ready_at - SECOND);
    store.begin_cast(&late, &new("c4", None)).unwrap();
    assert_eq!(gas(&store, NOW), (0, 1_000));
    let tomorrow = at("a", ready_at);
    store.begin_cast(&tomorrow, &new("c5", None)).unwrap();
    assert_eq!(gas(&store, ready_at), (0, 1_000));
    store.end_cast(&tomorrow, &end("c4")).unwrap();
    assert_eq!(gas(&store, NOW), (300, 0));
    assert_eq!(gas(&store, ready_at), (0, 1_000));
}

#[test]
fn a_run_is_counted_with_no_more_gas_than_was_reserved() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    store.begin_cast(&act("a"), &new("c1", None)).unwrap();
    let over = tollgate_state::cast::CastEnd {
        gas_used: u64::MAX,
        ..end("c1")
    };
    store.end_cast(&act("a"), &over).unwrap();
    assert_eq!(gas(&store, NOW), (1_000, 0));
    let much = NewCast {
        gas_max: QUOTA_MAX + 1,
        ..new("c2", None)
    };
    let refused = store.begin_cast(&act("a"), &much);
    assert!(
        matches!(refused, Err(StateError::Invalid { .. })),
        "{refused:?}"
    );
}

#[test]
fn what_a_tenant_keeps_counts_once_for_the_same_bytes_and_not_when_it_is_deleted() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    let set = Quotas {
        storage_bytes: Some(100),
        ..Quotas::default()
    };
    store.set_quotas(&act("a"), &set).unwrap();
    assert!(push(&mut store, "1.0.0", 60).unwrap());
    assert!(push(&mut store, "1.0.1", 60).unwrap());
    let refused = push(&mut store, "1.0.2", 41);
    let Err(StateError::OverQuota {
        of: QuotaOf::Storage,
        needed: 41,
        left: 40,
        limit: 100,
        ready_at: None,
    }) = refused
    else {
        panic!("{refused:?}")
    };
    assert_eq!(store.versions("a", None, 0).unwrap().len(), 2);
    assert!(push(&mut store, "1.0.2", 40).unwrap());
    assert_eq!(store.quota_use("a", NOW).unwrap().storage_bytes, 100);
    store
        .delete_version(&act("a"), Deletes::Any, ("m", "1.0.2"))
        .unwrap();
    assert!(push(&mut store, "1.0.3", 39).unwrap());
    // A version that was deleted does not come back when there is no room.
    let back = push(&mut store, "1.0.2", 40);
    assert!(
        matches!(back, Err(StateError::OverQuota { .. })),
        "{back:?}"
    );
}
