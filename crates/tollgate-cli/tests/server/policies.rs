//! Policies of modules: what decides whether a run begins.

use serde_json::{Value, json};

use crate::command::{guest, tollgate};
use crate::host::{Answer, Ask, Host, add, add_request};

const PATH: &str = "/api/v1/modules/add/policy";

/// Allows small sums, denies large ones with words, and asks about the rest.
const RULES: &str = r#"import "run.ecl"
policy "sums" {
  input { run: Run }
  let what = run.input else ""
  let which = run.export else ""
  auto_reject { large: what matches "*999*", "{which} of {run.module} is too much" }
  escalate { odd: what matches "*777*" }
  auto_accept any { small: which == "add" AND run.input_bytes < 9 }
  otherwise reject "nothing else runs"
}
"#;

fn set(host: &Host, key: &str, text: &str) -> Answer {
    host.ask(Ask::new("PUT", PATH, key).json(&json!({ "text": text })))
}

fn with_rules() -> Host {
    let host = Host::start().with_guests();
    let answer = set(&host, &host.key, RULES);
    assert_eq!(answer.status, 200, "{answer:?}");
    host
}

fn sum(a: i64, b: i64) -> Value {
    json!({ "module": "add", "export": "add", "input": { "values": [a, b] } })
}

#[test]
fn a_policy_decides_whether_a_run_begins_and_says_why_it_does_not() {
    let host = with_rules();
    let hash = host.get(PATH).json()["hash"].clone();
    let cast = host.post("/api/v1/casts", &sum(2, 3)).json();
    assert_eq!(cast["output"], json!({ "values": [5] }), "{cast}");
    assert_eq!(
        cast["decision"],
        json!({ "verdict": "allow", "policy": hash })
    );
    let spent = host.get("/api/v1/budget").json()["spent_micro_usd"].clone();
    let gas = host.get("/api/v1/quota").json()["gas_used"].clone();

    let denied = host.post("/api/v1/casts", &sum(999, 1));
    assert_eq!(denied.status, 200);
    let denied = denied.json();
    assert_eq!(denied["status"], "denied", "{denied}");
    assert_eq!(denied["failure"]["kind"], "denied");
    let reason = "policy `sums`: large: add of add is too much";
    assert_eq!(denied["failure"]["message"], reason);
    assert_eq!(denied["decision"]["verdict"], "deny");
    assert_eq!(denied["decision"]["reasons"], json!([reason]));
    assert_eq!(denied["decision"]["policy"], hash);
    let explained = denied["decision"]["explained"].to_string();
    assert!(
        explained.contains("reject rule `large`, which decided"),
        "{explained}"
    );
    // Neither what it got nor what it would have returned.
    assert!(
        !explained.contains("[999,1]") && denied["output"].is_null(),
        "{denied}"
    );
    assert_eq!(denied["cost_micro_usd"], 0);
    assert!(denied["usage"].is_null());

    // It is kept and listed like any other, and neither money nor gas went.
    let id = denied["id"].as_str().expect("an id");
    assert_eq!(host.get(&format!("/api/v1/casts/{id}")).json(), denied);
    let listed = host.get("/api/v1/casts").json();
    assert_eq!(listed["casts"][1]["status"], "denied");
    let after = host.get("/api/v1/budget").json();
    assert_eq!(
        (&after["spent_micro_usd"], &after["reserved_micro_usd"]),
        (&spent, &json!(0))
    );
    assert_eq!(host.get("/api/v1/quota").json()["gas_used"], gas);
    // What no rule allows is denied.
    let other = host
        .post("/api/v1/casts", &sum(1_000_000_000, 1_000_000_000))
        .json();
    assert_eq!(
        other["decision"]["reasons"],
        json!(["policy `sums`: nothing else runs"])
    );
}

#[test]
fn a_denial_is_kept_under_its_idempotency_key() {
    let host = with_rules();
    let ask = || {
        let ask = Ask::new("POST", "/api/v1/casts", &host.key).json(&sum(999, 1));
        host.ask(ask.header("idempotency-key", "k"))
    };
    let first = ask();
    assert_eq!(first.json()["status"], "denied");
    let removed = host.ask(Ask::new("DELETE", PATH, &host.key));
    assert_eq!(removed.status, 204);
    let again = ask();
    assert_eq!(again.body, first.body);
    assert!(
        again.head.contains("idempotent-replayed: true"),
        "{}",
        again.head
    );
    assert_eq!(
        host.post("/api/v1/casts", &sum(999, 1)).json()["status"],
        "succeeded"
    );
}

