//! The six standard policies over a real state with real credentials: who crosses, who does not, and why.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tollgate::gateway::{
    Crossing, CrossingDecision, Gateway, GatewayError, Observed, Realm, Ruling, StandardPolicy,
    Visit,
};
use tollgate::policy::{EngineChoice, ManaPrice, PolicyRunner};
use tollgate_state::did::DocumentSource;
use tollgate_state::{Effect, Store};

use crate::issuer::Issuer;

const SECOND: i64 = 1_000_000_000;
/// 2025-01-28T10:15:00Z.
const NOW: i64 = 1_738_059_300 * SECOND;
const ADA: &str = "did:example:ada";
const BOB: &str = "did:example:bob";
const IDENTITY: &str = "did:erynoa:credential:identity:person:v1";

struct World {
    _dir: TempDir,
    path: PathBuf,
    gateway: Gateway,
    visits: AtomicU32,
}

impl World {
    fn new(choice: EngineChoice) -> Self {
        Self::with(|builder| builder.runner(PolicyRunner::new(choice).unwrap()))
    }

    fn with(
        build: impl FnOnce(tollgate::gateway::GatewayBuilder) -> tollgate::gateway::GatewayBuilder,
    ) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.db");
        let mut builder = Gateway::builder(&path);
        for policy in StandardPolicy::ALL {
            builder = builder.realm(Realm::standard(policy.name(), policy));
        }
        let gateway = build(builder).open(NOW).unwrap();
        Self {
            _dir: dir,
            path,
            gateway,
            visits: AtomicU32::new(0),
        }
    }

    fn write<E: std::fmt::Debug>(&self, work: impl FnOnce(&mut Store) -> Result<(), E>) {
        let mut store = Store::open(&self.path).unwrap();
        work(&mut store).unwrap();
    }

    fn trust(&self, did: &str, value: f64) {
        self.write(|store| {
            store.put_member(did, "home")?;
            store.put_trust(did, [value; 6], NOW)
        });
    }

    fn trust_issuer(&self, issuer: &Issuer) {
        self.write(|store| store.trust_issuer(&issuer.did(), "did:erynoa:credential:identity:**"));
    }

    fn cross(&self, crossing: &Crossing, credentials: &[&str]) -> CrossingDecision {
        let id = format!("visit-{}", self.visits.fetch_add(1, Ordering::Relaxed));
        self.visit(crossing, &id, NOW, credentials).unwrap()
    }

    fn visit(
        &self,
        crossing: &Crossing,
        id: &str,
        now: i64,
        credentials: &[&str],
    ) -> Result<CrossingDecision, GatewayError> {
        let visit = Visit {
            id,
            now,
            credentials,
        };
        self.gateway.decide_crossing(crossing, &visit)
    }
}

fn crossing(subject: &str, to: &str, action: &str, amount: Option<&str>) -> Crossing {
    Crossing {
        subject: subject.to_owned(),
        from: "home".to_owned(),
        to: to.to_owned(),
        action: action.to_owned(),
        amount: amount.map(str::to_owned),
    }
}

fn identity(issuer: &Issuer, subject: &str, id: &str, valid: (i64, i64)) -> String {
    let now = NOW / SECOND;
    let valid = (now + valid.0, now + valid.1);
    issuer.issue(&issuer.claims(subject, IDENTITY, id, valid))
}

/// A did that resolves: the one of a key.
fn resolvable() -> String {
    Issuer::ed25519(42).did()
}

fn told(decision: &CrossingDecision) -> (Ruling, &str) {
    (decision.ruling, decision.rule.as_deref().unwrap_or("-"))
}

