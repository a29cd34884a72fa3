//! Tests written in the language pass, and are seen to fail.

use std::path::{Path, PathBuf};

use tollgate_ecl::limits::{SUITE_STEPS_MAX, SUITE_WORDED_MAX, TEST_CASES_MAX};
use tollgate_ecl::render::{Style, render};
use tollgate_ecl::tools::format::format;
use tollgate_ecl::tools::suite::{Coverage, Suite, TooMuchWork, run};
use tollgate_ecl::{Bundle, Compiled, compile};

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
    let bundles = tollgate_ecl::syntax::bundle::connected(bundle).into_iter();
    bundles.map(|b| (b.files[0].name.clone(), b)).collect()
}

pub(crate) fn suite_of(name: &str, bundle: &Bundle) -> Suite {
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
fn a_case_that_fails_is_named_by_its_place_and_its_values() {
    let suite = results(
        r#"
fixture given { a: 1, b: 1 }
test "table" {
  input given
  cases {
    "fine": { b: 20 } => accept by small
    "wrong": { a: 20, b: 20 } => accept
    { a: 7 } => accept
  }
}
"#,
    );
    let told = suite.results.iter().map(|result| {
        let values = result.values.as_deref().unwrap_or("");
        (result.name.as_str(), values, result.failures.join("; "))
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            ("table: fine", "{ b: 20 }", String::new()),
            (
                "table: wrong",
                "{ a: 20, b: 20 }",
                "expected accept, found reject".to_owned()
            ),
            (
                "table: { a: 7 }",
                "{ a: 7 }",
                "expected accept, found reject".to_owned()
            ),
        ]
    );
    let lines = suite.results.iter().map(|result| result.span.start);
    assert!(lines.is_sorted());
    assert_eq!(suite.coverage[0].tests, 3);
}

/// The errors of the policy with these tests.
fn errors(tests: &str) -> String {
    let bundle = Bundle::single("p.ecl", format!("{POLICY}{tests}"));
    let compiled = compile(&bundle);
    let errors = compiled.diagnostics.iter();
    let errors = errors.map(|found| format!("{}: {}", found.code, found.message));
    errors.collect::<Vec<_>>().join("\n")
}

#[test]
fn two_cases_of_one_input_are_one_too_many() {
    let table = |second: &str| {
        format!(
            "test \"t\" {{ input {{ a: 1, b: 1 }}  cases {{\n {{ b: 2 }} => accept\n {second} => accept\n}} }}"
        )
    };
    let twice = "E0307: this case has the input and the facts of another one";
    assert_eq!(errors(&table("{ b: 2, a: 1 }")), twice);
    assert_eq!(errors(&table("{ b: 3 }")), "");
    assert_eq!(
        errors(&table("{ b: 2 } facts { karma(\"did:x:a\"): 0.5 }")),
        ""
    );
}

#[test]
fn a_message_about_a_map_does_not_grow_with_it() {
    let source = |entries: usize| {
        let entries = (0..entries).map(|i| format!("k{i}: {i}"));
        let entries: Vec<String> = entries.collect();
        format!(
            "policy \"q\" {{ input {{ m: map<string<8>, int, 2000> }} accept {{ some: len(m) > 0 }} }}\n\
             fixture given {{ {} }}\n\
             test \"t\" {{ input {{ m: given with {{ k0: none }} }} expect accept }}",
            entries.join(", ")
        )
    };
    let help = |entries: usize| {
        let compiled = compile(&Bundle::single("q.ecl", source(entries)));
        let help = compiled.diagnostics[0].help.clone();
        help.unwrap_or_default()
    };
    let what = "give the whole map without it";
    assert_eq!(help(3), format!("{what}: `{{ k1: 1, k2: 2 }}`"));
    assert_eq!(help(1), format!("{what}: `{{}}`"));
    assert_eq!(help(1_000), what);
}

#[test]
fn a_table_has_a_bound() {
    let table = |cases: usize| {
        let cases: Vec<String> = (0..cases)
            .map(|a| format!("{{ b: {a} }} => accept"))
            .collect();
        let cases = cases.join("\n");
        format!("test \"t\" {{ input {{ a: 1, b: 1 }}  cases {{\n{cases}\n}} }}")
    };
    assert_eq!(
        results(&table(TEST_CASES_MAX)).results.len(),
        TEST_CASES_MAX
    );
    let refused = errors(&table(TEST_CASES_MAX + 1));
    assert_eq!(refused, "E0319: 1001 cases, and at most 1000 fit");
}

#[test]
fn fixtures_that_name_each_other_have_a_bound() {
    let chain = |length: usize| {
        let links = (1..length).map(|i| format!("fixture f{i} = f{}\n", i - 1));
        let links: String = links.collect();
        let last = length - 1;
        format!(
            "fixture f0 = 1\n{links}test \"t\" {{ input {{ a: f{last}, b: 1 }}  expect accept }}"
        )
    };
    assert_eq!(errors(&chain(90)), "");
    let refused = errors(&chain(300));
    assert!(
        refused.starts_with("E0328: what stands for the names here is more than 200"),
        "{refused}"
    );
    // A place has a bound too, and each list doubles the one before: the work of writing it out is counted.
    let place = format!("b{}", ".c".repeat(300));
    let refused = errors(&format!(
        "test \"t\" {{ input {{ a: 1, b: 1 }}  cases {{ {{ {place}: 1 }} => accept }} }}"
    ));
    assert_eq!(refused, "E0328: a place is at most 200 levels deep");
    let doubled = (1..60).map(|i| format!("fixture f{i} = [f{0}, f{0}]\n", i - 1));
    let doubled: String = doubled.collect();
    let refused = errors(&format!(
        "fixture f0 = 1\n{doubled}test \"t\" {{ input {{ a: 1, b: f59 }}  expect accept }}"
    ));
    assert!(
        refused.contains("checking this bundle takes more than 10000000 steps"),
        "{refused}"
    );
}

#[test]
fn effects_and_violations_that_are_missing_are_said_with_those_that_are_there() {
    let source = r#"
record Item { name: string<8>, size: int }
policy "p" {
  input { items: list<Item, 4> }
  deny { big: any i in items: i.size > 5, "{i.name} has {i.size}" }
  allow { some: len(items) > 0 }
  on accept {
    emit("seen", len(items))
    put("last", items[0].name, 0.5)
  }
}
fixture pen { name: "pen", size: 1 }
test "effects" {
  input { items: [pen] }
  expect accept effect emit("seen", 1) effect put("last", "pen", 0.5)
  expect effect emit("seen", 2) effect emit("sold") no effect effect put("last", "ink")
}
test "violations" {
  input { items: [pen, pen with { size: 6 }, pen with { name: "ink", size: 7 }] }
  expect deny by big no effect violation big because "pen has 6" violation big for { name: "ink" }
  expect no violation big violation big for { size: 1 } violation big because "cup"
}
"#;
    let source = source.replace("items[0].name", "(first i in items: true)?.name else \"\"");
    let bundle = Bundle::single("p.ecl", source);
    let suite = suite_of("p.ecl", &bundle);
    let failures: Vec<&str> = suite
        .results
        .iter()
        .flat_map(|result| result.failures.iter().map(String::as_str))
        .collect();
    insta::assert_snapshot!(failures.join("\n"));
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
fn what_is_not_among_the_violations_that_are_kept_is_not_known_to_be_none() {
    let items: Vec<String> = (1..=1_501).map(|id| format!("{{ id: {id} }}")).collect();
    let source = format!(
        r#"
record Item {{ id: int }}
policy "p" {{
  input {{ items: list<Item, 1600> }}
  deny {{ bad: any i in items: i.id > 0, "{{i.id}} is bad" }}
}}
test "1" {{ input {{ items: [{}] }}  expect reject no violation bad for {{ id: 1501 }} }}
test "2" {{ input {{ items: [{{ id: 0 }}] }}  expect no violation bad for {{ id: 1501 }} }}
"#,
        items.join(", ")
    );
    let suite = suite_of("p.ecl", &Bundle::single("p.ecl", source));
    let failed = suite.results.iter().map(|r| r.failures.len());
    assert_eq!(failed.collect::<Vec<_>>(), [1, 0], "{suite:?}");
}

#[test]
fn an_evaluation_that_ended_in_an_error_shows_nothing_else() {
    let source = r#"
policy "p" {
  input { n: int }
  deny { d: 10 / n > 5, "{n} is small" }
  allow { some: n > 0 }
}
test "1" { input { n: 0 }  expect no violation d no effect }
test "2" { input { n: 0 }  expect no effect }
test "3" { input { n: 0 }  expect error }
test "4" { input { n: 0 }  expect reject no effect }
test "5" { input { n: 10 }  expect no violation d }
"#;
    let suite = suite_of("p.ecl", &Bundle::single("p.ecl", source.to_owned()));
    let failed = suite.results.iter().map(|r| r.failures.join("; "));
    let failed: Vec<String> = failed.collect();
    for silent in [0, 1] {
        assert!(
            failed[silent].starts_with("expected no error, found "),
            "{failed:?}"
        );
    }
    assert_eq!((&*failed[2], &*failed[4]), ("", ""));
    assert!(
        failed[3].starts_with("expected reject, found "),
        "{failed:?}"
    );
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

#[test]
fn what_a_test_expects_is_compared_for_steps_that_count() {
    let steps = |expect: &str| {
        let compiled = with_values(11_000, expect);
        run(&compiled, &|_| true).unwrap_err().steps
    };
    let one = "violation r for 5 ";
    let (few, many) = (steps(one), steps(&one.repeat(2)));
    // Each is compared with each of 1,000 violations that may be there.
    assert_eq!(many - few, 11_000 * 2 * 1_000);
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

/// Whether each test of a policy passes, in order.
pub(crate) fn passed(source: &str) -> Vec<bool> {
    let suite = suite_of("p.ecl", &Bundle::single("p.ecl", source));
    let results = suite.results.iter();
    results.map(|result| result.failures.is_empty()).collect()
}

#[test]
fn a_reason_is_one_of_the_decision() {
    let source = r#"
policy "p" {
  input { n: int, names: list<string<8>, 4>, vip: bool }
  deny {
    big:    n > 100, "too big"
    even:   n > 50, "over fifty"
    banned: any x in names: x == "eve", "{x} is banned"
  }
  allow { few: len(names) < 3 OR vip }
  ask { odd: NOT vip }
  otherwise reject "nobody asks"
}
"#;
    let test = |number: usize, rest: &str| format!("test \"{number}\" {{ {rest} }}\n");
    let good = [
        "input { n: 101, names: [], vip: true }  expect deny because \"too big\"",
        "input { n: 101, names: [], vip: true }  expect deny by big because \"too big\"",
        // It holds beside the one that decides.
        "input { n: 101, names: [], vip: true }  expect deny because \"over fifty\"",
        "input { n: 1, names: [\"a\", \"eve\"], vip: true }  expect deny because \"eve is banned\"",
        "input { n: 1, names: [\"a\", \"b\", \"c\"], vip: true }  expect allow because \"vip\"",
        "input { n: 1, names: [\"a\", \"b\", \"c\"], vip: false }  expect ask because \"NOT vip\"",
    ];
    let bad = [
        // Of another rule than the one that is named.
        "input { n: 101, names: [], vip: true }  expect deny by big because \"over fifty\"",
        // A condition that is false, and one of another group.
        "input { n: 60, names: [], vip: true }  expect deny because \"n (60) > 100\"",
        "input { n: 1, names: [], vip: true }  expect allow because \"n (1) > 100\"",
        "input { n: 1, names: [], vip: true }  expect allow because \"too big\"",
        // The side of an OR that does not hold.
        "input { n: 1, names: [\"a\", \"b\", \"c\"], vip: true }  expect allow because \"len(names)\"",
    ];
    let tests = good.iter().chain(&bad).zip(1..);
    let tests: String = tests.map(|(rest, number)| test(number, rest)).collect();
    let expected: Vec<bool> = (0..good.len() + bad.len())
        .map(|i| i < good.len())
        .collect();
    assert_eq!(passed(&format!("{source}{tests}")), expected);
}

#[test]
fn of_otherwise_the_reasons_are_what_kept_others_from_deciding() {
    let source = r#"
policy "p" {
  input { n: int, banned: bool }
  deny { out: banned }
  allow any { small: n < 10  round: n == 100 }
  otherwise reject "no rule admits it"
}
test "1" { input { n: 50, banned: false }  expect reject by otherwise because "n (50) < 10" }
test "2" { input { n: 50, banned: false }  expect reject because "no rule admits it" }
test "3" { input { n: 50, banned: false }  expect reject because "banned" }
test "4" { input { n: 5, banned: false }  expect allow by otherwise }
"#;
    assert_eq!(passed(source), [true, true, false, false]);
}

#[test]
fn no_violation_of_a_rule_that_nothing_looks_at_is_not_met() {
    let source = r#"
policy "p" {
  order: accept, reject
  input { n: int }
  allow { small: n < 10 }
  deny { odd: n % 2 == 1 }
}
test "1" { input { n: 3 }  expect allow no violation odd }
test "2" { input { n: 12 }  expect no violation odd }
test "3" { input { n: 13 }  expect deny violation odd }
"#;
    let suite = suite_of("p.ecl", &Bundle::single("p.ecl", source));
    let failures = suite
        .results
        .iter()
        .map(|result| result.failures.join("; "));
    let looked =
        "expected no violation odd, and nothing looked at `odd`: a group before its own decided";
    assert_eq!(failures.collect::<Vec<_>>(), [looked, "", ""]);
    // With values in messages each rule is looked at.
    let source = source.replace("== 1 }", "== 1, \"{n} is odd\" }");
    assert_eq!(passed(&source), [false, true, true]);
    let even = source.replace("n: 3 }", "n: 4 }");
    assert_eq!(passed(&even), [true, true, true]);
}

#[test]
fn what_stands_behind_the_rule_that_decides_is_not_reached() {
    let policy = r#"
policy "p" {
  input { n: int }
  deny { big: n > 10  huge: n > 20 }
  allow { odd: n % 2 == 1  small: n < 5 }
}
"#;
    let missing = |tests: &str| {
        let suite = suite_of(
            "p.ecl",
            &Bundle::single("p.ecl", format!("{policy}{tests}")),
        );
        let coverage = &suite.coverage[0];
        let rules = coverage.rules.iter().filter(|rule| !rule.reached);
        let rules = rules.map(|rule| rule.name.to_string());
        let conditions = coverage.conditions.iter().filter_map(|condition| {
            let missing = condition.missing?;
            Some(format!("{} {missing}", condition.name))
        });
        rules.chain(conditions).collect::<Vec<_>>()
    };
    assert_eq!(
        missing("test \"1\" { input { n: 30 }  expect deny by big }"),
        [
            "huge",
            "odd",
            "small",
            "n > 10 never false",
            "n > 20 never evaluated",
            "n % 2 == 1 never evaluated",
            "n < 5 never evaluated"
        ]
    );
    // A violation that is expected looks at it.
    assert_eq!(
        missing("test \"1\" { input { n: 30 }  expect deny by big violation huge }")[..2],
        ["odd", "small"]
    );
    // Of `all` rules those behind the first false one.
    assert_eq!(
        missing("test \"1\" { input { n: 2 }  expect deny }"),
        [
            "big",
            "huge",
            "odd",
            "small",
            "n > 10 never true",
            "n > 20 never true",
            "n % 2 == 1 never true",
            "n < 5 never evaluated"
        ]
    );
}

#[test]
fn a_bundle_with_an_error_has_no_tests() {
    let test = "test \"1\" { input { a: 1, b: 1 }  expect accept }\n";
    let evaluation =
        "policy_evaluate { policy: \"p\"  a: 1  b: 1  result: { decision: accept } }\n";
    let compile = |text: &str| compile(&Bundle::single("p.ecl", text));
    let good = format!("{POLICY}{test}{evaluation}");
    let compiled = compile(&good);
    assert_eq!((compiled.tests.len(), compiled.evaluations.len()), (1, 1));
    for bad in [
        "test \"2\" { input { a: 1 }  expect accept }",
        "policy \"q\" {",
    ] {
        let compiled = compile(&format!("{good}{bad}"));
        assert!(compiled.has_errors());
        assert_eq!((compiled.tests.len(), compiled.evaluations.len()), (0, 0));
    }
}
