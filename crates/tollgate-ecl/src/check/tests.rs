//! What programs mean and what is wrong with them, on small sources.

use super::*;
use crate::codes::Code;

fn example(path: &str) -> (String, String) {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/ecl/");
    let text = std::fs::read_to_string(format!("{root}{path}")).unwrap();
    (path.into(), text)
}

fn examples(paths: &[&str]) -> Compiled {
    let mut bundle = Bundle::default();
    for path in paths {
        let (name, text) = example(path);
        bundle.add(name, text);
    }
    compile(&bundle)
}

fn messages(compiled: &Compiled) -> Vec<String> {
    let list = compiled.diagnostics.iter();
    list.map(|d| format!("{} {}", d.code, d.message)).collect()
}

#[track_caller]
fn fails(source: &str, code: Code) {
    let compiled = compile(&Bundle::single("test.ecl", source));
    let codes: Vec<Code> = compiled.diagnostics.iter().map(|d| d.code).collect();
    assert_eq!(codes, [code], "{:?}", messages(&compiled));
    for d in &compiled.diagnostics {
        assert!(d.help.is_some(), "{} has no help", d.code);
    }
}

#[track_caller]
fn compiles(source: &str) -> Compiled {
    let compiled = compile(&Bundle::single("test.ecl", source));
    assert!(compiled.diagnostics.is_empty(), "{:?}", messages(&compiled));
    compiled
}

#[test]
fn the_documents_programs_compile_as_they_stand() {
    let guard = examples(&["ev-charging/guard-verbatim.ecl"]);
    assert!(guard.diagnostics.is_empty(), "{:?}", messages(&guard));
    let policy = examples(&[
        "ev-charging/policy.ecl",
        "ev-charging/evaluate-verbatim.ecl",
    ]);
    assert!(policy.diagnostics.is_empty(), "{:?}", messages(&policy));
    assert_eq!(policy.evaluations.len(), 1);
    assert_eq!(
        policy.evaluations[0].input.to_string(),
        r#"{"offer":{"price_per_kwh":"0.42 EUR","trust":0.92,"distance":"1.2km"},"context":{"agent_trust":0.85,"budget_remaining":"65.00 EUR","current_time":"2025-01-28T10:15:00Z"}}"#
    );
}

#[test]
fn every_code_of_the_checker_has_an_example_that_gives_it() {
    let silent = [
        crate::codes::check::TOO_DEEP,
        crate::codes::check::TOO_LARGE,
        // The bound of the example is checked with the other bounds.
        crate::codes::check::GAS_BOUND,
    ];
    for entry in crate::codes::check::TABLE {
        if silent.contains(&entry.code) {
            continue;
        }
        let compiled = compile(&Bundle::single("example.ecl", entry.example));
        let found = compiled.diagnostics.iter().any(|d| d.code == entry.code);
        assert!(
            found,
            "{} `{}`: {:?}",
            entry.code,
            entry.example,
            messages(&compiled)
        );
        for d in &compiled.diagnostics {
            assert!(d.help.is_some(), "{} has no help", d.code);
        }
    }
}

/// A policy that accepts when the condition holds, with an input of many types.
fn condition(cond: &str) -> String {
    format!(
        r#"enum Plug {{ CCS, Type2 }}
        record Line {{ price: decimal, sku: string<16> }}
        policy "p" {{
          input {{
            a: int, b: decimal, c: number, price: money<EUR>, d: length, t: duration, at: instant,
            who: did, path: string<64>, note: string<16>?, limit: int?, plug: Plug, tags: list<string<8>, 4>,
            lines: list<Line, 10>, flag: bool, now: instant
          }}
          accept {{ yes: {cond} }}
        }}"#
    )
}

