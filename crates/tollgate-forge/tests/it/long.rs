//! What can stand in a row, or inside each other, as often as a file has room for: it is compiled, or refused with a reason.
//!
//! The tests run on small stacks, so a recursion without a bound ends them.

use crate::engine::{LEVELS, build};

/// A piece 40,000 times, or as often as a file has room for.
fn many(piece: &str) -> String {
    piece.repeat(40_000.min(900_000 / piece.len()))
}

/// Pieces made of their numbers.
fn each(count: usize, piece: impl Fn(usize) -> String) -> String {
    (1..count).map(piece).collect()
}

/// A function that computes an expression from a text, a number, a boolean and an array.
fn computing(expression: &str) -> String {
    let values = "const s = \"a\", b = true, a = [1];";
    format!("export function main(n: number): void {{ {values} const r = {expression}; }}")
}

fn doing(statements: &str) -> String {
    format!("export function main(x: number): number {{ let s = \"\"; {statements} return x; }}")
}

fn shown(text: &str) -> String {
    build(text, LEVELS[3]).err().unwrap_or_default()
}

/// Checks that a text is refused, and what is said first.
fn refused(text: &str, first: &str) {
    let shown = shown(text);
    assert_eq!(shown.lines().next(), Some(first), "{text:.200}");
    assert!(shown.len() < 2_000_000, "{text:.200}");
}

/// What is said of levels that the parser counts.
const NESTED: &str = "error[F0102]: this is nested too deeply";
/// What is said of levels that the checker counts.
const INSIDE: &str = "error[F0102]: more than 350 statements and operators inside each other";
const NO_TOKEN: &str = "error[F0101]: unexpected token";
const NO_TYPE: &str = "error[F0220]: this type is not supported yet";
const ARRAYS: &str = "error[F0204]: arrays of arrays more than 16 deep";
const CASES: &str = "error[F0901]: a `switch` has more than 256 cases";
const PROPERTIES: &str = "error[F0901]: an object has more than 1000 properties";
const TYPES: &str = "error[F0314]: too many types are made of each other in a row";

#[test]
fn as_many_parts_as_fit_are_compiled() {
    for text in [
        computing(&format!("`{}`", many("${s}"))),
        computing(&format!("`{}`", many("${n}x"))),
        computing(&format!("`{}`", many("a${`${s}b`}"))),
        computing(&format!("String.fromCharCode(65{})", many(", n"))),
        computing(&format!("String.fromCodePoint(65{})", many(", 66"))),
        computing(&format!("Math.max(n{})", many(", n"))),
        computing(&format!("Math.min(n{})", many(", 2"))),
        computing(&format!("[1{}]", many(", 2"))),
        computing(&format!("[\"a\"{}]", many(", \"b\""))),
        computing(&format!("[1{}]", many(", ...a"))),
        computing(&format!("({}n)", many("n, "))),
        doing(&many("x += 1; ")),
        doing(&many("s += `${x}`; ")),
        doing(&format!(
            "let y = 1{};",
            each(20_000, |i| format!(", y{i} = {i}"))
        )),
        format!("enum E {{ A0{} }}", each(20_000, |i| format!(", A{i}"))),
        format!(
            "enum E {{ A0{} }}",
            each(20_000, |i| format!(", A{i} = A{}", i - 1))
        ),
        each(10_000, |i| format!("const c{i} = {i};\n")),
        each(20_000, |i| {
            format!("enum E{i} {{ A }} const c{i} = [E{i}.A];\n")
        }),
    ] {
        assert_eq!(shown(&text), "", "{text:.200}");
    }
}

#[test]
fn operators_in_a_row_are_refused_where_they_are_too_many() {
    let row = |operator: &&str| format!("n{}", many(&format!(" {operator} n")));
    let inside = [
        "+", "-", "*", "/", "%", "&", "|", "^", ">>", ">>>", "<=", ">", "==", "!=", "===", "!==",
        "&&", "||",
    ];
    // The first of these may be the beginning of something else, so the parser goes back; others nest to the right.
    let nested = ["**", "<<", "<", ">="];
    for text in inside.iter().map(row) {
        refused(&computing(&text), INSIDE);
    }
    for text in nested.iter().map(row) {
        refused(&computing(&text), NESTED);
    }
    for (operator, why) in [
        ("??", INSIDE),
        ("in", INSIDE),
        (
            "instanceof",
            "error[F0201]: `instanceof` looks for a class that is known",
        ),
    ] {
        refused(&computing(&row(&operator)), why);
    }
}

