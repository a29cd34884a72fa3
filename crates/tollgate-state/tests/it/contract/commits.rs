use tollgate_ecl::{Answer, FactKind, Facts as _};
use tollgate_state::did::Offline;
use tollgate_state::{Commit, CommitOutcome, Effect, StateError};

use super::fresh;
use crate::NOW;

fn effects() -> Vec<Effect> {
    vec![
        Effect::Put {
            store: "offers".into(),
            key: "o1".into(),
            value: "accepted".into(),
        },
        Effect::Emit {
            event_type: "offer.accepted".into(),
            payload: "o1".into(),
        },
    ]
}

#[test]
fn a_commit_is_written_once_for_its_id() {
    let (_place, mut store) = fresh();
    let effects = effects();
    let commit = Commit {
        id: "c1",
        effects: &effects,
        settle: &[],
        outcome: "",
        at: NOW,
    };
    assert_eq!(store.commit(&commit).unwrap(), CommitOutcome::Committed);
    assert_eq!(
        store.commit(&commit).unwrap(),
        CommitOutcome::AlreadyCommitted
    );
    assert_eq!(store.events("offer.accepted").unwrap(), ["o1"]);
    assert_eq!(store.history("offers", "o1").unwrap(), ["accepted"]);
    let mut snapshot = store.snapshot(NOW, &Offline).unwrap();
    assert_eq!(
        snapshot.ask(FactKind::StoreGet, &["offers", "o1"]),
        Ok(Answer::Text("accepted".into()))
    );
    assert_eq!(
        snapshot.ask(FactKind::StoreGet, &["offers", "o2"]),
        Ok(Answer::Unknown)
    );
}

#[test]
fn a_commit_whose_reservation_cannot_be_settled_writes_nothing() {
    let (_place, mut store) = fresh();
    store.mana().set("alice", 100, 0, NOW).unwrap();
    store.mana().reserve("r1", "alice", 10, NOW).unwrap();
    let effects = effects();
    for settle in [("r1", 11), ("r2", 0)] {
        let commit = Commit {
            id: "c1",
            effects: &effects,
            settle: &[settle],
            outcome: "",
            at: NOW,
        };
        let err = store.commit(&commit).unwrap_err();
        assert!(
            matches!(
                err,
                StateError::Invalid {
                    what: "reservation",
                    ..
                }
            ),
            "{err}"
        );
        assert!(store.events("offer.accepted").unwrap().is_empty());
        assert!(store.history("offers", "o1").unwrap().is_empty());
    }
    let commit = Commit {
        id: "c1",
        effects: &effects,
        settle: &[("r1", 7)],
        outcome: "",
        at: NOW,
    };
    assert_eq!(store.commit(&commit).unwrap(), CommitOutcome::Committed);
    assert_eq!(store.mana().bucket("alice", NOW).unwrap().level, 93);
}

#[test]
fn a_commit_has_bounds() {
    let (_place, mut store) = fresh();
    let many = vec![
        Effect::Emit {
            event_type: "e".into(),
            payload: String::new()
        };
        257
    ];
    assert!(
        store
            .commit(&Commit {
                id: "c",
                effects: &many,
                settle: &[],
                outcome: "",
                at: NOW
            })
            .is_err()
    );
    let long = [Effect::Put {
        store: "s".into(),
        key: "k".into(),
        value: "x".repeat(1025),
    }];
    assert!(
        store
            .commit(&Commit {
                id: "c",
                effects: &long,
                settle: &[],
                outcome: "",
                at: NOW
            })
            .is_err()
    );
    assert!(store.events("e").unwrap().is_empty());
}

#[test]
fn the_outcome_of_a_commit_can_be_read_again() {
    let (_place, mut store) = fresh();
    let commit = |outcome| Commit {
        id: "c1",
        effects: &[],
        settle: &[],
        outcome,
        at: NOW,
    };
    assert_eq!(store.outcome("c1").unwrap(), None);
    store.commit(&commit("accept")).unwrap();
    store.commit(&commit("reject")).unwrap();
    assert_eq!(store.outcome("c1").unwrap().as_deref(), Some("accept"));
    let long = "x".repeat(tollgate_state::limits::OUTCOME_BYTES_MAX + 1);
    assert!(store.commit(&commit(&long)).is_err());
}

#[test]
fn several_reservations_are_settled_together_or_none() {
    let (_place, mut store) = fresh();
    for bucket in ["alice", "realm"] {
        store.mana().set(bucket, 100, 0, NOW).unwrap();
        store.mana().reserve(bucket, bucket, 10, NOW).unwrap();
    }
    let commit = |settle| Commit {
        id: "c1",
        effects: &[],
        settle,
        outcome: "",
        at: NOW,
    };
    let level =
        |store: &mut tollgate_state::Store, bucket| store.mana().bucket(bucket, NOW).unwrap().level;
    assert!(
        store
            .commit(&commit(&[("alice", 3), ("realm", 11)]))
            .is_err()
    );
    assert_eq!(
        (level(&mut store, "alice"), level(&mut store, "realm")),
        (90, 90)
    );
    store
        .commit(&commit(&[("alice", 3), ("realm", 0)]))
        .unwrap();
    assert_eq!(
        (level(&mut store, "alice"), level(&mut store, "realm")),
        (97, 100)
    );
}
