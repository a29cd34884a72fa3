use std::sync::Barrier;

use tollgate_state::access::{KeyText, NewKey, Role, Roles};
use tollgate_state::approval::{
    Answer, ApprovalError, CardId, CardState, Given, LOCAL, Most, NewCard, Principal, Proposed,
    Question, Reply, Waiter,
};
use tollgate_state::limits::{
    ANSWER_STANDS_NS_MAX, ANSWER_TIME_NS_MAX, CARD_BYTES_MAX, CARDS_PENDING_MAX,
    WAITERS_PER_CARD_MAX,
};
use tollgate_state::{StateError, Store};

use super::access::act;
use super::fresh;
use crate::{NOW, SECOND};

const HOUR: i64 = 3600 * SECOND;

pub(in super::super) fn principal(name: &str) -> Principal {
    Principal::new([name]).unwrap()
}

pub(in super::super) fn id(number: u64) -> CardId {
    CardId::from_random(number.to_be_bytes())
}

pub(in super::super) fn question() -> Question {
    Question {
        tenant: LOCAL.to_owned(),
        module: "a".repeat(64),
        capability: "host-functions".to_owned(),
        interface: "bank".to_owned(),
        operation: "pay".to_owned(),
        arguments: "b".repeat(64),
        policy: "c".repeat(64),
    }
}

/// A question of Ada's execution `run`, which nobody answers for a minute.
pub(in super::super) fn asked(number: u64, execution: &str) -> NewCard {
    NewCard {
        id: id(number),
        question: question(),
        target: "[\"bob\", 5]".to_owned(),
        reason: "policy `p`: it is the first payment".to_owned(),
        risk: None,
        gas_used: 12,
        most: None,
        waiter: Waiter {
            execution: execution.to_owned(),
            requester: principal("ada"),
            process: "1".to_owned(),
        },
        expires_at: NOW + 60 * SECOND,
        origin: "127.0.0.1".to_owned(),
        request: "req_1".to_owned(),
    }
}

fn put(store: &mut Store, new: &NewCard) -> CardId {
    match store.propose(new, NOW).unwrap() {
        Proposed::Asked(card) => card,
        Proposed::Stands(given) => panic!("nobody is asked: {given:?}"),
    }
}

fn answer(store: &mut Store, card: &CardId, answer: Answer) -> Result<(), ApprovalError> {
    answer_as(store, card, answer, "bob")
}

fn answer_as(
    store: &mut Store,
    card: &CardId,
    answer: Answer,
    by: &str,
) -> Result<(), ApprovalError> {
    let reply = Reply {
        card,
        answer,
        by: &principal(by),
        stands_ns: HOUR,
    };
    store.answer_card(&reply, NOW + SECOND)
}

fn take(store: &mut Store, card: &CardId, execution: &str) -> Result<Option<Given>, ApprovalError> {
    store.take_answer(card, &question(), execution, NOW + 2 * SECOND)
}

fn given(card: &CardId, answer: Answer) -> Given {
    Given {
        card: card.clone(),
        answer,
        by: "bob".to_owned(),
    }
}

#[test]
fn a_question_is_kept_whole_and_its_answer_goes_to_who_asked() {
    let (place, mut store) = fresh();
    let mut new = asked(1, "run");
    new.risk = Some("high".to_owned());
    new.most = Some(Most {
        gas: 1,
        memory_bytes: 2,
        wall_ms: 3,
        cost_micro_usd: 4,
    });
    assert_eq!(put(&mut store, &new), id(1));
    assert_eq!(take(&mut store, &id(1), "run").unwrap(), None);
    let mut other = place.open();
    let card = other.pending_cards(0, NOW).unwrap().pop().unwrap();
    assert_eq!((&card.id, card.state), (&id(1), CardState::Pending));
    assert_eq!((card.created_at, card.expires_at), (NOW, new.expires_at));
    assert_eq!(card.question, new.question);
    assert_eq!((&card.target, &card.reason), (&new.target, &new.reason));
    assert_eq!(
        (card.risk, card.gas_used, card.most),
        (new.risk, 12, new.most)
    );
    assert_eq!(card.waiting[0].waiter, new.waiter);
    answer(&mut other, &id(1), Answer::AllowOnce).unwrap();
    assert!(other.pending_cards(0, NOW).unwrap().is_empty());
    let told = take(&mut store, &id(1), "run").unwrap();
    assert_eq!(told, Some(given(&id(1), Answer::AllowOnce)));
    let card = store.card(&id(1)).unwrap();
    assert_eq!(card.state, CardState::Used);
    let kept = card.answer.unwrap();
    assert_eq!((kept.by.name(), kept.at), ("bob", NOW + SECOND));
    assert_eq!((kept.uses, kept.used_at), (1, Some(NOW + 2 * SECOND)));
}

