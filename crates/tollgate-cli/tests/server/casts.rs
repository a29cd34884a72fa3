//! Runs over HTTP: what goes in, what comes out, what it cost, and once means once.

use std::sync::Barrier;

use serde_json::{Value, json};

use crate::host::{Answer, Ask, Host, add, add_request, endless};

fn echo_of(host: &Host, input: Value) -> Answer {
    let body = json!({ "module": "echo", "export": "echo", "input": input });
    host.post("/api/v1/casts", &body)
}

fn once(host: &Host, key: &str, body: &Value) -> Answer {
    let ask = Ask::new("POST", "/api/v1/casts", &host.key).json(body);
    host.ask(ask.header("idempotency-key", key))
}

fn casts(host: &Host) -> usize {
    let listed = host.get("/api/v1/casts").json();
    listed["casts"].as_array().expect("casts").len()
}

#[test]
fn a_cast_answers_with_result_decision_usage_and_cost() {
    let host = Host::start_with(&[]).with_guests();
    let cast = host.add().json();
    assert_eq!(cast["status"], "succeeded", "{cast}");
    assert_eq!(cast["output"], json!({ "values": [5] }));
    assert_eq!(cast["decision"], json!({ "verdict": "allow" }));
    assert!(cast["usage"]["gas"].as_u64() > Some(0), "{cast}");
    assert_eq!(cast["cost_micro_usd"], 10_000);
    assert_eq!(cast["version"], "1.0.0");
    let id = cast["id"].as_str().expect("an id");
    assert_eq!(host.get(&format!("/api/v1/casts/{id}")).json(), cast);
    assert_eq!(host.get("/api/v1/casts").json()["casts"][0]["id"], id);
}

#[test]
fn json_text_and_bytes_come_back_as_they_went() {
    let host = Host::start().with_guests();
    let json = json!({ "b": [1, 2.5, "x"], "a": null });
    let cases = [
        (json!({ "json": json }), json!({ "json": json })),
        (
            json!({ "text": "a\u{0}\u{e9}" }),
            json!({ "text": "a\u{0}\u{e9}" }),
        ),
        (json!({ "base64": "/wD+" }), json!({ "base64": "/wD+" })),
        (json!({ "base64": "YQ==" }), json!({ "text": "a" })),
        (json!({ "text": "" }), json!({ "text": "" })),
    ];
    for (input, output) in cases {
        let cast = echo_of(&host, input).json();
        assert_eq!(cast["output"], output, "{cast}");
    }
}

#[test]
fn a_guest_of_the_server_is_in_a_process_of_its_own_and_is_granted_nothing() {
    let host = Host::start_with(&[]);
    let wat = r#"(module
        (import "wasi_snapshot_preview1" "path_open"
            (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 0) "etc/passwd")
        (func (export "_start")
            (if (i32.eqz (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 10) (i32.const 0)
                (i64.const 2) (i64.const 2) (i32.const 0) (i32.const 64))) (then unreachable))))"#;
    host.put_module("reader", "1.0.0", &wat::parse_str(wat).expect("a module"));
    let cast = host
        .post("/api/v1/casts", &json!({ "module": "reader" }))
        .json();
    assert_ne!(cast["failure"]["kind"], "trap", "{cast}");
    assert!(
        cast["output"] == json!({ "exit_code": 0 }) || cast["failure"]["kind"] == "denied",
        "{cast}"
    );
}

