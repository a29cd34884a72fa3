//! What stands in the tables, seen from outside.

use serde_json::json;
use tollgate_ecl::facts::Facts as _;
use tollgate_state::credential::CredentialError;
use tollgate_state::did::Offline;
use tollgate_state::{Import, StateError};

use super::contract::credentials::{PATTERN, SCHEMA, SUBJECT, claims};
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
