//! What runs cost: by the prices that the operator set, told before, and added up afterwards.

use serde_json::{Value, json};

use crate::command::{Tollgate, tollgate};
use crate::host::{Ask, Host, add_request};

/// A command about the server.
fn at(host: &Host, line: &str) -> Tollgate {
    tollgate(line.split_whitespace())
        .env("TOLLGATE_SERVER", &format!("http://{}", host.address))
        .env("TOLLGATE_KEY", &host.key)
        .env("TOLLGATE_DATA", &host.data().display().to_string())
}

fn statement(host: &Host, query: &str) -> Value {
    host.get(&format!("/api/v1/budget/statement{query}")).json()
}

#[test]
fn a_module_is_charged_by_its_own_prices_and_others_by_those_of_the_tenant() {
    let host = Host::start().with_guests();
    let cost = |host: &Host| host.add().json()["cost_micro_usd"].clone();
    assert_eq!(cost(&host), 10_000);
    at(&host, "price set --tenant default --minimum 0.25").ends_with(0);
    assert_eq!(cost(&host), 250_000);
    let said = at(
        &host,
        "price set --tenant default --module add --minimum 0.5 --second 0",
    );
    let said = said.ends_with(0).stdout;
    // What is not named stays as it was in force.
    assert_eq!(
        said,
        "$0.00 a second, $0.000100 a megabyte, $0.00 a thousand million gas, at least $0.50\n"
    );
    assert_eq!(cost(&host), 500_000);
    let shown = at(&host, "price show").ends_with(0).stdout;
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines.len(), 2, "{shown}");
    assert!(
        lines[0].starts_with("every module  $0.001000 a second"),
        "{shown}"
    );
    assert!(lines[1].starts_with("add  $0.00 a second"), "{shown}");
    at(&host, "price remove --tenant default --module add").ends_with(0);
    assert_eq!(cost(&host), 250_000);
    at(&host, "price remove --tenant default").ends_with(0);
    assert_eq!(cost(&host), 10_000);
    let found = host.get("/api/v1/budget/verification").json();
    assert_eq!(found["whole"], true, "{found}");
    assert_eq!(
        found["spent_micro_usd"],
        10_000 + 250_000 + 500_000 + 250_000 + 10_000
    );
    // Who did it is in the log.
    let records = host.get("/api/v1/audit").json();
    let records = records["records"].as_array().expect("records").iter();
    let of_prices: Vec<_> = records
        .filter_map(|record| record["action"].as_str())
        .filter(|action| action.starts_with("price."))
        .collect();
    assert_eq!(
        of_prices,
        ["price.set", "price.set", "price.remove", "price.remove"]
    );
}

#[test]
fn a_run_whose_price_the_budget_does_not_have_does_not_begin() {
    let host = Host::start().with_guests();
    at(&host, "price set --tenant default --module add --minimum 2").ends_with(0);
    at(&host, "budget set 1.99").ends_with(0);
    host.add().refuses(402, "over_budget");
    at(&host, "budget set 2").ends_with(0);
    assert_eq!(host.add().json()["cost_micro_usd"], 2_000_000);
}

