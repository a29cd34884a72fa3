use crate::syntax::ast::*;

use super::{parse, parse_expr};

fn file(text: &str) -> File {
    let parsed = parse(0, text);
    assert_eq!(parsed.diagnostics, [], "{text}");
    parsed.file
}

fn codes(text: &str) -> Vec<String> {
    parse(0, text)
        .diagnostics
        .iter()
        .map(|d| d.code.to_string())
        .collect()
}

/// The shape of an expression in prefix form.
fn shape(text: &str) -> String {
    let (expr, diagnostics) = parse_expr(0, text);
    assert_eq!(diagnostics, [], "{text}");
    show(&expr)
}

fn show(expr: &Expr) -> String {
    let all = |xs: &[Expr]| xs.iter().map(show).collect::<Vec<_>>().join(" ");
    match &expr.kind {
        ExprKind::Bool(b) => b.to_string(),
        ExprKind::Number(n) => n.clone(),
        ExprKind::Measure { number, unit } => format!("{number}'{}", unit.node),
        ExprKind::Str(s) => format!("{s:?}"),
        ExprKind::Regex(s) => format!("/{s}/"),
        ExprKind::Name(n) => n.clone(),
        ExprKind::None => "none".into(),
        ExprKind::Ref(d) => format!("@{}", d.node),
        ExprKind::Field { base, name, safe } => {
            format!(
                "{}{}{}",
                show(base),
                if *safe { "?." } else { "." },
                name.node
            )
        }
        ExprKind::Index { base, key } => format!("(index {} {})", show(base), show(key)),
        ExprKind::Call { module, name, args } => {
            let module = module
                .as_ref()
                .map_or(String::new(), |m| format!("{}:", m.node));
            format!("{module}{}[{}]", name.node, all(args))
        }
        ExprKind::Unary { op, expr } => format!("({op:?} {})", show(expr)),
        ExprKind::Binary { op, left, right } => format!("({op:?} {} {})", show(left), show(right)),
        ExprKind::Compare { operands, ops } => format!("({ops:?} {})", all(operands)),
        ExprKind::If {
            cond,
            then,
            otherwise,
        } => {
            format!("(if {} {} {})", show(cond), show(then), show(otherwise))
        }
        ExprKind::Match { subject, arms } => format!("(match {} {})", show(subject), arms.len()),
        ExprKind::Loop {
            kind,
            var,
            list,
            body,
        } => {
            format!("({kind:?} {} {} {})", var.node, show(list), show(body))
        }
        ExprKind::Record { name, fields } => {
            let name = name.as_ref().map_or("", |n| &n.node);
            let fields: Vec<_> = fields
                .iter()
                .map(|f| format!("{}={}", f.name.node, show(&f.value)))
                .collect();
            format!("{name}{{{}}}", fields.join(" "))
        }
        ExprKind::With { base, changes } => format!("(with {} {})", base.node, changes.len()),
        ExprKind::List(xs) => format!("[{}]", all(xs)),
        ExprKind::Demand(expr) => format!("(demand {})", show(expr)),
        ExprKind::Else { expr, default } => format!("(else {} {})", show(expr), show(default)),
        ExprKind::Paren(e) => format!("<{}>", show(e)),
        ExprKind::Error => "ERROR".into(),
    }
}

#[test]
fn operators_bind_as_documented() {
    for (text, expected) in [
        ("a OR b and c", "(Or a (And b c))"),
        ("NOT a == b AND c", "(And (Not ([Eq] a b)) c)"),
        ("!a in b", "(Not (In a b))"),
        ("a not in b", "(NotIn a b)"),
        ("a + b * -c - d", "(Sub (Add a (Mul b (Neg c))) d)"),
        ("a <= b <= c", "([Le, Le] a b c)"),
        ("a.r else 0.5 >= 0.7", "([Ge] (else a.r 0.5) 0.7)"),
        ("a else b else c", "(else a (else b c))"),
        ("if a then b else c else d", "(if a b (else c d))"),
        ("if a then (b else c) else d", "(if a <(else b c)> d)"),
        ("any x in xs: x > 1 AND y", "(Any x xs (And ([Gt] x 1) y))"),
        ("a?.b.c", "a?.b.c"),
        ("trust.above(a.b, 0.5)", "trust:above[a.b 0.5]"),
        ("identity.did.valid(a)", "identity.did:valid[a]"),
        ("a has_credential(\"x\")", "(HasCredential a <\"x\">)"),
        ("has_credential(a, \"x\")", "has_credential[a \"x\"]"),
        ("a matches /^x\\/y$/ OR b", "(Or (Matches a /^x\\/y$/) b)"),
        (
            "min(a, b) + count x in xs: true",
            "(Add min[a b] (Count x xs true))",
        ),
        ("5km < 0.50 EUR", "([Lt] 5'km 0.50'EUR)"),
        ("5 km", "5'km"),
        ("Offer { a: 1, b: [1, 2,] }", "Offer{a=1 b=[1 2]}"),
        (
            "a with { b: 1, c.d[0].\"e\": 2 } == d",
            "([Eq] (with a 2) d)",
        ),
        ("a == NOT b", "([Eq] a (Not b))"),
        ("@ref(\"did:a:b\")", "@did:a:b"),
        (
            "match x { A | B => 1, 3 => 2\n _ if y => 3 }",
            "(match x 3)",
        ),
    ] {
        assert_eq!(shape(text), expected, "{text}");
    }
}