#[test]
fn a_card_is_answered_once() {
    let (_place, mut store) = fresh();
    put(&mut store, &asked(1, "run"));
    answer(&mut store, &id(1), Answer::Deny).unwrap();
    for again in Answer::ALL {
        let refused = answer_as(&mut store, &id(1), again, "eve");
        let Err(ApprovalError::Answered { answer, by, .. }) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!((answer, by.as_str()), (Answer::Deny, "bob"));
    }
    let told = take(&mut store, &id(1), "run").unwrap().unwrap();
    assert_eq!(told.answer, Answer::Deny);
}

#[test]
fn what_allows_once_is_used_once() {
    let (_place, mut store) = fresh();
    put(&mut store, &asked(1, "run"));
    answer(&mut store, &id(1), Answer::AllowOnce).unwrap();
    assert!(take(&mut store, &id(1), "run").unwrap().is_some());
    let again = take(&mut store, &id(1), "run");
    assert!(
        matches!(again, Err(ApprovalError::Used { .. })),
        "{again:?}"
    );
    assert_eq!(
        put(&mut store, &asked(2, "run")),
        id(2),
        "it is asked again"
    );
}

#[test]
fn of_many_who_answer_together_one_does() {
    let (place, mut store) = fresh();
    put(&mut store, &asked(1, "run"));
    let together = Barrier::new(200);
    let won: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..200)
            .map(|n| {
                let (place, together) = (&place, &together);
                scope.spawn(move || {
                    let (mut store, by) = (place.open(), format!("approver {n}"));
                    together.wait();
                    let said = Answer::ALL[n % Answer::ALL.len()];
                    match answer_as(&mut store, &id(1), said, &by) {
                        Ok(()) => Some(by),
                        Err(ApprovalError::Answered { .. }) => None,
                        Err(other) => panic!("{other}"),
                    }
                })
            })
            .collect();
        let answered = threads.into_iter().map(|thread| thread.join().unwrap());
        answered.flatten().collect()
    });
    assert_eq!(won.len(), 1, "{won:?}");
    let kept = store.card(&id(1)).unwrap().answer.unwrap();
    assert_eq!(kept.by.name(), won[0]);
}

#[test]
fn of_many_who_wait_together_one_uses_what_allows_once() {
    let (place, mut store) = fresh();
    for n in 0..50 {
        put(&mut store, &asked(n, &format!("run {n}")));
    }
    assert_eq!(
        store.cards(0).unwrap().len(),
        1,
        "equal questions wait at one card"
    );
    answer(&mut store, &id(0), Answer::AllowOnce).unwrap();
    let together = Barrier::new(50);
    let told: Vec<Given> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..50)
            .map(|n| {
                let (place, together) = (&place, &together);
                scope.spawn(move || {
                    let mut store = place.open();
                    together.wait();
                    match take(&mut store, &id(0), &format!("run {n}")) {
                        Ok(told) => told,
                        Err(ApprovalError::Used { .. }) => None,
                        Err(other) => panic!("{other}"),
                    }
                })
            })
            .collect();
        let told = threads.into_iter().map(|thread| thread.join().unwrap());
        told.flatten().collect()
    });
    assert_eq!(told, [given(&id(0), Answer::AllowOnce)]);
}

