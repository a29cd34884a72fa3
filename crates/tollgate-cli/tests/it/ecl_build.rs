//! `tollgate ecl build`: the files it writes decide the same in wasmtime, Node and headless Chromium as the source does on the
//! command line.

use serde_json::{Value as Json, json};
use tollgate::policy::{PolicyError, WasmEngineConfig, WasmPolicyEngine};

use crate::command::{Ran, tollgate};
use crate::javascript;
use crate::screen::{Typed, on_a_screen};

const POLICY: &str = r#"record Offer { price: money<EUR>, distance: length, seller: did, tags: list<string, 8> }
policy "charging" {
  input { offer: Offer }
  reject { expensive: offer.price > 1 EUR }
  accept all {
    price: offer.price <= 0.50 EUR
    near: offer.distance <= 5km
    green: "green" in offer.tags
    trusted: norm(trust(offer.seller)) >= 0.7
  }
  escalate { verified: has_credential(offer.seller, "did:example:credential:*") }
}
"#;

const FACTS: &str = r#"{
  "trust": { "did:example:a": 0.9, "did:example:b": 0.5 },
  "has_credential": { "did:example:a": [], "did:example:b": ["did:example:credential:charger"], "did:example:c": [] }
}"#;

/// Inputs that are accepted, rejected, escalated, and end with an error.
fn inputs() -> Vec<Json> {
    let offer = |price: &str, distance: &str, seller: &str, tags: &[&str]| {
        let offer = json!({ "price": price, "distance": distance, "seller": seller, "tags": tags });
        json!({ "offer": offer })
    };
    vec![
        offer("0.42 EUR", "1.2km", "did:example:a", &["fast", "green"]),
        offer("1.01 EUR", "1.2km", "did:example:a", &["green"]),
        offer("0.42 EUR", "9km", "did:example:a", &[]),
        offer("0.42 EUR", "800m", "did:example:b", &["green"]),
        offer("0.42 EUR", "800m", "did:example:c", &["green"]),
    ]
}

struct Built {
    module: Vec<u8>,
    host: Vec<u8>,
    intake: Vec<u8>,
    sha256: String,
    program: String,
    ran: Ran,
}

fn build() -> Built {
    let arguments = [
        "ecl", "build", "p.ecl", "-o", "p.wasm", "--dts", "--js", "--format", "json",
    ];
    let ran = tollgate(arguments).file("p.ecl", POLICY).ends_with(0);
    let read = |name: &str| std::fs::read(ran.folder.path().join(name)).unwrap();
    let said = ran.json();
    let text = |key: &str| said[key].as_str().unwrap().to_owned();
    Built {
        module: read("p.wasm"),
        host: read("host.mjs"),
        intake: read("host.wasm"),
        sha256: text("sha256"),
        program: text("program"),
        ran,
    }
}

/// What the command says of the source: decision, gas of each layer, lines of reasons.
fn expected(input: &Json) -> Json {
    let input = input.to_string();
    let arguments = [
        "ecl", "eval", "p.ecl", "--input", &input, "--facts", "f.json", "--format", "json",
    ];
    let said = tollgate(arguments)
        .file("p.ecl", POLICY)
        .file("f.json", FACTS)
        .ends()
        .json();
    json!({ "decision": said["decision"], "gas": said["gas"]["layers"], "reasons": said["lines"] })
}

/// Runs every input and gives decision, gas and reasons of each.
const SCRIPT: &str = r#"
import { Policy } from "./host.mjs";

export async function decideAll(module, inputs) {
  const trust = { "did:example:a": 0.9, "did:example:b": 0.5 };
  const facts = (kind, [did]) => {
    if (kind === "trust") return did in trust ? Array(6).fill(trust[did]) : undefined;
    if (kind === "has_credential") return did === "did:example:b";
    throw new Error(`unforeseen: ${kind}`);
  };
  const policy = await Policy.load(module, { facts });
  const number = (layers) => Object.fromEntries(Object.entries(layers).map(([k, v]) => [k, Number(v)]));
  return inputs.map((input) => {
    const { decision, gas, reasons } = policy.explain(input);
    return { decision: decision ?? null, gas: number(gas), reasons };
  });
}
"#;

const NODE: &str = r#"
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { decideAll } from "./decide.mjs";

const inputs = JSON.parse(await text(process.stdin));
console.log(JSON.stringify(await decideAll(await readFile("p.wasm"), inputs)));
"#;

const PAGE: &str = r#"<!doctype html><script type="module">
import { decideAll } from "/decide.mjs";
const bytes = new Uint8Array(await (await fetch("/p.wasm")).arrayBuffer());
const inputs = await (await fetch("/inputs")).json();
let result;
try { result = await decideAll(bytes, inputs); } catch (error) { result = String(error); }
await fetch("/result", { method: "POST", body: JSON.stringify(result) });
</script>"#;

fn assert_same(engine: &str, answered: &str) {
    let answered: Vec<Json> =
        serde_json::from_str(answered).unwrap_or_else(|_| panic!("{answered}"));
    let expected: Vec<Json> = inputs().iter().map(expected).collect();
    let decisions: Vec<_> = expected
        .iter()
        .map(|said| said["decision"].as_str())
        .collect();
    assert_eq!(
        decisions,
        [
            Some("accept"),
            Some("reject"),
            Some("reject"),
            Some("escalate"),
            None
        ]
    );
    assert_eq!(answered, expected, "{engine}");
}

