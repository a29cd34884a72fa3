//! Everything that a command writes for programs has a JSON Schema in `docs/schemas/`.
//!
//! The types here are those of a reader. The schemas are made from them, and each real output is held against both: it is valid, and
//! what the type has read of it writes the same again, so nothing of it is left unsaid. What a server answers has its types in
//! `docs/openapi.json`.

mod modules;
mod policies;
mod report;

use std::collections::BTreeSet;
use std::path::PathBuf;

use boon::{Compiler, Schemas};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::command::{Ran, Tollgate, guest, repository, run, tollgate};

/// One kind of output.
struct Output {
    /// Its file, without the ending.
    name: &'static str,
    schema: fn() -> Value,
    /// What the type reads, written again.
    again: fn(&Value) -> serde_json::Result<Value>,
}

const fn output<T: JsonSchema + Serialize + DeserializeOwned>(name: &'static str) -> Output {
    Output {
        name,
        schema: || {
            let settings = SchemaSettings::draft2020_12().for_serialize();
            let schema = settings.into_generator().into_root_schema_for::<T>();
            schema.to_value()
        },
        again: |json| {
            let read: T = T::deserialize(json)?;
            serde_json::to_value(read)
        },
    }
}

const OUTPUTS: &[Output] = &[
    output::<modules::Failed>("error"),
    output::<report::Report>("run"),
    output::<report::Verified>("verify"),
    output::<report::Replay>("replay"),
    output::<modules::Inspection>("inspect"),
    output::<modules::Valid>("validate"),
    output::<modules::Plan>("plan"),
    output::<modules::PlanDiff>("plan-diff"),
    output::<modules::Bounded>("plan-boundary"),
    output::<modules::Backtest>("policy-backtest"),
    output::<modules::Why>("why"),
    output::<modules::Keys>("key"),
    output::<modules::CacheStats>("cache-stats"),
    output::<modules::CacheList>("cache-list"),
    output::<modules::CacheVerify>("cache-verify"),
    output::<modules::CacheCleared>("cache-clear"),
    output::<modules::Doctor>("doctor"),
    output::<modules::Built>("build-ts"),
    output::<modules::Config>("config-show"),
    output::<modules::Card>("approvals-show"),
    output::<modules::Cards>("approvals-list"),
    output::<policies::Code>("explain-code"),
    output::<policies::Checked>("ecl-check"),
    output::<policies::Formatted>("ecl-fmt"),
    output::<policies::Evaluated>("ecl-eval"),
    output::<policies::Explained>("ecl-explain"),
    output::<policies::Tested>("ecl-test"),
    output::<policies::Diff>("ecl-diff"),
    output::<policies::Bench>("ecl-bench"),
    output::<policies::BuiltPolicy>("ecl-build"),
    output::<policies::StandardPolicies>("gateway-policies"),
    output::<policies::StandardSource>("gateway-policy"),
    output::<policies::Crossed>("gateway-decide"),
];

fn folder() -> PathBuf {
    repository().join("docs/schemas")
}

fn file(name: &str) -> PathBuf {
    folder().join(format!("{name}.json"))
}

/// The schema of an output, as it is checked in.
fn kept(output: &Output) -> Value {
    let path = file(output.name);
    let text = std::fs::read_to_string(&path);
    let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn the_schemas_are_those_of_the_types() {
    let mut names = BTreeSet::new();
    for output in OUTPUTS {
        let schema = (output.schema)();
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(folder()).expect("a folder");
            std::fs::write(file(output.name), format!("{schema:#}\n")).expect("a file");
        }
        assert_eq!(kept(output), schema, "{}: run with UPDATE=1", output.name);
        names.insert(format!("{}.json", output.name));
    }
    let there = std::fs::read_dir(folder()).expect("the schemas").flatten();
    let there = there.filter_map(|entry| entry.file_name().into_string().ok());
    let there: BTreeSet<_> = there.filter(|name| name.ends_with(".json")).collect();
    assert_eq!(there, names);
}

/// Holds one value against the schema and the type of its output.
#[track_caller]
fn hold(name: &str, json: &Value) {
    let output = OUTPUTS.iter().find(|output| output.name == name);
    let output = output.unwrap_or_else(|| panic!("no output is called {name}"));
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    let url = format!("schema:///{name}.json");
    compiler
        .add_resource(&url, kept(output))
        .expect("a resource");
    let schema = compiler.compile(&url, &mut schemas).expect("a schema");
    if let Err(error) = schemas.validate(json, schema) {
        panic!("{name}: {error:#}\n{json:#}");
    }
    let again = (output.again)(json);
    let again = again.unwrap_or_else(|error| panic!("{name}: {error}\n{json:#}"));
    assert_eq!(&again, json, "{name} says more than its type");
}

