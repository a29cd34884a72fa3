use tollgate_state::audit::Act;
use tollgate_state::cast::{Begins, Begun, NewCast};
use tollgate_state::limits::{
    SIGNATURES_PER_MODULE_MAX, SIGNER_KEY_BYTES_MAX, SIGNERS_PER_TENANT_MAX,
};
use tollgate_state::policy::NewPolicy;
use tollgate_state::registry::{Basis, Deletes, NewVersion};
use tollgate_state::signer::{NewSignature, NewSigner};
use tollgate_state::{StateError, Store};

use super::access::act;
use super::casts::new;
use super::fresh;
use crate::NOW;

const DIGEST: &str = "aa000000000000000000000000000000000000000000000000000000000000aa";

/// Two tenants that have the same module.
fn tenants(store: &mut Store) {
    for tenant in ["a", "b"] {
        store.create_tenant(&act(tenant), tenant).unwrap();
        put(store, tenant, "1.0.0");
    }
}

fn put(store: &mut Store, tenant: &str, version: &str) {
    let new = NewVersion {
        name: "stat",
        version,
        digest: DIGEST,
        bytes: 8,
        description: "{}",
    };
    store.put_version(&act(tenant), &new).unwrap();
}

fn trust(store: &mut Store, key: &str, name: &str) -> Result<(), StateError> {
    store.trust_signer(&act("a"), &NewSigner { key, name })
}

fn sign(store: &mut Store, key: &str) -> Result<bool, StateError> {
    let new = NewSignature {
        key,
        signature: "text",
    };
    store.sign_version(&act("a"), ("stat", "1.0.0"), &new)
}

#[test]
fn a_signature_counts_for_the_bytes_while_its_signer_does() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    trust(&mut store, "k1", "ci").unwrap();
    trust(&mut store, "k2", "audit").unwrap();
    assert!(sign(&mut store, "k1").unwrap());
    assert!(sign(&mut store, "k2").unwrap());
    assert!(!sign(&mut store, "k1").unwrap());
    assert_eq!(store.signed_by("a", DIGEST).unwrap(), ["audit", "ci"]);
    assert!(store.signed_by("b", DIGEST).unwrap().is_empty());
    let kept = store.signatures("a", DIGEST).unwrap();
    let kept: Vec<_> = kept
        .iter()
        .map(|entry| (&*entry.signer.key, &*entry.signature, entry.signed_at))
        .collect();
    assert_eq!(kept, [("k2", "text", NOW), ("k1", "text", NOW)]);
    // Another version with the same bytes is signed too.
    put(&mut store, "a", "1.0.1");
    let later = Act {
        at: NOW + 1,
        ..act("a")
    };
    store.revoke_signer(&later, "k1").unwrap();
    store.revoke_signer(&act("a"), "k1").unwrap();
    assert_eq!(store.signed_by("a", DIGEST).unwrap(), ["audit"]);
    let revoked = &store.signatures("a", DIGEST).unwrap()[1].signer;
    assert_eq!(revoked.revoked_at, Some(NOW + 1));
}

#[test]
fn a_name_may_be_that_of_several_keys_and_can_be_another() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    for key in ["k1", "k2"] {
        trust(&mut store, key, "ci").unwrap();
        sign(&mut store, key).unwrap();
    }
    assert_eq!(store.signed_by("a", DIGEST).unwrap(), ["ci"]);
    trust(&mut store, "k2", "audit").unwrap();
    assert_eq!(store.signed_by("a", DIGEST).unwrap(), ["audit", "ci"]);
    let names: Vec<_> = store.module_signers("a").unwrap();
    let names: Vec<_> = names.iter().map(|entry| &*entry.name).collect();
    assert_eq!(names, ["audit", "ci"]);
    assert!(store.module_signers("b").unwrap().is_empty());
}

#[test]
fn who_is_revoked_or_unknown_signs_nothing() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    let unknown = sign(&mut store, "k1").unwrap_err();
    assert!(matches!(unknown, StateError::Invalid { .. }), "{unknown}");
    trust(&mut store, "k1", "ci").unwrap();
    store.revoke_signer(&act("a"), "k1").unwrap();
    let revoked = sign(&mut store, "k1").unwrap_err();
    assert!(matches!(revoked, StateError::Invalid { .. }), "{revoked}");
    let again = trust(&mut store, "k1", "ci").unwrap_err();
    assert!(again.to_string().contains("it is revoked"), "{again}");
    assert!(store.signed_by("a", DIGEST).unwrap().is_empty());
    let absent = store.revoke_signer(&act("b"), "k1").unwrap_err();
    assert!(matches!(absent, StateError::Absent { .. }), "{absent}");
    let version = NewSignature {
        key: "k1",
        signature: "text",
    };
    let absent = store.sign_version(&act("a"), ("stat", "9.0.0"), &version);
    assert!(
        matches!(absent, Err(StateError::Absent { .. })),
        "{absent:?}"
    );
}

#[test]
fn what_no_version_has_is_signed_by_nobody() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    trust(&mut store, "k1", "ci").unwrap();
    sign(&mut store, "k1").unwrap();
    put(&mut store, "a", "1.0.1");
    for (version, left) in [("1.0.0", 1), ("1.0.1", 0)] {
        let gone = ("stat", version);
        store.delete_version(&act("a"), Deletes::Any, gone).unwrap();
        assert_eq!(store.signatures("a", DIGEST).unwrap().len(), left);
    }
}

