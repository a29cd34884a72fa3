//! JSON: values become the text that Node makes of them, and what has none is refused.

use crate::engine::{LEVELS, Outside, build, call, f64_of};
use crate::node::same_as_in_node;

#[test]
fn values_become_the_json_that_node_makes_of_them() {
    same_as_in_node(include_str!("../json/stringify.js"));
}

/// A file that writes a value of a type, with what is declared for it.
fn writes(declared: &str, ty: &str) -> String {
    format!(
        "{declared} function write(value: {ty}): string {{ return JSON.stringify(value); }} export function f(): void {{ const g: (value: {ty}) => string = write; }}"
    )
}

#[test]
fn what_has_no_json_is_refused_with_the_way_to_it() {
    for (declared, ty, said) in [
        ("", "() => void", "a value of type `() => void` has no JSON"),
        (
            "",
            "Map<string, number>",
            "a value of type `Map<string, number>` has no JSON",
        ),
        (
            "class C { x = 1; }",
            "C[]",
            "`[…]` of the value has no JSON: its type is `C`",
        ),
        (
            "",
            "{ a: { f: Set<number> }[] }",
            "`.a[…].f` of the value has no JSON: its type is `Set<number>`",
        ),
        (
            "",
            "{ a: Uint8Array | null }",
            "`.a` of the value has no JSON: its type is `Uint8Array`",
        ),
        (
            "interface I { x: number } class C implements I { x = 1; }",
            "{ i: I }",
            "`.i` of the value has no JSON: its type is `I`",
        ),
        (
            "interface L { next: L | null; f?: (x: number) => number }",
            "L",
            "`.f` of the value has no JSON: its type is `(x: number) => number`",
        ),
        (
            "",
            "number | undefined",
            "the value may be `undefined`, which has no JSON",
        ),
    ] {
        let shown = build(&writes(declared, ty), LEVELS[0]).expect_err(ty);
        assert!(shown.starts_with("error[F0221]"), "{shown}");
        assert!(shown.contains(said), "{shown}");
        assert_eq!(shown.matches("error[").count(), 1, "{shown}");
    }
}

#[test]
fn a_generic_class_that_comes_later_is_seen() {
    let source = "interface I { x: number }
        export function f(i: number): string { const v: I = { x: i }; return JSON.stringify(v); }
        export function g(): number { return new C<number>(1).x; }
        class C<T> implements I { x = 1; constructor(public t: T) { } }";
    let shown = build(source, LEVELS[0]).expect_err("a class implements it");
    assert!(shown.contains("error[F0221]"), "{shown}");
}

#[test]
fn a_choice_of_what_is_written_is_refused() {
    for choice in ["[\"a\"]", "(key: string, value: number) => value", "list"] {
        let source = format!(
            "export function f(list: string): string {{ return JSON.stringify({{ a: 1 }}, {choice}); }}"
        );
        let shown = build(&source, LEVELS[0]).expect_err(choice);
        assert!(shown.contains("error[F0221]"), "{shown}");
    }
    for wrong in ["JSON.stringify()", "JSON.stringify(1, null, 2, 3)"] {
        let source = format!("export function f(): string {{ return {wrong}; }}");
        let shown = build(&source, LEVELS[0]).expect_err(wrong);
        assert!(shown.contains("error[F0306]"), "{shown}");
    }
}

const DEEP: &str = "interface L { next: L | null }
    export function main(n: number): number {
        let list: L | null = null;
        for (let i = 0; i < n; i++) list = { next: list };
        return JSON.stringify(list).length;
    }
    export function circle(n: number): number {
        const one: L = { next: null };
        one.next = { next: one };
        return JSON.stringify(one).length;
    }";

#[test]
fn json_has_512_levels_and_ends_the_program_with_more() {
    for level in LEVELS {
        let wasm = build(DEEP, level).unwrap_or_else(|shown| panic!("{shown}"));
        let written = |levels: f64| call(&wasm, "main", &[wasmi::Val::F64(levels.into())]);
        let length = written(512.0).expect("no trap").expect("a value");
        assert_eq!(f64_of(&length), 9.0 * 512.0 + 4.0);
        let trap = written(513.0).expect_err("too deep");
        assert!(trap.contains("unreachable"), "{trap}");
        let trap = call(&wasm, "circle", &[wasmi::Val::F64(1.0.into())]).expect_err("a circle");
        assert!(trap.contains("unreachable"), "{trap}");
    }
}

