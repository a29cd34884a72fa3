use tollgate_ecl::{Answer, FactKind, Facts as _};
use tollgate_state::Store;
use tollgate_state::did::Offline;

use super::fresh;
use crate::{NOW, SECOND};

const ALICE: &str = "did:example:alice";
const BOB: &str = "did:example:bob";

#[test]
fn who_was_never_heard_of_is_unknown() {
    let (_place, mut store) = fresh();
    let mut snapshot = store.snapshot(NOW, &Offline).unwrap();
    assert_eq!(snapshot.trust(ALICE), Ok(None));
    for kind in [FactKind::Blueprint, FactKind::Karma] {
        assert_eq!(
            snapshot.ask(kind, &[ALICE]),
            Ok(Answer::Unknown),
            "{kind:?}"
        );
    }
    assert_eq!(
        snapshot.ask(FactKind::Balance, &[ALICE, "main"]),
        Ok(Answer::Unknown)
    );
    assert_eq!(
        snapshot.ask(FactKind::RealmTrust, &[ALICE, "finance"]),
        Ok(Answer::Unknown)
    );
}

#[test]
fn the_newest_fact_that_is_not_in_the_future_counts() {
    let (_place, mut store) = fresh();
    store.put_trust(ALICE, [0.1; 6], NOW - 2 * SECOND).unwrap();
    store.put_trust(ALICE, [0.2; 6], NOW - SECOND).unwrap();
    store.put_trust(ALICE, [0.9; 6], NOW + SECOND).unwrap();
    assert_eq!(
        store.snapshot(NOW, &Offline).unwrap().trust(ALICE),
        Ok(Some([0.2; 6]))
    );
    assert_eq!(store.trust_history(ALICE).unwrap().len(), 3);
}

#[test]
fn a_snapshot_does_not_see_later_writes() {
    let (place, mut store) = fresh();
    store.put_trust(ALICE, [0.1; 6], 0).unwrap();
    let mut snapshot = store.snapshot(NOW, &Offline).unwrap();
    let mut other = place.open();
    other.put_trust(ALICE, [0.9; 6], 1).unwrap();
    assert_eq!(snapshot.trust(ALICE), Ok(Some([0.1; 6])));
    drop(snapshot);
    assert_eq!(
        store.snapshot(NOW, &Offline).unwrap().trust(ALICE),
        Ok(Some([0.9; 6]))
    );
}

#[test]
fn delegations_count_in_their_interval() {
    let (_place, mut store) = fresh();
    store.delegate(ALICE, BOB, NOW - SECOND, None).unwrap();
    store
        .delegate(ALICE, "did:example:later", NOW + SECOND, None)
        .unwrap();
    store
        .delegate(ALICE, "did:example:past", NOW - 2 * SECOND, Some(NOW))
        .unwrap();
    let delegates = |store: &mut Store| {
        store
            .snapshot(NOW, &Offline)
            .unwrap()
            .ask(FactKind::Delegates, &[ALICE])
    };
    assert_eq!(
        delegates(&mut store),
        Ok(Answer::Texts(vec![BOB.to_owned()]))
    );
    store.end_delegation(ALICE, BOB, NOW).unwrap();
    assert_eq!(delegates(&mut store), Ok(Answer::Texts(vec![])));
}

#[test]
fn more_delegates_than_the_type_allows_is_an_error_and_not_a_cut_list() {
    let (_place, mut store) = fresh();
    for n in 0..65 {
        store
            .delegate(ALICE, &format!("did:example:d{n}"), 0, None)
            .unwrap();
    }
    let err = store
        .snapshot(NOW, &Offline)
        .unwrap()
        .ask(FactKind::Delegates, &[ALICE])
        .unwrap_err();
    assert_eq!(
        err.to_string(),
        "`did:example:alice` has more than 64 delegates"
    );
}

