//! Receipts of runs: whoever trusts the key of the server checks what a run was, did and cost.

use serde_json::{Value, json};

use crate::command::{Ran, Tollgate, tollgate};
use crate::host::{Answer, Ask, Host, add, add_request, endless};

fn at<'a>(host: &Host, arguments: impl IntoIterator<Item = &'a str>) -> Tollgate {
    tollgate(arguments)
        .env("TOLLGATE_SERVER", &format!("http://{}", host.address))
        .env("TOLLGATE_KEY", &host.key)
}

fn receipt(host: &Host, cast: &Value) -> Answer {
    let id = cast["id"].as_str().expect("an id");
    host.get(&format!("/api/v1/casts/{id}/receipt"))
}

fn line(host: &Host, cast: &Value) -> String {
    let answer = receipt(host, cast);
    assert_eq!(answer.status, 200, "{answer:?}");
    let kind = "content-type: application/vnd.dsse.envelope.v1+json";
    assert!(answer.head.contains(kind), "{answer:?}");
    String::from_utf8(answer.body).expect("text")
}

/// What was signed.
fn payload(line: &str) -> Value {
    use base64::Engine as _;

    let envelope: Value = serde_json::from_str(line).expect("JSON");
    let payload = envelope["payload"].as_str().expect("a payload");
    let bytes = base64::engine::general_purpose::STANDARD.decode(payload);
    serde_json::from_slice(&bytes.expect("base64")).expect("JSON")
}

fn verified(host: &Host, receipts: &str, code: i32) -> Ran {
    let trust = at(host, ["casts", "signer"]).ends_with(0).stdout;
    tollgate(["verify", "run.receipts", "--trust", "server.keys"])
        .file("run.receipts", receipts)
        .file("server.keys", trust)
        .ends_with(code)
}