#[test]
fn the_six_standard_policies_decide_with_real_credentials_on_both_engines() {
    for choice in [EngineChoice::Interpreter, EngineChoice::Wasm] {
        let world = World::new(choice);
        for issuer in [Issuer::ed25519(1), Issuer::p256(2)] {
            world.trust_issuer(&issuer);
            let jwt = identity(&issuer, ADA, "urn:identity:ada", (-60, 3_600));
            let ada = |to: &str, amount| {
                let decision = world.cross(&crossing(ADA, to, "enter", amount), &[&jwt]);
                (decision.ruling, decision.rule.as_deref().map(str::to_owned))
            };
            let rule = |name: &str| Some(name.to_owned());
            world.trust(ADA, 1.0);
            assert_eq!(
                ada("verified-users", None),
                (Ruling::Accept, rule("verified"))
            );
            assert_eq!(ada("public", None), (Ruling::Accept, rule("reads")));
            assert_eq!(ada("high-trust", None), (Ruling::Accept, rule("high")));
            assert_eq!(ada("finance", Some("250 EUR")).0, Ruling::Accept);
            assert_eq!(
                ada("finance", Some("10000.01 EUR")),
                (Ruling::Escalate, rule("large"))
            );
            assert_eq!(
                ada("finance", Some("-1 EUR")),
                (Ruling::Reject, rule("negative"))
            );
            world.trust(ADA, 0.2);
            assert_eq!(ada("high-trust", None), (Ruling::Reject, rule("weak")));
            assert_eq!(ada("finance", None), (Ruling::Reject, rule("distrusted")));
        }
        let key = resolvable();
        world.trust(&key, 0.9);
        let entry = crossing(&key, "default-entry", "enter", None);
        assert_eq!(told(&world.cross(&entry, &[])), (Ruling::Accept, "trusted"));
        let unresolved = world.cross(&crossing(ADA, "default-entry", "enter", None), &[]);
        assert_eq!(told(&unresolved), (Ruling::Reject, "unresolved"));
        let write = crossing(ADA, "public", "write", None);
        assert_eq!(world.cross(&write, &[]).ruling, Ruling::Reject);
    }
}

#[test]
fn invitations_are_a_list_of_the_state() {
    let world = World::new(EngineChoice::Automatic);
    let invite = |did: &str, says: &str| {
        let effect = Effect::Put {
            store: "realm:invitations".into(),
            key: did.into(),
            value: says.into(),
        };
        world.write(|store| {
            let commit = tollgate_state::Commit {
                id: &format!("{did} {says}"),
                effects: &[effect],
                settle: &[],
                outcome: "",
                at: NOW,
            };
            store.commit(&commit).map(|_| ())
        });
    };
    let ask = || {
        let decision = world.cross(&crossing(ADA, "invite-only", "enter", None), &[]);
        (
            decision.ruling,
            decision.message.as_deref().map(str::to_owned),
        )
    };
    assert_eq!(ask(), (Ruling::Reject, Some("not invited".into())));
    for (says, ruling) in [
        ("waiting", Ruling::Escalate),
        ("invited", Ruling::Accept),
        ("banned", Ruling::Reject),
    ] {
        invite(ADA, says);
        assert_eq!(ask().0, ruling, "{says}");
    }
}

#[test]
fn credentials_that_do_not_count_are_refused_with_their_reasons() {
    let world = World::new(EngineChoice::Automatic);
    let issuer = Issuer::ed25519(1);
    world.trust_issuer(&issuer);
    world.write(|store| store.revoke(&issuer.did(), "urn:identity:revoked", NOW - SECOND));
    let stranger = Issuer::p256(9);
    let mut forged = identity(&issuer, ADA, "urn:identity:forged", (-60, 60));
    forged.replace_range(forged.len() - 8.., "AAAAAAAA");
    let cases = [
        (
            identity(&issuer, ADA, "urn:identity:expired", (-60, -1)),
            "expired at",
        ),
        (
            identity(&issuer, ADA, "urn:identity:early", (10, 60)),
            "not valid before",
        ),
        (
            identity(&issuer, ADA, "urn:identity:revoked", (-60, 60)),
            "is revoked",
        ),
        (
            identity(&issuer, BOB, "urn:identity:bob", (-60, 60)),
            "is about `did:example:bob`",
        ),
        (
            identity(&stranger, ADA, "urn:identity:stranger", (-60, 60)),
            "is not trusted to issue",
        ),
        (forged, "the signature is not one of"),
    ];
    for (jwt, reason) in &cases {
        let decision = world.cross(&crossing(ADA, "verified-users", "enter", None), &[jwt]);
        assert_eq!(told(&decision), (Ruling::Reject, "unverified"), "{reason}");
        assert_eq!(
            decision.message.as_deref(),
            Some("an identity credential is needed")
        );
        let [refusal] = &decision.refusals[..] else {
            panic!("{:?}", decision.refusals)
        };
        assert!(refusal.contains(reason), "{refusal}");
    }
    // One that counts is enough, whatever is shown besides.
    let good = identity(&issuer, ADA, "urn:identity:good", (-60, 60));
    let all: Vec<&str> = cases
        .iter()
        .map(|(jwt, _)| &**jwt)
        .chain([&*good])
        .collect();
    let decision = world.cross(&crossing(ADA, "verified-users", "enter", None), &all);
    assert_eq!(decision.ruling, Ruling::Accept);
}

