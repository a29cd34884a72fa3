use tollgate_state::{ManaError, Settled};

use super::fresh;
use crate::{NOW, SECOND};

#[test]
fn reserving_takes_and_settling_gives_back_the_rest() {
    let (_place, mut store) = fresh();
    let mut mana = store.mana();
    mana.set("alice", 100, 0, NOW).unwrap();
    mana.reserve("r1", "alice", 60, NOW).unwrap();
    assert_eq!(mana.bucket("alice", NOW).unwrap().level, 40);
    assert_eq!(
        mana.settle("r1", 25).unwrap(),
        Settled {
            used: 25,
            refunded: 35
        }
    );
    assert_eq!(mana.bucket("alice", NOW).unwrap().level, 75);
}

#[test]
fn the_same_call_twice_is_one_call() {
    let (_place, mut store) = fresh();
    let mut mana = store.mana();
    mana.set("alice", 100, 0, NOW).unwrap();
    for _ in 0..2 {
        mana.reserve("r1", "alice", 60, NOW).unwrap();
    }
    assert_eq!(mana.bucket("alice", NOW).unwrap().level, 40);
    for _ in 0..2 {
        mana.settle("r1", 10).unwrap();
    }
    assert_eq!(mana.bucket("alice", NOW).unwrap().level, 90);
    assert!(matches!(
        mana.settle("r1", 11),
        Err(ManaError::NotOpen { .. })
    ));
    assert!(matches!(
        mana.reserve("r1", "alice", 60, NOW),
        Err(ManaError::NotOpen { .. })
    ));
}

#[test]
fn too_little_mana_says_when_there_is_enough() {
    let (_place, mut store) = fresh();
    let mut mana = store.mana();
    mana.set("alice", 100, 10, NOW).unwrap();
    mana.reserve("r1", "alice", 100, NOW).unwrap();
    let err = mana.reserve("r2", "alice", 25, NOW).unwrap_err();
    assert_eq!(
        err.to_string(),
        "`alice` has 0 micro-mana of the 25 this needs; enough in 2500 ms"
    );
    let err = mana.reserve("r2", "alice", 101, NOW).unwrap_err();
    assert_eq!(
        err.to_string(),
        "`alice` has 0 micro-mana of the 101 this needs; it is more than the bucket ever holds"
    );
    mana.reserve("r2", "alice", 25, NOW + 5 * SECOND / 2)
        .unwrap();
    assert!(matches!(
        mana.reserve("r3", "bob", 1, NOW),
        Err(ManaError::NoBucket { .. })
    ));
}

#[test]
fn refilling_is_exact_however_often_it_is_looked_at() {
    let (_place, mut store) = fresh();
    let mut mana = store.mana();
    // 3 a second: a look every 0.1 s must not lose the thirds.
    mana.set("alice", 1_000_000, 3, NOW).unwrap();
    mana.reserve("all", "alice", 1_000_000, NOW).unwrap();
    for step in 1..=1000 {
        let at = NOW + step * SECOND / 10;
        // A reservation of nothing writes the refilled row.
        mana.reserve(&format!("r{step}"), "alice", 0, at).unwrap();
    }
    assert_eq!(mana.bucket("alice", NOW + 100 * SECOND).unwrap().level, 300);
}

#[test]
fn a_clock_that_goes_back_refills_nothing_twice() {
    let (_place, mut store) = fresh();
    let mut mana = store.mana();
    mana.set("alice", 100, 1, NOW).unwrap();
    mana.reserve("r0", "alice", 100, NOW).unwrap();
    mana.reserve("r1", "alice", 10, NOW + 10 * SECOND).unwrap();
    assert!(mana.reserve("r2", "alice", 1, NOW - 1000 * SECOND).is_err());
    assert!(mana.reserve("r3", "alice", 1, NOW + 10 * SECOND).is_err());
    mana.reserve("r4", "alice", 1, NOW + 11 * SECOND).unwrap();
}

#[test]
fn a_dead_holders_reservation_is_refunded_once_after_its_lease() {
    let (_place, mut store) = fresh();
    let mut mana = store.mana();
    mana.set("alice", 100, 0, NOW).unwrap();
    mana.reserve("r1", "alice", 60, NOW).unwrap();
    assert_eq!(mana.recover(NOW + SECOND).unwrap(), 0);
    assert_eq!(mana.recover(NOW + 600 * SECOND).unwrap(), 1);
    assert_eq!(mana.recover(NOW + 600 * SECOND).unwrap(), 0);
    assert_eq!(mana.bucket("alice", NOW + 600 * SECOND).unwrap().level, 100);
    assert!(matches!(
        mana.settle("r1", 10),
        Err(ManaError::NotOpen { .. })
    ));
}

