//! What the JavaScript host takes in is what the native one takes in: the same bytes, or an error with the same words.
//!
//! Inputs of random programs are changed in random places into what is malformed or at a boundary. Skipped without `node`;
//! with `CI` set that is a failure. `ECL_INTAKE_SEEDS=0..5000` runs other seeds.

use serde_json::{Value as Json, json};
use tollgate_ecl::engines::wasm;
use tollgate_ecl::host::input::{Encoder, InputError};
use tollgate_ecl::testing::generate::{self, Case, Random};
use tollgate_ecl::{Bundle, Program, compile};

use crate::javascript;

/// Inputs made of each input of a random program.
const CHANGED: usize = 24;

/// Values at which hosts of other languages differ: bounds of types, digits, forms that only look right.
const ODD: [&str; 68] = [
    r#""::ffff:10.0.0.1""#,
    r#""10.0.0.300""#,
    r#""10.0.0.01""#,
    r#""fe80::1%eth0""#,
    r#""10.0.0.1/8""#,
    r#""::ffff:10.0.0.0/104""#,
    r#""::/129""#,
    r#""2001:DB8::/32""#,
    r#""1600-01-01T00:00:00Z""#,
    r#""1677-09-21T00:12:43.145224193Z""#,
    r#""1677-09-21T00:12:43.145224192Z""#,
    r#""2262-04-11T23:47:16.854775807Z""#,
    r#""2262-04-11T23:47:16.854775808Z""#,
    r#""9999-12-31T23:59:59Z""#,
    r#""2025-02-30T00:00:00Z""#,
    r#""2025-01-28T24:00:00Z""#,
    r#""2025-01-28T10:15:60Z""#,
    r#""2025-01-28 10:15:00Z""#,
    r#""2025-01-28t10:15:00z""#,
    r#""2025-01-28T10:15:00+24:00""#,
    r#""2025-01-28T10:15:00-00:00""#,
    r#""1s""#,
    r#""1.0000000001s""#,
    r#""106751d""#,
    r#""106752d""#,
    r#""-106752d""#,
    r#""9223372036854775807ns""#,
    r#""1h30m""#,
    r#""1h 30min""#,
    r#""-1d2h""#,
    "10000000000",
    "9223372036",
    "9223372037",
    r#""**""#,
    r#""*""#,
    r#""did:example:*""#,
    r#""did:example:**""#,
    r#""did:**:a""#,
    r#""did:example:a*""#,
    r#""did:example:anna:""#,
    r#""did:Example:anna""#,
    r#""did:example:ä""#,
    r#""did:example:a b""#,
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "1.0",
    "-0",
    "-0.0",
    "1e3",
    "1e400",
    "5e-324",
    "0.1234567890123456789",
    "0.123456789012345678",
    "170141183460469231731.687303715884105727",
    "170141183460469231731.687303715884105728",
    r#""0.50 EUR""#,
    r#""0.50  EUR""#,
    r#"{"amount": "1", "currency": "EUR", "currency": "USD"}"#,
    r#"{"a": 1, "a": 2}"#,
    r#"{"a": {"b": 1, "\u0062": 2}}"#,
    r#""\ud800""#,
    r#""\u0000""#,
    r#"[1.5]"#,
    r#"[0.9, 0.9, 0.9, 0.9, 0.9, 1.0000000000000001]"#,
    "null",
    "true",
];

/// The places of the strings, numbers and words of JSON text.
fn scalars(json: &str) -> Vec<std::ops::Range<usize>> {
    let bytes = json.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        if bytes[at] == b'"' {
            at += 1;
            while bytes[at] != b'"' {
                at += if bytes[at] == b'\\' { 2 } else { 1 };
            }
            at += 1;
        } else if bytes[at].is_ascii_alphanumeric() || bytes[at] == b'-' {
            while at < bytes.len()
                && (bytes[at].is_ascii_alphanumeric() || b"+-.".contains(&bytes[at]))
            {
                at += 1;
            }
        } else {
            at += 1;
            continue;
        }
        found.push(start..at);
    }
    found
}

/// Changes an input: mostly one value, sometimes one character.
fn changed(json: &str, random: &mut Random) -> String {
    let mut text = json.to_owned();
    let scalars = scalars(json);
    if random.once_in(4) || scalars.is_empty() {
        let mut chars: Vec<char> = text.chars().collect();
        let at = usize::try_from(random.below(chars.len() as u64)).unwrap();
        match random.below(3) {
            0 => drop(chars.remove(at)),
            1 => chars.insert(at, chars[at]),
            _ => chars[at] = *random.pick(&['"', '{', ',', '0', '\u{7f}', '💡', '\\']),
        }
        return chars.into_iter().collect();
    }
    text.replace_range(random.pick(&scalars).clone(), random.pick::<&str>(&ODD));
    text
}