#[test]
fn comparisons_that_do_not_chain_are_refused() {
    for text in [
        "a < b > c",
        "a != b != c",
        "a in b in c",
        "a < b in c",
        "a == b != c",
    ] {
        let (_, diagnostics) = parse_expr(0, text);
        let codes: Vec<_> = diagnostics.iter().map(|d| d.code.to_string()).collect();
        assert_eq!(codes, ["E0207"], "{text}");
    }
}

#[test]
fn a_line_end_ends_an_entry_unless_an_operator_follows() {
    let File { items } = file(
        "policy \"p\" {\n reject { a: x\n  AND y\n in: z\n matches: w }\n accept all { a, b\n c: d, \"text\" }\n}",
    );
    let ItemKind::Policy(policy) = &items[0].kind else {
        panic!("{items:?}")
    };
    let names = |g: &GroupDecl| -> Vec<Option<String>> {
        g.rules
            .iter()
            .map(|r| r.name.as_ref().map(|n| n.node.clone()))
            .collect()
    };
    let some = |s: &str| Some(s.to_owned());
    assert_eq!(
        names(&policy.groups[0]),
        [some("a"), some("in"), some("matches")]
    );
    assert_eq!(names(&policy.groups[1]), [None, None, some("c")]);
    assert_eq!(
        policy.groups[1].rules[2]
            .message
            .as_ref()
            .map(|m| &*m.text.node),
        Some("text")
    );
    assert_eq!(policy.groups[1].combine, Some(Combine::All));
}

#[test]
fn a_stray_word_behind_a_rule_is_no_rule() {
    assert_eq!(codes("policy \"p\" { reject { a: x y } }"), ["E0201"]);
    assert_eq!(
        codes("policy \"p\" { reject { a: x - 1 > 2\n - y } }"),
        ["E0201"]
    );
}

#[test]
fn all_spellings_of_groups_and_order_are_read() {
    let File { items } = file(
        "policy \"p\" { order: deny, ask, accept, input: { a: int }\n auto_reject: { a > 1 } deny any { a > 2 }\n auto_accept { a < 0 }\n allow all: { a < 1 }\n ask { a == 0 }\n otherwise escalate \"why\"\n on accept { emit(\"e\", a) } }",
    );
    let ItemKind::Policy(policy) = &items[0].kind else {
        panic!("{items:?}")
    };
    let order: Vec<Verb> = policy.order.iter().flatten().map(|v| v.node).collect();
    assert_eq!(order, [Verb::Reject, Verb::Escalate, Verb::Accept]);
    let verbs: Vec<_> = policy.groups.iter().map(|g| (g.verb, g.combine)).collect();
    assert_eq!(
        verbs,
        [
            (Verb::Reject, None),
            (Verb::Reject, Some(Combine::Any)),
            (Verb::Accept, None),
            (Verb::Accept, Some(Combine::All)),
            (Verb::Escalate, None)
        ]
    );
    assert_eq!(
        policy.otherwise.as_ref().map(|o| o.verb),
        Some(Verb::Escalate)
    );
    assert_eq!(policy.effects.len(), 1);
}

