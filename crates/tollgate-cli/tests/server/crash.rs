//! The server is killed while it works, as a power cut would, and started again: what it acknowledged is there, and nothing is
//! there in halves.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use serde_json::{Value, json};

use crate::host::{Ask, Host, add, add_request};

/// How often it is killed; `TOLLGATE_CRASH_ROUNDS` makes a campaign of it.
pub(super) fn rounds() -> usize {
    let wanted = std::env::var("TOLLGATE_CRASH_ROUNDS").ok();
    wanted.and_then(|rounds| rounds.parse().ok()).unwrap_or(5)
}

/// What was acknowledged.
#[derive(Default)]
pub(super) struct Acknowledged {
    /// Idempotency keys and the answers to them.
    pub(super) casts: Vec<(String, Vec<u8>)>,
    /// Versions of the module `m`, and their bytes.
    pub(super) pushes: Vec<(String, Vec<u8>)>,
    pub(super) keys: Vec<String>,
    pub(super) revoked: Vec<String>,
}

/// What is worked on until the server is gone, or somebody says that it is over.
#[derive(Default)]
pub(super) struct Work {
    numbers: AtomicUsize,
    pub(super) acknowledged: Mutex<Acknowledged>,
    pub(super) is_over: AtomicBool,
}

/// An answer that came whole before the server was killed.
fn try_ask(address: &str, ask: &Ask<'_>) -> Option<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.write_all(&ask.bytes()).ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let (_, length) = head.split_once("content-length: ")?;
    let length: usize = length.lines().next()?.parse().ok()?;
    let body = bytes.split_off(end + 4);
    let status = head.split(' ').nth(1)?.parse().ok()?;
    (body.len() == length).then_some((status, body))
}

/// A module of its own for each number.
fn numbered(number: usize) -> Vec<u8> {
    let wat = format!(r#"(module (func (export "n") (result i32) (i32.const {number})))"#);
    wat::parse_str(wat).expect("a module")
}

/// Works, and notes what the server acknowledged.
pub(super) fn work(host: &Host, work: &Work) {
    let Work {
        numbers,
        acknowledged,
        is_over,
    } = work;
    while !is_over.load(SeqCst) {
        let number = numbers.fetch_add(1, SeqCst);
        let done = match number % 3 {
            0 => {
                let key = format!("k{number}");
                let ask = Ask::new("POST", "/api/v1/casts", &host.key).json(&add_request());
                let done = try_ask(&host.address, &ask.header("idempotency-key", &key));
                done.map(|(status, body)| {
                    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
                    acknowledged.lock().expect("a list").casts.push((key, body));
                })
            }
            1 => {
                let version = format!("1.0.{number}");
                let path = format!("/api/v1/modules/m/versions/{version}");
                let ask = Ask::new("PUT", &path, &host.key).wasm(&numbered(number));
                try_ask(&host.address, &ask).map(|(status, body)| {
                    assert_eq!(status, 201, "{}", String::from_utf8_lossy(&body));
                    let pushed = (version, numbered(number));
                    acknowledged.lock().expect("a list").pushes.push(pushed);
                })
            }
            _ => {
                let body = json!({ "name": "k", "roles": ["caller"] });
                let ask = Ask::new("POST", "/api/v1/keys", &host.key).json(&body);
                try_ask(&host.address, &ask).map(|(status, body)| {
                    assert_eq!(status, 201, "{}", String::from_utf8_lossy(&body));
                    let made: Value = serde_json::from_slice(&body).expect("JSON");
                    let key = made["key"].as_str().expect("a key").to_owned();
                    acknowledged.lock().expect("a list").keys.push(key);
                })
            }
        };
        if done.is_none() {
            return;
        }
    }
}

pub(super) fn is_all_there(host: &Host, acknowledged: &Acknowledged) {
    let verdict = host.get("/api/v1/audit/verification").json();
    assert_eq!(verdict["whole"], true, "{verdict}");
    for (key, answer) in &acknowledged.casts {
        let ask = Ask::new("POST", "/api/v1/casts", &host.key).json(&add_request());
        let again = host.ask(ask.header("idempotency-key", key));
        assert_eq!((again.status, &again.body), (200, answer), "{key}");
    }
    for (version, wasm) in &acknowledged.pushes {
        let given = host.get(&format!("/api/v1/modules/m/versions/{version}/content"));
        assert_eq!(&given.body, wasm, "{version}");
    }
    for key in &acknowledged.keys {
        assert_eq!(host.ask(Ask::new("GET", "/api/v1/casts", key)).status, 200);
    }
    for key in &acknowledged.revoked {
        assert_eq!(host.ask(Ask::new("GET", "/api/v1/casts", key)).status, 401);
    }
}

/// Nothing runs that no process runs, and no bytes lie there that no version names.
fn nothing_is_half_there(host: &Host) {
    let database = rusqlite::Connection::open(host.data().join("state.db")).expect("a database");
    let count = |sql: &str| -> i64 {
        database
            .query_row(sql, [], |row| row.get(0))
            .expect("a number")
    };
    assert_eq!(count("SELECT count(*) FROM cast_run WHERE state = 0"), 0);
    let digests =
        count("SELECT count(DISTINCT digest) FROM module_version WHERE deleted_at IS NULL");
    let files = |folder: &str| {
        let folder = std::fs::read_dir(host.data().join(folder)).expect("a folder");
        i64::try_from(folder.count()).expect("a number")
    };
    assert_eq!(files("modules/default"), digests);
    assert_eq!(files("incoming"), 0);
}

#[test]
fn what_was_acknowledged_survives_the_death_of_the_server() {
    let mut host = Host::start_with(&[]).with_guests();
    let todo = Work::default();
    let acknowledged = &todo.acknowledged;
    for round in 0..rounds() {
        let before = acknowledged.lock().expect("a list").casts.len();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| work(&host, &todo));
            }
            // In the middle of the next ones.
            crate::host::until("some casts", || {
                acknowledged.lock().expect("a list").casts.len() > before + round % 3
            });
            host.signal("KILL");
        });
        host = host.start_again();
        let revokes = acknowledged.lock().expect("a list").keys.pop();
        if let Some(key) = revokes {
            let prefix = key.split('_').nth(1).expect("a prefix");
            let path = format!("/api/v1/keys/{prefix}");
            assert_eq!(host.ask(Ask::new("DELETE", &path, &host.key)).status, 204);
            acknowledged.lock().expect("a list").revoked.push(key);
        }
        nothing_is_half_there(&host);
        is_all_there(&host, &acknowledged.lock().expect("a list"));
    }
    let acknowledged = acknowledged.lock().expect("a list");
    println!(
        "{} kills: {} casts, {} pushes, {} keys acknowledged and there",
        rounds(),
        acknowledged.casts.len(),
        acknowledged.pushes.len(),
        acknowledged.keys.len()
    );
}