#[test]
fn limits_end_a_cast_and_what_is_none_or_above_the_maximum_is_refused() {
    let host = Host::start();
    host.put_module("endless", "1.0.0", &endless());
    let limited = |limits: Value| {
        let body = json!({ "module": "endless", "export": "run", "limits": limits });
        host.post("/api/v1/casts", &body)
    };
    let gas = limited(json!({ "gas": 1000 })).json();
    assert_eq!(
        (&gas["status"], &gas["failure"]["limit"]),
        (&json!("failed"), &json!("gas"))
    );
    let most = tollgate::limits::maximum();
    for (name, most) in [
        ("gas", most.gas),
        ("memory_bytes", most.memory_bytes),
        ("timeout_ms", most.wall.as_millis() as u64),
    ] {
        for value in [0, most + 1, u64::MAX] {
            let message = limited(json!({ name: value })).refuses(400, "bad_request");
            let said = format!("`{name}` is from 1 to {most}, and not {value}");
            assert!(message.contains(&said), "{message}");
        }
    }
    assert_eq!(
        host.get("/api/v1/casts").json()["casts"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[test]
fn what_fits_no_function_is_refused_before_anything_is_written_down() {
    let host = Host::start().with_guests();
    let cast = |change: Value| {
        let mut body = add_request();
        for (name, value) in change.as_object().expect("an object") {
            body[name] = value.clone();
        }
        host.post("/api/v1/casts", &body)
    };
    for change in [
        json!({ "input": { "values": [1] } }),
        json!({ "input": { "values": [1, 2.5] } }),
        json!({ "input": { "values": [1, 9_999_999_999_u64] } }),
        json!({ "export": "other" }),
        json!({ "input": { "text": "there is no `alloc`" } }),
        json!({ "export": "other", "input": { "text": "x" } }),
        json!({ "module": "add@1.0" , "export": "../x" }),
    ] {
        let answer = cast(change);
        assert!([400, 404].contains(&answer.status), "{answer:?}");
    }
    let input = json!({ "module": "add", "input": { "text": "x" } });
    host.post("/api/v1/casts", &input)
        .refuses(400, "bad_request");
    let start = json!({ "module": "add" });
    let said = host
        .post("/api/v1/casts", &start)
        .refuses(400, "bad_request");
    assert!(
        said.contains("`_start`") && said.contains("`export`"),
        "{said}"
    );
    cast(json!({ "module": "other" })).refuses(404, "not_found");
    assert_eq!(casts(&host), 0);
}

#[test]
fn the_same_request_under_a_key_is_answered_with_the_first_answer() {
    let host = Host::start().with_guests();
    let first = once(&host, "k", &add_request());
    let again = once(&host, "k", &add_request());
    assert_eq!(first.body, again.body);
    assert!(
        !first.head.contains("idempotent-replayed"),
        "{}",
        first.head
    );
    assert!(
        again.head.contains("idempotent-replayed: true"),
        "{}",
        again.head
    );
    assert_eq!(casts(&host), 1);
    let mut other = add_request();
    other["input"]["values"] = json!([3, 3]);
    once(&host, "k", &other).refuses(409, "idempotency_reused");
}

#[test]
fn a_failure_is_kept_under_its_key_and_a_refusal_is_not() {
    let host = Host::start();
    let body = json!({ "module": "endless", "export": "run", "limits": { "gas": 1000 } });
    once(&host, "k", &body).refuses(404, "not_found");
    host.put_module("endless", "1.0.0", &endless());
    let first = once(&host, "k", &body);
    assert_eq!(first.json()["failure"]["limit"], "gas");
    assert_eq!(once(&host, "k", &body).body, first.body);
    assert_eq!(casts(&host), 1);
}

#[test]
fn a_promise_is_kept_when_its_module_is_gone() {
    let host = Host::start().with_guests();
    let first = once(&host, "k", &add_request());
    let gone = host.ask(Ask::new(
        "DELETE",
        "/api/v1/modules/add/versions/1.0.0",
        &host.key,
    ));
    assert_eq!(gone.status, 204);
    assert_eq!(once(&host, "k", &add_request()).body, first.body);
}

#[test]
fn of_twins_with_one_key_that_come_together_one_runs() {
    let host = Host::start().with_guests();
    for round in 0..10 {
        let (key, together) = (format!("k{round}"), Barrier::new(8));
        let answers: Vec<Answer> = std::thread::scope(|scope| {
            let twin = || {
                together.wait();
                once(&host, &key, &add_request())
            };
            let twins: Vec<_> = (0..8).map(|_| scope.spawn(twin)).collect();
            twins
                .into_iter()
                .map(|twin| twin.join().expect("an answer"))
                .collect()
        });
        let (good, refused): (Vec<_>, Vec<_>) =
            answers.iter().partition(|answer| answer.status == 200);
        assert!(good.windows(2).all(|two| two[0].body == two[1].body));
        for answer in refused {
            answer.refuses(409, "idempotency_running");
        }
        assert_eq!(casts(&host), round + 1);
    }
}

#[test]
fn a_key_of_promises_is_a_tenants_own() {
    let host = Host::start().with_guests();
    let other = host.tenant("other");
    let pushed =
        host.ask(Ask::new("PUT", "/api/v1/modules/add/versions/1.0.0", &other).wasm(&add()));
    assert_eq!(pushed.status, 201);
    let first = once(&host, "k", &add_request()).json();
    let ask = Ask::new("POST", "/api/v1/casts", &other).json(&add_request());
    let theirs = host.ask(ask.header("idempotency-key", "k")).json();
    assert_eq!(theirs["output"], first["output"]);
    assert_ne!(theirs["id"], first["id"]);
}

#[test]
fn more_casts_than_there_are_places_for_are_told_to_come_again() {
    let host = Host::start_with(&["--profile=metered", "--casts=1"]).with_guests();
    host.put_module("endless", "1.0.0", &endless());
    let body = json!({
        "module": "endless", "export": "run", "limits": { "timeout_ms": 2000, "gas": 1_000_000_000_000_u64 },
    });
    std::thread::scope(|scope| {
        let running = scope.spawn(|| host.post("/api/v1/casts", &body));
        crate::host::until("the run", || casts(&host) == 1);
        let refused = host.add();
        refused.refuses(429, "busy");
        assert!(refused.head.contains("retry-after: 1"), "{}", refused.head);
        assert_eq!(running.join().expect("an answer").status, 200);
    });
    assert_eq!(host.add().status, 200);
}

#[test]
fn of_a_run_that_failed_the_end_of_its_output_is_kept() {
    let host = Host::start();
    let wat = r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 16) "0123456789abcdef")
        (func (export "_start") (local $i i32)
            (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 16))
            (loop $more
                (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $more (i32.lt_u (local.get $i) (i32.const 2000))))
            unreachable))"#;
    let wasm = wat::parse_str(wat).expect("a module");
    assert_eq!(host.put_module("writer", "1.0.0", &wasm).status, 201);
    let cast = host
        .post("/api/v1/casts", &json!({ "module": "writer" }))
        .json();
    assert_eq!(cast["failure"]["kind"], "trap", "{cast}");
    let stdout = cast["stdout"].as_str().expect("text");
    assert_eq!(
        (stdout.len(), cast["output_bytes_left_out"].as_u64()),
        (16 << 10, Some(32_000 - (16 << 10)))
    );
    assert!(stdout.ends_with("abcdef"));
    let path = format!("/api/v1/casts/{}", cast["id"].as_str().expect("an id"));
    assert_eq!(host.get(&path).json(), cast);
}
