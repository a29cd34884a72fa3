//! `Math` beside Node's: what has one right result is equal, the rest is as close as makes no difference.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Command;

use crate::engine::{LEVELS, build};

/// The functions that JavaScript leaves to the engine: Node's results and ours lie next to each other at most.
const CLOSE: &[(&str, usize)] = &[
    ("acos", 1),
    ("acosh", 1),
    ("asin", 1),
    ("asinh", 1),
    ("atan", 1),
    ("atan2", 2),
    ("atanh", 1),
    ("cbrt", 1),
    ("cos", 1),
    ("cosh", 1),
    ("exp", 1),
    ("expm1", 1),
    ("hypot", 2),
    ("log", 1),
    ("log10", 1),
    ("log1p", 1),
    ("log2", 1),
    ("pow", 2),
    ("sin", 1),
    ("sinh", 1),
    ("tan", 1),
    ("tanh", 1),
];
/// The functions with one right result.
const EXACT: &[(&str, usize)] = &[
    ("abs", 1),
    ("ceil", 1),
    ("clz32", 1),
    ("floor", 1),
    ("fround", 1),
    ("imul", 2),
    ("max", 2),
    ("min", 2),
    ("round", 1),
    ("sign", 1),
    ("sqrt", 1),
    ("trunc", 1),
];
/// Numbers between two results that are close.
const APART_MAX: i64 = 2;

/// Numbers of every size, with those where functions change their way.
fn samples() -> Vec<f64> {
    let mut list = vec![
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        -0.5,
        1.5,
        2.5,
        -2.5,
        0.49999999999999994,
        2.0,
        3.0,
        10.0,
        100.0,
        1e15,
        4503599627370497.5,
        1e22,
        1e100,
        1e300,
        -1e300,
        5e-324,
        -5e-324,
        2.2250738585072014e-308,
        1e-310,
        1e-10,
        f64::MAX,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        std::f64::consts::PI,
        std::f64::consts::FRAC_PI_2,
        std::f64::consts::FRAC_PI_4,
        709.0,
        709.9,
        710.0,
        -745.0,
        -746.0,
        1e6,
        2e6,
        1.0e9,
        5.319372648326541e255,
        0.975,
        0.9999999999999999,
        1.0000000000000002,
        -0.9999999999999999,
    ];
    let mut state = 1_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state >> 11
    };
    for _ in 0..300 {
        let unit = next() as f64 / (1_u64 << 53) as f64;
        let scale = 2.0_f64.powi((next() % 40) as i32 - 20);
        list.push((unit * 2.0 - 1.0) * scale);
        list.push(f64::from_bits(next() << 11 | next() & 0x7ff));
        list.push((unit * 2.0 - 1.0) * 10.0);
    }
    list
}

fn source(functions: &[(&str, usize)]) -> String {
    let mut text = String::new();
    for (name, arity) in functions {
        let params = if *arity == 1 {
            "x: number"
        } else {
            "x: number, y: number"
        };
        let arguments = if *arity == 1 { "x" } else { "x, y" };
        writeln!(
            text,
            "export function {name}({params}): number {{ return Math.{name}({arguments}); }}"
        )
        .expect("a string");
    }
    text
}

/// Results as bits, function after function.
fn ours(functions: &[(&str, usize)], values: &[f64]) -> Vec<u64> {
    let wasm = build(&source(functions), LEVELS[2]).unwrap_or_else(|shown| panic!("{shown}"));
    let engine = wasmi::Engine::default();
    let module = wasmi::Module::new(&engine, &wasm).expect("a module");
    let mut store = wasmi::Store::new(&engine, ());
    let instance = wasmi::Linker::new(&engine)
        .instantiate_and_start(&mut store, &module)
        .expect("an instance");
    let mut found = Vec::new();
    for (name, arity) in functions {
        for (at, x) in values.iter().enumerate() {
            let result = if *arity == 1 {
                let function = instance
                    .get_typed_func::<f64, f64>(&store, name)
                    .expect("an export");
                function.call(&mut store, *x)
            } else {
                let function = instance
                    .get_typed_func::<(f64, f64), f64>(&store, name)
                    .expect("an export");
                function.call(&mut store, (*x, values[(at * 7 + 3) % values.len()]))
            };
            found.push(result.expect("no trap").to_bits());
        }
    }
    found
}

fn nodes(functions: &[(&str, usize)], values: &[f64]) -> Option<Vec<u64>> {
    let bits: Vec<String> = values.iter().map(|v| format!("{}n", v.to_bits())).collect();
    let names: Vec<String> = functions
        .iter()
        .map(|(name, arity)| format!("[\"{name}\", {arity}]"))
        .collect();
    let script = format!(
        "const view = new DataView(new ArrayBuffer(8));
         const values = [{}].map((b) => {{ view.setBigUint64(0, b); return view.getFloat64(0); }});
         for (const [name, arity] of [{}]) values.forEach((x, at) => {{
           const y = values[(at * 7 + 3) % values.length];
           view.setFloat64(0, arity === 1 ? Math[name](x) : Math[name](x, y));
           console.log(view.getBigUint64(0).toString());
         }});",
        bits.join(","),
        names.join(","),
    );
    let output = match Command::new("node").arg("-e").arg(script).output() {
        Ok(output) => output,
        Err(error) if std::env::var_os("CI").is_none() => {
            drop(writeln!(
                std::io::stderr(),
                "SKIPPED: node cannot be started: {error}"
            ));
            return None;
        }
        Err(error) => panic!("node is needed: {error}"),
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).expect("text");
    Some(
        text.lines()
            .map(|line| line.parse().expect("bits"))
            .collect(),
    )
}

/// How many numbers lie between two, both counted on one line through zero.
fn apart(a: u64, b: u64) -> i64 {
    let (x, y) = (f64::from_bits(a), f64::from_bits(b));
    if x.is_nan() || y.is_nan() {
        return if x.is_nan() && y.is_nan() {
            0
        } else {
            i64::MAX
        };
    }
    if (x == 0.0) != (y == 0.0) && x.abs().max(y.abs()) > 1e-300
        || x.is_infinite() != y.is_infinite()
    {
        return i64::MAX;
    }
    let line = |bits: u64| {
        let magnitude = (bits & (u64::MAX >> 1)).cast_signed();
        if bits >> 63 == 0 {
            magnitude
        } else {
            -1 - magnitude
        }
    };
    line(a).saturating_sub(line(b)).saturating_abs()
}

fn compare(functions: &[(&str, usize)], limit: i64) {
    let values = samples();
    let Some(expected) = nodes(functions, &values) else {
        return;
    };
    let found = ours(functions, &values);
    assert_eq!(found.len(), expected.len());
    let mut wrong = String::new();
    for (f, (name, arity)) in functions.iter().enumerate() {
        let range = f * values.len()..(f + 1) * values.len();
        let pairs = found[range.clone()].iter().zip(&expected[range]);
        for (at, (a, b)) in pairs.enumerate() {
            let distance = apart(*a, *b);
            if distance > limit && wrong.len() < 4_000 {
                let y = values[(at * 7 + 3) % values.len()];
                let y = if *arity == 2 {
                    format!(", {y:e}")
                } else {
                    String::new()
                };
                let (a, b) = (f64::from_bits(*a), f64::from_bits(*b));
                writeln!(wrong, "{name}({:e}{y}) = {a:e}, node {b:e}", values[at])
                    .expect("a string");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn functions_with_one_right_result_are_equal_to_nodes() {
    compare(EXACT, 0);
}

#[test]
fn functions_that_are_left_to_the_engine_are_close_to_nodes() {
    compare(CLOSE, APART_MAX);
}