/// Holds what a command wrote against its schema.
#[track_caller]
fn holds(name: &str, test: Tollgate, code: i32) -> Ran {
    let ran = test.ends_with(code);
    hold(name, &ran.json());
    ran
}

/// A policy of the examples.
fn example(path: &str) -> String {
    let path = repository().join("examples/ecl").join(path);
    path.to_str().expect("a path").to_owned()
}

const ADD: &str = "(module (func (export \"add\") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))";

#[test]
fn reports() {
    let json = "--format=json";
    let program = |name: &str, more: &[&str]| {
        let program = guest(name);
        let typed = [&*program, json].into_iter().chain(more.iter().copied());
        run(typed.collect::<Vec<_>>())
    };
    holds("run", program("hello", &[]), 0);
    holds("run", program("spin", &["--gas=1M"]), 152);
    holds("run", program("trap", &["--invoke=unreachable"]), 134);
    holds("run", program("exit", &[]), 42);
    holds("run", program("memory-bomb", &["--memory=4MiB"]), 137);
    holds("run", program("recursion", &["--stack=64KiB"]), 134);
    holds("run", program("flood", &["--output-limit=1KiB"]), 153);
    holds("run", program("wordstat", &["--", "data"]), 1);
    let granted = program(
        "wordstat",
        &["--allow-read=data", "--dir=data::/d", "--", "data"],
    );
    holds("run", granted.file("data/a", "one"), 0);
    let policy = format!("--policy={}", example("calls/files.ecl"));
    let shadow = format!("--shadow={}", example("calls/ceiling.ecl"));
    let decided = [
        "--no-stdin",
        "--allow-read=data",
        &policy,
        &shadow,
        "--journal=calls.jsonl",
        "--",
        "data",
    ];
    holds(
        "run",
        program("wordstat", &decided).file("data/a", "one"),
        0,
    );
    let add = ["m.wat", json, "--invoke=add", "--", "1", "2"];
    holds("run", run(add).file("m.wat", ADD), 0);
    let floats = "(module (func (export \"f\") (result f64) (f64.const nan)))";
    holds(
        "run",
        run(["m.wat", json, "--invoke=f"]).file("m.wat", floats),
        0,
    );
    let transform = [
        "--invoke=transform",
        "--input",
        "{\"records\":[{\"kwh\":1}],\"steps\":[]}",
    ];
    holds("run", program("json-transform", &transform), 0);
    let percent = "--invoke=tollgate:pricing/quotes@0.1.0#tier-percent";
    holds(
        "run",
        program("pricing-component", &[percent, "--", "gold"]),
        0,
    );
    let learn = [
        "learn",
        &*guest("wordstat"),
        json,
        "--write=p.ecl",
        "--allow-read=data",
        "--no-stdin",
        "--",
        "data",
    ];
    holds("run", tollgate(learn).file("data/a", "one"), 0);
    let report = run([&*guest("hello"), "--quiet", "--report=report.json"]).ends_with(0);
    hold(
        "run",
        &serde_json::from_str(&report.text("report.json")).expect("JSON"),
    );
}

#[test]
fn modules_and_plans() {
    let json = "--format=json";
    for name in ["hello", "pricing-component", "wasi-calls-component"] {
        holds("inspect", tollgate(["inspect", &*guest(name), json]), 0);
        holds("validate", tollgate(["validate", &*guest(name), json]), 0);
        holds("plan", tollgate(["plan", &*guest(name), json]), 0);
    }
    let policy = example("calls/files.ecl");
    let decided = [
        "plan",
        &*guest("operations-component"),
        "--json",
        "--allow-read=data",
        "--policy",
        &policy,
    ];
    holds("plan", tollgate(decided).file("data/a", ""), 0);
    let nobody = "(module (import \"env\" \"log\" (func)) (func (export \"_start\")))";
    holds(
        "plan",
        tollgate(["plan", "m.wat", json]).file("m.wat", nobody),
        65,
    );
    let (old, new) = (guest("hello"), guest("wordstat"));
    holds(
        "plan-diff",
        tollgate(["plan", "--diff", &old, &new, json]),
        1,
    );
    holds(
        "plan-diff",
        tollgate(["plan", "--diff", &new, &old, json]),
        0,
    );
    let ceiling = example("calls/ceiling.ecl");
    let bounded = |policy: &str, ceiling: &str, cells: &str| {
        tollgate([
            "plan",
            "--json",
            "--policy",
            policy,
            "--boundary",
            ceiling,
            "--cells",
            cells,
        ])
    };
    holds("plan-boundary", bounded(&policy, &ceiling, "1000"), 0);
    holds("plan-boundary", bounded(&ceiling, &policy, "1000"), 1);
    holds("plan-boundary", bounded(&policy, &ceiling, "1"), 2);
}

