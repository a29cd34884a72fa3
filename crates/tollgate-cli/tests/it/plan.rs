//! `tollgate plan`: what a module imports, and what is said about it before it runs.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::command::{guest, repository, run, tollgate};

fn policy() -> String {
    let path = repository().join("examples/ecl/calls/files.ecl");
    format!("--policy={}", path.display())
}

/// The import of that name.
fn import<'a>(plan: &'a Value, name: &str) -> &'a Value {
    let imports = plan["imports"].as_array().expect("imports");
    let found = imports.iter().find(|import| import["name"] == name);
    found.unwrap_or_else(|| panic!("no {name}: {plan:#}"))
}

#[test]
fn each_import_has_its_full_name_what_it_needs_and_what_the_policy_says() {
    let wordstat = guest("wordstat");
    let ran = tollgate(["plan", &*wordstat, "--allow-read=docs", &*policy()])
        .file("docs/a", "")
        .ends_with(0);
    for text in [
        "wasi_snapshot_preview1 path_open",
        "file-read: granted, docs",
        "file-write: denied; needs `--allow-write=.`, or less of it",
        "policy on `path_open` (file-read): depends on the call; by `secrets` (deny), `many` (deny), `reads` (allow)",
        "policy on `path_open` (file-write): depends on the call; by `secrets` (deny), `many` (deny), `writes` (ask)",
        "wasi_snapshot_preview1 proc_exit: provided",
    ] {
        assert!(ran.stdout.contains(text), "{text}:\n{}", ran.stdout);
    }
    let json = tollgate(["plan", &*wordstat, "--json", &*policy()]).ends_with(0);
    let plan = json.json();
    let open = import(&plan, "path_open");
    assert_eq!(open["module"], "wasi_snapshot_preview1");
    assert_eq!(open["provision"], "provided");
    assert_eq!(open["calls"][0]["foreseen"], "depends");
    assert_eq!(plan["policy"]["name"], "calls-files");
}

#[test]
fn what_a_policy_decides_without_the_call_is_said() {
    let text = "import \"call.ecl\"\npolicy \"p\" { input { call: Call }
        auto_reject { writes: call.capability == FileWrite }
        auto_accept any { reads: call.operation == \"path_open\" OR call.operation == \"open-at\" }
        otherwise escalate \"who knows\" }";
    for (name, open, stat) in [
        ("wordstat", "path_open", "path_filestat_get"),
        (
            "greet-component",
            "wasi:filesystem/types@0.2.6#[method]descriptor.open-at",
            "wasi:filesystem/types@0.2.6#[method]descriptor.metadata-hash-at",
        ),
    ] {
        let plan = tollgate(["plan", &*guest(name), "--json", "--policy=p.ecl"])
            .file("p.ecl", text)
            .ends_with(0)
            .json();
        let said = |name: &str| -> Vec<(String, String)> {
            // Of whichever version its toolchain made it for.
            let (interface, function) = name.split_once('#').unwrap_or((name, ""));
            let bare = interface.split('@').next().unwrap_or(interface);
            let imports = plan["imports"].as_array().expect("imports");
            let is_it = |import: &&Value| {
                let name = import["name"].as_str().unwrap_or_default();
                name.starts_with(bare) && name.ends_with(function)
            };
            let calls = imports
                .iter()
                .find(is_it)
                .map(|import| import["calls"].clone());
            let calls = calls.unwrap_or_default();
            let calls = calls.as_array().cloned().unwrap_or_default();
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            calls
                .iter()
                .map(|call| (text(&call["capability"]), text(&call["foreseen"])))
                .collect()
        };
        let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs
                .iter()
                .map(|(kind, said)| ((*kind).to_owned(), (*said).to_owned()))
                .collect()
        };
        assert_eq!(
            said(open),
            pairs(&[("file-read", "allow"), ("file-write", "deny")]),
            "{name}: {plan:#}"
        );
        assert_eq!(said(stat), pairs(&[("file-read", "ask")]), "{name}");
    }
}

/// Every program among the guests of the repository.
fn programs() -> Vec<String> {
    let folder = repository().join("guests/build");
    let files = std::fs::read_dir(folder).expect("guests").flatten();
    let files = files.map(|file| file.path());
    let wasm = files.filter(|file| {
        file.extension()
            .is_some_and(|extension| extension == "wasm")
    });
    let mut names: Vec<_> = wasm.map(|file| file.display().to_string()).collect();
    names.sort();
    names
}

