use tollgate_state::audit::Act;
use tollgate_state::cast::{CastEnd, CastState, NewCast};
use tollgate_state::ledger::{
    Account, Budget, LedgerVerdict, Movement, NewBudget, Reserve, Resolution, Resolved, SetBy,
};
use tollgate_state::limits::{
    CAST_LEASE_NS, MONEY_MICRO_USD_MAX, RAISED_MICRO_USD_MAX, SPENT_MICRO_USD_MAX,
};
use tollgate_state::{StateError, Store};

use super::access::act;
use super::casts::{end, new, once};
use super::fresh;
use crate::{NOW, SECOND};

/// When a reservation of these tests ends.
pub(in super::super) const OVER: i64 = NOW + 10 * SECOND;

pub(in super::super) fn at(tenant: &str, at: i64) -> Act<'_> {
    Act { at, ..act(tenant) }
}

pub(in super::super) fn limit(id: &str, limit: Option<u64>) -> NewBudget<'_> {
    NewBudget {
        id,
        limit,
        by: SetBy::Operator,
    }
}

pub(in super::super) fn reserve(id: &str, amount: u64) -> Reserve<'_> {
    Reserve {
        id,
        amount,
        expires_at: OVER,
    }
}

/// A state with the tenants `a`, which may spend `limit`, and `b`, which may spend what it likes.
pub(in super::super) fn with_budget(store: &mut Store, micro_usd: u64) {
    for tenant in ["a", "b"] {
        store.create_tenant(&act(tenant), tenant).unwrap();
    }
    store
        .set_budget(&act("a"), &limit("first", Some(micro_usd)))
        .unwrap();
}

#[track_caller]
pub(in super::super) fn is_whole(store: &Store, tenant: &str) -> Budget {
    let verdict = store.verify_ledger(tenant).unwrap();
    let budget = store.budget(tenant).unwrap();
    let LedgerVerdict::Whole {
        spent, reserved, ..
    } = verdict
    else {
        panic!("{verdict:?}")
    };
    assert_eq!((spent, reserved), (budget.spent, budget.reserved));
    budget
}

#[test]
fn a_run_reserves_the_most_it_can_cost_and_is_charged_what_it_did() {
    let (_place, mut store) = fresh();
    with_budget(&mut store, 50_000);
    store.begin_cast(&act("a"), &new("c1", None)).unwrap();
    let budget = is_whole(&store, "a");
    assert_eq!((budget.reserved, budget.spent), (20_000, 0));
    assert_eq!(budget.left(), Some(30_000));
    store.end_cast(&act("a"), &end("c1")).unwrap();
    let budget = is_whole(&store, "a");
    assert_eq!((budget.reserved, budget.spent), (0, 10_000));
    assert_eq!(budget.left(), Some(40_000));
    assert_eq!(store.budget("b").unwrap().spent, 0);
}

#[test]
fn a_run_that_the_budget_is_too_small_for_is_not_written_down_and_its_key_is_free() {
    let (_place, mut store) = fresh();
    with_budget(&mut store, 19_999);
    let records = store.audit_page("a", 0).unwrap().len();
    let refused = store.begin_cast(&act("a"), &new("c1", once("k", "r1")));
    let Err(StateError::OverBudget {
        needed,
        left,
        limit: bound,
    }) = refused
    else {
        panic!("{refused:?}")
    };
    assert_eq!((needed, left, bound), (20_000, 19_999, 19_999));
    assert!(store.casts("a", 0).unwrap().is_empty());
    assert_eq!(store.audit_page("a", 0).unwrap().len(), records);
    store
        .set_budget(&act("a"), &limit("more", Some(20_000)))
        .unwrap();
    store
        .begin_cast(&act("a"), &new("c1", once("k", "r1")))
        .unwrap();
    assert_eq!(is_whole(&store, "a").left(), Some(0));
}

#[test]
fn a_run_costs_no_more_than_was_reserved_for_it() {
    let (_place, mut store) = fresh();
    with_budget(&mut store, 50_000);
    store.begin_cast(&act("a"), &new("c1", None)).unwrap();
    let dear = CastEnd {
        cost_micro_usd: 20_001,
        ..end("c1")
    };
    let refused = store.end_cast(&act("a"), &dear);
    assert!(
        matches!(refused, Err(StateError::Invalid { .. })),
        "{refused:?}"
    );
    assert_eq!(store.cast("a", "c1").unwrap().state, CastState::Running);
    assert_eq!(is_whole(&store, "a").reserved, 20_000);
}

#[test]
fn a_run_that_is_lost_costs_nothing() {
    let (_place, mut store) = fresh();
    with_budget(&mut store, 50_000);
    store.begin_cast(&act("a"), &new("c1", None)).unwrap();
    store.end_gone_nodes(&act("a"), &[]).unwrap();
    let budget = is_whole(&store, "a");
    assert_eq!((budget.reserved, budget.spent), (0, 0));
}

