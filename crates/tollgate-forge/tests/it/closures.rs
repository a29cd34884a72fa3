//! Functions that are values: programs that do the same as in Node, and what ends them.

use crate::engine::{LEVELS, build, call};
use crate::node::{ends_the_program, same_as_in_node};
use wasmi::Val;

#[test]
fn counters_operations_and_recursion_are_those_of_node() {
    same_as_in_node(include_str!("../closures/counters.js"));
}

#[test]
fn emitters_loops_and_the_order_of_evaluation_are_those_of_node() {
    same_as_in_node(include_str!("../closures/events.js"));
}

#[test]
fn a_small_language_of_functions_is_that_of_node() {
    same_as_in_node(include_str!("../closures/language.js"));
}

#[test]
fn a_variable_that_a_function_uses_before_its_declaration_ends_the_program() {
    ends_the_program("const f = (): number => x; const y = f(); const x = 1; return x + y;");
    ends_the_program(
        "const y = f(); const x = 1; function f(): number { return x; } return x + y;",
    );
    ends_the_program("f(); let x = 1; function f(): void { x = 2; } return x;");
    ends_the_program(
        "let n = 0; for (let i = 0; i < 2; i++) { if (i > 0) n += f(); const x = i; function f(): number { return x; } } return n;",
    );
    ends_the_program(
        "const f = (): number => g(); const y = f(); const g = (): number => 1; return y;",
    );
}

#[test]
fn a_variable_without_a_value_ends_the_program_where_a_function_reads_it() {
    ends_the_program("let x: number; const f = (): number => x; const y = f(); x = 1; return y;");
    ends_the_program("const y = f(); function f(): number { return x; } var x = 1; return y;");
}

#[test]
fn what_a_function_may_have_changed_is_looked_at_again() {
    ends_the_program(
        "let x: number | null = 1; const drop = (): void => { x = null; }; if (x !== null) { drop(); return x; } return 0;",
    );
    ends_the_program(
        "let x: number | null = 1; function drop(): void { x = null; } if (x !== null) { drop(); return x + 1; } return 0;",
    );
}

#[test]
fn a_default_has_the_type_of_what_it_means_where_it_stands() {
    let gives = |source: &str, expected: f64| {
        let wasm = build(source, LEVELS[2]).unwrap_or_else(|shown| panic!("{shown}"));
        let given = call(&wasm, "main", &[]).expect("no trap");
        assert!(
            matches!(given, Some(Val::F64(value)) if f64::from(value) == expected),
            "{source}: {given:?}"
        );
    };
    gives(
        "const p: i32 = 0; export function main(): number { let p: u8 = 250; const g = (y = p): i32 => { y += 10; return y; }; function h(y = p): i32 { y += 10; return y; } return g() * 10 + h(); }",
        44.0,
    );
    gives(
        "export function main(): number { const limit = Number(\"44\"); const take = (xs: number[], n = limit - 2) => xs.length + n; return take([1]); }",
        43.0,
    );
    gives(
        "export function main(): number { const p = 1; const a = [1].map((x) => f(x)); return f(2) * 10 + a[0]; function f(x: number, y = p): number { return x + y; } }",
        32.0,
    );
    gives(
        "class A { k = 7; #q = 3; m(): number { const f = (x: number, y = this.k, z = this.#q) => x + y + z; return f(1); } } export function main(): number { return new A().m(); }",
        11.0,
    );
    gives(
        "function outer<T>(x: T): number { const f = (y = x, z: T[] = [y]) => z.length; return f(); } export function main(): number { return outer(1) + outer(\"a\"); }",
        2.0,
    );
    refused(
        "export function main(): number { const f = function own(n: number, m = own(1, 2)): number { return n + m; }; return f(1); }",
        "F0314",
    );
    let shown = build(
        "export function main(): number { return f(2); const p = 1; function f(x: number, y = p): number { return x + y; } }",
        LEVELS[0],
    )
    .expect_err("its type is not known yet");
    assert!(
        shown.contains("write the types of this function"),
        "{shown}"
    );
}

/// Statements of a file that use variables which later ones set.
fn refused(source: &str, code: &str) {
    let shown = build(source, LEVELS[0]).expect_err(source);
    assert!(shown.contains(code), "{shown}");
}

#[test]
fn files_that_call_functions_before_their_variables_are_set_are_refused() {
    refused(
        "const f = (): number => later; const now = f(); const later = 1; export function main(): number { return now; }",
        "F0320",
    );
    refused(
        "function run(g: () => number): number { return g(); } const now = run(() => later); const later = 1; export function main(): number { return now; }",
        "F0320",
    );
    let fine = "const even = (n: number): boolean => n === 0 || odd(n - 1); const odd = (n: number): boolean => n !== 0 && even(n - 1); export function main(): number { return even(4) ? 1 : 0; }";
    assert!(build(fine, LEVELS[0]).is_ok());
}

#[test]
fn a_type_of_functions_without_any_such_function_makes_a_valid_module() {
    for level in LEVELS {
        let source = "function run(f: () => number): number { return f(); } export function main(): number { let f: (() => number) | null = null; return f === null ? 1 : run(f); }";
        assert!(build(source, level).is_ok());
    }
}

#[test]
fn two_functions_of_one_place_are_not_the_same() {
    let source = "function make(): () => number { function one(): number { return 1; } return one; } export function main(): number { const a = make(); return (a === make() ? 1 : 0) + (a === a ? 10 : 0) + (make === make ? 100 : 0); }";
    for level in LEVELS {
        let wasm = build(source, level).unwrap_or_else(|shown| panic!("{shown}"));
        let found = call(&wasm, "main", &[]).expect("a value");
        assert!(matches!(found, Some(wasmi::Val::F64(value)) if f64::from(value) == 110.0));
    }
}