const WORK: &str = "
    export function list(n: number): number {
        const all: { id: number; name: string }[] = [];
        for (let i = 0; i < n; i++) all.push(i % 2 === 0 ? { id: 1, name: \"a\\n\" } : { name: \"a\\n\", id: 1 });
        return JSON.stringify(all).length;
    }
    export function escapes(n: number): number { return JSON.stringify(\"\\u0001\".repeat(n)).length; }
    export function same(s: string): string { return s; }
    export function plain(n: number): number { return JSON.stringify(\"x\".repeat(n)).length; }";

#[test]
fn twice_as_much_is_twice_the_memory() {
    let wasm = build(WORK, LEVELS[2]).unwrap_or_else(|shown| panic!("{shown}"));
    for (name, count, units) in [
        ("list", 20_000.0, 22.0),
        ("escapes", 200_000.0, 6.0),
        ("plain", 1_000_000.0, 1.0),
    ] {
        let pages = [1.0, 2.0, 4.0].map(|times| {
            let mut running = Outside::new(&wasm);
            let length = running.number(name, count * times).expect("no trap");
            assert!(
                (length / (count * times) - units).abs() < 0.01,
                "{name}: {length}"
            );
            running.pages()
        });
        assert!(pages[2] <= pages[0] * 6, "{name}: {pages:?}");
    }
}

#[test]
fn objects_know_the_order_of_their_properties_where_the_program_has_json() {
    let objects =
        "export function main(): number { const o: { a?: number } = {}; o.a = 2; return o.a; }";
    let with = format!("{objects} export function f(): string {{ return JSON.stringify(1); }}");
    let notes = |source: &str| {
        let wasm = build(source, LEVELS[0]).expect("it compiles");
        let name = b"noteProperty";
        wasm.windows(name.len()).any(|bytes| bytes == name)
    };
    assert!(!notes(objects));
    assert!(notes(&with));
}

#[test]
fn texts_become_the_values_that_node_makes_of_them() {
    same_as_in_node(include_str!("../json/parse.js"));
}

#[test]
fn texts_are_json_where_they_are_in_node() {
    same_as_in_node(include_str!("../json/grammar.js"));
}

#[test]
fn users_are_checked_renamed_and_their_domains_taken_out_as_in_node() {
    same_as_in_node(include_str!("../json/transform.js"));
}

/// What is said of a text that is read as a value of a type.
fn said_of(ty: &str, texts: &[&str]) -> Vec<String> {
    let source = format!(
        "interface Item {{ name: string; price: number; tags: string[]; more?: Item | null }}
        type Shape = {{ kind: \"circle\" | \"disk\"; r: number }} | {{ kind: \"box\"; side: number }};
        export function handle(text: string): string {{
            try {{ return \"read \" + JSON.stringify(JSON.parse<{ty}>(text)); }} catch (e) {{ return `${{e}}`; }}
        }}"
    );
    let mut found: Vec<Vec<String>> = Vec::new();
    for level in LEVELS {
        let wasm = build(&source, level).unwrap_or_else(|shown| panic!("{shown}"));
        let mut running = Outside::new(&wasm);
        let said = texts.iter().map(|text| {
            let said = running.bytes("handle", text.as_bytes());
            String::from_utf8(said).expect("a text")
        });
        found.push(said.collect());
    }
    assert!(found.iter().all(|said| *said == found[0]));
    found.remove(0)
}

#[test]
fn what_is_no_value_of_the_type_is_told_with_the_way_to_it() {
    for (ty, text, said) in [
        (
            "{ items: Item[] }",
            r#"{"items":[{"name":"a","price":1,"tags":[]},{"name":"b","price":"2","tags":[]}]}"#,
            "TypeError: items[1].price: expected number, found string",
        ),
        (
            "{ items: Item[] }",
            r#"{"items":[{"name":"a","price":1,"tags":["x",null]}]}"#,
            "TypeError: items[0].tags[1]: expected string, found null",
        ),
        (
            "{ items: Item[] }",
            r#"{"items":[{"name":"a","tags":[]}]}"#,
            "TypeError: items[0].price: expected number, found nothing",
        ),
        (
            "{ items: Item[] }",
            r#"{"items":{}}"#,
            "TypeError: items: expected array, found object",
        ),
        ("Item", "[]", "TypeError: expected object, found array"),
        (
            "Item",
            r#"{"name":"a","price":1,"tags":[],"more":{"name":true}}"#,
            "TypeError: more.name: expected string, found boolean",
        ),
        (
            "number[]",
            "[1,[2]]",
            "TypeError: [1]: expected number, found array",
        ),
        (
            "number[][]",
            "[[],[1,2,{}]]",
            "TypeError: [1][2]: expected number, found object",
        ),
        ("boolean", "1", "TypeError: expected boolean, found number"),
        (
            "string | number",
            "[]",
            "TypeError: expected number | string, found array",
        ),
        (
            "number | null",
            "\"\"",
            "TypeError: expected number, found string",
        ),
        (
            "{ n?: number }",
            r#"{"n":null}"#,
            "TypeError: n: expected number, found null",
        ),
        (
            "\"a\" | \"b\"",
            "\"c\"",
            "TypeError: expected \"a\" | \"b\", found \"c\"",
        ),
        (
            "(1 | 2)[]",
            "[1,2,3]",
            "TypeError: [2]: expected 1 | 2, found 3",
        ),
        (
            "Shape[]",
            r#"[{"kind":"disk","r":1},{"kind":"box","r":1}]"#,
            "TypeError: [1].side: expected number, found nothing",
        ),
        (
            "Shape",
            r#"{"r":1}"#,
            "TypeError: kind: expected \"box\" | \"circle\" | \"disk\", found nothing",
        ),
        (
            "Shape",
            r#"{"kind":"ball"}"#,
            "TypeError: kind: expected \"box\" | \"circle\" | \"disk\", found \"ball\"",
        ),
        (
            "Shape",
            r#"{"kind":5}"#,
            "TypeError: kind: expected string, found number",
        ),
        (
            "{ b: u8 }",
            r#"{"b":256}"#,
            "TypeError: b: expected u8, found 256",
        ),
        (
            "i32[]",
            "[2147483647,-2147483648,1e3,2.5]",
            "TypeError: [3]: expected i32, found 2.5",
        ),
        (
            "i64[]",
            "[9223372036854775807,-9223372036854775808,-0,9223372036854775808]",
            "TypeError: [3]: expected i64, found 9223372036854775808",
        ),
        (
            "u64[]",
            "[18446744073709551615,0,-0,-1]",
            "TypeError: [3]: expected u64, found -1",
        ),
        (
            "u64",
            "18446744073709551616",
            "TypeError: expected u64, found 18446744073709551616",
        ),
        ("i16", "true", "TypeError: expected i16, found boolean"),
        (
            "{ a: 1 }",
            r#"{"a":1,"a":2}"#,
            "TypeError: a: expected 1, found 2",
        ),
        (
            "{ a: number }",
            r#"{"a":[1,{"a":2}],"b":[[]],"a":"x"}"#,
            "TypeError: a: expected number, found string",
        ),
    ] {
        assert_eq!(said_of(ty, &[text]), [said], "{text}");
    }
}

#[test]
fn what_is_no_json_is_told_with_its_place() {
    let said = said_of(
        "number[]",
        &[
            "[1,\n 2,\n x]",
            "[1",
            "[1,]",
            "",
            "\"\u{1}\"",
            "[1]😀",
            "[\"😀\n",
            "-",
        ],
    );
    assert_eq!(
        said,
        [
            "SyntaxError: Unexpected \"x\" in JSON at position 9 (line 3 column 2)",
            "SyntaxError: Unexpected end of JSON at position 2 (line 1 column 3)",
            "SyntaxError: Unexpected \"]\" in JSON at position 3 (line 1 column 4)",
            "SyntaxError: Unexpected end of JSON at position 0 (line 1 column 1)",
            "SyntaxError: Unexpected \"\\u0001\" in JSON at position 1 (line 1 column 2)",
            "SyntaxError: Unexpected \"😀\" in JSON at position 3 (line 1 column 4)",
            "SyntaxError: Unexpected \"\\n\" in JSON at position 4 (line 1 column 5)",
            "SyntaxError: Unexpected end of JSON at position 1 (line 1 column 2)",
        ]
    );
    // What is no JSON is that before it is no value of the type.
    assert!(said_of("number", &["\"a\" b"])[0].starts_with("SyntaxError"));
}

#[test]
fn values_of_every_type_come_back() {
    for (ty, text) in [
        ("i64[]", "[9223372036854775807,-9223372036854775808,0,1]"),
        ("u64[]", "[18446744073709551615]"),
        ("u8[]", "[0,255]"),
        ("i8[]", "[-128,127]"),
        ("f32[]", "[0.5,16777216]"),
        ("(boolean | null)[]", "[true,false,null]"),
        (
            "Shape[]",
            r#"[{"side":2,"kind":"box"},{"r":1,"kind":"disk"},{"kind":"box","side":3}]"#,
        ),
        (
            "{ a: 1 | 2; b: true; c: \"x\" | null }",
            r#"{"c":null,"b":true,"a":2}"#,
        ),
        ("string", r#""\"""#),
        ("number | null", "null"),
    ] {
        assert_eq!(said_of(ty, &[text]), [format!("read {text}")], "{ty}");
    }
    // What comes again is the last, in the place of the first; what the type has not is left out.
    let said = said_of(
        "{ a: number; b?: string }",
        &[r#"{"a":"x","b":"1","z":[{"a":1}],"a":2,"b":"3"}"#],
    );
    assert_eq!(said, [r#"read {"a":2,"b":"3"}"#]);
}

#[test]
fn parse_needs_a_type_that_has_json() {
    for (body, code) in [
        ("const x = JSON.parse(s); return 1;", "F0307"),
        ("JSON.parse(s); return 1;", "F0307"),
        ("return JSON.parse<number, string>(s);", "F0327"),
        ("return JSON.parse<Map<string, number>>(s).size;", "F0221"),
        ("return JSON.parse<C[]>(s).length;", "F0221"),
        (
            "const f: () => number = JSON.parse(s); return f();",
            "F0221",
        ),
        (
            "const v: { a: number } | { a: string } = JSON.parse(s); return 1;",
            "F0221",
        ),
        (
            "const v: { k: \"a\" | \"b\"; x: number } | { k: \"b\" } = JSON.parse(s); return 1;",
            "F0221",
        ),
        (
            "const n: number = JSON.parse(s, (key: string, value: number) => value); return n;",
            "F0221",
        ),
        ("return JSON.parse<number>(1);", "F0303"),
        ("return JSON.parse<number>();", "F0306"),
        ("const j = JSON; return 1;", "F0317"),
        ("return \\u004aSON.parse<number>(s);", "F0221"),
    ] {
        let source =
            format!("class C {{ x = 1; }} export function f(s: string): number {{ {body} }}");
        let shown = build(&source, LEVELS[0]).expect_err(body);
        assert!(
            shown.starts_with(&format!("error[{code}]")),
            "{body}\n{shown}"
        );
    }
}

const UNCAUGHT: &str = "export function handle(s: string): string {
  const list: number[] = JSON.parse(s);
  return `${list.length}`;
}";

#[test]
fn what_nothing_catches_is_told_with_its_line() {
    let wasm = build(UNCAUGHT, LEVELS[2]).unwrap_or_else(|shown| panic!("{shown}"));
    let mut running = Outside::new(&wasm);
    assert_eq!(running.bytes("handle", b"[1,2]"), b"2");
    let source = UNCAUGHT
        .replace("(s: string): string", "(): string")
        .replace("(s)", "(\"[1,true]\")");
    let source = format!(
        "{source} export function run(x: number): number {{ return handle().length + x; }}"
    );
    let wasm = build(&source, LEVELS[2]).unwrap_or_else(|shown| panic!("{shown}"));
    let mut running = Outside::new(&wasm);
    running
        .number("run", 1.0)
        .expect_err("it is no list of numbers");
    let Some(wasmi::Val::I64(told)) = running.global("tollgate_uncaught") else {
        panic!("the export is no i64");
    };
    let told = String::from_utf8(running.taken(told)).expect("a text");
    assert_eq!(
        told,
        "TypeError: [1]: expected number, found boolean, thrown at example.ts:2:26"
    );
}

const ATTACKS: &str = "
    type Any = string | number | boolean | null | Any[] | { k: \"a\"; v?: Any } | { k: \"b\"; w?: Any };
    interface Few { a: number }
    function size(text: string): number { try { return JSON.stringify(JSON.parse<Any>(text)).length; } catch (e) { return -e.message.length; } }
    function few(text: string): number { try { return JSON.parse<Few>(text).a; } catch (e) { return -e.message.length; } }
    export function open(n: number): number { return size(\"[\".repeat(n)); }
    export function digits(n: number): number { return size(\"9\".repeat(n)); }
    export function zeros(n: number): number { return size(`0.${\"0\".repeat(n)}1e${n}`); }
    export function escapes(n: number): number { return size(`\"${\"\\\\u0041\".repeat(n)}\"`); }
    export function backslashes(n: number): number { return size(`\"${\"\\\\\".repeat(n)}`); }
    export function same(n: number): number { return few(`{${'\"a\":1,'.repeat(n)}\"a\":2}`); }
    export function wrong(n: number): number { return few(`{${'\"a\":\"x\",'.repeat(n)}\"a\":2}`); }
    export function other(n: number): number { return few(`{${'\"b\":[{\"a\":[]}],'.repeat(n)}\"a\":2}`); }
    export function empty(n: number): number { return size(`[${\"[],\".repeat(n)}[]]`); }
    export function lines(n: number): number { return size(\"\\n\".repeat(n)); }
    export function tags(n: number): number { return size(`[${'{\"v\":[[1],2],\"k\":\"a\"},'.repeat(n)}1]`); }
    export function inner(n: number): number { return size(`${'{\"v\":'.repeat(200)}\"${\"x\".repeat(n)}\"${',\"k\":\"a\"}'.repeat(200)}`); }";

/// The fuel that a function of a number takes, and its result.
fn fuel(wasm: &[u8], name: &str, n: f64) -> (u64, f64) {
    let mut config = wasmi::Config::default();
    config.consume_fuel(true);
    let engine = wasmi::Engine::new(&config);
    let module = wasmi::Module::new(&engine, wasm).expect("a valid module");
    let mut store = wasmi::Store::new(&engine, ());
    let full = u64::MAX / 2;
    store.set_fuel(full).expect("fuel");
    let instance = wasmi::Linker::new(&engine)
        .instantiate_and_start(&mut store, &module)
        .expect("an instance");
    let function = instance.get_typed_func::<f64, f64>(&store, name);
    let result = function.expect("the export").call(&mut store, n);
    let result = result.unwrap_or_else(|trap| panic!("{name}: {trap}"));
    (full - store.get_fuel().expect("fuel"), result)
}

#[test]
fn what_is_twice_as_long_takes_twice_the_work() {
    let wasm = build(ATTACKS, LEVELS[2]).unwrap_or_else(|shown| panic!("{shown}"));
    for name in [
        "open",
        "digits",
        "zeros",
        "escapes",
        "backslashes",
        "same",
        "wrong",
        "other",
        "empty",
        "lines",
        "tags",
        "inner",
    ] {
        let (once, _) = fuel(&wasm, name, 20_000.0);
        let (twice, _) = fuel(&wasm, name, 40_000.0);
        let per_unit = once / 20_000;
        assert!(twice < once * 2 + once / 8, "{name}: {once}, {twice}");
        assert!(per_unit < 10_000, "{name}: {per_unit} for each");
    }
    let (_, message) = fuel(&wasm, "open", 1_000_000.0);
    let expected = "Too many levels of JSON at position 512 (line 1 column 513)";
    assert_eq!(
        message,
        -f64::from(u32::try_from(expected.len()).expect("a length"))
    );
    assert_eq!(fuel(&wasm, "wrong", 10.0).1, 2.0);
    assert_eq!(fuel(&wasm, "inner", 10.0).1, 200.0 * 14.0 + 12.0);
}
