//! How fast the WebAssembly engine decides the benchmark policies P1 to P6, and the one with fifty operations and five
//! look-ups of trust: one at a time, in batches of 1,000, on two threads; cold starts and sizes.
//!
//! `cargo run --release -p tollgate --example policy_speed`. Each figure is the median of 25 samples of at least 5 ms.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark prints, and ends when something is wrong"
)]
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use tollgate::policy::{Batch, WasmEngineConfig, WasmPolicy, WasmPolicyEngine};
use tollgate_ecl::bundle::Bundle;
use tollgate_ecl::check;
use tollgate_ecl::facts::{Answer, FactError, Facts, NoFacts};
use tollgate_ecl::ir::{FactKind, Program};
use tollgate_ecl::wasm;

const BATCH: usize = 1_000;

struct Case {
    name: &'static str,
    program: Program,
    json: String,
    /// The best peer's figure, in nanoseconds.
    peer: f64,
}

/// Trust of everybody, from one vector.
struct Trusting;

impl Facts for Trusting {
    fn trust(&mut self, did: &str) -> Result<Option<[f64; 6]>, FactError> {
        Ok((!did.is_empty()).then_some([0.9; 6]))
    }

    fn has_credential(&mut self, _: &str, _: &str) -> Result<Option<bool>, FactError> {
        Ok(Some(true))
    }

    fn ask(&mut self, _: FactKind, _: &[&str]) -> Result<Answer, FactError> {
        Ok(Answer::Unknown)
    }
}

const RBAC: &str = r#"policy "rbac" {
    input { roles: list<string, 16>, action: string, kind: string }
    auto_reject { deletion: action == "delete" AND kind == "Doc" AND "admin" not in roles }
    auto_accept {
        editor: "editor" in roles AND action in ["read", "write"] AND kind == "Doc"
        viewer: "viewer" in roles AND action == "read" AND kind == "Doc"
    }
}"#;

const ABAC: &str = r#"
record User { department: string, region: string, clearances: list<string, 16> }
record Doc { department: string, tags: list<string, 16> }
policy "abac" {
    input { action: string, u: User, d: Doc }
    auto_accept {
        reader: action == "read" AND u.department == d.department AND (any tag in d.tags: tag in u.clearances)
            AND "embargo" not in d.tags AND u.region in ["EU", "UK", "CH", "NO"]
    }
}"#;

const TRUST_GATE: &str = r#"policy "trust gate" {
    input { action: string, price: decimal, trust: decimal, distance: decimal, budget: decimal }
    auto_reject { low: action == "charge" AND trust < 0.3 }
    auto_accept all {
        action: action == "charge"
        price: price <= 0.50
        trust: trust >= 0.7
        distance: distance <= 5
        budget: budget > 10
    }
}"#;

const TEXTS: &str = r#"policy "texts" {
    input { action: string, path: string, host: string, method: string }
    auto_accept {
        get: action == "http" AND starts_with(path, "/api/v1/") AND ends_with(path, "/items")
            AND ends_with(host, ".example.com") AND method in ["GET", "HEAD"]
    }
}"#;

const ORDER_LINES: &str = r#"
record Line { sku: string, price: int }
policy "order lines" {
    input { lines: list<Line, 100>, allowed: list<string, 20> }
    auto_accept { lines: all line in lines: line.price < 1000 AND line.sku in allowed }
}"#;

fn many_rules(count: usize) -> String {
    let rules: String = (0..count)
        .map(|n| {
            format!(
                "r{n}: user == \"u{n}\" AND action == \"a{}\" AND kind == \"k{}\" AND level >= {}\n",
                n % 8,
                n % 16,
                n % 10
            )
        })
        .collect();
    format!(
        r#"policy "rules" {{ input {{ user: string, action: string, kind: string, level: int }} auto_accept {{ {rules} }} }}"#
    )
}

fn fifty_operations() -> String {
    let fields: Vec<String> = (0..5)
        .map(|n| format!("did{n}: did, amount{n}: int"))
        .collect();
    let steps: Vec<String> = (0..5)
        .map(|n| {
            format!(
                "s{n}: norm(trust(did{n})) >= 0.5 AND amount{n} * 2 + 7 < 10000 AND amount{n} > 0"
            )
        })
        .collect();
    format!(
        r#"policy "fifty" {{ input {{ {} }} auto_accept all {{ {} }} }}"#,
        fields.join(", "),
        steps.join("\n")
    )
}

fn program(source: &str) -> Program {
    let compiled = check::compile(&Bundle::single("policy.ecl", source));
    match compiled.program(None) {
        Some(program) => program.clone(),
        None => panic!("{:?}", compiled.diagnostics),
    }
}

