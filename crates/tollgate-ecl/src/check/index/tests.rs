//! Indexes of compiled policies: which there are, what they leave, and that they change nothing.

use super::*;
use crate::data::gas::GasLimits;
use crate::host::facts::Facts;
use crate::host::input;
use crate::host::outcome::Verdict;
use crate::host::providers::MemoryFacts;
use crate::ir::{Body, Decision, Program};
use crate::syntax::bundle::Bundle;

/// The program of a policy with these rules in one `accept any` group.
fn policy(input: &str, rules: &[String]) -> Program {
    let source = source(input, rules);
    let mut compiled = crate::check::compile(&Bundle::single("rules.ecl", source));
    assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
    compiled.programs.remove(0)
}

/// Its text.
fn source(input: &str, rules: &[String]) -> String {
    let rules: String = (0..)
        .zip(rules)
        .map(|(i, rule): (u32, _)| format!("r{i}: {rule}\n"))
        .collect();
    format!("policy \"p\" {{ gas_limit: 100000  input {{ {input} }}  accept any {{ {rules} }} }}")
}

fn rules(count: usize, rule: impl Fn(usize) -> String) -> Vec<String> {
    (0..count).map(rule).collect()
}

fn index_of(program: &Program) -> Option<&Index> {
    match &program.body {
        Body::Policy(policy) => policy.groups[0].plan.index.as_ref(),
        Body::Guard(_) => panic!("a policy"),
    }
}

/// The cuts of the first index, and how many rules its largest bucket has.
fn cuts(program: &Program) -> (&Cuts, usize) {
    let index = index_of(program).unwrap();
    let Keys::Ordered(cuts) = &index.keys else {
        panic!("an index by order, not {:?}", index.keys)
    };
    assert_eq!(index.buckets.len(), cuts.len() + 1);
    let largest = index.buckets.iter().map(Vec::len).max();
    (cuts, largest.unwrap())
}

fn decide(program: &Program, json: &str) -> Verdict {
    let input = input::Encoder::new(program).encode_str(json).unwrap();
    let limits = GasLimits::total(u64::MAX);
    let mut facts = MemoryFacts::new();
    crate::testing::oracle::evaluate(program, &input, &mut facts as &mut dyn Facts, &limits)
}

/// Checks that a program decides these inputs as it does without its index, and that some are accepted and some not.
fn unchanged(program: &Program, inputs: &[String]) {
    let mut plain = program.clone();
    let Body::Policy(policy) = &mut plain.body else {
        panic!("a policy")
    };
    assert!(policy.groups[0].plan.index.take().is_some());
    let mut accepted = 0;
    for json in inputs {
        let (found, wanted) = (decide(program, json), decide(&plain, json));
        assert_eq!(
            (found.result, found.by),
            (wanted.result, wanted.by),
            "{json}"
        );
        accepted += usize::from(found.result == Ok(Decision::Accept));
    }
    assert!(
        0 < accepted && accepted < inputs.len(),
        "{accepted} accepted"
    );
}

#[test]
fn the_value_of_an_option_has_an_index() {
    let kinds: [fn(usize) -> String; 4] = [
        |i| format!("name == \"n{i}\""),
        |i| format!("name != none AND starts_with(name, \"n{i}-\") OR name == \"n{i}\""),
        |i| format!("inner != none AND inner.at? == {i}"),
        |i| format!("inner != none AND inner.at != none AND inner.at == {i}"),
    ];
    for rule in kinds {
        let source = format!(
            "record In {{ at: int? }}\n{}",
            source("name: string?, inner: In?", &rules(40, rule))
        );
        let mut compiled = crate::check::compile(&Bundle::single("rules.ecl", source));
        assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
        let program = compiled.programs.remove(0);
        if rule(1).contains('?') {
            // A demand can fail, so nothing is left out because of what stands behind it.
            assert_eq!(index_of(&program), None);
            continue;
        }
        let inputs = [
            r#"{"name": "n7", "inner": {"at": 7}}"#,
            r#"{"name": "n39", "inner": {"at": 39}}"#,
            r#"{"name": "", "inner": {"at": 40}}"#,
            r#"{"name": null, "inner": {"at": null}}"#,
            r#"{"inner": null}"#,
        ];
        unchanged(&program, &inputs.map(str::to_owned));
    }
}