#[test]
fn a_receipt_is_verified_by_who_trusts_the_server_and_says_what_the_answer_says() {
    let host = Host::start_with(&[]).with_guests();
    let cast = host.add().json();
    let line = line(&host, &cast);
    verified(&host, &line, 0);
    let said = payload(&line);
    let record = &said["record"];
    let digest = cast["digest"].as_str().expect("a digest");
    assert_eq!(record["module"], format!("sha256:{digest}"));
    assert_eq!(record["entry"], json!({ "function": "add" }));
    assert_eq!(record["usage"]["gas"], cast["usage"]["gas"].to_string());
    assert_eq!(
        record["cost"]["micro_usd"],
        cast["cost_micro_usd"].to_string()
    );
    assert_eq!(record["outcome"]["status"], "returned");
    let key = host.key.split('_').nth(1).expect("a prefix");
    assert_eq!(record["caller"], format!("default/{key}"));
    let signer = host.get("/api/v1/receipts/signer").json();
    assert_eq!(said["signer"], signer["signer"]);

    let signed_otherwise = line.replacen(r#""sig":""#, r#""sig":"A"#, 1);
    verified(&host, &signed_otherwise, 65);
    let other = Host::start();
    verified(&other, &line, 67);
}

#[test]
fn a_run_replays_from_its_receipt_and_another_input_does_not() {
    let host = Host::start_with(&["--determinism=full"]).with_guests();
    let line = line(&host, &host.add().json());
    for (values, code) in [(["2", "3"], 0), (["2", "4"], 65)] {
        let [a, b] = values;
        tollgate(["replay", "run.receipt", "--module", "add.wasm", "--", a, b])
            .file("run.receipt", &line)
            .file("add.wasm", add())
            .ends_with(code);
    }
}

#[test]
fn receipts_of_all_tenants_are_one_chain_that_goes_on_after_a_crash() {
    let host = Host::start().with_guests();
    let mut lines = line(&host, &host.add().json());
    let other = host.tenant("other");
    let pushed =
        host.ask(Ask::new("PUT", "/api/v1/modules/add/versions/1.0.0", &other).wasm(&add()));
    assert_eq!(pushed.status, 201, "{pushed:?}");
    let theirs = host.ask(Ask::new("POST", "/api/v1/casts", &other).json(&add_request()));
    let theirs = theirs.json();
    receipt(&host, &theirs).refuses(404, "not_found");
    let path = format!(
        "/api/v1/casts/{}/receipt",
        theirs["id"].as_str().expect("an id")
    );
    let shown = host.ask(Ask::new("GET", &path, &other));
    lines.push_str(std::str::from_utf8(&shown.body).expect("text"));
    let host = host.killed_and_started();
    lines.push_str(&line(&host, &host.add().json()));
    verified(&host, &lines, 0);
    let places: Vec<Value> = lines
        .lines()
        .map(|line| payload(line)["place"]["sequence"].clone())
        .collect();
    assert_eq!(places, ["0", "1", "2"]);
    let gap: String = lines
        .lines()
        .step_by(2)
        .map(|line| format!("{line}\n"))
        .collect();
    verified(&host, &gap, 65);
    // The log says which receipt was whose.
    let audit = host.get("/api/v1/audit").json().to_string();
    assert!(
        audit.contains(r#"\"sequence\":2"#) || audit.contains(r#""sequence":2"#),
        "{audit}"
    );
}

#[test]
fn runs_that_fail_have_receipts_and_say_what_is_charged() {
    let host = Host::start();
    host.put_module("endless", "1.0.0", &endless());
    for (limits, reached) in [
        (json!({ "gas": 1000 }), "gas"),
        (json!({ "timeout_ms": 20 }), "wall"),
    ] {
        let body = json!({ "module": "endless", "export": "run", "limits": limits });
        let cast = host.post("/api/v1/casts", &body).json();
        assert_eq!(cast["status"], "failed", "{cast}");
        let record = &payload(&line(&host, &cast))["record"];
        assert_eq!(record["outcome"]["status"], "failed");
        assert_eq!(record["outcome"]["failure"]["limit"], reached);
        let charged = cast["cost_micro_usd"].to_string();
        assert_eq!(record["cost"]["micro_usd"], charged);
    }
}

#[test]
fn what_did_not_run_or_runs_still_has_no_receipt_and_is_told_why() {
    let host = Host::start().with_guests();
    let path = "/api/v1/modules/add/policy";
    let text = "import \"run.ecl\"\npolicy \"no\" { input { run: Run } otherwise reject \"no\" }";
    let set = host.ask(Ask::new("PUT", path, &host.key).json(&json!({ "text": text })));
    assert_eq!(set.status, 200, "{set:?}");
    let denied = host.add().json();
    let said = receipt(&host, &denied).refuses(404, "not_found");
    assert!(said.contains("nothing ran"), "{said}");

    host.put_module("endless", "1.0.0", &endless());
    let limits = json!({ "timeout_ms": 60_000, "gas": 100_000_000_000_u64 });
    let body = json!({ "module": "endless", "export": "run", "limits": limits });
    let ask = Ask::new("POST", "/api/v1/casts", &host.key).json(&body);
    let begun = host.ask(ask.header("prefer", "respond-async")).json();
    let said = receipt(&host, &begun).refuses(409, "conflict");
    assert!(said.contains("has not ended"), "{said}");
    let host = host.killed_and_started();
    let said = receipt(&host, &begun).refuses(404, "not_found");
    assert!(said.contains("was lost"), "{said}");
    let unknown = json!({ "id": format!("cast_{}", "0".repeat(32)) });
    receipt(&host, &unknown).refuses(404, "not_found");
}

#[test]
fn a_name_that_no_function_can_have_is_refused_before_the_run() {
    let host = Host::start();
    let longest = format!(
        r#"(module (func (export "{}") (unreachable)))"#,
        r"\01".repeat(100_000)
    );
    host.put_module("long", "1.0.0", &wat::parse_str(longest).expect("a module"));
    let named = |bytes: usize| {
        let body = json!({ "module": "long", "export": "\u{1}".repeat(bytes) });
        host.post("/api/v1/casts", &body)
    };
    let said = named(100_001).refuses(400, "bad_request");
    assert!(said.contains("at most 100000 bytes"), "{said}");
    named(99_999).refuses(400, "bad_request");
    // The longest name, each byte of which takes six in JSON, stands in its receipt.
    let cast = named(100_000).json();
    assert_eq!(cast["failure"]["kind"], "trap", "{cast}");
    verified(&host, &line(&host, &cast), 0);
}

#[test]
fn a_receipt_comes_by_the_command_too() {
    let host = Host::start().with_guests();
    let cast = host.add().json();
    let id = cast["id"].as_str().expect("an id");
    let told = at(&host, ["casts", "receipt", id]).ends_with(0).stdout;
    assert_eq!(told, line(&host, &cast));
    let signer = at(&host, ["casts", "signer", "--format=json"])
        .ends_with(0)
        .stdout;
    let signer: Value = serde_json::from_str(&signer).expect("JSON");
    assert_eq!(signer, host.get("/api/v1/receipts/signer").json());
    at(&host, ["casts", "receipt", "cast_0"]).ends_with(66);
}

#[test]
fn a_server_whose_key_is_open_or_broken_does_not_begin() {
    use std::os::unix::fs::PermissionsExt as _;

    let mut host = Host::start();
    host.signal("TERM");
    host.ends();
    let key = host.data().join("receipts.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).expect("a file");
    let data = host.data();
    let data = data.to_str().expect("text");
    let serve = || tollgate(["serve", "--listen=127.0.0.1:0", "--data", data]);
    let said = serve().ends_with(78).stderr;
    assert!(said.contains("chmod 600"), "{said}");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("a file");
    std::fs::write(&key, "no key").expect("a file");
    let said = serve().ends_with(78).stderr;
    assert!(said.contains("no key that signs receipts"), "{said}");
}
