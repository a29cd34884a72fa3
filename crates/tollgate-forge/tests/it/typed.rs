//! Typed arrays: what they do is what Node does, and what ends a program.

use crate::engine::{LEVELS, build};
use crate::node::{ends_the_program, same_as_in_node};

#[test]
fn numbers_are_kept_and_pictures_are_drawn_as_in_node() {
    same_as_in_node(include_str!("../typed/image.js"));
}

#[test]
fn an_element_that_is_not_there_ends_the_program_where_it_is_read() {
    ends_the_program("return new Uint8Array(3)[3];");
    ends_the_program("const a = new Uint8Array(3); a[5]++; return 1;");
    ends_the_program("const a = new Int16Array(3).subarray(1); return a[2];");
    ends_the_program("return new Float64Array(-1).length;");
    ends_the_program("const a = new Uint8Array(2); a.set([1, 2], 1); return 1;");
    ends_the_program("const a = new Uint8Array(2); a.set([1], -1); return 1;");
    ends_the_program("return new Uint32Array(4294967296).length;");
}

#[test]
fn what_a_typed_array_is_not_is_refused() {
    for (code, statements) in [
        ("F0321", "const a = new Uint8Array(3); a.push(1); return 1;"),
        ("F0321", "const a = new Uint8Array(3); return a.pop()!;"),
        (
            "F0309",
            "const a = new Uint8Array(3); a.length = 1; return 1;",
        ),
        ("F0303", "const a: Uint8Array = [1, 2]; return a[0];"),
        (
            "F0303",
            "const a: number[] = new Uint8Array(2); return a[0];",
        ),
        (
            "F0303",
            "const a: Uint8Array = new Int8Array(2); return a[0];",
        ),
        ("F0204", "const a = Uint8Array; return 1;"),
        (
            "F0204",
            "const b = new Uint8Array(8); const a = new Uint32Array(b, 4); return 1;",
        ),
        ("F0303", "const a = new Uint8Array(['a']); return a[0];"),
        ("F0321", "return Uint8Array.make(1)[0];"),
    ] {
        let source = format!("export function main(): number {{ {statements} }}");
        let shown = build(&source, LEVELS[0]).expect_err(statements);
        let first = shown.lines().next().unwrap_or_default();
        assert!(
            first.starts_with(&format!("error[{code}]")),
            "{statements}\n{shown}"
        );
        assert!(shown.contains("= help: "), "{shown}");
    }
}
