//! The front door for policies: open a file or a folder, and decide about values of the program.

use std::fs;
use std::path::Path;

use serde_json::json;
use tollgate::Policies;
use tollgate::policies::{Answer, DecideError, Decision, FactError, FactKind, OpenError};

use crate::support::repository;

const TRUSTED: &str = r#"policy "trusted" {
  input { who: did }
  auto_accept any { known: trust(who).reliability >= 0.5 }
  otherwise reject "{who} is not known well enough"
}"#;

fn written(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn policy(name: &str) -> String {
    format!(
        r#"policy "{name}" {{ input {{ n: int }} auto_accept {{ small: n < 10 }} otherwise reject }}"#
    )
}

#[test]
fn a_folder_of_policies_decides_about_values_of_the_program() {
    let policies = Policies::open(repository().join("examples/ecl/spending")).unwrap();
    let report = json!({
        "submitter": "did:example:ada",
        "approver": "did:example:bob",
        "lines": [{ "category": "Meal", "amount": "90.00", "receipt": true, "days_ago": 1 }],
    });
    let decided = policies.decide("expense-report", &report).unwrap();
    assert!(decided.is_escalate(), "{decided:?}");
    assert_eq!(decided.decision, Decision::Escalate);
    assert_eq!(decided.rule.as_deref(), Some("over_limit"));
    assert!(decided.gas > 0);
    let by_id = policies.decide("did:example:policy:expense-report", &report);
    assert_eq!(by_id.unwrap(), decided);
}

#[test]
fn every_rule_that_rejects_is_a_violation_with_its_values() {
    let policies = Policies::from_source(
        "names.ecl",
        r#"policy "names" {
          input { names: list<string<20>, 9> }
          auto_reject { long: any n in names: len(n) > 3, "{n} is too long" }
          otherwise accept
        }"#,
    );
    let input = json!({ "names": ["ada", "grace", "edsger"] });
    let decided = policies.unwrap().decide("names", &input).unwrap();
    let headlines = decided.violations.iter().map(|found| found.headline());
    assert_eq!(
        headlines.collect::<Vec<_>>(),
        ["long: grace is too long", "long: edsger is too long"]
    );
    assert_eq!(decided.message.as_deref(), Some("grace is too long"));
}

#[test]
fn a_closure_answers_facts_and_each_question_is_asked_once() {
    let policies = Policies::from_source("trusted.ecl", TRUSTED).unwrap();
    let mut asked = Vec::new();
    let decided = policies.decide_with(
        "trusted",
        &json!({ "who": "did:example:ada" }),
        &mut |kind: FactKind, args: &[&str]| {
            asked.push(format!("{}({})", kind.name(), args.join(", ")));
            Ok::<_, FactError>(Answer::Trust([0.2; 6]))
        },
    );
    let decided = decided.unwrap();
    assert!(decided.is_reject());
    assert_eq!(asked, ["trust(did:example:ada)"]);
}

#[test]
fn without_an_answer_there_is_no_decision() {
    let policies = Policies::from_source("trusted.ecl", TRUSTED).unwrap();
    let input = json!({ "who": "did:example:ada" });
    let error = policies.decide("trusted", &input).unwrap_err();
    assert!(
        matches!(error, DecideError::Evaluation { failure: None, .. }),
        "{error:?}"
    );
    let error = policies.decide_with("trusted", &input, &mut |_: FactKind, _: &[&str]| {
        Err(FactError(String::from("the directory is down")))
    });
    let error = error.unwrap_err().to_string();
    assert!(error.contains("`trusted` gives no decision"), "{error}");
    assert!(error.contains("did:example:ada"), "{error}");
    assert!(error.contains("the directory is down"), "{error}");
    let error = policies.decide_with("trusted", &input, &mut |_: FactKind, _: &[&str]| {
        Ok::<_, FactError>(Answer::Bool(true))
    });
    let error = error.unwrap_err().to_string();
    assert!(error.contains("trust"), "{error}");
}

