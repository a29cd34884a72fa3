//! An expectation is met by what it says, and by nothing else.

use tollgate_ecl::Bundle;

use super::suite::{passed, suite_of};

/// What failed in each test of a policy, in order.
fn failures(source: &str) -> Vec<String> {
    let suite = suite_of("p.ecl", &Bundle::single("p.ecl", source));
    let results = suite.results.iter();
    results.map(|result| result.failures.join("; ")).collect()
}

#[test]
fn no_violation_of_a_rule_that_was_not_decided_is_not_met() {
    let source = r#"
policy "p" {
  input { n: int, who: did }
  deny { share: 10 / n > 20  known: karma(who) < 0.5 }
  allow { some: n > 0 }
}
fixture given { n: 1, who: "did:example:a" }
test "1" { input given with { n: 0 }  expect error no violation share }
test "2" { input given with { n: 0 }  expect error no violation known }
test "3" { input given  expect error no violation known }
test "4" { input given  expect error no violation share }
test "5" { input given  facts { karma("did:example:a"): 0.9 }  expect allow no violation known }
"#;
    let failed = "expected no violation share, and `share` was not decided: it ended in an error";
    let behind = "expected no violation known, and `known` was not decided: the evaluation ended in an error before it";
    let unknown = "expected no violation known, and `known` was not decided: it ended in an error";
    assert_eq!(failures(source), [failed, behind, unknown, "", ""]);
}

#[test]
fn a_fact_that_is_unknown_to_the_findings_leaves_a_rule_undecided() {
    let source = r#"
policy "p" {
  order: accept, reject
  input { whos: list<did, 4>, n: int }
  allow { large: n > 10 }
  deny {
    bad:   any w in whos: karma(w) < 0.5, "{w} is bad"
    small: n < 5
  }
}
fixture given { whos: ["did:example:a", "did:example:b"], n: 20 }
test "1" { input given  expect allow no violation bad no violation small }
test "2" { input given with { n: 1 }  facts { karma("did:example:a"): 0.1 }
           expect deny violation bad for "did:example:a" no violation bad for "did:example:b" }
test "3" { input given  facts { karma("did:example:a"): 0.9, karma("did:example:b"): 0.9 }
           expect allow no violation bad }
"#;
    let why = "`bad` was not decided: a fact that it asks for is unknown";
    assert_eq!(
        failures(source),
        [
            format!("expected no violation bad, and {why}"),
            format!("expected no violation bad for \"did:example:b\", and {why}"),
            String::new()
        ]
    );
}

#[test]
fn the_name_of_a_rule_is_no_reason() {
    let source = r#"
policy "p" {
  input { n: int, names: list<string<8>, 4> }
  deny { large: n > 100, "too much"  banned: any x in names: x == "eve", "{x} may not" }
  allow { few: n < 5 }
}
fixture given { n: 1, names: [] }
test "1" { input given with { n: 101 }  expect deny because "large" }
test "2" { input given with { n: 101 }  expect deny because "too much" }
test "3" { input given with { names: ["eve"] }  expect deny because "banned" }
test "4" { input given with { names: ["eve"] }  expect deny because "eve may not" }
test "5" { input given  expect allow because "few" }
"#;
    assert_eq!(passed(source), [false, true, false, true, false]);
}

#[test]
fn the_reasons_of_an_error_are_those_of_what_ended_in_it() {
    let source = r#"
policy "p" {
  input { n: int, m: int }
  deny { large: m > 100, "too much"  share: 10 / n > 20 }
  allow { few: m < 5 }
}
fixture given { n: 0, m: 7 }
test "1" { input given  expect error because "division by zero" }
test "2" { input given  expect error because "10 / n" }
test "3" { input given  expect error because "m (7) > 100" }
test "4" { input given  expect error because "too much" }
test "5" { input given  expect error because "share" }
"#;
    assert_eq!(passed(source), [true, true, false, false, false]);
}

#[test]
fn a_field_that_is_not_there_is_not_none() {
    let source = r#"
record Item { name: string<8>, note: string<8>? }
policy "p" {
  input { items: list<Item, 4>, labels: map<string<8>, int, 4> }
  deny { bad: any i in items: i.name == "bad", "{i.name}" }
  allow { some: len(items) > 0 }
  on accept {
    emit("items", { items: items, labels: labels })
  }
}
fixture item { name: "pen" }
test "1" { input { items: [item], labels: {} }  expect effect emit("items", { items: [{ note: none }] }) }
test "2" { input { items: [item], labels: {} }  expect effect emit("items", { items: [{ nite: none }] }) }
test "3" { input { items: [item], labels: {} }  expect effect emit("items", { lables: none }) }
test "4" { input { items: [item], labels: {} }  expect effect emit("items", { labels: { price: none } }) }
"#;
    assert_eq!(passed(source), [true, false, false, true]);
}

#[test]
fn the_dimensions_of_trust_have_the_same_names_everywhere() {
    let source = r#"
policy "p" {
  input { t: trust }
  allow { some: t.omega > 0.1 }
  on accept { emit("told", t) }
}
test "1" { input { t: { r: 0.9, omega: 0.5 } }  expect allow effect emit("told", { r: 0.9, omega: 0.5, i: 0 }) }
test "2" { input { t: { R: 0.9, Ω: 0.5 } }  expect allow effect emit("told", { reliability: 0.9, Ω: 0.5 }) }
test "3" { input { t: { r: 0.9, omega: 0.5 } }  expect allow effect emit("told", { r: 0.8 }) }
test "4" { input { t: { r: 0.9, omega: 0.5 } }  expect allow effect emit("told", { x: none }) }
"#;
    assert_eq!(passed(source), [true, true, false, false]);
}
