//! How a server begins and ends.

use std::io::Write as _;
use std::process::Command;

use serde_json::json;

use crate::command::tollgate;
use crate::host::{Answer, Ask, Host, add, endless, until};

#[test]
fn the_first_start_prints_a_key_and_the_second_none() {
    let mut host = Host::start();
    assert_eq!(host.get("/api/v1/keys").status, 200);
    host.signal("TERM");
    assert_eq!(host.ends(), Some(0));
    let host = host.start_again();
    assert_eq!(host.get("/api/v1/keys").status, 200);
    let again = std::fs::read_to_string(host.data().join("../stdout")).expect("a file");
    assert_eq!(again, "");
}

#[test]
fn what_it_keeps_is_for_its_user_alone() {
    use std::os::unix::fs::MetadataExt as _;
    let host = Host::start().with_guests();
    let mut folders = vec![host.data()];
    while let Some(folder) = folders.pop() {
        let mode = std::fs::metadata(&folder).expect("a folder").mode();
        assert_eq!(mode & 0o077, 0, "{}", folder.display());
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            if entry.file_type().expect("a type").is_dir() {
                folders.push(entry.path());
            } else {
                let mode = entry.metadata().expect("a file").mode();
                assert_eq!(mode & 0o077, 0, "{}", entry.path().display());
            }
        }
    }
}

#[test]
fn the_key_is_not_in_what_the_server_keeps() {
    let host = Host::start();
    let secret = host.key.rsplit('_').next().expect("a secret");
    for name in ["state.db", "state.db-wal"] {
        let bytes = std::fs::read(host.data().join(name)).expect("a file");
        let found = bytes
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(!found, "{name}");
    }
}

#[test]
fn it_says_that_it_lives_and_that_it_can_work() {
    let host = Host::start();
    for path in ["/health", "/ready"] {
        let answer = host.ask(Ask::bare("GET", path));
        assert_eq!(
            (answer.status, answer.json()),
            (200, json!({ "status": "ok" }))
        );
    }
}

#[test]
fn a_folder_has_one_server() {
    let host = Host::start();
    let data = host.data().display().to_string();
    let second = tollgate(["serve", "--listen=127.0.0.1:0", "--data", &data]).ends_with(78);
    assert!(
        second.stderr.contains("another server works with"),
        "{}",
        second.stderr
    );
    assert_eq!(host.get("/api/v1/keys").status, 200);
}

#[test]
fn another_address_than_this_machine_has_to_be_wanted() {
    let refused = tollgate(["serve", "--listen=0.0.0.0:0", "--data=data"]).ends_with(64);
    assert!(
        refused.stderr.contains("--insecure-http"),
        "{}",
        refused.stderr
    );
    assert_eq!(refused.files(), Vec::<String>::new());
}

#[test]
fn an_address_in_use_loses_no_first_key() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let test = tollgate(["serve", "--data=data", "--listen", &address]);
    let refused = test.ends_with(78);
    assert!(
        refused.stderr.contains("cannot be listened on"),
        "{}",
        refused.stderr
    );
    assert!(!refused.folder.path().join("data/state.db").exists());
}

#[test]
fn a_stop_waits_for_the_runs_under_way() {
    let host = Host::start();
    host.put_module("endless", "1.0.0", &endless());
    let request = json!({
        "module": "endless", "export": "run", "limits": { "timeout_ms": 2000, "gas": 1_000_000_000_000_u64 },
    });
    let mut host = host;
    let answer = std::thread::scope(|scope| {
        let running = scope.spawn(|| host.post("/api/v1/casts", &request));
        until("the run", || {
            host.get("/api/v1/casts").json()["casts"][0]["status"] == "running"
        });
        host.signal("TERM");
        running.join().expect("an answer")
    });
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["failure"]["limit"], "wall time");
    assert_eq!(host.ends(), Some(0));
    let host = host.start_again();
    let id = answer.json()["id"].as_str().expect("an id").to_owned();
    let kept = host.get(&format!("/api/v1/casts/{id}"));
    assert_eq!(kept.json(), answer.json());
}

#[test]
fn a_stop_waits_for_the_uploads_under_way() {
    let mut host = Host::start();
    let push = Ask::new("PUT", "/api/v1/modules/add/versions/1.0.0", &host.key)
        .header("content-type", "application/wasm");
    let mut stream = host.connect();
    let wasm = add();
    let (first, rest) = wasm.split_at(10);
    stream
        .write_all(push.head(wasm.len()).as_bytes())
        .expect("a head");
    stream.write_all(first).expect("a beginning");
    until("the upload", || {
        let arriving = std::fs::read_dir(host.data().join("incoming")).expect("a folder");
        arriving.count() == 1
    });
    host.signal("TERM");
    until("the stop", || host.log().contains("stopping"));
    stream.write_all(rest).expect("the rest");
    assert_eq!(Answer::read(stream).status, 201);
    assert_eq!(host.ends(), Some(0));
    let host = host.start_again();
    let kept = host.get("/api/v1/modules/add/versions/1.0.0/content");
    assert_eq!(kept.body, wasm);
}

#[test]
fn a_database_that_vanishes_is_told_and_works_again_when_it_is_back() {
    let host = Host::start();
    let (here, away) = (host.data().join("state.db"), host.data().join("away.db"));
    std::fs::rename(&here, &away).expect("it moves");
    let body = json!({ "name": "lost", "roles": ["caller"] });
    host.post("/api/v1/keys", &body).refuses(503, "unavailable");
    host.ask(Ask::bare("GET", "/ready"))
        .refuses(503, "unavailable");
    assert_eq!(host.ask(Ask::bare("GET", "/health")).status, 200);
    std::fs::rename(&away, &here).expect("it moves back");
    assert_eq!(host.post("/api/v1/keys", &body).status, 201);
}

#[test]
fn whoever_has_the_folder_makes_keys_and_tenants_beside_the_server() {
    let host = Host::start().with_guests();
    let lost = host.tenant("default");
    assert_eq!(host.ask(Ask::new("GET", "/api/v1/keys", &lost)).status, 200);
    let other = host.tenant("acme");
    let modules = host.ask(Ask::new("GET", "/api/v1/modules", &other));
    assert_eq!(modules.json(), json!({ "versions": [] }));
    let refused = Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .args(["access", "tenant", "../acme", "--data"])
        .arg(host.data())
        .output()
        .expect("the command starts");
    assert_eq!(refused.status.code(), Some(78), "{refused:?}");
}
