//! What is said of a wrong program is true, and said once.

use crate::engine::{LEVELS, build, call};

/// The codes of all errors, and the text.
fn errors(source: &str) -> (Vec<String>, String) {
    let shown = build(source, LEVELS[0]).expect_err(source);
    let lines = shown.lines().filter_map(|line| line.strip_prefix("error["));
    let codes = lines.filter_map(|line| line.get(..5)).map(str::to_owned);
    (codes.collect(), shown)
}

#[test]
fn a_constant_that_calls_itself_is_told_to_say_its_result() {
    let (codes, shown) = errors(
        "export function main(): number { const fact = (n: number) => n < 2 ? 1 : n * fact(n - 1); return fact(4); }",
    );
    assert_eq!(codes, ["F0314"], "{shown}");
    assert!(
        shown.contains("write the result type of the function"),
        "{shown}"
    );
}

#[test]
fn what_follows_from_a_wrong_declaration_is_not_told() {
    for (source, code) in [
        (
            "export function main(): number { const g = async () => 1; const h = () => g(); return 1; }",
            "F0206",
        ),
        (
            "export function main(): number { async function g() { return 1; } const h = () => g(); return 1; }",
            "F0206",
        ),
        (
            "function f(x: number): number { throw x; } export function main(): number { return f(1); }",
            "F0207",
        ),
        (
            "export function main(): number { const m = new WeakMap<string, number>(); return m.size; }",
            "F0203",
        ),
        (
            "function first<T>(list: T[], other: T): T { const x: T = 1; return x; } export function main(): number { return first<string>([\"\"], \"a\").length; }",
            "F0303",
        ),
        (
            "interface Box<T> { value: T; next: Later<T> } function f(b: Box<number>): number { return b.value; } export function main(): number { const b: Box<number> = { value: 1 }; return f(b); }",
            "F0301",
        ),
        (
            "class Box<T> { value: T; } export function main(): number { const b: Box<number> = new Box<number>(); const c = new Box<number>(); return 1; }",
            "F0311",
        ),
    ] {
        let (codes, shown) = errors(source);
        assert_eq!(codes, [code], "{source}\n{shown}");
    }
}

#[test]
fn a_list_without_elements_is_told_to_say_what_it_holds() {
    let (codes, shown) = errors(
        "export function main(): number { const fs = []; fs.push(() => 1); return fs[0](); }",
    );
    assert_eq!(codes, ["F0307"], "{shown}");
    assert!(shown.contains("(() => number)[]"), "{shown}");
}

#[test]
fn what_ends_a_program_for_lack_of_a_value_has_a_name_at_every_level() {
    for (source, name) in [
        (
            "export function main(): number { const f = (): number => late; const y = f(); const late = 1; return y + late; }",
            "`late` has no value yet",
        ),
        (
            "class A { constructor() { this.f(); } f(): number { return 0; } } class B extends A { size = 1; f(): number { return this.size; } } export function main(): number { return new B().size; }",
            "the field `size` has no value yet",
        ),
    ] {
        for level in LEVELS {
            let wasm = build(source, level).unwrap_or_else(|shown| panic!("{shown}"));
            let there = wasm
                .windows(name.len())
                .any(|bytes| bytes == name.as_bytes());
            assert!(there, "{level:?}: {source}");
            call(&wasm, "main", &[]).expect_err(source);
        }
    }
}