#[test]
fn ranges_of_every_ordered_type_have_an_index() {
    // Rule 17 holds from 170 to 179 units of a type.
    let types: [(&str, &dyn Fn(usize) -> String); 7] = [
        ("int", &|n| n.to_string()),
        ("decimal", &|n| format!("{n}.5")),
        ("number", &|n| format!("{n}.5")),
        ("money<EUR>", &|n| format!("{n}.25 EUR")),
        ("length", &|n| format!("{n}m")),
        ("duration", &|n| format!("{n}s")),
        ("instant", &|n| {
            format!("\"2025-01-{:02}T{:02}:00:00Z\"", n / 240 + 1, n / 10 % 24)
        }),
    ];
    for (ty, literal) in types {
        let rule = |i: usize| format!("x >= {} AND x < {}", literal(i * 10), literal(i * 10 + 10));
        let program = policy(&format!("x: {ty}"), &rules(60, rule));
        let (found, largest) = cuts(&program);
        assert_eq!((found.len(), largest), (61, 1), "{ty}");
        let json = |n: usize| {
            let value = literal(n);
            let value = value.trim_matches('"');
            format!("{{\"x\": \"{value}\"}}")
        };
        let plain = |n: usize| format!("{{\"x\": {n}}}");
        let inputs: Vec<String> = [0, 9, 10, 170, 179, 590, 599, 600, 1000]
            .into_iter()
            .map(|n| {
                if matches!(ty, "int" | "number") {
                    plain(n)
                } else {
                    json(n)
                }
            })
            .collect();
        unchanged(&program, &inputs);
    }
}

#[test]
fn strict_bounds_chains_and_equality_are_ranges_of_one_path() {
    let forms = [
        "%a < x AND x <= %b",
        "%a <= x <= %b",
        "x == %a",
        "x in [%a, %b]",
        "x > %a AND %b >= x",
        "x == %a OR %b < x AND x < %b + 4",
        "x != %a AND x >= %a AND x < %b",
        "NOT flag AND x >= %b AND x > %a AND x <= %b",
    ];
    let rule = |i: usize| {
        forms[i % forms.len()]
            .replace("%a", &(i * 7 % 200).to_string())
            .replace("%b", &(i * 7 % 200 + 5).to_string())
    };
    let program = policy("x: int, flag: bool", &rules(60, rule));
    assert!(matches!(cuts(&program), (Cuts::Words(_), 1..15)));
    let inputs: Vec<String> = (-3..220)
        .map(|x| format!("{{\"x\": {x}, \"flag\": {}}}", x % 2 == 0))
        .collect();
    unchanged(&program, &inputs);
}

#[test]
fn rules_on_prefixes_have_an_index() {
    let forms = [
        "starts_with(path, \"/api/v1/tenant-%i/\")",
        "path matches \"/api/v1/tenant-%i/*\"",
        "path == \"/api/v1/tenant-%i\"",
        "path in [\"/api/v1/tenant-%i\", \"/health/%i\"]",
        "path_within(path, \"/api/v1/tenant-%i/items\")",
        "path matches \"/api/v1/tenant-%i/*/edit\"",
        "path matches \"/api/v1/tenant-%i/*/x/*\"",
        "path matches /\\/api\\/v1\\/tenant-%i\\/[a-z]+/",
        "starts_with(path, \"/api/v1/tenant-%i/\") OR path == \"/%i\"",
    ];
    let rule = |i: usize| forms[i % forms.len()].replace("%i", &(i / 2).to_string());
    let program = policy("path: string<128>", &rules(70, rule));
    let (found, largest) = cuts(&program);
    assert!(matches!(found, Cuts::Texts(_)));
    assert!(largest <= 3, "{largest}");
    let mut inputs = Vec::new();
    for i in 0..40 {
        for rest in [
            "", "/", "/items", "/items/1", "/itemsx", "/a/edit", "/\\u0000",
        ] {
            inputs.push(format!("{{\"path\": \"/api/v1/tenant-{i}{rest}\"}}"));
        }
        inputs.push(format!("{{\"path\": \"/health/{i}\"}}"));
        inputs.push(format!("{{\"path\": \"/{i}\"}}"));
    }
    inputs.extend(
        ["", "/api/v1", "zzz", "/api/v1/tenant", "ü"].map(|p| format!("{{\"path\": \"{p}\"}}")),
    );
    unchanged(&program, &inputs);
}