#[test]
fn a_stored_credential_stops_counting_when_it_is_revoked_or_expires() {
    let world = World::new(EngineChoice::Automatic);
    let issuer = Issuer::p256(5);
    world.trust_issuer(&issuer);
    let jwt = identity(&issuer, ADA, "urn:identity:1", (-60, 60));
    world.write(|store| {
        store
            .put_credential(&jwt, &tollgate_state::did::Offline)
            .map(|_| ())
    });
    let enter = crossing(ADA, "verified-users", "enter", None);
    assert_eq!(world.cross(&enter, &[]).ruling, Ruling::Accept);
    let later = world
        .visit(&enter, "later", NOW + 61 * SECOND, &[])
        .unwrap();
    assert_eq!(later.ruling, Ruling::Reject);
    assert!(
        later.refusals[0].contains("expired"),
        "{:?}",
        later.refusals
    );
    world.write(|store| store.revoke(&issuer.did(), "urn:identity:1", NOW));
    let revoked = world.cross(&enter, &[]);
    assert_eq!(revoked.ruling, Ruling::Reject);
    assert!(
        revoked.refusals[0].contains("revoked"),
        "{:?}",
        revoked.refusals
    );
}

#[test]
fn the_policy_sees_trust_as_its_realm_does() {
    let world = World::new(EngineChoice::Automatic);
    world.trust(ADA, 0.9);
    let enter = crossing(ADA, "high-trust", "enter", None);
    let seen = |factor: f64| {
        world.write(|store| store.put_dampening("home", "high-trust", factor));
        let decision = world.cross(&enter, &[]);
        (decision.ruling, decision.reasons.join("\n"))
    };
    let (ruling, reasons) = seen(1.0);
    assert_eq!(ruling, Ruling::Accept);
    assert!(
        reasons.contains("norm(seen) (0.9) >= min (0.7): PASS"),
        "{reasons}"
    );
    let (ruling, reasons) = seen(0.7);
    assert_eq!(ruling, Ruling::Escalate);
    assert!(
        reasons.contains("norm(seen) (0.63) >= min (0.6): PASS"),
        "{reasons}"
    );
    assert_eq!(seen(0.2).0, Ruling::Reject);
}

#[test]
fn strangers_are_an_error_and_stay_outside() {
    let world = World::new(EngineChoice::Automatic);
    let decision = world.cross(&crossing(ADA, "high-trust", "enter", None), &[]);
    assert_eq!(decision.ruling, Ruling::Error);
    let error = decision.error.unwrap();
    assert!(error.contains("`realm_trust` is unknown"), "{error}");
}

#[test]
fn the_same_visit_is_decided_once() {
    let world = World::new(EngineChoice::Automatic);
    world.trust(ADA, 0.9);
    let enter = crossing(ADA, "high-trust", "enter", None);
    let first = world.visit(&enter, "v", NOW, &[]).unwrap();
    assert_eq!((first.ruling, first.repeated), (Ruling::Accept, false));
    world.trust(ADA, 0.1);
    let second = world.visit(&enter, "v", NOW + SECOND, &[]).unwrap();
    assert!(second.repeated);
    assert_eq!(
        (second.ruling, &second.reasons),
        (first.ruling, &first.reasons)
    );
    let other = world.visit(&crossing(ADA, "public", "read", None), "v", NOW, &[]);
    let error = other.unwrap_err().to_string();
    assert!(error.contains("the id `v` was used"), "{error}");
    // What was accepted once does not open the gate for somebody else.
    let stranger = crossing("did:example:eve", "high-trust", "enter", None);
    let error = world.visit(&stranger, "v", NOW, &[]).unwrap_err();
    assert!(error.to_string().contains("for another input"), "{error}");
}

