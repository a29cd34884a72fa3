//! Rest parameters, `...` in calls, and arrays that a function fills.

use crate::engine::{LEVELS, build};
use crate::node::same_as_in_node;

fn refused(source: &str, code: &str) -> String {
    let shown = build(source, LEVELS[0]).expect_err(source);
    assert!(
        shown.contains(&format!("error[{code}]")),
        "{source}: {shown}"
    );
    shown
}

#[test]
fn arguments_come_in_their_order_and_each_call_has_its_own_array() {
    same_as_in_node(
        "export function handle(input/*: string*/)/*: string*/ { let log = \"\";
            const t = (n/*: number*/)/*: number*/ => { log += n; return n; };
            const kept/*: number[][]*/ = [];
            function f(a/*: number*/, ...xs/*: number[]*/)/*: number*/ { kept.push(xs); xs.push(a); return xs.length; }
            const l = [1];
            const n = f(t(1), t(2), ...l, l.push(5), ...l, t(3));
            f(9, ...l); l.push(7); f(8, ...l);
            return `${n} ${log} ${kept.map((xs) => xs.join(\",\")).join(\";\")} ${l.join(\",\")}`; }",
    );
}

#[test]
fn what_is_left_out_is_a_default_or_no_element() {
    same_as_in_node(
        "class A { f(a/*: number*/, b/*: number*/ = 3, ...xs/*: number[]*/)/*: number*/ { return a + b + xs.length; } }
        class B extends A { f(a/*: number*/, b/*: number*/ = 4, ...xs/*: number[]*/)/*: number*/ { return a + b * 10 + xs.length; } }
        class C extends A { f(a/*: number*/)/*: number*/ { return a * 7; } }
        const g = (a/*: number*/, b/*?: number*/, ...xs/*: string[]*/)/*: string*/ => `${a} ${b} ${xs.join(\"-\")}`;
        export function handle(input/*: string*/)/*: string*/ { const all/*: A[]*/ = [new A(), new B(), new C()];
            let n = 10; function f(a/*: number*/ = n, ...xs/*: number[]*/)/*: number*/ { n++; return a + xs.length + n; }
            let out = `${f()} ${f(1, 2)} ${g(1, undefined)} ${g(1, 2, \"a\", ...\"b😀\")}`;
            for (const a of all) out += ` ${a.f(1)} ${a.f(1, 2)} ${a.f(1, 2, ...[3, 4], 5)}`;
            return out; }",
    );
}