#[test]
fn a_guard_body_ends_at_the_next_entry_of_the_guard() {
    let File { items } = file(
        "logic_guard \"g\" { body: |\n let a = b\n assert(a == 1, \"no\")\n require a > 1, \"x\"\n require (a > 1, \"y\")\n require (a) OR b\n match a {\n A | B if c => { reject }\n _ => reject(\"z\")\n }\n if a { return } else if b { return { valid: true } } else { }\n return { valid: false }\n gas_limit: 5\n address: \"x\" }",
    );
    let ItemKind::Guard(guard) = &items[0].kind else {
        panic!("{items:?}")
    };
    assert_eq!(guard.body.len(), 8);
    assert_eq!(guard.gas_limit.as_ref().map(|g| g.node), Some(5));
    assert!(guard.address.is_some());
}

#[test]
fn the_small_declarations_are_read() {
    let File { items } = file(
        r#"import "common.ecl"
enum Connector { CCS, Type2 CHAdeMO }
"#
        .replace("Type2 CHAdeMO", "Type2\nCHAdeMO")
        .as_str(),
    );
    assert_eq!(items.len(), 2);
    let File { items } = file(
        r#"
record Offer { price: money<EUR>, tags: list<string<64>, 16>, note: string? }
blueprint "b" { id: "did:x" version: "1" attributes: { p: { type: power, min: 0kW }, c: Connector } }
constraint "c" { severity: mandatory  rule: provider has_credential "did:x:*" message: "no" }
environment "e" { parent: "d"  constraints: ["c"] }
fn f(o: Offer, c: Context) -> bool { let m = 1
 o.price <= c.budget }
test "t" { policy "p"  input { a: 1 }  facts { trust("did:x"): { r: 0.5 }, now: "x" }  expect reject by a because "b" }
test "u" { logic_guard "g"  expect error E0404 }
test "v" { logic_guard "g"  expect output { valid: true } }
amo "x" { id: "did:x", "odd key": 2 }
"#,
    );
    assert_eq!(items.len(), 9);
}

#[test]
fn several_mistakes_are_several_errors_and_the_rest_is_read() {
    let text = "polcy \"a\" { x: 1 }\nrecord A { x int, y: }\nenum B { C }\npolicy \"p\" { limit: 1\n reject { a: }\n gas_limit: 1.5 }\nrecord D { z: int }";
    assert_eq!(
        codes(text),
        ["E0202", "E0201", "E0201", "E0203", "E0201", "E0208"]
    );
    let names: Vec<_> = parse(0, text)
        .file
        .items
        .iter()
        .map(|i| std::mem::discriminant(&i.kind))
        .collect();
    assert_eq!(names.len(), 4);
}

#[test]
fn a_missing_brace_is_reported_once_and_the_next_declaration_survives() {
    let parsed = parse(
        0,
        "policy \"a\" {\n  reject { x: a > 1\n\npolicy \"b\" {\n}\n",
    );
    let codes: Vec<_> = parsed
        .diagnostics
        .iter()
        .map(|d| d.code.to_string())
        .collect();
    assert_eq!(codes, ["E0205"]);
    assert_eq!(parsed.file.items.len(), 2);
}

#[test]
fn missing_and_doubled_entries_are_named() {
    assert_eq!(codes("constraint \"c\" { severity: info }"), ["E0210"]);
    assert_eq!(codes("policy \"p\" { id: \"a\" id: \"b\" }"), ["E0204"]);
    assert_eq!(
        codes("constraint \"c\" { severity: fatal\n rule: true }"),
        ["E0209"]
    );
    assert_eq!(codes("fn f(a: int) -> int { a.b(1).c() }"), ["E0211"]);
    assert_eq!(codes("fn f() -> int { }"), ["E0210"]);
}

