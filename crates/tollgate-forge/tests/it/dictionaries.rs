//! Objects that take any key: programs that do the same as in Node, what differs, and what is refused.

use crate::engine::{LEVELS, build, f64_of, value};
use crate::node::same_as_in_node;

#[test]
fn objects_with_any_keys_are_those_of_node() {
    same_as_in_node(include_str!("../dictionaries/language.js"));
}

#[test]
fn a_half_of_a_character_is_the_same_key_for_every_operator() {
    let source = r#"export function main(): number {
        const o: Record<string, number> = { ["\ud800"]: 1 };
        const there = "\ud800" in o && Object.hasOwn(o, "\ud800") && o["\ud800"] === 1;
        const replaced = "\ufffd" in o;
        delete o["\ud800"];
        return (there ? 1 : 0) + (replaced ? 2 : 0) + ("\ud800" in o ? 4 : 0); }"#;
    assert_eq!(f64_of(&value(source)), 1.0);
}

#[test]
fn what_is_there_already_is_the_value_of_an_assignment() {
    for (ty, there, other) in [
        ("boolean | null", "false", "true"),
        ("boolean | null", "true", "false"),
        ("number | null", "4", "5"),
        ("i32 | null", "7", "9"),
        ("string | null", "\"a\"", "\"b\""),
        ("number[] | null", "[1]", "[2]"),
    ] {
        let source = format!(
            "export function main(): number {{
                const there: {ty} = {there};
                const o: Record<string, {ty}> = {{ a: there, n: null }};
                const x = (o.a ??= {other});
                const y = (o.n ??= there);
                const z = (o.m ||= there);
                return (x === there ? 1 : 0) + (y === there ? 2 : 0) + (z === there ? 4 : 0) + (o.a === there ? 8 : 0); }}"
        );
        assert_eq!(f64_of(&value(&source)), 15.0, "{ty} {there}");
    }
}

#[test]
fn an_object_has_the_keys_that_it_was_given_and_no_others() {
    let source = "export function main(): number {
        const o: Record<string, number> = {};
        let n = \"toString\" in o || \"constructor\" in o ? 100 : 0;
        o[\"__proto__\"] = 4; o[\"toString\"] = 5;
        n += Object.keys(o).length * 10;
        return n + (o[\"__proto__\"] ?? 0) + (o.constructor === undefined ? 1 : 0); }";
    assert_eq!(f64_of(&value(source)), 25.0);
}

#[test]
fn a_type_parameter_is_found_in_the_values_of_an_object() {
    let source = "function total<T>(o: Record<string, T>, f: (x: T) => number): number { let n = 0; for (const x of Object.values(o)) n += f(x); return n; }
        function first<T>(o: { [key: string]: T }, or: T): T { for (const [, x] of Object.entries(o)) return x; return or; }
        export function main(): number {
            const lengths: Record<string, string> = { a: \"abc\", b: \"de\" };
            const counts: { [key: string]: number } = { x: 7 };
            return total(lengths, (x) => x.length) * 100 + total(counts, (x) => x) * 10 + first(counts, 1) + first<string>({}, \"ab\").length; }";
    assert_eq!(f64_of(&value(source)), 579.0);
}

#[test]
fn a_record_of_listed_keys_is_an_object_with_these_properties() {
    let source = "type Mode = \"fast\" | \"slow\";
        const costs: Record<Mode, number> = { fast: 3, slow: 1 };
        function cost(o: { slow: number; fast: number }): number { return o.fast * 10 + o.slow; }
        export function main(): number { costs.slow = 2; return cost(costs); }";
    assert_eq!(f64_of(&value(source)), 32.0);
}

#[test]
fn a_program_may_have_a_record_of_its_own() {
    let source = "interface Record<T> { value: T } export function main(): number { const r: Record<number> = { value: 3 }; return r.value; }";
    assert_eq!(f64_of(&value(source)), 3.0);
    let source =
        "class Record { size = 4; } export function main(): number { return new Record().size; }";
    assert_eq!(f64_of(&value(source)), 4.0);
}

#[test]
fn what_has_no_meaning_is_refused() {
    let mut wrong = Vec::new();
    for (statements, code, help) in [
        ("const n: number = o[\"a\"];", "F0303", "`x ?? other`"),
        ("o.a = undefined;", "F0303", ""),
        ("o.a += 1;", "F0322", "`o.a = (o.a ?? 0) + 1`"),
        ("o.a++;", "F0322", ""),
        ("o.a &&= 1;", "F0203", "if (o[key] !== undefined)"),
        ("o[true] = 1;", "F0318", "`String(x)`"),
        (
            "const q: Record<string, number> = { a: \"x\" };",
            "F0303",
            "",
        ),
        (
            "const q: Record<string, number> = { __proto__: 1 };",
            "F0212",
            "",
        ),
        (
            "const q: Record<string, number> = { get a() { return 1; } };",
            "F0205",
            "",
        ),
        ("const q: Record<string, number> = p;", "F0303", ""),
        ("const q: Record<boolean, number> = {};", "F0203", "`Map`"),
        ("const q: Record<string> = {};", "F0327", "both"),
        (
            "const q: { [key: string]: number; a: number } = { a: 1 };",
            "F0203",
            "object of their own",
        ),
        ("const q = {};  q[\"a\"] = 1;", "F0203", "Record<string, T>"),
        ("delete p.x;", "F0212", "`undefined`"),
        ("let x = 1; delete x;", "F0212", ""),
        ("for (const k in p) { }", "F0215", "Record<string, T>"),
        (
            "for (const k in [1, 2]) { }",
            "F0215",
            "for (const x of list)",
        ),
        ("Object.keys(p);", "F0203", "Record<string, T>"),
        ("Object.assign(o, o);", "F0321", ""),
        ("const list = Object.entries(o);", "F0204", "Object.keys(o)"),
        ("const list = [...Object.entries(o)];", "F0204", ""),
        ("for (const e of Object.entries(o)) { }", "F0215", ""),
        ("for (const x of o) { }", "F0318", ""),
        ("o.size();", "F0322", ""),
        ("const t: Tree = {};", "F0314", "`Map`"),
    ] {
        let source = format!(
            "interface Tree {{ [key: string]: Tree }} export function main(): number {{ const o: Record<string, number> = {{ a: 1 }}; const p = {{ x: 1 }}; {statements} return 1; }}"
        );
        let shown = build(&source, LEVELS[0]).err().unwrap_or_default();
        if !shown.contains(&format!("error[{code}")) || !shown.contains(help) {
            wrong.push(format!(
                "{statements}: {code}
{shown}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}",
        wrong.join(
            "
"
        )
    );
}
