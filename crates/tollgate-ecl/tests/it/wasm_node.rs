//! Modules run by their JavaScript host in Node, on random programs: the encoded input, packed result, gas, effects, output
//! and lines of reasons are those of the reference evaluator.
//!
//! Skipped without `node`; with `CI` set that is a failure. `ECL_NODE_SEEDS=0..5000` runs other seeds.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value as Json, json};
use tollgate_ecl::decimal::Exact;
use tollgate_ecl::explain::{Reasons, Redaction};
use tollgate_ecl::facts::Answer;
use tollgate_ecl::generate::{self, Case, RandomFacts, Run};
use tollgate_ecl::ir::FactKind;
use tollgate_ecl::oracle;
use tollgate_ecl::outcome::Verdict;
use tollgate_ecl::providers::{Recorded, Recorder};
use tollgate_ecl::value;
use tollgate_ecl::wasm::{self, result};

fn seeds() -> std::ops::Range<u64> {
    let Ok(range) = std::env::var("ECL_NODE_SEEDS") else {
        return 0..150;
    };
    let (from, to) = range.split_once("..").unwrap();
    from.parse().unwrap()..to.parse().unwrap()
}

fn has_node() -> bool {
    let found = Command::new("node").arg("--version").output().is_ok();
    assert!(
        found || std::env::var_os("CI").is_none(),
        "CI needs `node`, which was not found"
    );
    if !found {
        eprintln!("SKIPPED: `node` was not found");
    }
    found
}

#[test]
fn node_decides_as_the_reference_evaluator() {
    if !has_node() {
        return;
    }
    let dir = std::env::temp_dir().join(format!("tollgate-ecl-node-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("host.mjs"), wasm::HOST_MJS).unwrap();
    std::fs::write(dir.join("run.mjs"), include_str!("wasm_node.mjs")).unwrap();
    let mut node = Command::new("node")
        .arg("run.mjs")
        .current_dir(&dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = node.stdin.take().unwrap();
    // The other end prints only when all is read, so writing first cannot block for ever.
    for seed in seeds() {
        writeln!(stdin, "{}", case_json(&generate::case(seed, 3))).unwrap();
    }
    drop(stdin);
    let output = node.wait_with_output().unwrap();
    std::fs::remove_dir_all(&dir).unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}");
    assert!(printed.contains("all the same"), "{printed}");
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

fn limits(limits: &tollgate_ecl::gas::GasLimits) -> Json {
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