#[test]
fn rules_on_did_patterns_have_an_index() {
    let forms = [
        "who matches \"did:example:org-%i:*\"",
        "who matches \"did:example:org-%i:**\"",
        "starts_with(who, \"did:example:org-%i\")",
        "who == \"did:example:org-%i:a\"",
    ];
    let rule = |i: usize| forms[i % forms.len()].replace("%i", &(100 + i).to_string());
    let program = policy("who: did", &rules(40, rule));
    assert!(matches!(cuts(&program), (Cuts::Texts(_), 1)));
    let mut inputs = vec!["{\"who\": \"did:web:a.example\"}".to_owned()];
    for i in 95..145 {
        for rest in ["", ":a", ":a:b", "x"] {
            inputs.push(format!("{{\"who\": \"did:example:org-{i}{rest}\"}}"));
        }
    }
    unchanged(&program, &inputs);
}

#[test]
fn prefixes_of_prefixes_keep_the_rules_of_the_shorter_ones() {
    let depths = ["/a/", "/a/b/", "/a/b/c/", "/a/b/c/d/"];
    let rule = |i: usize| match depths.get(i) {
        Some(prefix) => format!("starts_with(path, \"{prefix}\") AND level > {i}"),
        None => format!("starts_with(path, \"/x/{i}/\")"),
    };
    let program = policy("path: string<64>, level: int", &rules(30, rule));
    assert!(matches!(cuts(&program), (Cuts::Texts(_), 4)));
    let paths = [
        "/a/",
        "/a/b/",
        "/a/b/c/x",
        "/a/b/c/d/e",
        "/a",
        "/b",
        "/x/7/",
        "/x/70",
    ];
    let inputs = paths.iter().flat_map(|path| {
        (0..6).map(move |level| format!("{{\"path\": \"{path}\", \"level\": {level}}}"))
    });
    unchanged(&program, &inputs.collect::<Vec<_>>());
}

#[test]
fn an_index_by_order_makes_cost_grow_with_the_rules_that_match() {
    let of = |count: usize| {
        let rule = |i: usize| format!("level >= {} AND level < {}", i * 10, i * 10 + 10);
        let ranges = policy("level: int", &rules(count, rule));
        let prefixes = policy(
            "path: string<64>",
            &rules(count, |i| format!("starts_with(path, \"/tenant-{i}/\")")),
        );
        let last = count - 1;
        let ranges = decide(&ranges, &format!("{{\"level\": {}}}", last * 10));
        let prefixes = decide(&prefixes, &format!("{{\"path\": \"/tenant-{last}/x\"}}"));
        assert_eq!(ranges.result, Ok(Decision::Accept));
        assert_eq!(prefixes.result, Ok(Decision::Accept));
        [ranges.gas.total(), prefixes.gas.total()]
    };
    // One rule is tried whatever their number; one gas a halving is what more of them cost.
    let (few, many) = (of(16), of(1024));
    assert_eq!(few, [2 + 3 + 5 + 7, 2 + 3 + 6 + 3]);
    assert_eq!(many, [few[0] + 6, few[1] + 6]);
}

#[test]
fn rules_that_overlap_much_share_buckets() {
    let rule = |i: usize| format!("x >= {i} AND x < {}", i + 100);
    let program = policy("x: int", &rules(2000, rule));
    let (found, largest) = cuts(&program);
    assert!(found.len() > 50, "{}", found.len());
    assert!((100..200).contains(&largest), "{largest}");
    let together: usize = index_of(&program)
        .unwrap()
        .buckets
        .iter()
        .map(Vec::len)
        .sum();
    assert!(together <= 2000 * BUCKET_RULES_FACTORS[0], "{together}");
    let inputs: Vec<String> = (-50..2300)
        .step_by(37)
        .map(|x| format!("{{\"x\": {x}}}"))
        .collect();
    unchanged(&program, &inputs);
}