#[test]
fn balances_sessions_karma_and_blueprints_are_exact() {
    let (_place, mut store) = fresh();
    let amount = 123_456_789_012_345_678_901_234_567_890_i128;
    store.put_balance(ALICE, "main", amount, 0).unwrap();
    store.open_session("s1", ALICE).unwrap();
    store.open_session("s2", ALICE).unwrap();
    store.end_session("s1", 1).unwrap();
    store.put_karma(ALICE, 2.5, 0).unwrap();
    let attributes = serde_json::json!({"power": {"type": "number", "max": 22}});
    store.put_blueprint(BOB, &attributes, 0).unwrap();
    let mut snapshot = store.snapshot(NOW, &Offline).unwrap();
    assert_eq!(
        snapshot.ask(FactKind::Balance, &[ALICE, "main"]),
        Ok(Answer::Decimal(amount))
    );
    assert_eq!(
        snapshot.ask(FactKind::ActiveSessions, &[ALICE]),
        Ok(Answer::Int(1))
    );
    assert_eq!(
        snapshot.ask(FactKind::Karma, &[ALICE]),
        Ok(Answer::Number(2.5))
    );
    let Ok(Answer::Text(schema)) = snapshot.ask(FactKind::Blueprint, &[BOB]) else {
        panic!("no blueprint")
    };
    assert_eq!(
        snapshot.ask(FactKind::ConformsTo, &[r#"{"power": 11}"#, &schema]),
        Ok(Answer::Bool(true))
    );
    assert_eq!(
        snapshot.ask(FactKind::ConformsTo, &[r#"{"power": 23}"#, &schema]),
        Ok(Answer::Bool(false))
    );
}

#[test]
fn trust_is_dampened_from_one_realm_to_another() {
    let (_place, mut store) = fresh();
    store.put_trust(ALICE, [0.8; 6], 0).unwrap();
    store.put_member(ALICE, "home").unwrap();
    store.put_dampening("home", "finance", 0.5).unwrap();
    let mut snapshot = store.snapshot(NOW, &Offline).unwrap();
    let mut seen_from = |realm| match snapshot.ask(FactKind::RealmTrust, &[ALICE, realm]) {
        Ok(Answer::Trust(trust)) => trust[0],
        other => panic!("{other:?}"),
    };
    assert_eq!(seen_from("home"), 0.8);
    assert_eq!(seen_from("finance"), 0.4);
    assert_eq!(seen_from("elsewhere"), 0.8 * 0.8);
}

#[test]
fn a_question_with_the_wrong_number_of_arguments_is_an_error() {
    let (_place, mut store) = fresh();
    let err = store
        .snapshot(NOW, &Offline)
        .unwrap()
        .ask(FactKind::Balance, &[ALICE])
        .unwrap_err();
    assert_eq!(err.to_string(), "`balance` takes 2 arguments, not 1");
}

#[test]
fn facts_are_imported_once_however_often_they_are_given() {
    let (_place, mut store) = fresh();
    let json = serde_json::json!({
        "trust": { "did:example:ada": [0.5, 0.5, 0.5, 0.5, 0.5, 0.5] },
        "members": { "did:example:ada": "home" },
        "dampening": [{ "from": "home", "to": "vault", "factor": 0.5 }],
        "stores": { "realm:invitations": { "did:example:ada": "invited" } },
        "mana": { "did:example:ada": { "capacity": 10, "per_second": 1 } },
    });
    let facts: tollgate_state::Import = serde_json::from_value(json).unwrap();
    for _ in 0..2 {
        store.import(&facts, &Offline, NOW).unwrap();
    }
    let entries = store
        .history("realm:invitations", "did:example:ada")
        .unwrap();
    assert_eq!(entries, ["invited"]);
    assert_eq!(
        store.mana().bucket("did:example:ada", NOW).unwrap().level,
        10
    );
    let mut snapshot = store.snapshot(NOW, &Offline).unwrap();
    assert_eq!(
        snapshot.ask(FactKind::RealmTrust, &["did:example:ada", "vault"]),
        Ok(Answer::Trust([0.25; 6]))
    );
}

#[test]
fn an_import_with_an_unknown_section_or_a_bad_value_is_refused() {
    let unknown = serde_json::from_str::<tollgate_state::Import>(r#"{"truts": {}}"#);
    assert!(unknown.unwrap_err().to_string().contains("truts"));
    let (_place, mut store) = fresh();
    let facts: tollgate_state::Import =
        serde_json::from_str(r#"{"trust": {"did:example:ada": [2, 0, 0, 0, 0, 0]}}"#).unwrap();
    assert!(store.import(&facts, &Offline, NOW).is_err());
}
