//! What is found holds for every input: small policies are evaluated for all of them.

use super::{Extent, Finding, Steps, findings};
use crate::check::compile;
use crate::data::gas::{GAS_LIMIT_MAX, GasLimits};
use crate::host::input::{Input, encode};
use crate::host::outcome::{DecidedBy, Explanation, Status};
use crate::ir::{Body, Decision, Program};
use crate::limits::LINT_STEPS_MAX;
use crate::syntax::bundle::Bundle;
use crate::testing::generate::{self, Random, RandomFacts};
use crate::testing::oracle;

fn program(text: &str) -> Program {
    let compiled = compile(&Bundle::single("a.ecl", text));
    assert!(
        !compiled.has_errors(),
        "{text}\n{:#?}",
        compiled.diagnostics
    );
    compiled.programs.into_iter().next().unwrap()
}

fn found(program: &Program) -> Vec<Finding> {
    findings(program, &Steps::new(LINT_STEPS_MAX))
}

fn explained(program: &Program, input: &Input, facts: u64) -> Explanation {
    let limits = GasLimits::total(GAS_LIMIT_MAX * 1000);
    let mut facts = RandomFacts::new(facts);
    oracle::run(program, input, &mut facts, &limits).into_explanation()
}

/// That a finding holds in one evaluation.
fn holds(finding: &Finding, explanation: &Explanation) -> bool {
    let verdict = &explanation.verdict;
    let status = |group: usize, rule: usize| {
        let mut rules = explanation.rules.iter();
        let found = rules.find(|r| (r.group as usize, r.rule as usize) == (group, rule));
        found.map_or(Status::NotEvaluated, |r| r.status)
    };
    let decided = |group: usize, rules: &dyn Fn(usize) -> bool| matches!(verdict.by, DecidedBy::Rule { group: g, rule } if g as usize == group && rules(rule as usize));
    match finding {
        Finding::Never {
            rule,
            extent: Extent::Rule,
            ..
        } => status(rule.group, rule.rule) != Status::Pass,
        Finding::Never {
            rule,
            extent: Extent::Group,
            ..
        } => !decided(rule.group, &|_| true),
        Finding::Never {
            extent: Extent::Part,
            ..
        } => true,
        Finding::Always { rule } => status(rule.group, rule.rule) != Status::Fail,
        Finding::Duplicate { rule, of } => {
            let both = (status(rule.group, rule.rule), status(rule.group, *of));
            both.0 == both.1 || both.0 == Status::NotEvaluated || both.1 == Status::NotEvaluated
        }
        Finding::Covered { .. } => true,
        Finding::Last { rule } => match verdict.by {
            DecidedBy::Rule {
                group,
                rule: number,
            } => (group as usize, number as usize) <= (rule.group, rule.rule),
            DecidedBy::Otherwise => false,
            _ => true,
        },
        Finding::NeverAccepts => verdict.result != Ok(Decision::Accept),
        Finding::Only(decision) => verdict.result.is_err() || verdict.result == Ok(*decision),
    }
}

/// The program without the rules that say nothing: it decides as before.
fn without(program: &Program, gone: &Finding) -> Option<Program> {
    let place = match gone {
        Finding::Duplicate { rule, .. }
        | Finding::Covered {
            rule,
            may_fail: false,
            ..
        } => *rule,
        _ => return None,
    };
    let mut less = program.clone();
    let Body::Policy(body) = &mut less.body else {
        return None;
    };
    let group = &mut body.groups[place.group];
    if group.rules.len() < 2 {
        return None;
    }
    group.rules.remove(place.rule);
    group.plan.index = None;
    Some(less)
}

fn agrees(program: &Program, inputs: &[(Input, u64)], text: &str) -> usize {
    let found = found(program);
    for finding in &found {
        let less = without(program, finding);
        for (input, facts) in inputs {
            let explanation = explained(program, input, *facts);
            assert!(
                holds(finding, &explanation),
                "{finding:?} {:?}\n{text}",
                explanation.verdict
            );
            if let Some(less) = &less {
                let (before, after) = (
                    explanation.verdict.result,
                    explained(less, input, *facts).verdict.result,
                );
                assert_eq!(before, after, "{finding:?}\n{text}");
            }
        }
    }
    found.len()
}