#[test]
fn what_is_proposed_works_when_it_is_typed() {
    let mut seen = BTreeSet::new();
    for module in programs() {
        let plan = tollgate(["plan", &*module, "--json"]).ends();
        assert!([0, 65].contains(&plan.code), "{module}: {}", plan.stderr);
        let imports = plan.json()["imports"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let needs = imports.iter().flat_map(|import| {
            let needs = import["needs"].as_array().cloned();
            needs.unwrap_or_default()
        });
        let flags: BTreeSet<String> = needs
            .filter_map(|need| need["flag"].as_str().map(str::to_owned))
            .collect();
        seen.extend(flags.iter().cloned());
        let typed = std::iter::once(&*module).chain(flags.iter().map(|flag| &**flag));
        let again = tollgate(std::iter::once("plan").chain(typed).chain(["--json"]))
            .env("SEEN", "1")
            .ends();
        let imports = again.json()["imports"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        for need in imports
            .iter()
            .flat_map(|import| import["needs"].as_array().cloned())
        {
            for need in need {
                let state = need["state"].as_str().unwrap_or_default();
                assert!(["free", "granted"].contains(&state), "{module}: {need}");
            }
        }
    }
    let flags = [
        "--allow-clock",
        "--allow-env",
        "--allow-net",
        "--allow-random",
        "--allow-read=.",
        "--allow-write=.",
    ];
    let expected: BTreeSet<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
    assert_eq!(seen, expected);
    let hello = guest("hello");
    let typed = std::iter::once(&*hello).chain(flags);
    run(typed.clone()).ends_with(0);
    run(typed.chain([&*policy()])).ends_with(0);
}

#[test]
fn an_import_that_nobody_provides_is_said_with_what_helps() {
    let wat = r#"(module (import "env" "pay" (func)) (import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32)))
        (import "gojs" "runtime.ticks" (func)) (func (export "_start")))"#;
    let ran = tollgate(["plan", "m.wat"]).file("m.wat", wat).ends_with(65);
    for text in [
        "env pay\n      nobody provides it",
        "gojs runtime.ticks",
        "fd_close: provided",
    ] {
        assert!(ran.stdout.contains(text), "{text}:\n{}", ran.stdout);
    }
    let run = run(["m.wat"]).file("m.wat", wat).ends_with(65);
    assert!(run.stderr.contains("not provided"), "{}", run.stderr);
}

#[test]
fn an_import_whose_name_no_policy_takes_is_denied_and_one_that_is_there_twice_is_listed_once() {
    let long = "p".repeat(257);
    let written = |name: &str| format!(r#"(import "env" "{name}" (func))"#);
    let wat = [&*long, "f", "f"].map(written).concat();
    let wat = format!("(module {wat})");
    let plan = tollgate(["plan", "m.wat", "--json", &*policy()])
        .file("m.wat", &wat)
        .ends_with(65)
        .json();
    assert_eq!(plan["imports"].as_array().map(Vec::len), Some(2));
    let call = &import(&plan, &long)["calls"][0];
    assert_eq!(call["foreseen"], "deny");
    let unfit = call["unfit"].as_str().expect("why");
    assert!(unfit.contains("call.operation"), "{unfit}");
    let shown = tollgate(["plan", "m.wat", &*policy()])
        .file("m.wat", &wat)
        .ends_with(65);
    assert!(shown.stdout.contains("imports    2"), "{}", shown.stdout);
    let inspected = tollgate(["inspect", "m.wat"])
        .file("m.wat", &wat)
        .ends_with(0);
    assert_eq!(
        inspected.stdout.matches("env f").count(),
        1,
        "{}",
        inspected.stdout
    );
}

#[test]
fn an_upgrade_that_asks_for_more_ends_with_one() {
    let module = |imports: &[&str]| {
        let imports: String = imports
            .iter()
            .map(|name| format!(r#"(import "wasi_snapshot_preview1" "{name}" (func))"#))
            .collect();
        format!("(module {imports})")
    };
    let old = module(&["path_readlink", "fd_close"]);
    let new = module(&["path_readlink", "path_unlink_file", "fd_tell"]);
    let diff = |first: &str, second: &str| {
        tollgate(["plan", "--diff", first, second])
            .file("old.wat", &old)
            .file("new.wat", &new)
    };
    let ran = diff("old.wat", "new.wat").ends_with(1);
    for text in [
        "+ file-write: `--allow-write=.`",
        "+ import wasi_snapshot_preview1 path_unlink_file (file-write)",
    ] {
        assert!(ran.stdout.contains(text), "{text}:\n{}", ran.stdout);
    }
    assert!(!ran.stdout.contains("fd_tell"), "{}", ran.stdout);
    let back = diff("new.wat", "old.wat").ends_with(0);
    assert!(back.stdout.contains("- file-write"), "{}", back.stdout);
    let same = tollgate(["plan", "--diff", "old.wat", "old.wat", "--json"])
        .file("old.wat", &old)
        .ends_with(0);
    assert_eq!(same.json()["asks_for_more"], false);
}

/// A policy about calls with these rules, in a file of this name.
fn calls(name: &str, rules: &str) -> String {
    format!(
        "import \"call.ecl\"\npolicy \"{name}\" {{ input {{ call: Call }}\n{rules}\notherwise reject \"no\" }}"
    )
}

#[test]
fn a_policy_is_held_against_its_boundary() {
    let examples = repository().join("examples/ecl/calls");
    let ceiling = format!("--boundary={}", examples.join("ceiling.ecl").display());
    let inside = tollgate(["plan", &*ceiling, &*policy()]).ends_with(0);
    let said = "inside: every call that `calls-files` allows is one that `calls-ceiling` allows";
    assert!(inside.stdout.contains(said), "{}", inside.stdout);
    let json = tollgate(["plan", &*ceiling, &*policy(), "--json"]).ends_with(0);
    assert_eq!(json.json()["boundary"], "inside");
    let wide = calls("wide", "auto_accept any { all: call.place != none }");
    let outside = tollgate(["plan", &*ceiling, "--policy=w.ecl"])
        .file("w.ecl", &wide)
        .ends_with(1);
    assert!(
        outside.stdout.contains("`wide` allows this request"),
        "{}",
        outside.stdout
    );
    let json = tollgate(["plan", &*ceiling, "--policy=w.ecl", "--json"])
        .file("w.ecl", &wide)
        .ends_with(1)
        .json();
    assert_eq!(json["boundary"], "outside");
    assert_eq!(json["ceiling_decides"], "reject");
    // What is shown is what both say.
    let request = format!("--input={}", json["request"]);
    let file = examples.join("ceiling.ecl").display().to_string();
    for (file, word) in [("w.ecl", "ACCEPT"), (&*file, "REJECT")] {
        let said = tollgate(["ecl", "eval", file, &*request])
            .file("w.ecl", &wide)
            .ends();
        assert!(
            said.stdout.to_uppercase().contains(word),
            "{file}: {}{}",
            said.stdout,
            said.stderr
        );
    }
}

#[test]
fn what_is_not_decided_about_a_boundary_is_said_and_wrong_use_of_it_told() {
    let two = calls(
        "two",
        "auto_accept any { same: call.operation == call.interface }",
    );
    let plan = |arguments: &[&str]| {
        let all = ["plan", "--boundary=two.ecl", "--policy=two.ecl"];
        tollgate(all.iter().chain(arguments).copied()).file("two.ecl", &two)
    };
    let ran = plan(&[]).ends_with(2);
    assert!(
        ran.stdout
            .contains("not decided: the policy `two` compares two fields, in rule `same`"),
        "{}",
        ran.stdout
    );
    let json = plan(&["--json", "--cells=1"]).ends_with(2).json();
    assert_eq!(json["boundary"], "not_decided");
    for wrong in [
        "--cells=0",
        "--cells=1000001",
        "--allow-read=docs",
        "module.wasm",
    ] {
        plan(&[wrong]).ends_with(64);
    }
    tollgate(["plan", "--boundary=two.ecl"])
        .file("two.ecl", &two)
        .ends_with(64);
    tollgate(["plan", "--boundary=none.ecl", "--policy=two.ecl"])
        .file("two.ecl", &two)
        .ends_with(66);
}

#[test]
fn wrong_input_of_a_plan_is_told() {
    tollgate(["plan"]).ends_with(64);
    tollgate(["plan", "--diff", "a.wasm"]).ends_with(64);
    tollgate(["plan", "nothing.wasm"]).ends_with(66);
    let ran = tollgate(["plan", "m.wasm"])
        .file("m.wasm", "no module")
        .ends_with(65);
    assert!(ran.stderr.contains("m.wasm"), "{}", ran.stderr);
    let hello = guest("hello");
    let ran = tollgate(["plan", &*hello, "--policy=p.ecl"])
        .file("p.ecl", "policy")
        .ends_with(65);
    assert!(ran.stderr.contains("does not compile"), "{}", ran.stderr);
    let ran = tollgate(["plan", &*hello, "--allow-all", &*policy()]).ends_with(64);
    assert!(ran.stderr.contains("grant it under one"), "{}", ran.stderr);
    tollgate(["plan", &*hello, "--allow-read=nothing"]).ends_with(66);
}