#[test]
fn the_module_decides_in_node_as_the_source_does() {
    if !javascript::has("node") {
        return;
    }
    let built = build();
    let files = [
        ("p.wasm", &*built.module),
        ("host.mjs", &*built.host),
        ("host.wasm", &*built.intake),
        ("decide.mjs", SCRIPT.as_bytes()),
        ("run.mjs", NODE.as_bytes()),
    ];
    let output = javascript::in_node(&files, "run.mjs", json!(inputs()).to_string().as_bytes());
    assert_same("Node", &String::from_utf8_lossy(&output.stdout));
}

#[test]
fn the_module_decides_in_chromium_as_the_source_does() {
    if !javascript::has("chromium") {
        return;
    }
    let built = build();
    let inputs = json!(inputs()).to_string();
    let result = javascript::in_chromium(&[
        ("/", PAGE.as_bytes()),
        ("/p.wasm", &built.module),
        ("/host.mjs", &built.host),
        ("/host.wasm", &built.intake),
        ("/decide.mjs", SCRIPT.as_bytes()),
        ("/inputs", inputs.as_bytes()),
    ]);
    assert_same("Chromium", &result);
}

#[test]
fn the_module_decides_in_wasmtime_as_the_source_does_and_is_pinned_by_its_hash() {
    let built = build();
    let config = WasmEngineConfig {
        compile_in_process: true,
        ..WasmEngineConfig::default()
    };
    let engine = WasmPolicyEngine::new(config).unwrap();
    let policy = engine.load_pinned(&built.module, &built.sha256).unwrap();
    assert_eq!(policy.claimed_program(), Some(&*built.program));
    let limits = policy.program().gas_limits;
    for input in inputs() {
        let said = expected(&input);
        let encoded = policy.encoder().encode(&input).unwrap();
        let mut facts = tollgate_ecl::MemoryFacts::from_json_str(FACTS).unwrap();
        let mut instance = policy.instance().unwrap();
        let explanation = instance.explain(&encoded, &mut facts, &limits);
        let program = policy.program();
        let read = |ty: &_, words| {
            tollgate_ecl::ir::value::from_words(program, instance.memory(), ty, words)
        };
        let redaction = tollgate_ecl::Redaction::none();
        let reasons = tollgate_ecl::Reasons::new(program, &explanation, &read, &redaction);
        let ours = json!({
            "decision": reasons.decision, "gas": explanation.verdict.gas, "reasons": reasons.lines(),
        });
        assert_eq!(ours, said);
    }
    let mut changed = built.module.clone();
    changed[100] ^= 1;
    let refused = engine.load_pinned(&changed, &built.sha256).unwrap_err();
    assert!(matches!(refused, PolicyError::ModuleMismatch { .. }));
    assert!(engine.load(&changed).is_err());
}

#[test]
fn declarations_and_errors_are_told() {
    let built = build();
    let dts = std::fs::read_to_string(built.ran.folder.path().join("p.d.ts")).unwrap();
    assert!(dts.contains("seller"), "{dts}");
    assert_eq!(
        built.ran.files(),
        ["host.mjs", "host.wasm", "p.d.ts", "p.ecl", "p.wasm"]
    );
    let broken = tollgate(["ecl", "build", "p.ecl", "-o", "p.wasm"]).file("p.ecl", "policy {");
    let broken = broken.ends_with(65);
    assert_eq!(broken.files(), ["p.ecl"], "nothing is written");
    let nowhere = tollgate(["ecl", "build", "p.ecl", "-o", "no/such/folder/p.wasm"]);
    let nowhere = nowhere.file("p.ecl", POLICY).ends_with(74);
    assert!(
        nowhere
            .stderr
            .contains("cannot write `no/such/folder/p.wasm`"),
        "{}",
        nowhere.stderr
    );
}

#[test]
fn a_source_is_known_by_where_it_was_read() {
    // Without its link the name is another file, which is not there.
    let build = ["ecl", "build", "link/../p.ecl", "-o", "x/p.ecl"];
    let build = tollgate(build)
        .file("x/p.ecl", POLICY)
        .file("x/y/q.ecl", "");
    std::os::unix::fs::symlink("x/y", build.folder.path().join("link")).unwrap();
    let ran = build.ends_with(64);
    assert!(ran.stderr.contains("is a source"), "{}", ran.stderr);
    let kept = std::fs::read_to_string(ran.folder.path().join("x/p.ecl"));
    assert_eq!(kept.unwrap(), POLICY);
}

#[test]
fn a_module_does_not_go_to_a_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("p.ecl"), POLICY).expect("a file");
    let nothing = Typed {
        before: "",
        then: "",
    };
    let Some(seen) = on_a_screen(folder.path(), "ecl build p.ecl -o -", &nothing) else {
        return;
    };
    assert!(seen.contains("name a file with `-o`"), "{seen:?}");
    assert!(!seen.contains("\0asm"), "{seen:?}");
}
