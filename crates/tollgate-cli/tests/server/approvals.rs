//! Runs that somebody has to allow: who asks does not answer, an answer counts once, and whatever goes wrong denies.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use tollgate::state::limits::WAITERS_PER_CARD_MAX;

use crate::command::tollgate;
use crate::host::{Answer, Ask, Host, add_request, until};

/// Asks about every run of `add`.
pub(super) const ASKS: &str = r#"import "run.ecl"
policy "ask" {
  input { run: Run }
  otherwise escalate "somebody has to look at it"
}
"#;

/// A server whose runs of `add` are asked about.
fn asking(arguments: &[&str]) -> Host {
    let host = Host::start_with(arguments).with_guests();
    let path = "/api/v1/modules/add/policy";
    let set = host.ask(Ask::new("PUT", path, &host.key).json(&json!({ "text": ASKS })));
    assert_eq!(set.status, 200, "{set:?}");
    host
}

const METERED: &[&str] = &["--profile=metered"];

/// A run that waits: its path, and its card.
pub(super) fn waiting(host: &Host, request: &Value) -> (String, String) {
    let begun = host.post("/api/v1/casts", request);
    assert_eq!(begun.status, 202, "{begun:?}");
    let cast = begun.json();
    assert_eq!(cast["status"], "waiting", "{cast}");
    let path = format!("/api/v1/casts/{}", cast["id"].as_str().expect("an id"));
    assert!(
        begun.head.contains(&format!("location: {path}\r\n")),
        "{}",
        begun.head
    );
    assert!(!begun.head.contains("preference-applied"), "{}", begun.head);
    (path, cast["card"].as_str().expect("a card").to_owned())
}

pub(super) fn give(host: &Host, key: &str, card: &str, answer: &str) -> Answer {
    let path = format!("/api/v1/approvals/{card}");
    host.ask(Ask::new("POST", &path, key).json(&json!({ "answer": answer })))
}

fn show(host: &Host, key: &str, card: &str) -> Answer {
    host.ask(Ask::new("GET", &format!("/api/v1/approvals/{card}"), key))
}

fn ended(host: &Host, path: &str) -> Value {
    until("its end", || {
        let cast = host.get(path).json();
        cast["status"] != "running" && cast["status"] != "waiting"
    });
    host.get(path).json()
}

fn prefix(key: &str) -> &str {
    key.split('_').nth(1).expect("a prefix")
}

#[test]
fn a_run_waits_until_somebody_else_allows_it_and_then_runs() {
    let host = asking(&[]);
    let approver = host.key_with(&["approver"]);
    let (path, card) = waiting(&host, &add_request());
    let cast = host.get(&path).json();
    assert_eq!(
        (&cast["status"], &cast["card"]),
        (&json!("waiting"), &json!(card))
    );
    assert_eq!(
        host.get("/api/v1/casts").json()["casts"][0]["status"],
        "waiting"
    );
    let listed = host
        .ask(Ask::new("GET", "/api/v1/approvals", &approver))
        .json();
    let shown = show(&host, &approver, &card).json();
    assert_eq!(listed["approvals"], json!([shown]));
    assert_eq!(shown["state"], "pending", "{shown}");
    assert_eq!(shown["module"], "add@1.0.0");
    assert_eq!(
        (&shown["export"], &shown["input"]),
        (&json!("add"), &json!("[2,3]"))
    );
    assert_eq!(shown["reason"], "policy `ask`: somebody has to look at it");
    assert_eq!(
        shown["most"],
        json!({ "gas": 1_000_000_000, "memory_bytes": 64 << 20, "timeout_ms": 5_000, "cost_micro_usd": 11_711 })
    );
    assert_eq!(shown["requested_by"], prefix(&host.key));
    assert_eq!(shown["casts"], json!([cast["id"]]));
    let answered = give(&host, &approver, &card, "allow-once");
    assert_eq!(answered.status, 200, "{answered:?}");
    assert_eq!(answered.json()["answer"]["by"], prefix(&approver));
    let cast = ended(&host, &path);
    assert_eq!(cast["output"], json!({ "values": [5] }), "{cast}");
    assert_eq!(cast["cost_micro_usd"], 10_000);
    let decision = &cast["decision"];
    assert_eq!(decision["verdict"], "allow");
    assert_eq!(
        (&decision["card"], &decision["answered_by"]),
        (&json!(card), &json!(prefix(&approver)))
    );
    assert_eq!(show(&host, &approver, &card).json()["state"], "used");
    let records = host.get("/api/v1/audit").json();
    let records = records["records"].as_array().expect("records");
    let of = |action: &str| records.iter().find(|record| record["action"] == action);
    let asked = of("approval.ask").expect("a record");
    assert_eq!(
        (&asked["actor"], &asked["object"]),
        (&json!(prefix(&host.key)), &json!(card))
    );
    assert_eq!(asked["detail"]["run"], cast["id"]);
    assert_eq!(asked["origin"], "127.0.0.1");
    assert!(
        asked["request_id"]
            .as_str()
            .is_some_and(|id| id.starts_with("req_"))
    );
    let given = of("approval.answer").expect("a record");
    assert_eq!(
        (&given["actor"], &given["object"]),
        (&json!(prefix(&approver)), &json!(card))
    );
    assert_eq!(
        (&given["detail"]["answer"], &given["origin"]),
        (&json!("allow-once"), &json!("127.0.0.1"))
    );
}