#[test]
fn a_late_answer_is_none_and_whoever_waits_is_told() {
    let (_place, mut store) = fresh();
    let new = asked(1, "run");
    put(&mut store, &new);
    let by = principal("bob");
    let reply = Reply {
        card: &id(1),
        answer: Answer::AllowOnce,
        by: &by,
        stands_ns: HOUR,
    };
    let late = store.answer_card(&reply, new.expires_at);
    assert!(
        matches!(late, Err(ApprovalError::Expired { .. })),
        "{late:?}"
    );
    let told = store.take_answer(&id(1), &question(), "run", new.expires_at);
    assert!(
        matches!(told, Err(ApprovalError::Expired { .. })),
        "{told:?}"
    );
    assert_eq!(store.card(&id(1)).unwrap().state, CardState::Expired);
    // A clock that goes back does not bring it to life.
    let late = store.answer_card(&reply, NOW + SECOND);
    assert!(
        matches!(late, Err(ApprovalError::Expired { .. })),
        "{late:?}"
    );
}

#[test]
fn what_allows_once_is_not_used_late() {
    let (_place, mut store) = fresh();
    let new = asked(1, "run");
    put(&mut store, &new);
    answer(&mut store, &id(1), Answer::AllowOnce).unwrap();
    let told = store.take_answer(&id(1), &question(), "run", new.expires_at);
    assert!(
        matches!(told, Err(ApprovalError::Expired { .. })),
        "{told:?}"
    );
    let card = store.card(&id(1)).unwrap();
    assert_eq!(card.state_at(new.expires_at), CardState::Expired);
}

#[test]
fn an_answer_to_another_question_decides_nothing() {
    let (_place, mut store) = fresh();
    put(&mut store, &asked(1, "run"));
    answer(&mut store, &id(1), Answer::AllowModule).unwrap();
    let changes: [fn(&mut Question); 6] = [
        |question| question.module = "d".repeat(64),
        |question| "file-read".clone_into(&mut question.capability),
        |question| "shop".clone_into(&mut question.interface),
        |question| "take".clone_into(&mut question.operation),
        |question| question.arguments = "d".repeat(64),
        |question| question.policy = "d".repeat(64),
    ];
    for (number, change) in (10..).zip(changes) {
        let mut new = asked(number, "other");
        change(&mut new.question);
        let told = store.take_answer(&id(1), &new.question, "run", NOW);
        let wrong = matches!(told, Err(ApprovalError::OtherQuestion { .. }));
        assert!(wrong, "{told:?}");
        assert_eq!(put(&mut store, &new), id(number), "it is asked");
    }
    let equal = store.propose(&asked(20, "other"), NOW).unwrap();
    assert_eq!(equal, Proposed::Stands(given(&id(1), Answer::AllowModule)));
}

#[test]
fn an_answer_is_for_those_who_wait() {
    let (_place, mut store) = fresh();
    put(&mut store, &asked(1, "run"));
    answer(&mut store, &id(1), Answer::AllowOnce).unwrap();
    let told = take(&mut store, &id(1), "other");
    let refused = matches!(told, Err(ApprovalError::NotWaiting { .. }));
    assert!(refused, "{told:?}");
    let told = take(&mut store, &id(9), "run");
    assert!(
        matches!(told, Err(ApprovalError::Absent { .. })),
        "{told:?}"
    );
    let none = answer(&mut store, &id(9), Answer::AllowOnce);
    assert!(
        matches!(none, Err(ApprovalError::Absent { .. })),
        "{none:?}"
    );
}

#[test]
fn who_asks_does_not_answer_under_any_spelling_of_any_name() {
    let (_place, mut store) = fresh();
    let mut new = asked(1, "run");
    new.waiter.requester = Principal::new(["uid:7 sid:8", "Ada Lovelace"]).unwrap();
    put(&mut store, &new);
    let mut joins = asked(2, "other");
    joins.waiter.requester = principal("grace");
    assert_eq!(put(&mut store, &joins), id(1));
    for name in [
        "Ada Lovelace",
        " ada  LOVELACE ",
        "ａｄａ lovelace",
        "UID:7 sid:8",
        "Grace",
    ] {
        for said in Answer::ALL {
            let refused = answer_as(&mut store, &id(1), said, name);
            let refused = matches!(refused, Err(ApprovalError::Requester { .. }));
            assert!(refused, "{name} {said:?}");
        }
    }
    let both = Principal::new(["bob", "GRACE"]).unwrap();
    let reply = Reply {
        card: &id(1),
        answer: Answer::AllowOnce,
        by: &both,
        stands_ns: HOUR,
    };
    // Who went away has asked all the same.
    store.stop_waiting(&["other"], NOW).unwrap();
    let refused = store.answer_card(&reply, NOW);
    assert!(matches!(refused, Err(ApprovalError::Requester { .. })));
    answer(&mut store, &id(1), Answer::AllowOnce).unwrap();
}