#[test]
fn conditions_of_every_type_compile() {
    for cond in [
        "a < 5",
        "a < 0.5",
        "0 <= a <= 10",
        "b * 2 > 0.5",
        "c > 1",
        "c + a > 0.5",
        "2 * price <= 1 EUR",
        "price / 2 < 0.5 EUR",
        "price / 1 EUR > 3",
        "d + 500m < 5km",
        "at - now < 2h",
        "at + 30s > now()",
        "at > \"2025-01-28T10:15:00Z\"",
        "who == \"did:example:anna\"",
        "who matches \"did:example:**\"",
        "path matches \"/api/*/items\"",
        "path matches /[a-z]+/",
        "(note else \"\") == \"x\"",
        "note != none",
        "(limit else 0) + a > 3",
        "plug == CCS",
        "CCS == plug",
        "plug in [CCS, Type2]",
        "match plug { CCS => a > 1, Type2 => true }",
        "(match a { 1 => \"one\", _ => \"many\" }) == \"one\"",
        "\"x\" in tags",
        "a not in [1, 2, 3]",
        "any tag in tags: tag == \"x\"",
        "all line in lines: line.price < 1000 AND line.sku in [\"a\", \"b\"]",
        "(sum line in lines: line.price) < 100",
        "((max line in lines: line.price) else 0) < 100",
        "(count tag in tags: len(tag) > 2) >= 1",
        "norm(trust(who)) >= 0.7",
        "(norm(trust(who)) else 0.0) >= 0.7",
        "(trust(who).r else 0.0) > 0.5",
        "(balance(who, \"EUR\") + b else 0.0) > 1.0",
        "(balance(who, \"EUR\") * 1 EUR else 0 EUR) > price",
        "(balance(who, \"EUR\") else 0) + b > 1",
        "(active_sessions(who) else 0.5) > b",
        "(any line in lines: store_get(\"skus\", line.sku) == \"x\") else false",
        "(if flag then trust(who).r else c) else 0.5 > c",
        "((max line in lines: balance(who, line.sku)) else 0) < 100",
        "(trust(who).r else karma(who) else 0.0) > c",
        "who has_credential \"did:example:credential:*\"",
        "(has_credential(who, \"did:example:credential:*\") else false)",
        "who in who.delegates",
        "if flag then a > 1 else NOT flag",
        "t * 2 < 1h",
        "t / 30s > 1.5",
        "abs(a) > 1 AND max(a, 3) > 2",
        "to_decimal(c) < b",
        "above(who, 0.5)",
        "norm(trust(who), \"finance\") > 0.5",
    ] {
        let source = condition(cond);
        let compiled = compile(&Bundle::single("test.ecl", source));
        assert!(
            compiled.diagnostics.is_empty(),
            "`{cond}`: {:?}",
            messages(&compiled)
        );
    }
}

#[test]
fn one_mistake_gives_one_error() {
    use crate::codes::check as c;
    for (cond, code) in [
        ("aa < 5 AND a < 3", c::UNKNOWN_NAME),
        ("price < 5 USD", c::MIXED_CURRENCIES),
        ("d < 5kW", c::MIXED_UNITS),
        ("d < 5", c::NEEDS_UNIT),
        ("b < c", c::MIXED_NUMBERS),
        ("limit < 5", c::MAYBE_NONE),
        ("(a else 3) < 5", c::NEEDLESS_ELSE),
        ("((trust(who).r else 0.0) else 1.0) < c", c::NEEDLESS_ELSE),
        ("trust(who).r > 0.5 else false", c::NEEDLESS_ELSE),
        (
            "(any line in lines: (line.price else 1.0) > b) else false",
            c::NEEDLESS_ELSE,
        ),
        ("(balance(who, \"EUR\") else c) > b", c::MIXED_NUMBERS),
        ("(karma(who) > 1.0 else 3)", c::NEEDLESS_ELSE),
        ("((karma(who) > 1.0) else 3)", c::MISMATCH),
        ("plug == CSS", c::UNKNOWN_CASE),
        ("path < \"b\"", c::NOT_DEFINED),
        ("match plug { CCS => true }", c::NOT_EXHAUSTIVE),
        ("t < 5m", c::MIXED_UNITS),
        ("note.x == 3", c::MAYBE_NONE),
        ("a > 9223372036854775807 + 1", c::CONSTANT_ERROR),
        ("price * c < 1 EUR", c::MIXED_NUMBERS),
        ("who == \"anna\"", c::BAD_TEXT),
        ("emit(\"x\", a)", c::MISPLACED),
        ("(aa + 1) * bb.c < foo(3)", c::UNKNOWN_NAME),
        ("a == true", c::MISMATCH),
    ] {
        let source = condition(cond);
        let compiled = compile(&Bundle::single("test.ecl", source));
        let first = compiled.diagnostics.first().map(|d| d.code);
        assert_eq!(first, Some(code), "`{cond}`: {:?}", messages(&compiled));
        if !cond.contains("foo") {
            assert_eq!(
                compiled.diagnostics.len(),
                1,
                "`{cond}`: {:?}",
                messages(&compiled)
            );
        }
    }
}

