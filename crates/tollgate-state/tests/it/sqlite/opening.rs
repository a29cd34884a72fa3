use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;

use tollgate_state::{StateError, Store};

use super::fresh;

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Why the file is not used.
fn not_used(path: &Path) -> String {
    let why = |opened: Result<Store, StateError>| match opened {
        Err(StateError::NotUsed { why, .. }) => why,
        other => panic!("{other:?}"),
    };
    let (opened, created) = (why(Store::open(path)), why(Store::create(path)));
    assert_eq!(opened, created);
    opened
}

#[test]
fn a_new_state_and_its_log_are_for_this_user_alone() {
    let (place, mut store) = fresh();
    store.put_trust("did:key:z1", [0.5; 6], 0).unwrap();
    let mut names = 0;
    for entry in std::fs::read_dir(place.folder()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", entry.file_name());
        names += 1;
    }
    assert_eq!(names, 3, "the state, its log and the index of the log");
}

#[test]
fn a_link_in_place_of_the_state_is_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let (link, target) = (dir.path().join("state.db"), dir.path().join("target"));
    symlink(&target, &link).unwrap();
    let why = not_used(&link);
    assert!(why.contains("symbolic link"), "{why}");
    assert!(
        !target.exists(),
        "a planted link must not become a database"
    );
    let (other, store) = fresh();
    drop(store);
    std::fs::remove_file(&link).unwrap();
    symlink(other.path(), &link).unwrap();
    assert!(not_used(&link).contains("symbolic link"));
}

#[test]
fn a_folder_that_is_a_link_is_the_folder_it_leads_to() {
    let (place, store) = fresh();
    drop(store);
    let around = tempfile::tempdir().unwrap();
    let link = around.path().join("folder");
    symlink(place.folder(), &link).unwrap();
    drop(Store::open(&link.join("state.db")).unwrap());
}

#[test]
fn a_state_that_others_may_read_is_not_used_until_they_may_not() {
    let (place, store) = fresh();
    let path = place.path();
    drop(store);
    for open in [0o644, 0o620, 0o606] {
        mode(path, open);
        let why = not_used(path);
        assert!(
            why.contains(&format!("chmod 600 '{}'", path.display())),
            "{why}"
        );
    }
    mode(path, 0o600);
    drop(Store::open(path).unwrap());
}

#[test]
fn a_state_with_a_second_name_is_not_used() {
    let (place, store) = fresh();
    let (dir, path) = (place.folder(), place.path());
    drop(store);
    std::fs::hard_link(path, dir.join("other")).unwrap();
    assert!(not_used(path).contains("2 names"));
}

#[test]
fn a_log_that_somebody_placed_beside_the_state_is_not_read() {
    let (place, store) = fresh();
    let (dir, path) = (place.folder(), place.path());
    drop(store);
    let others = dir.join("others");
    for suffix in ["-wal", "-shm", "-journal"] {
        let beside = dir.join(format!("state.db{suffix}"));
        let refused = |expected: &str| {
            let why = not_used(path);
            assert!(why.contains(expected), "{why}");
            assert!(why.contains(&*beside.to_string_lossy()), "{why}");
            std::fs::remove_file(&beside).unwrap();
        };
        std::fs::write(&beside, "").unwrap();
        mode(&beside, 0o666);
        refused("others have access to it (mode 666)");
        symlink(&others, &beside).unwrap();
        refused("symbolic link");
        std::fs::write(&others, "").unwrap();
        mode(&others, 0o600);
        std::fs::hard_link(&others, &beside).unwrap();
        refused("2 names");
        std::fs::write(&beside, "").unwrap();
        mode(&beside, 0o600);
        match chown(&beside, Some(65_534), None) {
            Ok(()) => refused("it belongs to user 65534"),
            Err(_) => eprintln!("only root can make the file of another user: not tested"),
        }
        drop(Store::open(path).unwrap());
    }
}