#[test]
fn a_policy_is_set_by_an_admin_for_one_module_and_read_by_who_may() {
    let host = with_rules();
    for role in ["publisher", "caller", "approver", "auditor"] {
        let key = host.key_with(&[role]);
        set(&host, &key, RULES).refuses(403, "forbidden");
        host.ask(Ask::new("DELETE", PATH, &key))
            .refuses(403, "forbidden");
        assert_eq!(host.ask(Ask::new("GET", PATH, &key)).json()["text"], RULES);
    }
    let other = host.tenant("other");
    host.ask(Ask::new("GET", PATH, &other))
        .refuses(404, "not_found");
    host.ask(Ask::new("DELETE", PATH, &other))
        .refuses(404, "not_found");
    // Another module has none.
    let echo = json!({ "module": "echo", "export": "echo", "input": { "text": "999" } });
    assert_eq!(
        host.post("/api/v1/casts", &echo).json()["status"],
        "succeeded"
    );
    host.get("/api/v1/modules/echo/policy")
        .refuses(404, "not_found");
    let records = host.get("/api/v1/audit").json();
    let records = records["records"].as_array().expect("records");
    let hash = host.get(PATH).json()["hash"].clone();
    let record = records
        .iter()
        .find(|record| record["action"] == "policy.set");
    assert_eq!(record.expect("a record")["detail"]["hash"], hash);
    host.post("/api/v1/casts", &sum(1, 1));
    let records = host.get("/api/v1/audit").json();
    let records = records["records"].as_array().expect("records");
    let begun = records
        .iter()
        .rfind(|record| record["action"] == "cast.begin");
    assert_eq!(begun.expect("a record")["detail"]["policy"], hash);
}

#[test]
fn a_policy_is_there_before_its_module_and_after_a_restart() {
    let host = Host::start();
    let none =
        "import \"run.ecl\"\npolicy \"none\" { input { run: Run } otherwise reject \"not yet\" }";
    assert_eq!(set(&host, &host.key, none).status, 200);
    assert_eq!(host.put_module("add", "1.0.0", &add()).status, 201);
    let host = host.killed_and_started();
    let cast = host.post("/api/v1/casts", &add_request()).json();
    assert_eq!(
        cast["decision"]["reasons"],
        json!(["policy `none`: not yet"]),
        "{cast}"
    );
    assert_eq!(set(&host, &host.key, RULES).status, 200);
    assert_eq!(
        host.post("/api/v1/casts", &add_request()).json()["status"],
        "succeeded"
    );
}

#[test]
fn what_is_no_policy_about_runs_is_refused_and_the_one_before_stays() {
    let host = with_rules();
    for (text, expected) in [
        ("policy", "error"),
        (
            "import \"call.ecl\"\npolicy \"p\" { input { call: Call } otherwise reject \"no\" }",
            "call.ecl",
        ),
        (
            "policy \"p\" { input { x: int } otherwise reject \"no\" }",
            "run: Run",
        ),
        (
            "import \"run.ecl\"\npolicy \"p\" { input { run: Run } auto_accept any { a: run.path == none } otherwise reject \"no\" }",
            "path",
        ),
    ] {
        let said = set(&host, &host.key, text).refuses(422, "invalid_policy");
        assert!(said.contains(expected), "{said}");
    }
    let long = format!("{RULES}# {}", "x".repeat(33_000));
    set(&host, &host.key, &long).refuses(400, "bad_request");
    assert_eq!(host.get(PATH).json()["text"], RULES);
}

#[test]
fn an_input_that_is_too_long_to_be_judged_is_denied() {
    let host = Host::start().with_guests();
    let path = "/api/v1/modules/echo/policy";
    let all = "import \"run.ecl\"\npolicy \"all\" { input { run: Run } auto_accept any { a: run.gas > 0 } otherwise reject \"no\" }";
    let set = host.ask(Ask::new("PUT", path, &host.key).json(&json!({ "text": all })));
    assert_eq!(set.status, 200);
    let echo = |input: Value| {
        let body = json!({ "module": "echo", "export": "echo", "input": input });
        host.post("/api/v1/casts", &body).json()
    };
    let fits = echo(json!({ "text": "\u{e9}".repeat(32 << 10) }));
    assert_eq!(fits["status"], "succeeded", "{fits}");
    let long = echo(json!({ "text": "\u{e9}".repeat((32 << 10) + 1) }));
    assert_eq!(long["status"], "denied");
    let said = long["failure"]["message"].as_str().expect("words");
    assert!(
        said.contains("does not fit") && said.len() < 1_000,
        "{said}"
    );
    // Bytes are known by their number alone.
    assert_eq!(echo(json!({ "base64": "/wD+" }))["status"], "succeeded");
}

/// Sets a policy with these rules for a module, and returns what becomes of a run of it.
fn judged(host: &Host, rules: &str, request: &Value) -> Value {
    let module = request["module"].as_str().expect("a name");
    let path = format!("/api/v1/modules/{module}/policy");
    let text = format!(
        "import \"run.ecl\"\npolicy \"p\" {{ input {{ run: Run }}\nlet what = run.input else \"\"\nlet which = run.export else \"\"\n{rules}\nauto_accept any {{ others: run.gas > 0 }}\notherwise reject \"no\" }}"
    );
    let set = host.ask(Ask::new("PUT", &path, &host.key).json(&json!({ "text": text })));
    assert_eq!(set.status, 200, "{set:?}");
    host.post("/api/v1/casts", request).json()
}

