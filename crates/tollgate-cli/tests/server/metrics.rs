//! What a server does, in numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::net::TcpStream;

use serde_json::json;

use crate::command::tollgate;
use crate::host::{Answer, Ask, Host, endless, until};

/// Where the numbers are.
fn address(host: &Host) -> String {
    let log = host.log();
    let said = log
        .lines()
        .find_map(|line| line.split_once("metrics at http://"));
    let (_, rest) = said.expect("a line before the server listens");
    rest.trim_end_matches("/metrics").to_owned()
}

fn ask(address: &str, path: &str) -> Answer {
    let mut stream = TcpStream::connect(address).expect("a connection");
    let bytes = Ask::bare("GET", path).bytes();
    stream.write_all(&bytes).expect("a request");
    Answer::read(stream)
}

/// The numbers by name and labels, of a text that keeps the rules of the format.
fn scraped(address: &str) -> BTreeMap<String, f64> {
    let answer = ask(address, "/metrics");
    assert_eq!(answer.status, 200, "{answer:?}");
    let kind = "content-type: application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert!(answer.head.contains(kind), "{}", answer.head);
    let text = String::from_utf8(answer.body).expect("text");
    let text = text.strip_suffix("# EOF\n").expect("an end");
    let (mut kinds, mut numbers) = (BTreeMap::new(), BTreeMap::new());
    let mut helped = BTreeSet::new();
    let mut open = String::new();
    for line in text.lines() {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        match words[..] {
            ["#", "HELP", name, help] => {
                assert!(!help.is_empty() && helped.insert(name.to_owned()), "{line}");
            }
            ["#", "TYPE", name, kind] => {
                assert!(kinds.insert(name.to_owned(), kind).is_none(), "{line}");
                open = name.to_owned();
            }
            ["#", "UNIT", name, unit] => assert!(name.ends_with(unit), "{line}"),
            _ => {
                let (name, value) = line.rsplit_once(' ').expect("a number");
                let of = labelled(name);
                let is_one_of = match kinds[&open] {
                    "counter" => of == format!("{open}_total"),
                    "gauge" => of == open,
                    "histogram" => ["_bucket", "_sum", "_count"]
                        .iter()
                        .any(|end| of == format!("{open}{end}")),
                    kind => panic!("{kind}: {line}"),
                };
                assert!(is_one_of, "{line} stands under {open}");
                let value = value.parse().expect("a number");
                assert!(numbers.insert(name.to_owned(), value).is_none(), "{line}");
            }
        }
    }
    for (name, kind) in &kinds {
        assert!(helped.contains(name), "{name} says what it is");
        if *kind == "histogram" {
            whole(name, &numbers);
        }
    }
    numbers
}

/// The name of a sample, whose labels are well-formed.
fn labelled(sample: &str) -> &str {
    let Some((name, labels)) = sample.split_once('{') else {
        return sample;
    };
    let labels = labels.strip_suffix('}').expect("an end of labels");
    for label in labels.split("\",") {
        let (key, value) = label.split_once("=\"").expect("a label");
        let fits = |c: char| c.is_ascii_lowercase() || c == '_';
        assert!(key.chars().all(fits) && !key.is_empty(), "{sample}");
        let value = value.trim_end_matches('"');
        assert!(!value.contains(['"', '\\', '\n']), "{sample}");
    }
    name
}

/// The buckets of a histogram grow, and the last one has all.
fn whole(name: &str, numbers: &BTreeMap<String, f64>) {
    let mut counts: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for (sample, count) in numbers {
        let Some(labels) = sample.strip_prefix(&format!("{name}_bucket")) else {
            continue;
        };
        let labels = labels.strip_prefix('{').expect("labels");
        let labels = labels.strip_suffix('}').expect("their end");
        let (before, le) = labels.split_once("le=\"").expect("a bound");
        let (le, after) = le.split_once('"').expect("its end");
        let le = if le == "+Inf" {
            f64::INFINITY
        } else {
            le.parse().expect("a bound")
        };
        let others = format!("{before}{after}").trim_matches(',').to_owned();
        counts.entry(others).or_default().push((le, *count));
    }
    for (others, mut buckets) in counts {
        buckets.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        assert!(buckets.is_sorted_by_key(|(_, count)| *count), "{buckets:?}");
        let labels = if others.is_empty() {
            String::new()
        } else {
            format!("{{{others}}}")
        };
        let last = buckets.last().expect("a bucket");
        assert_eq!(
            last,
            &(f64::INFINITY, numbers[&format!("{name}_count{labels}")])
        );
        assert!(numbers[&format!("{name}_sum{labels}")] >= 0.0);
    }
}