#[test]
fn concurrent_reservations_never_overspend_by_one_unit() {
    let (place, mut store) = fresh();
    store.mana().set("alice", 1_000, 0, NOW).unwrap();
    let threads: Vec<_> = (0..4)
        .map(|thread| {
            let place = place.clone();
            std::thread::spawn(move || {
                let mut store = place.open();
                let mut granted = 0;
                for n in 0..100 {
                    let id = format!("{thread}-{n}");
                    match store.mana().reserve(&id, "alice", 7, NOW) {
                        Ok(_) => {
                            let used = store.mana().settle(&id, 5).unwrap().used;
                            assert_eq!(used, 5);
                            granted += 1;
                        }
                        Err(ManaError::Short { .. }) => {}
                        Err(other) => panic!("{other}"),
                    }
                }
                granted
            })
        })
        .collect();
    let granted: u64 = threads.into_iter().map(|t| t.join().unwrap()).sum();
    let left = store.mana().bucket("alice", NOW).unwrap().level;
    assert_eq!(left + 5 * granted, 1_000);
    assert!(
        left < 7,
        "mana was left although somebody was refused: {left}"
    );
}

#[test]
fn a_released_reservation_is_given_back_and_its_id_is_free() {
    let (_place, mut store) = fresh();
    store.mana().set("alice", 100, 0, NOW).unwrap();
    store.mana().reserve("r1", "alice", 60, NOW).unwrap();
    assert_eq!(store.mana().release(&["r1", "r0"]).unwrap(), 1);
    assert_eq!(store.mana().bucket("alice", NOW).unwrap().level, 100);
    assert_eq!(store.mana().release(&["r1"]).unwrap(), 0);
    store.mana().reserve("r1", "alice", 70, NOW).unwrap();
    store.mana().settle("r1", 70).unwrap();
    assert_eq!(store.mana().release(&["r1"]).unwrap(), 0, "it is settled");
    assert_eq!(store.mana().bucket("alice", NOW).unwrap().level, 30);
}

#[test]
fn more_than_was_reserved_is_not_charged_and_all_of_it_is() {
    let (_place, mut store) = fresh();
    let mut mana = store.mana();
    mana.set("alice", 100, 0, NOW).unwrap();
    mana.reserve("r1", "alice", 60, NOW).unwrap();
    let Err(ManaError::Overrun { amount, used, .. }) = mana.settle("r1", 61) else {
        panic!("more was charged than reserved");
    };
    assert_eq!((amount, used), (60, 61));
    let all = Settled {
        used: 60,
        refunded: 0,
    };
    assert_eq!(mana.settle("r1", 60).unwrap(), all);
    assert_eq!(mana.bucket("alice", NOW).unwrap().level, 40);
}

#[test]
fn an_id_is_one_reservation_of_one_identity_and_one_amount() {
    let (_place, mut store) = fresh();
    let mut mana = store.mana();
    mana.set("alice", 100, 0, NOW).unwrap();
    mana.set("bob", 100, 0, NOW).unwrap();
    mana.reserve("r1", "alice", 60, NOW).unwrap();
    for (identity, amount) in [("bob", 60), ("alice", 59)] {
        let again = mana.reserve("r1", identity, amount, NOW);
        assert!(matches!(again, Err(ManaError::NotOpen { .. })), "{again:?}");
    }
    assert_eq!(mana.bucket("alice", NOW).unwrap().level, 40);
    assert_eq!(mana.bucket("bob", NOW).unwrap().level, 100);
}

#[test]
fn a_changed_bucket_keeps_its_level_up_to_the_new_capacity() {
    let (_place, mut store) = fresh();
    let mut mana = store.mana();
    mana.set("alice", 100, 0, NOW).unwrap();
    mana.reserve("r1", "alice", 60, NOW).unwrap();
    mana.set("alice", 1_000, 10, NOW).unwrap();
    assert_eq!(mana.bucket("alice", NOW).unwrap().level, 40);
    mana.set("alice", 30, 0, NOW).unwrap();
    assert_eq!(mana.bucket("alice", NOW).unwrap().level, 30);
    assert!(mana.set("alice", u64::MAX, 0, NOW).is_err());
}

