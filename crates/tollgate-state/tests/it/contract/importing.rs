use tollgate_state::{Commit, Import, StateError, check_id};

use super::fresh;
use crate::NOW;

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
    let (_place, mut store) = fresh();
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
