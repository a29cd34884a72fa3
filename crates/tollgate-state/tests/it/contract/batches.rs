//! Writes of several callers that are committed together.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tollgate_state::audit::AuditVerdict;
use tollgate_state::cast::{Begun, CastState, OnceRefusal};
use tollgate_state::{BatchError, StateError, Store};

use super::access::act;
use super::casts::{end, new, once};
use super::fresh;
use super::ledger::{is_whole, with_budget};

fn is_chained(store: &Store) {
    let verdict = store.verify_audit(None).unwrap();
    assert!(matches!(verdict, AuditVerdict::Whole { .. }), "{verdict:?}");
}

#[test]
fn what_is_written_together_is_all_there_and_in_order() {
    let (place, mut store) = fresh();
    with_budget(&mut store, 1_000_000);
    store.begin_cast(&act("a"), &new("before", None)).unwrap();
    store
        .together(|batch| {
            batch.end_cast(&act("a"), &end("before")).unwrap();
            for id in ["c1", "c2"] {
                let begun = batch.begin_cast(&act("a"), &new(id, None)).unwrap();
                assert_eq!(begun, Begun::Now);
            }
            batch.begin_cast(&act("b"), &new("other", None)).unwrap();
            batch.end_cast(&act("a"), &end("c2")).unwrap();
            assert_eq!(batch.cast("a", "c2").unwrap().state, CastState::Ended);
        })
        .unwrap();
    let other = place.open();
    for (tenant, id, state) in [
        ("a", "before", CastState::Ended),
        ("a", "c1", CastState::Running),
        ("a", "c2", CastState::Ended),
        ("b", "other", CastState::Running),
    ] {
        assert_eq!(other.cast(tenant, id).unwrap().state, state, "{id}");
    }
    let budget = is_whole(&other, "a");
    assert_eq!((budget.spent, budget.reserved), (20_000, 20_000));
    is_chained(&other);
}

#[test]
fn what_is_refused_changes_nothing_for_the_others() {
    let (_place, mut store) = fresh();
    with_budget(&mut store, 45_000);
    store
        .together(|batch| {
            batch.begin_cast(&act("a"), &new("c1", None)).unwrap();
            let key = || once("k", "r1");
            batch.begin_cast(&act("a"), &new("c2", key())).unwrap();
            // Two have reserved what there was.
            let refused = batch.begin_cast(&act("a"), &new("c3", once("l", "r1")));
            assert!(matches!(refused, Err(StateError::OverBudget { .. })));
            let twin = batch.begin_cast(&act("a"), &new("c4", key())).unwrap();
            assert_eq!(twin, Begun::Refused(OnceRefusal::StillRunning));
            let absent = batch.end_cast(&act("a"), &end("c3"));
            assert!(matches!(absent, Err(StateError::Absent { .. })));
            batch.end_cast(&act("a"), &end("c1")).unwrap();
        })
        .unwrap();
    let budget = is_whole(&store, "a");
    assert_eq!((budget.spent, budget.reserved), (10_000, 20_000));
    assert_eq!(store.casts("a", 0).unwrap().len(), 2);
    // The key of what was refused is free.
    store
        .begin_cast(&act("a"), &new("c5", once("l", "other")))
        .unwrap_err();
    is_chained(&store);
}

#[test]
fn a_failure_of_the_database_undoes_all_of_them_and_each_can_be_done_alone() {
    let (_place, mut store) = fresh();
    with_budget(&mut store, 1_000_000);
    store.begin_cast(&act("a"), &new("c1", None)).unwrap();
    let mut seen = Vec::new();
    let done = store.together(|batch| {
        // A number of a run is that of one run.
        for id in ["c2", "c1", "c3"] {
            seen.push(batch.begin_cast(&act("a"), &new(id, None)).is_ok());
        }
    });
    assert!(matches!(done, Err(BatchError::Undone(_))), "{done:?}");
    assert_eq!(seen, [true, false, false]);
    assert_eq!(store.casts("a", 0).unwrap().len(), 1);
    assert!(store.is_at_rest());
    for (id, is_new) in [("c2", true), ("c1", false), ("c3", true)] {
        let alone = store.alone().begin_cast(&act("a"), &new(id, None));
        assert_eq!(alone.is_ok(), is_new, "{id}");
    }
    assert_eq!(is_whole(&store, "a").reserved, 60_000);
    is_chained(&store);
}

#[test]
fn a_panic_among_them_undoes_all_and_the_connection_goes_on() {
    let (place, mut store) = fresh();
    with_budget(&mut store, 1_000_000);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        store.together(|batch| {
            batch.begin_cast(&act("a"), &new("c1", None)).unwrap();
            panic!("as wanted");
        })
    }));
    panicked.unwrap_err();
    let other = place.open();
    assert!(other.casts("a", 0).unwrap().is_empty());
    store.begin_cast(&act("a"), &new("c2", None)).unwrap();
    assert_eq!(other.casts("a", 0).unwrap().len(), 1);
    is_chained(&other);
}

#[test]
fn a_batch_of_nothing_is_nothing() {
    let (_place, mut store) = fresh();
    store.together(|_| ()).unwrap();
    assert!(store.is_at_rest());
}

#[test]
fn a_batch_for_which_others_left_no_time_leaves_nothing_open() {
    let (place, mut store) = fresh();
    store.create_tenant(&act("a"), "a").unwrap();
    let mut other = place.open();
    store.set_busy_timeout(Duration::from_millis(50)).unwrap();
    let held = other.together(|_| {
        let refused = store.together(|_| panic!("it begins while another writes"));
        assert!(
            matches!(refused, Err(BatchError::NotBegun(StateError::Busy { .. }))),
            "{refused:?}"
        );
        assert!(store.is_at_rest());
        assert_eq!(store.tenants().unwrap(), ["a"]);
    });
    held.unwrap();
    store.together(|_| {}).unwrap();
}
