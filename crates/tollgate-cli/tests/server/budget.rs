//! What a tenant may spend: reserved before a run, charged with its end, and exact whatever happens.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use serde_json::{Value, json};

use crate::command::tollgate;
use crate::host::{Answer, Ask, Host, add_request, endless, until};

/// What is reserved for a cast with the server's standard limits, and what a short one costs, micro-dollars.
const RESERVED: u64 = 11_711;
const COST: u64 = 10_000;

fn set(host: &Host, limit: Value) -> Answer {
    let body = json!({ "limit_micro_usd": limit });
    host.ask(Ask::new("PUT", "/api/v1/budget", &host.key).json(&body))
}

fn budget(host: &Host) -> Value {
    host.get("/api/v1/budget").json()
}

/// Every row of a list.
fn all(host: &Host, path: &str, name: &str) -> Vec<Value> {
    let (mut rows, mut next) = (Vec::new(), path.to_owned());
    loop {
        let page = host.get(&next).json();
        rows.extend(page[name].as_array().cloned().expect("rows"));
        match page["next_page"].as_str() {
            Some(token) => next = format!("{path}?page={token}"),
            None => return rows,
        }
    }
}

/// Checks that the ledger is whole, and that it comes to what all runs cost when somebody else adds them up.
#[track_caller]
fn is_exact(host: &Host) -> u64 {
    let found = host.get("/api/v1/budget/verification").json();
    assert_eq!(found["whole"], true, "{found}");
    let cost = |row: &Value| row["cost_micro_usd"].as_u64().expect("a cost");
    let costs: u64 = all(host, "/api/v1/casts", "casts").iter().map(cost).sum();
    let (mut charged, mut held) = (0, BTreeMap::new());
    for row in all(host, "/api/v1/budget/transfers", "transfers") {
        let amount = row["amount_micro_usd"].as_u64().expect("an amount");
        let id = row["id"].as_str().expect("an id").to_owned();
        match row["kind"].as_str().expect("a kind") {
            "moved" => {}
            "reserved" => assert_eq!(held.insert(id, amount), None, "reserved twice"),
            _ => {
                let most = held.remove(&id).expect("what ends was reserved, once");
                assert!(amount <= most, "{row}");
                charged += amount;
            }
        }
    }
    let budget = budget(host);
    assert_eq!(budget["spent_micro_usd"], costs);
    assert_eq!(budget["spent_micro_usd"], charged);
    assert_eq!(budget["reserved_micro_usd"], held.values().sum::<u64>());
    costs
}

#[test]
fn a_cast_that_the_budget_is_too_small_for_does_not_run() {
    let host = Host::start().with_guests();
    set(&host, json!(RESERVED));
    let first = host.add();
    assert_eq!(first.json()["cost_micro_usd"], COST);
    let records = all(&host, "/api/v1/audit", "records").len();
    let once = Ask::new("POST", "/api/v1/casts", &host.key).json(&add_request());
    let once = once.header("idempotency-key", "k");
    let said = host.ask(once.clone()).refuses(402, "over_budget");
    assert!(
        said.contains("up to $0.011711") && said.contains("$0.001711 left"),
        "{said}"
    );
    assert_eq!(all(&host, "/api/v1/casts", "casts").len(), 1);
    assert_eq!(all(&host, "/api/v1/audit", "records").len(), records);
    set(&host, json!(COST + RESERVED));
    assert_eq!(host.ask(once).status, 200);
    assert_eq!(is_exact(&host), 2 * COST);
}

#[test]
fn smaller_limits_cost_less_and_a_refused_cast_nothing() {
    let host = Host::start().with_guests();
    set(&host, json!(COST));
    host.add().refuses(402, "over_budget");
    let mut small = add_request();
    small["limits"] = json!({ "timeout_ms": 1000, "memory_bytes": 1 << 20 });
    assert_eq!(host.post("/api/v1/casts", &small).status, 200);
    set(&host, json!(null));
    let mut greedy = add_request();
    greedy["limits"] = json!({ "gas": u64::MAX, "memory_bytes": u64::MAX, "timeout_ms": u64::MAX });
    for path in ["/api/v1/casts", "/api/v1/casts/quote"] {
        host.post(path, &greedy).refuses(400, "bad_request");
    }
    assert_eq!(is_exact(&host), COST);
}

