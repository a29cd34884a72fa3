//! What help proposes works when it is typed.

use crate::engine::{LEVELS, build, f64_of, value};

/// What is said of a program.
fn said(source: &str) -> String {
    build(source, LEVELS[0]).expect_err(source)
}

#[test]
fn what_may_not_be_there_is_told_how_to_be_counted() {
    for (statement, proposed) in [
        ("o[k]++;", "o[k] = (o[k] ?? 0) + 1"),
        ("--o.b;", "o.b = (o.b ?? 0) - 1"),
        ("o[\"b\"] += 4;", "o[\"b\"] = (o[\"b\"] ?? 0) + 4"),
        ("o[k] *= n;", "o[k] = (o[k] ?? 0) * n"),
    ] {
        let program = |statement: &str| {
            format!(
                "export function main(): number {{ const o: Record<string, number> = {{ a: 3 }}; const k = \"b\", n = 2; {statement} return (o.a ?? 0) * 10 + (o.b ?? 0); }}"
            )
        };
        let shown = said(&program(statement));
        assert!(shown.starts_with("error[F0322]"), "{shown}");
        assert!(shown.contains(&format!("`{proposed}`")), "{shown}");
        value(&program(&format!("{proposed};")));
    }
}

#[test]
fn what_is_there_is_counted() {
    let source = "class C { n?: number = 4; }
        export function main(): number {
            const o: Record<string, number> = { a: 1 }, p: { x?: i32 } = { x: 5 }, c = new C(), list: (number | null)[] = [7];
            const before = o[\"a\"]!++;
            p.x! += 2; c.n!--; list[0]! *= 2;
            return before + (o.a ?? 0) * 10 + (p.x ?? 0) * 100 + (c.n ?? 0) * 1000 + (list[0] ?? 0) * 10000; }";
    assert_eq!(f64_of(&value(source)), 143_721.0);
}

#[test]
fn what_is_not_there_is_told_what_takes_its_place() {
    for (wrong, piece, right, expected) in [
        (
            "export function main(): number { const o: Record<string, number> = { a: 2 }; return Object.entries(o).length; }",
            "`Object.keys(o).map((key) => o[key]!)`",
            "export function main(): number { const o: Record<string, number> = { a: 2 }; return Object.keys(o).map((key) => o[key]!)[0]; }",
            2.0,
        ),
        (
            "enum Mode { A = \"a\" } export function main(): number { const m: Mode = Mode.A; return 1; }",
            "`type Mode = \"a\" | \"b\"`",
            "type Mode = \"a\" | \"b\"; export function main(): number { const m: Mode = \"a\"; return m.length; }",
            1.0,
        ),
        (
            "interface P { x: number } function f(p: Partial<P>): number { return p.x ?? 0; } export function main(): number { return f({}); }",
            "`interface Options { size?: number; name?: string }`",
            "interface Options { size?: number; name?: string } function f(o: Options): number { return o.size ?? 3; } export function main(): number { return f({}); }",
            3.0,
        ),
        (
            "export function main(): number { return [\"b\", \"a\"].sort((a, b) => a.localeCompare(b)).length; }",
            "`a < b ? -1 : a > b ? 1 : 0`",
            "export function main(): number { return [\"b\", \"a\"].sort((a, b) => a < b ? -1 : a > b ? 1 : 0)[0] === \"a\" ? 1 : 0; }",
            1.0,
        ),
        (
            "export function main(): number { const lists = [[1], [2, 3]]; return lists.flat().length; }",
            "`lists.flatMap((list) => list)`",
            "export function main(): number { const lists = [[1], [2, 3]]; return lists.flatMap((list) => list).length; }",
            3.0,
        ),
        (
            "export function main(): number { const list = [3, 1]; return list.toSorted((a, b) => a - b)[0]; }",
            "`list.slice().sort((a, b) => a - b)`",
            "export function main(): number { const list = [3, 1]; return list.slice().sort((a, b) => a - b)[0] * 10 + list[0]; }",
            13.0,
        ),
        (
            "export function main(): number { const list = [3, 1]; return list.toReversed()[0]; }",
            "`list.slice().reverse()`",
            "export function main(): number { const list = [3, 1]; return list.slice().reverse()[0] * 10 + list[0]; }",
            13.0,
        ),
        (
            "export function main(): number { const o = { x: 1, y: 2 }; const p: Record<string, number> = o; return p.x ?? 0; }",
            "`{ x: o.x, y: o.y }`",
            "export function main(): number { const o = { x: 1, y: 2 }; const p: Record<string, number> = { x: o.x, y: o.y }; return p.y ?? 0; }",
            2.0,
        ),
    ] {
        let shown = said(wrong);
        assert!(shown.contains(piece), "{shown}");
        assert_eq!(f64_of(&value(right)), expected, "{right}");
    }
}

#[test]
fn what_a_host_has_is_told_how_to_be_declared() {
    for (wrong, declared, call) in [
        (
            "console.log(\"a\");",
            "declare function log(text: string): void;",
            "log(\"text\");",
        ),
        (
            "const d = new Date();",
            "declare function now(): number;",
            "now();",
        ),
        (
            "const d = Date.now();",
            "declare function now(): number;",
            "now();",
        ),
    ] {
        let shown = said(&format!(
            "export function main(): number {{ {wrong} return 1; }}"
        ));
        assert!(shown.starts_with("error[F0218]"), "{shown}");
        assert!(shown.contains(&format!("`{declared}`")), "{shown}");
        let source = format!("{declared} export function main(): number {{ {call} return 1; }}");
        for level in LEVELS {
            build(&source, level).unwrap_or_else(|shown| panic!("{shown}"));
        }
    }
}

#[test]
fn a_literal_that_is_too_long_is_told_once() {
    let keys: Vec<String> = (0..60_000).map(|at| format!("k{at}: {at}")).collect();
    let source = format!(
        "export function main(): number {{ const o: Record<string, number> = {{ {} }}; return o.k1 ?? 0; }}",
        keys.join(", ")
    );
    let shown = said(&source);
    assert!(shown.starts_with("error[F0901]"), "{}", &shown[..200]);
    assert_eq!(shown.matches("error[").count(), 1);
}
