use tollgate_state::cast::{Begins, Begun, CastEnd, NewCast};
use tollgate_state::limits::{
    ANSWER_KEPT_NS, ANSWER_KEPT_NS_MIN, ANSWERS_FORGOTTEN_AT_ONCE, QUOTA_MAX,
    STORAGE_PER_TENANT_BYTES,
};
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
        answer_bytes: _,
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
    store.change_quotas(&act("a"), |_before| set).unwrap();
    assert_eq!(store.quotas("a").unwrap(), set);
    assert_eq!(store.quotas("b").unwrap(), Quotas::default());
    let records = store.audit_page("a", 0).unwrap();
    assert_eq!(records.last().unwrap().action, "quota.set");
    store
        .change_quotas(&act("a"), |_before| Quotas::default())
        .unwrap();
    assert_eq!(store.quotas("a").unwrap(), Quotas::default());
    let much = Quotas {
        storage_bytes: Some(QUOTA_MAX + 1),
        ..set
    };
    let refused = store.change_quotas(&act("a"), |_before| much);
    assert!(
        matches!(refused, Err(StateError::Invalid { .. })),
        "{refused:?}"
    );
    let nobody = store.change_quotas(&act("nobody"), |_before| set);
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
    // Nobody knows what it used, so it is all that it could.
    store.end_gone_nodes(&act("a"), &[]).unwrap();
    assert_eq!(gas(&store, NOW), (1_300, 0));
}

#[test]
fn a_run_that_never_began_used_no_gas_and_begins_once() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    let waits = |id| NewCast {
        begins: Begins::Later,
        ..new(id, None)
    };
    store.begin_cast(&act("a"), &waits("c1")).unwrap();
    assert_eq!(gas(&store, NOW), (0, 1_000));
    store.end_gone_nodes(&act("a"), &[]).unwrap();
    assert_eq!(gas(&store, NOW), (0, 0));
    store.begin_cast(&act("a"), &waits("c2")).unwrap();
    store.begin_cast(&act("a"), &new("c3", None)).unwrap();
    assert!(store.start_cast(&act("a"), "c2", None).unwrap());
    // What has begun, is lost, or is another tenant's does not begin.
    for (tenant, id) in [("a", "c1"), ("a", "c2"), ("a", "c3"), ("b", "c2")] {
        let again = store.start_cast(&act(tenant), id, None);
        assert!(matches!(again, Err(StateError::Absent { .. })), "{again:?}");
    }
    store.end_cast(&act("a"), &end("c3")).unwrap();
    store.end_gone_nodes(&act("a"), &[]).unwrap();
    assert_eq!(gas(&store, NOW), (1_300, 0));
}

#[test]
fn a_run_that_could_use_more_gas_than_is_left_today_does_not_begin_and_tomorrow_it_does() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    let set = Quotas {
        gas_per_day: Some(1_500),
        ..Quotas::default()
    };
    store.change_quotas(&act("a"), |_before| set).unwrap();
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
    store
        .change_quotas(&act("a"), |_before| Quotas::default())
        .unwrap();
    let late = at("a", ready_at - SECOND);
    store.begin_cast(&late, &new("c4", None)).unwrap();
    assert_eq!(gas(&store, NOW), (1_500, 1_000));
    let tomorrow = at("a", ready_at);
    store.begin_cast(&tomorrow, &new("c5", None)).unwrap();
    assert_eq!(gas(&store, ready_at), (0, 1_000));
    store.end_cast(&tomorrow, &end("c4")).unwrap();
    assert_eq!(gas(&store, NOW), (1_800, 0));
    assert_eq!(gas(&store, ready_at), (0, 1_000));
}

#[test]
fn a_run_is_counted_with_no_more_gas_than_was_reserved() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    store.begin_cast(&act("a"), &new("c1", None)).unwrap();
    let over = CastEnd {
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
    store.change_quotas(&act("a"), |_before| set).unwrap();
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

/// A run of tenant `a` that began and ended at a moment, with an answer of so many bytes.
fn ran(store: &mut Store, id: &str, now: i64, bytes: usize) {
    let answer = "x".repeat(bytes);
    store
        .begin_cast(&at("a", now), &new(id, once(id, "r")))
        .unwrap();
    let ended = CastEnd {
        answer: &answer,
        ..end(id)
    };
    store.end_cast(&at("a", now), &ended).unwrap();
}

fn set_storage(store: &mut Store, bytes: u64) {
    let set = Quotas {
        storage_bytes: Some(bytes),
        ..Quotas::default()
    };
    store.change_quotas(&act("a"), |_before| set).unwrap();
}

fn kept(store: &Store) -> (u64, u64) {
    let used = store.quota_use("a", NOW).unwrap();
    (used.storage_bytes, used.answer_bytes)
}

#[test]
fn answers_of_runs_count_like_modules_and_are_all_that_they_are() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    push(&mut store, "1.0.0", 60).unwrap();
    // Bytes and not characters.
    store.begin_cast(&act("a"), &new("c1", None)).unwrap();
    let ended = CastEnd {
        answer: "\u{e9}\u{e9}",
        ..end("c1")
    };
    store.end_cast(&act("a"), &ended).unwrap();
    ran(&mut store, "c2", NOW, 36);
    assert_eq!(kept(&store), (100, 40));
    assert_eq!(store.quota_use("b", NOW).unwrap().storage_bytes, 0);
    set_storage(&mut store, 100);
    assert!(push(&mut store, "1.0.1", 1).is_err());
    // At the border a run begins, and its answer is kept; then none does.
    ran(&mut store, "c3", NOW, 1);
    let refused = store.begin_cast(&act("a"), &new("c4", None));
    let Err(StateError::OverQuota {
        of: QuotaOf::Storage,
        limit: 100,
        left: 0,
        ready_at: Some(ready_at),
        ..
    }) = refused
    else {
        panic!("{refused:?}")
    };
    assert_eq!(ready_at, NOW + ANSWER_KEPT_NS_MIN);
    assert_eq!(store.budget("a").unwrap().reserved, 0);
}

