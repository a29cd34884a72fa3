//! Exceptions: programs that do the same as in Node, what ends them, what they cost, and what is refused.

use wasmi::Val;

use crate::engine::{LEVELS, Outside, build, call, f64_of, value};
use crate::node::same_as_in_node;
use crate::rows::ROWS;

#[test]
fn exceptions_go_their_way_as_in_node() {
    same_as_in_node(include_str!("../exceptions/shapes.js"));
}

#[test]
fn what_goes_on_around_an_exception_is_that_of_node() {
    same_as_in_node(include_str!("../exceptions/edges.js"));
}

#[test]
fn what_javascript_throws_by_itself_is_thrown_as_in_node() {
    same_as_in_node(include_str!("../exceptions/faults.js"));
}

#[test]
fn a_parser_that_reports_errors_is_that_of_node() {
    same_as_in_node(include_str!("../exceptions/parser.js"));
}

#[test]
fn a_validator_that_gathers_problems_is_that_of_node() {
    same_as_in_node(include_str!("../exceptions/validator.js"));
}

/// Calls a function, or returns what the module says of the exception that ended the call.
fn called(running: &mut Outside, x: f64) -> Result<f64, String> {
    running.number("run", x).map_err(|trap| {
        assert!(trap.to_string().contains("unreachable"), "{trap}");
        let Some(Val::I64(told)) = running.global("tollgate_uncaught") else {
            panic!("the export is no i64");
        };
        String::from_utf8(running.taken(told)).expect("a text")
    })
}

const WITHOUT_TRY: &str = "class Failed extends RangeError { name = \"Failed\"; }
function check(x: number): number {
  if (x > 3) throw new Failed(`${x} is too much`);
  if (x > 2) throw new Error();
  return x * 2;
}
export function run(x: number): number { return [x].map((y) => check(y))[0] + 1; }
";

