//! A policy decides each call: it allows, denies with its reason, and asks.

use std::sync::{Arc, Mutex};

use tollgate::ecl::limits::CELLS;
use tollgate::ecl::tools::boundary::Boundary;
use tollgate::gate::{CallPolicy, Card};
use tollgate::sandbox::Verdict;
use tollgate::{Entry, Grant, PathGrant, Report, Request, Source, Tollgate};

/// Opens `a`, `b` and `c` in the first granted folder and leaves with the number of those that could not be opened.
const OPENER: &str = r#"(module
    (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1) (data (i32.const 64) "abc")
    (func $failed (param $name i32) (result i32)
        (i32.ne (i32.const 0) (call $open (i32.const 3) (i32.const 1) (local.get $name) (i32.const 1) (i32.const 0)
            (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0))))
    (func (export "_start") (call $exit (i32.add (call $failed (i32.const 64))
        (i32.add (call $failed (i32.const 65)) (call $failed (i32.const 66)))))))"#;

const POLICY: &str = r#"import "call.ecl"
policy "files" {
  input { call: Call }
  let path = call.path else ""
  auto_reject {
    secret: path == "/data/b", "b is nobody's business"
    many: call.earlier > 2
  }
  auto_accept any { a: path == "/data/a" }
  escalate { c: path == "/data/c" }
  otherwise reject "only files"
}"#;

type Asked = Arc<Mutex<Vec<Card>>>;

fn run(policy: &str, answer: Option<Verdict>) -> (Report, Asked) {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c"] {
        std::fs::write(folder.path().join(name), name).unwrap();
    }
    let mut grant = Grant::none();
    grant.read.push(PathGrant::mapped(folder.path(), "/data"));
    let asked = Asked::default();
    let mut builder = Tollgate::builder()
        .compile_in_process()
        .may_grant(grant.clone())
        .policy(CallPolicy::compile("files.ecl", policy).unwrap());
    if let Some(answer) = answer {
        let cards = asked.clone();
        builder = builder.asker(tollgate::gate::on_a_thread(move |card, _| {
            cards.lock().unwrap().push(card.clone());
            answer.clone()
        }));
    }
    let tollgate = builder.build().unwrap();
    let module = tollgate
        .load_blocking(&Source::Bytes(OPENER.as_bytes().into()))
        .unwrap();
    let request = Request::new(&module, Entry::Start)
        .grant(grant)
        .caller("ada");
    (tollgate.execute_blocking(request).unwrap(), asked)
}

fn details(report: &Report) -> Vec<&str> {
    let violations = report.outcome.violations.listed.iter();
    violations.map(|one| one.detail.as_str()).collect()
}

#[test]
fn a_policy_allows_denies_with_its_words_and_asks() {
    let (report, asked) = run(POLICY, Some(Verdict::Allow));
    assert_eq!(report.outcome.exit_code, Some(1), "{report:?}");
    let denied = "`/data/b`: policy `files`: secret: b is nobody's business";
    assert_eq!(details(&report), [denied]);
    let cards = asked.lock().unwrap();
    assert_eq!(cards.len(), 1);
    assert_eq!(cards[0].target, "/data/c");
    assert_eq!(cards[0].caller, "ada");
    assert_eq!(cards[0].execution, report.execution);
    assert!(cards[0].reason.contains("c: "), "{cards:?}");
    assert!(report.policy.is_some_and(|hash| hash.len() == 64));
}

#[test]
fn a_request_that_gives_a_file_two_names_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let mut grant = Grant::none();
    for name in ["/data", "/other"] {
        grant.read.push(PathGrant::mapped(folder.path(), name));
    }
    let tollgate = Tollgate::builder()
        .compile_in_process()
        .may_grant(grant.clone())
        .policy(CallPolicy::compile("files.ecl", POLICY).unwrap())
        .build()
        .unwrap();
    let module = tollgate
        .load_blocking(&Source::Bytes(OPENER.as_bytes().into()))
        .unwrap();
    let request = Request::new(&module, Entry::Start).grant(grant);
    let report = tollgate.execute_blocking(request).unwrap();
    assert!(!report.decision.is_accept(), "{report:?}");
    let [reason] = report.decision.reasons() else {
        panic!("{:?}", report.decision)
    };
    let why = "has two names, `/data` and `/other`, and a policy decides by names";
    assert!(reason.contains(why), "{reason}");
}

#[test]
fn who_says_no_or_nothing_has_denied() {
    let reason = String::from("ada says no");
    for (answer, told) in [
        (Verdict::Deny { reason }, "ada says no"),
        (Verdict::Ask, "nobody answered"),
    ] {
        let (report, _) = run(POLICY, Some(answer));
        assert_eq!(report.outcome.exit_code, Some(2), "{report:?}");
        assert_eq!(details(&report)[1], format!("`/data/c`: {told}"));
    }
}

#[test]
fn without_anybody_to_ask_to_ask_is_to_deny() {
    let (report, _) = run(POLICY, None);
    assert_eq!(report.outcome.exit_code, Some(2), "{report:?}");
    assert!(
        details(&report)[1].ends_with("nobody can be asked here"),
        "{:?}",
        details(&report)
    );
}

#[test]
fn a_policy_that_fails_denies_with_the_reason_in_the_log() {
    let failing = r#"import "call.ecl"
policy "fails" {
  input { call: Call }
  auto_accept any { a: 1 / (call.earlier - call.earlier) == 1 }
  otherwise accept
}"#;
    let (report, _) = run(failing, Some(Verdict::Allow));
    assert_eq!(report.outcome.exit_code, Some(3), "{report:?}");
    assert_eq!(
        details(&report)[0],
        "`/data/a`: policy `fails`: division by zero"
    );
}

#[test]
fn what_a_run_did_before_can_be_decided_about() {
    let twice = r#"import "call.ecl"
policy "twice" {
  input { call: Call }
  auto_accept any { few: call.earlier < 2 }
  otherwise reject "two files are enough"
}"#;
    let (report, _) = run(twice, None);
    assert_eq!(report.outcome.exit_code, Some(1), "{report:?}");
    assert!(details(&report)[0].starts_with("`/data/c`"), "{report:?}");
}

#[test]
fn the_example_imports_the_record_that_there_is() {
    let folder = crate::support::repository().join("examples/ecl/calls");
    let record = std::fs::read_to_string(folder.join("call.ecl")).unwrap();
    assert_eq!(record, tollgate::gate::CALL);
    let [files, ceiling] = ["files.ecl", "ceiling.ecl"].map(|name| {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        CallPolicy::compile(name, &text).unwrap()
    });
    assert_eq!(files.name(), "calls-files");
    let within = |one: &CallPolicy, other: &CallPolicy| one.within(other, CELLS).boundary;
    assert_eq!(within(&files, &ceiling), Boundary::Inside);
    assert!(matches!(within(&ceiling, &files), Boundary::Outside(_)));
}
