//! Programs that do the same as in Node: the order in which things are evaluated, and what happens at the borders of values.

use std::process::Command;

use crate::engine::{LEVELS, Outside, build, call};

/// Runs statements that return a text in Node and in modules of every level; all agree.
fn same_as_in_node(statements: &str) {
    let script =
        format!("function handle(s) {{ {statements} }} process.stdout.write(handle(\"\"));");
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
    for limit in [
        "Infinity",
        "-Infinity",
        "NaN",
        "-1",
        "4294967297",
        "4294967295",
        "1.9",
        "0",
    ] {
        same_as_in_node(&format!("return `${{\"a,b,c\".split(\",\", {limit})}}`;"));
        same_as_in_node(&format!("return `${{\"abc\".split(\"\", {limit})}}`;"));
    }
    same_as_in_node("return `${\"a,b,c\".split(\",\")}`;");
}

#[test]
fn a_capital_sigma_ends_a_word_as_in_node_beside_characters_of_every_plane() {
    // The first and the last of what is passed over or has case above U+1E943, and their neighbours that are neither.
    let points = [
        0x1_e943, 0x1_e944, 0x1_e94a, 0x1_e94c, 0x1_f12f, 0x1_f130, 0x1_f149, 0x1_f150, 0x1_f189,
        0x1_f18a, 0x1_f3fa, 0x1_f3fb, 0x1_f3ff, 0x1_f400, 0xe_0000, 0xe_0001, 0xe_001f, 0xe_0020,
        0xe_007f, 0xe_0080, 0xe_00ff, 0xe_0100, 0xe_01ef, 0xe_01f0,
    ];
    let mut sums = Vec::new();
    for point in points {
        for (before, behind) in [("AΣ", "B"), ("AΣ", ""), ("", "Σ"), ("A", "Σ")] {
            sums.push(format!(
                "(\"{before}\" + String.fromCodePoint({point}) + \"{behind}\").toLowerCase()"
            ));
        }
    }
    same_as_in_node(&format!("return [{}].join(\" \");", sums.join(", ")));
}

#[test]
fn all_arguments_of_concat_are_computed_before_an_array_is_copied() {
    same_as_in_node("const a = [1]; return `${a.concat([a.push(5)])}`;");
    same_as_in_node("const a = [1], b = [2]; return `${a.concat(b, a, [b.push(3)], a.push(4))}`;");
    same_as_in_node("const a = [1]; return `${[...a, a.push(5), ...a]}`;");
}

#[test]
fn find_index_ends_the_program_where_elements_went_away_before_it_came_to_them() {
    ends_the_program(
        "const a = [1, 2, 3]; return a.findIndex((x) => { a.length = 1; return x === 9; });",
    );
    ends_the_program(
        "const a = [1, 2, 3]; return a.findIndex((x) => { a.pop(); return x === 3; });",
    );
    same_as_in_node(
        "const a = [1, 2, 3]; return `${a.findIndex((x) => { a.pop(); return x === 2; })}`;",
    );
    same_as_in_node(
        "const a = [1, 2, 3]; return `${a.findIndex((x) => { a.push(9); return x === 9; })}`;",
    );
}

#[test]
fn methods_that_pass_over_what_is_not_there_end_with_the_elements() {
    for (callback, start) in [
        ("a.every((x) => { n++; a.length = 1; return x > 0; })", ""),
        ("a.some((x) => { n++; a.length = 1; return x > 2; })", ""),
        ("a.filter((x) => { n++; a.pop(); return x > 0; })", ""),
        ("a.reduce((s, x) => { n++; a.pop(); return s + x; }", ", 0)"),
        ("a.reduce((s, x) => { n++; a.pop(); return s + x; }", ")"),
    ] {
        same_as_in_node(&format!(
            "let n = 0; const a = [1, 2, 3]; const b = {callback}{start}; return `${{b}} ${{n}} ${{a}}`;"
        ));
    }
    same_as_in_node(
        "let n = 0; const a = [1, 2, 3]; a.forEach((x) => { n += x; a.pop(); }); return `${n} ${a}`;",
    );
    ends_the_program("const a = [1, 2, 3]; return a.map((x) => { a.pop(); return x; }).length;");
}

#[test]
fn an_array_that_is_added_to_a_text_is_read_after_both_are_computed() {
    same_as_in_node("const a = [1]; return a + `${a.push(2)}`;");
    same_as_in_node("const a = [1]; return `${a.push(2)}` + a + `${a.push(3)}`;");
    same_as_in_node("const a = [1]; return \"x\" + a + `${a.push(3)}`;");
    same_as_in_node("const a = [[1], [2]]; return a + (\"x\" + a[0].push(2));");
}

#[test]
fn an_array_in_a_template_is_read_before_what_follows_is_computed() {
    same_as_in_node("const a = [1]; return `${a}-${a.push(2)}-${a}`;");
}
