//! Reasons of a small charging policy, word for word.

use serde_json::json;

use super::*;
use crate::data::decimal::ONE;
use crate::data::gas::GasLimits;
use crate::data::types::{Currency, Dimension};
use crate::host::facts;
use crate::host::input;
use crate::ir::value;
use crate::ir::{BinaryOp, Expr, ExprKind, LeafCompare, Plan, Point};
use crate::testing::{oracle, programs};

fn expr(kind: ExprKind, ty: Type) -> Expr {
    Expr {
        kind,
        ty,
        point: PointId(0),
    }
}

fn euro() -> Type {
    Type::Money(Currency("EUR".into()))
}

/// A rule `left operator max`, and its condition as written.
struct Test {
    name: &'static str,
    text: &'static str,
    offset: u32,
    ty: Type,
    op: (BinaryOp, &'static str),
    right: (ExprKind, &'static str),
}

fn group(
    program: &mut Program,
    decision: Decision,
    combine: Combine,
    leaf_base: u32,
    tests: Vec<Test>,
) -> Group {
    let mut rules = Vec::new();
    let mut shapes = Vec::new();
    for (i, test) in (0..).zip(tests) {
        let point = u32::try_from(program.points.len()).unwrap();
        program.points.push(Point {
            span: (0, point, point + 1),
            line_column: (point, 3),
            text: test.text.into(),
        });
        let left = expr(
            ExprKind::Input(program.input_base + test.offset),
            test.ty.clone(),
        );
        let comparison = ExprKind::Binary {
            op: test.op.0,
            left: Box::new(left),
            right: Box::new(expr(test.right.0, test.ty.clone())),
        };
        let probe = ExprKind::Probe {
            leaf: 0,
            expr: Box::new(expr(comparison, Type::Bool)),
        };
        shapes.push(expr(probe, Type::Bool));
        rules.push(Rule {
            name: test.name.into(),
            point: PointId(point),
            message: None,
            shape: i,
            params: 0,
            leaves: vec![Leaf {
                point: PointId(point),
                compare: Some(LeafCompare {
                    operator: test.op.1.into(),
                    left: test.name.into(),
                    left_type: test.ty.clone(),
                    right: test.right.1.into(),
                    right_type: test.ty,
                }),
            }],
            leaf_base: leaf_base + i,
        });
    }
    Group {
        decision,
        combine,
        rules,
        plan: Plan {
            shapes,
            index: None,
        },
    }
}

/// Rejects above 2 EUR; accepts up to 0.50 EUR, with trust from 0.7, within 5km.
fn charging() -> Program {
    let mut program = programs::program(vec![
        ("price_per_kwh", euro()),
        ("trust", Type::Number),
        ("distance", Type::Quantity(Dimension::Length)),
    ]);
    let price = |name, text, op, cents: i128, label| Test {
        name,
        text,
        offset: 0,
        ty: euro(),
        op,
        right: (ExprKind::Wide(cents * ONE / 100), label),
    };
    let expensive = price(
        "price_per_kwh",
        "price_per_kwh > 2 EUR",
        (BinaryOp::GtWide, ">"),
        200,
        "",
    );
    let reject = group(
        &mut program,
        Decision::Reject,
        Combine::Any,
        0,
        vec![expensive],
    );
    let accept = vec![
        price(
            "price_per_kwh",
            "price_per_kwh <= 0.50 EUR",
            (BinaryOp::LeWide, "<="),
            50,
            "max",
        ),
        Test {
            name: "trust",
            text: "trust >= 0.7",
            offset: 16,
            ty: Type::Number,
            op: (BinaryOp::GeNumber, ">="),
            right: (ExprKind::Number(0.7), "min"),
        },
        Test {
            name: "distance",
            text: "distance <= 5km",
            offset: 24,
            ty: Type::Quantity(Dimension::Length),
            op: (BinaryOp::LeWide, "<="),
            right: (ExprKind::Wide(5_000 * ONE), "max"),
        },
    ];
    let accept = group(&mut program, Decision::Accept, Combine::All, 1, accept);
    let Body::Policy(policy) = &mut program.body else {
        panic!("a policy was made");
    };
    policy.groups = vec![reject, accept];
    program
}

fn reasons(price: &str, trust: f64, distance: &str, redaction: &Redaction) -> Reasons {
    let program = charging();
    let json = json!({ "price_per_kwh": price, "trust": trust, "distance": distance });
    let input = input::encode(&program, &json).unwrap();
    let limits = GasLimits::total(1000);
    let run = oracle::run(&program, &input, &mut facts::NoFacts, &limits);
    let memory = run.memory.clone();
    let read = |ty: &Type, words| value::from_words(&program, &memory, ty, words);
    Reasons::new(&program, &run.into_explanation(), &read, redaction)
}

#[test]
fn an_accept_shows_every_condition_of_its_group() {
    let reasons = reasons("0.42 EUR", 0.92, "1.2km", &Redaction::none());
    assert_eq!(reasons.decision, Some(Decision::Accept));
    assert_eq!(
        reasons.lines(),
        [
            "price_per_kwh (0.42) <= max (0.50): PASS",
            "trust (0.92) >= min (0.7): PASS",
            "distance (1.2km) <= max (5km): PASS",
        ]
    );
    assert!(reasons.changes.is_empty());
}

#[test]
fn in_full_a_line_has_currencies_and_no_label_that_nobody_wrote() {
    let reasons = reasons("0.55 EUR", 0.92, "7km", &Redaction::none());
    assert_eq!(
        reasons.full_lines(),
        [
            "price_per_kwh (0.55 EUR) > 2.00 EUR: FAIL",
            "price_per_kwh (0.55 EUR) <= 0.50 EUR: FAIL",
            "trust (0.92) >= 0.7: PASS",
            "distance (7km) <= 5km: FAIL",
        ]
    );
}

#[test]
fn in_full_a_line_has_the_names_of_its_source() {
    let text = "policy \"p\" { input { price: money<EUR>, max: money<EUR>, prices: list<money<EUR>, 3> }\n\
                accept { a: price <= max  b: price <= (max)  c: max >= 1 EUR  d: price in prices } }";
    let compiled = crate::check::compile(&crate::syntax::bundle::Bundle::single("p.ecl", text));
    let program = &compiled.programs[0];
    let json = json!({ "price": "1 EUR", "max": "2 EUR", "prices": ["1 EUR", "3 EUR"] });
    let input = input::encode(program, &json).unwrap();
    let run = oracle::run(
        program,
        &input,
        &mut facts::NoFacts,
        &GasLimits::total(1000),
    );
    let memory = run.memory.clone();
    let read = |ty: &Type, words| value::from_words(program, &memory, ty, words);
    let reasons = Reasons::new(program, &run.into_explanation(), &read, &Redaction::none());
    assert_eq!(
        reasons.full_lines(),
        [
            "price (1.00 EUR) <= max (2.00 EUR): PASS",
            "price (1.00 EUR) <= max (2.00 EUR): PASS",
            "max (2.00 EUR) >= 1.00 EUR: PASS",
            "price (1.00 EUR) in prices ([1.00 EUR, 3.00 EUR]): PASS",
        ]
    );
}

#[test]
fn a_rejection_says_what_would_have_to_change() {
    let reasons = reasons("0.55 EUR", 0.92, "7km", &Redaction::none());
    assert_eq!(reasons.decision, Some(Decision::Reject));
    assert_eq!(
        reasons.lines(),
        [
            "price_per_kwh (0.55) > 2.00: FAIL",
            "price_per_kwh (0.55) <= max (0.50): FAIL",
            "trust (0.92) >= min (0.7): PASS",
            "distance (7km) <= max (5km): FAIL",
        ]
    );
    let changes: Vec<_> = reasons.changes.iter().map(|c| c.text.as_str()).collect();
    assert_eq!(
        changes,
        [
            "price_per_kwh would have to be <= 0.50 EUR (is 0.55 EUR)",
            "distance would have to be <= 5km (is 7km)",
        ]
    );
    assert!(reasons.changes_complete);
}

#[test]
fn a_rule_that_rejects_must_fail_first() {
    let reasons = reasons("2.10 EUR", 0.92, "1km", &Redaction::none());
    assert_eq!(reasons.lines(), ["price_per_kwh (2.10) > 2.00: PASS"]);
    assert_eq!(
        reasons.changes[0].text,
        "price_per_kwh would have to be <= 2.00 EUR (is 2.10 EUR)"
    );
    assert!(!reasons.changes[0].must_hold);
    // The accept group was not evaluated: it might fail as well.
    assert!(!reasons.changes_complete);
}

#[test]
fn redacted_values_are_not_in_text_or_data() {
    let reasons = reasons("0.55 EUR", 0.123_456, "1km", &Redaction::of(["trust"]));
    assert!(
        reasons
            .lines()
            .contains(&"trust ([redacted]) >= min (0.7): FAIL".into())
    );
    let json = serde_json::to_string(&reasons).unwrap();
    assert!(!json.contains("0.123456"), "{json}");
    assert!(
        reasons
            .changes
            .iter()
            .any(|c| c.text == "`trust >= 0.7` would have to hold")
    );
}

#[test]
fn reasons_are_data() {
    let reasons = reasons("0.42 EUR", 0.92, "1.2km", &Redaction::none());
    let json = serde_json::to_value(&reasons).unwrap();
    assert_eq!(json["decision"], "accept");
    assert_eq!(json["by"], json!({ "rule": { "group": 1, "rule": 2 } }));
    let condition = &json["rules"][1]["conditions"][0];
    assert_eq!(
        condition["left"],
        json!({ "label": "price_per_kwh", "value": "0.42 EUR" })
    );
    assert_eq!(condition["operator"], "<=");
    assert_eq!(condition["status"], "pass");
    assert_eq!(condition["place"]["text"], "price_per_kwh <= 0.50 EUR");
}

/// The lines of a policy over lists and records that are empty or equal.
fn lines_of(rules: &str) -> [Vec<String>; 2] {
    let text = format!(
        "record R {{ x: int }} policy \"p\" {{ input {{ l: list<int, 3>, m: map<string<4>, int, 2>, a: R, b: R, blocked: bool, hour: int }}\n{rules} }}"
    );
    let compiled = crate::check::compile(&crate::syntax::bundle::Bundle::single("p.ecl", text));
    let program = &compiled.programs[0];
    let json = json!({ "l": [1, 2], "m": {}, "a": { "x": 1 }, "b": { "x": 2 }, "blocked": true, "hour": 9 });
    let input = input::encode(program, &json).unwrap();
    let limits = GasLimits::total(1000);
    let run = oracle::run(program, &input, &mut facts::NoFacts, &limits);
    let memory = run.memory.clone();
    let read = |ty: &Type, words| value::from_words(program, &memory, ty, words);
    let reasons = Reasons::new(program, &run.into_explanation(), &read, &Redaction::none());
    [reasons.lines(), reasons.lines_by_rule()]
}

#[test]
fn a_part_of_a_value_is_not_shown_as_the_value() {
    let [lines, _] = lines_of("deny { list: l == []  map: m != {}  record: a == b }");
    assert_eq!(lines, ["l == []: FAIL", "m != {}: FAIL", "a == b: FAIL"]);
}

#[test]
fn a_condition_under_not_is_told_in_the_sense_of_its_rule() {
    let rules = "deny { early: hour < 8 }\nallow { free: NOT blocked  day: NOT (hour < 8 OR NOT (hour > 10)) }";
    let [lines, told] = lines_of(rules);
    assert_eq!(lines.get(1).map(String::as_str), Some("blocked: PASS"));
    assert_eq!(
        told,
        [
            "reject any",
            "  early: hour (9) < 8: FAIL",
            "accept all",
            "  free: NOT blocked: FAIL",
            "  day: NOT (hour (9) < 8): PASS",
            "  day: hour (9) > 10: FAIL",
        ]
    );
}