#[test]
fn receipts_and_journals() {
    let keys = tempfile::tempdir().expect("a folder");
    let at = keys.path().to_str().expect("a path");
    let with_keys = |typed: &[&str]| {
        let test = tollgate(typed.iter().copied());
        test.env("TOLLGATE_KEYS_DIR", at)
    };
    holds("key", with_keys(&["key", "new", "--format=json"]), 0);
    holds("key", with_keys(&["key", "list", "--format=json"]), 0);
    let trusted = with_keys(&["key", "list"]).ends_with(0).stdout;
    let hello = guest("hello");
    let typed = [
        "run",
        &hello,
        "--quiet",
        "--no-stdin",
        "--determinism=full",
        "--receipt=r",
    ];
    let receipt = with_keys(&typed).ends_with(0).text("r");
    let verified = |keys: &str, receipt: &str| {
        with_keys(&["verify", "r", "--trust=k", "--format=json"])
            .file("r", receipt)
            .file("k", keys)
    };
    holds("verify", verified(&trusted, &receipt), 0);
    holds("verify", verified("", &receipt), 67);
    let forged = receipt.replacen("\"sig\":\"", "\"sig\":\"AAAA", 1);
    hold("verify", &verified(&trusted, &forged).ends().json());
    let replay = |module: &str| {
        with_keys(&["replay", "r", "--module", module, "--format=json"]).file("r", &receipt)
    };
    holds("replay", replay(&hello), 0);
    holds("error", replay(&guest("exit")), 65);
    holds(
        "key",
        with_keys(&["key", "revoke", "default", "--format=json"]),
        0,
    );

    let (files, ceiling) = (example("calls/files.ecl"), example("calls/ceiling.ecl"));
    let wordstat = guest("wordstat");
    let typed = [
        &*wordstat,
        "--quiet",
        "--no-stdin",
        "--allow-read=data",
        "--policy",
        &files,
        "--journal=j",
        "--format=json",
        "--",
        "data",
        "/etc",
    ];
    let ran = run(typed).file("data/a", "one").ends();
    let journal = ran.text("j");
    let backtest = [
        "policy",
        "backtest",
        &files,
        &ceiling,
        "--journal=j",
        "--json",
    ];
    holds("policy-backtest", tollgate(backtest).file("j", &journal), 0);
    let denies =
        "import \"call.ecl\"\npolicy \"none\" { input { call: Call } otherwise reject \"no\" }\n";
    let flips = [
        "policy",
        "backtest",
        &files,
        "none.ecl",
        "--journal=j",
        "--json",
    ];
    let flips = tollgate(flips).file("j", &journal).file("none.ecl", denies);
    holds("policy-backtest", flips, 1);
    let again = ["replay", "--policy", &files, "--journal=j", "--format=json"];
    holds("policy-backtest", tollgate(again).file("j", &journal), 0);
    let report = ran.json();
    let decision = report["violations"][0]["decision"].as_str();
    let decision = decision.expect("a denial with its id").to_owned();
    let why = ["why", &*decision, "--journal=j", "--format=json"];
    holds("why", tollgate(why).file("j", &journal), 0);
}

#[test]
fn approvals() {
    let asks = "import \"call.ecl\"\npolicy \"ask\" { input { call: Call } otherwise escalate \"look at it\" }\n";
    let typed = [
        &*guest("wordstat"),
        "--quiet",
        "--no-stdin",
        "--allow-read=data",
        "--policy=ask.ecl",
        "--approvals=a.db",
        "--no-terminal",
        "--answer-within=1s",
        "--",
        "data",
    ];
    let asked = run(typed).file("data/a", "one").file("ask.ecl", asks);
    let asked = asked.ends_with(1);
    let state = format!("--state={}", asked.folder.path().join("a.db").display());
    let list = ["approvals", "list", &state, "--all", "--format=json"];
    let cards = holds("approvals-list", tollgate(list), 0).json();
    let card = cards[0]["card"].as_str().expect("a card").to_owned();
    let show = ["approvals", "show", &card, &state, "--json"];
    holds("approvals-show", tollgate(show), 0);
}