/// What the native host makes of an input.
fn expected(encoder: &Encoder, json: &str) -> Json {
    match encoder.encode_str(json) {
        Ok(input) => json!({ "json": json, "bytes": hex::encode(input.bytes) }),
        Err(error) => json!({ "json": json, "error": said(&error) }),
    }
}

fn said(error: &InputError) -> String {
    match &error.help {
        Some(help) => format!("{error}; {help}"),
        None => error.to_string(),
    }
}

fn line(program: &Program, inputs: &[String]) -> String {
    let encoder = Encoder::new(program);
    let inputs: Vec<Json> = inputs.iter().map(|json| expected(&encoder, json)).collect();
    let wasm = hex::encode(wasm::build(program).unwrap().wasm);
    format!("{}\n", json!({ "wasm": wasm, "inputs": inputs }))
}

fn case_line(case: &Case) -> String {
    let mut random = Random::new(case.seed);
    let inputs = case.runs.iter().flat_map(|run| {
        let changed: Vec<String> = (0..CHANGED)
            .map(|_| changed(&run.json, &mut random))
            .collect();
        std::iter::once(run.json.clone()).chain(changed)
    });
    line(&case.program, &inputs.collect::<Vec<_>>())
}

/// Compares; gives the number of inputs that were taken and refused.
const RUN: &str = r#"
import { createInterface } from "node:readline";
import { Policy } from "./host.mjs";

const hex = (text) => Uint8Array.from(text.match(/../g) ?? [], (byte) => parseInt(byte, 16));
const failures = [];
let [taken, refused] = [0, 0];
for await (const line of createInterface({ input: process.stdin })) {
  const { wasm, inputs } = JSON.parse(line);
  const policy = await Policy.load(hex(wasm));
  for (const { json, bytes, error } of inputs) {
    let ours;
    try {
      ours = Buffer.from(policy.encode(json)).toString("hex");
    } catch (failure) {
      ours = failure.message;
    }
    if (ours !== (bytes ?? error)) failures.push(`${json}\n  node   ${ours}\n  native ${bytes ?? error}`);
    if (bytes === undefined) refused++;
    else taken++;
  }
}
console.log(failures.slice(0, 12).join("\n\n"));
console.log(JSON.stringify({ failures: failures.length, taken, refused }));
"#;

fn in_node(run: &str, input: &str) -> String {
    let host = crate::wasm_javascript::host_wasm();
    let files = [
        ("host.mjs", wasm::HOST_MJS.as_bytes()),
        ("host.wasm", host.as_slice()),
        ("run.mjs", run.as_bytes()),
    ];
    let output = javascript::in_node(&files, "run.mjs", input.as_bytes());
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed}");
    printed
}

fn seeds() -> std::ops::Range<u64> {
    let Ok(range) = std::env::var("ECL_INTAKE_SEEDS") else {
        return 0..120;
    };
    let (from, to) = range.split_once("..").unwrap();
    from.parse().unwrap()..to.parse().unwrap()
}

#[test]
fn node_takes_and_refuses_the_inputs_that_are_taken_and_refused_natively() {
    if !javascript::has("node") {
        return;
    }
    let lines: String = seeds()
        .map(|seed| case_line(&generate::case(seed, 3)))
        .collect();
    let printed = in_node(RUN, &lines);
    let counts: Json = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
    assert_eq!(counts["failures"], 0, "{printed}");
    let count = |key: &str| counts[key].as_u64().unwrap();
    assert!(
        count("taken") > 500 && count("refused") > 500,
        "both happen: {counts}"
    );
}

/// An input of every type.
const EVERY: &str = r#"enum Plug { CCS, Type2 }
record Inner { a: int, b: string<4>? }
policy "every" {
  input {
    s: string<4>?, who: did?, pat: pattern?, e: Plug?, l: list<int, 2>?, r: Inner?, len: length?, m: money<EUR>?
    tr: trust?, at: attributes?, b: bool?, n: number?, d: decimal?, i: int?, dur: duration?, t: instant?, ip: ip?, net: cidr?
  }
  allow { ok: b else false }
}"#;

fn compiled(source: &str) -> Program {
    let compiled = compile(&Bundle::single("p.ecl", source));
    compiled.programs.into_iter().next().expect("a program")
}

