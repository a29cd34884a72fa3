//! Whatever fails on the way of a decision, what was kept for it is given back, and the gate stays shut.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tollgate::gateway::{
    Crossing, CrossingDecision, Gateway, GatewayBuilder, GatewayError, Realm, Ruling,
    StandardPolicy, Visit,
};
use tollgate::policy::ManaPrice;
use tollgate_state::Store;
use tollgate_state::did::DocumentSource;
use tollgate_state::faults::{Failing, Points};
use tollgate_state::limits::RESERVATION_LEASE_NS;

use crate::issuer::Issuer;

const SECOND: i64 = 1_000_000_000;
const NOW: i64 = 1_738_059_300 * SECOND;
const ADA: &str = "did:example:ada";
const REALM: &str = "club";
const IDENTITY: &str = "did:erynoa:credential:identity:person:v1";
const MANA: u64 = 1_000_000_000_000;
const PLACES: u32 = 5_000;
/// What one place under a quota is in its bucket.
const PLACE: u64 = 1_000_000_000;

/// A realm with a quota whose visitors show an identity and pay.
struct Club {
    _dir: TempDir,
    path: PathBuf,
    gateway: Gateway,
    issuer: Issuer,
}

impl Club {
    fn new(build: impl FnOnce(GatewayBuilder, &Path) -> GatewayBuilder) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.db");
        let realm = Realm::standard(REALM, StandardPolicy::VerifiedUsers);
        let builder = Gateway::builder(&path)
            .realm(realm.quota(PLACES, Duration::from_secs(86_400)))
            .subjects_pay(ManaPrice::STANDARD);
        let gateway = build(builder, &path).open(NOW).unwrap();
        let issuer = Issuer::ed25519(7);
        let mut store = Store::open(&path).unwrap();
        store.mana().set(ADA, MANA, 0, NOW).unwrap();
        store
            .trust_issuer(&issuer.did(), "did:erynoa:credential:identity:**")
            .unwrap();
        Self {
            _dir: dir,
            path,
            gateway,
            issuer,
        }
    }

    fn identity(&self, issuer: &str) -> String {
        let now = NOW / SECOND;
        let valid = (now - 60, now + 60);
        let mut claims = self.issuer.claims(ADA, IDENTITY, "urn:identity:1", valid);
        claims["iss"] = issuer.into();
        self.issuer.issue(&claims)
    }

    fn visit(&self, id: &str, credentials: &[&str]) -> Result<CrossingDecision, GatewayError> {
        let crossing = Crossing {
            subject: ADA.to_owned(),
            from: "home".to_owned(),
            to: REALM.to_owned(),
            action: "enter".to_owned(),
            amount: None,
        };
        let visit = Visit {
            id,
            now: NOW,
            credentials,
        };
        self.gateway.decide_crossing(&crossing, &visit)
    }

    fn fail_at(&self, point: u64, failing: Failing) -> Points {
        self.gateway
            .with_state(|store| Ok(store.fail_at(point, failing)?))
            .unwrap()
    }

    fn never_fail(&self) {
        self.gateway
            .with_state(|store| Ok(store.never_fail()?))
            .unwrap();
    }

    /// Free places and mana that is left.
    fn books(&self) -> (u64, u64) {
        let mut store = Store::open(&self.path).unwrap();
        let mana = store.mana();
        let level = |bucket: &str| mana.bucket(bucket, NOW).unwrap().level;
        (level("quota:club"), level(ADA))
    }

    fn open_reservations(&self) -> i64 {
        let raw = rusqlite::Connection::open(&self.path).unwrap();
        let open = "SELECT count(*) FROM reservation WHERE state = 0";
        raw.query_row(open, [], |row| row.get(0)).unwrap()
    }

    fn is_decided(&self, id: &str) -> bool {
        Store::open(&self.path)
            .unwrap()
            .outcome(id)
            .unwrap()
            .is_some()
    }
}

/// Lets the storage fail at every point of a visit in turn.
fn at_every_point(failing: Failing) {
    let club = Club::new(|builder, _| builder);
    let identity = club.identity(&club.issuer.did());
    let full = club.books();
    let price = {
        let decision = club.visit("first", &[&identity]).unwrap();
        assert_eq!(decision.ruling, Ruling::Accept);
        decision.budget.unwrap().mana_used.total()
    };
    let (mut accepted, mut failed) = (1, 0);
    for point in 1.. {
        let id = format!("visit {point}");
        let points = club.fail_at(point, failing);
        let result = club.visit(&id, &[&identity]);
        club.never_fail();
        if failing == Failing::FromThenOn {
            // What could not be given back is, when its lease ends.
            let mut store = Store::open(&club.path).unwrap();
            store.mana().recover(NOW + RESERVATION_LEASE_NS).unwrap();
        }
        match &result {
            Ok(decision) if decision.ruling == Ruling::Accept => {}
            // A fact that cannot be read is an error of the evaluation, which is paid and takes no place.
            Ok(decision) => assert_eq!(decision.ruling, Ruling::Error, "{decision:?}"),
            Err(_) => failed += 1,
        }
        let entered = matches!(&result, Ok(decision) if decision.ruling == Ruling::Accept)
            || result.is_err() && club.is_decided(&id);
        accepted += u64::from(entered);
        assert_eq!(club.open_reservations(), 0, "point {point}: {result:?}");
        assert_eq!(
            club.books().0,
            full.0 - accepted * PLACE,
            "point {point}: {result:?}"
        );
        assert!(
            club.books().1 >= full.1 - price * (point + 1),
            "point {point}"
        );
        if result.is_err() && !entered {
            let again = club.visit(&id, &[&identity]);
            let ruling = again.as_ref().map(|decision| decision.ruling);
            match failing {
                Failing::Once => assert_eq!(ruling.unwrap(), Ruling::Accept, "point {point}"),
                // Its reservation was refunded by its lease, and its id is used up with it.
                Failing::FromThenOn => assert!(
                    matches!(ruling, Ok(Ruling::Accept) | Err(_)),
                    "point {point}"
                ),
            }
            accepted += u64::from(again.is_ok());
        }
        if points.passed() < point {
            assert!(failed > 20, "{failed} of {point} points failed");
            return;
        }
    }
}