#[test]
fn this_machine() {
    let json = "--format=json";
    holds("doctor", tollgate(["doctor", json]), 0);
    holds("config-show", tollgate(["config", "show", json]), 0);
    let found = tollgate(["config", "show", "--json"]).file("tollgate.toml", "[limits]\ngas = 1\n");
    holds("config-show", found, 0);
    let folder = tempfile::tempdir().expect("a folder");
    let cache = |typed: &[&str]| {
        let test = tollgate(typed.iter().copied().chain([json]));
        test.env(
            "TOLLGATE_CACHE_DIR",
            folder.path().to_str().expect("a path"),
        )
    };
    holds("run", cache(&["run", &guest("hello")]), 0);
    holds("cache-stats", cache(&["cache", "stats"]), 0);
    holds("cache-list", cache(&["cache", "list"]), 0);
    holds("cache-verify", cache(&["cache", "verify"]), 0);
    holds("cache-clear", cache(&["cache", "prune", "--keep=0"]), 0);
    holds("cache-clear", cache(&["cache", "clear"]), 0);
    let build = |text: &str| {
        tollgate([
            "build",
            "ts",
            "m.ts",
            "-o",
            "m.wasm",
            "--emit=wat,dts",
            json,
        ])
        .file("m.ts", text)
    };
    holds(
        "build-ts",
        build("export function f(): i32 { return 1; }"),
        0,
    );
    holds(
        "build-ts",
        build("export function f(): i32 { return x; }"),
        65,
    );
}

#[test]
fn policies_and_their_tools() {
    let json = "--format=json";
    for code in [["ecl", "explain", "E0310"], ["build", "explain", "F0101"]] {
        holds("explain-code", tollgate(code.into_iter().chain([json])), 0);
    }
    let examples = repository().join("examples/ecl");
    let examples = examples.to_str().expect("a path");
    holds("ecl-check", tollgate(["ecl", "check", examples, json]), 0);
    let wrong =
        "policy \"p\" { input { a: int } auto_accept { x: b > 1 } otherwise reject \"no\" }";
    let check = tollgate(["ecl", "check", "p.ecl", json]).file("p.ecl", wrong);
    holds("ecl-check", check, 65);
    let format = tollgate(["ecl", "fmt", "--check", "p.ecl", json]).file("p.ecl", wrong);
    holds("ecl-fmt", format, 1);
    let (policy, offer) = (
        example("ev-charging/policy.ecl"),
        example("ev-charging/offer.json"),
    );
    let input = format!("@{offer}");
    for (command, name) in [
        ("eval", "ecl-eval"),
        ("explain", "ecl-explain"),
        ("bench", "ecl-bench"),
    ] {
        let typed = ["ecl", command, &policy, "--input", &input, json];
        holds(name, tollgate(typed), 0);
    }
    let dear = std::fs::read_to_string(&offer)
        .expect("an offer")
        .replace("0.42", "0.60");
    for (command, name) in [("eval", "ecl-eval"), ("explain", "ecl-explain")] {
        let typed = ["ecl", command, &policy, "--input=@dear.json", json];
        let ran = tollgate(typed).file("dear.json", &dear).ends();
        hold(name, &ran.json());
    }
    let overflow =
        "policy \"p\" { input { a: int } allow { x: a * a > 1 } otherwise reject \"no\" }";
    let eval = [
        "ecl",
        "eval",
        "p.ecl",
        "--input={\"a\":9000000000000000000}",
        json,
    ];
    holds("ecl-eval", tollgate(eval).file("p.ecl", overflow), 3);
    holds(
        "ecl-test",
        tollgate(["ecl", "test", examples, "--coverage", json]),
        0,
    );
    let failing = "policy \"p\" { input { a: int } allow { x: a > 1 } otherwise reject \"no\" }\n\
                   test \"t\" { policy \"p\" input { a: 1 } cases { { a: 0 } => accept } }\n";
    let test = tollgate(["ecl", "test", "p.ecl", json]).file("p.ecl", failing);
    holds("ecl-test", test, 1);
    let build = ["ecl", "build", &policy, "-o", "p.wasm", json];
    holds("ecl-build", tollgate(build), 0);
    let (one, two) = (failing, failing.replace("a > 1", "a > 2"));
    let diff = [
        "ecl",
        "diff",
        "one.ecl",
        "two.ecl",
        "--recorded=r.jsonl",
        json,
    ];
    let diff = tollgate(diff)
        .file("one.ecl", one)
        .file("two.ecl", two)
        .file("r.jsonl", "{\"input\":{\"a\":2}}\n{\"input\":{\"a\":9}}\n");
    holds("ecl-diff", diff, 1);
}