#[test]
fn answers_that_are_a_day_old_make_room_and_younger_ones_do_not() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    set_storage(&mut store, 100);
    ran(&mut store, "old", NOW, 60);
    ran(&mut store, "young", NOW + SECOND, 41);
    let day = NOW + ANSWER_KEPT_NS_MIN;
    let early = store.begin_cast(&at("a", day - 1), &new("c1", None));
    assert!(
        matches!(early, Err(StateError::OverQuota { .. })),
        "{early:?}"
    );
    store.begin_cast(&at("a", day), &new("c1", None)).unwrap();
    assert_eq!(kept(&store), (41, 41));
    let forgotten = store.cast("a", "old").unwrap();
    assert_eq!((forgotten.answer, forgotten.status), (None, Some(200)));
    assert!(store.cast("a", "young").unwrap().answer.is_some());
    // Its key is free with it.
    let again = store.begin_cast(&at("a", day), &new("c2", once("old", "r")));
    assert_eq!(again.unwrap(), Begun::Now);
    let again = store.begin_cast(&at("a", day), &new("c3", once("young", "r")));
    assert!(matches!(again.unwrap(), Begun::Before(_)));
    let records = store.audit_page("a", 0).unwrap();
    let record = records.iter().find(|record| record.action == "cast.forget");
    assert_eq!(record.unwrap().actor, "server");
}

#[test]
fn what_could_not_be_kept_is_refused_before_anything_is_done_for_it() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    set_storage(&mut store, 100);
    push(&mut store, "1.0.0", 60).unwrap();
    let foresee = |store: &mut Store, version: &str, bytes: u64| {
        let digest = format!("{bytes:064}");
        let new = NewVersion {
            name: "m",
            version,
            digest: &digest,
            bytes,
            description: "",
        };
        store.foresee_version(&act("a"), &new)
    };
    foresee(&mut store, "1.0.1", 40).unwrap();
    // The same bytes take no more room, and a version has its bytes alone.
    foresee(&mut store, "1.0.1", 60).unwrap();
    let over = foresee(&mut store, "1.0.1", 41);
    assert!(
        matches!(
            over,
            Err(StateError::OverQuota {
                needed: 41,
                left: 40,
                ..
            })
        ),
        "{over:?}"
    );
    let taken = foresee(&mut store, "1.0.0", 40);
    assert!(matches!(taken, Err(StateError::Taken { .. })), "{taken:?}");
    store
        .delete_version(&act("a"), Deletes::Any, ("m", "1.0.0"))
        .unwrap();
    let taken = foresee(&mut store, "1.0.0", 40);
    assert!(matches!(taken, Err(StateError::Taken { .. })), "{taken:?}");
    assert_eq!(kept(&store), (0, 0));
}

#[test]
fn answers_are_forgotten_after_a_week_and_runs_are_not() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    let many = ANSWERS_FORGOTTEN_AT_ONCE + 1;
    for number in 0..many {
        ran(&mut store, &format!("c{number}"), NOW, 10);
    }
    ran(&mut store, "later", NOW + SECOND, 10);
    let forget = |store: &mut Store, now| store.forget_answers(&at("", now)).unwrap();
    let week = NOW + ANSWER_KEPT_NS;
    assert_eq!(forget(&mut store, week - 1), 0);
    assert_eq!(forget(&mut store, week), ANSWERS_FORGOTTEN_AT_ONCE);
    assert_eq!(forget(&mut store, week), 1);
    assert_eq!(forget(&mut store, week), 0);
    assert_eq!(kept(&store), (10, 10));
    let forgotten = store.cast("a", "c0").unwrap();
    assert_eq!((forgotten.answer, forgotten.cost_micro_usd), (None, 10_000));
    assert!(store.verify_ledger("a").is_ok());
}