#[test]
fn a_quota_is_exact_under_concurrency_and_survives_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.db");
    let open = || {
        let realm = Realm::standard("square", StandardPolicy::Public);
        let realm = realm.quota(10, Duration::from_secs(100));
        Gateway::builder(&path).realm(realm).open(NOW).unwrap()
    };
    let gateway = open();
    let read = crossing(ADA, "square", "read", None);
    let write = crossing(ADA, "square", "write", None);
    let visit = |gateway: &Gateway, crossing: &Crossing, id: &str, now| {
        let visit = Visit {
            id,
            now,
            credentials: &[],
        };
        gateway.decide_crossing(crossing, &visit).unwrap()
    };
    // Rejections take no place.
    for n in 0..5 {
        let rejected = visit(&gateway, &write, &format!("write {n}"), NOW);
        assert_eq!(rejected.ruling, Ruling::Reject);
        assert_ne!(rejected.rule.as_deref(), Some("quota"));
    }
    let accepted = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (gateway, accepted, read) = (&gateway, &accepted, &read);
            scope.spawn(move || {
                for n in 0..6 {
                    let decision = visit(gateway, read, &format!("read {thread} {n}"), NOW);
                    match decision.ruling {
                        Ruling::Accept => drop(accepted.fetch_add(1, Ordering::Relaxed)),
                        _ => assert_eq!(decision.rule.as_deref(), Some("quota")),
                    }
                }
            });
        }
    });
    assert_eq!(accepted.into_inner(), 10);
    drop(gateway);
    let again = open();
    let full = visit(&again, &read, "after the restart", NOW);
    assert_eq!(told(&full), (Ruling::Reject, "quota"));
    assert!(
        full.reasons[0].contains("quota of realm `square`"),
        "{:?}",
        full.reasons
    );
    assert!(
        full.reasons[0].contains("free in 10 s"),
        "{:?}",
        full.reasons
    );
    let later = visit(&again, &read, "ten seconds later", NOW + 10 * SECOND);
    assert_eq!(later.ruling, Ruling::Accept);
}

#[test]
fn subjects_pay_exactly_what_their_crossing_used() {
    let world = World::with(|builder| builder.subjects_pay(ManaPrice::STANDARD));
    let capacity = 10_000_000;
    world.write(|store| store.mana().set(ADA, capacity, 0, NOW));
    world.trust(ADA, 0.9);
    let level = || {
        let mut store = Store::open(&world.path).unwrap();
        store.mana().bucket(ADA, NOW).unwrap().level
    };
    let decision = world.cross(&crossing(ADA, "high-trust", "enter", None), &[]);
    let budget = decision.budget.unwrap();
    let used = budget.mana_used.total();
    assert_eq!(used, budget.gas_used.total() * 1_000);
    assert!(used <= budget.mana_limit, "{budget:?}");
    assert!(budget.gas_used.realm > 0 && budget.gas_used.total() <= budget.gas_limits.total);
    assert_eq!(level(), capacity - used);
    world.write(|store| store.mana().set(ADA, 10, 0, NOW));
    let broke = world.cross(&crossing(ADA, "high-trust", "enter", None), &[]);
    assert_eq!(told(&broke), (Ruling::Reject, "mana"));
    assert_eq!(level(), 10);
    // Who has no bucket at all is an error of the setup, and does not come in either.
    let no_bucket = world.visit(&crossing(BOB, "public", "read", None), "b", NOW, &[]);
    assert!(matches!(no_bucket, Err(GatewayError::Call(_))));
}

#[test]
fn observers_see_every_decision() {
    let world = World::new(EngineChoice::Automatic);
    let mut subscription = world.gateway.subscribe();
    let decision = world.cross(&crossing(ADA, "public", "read", None), &[]);
    assert_eq!(
        subscription.try_next(),
        Some(Observed::Decision(Arc::new(decision)))
    );
    assert_eq!(subscription.try_next(), None);
    for _ in 0..tollgate::limits::OBSERVED_CROSSINGS + 3 {
        let visit = Visit {
            id: "the same",
            now: NOW,
            credentials: &[],
        };
        let read = crossing(ADA, "public", "read", None);
        world.gateway.decide_crossing(&read, &visit).unwrap();
    }
    assert_eq!(subscription.try_next(), Some(Observed::Missed(3)));
}

#[test]
fn crossings_that_are_not_well_formed_or_lead_nowhere_are_refused() {
    let world = World::new(EngineChoice::Automatic);
    let refused = |crossing: &Crossing| {
        let error = world.visit(crossing, "v", NOW, &[]).unwrap_err();
        format!("{:#}", anyhow::Error::from(error))
    };
    let nowhere = refused(&crossing(ADA, "nowhere", "enter", None));
    assert!(
        nowhere.contains("no realm `nowhere`") && nowhere.contains("`finance`"),
        "{nowhere}"
    );
    let nobody = refused(&crossing("ada", "public", "enter", None));
    assert!(nobody.contains("crossing.subject"), "{nobody}");
    let dollars = refused(&crossing(ADA, "finance", "transfer", Some("12 USD")));
    assert!(dollars.contains("crossing.amount"), "{dollars}");
}

