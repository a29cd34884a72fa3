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
    let shown = build(text, LEVELS[3]).err().unwrap_or_default();
    let start: String = text.chars().take(200).collect();
    assert!(!shown.contains("F0999"), "{start}\n{shown:.300}");
    shown
}

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
    let numbers = [
        "+", "-", "*", "/", "%", "**", "&", "|", "^", "<<", ">>", ">>>", "<", "<=", ">", ">=",
        "==", "!=", "===", "!==",
    ];
    let rows = numbers
        .iter()
        .map(|operator| format!("n{}", many(&format!(" {operator} n"))))
        .chain(
            ["&&", "||", "??", "==="]
                .map(|operator| format!("b{}", many(&format!(" {operator} b")))),
        )
        .chain(["in", "instanceof"].map(|operator| format!("a{}", many(&format!(" {operator} a")))))
        .chain([
            format!("s{}", many(" + s")),
            format!("s{}", many(" + n")),
            format!("s{}", many(" + a")),
            format!("\"x\"{}", many(" + \"x\"")),
            format!("1{}", many(" + 1")),
            format!("b ? {}1", many("b ? 1 : ")),
            format!("b{}", many(" ? 1 : b")),
            format!("n{}", many("!")),
            format!("n{}", many(" as number")),
            format!("n{}", many(" satisfies number")),
            format!("{}n", many("<number>")),
            format!("{}n", many("typeof ")),
            format!("{}n", many("void ")),
            format!("{}n", many("delete ")),
            format!("{}n", many("await ")),
            format!("{}n", many("yield ")),
            format!("{}n", many("new ")),
            format!("{}n", many("- ")),
            format!("{}n", many("~")),
            format!("{}b", many("!")),
            format!("{}n", many("x => ")),
            format!("{}n", many("async x => ")),
            format!("{}n", many("() => ")),
            format!("{}n", many("(x) => ")),
            format!("n{}", many(" = n")),
            format!("s{}", many(".trim()")),
            format!("s{}", many(".length")),
            format!("s{}", many("?.a")),
            format!("s{}", many("?.[0]")),
            format!("s{}", many("!.a")),
            format!("s{}", many("[0]")),
            format!("a{}", many(".map((x) => x)")),
            format!("f{}", many("()")),
            format!("s{}", many("`x`")),
            format!("{}{}", many("f("), many(")")),
            format!("{}{}", many("["), many("]")),
            format!("{}1", many("...")),
            many("class extends "),
            many("function "),
        ]);
    for row in rows {
        let shown = shown(&computing(&row));
        assert!(!shown.is_empty(), "{row:.60}");
    }
}

#[test]
fn statements_inside_each_other_are_refused_where_they_are_too_many() {
    for statements in [
        format!("if (x > 1) {{}} {}", many("else if (x > 1) {} ")),
        many("{"),
        many("for (;;) "),
        many("for (const y of [1]) "),
        many("while (x) "),
        many("do "),
        many("if (x) "),
        many("with (x) "),
        many("l: "),
        each(20_000, |i| format!("l{i}: ")),
        many("try { "),
        many("switch (x) { default: "),
        many("x = "),
        many("x += "),
        format!("switch (x) {{ {} }}", many("case 1: ")),
        format!("switch (x) {{ {} }}", many("case 1: break; ")),
        many("[1].forEach((x) => "),
        many("function f() { "),
        many("class A extends "),
        many("@a "),
        format!("@a{} class A {{}}", many(".a")),
        many("export default "),
        many("declare "),
        many("async "),
    ] {
        let shown = shown(&doing(&statements));
        assert!(!shown.is_empty(), "{statements:.60}");
    }
}