fn cases() -> Vec<Case> {
    let case = |name, source: &str, json: &str, peer| Case {
        name,
        program: program(source),
        json: json.to_owned(),
        peer,
    };
    let lines: Vec<String> = (0..100)
        .map(|n| format!(r#"{{"sku": "s{}", "price": {n}}}"#, n % 20))
        .collect();
    let allowed: Vec<String> = (0..20).map(|n| format!("\"s{n}\"")).collect();
    let order = format!(
        r#"{{"lines": [{}], "allowed": [{}]}}"#,
        lines.join(","),
        allowed.join(",")
    );
    let people: Vec<String> = (0..5)
        .map(|n| format!(r#""did{n}": "did:example:person:{n}", "amount{n}": {n}1"#))
        .collect();
    let last = |count: usize| {
        let last = count - 1;
        format!(
            r#"{{"user": "u{last}", "action": "a{}", "kind": "k{}", "level": 9}}"#,
            last % 8,
            last % 16
        )
    };
    vec![
        case(
            "P1 rbac",
            RBAC,
            r#"{"roles": ["viewer", "editor"], "action": "write", "kind": "Doc"}"#,
            374.0,
        ),
        case(
            "P2 abac",
            ABAC,
            r#"{"action": "read", "u": {"department": "eng", "region": "EU", "clearances": ["a", "b", "c"]},
                "d": {"department": "eng", "tags": ["x", "c"]}}"#,
            1366.0,
        ),
        case(
            "P3 trust gate",
            TRUST_GATE,
            r#"{"action": "charge", "price": "0.42", "trust": "0.92", "distance": "1.2", "budget": "50"}"#,
            397.0,
        ),
        case(
            "P4 texts",
            TEXTS,
            r#"{"action": "http", "path": "/api/v1/things/42/items", "host": "api.example.com", "method": "GET"}"#,
            511.0,
        ),
        case("P5 10 rules", &many_rules(10), &last(10), 1025.0),
        case("P5 1,000 rules", &many_rules(1_000), &last(1_000), 82_182.0),
        case(
            "P5 10,000 rules",
            &many_rules(10_000),
            &last(10_000),
            787_000.0,
        ),
        case("P6 order lines", ORDER_LINES, &order, 22_000.0),
        case(
            "50 operations",
            &fifty_operations(),
            &format!("{{{}}}", people.join(", ")),
            1_100.0,
        ),
    ]
}

/// Median nanoseconds of one call.
fn time(mut call: impl FnMut()) -> f64 {
    let mut calls = 1_u32;
    loop {
        let start = Instant::now();
        for _ in 0..calls {
            call();
        }
        if start.elapsed().as_millis() >= 5 || calls > 1 << 28 {
            break;
        }
        calls *= 2;
    }
    let mut samples: Vec<f64> = (0..25)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..calls {
                call();
            }
            start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
        })
        .collect();
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}

fn batch(policy: &WasmPolicy, json: &str) -> f64 {
    let input = policy.encoder().encode_str(json).unwrap();
    let mut batch = Batch::new(policy, BATCH);
    for _ in 0..BATCH {
        batch.push(&input).unwrap();
    }
    let limits = policy.program().gas_limits;
    let mut instance = policy.instance().unwrap();
    time(|| {
        let results = instance
            .evaluate_batch(&batch, &mut Trusting, &limits)
            .unwrap();
        for verdict in results.iter() {
            black_box(verdict.result.is_ok());
        }
    }) / BATCH as f64
}

fn threads(policy: &WasmPolicy, json: &str, count: usize) -> f64 {
    const CALLS: u32 = 2_000_000;
    let input = policy.encoder().encode_str(json).unwrap();
    let limits = policy.program().gas_limits;
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..count {
            scope.spawn(|| {
                let mut instance = policy.instance().unwrap();
                for _ in 0..CALLS {
                    black_box(instance.evaluate(black_box(&input), &mut NoFacts, &limits));
                }
            });
        }
    });
    f64::from(CALLS) * count as f64 / start.elapsed().as_secs_f64()
}

fn main() {
    println!(
        "{:<18} {:>9} {:>9} {:>9} {:>7} {:>7} {:>9} {:>10} {:>9}",
        "policy",
        "one ns",
        "batch ns",
        "peer ns",
        "x one",
        "x batch",
        "explain",
        "cold us",
        "bytes"
    );
    for case in cases() {
        let engine = WasmPolicyEngine::new(WasmEngineConfig::default()).unwrap();
        let program = Arc::new(case.program);
        let start = Instant::now();
        let policy = engine.compile(Arc::clone(&program)).unwrap();
        let input = policy.encoder().encode_str(&case.json).unwrap();
        let limits = program.gas_limits;
        let mut instance = policy.instance().unwrap();
        let verdict = instance.evaluate(&input, &mut Trusting, &limits);
        let cold = start.elapsed().as_secs_f64() * 1e6;
        assert_eq!(
            verdict.result,
            Ok(tollgate_ecl::ir::Decision::Accept),
            "{}",
            case.name
        );
        let one = time(|| {
            black_box(instance.evaluate(black_box(&input), &mut Trusting, &limits));
        });
        let explain = time(|| {
            black_box(instance.explain(black_box(&input), &mut Trusting, &limits));
        });
        let batch = batch(&policy, &case.json);
        println!(
            "{:<18} {one:>9.1} {batch:>9.1} {:>9.0} {:>7.1} {:>7.1} {explain:>9.0} {cold:>10.0} {:>9}",
            case.name,
            case.peer,
            case.peer / one,
            case.peer / batch,
            wasm::build(&program).unwrap().wasm.len(),
        );
        if case.name.starts_with("P3") {
            let (single, double) = (
                threads(&policy, &case.json, 1),
                threads(&policy, &case.json, 2),
            );
            println!(
                "    {:.1} million decisions a second on one thread, {:.1} on two ({:.2} times)",
                single / 1e6,
                double / 1e6,
                double / single
            );
        }
    }
}