#[test]
fn what_follows_a_value_is_refused_where_it_is_too_much() {
    for (why, value, piece) in [
        (INSIDE, "s", " + s"),
        (INSIDE, "s", " + n"),
        (INSIDE, "s", " + a"),
        (INSIDE, "\"x\"", " + \"x\""),
        (INSIDE, "1", " + 1"),
        (INSIDE, "b", " && b"),
        (INSIDE, "b", " || b"),
        (INSIDE, "b", " === b"),
        (INSIDE, "n", " as number"),
        (INSIDE, "n", " satisfies number"),
        (INSIDE, "s", ".trim()"),
        (INSIDE, "s", "!.a"),
        (INSIDE, "s", "[0]"),
        (INSIDE, "a", ".map((x) => x)"),
        (INSIDE, "f", "()"),
        (NESTED, "b", " ? 1 : b"),
        (NESTED, "n", "!"),
        (NESTED, "n", " = n"),
        (NESTED, "s", ".length"),
        (NESTED, "s", "?.a"),
        (INSIDE, "s", "?.[0]"),
        (
            "error[F0202]: templates with a function before them are not supported",
            "s",
            "`x`",
        ),
    ] {
        refused(&computing(&format!("{value}{}", many(piece))), why);
    }
}

#[test]
fn what_stands_before_a_value_is_refused_where_it_is_too_much() {
    let pieces = [
        "b ? ",
        "<number>",
        "typeof ",
        "void ",
        "delete ",
        "await ",
        "yield ",
        "new ",
        "- ",
        "~",
        "!",
        "x => ",
        "async x => ",
        "() => ",
        "(x) => ",
        "...",
        "class extends ",
        "[",
        "f(",
    ];
    for piece in pieces {
        refused(&computing(&format!("{}n", many(piece))), NESTED);
    }
    for (before, after) in [("f(", ")"), ("[", "]"), ("b ? ", " : 1")] {
        let text = format!("{}n{}", many(before), many(after));
        refused(&computing(&text), NESTED);
    }
    let why = "error[F0101]: expected `(` but found `function`";
    refused(&computing(&many("function ")), why);
}

#[test]
fn statements_inside_each_other_are_refused_where_they_are_too_many() {
    for (why, statements) in [
        (
            NESTED,
            format!("if (x > 1) {{}} {}", many("else if (x > 1) {} ")),
        ),
        (NESTED, many("{")),
        (NESTED, many("for (;;) ")),
        (NESTED, many("for (const y of [1]) ")),
        (NESTED, many("while (x) ")),
        (NESTED, many("do ")),
        (NESTED, many("if (x) ")),
        (NESTED, many("with (x) ")),
        (NESTED, many("l: ")),
        (NESTED, each(20_000, |i| format!("l{i}: "))),
        (NESTED, many("try { ")),
        (NESTED, many("switch (x) { default: ")),
        (NESTED, many("x = ")),
        (NESTED, many("x += ")),
        (CASES, format!("switch (x) {{ {} }}", many("case 1: "))),
        (
            CASES,
            format!("switch (x) {{ {} }}", many("case 1: break; ")),
        ),
        (NESTED, many("[1].forEach((x) => ")),
        (NESTED, many("function f() { ")),
        (NESTED, many("class A extends ")),
        (NO_TOKEN, many("@a ")),
        (NESTED, format!("@a{} class A {{}}", many(".a"))),
        (NO_TOKEN, many("export default ")),
        (NESTED, many("declare ")),
        (NESTED, many("async ")),
    ] {
        refused(&doing(&statements), why);
    }
}

#[test]
fn types_made_of_types_are_refused_where_they_are_too_many() {
    let of_type = |ty: &str| format!("export function main(): void {{ const x: {ty} = []; }}");
    // As of `number` alone.
    const NO_ELEMENTS: &str = "error[F0307]: the type of the elements is not known";
    for (why, text) in [
        (ARRAYS, of_type(&format!("number{}", many("[]")))),
        (NO_TYPE, of_type(&format!("number{}", many("[0]")))),
        (NESTED, of_type(&format!("{}number", many("readonly ")))),
        (NESTED, of_type(&format!("{}number", many("keyof ")))),
        (NESTED, of_type(&format!("{}number", many("unique ")))),
        (NESTED, of_type(&format!("{}number", many("infer ")))),
        (NESTED, of_type(&format!("{}number", many("typeof ")))),
        (NO_TOKEN, of_type(&format!("{}number", many("?")))),
        (NO_TOKEN, of_type(&format!("{}number", many("| ")))),
        (NESTED, of_type(&format!("{}number", many("() => ")))),
        (NESTED, of_type(&format!("{}number", many("new () => ")))),
        (
            NESTED,
            of_type(&format!("{}number", many("abstract new () => "))),
        ),
        (NESTED, of_type(&format!("{}number", many("<T>() => ")))),
        (NESTED, of_type(&format!("{}number", many("x is ")))),
        (NESTED, of_type(&format!("{}number", many("asserts x is ")))),
        (NESTED, of_type(&many("A extends infer U extends "))),
        (
            NESTED,
            of_type(&format!("{}number{}", many("Array<"), many(">"))),
        ),
        (
            NESTED,
            of_type(&format!("{}number{}", many("("), many(")"))),
        ),
        (
            NESTED,
            of_type(&format!("{}number{}", many("["), many("]"))),
        ),
        (NESTED, of_type(&many("{ a: "))),
        (NESTED, of_type(&many("`${"))),
        (
            NO_ELEMENTS,
            of_type(&format!("number{}", many(" | number"))),
        ),
        (NO_TYPE, of_type(&format!("number{}", many(" & number")))),
        (NESTED, of_type(&format!("a{}", many(".a")))),
        (NESTED, of_type(&format!("import(\"a\"){}", many(".a")))),
    ] {
        refused(&text, why);
    }
}