#[test]
fn a_run_that_somebody_denies_costs_nothing_and_says_who_it_was() {
    let host = asking(METERED);
    let approver = host.key_with(&["approver"]);
    let (path, card) = waiting(&host, &add_request());
    assert!(host.get("/api/v1/budget").json()["reserved_micro_usd"].as_u64() > Some(0));
    assert_eq!(give(&host, &approver, &card, "deny").status, 200);
    let cast = ended(&host, &path);
    assert_eq!(cast["status"], "denied", "{cast}");
    let said = cast["failure"]["message"].as_str().expect("words");
    assert!(
        said.contains("somebody has to look at it") && said.contains(prefix(&approver)),
        "{said}"
    );
    assert_eq!(
        (&cast["cost_micro_usd"], &cast["decision"]["card"]),
        (&json!(0), &json!(card))
    );
    assert_eq!(host.get("/api/v1/budget").json()["reserved_micro_usd"], 0);
}

#[test]
fn who_asks_does_not_answer_and_neither_does_who_is_no_approver() {
    let host = asking(METERED);
    let both = host.key_with(&["caller", "approver"]);
    let other = host.key_with(&["caller", "approver"]);
    let begun = host.ask(Ask::new("POST", "/api/v1/casts", &both).json(&add_request()));
    assert_eq!(begun.status, 202);
    let card = begun.json()["card"].as_str().expect("a card").to_owned();
    let said = give(&host, &both, &card, "allow-once").refuses(403, "forbidden");
    assert!(said.contains("cannot answer it"), "{said}");
    for role in ["admin", "publisher", "caller", "auditor"] {
        let key = host.key_with(&[role]);
        give(&host, &key, &card, "allow-once").refuses(403, "forbidden");
    }
    // The admin key may do everything but approve.
    give(&host, &host.key, &card, "allow-once").refuses(403, "forbidden");
    for bad in ["allow", "", "ALLOW-ONCE", "allow-run", "deny-all"] {
        let said = give(&host, &other, &card, bad).refuses(400, "bad_request");
        let all = "it is one of `allow-once`, `allow-module`, `deny`";
        assert!(said.contains(all), "{said}");
    }
    // Whoever waits at a card that another one put cannot answer either.
    let joined = host.ask(Ask::new("POST", "/api/v1/casts", &other).json(&add_request()));
    assert_eq!(joined.json()["card"], card);
    give(&host, &other, &card, "deny").refuses(403, "forbidden");
    let third = host.key_with(&["approver"]);
    assert_eq!(give(&host, &third, &card, "deny").status, 200);
}