#[test]
fn nobody_is_allowed_anything_by_an_answer_of_their_own_that_holds_for_a_module() {
    let (_place, mut store) = fresh();
    put(&mut store, &asked(1, "run"));
    answer(&mut store, &id(1), Answer::AllowModule).unwrap();
    let mut own = asked(2, "bob's");
    own.waiter.requester = principal("BOB");
    assert_eq!(put(&mut store, &own), id(2));
}

#[test]
fn an_answer_for_a_run_is_for_the_run_that_asked() {
    let (_place, mut store) = fresh();
    put(&mut store, &asked(1, "run"));
    put(&mut store, &asked(2, "joined"));
    answer(&mut store, &id(1), Answer::AllowRun).unwrap();
    assert!(take(&mut store, &id(1), "run").unwrap().is_some());
    let joined = take(&mut store, &id(1), "joined");
    assert!(
        matches!(joined, Err(ApprovalError::Used { .. })),
        "{joined:?}"
    );
    for _ in 0..3 {
        let again = store.propose(&asked(3, "run"), NOW).unwrap();
        assert_eq!(again, Proposed::Stands(given(&id(1), Answer::AllowRun)));
    }
    assert_eq!(put(&mut store, &asked(4, "joined")), id(4));
    assert_eq!(store.card(&id(1)).unwrap().answer.unwrap().uses, 4);
}

#[test]
fn an_answer_for_a_module_is_for_every_run_until_its_time_is_up() {
    let (_place, mut store) = fresh();
    put(&mut store, &asked(1, "run"));
    answer(&mut store, &id(1), Answer::AllowModule).unwrap();
    let mut later = asked(2, "later");
    later.expires_at = NOW + 2 * HOUR;
    let last = NOW + SECOND + HOUR;
    let stands = store.propose(&later, last - 1).unwrap();
    assert_eq!(stands, Proposed::Stands(given(&id(1), Answer::AllowModule)));
    let over = store.propose(&later, last).unwrap();
    assert_eq!(over, Proposed::Asked(id(2)));
}

#[test]
fn a_denial_is_for_the_run_and_one_of_all_for_all_of_its_questions() {
    let (_place, mut store) = fresh();
    let other_question = |number, execution| {
        let mut new = asked(number, execution);
        new.question.arguments = "d".repeat(64);
        new
    };
    put(&mut store, &asked(1, "run"));
    answer(&mut store, &id(1), Answer::Deny).unwrap();
    let again = store.propose(&asked(2, "run"), NOW).unwrap();
    assert_eq!(again, Proposed::Stands(given(&id(1), Answer::Deny)));
    let other = put(&mut store, &other_question(3, "run"));
    assert_eq!(put(&mut store, &asked(4, "other run")), id(4));
    answer(&mut store, &other, Answer::DenyAll).unwrap();
    let mut third = asked(5, "run");
    third.question.operation = "take".to_owned();
    let denied = store.propose(&third, NOW).unwrap();
    assert_eq!(denied, Proposed::Stands(given(&other, Answer::DenyAll)));
    assert_eq!(put(&mut store, &other_question(6, "other run")), id(6));
}

