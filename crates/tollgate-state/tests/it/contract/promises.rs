//! The ten promises of idempotency keys and of the ledger, each with many who try at the same moment.

use std::sync::Barrier;

use tollgate_state::cast::{Begun, CastEnd, CastState, OnceRefusal};
use tollgate_state::ledger::{Movement, Resolution, Resolved};
use tollgate_state::{StateError, Store};

use super::access::act;
use super::casts::{end, new, once};
use super::ledger::{OVER, at, is_whole, limit, reserve, with_budget};
use super::{Place, fresh};
use crate::{NOW, SECOND};

/// How many try at the same moment, each with a connection of its own.
const RACERS: usize = 8;

/// Lets `work` happen in every racer at the same moment.
fn raced<T: Send>(place: &Place, work: impl Fn(usize, &mut Store) -> T + Sync) -> Vec<T> {
    let together = Barrier::new(RACERS);
    std::thread::scope(|scope| {
        let racers: Vec<_> = (0..RACERS)
            .map(|n| {
                let (work, together) = (&work, &together);
                scope.spawn(move || {
                    let mut store = place.open();
                    together.wait();
                    work(n, &mut store)
                })
            })
            .collect();
        racers
            .into_iter()
            .map(|racer| racer.join().unwrap())
            .collect()
    })
}

fn count<T>(all: &[T], is_so: impl Fn(&T) -> bool) -> usize {
    all.iter().filter(|one| is_so(one)).count()
}

/// Begins a run under the key `k` from every racer, and returns what became of each.
fn begun(place: &Place, request: &str) -> Vec<Begun> {
    raced(place, |n, store| {
        let id = format!("{request}-{n}");
        store
            .begin_cast(&act("a"), &new(&id, once("k", request)))
            .unwrap()
    })
}

#[test]
fn promise_1_the_first_answer_is_everybodys_also_when_it_is_a_failure() {
    let (place, mut store) = fresh();
    with_budget(&mut store, 100_000);
    store
        .begin_cast(&act("a"), &new("c1", once("k", "r1")))
        .unwrap();
    let failed = CastEnd {
        status: 500,
        failure: Some("internal"),
        ..end("c1")
    };
    store.end_cast(&act("a"), &failed).unwrap();
    for begun in begun(&place, "r1") {
        let Begun::Before(entry) = begun else {
            panic!("{begun:?}")
        };
        assert_eq!((entry.id.as_str(), entry.status), ("c1", Some(500)));
        assert_eq!(entry.answer.as_deref(), Some(failed.answer));
    }
    assert_eq!(is_whole(&store, "a").spent, 10_000);
}

#[test]
fn promise_2_what_is_refused_before_it_begins_uses_no_key_up() {
    let (place, mut store) = fresh();
    with_budget(&mut store, 19_999);
    let refused = raced(&place, |n, store| {
        let id = format!("c{n}");
        store.begin_cast(&act("a"), &new(&id, once("k", "r1")))
    });
    assert!(
        refused
            .iter()
            .all(|one| matches!(one, Err(StateError::OverBudget { .. })))
    );
    assert!(store.casts("a", 0).unwrap().is_empty());
    store
        .set_budget(&act("a"), &limit("more", Some(20_000)))
        .unwrap();
    // The key is free, for another request even.
    assert_eq!(count(&begun(&place, "r2"), |one| *one == Begun::Now), 1);
}

#[test]
fn promise_3_of_twins_one_begins_and_the_others_leave_nothing() {
    let (place, mut store) = fresh();
    with_budget(&mut store, 100_000);
    let all = begun(&place, "r1");
    assert_eq!(count(&all, |one| *one == Begun::Now), 1);
    let running = Begun::Refused(OnceRefusal::StillRunning);
    assert_eq!(count(&all, |one| *one == running), RACERS - 1);
    let runs = store.casts("a", 0).unwrap();
    assert_eq!(runs.len(), 1);
    assert_eq!(is_whole(&store, "a").reserved, 20_000);
    // Who was told to wait gets the answer when there is one.
    store.end_cast(&act("a"), &end(&runs[0].id)).unwrap();
    let again = begun(&place, "r1");
    assert_eq!(count(&again, |one| matches!(one, Begun::Before(_))), RACERS);
}

#[test]
fn promise_4_a_key_is_for_one_request_and_others_are_told() {
    let (place, mut store) = fresh();
    with_budget(&mut store, 1_000_000);
    let all = raced(&place, |n, store| {
        let (id, request) = (format!("c{n}"), format!("r{n}"));
        store
            .begin_cast(&act("a"), &new(&id, once("k", &request)))
            .unwrap()
    });
    assert_eq!(count(&all, |one| *one == Begun::Now), 1);
    let other = Begun::Refused(OnceRefusal::OtherRequest);
    assert_eq!(count(&all, |one| *one == other), RACERS - 1);
    assert_eq!(store.casts("a", 0).unwrap().len(), 1);
}

#[test]
fn promise_5_a_key_holds_for_a_day_and_longer() {
    let (place, mut store) = fresh();
    with_budget(&mut store, 100_000);
    store
        .begin_cast(&act("a"), &new("c1", once("k", "r1")))
        .unwrap();
    store.end_cast(&act("a"), &end("c1")).unwrap();
    for hours in [1, 23, 25, 24 * 400] {
        let later = NOW + hours * 3600 * SECOND;
        let all = raced(&place, |n, store| {
            let id = format!("c{hours}-{n}");
            store
                .begin_cast(&at("a", later), &new(&id, once("k", "r1")))
                .unwrap()
        });
        assert_eq!(count(&all, |one| matches!(one, Begun::Before(_))), RACERS);
    }
    assert_eq!(store.cast("a", "c1").unwrap().state, CastState::Ended);
}

