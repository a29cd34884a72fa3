//! Literal types and types with several alternatives: programs that do the same as in Node, what ends them, and what is refused.

use std::time::{Duration, Instant};

use crate::engine::{LEVELS, build, call, f64_of, value};
use crate::node::same_as_in_node;

#[test]
fn a_language_whose_tree_is_a_union_is_that_of_node() {
    same_as_in_node(include_str!("../unions/language.js"));
}

#[test]
fn orders_whose_states_are_listed_are_those_of_node() {
    same_as_in_node(include_str!("../unions/orders.js"));
}

/// Asserts that a program is refused with a code, and returns what is said.
fn refused(source: &str, code: &str) -> String {
    let shown = build(source, LEVELS[0]).expect_err(source);
    assert!(
        shown.contains(&format!("error[{code}]")),
        "{source}: {shown}"
    );
    assert!(!shown.contains("bug in"), "{shown}");
    shown
}

const CHANGES: &str =
    "type Shape = { kind: \"circle\"; r: number } | { kind: \"square\"; side: number };
class Held {
  shape: Shape = { kind: \"circle\", r: 3 };
  change(): void { this.shape = { kind: \"square\", side: 5 }; }
  read(changes: boolean): number {
    if (this.shape.kind !== \"circle\") return -1;
    if (changes) this.change();
    return this.shape.r;
  }
}
";

#[test]
fn what_changed_since_it_was_tested_is_looked_at_again() {
    for level in LEVELS {
        let main = |changes: &str| {
            format!(
                "{CHANGES}export function main(): number {{ return new Held().read({changes}); }}"
            )
        };
        let wasm = build(&main("false"), level).unwrap_or_else(|shown| panic!("{shown}"));
        let found = call(&wasm, "main", &[]).expect("it runs").expect("a value");
        assert_eq!(f64_of(&found).to_bits(), 3_f64.to_bits());
        let wasm = build(&main("true"), level).unwrap_or_else(|shown| panic!("{shown}"));
        let trap = call(&wasm, "main", &[]).expect_err("it is another one");
        assert!(trap.contains("unreachable"), "{trap}");
    }
}

#[test]
fn words_that_are_no_addresses_are_told_from_every_block() {
    // The first text of a program lies where memory begins.
    let source = "function f(x: string | number | boolean | null): number { if (typeof x === \"boolean\") return x ? 1 : 2; if (typeof x === \"string\") return 3; return x === null ? 4 : 5; }
export function main(): number { return f(\"a\") * 10000 + f(false) * 1000 + f(true) * 100 + f(null) * 10 + f(0); }";
    assert_eq!(f64_of(&value(source)).to_bits(), 32_145_f64.to_bits());
}

#[test]
fn a_literal_is_one_of_every_type_of_numbers() {
    let source = "type V = { k: i32; a: number } | { k: i32; b: string };
function f(v: V): number { if (v.k === 1) return \"a\" in v ? v.a : v.b.length; return 0; }
export function main(): number { return f({ k: 1, a: 5 }) * 10 + f({ k: 1, b: \"abc\" }); }";
    assert_eq!(f64_of(&value(source)).to_bits(), 53_f64.to_bits());
}

#[test]
fn both_sides_are_computed_before_an_array_becomes_a_text() {
    let source = "const list: number[] = [1];
function more(): string { list.push(2); return \"!\"; }
function all(): string | number[] { return list; }
export function main(): number { return (all() + more()).length; }";
    assert_eq!(f64_of(&value(source)).to_bits(), 4_f64.to_bits());
}

#[test]
fn what_is_written_wrongly_is_said_with_what_to_write() {
    let shown = refused(
        "type Shape = { kind: \"circle\"; r: number } | { kind: \"square\"; side: number };\nexport function main(): number { const s: Shape = { kind: \"square\", r: 1 }; return 1; }",
        "F0321",
    );
    assert!(shown.contains("example.ts:2:"), "{shown}");
    let shown = refused(
        "type Mode = \"fast\" | \"slow\";\nexport function main(): number { const m: Mode = \"quick\"; return m.length; }",
        "F0303",
    );
    assert!(
        shown.contains("`\"quick\"`") && shown.contains("`\"fast\" | \"slow\"`"),
        "{shown}"
    );
    // A class may not come to be one of several types that only their properties tell apart.
    refused(
        "interface A { x: number } interface B { y: number } class C implements A { x = 1; } function f(v: A | B): number { return 1; } export function main(): number { return f(new C()); }",
        "F0208",
    );
    refused(
        "type V = string | number; export function main(): number { const m = new Map<V, number>(); m.set(1, 2); return m.size; }",
        "F0208",
    );
    // `5 == \"5\"` in JavaScript.
    refused(
        "function f(v: string | number): number { return v == \"5\" ? 1 : 2; } export function main(): number { return f(5); }",
        "F0304",
    );
    refused(
        "export function main(): number { const list: (string | number)[] = [NaN]; return list.includes(NaN) ? 1 : 2; }",
        "F0208",
    );
    refused(
        "type A = A | number; export function main(): number { const a: A = 1; return 1; }",
        "F0314",
    );
    refused(
        "type A = { x: 1; y?: number } | { z: 2 }; function f(a: A): number { return \"y\" in a ? 1 : 2; } export function main(): number { return f({ z: 2 }); }",
        "F0212",
    );
}

#[test]
fn large_types_are_refused_or_compiled_in_time() {
    let begin = Instant::now();
    let literals = |count: usize| {
        (0..count)
            .map(|i| format!("| \"l{i}\""))
            .collect::<String>()
    };
    let records = |count: usize| {
        (0..count)
            .map(|i| format!("| {{ kind: {i}; p{i}: number }}"))
            .collect::<String>()
    };
    let uses = "export function main(): number { return 1; }";
    refused(&format!("type L = {}; {uses}", literals(10_000)), "F0901");
    refused(&format!("type L = {}; {uses}", records(10_000)), "F0901");
    let cases: String = (0..250)
        .map(|i| format!("case \"l{i}\": return {i}; "))
        .collect();
    let source = format!(
        "type L = {}; function f(l: L): number {{ switch (l) {{ {cases} }} }} export function main(): number {{ return f(\"l249\"); }}",
        literals(250)
    );
    assert_eq!(f64_of(&value(&source)).to_bits(), 249_f64.to_bits());
    let tests: String = (0..200)
        .map(|i| format!("if (r.kind === {i}) return r.p{i}; "))
        .collect();
    let source = format!(
        "type R = {}; function f(r: R): number {{ {tests} return r.p200; }} export function main(): number {{ return f({{ kind: 200, p200: 7 }}); }}",
        records(201)
    );
    assert_eq!(f64_of(&value(&source)).to_bits(), 7_f64.to_bits());
    // Each leads to the one before.
    let line: String = (1..2_000)
        .map(|i| format!("type T{i} = T{} | {{ p{i}: T{i} | null }};\n", i - 1))
        .collect();
    refused(
        &format!("type T0 = {{ p0: T0 | null }} | {{ q: 1 }};\n{line}{uses}"),
        "F0901",
    );
    let deep = format!("{}1{}", "(".repeat(120), " | 2)".repeat(120));
    let source =
        format!("type D = {deep}; export function main(): number {{ const d: D = 2; return d; }}");
    assert_eq!(f64_of(&value(&source)).to_bits(), 2_f64.to_bits());
    assert!(
        begin.elapsed() < Duration::from_secs(60),
        "{:?}",
        begin.elapsed()
    );
}
