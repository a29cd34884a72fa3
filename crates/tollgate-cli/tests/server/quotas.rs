//! How much of a server a tenant may have, and that no tenant has all of it.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::command::{Tollgate, tollgate};
use crate::host::{Answer, Ask, Host, add, add_request, endless, until};

/// `tollgate quota set` for the first tenant.
fn set(host: &Host, quotas: &str) -> Tollgate {
    let data = host.data().display().to_string();
    let line = ["quota", "set", "--tenant", "default", "--data", &data];
    tollgate(line.into_iter().chain(quotas.split_whitespace()))
}

fn cast_as(host: &Host, key: &str) -> Answer {
    host.ask(Ask::new("POST", "/api/v1/casts", key).json(&add_request()))
}

/// A module of about so many bytes, which takes its time to be compiled.
fn large(bytes: usize, number: usize) -> Vec<u8> {
    let body = "local.get 0 i32.const 7 i32.mul local.set 0 ".repeat(150);
    let functions = format!("(func (param i32) {body})").repeat(bytes / 1_200);
    let wat =
        format!(r#"(module (func (export "n") (result i32) (i32.const {number})) {functions})"#);
    wat::parse_str(wat).expect("a module")
}

/// A request that runs for as long as it may.
fn long(ms: u64) -> Value {
    json!({ "module": "endless", "export": "run", "limits": { "timeout_ms": ms, "gas": 1_000_000_000_000_u64 } })
}

#[test]
fn a_tenant_sees_its_quotas_and_the_operator_sets_them() {
    let host = Host::start().with_guests();
    let standard = host.get("/api/v1/quota").json();
    assert_eq!(standard["requests_per_minute"], 60_000);
    assert_eq!(standard["casts_at_once"], 12);
    assert_eq!(standard["storage_bytes"], 2_000_000_000);
    assert_eq!(standard["gas_per_day"], Value::Null);
    let kept = (add().len() + crate::host::echo().len()) as u64;
    assert_eq!(standard["storage_bytes_used"], kept);
    let gas = host.add().json()["usage"]["gas"].clone();
    let after = host.get("/api/v1/quota").json();
    assert_eq!(
        (&after["gas_used"], &after["gas_reserved"]),
        (&gas, &json!(0))
    );
    set(&host, "--casts 3 --gas-per-day 5M").ends_with(0);
    set(&host, "--storage 1MB").ends_with(0);
    let changed = host.get("/api/v1/quota").json();
    assert_eq!(changed["casts_at_once"], 3);
    assert_eq!(changed["gas_per_day"], 5_000_000);
    assert_eq!(changed["storage_bytes"], 1_000_000);
    let shown = tollgate(["quota", "show"])
        .env("TOLLGATE_SERVER", &format!("http://{}", host.address))
        .env("TOLLGATE_KEY", &host.key);
    let shown = shown.ends_with(0).stdout;
    assert!(shown.contains("casts     3 at once\n"), "{shown}");
    set(
        &host,
        "--casts standard --gas-per-day standard --storage standard",
    )
    .ends_with(0);
    let back = host.get("/api/v1/quota").json();
    assert_eq!(
        (&back["casts_at_once"], &back["gas_per_day"]),
        (&json!(12), &Value::Null)
    );
    set(&host, "").ends_with(64);
}

#[test]
fn more_requests_than_a_minute_has_are_told_when_to_come_again() {
    let host = Host::start();
    let other = host.tenant("other");
    set(&host, "--requests 20").ends_with(0);
    let mut refused = None;
    for _ in 0..40 {
        let answer = host.get("/api/v1/casts");
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a bound");
    refused.refuses(429, "over_quota");
    // A twentieth of a minute.
    let wait = ["retry-after: 1", "retry-after: 2", "retry-after: 3"];
    assert!(
        wait.iter().any(|wait| refused.head.contains(wait)),
        "{}",
        refused.head
    );
    for _ in 0..40 {
        assert_eq!(
            host.ask(Ask::new("GET", "/api/v1/casts", &other)).status,
            200
        );
    }
    until("the next request", || {
        host.get("/api/v1/casts").status == 200
    });
}

#[test]
fn casts_of_one_tenant_leave_places_for_another() {
    let host = Host::start_with(&["--profile=metered", "--casts=4"]);
    host.put_module("endless", "1.0.0", &endless());
    let other = host.tenant("other");
    let body = json!({ "name": "all", "roles": ["publisher", "caller"] });
    let key = host
        .ask(Ask::new("POST", "/api/v1/keys", &other).json(&body))
        .json();
    let key = key["key"].as_str().expect("a key");
    let push = Ask::new("PUT", "/api/v1/modules/add/versions/1.0.0", key).wasm(&add());
    assert_eq!(host.ask(push).status, 201);
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| host.post("/api/v1/casts", &long(4000)).status))
            .collect();
        until("three runs", || {
            let casts = host.get("/api/v1/casts").json();
            let casts = casts["casts"].as_array().cloned().expect("casts");
            casts
                .iter()
                .filter(|cast| cast["status"] == "running")
                .count()
                == 3
        });
        let refused = host.post("/api/v1/casts", &long(1));
        let said = refused.refuses(429, "busy");
        assert!(said.contains("of this tenant"), "{said}");
        assert!(refused.head.contains("retry-after: 1"), "{}", refused.head);
        assert_eq!(cast_as(&host, key).status, 200);
        for run in running {
            assert_eq!(run.join().expect("an answer"), 200);
        }
    });
    set(&host, "--casts 0").ends_with(0);
    host.post("/api/v1/casts", &long(1)).refuses(429, "busy");
}