/// A condition on `x` and `y` in 0 to 4, `role` and `flag`.
fn condition(random: &mut Random, depth: u64) -> String {
    let pick = |random: &mut Random, words: &[&str]| {
        words[usize::try_from(random.below(words.len() as u64)).unwrap()].to_owned()
    };
    if depth > 0 && !random.once_in(3) {
        let (a, b) = (condition(random, depth - 1), condition(random, depth - 1));
        return match random.below(7) {
            0..=2 => format!("({a} AND {b})"),
            3 | 4 => format!("({a} OR {b})"),
            5 => format!("NOT {a}"),
            _ => format!("(if {a} then {b} else flag)"),
        };
    }
    let name = pick(random, &["x", "y"]);
    let op = pick(random, &["<", "<=", ">", ">=", "==", "!="]);
    let number = random.below(6);
    match random.below(9) {
        0..=3 => format!("({name} {op} {number})"),
        4 => format!("({number} {op} {name})"),
        5 => format!("(x {op} y)"),
        6 => format!("({name} in [{number}, 1])"),
        7 => format!(
            "(role {} \"{}\")",
            pick(random, &["==", "!="]),
            pick(random, &["a", "b", "c"])
        ),
        _ => pick(random, &["flag", "low", "starts_with(role, \"a\")"]),
    }
}

fn policy(random: &mut Random) -> String {
    let mut text = String::from(
        "policy \"p\" { input { x: int, y: int, role: string, flag: bool }\nlet low = x < 2 OR y < 1\n",
    );
    for verb in ["reject", "accept all", "accept any", "escalate"] {
        if random.once_in(3) {
            continue;
        }
        text += &format!("{verb} {{\n");
        for rule in 0..random.between(1, 5) {
            let cond = match random.once_in(20) {
                true => "true".to_owned(),
                false => {
                    let depth = random.below(3);
                    condition(random, depth)
                }
            };
            text += &format!("{}{rule}: {cond}\n", verb.replace(' ', "_"));
        }
        text += "}\n";
    }
    text +=
        ["", "otherwise accept", "otherwise escalate"][usize::try_from(random.below(3)).unwrap()];
    text + " }"
}

#[test]
fn what_is_found_in_small_policies_holds_for_every_input() {
    let random = &mut Random::new(5);
    let mut count = 0;
    for _ in 0..400 {
        let text = policy(random);
        let program = program(&text);
        let mut inputs = Vec::new();
        for at in 0..5 * 5 * 3 * 2 {
            let role = ["a", "b", "d"][at / 25 % 3];
            let json = serde_json::json!({ "x": at % 5, "y": at / 5 % 5, "role": role, "flag": at / 75 == 0 });
            inputs.push((encode(&program, &json).unwrap(), 0));
        }
        count += agrees(&program, &inputs, &text);
    }
    assert!(count > 300, "{count}");
}

#[test]
fn what_is_found_in_random_programs_holds() {
    for seed in 0..300 {
        let case = generate::case(seed, 12);
        let inputs: Vec<_> = case
            .runs
            .into_iter()
            .map(|run| (run.input, run.facts))
            .collect();
        agrees(&case.program, &inputs, &format!("seed {seed}"));
    }
}

/// The kinds of what is found, with the numbers of the rules.
fn kinds(rules: &str) -> Vec<String> {
    let inputs = "x: int, y: int, role: string, flag: bool, price: money<EUR>, n: number, who: did, note: int?";
    let program = program(&format!("policy \"p\" {{ input {{ {inputs} }}\n{rules} }}"));
    let at = |place: &super::Place| format!("{}.{}", place.group, place.rule);
    let found = found(&program);
    let found = found.iter().map(|finding| match finding {
        Finding::Never { rule, extent, .. } => format!("never {} {extent:?}", at(rule)),
        Finding::Always { rule } => format!("always {}", at(rule)),
        Finding::Duplicate { rule, of } => format!("duplicate {} {of}", at(rule)),
        Finding::Covered { rule, by, .. } => format!("covered {} {by:?}", at(rule)),
        Finding::Last { rule } => format!("last {}", at(rule)),
        Finding::NeverAccepts => "never accepts".to_owned(),
        Finding::Only(decision) => format!("only {decision:?}"),
    });
    found.collect()
}

#[test]
fn contradictions_are_found_on_one_way_through_a_condition() {
    for cond in [
        "x > 5 AND x < 3",
        "role == \"a\" AND role == \"b\"",
        "role == \"a\" AND role in [\"b\", \"c\"]",
        "flag AND NOT flag",
        "x < y AND y < x",
        "price > 5 EUR AND price <= 5 EUR",
        "n >= 0.5 AND n < 0.5",
        "5 < x < 3",
        "(x < 3 OR x < 4) AND x > 6",
        "who == \"did:x:a\" AND who == \"did:x:b\"",
        "x < x",
        "starts_with(role, \"a\") AND NOT starts_with(role, \"a\")",
    ] {
        let rules = format!("reject {{ a: {cond}  b: y > 3 }}  otherwise accept");
        assert_eq!(kinds(&rules), ["never 0.0 Rule"], "{cond}");
    }
    let part = "reject { a: x > 5 AND (x < 3 OR flag)  b: y > 3 }  otherwise accept";
    assert_eq!(kinds(part), ["never 0.0 Part"]);
    let group = "accept all { a: x > 5  b: flag  c: x < 3 }  otherwise escalate";
    assert_eq!(kinds(group), ["never 0.2 Group", "only Escalate"]);
}

