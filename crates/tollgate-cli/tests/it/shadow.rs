//! `--shadow`, `policy backtest` and `replay --policy`: what another policy would say, and what it changes, which is nothing.

use serde_json::{Value, json};

use crate::command::{Ran, guest, run, tollgate};

const HEAD: &str = "import \"call.ecl\"\npolicy \"p\" { input { call: Call }\nlet place = call.place else \"\"\nlet path = call.path else \"\"\n";

fn policy(rules: &str) -> String {
    format!("{HEAD}{rules}\notherwise reject \"no\" }}")
}

fn all() -> String {
    policy("auto_accept any { all: path != \"?\" OR place != \"?\" }")
}

fn no_text() -> String {
    policy("auto_reject { text: place matches \"*.txt\" }\nauto_accept any { all: path != \"?\" }")
}

/// Runs `wordstat` over two files with these flags.
fn wordstat(flags: &[&str], policies: (&str, &str)) -> Ran {
    let wordstat = guest("wordstat");
    let fixed = [
        "--allow-read=data",
        "--no-stdin",
        "--format=json",
        "--",
        "data/a.txt",
        "data/b.md",
    ];
    let words = [&*wordstat]
        .into_iter()
        .chain(flags.iter().copied())
        .chain(fixed);
    run(words)
        .file("data/a.txt", "one two")
        .file("data/b.md", "three")
        .file("old.ecl", policies.0)
        .file("new.ecl", policies.1)
        .ends()
}

