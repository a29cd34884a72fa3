//! What a program does in Node and as a module of every level.

use std::process::Command;

use crate::engine::{LEVELS, Outside, build, call};

/// Runs a program in Node and in modules of every level; all agree. Types stand in comments, which Node does not read and a
/// module is made with.
pub(crate) fn same_as_in_node(program: &str) {
    let script = program.replace("export function", "function");
    let script = format!("{script}\nprocess.stdout.write(handle(\"\"));");
    let output = Command::new("node").args(["-e", &script]).output();
    let output = output.expect("node");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {said}");
    let expected = String::from_utf8(output.stdout).expect("a text");
    let source = program.replace("/*", "").replace("*/", "");
    for level in LEVELS {
        let wasm = build(&source, level).unwrap_or_else(|shown| panic!("{shown}"));
        let found = Outside::new(&wasm).bytes("handle", b"");
        let found = String::from_utf8(found).expect("a text");
        assert_eq!(found, expected, "{program}");
    }
}

/// Runs statements that return a number, and which a module ends where JavaScript throws, or would go on otherwise.
pub(crate) fn ends_the_program(statements: &str) {
    let source = format!("export function main(): number {{ {statements} }}");
    for level in LEVELS {
        let wasm = build(&source, level).unwrap_or_else(|shown| panic!("{shown}"));
        let trap = call(&wasm, "main", &[]).expect_err(statements);
        assert!(trap.contains("unreachable"), "{statements}: {trap}");
    }
}
