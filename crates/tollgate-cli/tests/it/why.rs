//! `tollgate why`: what the report names, the journal explains.

use serde_json::Value;

use crate::command::{Ran, guest, run, tollgate};

const JOURNAL: &str = "--journal=calls.jsonl";
const POLICY: &str = "--policy=files.ecl";

/// What it decides about is the name in the guest, which is one in every folder of the host.
const FILES: &str = r#"import "call.ecl"

policy "calls-files" {
  input { call: Call }

  let path = call.path else ""

  auto_reject {
    secrets: path matches "*.pem" OR path matches ".ssh*", "keys stay where they are"
  }
  otherwise accept
}
"#;

/// A run that is denied `data/a.pem` by a policy, after it was allowed something.
fn denied(profile: &str) -> Ran {
    let wordstat = guest("wordstat");
    let flags = [profile, POLICY, JOURNAL, "--allow-read=data", "--no-stdin"];
    let arguments = ["--", "data/a.txt", "data/a.pem"];
    run(std::iter::once(&*wordstat).chain(flags).chain(arguments))
        .file("data/a.txt", "one two")
        .file("data/a.pem", "one two")
        .file("files.ecl", FILES)
        .ends_with(1)
}

/// The command that a report says to type, without the program's name.
fn proposed(ran: &Ran) -> Vec<String> {
    let line = ran
        .stderr
        .lines()
        .find_map(|line| line.trim().strip_prefix("why: tollgate "));
    let line = line.unwrap_or_else(|| panic!("{}", ran.stderr));
    line.split(' ').map(str::to_owned).collect()
}

fn asked(typed: &[String], journal: &str) -> crate::command::Tollgate {
    tollgate(typed.iter().map(String::as_str)).file("calls.jsonl", journal)
}

#[test]
fn what_a_report_says_to_type_tells_rule_operands_and_message() {
    let mut told = Vec::new();
    for profile in ["--profile=metered", "--profile=isolated"] {
        let ran = denied(profile);
        let why = asked(&proposed(&ran), &ran.text("calls.jsonl")).ends_with(0);
        for part in [
            ": denied by the policy\n",
            "path_filestat_get of wasi_snapshot_preview1 (file-read)\n",
            "reaches  data/a.pem\n",
            "policy `calls-files`: secrets: keys stay where they are\n",
            "because  policy `calls-files` (",
            "because  reject rule `secrets`, which decided\n",
            // The condition with its operands.
            "path (\"data/a.pem\") ends_with \".pem\": PASS",
            "do       the same call will be denied again",
        ] {
            assert!(why.stdout.contains(part), "{part}: {}", why.stdout);
        }
        told.push(proposed(&ran));
    }
    // The decision has one name, whoever decides.
    assert_eq!(told[0], told[1]);
}

#[test]
fn what_is_not_granted_says_what_to_type() {
    for profile in ["--profile=metered", "--profile=isolated"] {
        let wordstat = guest("wordstat");
        let ran = run([
            &*wordstat,
            profile,
            JOURNAL,
            "--no-stdin",
            "--",
            "data/a.txt",
        ])
        .file("data/a.txt", "one two")
        .ends_with(1);
        let why = asked(&proposed(&ran), &ran.text("calls.jsonl"))
            .file("data/a.txt", "one two")
            .ends_with(0);
        for part in [
            "denied: it is not granted",
            "do       run it with `--allow-read=",
        ] {
            assert!(why.stdout.contains(part), "{part}: {}", why.stdout);
        }
    }
}