#[test]
fn deep_nesting_and_long_chains_are_one_error_each() {
    use crate::limits::{EXPR_HEIGHT_MAX, NESTING_MAX};
    let cases = [
        "(".repeat(100_000),
        "[".repeat(100_000),
        "NOT ".repeat(100_000),
        "-".repeat(100_000),
        "if a then ".repeat(100_000),
        "f(".repeat(100_000),
        "{ a: ".repeat(100_000),
        "1 + ".repeat(100_000),
        "a.".repeat(100_000),
        "a else ".repeat(100_000),
        "1 < ".repeat(100_000),
        "any x in ".repeat(100_000),
        "match x { _ => ".repeat(50_000),
    ];
    for text in cases {
        let (_, diagnostics) = parse_expr(0, &text);
        let codes: Vec<_> = diagnostics.iter().map(|d| d.code.to_string()).collect();
        assert_eq!(
            codes,
            ["E0206"],
            "{}",
            text.chars().take(20).collect::<String>()
        );
    }
    let depth = NESTING_MAX as usize - 1;
    shape(&format!("{}1{}", "(".repeat(depth), ")".repeat(depth)));
    let height = EXPR_HEIGHT_MAX as usize - 1;
    shape(&format!("1{}", " + 1".repeat(height)));
    for text in ["record A { x: ", "enum A { ", "list<"] {
        assert!(!codes(&text.repeat(50_000)).is_empty());
    }
    assert_eq!(
        codes(&format!("record A {{ x: {}", "list<".repeat(50_000))),
        ["E0206"]
    );
    assert_eq!(
        codes(&format!(
            "logic_guard \"g\" {{ body {{ {}",
            "if a { ".repeat(50_000)
        )),
        ["E0206"]
    );
    assert_eq!(
        codes(&format!(
            "logic_guard \"g\" {{ body: | {}",
            "match a { _ => ".repeat(50_000)
        )),
        ["E0206"]
    );
}

#[test]
fn diagnostics_stop_at_their_limit() {
    let found = codes(&"record A { x }\n".repeat(5_000));
    assert_eq!(found.len(), crate::limits::DIAGNOSTICS_MAX + 1);
    assert_eq!(found.last().map(String::as_str), Some("E0212"));
}

#[test]
fn a_source_above_the_limit_is_refused_unread() {
    let text = " ".repeat(crate::limits::SOURCE_BYTES_MAX + 1);
    assert_eq!(codes(&text), ["E0108"]);
    assert_eq!(codes(&text[1..]), Vec::<String>::new());
}

#[test]
fn every_example_of_a_front_end_code_gives_that_code() {
    let tables = crate::codes::lexer::TABLE
        .iter()
        .chain(crate::codes::parser::TABLE);
    for entry in tables {
        // These three cannot be shown in a line.
        let in_words = entry.example.starts_with("a file ");
        if !in_words {
            let found = codes(entry.example);
            assert!(
                found.contains(&entry.code.to_string()),
                "{}: {found:?}",
                entry.code
            );
        }
    }
}

#[test]
fn the_programs_of_the_source_document_are_read_as_they_stand() {
    let File { items } = file(include_str!(
        "../../../tests/cases/documents/ev_charging_validate.ecl"
    ));
    let ItemKind::Guard(guard) = &items[0].kind else {
        panic!("{items:?}")
    };
    assert_eq!(
        (
            guard.input.decls.len(),
            guard.output.len(),
            guard.body.len()
        ),
        (4, 2, 6)
    );
    let File { items } = file(include_str!(
        "../../../tests/cases/documents/policy_evaluate.ecl"
    ));
    let ItemKind::Evaluate(evaluate) = &items[0].kind else {
        panic!("{items:?}")
    };
    assert_eq!(evaluate.input.len(), 2);
    assert_eq!(
        evaluate.decision.as_ref().map(|d| d.node),
        Some(Verb::Accept)
    );
    assert_eq!(evaluate.reasoning.as_ref().map(Vec::len), Some(3));
}

#[test]
fn an_entry_that_cannot_begin_is_skipped() {
    for text in [
        "policy \"p\" { reject {\n=> 1\n a: b } }",
        "policy \"p\" { on accept {\n)\n} }",
        "logic_guard \"g\" { body: |\n ]\n}",
        "enum A {\n=\nB }",
        "fn f() -> int {\n*\n}",
    ] {
        assert_eq!(
            codes(text).first().map(String::as_str),
            Some("E0201"),
            "{text}"
        );
    }
}

#[test]
fn an_arm_may_begin_with_a_negative_number() {
    for text in [
        "fn f(x: int) -> int {\n  match x {\n    1 => 5\n    -1 => 6\n    -2 | -3 => 7\n    _ => 8\n  }\n}\n",
        "fn f(x: length) -> int {\n  match x {\n    1km => 5\n    -1km => 6\n    _ => 8\n  }\n}\n",
    ] {
        assert!(codes(text).is_empty(), "{text}");
        // The formatter puts commas there.
        let formatted = crate::tools::format::format(text).unwrap();
        assert!(codes(&formatted).is_empty(), "{formatted}");
    }
    // Not an arm: the expression of the line before goes on, or does not.
    assert!(!codes("fn f(x: int) -> int {\n  match x {\n    1 => 5\n    - x\n  }\n}\n").is_empty());
}
