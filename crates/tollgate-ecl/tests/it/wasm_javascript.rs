//! Modules run by their JavaScript host in Node and in headless Chromium, on random programs: the encoded input, packed
//! result, gas, effects, output and lines of reasons are those of the reference evaluator.
//!
//! Skipped without `node` and `chromium`; with `CI` set that is a failure. `ECL_NODE_SEEDS=0..5000` runs other seeds.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
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

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
/// Whether a program is there. Without it a test is skipped, but not in CI.
fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    assert!(
        found || std::env::var_os("CI").is_none(),
        "CI needs `{program}`, which was not found"
    );
    if !found {
        eprintln!("SKIPPED: `{program}` was not found");
    }
    found
}

fn temp_dir(name: &str) -> std::path::PathBuf {
    let dir = std::env::temp_dir().join(format!("tollgate-ecl-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

#[test]
fn node_decides_as_the_reference_evaluator() {
    if !has("node") {
        return;
    }
    let dir = temp_dir("node");
    std::fs::write(dir.join("host.mjs"), wasm::HOST_MJS).unwrap();
    std::fs::write(dir.join("wasm_cases.mjs"), CASES_MJS).unwrap();
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
    if !has("chromium") {
        return;
    }
    let cases: String = (0..60)
        .map(|seed| format!("{}\n", case_json(&generate::case(seed, 3))))
        .collect();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let profile = temp_dir("chromium");
    let mut browser = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--remote-debugging-port=0",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("http://{address}/"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let result = loop {
        let (stream, _) = listener.accept().unwrap();
        if let Some(result) = serve(stream, &cases) {
            break result;
        }
    };
    browser.kill().unwrap();
    browser.wait().unwrap();
    // The browser's children may still be writing to it.
    let _left_behind = std::fs::remove_dir_all(&profile);
    assert!(result.contains("180 runs, all the same"), "{result}");
}

/// Answers one request; gives the body of the one that posts the result.
fn serve(stream: TcpStream, cases: &str) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    reader.read_line(&mut request).unwrap();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        if header.trim().is_empty() {
            break;
        }
        let header = header.to_ascii_lowercase();
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut posted = vec![0; length];
    reader.read_exact(&mut posted).unwrap();
    let (kind, body) = match request.split(' ').nth(1).unwrap_or("") {
        "/" => ("text/html", PAGE),
        "/host.mjs" => ("text/javascript", wasm::HOST_MJS),
        "/wasm_cases.mjs" => ("text/javascript", CASES_MJS),
        "/cases" => ("text/plain", cases),
        _ => ("text/plain", ""),
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {kind}; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = reader.into_inner();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    request
        .starts_with("POST /result")
        .then(|| String::from_utf8(posted).unwrap())
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
