//! Modules run by their JavaScript host in Node and in headless Chromium, on random programs: the encoded input, packed
//! result, gas, effects, output and lines of reasons are those of the reference evaluator.
//!
//! Skipped without `node` and `chromium`; with `CI` set that is a failure. `ECL_NODE_SEEDS=0..5000` runs other seeds.

use serde_json::{Value as Json, json};
use tollgate_ecl::data::decimal::Exact;
use tollgate_ecl::engines::wasm::{self, result};
use tollgate_ecl::host::providers::{Recorded, Recorder};
use tollgate_ecl::ir::value;
use tollgate_ecl::testing::generate::{self, Case, RandomFacts, Run};
use tollgate_ecl::testing::oracle;
use tollgate_ecl::{Answer, FactKind, Reasons, Redaction, Verdict};

use crate::javascript;

fn seeds() -> std::ops::Range<u64> {
    let Ok(range) = std::env::var("ECL_NODE_SEEDS") else {
        return 0..150;
    };
    let (from, to) = range.split_once("..").unwrap();
    from.parse().unwrap()..to.parse().unwrap()
}

/// What `host.mjs` takes inputs and answers in with, as it was built last.
pub(crate) fn host_wasm() -> Vec<u8> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../guests/build/ecl-host.wasm"
    );
    std::fs::read(path).expect("the guests are built: run `cargo xtask guests`")
}

#[test]
fn node_decides_as_the_reference_evaluator() {
    if !javascript::has("node") {
        return;
    }
    let cases: String = seeds()
        .map(|seed| format!("{}\n", case_json(&generate::case(seed, 3))))
        .collect();
    let host = host_wasm();
    let files = [
        ("host.mjs", wasm::HOST_MJS.as_bytes()),
        ("host.wasm", host.as_slice()),
        ("wasm_cases.mjs", CASES_MJS.as_bytes()),
        ("run.mjs", include_bytes!("wasm_node.mjs")),
    ];
    let output = javascript::in_node(&files, "run.mjs", cases.as_bytes());
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}");
    assert!(printed.contains("all the same"), "{printed}");
}

const CASES_MJS: &str = include_str!("wasm_cases.mjs");

/// Runs the cases and posts what came out.
const PAGE: &str = r#"<!doctype html><script type="module">
import { runCase, summary } from "/wasm_cases.mjs";
const failures = [];
let runs = 0;
const cases = (await (await fetch("/cases")).text()).trim().split("\n");
for (const line of cases) runs += await runCase(line, failures);
await fetch("/result", { method: "POST", body: summary(runs, failures) });
</script>"#;

#[test]
fn chromium_decides_as_the_reference_evaluator() {
    if !javascript::has("chromium") {
        return;
    }
    let cases: String = (0..60)
        .map(|seed| format!("{}\n", case_json(&generate::case(seed, 3))))
        .collect();
    let host = host_wasm();
    let result = javascript::in_chromium(&[
        ("/", PAGE.as_bytes()),
        ("/host.mjs", wasm::HOST_MJS.as_bytes()),
        ("/host.wasm", host.as_slice()),
        ("/wasm_cases.mjs", CASES_MJS.as_bytes()),
        ("/cases", cases.as_bytes()),
    ]);
    assert!(result.contains("180 runs, all the same"), "{result}");
}

fn case_json(case: &Case) -> Json {
    let build = wasm::build(&case.program).unwrap();
    let runs: Vec<Json> = case.runs.iter().map(|run| run_json(case, run)).collect();
    json!({ "seed": case.seed, "wasm": hex::encode(build.wasm), "runs": runs })
}

fn run_json(case: &Case, run: &Run) -> Json {
    let mut facts = RandomFacts::new(run.facts);
    let mut recorder = Recorder::new(&mut facts);
    let evaluation = oracle::run(&case.program, &run.input, &mut recorder, &run.limits);
    let recorded = recorder.into_recorded();
    let effects: Vec<Json> = evaluation
        .effects
        .iter()
        .map(|effect| effect.operands.iter().map(value::Value::to_json).collect())
        .collect();
    let output = evaluation.output.as_ref().map(value::Value::to_json);
    let memory = evaluation.memory.clone();
    let verdict = evaluation.verdict;
    let explanation = evaluation.into_explanation();
    let read = |ty: &_, words| value::from_words(&case.program, &memory, ty, words);
    let reasons = Reasons::new(&case.program, &explanation, &read, &Redaction::none());
    json!({
        "json": run.json,
        "limits": limits(&run.limits),
        "facts": recorded.iter().map(fact_json).collect::<Vec<_>>(),
        "expected": {
            "input": hex::encode(&run.input.bytes),
            "packed": format!("{:x}", packed(&verdict)),
            "gas": verdict.gas,
            "effects": effects,
            "output": output,
            "reasons": reasons.lines(),
            "rules": explanation.rules.iter().map(|r| r.status as u8).collect::<Vec<_>>(),
        },
    })
}

fn limits(limits: &tollgate_ecl::GasLimits) -> Json {
    let layers = &limits.layers;
    let all = [
        limits.total,
        layers.network,
        layers.compute,
        layers.storage,
        layers.realm,
    ];
    let [total, network, compute, storage, realm] = all.map(|limit| limit.to_string());
    let layers =
        json!({ "network": network, "compute": compute, "storage": storage, "realm": realm });
    json!({ "total": total, "layers": layers })
}

fn packed(verdict: &Verdict) -> u64 {
    match verdict.result {
        Ok(decision) => result::decided(decision, verdict.by),
        Err(error) => result::failed(error),
    }
}

/// A recorded answer, in the form the JavaScript host takes them.
fn fact_json(recorded: &Recorded) -> Json {
    let answer = match &recorded.answer {
        Err(_) => json!({ "fails": true }),
        Ok(Answer::Unknown) => json!({}),
        Ok(Answer::Bool(value)) => json!({ "value": value }),
        Ok(Answer::Int(value)) => json!({ "int": value.to_string() }),
        Ok(Answer::Number(value)) if value.is_nan() => json!({ "nan": true }),
        Ok(Answer::Number(value)) if *value == 0.0 && value.is_sign_negative() => {
            json!({ "negative_zero": true })
        }
        Ok(Answer::Number(value)) => json!({ "value": value }),
        Ok(Answer::Decimal(value)) => json!({ "value": Exact(*value).to_string() }),
        Ok(Answer::Trust(vector)) => json!({ "value": vector }),
        Ok(Answer::Text(text)) => json!({ "value": text }),
        Ok(Answer::Texts(texts)) => json!({ "value": texts }),
    };
    let name: FactKind = recorded.kind;
    json!({ "kind": name.name(), "args": recorded.args, "answer": answer })
}