#[test]
fn a_needless_else_says_where_it_belongs() {
    for (cond, help) in [
        (
            "trust(who).r > 0.5 else false",
            "write `(a < b) else false`",
        ),
        (
            "(all line in lines: (line.price else 1.0) > b)",
            "write `else` where the fact is asked for",
        ),
        (
            "(a else 3) < 5",
            "an option, or a value that a fact is asked for in",
        ),
    ] {
        let compiled = compile(&Bundle::single("test.ecl", condition(cond)));
        let shown = format!("{:?}", compiled.diagnostics);
        assert!(shown.contains(help), "`{cond}`: {shown}");
    }
}

fn with_effects(declarations: &str, entries: &str) -> Compiled {
    let source = format!(
        "{declarations}
         policy \"p\" {{ input {{ a: int, who: did, xs: list<int, 4> }}
           let held = emit(\"held\", a)
           let perhaps: effect? = if a > 1 then held else none
           accept {{ yes: a > 0 }}  on accept {{ {entries} }} }}"
    );
    compile(&Bundle::single("test.ecl", source))
}

#[test]
fn effects_are_values_that_entries_take() {
    let functions = "fn note(a: int) -> effect { put(\"s\", \"k\", a) }
                     fn large(a: int) -> effect? { if a > 9 then note(a) else none }
                     fn all_of(xs: list<int, 4>) -> list<effect, 4> { map x in xs: note(x) }
                     fn same(e: effect) -> effect { e }";
    for entry in [
        "emit(\"x\", a)",
        "held",
        "perhaps",
        "perhaps else held",
        "same(held)",
        "note(a)",
        "large(a)",
        "all_of(xs)",
        "if a > 1 then note(a) else held",
        "if a > 1 then note(a) else none",
        "match a { 1 => note(1), 2 => none, _ => perhaps }",
        "[held, note(a), perhaps]",
        "[held, none]",
        "map x in xs: if x > 1 then note(x) else held",
        "map x in xs: if x > 1 then note(x) else none",
        "map x in xs: large(x)",
        "emit(\"trusted\", trust(who).r) else held",
    ] {
        let compiled = with_effects(functions, entry);
        assert!(
            compiled.diagnostics.is_empty(),
            "`{entry}`: {:?}",
            messages(&compiled)
        );
    }
}

#[test]
fn effects_are_no_data() {
    use crate::codes::check as c;
    for (declarations, entry, code) in [
        ("", "a", c::MISPLACED),
        ("", "[a]", c::MISPLACED),
        ("", "put(\"s\", \"k\", held)", c::EFFECT_AS_DATA),
        ("", "emit(\"x\", [held])", c::EFFECT_AS_DATA),
        ("", "if held == held then held else held", c::EFFECT_AS_DATA),
        (
            "",
            "if held in [held] then held else held",
            c::EFFECT_AS_DATA,
        ),
        ("", "if held then held else held", c::MISPLACED),
        ("", "emit(a, a)", c::NOT_CONSTANT),
        ("", "emit(\"x\")", c::ARGUMENTS),
        ("record R { e: effect? }", "held", c::EFFECT_AS_DATA),
        (
            "policy \"q\" { input { e: list<effect, 2> }  accept { yes: len(e) > 0 } }",
            "held",
            c::EFFECT_AS_DATA,
        ),
        (
            "fn f(a: int) -> int { emit(\"x\", a) }",
            "held",
            c::MISPLACED,
        ),
        ("fn f(a: int) -> effect { a }", "held", c::MISMATCH),
    ] {
        let compiled = with_effects(declarations, entry);
        let codes: Vec<_> = compiled.diagnostics.iter().map(|d| d.code).collect();
        assert_eq!(
            codes,
            [code],
            "`{declarations}` `{entry}`: {:?}",
            messages(&compiled)
        );
    }
}

