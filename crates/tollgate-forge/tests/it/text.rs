//! Texts beside Node's: every method on texts of every kind, and numbers as text and back.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use wasmi::Val;

use crate::engine::{LEVELS, Outside, build, call};
use crate::node::{ends_the_program, same_as_in_node};

/// Expressions over two texts and two numbers; what they give is told as a text.
const EXPRESSIONS: &[&str] = &[
    "s + t",
    "s + x + t + n",
    "`${s}<${t}>${x}${n > 3}`",
    "s.length + t.length",
    "s < t",
    "s <= t",
    "s > t",
    "s >= t",
    "s === t",
    "s !== t",
    "s + t === t + s",
    "s.charAt(n)",
    "s.charCodeAt(n)",
    "s.charCodeAt(x)",
    "s.concat(t)",
    "s.endsWith(t)",
    "s.endsWith(t, n)",
    "s.startsWith(t)",
    "s.startsWith(t, n)",
    "s.includes(t)",
    "s.includes(t, n)",
    "s.indexOf(t)",
    "s.indexOf(t, n)",
    "s.indexOf(t, x)",
    "s.lastIndexOf(t)",
    "s.lastIndexOf(t, n)",
    "s.padStart(n, t)",
    "s.padEnd(n + 3, t)",
    "s.padStart(12)",
    "s.repeat(n > 0 ? n : 0)",
    "s.replace(t, \"[$&$$$`$'$x]\")",
    "s.replaceAll(t, \"<$&>\")",
    "s.replace(\"a\", t)",
    "s.slice(n)",
    "s.slice(-n)",
    "s.slice(1, n)",
    "s.slice(x, -1)",
    "s.substring(n)",
    "s.substring(n, 2)",
    "s.substring(x)",
    "s.substr(n, 2)",
    "s.toLowerCase()",
    "s.toUpperCase()",
    "(s + t).toLowerCase()",
    "s.trim() + \"|\"",
    "s.trimStart() + \"|\" + s.trimEnd() + \"|\"",
    "Number(s)",
    "+t",
    "parseFloat(s)",
    "parseInt(s)",
    "parseInt(s, 16)",
    "parseInt(t, n)",
    "x",
    "-x",
    "x / 3",
    "x * n",
    "Number(String(x)) === x || x !== x",
    "n.toString() + x.toString()",
    "String.fromCharCode(n + 65, x)",
    "String.fromCodePoint(n + 128512)",
    "s || t",
    "s && t",
    "s ? 1 : 2",
    "typeof s + typeof x + typeof (x > 1)",
    "Math.abs(x) < 1e21 ? x.toFixed(2) : \"\"",
    "Math.abs(x) < 1e300 ? x.toFixed(n + 3) : \"\"",
];

const TEXTS: &[&str] = &[
    "",
    "a",
    "A",
    "abc",
    "abcabc",
    "b",
    "  padded\t\n",
    "Hello, World",
    "grüße",
    "STRASSE ß",
    "ΑΣ ΟΔΟΣ",
    "ΣΑΣ.Σ'",
    "İi",
    "ﬁ ǆ ŉ",
    "😀x😀",
    "12",
    " 42.5e1 ",
    "-0",
    "0x1F",
    "1e21",
    "Infinity",
    "-Infinity!",
    ".5.",
    "0b101",
    "1e-7",
    "123456789012345678901234567890",
    "2.2250738585072011e-308",
    "5e-325",
    "1.7976931348623159e308",
    "9007199254740993",
    "0.1e",
    "\u{a0}7\u{feff}",
    "ÀÉ\u{345}ჰ",
    "𐐀𐐨",
];

fn numbers() -> Vec<String> {
    let mut list: Vec<String> = [
        "0",
        "-0",
        "NaN",
        "Infinity",
        "-Infinity",
        "1",
        "-1",
        "0.1",
        "1e21",
        "1e-7",
        "123456789.125",
        "1e300",
        "5e-324",
        "1.7976931348623157e308",
        "2.2250738585072014e-308",
        "4.35",
        "1.005",
        "0.000001",
        "9007199254740993",
        "1e22",
        "65.9",
        "-1.5e-9",
        "1234.5678e20",
    ]
    .map(str::to_owned)
    .to_vec();
    let mut state = 7_u64;
    for _ in 0..120 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let bits = state ^ (state >> 29);
        let any = f64::from_bits(bits);
        if any.is_finite() {
            list.push(format!("{any:e}"));
        }
        let unit = (bits >> 12) as f64 / (1_u64 << 30) as f64;
        list.push(format!("{unit}"));
        list.push(format!("{}", (bits >> 40) as f64 / 1000.0));
    }
    list
}

