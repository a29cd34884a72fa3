//! Casts that are not waited for: answered when they have begun, found by their ids, and cancelled.

use std::time::Duration;

use serde_json::{Value, json};

use crate::command::{Tollgate, tollgate};
use crate::host::{Answer, Ask, Host, add_request, endless, until};

/// A request that runs for as long as it may.
fn long(ms: u64) -> Value {
    json!({ "module": "endless", "export": "run", "limits": { "timeout_ms": ms, "gas": 1_000_000_000_000_u64 } })
}

fn detached<'a>(host: &Host, body: &Value) -> Ask<'a> {
    let ask = Ask::new("POST", "/api/v1/casts", &host.key).json(body);
    ask.header("prefer", "respond-async")
}

/// Where the end of a run will be, as its beginning was answered.
#[track_caller]
fn begun(answer: &Answer) -> String {
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.json()["status"], "running");
    assert!(
        answer.head.contains("preference-applied: respond-async"),
        "{}",
        answer.head
    );
    let id = answer.json()["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/v1/casts/{id}");
    assert!(
        answer.head.contains(&format!("location: {path}\r\n")),
        "{}",
        answer.head
    );
    path
}

fn ended(host: &Host, path: &str) -> Value {
    until("its end", || host.get(path).json()["status"] != "running");
    host.get(path).json()
}

fn cancel(host: &Host, path: &str) -> Answer {
    host.ask(Ask::new("POST", &format!("{path}/cancellation"), &host.key))
}

#[test]
fn a_cast_that_nobody_waits_for_is_found_by_its_id() {
    let host = Host::start_with(&[]).with_guests();
    let path = begun(&host.ask(detached(&host, &add_request())));
    let cast = ended(&host, &path);
    assert_eq!(cast["output"], json!({ "values": [5] }), "{cast}");
    assert_eq!(cast["cost_micro_usd"], 10_000);
    // Other wishes are none of ours.
    let ask = Ask::new("POST", "/api/v1/casts", &host.key).json(&add_request());
    assert_eq!(
        host.ask(ask.header("prefer", "wait=10, handling=lenient"))
            .status,
        200
    );
}

#[test]
fn what_is_refused_is_refused_at_once_also_when_nobody_waits() {
    let host = Host::start().with_guests();
    host.ask(detached(&host, &json!({ "module": "nothing" })))
        .refuses(404, "not_found");
    let mut wrong = add_request();
    wrong["input"] = json!({ "values": [1] });
    host.ask(detached(&host, &wrong))
        .refuses(400, "bad_request");
    let none = json!({ "limit_micro_usd": 0 });
    assert_eq!(
        host.ask(Ask::new("PUT", "/api/v1/budget", &host.key).json(&none))
            .status,
        200
    );
    host.ask(detached(&host, &add_request()))
        .refuses(402, "over_budget");
    assert_eq!(host.get("/api/v1/casts").json()["casts"], json!([]));
}

#[test]
fn a_key_of_a_cast_that_nobody_waits_for_has_its_end_later() {
    let host = Host::start();
    host.put_module("endless", "1.0.0", &endless());
    let ask = || detached(&host, &long(1000)).header("idempotency-key", "k");
    let path = begun(&host.ask(ask()));
    host.ask(ask()).refuses(409, "idempotency_running");
    let cast = ended(&host, &path);
    let again = host.ask(ask());
    assert_eq!((again.status, again.json()), (200, cast));
    assert!(
        again.head.contains("idempotent-replayed: true"),
        "{}",
        again.head
    );
}

#[test]
fn a_cast_is_cancelled_and_its_place_and_money_are_free() {
    for profile in ["--profile=metered", "--profile=isolated"] {
        let host = Host::start_with(&[profile, "--casts=1"]).with_guests();
        host.put_module("endless", "1.0.0", &endless());
        let path = begun(&host.ask(detached(&host, &long(120_000))));
        host.add().refuses(429, "busy");
        let told = cancel(&host, &path);
        assert_eq!(
            (told.status, &told.json()["status"]),
            (202, &json!("running")),
            "{told:?}"
        );
        let cast = ended(&host, &path);
        assert_eq!(cast["failure"]["kind"], "cancelled", "{cast}");
        assert_eq!(cast["status"], "failed");
        assert_eq!(host.get("/api/v1/budget").json()["reserved_micro_usd"], 0);
        until("its place", || host.add().status == 200);
        let said = cancel(&host, &path).refuses(409, "conflict");
        assert!(said.contains("has ended"), "{said}");
        let records = host.get("/api/v1/audit").json();
        let records = records["records"].as_array().cloned().expect("records");
        let cancels = records
            .iter()
            .filter(|record| record["action"] == "cast.cancel");
        assert_eq!(cancels.count(), 1);
    }
}