#[test]
fn ranges_on_two_paths_nest() {
    let rule = |i: usize| {
        let (x, y) = (i % 20 * 10, i / 20 * 10);
        format!("{x} <= x < {} AND {y} <= y < {}", x + 10, y + 10)
    };
    let program = policy("x: int, y: decimal", &rules(400, rule));
    let index = index_of(&program).unwrap();
    assert_eq!(index.nested.len(), 20);
    assert!(matches!(
        &index.nested[0].1.keys,
        Keys::Ordered(Cuts::Wides(_))
    ));
    assert!(program.gas_bound.total() < 50);
    let inputs: Vec<String> = (0..500)
        .map(|i| format!("{{\"x\": {}, \"y\": {}.5}}", i * 7 % 210 - 3, i * 3 % 205))
        .collect();
    unchanged(&program, &inputs);
}

#[test]
fn a_test_that_every_value_passes_leaves_the_look_up_by_equality() {
    let rule = |i: usize| match i {
        0 => "starts_with(path, \"\")".to_owned(),
        1 => "path matches /.*foo/".to_owned(),
        _ => format!("path == \"/{i}\""),
    };
    let program = policy("path: string<64>", &rules(40, rule));
    let index = index_of(&program).unwrap();
    assert!(matches!(index.keys, Keys::Equal { .. }));
    assert!(index.buckets.iter().all(|bucket| bucket.len() <= 3));
}

#[test]
fn thresholds_that_most_values_pass_have_no_index() {
    let program = policy("x: int", &rules(100, |i| format!("x >= {i}")));
    assert_eq!(index_of(&program), None);
}

#[test]
fn what_stands_behind_something_that_can_fail_has_no_index() {
    let rule = |i: usize| format!("10 / y > 1 AND x >= {} AND x < {}", i * 10, i * 10 + 10);
    let program = policy("x: int, y: int", &rules(100, rule));
    assert_eq!(index_of(&program), None);
}

#[test]
fn long_texts_are_told_apart_by_their_beginning() {
    let long = "x".repeat(200);
    let rule = |i: usize| format!("starts_with(path, \"/{i}/{long}{i}\")");
    let program = policy("path: string<1000>", &rules(40, rule));
    let (found, largest) = cuts(&program);
    assert_eq!(largest, 1);
    assert_eq!(
        found.bytes_compared(),
        u64::from(crate::limits::KEY_BYTES_MAX)
    );
    let inputs = (0..50).flat_map(|i| {
        let end = ["", "0", "7"].map(|end| format!("{{\"path\": \"/{i}/{long}{end}\"}}"));
        end.into_iter()
            .chain([format!("{{\"path\": \"/{i}/{long}{i}\"}}")])
    });
    unchanged(&program, &inputs.collect::<Vec<_>>());
}

#[test]
fn the_ends_of_the_order_of_numbers_are_in_an_interval() {
    let rule = |i: usize| match i {
        0 => "x <= -9223372036854775807".to_owned(),
        1 => "x >= 9223372036854775807".to_owned(),
        2 => "x > 9223372036854775807".to_owned(),
        _ => format!("x == {i}"),
    };
    let program = policy("x: int", &rules(20, rule));
    assert!(matches!(cuts(&program), (Cuts::Words(_), 1)));
    let values = [i64::MIN, i64::MIN + 1, -1, 5, i64::MAX - 1, i64::MAX];
    unchanged(&program, &values.map(|x| format!("{{\"x\": {x}}}")));
}

#[test]
fn both_zeros_are_in_one_interval() {
    let rule = |i: usize| match i {
        0 => "x == 0.0".to_owned(),
        1 => "x > 0.0 AND x < 0.5".to_owned(),
        2 => "x < 0.0 AND x > 0.0 - 0.5".to_owned(),
        _ => format!("x >= {i}.0 AND x < {i}.5"),
    };
    let program = policy("x: number", &rules(20, rule));
    assert!(matches!(cuts(&program), (Cuts::Numbers(_), 1)));
    let values = ["0.0", "-0.0", "5e-324", "-5e-324", "0.5", "3.25", "3.75"];
    unchanged(&program, &values.map(|x| format!("{{\"x\": {x}}}")));
}