#[test]
fn a_run_whose_end_nobody_writes_is_lost_when_its_lease_is_over_and_its_money_is_free() {
    let (_place, mut store) = fresh();
    with_budget(&mut store, 20_000);
    store.begin_cast(&act("a"), &new("c1", None)).unwrap();
    let over = NOW + CAST_LEASE_NS;
    let early = store.begin_cast(&at("a", over - 1), &new("c2", None));
    assert!(
        matches!(early, Err(StateError::OverBudget { .. })),
        "{early:?}"
    );
    let late = store.end_cast(&at("a", over), &end("c1"));
    assert!(matches!(late, Err(StateError::Absent { .. })), "{late:?}");
    store.begin_cast(&at("a", over), &new("c2", None)).unwrap();
    assert_eq!(store.cast("a", "c1").unwrap().state, CastState::Lost);
    let late = store.end_cast(&at("a", over), &end("c1"));
    assert!(matches!(late, Err(StateError::Absent { .. })), "{late:?}");
    let budget = is_whole(&store, "a");
    assert_eq!((budget.reserved, budget.spent), (20_000, 0));
    let lost = store.audit_page("a", 0).unwrap();
    let lost = lost
        .iter()
        .find(|record| record.action == "cast.lost")
        .unwrap();
    assert_eq!(
        (lost.actor.as_str(), lost.object.as_str()),
        ("server", "c1")
    );
}

#[test]
fn a_budget_below_what_is_spent_lets_nothing_begin_and_none_lets_everything() {
    let (_place, mut store) = fresh();
    with_budget(&mut store, 50_000);
    store.begin_cast(&act("a"), &new("c1", None)).unwrap();
    store.end_cast(&act("a"), &end("c1")).unwrap();
    let low = store
        .set_budget(&act("a"), &limit("low", Some(5_000)))
        .unwrap();
    assert_eq!(
        (low.limit, low.spent, low.left()),
        (Some(5_000), 10_000, Some(0))
    );
    let free = NewCast {
        reserve_micro_usd: 1,
        ..new("c2", None)
    };
    let refused = store.begin_cast(&act("a"), &free);
    assert!(
        matches!(refused, Err(StateError::OverBudget { .. })),
        "{refused:?}"
    );
    let none = store.set_budget(&act("a"), &limit("none", None)).unwrap();
    assert_eq!((none.limit, none.spent, none.left()), (None, 10_000, None));
    store.begin_cast(&act("a"), &new("c2", None)).unwrap();
    let again = store
        .set_budget(&act("a"), &limit("again", Some(40_000)))
        .unwrap();
    assert_eq!(again.left(), Some(10_000));
    is_whole(&store, "a");
}

#[test]
fn a_tenant_sets_its_budget_up_to_what_the_operator_lets_it() {
    let (_place, mut store) = fresh();
    with_budget(&mut store, 50_000);
    let own = |id: &'static str, limit| NewBudget {
        id,
        limit,
        by: SetBy::Tenant,
    };
    for above in [Some(50_001), None] {
        let refused = store.set_budget(&act("a"), &own("above", above));
        let most = 50_000;
        assert!(
            matches!(refused, Err(StateError::AboveCeiling { most: found }) if found == most),
            "{refused:?}"
        );
    }
    let set = store
        .set_budget(&act("a"), &own("own", Some(30_000)))
        .unwrap();
    assert_eq!((set.limit, set.ceiling), (Some(30_000), Some(50_000)));
    let free = store.set_budget(&act("b"), &own("own", Some(1))).unwrap();
    assert_eq!((free.limit, free.ceiling), (Some(1), None));
    store.set_budget(&act("b"), &own("none", None)).unwrap();
}

#[test]
fn every_movement_is_listed_in_its_order() {
    let (_place, mut store) = fresh();
    with_budget(&mut store, 50_000);
    store.begin_cast(&act("a"), &new("c1", None)).unwrap();
    store.end_cast(&act("a"), &end("c1")).unwrap();
    store.begin_cast(&act("a"), &new("c2", None)).unwrap();
    store.end_gone_nodes(&act("a"), &[]).unwrap();
    store
        .set_budget(&act("a"), &limit("less", Some(30_000)))
        .unwrap();
    let listed = store.transfers("a", 0).unwrap();
    let expires_at = NOW + CAST_LEASE_NS;
    let short: Vec<_> = listed
        .iter()
        .map(|t| {
            (
                t.id.as_str(),
                t.movement.clone(),
                t.debit,
                t.credit,
                t.amount,
            )
        })
        .collect();
    let (source, budget, sales) = (Account::Source, Account::Budget, Account::Sales);
    let held = Movement::Reserved { expires_at };
    let expected = [
        ("first", Movement::Moved, source, budget, 50_000),
        ("c1", held.clone(), budget, sales, 20_000),
        (
            "c1",
            Movement::Ended(Resolution::Posted(10_000)),
            budget,
            sales,
            10_000,
        ),
        ("c2", held, budget, sales, 20_000),
        ("c2", Movement::Ended(Resolution::Voided), budget, sales, 0),
        ("less", Movement::Moved, budget, source, 20_000),
    ];
    assert_eq!(short, expected);
    assert_eq!(store.transfers("a", listed[4].seq).unwrap().len(), 1);
    assert!(store.transfers("b", 0).unwrap().is_empty());
}