#[test]
fn of_casts_that_come_together_as_many_run_as_the_budget_pays_for() {
    let host = Host::start().with_guests();
    // Four leave less than the most a fifth can cost.
    set(&host, json!(4 * COST + RESERVED - 1));
    let good = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let answer = host.add();
                    if answer.status == 200 {
                        good.fetch_add(1, SeqCst);
                        continue;
                    }
                    answer.refuses(402, "over_budget");
                    // Others may give back what they have reserved.
                    if budget(&host)["reserved_micro_usd"] == 0 {
                        return;
                    }
                }
            });
        }
    });
    assert_eq!(good.load(SeqCst), 4);
    assert_eq!(is_exact(&host), 4 * COST);
}

#[test]
fn what_runs_has_its_most_reserved_until_it_ends() {
    let host = Host::start();
    host.put_module("endless", "1.0.0", &endless());
    let body = json!({
        "module": "endless", "export": "run", "limits": { "timeout_ms": 2000, "gas": 1_000_000_000_000_u64 },
    });
    std::thread::scope(|scope| {
        let running = scope.spawn(|| host.post("/api/v1/casts", &body).json());
        // Two seconds and 64 MiB are less than the least that a run costs.
        until("the reservation", || {
            budget(&host)["reserved_micro_usd"] == COST
        });
        assert_eq!(budget(&host)["left_micro_usd"], Value::Null);
        assert_eq!(
            running.join().expect("an answer")["failure"]["limit"],
            "wall time"
        );
    });
    let after = budget(&host);
    assert_eq!(
        (&after["reserved_micro_usd"], &after["spent_micro_usd"]),
        (&json!(0), &json!(COST))
    );
    is_exact(&host);
}

#[test]
fn a_budget_is_one_exact_amount_or_none() {
    let host = Host::start();
    for body in [
        json!({}),
        json!({ "limit_micro_usd": -1 }),
        json!({ "limit_micro_usd": 1.5 }),
        json!({ "limit_micro_usd": "1" }),
        json!({ "limit_micro_usd": 1_000_000_000_000_001_u64 }),
        json!({ "limit_micro_usd": 1, "tenant": "other" }),
    ] {
        host.ask(Ask::new("PUT", "/api/v1/budget", &host.key).json(&body))
            .refuses(400, "bad_request");
    }
    assert_eq!(budget(&host)["limit_micro_usd"], Value::Null);
    assert_eq!(set(&host, json!(0)).json()["left_micro_usd"], 0);
    let records = all(&host, "/api/v1/audit", "records");
    let last = records.last().expect("a record");
    assert_eq!(last["action"], "budget.set");
    assert_eq!(last["detail"]["limit_micro_usd"], 0);
}

#[test]
fn an_admin_sets_no_more_than_the_operator_lets_it() {
    let host = Host::start();
    let data = host.data().display().to_string();
    let set_there = tollgate([
        "budget", "set", "2.50", "--tenant", "default", "--data", &data,
    ]);
    let said = set_there.ends_with(0).stdout;
    assert!(
        said.starts_with("budget    $2.50\nceiling   $2.50\n"),
        "{said}"
    );
    for above in [json!(2_500_001), json!(null)] {
        let said = set(&host, above).refuses(403, "forbidden");
        assert!(said.contains("up to $2.50"), "{said}");
    }
    assert_eq!(
        set(&host, json!(2_000_000)).json()["left_micro_usd"],
        2_000_000
    );
    let named = tollgate(["budget", "set", "2.50", "--tenant", "default"]);
    named.env("TOLLGATE_DATA", &data).ends_with(0);
    let nobody = tollgate(["budget", "set", "1", "--tenant", "nobody", "--data", &data]);
    nobody.ends_with(78);
}

#[test]
fn the_command_shows_sets_lists_and_verifies() {
    let host = Host::start().with_guests();
    let at = |line: &str| {
        tollgate(line.split_whitespace())
            .env("TOLLGATE_SERVER", &format!("http://{}", host.address))
            .env("TOLLGATE_KEY", &host.key)
    };
    at("budget set 0.02").ends_with(0);
    at("cast add --invoke add -- 2 3").ends_with(0);
    let said = at("cast add --invoke add -- 2 3").ends_with(77).stderr;
    assert!(said.contains("`tollgate budget set`"), "{said}");
    let shown = at("budget show").ends_with(0).stdout;
    assert_eq!(
        shown,
        "budget    $0.02\nceiling   no bound\nspent     $0.01\nreserved  $0.00\nleft      $0.01\n"
    );
    let listed = at("budget list").ends_with(0).stdout;
    assert_eq!(listed.lines().count(), 3, "{listed}");
    assert!(
        listed.contains("  posted  $0.01  budget to sales  cast_"),
        "{listed}"
    );
    let whole = at("budget verify").ends_with(0).stdout;
    assert_eq!(whole, "whole: 3 movements, $0.01 spent\n");
    // The folder that other commands work in is none of this one's, unless it names a tenant.
    at("budget set 0.02")
        .env("TOLLGATE_DATA", "/nowhere")
        .ends_with(0);
    let untold = at("budget set 0.02 --data /nowhere").ends_with(64).stderr;
    assert!(untold.contains("--tenant"), "{untold}");
    for bad in ["1.0000001", "-1", "much"] {
        at(&format!("budget set -- {bad}")).ends_with(64);
    }
}

