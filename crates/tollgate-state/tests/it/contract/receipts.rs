use std::error::Error;

use tollgate_state::StateError;
use tollgate_state::cast::{CastEnd, CastState};
use tollgate_state::limits::{ANSWER_KEPT_NS, RECEIPT_BYTES_MAX};
use tollgate_state::receipt::{ChainPlace, Seal, Sealed};

use super::access::act;
use super::casts::{end, new};
use super::fresh;
use super::ledger::at;

/// Writes down the place, and gives its number as the digest.
#[derive(Debug)]
struct Clerk {
    name: &'static str,
    says: Says,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Place,
    TooMuch,
    No,
}

impl Seal for Clerk {
    fn signer(&self) -> String {
        self.name.to_owned()
    }

    fn seal(&self, place: ChainPlace) -> Result<Sealed, Box<dyn Error + Send + Sync>> {
        let line = match self.says {
            Says::Place => format!("{} {:?}", place.sequence, place.previous[0]),
            Says::TooMuch => "x".repeat(RECEIPT_BYTES_MAX + 1),
            Says::No => return Err("no".into()),
        };
        let number = u8::try_from(place.sequence)?;
        Ok(Sealed {
            line,
            digest: [number + 1; 32],
        })
    }
}

const CLERK: Clerk = Clerk {
    name: "a",
    says: Says::Place,
};

fn signed<'a>(id: &'a str, by: &'a Clerk) -> CastEnd<'a> {
    CastEnd {
        receipt: Some(by),
        ..end(id)
    }
}

#[test]
fn receipts_of_a_signer_are_one_chain_over_all_tenants() {
    let (_place, mut store) = fresh();
    let other = Clerk { name: "b", ..CLERK };
    for tenant in ["a", "b"] {
        store.create_tenant(&act(tenant), tenant).unwrap();
    }
    for (tenant, id, by, line) in [
        ("a", "c1", &CLERK, "0 0"),
        ("b", "c2", &CLERK, "1 1"),
        ("a", "c3", &other, "0 0"),
        ("a", "c4", &CLERK, "2 2"),
    ] {
        store.begin_cast(&act(tenant), &new(id, None)).unwrap();
        assert_eq!(store.receipt(tenant, id).unwrap(), None);
        store.end_cast(&act(tenant), &signed(id, by)).unwrap();
        assert_eq!(store.receipt(tenant, id).unwrap().as_deref(), Some(line));
    }
    let hidden = store.receipt("b", "c1");
    assert!(
        matches!(hidden, Err(StateError::Absent { .. })),
        "{hidden:?}"
    );
    let audit = store.audit_page("a", 0).unwrap();
    let last = audit.last().unwrap();
    assert!(last.detail.contains(r#""sequence":2"#), "{}", last.detail);
    assert!(last.detail.contains(&"03".repeat(32)), "{}", last.detail);
}

#[test]
fn an_end_that_is_not_signed_is_not_written_and_takes_no_place() {
    let (_place, mut store) = fresh();
    store.create_tenant(&act("a"), "a").unwrap();
    store.begin_cast(&act("a"), &new("c1", None)).unwrap();
    for says in [Says::No, Says::TooMuch] {
        let clerk = Clerk { says, ..CLERK };
        let refused = store.end_cast(&act("a"), &signed("c1", &clerk));
        let expected = match says {
            Says::No => matches!(refused, Err(StateError::Unsealed { .. })),
            Says::TooMuch | Says::Place => matches!(refused, Err(StateError::Invalid { .. })),
        };
        assert!(expected, "{refused:?}");
        assert_eq!(store.cast("a", "c1").unwrap().state, CastState::Running);
    }
    store.end_cast(&act("a"), &signed("c1", &CLERK)).unwrap();
    // An end that comes too late takes no place either.
    assert!(store.end_cast(&act("a"), &signed("c1", &CLERK)).is_err());
    store.begin_cast(&act("a"), &new("c2", None)).unwrap();
    store.end_cast(&act("a"), &signed("c2", &CLERK)).unwrap();
    let receipt = store.receipt("a", "c2").unwrap();
    assert_eq!(receipt.as_deref(), Some("1 1"));
}

#[test]
fn a_receipt_counts_with_its_answer_and_goes_with_it() {
    let (_place, mut store) = fresh();
    store.create_tenant(&act("a"), "a").unwrap();
    store.begin_cast(&at("a", 100), &new("c1", None)).unwrap();
    let ended = signed("c1", &CLERK);
    store.end_cast(&at("a", 100), &ended).unwrap();
    let bytes = ended.answer.len() + "0 0".len();
    let kept = store.quota_use("a", 100).unwrap().answer_bytes;
    assert_eq!(kept, u64::try_from(bytes).unwrap());
    let later = at("", 100 + ANSWER_KEPT_NS);
    assert_eq!(store.forget_answers(&later).unwrap(), 1);
    assert_eq!(store.receipt("a", "c1").unwrap(), None);
    assert_eq!(store.quota_use("a", 100).unwrap().answer_bytes, 0);
}
