use std::sync::Barrier;

use tollgate_state::cast::{Begins, Begun, CastEnd, CastState, NewCast, Once, OnceRefusal};
use tollgate_state::limits::{ANSWER_KEPT_NS, IDEMPOTENCY_KEY_BYTES_MAX};
use tollgate_state::{StateError, Store};

use super::access::act;
use super::fresh;
use super::ledger::at;
use super::nodes::node;

pub(in super::super) fn new<'a>(id: &'a str, once: Option<Once<'a>>) -> NewCast<'a> {
    NewCast {
        id,
        module: "stat",
        version: "1.0.0",
        digest: "aa",
        input_digest: "bb",
        reserve_micro_usd: 20_000,
        gas_max: 1_000,
        policy: None,
        basis: None,
        begins: Begins::Now,
        once,
    }
}

pub(in super::super) fn once<'a>(key: &'a str, request: &'a str) -> Option<Once<'a>> {
    Some(Once { key, request })
}

pub(in super::super) fn end(id: &str) -> CastEnd<'_> {
    CastEnd {
        id,
        cost_micro_usd: 10_000,
        gas_used: 300,
        status: 200,
        answer: r#"{"output":1}"#,
        failure: None,
        receipt: None,
    }
}

fn tenants(store: &mut Store) {
    for tenant in ["a", "b"] {
        store.create_tenant(&act(tenant), tenant).unwrap();
    }
}

#[test]
fn a_run_is_there_before_it_begins_and_has_its_answer_when_it_has_ended() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    assert_eq!(
        store.begin_cast(&act("a"), &new("c1", None)).unwrap(),
        Begun::Now
    );
    assert_eq!(store.cast("a", "c1").unwrap().state, CastState::Running);
    store.end_cast(&act("a"), &end("c1")).unwrap();
    let entry = store.cast("a", "c1").unwrap();
    assert_eq!(entry.state, CastState::Ended);
    assert_eq!((entry.cost_micro_usd, entry.status), (10_000, Some(200)));
    assert_eq!(entry.answer.as_deref(), Some(r#"{"output":1}"#));
    let listed = store.casts("a", 0).unwrap();
    assert_eq!((listed.len(), &listed[0].answer), (1, &None));
}

#[test]
fn a_run_ends_once() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    store.begin_cast(&act("a"), &new("c1", None)).unwrap();
    store.end_cast(&act("a"), &end("c1")).unwrap();
    let other = CastEnd {
        cost_micro_usd: 1,
        ..end("c1")
    };
    let again = store.end_cast(&act("a"), &other);
    assert!(matches!(again, Err(StateError::Absent { .. })), "{again:?}");
    assert_eq!(store.cast("a", "c1").unwrap().cost_micro_usd, 10_000);
}

#[test]
fn the_runs_and_keys_of_another_tenant_are_not_there() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    store
        .begin_cast(&act("a"), &new("c1", once("k", "r1")))
        .unwrap();
    assert!(matches!(
        store.cast("b", "c1"),
        Err(StateError::Absent { .. })
    ));
    assert!(store.casts("b", 0).unwrap().is_empty());
    let ended = store.end_cast(&act("b"), &end("c1"));
    assert!(matches!(ended, Err(StateError::Absent { .. })), "{ended:?}");
    let same_key = store.begin_cast(&act("b"), &new("c2", once("k", "r2")));
    assert_eq!(same_key.unwrap(), Begun::Now);
}

#[test]
fn the_same_request_under_a_key_gets_the_first_answer() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    store
        .begin_cast(&act("a"), &new("c1", once("k", "r1")))
        .unwrap();
    let failed = CastEnd {
        status: 422,
        failure: Some("trap"),
        ..end("c1")
    };
    store.end_cast(&act("a"), &failed).unwrap();
    let again = store.begin_cast(&act("a"), &new("c2", once("k", "r1")));
    let Begun::Before(entry) = again.unwrap() else {
        panic!("it ran twice")
    };
    assert_eq!((entry.id.as_str(), entry.status), ("c1", Some(422)));
    assert_eq!(entry.failure.as_deref(), Some("trap"));
    assert!(matches!(
        store.cast("a", "c2"),
        Err(StateError::Absent { .. })
    ));
}

#[test]
fn a_key_does_not_run_while_it_runs_nor_for_another_request() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    let mut begin = |id, request| {
        store
            .begin_cast(&act("a"), &new(id, once("k", request)))
            .unwrap()
    };
    assert_eq!(begin("c1", "r1"), Begun::Now);
    assert_eq!(begin("c2", "r1"), Begun::Refused(OnceRefusal::StillRunning));
    assert_eq!(begin("c3", "r2"), Begun::Refused(OnceRefusal::OtherRequest));
    store.end_cast(&act("a"), &end("c1")).unwrap();
    let mut begin = |id, request| {
        store
            .begin_cast(&act("a"), &new(id, once("k", request)))
            .unwrap()
    };
    assert_eq!(begin("c4", "r2"), Begun::Refused(OnceRefusal::OtherRequest));
}

#[test]
fn of_requests_with_one_key_that_come_together_one_runs() {
    let (place, mut store) = fresh();
    tenants(&mut store);
    let together = Barrier::new(8);
    let begun: Vec<Begun> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|n| {
                let (place, together) = (&place, &together);
                scope.spawn(move || {
                    let mut store = place.open();
                    let id = format!("c{n}");
                    together.wait();
                    store
                        .begin_cast(&act("a"), &new(&id, once("k", "r1")))
                        .unwrap()
                })
            })
            .collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let now = begun.iter().filter(|begun| **begun == Begun::Now).count();
    assert_eq!(now, 1, "{begun:?}");
    assert_eq!(store.casts("a", 0).unwrap().len(), 1);
}