#[test]
fn another_tenant_sees_no_card_and_answers_none() {
    let host = asking(METERED);
    let admin = host.tenant("other");
    let body = json!({ "name": "all", "roles": ["approver", "caller", "auditor"] });
    let made = host.ask(Ask::new("POST", "/api/v1/keys", &admin).json(&body));
    let theirs = made.json()["key"].as_str().expect("a key").to_owned();
    let (path, card) = waiting(&host, &add_request());
    show(&host, &theirs, &card).refuses(404, "not_found");
    give(&host, &theirs, &card, "allow-once").refuses(404, "not_found");
    let listed = host.ask(Ask::new("GET", "/api/v1/approvals", &theirs));
    assert_eq!(listed.json(), json!({ "approvals": [] }));
    for none in ["0000000000000000", "x", "../keys"] {
        show(&host, &theirs, &none.replace('/', "%2F")).refuses(404, "not_found");
    }
    assert_eq!(host.get(&path).json()["status"], "waiting");
}

#[test]
fn a_card_is_answered_once() {
    let host = asking(METERED);
    let approvers: Vec<String> = (0..4).map(|_| host.key_with(&["approver"])).collect();
    let (path, card) = waiting(&host, &add_request());
    let together = Barrier::new(approvers.len());
    let answers: Vec<u16> = std::thread::scope(|scope| {
        let given: Vec<_> = approvers
            .iter()
            .map(|key| {
                let (host, card, together) = (&host, &card, &together);
                scope.spawn(move || {
                    together.wait();
                    give(host, key, card, "deny").status
                })
            })
            .collect();
        given
            .into_iter()
            .map(|one| one.join().expect("an answer"))
            .collect()
    });
    assert_eq!(
        answers.iter().filter(|status| **status == 200).count(),
        1,
        "{answers:?}"
    );
    assert_eq!(
        answers.iter().filter(|status| **status == 409).count(),
        3,
        "{answers:?}"
    );
    assert_eq!(ended(&host, &path)["status"], "denied");
    give(&host, &approvers[0], &card, "allow-once").refuses(409, "conflict");
}

#[test]
fn what_allows_one_run_allows_one_and_what_allows_a_module_all_that_ask_the_same() {
    let host = asking(METERED);
    let approver = host.key_with(&["approver"]);
    let (first, card) = waiting(&host, &add_request());
    let (second, same) = waiting(&host, &add_request());
    assert_eq!(card, same);
    // Another input, or other limits, is another question.
    let mut other = add_request();
    other["limits"] = json!({ "gas": 1_000_000 });
    let (third, another) = waiting(&host, &other);
    assert_ne!(card, another);
    assert_eq!(give(&host, &approver, &card, "allow-once").status, 200);
    let statuses = || [&first, &second].map(|path| host.get(path).json()["status"].clone());
    until("one of them", || statuses().contains(&json!("succeeded")));
    until("the other's own card", || {
        let waits = [&first, &second].map(|path| host.get(path).json());
        waits
            .iter()
            .any(|cast| cast["status"] == "waiting" && cast["card"] != card)
    });
    let waits = [&first, &second].map(|path| host.get(path).json());
    let waits = waits
        .iter()
        .find(|cast| cast["status"] == "waiting")
        .expect("one waits");
    let anew = waits["card"].as_str().expect("a card");
    assert_eq!(give(&host, &approver, anew, "allow-module").status, 200);
    until("both", || {
        statuses() == [json!("succeeded"), json!("succeeded")]
    });
    // The same again, for a day; and nothing else.
    let again = host.add();
    assert_eq!(
        (again.status, &again.json()["status"]),
        (200, &json!("succeeded"))
    );
    assert_eq!(host.get(&third).json()["status"], "waiting");
}

