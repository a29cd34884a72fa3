//! A component in Rust that is no policy asks the host of policies: granted, metered, and committed after the run.

use std::collections::BTreeSet;
use std::sync::Arc;

use tollgate::policy::{GuestAccess, GuestBudget, GuestContext, GuestHost, ManaPrice};
use tollgate::sandbox::Arguments;
use tollgate::{Failure, Gate, GateCall, Report, Request, Source, Target, Tollgate};
use tollgate_ecl::{Answer, FactKind, GasLimits, MemoryFacts};
use tollgate_state::did::Offline;
use tollgate_state::{Commit, Effect, Store};

use crate::support::built;

const LICENCE: &str = "did:example:credential:licence:*";

fn facts() -> MemoryFacts {
    let mut facts = MemoryFacts::new();
    for (did, trust, licensed) in [
        ("did:e:a", 0.9, true),
        ("did:e:b", 0.9, false),
        ("did:e:c", 0.2, true),
    ] {
        facts.set(FactKind::Trust, &[did], Answer::Trust([trust; 6]));
        facts.set(
            FactKind::HasCredential,
            &[did, LICENCE],
            Answer::Bool(licensed),
        );
    }
    facts
}

fn everything() -> GuestAccess {
    GuestAccess {
        trust: true,
        credentials: true,
        dids: false,
        read_stores: BTreeSet::new(),
        write_stores: BTreeSet::from(["trades".to_owned()]),
        events: BTreeSet::from(["traded".to_owned()]),
    }
}

fn host(access: GuestAccess, gas: u64) -> Arc<GuestHost> {
    let budget = GuestBudget {
        limits: GasLimits::total(gas),
        price: ManaPrice::STANDARD,
        mana_limit: 1_000 * gas,
    };
    let context = GuestContext {
        caller: "did:e:owner".to_owned(),
        realm: "market".to_owned(),
        now: 7,
    };
    Arc::new(GuestHost::new(Box::new(facts()), access, budget, context))
}

fn ask(host: &Arc<GuestHost>, function: &str, args: serde_json::Value) -> Report {
    let tollgate = Tollgate::builder()
        .compile_in_process()
        .policy_interface()
        .build()
        .unwrap();
    let module = built(&tollgate, "broker-component");
    let export = format!("tollgate:broker/trading#{function}");
    let request = Request::component(&module, &export, args.to_string()).context(host.clone());
    tollgate.execute_blocking(request).unwrap()
}

fn trade(host: &Arc<GuestHost>, partner: &str) -> serde_json::Value {
    let report = ask(host, "trade", serde_json::json!([partner, LICENCE]));
    report.json().unwrap()
}

#[test]
fn a_component_asks_for_trust_and_credentials_and_its_effects_are_committed() {
    let host = host(everything(), 10_000);
    let traded = trade(&host, "did:e:a");
    assert_eq!(traded["ok"], "did:e:owner traded with did:e:a in market");
    assert_eq!(host.log(), ["172 of 10000 gas used"]);
    let budget = host.budget();
    assert_eq!(
        (budget.gas_used.network, budget.gas_used.storage),
        (130, 42)
    );
    assert_eq!(budget.mana_used.total(), 172_000);

    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::create(&folder.path().join("state.db")).unwrap();
    let effects = host.take_effects();
    let commit = Commit {
        id: "run 1",
        effects: &effects,
        settle: &[],
        outcome: "",
        at: 7,
    };
    store.commit(&commit).unwrap();
    assert_eq!(store.events("traded").unwrap(), ["did:e:a"]);
    assert_eq!(store.history("trades", "did:e:a").unwrap(), ["done"]);
    drop(store.snapshot(7, &Offline).unwrap());
    assert!(host.take_effects().is_empty());
}

#[test]
fn what_the_host_says_decides() {
    for (partner, says) in [
        (
            "did:e:b",
            "did:e:b holds no did:example:credential:licence:*",
        ),
        ("did:e:c", "did:e:c has a trust of 0.20"),
        ("did:e:d", "did:e:d is a stranger"),
    ] {
        let host = host(everything(), 10_000);
        assert_eq!(trade(&host, partner)["err"], says);
        assert_eq!(host.take_effects(), Vec::<Effect>::new());
    }
}

