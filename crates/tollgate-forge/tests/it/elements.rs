//! Elements that are not there: `undefined` in places that ask, as in Node, and an error where the program asks too late.

use crate::engine::{LEVELS, build, f64_of, value};
use crate::node::same_as_in_node;

#[test]
fn an_element_that_is_not_there_is_undefined_where_a_program_asks() {
    same_as_in_node(include_str!("../elements/language.js"));
}

/// What a program is told whose variable is asked too late whether it is there.
fn late(statements: &str) -> String {
    let source = format!("export function main(): number {{ {statements} }}");
    let shown = build(&source, LEVELS[0]).expect_err(statements);
    assert!(shown.starts_with("error[F0329]"), "{shown}");
    assert_eq!(shown.matches("error[").count(), 1, "{shown}");
    shown
}

#[test]
fn an_element_that_is_asked_for_too_late_is_told_what_works() {
    for (before, declared, behind, expected) in [
        (
            "const list = [1];",
            "let x = list[3];",
            "if (x === undefined) return 7; return x;",
            7.0,
        ),
        (
            "const list = [1]; const i = 0;",
            "const x = list[i];",
            "const gone = null == x; return gone ? 7 : 8;",
            8.0,
        ),
        (
            "const o = { names: [\"a\"] };",
            "const x = o.names[2];",
            "return (x ?? \"none\").length;",
            4.0,
        ),
        (
            "const list = [{ x: 1 }];",
            "const x = list[2];",
            "return x?.x ?? 4;",
            4.0,
        ),
        (
            "const list = [[1]];",
            "const x = list[2];",
            "if (!x) return 5; return x[0];",
            5.0,
        ),
        (
            "const list = [[1]];",
            "const x = list[0];",
            "return x && x.length > 0 ? 6 : 5;",
            6.0,
        ),
        (
            "const s = \"ab\";",
            "const x = s[2];",
            "while (x !== undefined) { return 1; } return 2;",
            2.0,
        ),
    ] {
        let shown = late(&format!("{before} {declared} {behind}"));
        let (_, proposed) = shown.split_once("may be missing: `").expect("a proposal");
        let (proposed, _) = proposed.split_once('`').expect("its end");
        let source = format!("export function main(): number {{ {before} {proposed}; {behind} }}");
        assert_eq!(f64_of(&value(&source)), expected, "{source}");
    }
}

#[test]
fn an_element_of_a_pattern_that_is_asked_for_too_late_is_told_what_works() {
    let list = "const list = \"k\".split(\"=\");";
    let behind = "return b === undefined ? 1 : a.length + b.length;";
    let shown = late(&format!("{list} const [a, b] = list; {behind}"));
    assert!(
        shown.contains("give it a default, `b = …` in the pattern"),
        "{shown}"
    );
    let alone = "const b: string | undefined = list[1]";
    assert!(shown.contains(alone), "{shown}");
    for (declared, expected) in [
        ("const [a, b = \"none\"] = list;", 5.0),
        (
            "const [a] = list; const b: string | undefined = list[1];",
            1.0,
        ),
    ] {
        let source = format!("export function main(): number {{ {list} {declared} {behind} }}");
        assert_eq!(f64_of(&value(&source)), expected, "{source}");
    }
    late(
        "for (const [k, v] of [\"a\".split(\"=\")]) { if (v == null) return k.length; } return 0;",
    );
}

#[test]
fn a_test_that_says_nothing_of_an_element_is_left_alone() {
    for (statements, expected) in [
        (
            "const list = [3, 0]; const x = list[1]; if (!x) return 1; return x || 5;",
            1.0,
        ),
        (
            "const list = [3]; const x: number = list[0]; return x === undefined ? 7 : x;",
            3.0,
        ),
        ("const y = 5; return y === undefined ? 7 : y;", 5.0),
        (
            "const list: (number | undefined)[] = [undefined]; const x = list[0]; return x ?? 9;",
            9.0,
        ),
        (
            "const [a, b = 2] = [1].slice(); return b === undefined ? 7 : a + b;",
            3.0,
        ),
    ] {
        let source = format!("export function main(): number {{ {statements} }}");
        assert_eq!(f64_of(&value(&source)), expected, "{statements}");
    }
}

#[test]
fn a_variable_to_which_something_else_is_assigned_is_no_element_any_more() {
    for statements in [
        "const l = [\"a\"]; let x = l[0]; x = \"q\"; return x !== undefined ? 1 : 0;",
        "const l = [\"a\"]; let x = l[0]; for (let i = 0; i < 2; i++) { if (x !== undefined) x = \"q\"; } return 1;",
    ] {
        let source = format!("export function main(): number {{ {statements} }}");
        assert!(build(&source, LEVELS[0]).is_ok(), "{statements}");
    }
}