#[test]
fn the_bound_counts_every_effect_that_may_be_taken() {
    let bound = |entries: &str| {
        let compiled = with_effects("", entries);
        assert!(
            !compiled.has_errors(),
            "`{entries}`: {:?}",
            messages(&compiled)
        );
        compiled.programs[0].gas_bound.storage
    };
    assert_eq!(bound("held"), 20);
    assert_eq!(bound("held, held"), 40);
    assert_eq!(bound("if a > 1 then held else none"), 20);
    assert_eq!(bound("perhaps"), 20);
    assert_eq!(bound("[held, held, none]"), 40);
    assert_eq!(bound("map x in xs: emit(\"x\", x)"), 80);
}

#[test]
fn a_cycle_of_functions_is_shown() {
    let source = "fn f(a: int) -> int { g(a) }  fn g(a: int) -> int { f(a) }";
    fails(source, crate::codes::check::CYCLE);
    let compiled = compile(&Bundle::single("test.ecl", source));
    assert_eq!(messages(&compiled), ["E0308 `f` calls itself: f → g → f"]);
}

#[test]
fn a_program_without_one_of_its_parts_has_no_worst_case() {
    let compiled = compiles(
        r#"fn f(a: int) -> int { a * 2 }
        policy "p" { input { a: int, tags: list<string<8>, 4> }  accept any { x: f(a) < 5, y: "x" in tags } on accept { emit("e", a) } }"#,
    );
    let whole = &compiled.programs[0];
    assert!(crate::ir::bound::bound(whole).is_ok());
    let without: [fn(&mut crate::ir::Program); 4] = [
        |p| p.functions.clear(),
        |p| p.records.clear(),
        |p| p.effects.clear(),
        |p| match &mut p.body {
            crate::ir::Body::Policy(policy) => policy.groups[0].plan.shapes.clear(),
            crate::ir::Body::Guard(_) => panic!("it is a policy"),
        },
    ];
    for (number, take) in without.into_iter().enumerate() {
        let mut program = whole.clone();
        take(&mut program);
        let bound = crate::ir::bound::bound(&program);
        assert_eq!(bound, Err(crate::ir::bound::BrokenProgram), "part {number}");
    }
}

#[test]
fn the_bound_is_a_formula_in_the_lengths_of_lists() {
    let compiled = compiles(
        r#"policy "p" { input { tags: list<string<8>, 16>, a: int }  accept { low: a < 5, t: any x in tags: x == "a" } }"#,
    );
    let bound = crate::ir::bound::bound(&compiled.programs[0]).unwrap();
    assert_eq!(bound.to_string(), "6 + 4·|tags| ≤ 70 gas");
    fails(
        r#"policy "p" { gas_limit: 69  input { tags: list<string<8>, 16>, a: int }  accept { low: a < 5, t: any x in tags: x == "a" } }"#,
        crate::codes::check::GAS_BOUND,
    );
}

#[test]
fn many_rules_share_a_shape_and_get_an_index() {
    let rules: String = (0..1000)
        .map(|i| {
            format!(
                "r{i}: user == \"u{i}\" AND action == \"a{}\" AND level >= {}\n",
                i % 8,
                i % 10
            )
        })
        .collect();
    let source = format!(
        "policy \"p\" {{ input {{ user: string<16>, action: string<16>, level: int }}  accept any {{ {rules} }} }}"
    );
    let compiled = compiles(&source);
    let crate::ir::Body::Policy(policy) = &compiled.programs[0].body else {
        panic!("a policy")
    };
    let plan = &policy.groups[0].plan;
    assert_eq!(plan.shapes.len(), 1);
    let index = plan.index.as_ref().unwrap();
    let crate::ir::Keys::Equal { entries, .. } = &index.keys else {
        panic!("an index by equality")
    };
    assert_eq!(entries.len(), 1000);
    assert!(index.buckets.iter().all(|b| b.len() <= 1));
    assert!(compiled.programs[0].gas_bound.total() < 20);
}

#[test]
fn a_record_beyond_its_limit_is_an_error() {
    let fields: String = (0..crate::limits::RECORD_WORDS_MAX / 6 + 1)
        .map(|i| format!("f{i}: trust\n"))
        .collect();
    let source = format!("record Big {{ {fields} }}");
    let compiled = compile(&Bundle::single("big.ecl", source));
    assert_eq!(compiled.diagnostics[0].code, crate::codes::check::BOUND);
}