#[test]
fn lists_and_what_can_be_gone_over_are_spread() {
    same_as_in_node(
        "export function handle(input/*: string*/)/*: string*/ { const a = [\"x\"]; const s = new Set([\"q\", \"r\"]);
            const m = new Map([[\"k\", 1]]); const n = a.push(...\"y😀\", ...s, ...m.keys(), \"z\"); a.push(...a); a.push(...[]/* as string[]*/);
            const t = new Int8Array([4, -7]); const none = new Set/*<number>*/();
            return `${n} ${a.join(\"\")} ${Math.max(...t, 2)} ${Math.min(...t)} ${Math.max(...none)} ${Math.min(0, ...[NaN])} ${1 / Math.max(-0, ...[0])}`; }",
    );
}

#[test]
fn elements_are_added_anywhere_as_in_node() {
    same_as_in_node(
        "export function handle(input/*: string*/)/*: string*/ { const a = [1, 2, 3]; let log = \"\"; const t = (n/*: number*/)/*: number*/ => { log += n; return n; };
            const n = [a.unshift(), a.unshift(7, 8), a.unshift(...a, 9), a.unshift(...[]/* as number[]*/)]; const b = a.slice();
            const out = [a.splice(t(1), t(2), ...b, t(3)), a.splice(-3, 1, ...[5, 6]), a.splice(2, 0, ...a), a.splice(0, NaN, 4, ...\"12\".split(\"\").map(Number)), a.splice(99, 1, ...[1])];
            const words = [\"x\"]; words.unshift(...\"a😀\", ...new Set([\"q\"])); words.splice(1, 1, ...words, \"z\");
            return `${n.join()} ${a.join()} ${out.map((l) => l.join()).join(\";\")} ${log} ${words.join()}`; }",
    );
    for source in [
        "export function main(): number { const a = [1]; a.splice(...a); return 1; }",
        "export function main(): number { const a = [1]; a.splice(0, ...a); return 1; }",
        "export function main(): number { const a = [65]; return String.fromCharCode(...a).length; }",
    ] {
        refused(source, "F0216");
    }
}

#[test]
fn a_list_that_is_written_behind_the_dots_has_what_is_wanted() {
    same_as_in_node(
        "class A { a/*: number*/ = 1; } class B extends A { b/*: number*/ = 2; }
        function f(...xs/*: (number | null)[]*/)/*: number*/ { let n = 0; for (const x of xs) n += x ?? 100; return n; }
        function g/*<T>*/(x/*: T*/, ...xs/*: T[]*/)/*: number*/ { return xs.length; }
        export function handle(input/*: string*/)/*: string*/ { const list/*: A[]*/ = []; list.push(...[new B(), new A()], ...[]);
            const b/*: A[]*/ = [...[new B()], ...[], new A()]; return `${list.length} ${b.length} ${f(1, ...[2, 3], null)} ${g(new A(), ...[new B()])} ${Math.max(...[])}`; }",
    );
}

#[test]
fn arrays_are_made_by_a_function_as_in_node() {
    same_as_in_node(
        "function twice(x/*: number | undefined*/, i/*: number*/)/*: number*/ { return (x ?? 5) * 2 + i; }
        export function handle(input/*: string*/)/*: string*/ { let log = \"\"; const n = (x/*: number*/)/*: number*/ => { log += x; return x; };
            const a = Array.from({ length: n(3) }, (_, i) => n(i)); const grow = [1, 2];
            const b = Array.from(grow, (x, i) => { if (i < 2) grow.push(x * 10); return x + i; }); const shrink = [1, 2, 3];
            const c = Array.from(shrink, (x) => { shrink.pop(); return x; }); const f = (x/*: string*/, i/*: number*/)/*: string*/ => x + i;
            const g = Array.from({ length: 2 }, (_, y) => Array.from({ length: 3 }, (_, x) => y * 3 + x));
            const fs = Array.from({ length: 3 }, (_, i) => () => i * 2); const none/*: string[]*/ = Array.from({ length: -1 }, () => \"\");
            return `${a.join()} ${log} ${b.join()} ${c.join()} ${Array.from(\"a😀b\", f).join()} ${g.map((row) => row.join(\"\")).join()} ${fs.map((f) => f()).join()}`
                + ` ${none.length} ${Array.from({ length: 2.9 }, twice).join()} ${Array.from([1, 2], twice).join()} ${Array.from({ length: NaN }, (_, i) => i).length}`
                + ` ${Array.from(new Uint8Array([300, 2]), (x) => x + 1).join()} ${Array.from([1, 2], String).join(\"-\")} ${Array.from({ length: 2 }, (x) => x === undefined ? 1 : 2).join()}`; }",
    );
    for (source, code) in [
        (
            "export function main(): number { return Array.from({ length: 2, x: 1 }, () => 1).length; }",
            "F0204",
        ),
        (
            "export function main(): number { return Array.from({ size: 2 }, () => 1).length; }",
            "F0204",
        ),
        (
            "export function main(): number { return Array.from({ length: 2 }, (x) => x).length; }",
            "F0307",
        ),
        (
            "export function main(): number { return Array.from({ length: 2 }, () => { }).length; }",
            "F0315",
        ),
        (
            "export function main(): number { return Array.from([1], (x, i, list: number[]) => x).length; }",
            "F0306",
        ),
    ] {
        refused(source, code);
    }
}

#[test]
fn one_array_is_not_taken_for_many_arguments() {
    let many = "(...xs: number[]) => number";
    for (source, code) in [
        (format!("type F = {many}; export function main(): number {{ const f: F = (xs) => xs; return f(1); }}"), "F0307"),
        ("type F = (xs: number[]) => number; export function main(): number { const f: F = (...xs) => xs.length; return f([1]); }".to_owned(), "F0307"),
        ("type F = (xs: number[]) => number; function g(...xs: number[]): number { return 1; } export function main(): number { const f: F = g; return f([1]); }".to_owned(), "F0303"),
        (format!("type F = {many}; export function main(): number {{ const f: F = (xs: number[]) => 1; return f(1); }}"), "F0303"),
        (format!("interface I {{ f: {many} }} class A implements I {{ f(xs: number[]): number {{ return 1; }} }} export function main(): number {{ const i: I = new A(); return i.f(1); }}"), "F0324"),
        ("class A { f(xs: number[]): number { return 1; } } class B extends A { f(...xs: number[]): number { return 2; } } export function main(): number { const a: A = new B(); return a.f([1]); }".to_owned(), "F0324"),
        ("function apply<T>(f: (x: T) => number): number { return 1; } function g(...xs: number[]): number { return 1; } export function main(): number { return apply(g); }".to_owned(), "F0327"),
        ("function f(...xs: number[]): number { return 1; } export function main(): number { return f([1]); }".to_owned(), "F0303"),
        ("function f(...xs: string): number { return 1; }".to_owned(), "F0303"),
        ("function f(...xs: Uint8Array): number { return 1; }".to_owned(), "F0303"),
        ("function f(...xs): number { return 1; }".to_owned(), "F0307"),
        ("function f(x: number, ...xs: number[]): number { return 1; } export function main(): number { return f(...[1]); }".to_owned(), "F0216"),
        ("export function main(): number { return [1].map((...xs) => xs.length)[0]; }".to_owned(), "F0306"),
        ("declare function log(...xs: number[]): void; export function main(): number { log(1); return 1; }".to_owned(), "F0409"),
    ] {
        refused(&source, code);
    }
    let shown = refused(
        "function f(x: number, ...xs: number[]): number { return 1; } export function main(): number { return f(); }",
        "F0306",
    );
    assert!(shown.contains("takes at least 1 argument"), "{shown}");
}