#[test]
fn there_are_bounds_for_signers_and_signatures() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    for (key, name) in [
        ("k1", ""),
        ("k1", "Two Words"),
        (&*"k".repeat(SIGNER_KEY_BYTES_MAX + 1), "ci"),
    ] {
        let error = trust(&mut store, key, name).unwrap_err();
        assert!(matches!(error, StateError::Invalid { .. }), "{error}");
    }
    for n in 0..SIGNERS_PER_TENANT_MAX {
        trust(&mut store, &format!("k{n}"), "ci").unwrap();
    }
    let error = trust(&mut store, "one-more", "ci").unwrap_err();
    assert!(error.to_string().contains("at most 1000"), "{error}");
    trust(&mut store, "k1", "another").unwrap();
    for n in 0..SIGNATURES_PER_MODULE_MAX {
        assert!(sign(&mut store, &format!("k{n}")).unwrap());
    }
    let error = sign(&mut store, "k99").unwrap_err();
    assert!(error.to_string().contains("at most 8"), "{error}");
    // One that does not count any more leaves room.
    store.revoke_signer(&act("a"), "k1").unwrap();
    assert!(sign(&mut store, "k99").unwrap());
}

#[test]
fn the_audit_log_has_who_was_trusted_and_what_was_signed() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    trust(&mut store, "k1", "ci").unwrap();
    sign(&mut store, "k1").unwrap();
    sign(&mut store, "k1").unwrap();
    store.revoke_signer(&act("a"), "k1").unwrap();
    let records = store.audit_page("a", 0).unwrap();
    let said: Vec<_> = records
        .iter()
        .map(|record| (&*record.action, &*record.object))
        .filter(|(action, _)| action.contains("sign"))
        .collect();
    assert_eq!(
        said,
        [
            ("signer.trust", "ci"),
            ("module.sign", "stat@1.0.0"),
            ("signer.revoke", "ci")
        ]
    );
}

/// Whether a run begins that was decided about on this, now or when it has waited.
fn begins(store: &mut Store, ids: [&str; 2], basis: Basis<'_>) -> bool {
    let [now, later] = ids;
    let at_once = NewCast {
        basis: Some(basis),
        ..new(now, None)
    };
    let waits = NewCast {
        begins: Begins::Later,
        ..new(later, None)
    };
    let begun = store.begin_cast(&act("a"), &at_once).unwrap();
    assert!(matches!(begun, Begun::Now | Begun::Changed), "{begun:?}");
    assert_eq!(store.begin_cast(&act("a"), &waits).unwrap(), Begun::Now);
    let started = store.start_cast(&act("a"), later, Some(&basis)).unwrap();
    assert_eq!(started, begun == Begun::Now);
    assert_eq!(store.cast("a", now).is_ok(), started);
    started
}

#[test]
fn a_run_begins_while_what_was_decided_on_is_so_still() {
    let (_place, mut store) = fresh();
    tenants(&mut store);
    let basis = Basis {
        name: "stat",
        version: "1.0.0",
        digest: DIGEST,
        policy: None,
        signers: &[],
    };
    let mut runs = 0;
    let mut begins = |store: &mut Store, basis| {
        runs += 1;
        let ids = [format!("now-{runs}"), format!("later-{runs}")];
        begins(store, [&ids[0], &ids[1]], basis)
    };
    assert!(begins(&mut store, basis));
    let other = "bb".repeat(32);
    for not in [
        Basis {
            version: "1.0.1",
            ..basis
        },
        Basis {
            digest: &other,
            ..basis
        },
        Basis {
            policy: Some("aa"),
            ..basis
        },
    ] {
        assert!(!begins(&mut store, not), "{not:?}");
    }
    let policy = NewPolicy {
        module: "stat",
        text: "one",
        name: "p",
        hash: "aa",
    };
    store.set_module_policy(&act("a"), &policy).unwrap();
    assert!(!begins(&mut store, basis));
    let by_policy = Basis {
        policy: Some("aa"),
        ..basis
    };
    assert!(begins(&mut store, by_policy));
    trust(&mut store, "k1", "ci").unwrap();
    sign(&mut store, "k1").unwrap();
    assert!(!begins(&mut store, by_policy));
    let ci = ["ci".to_owned()];
    let signed = Basis {
        signers: &ci,
        ..by_policy
    };
    assert!(begins(&mut store, signed));
    store.revoke_signer(&act("a"), "k1").unwrap();
    assert!(!begins(&mut store, signed));
    let stricter = NewPolicy {
        hash: "bb",
        ..policy
    };
    store.set_module_policy(&act("a"), &stricter).unwrap();
    assert!(!begins(&mut store, by_policy));
    store.remove_module_policy(&act("a"), "stat").unwrap();
    assert!(begins(&mut store, basis));
    let gone = ("stat", "1.0.0");
    store.delete_version(&act("a"), Deletes::Any, gone).unwrap();
    assert!(!begins(&mut store, basis));
}