#[test]
fn a_worst_case_beyond_the_arena_is_an_error() {
    let fields: String = (0..1000).map(|i| format!("f{i}: trust\n")).collect();
    // Ten thousand copies of 48,000 bytes cost little gas and much memory.
    let policy = "policy \"p\" {
      gas_limit: 100000
      input { big: Big, xs: list<int, 10000> }
      let copies = map x in xs: big
      accept { yes: len(copies) > 0 }
    }";
    let source = format!("record Big {{ {fields} }} {policy}");
    fails(&source, crate::codes::check::TOO_LARGE);
}

#[test]
fn branches_that_return_are_joined_up_to_a_limit() {
    let branch = "if a > 1 { if b { return { valid: true } } }\n";
    let guard = |n: usize| {
        format!(
            "logic_guard \"g\" {{ gas_limit: 100000  input: {{ a: int, b: bool }}  output: {{ valid: bool }}  body {{ {}  return {{ valid: false }} }} }}",
            branch.repeat(n)
        )
    };
    compiles(&guard(3));
    fails(&guard(40), crate::codes::check::TOO_LARGE);
}

#[test]
fn what_could_not_be_read_gives_no_second_error() {
    let source = r#"
        record Offer { price int }
        policy "p" { input { offer: Offer }  accept { low: offer.price < 5, mixed: offer.prize, sum: 1 + true } }
    "#;
    let compiled = compile(&Bundle::single("test.ecl", source));
    let codes: Vec<Code> = compiled.diagnostics.iter().map(|d| d.code).collect();
    assert_eq!(
        codes,
        [Code::new('E', 201), crate::codes::check::NOT_DEFINED],
        "{:?}",
        messages(&compiled)
    );
}

/// The text of a policy with each fix of its diagnostics made.
fn repaired(source: &str) -> String {
    let compiled = compile(&Bundle::single("test.ecl", source));
    let mut fixes: Vec<_> = compiled.diagnostics.iter().flat_map(|d| &d.fix).collect();
    fixes.sort_by_key(|fix| std::cmp::Reverse(fix.span.start));
    let mut text = source.to_owned();
    for fix in fixes {
        text.replace_range(
            fix.span.start as usize..fix.span.end as usize,
            &fix.replacement,
        );
    }
    text
}

#[test]
fn what_is_proposed_for_a_choice_of_other_languages_works() {
    for choice in [
        "b ? 1 : 2",
        "b ? (1) : 2",
        "b ? r.y : a",
        "b ? f(1) : 2",
        "b ? -1 : 1",
        "b ? a : 2",
        "b?a:2",
        "a > 1 ? 1 : 2",
        "NOT b AND a > 1 ? 1 : a + 1",
        "b ? 1 : a > 3 ? 2 : 3",
        "b ? a > 3 ? 1 : 2 : 3",
        "b ? (a > 3 ? 1 : 2) : 3",
        "b ? x else 1 : 2",
        "b ? (count y in [1, 2]: y > a) : 0",
        "b ? x? : 0",
        "x? > 3 ? 1 : x? - 1",
    ] {
        let source = format!(
            "record R {{ y: int }} fn f(a: int) -> int {{ a }}\n\
             policy \"p\" {{ input {{ a: int, b: bool, r: R, x: int? }}\n accept {{ yes: ({choice}) > a }} }}"
        );
        let compiled = compile(&Bundle::single("test.ecl", source.as_str()));
        assert_eq!(
            compiled.diagnostics.len(),
            1,
            "{choice}: {:?}",
            messages(&compiled)
        );
        compiles(&repaired(&source));
    }
}

