//! What stands in the tables, seen from outside.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;
use tollgate_ecl::Facts as _;
use tollgate_state::audit::AuditVerdict;
use tollgate_state::credential::CredentialError;
use tollgate_state::did::Offline;
use tollgate_state::ledger::LedgerVerdict;
use tollgate_state::{Import, StateError, Store};

use super::contract::access::act;
use super::contract::casts::{end, new};
use super::contract::credentials::{PATTERN, SCHEMA, SUBJECT, claims};
use super::contract::ledger::{is_whole, limit, with_budget};
use super::fresh;
use crate::NOW;
use crate::issuer::Issuer;

fn import(document: serde_json::Value) -> Import {
    serde_json::from_value(document).unwrap()
}

#[test]
fn a_row_changed_in_the_database_grants_nothing() {
    let issuer = Issuer::ed25519(7);
    let (place, mut store) = fresh();
    let mut claims = claims(&issuer);
    claims["vc"]["credentialSchema"]["id"] = json!("did:erynoa:credential:harmless:v1");
    store
        .put_credential(&issuer.issue(&claims), &Offline)
        .unwrap();
    store
        .trust_issuer(&issuer.did(), "did:erynoa:credential:**")
        .unwrap();
    let raw = rusqlite::Connection::open(place.path()).unwrap();
    raw.execute("UPDATE credential SET schema = ?1", [SCHEMA])
        .unwrap();
    let mut snapshot = store.snapshot(NOW, &Offline).unwrap();
    assert_eq!(snapshot.has_credential(SUBJECT, PATTERN), Ok(Some(false)));
    assert!(matches!(
        snapshot.refusals()[0].reason,
        CredentialError::Malformed { .. }
    ));
}

#[test]
fn a_document_with_a_fault_writes_nothing_at_all() {
    let (place, mut store) = fresh();
    let faulty = import(json!({
        "members": { "did:example:bob": "elsewhere" },
        "issuers": { "did:example:issuer": ["did:example:**"] },
        "stores": { "realm:invitations": { "did:example:bob": "x".repeat(2_000) } },
    }));
    let err = store.import(&faulty, &Offline, NOW).unwrap_err();
    assert!(matches!(err, StateError::Invalid { .. }), "{err}");
    let raw = rusqlite::Connection::open(place.path()).unwrap();
    for table in ["realm_member", "issuer", "entry", "commit_log"] {
        let rows = raw.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
            row.get::<_, i64>(0)
        });
        assert_eq!(rows, Ok(0), "{table}");
    }
    // The store still writes.
    let good = import(json!({ "members": { "did:example:bob": "home" } }));
    store.import(&good, &Offline, NOW).unwrap();
}

#[test]
fn the_audit_log_is_only_appended_to() {
    let (place, mut store) = fresh();
    store.create_tenant(&act("a"), "a").unwrap();
    let raw = rusqlite::Connection::open(place.path()).unwrap();
    for sql in ["UPDATE audit SET object = 'x'", "DELETE FROM audit"] {
        let error = raw.execute_batch(sql).unwrap_err();
        assert!(error.to_string().contains("append-only"), "{error}");
    }
}

#[test]
fn the_first_record_that_was_changed_is_named() {
    let changes = [
        ("UPDATE audit SET actor = 'x' WHERE seq = 2", 2),
        ("UPDATE audit SET detail = '{ }' WHERE seq = 3", 3),
        ("UPDATE audit SET at = at + 1 WHERE seq = 1", 1),
        // One letter moves from a field to the next.
        (
            "UPDATE audit SET action = action || 'a', object = '' WHERE seq = 1",
            1,
        ),
        ("UPDATE audit SET hash = zeroblob(32) WHERE seq = 2", 2),
        // No text at all.
        (
            "UPDATE audit SET object = CAST(x'ff' AS TEXT) WHERE seq = 2",
            2,
        ),
        ("DELETE FROM audit WHERE seq = 2", 3),
        ("DELETE FROM audit WHERE seq = 1", 2),
    ];
    for (change, broken) in changes {
        let (place, mut store) = fresh();
        for tenant in ["a", "b", "c", "d"] {
            store.create_tenant(&act(tenant), tenant).unwrap();
        }
        let raw = rusqlite::Connection::open(place.path()).unwrap();
        raw.execute_batch("DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_deleted;")
            .unwrap();
        raw.execute_batch(change).unwrap();
        let verdict = store.verify_audit(None).unwrap();
        assert!(
            matches!(verdict, AuditVerdict::Broken { seq, .. } if seq == broken),
            "{change}: {verdict:?}"
        );
    }
}