const WITH_TRY: &str = "let calls = 0;
export function run(x: number): number {
  calls++;
  const text = `${x}, ${x}`.repeat(100);
  try {
    if (x > 0) throw new SyntaxError(`no ${text.length}`);
  } catch (e) {
    if (x > 1) throw e;
    if (x > 0.5)
      throw new TypeError(`with ${e.message}`);
  } finally {
    if (x === 9) throw new Error(\"in finally\");
  }
  return calls;
}
";

#[test]
fn an_exception_that_nothing_catches_ends_the_call_and_is_told_with_its_line() {
    for level in LEVELS {
        let wasm = build(WITHOUT_TRY, level).unwrap_or_else(|shown| panic!("{shown}"));
        let mut running = Outside::new(&wasm);
        assert_eq!(called(&mut running, 2.0), Ok(5.0));
        let told = "Failed: 4 is too much, thrown at example.ts:3:14";
        assert_eq!(called(&mut running, 4.0), Err(told.to_owned()));
        let told = "Error, thrown at example.ts:4:14";
        assert_eq!(called(&mut running, 2.5), Err(told.to_owned()));
        assert_eq!(called(&mut running, 1.0), Ok(3.0));

        let wasm = build(WITH_TRY, level).unwrap_or_else(|shown| panic!("{shown}"));
        let mut running = Outside::new(&wasm);
        assert_eq!(called(&mut running, 0.0), Ok(1.0));
        // What was thrown first has its line, wherever it is thrown again.
        let told = "SyntaxError: no 400, thrown at example.ts:6:16";
        assert_eq!(called(&mut running, 2.0), Err(told.to_owned()));
        let told = "TypeError: with no 600, thrown at example.ts:10:7";
        assert_eq!(called(&mut running, 0.7), Err(told.replace("600", "800")));
        let told = "Error: in finally, thrown at example.ts:12:18";
        assert_eq!(called(&mut running, 9.0), Err(told.to_owned()));
        assert_eq!(called(&mut running, 0.5), Ok(5.0));
    }
}

#[test]
fn calls_that_an_exception_ended_leave_no_memory_behind() {
    for level in LEVELS {
        let wasm = build(WITH_TRY, level).unwrap_or_else(|shown| panic!("{shown}"));
        let mut running = Outside::new(&wasm);
        for _ in 0..2_000 {
            called(&mut running, 2.0).expect_err("it throws");
        }
        assert!(running.pages() <= 2);
        assert_eq!(called(&mut running, 0.0), Ok(2_001.0));
    }
}

#[test]
fn statements_of_files_that_throw_end_the_program_before_it_begins() {
    for (source, ends) in [
        (
            "const x: number = f(); function f(): number { throw new Error(\"no\"); } export function main(): number { return x; }",
            true,
        ),
        (
            "let x = 1; try { x = f(); } catch (e) { x = e.message.length; } function f(): number { throw new Error(\"no\"); } export function main(): number { return x; }",
            false,
        ),
        (
            "try { f(); } finally { f(); } function f(): void { throw new Error(\"no\"); } export function main(): number { return 1; }",
            true,
        ),
    ] {
        for level in LEVELS {
            let wasm = build(source, level).unwrap_or_else(|shown| panic!("{shown}"));
            let found = call(&wasm, "main", &[]);
            assert_eq!(found.is_err(), ends, "{source}: {found:?}");
        }
    }
}

/// Faults and what is caught of them: the class and the message.
const FAULTS: &[(&str, &str)] = &[
    ("[1, 2][k]", "RangeError: there is no element at this index"),
    (
        "[1, 2][0.5]",
        "RangeError: there is no element at this index",
    ),
    (
        "new Int8Array(3)[k]",
        "RangeError: there is no element at this index",
    ),
    (
        "\"abc\"[k].length",
        "RangeError: there is no element at this index",
    ),
    (
        "write([1], k)",
        "RangeError: there is no element at this index",
    ),
    ("taken([])", "RangeError: there is no element at this index"),
    ("numbers([]).pop()!", "TypeError: the value is missing"),
    ("numbers([]).shift()!", "TypeError: the value is missing"),
    ("maybe(k)!", "TypeError: the value is missing"),
    ("held({ v: 1 })", "TypeError: the value is missing"),
    (
        "other({ v: 1 })",
        "TypeError: the value is of another type now",
    ),
    (
        "cast(new A())",
        "TypeError: the object is none of the class",
    ),
    (
        "chosen(\"z\" as string as M)",
        "TypeError: the value is none of those that its type lists",
    ),
    (
        "sorted([3, 1, 2])",
        "TypeError: the array changed while a method went over it",
    ),
    ("1 / i32(0)", "RangeError: Division by zero"),
    ("divided(1, 0)", "RangeError: Division by zero"),
    ("wide(1, 0)", "RangeError: Division by zero"),
    (
        "divided(-2147483648, -1)",
        "RangeError: the quotient has no place in its type",
    ),
    (
        "wide(-9223372036854775808, -1)",
        "RangeError: the quotient has no place in its type",
    ),
    ("divided(-2147483648, 1) + 2147483648", "0"),
    (
        "new Early().y",
        "ReferenceError: the field `y` has no value yet",
    ),
    ("early()", "ReferenceError: `late` has no value yet"),
    (
        "round()",
        "TypeError: JSON of more than 512 levels, or of an object that is inside of itself",
    ),
];

const FAULTY: &str = "
class A { x = 1; }
class B extends A { b = 2; }
class Early { constructor() { this.f(); } f(): number { return 1; } get y(): number { return new Later().y; } }
class Later { constructor() { this.f(); } y = 1; f(): number { return this.y; } }
class Base { constructor() { this.f(); } f(): number { return 0; } }
type M = \"a\" | \"b\";
interface Holds { v: number | null }
interface Either { v: number | string }
interface L { next: L | null }
function numbers(list: number[]): number[] { return list; }
function write(list: number[], at: number): number { list[at] = 1; return list.length; }
function taken([x]: number[]): number { return x; }
function maybe(x: number): number | null { return x > 100 ? x : null; }
function emptied(o: Holds): number { o.v = null; return 1; }
function held(o: Holds): number { if (o.v !== null) { emptied(o); return o.v; } return 5; }
function changed(o: Either): number { o.v = \"now\"; return 1; }
function other(o: Either): number { if (typeof o.v === \"number\") { changed(o); return o.v * 2; } return 5; }
function cast(a: A): number { return (a as B).b; }
function chosen(m: M): number { switch (m) { case \"a\": return 1; case \"b\": return 2; } }
function sorted(list: number[]): number { return list.sort((a, b) => { list.push(1); return a - b; })[0]; }
function divided(a: i32, b: i32): number { return a / b; }
function wide(a: i64, b: i64): number { return f64(a / b); }
function early(): number { const f = (): number => late; const y = f(); const late = 1; return y; }
function round(): number { const l: L = { next: null }; l.next = l; return JSON.stringify(l).length; }
";

#[test]
fn faults_inside_of_try_are_errors_that_say_what_they_are() {
    for (fault, expected) in FAULTS {
        if fault.contains("Early") {
            continue;
        }
        let source = format!(
            "{FAULTY} export function handle(s: string): string {{ const k = s.length + 5; let out = \"\"; try {{ out += {fault}; }} catch (e) {{ out += `${{e}}`; }} finally {{ out += \".\"; }} return out; }}"
        );
        for level in LEVELS {
            let wasm = build(&source, level).unwrap_or_else(|shown| panic!("{shown}"));
            let mut running = Outside::new(&wasm);
            // What a fault leaves behind is nothing to the next call.
            for _ in 0..2 {
                let found = running.bytes("handle", b"");
                let found = String::from_utf8(found).expect("a text");
                assert_eq!(found, format!("{expected}."), "{fault}, {level:?}");
            }
        }
    }
}

#[test]
fn a_fault_that_nothing_catches_says_where_it_is_if_a_try_is_around_it() {
    let source = "function at(list: number[], k: number): number { let n = 0; for (const x of list) n += x; return list[k] + n; }
export function run(k: number): number { let n = 1; try { n = at([1, 2], k); } finally { n++; } return n; }
export function plain(k: number): number { return [1, 2][k]; }";
    for level in LEVELS {
        let wasm = build(source, level).unwrap_or_else(|shown| panic!("{shown}"));
        let mut running = Outside::new(&wasm);
        assert_eq!(called(&mut running, 1.0), Ok(6.0));
        let told = called(&mut running, 2.0).expect_err("it ends");
        let (what, place) = told.split_once(", thrown in ").expect("a place");
        assert_eq!(what, "RangeError: there is no element at this index");
        assert!(!place.is_empty());
        // Nothing handles this one, whatever the program has elsewhere.
        running.number("plain", 2.0).expect_err("it ends");
        assert_eq!(called(&mut running, 0.0), Ok(5.0));
    }
}

#[test]
fn operands_of_a_division_are_computed_once_and_in_their_order() {
    let source =
        "export function handle(s: string): string { let x: i32 = 7, zero: i32 = 0, out = \"\";
        function f(n: i32): i32 { out += `${n}`; return n; }
        for (let i = 0; i < 6; i++) {
            try {
                switch (i) {
                    case 0: out += `${x / (x = 2)}`; break;
                    case 1: out += `${f(9) / f(4)}`; break;
                    case 2: out += `${f(8) % f(zero)}`; break;
                    case 3: x /= zero; break;
                    case 4: out += `${(x = 5) / x}`; break;
                    default: out += `${f(1) + ((x++) / zero) + f(3)}`;
                }
            } catch (e) { out += e.message.length; }
            out += `;${x} `;
        } return out; }";
    for level in LEVELS {
        let wasm = build(source, level).unwrap_or_else(|shown| panic!("{shown}"));
        let found = Outside::new(&wasm).bytes("handle", b"");
        let found = String::from_utf8(found).expect("a text");
        assert_eq!(found, "3;2 2;2 8016;2 16;2 1;5 116;6 ", "{level:?}");
    }
}

#[test]
fn a_function_that_becomes_too_large_by_what_its_faults_need_is_refused() {
    let divisions = "n += f(n) / f(n); ".repeat(30_000);
    let source = format!(
        "function f(n: i32): i32 {{ return n + 1; }} export function main(): i32 {{ let n: i32 = 1; try {{ {divisions} }} catch {{ return -1; }} return n; }}"
    );
    let shown = build(&source, LEVELS[0]).expect_err("it is too large");
    assert!(shown.contains("error[F0901]"), "{shown}");
}

#[test]
fn a_program_without_try_has_no_errors_of_faults() {
    let source = "export function run(x: number): number { if (x > 5) throw new Error(\"no\"); return [1, 2][x]; }";
    let wasm = build(source, LEVELS[2]).expect("it compiles");
    let text: Vec<u8> = "there is no element"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert!(!wasm.windows(text.len()).any(|at| at == text));
}

/// The names in the name section with the code of each function.
fn code_of(wasm: &[u8], wanted: &str) -> Vec<u8> {
    let (mut bodies, mut names, mut imported) = (Vec::new(), Vec::new(), 0);
    for payload in wasmparser::Parser::new(0).parse_all(wasm) {
        match payload.expect("a module") {
            wasmparser::Payload::ImportSection(section) => imported = section.count() as usize,
            wasmparser::Payload::CodeSectionEntry(body) => {
                bodies.push(wasm[body.range()].to_vec());
            }
            wasmparser::Payload::CustomSection(section) => {
                let wasmparser::KnownCustom::Name(section) = section.as_known() else {
                    continue;
                };
                for part in section {
                    if let wasmparser::Name::Function(map) = part.expect("names") {
                        names = map.into_iter().map(|name| name.expect("a name")).collect();
                    }
                }
            }
            _ => {}
        }
    }
    let found = names.iter().find(|name| name.name == wanted);
    let at = found.expect("the function").index as usize - imported;
    bodies[at].clone()
}

/// Whether a module has something for exceptions.
fn has_exceptions(wasm: &[u8]) -> bool {
    [
        "tollgate_uncaught",
        "an exception that nothing catches",
        "~uncaught",
    ]
    .iter()
    .any(|text| wasm.windows(text.len()).any(|at| at == text.as_bytes()))
}

#[test]
fn programs_without_exceptions_have_nothing_of_them() {
    let words = ["throw ", "try {", "JSON.parse"];
    let without = |source: &String| !words.iter().any(|word| source.contains(word));
    let mut seen = 0;
    for source in ROWS.iter().map(crate::rows::Row::source).filter(without) {
        if let Ok(wasm) = build(&source, LEVELS[2]) {
            assert!(!has_exceptions(&wasm), "{source}");
            seen += 1;
        }
    }
    assert!(seen > 200);
    let wasm = build(WITHOUT_TRY, LEVELS[2]).expect("it compiles");
    assert!(has_exceptions(&wasm));
}

#[test]
fn a_program_whose_exceptions_are_never_reached_is_that_without_them() {
    let plain = "function twice(x: number): number { return x * 2; }
        export function main(x: number): number { return [x].map((y) => twice(y))[0]; }";
    let more = format!(
        "{plain} function unused(x: number): number {{ try {{ if (x > 1) throw new Error(\"no\"); }} catch (e) {{ return e.message.length; }} finally {{ x = 2; }} return x; }}"
    );
    for level in LEVELS {
        let plain = build(plain, level).expect("it compiles");
        let more = build(&more, level).expect("it compiles");
        let (before, after) = (
            code_of(&plain, "main~export"),
            code_of(&more, "main~export"),
        );
        assert_eq!(before.len(), after.len(), "{level:?}");
        assert!(!has_exceptions(&more), "{level:?}");
    }
}

#[test]
fn functions_that_cannot_throw_have_no_checks() {
    let quiet = "function gcd(a: i32, b: i32): i32 { while (b !== 0) { const c = a % b; a = b; b = c; } return a; }
        function sum(list: number[]): number { let n = 0; for (const x of list) n += Math.floor(x) % 7; return n; }
        function safe(x: number): number { return sum([x, x]) + gcd(i32(x), 12); }
        export function main(x: number): number { return safe(x) + safe(x + 1); }";
    let loud = "export function other(x: number): number { try { return risky(x); } catch (e) { return e.message.length; } }
        function risky(x: number): number { if (x > 1) throw new Error(`more than ${x}`); return x; }
        export function third(x: number): number { return risky(safe(x)); }";
    let both = format!("{quiet} {loud}");
    for level in [LEVELS[0], LEVELS[1]] {
        let (quiet, both) = (build(quiet, level), build(&both, level));
        let (quiet, both) = (quiet.expect("it compiles"), both.expect("it compiles"));
        // `sum` and `safe` call others, whose numbers may be other ones.
        for name in ["gcd", "sum", "safe"] {
            let (before, after) = (code_of(&quiet, name), code_of(&both, name));
            assert_eq!(before.len(), after.len(), "{name}, {level:?}");
        }
        assert_eq!(code_of(&quiet, "gcd"), code_of(&both, "gcd"));
    }
}

fn refused(source: &str) -> (Vec<String>, String) {
    let shown = build(source, LEVELS[0]).expect_err(source);
    let lines = shown.lines().filter_map(|line| line.strip_prefix("error["));
    let codes = lines.filter_map(|line| line.get(..5)).map(str::to_owned);
    (codes.collect(), shown)
}

#[test]
fn what_is_no_error_is_not_thrown_and_said_how_to() {
    for (statements, code, help) in [
        ("throw \"no\";", "F0207", "`throw new Error(text)`"),
        ("throw 1;", "F0207", "throw `new Error("),
        ("throw null;", "F0207", "`Error`"),
        ("throw new Plain();", "F0207", "extends Error"),
        ("throw { message: \"no\" };", "F0207", "`Error`"),
        (
            "const e: Error | null = one(); throw e;",
            "F0207",
            "look whether it is there",
        ),
        (
            "try { one(); } catch (e: Error) { }",
            "F0207",
            "remove the type",
        ),
        ("try { one(); } catch (e) { let e = 1; }", "F0302", "rename"),
        ("try { one(); } catch (e) { var e = 1; }", "F0302", "rename"),
        (
            "try { one(); } catch (e) { throw e.message; }",
            "F0207",
            "new Error(text)",
        ),
        ("try { one(); } catch { throw e; }", "F0301", ""),
        ("throw new Error(1);", "F0303", ""),
        ("throw new Error(\"a\", { cause: one() });", "F0306", ""),
        ("throw Error(\"a\");", "F0305", "new Error("),
        (
            "try { one(); } catch (e) { return e.stack.length; }",
            "F0321",
            "says where it was thrown",
        ),
        (
            "const e = new Error(); return e.cause.length;",
            "F0321",
            "in a field",
        ),
        ("const f = Error; throw f(\"a\");", "F0201", ""),
        ("try { } finally { break; }", "F0316", ""),
        (
            "let a: number; try { a = 1; one(); } catch { } return a;",
            "F0311",
            "",
        ),
    ] {
        let source = format!(
            "class Plain {{ x = 1; }} function one(): Error | null {{ return null; }} export function main(): number {{ {statements} return 1; }}"
        );
        let (codes, shown) = refused(&source);
        assert_eq!(codes, [code], "{source}\n{shown}");
        assert!(shown.contains(help), "{source}\n{shown}");
    }
}

#[test]
fn the_names_by_which_errors_are_told_are_not_taken() {
    for name in ["memory", "tollgate_uncaught"] {
        let source = format!(
            "export function {name}(): number {{ throw new Error(\"no\"); }} export function main(): number {{ return 1; }}"
        );
        let (codes, shown) = refused(&source);
        assert_eq!(codes, ["F0405"], "{shown}");
        assert!(shown.contains(&format!("rename `{name}`")), "{shown}");
    }
}

#[test]
fn a_program_may_have_an_error_class_of_its_own() {
    let source =
        "class Error { constructor(public code: number) { } } class TypeError extends Error { }
        export function main(): number { return new TypeError(4).code; }";
    assert_eq!(f64_of(&value(source)), 4.0);
    let source = "class Error { constructor(public code: number) { } } export function main(): number { throw new Error(1); }";
    assert_eq!(refused(source).0, ["F0207"]);
}

#[test]
fn what_is_caught_may_be_written_as_unknown() {
    let source = "export function main(): number { try { throw new RangeError(\"abc\"); } catch (e: unknown) { if (e instanceof RangeError) return e.message.length; return e instanceof Error ? 1 : 2; } }";
    assert_eq!(f64_of(&value(source)), 3.0);
}