fn lines(ran: &Ran, journal: &str) -> Vec<Value> {
    let text = ran.text(journal);
    text.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

#[test]
fn a_shadow_is_counted_and_journalled_and_changes_nothing() {
    for profile in ["--profile=metered", "--profile=isolated"] {
        let flags = [profile, "--policy=old.ecl", "--journal=calls.jsonl"];
        let plain = wordstat(&flags, (&no_text(), ""));
        let shadowed = wordstat(
            &[&flags[..], &["--shadow=new.ecl"]].concat(),
            (&no_text(), &all()),
        );
        assert_eq!(plain.code, shadowed.code);
        let (plain_report, report) = (plain.json(), shadowed.json());
        for field in ["exit_code", "stdout", "stderr", "status", "policy"] {
            assert_eq!(report[field], plain_report[field], "{field}");
        }
        // The digest is over reasons too, which name the folder.
        assert_eq!(report["calls"]["count"], plain_report["calls"]["count"]);
        assert_eq!(plain_report["shadow"], Value::Null);
        let shadow = &report["shadow"];
        assert_eq!(shadow["faults"], 0);
        let first = &shadow["disagreements"][0];
        assert_eq!(
            (&first["decided"], &first["shadow"]),
            (&json!("deny"), &json!("allow"))
        );
        let count = first["count"].as_u64().expect("a count");
        assert!(count > 0, "{shadow}");
        let said = lines(&shadowed, "calls.jsonl");
        let said = said.iter().filter(|line| line["shadow"] == "allow");
        assert_eq!(said.clone().count() as u64, count);
        assert!(
            said.clone()
                .all(|line| line["decision"] == "denied" && line["version"] == 2)
        );
    }
}

#[test]
fn a_shadow_that_would_deny_denies_nothing_also_without_a_policy() {
    let ran = wordstat(
        &["--shadow=new.ecl", "--journal=calls.jsonl"],
        ("", &no_text()),
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let report = ran.json();
    let first = &report["shadow"]["disagreements"][0];
    assert_eq!(
        (&first["decided"], &first["shadow"]),
        (&json!("allow"), &json!("deny"))
    );
    assert!(
        lines(&ran, "calls.jsonl")
            .iter()
            .any(|line| line["shadow"] == "deny" && line["by"] == "grant")
    );
    let same = wordstat(&["--policy=old.ecl", "--shadow=new.ecl"], (&all(), &all()));
    assert_eq!(same.json()["shadow"]["disagreements"], json!([]));
}

#[test]
fn a_fault_of_a_shadow_is_counted_and_changes_nothing() {
    let fails = policy("auto_accept any { all: 1 / (call.earlier - call.earlier) == 1 }");
    let ran = wordstat(
        &[
            "--policy=old.ecl",
            "--shadow=new.ecl",
            "--journal=calls.jsonl",
        ],
        (&all(), &fails),
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let report = ran.json();
    assert_eq!(report["shadow"]["faults"], report["shadow"]["calls"]);
    assert_eq!(report["shadow"]["disagreements"], json!([]));
    assert!(
        lines(&ran, "calls.jsonl")
            .iter()
            .any(|line| line["shadow"] == "fault")
    );
    let broken = wordstat(&["--shadow=new.ecl"], ("", "policy"));
    assert_eq!(
        broken.code, 65,
        "a shadow that does not compile is wrong input"
    );
}

/// A backtest over the journal of a run, in the folder of that run.
fn backtest(ran: &Ran, words: &[&str]) -> (i32, String, String) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .args(words)
        .current_dir(ran.folder.path())
        .output()
        .expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code().unwrap_or(-1),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn a_backtest_lists_every_decision_that_changes_what_is_allowed_first() {
    for flags in [
        &["--policy=old.ecl", "--journal=calls.jsonl"][..],
        &["--journal=calls.jsonl"],
    ] {
        let ran = wordstat(flags, (&all(), &no_text()));
        let test = [
            "policy",
            "backtest",
            "old.ecl",
            "new.ecl",
            "--journal",
            "calls.jsonl",
        ];
        let (code, text, error) = backtest(&ran, &test);
        assert_eq!(code, 1, "{text}{error}");
        assert!(
            text.contains("allow -> deny") && text.contains("data/a.txt"),
            "{text}"
        );
        assert!(!text.contains("data/b.md"), "{text}");
        let back = [
            "policy",
            "backtest",
            "new.ecl",
            "old.ecl",
            "--journal",
            "calls.jsonl",
            "--json",
        ];
        let (code, text, _) = backtest(&ran, &back);
        let found: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(code, 1);
        assert_eq!(found["changes"][0]["before"], "deny");
        assert_eq!(found["changes"][0]["after"], "allow");
        assert_eq!(found["undecided"], 0, "{found}");
        let same = [
            "policy",
            "backtest",
            "old.ecl",
            "old.ecl",
            "--journal",
            "calls.jsonl",
        ];
        assert_eq!(backtest(&ran, &same).0, 0);
        let (code, text, _) = backtest(
            &ran,
            &["replay", "--policy", "new.ecl", "--journal", "calls.jsonl"],
        );
        assert_eq!(code, 1, "{text}");
        assert_eq!(
            backtest(
                &ran,
                &["replay", "--policy", "old.ecl", "--journal", "calls.jsonl"]
            )
            .0,
            0
        );
        let since = [&test[..], &["--since", "2200-01-01T00:00:00Z"]].concat();
        let (code, text, _) = backtest(&ran, &since);
        assert!(code == 0 && text.starts_with("0 decisions"), "{text}");
        let since = [&test[..], &["--since", "2020-01-01T00:00:00Z"]].concat();
        assert_eq!(backtest(&ran, &since).0, 1);
    }
}

#[test]
fn where_facts_are_missing_nothing_is_guessed() {
    let ran = wordstat(
        &["--policy=old.ecl", "--journal=calls.jsonl"],
        (&all(), &no_text()),
    );
    let stripped = lines(&ran, "calls.jsonl").into_iter().map(|mut line| {
        let fields = line.as_object_mut().expect("an object");
        fields.remove("facts");
        fields.insert(String::from("version"), json!(1));
        format!("{line}\n")
    });
    let stripped: String = stripped.collect();
    std::fs::write(ran.folder.path().join("first.jsonl"), stripped).expect("a journal");
    let test = [
        "policy",
        "backtest",
        "old.ecl",
        "new.ecl",
        "--journal",
        "first.jsonl",
    ];
    let (code, text, _) = backtest(&ran, &test);
    assert_eq!(code, 2, "{text}");
    assert!(
        text.contains("the record lacks") && text.contains("place"),
        "{text}"
    );
    let since = [&test[..], &["--since", "2020-01-01T00:00:00Z"]].concat();
    let (code, text, _) = backtest(&ran, &since);
    assert!(code == 2 && text.contains("have no time"), "{text}");
}

#[test]
fn wrong_input_of_a_backtest_is_told() {
    let ran = wordstat(&["--journal=calls.jsonl"], (&all(), "policy"));
    let with = |words: &[&str]| backtest(&ran, words);
    assert_eq!(with(&["policy", "backtest", "old.ecl", "old.ecl"]).0, 64);
    let (code, _, error) = with(&[
        "policy",
        "backtest",
        "old.ecl",
        "new.ecl",
        "--journal",
        "calls.jsonl",
    ]);
    assert!(code == 65 && error.contains("does not compile"), "{error}");
    assert_eq!(
        with(&[
            "policy",
            "backtest",
            "old.ecl",
            "old.ecl",
            "--journal",
            "none.jsonl"
        ])
        .0,
        66
    );
    let (code, _, error) = with(&[
        "policy",
        "backtest",
        "old.ecl",
        "old.ecl",
        "--journal",
        "old.ecl",
    ]);
    assert!(code == 65 && error.contains("line 1"), "{error}");
    let (code, _, error) = with(&["replay", "--policy", "old.ecl"]);
    assert!(code == 64 && error.contains("--journal"), "{error}");
    tollgate(["replay"]).ends_with(64);
    tollgate(["replay", "r.receipt"]).ends_with(64);
}