#[test]
fn what_may_hold_is_no_contradiction() {
    for cond in [
        "x > 5 AND y < 3",
        "x > 5 OR x < 3",
        "x >= 5 AND x <= 5",
        "trust(who).r > 0.5 AND trust(who).r < 0.9",
        "x > 5 AND x + 1 < 3",
        "role == \"a\" AND role != \"b\"",
        "(if flag then x else y) > 3 AND x < 2",
        "(note else 3) > 2 AND (note else 1) < 2",
    ] {
        let rules = format!("reject {{ a: {cond}  b: y > 8 }}  otherwise accept");
        assert_eq!(kinds(&rules), [""; 0], "{cond}");
    }
}

#[test]
fn rules_that_say_what_others_said_are_found() {
    let cases: &[(&str, &[&str])] = &[
        (
            "reject { a: x > 5  b: x > 9 }  otherwise accept",
            &["covered 0.1 Some(0)"],
        ),
        ("reject { a: x > 9  b: x > 5 }  otherwise accept", &[]),
        (
            "reject { a: x > 5 AND flag  b: x > 9 AND flag AND y > 3 }  otherwise accept",
            &["covered 0.1 Some(0)"],
        ),
        (
            "reject { a: x > 5 OR y > 3  b: y > 4 }  otherwise accept",
            &["covered 0.1 Some(0)"],
        ),
        (
            "reject { a: flag AND x > 3  b: flag AND x > 3 }  otherwise accept",
            &["duplicate 0.1 0"],
        ),
        (
            "accept all { a: x > 9  b: x > 5 }",
            &["covered 0.1 Some(0)"],
        ),
        ("accept all { a: x > 5  b: x > 9 }", &[]),
        (
            "accept all { a: x > 5  b: x < 9  c: x in [6, 7, 8, 20] }  otherwise reject",
            &["covered 0.2 None"],
        ),
        (
            "accept all { a: x in [6, 7]  b: x < 9 }",
            &["covered 0.1 Some(0)"],
        ),
        (
            "reject { a: x > 5 }  accept any { a2: x > 9  b: flag }",
            &["covered 1.0 None"],
        ),
        // To say again what was not rejected is no fault.
        ("reject { a: x > 5 }  accept { a2: x <= 5  b: flag }", &[]),
    ];
    for (rules, wanted) in cases {
        assert_eq!(kinds(rules), *wanted, "{rules}");
    }
}

#[test]
fn policies_that_decide_the_same_for_everybody_are_found() {
    let cases: &[(&str, &[&str])] = &[
        ("reject { a: x > 5 }", &["only Reject"]),
        ("reject { a: x > 5 }  accept { b: x > 9 }", &["only Reject"]),
        (
            "reject { a: x > 5 }  accept all { b: x > 9  c: flag }",
            &["only Reject"],
        ),
        (
            "reject { a: x > 5 }  accept all { b: x > 9  c: flag }  escalate { d: y > 3 }",
            &["never accepts"],
        ),
        ("accept { a: x > 5 }  otherwise accept", &["only Accept"]),
        (
            "reject { a: role != \"a\" OR role != \"b\" }  accept { b: flag }",
            &["always 0.0", "last 0.0", "only Reject"],
        ),
        (
            "accept any { a: true  b: flag }",
            &["last 0.0", "only Accept"],
        ),
        // These are meant.
        ("otherwise reject \"closed\"", &[]),
        ("accept { a: true }", &["last 0.0"]),
        ("accept { a: false }  reject { b: x > 5 }", &[]),
        ("reject { a: x > 5 }  escalate { b: flag }", &[]),
        ("reject { a: x > 5 }  otherwise accept", &[]),
    ];
    for (rules, wanted) in cases {
        assert_eq!(kinds(rules), *wanted, "{rules}");
    }
}

#[test]
fn constants_are_found_equal_in_a_group_of_many_rules() {
    let mut rules = String::from("reject {\n");
    for i in 0..9_999 {
        rules += &format!("r{i}: role == \"a{i}\" AND x > {i}\n");
    }
    rules += "last: role == \"a7\" AND x > 7\n}\notherwise accept";
    assert_eq!(kinds(&rules), ["duplicate 0.9999 7"]);
}

#[test]
fn the_steps_are_bounded_and_without_any_nothing_is_found() {
    // Names of names of names: as a formula each would be as large as all before it together.
    let mut rules = String::from("let l0 = x > 5\n");
    for i in 1..60 {
        rules += &format!("let l{i} = l{} AND (l{0} OR flag)\n", i - 1);
    }
    rules += "reject { a: l59 AND x < 3  b: y > 3 }  otherwise accept";
    kinds(&rules);
    let text = "policy \"p\" { input { x: int }  reject { a: x > 5 AND x < 3 }  otherwise accept }";
    assert_eq!(findings(&program(text), &Steps::new(0)), []);
}