#[test]
fn an_end_that_cannot_be_written_at_once_is_written_later() {
    let host = Host::start();
    host.put_module("endless", "1.0.0", &endless());
    let path = begun(&host.ask(detached(&host, &long(1000))));
    // Longer than a writer waits.
    let database = rusqlite::Connection::open(host.data().join("state.db")).expect("a database");
    database
        .execute_batch("PRAGMA busy_timeout = 60000; BEGIN IMMEDIATE")
        .expect("its lock");
    std::thread::sleep(Duration::from_secs(8));
    assert_eq!(host.get(&path).json()["status"], "running");
    database.execute_batch("ROLLBACK").expect("its lock");
    let cast = ended(&host, &path);
    assert_eq!(cast["failure"]["limit"], "wall time", "{cast}");
}

#[test]
fn a_run_whose_end_can_never_be_written_is_lost_and_the_log_says_so() {
    let host = Host::start().with_guests();
    let database = rusqlite::Connection::open(host.data().join("state.db")).expect("a database");
    database
        .execute_batch(
            "PRAGMA busy_timeout = 60000;
             CREATE TRIGGER no_end BEFORE UPDATE ON cast_run WHEN NEW.state = 1
             BEGIN SELECT RAISE(ABORT, 'no end is written'); END",
        )
        .expect("a trigger");
    let path = begun(&host.ask(detached(&host, &add_request())));
    let cast = ended(&host, &path);
    assert_eq!(cast["status"], "lost", "{cast}");
    let id = cast["id"].as_str().expect("an id");
    let log = host.log();
    let said = log
        .lines()
        .find(|line| line.contains("could not be written down"));
    let said = said.unwrap_or_else(|| panic!("{log}"));
    assert!(said.contains(id) && said.contains("ERROR"), "{said}");
    database
        .execute_batch("DROP TRIGGER no_end")
        .expect("no trigger");
    assert_eq!(host.add().status, 200);
    assert_eq!(host.get("/api/v1/budget").json()["reserved_micro_usd"], 0);
    let ledger = host.get("/api/v1/budget/verification").json();
    assert_eq!(ledger["whole"], true, "{ledger}");
    // What it used is not known, so it is all that it could.
    let quota = host.get("/api/v1/quota").json();
    assert!(quota["gas_used"].as_u64() >= Some(1_000_000_000), "{quota}");
}

#[test]
fn a_stop_waits_for_casts_that_nobody_waits_for() {
    let mut host = Host::start();
    host.put_module("endless", "1.0.0", &endless());
    let path = begun(&host.ask(detached(&host, &long(2000))));
    host.signal("TERM");
    assert_eq!(host.ends(), Some(0));
    let host = host.start_again();
    assert_eq!(host.get(&path).json()["failure"]["limit"], "wall time");
}

#[test]
fn a_stop_waits_until_ends_are_written_down() {
    let mut host = Host::start();
    host.put_module("endless", "1.0.0", &endless());
    let path = begun(&host.ask(detached(&host, &long(1000))));
    let database = rusqlite::Connection::open(host.data().join("state.db")).expect("a database");
    database
        .execute_batch("PRAGMA busy_timeout = 60000; BEGIN IMMEDIATE")
        .expect("its lock");
    host.signal("TERM");
    // The run is over by then, and nobody can write that down.
    std::thread::sleep(Duration::from_secs(3));
    database.execute_batch("ROLLBACK").expect("its lock");
    assert_eq!(host.ends(), Some(0));
    let host = host.start_again();
    assert_eq!(host.get(&path).json()["failure"]["limit"], "wall time");
}

#[test]
fn the_command_detaches_waits_shows_lists_and_cancels() {
    let host = Host::start().with_guests();
    host.put_module("endless", "1.0.0", &endless());
    let at = |line: &str| -> Tollgate {
        tollgate(line.split_whitespace())
            .env("TOLLGATE_SERVER", &format!("http://{}", host.address))
            .env("TOLLGATE_KEY", &host.key)
    };
    let id = at("cast add --invoke add --detach -- 2 3")
        .ends_with(0)
        .stdout;
    let id = id.trim();
    assert!(id.starts_with("cast_"), "{id}");
    for verb in ["wait", "show"] {
        let shown = at(&format!("casts {verb} {id}")).ends_with(0);
        assert_eq!(shown.stdout, "5\n");
    }
    let slow = at("cast endless --invoke run --gas 1000G --timeout 2m --detach")
        .ends_with(0)
        .stdout;
    let slow = slow.trim();
    let shown = at(&format!("casts show {slow}")).ends_with(0);
    assert!(shown.stderr.contains("is under way"), "{}", shown.stderr);
    at(&format!("casts cancel {slow}")).ends_with(0);
    let ended = at(&format!("casts wait {slow}")).ends_with(70);
    assert!(
        ended.stderr.contains("it was cancelled"),
        "{}",
        ended.stderr
    );
    at(&format!("casts cancel {slow}")).ends_with(65);
    let listed = at("casts list").ends_with(0).stdout;
    assert!(
        listed.contains("  succeeded  add@1.0.0  $0.01\n"),
        "{listed}"
    );
    assert!(listed.contains("  failed  endless@1.0.0  "), "{listed}");
    at("casts show cast_0").ends_with(66);
}