#[test]
fn types_made_of_types_are_refused_where_they_are_too_many() {
    let n = 20_000;
    let of_type = |ty: &str| format!("export function main(): void {{ const x: {ty} = []; }}");
    for text in [
        of_type(&format!("number{}", many("[]"))),
        of_type(&format!("number{}", many("[0]"))),
        of_type(&format!("{}number", many("readonly "))),
        of_type(&format!("{}number", many("keyof "))),
        of_type(&format!("{}number", many("unique "))),
        of_type(&format!("{}number", many("infer "))),
        of_type(&format!("{}number", many("typeof "))),
        of_type(&format!("{}number", many("?"))),
        of_type(&format!("{}number", many("| "))),
        of_type(&format!("{}number", many("() => "))),
        of_type(&format!("{}number", many("new () => "))),
        of_type(&format!("{}number", many("abstract new () => "))),
        of_type(&format!("{}number", many("<T>() => "))),
        of_type(&format!("{}number", many("x is "))),
        of_type(&format!("{}number", many("asserts x is "))),
        of_type(&many("A extends infer U extends ")),
        of_type(&format!("{}number{}", many("Array<"), many(">"))),
        of_type(&format!("{}number{}", many("("), many(")"))),
        of_type(&format!("{}number{}", many("["), many("]"))),
        of_type(&many("{ a: ")),
        of_type(&many("`${")),
        of_type(&format!("number{}", many(" | number"))),
        of_type(&format!("number{}", many(" & number"))),
        of_type(&format!("a{}", many(".a"))),
        of_type(&format!("import(\"a\"){}", many(".a"))),
        // Arrays of arrays, each by its own name.
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
        format!(
            "{}type A0 = A{}[];",
            each(n, |i| format!("type A{i} = A{}[];\n", i - 1)),
            n - 1
        ),
    ] {
        let shown = shown(&text);
        assert!(!shown.is_empty(), "{text:.60}");
    }
}

#[test]
fn declarations_that_lead_to_each_other_are_compiled_or_refused() {
    let n = 12_000;
    for text in [
        format!(
            "{}function f{n}(x: number): number {{ return x; }}\nexport function main(): number {{ return f1(1); }}",
            each(n, |i| format!(
                "function f{i}(x: number): number {{ return f{}(x) + 1; }}\n",
                i + 1
            ))
        ),
        format!(
            "{}function f{n}(x: number) {{ return x; }}\nexport function main(): number {{ return f1(1); }}",
            each(n, |i| format!(
                "function f{i}(x: number) {{ return f{}(x) + 1; }}\n",
                i + 1
            ))
        ),
        format!("enum E {{ A = 1{} }}", many(" + 1")),
        each(n, |i| format!("enum E{} {{ A = E{i}.A }}\n", i - 1)),
        each(n, |i| format!("const c{i} = c{} + 1;\n", i - 1)),
        each(n, |i| format!("const c{} = c{i} + 1;\n", i - 1)),
        format!(
            "function f(a = 1{}) {{}}",
            each(n, |i| format!(", a{i} = a"))
        ),
        format!(
            "function f(a = 1{}) {{}}",
            each(200, |i| format!(", a{i} = a"))
        ),
    ] {
        shown(&text);
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
    for text in [
        computing(&format!("{{ {} }}", properties(1_002))),
        computing(&format!("{{ {} }}", properties(n))),
        computing(&format!("{}1{}", many("{ x: "), many(" }"))),
        doing(&format!(
            "const x: {}number{} = 1;",
            many("{ x: "),
            many(" }")
        )),
        doing(&format!(
            "const a0 = {{ x: 1 }};\n{nested} const b: number = a59;"
        )),
        format!(
            "interface A0 {{ x: number }}\n{}",
            each(n, |i| format!("interface A{i} extends A{} {{}}\n", i - 1))
        ) + &format!("const x: A{} = {{ x: 1, y: 1 }};", n - 1),
    ] {
        let shown = shown(&text);
        assert!(!shown.is_empty() && shown.len() < 2_000_000, "{text:.60}");
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
        let shown = shown(&text);
        let together = "F0901]: the types of objects have more than 200000 properties together";
        assert!(shown.contains(together), "{shown:.200}");
    }
}

#[test]
fn a_property_that_is_inherited_with_two_types_is_refused() {
    let twice = |b: &str, own: &str| {
        shown(&format!(
            "interface A {{ x: number }} interface B {{ x: {b} }}
            interface C extends A, B {{ {own} }} function f(c: C): void {{ }}"
        ))
    };
    assert_eq!(twice("number", "y: i32"), "");
    for (b, own) in [
        ("i32", ""),
        ("i32", "x: i32"),
        ("i32", "x: number"),
        ("number", "x: i32"),
    ] {
        let shown = twice(b, own);
        let wrong = "F0303]: the property `x` has another type in what is extended";
        assert!(shown.contains(wrong), "{b}, {own}: {shown}");
    }
}