#[test]
fn a_run_that_was_lost_is_told_and_never_begun_again() {
    let host = Host::start();
    host.put_module("endless", "1.0.0", &crate::host::endless());
    let body = json!({
        "module": "endless", "export": "run", "limits": { "timeout_ms": 60_000, "gas": 1_000_000_000_000_u64 },
    });
    let ask = Ask::new("POST", "/api/v1/casts", &host.key).json(&body);
    let ask = ask.header("idempotency-key", "k");
    let mut stream = host.connect();
    stream.write_all(&ask.bytes()).expect("a request");
    crate::host::until("the run", || {
        host.get("/api/v1/casts").json()["casts"][0]["status"] == "running"
    });
    host.ask(ask.clone()).refuses(409, "idempotency_running");
    let host = host.killed_and_started();
    host.ask(ask).refuses(409, "cast_lost");
    let listed = host.get("/api/v1/casts").json();
    assert_eq!(listed["casts"].as_array().map(Vec::len), Some(1));
    assert_eq!(listed["casts"][0]["status"], "lost");
}

#[test]
fn a_push_that_was_cut_off_leaves_nothing() {
    let host = Host::start();
    let push = Ask::new("PUT", "/api/v1/modules/x/versions/1.0.0", &host.key)
        .header("content-type", "application/wasm");
    let mut stream = host.connect();
    stream
        .write_all(push.head(1_000_000).as_bytes())
        .expect("a head");
    stream.write_all(&vec![0; 900_000]).expect("most of a body");
    crate::host::until("some bytes", || {
        let arriving = std::fs::read_dir(host.data().join("incoming")).expect("a folder");
        arriving
            .flatten()
            .any(|file| file.metadata().is_ok_and(|file| file.len() > 0))
    });
    let host = host.killed_and_started();
    let left = std::fs::read_dir(host.data().join("incoming")).expect("a folder");
    assert_eq!(left.count(), 0);
    host.get("/api/v1/modules/x").refuses(404, "not_found");
    assert_eq!(host.put_module("x", "1.0.0", &add()).status, 201);
}