#[test]
fn the_time_until_there_is_enough_is_rounded_up_and_counts_what_has_refilled() {
    let (_place, mut store) = fresh();
    let mut mana = store.mana();
    mana.set("alice", 10, 3, NOW).unwrap();
    mana.reserve("r1", "alice", 10, NOW).unwrap();
    let mut wait = |since| match mana.reserve("r2", "alice", 1, NOW + since) {
        Err(ManaError::Short { ready_in_ns, .. }) => ready_in_ns,
        other => panic!("{other:?}"),
    };
    assert_eq!(wait(0), Some(333_333_334));
    assert_eq!(wait(333_333_333), Some(1));
    mana.reserve("r2", "alice", 1, NOW + 333_333_334).unwrap();
    mana.set("alice", 10, 0, NOW + 333_333_334).unwrap();
    let never = mana.reserve("r3", "alice", 10, NOW + SECOND);
    assert!(
        matches!(
            never,
            Err(ManaError::Short {
                ready_in_ns: None,
                ..
            })
        ),
        "{never:?}"
    );
}

#[test]
fn a_bucket_that_was_not_empty_refills_to_its_capacity_and_no_further() {
    let (_place, mut store) = fresh();
    let mut mana = store.mana();
    mana.set("alice", 100, 10, NOW).unwrap();
    mana.reserve("r1", "alice", 60, NOW).unwrap();
    assert_eq!(mana.bucket("alice", NOW + 5 * SECOND).unwrap().level, 90);
    assert_eq!(mana.bucket("alice", NOW + 10 * SECOND).unwrap().level, 100);
}

#[test]
fn the_time_until_there_is_enough_counts_what_is_there() {
    let (_place, mut store) = fresh();
    let mut mana = store.mana();
    mana.set("alice", 100, 10, NOW).unwrap();
    mana.reserve("r1", "alice", 60, NOW).unwrap();
    let short = mana.reserve("r2", "alice", 70, NOW).unwrap_err();
    assert_eq!(
        short.to_string(),
        "`alice` has 40 micro-mana of the 70 this needs; enough in 3000 ms"
    );
}

#[test]
fn a_refill_begins_when_it_was_set_and_not_before() {
    let (_place, mut store) = fresh();
    let mut mana = store.mana();
    mana.set("alice", 1_000, 0, NOW).unwrap();
    mana.reserve("r1", "alice", 1_000, NOW).unwrap();
    let later = NOW + 60 * SECOND;
    mana.set("alice", 1_000, 10, later).unwrap();
    assert_eq!(mana.bucket("alice", later).unwrap().level, 0);
    assert_eq!(mana.bucket("alice", later + SECOND).unwrap().level, 10);
}

#[test]
fn what_a_full_bucket_could_not_hold_is_lost() {
    let (_place, mut store) = fresh();
    let mut mana = store.mana();
    mana.set("alice", 10, 3, NOW).unwrap();
    mana.reserve("r1", "alice", 10, NOW).unwrap();
    // Almost one micro-mana is kept as a fraction, and then the bucket runs over.
    mana.reserve("r2", "alice", 0, NOW + 333_333_333).unwrap();
    let full = NOW + 60 * SECOND;
    mana.reserve("r3", "alice", 10, full).unwrap();
    let Err(ManaError::Short { ready_in_ns, .. }) = mana.reserve("r4", "alice", 1, full) else {
        panic!("an empty bucket gave something");
    };
    assert_eq!(ready_in_ns, Some(333_333_334));
}

#[test]
fn what_flows_into_a_full_bucket_is_lost_to_the_last_fraction() {
    let (_place, mut store) = fresh();
    let mut mana = store.mana();
    mana.set("alice", 10, 4, NOW).unwrap();
    mana.reserve("r1", "alice", 10, NOW).unwrap();
    // Ten and four tenths have flowed: it has been full for a tenth of a second.
    let full = NOW + 26 * SECOND / 10;
    mana.reserve("r2", "alice", 10, full).unwrap();
    let level = |at| mana.bucket("alice", at).unwrap().level;
    assert_eq!(level(full + SECOND / 4 - 1), 0);
    assert_eq!(level(full + SECOND / 4), 1);
}
