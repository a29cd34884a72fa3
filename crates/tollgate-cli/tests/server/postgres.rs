//! A server whose database is PostgreSQL: what a server promises does not depend on the database.

mod nodes;

use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use serde_json::Value;
use test_postgres::{PASSWORD, Pass, Server, server};

use crate::host::{Ask, Host, add_request};

const METERED: &[&str] = &["--profile=metered", "--determinism=full"];

fn on(database: &str) -> Host {
    Host::start_on(METERED, Some(database))
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Casts `add` once under a key.
fn add_once(host: &Host, key: &str) -> (u16, Value) {
    let ask = Ask::new("POST", "/api/v1/casts", &host.key);
    let answer = host.ask(ask.header("Idempotency-Key", key).json(&add_request()));
    (answer.status, answer.json())
}

#[test]
fn modules_runs_money_and_the_audit_log_outlive_the_server() {
    let database = server().fresh();
    let host = on(&database).with_guests();
    let (status, first) = add_once(&host, "one");
    assert_eq!(status, 200, "{first}");
    let id = first["id"].as_str().unwrap().to_owned();
    let receipt = host.get(&format!("/api/v1/casts/{id}/receipt"));
    assert_eq!(receipt.status, 200, "{receipt:?}");
    let set = host.operator(&["budget", "set", "5", "--tenant", "default"]);
    let set = { set }.output().unwrap();
    assert!(set.status.success(), "{}", told(&set));
    assert!(!host.data().join("state.db").exists());

    let host = host.killed_and_started();
    let (status, again) = add_once(&host, "one");
    assert_eq!((status, &again["id"]), (200, &first["id"]), "{again}");
    let kept = host.get(&format!("/api/v1/casts/{id}/receipt"));
    assert_eq!(kept.body, receipt.body);
    let budget = host.get("/api/v1/budget").json();
    assert_eq!(budget["limit_micro_usd"], 5_000_000, "{budget}");
    assert_eq!(
        budget["spent_micro_usd"], first["cost_micro_usd"],
        "{budget}"
    );
    let verified = host.get("/api/v1/audit/verification");
    assert_eq!(verified.status, 200, "{verified:?}");
    assert_eq!(verified.json()["whole"], true, "{verified:?}");
}

#[test]
fn a_folder_that_was_used_does_not_begin_a_new_state() {
    let (database, other) = (server().fresh(), server().fresh());
    let host = on(&database).with_guests();
    // Another database, and none: a new file.
    for wrong in [other.as_str(), ""] {
        let refused = std::process::Command::new(env!("CARGO_BIN_EXE_tollgate"))
            .args(["serve", "--listen=127.0.0.1:0", "--data"])
            .arg(copied(&host).path())
            .env("TOLLGATE_DATABASE", wrong)
            .output()
            .unwrap();
        assert!(!refused.status.success());
        assert!(refused.stdout.is_empty(), "there is no key");
        let told = told(&refused);
        assert!(
            told.contains("has modules of a server whose database is not"),
            "{told}"
        );
    }
    let host = host.killed_and_started();
    assert_eq!(add_once(&host, "after").0, 200);
}

/// A copy of the folder of a server.
fn copied(host: &Host) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    let done = std::process::Command::new("cp")
        .arg("-a")
        .arg(host.data().join("."))
        .arg(copy.path())
        .status();
    assert!(done.unwrap().success());
    copy
}

#[test]
fn an_end_whose_commit_was_not_answered_is_told_as_what_it_is() {
    let server = server();
    let direct = server.url_with_password(PASSWORD, &server.fresh_schema());
    // The transaction that writes an end is the one that notes it in the audit log.
    let (ends, cuts) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let has = |said: &[u8], part: &[u8]| said.windows(part.len()).any(|found| found == part);
    let judge = {
        let (ends, cuts) = (Arc::clone(&ends), Arc::clone(&cuts));
        move |said: &[u8]| {
            if has(said, b"cast.end") {
                ends.store(true, Relaxed);
            }
            if has(said, b"COMMIT") && ends.swap(false, Relaxed) {
                cuts.fetch_add(1, Relaxed);
                return Pass::Question;
            }
            Pass::Both
        }
    };
    let host = on(&server.between(&direct, judge)).with_guests();
    for round in 1..=3 {
        let (status, cast) = add_once(&host, &format!("run-{round}"));
        assert_eq!(
            (status, &cast["status"]),
            (200, &"succeeded".into()),
            "{cast}"
        );
        assert_eq!(
            cuts.load(Relaxed),
            round,
            "its first commit was not answered"
        );
        assert_eq!(add_once(&host, &format!("run-{round}")).1["id"], cast["id"]);
    }
    assert!(!host.log().contains("is lost"), "{}", host.log());
    let ledger = host.get("/api/v1/budget/verification").json();
    assert_eq!(ledger["whole"], true, "{ledger}");
}

#[test]
fn a_database_that_goes_away_and_comes_back_is_waited_for() {
    let database = Server::start(&[]);
    let host = on(&database.fresh()).with_guests();
    assert_eq!(add_once(&host, "before").0, 200);
    for round in 0..3 {
        database.kill();
        let (status, error) = add_once(&host, &format!("while-{round}"));
        assert_eq!(status, 503, "{error}");
        let text = error.to_string();
        assert!(
            text.contains("the database cannot be reached; try again"),
            "{text}"
        );
        assert!(!text.contains("postgres"), "{text}");
        database.resume();
        let begun = Instant::now();
        loop {
            let (status, answer) = add_once(&host, &format!("while-{round}"));
            if status == 200 {
                break;
            }
            assert!(
                status == 503 && begun.elapsed() < Duration::from_secs(30),
                "{answer}"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }
    assert_eq!(
        host.get("/api/v1/casts").json()["casts"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
}

#[test]
fn what_names_no_database_says_what_does_and_never_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let serve = |database: &str| {
        std::process::Command::new(env!("CARGO_BIN_EXE_tollgate"))
            .args(["serve", "--listen=127.0.0.1:0", "--data"])
            .arg(folder.path())
            .env("TOLLGATE_DATABASE", database)
            .output()
            .unwrap()
    };
    for (database, says) in [
        (
            "mysql://ann:hunter2@localhost/d",
            "postgres://USER@HOST/DATABASE",
        ),
        (
            "postgres://ann:hunter2@localhost:port/d",
            "postgres://USER@HOST/DATABASE",
        ),
        (
            "postgres://ann:hunter2@db.example.org/d?sslmode=disable",
            "leave `sslmode` out",
        ),
        ("postgres://ann:hunter2@127.0.0.1:1/d", "cannot be reached"),
        (
            &server().url_with_password("hunter2", ""),
            "password authentication failed",
        ),
    ] {
        let refused = serve(database);
        assert!(!refused.status.success(), "{database}");
        assert!(
            told(&refused).contains(says),
            "{database}: {}",
            told(&refused)
        );
        assert!(!told(&refused).contains("hunter2"), "{}", told(&refused));
    }
}

#[test]
fn a_password_is_in_no_log() {
    let database = server().url_with_password(PASSWORD, &server().fresh_schema());
    let host = on(&database);
    assert_eq!(host.get("/api/v1/keys").status, 200);
    assert!(!host.log().contains(PASSWORD), "{}", host.log());
}