#[test]
fn what_is_proposed_for_an_option_works() {
    for (wrong, proposed) in [
        ("x < 3", "(x else 0)"),
        ("x < 3", "x?"),
        ("m[\"a\"] < 3", "(m[\"a\"] else 0)"),
        ("m[\"a\"] < 3", "m[\"a\"]?"),
        ("m[s] < 3", "m[s]?"),
        ("m[s] + 1 < 3", "(m[s] else 0)"),
        ("(max y in ys: y) < 3", "((max y in ys: y) else 0)"),
        ("3 in l.a", "(l.a else [])"),
        ("3 in l.a", "l.a?"),
        ("o[s] == 1", "(o else {})"),
        ("o[\"a\"] == 1", "(o?).a"),
        ("t matches \"a*\"", "(t else \"\")"),
        ("len(t) < 3", "t?"),
        ("r.y < 3", "r?.y"),
        ("r.y < 3", "(r?).y"),
    ] {
        let policy = |condition: &str| {
            format!(
                "record R {{ y: int }} policy \"p\" {{ input {{ x: int?, m: map<string<8>, int, 3>, s: string<8>, ys: list<int, 3>, \
                 l: map<string<8>, list<int, 2>, 2>, o: map<string<8>, int, 2>?, t: string<8>?, r: R? }} accept {{ yes: {condition} }} }}"
            )
        };
        let compiled = compile(&Bundle::single("test.ecl", policy(wrong)));
        let help = compiled.diagnostics.first().and_then(|d| d.help.clone());
        let help = help.unwrap_or_default();
        assert!(help.contains(&format!("`{proposed}")), "{wrong}: {help}");
        assert!(
            !wrong.contains("m[s]") || !help.contains("!= none"),
            "{wrong}: {help}"
        );
        let inner = proposed
            .trim_start_matches('(')
            .split(" else ")
            .next()
            .unwrap_or_default();
        let operand = inner.trim_end_matches(['?', ')']);
        let operand = if wrong.contains("max y") {
            "(max y in ys: y)"
        } else {
            operand
        };
        let written = match proposed {
            "r?.y" => "(r?.y else 0) < 3".to_owned(),
            "(r?).y" => "(r?).y < 3".to_owned(),
            "(o?).a" => "(o?).a == 1".to_owned(),
            _ => wrong.replacen(operand, proposed, 1),
        };
        compiles(&policy(&written));
    }
}

/// What is written in the backticks behind `write` in the help of the one error of a condition.
fn proposed(policy: &dyn Fn(&str) -> String, wrong: &str) -> String {
    let compiled = compile(&Bundle::single("test.ecl", policy(wrong)));
    let [report] = compiled.diagnostics.as_slice() else {
        panic!("{wrong}: {:?}", messages(&compiled));
    };
    let help = report.help.as_deref().unwrap();
    let (_, behind) = help.split_once('`').unwrap();
    behind.split_once('`').unwrap().0.to_owned()
}

#[test]
fn what_is_proposed_for_networks_that_may_be_none_compiles() {
    let fields = "x: ip, maybe_x: ip?, net: cidr, nets: list<cidr, 3>, hosts: list<ip, 3>, some: list<cidr?, 3>, \
                  some_hosts: list<ip?, 3>, is: list<int, 3>, some_is: list<int?, 3>";
    let policy = |condition: &str| {
        format!("policy \"p\" {{ input {{ {fields} }} accept {{ yes: {condition} }} }}")
    };
    let value = |list: &str| format!("len({list}) > 1");
    let same = |condition: &str| condition.to_owned();
    let whole: &dyn Fn(&str) -> String = &same;
    let of_list: &dyn Fn(&str) -> String = &value;
    for (wrong, expected, within) in [
        ("x in some", "(any n in some: n != none AND x in n)", whole),
        (
            "net not in some",
            "(any n in some: n != none AND net in n)",
            whole,
        ),
        (
            "maybe_x in some",
            "maybe_x != none AND (any n in some: n != none AND maybe_x in n)",
            whole,
        ),
        (
            "contains(some, net)",
            "(any n in some: n != none AND net in n)",
            whole,
        ),
        (
            "overlaps(net, some)",
            "any n in some: n != none AND overlaps(net, n)",
            whole,
        ),
        ("overlaps(net, hosts)", "any x in hosts: x in net", whole),
        ("overlaps(nets, net)", "overlaps(net, nets)", whole),
        (
            "overlaps(nets, some)",
            "any x in nets: (any n in some: n != none AND overlaps(x, n))",
            whole,
        ),
        (
            "overlaps(some, nets)",
            "any x in some: x != none AND overlaps(x, nets)",
            whole,
        ),
        (
            "overlaps(some, some)",
            "any x in some: x != none AND (any n in some: n != none AND overlaps(x, n))",
            whole,
        ),
        (
            "overlaps(hosts, some)",
            "any x in hosts: (any n in some: n != none AND x in n)",
            whole,
        ),
        (
            "overlaps(some_hosts, nets)",
            "any x in some_hosts: x != none AND x in nets",
            whole,
        ),
        (
            "is_subset(nets, some)",
            "all x in nets: (any n in some: n != none AND x in n)",
            whole,
        ),
        (
            "is_subset(some_hosts, nets)",
            "all x in some_hosts: x != none AND x in nets",
            whole,
        ),
        (
            "is_subset(some_is, is)",
            "all x in some_is: x != none AND x in is",
            whole,
        ),
        ("is_subset(net, nets)", "net in nets", whole),
        (
            "len(difference(hosts, some)) > 1",
            "filter x in hosts: NOT (any n in some: n != none AND (x in n))",
            of_list,
        ),
        (
            "len(difference(some, nets)) > 1",
            "filter x in some: x == none OR NOT (x in nets)",
            of_list,
        ),
        (
            "len(intersection(some_hosts, nets)) > 1",
            "filter x in some_hosts: x != none AND x in nets",
            of_list,
        ),
    ] {
        let found = proposed(&policy, wrong);
        assert_eq!(found, expected, "{wrong}");
        compiles(&policy(&within(&found)));
    }
}

