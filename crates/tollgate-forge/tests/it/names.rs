//! Names that are declared as a value and as a type.

use crate::engine::{LEVELS, build, f64_of, value};

#[test]
fn a_value_hides_no_type_of_its_name_wherever_both_are_declared() {
    for text in [
        // Declared further down.
        "type A = number; export function main(): number { const x: A = 7; const A = 1; return x; }",
        // Of the function around.
        "type A = number; export function main(): number { const A = 1; \
         function inner(x: A): A { return x; } return inner(7); }",
        "export function main(): number { type A = number; { const A = 1; \
         function inner(x: A): A { return x; } return inner(7); } }",
        // In an earlier case.
        "type A = number; export function main(): number { \
         switch (1) { case 0: const A = 1; default: const x: A = 7; return x; } }",
        // Of the file, for a type that is built in.
        "const f64 = 1; export function main(): number { const x: f64 = 7; return x; }",
        "const Array = 1; export function main(): number { const x: Array<number> = [7]; return x[0]; }",
        "function f32(): void { } export function main(): number { const x: f32 = 7; return x; }",
    ] {
        assert_eq!(f64_of(&value(text)).to_bits(), 7_f64.to_bits(), "{text}");
    }
}

#[test]
fn a_type_hides_one_of_its_name_that_is_further_out() {
    let text = "type A = i32; export function main(): number { type A = number; \
                function inner(): A { return 0.5; } return inner(); }";
    assert_eq!(f64_of(&value(text)).to_bits(), 0.5_f64.to_bits());
}

#[test]
fn a_value_is_no_type() {
    for text in [
        "export function main(): void { const a = 1; const b: a = 1; }",
        "export function main(): void { const b: a = 1; const a = 1; }",
        "export function main(): void { const a = 1; function f(x: a): void { } }",
        "const a = 1; export function main(): void { const b: a = 1; }",
        "function a(): void { } export function main(): void { const b: a = 1; }",
    ] {
        let shown = build(text, LEVELS[0]).expect_err("`a` is a value");
        assert!(shown.contains("`a` is no type"), "{text}\n{shown}");
    }
}

#[test]
fn which_of_several_names_is_proposed_is_the_same_each_time() {
    let text = "export function main(): number { const s = 1; const m = 2; const i = 3; const t = 4; return n; }";
    for _ in 0..50 {
        let shown = build(text, LEVELS[0]).expect_err("`n` is declared nowhere");
        assert!(shown.contains("did you mean `i`?"), "{shown}");
    }
}