#[test]
fn the_same_input_is_judged_the_same_however_it_is_sent() {
    let host = Host::start().with_guests();
    let rules = "auto_reject { secret: what matches \"*records*\" }";
    for input in [
        json!({ "text": "records" }),
        json!({ "base64": "cmVjb3Jkcw==" }),
    ] {
        let body = json!({ "module": "echo", "export": "echo", "input": input });
        assert_eq!(judged(&host, rules, &body)["status"], "denied", "{input}");
    }
    let negative = "auto_reject { negative: what matches \"*-*\" }";
    for number in [json!(-1), json!(4_294_967_295_u32)] {
        let body = json!({ "module": "add", "export": "add", "input": { "values": [20, number] } });
        assert_eq!(judged(&host, negative, &body)["status"], "denied", "{body}");
    }
}

#[test]
fn a_function_has_one_name() {
    let host = Host::start().with_guests();
    let percent = |version: &str| {
        let export = format!("tollgate:pricing/quotes@{version}#tier-percent");
        json!({ "module": "pricing", "export": export, "input": { "json": ["gold"] } })
    };
    let bytes = std::fs::read(guest("pricing-component")).expect("a guest");
    assert_eq!(host.put_module("pricing", "1.0.0", &bytes).status, 201);
    let rules = "auto_reject { a: which == \"tollgate:pricing/quotes@0.1.0#tier-percent\" }";
    assert_eq!(judged(&host, rules, &percent("0.1.0"))["status"], "denied");
    let other = host.post("/api/v1/casts", &percent("0.1.1"));
    other.refuses(400, "bad_request");
}

#[test]
fn the_command_sets_shows_and_removes_policies_and_says_why() {
    let host = Host::start();
    let at = |line: &str| {
        tollgate(line.split_whitespace())
            .env("TOLLGATE_SERVER", &format!("http://{}", host.address))
            .env("TOLLGATE_KEY", &host.key)
    };
    let push = at("module push add.wasm add@1.0.0 --policy rules.ecl");
    push.file("add.wasm", add())
        .file("rules.ecl", RULES)
        .ends_with(0);
    assert_eq!(at("module policy show add").ends_with(0).stdout, RULES);
    at("cast add --invoke add -- 2 3").ends_with(0);
    let denied = at("cast add --invoke add --format json -- 999 3")
        .ends_with(77)
        .stdout;
    let denied: Value = serde_json::from_str(&denied).expect("JSON");
    let id = denied["id"].as_str().expect("an id");
    let why = at(&format!("casts why {id}")).ends_with(0).stdout;
    assert!(
        why.starts_with("policy `sums`: large: add of add is too much\n"),
        "{why}"
    );
    assert!(
        why.contains("reject rule `large`, which decided\n"),
        "{why}"
    );
    let checked = tollgate(["ecl", "check", "rules.ecl"]).file("rules.ecl", RULES);
    checked.ends_with(0);
    let wrong = at("module policy set add wrong.ecl").file("wrong.ecl", "policy");
    let said = wrong.ends_with(65).stderr;
    assert!(said.contains("the policy is refused"), "{said}");
    // A push that is refused changes nothing: not of a version that is there, and not of one that was.
    let other = r#"(module (func (export "other")))"#;
    for name in ["add@1.0.0", "add@2.0.0"] {
        let all = RULES.replace("sums", "others");
        let line = format!("module push other.wat {name} --policy all.ecl");
        let push = at(&line).file("other.wat", other).file("all.ecl", all);
        let said = push.ends_with(65).stderr;
        assert!(said.contains(name), "{said}");
        assert_eq!(at("module policy show add").ends_with(0).stdout, RULES);
        if name == "add@1.0.0" {
            let push = at("module push add.wasm add@2.0.0").file("add.wasm", add());
            push.ends_with(0);
            at("module delete add@2.0.0").ends_with(0);
        }
    }
    at("module policy remove add").ends_with(0);
    at("module policy show add").ends_with(66);
    let none = at("module push other.wat add@2.0.0 --policy rules.ecl");
    let none = none.file("other.wat", other).file("rules.ecl", RULES);
    none.ends_with(65);
    at("module policy show add").ends_with(66);
    // The same bytes again are no other version: the policy that comes with them holds.
    let same = at("module push add.wasm add@1.0.0 --policy rules.ecl");
    same.file("add.wasm", add())
        .file("rules.ecl", RULES)
        .ends_with(0);
    assert_eq!(at("module policy show add").ends_with(0).stdout, RULES);
    at("module policy remove add").ends_with(0);
    at("cast add --invoke add -- 999 3").ends_with(0);
}
