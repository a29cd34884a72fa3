//! The rows of the table of syntax.

/// What is said of a construct.
#[derive(Clone, Copy)]
pub(crate) enum Says {
    /// `main` returns this.
    Works(f64),
    /// `main` returns this, and JavaScript would do something else.
    Differs(f64, &'static str),
    /// `main` traps, and JavaScript would do something else.
    Traps(&'static str),
    /// Refused with this code.
    Refused(&'static str),
}
use Says::{Differs, Refused, Traps, Works};

/// One row.
pub(crate) struct Row {
    pub(crate) group: &'static str,
    /// Declarations of a file, or statements of `main` (behind `>`).
    pub(crate) example: &'static str,
    pub(crate) says: Says,
}

impl Row {
    /// The file: what the example declares, and a `main` around its statements.
    pub(crate) fn source(&self) -> String {
        if self.example.contains("export") {
            return self.example.to_owned();
        }
        format!("export function main(): number {{ {} }}", self.example)
    }
}

const fn row(group: &'static str, example: &'static str, says: Says) -> Row {
    Row {
        group,
        example,
        says,
    }
}

const NUMBERS: &str = "Numbers";
const OPERATORS: &str = "Operators";
const INTEGERS: &str = "Integer types";
const CONTROL: &str = "Control flow";
const FUNCTIONS: &str = "Functions";
const NAMES: &str = "Variables, enums, types";
const MATH: &str = "Math and built-in functions";
const TEXTS: &str = "Strings";
const ARRAYS: &str = "Arrays";
const OBJECTS: &str = "Objects";
const KEYS: &str = "Objects with any keys";
const MISSING: &str = "Values that may be missing";
const PATTERNS: &str = "Destructuring and spread";
const VALUES: &str = "Functions as values";
const CLASSES: &str = "Classes";
const GENERICS: &str = "Generics";
const MAPS: &str = "Maps and sets";
const TYPED: &str = "Typed arrays";
const EXCEPTIONS: &str = "Exceptions";
const JSON: &str = "JSON";
const UNIONS: &str = "Literal types and unions";
const LATER: &str = "Not yet";
const NEVER: &str = "Never";

pub(crate) const ROWS: &[Row] = &[
    row(NUMBERS, "return 0.1 + 0.2;", Works(0.1 + 0.2)),
    row(NUMBERS, "return 0xff + 0b11 + 0o17 + 1_000;", Works(1273.0)),
    row(NUMBERS, "const x: number = 7; return x / 2;", Works(3.5)),
    row(NUMBERS, "let x = 5; x = x % -3; return x;", Works(2.0)),
    row(NUMBERS, "let x = -5.5; return x % 2;", Works(-1.5)),
    row(
        NUMBERS,
        "let x = -4; return 1 / (x % 2);",
        Works(f64::NEG_INFINITY),
    ),
    row(NUMBERS, "let x = 2; return x ** 10;", Works(1024.0)),
    row(
        NUMBERS,
        "let zero = 0; return zero / zero;",
        Works(f64::NAN),
    ),
    row(
        NUMBERS,
        "let zero = 0; return 1 / -zero;",
        Works(f64::NEG_INFINITY),
    ),
    row(NUMBERS, "let x = NaN; return x === x ? 1 : 0;", Works(0.0)),
    row(NUMBERS, "let t = true; return t ? 1 : 0;", Works(1.0)),
    row(OPERATORS, "let x = 4294967301; return x | 0;", Works(5.0)),
    row(
        OPERATORS,
        "let x = -1; return x >>> 0;",
        Works(4_294_967_295.0),
    ),
    row(OPERATORS, "let x = 1; return x << 33;", Works(2.0)),
    row(OPERATORS, "let x = -9; return x >> 1;", Works(-5.0)),
    row(
        OPERATORS,
        "let x = 6; return (x & 3) + (x ^ 5) + ~x;",
        Works(-2.0),
    ),
    row(
        OPERATORS,
        "let x = 1e20; return x | 0;",
        Works(1_661_992_960.0),
    ),
    row(
        OPERATORS,
        "let a = 1; let b = 2; return (a < b && b >= 2) || a === b ? 1 : 0;",
        Works(1.0),
    ),
    row(
        OPERATORS,
        "let a = 0; let b = 7; return (a || b) + (a && b);",
        Works(7.0),
    ),
    row(
        OPERATORS,
        "let x = 1; x += 2; x *= 5; x -= 1; x /= 2; x **= 2; return x;",
        Works(49.0),
    ),
    row(
        OPERATORS,
        "let x = 0; x ||= 3; x &&= 4; return x;",
        Works(4.0),
    ),
    row(
        OPERATORS,
        "let x = 1; const y = x++ + ++x; return y * 10 + x;",
        Works(43.0),
    ),
    row(
        OPERATORS,
        "let a = 1; let b = a = 5; return a + b;",
        Works(10.0),
    ),
    row(OPERATORS, "let x = 1; return (x++, x * 2);", Works(4.0)),
    row(OPERATORS, "let b = true; return +b + -(!b);", Works(1.0)),
    row(OPERATORS, "let a = true; return a * 2;", Refused("F0318")),
    row(
        OPERATORS,
        "let a = true; let b = 1; return a === b ? 1 : 0;",
        Refused("F0304"),
    ),
    row(
        INTEGERS,
        "let x: i32 = 2147483647; x++; return x;",
        Works(-2_147_483_648.0),
    ),
    row(INTEGERS, "let x: u8 = 250; x += 10; return x;", Works(4.0)),
    row(INTEGERS, "let x: i8 = -128; return -x;", Works(-128.0)),
    row(
        INTEGERS,
        "let x: i32 = 7; return x / 2;",
        Differs(3.0, "integers divide to integers"),
    ),
    row(
        INTEGERS,
        "let x: u32 = 0; return x - 1;",
        Works(4_294_967_295.0),
    ),
    row(
        INTEGERS,
        "let x: i64 = 9007199254740993; return f64(x % 10);",
        Works(3.0),
    ),
    row(
        INTEGERS,
        "let x: u64 = 0xffff_ffff_ffff_ffff; return f64(x >> 60);",
        Works(15.0),
    ),
    row(INTEGERS, "let x: i32 = 3; return x ** 4;", Works(81.0)),
    row(INTEGERS, "let x: i32 = -7; return x % 4;", Works(-3.0)),
    row(INTEGERS, "let x: i32 = 5; return x * 0.5;", Works(2.5)),
    row(
        INTEGERS,
        "return i32(3.9) + u8(-1);",
        Differs(
            258.0,
            "conversions to an integer type go to the nearest value that 32 or 64 bits hold",
        ),
    ),
    row(
        INTEGERS,
        "let x = 3.9; return x as i32;",
        Differs(3.0, "`as` converts numbers"),
    ),
    row(
        INTEGERS,
        "let x = 3.9; return <i32>x;",
        Differs(3.0, "so does `<T>x`"),
    ),
    row(
        INTEGERS,
        "let x: f32 = 0.1; return x;",
        Works(0.100_000_001_490_116_12),
    ),
    row(INTEGERS, "const x: u8 = 256; return x;", Refused("F0312")),
    row(INTEGERS, "let x: i32 = 1.5; return x;", Refused("F0312")),
    row(
        INTEGERS,
        "let x = 1; let y: i32 = x; return y;",
        Refused("F0303"),
    ),
    row(
        INTEGERS,
        "let a: i32 = 1; let b: u32 = 1; return a + b;",
        Refused("F0304"),
    ),
    row(
        INTEGERS,
        "let a: i64 = 1; let b = 1.5; return a + b;",
        Refused("F0304"),
    ),
    row(INTEGERS, "let a: i64 = 1; return a;", Refused("F0303")),
    row(
        CONTROL,
        "let s = 0; for (let i = 0; i < 5; i++) { if (i === 3) continue; s += i; } return s;",
        Works(7.0),
    ),
    row(
        CONTROL,
        "let n = 0; while (true) { if (++n > 4) break; } return n;",
        Works(5.0),
    ),
    row(
        CONTROL,
        "let n = 0; do { n += 2; } while (n < 5); return n;",
        Works(6.0),
    ),
    row(
        CONTROL,
        "let n = 0; outer: for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) { if (j > i) continue outer; if (i === 2) break outer; n++; } return n;",
        Works(3.0),
    ),
    row(
        CONTROL,
        "let r = 0; switch (3) { case 1: r += 1; case 3: r += 10; default: r += 100; break; case 4: r += 1000; } return r;",
        Works(110.0),
    ),
    row(
        CONTROL,
        "let x = 9; switch (x) { default: x = 1; case 2: x += 5; } return x;",
        Works(6.0),
    ),
    row(
        CONTROL,
        "let x = 0; block: { x = 1; if (x) break block; x = 2; } return x;",
        Works(1.0),
    ),
    row(
        CONTROL,
        "if (NaN) return 1; else if (0) return 2; return 3;",
        Works(3.0),
    ),
    row(
        CONTROL,
        "var x = 1; { var y = x + 1; } return y;",
        Works(2.0),
    ),
    row(
        CONTROL,
        "for (var i = 0; i < 3; i++) {} return i;",
        Works(3.0),
    ),
    row(
        CONTROL,
        "let a: number; if (Math.PI > 3) a = 1; else a = 2; return a;",
        Works(1.0),
    ),
    row(
        CONTROL,
        "let a: number; if (Math.PI > 3) a = 1; return a;",
        Refused("F0311"),
    ),
    row(CONTROL, "break;", Refused("F0316")),
    row(CONTROL, "let x = 1; if (x > 2) return 1;", Refused("F0308")),
    row(
        FUNCTIONS,
        "function half(x: number) { return x / 2; } export function main() { return half(3); }",
        Works(1.5),
    ),
    row(
        FUNCTIONS,
        "function f(n: number): number { return n < 2 ? n : f(n - 1) + f(n - 2); } export function main(): number { return f(10); }",
        Works(55.0),
    ),
    row(
        FUNCTIONS,
        "function f(a: number, b = a * 2, c = b + 1): number { return a + b + c; } export function main(): number { return f(1) + f(1, 1) + f(1, 1, 1); }",
        Works(13.0),
    ),
    row(
        FUNCTIONS,
        "function even(n: i32): boolean { return n == 0 || odd(n - 1); } function odd(n: i32): boolean { return n != 0 && even(n - 1); } export function main(): number { return even(10) ? 1 : 0; }",
        Works(1.0),
    ),
    row(
        FUNCTIONS,
        "function inner(): number { function g(x: number): number { return x + 1; } return g(1); } export function main(): number { return inner(); }",
        Works(2.0),
    ),
    row(
        FUNCTIONS,
        "export default function main(): number { return 1; } export { main };",
        Works(1.0),
    ),
    row(
        FUNCTIONS,
        "export function f(x): number { return 1; }",
        Refused("F0307"),
    ),
    row(
        FUNCTIONS,
        "export function f(n: number) { return n < 1 ? 1 : f(n - 1); }",
        Refused("F0314"),
    ),
    row(
        FUNCTIONS,
        "function g(a: number): number { return a; } export function f(): number { return g(); }",
        Refused("F0306"),
    ),
    row(
        FUNCTIONS,
        "function sum(...xs: number[]): number { let s = 0; for (const x of xs) s += x; return s; } export function main(): number { const more = [4, 5]; return sum() + sum(1, 2) * 10 + sum(1, ...more, 6, ...more) * 100; }",
        Works(2530.0),
    ),
    row(
        FUNCTIONS,
        "function f(a: number, b = 2, ...xs: string[]): number { return a * 100 + b * 10 + xs.length; } export function main(): number { return f(1) + f(1, 3, \"a\", ...\"bc\"); }",
        Works(253.0),
    ),
    row(
        FUNCTIONS,
        "function f(a: number, b: number): number { return a + b; } export function main(): number { const list = [1, 2]; return f(...list); }",
        Refused("F0216"),
    ),
    row(
        FUNCTIONS,
        "function f(first: number, ...more: number[]): number { return first + more.length; } export function main(): number { return f(); }",
        Refused("F0306"),
    ),
    row(
        FUNCTIONS,
        "export function f(...xs: number[]): number { return xs.length; }",
        Refused("F0409"),
    ),
    row(
        NAMES,
        "let count = 0; function next(): number { return ++count; } export function main(): number { next(); return next(); }",
        Works(2.0),
    ),
    row(
        NAMES,
        "const rate = 2 * Math.PI; const size: i32 = 3; export function main(): number { return size * rate; }",
        Works(6.0 * std::f64::consts::PI),
    ),
    row(
        NAMES,
        "enum Color { Red, Green = 5, Blue } export function main(): number { return Color.Blue; }",
        Works(6.0),
    ),
    row(
        NAMES,
        "enum Bits { A = 1 << 0, B = 1 << 1, Both = A | B } export function main(): number { let b: Bits = Bits.Both; return b; }",
        Works(3.0),
    ),
    row(
        NAMES,
        "const enum E { A = 7 } export function main(): number { const x: i32 = E.A; return x; }",
        Works(7.0),
    ),
    row(
        NAMES,
        "type Meters = number; export function main(): number { const x: Meters = 5; return x; }",
        Works(5.0),
    ),
    row(
        NAMES,
        "const a = 1; { const a = 2; } export function main(): number { return a; }",
        Works(1.0),
    ),
    row(
        NAMES,
        "let total = 0; for (let i = 1; i <= 4; i++) total += i; export function main(): number { return total; }",
        Works(10.0),
    ),
    row(NAMES, "const a = 1; a = 2; return a;", Refused("F0309")),
    row(NAMES, "let a = 1; let a = 2; return a;", Refused("F0302")),
    row(
        NAMES,
        "const a = b; const b = 1; return a;",
        Refused("F0310"),
    ),
    row(
        NAMES,
        "const a = g(); const b = 1; function g(): number { return b; } export function main(): number { return a; }",
        Refused("F0320"),
    ),
    row(NAMES, "return missing;", Refused("F0301")),
    row(
        NAMES,
        "function g(): number { return 1; } enum E { A = g() } export function main(): number { return E.A; }",
        Refused("F0319"),
    ),
    row(NAMES, "export let count = 0;", Refused("F0408")),
    row(
        MATH,
        "return Math.max(1, 3, 2) + Math.min(4, 2) + Math.abs(-1) + Math.floor(1.5) + Math.ceil(1.5) + Math.trunc(-1.5);",
        Works(8.0),
    ),
    row(
        MATH,
        "return Math.round(2.5) + Math.round(-2.5) + Math.sign(-3);",
        Works(0.0),
    ),
    row(
        MATH,
        "return Math.sqrt(2) * Math.hypot(3, 4);",
        Works(std::f64::consts::SQRT_2 * 5.0),
    ),
    row(
        MATH,
        "return Math.imul(4294967295, 5) + Math.clz32(1) + Math.fround(0.5);",
        Works(26.5),
    ),
    row(
        MATH,
        "return Number.MAX_SAFE_INTEGER + (Number.isInteger(5) ? 1 : 0) + (isNaN(NaN) ? 1 : 0);",
        Works(9_007_199_254_740_992.0),
    ),
    row(
        MATH,
        "return Math.round(1000 * (Math.sin(1) + Math.cos(1) + Math.atan2(1, 2) + Math.log(2) + Math.exp(1)));",
        Works(5257.0),
    ),
    row(
        MATH,
        "const r = Math.random(); return r >= 0 && r < 1 ? 1 : 0;",
        Works(1.0),
    ),
    row(
        MATH,
        "let x: i32 = 40; return clz(x) + ctz(x) + popcnt(x);",
        Works(31.0),
    ),
    row(
        MATH,
        "let x: u32 = 1; return rotr(x, 1) >>> 31;",
        Works(1.0),
    ),
    row(
        MATH,
        "return f64(reinterpret<u64>(1.5) >> 52);",
        Works(1023.0),
    ),
    row(MATH, "return Math.half(1);", Refused("F0321")),
    row(MATH, "console.log(1); return 1;", Refused("F0218")),
    row(
        MATH,
        "const list = [3, 9]; return Math.max(...list) * 10 + Math.min(5, ...list);",
        Works(93.0),
    ),
    row(TEXTS, "const s = \"text\"; return s.length;", Works(4.0)),
    row(
        TEXTS,
        "const s = 'a' + 1 + true; return s === \"a1true\" ? 1 : 0;",
        Works(1.0),
    ),
    row(
        TEXTS,
        "let n = 0.1; const s = `${n + 0.2} of ${n}`; return s === \"0.30000000000000004 of 0.1\" ? 1 : 0;",
        Works(1.0),
    ),
    row(
        TEXTS,
        "const s = \"grüße\"; return s.toUpperCase() === \"GRÜSSE\" ? s.charCodeAt(2) : 0;",
        Works(252.0),
    ),
    row(
        TEXTS,
        "const s = \"a,b,c\"; return s.indexOf(\",\") + s.lastIndexOf(\",\") + s.slice(-1).length + s.substring(0, 2).length;",
        Works(7.0),
    ),
    row(
        TEXTS,
        "const s = \"  x \"; return s.trim().padStart(3, \"ab\") === \"abx\" ? s.repeat(2).length : 0;",
        Works(8.0),
    ),
    row(
        TEXTS,
        "const s = \"abc\"; return s.includes(\"b\") && s.startsWith(\"a\") && s.endsWith(\"c\") && s[1] === \"b\" && s.charAt(9) === \"\" ? 1 : 0;",
        Works(1.0),
    ),
    row(
        TEXTS,
        "return \"a-b-c\".replace(\"-\", \"+\") + \"a-b-c\".replaceAll(\"-\", \"\") === \"a+b-cabc\" ? 1 : 0;",
        Works(1.0),
    ),
    row(
        TEXTS,
        "return Number(\" 12.5 \") + parseInt(\"7px\") + parseFloat(\"1e1x\") + +\"2\";",
        Works(31.5),
    ),
    row(
        TEXTS,
        "let x = 1234.5; return (x.toFixed(2) + String(x) + x.toString()).length;",
        Works(19.0),
    ),
    row(
        TEXTS,
        "return \"b\" > \"a\" && \"Z\" < \"a\" && String.fromCharCode(65) === \"A\" ? 1 : 0;",
        Works(1.0),
    ),
    row(
        TEXTS,
        "let s = \"\"; s ||= \"empty\"; switch (s) { case \"empty\": return 1; default: return 2; }",
        Works(1.0),
    ),
    row(
        TEXTS,
        "return typeof 1 === `number` && typeof \"\" === \"string\" ? 1 : 0;",
        Works(1.0),
    ),
    row(
        TEXTS,
        "export function main(): number { return greet(\"you\").length; } function greet(name: string, mark = \"!\"): string { return `Hello, ${name}${mark}`; }",
        Works(11.0),
    ),
    row(
        TEXTS,
        "const s = \"abc\"; return s[3].length;",
        Traps("a place that is not there ends the program, where JavaScript has `undefined`"),
    ),
    row(
        TEXTS,
        "const s = \"  ab\"; let i = 0; while (s[i] === \" \") i++; while (s[i] !== undefined) i++; return i * 10 + (s[9] ?? \"none\").length;",
        Works(44.0),
    ),
    row(
        TEXTS,
        "const s = \"abc\"; return (s.at(-1) ?? \"\").charCodeAt(0) + (s.at(5) ?? \"none\").length * 1000;",
        Works(4099.0),
    ),
    row(TEXTS, "const s = \"1\"; return s * 2;", Refused("F0318")),
    row(
        TEXTS,
        "const s = \"1\"; let n: number = s; return n;",
        Refused("F0303"),
    ),
    row(
        TEXTS,
        "const s = \"1\"; return s === 1 ? 1 : 0;",
        Refused("F0304"),
    ),
    row(TEXTS, "return \"abc\".size;", Refused("F0321")),
    row(
        TEXTS,
        "let x = 255.5; const big: u64 = 18446744073709551615; return (x.toString(16) + \" \" + big.toString(36)).length;",
        Works(18.0),
    ),
    row(
        ARRAYS,
        "const list = [1, 2, 3]; return list[0] + list.length;",
        Works(4.0),
    ),
    row(
        ARRAYS,
        "const list: number[] = []; for (let i = 0; i < 5; i++) list.push(i * i); return list[4];",
        Works(16.0),
    ),
    row(
        ARRAYS,
        "const list: i32[] = [3, 1, 2]; list[0] += 10; list[1]++; let x: i32 = list[0] * list[1]; return x;",
        Works(26.0),
    ),
    row(
        ARRAYS,
        "const dp: number[] = []; dp[0] = 1; for (let i = 1; i < 6; i++) dp[i] = dp[i - 1] * i; return dp[5];",
        Works(120.0),
    ),
    row(
        ARRAYS,
        "const seen = new Array<boolean>(10).fill(false); seen[3] = true; return seen.filter((x) => x).length + seen.indexOf(true);",
        Works(4.0),
    ),
    row(
        ARRAYS,
        "const grid: number[][] = [[1, 2], [3, 4]]; grid[1][0] = 7; return grid[1][0] * grid[0][1];",
        Works(14.0),
    ),
    row(
        ARRAYS,
        "let s = 0; for (const x of [1, 2, 3]) { if (x === 2) continue; s += x; } return s;",
        Works(4.0),
    ),
    row(
        ARRAYS,
        "let s = \"\"; for (const c of \"a😀b\") s = c + s; return s.length;",
        Works(4.0),
    ),
    row(
        ARRAYS,
        "const words = \"the quick the\".split(\" \"); return words.filter((w) => w === \"the\").length * words.length;",
        Works(6.0),
    ),
    row(
        ARRAYS,
        "let sum = 0; [1, 2, 3].forEach((x, i) => { sum += x * i; }); return sum;",
        Works(8.0),
    ),
    row(
        ARRAYS,
        "const k = 10; return [1, 2, 3].map((x) => x * k).reduce((a, b) => a + b, 0);",
        Works(60.0),
    ),
    row(
        ARRAYS,
        "return [5, 3, 9, 1].sort((a, b) => a - b).join(\"\") === \"1359\" && [\"b\", \"a\"].sort()[0] === \"a\" ? 1 : 0;",
        Works(1.0),
    ),
    row(
        ARRAYS,
        "const a = [1, 2]; const b = [...a, 3, ...a.slice(1)]; return b.concat([4]).length + a.indexOf(2) + (b.includes(3) ? 10 : 0);",
        Works(16.0),
    ),
    row(
        ARRAYS,
        "const a = [1, 2, 3]; const x = a.pop()! + a.shift()!; a.unshift(9); a.reverse(); return x * 100 + a[0] * 10 + a.length;",
        Works(422.0),
    ),
    row(
        ARRAYS,
        "const a = [1, 2, 3]; a.length = 1; return a.some((x) => x > 1) || !a.every((x) => x === 1) ? 1 : a.findIndex((x) => x === 1);",
        Works(0.0),
    ),
    row(
        ARRAYS,
        "return \"1,2,3\".split(\",\").map(Number).reduce((a, b) => a + b) + [1.5, 2].map(String).join(\"\").length;",
        Works(10.0),
    ),
    row(
        ARRAYS,
        "export function main(): number { return total([1, 2, 3]); } function total(list: readonly number[]): number { let s = 0; for (const x of list) s += x; return s; }",
        Works(6.0),
    ),
    row(
        ARRAYS,
        "const list = [1]; return list[1];",
        Traps("an element that is not there ends the program, where JavaScript has `undefined`"),
    ),
    row(
        ARRAYS,
        "const list = [5]; return (list[3] ?? 2) + (list[-1] === undefined ? 10 : 0) + (!list[0.5] ? 100 : 0);",
        Works(112.0),
    ),
    row(
        ARRAYS,
        "const grid = [[1, 2], [3, 4]]; let n = 0; for (let r = -1; r < 3; r++) for (let c = -1; c < 3; c++) n += grid[r]?.[c] ?? 0; return n;",
        Works(10.0),
    ),
    row(
        ARRAYS,
        "const list = [\"a\"]; const x: string | undefined = list[1]; return x === undefined ? 1 : x.length;",
        Works(1.0),
    ),
    row(
        ARRAYS,
        "const groups: number[][] = []; (groups[0] ??= []).push(7); return groups[0][0];",
        Works(7.0),
    ),
    row(
        ARRAYS,
        "const list = [1]; const x = list[3]; return x === undefined ? 0 : x;",
        Refused("F0329"),
    ),
    row(
        ARRAYS,
        "const list = [1, 2, 3]; return (list.at(-1) ?? 0) * 10 + (list.at(0) ?? 0) + (list.at(3) ?? 100) + (list.at(-4) === undefined ? 1000 : 0);",
        Works(1131.0),
    ),
    row(
        ARRAYS,
        "const list = [1, 2].flatMap((x, i) => i === 0 ? [x, x] : [x * 5]); return list.length * 100 + list[2];",
        Works(310.0),
    ),
    row(
        ARRAYS,
        "return [1, 2].flatMap((x) => x).length;",
        Refused("F0204"),
    ),
    row(
        ARRAYS,
        "const list: number[] = []; return list.pop()!;",
        Traps("taking an element out of an empty array ends the program"),
    ),
    row(
        ARRAYS,
        "const list = [1]; list[5] = 2; return 1;",
        Traps("arrays have no holes"),
    ),
    row(
        ARRAYS,
        "const list = []; return list.length;",
        Refused("F0307"),
    ),
    row(
        ARRAYS,
        "const list = [1, \"a\"]; return 1;",
        Refused("F0303"),
    ),
    row(ARRAYS, "const list = [1, , 2]; return 1;", Refused("F0204")),
    row(
        ARRAYS,
        "const a = [[1]]; return a.concat([2, 3]).length;",
        Refused("F0204"),
    ),
    row(ARRAYS, "return [3, 1].sort()[0];", Refused("F0306")),
    row(
        ARRAYS,
        "export function f(list: number[]): number { return list.length; }",
        Refused("F0409"),
    ),
    row(
        ARRAYS,
        "const list = [1, 2, 3, 4, 5]; const out = list.splice(1, 2, 7, 8, 9); list.splice(-1); list.splice(0, NaN, 6); return Number(list.join(\"\")) * 1000 + out[0] * 10 + out.length;",
        Works(617_894_022.0),
    ),
    row(
        ARRAYS,
        "const a = [1]; const b = [2, 3]; a.push(...b, 4); const n = a.push(...a); return Number(a.join(\"\")) + n * 1e8;",
        Works(812_341_234.0),
    ),
    row(
        ARRAYS,
        "const a = Array.from({ length: 3 }, (_, i) => i * 2); const b: u8[] = Array.from(a, (x) => i32(x) as u8); const grid = Array.from({ length: 2 }, () => new Array<number>(3).fill(1)); grid[0][1] = 5; return Number(a.join(\"\")) * 100 + b[2] * 10 + grid[1][1];",
        Works(2441.0),
    ),
    row(
        ARRAYS,
        "const a = [1]; const b = [2, 3]; a.unshift(...b, 4); const out = a.splice(1, 2, ...b, 9); return Number(a.join(\"\")) * 100 + out[0] * 10 + out[1];",
        Works(2_239_134.0),
    ),
    row(
        ARRAYS,
        "const a = Array.from({ length: 3 }); return a.length;",
        Refused("F0204"),
    ),
    row(
        ARRAYS,
        "const s = new Set([1]); const a = Array.from(s, (x) => x * 2); return a.length;",
        Refused("F0204"),
    ),
    row(
        OBJECTS,
        "const o = { x: 1, y: 2 }; return o.x + o.y;",
        Works(3.0),
    ),
    row(
        OBJECTS,
        "interface P { x: number; y: number } function sum(p: P): number { return p.x + p.y; } export function main(): number { return sum({ y: 2, x: 1 }); }",
        Works(3.0),
    ),
    row(
        OBJECTS,
        "type P = { x: number; name: string }; function make(x: number): P { return { x, name: `p${x}` }; } export function main(): number { return make(7).name.length; }",
        Works(2.0),
    ),
    row(
        OBJECTS,
        "interface P { x: number } interface Q extends P { y: i32 } export function main(): number { const q: Q = { x: 1, y: 2 }; return q.x + q.y; }",
        Works(3.0),
    ),
    row(
        OBJECTS,
        "const o = { x: 1 }; o.x = 5; o.x += 2; o.x++; return o.x;",
        Works(8.0),
    ),
    row(
        OBJECTS,
        "const o = { x: 1 }; const p = o; p.x = 5; return o.x;",
        Works(5.0),
    ),
    row(
        OBJECTS,
        "const o = { x: 1 }; const p = { x: 1 }; return (o === o ? 1 : 0) + (o === p ? 2 : 0) + (o !== p ? 4 : 0);",
        Works(5.0),
    ),
    row(
        OBJECTS,
        "const o = { at: { x: 1, y: 2 }, name: \"a\" }; o.at.x = 7; return o.at.x + o.name.length;",
        Works(8.0),
    ),
    row(
        OBJECTS,
        "const list = [{ x: 1 }, { x: 2 }]; list[1].x = 5; let sum = 0; for (const p of list) sum += p.x; return sum;",
        Works(6.0),
    ),
    row(
        OBJECTS,
        "const list = [3, 1, 2].map((x) => ({ x, twice: 2 * x })); list.sort((a, b) => a.x - b.x); return list[0].twice;",
        Works(2.0),
    ),
    row(
        OBJECTS,
        "interface P { x: number } function f(p: P = { x: 4 }): number { return p.x; } export function main(): number { return f() + f({ x: 1 }); }",
        Works(5.0),
    ),
    row(
        OBJECTS,
        "const state = { list: [1], n: 0 }; export function main(): number { state.list.push(2); state.n += state.list.length; return state.n; }",
        Works(2.0),
    ),
    row(
        OBJECTS,
        "const o = { x: 1 }; return `${o}`.length;",
        Works(15.0),
    ),
    row(
        OBJECTS,
        "const o: { x: number } = { x: 1, y: 2 }; return o.x;",
        Refused("F0321"),
    ),
    row(
        OBJECTS,
        "const o: { x: number; y: number } = { x: 1 }; return o.x;",
        Refused("F0303"),
    ),
    row(
        OBJECTS,
        "const o = { x: 1, y: 2 }; const p: { x: number } = o; return p.x;",
        Refused("F0303"),
    ),
    row(OBJECTS, "const o = { x: 1 }; return o.y;", Refused("F0321")),
    row(OBJECTS, "const o = {}; return 1;", Refused("F0203")),
    row(
        OBJECTS,
        "const o = { [\"x\"]: 1 }; return 1;",
        Refused("F0203"),
    ),
    row(
        OBJECTS,
        "const o = { get x() { return 1; } }; return 1;",
        Refused("F0205"),
    ),
    row(
        OBJECTS,
        "const o = { __proto__: 1 }; return 1;",
        Refused("F0212"),
    ),
    row(
        OBJECTS,
        "interface P { x: number } export function f(p: P): number { return p.x; }",
        Refused("F0409"),
    ),
    row(OBJECTS, "export const o = { x: 1 };", Refused("F0409")),
    row(
        PATTERNS,
        "const a = [1], lists = [[2, 3], [4]]; return Number(a.concat(...lists, 5, ...[6, 7]).join(\"\"));",
        Works(1234567.0),
    ),
    row(
        PATTERNS,
        "const o: { a?: number; b: number } = { b: 2 }; const p = { a: 1, ...o }; return p.a ?? -1;",
        Works(1.0),
    ),
    row(
        PATTERNS,
        "const { x, y: z } = { x: 1, y: 2 }; return x + z;",
        Works(3.0),
    ),
    row(
        PATTERNS,
        "const o = { at: { x: 1, y: 2 }, name: \"ab\" }; const { at: { x }, name: { length } } = o; return x + length;",
        Works(3.0),
    ),
    row(
        PATTERNS,
        "const { x, ...rest } = { x: 1, y: 2, z: 3 }; rest.y = 7; return rest.y + rest.z + x;",
        Works(11.0),
    ),
    row(
        NAMES,
        "function f(): number { return 2; } const a = f(), b = a + 1; export function main(): number { return a * 10 + b; }",
        Works(23.0),
    ),
    row(
        PATTERNS,
        "const { x = 5 }: { x: number } = { x: 0 }; return x;",
        Works(0.0),
    ),
    row(
        PATTERNS,
        "const point = { x: 1, y: 2 }; const { x, y } = point; export function main(): number { return x * 10 + y; }",
        Works(12.0),
    ),
    row(
        PATTERNS,
        "const list = [1, 2, 3]; const [a, , b] = list; return a * 10 + b;",
        Works(13.0),
    ),
    row(
        PATTERNS,
        "const list = [1, 2, 3]; const [first, ...more] = list; more.push(9); return first + more.length * 10 + list.length;",
        Works(34.0),
    ),
    row(
        PATTERNS,
        "const list = [1]; const [a, b = a + 1, c = b + 1, ...d] = list; return a * 100 + b * 10 + c + d.length;",
        Works(123.0),
    ),
    row(
        PATTERNS,
        "const list: number[] = []; const [a = list.push(5, 6), b = 9] = list; return a * 10 + b;",
        Works(29.0),
    ),
    row(
        PATTERNS,
        "const [key, value = \"none\"] = \"a=bc\".split(\"=\"); return key.length * 10 + value.length;",
        Works(12.0),
    ),
    row(
        PATTERNS,
        "const [first, ...rest] = \"a😀b\"; return first.length * 10 + rest.length;",
        Works(12.0),
    ),
    row(
        PATTERNS,
        "const [name, size] = [\"ab\", 3]; return name.length + size;",
        Works(5.0),
    ),
    row(
        PATTERNS,
        "let a = 1; let b = 2; [a, b] = [b, a]; return a * 10 + b;",
        Works(21.0),
    ),
    row(
        PATTERNS,
        "const list = [1, 2, 3]; [list[0], list[2]] = [list[2], list[0]]; return list[0] * 10 + list[2];",
        Works(31.0),
    ),
    row(
        PATTERNS,
        "let x = 0; let y = 0; ({ x, y } = { x: 3, y: 4 }); return x * 10 + y;",
        Works(34.0),
    ),
    row(
        PATTERNS,
        "const o = { a: 0, b: 0 }; [o.a, o.b = 7] = [5].slice(); return o.a * 10 + o.b;",
        Works(57.0),
    ),
    row(
        PATTERNS,
        "let n = 0; for (const { x, y } of [{ x: 1, y: 2 }, { x: 3, y: 4 }]) n += x * y; return n;",
        Works(14.0),
    ),
    row(
        PATTERNS,
        "let n = 0; for (const [a, b] of [[1, 2], [3, 4]]) n += a * b; return n;",
        Works(14.0),
    ),
    row(
        PATTERNS,
        "let x = 0; for (x of [1, 2, 3]) {} return x;",
        Works(3.0),
    ),
    row(
        PATTERNS,
        "function area({ w, h }: { w: number; h: number }, scale = w): number { return w * h * scale; } export function main(): number { return area({ w: 2, h: 3 }) + area({ w: 1, h: 1 }, 5); }",
        Works(17.0),
    ),
    row(
        PATTERNS,
        "function f([a, b = 3]: number[] = [2]): number { return a * 10 + b; } export function main(): number { return f() + f([1, 1]); }",
        Works(34.0),
    ),
    row(
        PATTERNS,
        "return [{ x: 1, n: 2 }, { x: 3, n: 4 }].map(({ x, n }) => x * n).reduce((a, b) => a + b);",
        Works(14.0),
    ),
    row(
        PATTERNS,
        "const o = { x: 1, z: 3 }; const p = { ...o, x: 2, y: 4 }; return p.x * 100 + p.y * 10 + p.z + o.x;",
        Works(244.0),
    ),
    row(
        PATTERNS,
        "interface P { x: number; y: number } function moved(p: P): P { return { ...p, x: p.x + 1 }; } export function main(): number { const p = { x: 1, y: 2 }; return moved(p).x * 10 + p.x; }",
        Works(21.0),
    ),
    row(
        PATTERNS,
        "const list: number[] = []; const [a] = list; return a;",
        Traps("an element that is not there and has no default ends the program"),
    ),
    row(
        PATTERNS,
        "const [k, v = \"none\"] = \"k\".split(\"=\"); return k.length * 10 + v.length;",
        Works(14.0),
    ),
    row(
        PATTERNS,
        "let a: number | undefined, b: number | undefined; [a, b] = [1].slice(); return b === undefined ? 1 : 0;",
        Works(1.0),
    ),
    row(
        PATTERNS,
        "const list = [1]; const [a] = 5; return a;",
        Refused("F0318"),
    ),
    row(
        PATTERNS,
        "const { z } = { x: 1 }; return z;",
        Refused("F0321"),
    ),
    row(
        PATTERNS,
        "const { [\"x\"]: a } = { x: 1 }; return a;",
        Refused("F0203"),
    ),
    row(
        PATTERNS,
        "const { a, b = a } = { a: 1, b: c }; const c = 1; return b;",
        Refused("F0310"),
    ),
    row(
        PATTERNS,
        "function f([a = 1]: number[], b = 2): number { return a + b; } export function main(): number { return f([]); }",
        Refused("F0216"),
    ),
    row(
        PATTERNS,
        "const a = 1; [a] = [2]; return a;",
        Refused("F0309"),
    ),
    row(
        KEYS,
        "const o: Record<string, number> = { a: 1 }; o[\"a\"]!++; o.a! += 5; return o.a ?? 0;",
        Works(7.0),
    ),
    row(
        KEYS,
        "const o: Record<string, number> = {}; o[\"a\"]++; return o.a ?? 0;",
        Refused("F0322"),
    ),
    row(
        KEYS,
        "const o: Record<string, number> = { b: 1, a: 2 }; o[\"c\"] = 3; o.d = 4; return (o.a ?? 0) * 1000 + (o[\"c\"] ?? 0) * 100 + (o.none ?? 5) * 10 + Object.keys(o).length;",
        Works(2354.0),
    ),
    row(
        KEYS,
        "interface Counts { [word: string]: number } export function main(): number { const counts: Counts = {}; for (const w of \"a b a\".split(\" \")) counts[w] = (counts[w] ?? 0) + 1; let n = 0; for (const k in counts) n = n * 10 + (counts[k] ?? 0); return n; }",
        Works(21.0),
    ),
    row(
        KEYS,
        "const o: Record<string, number> = { x: 1, \"10\": 2, 9: 3 }; delete o.x; o[\"x\"] = 4; return Number(Object.keys(o).join(\"\").replace(\"x\", \"0\")) * 10 + (\"x\" in o ? 1 : 0) + (\"y\" in o ? 2 : 0);",
        Works(91001.0),
    ),
    row(
        KEYS,
        "const o: Record<string, number[]> = {}; for (const n of [1, 2, 3]) (o[n % 2 === 0 ? \"even\" : \"odd\"] ??= []).push(n); let s = 0; for (const [key, list] of Object.entries(o)) s = s * 100 + key.length * 10 + list.length; return s;",
        Works(3241.0),
    ),
    row(
        KEYS,
        "const a: { [key: string]: number } = { x: 1 }; const k = \"y\"; const b: { [key: string]: number } = { ...a, [k]: 2 }; return Object.values(b).reduce((s, x) => s * 10 + x, 0) + (Object.hasOwn(a, \"y\") ? 100 : 0);",
        Works(12.0),
    ),
    row(
        KEYS,
        "const o: Record<string, number> = JSON.parse('{\"b\":1,\"2\":3}'); return JSON.stringify(o) === '{\"2\":3,\"b\":1}' ? 1 : 0;",
        Works(1.0),
    ),
    row(
        KEYS,
        "type Mode = \"fast\" | \"slow\"; export function main(): number { const costs: Record<Mode, number> = { fast: 3, slow: 1 }; return costs.fast; }",
        Works(3.0),
    ),
    row(
        KEYS,
        "const o: Record<string, number> = {}; return \"toString\" in o ? 1 : 0;",
        Differs(
            0.0,
            "an object has the keys that it was given; what all objects of JavaScript have is no key",
        ),
    ),
    row(
        KEYS,
        "const o: Record<string, number> = { a: 1 }; return o[\"a\"];",
        Refused("F0303"),
    ),
    row(
        KEYS,
        "const o: Record<string, number> = { a: 1 }; o.a += 1; return 1;",
        Refused("F0322"),
    ),
    row(
        KEYS,
        "const o: Record<string, number> = { a: 1 }; return Object.entries(o).length;",
        Refused("F0204"),
    ),
    row(
        KEYS,
        "const o = { a: 1 }; return Object.keys(o).length;",
        Refused("F0203"),
    ),
    row(
        KEYS,
        "interface T { [key: string]: number; size: number } export function main(): number { const t: T = { size: 1 }; return 1; }",
        Refused("F0203"),
    ),
    row(
        KEYS,
        "interface T { [key: string]: T } export function main(): number { const t: T = {}; return 1; }",
        Refused("F0314"),
    ),
    row(
        MISSING,
        "let x: number | null = null; x = 5; return x + 1;",
        Works(6.0),
    ),
    row(
        MISSING,
        "let x: number | null = null; return x === null ? 1 : x;",
        Works(1.0),
    ),
    row(
        MISSING,
        "function f(x: number | null): number { if (x === null) return -1; return x * 2; } export function main(): number { return f(4) * 100 + f(null); }",
        Works(799.0),
    ),
    row(
        MISSING,
        "function f(x: number | undefined): number { return x !== undefined && x > 2 ? x : 0; } export function main(): number { return f(4) * 10 + f(1) + f(undefined); }",
        Works(40.0),
    ),
    row(
        MISSING,
        "function f(s: string | null): number { return s ? s.length : -1; } export function main(): number { return f(\"abc\") * 100 + f(\"\") * 10 + f(null); }",
        Works(289.0),
    ),
    row(
        MISSING,
        "function f(b: boolean | null): number { return b === null ? 0 : b ? 1 : 2; } export function main(): number { return f(true) * 100 + f(false) * 10 + f(null); }",
        Works(120.0),
    ),
    row(
        MISSING,
        "function f(n: i64 | null): i64 { return n ?? 7; } export function main(): number { return f64(f(5)) * 10 + f64(f(null)); }",
        Works(57.0),
    ),
    row(
        MISSING,
        "function f(x?: number, y = 2): number { return (x ?? 10) + y; } export function main(): number { return f() + f(1) * 100 + f(undefined, 1) * 10000; }",
        Works(110312.0),
    ),
    row(
        MISSING,
        "interface P { x: number; y?: number } export function main(): number { const a: P = { x: 1 }; const b: P = { x: 2, y: 3 }; return (a.y ?? 5) * 10 + (b.y ?? 5); }",
        Works(53.0),
    ),
    row(
        MISSING,
        "interface P { at?: { x: number } } export function main(): number { const a: P = {}; const b: P = { at: { x: 4 } }; return (a.at?.x ?? 1) * 10 + (b.at?.x ?? 1); }",
        Works(14.0),
    ),
    row(
        MISSING,
        "interface Node { value: number; next: Node | null } export function main(): number { let list: Node | null = null; for (let i = 1; i <= 4; i++) list = { value: i, next: list }; let s = 0; for (let n = list; n !== null; n = n.next) s = s * 10 + n.value; return s; }",
        Works(4321.0),
    ),
    row(
        MISSING,
        "type Tree = { left: Tree; right: Tree; size: number } | null; function count(t: Tree): number { return t === null ? 0 : t.size + count(t.left) + count(t.right); } export function main(): number { return count({ size: 2, left: null, right: { size: 3, left: null, right: null } }); }",
        Works(5.0),
    ),
    row(
        MISSING,
        "interface Tree { children: Tree[] } function depth(t: Tree): number { let most = 0; for (const c of t.children) most = Math.max(most, depth(c)); return most + 1; } export function main(): number { return depth({ children: [{ children: [] }, { children: [{ children: [] }] }] }); }",
        Works(3.0),
    ),
    row(
        MISSING,
        "let a: string | null = null; let n = a?.length ?? 7; a = \"four\"; return n * 10 + (a?.length ?? 7);",
        Works(74.0),
    ),
    row(
        MISSING,
        "let list: number[] | undefined; list?.push(1); list ??= [5]; list?.push(2); return list.length * 10 + list[0];",
        Works(25.0),
    ),
    row(
        MISSING,
        "const list = [3, 4]; const a = list.pop(); const b = list.pop(); const c = list.pop(); return (a ?? 0) * 100 + (b ?? 0) * 10 + (c === undefined ? 1 : 0);",
        Works(431.0),
    ),
    row(
        MISSING,
        "const found = [1, 5, 9].find((x) => x > 3); const none = [1].find((x) => x > 3); return (found ?? 0) * 10 + (none ?? 7);",
        Works(57.0),
    ),
    row(
        MISSING,
        "const list: (number | null)[] = [1, null, 3]; let s = 0; for (const x of list) s = s * 10 + (x ?? 7); return s;",
        Works(173.0),
    ),
    row(
        MISSING,
        "const x: number | null = null; const y: number | undefined = undefined; return `${x} ${y}`.length + [1, null].join().length;",
        Works(16.0),
    ),
    row(
        MISSING,
        "let a: number | null = 1; let b: number | null = 1; let c: number | null = null; return (a === b ? 1 : 0) + (a === c ? 10 : 0) + (c === null ? 100 : 0) + (a === 1 ? 1000 : 0);",
        Works(1101.0),
    ),
    row(
        MISSING,
        "function f(x: number | null | undefined): number { return (x === null ? 1 : 0) + (x == null ? 10 : 0) + (x === undefined ? 100 : 0); } export function main(): number { return f(null) + f(undefined) * 1000; }",
        Works(110011.0),
    ),
    row(
        MISSING,
        "const { a = 5, b = 6 }: { a?: number; b?: number } = { b: 1 }; return a * 10 + b;",
        Works(51.0),
    ),
    row(
        MISSING,
        "interface Options { depth?: number; name?: string } function f({ depth = 3, name = \"ab\" }: Options = {}): number { return depth * 10 + name.length; } export function main(): number { return f() * 100 + f({ depth: 1, name: \"\" }); }",
        Works(3210.0),
    ),
    row(
        MISSING,
        "interface Box { value: number | null } export function main(): number { const b: Box = { value: 3 }; if (b.value !== null) return b.value + 1; return 0; }",
        Works(4.0),
    ),
    row(
        MISSING,
        "let n = 0; function g(): number | undefined { n++; return undefined; } function f(a: number, b: number | undefined = g(), c = a + 1): number { return a * 100 + (b ?? 7) * 10 + c; } class P { constructor(public x: number | undefined = 4) { } } export function main(): number { const all = f(1) + f(1, undefined) + f(1, 2) + f(1, g(), 0); return all * 100 + n * 10 + (new P(undefined).x ?? 1); }",
        Works(63644.0),
    ),
    row(
        MISSING,
        "let x: number | null | undefined; function f(): number { if (x === undefined || null === x) return 7; return x + 1; } export function main(): number { let s = f(); x = null; s = s * 10 + f(); x = 4; return s * 10 + f(); }",
        Works(775.0),
    ),
    row(
        MISSING,
        "let x: number | null | undefined = 3; function g(): number | null { return undefined === x ? null : x; } export function main(): number { const a = g() ?? 9; x = undefined; return a * 10 + (g() ?? 9); }",
        Works(39.0),
    ),
    row(
        MISSING,
        "let total = 0; let best: number | null = null; for (const x of [3, 9, 4]) { if (best === null || x > best) best = x; total++; } return (best ?? 0) * 10 + total;",
        Works(93.0),
    ),
    row(MISSING, "let x = 1; return x ?? 2;", Works(1.0)),
    row(
        MISSING,
        "function first(list: number[]): number | undefined { if (list.length > 0) return list[0]; } export function main(): number { return (first([4]) ?? 0) * 10 + (first([]) ?? 5); }",
        Works(45.0),
    ),
    row(
        MISSING,
        "function f(x: string | undefined): number { if (typeof x === \"string\") return x.length; return typeof x === \"undefined\" ? 7 : 0; } export function main(): number { return f(\"ab\") * 10 + f(undefined); }",
        Works(27.0),
    ),
    row(
        MISSING,
        "const list: number[] = []; const x: number | null = list.length > 0 ? 1 : null; return x!;",
        Traps("`!` of a value that is missing ends the program"),
    ),
    row(
        MISSING,
        "function f(s: string | null): number { return s.length; } export function main(): number { return f(null); }",
        Refused("F0322"),
    ),
    row(
        MISSING,
        "let x: number | null = 5; function g(): number { return 1; } x = null; return x + g();",
        Refused("F0322"),
    ),
    row(
        MISSING,
        "let x: number | null = 1; while (x !== null) { x = null; return x + 1; } return 0;",
        Refused("F0322"),
    ),
    row(
        MISSING,
        "function f(x: number | null): number { const y: number = x; return y; } export function main(): number { return f(1); }",
        Refused("F0303"),
    ),
    row(
        MISSING,
        "interface K { text: string | null; kind: number } function f(k: K | null): number { if (k?.text) return k.text.length * 10; if (k?.kind === 3) return k.kind; return k?.kind !== 5 ? 0 : k.kind; } export function main(): number { return f({ text: \"ab\", kind: 1 }) * 1000 + f({ text: null, kind: 3 }) * 100 + f({ text: \"\", kind: 5 }) * 10 + f(null); }",
        Works(20_350.0),
    ),
    row(
        MISSING,
        "interface K { f?: () => number; kind: number } let g: (() => number) | null = () => 3; export function main(): number { const k: K = { f: () => 4, kind: 1 }; const h: (() => number) | undefined = k.f; return g!() * 100 + k.f!() * 10 + h!(); }",
        Works(344.0),
    ),
    row(
        MISSING,
        "interface K { kind: number | undefined } function f(k: K | null, other: number | undefined): number { if (k?.kind === other) return k.kind ?? 0; return 1; } export function main(): number { return f(null, 1); }",
        Refused("F0322"),
    ),
    row(
        MISSING,
        "interface K { kind: number | null } function f(k: K | null): number { if (k?.kind !== null) return k.kind; return 1; } export function main(): number { return f(null); }",
        Refused("F0322"),
    ),
    row(
        MISSING,
        "const g: (() => number) | null = [1].length > 1 ? () => 3 : null; return g!();",
        Traps("`!` of a value that is missing ends the program"),
    ),
    row(MISSING, "let x = null; return 1;", Refused("F0307")),
    row(
        MISSING,
        "const node = { value: 1, next: null }; return 1;",
        Refused("F0307"),
    ),
    row(
        MISSING,
        "type Loop = Loop[]; export function main(): number { const l: Loop = []; return 1; }",
        Refused("F0314"),
    ),
    row(
        MISSING,
        "interface A extends A { x: number } export function main(): number { const a: A = { x: 1 }; return a.x; }",
        Refused("F0314"),
    ),
    row(
        MISSING,
        "interface A { b: B | null } interface B extends A { x: number } export function main(): number { const a: A = { b: null }; return a.b === null ? 1 : 0; }",
        Refused("F0314"),
    ),
    row(
        MISSING,
        "const list: (number | undefined)[] = [2, 1]; list.sort((a, b) => (a ?? 0) - (b ?? 0)); return 1;",
        Refused("F0318"),
    ),
    row(
        VALUES,
        "const f = (x: number) => x * 2; return f(4);",
        Works(8.0),
    ),
    row(
        VALUES,
        "export function main(): number { const x = 1; function g(): number { return x; } return g(); }",
        Works(1.0),
    ),
    row(
        VALUES,
        "let n = 0; const add = (by: number): void => { n += by; }; add(2); add(5); return n;",
        Works(7.0),
    ),
    row(
        VALUES,
        "const list: (() => number)[] = []; for (let i = 0; i < 3; i++) list.push(() => i); return list[0]() * 100 + list[1]() * 10 + list[2]();",
        Works(12.0),
    ),
    row(
        VALUES,
        "const list: (() => number)[] = []; for (var i = 0; i < 3; i++) list.push(() => i); return list[0]() * 10 + list[2]();",
        Works(33.0),
    ),
    row(
        VALUES,
        "function counter(): () => number { let n = 0; return () => ++n; } export function main(): number { const a = counter(), b = counter(); a(); a(); return a() * 10 + b(); }",
        Works(31.0),
    ),
    row(
        VALUES,
        "type Op = (a: number, b: number) => number; function apply(op: Op, x: number): number { return op(x, 2); } function less(a: number, b: number): number { return a - b; } export function main(): number { return apply((a, b) => a * b, 5) * 10 + apply(less, 5); }",
        Works(103.0),
    ),
    row(
        VALUES,
        "const fact = (n: number): number => n < 2 ? 1 : n * fact(n - 1); return fact(5);",
        Works(120.0),
    ),
    row(
        VALUES,
        "const even = (n: number): boolean => n === 0 || odd(n - 1); const odd = (n: number): boolean => n !== 0 && even(n - 1); return even(10) ? 1 : 0;",
        Works(1.0),
    ),
    row(
        VALUES,
        "const f = function down(n: number): number { return n > 0 ? down(n - 1) + n : 0; }; return f(4);",
        Works(10.0),
    ),
    row(
        VALUES,
        "return ((a: number, b: number) => a * 10 + b)(3, 4) + (() => 100)();",
        Works(134.0),
    ),
    row(
        VALUES,
        "interface Shape { area(): number; scale: (by: number) => void } function square(side: number): Shape { return { area() { return side * side; }, scale: (by) => { side *= by; } }; } export function main(): number { const s = square(3); s.scale(2); return s.area(); }",
        Works(36.0),
    ),
    row(
        VALUES,
        "function one(): number { return 1; } export function main(): number { const a = one, b = one; const c = () => 1, d = () => 1; return (a === b ? 1 : 0) + (c === d ? 10 : 0); }",
        Works(1.0),
    ),
    row(
        VALUES,
        "const twice = (x: number): number => x * 2; const big = (x: number): boolean => x > 3; return [1, 2, 3].map(twice).filter(big).reduce((a, b) => a + b);",
        Works(10.0),
    ),
    row(
        VALUES,
        "const f = (x: number, by = 2, more?: number): number => x * by + (more ?? 0); return f(3) * 100 + f(3, 3) * 10 + f(1, 1, 4);",
        Works(695.0),
    ),
    row(
        VALUES,
        "let f: ((x: number) => number) | null = null; const a = f?.(1) ?? 5; f = (x) => x + 1; return a * 10 + f(6);",
        Works(57.0),
    ),
    row(
        VALUES,
        "const add = (a: number) => (b: number) => a + b; return add(3)(4);",
        Works(7.0),
    ),
    row(
        VALUES,
        "export const double = (x: number): number => x * 2; export const main = (): number => double(21);",
        Works(42.0),
    ),
    row(
        VALUES,
        "const f = (): number => x; const y = f(); const x = 1; return y;",
        Traps("a variable that is read before its declaration ran ends the program"),
    ),
    row(
        VALUES,
        "const f = () => x; const x = 1; return f();",
        Refused("F0313"),
    ),
    row(
        VALUES,
        "const f: (x: number) => number = (x, y) => x; return f(1);",
        Refused("F0307"),
    ),
    row(
        VALUES,
        "const f = (x: number) => x; const g: (x: string) => string = f; return 1;",
        Refused("F0303"),
    ),
    row(
        VALUES,
        "const f = (x: number) => x; return f(1, 2);",
        Refused("F0306"),
    ),
    row(
        VALUES,
        "const f = Number.isNaN; return 1;",
        Refused("F0321"),
    ),
    row(
        VALUES,
        "const f = (x: number) => x; return `${f}`.length;",
        Refused("F0318"),
    ),
    row(
        VALUES,
        "type F = (a: number, ...xs: number[]) => number; export function main(): number { const f: F = (a, ...xs) => a + xs.length; const g = (...xs: number[]) => xs[0]; return f(1) + f(1, ...[5, 6]) * 10 + g(7); }",
        Works(38.0),
    ),
    row(
        VALUES,
        "function f(x: number, ...more: number[]): number { return x + more.length; } export function main(): number { return [1].map(f)[0]; }",
        Refused("F0303"),
    ),
    row(
        CLASSES,
        "class Point { x = 1; y: number; constructor(y: number) { this.y = y; } sum(): number { return this.x + this.y; } } export function main(): number { return new Point(2).sum(); }",
        Works(3.0),
    ),
    row(
        CLASSES,
        "class Point { constructor(public x: number, private readonly y = 5) { } get sum(): number { return this.x + this.y; } set sum(to: number) { this.x = to - this.y; } } export function main(): number { const p = new Point(1); p.sum += 4; return p.x; }",
        Works(5.0),
    ),
    row(
        CLASSES,
        "class A { f(): number { return 1; } g(): number { return this.f() * 10; } } class B extends A { f(): number { return super.f() + 1; } } export function main(): number { const a: A = new B(); return a.g(); }",
        Works(20.0),
    ),
    row(
        CLASSES,
        "abstract class Shape { abstract area(): number; twice(): number { return this.area() * 2; } } class Square extends Shape { constructor(private side: number) { super(); } area(): number { return this.side ** 2; } } export function main(): number { const s: Shape = new Square(3); return s.twice(); }",
        Works(18.0),
    ),
    row(
        CLASSES,
        r#"interface Named { name: string; size(): number } class A implements Named { name = "ab"; size(): number { return this.name.length; } } export function main(): number { const list: Named[] = [new A(), { name: "c", size: () => 5 }]; return list.map((n) => n.size()).reduce((a, b) => a + b); }"#,
        Works(7.0),
    ),
    row(
        CLASSES,
        "class Counter { static made = 0; readonly id = ++Counter.made; static next(): Counter { return new Counter(); } } export function main(): number { Counter.next(); return Counter.next().id * 10 + Counter.made; }",
        Works(22.0),
    ),
    row(
        CLASSES,
        "class C { static n = 1; static list: number[] = []; static { C.n = 5; for (let i = 0; i < 3; i++) C.list.push(i * C.n); } static m = C.n * 2; static { const f = () => { C.m += C.list.length; }; f(); } } export function main(): number { return C.m * 10 + C.list[2]; }",
        Works(140.0),
    ),
    row(
        CLASSES,
        "class Box { #value = 1; add(n: number): this { this.#value += n; return this; } get value(): number { return this.#value; } } export function main(): number { return new Box().add(2).add(3).value; }",
        Works(6.0),
    ),
    row(
        CLASSES,
        "class A { x = 1; } class B extends A { y = 2; } export function main(): number { const a: A = new B(); return a instanceof B ? a.y : a.x; }",
        Works(2.0),
    ),
    row(
        CLASSES,
        "class A { n = 1; next = (): number => ++this.n; all(): number[] { return [1, 2].map((k) => k * this.n); } } export function main(): number { const a = new A(); const f = a.next; f(); return a.all()[1]; }",
        Works(4.0),
    ),
    row(
        CLASSES,
        "class Node { next: Node | null = null; constructor(public value: number) { } } export function main(): number { const a = new Node(1); a.next = new Node(2); let n = 0; for (let at: Node | null = a; at; at = at.next) n += at.value; return n; }",
        Works(3.0),
    ),
    row(
        CLASSES,
        r#"class A { toString(): string { return "ab"; } } export function main(): number { return `${new A()}!`.length; }"#,
        Works(3.0),
    ),
    row(
        CLASSES,
        "class A { x = 1; } class B extends A { y = 2; } export function main(): number { const a: A = new A(); return (a as B).y; }",
        Traps("`as` a class that the object is not of ends the program"),
    ),
    row(
        CLASSES,
        "class A { constructor() { this.f(); } f(): number { return 0; } } class B extends A { x = 1; f(): number { return this.x; } } export function main(): number { return new B().x; }",
        Traps("a field that is read before it has a value ends the program"),
    ),
    row(
        CLASSES,
        "class A { x: number; } export function main(): number { return new A().x; }",
        Refused("F0311"),
    ),
    row(
        CLASSES,
        "class A { x = 1; } class B extends A { constructor() { this.x = 2; super(); } } export function main(): number { return new B().x; }",
        Refused("F0323"),
    ),
    row(
        CLASSES,
        r#"class A { f(): number { return 1; } } class B extends A { f(): string { return ""; } } export function main(): number { return 1; }"#,
        Refused("F0324"),
    ),
    row(
        CLASSES,
        "abstract class A { abstract f(): number; } export function main(): number { return new A().f(); }",
        Refused("F0325"),
    ),
    row(
        CLASSES,
        "interface Named { name: string } class A implements Named { } export function main(): number { return 1; }",
        Refused("F0326"),
    ),
    row(
        CLASSES,
        "class A { f(): number { return 1; } } export function main(): number { const f = new A().f; return f(); }",
        Refused("F0205"),
    ),
    row(
        CLASSES,
        "class { x = 1; } export function main(): number { return 1; }",
        Refused("F0101"),
    ),
    row(
        CLASSES,
        "function f(): number { class A { x = 1; } return new A().x; } export function main(): number { return f(); }",
        Refused("F0201"),
    ),
    row(
        CLASSES,
        "class A { x = 1; } export function main(): number { const C = A; return new C().x; }",
        Refused("F0201"),
    ),
    row(
        CLASSES,
        "class A { n: number; constructor(...xs: number[]) { this.n = xs.length; } add(...xs: number[]): this { this.n += xs.length; return this; } } class B extends A { constructor(x: number, ...xs: number[]) { super(x, ...xs, x); } add(...xs: number[]): this { super.add(...xs, ...xs); return this; } } export function main(): number { const a: A = new B(1, 2); return a.add(1, 2).n; }",
        Works(7.0),
    ),
    row(
        CLASSES,
        "class A { f(...xs: number[]): number { return xs.length; } } class B extends A { f(xs: number[]): number { return xs.length; } } export function main(): number { const a: A = new B(); return a.f(1); }",
        Refused("F0324"),
    ),
    row(
        GENERICS,
        r#"function same<T>(x: T): T { return x; } export function main(): number { return same(4) + same("ab").length + same<boolean[]>([true]).length; }"#,
        Works(7.0),
    ),
    row(
        GENERICS,
        r#"function map<T, U>(list: T[], f: (x: T, i: number) => U): U[] { const out: U[] = []; for (let i = 0; i < list.length; i++) out.push(f(list[i], i)); return out; } export function main(): number { return map(map([1, 2], (x) => `${x}!`), (s, i) => s.length + i).reduce((a, b) => a + b); }"#,
        Works(5.0),
    ),
    row(
        GENERICS,
        r#"class Box<T> { constructor(private value: T) { } get(): T { return this.value; } map<U>(f: (x: T) => U): Box<U> { return new Box(f(this.value)); } } export function main(): number { return new Box(5).map((x) => "n" + x).map((s) => s.length).get(); }"#,
        Works(2.0),
    ),
    row(
        GENERICS,
        r#"class Stack<T> { #items: T[] = []; static made = 0; push(x: T): this { this.#items.push(x); return this; } pop(): T | undefined { return this.#items.pop(); } static of<T>(list: T[]): Stack<T> { const s = new Stack<T>(); Stack.made++; for (const x of list) s.push(x); return s; } } export function main(): number { const s: Stack<number> = new Stack(); s.push(1).push(2); return (s.pop() ?? 0) * 10 + (Stack.of(["abc"]).pop()?.length ?? 0) + Stack.made * 100; }"#,
        Works(123.0),
    ),
    row(
        GENERICS,
        r#"interface Pair<A, B> { first: A; second: B } type Swap<P, Q> = (p: Pair<P, Q>) => Pair<Q, P>; function pair<A, B>(first: A, second: B): Pair<A, B> { return { first, second }; } export function main(): number { const f: Swap<number, string> = (p) => pair(p.second, p.first); return f(pair(3, "ab")).second * 10 + f(pair(3, "ab")).first.length; }"#,
        Works(32.0),
    ),
    row(
        GENERICS,
        r#"interface HasSize { size: number } function largest<T extends HasSize>(list: T[]): T { let best = list[0]; for (const x of list) if (x.size > best.size) best = x; return best; } export function main(): number { return largest([{ size: 1, name: "a" }, { size: 5, name: "bcd" }]).name.length; }"#,
        Works(3.0),
    ),
    row(
        GENERICS,
        r#"class Base { f(): number { return 1; } } class Sub<T> extends Base { constructor(public x: T) { super(); } f(): number { return super.f() + 1; } } interface Held<T> { get(): T } class One<T> extends Sub<T[]> implements Held<T> { get(): T { return this.x[0]; } } function sum(b: Base, h: Held<number>): number { return b.f() * 10 + h.get(); } export function main(): number { const one = new One([7]); return sum(one, one) + sum(new Base(), { get: () => 100 }); }"#,
        Works(137.0),
    ),
    row(
        GENERICS,
        r#"class Node<T> { next: Node<T> | null = null; constructor(public value: T) { } } export function main(): number { const a = new Node(1); a.next = new Node(2); let n = 0; for (let at: Node<number> | null = a; at; at = at.next) n = n * 10 + at.value; return n; }"#,
        Works(12.0),
    ),
    row(
        GENERICS,
        r#"type Result<T, E = string> = { value?: T; error?: E }; function ok<T>(value: T): Result<T> { return { value }; } function fail<T>(error: string): Result<T> { return { error }; } export function main(): number { const a: Result<number> = fail("bad"); return (ok(4).value ?? 0) * 10 + (a.error?.length ?? 0); }"#,
        Works(43.0),
    ),
    row(
        GENERICS,
        r#"function make<T>(f: () => T): T { return f(); } function id<T>(x: T): T { return x; } export function main(): number { const f: (x: number) => number = id; return f(make(() => 3)) + [4].map(id)[0]; }"#,
        Works(7.0),
    ),
    row(
        GENERICS,
        r#"function first<T extends { size: number }>(x: T): number { return x.size; } export function main(): number { return first(1); }"#,
        Refused("F0327"),
    ),
    row(
        GENERICS,
        r#"class Box<T> { constructor(public x: T) { } } export function main(): number { const b: Box<number, string> = new Box(1); return b.x; }"#,
        Refused("F0327"),
    ),
    row(
        GENERICS,
        r#"function make<T>(): T[] { return []; } export function main(): number { return make().length; }"#,
        Refused("F0327"),
    ),
    row(
        GENERICS,
        r#"function f<T>(x: T, n: number): number { return n > 0 ? f([x], n - 1) : n; } export function main(): number { return f(1, 3); }"#,
        Refused("F0328"),
    ),
    row(
        GENERICS,
        r#"export function main(): number { const id = <T>(x: T): T => x; return id(1); }"#,
        Refused("F0209"),
    ),
    row(
        GENERICS,
        r#"export function same<T>(x: T): T { return x; }"#,
        Refused("F0209"),
    ),
    row(
        GENERICS,
        "function last<T>(...xs: T[]): T { return xs[xs.length - 1]; } class Bag<T> { #all: T[]; constructor(...xs: T[]) { this.#all = xs; } get size(): number { return this.#all.length; } } export function main(): number { return last(...[\"a\"], \"bc\").length * 10 + new Bag(1, 2, 3).size; }",
        Works(23.0),
    ),
    row(
        MAPS,
        r#"const m = new Map<string, number>(); m.set("a", 1).set("b", 2).set("a", 5); return (m.get("a") ?? 0) * 100 + m.size * 10 + (m.has("z") ? 1 : 0) + (m.get("z") ?? 3);"#,
        Works(523.0),
    ),
    row(
        MAPS,
        r#"const m = new Map([["x", 1], ["y", 2]]); let n = 0; for (const [key, value] of m) n = n * 10 + key.length + value; for (const v of m.values()) n = n * 10 + v; m.forEach((value, key) => { n += value * key.length * 1000; }); return n;"#,
        Works(5312.0),
    ),
    row(
        MAPS,
        r#"const s = new Set([3, 1, 3, NaN, NaN, 0, -0]); let n = s.size; s.delete(1); for (const x of s) n = n * 10 + (x === x ? x : 7); return n + (s.has(NaN) ? 0.5 : 0) + 1 / [...s][2];"#,
        Works(f64::INFINITY),
    ),
    row(
        MAPS,
        r#"const m = new Map([[1, 1]]); let n = 0; for (const [k, v] of m) { n += v; if (k < 50) m.set(k + 1, v); m.delete(k); } return n * 10 + m.size;"#,
        Works(500.0),
    ),
    row(
        MAPS,
        r#"class P { x = 1; } export function main(): number { const a = new P(), b = new P(); const m = new Map([[a, 1], [b, 2]]); return (m.get(a) ?? 0) * 100 + m.size * 10 + (m.get(new P()) ?? 5); }"#,
        Works(125.0),
    ),
    row(
        MAPS,
        r#"function count<T>(list: T[]): Map<T, number> { const m = new Map<T, number>(); for (const x of list) m.set(x, (m.get(x) ?? 0) + 1); return m; } export function main(): number { const m = count([..."banana"]); return (m.get("a") ?? 0) * 10 + Array.from(m.keys()).join("").length + [...new Set(m.values())].length * 100; }"#,
        Works(333.0),
    ),
    row(
        MAPS,
        r#"const m = new Map([["a", 1]]); for (const entry of m) { } return 1;"#,
        Refused("F0215"),
    ),
    row(
        MAPS,
        r#"const m = new Map([["a", 1]]); const keys = m.keys(); return 1;"#,
        Refused("F0215"),
    ),
    row(
        MAPS,
        r#"const m = new Map([["a", 1]]); return [...m].length;"#,
        Refused("F0204"),
    ),
    row(
        MAPS,
        r#"const m = new Map(); return m.size;"#,
        Refused("F0327"),
    ),
    row(
        MAPS,
        r#"class Own extends Map<string, number> { } export function main(): number { return 1; }"#,
        Refused("F0201"),
    ),
    row(
        TYPED,
        "const a = new Uint8Array(3); a[0] = 257; a[1] = -1; return a[0] + a[1] + a.length;",
        Works(259.0),
    ),
    row(
        TYPED,
        "const a = new Uint8ClampedArray([1.5, 300, -5]); return a[0] * 1000 + a[1] + a[2];",
        Works(2255.0),
    ),
    row(
        TYPED,
        "const a = Float32Array.of(0.1); return a[0];",
        Works(0.10000000149011612),
    ),
    row(
        TYPED,
        "const a = new Int32Array([1, 2, 3, 4]); const b = a.subarray(1, 3); b[0] = 20; return a[1] + a.slice(2).length;",
        Works(22.0),
    ),
    row(
        TYPED,
        "const a = new Float64Array(4); a.set([1, 2], 1); a.fill(5, 3); let n = 0; for (const x of a) n += x; return n;",
        Works(8.0),
    ),
    row(
        TYPED,
        "const a = Uint16Array.from([3, 1]).map((x) => x * 30000); return a.reduce((x, y) => x + y);",
        Works(54464.0),
    ),
    row(
        TYPED,
        "const a = new Int8Array(2); a[5] = 1; return a.length;",
        Works(2.0),
    ),
    row(
        TYPED,
        "const a = new Int8Array(2); return a[2];",
        Traps("an element that is not there ends the program"),
    ),
    row(
        TYPED,
        "const a = new Int8Array(2); return (a[2] ?? 7) + (a[1] || 5);",
        Works(12.0),
    ),
    row(
        TYPED,
        "const a = new Int8Array([4, 5]); return (a.at(-1) ?? 0) * 10 + (a.at(2) ?? 1);",
        Works(51.0),
    ),
    row(
        TYPED,
        "const a = new Uint8Array(2); a.push(1); return 1;",
        Refused("F0321"),
    ),
    row(
        TYPED,
        "const a = new Uint8Array(new Uint8Array(8), 2); return 1;",
        Refused("F0204"),
    ),
    row(
        UNIONS,
        "type Mode = \"fast\" | \"slow\"; function f(m: Mode): number { return m === \"fast\" ? 2 : m.length; } export function main(): number { const m: Mode = \"slow\"; return f(\"fast\") * 10 + f(m); }",
        Works(24.0),
    ),
    row(
        UNIONS,
        "type Shape = { kind: \"circle\"; r: number } | { kind: \"square\"; side: number }; function area(s: Shape): number { switch (s.kind) { case \"circle\": return s.r * 2; case \"square\": return s.side ** 2; } } export function main(): number { return area({ kind: \"circle\", r: 4 }) * 10 + area({ kind: \"square\", side: 3 }); }",
        Works(89.0),
    ),
    row(
        UNIONS,
        "interface A { tag: 1; x: number } interface B { tag: 2; text: string } function f(v: A | B): number { if (v.tag === 1) return v.x; return v.text.length; } export function main(): number { return f({ tag: 1, x: 5 }) * 10 + f({ tag: 2, text: \"abc\" }); }",
        Works(53.0),
    ),
    row(
        UNIONS,
        "type Result<T> = { ok: true; value: T } | { ok: false; error: string }; function half(n: number): Result<number> { return n % 2 === 0 ? { ok: true, value: n / 2 } : { ok: false, error: \"odd\" }; } export function main(): number { const a = half(8), b = half(3); return (a.ok ? a.value : 0) * 10 + (!b.ok ? b.error.length : 0); }",
        Works(43.0),
    ),
    row(
        UNIONS,
        "type Tree = { left: Tree; right: Tree } | { leaf: number }; function sum(t: Tree): number { return \"leaf\" in t ? t.leaf : sum(t.left) + sum(t.right); } export function main(): number { return sum({ left: { leaf: 1 }, right: { left: { leaf: 2 }, right: { leaf: 3 } } }); }",
        Works(6.0),
    ),
    row(
        UNIONS,
        "function f(x: string | number | boolean | null): number { if (x === null) return 0; if (typeof x === \"string\") return x.length; if (typeof x === \"number\") return x * 2; return x ? 100 : 200; } export function main(): number { return f(\"abc\") + f(5) + f(true) + f(null) + f(false) * 10; }",
        Works(2113.0),
    ),
    row(
        UNIONS,
        "const list: (string | number)[] = [\"a\", 1, \"bc\"]; let text = \"\"; for (const x of list) text += x; return text.length * 10 + (list[1] === 1 ? 1 : 0) + (list[0] === \"a\" ? 2 : 0);",
        Works(43.0),
    ),
    row(
        UNIONS,
        "type D = 1 | 2 | 3; function next(d: D): D { return d === 3 ? 1 : d === 1 ? 2 : 3; } export function main(): number { const d: D = 2; return next(d) * 100 + next(next(d)) * 10 + (d + 0.5); }",
        Works(312.5),
    ),
    row(
        UNIONS,
        "function fail(message: string): never { throw new Error(message); } function f(x: number | null): number { if (x === null) fail(\"none\"); return x; } export function main(): number { try { return f(null); } catch (e) { return f(7) * 10 + e.message.length; } }",
        Works(74.0),
    ),
    row(
        UNIONS,
        "type M = \"a\" | \"b\" | \"c\"; function f(m: M): number { switch (m) { case \"a\": case \"b\": return m.length; case \"c\": return 5; default: { const none: never = m; return none; } } } export function main(): number { return f(\"b\") * 10 + f(\"c\"); }",
        Works(15.0),
    ),
    row(
        UNIONS,
        "type N = { next: N | null; kind: \"n\" } | { kind: \"end\" }; function depth(n: N): number { return n.kind === \"end\" ? 0 : n.next === null ? 1 : 1 + depth(n.next); } export function main(): number { return depth({ kind: \"n\", next: { kind: \"n\", next: null } }); }",
        Works(2.0),
    ),
    row(
        UNIONS,
        "interface P { id: number; a: string } interface Q { id: number; b: boolean; c: number } export function main(): number { const list: (P | Q)[] = [{ id: 1, a: \"x\" }, { id: 2, b: true, c: 7 }]; let n = 0; for (const x of list) { n = n * 10 + x.id; if (\"c\" in x) n += x.c * 100; } return n; }",
        Works(712.0),
    ),
    row(
        UNIONS,
        "enum K { A, B } type V = { kind: K.A; n: number } | { kind: K.B; s: string }; function f(v: V): number { return v.kind === K.A ? v.n : v.s.length; } export function main(): number { return f({ kind: K.A, n: 4 }) * 10 + f({ kind: K.B, s: \"xyz\" }); }",
        Works(43.0),
    ),
    row(
        UNIONS,
        "const o = { kind: \"a\" as const, n: 1 }; const p: { kind: \"a\"; n: number } = o; return p.n;",
        Works(1.0),
    ),
    row(
        UNIONS,
        "type V = string | number; let v: V = \"abc\"; let n = v.length; v = 5; n = n * 10 + v; return n;",
        Refused("F0321"),
    ),
    row(
        UNIONS,
        "type Mode = \"fast\" | \"slow\"; const m: Mode = \"quick\"; return m.length;",
        Refused("F0303"),
    ),
    row(
        UNIONS,
        "type Mode = \"fast\" | \"slow\"; let s = \"fast\"; const m: Mode = s; return m.length;",
        Refused("F0303"),
    ),
    row(
        UNIONS,
        "type Shape = { kind: \"circle\"; r: number } | { kind: \"square\"; side: number }; function f(s: Shape): number { return s.r; } export function main(): number { return f({ kind: \"circle\", r: 1 }); }",
        Refused("F0321"),
    ),
    row(
        UNIONS,
        "type Shape = { kind: \"circle\"; r: number } | { kind: \"square\"; side: number }; function f(s: Shape): number { switch (s.kind) { case \"circle\": return s.r; } } export function main(): number { return f({ kind: \"circle\", r: 1 }); }",
        Refused("F0308"),
    ),
    row(
        UNIONS,
        "type Shape = { kind: \"circle\"; r: number } | { kind: \"square\"; side: number }; export function main(): number { const s: Shape = { kind: \"circle\", side: 1 }; return s.kind.length; }",
        Refused("F0321"),
    ),
    row(
        UNIONS,
        "type Shape = { kind: \"circle\"; r: number } | { kind: \"square\"; side: number }; export function main(): number { const s: Shape = { kind: \"oval\", r: 1 }; return s.kind.length; }",
        Refused("F0303"),
    ),
    row(
        UNIONS,
        "type M = \"a\" | \"b\"; function f(m: M): number { switch (m) { case \"a\": return 1; default: { const none: never = m; return none; } } } export function main(): number { return f(\"a\"); }",
        Refused("F0303"),
    ),
    row(
        UNIONS,
        "function f(x: string | number): number { return x * 2; } export function main(): number { return f(1); }",
        Refused("F0318"),
    ),
    row(
        UNIONS,
        "let x: number | (() => number) = 1; return 1;",
        Refused("F0208"),
    ),
    row(
        UNIONS,
        "class A { x = 1; } class B { y = 2; } function f(v: A | B): number { return 1; } export function main(): number { return f(new A()); }",
        Refused("F0208"),
    ),
    row(
        UNIONS,
        "const o = { x: 1 }; return \"x\" in o ? 1 : 0;",
        Refused("F0212"),
    ),
    row(
        UNIONS,
        "type Mode = \"a\" | \"b\"; export function f(m: Mode): number { return m.length; }",
        Refused("F0409"),
    ),
    row(
        EXCEPTIONS,
        "try { throw new Error(\"abc\"); } catch (e) { return e.message.length; }",
        Works(3.0),
    ),
    row(
        EXCEPTIONS,
        "let n = 0; try { n += 1; throw new RangeError(); } catch { n += 10; } finally { n += 100; } return n;",
        Works(111.0),
    ),
    row(
        EXCEPTIONS,
        "class Failed extends Error { constructor(public code: number) { super(`code ${code}`); this.name = \"Failed\"; } } function f(x: number): number { if (x > 1) throw new Failed(x); return x; } export function main(): number { try { return f(7); } catch (e) { return e instanceof Failed ? e.code * 100 + `${e}`.length : 0; } }",
        Works(714.0),
    ),
    row(
        EXCEPTIONS,
        "class Own extends TypeError { } function test(e: Error): number { return (e instanceof TypeError ? 1 : 0) + (e instanceof RangeError ? 10 : 0) + (e instanceof Error ? 100 : 0); } export function main(): number { try { throw new Own(\"x\"); } catch (e) { return test(e) * 10 + (e.name === \"TypeError\" ? 1 : 0); } }",
        Works(1011.0),
    ),
    row(
        EXCEPTIONS,
        "let s = 0; for (let i = 0; i < 5; i++) { try { if (i === 1) continue; if (i === 3) break; s += i; } finally { s += 10; } } return s;",
        Works(42.0),
    ),
    row(
        EXCEPTIONS,
        "function f(): number { try { return 1; } finally { return 2; } } export function main(): number { return f(); }",
        Works(2.0),
    ),
    row(
        EXCEPTIONS,
        "let n = 0; try { try { throw new Error(\"a\"); } finally { n += 1; } } catch (e) { try { throw e; } catch (again) { n += again === e ? 10 : 0; } } return n;",
        Works(11.0),
    ),
    row(
        EXCEPTIONS,
        "let n = 0; try { [1, 2, 3].forEach((x) => { if (x > 2) throw new Error(\"big\"); n += x; }); } catch { n *= 10; } return n;",
        Works(30.0),
    ),
    row(
        EXCEPTIONS,
        "function get<T>(x: T | null): T { if (x === null) throw new TypeError(\"none\"); return x; } export function main(): number { try { return get<number>(null); } catch ({ message }) { return get(message).length; } }",
        Works(4.0),
    ),
    row(
        EXCEPTIONS,
        "const add = (a: number, b: number): number => a + b; let n = 0; const step = (x: number): number => { n = n * 10 + x; if (x === 2) throw new Error(\"\"); return x; }; try { add(step(1), add(step(2), step(3))); } catch { } return n;",
        Works(12.0),
    ),
    row(
        EXCEPTIONS,
        "throw new Error(\"ends the program\");",
        Traps("an exception that nothing catches ends the program, which is told what and where"),
    ),
    row(
        EXCEPTIONS,
        "const list = [1]; try { return list[5]; } catch { return -1; }",
        Differs(
            -1.0,
            "an element that is not there is a `RangeError`, where JavaScript has `undefined`",
        ),
    ),
    row(
        EXCEPTIONS,
        "let zero: i32 = 0; try { return 7 % zero; } catch (e) { return e instanceof RangeError ? e.message.length : 0; }",
        Differs(
            16.0,
            "so is a division of integers by zero: `Division by zero`",
        ),
    ),
    row(
        EXCEPTIONS,
        "function first(list: string[]): string | undefined { return list.length > 0 ? list[0] : undefined; } export function main(): number { try { return first([])!.length; } catch (e) { return e instanceof TypeError ? 1 : 0; } }",
        Works(1.0),
    ),
    row(
        EXCEPTIONS,
        "let n = 0; try { n = 1; \"x\".repeat(-n); n = 2; } catch (e) { n += e.message === \"Invalid count value: -1\" ? 10 : 0; } finally { n += 100; } return n;",
        Works(111.0),
    ),
    row(
        EXCEPTIONS,
        "const later = (): number => x; try { return later(); } catch (e) { return e instanceof ReferenceError ? 1 : 0; } const x = 5;",
        Works(1.0),
    ),
    row(
        EXCEPTIONS,
        "try { assert(1 > 2); } catch { return 1; } return 2;",
        Traps(
            "`assert` and `unreachable()` end the program, and so do too deep calls and the ends of memory and gas: `catch` does not see them",
        ),
    ),
    row(
        EXCEPTIONS,
        "try { throw new Error(\"x\"); } catch (e: unknown) { return e instanceof Error ? e.message.length : 0; }",
        Works(1.0),
    ),
    row(EXCEPTIONS, "throw \"text\";", Refused("F0207")),
    row(
        EXCEPTIONS,
        "try { throw new Error(\"x\"); } catch (e: Error) { return 1; }",
        Refused("F0207"),
    ),
    row(
        EXCEPTIONS,
        "const e = new Error(\"x\"); return e.stack.length;",
        Refused("F0321"),
    ),
    row(
        EXCEPTIONS,
        "throw new Error(\"x\", { cause: new Error(\"y\") });",
        Refused("F0306"),
    ),
    row(
        JSON,
        "return JSON.stringify({ a: [], b: {}, c: [[]] }) === '{\"a\":[],\"b\":{},\"c\":[[]]}' ? 1 : 0;",
        Works(1.0),
    ),
    row(
        JSON,
        "return JSON.stringify({ b: [1, NaN], a: \"x\" }) === \"{\\\"b\\\":[1,null],\\\"a\\\":\\\"x\\\"}\" ? 1 : 0;",
        Works(1.0),
    ),
    row(
        JSON,
        "return JSON.stringify({ error: null, list: [1, \"a\", null, { b: true }] }).length;",
        Works(45.0),
    ),
    row(
        JSON,
        "const o: { a?: number; b: boolean } = { b: true }; o.a = 1; return JSON.stringify(o, null, 2).indexOf(\"\\\"a\");",
        Works(17.0),
    ),
    row(
        JSON,
        "interface Item { name: string; price: number } export function main(): number { const list: Item[] = JSON.parse('[{\"name\":\"a\",\"price\":2}]'); return list[0].price; }",
        Works(2.0),
    ),
    row(
        JSON,
        "return JSON.parse<number[]>(\"[1, 2.5e1]\")[1];",
        Works(25.0),
    ),
    row(
        JSON,
        "type Shape = { kind: \"circle\"; r: number } | { kind: \"box\"; w: number }; export function main(): number { const s = JSON.parse('{\"w\":3,\"kind\":\"box\"}') as Shape; return s.kind === \"box\" ? s.w : 0; }",
        Works(3.0),
    ),
    row(
        JSON,
        "try { JSON.parse<number[]>(\"[1,\"); return 0; } catch (e) { return e instanceof SyntaxError ? 1 : 2; }",
        Works(1.0),
    ),
    row(
        JSON,
        "try { const list: number[] = JSON.parse(\"[1,true]\"); return list.length; } catch (e) { return e.message === \"[1]: expected number, found boolean\" ? -1 : 0; }",
        Differs(
            -1.0,
            "a value that is not of the type is a `TypeError`; JavaScript does not look",
        ),
    ),
    row(
        JSON,
        "const o: { a: number } = JSON.parse('{\"a\":1,\"b\":2}'); return JSON.stringify(o).length;",
        Differs(
            7.0,
            "properties that the type has not are left out of what is read",
        ),
    ),
    row(
        JSON,
        "interface L { next: L | null } export function main(): number { const l: L = { next: null }; l.next = l; return JSON.stringify(l).length; }",
        Traps(
            "an object inside of itself, or more than 512 levels, ends the program; JavaScript throws",
        ),
    ),
    row(
        JSON,
        "const x = JSON.parse(\"1\"); return 1;",
        Refused("F0307"),
    ),
    row(
        JSON,
        "return JSON.stringify(new Map([[\"a\", 1]])).length;",
        Refused("F0221"),
    ),
    row(
        JSON,
        "return JSON.stringify({ f: () => 1 }).length;",
        Refused("F0221"),
    ),
    row(
        JSON,
        "return JSON.stringify([1, 2], (key, value) => value).length;",
        Refused("F0221"),
    ),
    row(
        LATER,
        "export async function f() { return 1; }",
        Refused("F0206"),
    ),
    row(LATER, "const r = /a/; return 1;", Refused("F0104")),
    row(
        NEVER,
        "export function f(x: any): number { return 1; }",
        Refused("F0211"),
    ),
    row(NEVER, "return eval(1);", Refused("F0212")),
    row(NEVER, "const x = 5n; return 1;", Refused("F0210")),
    row(
        NEVER,
        "namespace n { export const x = 1; }",
        Refused("F0213"),
    ),
    row(NEVER, "export default 1 + 2;", Refused("F0407")),
    row(NEVER, "let yield = 1; return 1;", Refused("F0101")),
    row(
        NEVER,
        "export function arguments(): number { return 1; }",
        Refused("F0101"),
    ),
    row(NEVER, "return 010;", Refused("F0101")),
    row(NEVER, "return 08;", Refused("F0101")),
    row(NEVER, "debugger; return 1;", Refused("F0219")),
    row(
        NEVER,
        "import { x } from \"lodash\"; export function main(): number { return 1; }",
        Refused("F0406"),
    ),
];