#[test]
fn what_allows_a_module_holds_no_longer_than_the_key_that_gave_it() {
    let host = asking(METERED);
    let approver = host.key_with(&["approver"]);
    let (path, card) = waiting(&host, &add_request());
    assert_eq!(give(&host, &approver, &card, "allow-module").status, 200);
    assert_eq!(ended(&host, &path)["status"], "succeeded");
    assert_eq!(host.add().json()["status"], "succeeded");
    let key = format!("/api/v1/keys/{}", prefix(&approver));
    let revoked = host.ask(Ask::new("DELETE", &key, &host.key));
    assert!(revoked.status < 300, "{revoked:?}");
    let (_, anew) = waiting(&host, &add_request());
    assert_ne!(card, anew);
}

#[test]
fn who_was_cancelled_at_a_card_takes_no_room_there() {
    let host = asking(METERED);
    let (_, card) = waiting(&host, &add_request());
    for _ in 0..=WAITERS_PER_CARD_MAX {
        let (path, same) = waiting(&host, &add_request());
        assert_eq!(card, same);
        let end = format!("{path}/cancellation");
        let told = host.ask(Ask::new("POST", &end, &host.key));
        assert_eq!(told.status, 202, "{told:?}");
        assert_eq!(ended(&host, &path)["failure"]["kind"], "cancelled");
    }
    assert_eq!(waiting(&host, &add_request()).1, card);
}

#[test]
fn a_run_that_is_lost_while_it_waits_used_no_gas() {
    let host = asking(METERED);
    waiting(&host, &add_request());
    let gas = |host: &Host| host.get("/api/v1/quota").json();
    assert_eq!(gas(&host)["gas_reserved"], 1_000_000_000, "{}", gas(&host));
    let host = host.killed_and_started();
    assert_eq!(gas(&host)["gas_reserved"], 0, "{}", gas(&host));
    assert_eq!(gas(&host)["gas_used"], 0, "{}", gas(&host));
}

#[test]
fn a_run_that_waits_holds_no_place_and_is_cancelled() {
    let host = asking(&["--profile=metered", "--casts=1"]);
    let approver = host.key_with(&["approver"]);
    let (path, card) = waiting(&host, &add_request());
    let echo = json!({ "module": "echo", "export": "echo", "input": { "text": "a" } });
    assert_eq!(host.post("/api/v1/casts", &echo).status, 200);
    let told = host.ask(Ask::new("POST", &format!("{path}/cancellation"), &host.key));
    assert_eq!(
        (told.status, &told.json()["status"]),
        (202, &json!("waiting")),
        "{told:?}"
    );
    let cast = ended(&host, &path);
    assert_eq!(cast["failure"]["kind"], "cancelled", "{cast}");
    assert_eq!(show(&host, &approver, &card).json()["state"], "expired");
    give(&host, &approver, &card, "allow-once").refuses(409, "conflict");
    assert_eq!(host.get("/api/v1/budget").json()["reserved_micro_usd"], 0);
}

#[test]
fn nobody_who_answers_in_time_is_a_denial() {
    let host = asking(METERED);
    let approver = host.key_with(&["approver"]);
    let (path, card) = waiting(&host, &add_request());
    let database = rusqlite::Connection::open(host.data().join("state.db")).expect("a database");
    database
        .busy_timeout(Duration::from_secs(60))
        .expect("a wait");
    // As if its time were up.
    database
        .execute("UPDATE approval_card SET expires_at = created_at + 1", [])
        .expect("a row");
    let cast = ended(&host, &path);
    assert_eq!(cast["status"], "denied", "{cast}");
    let said = cast["failure"]["message"].as_str().expect("words");
    assert!(said.contains("has expired"), "{said}");
    give(&host, &approver, &card, "allow-once").refuses(409, "conflict");
}