#[test]
fn what_is_kept_for_a_decision_is_given_back_wherever_the_storage_fails_once() {
    at_every_point(Failing::Once);
}

#[test]
fn what_is_kept_for_a_decision_is_given_back_after_its_lease_when_the_storage_stays_broken() {
    at_every_point(Failing::FromThenOn);
}

#[test]
fn more_or_longer_credentials_than_are_looked_at_take_nothing() {
    let club = Club::new(|builder, _| builder);
    let full = club.books();
    let long = "x".repeat(20_000);
    for (n, credentials) in [vec!["x"; 33], vec![&*long]].into_iter().enumerate() {
        for visit in 0..5 {
            let refused = club.visit(&format!("{n} {visit}"), &credentials);
            assert!(refused.is_err());
        }
    }
    assert_eq!(club.books(), full);
    assert_eq!(club.open_reservations(), 0);
}

/// A source that does something instead of answering.
struct Does<F>(F);

impl<F: Fn() -> Result<Vec<u8>, String> + Send + Sync> DocumentSource for Does<F> {
    fn fetch(&self, _: &str) -> Result<Vec<u8>, String> {
        (self.0)()
    }
}

const WEB: &str = "did:web:issuer.example";

#[test]
fn a_source_of_documents_that_panics_or_fails_keeps_nothing() {
    for panics in [true, false] {
        let source = Does(move || {
            assert!(!panics, "the source is broken");
            Err("unreachable".to_owned())
        });
        let club = Club::new(|builder, _| builder.documents(Arc::new(source)));
        let mut store = Store::open(&club.path).unwrap();
        store
            .trust_issuer(WEB, "did:erynoa:credential:identity:**")
            .unwrap();
        let identity = club.identity(WEB);
        let full = club.books();
        let visit = catch_unwind(AssertUnwindSafe(|| club.visit("v", &[&identity])));
        match visit {
            Err(_) => assert!(panics),
            Ok(decision) => {
                let decision = decision.unwrap();
                assert_eq!(decision.ruling, Ruling::Error);
                assert!(decision.error.unwrap().contains("unreachable"));
            }
        }
        assert_eq!(club.books().0, full.0);
        assert_eq!(club.open_reservations(), 0);
    }
}

#[test]
fn no_transaction_is_open_while_a_document_is_fetched() {
    let club = Club::new(|builder, path| {
        let path = path.to_owned();
        builder.documents(Arc::new(Does(move || {
            let raw = rusqlite::Connection::open(&path).unwrap();
            let readers = raw.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
                row.get::<_, i64>(0)
            });
            assert_eq!(readers, Ok(0), "somebody reads or writes");
            Err("fetched".to_owned())
        })))
    });
    let mut store = Store::open(&club.path).unwrap();
    store
        .trust_issuer(WEB, "did:erynoa:credential:identity:**")
        .unwrap();
    drop(store);
    let decision = club.visit("v", &[&club.identity(WEB)]).unwrap();
    assert!(decision.refusals[0].contains("fetched"), "{decision:?}");
}

#[test]
fn nobody_who_asks_chooses_what_is_fetched() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.db");
    let never = Does(|| panic!("nothing may be fetched"));
    let mut builder = Gateway::builder(&path).documents(Arc::new(never));
    for policy in StandardPolicy::ALL {
        builder = builder.realm(Realm::standard(policy.name(), policy));
    }
    let gateway = builder.open(NOW).unwrap();
    let stranger = Issuer::ed25519(9);
    let now = NOW / SECOND;
    let mut claims = stranger.claims(ADA, IDENTITY, "urn:identity:2", (now - 60, now + 60));
    claims["iss"] = "did:web:attacker.example%3A8443:any:path".into();
    let shown = stranger.issue(&claims);
    for subject in [
        "did:web:attacker.example%3A8443:any:path",
        "did:web:victim.example:api:v1",
    ] {
        for policy in StandardPolicy::ALL {
            let crossing = Crossing {
                subject: subject.to_owned(),
                from: "home".to_owned(),
                to: policy.name().to_owned(),
                action: "write".to_owned(),
                amount: Some("1 EUR".to_owned()),
            };
            let id = format!("{subject} {}", policy.name());
            let visit = Visit {
                id: &id,
                now: NOW,
                credentials: &[&shown],
            };
            let decision = gateway.decide_crossing(&crossing, &visit).unwrap();
            assert_ne!(decision.ruling, Ruling::Accept, "{decision:?}");
        }
    }
}