#[test]
fn gas_of_a_day_is_used_up_and_told_until_when() {
    let host = Host::start().with_guests();
    set(&host, "--gas-per-day 1000000500").ends_with(0);
    assert_eq!(host.add().status, 200);
    set(&host, "--gas-per-day 1000").ends_with(0);
    let refused = host.add();
    let said = refused.refuses(429, "over_quota");
    assert!(
        said.contains("gas a day") && said.contains("1000000000"),
        "{said}"
    );
    let wait = refused.head.split("retry-after: ").nth(1).expect("a time");
    let wait: u64 = wait
        .lines()
        .next()
        .expect("a line")
        .parse()
        .expect("seconds");
    assert!((1..=24 * 3600).contains(&wait), "{wait}");
    let mut small = add_request();
    small["limits"] = json!({ "gas": 500 });
    assert_eq!(host.post("/api/v1/casts", &small).status, 200);
    assert_eq!(host.get("/api/v1/budget").json()["reserved_micro_usd"], 0);
}

#[test]
fn answers_of_runs_count_until_they_are_forgotten() {
    let host = Host::start().with_guests();
    let id = host.add().json()["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/v1/casts/{id}");
    let answer = host.get(&path).body.len() as u64;
    let receipt = host.get(&format!("{path}/receipt")).body.len() as u64;
    // The end of its line is not kept.
    let kept = answer + receipt - 1;
    let quota = host.get("/api/v1/quota").json();
    assert_eq!(quota["answer_bytes_used"], kept);
    let modules = (add().len() + crate::host::echo().len()) as u64;
    assert_eq!(quota["storage_bytes_used"], modules + kept);
    // Another echo of the limit and a bit: it is kept, and then no run begins.
    set(&host, &format!("--storage {}", modules + 2 * kept)).ends_with(0);
    let large =
        json!({ "module": "echo", "export": "echo", "input": { "text": "x".repeat(5_000) } });
    assert_eq!(host.post("/api/v1/casts", &large).status, 200);
    let refused = host.add();
    let said = refused.refuses(413, "storage_quota");
    assert!(said.contains("answers of runs"), "{said}");
    assert!(refused.head.contains("retry-after: "), "{}", refused.head);
    // As if a week had passed.
    let database = rusqlite::Connection::open(host.data().join("state.db")).expect("a database");
    let week = 7 * 24 * 3600 * 1_000_000_000_i64;
    let aged = "UPDATE cast_run SET started_at = started_at - ?1, ended_at = ended_at - ?1";
    database
        .busy_timeout(Duration::from_secs(60))
        .expect("a wait");
    database.execute(aged, [week]).expect("rows");
    until("room", || {
        host.get("/api/v1/quota").json()["answer_bytes_used"] == 0
    });
    let forgotten = host.get(&path).json();
    assert_eq!(forgotten["is_forgotten"], true, "{forgotten}");
    assert_eq!(forgotten["cost_micro_usd"], 10_000);
    assert_eq!(forgotten["output"], Value::Null);
    let said = host.get(&format!("{path}/receipt"));
    let said = said.refuses(404, "not_found");
    assert!(said.contains("so long ago"), "{said}");
    assert_eq!(host.add().status, 200);
}