/// Which values an expression is tried on.
fn samples() -> Vec<(String, String, String, String)> {
    let numbers = numbers();
    let mut list = Vec::new();
    for (at, s) in TEXTS.iter().enumerate() {
        for step in [0, 1, 2, 5, 11, 20] {
            let t = TEXTS[(at + step) % TEXTS.len()];
            let t = if step == 2 { "a" } else { t };
            let x = &numbers[(at * 7 + step) % numbers.len()];
            let n = ["0", "1", "2", "3", "5", "16"][(at + step) % 6];
            list.push((s.to_string(), t.to_owned(), x.clone(), n.to_owned()));
        }
    }
    for x in &numbers {
        list.push((x.clone(), "e".to_owned(), x.clone(), "4".to_owned()));
    }
    list
}

/// A text as JavaScript writes it.
fn quoted(text: &str) -> String {
    let units: String = text
        .encode_utf16()
        .map(|unit| format!("\\u{unit:04x}"))
        .collect();
    format!("\"{units}\"")
}

fn node(samples: &[(String, String, String, String)]) -> Vec<String> {
    let mut script = String::from("const out = [];\n");
    for (at, expression) in EXPRESSIONS.iter().enumerate() {
        writeln!(
            script,
            "function f{at}(s, t, x, n) {{ return String({expression}); }}"
        )
        .expect("a string");
    }
    for (s, t, x, n) in samples {
        for at in 0..EXPRESSIONS.len() {
            writeln!(
                script,
                "out.push(f{at}({}, {}, {x}, {n}));",
                quoted(s),
                quoted(t)
            )
            .expect("a string");
        }
    }
    let script = script
        + "process.stdout.write(JSON.stringify(out.map((x) => Buffer.from(x, 'utf8').toString('hex'))));";
    let mut child = Command::new("node")
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node");
    let mut input = child.stdin.take().expect("its input");
    let writer = std::thread::spawn(move || input.write_all(script.as_bytes()));
    let output = child.wait_with_output().expect("its output");
    writer
        .join()
        .expect("the writer")
        .expect("node reads its script");
    assert!(output.status.success(), "node failed");
    let text = String::from_utf8(output.stdout).expect("text");
    text.trim_matches(['[', ']'])
        .split(',')
        .map(|hex| hex.trim_matches('"').to_owned())
        .collect()
}

#[test]
fn texts_are_what_they_are_in_node() {
    let mut source = String::new();
    for (at, expression) in EXPRESSIONS.iter().enumerate() {
        writeln!(source, "export function f{at}(s: string, t: string, x: number, n: number): string {{ return String({expression}); }}").expect("a string");
    }
    let samples = samples();
    let expected = node(&samples);
    assert_eq!(expected.len(), samples.len() * EXPRESSIONS.len());
    for level in [LEVELS[0], LEVELS[2]] {
        let wasm = build(&source, level).unwrap_or_else(|shown| panic!("{shown}"));
        let mut outside = Outside::new(&wasm);
        let mut expected = expected.iter();
        let mut wrong = Vec::new();
        for (s, t, x, n) in &samples {
            let number = |text: &str| match text {
                "Infinity" => f64::INFINITY,
                "-Infinity" => f64::NEG_INFINITY,
                text => text.parse::<f64>().expect("a number"),
            };
            for (at, expression) in EXPRESSIONS.iter().enumerate() {
                let found = outside.four(&format!("f{at}"), s, t, number(x), number(n));
                let found: String = found.iter().map(|byte| format!("{byte:02x}")).collect();
                let expected = expected.next().expect("as many");
                if found != *expected {
                    wrong.push(format!(
                        "{expression} of {s:?}, {t:?}, {x}, {n}: {found} instead of {expected}"
                    ));
                }
            }
        }
        assert!(
            wrong.is_empty(),
            "{} wrong:\n{}",
            wrong.len(),
            wrong[..wrong.len().min(20)].join("\n")
        );
    }
}

