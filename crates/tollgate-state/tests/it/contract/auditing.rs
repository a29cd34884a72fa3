use tollgate_state::audit::AuditVerdict;
use tollgate_state::registry::{Deletes, NewVersion};

use super::access::act;
use super::fresh;

const DIGEST: &str = "aa000000000000000000000000000000000000000000000000000000000000aa";

#[test]
fn every_change_leaves_a_record_in_the_same_moment() {
    let (_place, mut store) = fresh();
    store.create_tenant(&act("a"), "a").unwrap();
    let new = NewVersion {
        name: "stat",
        version: "1.0.0",
        digest: DIGEST,
        bytes: 8,
        description: "{}",
    };
    store.put_version(&act("a"), &new).unwrap();
    store.put_version(&act("a"), &new).unwrap();
    store
        .delete_version(&act("a"), Deletes::Any, ("stat", "1.0.0"))
        .unwrap();
    store.note(&act("a"), "cast.refuse", "stat").unwrap();
    let records = store.audit_page("a", 0).unwrap();
    let actions: Vec<&str> = records.iter().map(|r| r.action.as_str()).collect();
    // The second push changed nothing.
    assert_eq!(
        actions,
        [
            "tenant.create",
            "module.push",
            "module.delete",
            "cast.refuse"
        ]
    );
    assert_eq!(records[1].object, "stat@1.0.0");
    assert!(records[1].detail.contains(DIGEST));
}

#[test]
fn what_is_refused_leaves_no_record_and_no_gap() {
    let (_place, mut store) = fresh();
    store.create_tenant(&act("a"), "a").unwrap();
    assert!(store.create_tenant(&act("a"), "a").is_err());
    assert!(store.revoke_key(&act("a"), "000000000000").is_err());
    store.create_tenant(&act("a"), "b").unwrap();
    let verdict = store.verify_audit(None).unwrap();
    assert!(
        matches!(verdict, AuditVerdict::Whole { records: 2, .. }),
        "{verdict:?}"
    );
}

#[test]
fn a_tenant_reads_its_own_records() {
    let (_place, mut store) = fresh();
    for tenant in ["a", "b"] {
        store.create_tenant(&act(tenant), tenant).unwrap();
    }
    let records = store.audit_page("b", 0).unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].object, "b");
    assert!(store.audit_page("b", records[0].seq).unwrap().is_empty());
}

#[test]
fn an_empty_chain_is_whole() {
    let (_place, store) = fresh();
    let whole = AuditVerdict::Whole {
        records: 0,
        last: [0; 32],
    };
    assert_eq!(store.verify_audit(None).unwrap(), whole);
}