/// The entries of a folder of the server, and of those in it.
fn entries(folder: &std::path::Path) -> usize {
    let Ok(files) = std::fs::read_dir(folder) else {
        return 0;
    };
    files.flatten().map(|file| 1 + entries(&file.path())).sum()
}

#[test]
fn nothing_is_compiled_that_cannot_be_kept() {
    let host = Host::start().with_guests();
    let before = entries(&host.data().join("code"));
    assert!(before > 0);
    set(&host, "--storage 1KB").ends_with(0);
    host.put_module("large", "1.0.0", &large(4_000, 1))
        .refuses(413, "storage_quota");
    host.put_module("add", "1.0.0", &large(100, 2))
        .refuses(409, "conflict");
    assert_eq!(entries(&host.data().join("code")), before);
}

#[test]
fn modules_that_do_not_fit_are_refused_and_leave_nothing() {
    let host = Host::start().with_guests();
    set(&host, "--storage 1KB").ends_with(0);
    let large = large(4_000, 1);
    host.put_module("large", "1.0.0", &large)
        .refuses(413, "storage_quota");
    host.get("/api/v1/modules/large").refuses(404, "not_found");
    let kept = std::fs::read_dir(host.data().join("modules/default")).expect("a folder");
    assert_eq!(kept.count(), 2);
    // What is there may be pushed again, also under another name.
    assert_eq!(host.put_module("add", "1.0.0", &add()).status, 200);
    assert_eq!(host.put_module("again", "1.0.0", &add()).status, 201);
    set(&host, "--storage 1MB").ends_with(0);
    assert_eq!(host.put_module("large", "1.0.0", &large).status, 201);
}

#[test]
fn large_pushes_of_one_tenant_do_not_hold_those_of_another() {
    let host = Host::start();
    let other = host.tenant("other");
    let waiting = AtomicBool::new(true);
    std::thread::scope(|scope| {
        let pushes: Vec<_> = (0..3)
            .map(|number| {
                let (host, waiting) = (&host, &waiting);
                scope.spawn(move || {
                    let name = format!("large{number}");
                    let answer = host.put_module(&name, "1.0.0", &large(480_000, number));
                    (answer.status, waiting.load(SeqCst))
                })
            })
            .collect();
        until("a push that is looked at", || {
            let arriving = std::fs::read_dir(host.data().join("incoming")).expect("a folder");
            let whole = arriving
                .flatten()
                .filter(|file| file.metadata().is_ok_and(|m| m.len() > 400_000));
            whole.count() >= 3
        });
        let begun = Instant::now();
        let small = Ask::new("PUT", "/api/v1/modules/small/versions/1.0.0", &other).wasm(&add());
        let answer = host.ask(small);
        assert_eq!(answer.status, 201, "{answer:?}");
        let took = begun.elapsed();
        waiting.store(false, SeqCst);
        let pushes: Vec<_> = pushes
            .into_iter()
            .map(|push| push.join().expect("an answer"))
            .collect();
        assert!(
            pushes.iter().all(|(status, _)| *status == 201),
            "{pushes:?}"
        );
        // The small one had not to wait for all of the large ones.
        assert!(pushes.iter().any(|(_, earlier)| !earlier), "{took:?}");
        assert!(took < Duration::from_secs(60), "{took:?}");
    });
}