#[test]
fn a_quote_is_what_the_run_is_charged_and_reserved_and_it_runs_nothing() {
    let host = Host::start().with_guests();
    at(
        &host,
        "price set --tenant default --module add --minimum 0.03 --giga-gas 1",
    )
    .ends_with(0);
    let quote = host.post("/api/v1/casts/quote", &add_request()).json();
    assert_eq!(quote["least_micro_usd"], 30_000, "{quote}");
    assert_eq!(quote["prices"]["giga_gas_micro_usd"], 1_000_000, "{quote}");
    // 5 s, 64 MiB and 1,000,000,000 of gas, added up and rounded once.
    assert_eq!(
        quote["most_micro_usd"],
        5_000 + 6_711 + 1_000_000,
        "{quote}"
    );
    assert_eq!(host.get("/api/v1/casts").json()["casts"], json!([]));
    let budget = host.get("/api/v1/budget").json();
    assert_eq!(
        (&budget["spent_micro_usd"], &budget["reserved_micro_usd"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(
        host.add().json()["cost_micro_usd"],
        quote["least_micro_usd"]
    );
    let transfers = host.get("/api/v1/budget/transfers").json();
    assert_eq!(
        transfers["transfers"][0]["amount_micro_usd"],
        quote["most_micro_usd"]
    );
    let said = at(&host, "cast add --invoke add --quote -- 2 3")
        .ends_with(0)
        .stdout;
    assert!(
        said.starts_with("add@1.0.0: $0.03 to $1.011711\n"),
        "{said}"
    );
    // What a run is refused for, a quote is.
    let mut missing = add_request();
    missing["export"] = json!("nothing");
    let refused = host.post("/api/v1/casts", &missing);
    let quoted = host.post("/api/v1/casts/quote", &missing);
    assert_eq!(
        (quoted.status, &quoted.json()["code"]),
        (refused.status, &refused.json()["code"])
    );
    host.post("/api/v1/casts/quote", &json!({}))
        .refuses(400, "bad_request");
}

#[test]
fn a_statement_is_what_the_ledger_says_by_module_version_and_key() {
    let host = Host::start().with_guests();
    let other = host.key_with(&["caller"]);
    for _ in 0..2 {
        host.add();
    }
    host.ask(Ask::new("POST", "/api/v1/casts", &other).json(&add_request()));
    let spent = host.get("/api/v1/budget").json()["spent_micro_usd"].clone();
    for (query, lines) in [("", 1), ("?by=version", 1), ("?by=key", 2)] {
        let found = statement(&host, query);
        assert_eq!(
            found["all"],
            json!({ "runs": 3, "charged_micro_usd": spent }),
            "{found}"
        );
        assert_eq!(found["others"]["runs"], 0, "{found}");
        let found = found["lines"].as_array().expect("lines");
        assert_eq!(found.len(), lines, "{found:?}");
        let sum: u64 = found
            .iter()
            .filter_map(|line| line["charged_micro_usd"].as_u64())
            .sum();
        assert_eq!(json!(sum), spent);
    }
    let keys = statement(&host, "?by=key");
    assert_eq!(keys["lines"][1]["name"], "test", "{keys}");
    let month = keys["month"].as_str().expect("a month").to_owned();
    assert_eq!(statement(&host, &format!("?by=key&month={month}")), keys);
    // Nothing ran then.
    let before = statement(&host, "?month=2020-02");
    assert_eq!(before["all"]["runs"], 0);
    assert_eq!(before["from"], "2020-02-01T00:00:00Z");
    assert_eq!(before["until"], "2020-03-01T00:00:00Z");
    for bad in [
        "?month=2026-13",
        "?month=2026-1",
        "?by=modules",
        "?page=1",
        "?by=key&by=key",
    ] {
        let path = format!("/api/v1/budget/statement{bad}");
        host.get(&path).refuses(400, "bad_request");
    }
    let said = at(&host, "budget statement --by version")
        .ends_with(0)
        .stdout;
    let columns: Vec<&str> = said.split_whitespace().collect();
    assert_eq!(
        columns,
        [
            "$0.03",
            "3",
            "runs",
            "add@1.0.0",
            "$0.03",
            "3",
            "runs",
            "in",
            &month
        ]
    );
    let caller = host.ask(Ask::new("GET", "/api/v1/budget/statement", &other));
    caller.refuses(403, "forbidden");
}

#[test]
fn prices_that_are_none_are_refused() {
    let host = Host::start();
    for (bad, exit, says) in [
        ("price set --tenant default", 64, "--second 0.002"),
        ("price set --tenant default --second=-1", 64, "--second"),
        (
            "price set --tenant default --second 0.0000001",
            64,
            "0.0000001",
        ),
        ("price set --tenant nobody --second 1", 78, "nobody"),
        (
            "price set --tenant default --module UP --second 1",
            78,
            "UP",
        ),
        ("price remove --tenant default", 78, "default"),
        ("price remove --tenant default --module add", 78, "add"),
    ] {
        let said = at(&host, bad).ends_with(exit).stderr;
        assert!(said.contains(says), "{bad}: {said}");
    }
}