#[test]
fn the_gateway() {
    let json = "--format=json";
    holds(
        "gateway-policies",
        tollgate(["gateway", "policies", json]),
        0,
    );
    holds(
        "gateway-policy",
        tollgate(["gateway", "policies", "public", json]),
        0,
    );
    let facts = example("realms/facts.json");
    let state = tollgate(["gateway", "facts", "load", &facts, "--state=s.db"]).ends_with(0);
    let state = state.folder.path().join("s.db");
    let state = format!("--state={}", state.display());
    let decide = |action: &str| {
        tollgate([
            "gateway",
            "decide",
            &state,
            "--subject=did:example:ada",
            "--from=home",
            "--to=tea",
            "--policy=public",
            "--action",
            action,
            "--amount=5 EUR",
            json,
        ])
    };
    holds("gateway-decide", decide("read"), 0);
    let ran = decide("write").ends();
    hold("gateway-decide", &ran.json());
}

#[test]
fn what_fails_before_there_is_an_answer_is_json_as_well() {
    let json = "--format=json";
    for (typed, code) in [
        (&["run", "absent.wasm", json][..], 66),
        (&["run", "bad.wasm", json], 65),
        (&["inspect", "bad.wasm", json], 65),
        (&["validate", "bad.wasm", json], 65),
        (&["plan", "bad.wasm", "--json"], 65),
        (&["learn", "bad.wasm", "--write=p.ecl", json], 65),
        (&["verify", "absent", json, "--trust=absent"], 66),
        (&["replay", "absent", "--module=bad.wasm", json], 66),
        (&["why", "1-00000000", "--journal=absent", json], 66),
        (
            &["policy", "backtest", "a", "b", "--journal=absent", "--json"],
            66,
        ),
        (&["cache", "stats", "--cache-dir=absent", json], 66),
        (&["ecl", "eval", "absent.ecl", json], 66),
        (&["ecl", "explain", "E9999", json], 64),
        (&["ecl", "test", "absent", json], 66),
        (&["build", "ts", "absent.ts", json], 66),
        (&["approvals", "list", "--state=absent.db", json], 66),
        (&["gateway", "policies", "absent", json], 64),
        (&["config", "show", "--json", "--config=absent.toml"], 66),
        (&["run", "bad.wasm", json, "--config=wrong.toml"], 78),
        (&["cast", "m", json, "--server=ftp://x", "--key=k"], 64),
    ] {
        let test = tollgate(typed.iter().copied())
            .file("bad.wasm", "no module")
            .file("wrong.toml", "[limits]\ngaz = 1\n");
        let ran = test.ends();
        assert_eq!(ran.code, code, "{typed:?}: {}", ran.stderr);
        let said: Value = serde_json::from_str(&ran.stdout)
            .unwrap_or_else(|error| panic!("{typed:?}: {error}: {}", ran.stdout));
        hold("error", &said);
        assert_eq!(said["exit_code"], code);
        let message = said["error"]["message"].as_str().expect("a message");
        assert!(ran.stderr.contains(message), "{message}\n{}", ran.stderr);
    }
}

/// Commands whose JSON is what a server answers: its types stand in `docs/openapi.json`.
const OF_A_SERVER: &[&str] = &[
    "module", "cast", "casts", "audit", "budget", "price", "quota", "access",
];

#[test]
fn every_command_that_writes_json_is_in_the_table_of_the_page() {
    let page = std::fs::read_to_string(folder().join("README.md")).expect("the page");
    let mut commands = vec![Vec::new()];
    let mut writers = BTreeSet::new();
    while let Some(path) = commands.pop() {
        let typed = path.iter().map(String::as_str).chain(["--help"]);
        let help = tollgate(typed).env("COLUMNS", "100").ends_with(0).stdout;
        let below = subcommands(&help);
        let writes = help.contains("--format <FORMAT>") || help.contains("--json\n");
        if below.is_empty() && writes {
            writers.insert(path.join(" "));
        }
        commands.extend(below.into_iter().map(|name| {
            let mut below = path.clone();
            below.push(name);
            below
        }));
    }
    assert!(writers.len() > 30, "{writers:?}");
    for writer in writers {
        let first = writer.split(' ').next().unwrap_or_default();
        let is_there = page.contains(&format!("`tollgate {writer}`"));
        assert!(
            is_there || OF_A_SERVER.contains(&first),
            "`tollgate {writer}` writes JSON and is not in docs/schemas/README.md"
        );
    }
    for output in OUTPUTS {
        let link = format!("[{0}.json]({0}.json)", output.name);
        assert!(page.contains(&link), "{link}");
    }
}

/// The subcommands that a help lists.
fn subcommands(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| {
        let name = line.strip_prefix("  ")?;
        (!name.starts_with(' ')).then(|| name.split(' ').next().unwrap_or_default().to_owned())
    });
    names.filter(|name| name != "help").collect()
}