#[test]
fn programs_get_the_same_as_json_and_the_report_has_the_name_too() {
    let ran = denied("--profile=metered");
    let mut typed = proposed(&ran);
    typed.push(String::from("--format=json"));
    let why = asked(&typed, &ran.text("calls.jsonl")).ends_with(0);
    let why: Value = serde_json::from_str(&why.stdout).expect("JSON");
    assert_eq!(why["decision"], *typed[1]);
    assert_eq!(why["reaches"], "data/a.pem");
    assert_eq!(why["answers"], Value::Array(Vec::new()));
    let wordstat = guest("wordstat");
    let flags = [
        POLICY,
        JOURNAL,
        "--allow-read=data",
        "--no-stdin",
        "--format=json",
    ];
    let report = run(std::iter::once(&*wordstat)
        .chain(flags)
        .chain(["--", "data/a.pem"]))
    .file("data/a.pem", "one two")
    .file("files.ecl", FILES)
    .ends_with(1)
    .json();
    let decision = report["violations"][0]["decision"]
        .as_str()
        .expect("a name");
    assert!(decision.contains('-'), "{decision}");
}

#[test]
fn a_run_without_a_journal_proposes_nothing() {
    let wordstat = guest("wordstat");
    let ran = run([&*wordstat, "--no-stdin", "--", "data/a.txt"])
        .file("data/a.txt", "one two")
        .ends_with(1);
    assert!(!ran.stderr.contains("why:"), "{}", ran.stderr);
}

#[test]
fn a_wrong_name_and_a_journal_that_was_cut_or_changed_are_errors() {
    let ran = denied("--profile=metered");
    let (typed, journal) = (proposed(&ran), ran.text("calls.jsonl"));
    let id = typed[1].clone();
    let sequence: usize = id
        .split('-')
        .next()
        .and_then(|text| text.parse().ok())
        .expect("a number");
    assert!(sequence > 0, "{id}");
    let lines: Vec<&str> = journal.lines().collect();
    let joined = |lines: &[&str]| {
        lines
            .iter()
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    };
    let says = |id: &str, journal: &str, code: i32, part: &str| {
        let typed = ["why", id, JOURNAL].map(String::from);
        let why = asked(&typed, journal).ends_with(code);
        assert!(why.stderr.contains(part), "{part}: {}", why.stderr);
        assert_eq!(why.stdout, "");
    };
    let other = if id.ends_with('0') { "1" } else { "0" };
    let wrong = format!("{}{other}", &id[..id.len() - 1]);
    says(
        &wrong,
        &journal,
        65,
        "the journal of another run, or was changed",
    );
    says(
        "9999-00000000",
        &journal,
        66,
        "It was cut, or is the journal of another run",
    );
    says("x", &journal, 64, "12-3fa9c1d2");
    // Cut between two lines, and in a line.
    says(&id, &joined(&lines[..sequence]), 66, "It was cut");
    says(
        &id,
        joined(&lines[..=sequence]).trim_end(),
        65,
        "the file was cut",
    );
    // A line is missing, two are turned, one is changed, one is of another run.
    says(&id, &joined(&lines[1..]), 65, "lines are missing");
    let turned: Vec<&str> = [&lines[1..2], &lines[..1], &lines[2..]].concat();
    says(&id, &joined(&turned), 65, "lines are missing");
    let changed = journal.replacen("\"allowed\"", "\"denied\"", 1);
    says(&id, &changed, 65, "was changed");
    let changed = journal.replacen("keys stay", "keys go", 1);
    says(&id, &changed, 65, "was changed");
    let changed = journal.replacen("\"version\":2", "\"version\":3", 1);
    says(&id, &changed, 65, "another version");
    let changed = journal.replacen("\"version\":2", "\"version\":2,\"more\":1", 1);
    says(&id, &changed, 65, "unknown field");
    says(&id, "hello\n", 65, "line 1");
    let missing = tollgate(["why", &id, "--journal=nowhere"]).ends_with(66);
    assert!(missing.stderr.contains("`nowhere`"), "{}", missing.stderr);
    // An allowed call has nothing to ask about, whatever is put behind its number.
    let allowed = tollgate(["why", "0-00000000", JOURNAL]).file("calls.jsonl", &journal);
    allowed.ends_with(65);
}