#[test]
fn node_takes_and_refuses_every_odd_value_of_every_type_as_it_is_natively() {
    if !javascript::has("node") {
        return;
    }
    let names = [
        "s", "who", "pat", "e", "l", "r", "len", "m", "tr", "at", "b", "n", "d", "i", "dur", "t",
        "ip", "net",
    ];
    let inputs = names
        .iter()
        .flat_map(|name| ODD.iter().map(move |odd| format!("{{\"{name}\": {odd}}}")));
    let inputs: Vec<String> = inputs.collect();
    let printed = in_node(RUN, &line(&compiled(EVERY), &inputs));
    let counts: Json = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
    assert_eq!(counts["failures"], 0, "{printed}");
    assert_eq!(
        counts["taken"].as_u64().unwrap() + counts["refused"].as_u64().unwrap(),
        inputs.len() as u64
    );
}

/// Gives what each value of JavaScript came to.
const VALUES: &str = r#"
import { text } from "node:stream/consumers";
import { Policy } from "./host.mjs";

const policy = await Policy.load(Uint8Array.from(JSON.parse(await text(process.stdin))));
const cyclic = {};
cyclic.at = cyclic;
const values = [
  { i: 9007199254740993n }, { n: NaN }, { n: Infinity }, { i: undefined }, { l: [undefined] }, { l: [, 1] }, { l: [1.5] },
  { at: new Map([["a", 1]]) }, { at: new Uint8Array(2) }, { s: "\ud800" }, { s: Symbol("s") }, { i: () => 1 }, cyclic,
  { t: new Date(0) }, { i: 1, extra: 2 }, "{\"s\": \"\ud800\"}", "{\"i\": 1} x", null, undefined, 7, [], { n: -0 },
];
const said = values.map((value) => {
  try {
    return policy.decide(value).decision;
  } catch (error) {
    return `${error.name}: ${error.message}`.split(";")[0];
  }
});
console.log(JSON.stringify(said));
"#;

#[test]
fn a_value_that_json_cannot_say_is_refused_and_never_changed() {
    if !javascript::has("node") {
        return;
    }
    let wasm = wasm::build(&compiled(EVERY)).unwrap().wasm;
    let said: Vec<String> =
        serde_json::from_str(&in_node(VALUES, &json!(wasm).to_string())).unwrap();
    insta::assert_debug_snapshot!(said);
}

/// What the answers of a host came to: the decision, or the code of the error.
const ANSWERS: &str = r#"
import { text } from "node:stream/consumers";
import { Policy } from "./host.mjs";

const [modules, answers] = [
  JSON.parse(await text(process.stdin)).map((module) => Uint8Array.from(module)),
  [
    [null, undefined, 0.9, [0.9, 0.9, 0.9, 0.9, 0.9, 0.9], [1, 1, 1, 1, 1, 1.5], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1, NaN], "1", { R: 1 }],
    [null, 1.5, "1.5", NaN, Infinity, {}, 2n],
    [["did:example:a"], ["**"], ["x"], "did:example:a", [1], [null], ["did:example:\ud800"]],
    [1, 1.5, "1", -1n, 9223372036854775808n, [1]],
    ["12.5", 12.5, "12,5", "0.1234567890123456789", "1e40", NaN],
    ["yes", 1, "\ud800", "x".repeat(1025)],
    [true, 1, "true", [true]],
  ],
];
const said = [];
for (const [number, module] of modules.entries()) {
  for (const answer of answers[number]) {
    const policy = await Policy.load(module, { facts: () => answer });
    const { decision, error } = policy.decide({ who: "did:example:a" });
    said.push(`${number} ${typeof answer === "bigint" ? answer : String(JSON.stringify(answer)).slice(0, 40)}: ${decision ?? error.code}`);
  }
}
console.log(JSON.stringify(said));
"#;

#[test]
fn an_answer_that_is_not_of_its_kind_is_a_failure_and_never_an_accept() {
    if !javascript::has("node") {
        return;
    }
    let conditions = [
        "trust(who).r >= 0.0",
        "karma(who) >= 0.0",
        "who in delegates(who)",
        "active_sessions(who) >= 0",
        "balance(who, \"EUR\") >= 0.0",
        "store_get(\"s\", \"k\") != \"no\"",
        "resolves(who)",
    ];
    let modules = conditions.map(|condition| {
        let source = format!("policy \"p\" {{ input {{ who: did }} allow {{ r: {condition} }} }}");
        wasm::build(&compiled(&source)).unwrap().wasm
    });
    let said: Vec<String> =
        serde_json::from_str(&in_node(ANSWERS, &json!(modules).to_string())).unwrap();
    insta::assert_debug_snapshot!(said);
}