#[test]
fn what_is_wrong_with_an_input_or_a_name_is_said() {
    let policies = Policies::from_source("small.ecl", &policy("small")).unwrap();
    let error = policies.decide("smal", &json!({})).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no policy `smal`; there are: `small`"
    );
    let error = policies.decide("small", &json!({ "n": "3" })).unwrap_err();
    assert!(error.to_string().contains("`small`"), "{error}");
    assert!(error.to_string().contains("int"), "{error}");
}

#[test]
fn a_file_is_opened_with_what_it_imports_from_its_folder() {
    let importing = r#"import "parts/limits.ecl"
        policy "limited" { input { n: int } auto_accept { small: n < most() } otherwise reject }"#;
    let folder = written(&[
        ("main.ecl", importing),
        ("parts/limits.ecl", "fn most() -> int { 10 }"),
        ("other.ecl", "this is no policy"),
    ]);
    let policies = Policies::open(folder.path().join("main.ecl")).unwrap();
    assert_eq!(policies.names().collect::<Vec<_>>(), ["limited"]);
    assert!(
        policies
            .decide("limited", &json!({ "n": 9 }))
            .unwrap()
            .is_accept()
    );
}

#[test]
fn nothing_outside_of_the_folder_is_read() {
    let secret = written(&[("secret.ecl", "the secret")]);
    let importing = |name: &str| format!(r#"import "{name}" {}"#, policy("p"));
    let folder = written(&[
        ("inner/up.ecl", &importing("../secret.ecl")),
        ("inner/link.ecl", &importing("linked.ecl")),
        ("secret.ecl", "the secret"),
    ]);
    let inner = folder.path().join("inner");
    std::os::unix::fs::symlink(secret.path().join("secret.ecl"), inner.join("linked.ecl")).unwrap();
    for name in ["up.ecl", "link.ecl"] {
        let error = Policies::open(inner.join(name)).unwrap_err().to_string();
        assert!(!error.contains("the secret"), "{error}");
        assert!(error.contains("import"), "{error}");
    }
    fs::remove_file(inner.join("up.ecl")).unwrap();
    fs::remove_file(inner.join("link.ecl")).unwrap();
    let error = Policies::open(&inner).unwrap_err();
    assert!(matches!(error, OpenError::NoFile { .. }), "{error:?}");
}

#[test]
fn what_cannot_be_opened_is_said_with_its_place() {
    let error = |path: &Path| Policies::open(path).unwrap_err().to_string();
    let missing = Path::new("/there/is/none.ecl");
    assert!(error(missing).contains("/there/is/none.ecl"));
    let pipe = tempfile::tempdir().unwrap();
    let pipe = pipe.path().join("pipe.ecl");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    assert!(error(&pipe).contains("not a regular file"));
    let twice = written(&[("a.ecl", &policy("same")), ("b.ecl", &policy("same"))]);
    assert!(error(twice.path()).contains("two policies are called `same`"));
    let wrong = written(&[(
        "wrong.ecl",
        "policy \"p\" { input { n: int } auto_accept { a: m } }",
    )]);
    let told = error(wrong.path());
    assert!(
        told.contains("wrong.ecl:1") && told.contains("`m`"),
        "{told}"
    );
    let none = written(&[("types.ecl", "enum Colour { Red, Green }")]);
    assert!(error(none.path()).contains("there is no policy in `types.ecl`"));
}

#[test]
fn what_is_probably_not_meant_is_a_warning_and_stops_nothing() {
    let source =
        "policy \"p\" { input { a: int }  reject { no: a > 5 AND a < 3 }  otherwise accept }";
    let policies = Policies::from_source("p.ecl", source).unwrap();
    assert!(
        policies.warnings().contains("warning[W0301]"),
        "{}",
        policies.warnings()
    );
    let spending = repository().join("examples/ecl/spending");
    assert_eq!(Policies::open(spending).unwrap().warnings(), "");
}
