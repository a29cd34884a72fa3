use tollgate_state::audit::Act;
use tollgate_state::limits::{
    SIGNATURES_PER_MODULE_MAX, SIGNER_KEY_BYTES_MAX, SIGNERS_PER_TENANT_MAX,
};
use tollgate_state::registry::{Deletes, NewVersion};
use tollgate_state::signer::{NewSignature, NewSigner};
use tollgate_state::{StateError, Store};

use super::access::act;
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