#[test]
fn a_server_that_stops_or_dies_lets_nothing_begin_that_waited() {
    let mut host = asking(METERED);
    let approver = host.key_with(&["approver"]);
    let (path, card) = waiting(&host, &add_request());
    let since = Instant::now();
    host.signal("TERM");
    assert_eq!(host.ends(), Some(0));
    assert!(
        since.elapsed() < Duration::from_secs(20),
        "{:?}",
        since.elapsed()
    );
    let host = host.start_again();
    let cast = host.get(&path).json();
    assert_eq!(
        (&cast["status"], &cast["failure"]["kind"]),
        (&json!("failed"), &json!("stopped")),
        "{cast}"
    );
    give(&host, &approver, &card, "allow-once").refuses(409, "conflict");

    let (path, card) = waiting(&host, &add_request());
    let host = host.killed_and_started();
    assert_eq!(host.get(&path).json()["status"], "lost");
    assert_eq!(show(&host, &approver, &card).json()["state"], "expired");
    give(&host, &approver, &card, "allow-once").refuses(409, "conflict");
    assert_eq!(host.get("/api/v1/budget").json()["reserved_micro_usd"], 0);
}

#[test]
fn a_card_shows_no_secret_and_all_of_what_is_asked_about() {
    let host = asking(METERED);
    let approver = host.key_with(&["approver"]);
    let path = "/api/v1/modules/echo/policy";
    let set = host.ask(Ask::new("PUT", path, &host.key).json(&json!({ "text": ASKS })));
    assert_eq!(set.status, 200);
    let echo = |text: &str| {
        let body = json!({ "module": "echo", "export": "echo", "input": { "text": text } });
        let (_, card) = waiting(&host, &body);
        show(&host, &approver, &card).json()["input"]
            .as_str()
            .expect("text")
            .to_owned()
    };
    let secret = format!("ghp_{}", "0123456789abcdefghijABCDEFGHIJ012345");
    // Who asks chooses no more of what is hidden than the secret itself.
    assert_eq!(
        echo(&format!("pay mallory {secret} 1000 [redacted]")),
        "pay mallory [redacted] 1000 [\\redacted]"
    );
    let longest = "\u{e9}".repeat(8 << 10);
    assert_eq!(echo(&longest), longest);
    let body =
        json!({ "module": "echo", "export": "echo", "input": { "text": format!("{longest}.") } });
    let cast = host.post("/api/v1/casts", &body).json();
    assert_eq!(cast["status"], "denied", "{cast}");
    let said = cast["failure"]["message"].as_str().expect("words");
    assert!(
        said.contains("16385 bytes") && said.contains("16384"),
        "{said}"
    );
}

#[test]
fn what_was_allowed_does_not_begin_when_what_it_was_asked_about_has_changed() {
    let host = asking(METERED);
    let approver = host.key_with(&["approver"]);
    let allowed_after = |key: &str, change: &dyn Fn()| {
        let begun = host.ask(Ask::new("POST", "/api/v1/casts", key).json(&add_request()));
        let (id, card) = (begun.json()["id"].clone(), begun.json()["card"].clone());
        change();
        give(
            &host,
            &approver,
            card.as_str().expect("a card"),
            "allow-once",
        );
        ended(
            &host,
            &format!("/api/v1/casts/{}", id.as_str().expect("an id")),
        )
    };
    let path = "/api/v1/modules/add/policy";
    let put = |text: &str| {
        let set = host.ask(Ask::new("PUT", path, &host.key).json(&json!({ "text": text })));
        assert_eq!(set.status, 200, "{set:?}");
    };
    let denies = ASKS.replace("escalate", "reject");
    let cast = allowed_after(&host.key, &|| put(&denies));
    assert_eq!(cast["status"], "failed", "{cast}");
    let said = cast["failure"]["message"].as_str().expect("words");
    assert!(said.contains("changed"), "{said}");
    put(ASKS);
    let other = host.key_with(&["caller"]);
    let revoke = || {
        let path = format!("/api/v1/keys/{}", prefix(&other));
        let revoked = host.ask(Ask::new("DELETE", &path, &host.key));
        assert!(revoked.status < 300, "{revoked:?}");
    };
    assert_eq!(allowed_after(&other, &revoke)["status"], "failed");
    let delete = |path: &str| {
        let gone = host.ask(Ask::new("DELETE", path, &host.key));
        assert_eq!(gone.status, 204, "{gone:?}");
    };
    let cast = allowed_after(&host.key, &|| delete(path));
    assert_eq!(cast["status"], "failed", "{cast}");
    put(ASKS);
    // What cannot be found out has not stayed the same.
    let database = rusqlite::Connection::open(host.data().join("state.db")).expect("a database");
    database
        .busy_timeout(Duration::from_secs(60))
        .expect("a wait");
    let run = |sql: &str| database.execute_batch(sql).expect("a change");
    let cast = allowed_after(&host.key, &|| {
        run("ALTER TABLE module_policy RENAME TO gone");
    });
    run("ALTER TABLE gone RENAME TO module_policy");
    assert_eq!(cast["status"], "failed", "{cast}");
    let said = cast["failure"]["message"].as_str().expect("words");
    assert!(said.contains("could not be written down"), "{said}");
    let cast = allowed_after(&host.key, &|| {
        run(
            "CREATE TRIGGER never BEFORE UPDATE OF has_begun ON cast_run BEGIN SELECT RAISE(ABORT, 'no'); END",
        );
    });
    run("DROP TRIGGER never");
    assert_eq!(cast["status"], "failed", "{cast}");
    let unchanged = allowed_after(&host.key, &|| ());
    assert_eq!(unchanged["status"], "succeeded", "{unchanged}");
    let version = "/api/v1/modules/add/versions/1.0.0";
    let cast = allowed_after(&host.key, &|| delete(version));
    assert_eq!(cast["status"], "failed", "{cast}");
    let said = cast["failure"]["message"].as_str().expect("words");
    assert!(said.contains("changed"), "{said}");
    assert_eq!(host.get("/api/v1/budget").json()["reserved_micro_usd"], 0);
}

