//! Programs that do the same as in Node: the order in which things are evaluated, and what happens at the borders of values.

use std::process::Command;

use crate::engine::{LEVELS, Outside, build, call};

/// Runs statements that return a text in Node and in modules of every level; all agree.
fn same_as_in_node(statements: &str) {
    let script = format!(
        "function handle(s) {{ {statements} }} process.stdout.write(handle(\"\"));"
    );
    let output = Command::new("node").args(["-e", &script]).output();
    let output = output.expect("node");
    assert!(output.status.success(), "{statements}");
    let expected = String::from_utf8(output.stdout).expect("a text");
    let source = format!("export function handle(s: string): string {{ {statements} }}");
    for level in LEVELS {
        let wasm = build(&source, level).unwrap_or_else(|shown| panic!("{shown}"));
        let found = Outside::new(&wasm).bytes("handle", b"");
        let found = String::from_utf8(found).expect("a text");
        assert_eq!(found, expected, "{statements}");
    }
}

/// Runs statements that return a number, and which a module ends where JavaScript would go on otherwise.
fn ends_the_program(statements: &str) {
    let source = format!("export function main(): number {{ {statements} }}");
    for level in LEVELS {
        let wasm = build(&source, level).unwrap_or_else(|shown| panic!("{shown}"));
        let trap = call(&wasm, "main", &[]).expect_err(statements);
        assert!(trap.contains("unreachable"), "{statements}: {trap}");
    }
}

#[test]
fn a_limit_of_split_is_taken_to_32_bits() {
    for limit in ["Infinity", "-Infinity", "NaN", "-1", "4294967297", "4294967295", "1.9", "0"] {
        same_as_in_node(&format!("return `${{\"a,b,c\".split(\",\", {limit})}}`;"));
        same_as_in_node(&format!("return `${{\"abc\".split(\"\", {limit})}}`;"));
    }
    same_as_in_node("return `${\"a,b,c\".split(\",\")}`;");
}
