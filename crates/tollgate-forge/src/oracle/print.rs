//! A program as TypeScript and as JavaScript.

use std::fmt::Write as _;

use super::printer::{Language, Printer};
use super::tree::{Program, Ty};

/// What the JavaScript of every program uses: the meaning of the integer types.
pub const HELPERS: &str = r#"
const FAULTS = new WeakSet();
let started = false;
function fault(kind, message) { const e = new kind(message); FAULTS.add(e); return e; }
const noElement = () => fault(RangeError, "there is no element at this index");
const missing = () => fault(TypeError, "the value is missing");
const byZero = () => fault(RangeError, "Division by zero");
const noQuotient = () => fault(RangeError, "the quotient has no place in its type");
function ends(out, e) {
  if (FAULTS.has(e)) return out.push("trap");
  if (!/^(E[123]|RangeError)$/.test(e?.constructor?.name) || e.message.includes("call stack")) throw e;
  if (started) tellText(out, `uncaught ${e}`); else out.push("trap");
}
const bits = new DataView(new ArrayBuffer(8));
function tellNumber(out, x) { bits.setFloat64(0, x); out.push(x !== x ? "nan" : bits.getBigUint64(0).toString(16)); }
function tellText(out, s) { out.push("t" + Buffer.from(s, "utf8").toString("hex")); }
function at(list, i) { if (!(i >= 0 && i < list.length && Number.isInteger(i))) throw noElement(); return list[i]; }
function there(x) { if (x === null || x === undefined) throw missing(); return x; }
function nothingThere() { throw noElement(); }
function marked(x, name, ...more) { try { return x[name](...more); } catch (e) { FAULTS.add(e); throw e; } }
function typedOf(of, x) { try { return new of(x); } catch (e) { FAULTS.add(e); throw e; } }
function got(x, name) { if (x === undefined) throw fault(ReferenceError, `the field \`${name}\` has no value yet`); return x; }
function setAt(list, i, x) { if (!(i >= 0 && i <= list.length && Number.isInteger(i))) throw noElement(); list[i] = x; }
function pop(list) { if (list.length === 0) throw missing(); return list.pop(); }
function div(a, b) { if (b === 0) throw byZero(); if (a === -2147483648 && b === -1) throw noQuotient(); return Math.trunc(a / b); }
function rem(a, b) { if (b === 0) throw byZero(); return a % b; }
function divBig(a, b) { if (b === 0n) throw byZero(); if (a === -(2n ** 63n) && b === -1n) throw noQuotient(); return a / b; }
function remBig(a, b) { if (b === 0n) throw byZero(); return a % b; }
function power(a, b) {
  a = BigInt(a); b = BigInt(b);
  if (b < 0n) return a === 1n ? 1n : a === -1n ? (b % 2n === 0n ? 1n : -1n) : 0n;
  let result = 1n;
  while (b > 0n) { if (b & 1n) result = BigInt.asUintN(64, result * a); a = BigInt.asUintN(64, a * a); b >>= 1n; }
  return result;
}
function clamp(x, min, max) { return x !== x ? 0 : x <= min ? min : x >= max ? max : Math.trunc(x); }
function clampBig(x, min, max) {
  if (x !== x) return 0n;
  if (x <= Number(min)) return min;
  if (x >= Number(max)) return max;
  return BigInt(Math.trunc(x));
}
function bigToF32(a) {
  const n = a < 0n ? -a : a;
  const s = BigInt(Math.max(0, n.toString(2).length - 30));
  let q = n >> s;
  if ((q << s) !== n) q |= 1n;
  const x = Math.fround(Number(q)) * 2 ** Number(s);
  return a < 0n ? -x : x;
}
"#;

/// Returns the program as TypeScript.
#[must_use]
pub fn typescript(program: &Program) -> String {
    let mut out = String::new();
    for ty in Ty::ALL {
        let name = ty.name();
        line(
            &mut out,
            format_args!("declare function tell_{name}(x: {name}): void;"),
        );
    }
    for object in [Ty::Inner, Ty::Outer, Ty::Rest] {
        let properties = object.properties().iter();
        let properties: Vec<String> = properties
            .map(|(name, ty)| match ty.absent() {
                ["undefined"] => format!("{name}?: {}", ty.base().name()),
                _ => format!("{name}: {}", ty.name()),
            })
            .collect();
        line(
            &mut out,
            format_args!(
                "interface {} {{ {} }}",
                object.name(),
                properties.join("; ")
            ),
        );
    }
    line(
        &mut out,
        format_args!("interface Face {{ w: number; act(a: number): string }}"),
    );
    out.push_str(super::generics::TYPESCRIPT);
    out.push_str(super::gathered::TYPESCRIPT);
    out.push_str(&super::unions::typescript(&program.unions));
    if program.throws {
        out.push_str(super::exceptions::TYPESCRIPT);
    }
    print(program, Language::TypeScript, &mut out);
    out
}

/// Returns the program as the body of a JavaScript function that pushes what it tells to `out`.
#[must_use]
pub fn javascript(program: &Program) -> String {
    let mut out = [super::generics::JAVASCRIPT, super::gathered::JAVASCRIPT].concat();
    out.push_str(&super::unions::javascript(&program.unions));
    if program.throws {
        out.push_str(super::exceptions::JAVASCRIPT);
    }
    print(program, Language::JavaScript, &mut out);
    out.push_str("started = true;\ntellNumber(out, main());\n");
    out
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _: std::fmt::Result = writeln!(out, "{text}");
}

fn print(program: &Program, language: Language, out: &mut String) {
    let mut printer = Printer {
        language,
        casts: 0,
        out: std::mem::take(out),
    };
    for class in &program.classes {
        printer.class(class);
    }
    for global in &program.globals {
        printer.stmt(global);
    }
    for function in &program.functions {
        printer.function(function);
    }
    *out = printer.out;
}