#[test]
fn the_command_waits_lists_shows_and_answers() {
    let host = asking(METERED);
    let approver = host.key_with(&["approver"]);
    let at = |key: &str, line: &str| {
        tollgate(line.split_whitespace())
            .env("TOLLGATE_SERVER", &format!("http://{}", host.address))
            .env("TOLLGATE_KEY", key)
    };
    let ran = std::thread::scope(|scope| {
        let run = scope.spawn(|| at(&host.key, "cast add --invoke add -- 20 22").ends_with(0));
        let mut listed = String::new();
        until("a card", || {
            listed = at(&approver, "approvals list").ends_with(0).stdout;
            !listed.starts_with("no card")
        });
        assert!(listed.contains("add of add@1.0.0 with "), "{listed}");
        let card = listed.split_whitespace().next().expect("a card");
        let shown = at(&approver, &format!("approvals show {card}"))
            .ends_with(0)
            .stdout;
        assert!(shown.contains("somebody has to look at it"), "{shown}");
        let most = "most       1,000,000,000 gas, 64 MiB of memory, 5.0 s, $0.011711\n";
        assert!(shown.contains(most), "{shown}");
        at(&host.key, &format!("approvals answer {card} allow-once")).ends_with(77);
        let said = at(&approver, &format!("approvals answer {card} allow-once")).ends_with(0);
        assert!(
            said.stdout.starts_with(&format!("{card}: allow-once by ")),
            "{}",
            said.stdout
        );
        at(&approver, &format!("approvals answer {card} deny")).ends_with(65);
        run.join().expect("it ends")
    });
    assert_eq!(ran.stdout, "42\n");
    assert!(
        ran.stderr.contains("waits for an approver"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        at(&approver, "approvals list").ends_with(0).stdout,
        "no card waits for an answer\n"
    );
    // A state that is named is asked, whatever the environment says of a server.
    let state = host.data().join("state.db").display().to_string();
    let local = at(&approver, &format!("approvals list --state {state} --all")).ends_with(0);
    assert!(
        local.stdout.contains("add of add@1.0.0 (run)"),
        "{}",
        local.stdout
    );
    let all = at(&approver, "approvals list --all").ends_with(0).stdout;
    assert!(all.contains("used, for "), "{all}");
}
