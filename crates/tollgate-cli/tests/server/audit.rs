//! The audit log: who did what, and that nothing of it was changed.

use serde_json::{Value, json};

use crate::host::{Ask, Host};

fn actions(host: &Host) -> Vec<String> {
    let records = host.get("/api/v1/audit").json();
    let records = records["records"].as_array().cloned().expect("records");
    let action = |record: &Value| record["action"].as_str().expect("an action").to_owned();
    records.iter().map(action).collect()
}

#[test]
fn everything_that_was_done_is_there_with_who_and_from_where() {
    let host = Host::start().with_guests();
    assert_eq!(host.add().status, 200);
    let expected = [
        "tenant.create",
        "key.create",
        "module.push",
        "module.push",
        "cast.begin",
        "cast.end",
    ];
    assert_eq!(actions(&host), expected);
    let records = host.get("/api/v1/audit").json();
    let begun = &records["records"][4];
    assert_eq!(
        begun["actor"],
        host.key.split('_').nth(1).expect("a prefix")
    );
    assert_eq!(begun["origin"], "127.0.0.1");
    assert_eq!(begun["detail"]["module"], "add@1.0.0");
}

#[test]
fn a_refused_request_leaves_no_record() {
    let host = Host::start();
    let before = actions(&host);
    host.post("/api/v1/keys", &json!({ "name": "x", "roles": ["root"] }));
    host.put_module("bad", "1.0.0", b"(module)");
    host.ask(Ask::bare("GET", "/api/v1/keys"));
    assert_eq!(actions(&host), before);
}

#[test]
fn the_log_comes_in_pages() {
    let host = Host::start();
    for _ in 0..99 {
        host.key_with(&["caller"]);
    }
    let first = host.get("/api/v1/audit").json();
    assert_eq!(first["records"].as_array().map(Vec::len), Some(100));
    let page = first["next_page"].as_str().expect("a page");
    let second = host.get(&format!("/api/v1/audit?page={page}")).json();
    assert_eq!(second["records"].as_array().map(Vec::len), Some(1));
    assert_eq!(second["records"][0]["seq"], 101);
    assert_eq!(second["next_page"], Value::Null);
    for bad in ["x", "-1", "+1", "1&page=2", "99999999999999999999"] {
        host.get(&format!("/api/v1/audit?page={bad}"))
            .refuses(400, "bad_request");
    }
}

#[test]
fn a_whole_log_is_whole_and_a_changed_record_is_named() {
    let host = Host::start().with_guests();
    let whole = host.get("/api/v1/audit/verification").json();
    assert_eq!(
        (&whole["whole"], &whole["records"]),
        (&json!(true), &json!(4))
    );
    let records = host.get("/api/v1/audit").json();
    assert_eq!(whole["last"], records["records"][3]["hash"]);
    let database = rusqlite::Connection::open(host.data().join("state.db")).expect("a database");
    let changed = database.execute("UPDATE audit SET actor = 'nobody' WHERE seq = 3", []);
    // The file itself may refuse; whoever has it can take that away.
    if changed.is_err() {
        let drops: Vec<String> = database
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
            .and_then(|mut rows| rows.query_map([], |row| row.get(0))?.collect())
            .expect("triggers");
        for name in drops {
            database
                .execute_batch(&format!("DROP TRIGGER {name}"))
                .expect("it goes");
        }
        database
            .execute("UPDATE audit SET actor = 'nobody' WHERE seq = 3", [])
            .expect("it changes");
    }
    let broken = host.get("/api/v1/audit/verification").json();
    assert_eq!(
        (&broken["whole"], &broken["broken"]["seq"]),
        (&json!(false), &json!(3))
    );
}

/// Takes records away from a log whose server does not run, as whoever has the file can.
fn take_away(host: &Host, which: &str) {
    let database = rusqlite::Connection::open(host.data().join("state.db")).expect("a database");
    let drop = format!("DROP TRIGGER audit_is_not_deleted; DELETE FROM audit WHERE {which};");
    database.execute_batch(&drop).expect("they go");
}

#[test]
fn a_log_whose_end_was_taken_away_is_not_whole() {
    for (which, seq) in [("seq > 0", 1), ("seq > 3", 4)] {
        let mut host = Host::start().with_guests();
        assert_eq!(host.add().status, 200);
        host.signal("TERM");
        assert_eq!(host.ends(), Some(0));
        take_away(&host, which);
        let mut host = host.start_again();
        let found = host.get("/api/v1/audit/verification").json();
        assert_eq!(
            (&found["whole"], &found["broken"]["seq"]),
            (&json!(false), &json!(seq)),
            "{found}"
        );
        // What is written now does not hide what is missing, nor does another start.
        host.key_with(&["caller"]);
        host.signal("TERM");
        assert_eq!(host.ends(), Some(0));
        let host = host.start_again();
        let found = host.get("/api/v1/audit/verification").json();
        assert_eq!(found["whole"], false, "{found}");
    }
}