#[test]
fn a_denial_counts_more_than_what_allows() {
    let (_place, mut store) = fresh();
    put(&mut store, &asked(1, "run"));
    answer(&mut store, &id(1), Answer::AllowModule).unwrap();
    let mut other = asked(2, "other");
    other.question.operation = "take".to_owned();
    let other = put(&mut store, &other);
    answer(&mut store, &other, Answer::DenyAll).unwrap();
    let denied = store.propose(&asked(3, "other"), NOW).unwrap();
    assert_eq!(denied, Proposed::Stands(given(&other, Answer::DenyAll)));
}

#[test]
fn a_card_where_nobody_waits_any_more_expires() {
    let (_place, mut store) = fresh();
    put(&mut store, &asked(1, "run"));
    put(&mut store, &asked(2, "other"));
    store.stop_waiting(&["run"], NOW).unwrap();
    assert_eq!(store.pending_cards(0, NOW).unwrap().len(), 1);
    let told = take(&mut store, &id(1), "run");
    assert!(matches!(told, Err(ApprovalError::NotWaiting { .. })));
    store.stop_waiting(&["other"], NOW).unwrap();
    assert!(store.pending_cards(0, NOW).unwrap().is_empty());
    let late = answer(&mut store, &id(1), Answer::AllowOnce);
    assert!(
        matches!(late, Err(ApprovalError::Expired { .. })),
        "{late:?}"
    );
    assert_eq!(put(&mut store, &asked(3, "third")), id(3));
}

#[test]
fn an_answer_is_kept_when_the_process_that_waited_was_killed() {
    let (place, mut store) = fresh();
    put(&mut store, &asked(1, "run"));
    drop(store);
    let mut store = place.open();
    answer(&mut store, &id(1), Answer::AllowOnce).unwrap();
    let card = store.card(&id(1)).unwrap();
    assert_eq!(card.state, CardState::Answered);
    assert_eq!(card.answer.unwrap().uses, 0);
    // The same question of another execution is not answered by it.
    assert_eq!(put(&mut store, &asked(2, "run again")), id(2));
}

#[test]
fn what_is_no_question_is_not_put() {
    let (_place, mut store) = fresh();
    let changes: [fn(&mut NewCard); 9] = [
        |new| new.question.module = "A".repeat(64),
        |new| new.question.arguments = String::new(),
        |new| new.question.policy = "c".repeat(63),
        |new| new.target = "x".repeat(CARD_BYTES_MAX),
        |new| new.risk = Some("x".repeat(CARD_BYTES_MAX)),
        |new| new.gas_used = u64::MAX,
        |new| {
            new.most = Some(Most {
                gas: 1,
                memory_bytes: 1,
                wall_ms: u64::MAX,
                cost_micro_usd: 1,
            });
        },
        |new| new.expires_at = NOW,
        |new| new.expires_at = NOW + ANSWER_TIME_NS_MAX + 1,
    ];
    for change in changes {
        let mut new = asked(1, "run");
        change(&mut new);
        let refused = store.propose(&new, NOW).unwrap_err();
        let invalid = matches!(refused, ApprovalError::State(StateError::Invalid { .. }));
        assert!(invalid, "{refused}");
    }
    assert!(store.cards(0).unwrap().is_empty());
    let mut new = asked(1, "run");
    new.expires_at = NOW + ANSWER_TIME_NS_MAX;
    put(&mut store, &new);
}

#[test]
fn an_answer_holds_for_a_time_with_a_bound() {
    let (_place, mut store) = fresh();
    put(&mut store, &asked(1, "run"));
    let by = principal("bob");
    for (stands_ns, good) in [
        (0, false),
        (-1, false),
        (ANSWER_STANDS_NS_MAX + 1, false),
        (ANSWER_STANDS_NS_MAX, true),
    ] {
        let reply = Reply {
            card: &id(1),
            answer: Answer::AllowModule,
            by: &by,
            stands_ns,
        };
        assert_eq!(store.answer_card(&reply, NOW).is_ok(), good, "{stands_ns}");
    }
}

#[test]
fn executions_at_one_card_have_a_bound() {
    let (_place, mut store) = fresh();
    for n in 0..WAITERS_PER_CARD_MAX {
        put(&mut store, &asked(n as u64, &format!("run {n}")));
    }
    let refused = store.propose(&asked(999, "one more"), NOW);
    assert!(
        matches!(refused, Err(ApprovalError::Full { .. })),
        "{refused:?}"
    );
    assert_eq!(
        put(&mut store, &asked(999, "run 5")),
        id(0),
        "it waits there"
    );
}