#[test]
fn nothing_is_granted_by_itself() {
    let without = |change: fn(&mut GuestAccess)| {
        let mut access = everything();
        change(&mut access);
        let report = ask(
            &host(access, 10_000),
            "trade",
            serde_json::json!(["did:e:a", LICENCE]),
        );
        match &report.outcome.result {
            Err(Failure::Denied(violation)) => violation.detail.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert!(without(|access| access.trust = false).contains("asking for trust"));
    assert!(without(|access| access.credentials = false).contains("asking for credentials"));
    assert!(without(|access| access.write_stores.clear()).contains("writing the store `trades`"));
    assert!(without(|access| access.events.clear()).contains("emitting `traded`"));

    // A run without a host at all, and a `Tollgate` without the interface.
    let tollgate = Tollgate::builder()
        .compile_in_process()
        .policy_interface()
        .build()
        .unwrap();
    let module = built(&tollgate, "broker-component");
    let trade =
        |module| Request::component(module, "tollgate:broker/trading#spend", r#"["did:e:a"]"#);
    let report = tollgate.execute_blocking(trade(&module)).unwrap();
    assert!(matches!(report.outcome.result, Err(Failure::Denied(_))));
    let plain = Tollgate::builder().compile_in_process().build().unwrap();
    let report = plain
        .execute_blocking(trade(&built(&plain, "broker-component")))
        .unwrap();
    match &report.outcome.result {
        Err(Failure::MissingImport { module, .. }) => assert_eq!(module, "tollgate:ecl/host@0.1.0"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn questions_are_metered_in_their_layer_and_end_with_the_budget() {
    let host = host(everything(), 100);
    let report = ask(&host, "spend", serde_json::json!(["did:e:a"]));
    assert_eq!(report.json::<u32>().unwrap(), 3, "30 gas each");
    assert_eq!(host.budget().gas_used.network, 90);
    // The run pays for the calls besides, by its own tariff.
    assert!(report.usage().gas_host > 4 * 100, "{:?}", report.usage());
    assert!(report.usage().host_calls >= 4);
}

#[test]
fn a_gate_sees_each_question() {
    struct NoC;
    impl Gate for NoC {
        fn check(&self, call: &GateCall<'_>) -> tollgate::sandbox::Verdict {
            let Target::Function(Arguments::Json(args)) = call.target else {
                panic!("{call:?}");
            };
            if call.name == "get-trust" && args.contains("did:e:a") {
                let reason = "not about this one".to_owned();
                return tollgate::sandbox::Verdict::Deny { reason };
            }
            tollgate::sandbox::Verdict::Allow
        }
    }
    let tollgate = Tollgate::builder()
        .compile_in_process()
        .policy_interface()
        .build()
        .unwrap();
    let module = built(&tollgate, "broker-component");
    let trade = |partner: &str| {
        let args = serde_json::json!([partner, LICENCE]).to_string();
        let request = Request::component(&module, "tollgate:broker/trading#trade", args);
        let request = request
            .context(host(everything(), 1_000))
            .gate(Arc::new(NoC));
        tollgate
            .execute_blocking(request)
            .unwrap()
            .outcome
            .result
            .clone()
    };
    let Err(Failure::Denied(violation)) = trade("did:e:a") else {
        panic!("it is not denied");
    };
    assert_eq!(violation.detail, "not about this one");
    assert!(trade("did:e:b").is_ok());
}

#[test]
fn another_version_of_the_interface_is_a_missing_import() {
    let component = r#"(component
        (import "tollgate:ecl/host@0.2.0" (instance (export "get-caller" (func (result string)))))
    )"#;
    let tollgate = Tollgate::builder()
        .compile_in_process()
        .policy_interface()
        .build()
        .unwrap();
    let module = tollgate
        .load_blocking(&Source::Bytes(component.as_bytes().into()))
        .unwrap();
    let report = tollgate
        .execute_blocking(Request::component(&module, "x", "[]"))
        .unwrap();
    match &report.outcome.result {
        Err(Failure::MissingImport { module, .. }) => assert_eq!(module, "tollgate:ecl/host@0.2.0"),
        other => panic!("{other:?}"),
    }
}