#[test]
fn a_state_in_a_folder_where_others_can_place_files_is_not_used() {
    let (place, store) = fresh();
    let (dir, path) = (place.folder(), place.path());
    drop(store);
    for open in [0o777, 0o770, 0o720, 0o702] {
        mode(dir, open);
        for path in [path.to_owned(), dir.join("new.db")] {
            let why = match Store::create(&path) {
                Err(StateError::NotUsed { why, .. }) => why,
                other => panic!("{open:o}: {other:?}"),
            };
            let advice = format!("chmod go-w '{}'", dir.canonicalize().unwrap().display());
            assert!(why.contains(&advice), "{why}");
        }
        assert!(!dir.join("new.db").exists(), "nothing is left behind");
    }
    // Others can still place files there, so taking the bits away is no advice.
    mode(dir, 0o1777);
    let why = not_used(path);
    assert!(why.contains("mkdir -m 700"), "{why}");
    mode(dir, 0o755);
    drop(Store::open(path).unwrap());
}

#[test]
fn a_state_whose_folder_others_can_exchange_is_not_used() {
    let around = tempfile::tempdir().unwrap();
    let folder = around.path().join("folder");
    std::fs::create_dir(&folder).unwrap();
    mode(&folder, 0o700);
    let path = folder.join("state.db");
    drop(Store::create(&path).unwrap());
    mode(around.path(), 0o777);
    let why = not_used(&path);
    let around_name = around.path().canonicalize().unwrap();
    assert!(
        why.contains(&format!("chmod go-w '{}'", around_name.display())),
        "{why}"
    );
    assert!(why.contains("put another folder in the place"), "{why}");
    // In a sticky folder nobody moves what is another's: `/tmp` is one.
    mode(around.path(), 0o1777);
    drop(Store::open(&path).unwrap());
}

#[test]
fn a_state_in_the_folder_of_another_user_is_not_used() {
    let (place, store) = fresh();
    drop(store);
    if chown(place.folder(), Some(65_534), None).is_err() {
        eprintln!("only root can give a folder away: not tested");
        return;
    }
    let why = not_used(place.path());
    assert!(why.contains("belongs to user 65534"), "{why}");
}

#[test]
fn what_is_no_file_is_not_used() {
    let dir = tempfile::tempdir().unwrap();
    assert!(not_used(dir.path()).contains("no ordinary file"));
    let missing = dir.path().join("missing").join("state.db");
    for opened in [Store::open(&missing), Store::create(&missing)] {
        assert!(matches!(opened, Err(StateError::Folder { .. })));
    }
}

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
    mode(&path, 0o600);
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
    mode(&path, 0o600);
    for opened in [Store::open(&path), Store::create(&path)] {
        let err = opened.unwrap_err();
        assert!(matches!(err, StateError::Foreign { .. }), "{err}");
    }
    let raw = rusqlite::Connection::open(path).unwrap();
    let tables = raw.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0));
    assert_eq!(tables, Ok(1));
}

#[test]
fn a_file_of_another_version_is_refused() {
    let (place, store) = fresh();
    let path = place.path();
    drop(store);
    let raw = rusqlite::Connection::open(path).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    drop(raw);
    let err = Store::open(path).unwrap_err();
    assert!(
        matches!(err, StateError::Version { found: 99, .. }),
        "{err}"
    );
}

#[test]
fn a_locked_file_is_busy_and_nothing_is_written() {
    let (place, mut store) = fresh();
    let path = place.path();
    store
        .set_busy_timeout(std::time::Duration::from_millis(20))
        .unwrap();
    let other = rusqlite::Connection::open(path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let err = store.put_trust("did:key:z1", [0.5; 6], 0).unwrap_err();
    assert!(matches!(err, StateError::Busy { .. }), "{err}");
    other.execute_batch("ROLLBACK").unwrap();
    assert!(store.trust_history("did:key:z1").unwrap().is_empty());
}

#[test]
fn values_outside_their_range_are_refused_with_the_value() {
    let (_place, mut store) = fresh();
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