#[test]
fn a_key_that_is_none_is_refused_and_not_used_up() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    let long = "k".repeat(IDEMPOTENCY_KEY_BYTES_MAX + 1);
    for key in ["", "a b", "ä", &long] {
        let error = store
            .begin_cast(&act("a"), &new("c1", once(key, "r1")))
            .unwrap_err();
        assert!(matches!(error, StateError::Invalid { .. }), "{error}");
    }
    assert!(store.casts("a", 0).unwrap().is_empty());
}

#[test]
fn a_run_whose_process_died_is_lost_and_its_key_says_so() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    store
        .begin_cast(&act("a"), &new("c1", once("k", "r1")))
        .unwrap();
    store.begin_cast(&act("a"), &new("c2", None)).unwrap();
    store.end_cast(&act("a"), &end("c2")).unwrap();
    assert_eq!(store.end_gone_nodes(&act("a"), &[]).unwrap().1, 1);
    assert_eq!(store.end_gone_nodes(&act("a"), &[]).unwrap().1, 0);
    let again = store.begin_cast(&act("a"), &new("c3", once("k", "r1")));
    let Begun::Before(entry) = again.unwrap() else {
        panic!("what is not known to have happened was done again")
    };
    assert_eq!((entry.state, entry.status), (CastState::Lost, None));
    let late = store.end_cast(&act("a"), &end("c1"));
    assert!(matches!(late, Err(StateError::Absent { .. })), "{late:?}");
}

#[test]
fn the_key_of_a_lost_run_is_free_after_a_week_and_others_are_not() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    let lost = [("a", "c1", "k1"), ("a", "c2", "k2"), ("b", "c3", "k1")];
    for (tenant, id, key) in lost {
        let new = new(id, once(key, "r1"));
        store.begin_cast(&act(tenant), &new).unwrap();
    }
    assert_eq!(store.end_gone_nodes(&act("a"), &[]).unwrap().1, 3);
    store
        .begin_cast(&act("a"), &new("c4", once("running", "r1")))
        .unwrap();
    let forget = |store: &mut Store, now| store.forget_answers(&at("", now)).unwrap();
    let week = act("a").at + ANSWER_KEPT_NS;
    assert_eq!(forget(&mut store, week - 1), 0);
    assert_eq!((forget(&mut store, week), forget(&mut store, week)), (3, 0));
    let again = store.begin_cast(&act("a"), &new("c5", once("k1", "r2")));
    assert_eq!(again.unwrap(), Begun::Now);
    let records = store.audit_page("a", 0).unwrap();
    let record = records.iter().find(|record| record.action == "cast.forget");
    assert!(record.unwrap().detail.contains("\"keys\":2"), "{record:?}");
    let running = store.begin_cast(&act("a"), &new("c6", once("running", "r1")));
    let refused = Begun::Refused(OnceRefusal::StillRunning);
    assert_eq!(running.unwrap(), refused);
    assert_eq!(store.cast("a", "c1").unwrap().state, CastState::Lost);
}

#[test]
fn what_a_key_promised_can_be_asked_without_beginning_anything() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    let ask = |store: &Store, tenant: &str, request| {
        let once = Once { key: "k", request };
        store.promised(tenant, &once).unwrap()
    };
    assert_eq!(ask(&store, "a", "r1"), None);
    store
        .begin_cast(&act("a"), &new("c1", once("k", "r1")))
        .unwrap();
    let running = Some(Begun::Refused(OnceRefusal::StillRunning));
    assert_eq!(ask(&store, "a", "r1"), running);
    store.end_cast(&act("a"), &end("c1")).unwrap();
    assert!(matches!(ask(&store, "a", "r1"), Some(Begun::Before(entry)) if entry.id == "c1"));
    let other = Some(Begun::Refused(OnceRefusal::OtherRequest));
    assert_eq!(ask(&store, "a", "r2"), other);
    assert_eq!(ask(&store, "b", "r1"), None);
    let bad = Once {
        key: "a b",
        request: "r1",
    };
    let refused = store.promised("a", &bad);
    assert!(
        matches!(refused, Err(StateError::Invalid { .. })),
        "{refused:?}"
    );
}

#[test]
fn a_run_that_nobody_has_under_way_any_more_is_lost_and_others_go_on() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    let node = store.begin_node(&node("one"), 1).unwrap();
    store.write_as(Some(node));
    for (tenant, id) in [("a", "c1"), ("a", "c2"), ("b", "c3")] {
        store.begin_cast(&act(tenant), &new(id, None)).unwrap();
    }
    let lose = |store: &mut Store| {
        store
            .lose_casts_but(&act("server"), |id| id == "c2")
            .unwrap()
    };
    assert_eq!((lose(&mut store), lose(&mut store)), (2, 0));
    let state = |tenant, id| store.cast(tenant, id).unwrap().state;
    assert_eq!(state("a", "c1"), CastState::Lost);
    assert_eq!(state("a", "c2"), CastState::Running);
    assert_eq!(state("b", "c3"), CastState::Lost);
    assert_eq!(store.budget("a").unwrap().reserved, 20_000);
    store.end_cast(&act("a"), &end("c2")).unwrap();
}