#[test]
fn arrays_of_arrays_are_refused_where_each_has_a_name_of_its_own() {
    let n = 20_000;
    for text in [
        each(n, |i| {
            if i == 1 {
                "const a1 = [1];\n".to_owned()
            } else {
                format!("const a{i} = [a{}];\n", i - 1)
            }
        }),
        doing(&each(n, |i| {
            if i == 1 {
                "const a1 = [1];\n".to_owned()
            } else {
                format!("const a{i} = [a{}];\n", i - 1)
            }
        })),
        doing(&format!(
            "const a0 = [1]; {} s = `${{a999}}`;",
            each(1_000, |i| format!("const a{i} = [a{}];\n", i - 1))
        )),
        doing(&format!(
            "const a0 = [1]; {}",
            each(1_000, |i| format!(
                "const a{i} = a{}.map((x) => [x]);\n",
                i - 1
            ))
        )),
        doing(&format!(
            "const a0 = [1]; {}",
            each(1_000, |i| format!(
                "const a{i} = new Array(1).fill(a{});\n",
                i - 1
            ))
        )),
        format!(
            "type A0 = number[];\n{}",
            each(n, |i| format!("type A{i} = A{}[];\n", i - 1))
        ),
        format!(
            "type A0 = number[];\n{}",
            each(n, |i| format!("type A{i} = Array<A{}>;\n", i - 1))
        ),
    ] {
        refused(&text, ARRAYS);
    }
    let last = n - 1;
    let before = each(n, |i| format!("type A{i} = A{}[];\n", i - 1));
    refused(&format!("{before}type A0 = A{last}[];"), TYPES);
}

#[test]
fn declarations_that_lead_to_each_other_are_compiled_where_their_types_are_written() {
    let n = 12_000;
    let functions = each(n, |i| {
        format!(
            "function f{i}(x: number): number {{ return f{}(x) + 1; }}\n",
            i + 1
        )
    });
    for text in [
        format!(
            "{functions}function f{n}(x: number): number {{ return x; }}\n\
             export function main(): number {{ return f1(1); }}"
        ),
        format!(
            "const c0 = 0;\n{}",
            each(n, |i| format!("const c{i} = c{} + 1;\n", i - 1))
        ),
        format!(
            "enum E0 {{ A }}\n{}",
            each(200, |i| format!("enum E{i} {{ A = E{}.A }}\n", i - 1))
        ),
        format!(
            "function f(a = 1{}) {{}}",
            each(200, |i| format!(", a{i} = a"))
        ),
    ] {
        assert_eq!(shown(&text), "", "{text:.200}");
    }
}

#[test]
fn declarations_that_lead_to_each_other_are_refused_where_they_are_too_many() {
    let n = 12_000;
    let functions = each(n, |i| {
        format!("function f{i}(x: number) {{ return f{}(x) + 1; }}\n", i + 1)
    });
    const NOT_CONSTANT: &str = "error[F0319]: the value of this member is not constant";
    for (why, text) in [
        (
            "error[F0314]: too many types depend on each other in a row",
            format!(
                "{functions}function f{n}(x: number) {{ return x; }}\n\
                 export function main(): number {{ return f1(1); }}"
            ),
        ),
        (NOT_CONSTANT, format!("enum E {{ A = 1{} }}", many(" + 1"))),
        (
            NOT_CONSTANT,
            each(n, |i| format!("enum E{} {{ A = E{i}.A }}\n", i - 1)),
        ),
        (
            "error[F0310]: `c1` is used before its declaration",
            each(n, |i| format!("const c{} = c{i} + 1;\n", i - 1)),
        ),
        (
            "error[F0901]: more than 255 parameters",
            format!(
                "function f(a = 1{}) {{}}",
                each(n, |i| format!(", a{i} = a"))
            ),
        ),
    ] {
        refused(&text, why);
    }
}