#[test]
fn executions_that_have_left_a_card_take_no_room_there_and_who_asked_is_known() {
    let (_place, mut store) = fresh();
    put(&mut store, &asked(0, "run"));
    for n in 0..3 * WAITERS_PER_CARD_MAX {
        let run = format!("run {n}");
        let mut new = asked(999, &run);
        new.waiter.requester = principal(["grace", "eve"][n % 2]);
        assert_eq!(put(&mut store, &new), id(0));
        store.stop_waiting(&[&run], NOW).unwrap();
    }
    assert_eq!(put(&mut store, &asked(999, "one more")), id(0));
    let card = store.card(&id(0)).unwrap();
    let asked: Vec<_> = card
        .waiting
        .iter()
        .map(|one| &*one.waiter.execution)
        .collect();
    assert_eq!(asked, ["run", "run 0", "run 1", "one more"]);
    for name in ["ada", "grace", "eve"] {
        let refused = answer_as(&mut store, &id(0), Answer::AllowOnce, name);
        let refused = matches!(refused, Err(ApprovalError::Requester { .. }));
        assert!(refused, "{name}");
    }
}

#[test]
fn pending_cards_have_a_bound_and_those_whose_time_is_up_make_room() {
    let (_place, mut store) = fresh();
    let numbered = |number: i64| {
        let mut new = asked(number.cast_unsigned(), &format!("run {number}"));
        new.question.arguments = format!("{number:064x}");
        new
    };
    for number in 0..CARDS_PENDING_MAX {
        put(&mut store, &numbered(number));
    }
    let one_more = numbered(CARDS_PENDING_MAX);
    let refused = store.propose(&one_more, NOW);
    assert!(
        matches!(refused, Err(ApprovalError::Full { .. })),
        "{refused:?}"
    );
    let mut later = one_more;
    later.expires_at = NOW + 120 * SECOND;
    let asked = store.propose(&later, NOW + 60 * SECOND).unwrap();
    assert_eq!(asked, Proposed::Asked(later.id));
}

#[test]
fn the_version_of_others_changes_with_what_they_write() {
    let (place, store) = fresh();
    let mut other = place.open();
    put(&mut other, &asked(1, "run"));
    let version = store.version_of_others().unwrap();
    answer(&mut other, &id(1), Answer::Deny).unwrap();
    assert_ne!(store.version_of_others().unwrap(), version);
}

#[test]
fn cards_of_one_tenant_are_not_there_for_another_and_equal_questions_are_two() {
    let (_place, mut store) = fresh();
    for tenant in ["a", "b"] {
        store.create_tenant(&act(tenant), tenant).unwrap();
    }
    let of = |tenant: &str, number, run: &str| {
        let mut new = asked(number, run);
        new.question.tenant = tenant.to_owned();
        new
    };
    let (one, other) = (of("a", 1, "r1"), of("b", 2, "r2"));
    let card = put(&mut store, &one);
    assert_ne!(put(&mut store, &other), card);
    assert_eq!(store.card_of("a", &card).unwrap().id, card);
    assert!(matches!(
        store.card_of("b", &card),
        Err(ApprovalError::Absent { .. })
    ));
    assert_eq!(store.cards_of("a", 0).unwrap().len(), 1);
    let bob = principal("bob");
    let reply = Reply {
        card: &card,
        answer: Answer::AllowModule,
        by: &bob,
        stands_ns: HOUR,
    };
    let theirs = store.answer_card_as(&act("b"), &reply);
    assert!(
        matches!(theirs, Err(ApprovalError::Absent { .. })),
        "{theirs:?}"
    );
    let nobodys = store.answer_card(&reply, NOW);
    assert!(
        matches!(nobodys, Err(ApprovalError::Absent { .. })),
        "{nobodys:?}"
    );
    store.answer_card_as(&act("a"), &reply).unwrap();
    // What stands for one tenant stands for no other.
    let later = store.propose(&of("b", 3, "r3"), NOW).unwrap();
    assert!(matches!(later, Proposed::Asked(_)), "{later:?}");
    let records = store.audit_page("a", 0).unwrap();
    let actions: Vec<_> = records.iter().map(|record| &*record.action).collect();
    assert_eq!(actions[1..], ["approval.ask", "approval.answer"]);
    let came = (&*records[1].origin, &*records[1].request);
    assert_eq!(came, ("127.0.0.1", "req_1"));
}

