//! Tests written in the language pass, and are seen to fail.

use std::path::{Path, PathBuf};

use tollgate_ecl::bundle::Bundle;
use tollgate_ecl::check::{Compiled, compile};
use tollgate_ecl::format::format;
use tollgate_ecl::limits::{SUITE_STEPS_MAX, SUITE_WORDED_MAX};
use tollgate_ecl::render::{Style, render};
use tollgate_ecl::suite::{Coverage, Suite, TooMuchWork, run};

use super::cases;

pub(crate) fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/ecl")
}

/// The bundles of the examples, by their first file.
pub(crate) fn bundles() -> Vec<(String, Bundle)> {
    let mut files = Vec::new();
    cases::collect(&examples(), &mut files);
    files.sort();
    assert!(files.len() >= 20, "the examples are missing");
    let mut bundle = Bundle::default();
    for path in files {
        let name = path.strip_prefix(examples()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        bundle.add(name.to_string_lossy().replace('\\', "/"), text);
    }
    let bundles = tollgate_ecl::bundle::connected(bundle).into_iter();
    bundles.map(|b| (b.files[0].name.clone(), b)).collect()
}

fn suite_of(name: &str, bundle: &Bundle) -> Suite {
    let compiled = compile(bundle);
    let shown = render(bundle, &compiled.diagnostics, Style::Plain);
    assert_eq!(shown, "", "{name}");
    run(&compiled, &|_| true).unwrap()
}

#[test]
fn every_test_of_the_examples_passes() {
    let mut failed = Vec::new();
    for (name, bundle) in bundles() {
        for result in suite_of(&name, &bundle).results {
            if !result.failures.is_empty() {
                failed.push(format!(
                    "{name}: {}: {:?}\n{}",
                    result.name,
                    result.failures,
                    result.reasons.join("\n")
                ));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn the_tests_of_the_examples_reach_every_rule() {
    let mut missed = Vec::new();
    for (name, bundle) in bundles() {
        let suite = suite_of(&name, &bundle);
        for coverage in suite.coverage.iter().filter(|c| c.tests > 1) {
            let rules = coverage
                .rules
                .iter()
                .filter(|r| !r.reached)
                .map(|r| &*r.name);
            let rules: Vec<&str> = rules.collect();
            if !rules.is_empty() {
                missed.push(format!("{name}: {}: {rules:?}", coverage.program));
            }
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn the_examples_are_formatted() {
    let mut files = Vec::new();
    cases::collect(&examples(), &mut files);
    let mut other = Vec::new();
    // What stands as in a document stands as in that document.
    for path in files
        .iter()
        .filter(|p| !p.to_string_lossy().contains("verbatim"))
    {
        let text = std::fs::read_to_string(path).unwrap();
        let formatted = format(&text).unwrap();
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, &formatted).unwrap();
        } else if formatted != text {
            other.push(path.display().to_string());
        }
    }
    assert!(other.is_empty(), "not formatted: {other:?}");
}

const POLICY: &str = r#"
policy "p" {
  input { a: int, b: int }
  reject { large: a > 10 AND b > 10, "too large" }
  accept { small: a < 5 }
}
"#;

fn results(tests: &str) -> Suite {
    let bundle = Bundle::single("p.ecl", format!("{POLICY}{tests}"));
    suite_of("p.ecl", &bundle)
}

#[test]
fn what_is_not_as_expected_is_said() {
    let suite = results(
        r#"
test "1" { policy "p"  input { a: 1, b: 1 }  expect reject }
test "2" { policy "p"  input { a: 20, b: 20 }  expect reject by small }
test "3" { policy "p"  input { a: 20, b: 20 }  expect error E0404 }
test "4" { policy "p"  input { a: 20, b: 20 }  expect reject because "banana" }
test "5" { policy "p"  input { a: 20, b: 20 }  expect reject by large because "too large" }
"#,
    );
    let failures: Vec<String> = suite
        .results
        .iter()
        .map(|r| r.failures.join("; "))
        .collect();
    assert_eq!(
        failures,
        [
            "expected reject, found accept",
            "expected the rule `small` to decide, found `large`",
            "expected error E0404, found reject",
            "expected the reason `banana`, which is not among the reasons",
            "",
        ]
    );
    assert!(!suite.passed());
}

#[test]
fn only_tests_that_failed_are_put_into_words() {
    let suite = results(
        r#"
test "1" { policy "p"  input { a: 1, b: 1 }  expect accept }
test "2" { policy "p"  input { a: 1, b: 1 }  expect reject }
test "3" { policy "p"  input { a: 20, b: 20 }  expect reject because "large" }
"#,
    );
    let lines: Vec<usize> = suite.results.iter().map(|r| r.reasons.len()).collect();
    assert_eq!(lines, [0, 3, 0], "{suite:?}");
}

/// So many rules, and so many tests of them.
fn large(rules: usize, tests: usize, expect: &str) -> Result<Suite, TooMuchWork> {
    let rules: String = (0..rules).map(|i| format!("r{i}: a == {i}\n")).collect();
    let tests: Vec<String> = (0..tests)
        .map(|i| format!("test \"{i}\" {{ policy \"p\" input {{ a: 1 }} expect {expect} }}\n"))
        .collect();
    let policy = format!("policy \"p\" {{ input {{ a: int }} accept any {{ {rules} }} }}\n");
    let compiled = compile(&Bundle::single("p.ecl", policy + &tests.concat()));
    assert!(!compiled.has_errors());
    run(&compiled, &|_| true)
}

#[test]
fn more_rules_and_tests_than_can_be_looked_at_are_refused_before_the_first_test() {
    let refused = large(15_000, 12_000, "accept").unwrap_err();
    assert_eq!(refused.tests, 12_000);
    assert!(refused.steps > SUITE_STEPS_MAX);
    let why = refused.to_string();
    assert!(why.contains("run fewer tests at once"), "{why}");
    assert!(large(2_000, 100, "accept").unwrap().passed());
}

#[test]
fn reasons_are_left_out_when_more_tests_failed_than_anybody_reads() {
    let suite = large(4_000, 60, "reject").unwrap();
    assert!(suite.results.iter().all(|r| !r.failures.is_empty()));
    let lines = suite.results.iter().map(|r| r.reasons.len());
    let lines: Vec<usize> = lines.collect();
    assert_eq!((lines.first(), lines.last()), (Some(&4_000), Some(&1)));
    let kept: usize = lines.iter().sum();
    assert!(kept as u64 <= SUITE_WORDED_MAX, "{kept}");
}

/// A policy whose message has values, with so many tests that expect its reasons.
fn with_values(tests: usize, expect: &str) -> Compiled {
    let test = format!("{{ policy \"p\" input {{ xs: [1] }} expect {expect} }}\n");
    let tests: Vec<String> = (0..tests).map(|i| format!("test \"{i}\" {test}")).collect();
    let policy = "policy \"p\" { input { xs: list<int, 2000> }\n\
                  deny { r: any x in xs: x > 3, \"{x} is large\" } allow { s: len(xs) > 0 } }\n";
    let compiled = compile(&Bundle::single(
        "p.ecl",
        policy.to_owned() + &tests.concat(),
    ));
    assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
    assert_eq!(compiled.findings.len(), 1);
    compiled
}

#[test]
fn what_gives_the_findings_counts_as_work_of_the_tests() {
    let mut compiled = with_values(12_000, "accept because \"s\"");
    let with = run(&compiled, &|_| true).unwrap_err().steps;
    let gas = compiled.findings[0].program.gas_bound.total();
    compiled.findings.clear();
    let without = run(&compiled, &|_| true).unwrap_err().steps;
    assert!(
        gas > 1_000 && with >= without + 12_000 * gas,
        "{gas}: {with}, {without}"
    );
}

/// The failures of a bundle's tests, of which none passed.
fn not_run(compiled: &Compiled) -> Vec<String> {
    let suite = run(compiled, &|_| true).unwrap();
    assert!(!suite.passed());
    suite
        .results
        .into_iter()
        .flat_map(|result| result.failures)
        .collect()
}

#[test]
fn tests_that_cannot_be_run_have_failed() {
    let two = with_values(2, "accept");
    assert!(run(&two, &|_| true).unwrap().passed());

    let mut no_findings = two.clone();
    no_findings.findings[0].program = too_large().programs[0].clone();
    let why = "the test was not run: the machine refuses the program of the findings; this is a bug in what made it";
    assert_eq!(not_run(&no_findings), [why, why]);

    let mut no_program = two;
    no_program.tests[1].program = 9;
    assert_eq!(
        not_run(&no_program),
        ["the test was not run: the bundle has no such policy"]
    );
}

/// A policy that the machine refuses: its elements have 65,536 words, and one less fits into an instruction.
fn too_large() -> Compiled {
    let records: String = (0..16)
        .map(|i| format!("record R{} {{ a: R{i}, b: R{i} }}\n", i + 1))
        .collect();
    let number = format!("x{}.n", ".a".repeat(16));
    let text = format!(
        "record R0 {{ n: int }}\n{records}\
         policy \"p\" {{ input {{ xs: list<R16, 1> }} accept {{ r: any x in xs: {number} > 1 }} }}\n\
         test \"1\" {{ policy \"p\" input {{ xs: [] }} expect reject }}"
    );
    let compiled = compile(&Bundle::single("p.ecl", text));
    assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
    compiled
}

#[test]
fn tests_of_a_policy_that_the_machine_refuses_have_failed() {
    let failures = not_run(&too_large());
    let why = "the test was not run: the program needs an element of 65536";
    assert!(failures[0].starts_with(why), "{failures:?}");
}

#[test]
fn coverage_counts_lines_rules_and_both_outcomes_of_conditions() {
    let suite = results(
        r#"
test "1" { policy "p"  input { a: 1, b: 1 }  expect accept }
test "2" { policy "p"  input { a: 20, b: 1 }  expect reject }
"#,
    );
    let coverage = &suite.coverage[0];
    assert_eq!(Coverage::count(&coverage.rules), (1, 2));
    assert_eq!(Coverage::count(&coverage.lines), (2, 2));
    let missing: Vec<_> = coverage
        .conditions
        .iter()
        .map(|c| (&*c.name, c.missing))
        .collect();
    assert_eq!(
        missing,
        [
            ("a > 10", None),
            ("b > 10", Some("never true")),
            ("a < 5", None)
        ]
    );
}