#[test]
fn the_ledger_is_only_appended_to() {
    let (place, mut store) = fresh();
    with_budget(&mut store, 100);
    let raw = rusqlite::Connection::open(place.path()).unwrap();
    for sql in [
        "UPDATE ledger_transfer SET amount = 0",
        "DELETE FROM ledger_transfer",
    ] {
        let error = raw.execute_batch(sql).unwrap_err();
        assert!(error.to_string().contains("never changed"), "{error}");
    }
}

#[test]
fn a_ledger_that_was_changed_is_not_whole() {
    let changes = [
        "UPDATE ledger_account SET credits_posted = credits_posted + 1 WHERE account = 2 AND tenant = 'a'",
        "UPDATE ledger_account SET debits_pending = 0 WHERE account = 1 AND tenant = 'a'",
        "UPDATE ledger_transfer SET amount = 9999 WHERE resolves = 'c1'",
        "DELETE FROM ledger_transfer WHERE resolves = 'c1'",
        "UPDATE cast_run SET cost_micro_usd = 1 WHERE id = 'c1'",
        "UPDATE cast_run SET state = 2 WHERE id = 'c2'",
    ];
    for change in changes {
        let (place, mut store) = fresh();
        with_budget(&mut store, 100_000);
        store.begin_cast(&act("a"), &new("c1", None)).unwrap();
        store.end_cast(&act("a"), &end("c1")).unwrap();
        store.begin_cast(&act("a"), &new("c2", None)).unwrap();
        is_whole(&store, "a");
        let raw = rusqlite::Connection::open(place.path()).unwrap();
        raw.execute_batch(
            "DROP TRIGGER ledger_transfer_is_not_changed; DROP TRIGGER ledger_transfer_is_not_deleted;",
        )
        .unwrap();
        raw.execute_batch(change).unwrap();
        let verdict = store.verify_ledger("a").unwrap();
        assert!(
            matches!(verdict, LedgerVerdict::Broken { .. }),
            "{change}: {verdict:?}"
        );
        is_whole(&store, "b");
    }
}

#[test]
fn what_ran_before_there_was_a_ledger_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.execute_batch(include_str!("schemas/3.sql")).unwrap();
    drop(raw);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let mut store = Store::open(&path).unwrap();
    let budget = is_whole(&store, "acme");
    assert_eq!(
        (budget.limit, budget.spent, budget.reserved),
        (None, 10_000, 0)
    );
    store
        .set_budget(&act("acme"), &limit("x", Some(30_000)))
        .unwrap();
    assert_eq!(is_whole(&store, "acme").left(), Some(20_000));
}

#[test]
fn nothing_is_done_whose_record_cannot_be_written() {
    let (place, mut store) = fresh();
    let raw = rusqlite::Connection::open(place.path()).unwrap();
    raw.execute_batch(
        "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no room'); END",
    )
    .unwrap();
    assert!(store.create_tenant(&act("a"), "a").is_err());
    assert!(store.tenants().unwrap().is_empty());
}

#[test]
fn the_secret_of_a_key_stands_nowhere_in_the_file() {
    use tollgate_state::access::{KeyText, NewKey, Role, Roles};

    let (place, mut store) = fresh();
    store.create_tenant(&act("a"), "a").unwrap();
    let text = KeyText::from_random([0xa7; 38]);
    let new = NewKey {
        key: text.kept().unwrap(),
        name: "a key".to_owned(),
        roles: Roles::from([Role::Admin]),
        expires_at: None,
    };
    store.put_key(&act("a"), &new).unwrap();
    let holds = |needle: &[u8]| {
        std::fs::read_dir(place.folder()).unwrap().any(|entry| {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            bytes.windows(needle.len()).any(|found| found == needle)
        })
    };
    assert!(holds(new.key.prefix.as_bytes()));
    assert!(!holds("a7".repeat(32).as_bytes()));
    assert!(!holds(&[0xa7; 32]));
}