#[test]
fn what_allows_on_a_server_counts_while_the_key_that_gave_it_is_good() {
    let (_place, mut store) = fresh();
    store.create_tenant(&act("a"), "a").unwrap();
    let expires_at = Some(NOW + 30 * SECOND);
    let keys = [
        (Role::Approver, None),
        (Role::Approver, expires_at),
        (Role::Admin, None),
    ];
    for (number, (role, expires_at)) in (1..).zip(keys) {
        let new = NewKey {
            key: KeyText::from_random([number; 38]).kept().unwrap(),
            name: "a key".to_owned(),
            roles: Roles::from([role]),
            expires_at,
        };
        store.put_key(&act("a"), &new).unwrap();
        // Each key allows a question of its own, at which a second run waits.
        let prefix = new.key.prefix;
        let of = |card: u64, run: &str| {
            let mut new = asked(card, &format!("{prefix} {run}"));
            new.question.tenant = "a".to_owned();
            new.question.operation.clone_from(&prefix);
            new
        };
        let card = put(&mut store, &of(number.into(), "first"));
        assert_eq!(put(&mut store, &of(90, "second")), card);
        let by = principal(&prefix);
        let reply = Reply {
            card: &card,
            answer: Answer::AllowModule,
            by: &by,
            stands_ns: HOUR,
        };
        store.answer_card_as(&act("a"), &reply).unwrap();
        let take = |store: &mut Store, run: &str, at| {
            let new = of(91, run);
            store.take_answer(&card, &new.question, &new.waiter.execution, at)
        };
        let stands = |store: &mut Store, run: &str, at| {
            let proposed = store.propose(&of(u64::from(number) + 10, run), at).unwrap();
            matches!(proposed, Proposed::Stands(_))
        };
        let ends = match (role, expires_at) {
            (Role::Admin, _) => NOW,
            (_, Some(at)) => at,
            (_, None) => {
                assert!(take(&mut store, "first", NOW).unwrap().is_some());
                assert!(stands(&mut store, "third", NOW));
                store.revoke_key(&act("a"), &prefix).unwrap();
                NOW
            }
        };
        if ends > NOW {
            assert!(stands(&mut store, "third", ends - 1));
        }
        let gone = take(&mut store, "second", ends);
        assert!(
            matches!(gone, Err(ApprovalError::Withdrawn { .. })),
            "{gone:?}"
        );
        assert!(!stands(&mut store, "fourth", ends), "it is asked");
    }
}

#[test]
fn questions_of_a_process_that_has_ended_are_closed() {
    let (_place, mut store) = fresh();
    let card = put(&mut store, &asked(1, "r1"));
    store.end_questions_of("2", NOW).unwrap();
    assert_eq!(store.card(&card).unwrap().state, CardState::Pending);
    store.end_questions_of("1", NOW).unwrap();
    assert_eq!(store.card(&card).unwrap().state, CardState::Expired);
    store.end_questions_of("1", NOW).unwrap();
}

#[test]
fn an_answer_is_seen_by_the_node_whose_run_waits_for_it() {
    let (_place, mut store) = fresh();
    let card = put(&mut store, &asked(1, "r1"));
    let seen = |store: &Store, process: &str| store.answered_for(process).unwrap().len();
    assert_eq!(seen(&store, "1"), 0);
    answer(&mut store, &card, Answer::AllowOnce).unwrap();
    assert_eq!((seen(&store, "1"), seen(&store, "2")), (1, 0));
    // What was used is old.
    take(&mut store, &card, "r1").unwrap().unwrap();
    assert_eq!(seen(&store, "1"), 0);
}
