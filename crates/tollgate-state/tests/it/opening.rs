use tollgate_state::{StateError, Store};

use crate::fresh;

#[test]
fn a_missing_file_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("none.db");
    let err = Store::open(&path).unwrap_err();
    assert!(
        matches!(&err, StateError::Missing { path: p } if *p == path),
        "{err}"
    );
    assert!(!path.exists(), "opening must not create");
}

#[test]
fn a_file_that_is_not_a_database_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("text.db");
    std::fs::write(
        &path,
        "this is not a database, and long enough to have a header of its own: ".repeat(20),
    )
    .unwrap();
    let err = Store::open(&path).unwrap_err();
    assert!(matches!(err, StateError::Foreign { .. }), "{err}");
}

#[test]
fn a_path_is_a_path_whatever_it_looks_like_to_sqlite() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    // The tests of this binary run in threads: the current folder stays what it is.
    let here = std::env::current_dir().unwrap();
    let up: std::path::PathBuf = here.components().skip(1).map(|_| "..").collect();
    for name in ["file:s.db?mode=memory", ":memory:", "file:s.db"] {
        drop(Store::create(&at(name)).unwrap());
        assert!(at(name).is_file(), "{name}");
    }
    let relative = up.join(at("relative.db").strip_prefix("/").unwrap());
    drop(Store::create(&relative).unwrap());
    assert!(at("relative.db").is_file());
    assert!(Store::create(std::path::Path::new("")).is_err());
    assert!(
        Store::create(std::path::Path::new(
            "file:/no/such/folder/s.db?mode=memory"
        ))
        .is_err()
    );
}

#[test]
fn the_database_of_another_program_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("other.db");
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.execute_batch("CREATE TABLE theirs (a)").unwrap();
    drop(raw);
    for opened in [Store::open(&path), Store::create(&path)] {
        let err = opened.unwrap_err();
        assert!(matches!(err, StateError::Foreign { .. }), "{err}");
    }
    let raw = rusqlite::Connection::open(&path).unwrap();
    let tables = raw.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0));
    assert_eq!(tables, Ok(1));
}

#[test]
fn a_file_of_another_version_is_refused() {
    let (_dir, path, store) = fresh();
    drop(store);
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    drop(raw);
    let err = Store::open(&path).unwrap_err();
    assert!(
        matches!(
            err,
            StateError::Version {
                found: 99,
                expected: 1,
                ..
            }
        ),
        "{err}"
    );
}

#[test]
fn a_locked_file_is_busy_and_nothing_is_written() {
    let (_dir, path, mut store) = fresh();
    store
        .set_busy_timeout(std::time::Duration::from_millis(20))
        .unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let err = store.put_trust("did:key:z1", [0.5; 6], 0).unwrap_err();
    assert!(matches!(err, StateError::Busy { .. }), "{err}");
    other.execute_batch("ROLLBACK").unwrap();
    assert!(store.trust_history("did:key:z1").unwrap().is_empty());
}

#[test]
fn values_outside_their_range_are_refused_with_the_value() {
    let (_dir, _path, mut store) = fresh();
    for trust in [[1.5; 6], [-0.1; 6], [f64::NAN; 6]] {
        assert!(matches!(
            store.put_trust("did:key:z1", trust, 0),
            Err(StateError::Invalid { .. })
        ));
    }
    let err = store.put_trust("somebody", [0.5; 6], 0).unwrap_err();
    assert_eq!(
        err.to_string(),
        "`somebody` is not a valid did: a did is `did:METHOD:ID`"
    );
    assert!(store.put_dampening("a", "b", 1.01).is_err());
    assert!(store.put_karma("did:key:z1", f64::INFINITY, 0).is_err());
    assert!(
        store
            .put_blueprint("did:key:z1", &serde_json::json!([1]), 0)
            .is_err()
    );
}