#[test]
fn what_is_just_below_the_limit_is_compiled_on_a_small_stack() {
    let n = 300;
    for row in [
        format!("s{}", " + s".repeat(n)),
        format!("s{}", " + n".repeat(n)),
        format!("s{}", " + a".repeat(n)),
        format!("s{}", " + `${n}`".repeat(n)),
        format!("n{}", " + n".repeat(n)),
        format!("n{}", " % n".repeat(n)),
        format!("n{}", " >>> n".repeat(n)),
        format!("b{}", " && b".repeat(n)),
        format!("b{}", " || b".repeat(n)),
        format!("n{}", " || n".repeat(n)),
        format!("s{}", " || s".repeat(n)),
        format!("s{}", ".trim()".repeat(n)),
        format!("s{}", ".concat(s)".repeat(n)),
        format!("s{}", ".slice(n)".repeat(n)),
        format!("a{}", ".concat(1)".repeat(n)),
        format!("a{}", ".slice(1)".repeat(100)),
        format!("a{}", ".map((x) => x + 1)".repeat(100)),
        format!("s{}", "[0]".repeat(n)),
        format!("n{}", " as number".repeat(n)),
        format!("{}n{}", "`a${".repeat(120), "}`".repeat(120)),
        format!(
            "{}n{}",
            "`${".repeat(120),
            "}${n}${n}${n}${n}${n}`".repeat(120)
        ),
        format!("{}1{}", "[".repeat(16), "]".repeat(16)),
        format!("`${{{}1{}}}`", "[".repeat(16), "]".repeat(16)),
    ] {
        for level in LEVELS {
            let built = build(&computing(&row), level);
            assert!(
                built.is_ok(),
                "{row:.60}: {}",
                built.err().unwrap_or_default()
            );
        }
    }
}

#[test]
fn objects_with_too_much_in_them_are_refused_and_their_types_are_shown_in_few_words() {
    let n = 20_000;
    let properties = |count| each(count, |i| format!("p{i}: {i}, "));
    let nested = each(60, |i| {
        format!("const a{i} = {{ l: a{}, r: a{} }};\n", i - 1, i - 1)
    });
    assert_eq!(
        shown(&computing(&format!("{{ {} }}", properties(1_001)))),
        ""
    );
    let interfaces = each(n, |i| format!("interface A{i} extends A{} {{}}\n", i - 1));
    let last = n - 1;
    let braces = (many("{ x: "), many(" }"));
    for (why, text) in [
        (
            PROPERTIES,
            computing(&format!("{{ {} }}", properties(1_002))),
        ),
        (PROPERTIES, computing(&format!("{{ {} }}", properties(n)))),
        (NESTED, computing(&format!("{}1{}", braces.0, braces.1))),
        (
            NESTED,
            doing(&format!("const x: {}number{} = 1;", braces.0, braces.1)),
        ),
        (
            "error[F0303]: a value of type `{ l: { … }; r: { … } }` where `number` is needed",
            doing(&format!(
                "const a0 = {{ x: 1 }};\n{nested} const b: number = a59;"
            )),
        ),
        (
            TYPES,
            format!(
                "interface A0 {{ x: number }}\n{interfaces}const x: A{last} = {{ x: 1, y: 1 }};"
            ),
        ),
    ] {
        refused(&text, why);
    }
}

#[test]
fn types_that_extend_a_large_one_are_refused_where_their_properties_are_too_many_together() {
    let large = format!(
        "interface A {{ {} }}\n",
        each(1_000, |i| format!("p{i}: number; "))
    );
    let extending = |n| {
        let one = |i| {
            format!("interface B{i} extends A {{ q{i}: i32 }} function f{i}(b: B{i}): void {{ }}\n")
        };
        large.clone() + &each(n, one)
    };
    assert_eq!(shown(&extending(100)), "");
    let often = ", A".repeat(100_000);
    for text in [
        extending(102),
        extending(10_000),
        format!("{large}interface B extends A{often} {{ }} function f(b: B): void {{ }}"),
    ] {
        refused(
            &text,
            "error[F0901]: the types of objects have more than 200000 properties together",
        );
    }
}

#[test]
fn a_property_that_is_inherited_with_two_types_is_refused() {
    let twice = |b: &str, own: &str| {
        format!(
            "interface A {{ x: number }} interface B {{ x: {b} }}
            interface C extends A, B {{ {own} }} function f(c: C): void {{ }}"
        )
    };
    assert_eq!(shown(&twice("number", "y: i32")), "");
    for (b, own) in [
        ("i32", ""),
        ("i32", "x: i32"),
        ("i32", "x: number"),
        ("number", "x: i32"),
    ] {
        refused(
            &twice(b, own),
            "error[F0303]: the property `x` has another type in what is extended",
        );
    }
}