#[test]
fn a_text_goes_in_and_out_by_the_bytes_abi() {
    let wasm = build(
        "export function handle(s: string): string { return s.toUpperCase() + \"!\"; }",
        LEVELS[2],
    )
    .expect("it compiles");
    let mut outside = Outside::new(&wasm);
    assert_eq!(
        outside.bytes("handle", "grün".as_bytes()),
        "GRÜN!".as_bytes()
    );
    assert_eq!(outside.bytes("handle", b""), b"!");
    // What is no UTF-8 is replaced, piece by piece, as a browser's decoder does it.
    assert_eq!(
        outside.bytes("handle", b"a\xe2\x82b\xff\xf0\x9f\x98"),
        "A\u{fffd}B\u{fffd}\u{fffd}!".as_bytes()
    );
}

#[test]
fn calls_leave_nothing_behind_in_memory() {
    let wasm = build("export function handle(s: string): string { let all = \"\"; for (let i = 0; i < 1000; i++) all += s; return all; }", LEVELS[2]).expect("it compiles");
    let mut outside = Outside::new(&wasm);
    outside.bytes("handle", b"hello");
    let pages = outside.pages();
    for _ in 0..50 {
        outside.bytes("handle", b"hello");
    }
    assert_eq!(outside.pages(), pages);
}

#[test]
fn what_a_variable_of_the_program_leads_to_stays() {
    let wasm = build(
        "let all = \"\"; export function add(s: string): string { all += s; return all; }",
        LEVELS[2],
    )
    .expect("it compiles");
    let mut outside = Outside::new(&wasm);
    outside.bytes("add", b"one");
    outside.bytes("add", b" and");
    assert_eq!(outside.bytes("add", b" two"), b"one and two");
}

#[test]
fn a_text_that_grows_at_its_end_costs_as_much_as_it_is_long() {
    let wasm = build("export function handle(s: string): string { let all = \"\"; for (let i = 0; i < 100000; i++) all += s; return String(all.length); }", LEVELS[2]).expect("it compiles");
    let mut outside = Outside::new(&wasm);
    assert_eq!(outside.bytes("handle", b"ab"), b"200000");
    assert!(outside.pages() < 100, "{} pages", outside.pages());
}

#[test]
fn numbers_have_the_digits_of_node_in_every_base() {
    same_as_in_node(
        "export function handle(input/*: string*/)/*: string*/ { let out = \"\"; let s = 12345;
            const next = ()/*: number*/ => { s = (Math.imul(s, 1664525) + 1013904223) >>> 0; return s; };
            const list = [0, -0, 1, -1, 0.1, 1 / 3, 35.999999999999996, 255.99999999999997, 1e21, 1e300, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308,
                9007199254740991, 9007199254740992, -9007199254740994, 0.9999999999999999, 123.456, 1e-7, NaN, Infinity, -Infinity];
            for (let i = 0; i < 60; i++) { let scale = 1; const by = next() % 120; for (let k = 0; k < by; k++) scale *= 2; const x = next() + next() / 4294967296;
                list.push(i % 2 === 0 ? x * scale : -x / scale, Math.floor(x)); }
            for (const x of list) for (let base = 2; base <= 36; base++) out += x.toString(base) + (base % 9 === 0 ? \"\\n\" : \" \");
            return out; }",
    );
}

#[test]
fn integers_have_every_digit_in_every_base() {
    same_as_in_node(
        "export function handle(input/*: string*/)/*: string*/ { const n = 4294967295; return (n | 0).toString(2) + n.toString(7.9) + (-n).toString(36); }",
    );
    let source = "export function main(): number { const low: i64 = -9223372036854775808; const high: u64 = 18446744073709551615; const small: i8 = -128;
        return low.toString(16) === \"-8000000000000000\" && high.toString(36) === \"3w5e11264sgsf\" && small.toString(2) === \"-10000000\" && high.toString(10) === \"18446744073709551615\" ? 1 : 0; }";
    for level in LEVELS {
        let wasm = build(source, level).unwrap_or_else(|shown| panic!("{shown}"));
        let given = call(&wasm, "main", &[]).expect("no trap");
        assert!(matches!(given, Some(Val::F64(value)) if f64::from(value) == 1.0));
    }
    for base in ["1", "37", "NaN", "-2", "Infinity"] {
        ends_the_program(&format!("let x = 5; return x.toString({base}).length;"));
    }
}