#[test]
fn what_the_server_does_is_counted_for_all_tenants_together_and_names_nobody() {
    let host = Host::start_with(&["--profile=metered", "--metrics=127.0.0.1:0"]).with_guests();
    let address = address(&host);
    let before = scraped(&address);
    assert_eq!(before["tollgate_casts_total{status=\"succeeded\"}"], 0.0);
    let done = host.add().json();
    assert_eq!(host.put_module("endless", "1.0.0", &endless()).status, 201);
    let run = json!({ "module": "endless", "export": "run", "input": { "values": [] }, "limits": { "gas": 1_000 } });
    let failed = host.post("/api/v1/casts", &run).json();
    assert_eq!(failed["status"], "failed", "{failed}");
    let policy = json!({ "text": "import \"run.ecl\"\npolicy \"no\" { input { run: Run } auto_reject { a: run.input == \"[]\" } otherwise escalate \"ask\" }" });
    let set = Ask::new("PUT", "/api/v1/modules/endless/policy", &host.key);
    assert_eq!(host.ask(set.json(&policy)).status, 200);
    let denied = host.post("/api/v1/casts", &run).json();
    assert_eq!(denied["status"], "denied", "{denied}");
    // One that waits, and is cancelled.
    let set = Ask::new("PUT", "/api/v1/modules/add/policy", &host.key);
    assert_eq!(host.ask(set.json(&policy)).status, 200);
    let path = format!(
        "/api/v1/casts/{}",
        host.add().json()["id"].as_str().expect("an id")
    );
    let waiting = "tollgate_cast_places{state=\"waiting\"}";
    assert_eq!(scraped(&address)[waiting], 1.0);
    let end = format!("{path}/cancellation");
    assert_eq!(host.ask(Ask::new("POST", &end, &host.key)).status, 202);
    until("its end", || scraped(&address)[waiting] == 0.0);
    for _ in 0..2 {
        host.get("/api/v1/modules/nothing")
            .refuses(404, "not_found");
    }
    host.get("/nowhere").refuses(404, "not_found");
    host.get("/elsewhere/tgk_x").refuses(404, "not_found");
    let invented = Ask::new("INVENTED", "/api/v1/casts", &host.key);
    assert_eq!(host.ask(invented).status, 405);
    let numbers = scraped(&address);
    for (status, count) in [
        ("succeeded", 1.0),
        ("failed", 1.0),
        ("denied", 1.0),
        ("cancelled", 1.0),
        ("lost", 0.0),
    ] {
        let name = format!("tollgate_casts_total{{status=\"{status}\"}}");
        assert_eq!(numbers[&name], count, "{status}");
    }
    let sum = |field: &dyn Fn(&serde_json::Value) -> Option<u64>| {
        let sum: u64 = [&done, &failed].into_iter().filter_map(field).sum();
        sum as f64
    };
    let gas = sum(&|cast| cast["usage"]["gas"].as_u64());
    assert_eq!(numbers["tollgate_cast_gas_total"], gas);
    let cost = sum(&|cast| cast["cost_micro_usd"].as_u64());
    assert_eq!(numbers["tollgate_cast_cost_micro_usd_total"], cost);
    assert_eq!(numbers["tollgate_cast_duration_seconds_count"], 2.0);
    for (labels, count) in [
        (
            "method=\"GET\",route=\"/api/v1/modules/{name}\",status=\"404\"",
            2.0,
        ),
        ("method=\"GET\",route=\"other\",status=\"404\"", 2.0),
        (
            "method=\"other\",route=\"/api/v1/casts\",status=\"405\"",
            1.0,
        ),
        (
            "method=\"POST\",route=\"/api/v1/casts\",status=\"200\"",
            3.0,
        ),
        (
            "method=\"POST\",route=\"/api/v1/casts\",status=\"202\"",
            1.0,
        ),
    ] {
        let name = format!("tollgate_http_requests_total{{{labels}}}");
        assert_eq!(numbers.get(&name), Some(&count), "{name}: {numbers:#?}");
    }
    for (name, least) in [
        (
            "tollgate_http_request_duration_seconds_count{route=\"/api/v1/casts\"}",
            5.0,
        ),
        ("tollgate_cast_places{state=\"all\"}", 16.0),
        (
            "tollgate_code_lookups_total{cache=\"memory\",result=\"hit\"}",
            1.0,
        ),
        ("tollgate_cast_places{state=\"taken\"}", 0.0),
        ("tollgate_executions{state=\"running\"}", 0.0),
        ("tollgate_executions{state=\"waiting\"}", 0.0),
    ] {
        assert!(numbers.get(name) >= Some(&least), "{name}: {numbers:#?}");
    }
    let text = String::from_utf8(ask(&address, "/metrics").body).expect("text");
    let prefix = host.key.split('_').nth(1).expect("a prefix");
    let digest = done["digest"].as_str().expect("a digest");
    for secret in [
        "default", "endless", "nothing", "INVENTED", "tgk_", "cast_0", prefix, digest,
    ] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    // Each listener has its own routes.
    ask(&address, "/api/v1/keys").refuses(404, "not_found");
    host.get("/metrics").refuses(404, "not_found");
}

#[test]
fn nobody_makes_the_numbers_more_by_what_they_ask_for() {
    let host = Host::start_with(&["--profile=metered", "--metrics=127.0.0.1:0"]);
    let address = address(&host);
    let kept = |n: usize| {
        for n in n..n + 20 {
            for path in [
                format!("/{n}"),
                format!("/api/v1/modules/m{n}"),
                format!("/api/v1/casts/c{n}?page={n}"),
            ] {
                assert_eq!(host.get(&path).status, 404, "{path}");
                let method = format!("M{n}");
                let status = host.ask(Ask::new(&method, &path, &host.key)).status;
                assert!([404, 405].contains(&status), "{method} {path}: {status}");
            }
        }
        scraped(&address).into_keys().collect::<Vec<_>>()
    };
    // To look at them is a request as well.
    scraped(&address);
    let first = kept(0);
    assert_eq!(first, kept(1_000));
}

#[test]
fn the_numbers_are_for_this_machine_alone() {
    let refused = tollgate([
        "serve",
        "--data",
        "data",
        "--listen=127.0.0.1:0",
        "--metrics=0.0.0.0:0",
    ]);
    let said = refused.ends_with(64).stderr;
    assert!(
        said.contains("`0.0.0.0:0` can be reached from other machines"),
        "{said}"
    );
    let quiet = Host::start();
    assert!(!quiet.log().contains("metrics"), "{}", quiet.log());
}