#[test]
fn the_value_of_a_constant_none_is_no_network_that_is_read() {
    for condition in [
        "m != none AND \"10.0.0.1\" in m",
        "m == none OR m in \"10.0.0.0/8\"",
        "\"10.0.0.1\" in (m else \"10.0.0.0/8\")",
        "(if m != none then m else net) == net",
        "m == net OR m == \"10.0.0.0/8\"",
        "overlaps(net, (m else \"10.0.0.0/8\"))",
        "any n in [m]: n != none AND net in n",
        "(match m { n if n != none => n.first, _ => net.first }) == net.last",
        "m?.prefix == 8",
        "m? == net",
        "\"10.0.0.1\" in m?",
    ] {
        let source = format!(
            "policy \"p\" {{ input {{ net: cidr }} let m: cidr? = none accept {{ yes: {condition} }} }} \
             test \"t\" {{ policy \"p\" input {{ net: (m else \"10.0.0.0/8\") }} expect accept }}"
        );
        let compiled = compile(&Bundle::single("test.ecl", source));
        for program in compiled.programs {
            let compiled = crate::engines::vm::CompiledProgram::new(program).unwrap();
            let file = crate::engines::vm::file::write(&compiled).unwrap();
            crate::engines::vm::file::read(&file).unwrap();
        }
    }
}

#[test]
fn what_overlaps_takes_beside_a_network_is_a_network_or_a_list_of_them() {
    let policy = |condition: &str| {
        format!(
            "enum Kind {{ One, Two }} policy \"p\" {{ input {{ flag: bool, kind: Kind, net: cidr, nets: list<cidr, 3>, maybe: list<cidr, 3>?, \
             hosts: list<ip, 3>, texts: list<string<64>, 3>, names: map<string<8>, cidr, 3> }} accept {{ yes: {condition} }} }}"
        )
    };
    for fine in [
        "overlaps(net, [\"10.0.0.0/8\"])",
        "overlaps(net, [])",
        "overlaps(net, [\"10.0.0.0/8\", net])",
        "overlaps(net, (if flag then [\"10.0.0.0/8\"] else nets))",
        "overlaps(net, (if flag then [\"10.0.0.0/8\"] else []))",
        "overlaps(net, (maybe else [\"10.0.0.0/8\"]))",
        "overlaps(net, (match kind { One => \"10.0.0.0/8\", Two => \"::/0\" }))",
        "overlaps((if flag then \"10.0.0.0/8\" else \"::/0\"), nets)",
        "overlaps([\"10.0.0.0/8\"], nets)",
        "is_subset([\"10.0.0.1\"], nets)",
        "is_subset(hosts, [\"10.0.0.0/8\"])",
        "(if flag then \"10.0.0.1\" else \"10.0.0.2\") in nets",
        "is_private((if flag then \"10.0.0.0/8\" else \"::/0\"))",
        "contains(net, (if flag then \"10.0.0.1\" else \"10.0.0.2\"))",
        "contains([\"10.0.0.0/8\"], net)",
        "contains(\"10.0.0.0/8\", net)",
    ] {
        compiles(&policy(fine));
    }
    for wrong in [
        "texts",
        "hosts",
        "names",
        "\"10.0.0.1\"",
        "[\"10.0.0.1\"]",
        "[1]",
    ] {
        let source = policy(&format!("overlaps(net, {wrong})"));
        let compiled = compile(&Bundle::single("test.ecl", source));
        assert!(compiled.has_errors(), "{wrong}");
    }
}