#[test]
fn promise_6_a_transfer_is_never_changed() {
    let (place, mut store) = fresh();
    with_budget(&mut store, 100);
    store.reserve(&act("a"), &reserve("r", 60)).unwrap();
    let before = store.transfers("a", 0).unwrap();
    // Others who use the ids once more change nothing, whatever they say.
    let refused = raced(&place, |n, store| {
        let amount = 61 + n as u64;
        (
            store.reserve(&act("a"), &reserve("r", amount)),
            store.reserve(&act("a"), &reserve("first", amount)),
            store.set_budget(&act("a"), &limit("r", Some(amount))),
        )
    });
    for (reserved, over_budget, set) in refused {
        assert!(
            matches!(reserved, Err(StateError::Taken { .. })),
            "{reserved:?}"
        );
        assert!(
            matches!(over_budget, Err(StateError::Taken { .. })),
            "{over_budget:?}"
        );
        assert!(matches!(set, Err(StateError::Taken { .. })), "{set:?}");
    }
    assert_eq!(store.transfers("a", 0).unwrap(), before);
}

#[test]
fn promise_7_there_is_one_transfer_of_an_id() {
    let (place, mut store) = fresh();
    with_budget(&mut store, 100);
    let made = raced(&place, |_, store| {
        store.reserve(&act("a"), &reserve("r", 60)).unwrap()
    });
    assert_eq!(count(&made, |made| *made), 1);
    let set = raced(&place, |_, store| {
        store
            .set_budget(&act("a"), &limit("second", Some(300)))
            .unwrap()
    });
    assert!(set.iter().all(|budget| budget.limit == Some(300)));
    assert_eq!(store.transfers("a", 0).unwrap().len(), 3);
    assert_eq!(is_whole(&store, "a").left(), Some(240));
}

#[test]
fn promise_8_a_reservation_ends_once() {
    let (place, mut store) = fresh();
    with_budget(&mut store, 1_000);
    let ways = [
        Resolution::Posted(60),
        Resolution::Posted(20),
        Resolution::Voided,
    ];
    for round in 0..10 {
        let id = format!("r{round}");
        let before = is_whole(&store, "a").spent;
        store.reserve(&act("a"), &reserve(&id, 60)).unwrap();
        let ended = raced(&place, |n, store| {
            let how = ways[(n + round) % ways.len()];
            (how, store.resolve_reservation(&act("a"), &id, how).unwrap())
        });
        let won: Vec<_> = ended
            .iter()
            .filter(|(_, end)| *end == Resolved::Now)
            .collect();
        let [(how, _)] = won[..] else {
            panic!("{ended:?}")
        };
        let told = Resolved::Otherwise(*how);
        assert_eq!(
            count(&ended, |(_, end)| *end == told),
            RACERS - 1,
            "{ended:?}"
        );
        let budget = is_whole(&store, "a");
        assert_eq!((budget.spent, budget.reserved), (before + how.charged(), 0));
    }
}

#[test]
fn promise_9_what_is_not_charged_is_free_again_and_never_more() {
    let (place, mut store) = fresh();
    with_budget(&mut store, 200);
    // Twice as many want to reserve as there is room for, and each that may gives half of it back.
    let held = raced(&place, |n, store| {
        let id = format!("r{n}");
        store.reserve(&act("a"), &reserve(&id, 50)).is_ok()
    });
    assert_eq!(count(&held, |held| *held), 4);
    assert_eq!(is_whole(&store, "a").left(), Some(0));
    let ended = raced(&place, |n, store| {
        let id = format!("r{n}");
        let dear = store.resolve_reservation(&act("a"), &id, Resolution::Posted(51));
        assert!(dear.is_err(), "{dear:?}");
        store
            .resolve_reservation(&act("a"), &id, Resolution::Posted(25))
            .is_ok()
    });
    assert_eq!(ended, held);
    let budget = is_whole(&store, "a");
    assert_eq!(
        (budget.spent, budget.reserved, budget.left()),
        (100, 0, Some(100))
    );
}

#[test]
fn promise_10_when_a_reservation_is_over_is_told_by_the_time_and_not_by_who_looks() {
    let (place, mut store) = fresh();
    with_budget(&mut store, 100);
    store.reserve(&act("a"), &reserve("early", 10)).unwrap();
    store.reserve(&act("a"), &reserve("late", 10)).unwrap();
    // A moment before its end nobody can expire it, and it can be posted.
    let before = raced(&place, |_, store| {
        let early = store.resolve_reservation(&at("a", OVER - 1), "early", Resolution::Expired);
        (
            early,
            store.expire_reservations(&at("a", OVER - 1)).unwrap(),
        )
    });
    for (early, expired) in before {
        assert!(
            matches!(early, Err(StateError::Invalid { .. })),
            "{early:?}"
        );
        assert_eq!(expired, 0);
    }
    let posted = store.resolve_reservation(&at("a", OVER - 1), "early", Resolution::Posted(10));
    assert_eq!(posted.unwrap(), Resolved::Now);
    // From its last moment on whoever comes finds it expired.
    let after = raced(&place, |n, store| match n % 2 {
        0 => store.expire_reservations(&at("a", OVER)).unwrap(),
        _ => {
            let late = store.resolve_reservation(&at("a", OVER), "late", Resolution::Posted(10));
            assert_eq!(late.unwrap(), Resolved::Otherwise(Resolution::Expired));
            0
        }
    });
    assert!(after.iter().sum::<usize>() <= 1, "{after:?}");
    let listed = store.transfers("a", 0).unwrap();
    let expired = Movement::Ended(Resolution::Expired);
    assert_eq!(count(&listed, |one| one.movement == expired), 1);
    let budget = is_whole(&store, "a");
    assert_eq!((budget.spent, budget.reserved), (10, 0));
}