#[test]
fn a_realm_may_have_a_policy_of_its_own_with_effects_that_are_committed_once() {
    let source = r#"
        import "crossing.ecl"
        policy "tea house" {
            input { crossing: Crossing }
            auto_accept { tea: crossing.action == "tea" }
            on accept {
                emit("tea.served", crossing.subject)
                put("tea:last", crossing.to_realm, crossing.subject)
            }
        }"#;
    let world = World::with(|builder| builder.realm(Realm::with_source("tea", "tea.ecl", source)));
    let tea = crossing(ADA, "tea", "tea", None);
    for _ in 0..3 {
        let decision = world.visit(&tea, "one visit", NOW, &[]).unwrap();
        assert_eq!(decision.ruling, Ruling::Accept);
    }
    let coffee = crossing(BOB, "tea", "coffee", None);
    assert_eq!(world.cross(&coffee, &[]).ruling, Ruling::Reject);
    let store = Store::open(&world.path).unwrap();
    assert_eq!(store.events("tea.served").unwrap(), [ADA]);
    assert_eq!(store.history("tea:last", "tea").unwrap(), [ADA]);
}

/// Serves one document, as the web would.
struct OneDocument {
    url: String,
    bytes: Vec<u8>,
}

impl DocumentSource for OneDocument {
    fn fetch(&self, url: &str) -> Result<Vec<u8>, String> {
        if url == self.url {
            Ok(self.bytes.clone())
        } else {
            Err(format!("`{url}` answered with status 404"))
        }
    }
}

#[test]
fn issuers_on_the_web_count_when_their_document_has_the_key() {
    let issuer = Issuer::ed25519(3);
    let key = issuer.did();
    let did = "did:web:issuer.example";
    let document = serde_json::json!({
        "id": did,
        "verificationMethod": [{
            "id": format!("{did}#k"), "controller": did, "type": "Multikey",
            "publicKeyMultibase": key.strip_prefix("did:key:").unwrap(),
        }],
        "assertionMethod": [format!("{did}#k")],
    });
    let source = OneDocument {
        url: "https://issuer.example/.well-known/did.json".into(),
        bytes: document.to_string().into_bytes(),
    };
    let world = World::with(|builder| builder.documents(Arc::new(source)));
    let signed = |did: &str| {
        let now = NOW / SECOND;
        let mut claims = issuer.claims(ADA, IDENTITY, "urn:identity:web", (now - 1, now + 60));
        claims["iss"] = did.into();
        issuer.issue(&claims)
    };
    for did in [did, "did:web:elsewhere.example"] {
        world.write(|store| store.trust_issuer(did, "did:erynoa:credential:identity:**"));
    }
    let enter = crossing(ADA, "verified-users", "enter", None);
    let here = world.cross(&enter, &[&signed(did)]);
    assert_eq!(here.ruling, Ruling::Accept, "{here:?}");
    let elsewhere = world.cross(&enter, &[&signed("did:web:elsewhere.example")]);
    // Whether it counts is not known.
    assert_eq!(elsewhere.ruling, Ruling::Error);
    assert!(
        elsewhere.refusals[0].contains("status 404"),
        "{:?}",
        elsewhere.refusals
    );
}

#[test]
fn documents_of_the_local_network_are_not_fetched() {
    let documents = tollgate::policy::WebDocuments::default();
    for url in [
        "https://127.0.0.1/.well-known/did.json",
        "https://169.254.169.254/latest/did.json",
        "https://[::1]/did.json",
        "http://issuer.example/.well-known/did.json",
    ] {
        let error = documents.fetch(url).unwrap_err();
        assert!(error.contains(url.split('/').nth(2).unwrap()), "{error}");
    }
}

#[test]
fn a_state_that_is_locked_or_gone_keeps_the_gate_shut_and_commits_nothing() {
    let world = World::new(EngineChoice::Automatic);
    world.trust(ADA, 0.9);
    let enter = crossing(ADA, "high-trust", "enter", None);
    world
        .gateway
        .with_state(|store| Ok(store.set_busy_timeout(Duration::from_millis(1))?))
        .unwrap();
    let other = rusqlite::Connection::open(&world.path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let locked = world.visit(&enter, "v", NOW, &[]).unwrap_err();
    let text = format!("{:#}", anyhow::Error::from(locked));
    assert!(
        text.contains("was locked for 1 ms by another writer"),
        "{text}"
    );
    other.execute_batch("COMMIT").unwrap();
    let store = Store::open(&world.path).unwrap();
    assert_eq!(store.outcome("v").unwrap(), None);
    assert_eq!(
        world.visit(&enter, "v", NOW, &[]).unwrap().ruling,
        Ruling::Accept
    );
}