#[test]
fn what_is_no_amount_and_who_is_no_tenant_is_refused() {
    let (_place, mut store) = fresh();
    with_budget(&mut store, MONEY_MICRO_USD_MAX);
    let much = MONEY_MICRO_USD_MAX + 1;
    let refused = [
        store
            .set_budget(&act("a"), &limit("x", Some(much)))
            .map(drop),
        store.set_budget(&act("a"), &limit("", Some(1))).map(drop),
        store.reserve(&act("a"), &reserve("x", much)).map(drop),
        store
            .reserve(&act("a"), &reserve(&"x".repeat(256), 1))
            .map(drop),
        store.reserve(&at("a", OVER), &reserve("x", 1)).map(drop),
    ];
    for refused in refused {
        assert!(
            matches!(refused, Err(StateError::Invalid { .. })),
            "{refused:?}"
        );
    }
    let nobody = store.set_budget(&act("nobody"), &limit("x", Some(1)));
    assert!(
        matches!(nobody, Err(StateError::Absent { .. })),
        "{nobody:?}"
    );
    let nothing = store.resolve_reservation(&act("a"), "x", Resolution::Voided);
    assert!(
        matches!(nothing, Err(StateError::Absent { .. })),
        "{nothing:?}"
    );
    assert!(matches!(
        store.budget("nobody"),
        Err(StateError::Absent { .. })
    ));
    assert_eq!(store.transfers("a", 0).unwrap().len(), 1);
}

#[test]
fn the_reservation_of_another_tenant_is_not_there() {
    let (_place, mut store) = fresh();
    with_budget(&mut store, 100);
    store.reserve(&act("a"), &reserve("r", 60)).unwrap();
    let theirs = store.resolve_reservation(&act("b"), "r", Resolution::Posted(60));
    assert!(
        matches!(theirs, Err(StateError::Absent { .. })),
        "{theirs:?}"
    );
    assert!(store.reserve(&act("b"), &reserve("r", 1_000)).unwrap());
    let ended = store.resolve_reservation(&act("a"), "r", Resolution::Posted(60));
    assert_eq!(ended.unwrap(), Resolved::Now);
    assert_eq!(store.budget("b").unwrap().reserved, 1_000);
}

#[test]
fn what_could_not_be_counted_is_not_reserved() {
    let (_place, mut store) = fresh();
    store.create_tenant(&act("a"), "a").unwrap();
    let most = SPENT_MICRO_USD_MAX / MONEY_MICRO_USD_MAX;
    store
        .together(|batch| {
            for number in 0..most {
                let id = format!("c{number}");
                let dear = NewCast {
                    reserve_micro_usd: MONEY_MICRO_USD_MAX,
                    gas_max: 1,
                    ..new(&id, None)
                };
                batch.begin_cast(&act("a"), &dear).unwrap();
            }
        })
        .unwrap();
    let more = store.begin_cast(&act("a"), &new("more", None));
    assert!(
        matches!(more, Err(StateError::OverBudget { left: 0, .. })),
        "{more:?}"
    );
    assert_eq!(is_whole(&store, "a").reserved, SPENT_MICRO_USD_MAX);
}

/// Sets the budget of `a`, each time to another amount with another id.
struct Budgets(u64);

impl Budgets {
    fn set(&mut self, store: &mut Store, (limit, by): (u64, SetBy)) -> Result<Budget, StateError> {
        self.0 += 1;
        let id = format!("b{}", self.0);
        let limit = Some(limit);
        let new = NewBudget { id: &id, limit, by };
        store.set_budget(&act("a"), &new)
    }
}

#[test]
fn a_budget_that_goes_up_and_down_stays_one_that_can_be_counted() {
    let (_place, mut store) = fresh();
    store.create_tenant(&act("a"), "a").unwrap();
    let mut budgets = Budgets(0);
    let times = RAISED_MICRO_USD_MAX / MONEY_MICRO_USD_MAX;
    for _ in 0..times {
        for limit in [MONEY_MICRO_USD_MAX, 0] {
            budgets.set(&mut store, (limit, SetBy::Tenant)).unwrap();
        }
    }
    let refused = budgets.set(&mut store, (1, SetBy::Tenant));
    assert!(
        matches!(refused, Err(StateError::Invalid { .. })),
        "{refused:?}"
    );
    assert_eq!(store.budget("a").unwrap().limit, Some(0));
    // The operator can, and runs are paid as before.
    let most = MONEY_MICRO_USD_MAX;
    budgets.set(&mut store, (most, SetBy::Operator)).unwrap();
    // Who can raise it no more can still lower it, and leave it as it is.
    for limit in [most, most - 1, most - 1] {
        let set = budgets.set(&mut store, (limit, SetBy::Tenant)).unwrap();
        assert_eq!(set.limit, Some(limit));
    }
    store.reserve(&act("a"), &reserve("r", 60)).unwrap();
    let ended = store.resolve_reservation(&act("a"), "r", Resolution::Posted(60));
    assert_eq!(ended.unwrap(), Resolved::Now);
    assert_eq!(is_whole(&store, "a").spent, 60);
}
