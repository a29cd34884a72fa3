use serde_json::json;
use tollgate_state::did::Offline;
use tollgate_state::{Commit, Import, StateError, check_id};

use crate::{NOW, fresh};

fn import(document: serde_json::Value) -> Import {
    serde_json::from_value(document).unwrap()
}

#[test]
fn a_document_with_a_fault_writes_nothing_at_all() {
    let (_dir, path, mut store) = fresh();
    let faulty = import(json!({
        "members": { "did:example:bob": "elsewhere" },
        "issuers": { "did:example:issuer": ["did:example:**"] },
        "stores": { "realm:invitations": { "did:example:bob": "x".repeat(2_000) } },
    }));
    let err = store.import(&faulty, &Offline, NOW).unwrap_err();
    assert!(matches!(err, StateError::Invalid { .. }), "{err}");
    let raw = rusqlite::Connection::open(&path).unwrap();
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
fn a_key_that_stands_twice_is_refused() {
    for text in [
        r#"{"members": {"did:example:a": "x", "did:example:a": "y"}}"#,
        r#"{"stores": {"s": {"k": "1", "k": "2"}}}"#,
        r#"{"members": {}, "members": {}}"#,
    ] {
        assert!(serde_json::from_str::<Import>(text).is_err(), "{text}");
    }
}

#[test]
fn an_id_has_a_length() {
    let (_dir, _path, mut store) = fresh();
    for id in [String::new(), "x".repeat(4_097)] {
        assert!(check_id(&id).is_err());
        let commit = Commit {
            id: &id,
            effects: &[],
            settle: &[],
            outcome: "",
            at: NOW,
        };
        assert!(matches!(
            store.commit(&commit),
            Err(StateError::Invalid { .. })
        ));
    }
    assert!(check_id(&"x".repeat(4_096)).is_ok());
}
