//! `tollgate run --policy`: each call is decided, and a person is asked at the terminal alone.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use crate::command::{guest, repository, run};

fn policy() -> String {
    let path = repository().join("examples/ecl/calls/files.ecl");
    format!("--policy={}", path.display())
}

#[test]
fn a_policy_allows_one_file_and_denies_another_with_its_words() {
    for profile in ["--profile=metered", "--profile=isolated"] {
        let policy = policy();
        let arguments = |path| {
            [
                profile,
                &*policy,
                "--allow-read=data",
                "--no-stdin",
                "--",
                path,
            ]
        };
        let wordstat = guest("wordstat");
        let read = run(std::iter::once(&*wordstat).chain(arguments("data/a.txt")))
            .file("data/a.txt", "one two")
            .ends_with(0);
        assert!(read.stdout.contains("words"), "{}", read.stdout);
        let denied = run(std::iter::once(&*wordstat).chain(arguments("data/a.pem")))
            .file("data/a.pem", "one two")
            .ends_with(1);
        let reason = "`data/a.pem`: policy `calls-files`: secrets: keys stay where they are";
        assert!(denied.stderr.contains(reason), "{}", denied.stderr);
        assert!(!denied.stdout.contains("words"), "{}", denied.stdout);
    }
}

#[test]
fn a_journal_has_a_line_for_each_decision() {
    for profile in ["--profile=metered", "--profile=isolated"] {
        let (policy, wordstat) = (policy(), guest("wordstat"));
        let rest = ["--allow-read=data", "--no-stdin", "--format=json"];
        let journal = "--journal=calls.jsonl";
        let flags = [profile, &*policy, journal].into_iter().chain(rest);
        let arguments = ["--", "data/a.txt", "data/a.pem"];
        let ran = run(std::iter::once(&*wordstat).chain(flags).chain(arguments))
            .file("data/a.txt", "one two")
            .file("data/a.pem", "one two")
            .ends_with(1);
        let text = ran.text("calls.jsonl");
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        let report = ran.json();
        assert_eq!(report["calls"]["count"], lines.len(), "{text}");
        assert_eq!(report["calls"]["dropped"], 0);
        for (number, line) in lines.iter().enumerate() {
            assert_eq!(line["sequence"], number);
            assert_eq!(line["execution"], report["execution"]);
        }
        let about = |path: &str| {
            lines
                .iter()
                .find(|line| line["path"] == path)
                .expect("a line")
        };
        assert_eq!(about("data/a.txt")["decision"], "allowed");
        let denied = about("data/a.pem");
        assert_eq!(denied["decision"], "denied");
        assert_eq!(denied["by"], "policy");
        let reason = denied["reason"].as_str().expect("a reason");
        assert!(reason.contains("keys stay where they are"), "{reason}");
    }
}

#[test]
fn a_journal_is_a_new_file_where_the_guest_cannot_write() {
    let hello = guest("hello");
    let ran = run([&*hello, "--journal=calls.jsonl"])
        .file("calls.jsonl", "precious")
        .ends_with(74);
    assert!(ran.stderr.contains("name another file"), "{}", ran.stderr);
    for grant in [
        "--allow-write=.",
        "--allow-write=out/calls.jsonl",
        "--allow-all",
    ] {
        let ran = run([&*hello, grant, "--journal=out/calls.jsonl"])
            .file("out/a", "")
            .ends_with(64);
        assert!(
            ran.stderr.contains("name a file elsewhere"),
            "{}",
            ran.stderr
        );
        assert_eq!(ran.files(), ["out"]);
    }
    let ran = run([&*hello, "--journal=nowhere/calls.jsonl"]).ends_with(74);
    assert!(ran.stderr.contains("nowhere/calls.jsonl"), "{}", ran.stderr);
}

#[test]
fn a_run_whose_journal_is_full_is_no_success() {
    let (policy, wordstat) = (policy(), guest("wordstat"));
    let flags = [
        "--allow-read=data",
        "--no-stdin",
        "--journal-limit=10",
        "--journal=calls.jsonl",
    ];
    let flags = std::iter::once(&*policy).chain(flags);
    let ran = run(std::iter::once(&*wordstat)
        .chain(flags)
        .chain(["--", "data/a.txt"]))
    .file("data/a.txt", "one two")
    .ends_with(74);
    assert!(ran.stdout.contains("words"), "{}", ran.stdout);
    assert!(
        ran.stderr.contains("raise `--journal-limit`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_policy_that_cannot_decide_is_refused_before_the_module_is_read() {
    for (text, code, says) in [
        ("policy", 65, "does not compile"),
        (
            "policy \"p\" { input { x: int } otherwise reject \"no\" }",
            65,
            "input { call: Call }",
        ),
    ] {
        let ran = run(["nothing.wasm", "--policy=p.ecl"])
            .file("p.ecl", text)
            .ends_with(code);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
    let ran = run(["nothing.wasm", "--policy=p.ecl"]).ends_with(66);
    assert!(ran.stderr.contains("cannot read `p.ecl`"), "{}", ran.stderr);
}

/// What is typed before the question stands on the terminal, and then.
struct Typed {
    before: &'static str,
    then: &'static str,
}

/// Runs a guest that writes a file under the policy, at a terminal of its own where this is typed; what stands on the terminal.
fn at_a_terminal(typed: &Typed) -> Option<String> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("data")).expect("a folder");
    std::fs::create_dir(folder.path().join("out")).expect("a folder");
    std::fs::write(folder.path().join("data/a.txt"), "one two").expect("a file");
    let command = format!(
        "{} run {} {} --timeout=60s --no-stdin --allow-read=data --allow-write=out -- --out out/report data",
        env!("CARGO_BIN_EXE_tollgate"),
        guest("wordstat"),
        policy()
    );
    let script = Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut script = match script {
        Ok(script) => script,
        Err(error) => {
            eprintln!(
                "skipped: `script` of util-linux gives the terminal, and there is none: {error}"
            );
            return None;
        }
    };
    let mut keyboard = script.stdin.take().expect("a pipe");
    let mut screen = script.stdout.take().expect("a pipe");
    keyboard
        .write_all(typed.before.as_bytes())
        .expect("it is typed");
    let mut seen = Vec::new();
    let mut part = [0; 4096];
    let mut is_asked = false;
    loop {
        let read = screen.read(&mut part).expect("a terminal");
        let Some(new) = part.get(..read).filter(|new| !new.is_empty()) else {
            break;
        };
        seen.extend_from_slice(new);
        if !is_asked && String::from_utf8_lossy(&seen).contains("[y/N] ") {
            is_asked = true;
            keyboard
                .write_all(typed.then.as_bytes())
                .expect("it is typed");
        }
    }
    script.wait().expect("it ends");
    let written = folder.path().join("out/report").is_file();
    Some(format!(
        "{}\nwritten: {written}",
        String::from_utf8_lossy(&seen)
    ))
}

#[test]
fn the_person_at_the_terminal_is_asked_and_decides() {
    for (before, then, written) in [
        ("", "y\n", true),
        ("", "n\n", false),
        ("", "\n", false),
        // A guest may have written a question of its own, and somebody answered that.
        ("y\ny\n", "n\n", false),
        ("y", "\n", false),
    ] {
        let Some(seen) = at_a_terminal(&Typed { before, then }) else {
            return;
        };
        assert!(seen.contains("Allow it, once?"), "{seen}");
        assert!(seen.contains("out/report"), "{seen}");
        assert!(seen.ends_with(&format!("written: {written}")), "{seen}");
    }
}