/// How many casts the campaign makes; `TOLLGATE_LEDGER_CASTS` makes a long one of it.
fn wanted() -> usize {
    let wanted = std::env::var("TOLLGATE_LEDGER_CASTS").ok();
    wanted.and_then(|casts| casts.parse().ok()).unwrap_or(240)
}

/// Casts that are asked for in one life of the server.
const LIFE: usize = 60;

/// An answer that came whole before the server was killed.
fn try_cast(host: &Host, ask: &Ask<'_>) -> Option<(u16, Value)> {
    let mut stream = TcpStream::connect(&host.address).ok()?;
    stream.write_all(&ask.bytes()).ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, serde_json::from_str(body).ok()?))
}

/// A cast of every kind, by its number: it succeeds, fails, is ended by a limit, is refused, or comes once more.
fn cast(host: &Host, number: usize) -> Ask<'static> {
    let mut body = add_request();
    match number % 7 {
        1 => body = json!({ "module": "endless", "export": "run", "limits": { "gas": 1000 } }),
        2 => body["limits"] = json!({ "gas": u64::MAX }),
        3 => {
            body = json!({ "module": "endless", "export": "run", "limits": { "timeout_ms": 20, "gas": 1_000_000_000_000_u64 } })
        }
        4 => body["export"] = json!("nothing"),
        5 => {
            body = json!({ "module": "echo", "export": "echo", "input": { "text": "x" }, "limits": { "memory_bytes": 1 << 20 } })
        }
        _ => {}
    }
    let ask = Ask::new("POST", "/api/v1/casts", &host.key).json(&body);
    match number % 3 {
        0 => ask.header("idempotency-key", &format!("k{}", number / 6)),
        _ => ask,
    }
}

#[test]
fn bills_computed_again_are_the_ledger_after_chaos_with_kills() {
    let mut host = Host::start().with_guests();
    host.put_module("endless", "1.0.0", &endless());
    let (numbers, told) = (
        AtomicUsize::new(0),
        Mutex::new(BTreeMap::<String, Value>::new()),
    );
    let mut kills = 0;
    while numbers.load(SeqCst) < wanted() {
        let end = numbers.load(SeqCst) + LIFE;
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    loop {
                        let number = numbers.fetch_add(1, SeqCst);
                        if number % 31 == 7 {
                            // Sometimes too little for what comes, and then enough again.
                            let limit = (number % 2) as u64 * 1_000_000_000;
                            let ask = Ask::new("PUT", "/api/v1/budget", &host.key);
                            let ask = ask.json(&json!({ "limit_micro_usd": limit }));
                            if try_cast(&host, &ask).is_none() {
                                return;
                            }
                        }
                        match try_cast(&host, &cast(&host, number)) {
                            None => return,
                            Some((200, answer)) => {
                                let id = answer["id"].as_str().expect("an id").to_owned();
                                told.lock().expect("a list").insert(id, answer);
                            }
                            Some((status, answer)) => {
                                assert!([400, 402, 409, 429].contains(&status), "{answer}");
                            }
                        }
                    }
                });
            }
            // In the middle of what comes then.
            until("some casts", || numbers.load(SeqCst) >= end);
            host.signal("KILL");
        });
        kills += 1;
        host = host.start_again();
        is_exact(&host);
        assert_eq!(budget(&host)["reserved_micro_usd"], 0);
    }
    let told = told.into_inner().expect("a list");
    let rows = all(&host, "/api/v1/casts", "casts");
    let rows: BTreeMap<&str, &Value> = rows
        .iter()
        .map(|row| (row["id"].as_str().expect("an id"), row))
        .collect();
    for (id, answer) in &told {
        assert_eq!(
            rows[id.as_str()]["cost_micro_usd"],
            answer["cost_micro_usd"],
            "{answer}"
        );
    }
    println!(
        "{kills} kills, {} casts asked for, {} answered, {} written down, {} micro-dollars",
        numbers.load(SeqCst),
        told.len(),
        rows.len(),
        is_exact(&host)
    );
}
