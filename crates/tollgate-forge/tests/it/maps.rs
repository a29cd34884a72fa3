//! Maps and sets: programs that do the same as in Node, what they cost, and what is refused.

use crate::engine::{LEVELS, build, call, f64_of, value};
use crate::node::same_as_in_node;
use wasmi::{Config, Engine, Linker, Module, Store};

#[test]
fn maps_and_sets_are_those_of_node() {
    same_as_in_node(include_str!("../generics/maps.js"));
}

#[test]
fn integers_and_enums_are_keys() {
    let source = "enum Kind { Small, Large } export function main(): number {
        const kinds = new Map<Kind, i64>([[Kind.Small, 7], [Kind.Large, 1]]); const bytes = new Set<u8>([1, 255, 1]);
        const wide = new Set<u64>([0, 18446744073709551615, 0]); const short = new Set<f32>([0.1, 0.5, 0.1]);
        return f64(kinds.get(Kind.Small) ?? i64(0)) * 1000 + bytes.size * 100 + wide.size * 10 + short.size; }";
    assert_eq!(f64_of(&value(source)), 7_222.0);
}

/// The instructions of a call, as the interpreter counts them.
fn fuel(source: &str, n: f64) -> u64 {
    let wasm = build(source, LEVELS[2]).unwrap_or_else(|shown| panic!("{shown}"));
    let mut config = Config::default();
    config.consume_fuel(true);
    let engine = Engine::new(&config);
    let module = Module::new(&engine, &wasm).expect("a valid module");
    let mut store = Store::new(&engine, ());
    store.set_fuel(1 << 50).expect("fuel is counted");
    let instance = Linker::new(&engine)
        .instantiate_and_start(&mut store, &module)
        .expect("an instance");
    let main = instance
        .get_typed_func::<f64, f64>(&store, "main")
        .expect("the export");
    main.call(&mut store, n).expect("no trap");
    (1 << 50) - store.get_fuel().expect("fuel is counted")
}

#[test]
fn entries_cost_the_same_however_many_there_are() {
    for body in [
        "const m = new Map<number, number>(); for (let i = 0; i < n; i++) m.set(i * 64, i); let s = 0; for (const [k, v] of m) s += k + v; return s;",
        "const q: number[] = []; for (let i = 0; i < n; i++) q.push(i); let s = 0; while (q.length > 1) { s += q.shift()!; if (s % 3 === 0) q.push(s); q.shift(); } return s;",
        "const q: u8[] = []; for (let i = 0; i < n; i++) q.push(1); for (let i = 0; i < n * 4; i++) { q.push(q.shift()!); if (i % 8 === 0) { q.shift(); q.unshift(2); } } return q.length;",
        "const o: Record<string, number> = {}; for (let i = 0; i < n; i++) { o[`k${i}`] = i; if (i > 9) delete o[`k${i - 9}`]; } return o[\"k5\"] ?? 0;",
        "const m = new Map<string, number>(); for (let i = 0; i < n; i++) m.set(`${i}`, i); return m.get(\"5\") ?? 0;",
        "const s = new Set<number>(); for (let i = 0; i < n; i++) { s.add(i); if (i > 9) s.delete(i - 9); } return s.size;",
        "const s = new Set<number>(); for (let i = 0; i < n; i++) s.add(i); let t = 0; while (s.size > 0) for (const x of s) { s.delete(x); t += x; break; } return t;",
        "const m = new Map<number, number>(); for (let i = 0; i < n; i++) m.set(i, i); for (let i = 0; i < n; i++) { for (const k of m.keys()) { m.delete(k); break; } m.set(n + i, i); } return m.size;",
        "const s = new Set<number>(); for (let i = 0; i < n; i++) s.add(i); s.clear(); for (let i = 0; i < n; i++) s.add(i); for (let i = 9; i < n; i++) s.delete(i); for (let i = 0; i < n; i++) { s.add(n); s.delete(n); } return s.size;",
        "const s = new Set([0]); let i = 0; for (const x of s) { s.delete(x); if (i++ < n) s.add(x + 1); } return i;",
    ] {
        let source = format!("export function main(n: number): number {{ {body} }}");
        let (few, many) = (fuel(&source, 2_000.0), fuel(&source, 16_000.0));
        assert!(many < few * 12, "{body}: {few} and {many}");
    }
}

#[test]
fn a_queue_takes_no_more_memory_than_its_elements() {
    let source = "export function main(n: number): number { const q = [1, 2, 3, 4, 5]; for (let i = 0; i < n; i++) { q.push(i); q.shift(); q.unshift(0); q.shift(); } return q.length; }";
    let wasm = build(source, LEVELS[2]).unwrap_or_else(|shown| panic!("{shown}"));
    let engine = Engine::default();
    let module = Module::new(&engine, &wasm).expect("a valid module");
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine)
        .instantiate_and_start(&mut store, &module)
        .expect("an instance");
    let main = instance
        .get_typed_func::<f64, f64>(&store, "main")
        .expect("the export");
    assert_eq!(main.call(&mut store, 300_000.0).expect("no trap"), 5.0);
    let memory = instance.get_memory(&store, "memory");
    assert!(memory.is_none_or(|memory| memory.size(&store) <= 2));
}

#[test]
fn a_map_that_outgrows_the_memory_ends_the_program() {
    let source = "export function main(): number { const m = new Map<number, number>(); for (let i = 0; ; i++) m.set(i, i); }";
    let wasm = build(source, LEVELS[2]).unwrap_or_else(|shown| panic!("{shown}"));
    let engine = Engine::default();
    let module = Module::new(&engine, &wasm).expect("a valid module");
    let limits = wasmi::StoreLimitsBuilder::new()
        .memory_size(16 << 20)
        .build();
    let mut store = Store::new(&engine, limits);
    store.limiter(|limits| limits);
    let instance = Linker::new(&engine)
        .instantiate_and_start(&mut store, &module)
        .expect("an instance");
    let main = instance
        .get_typed_func::<(), f64>(&store, "main")
        .expect("the export");
    let trap = main.call(&mut store, ()).expect_err("there is no room");
    assert!(trap.to_string().contains("unreachable"), "{trap}");
}

/// The whole text of what is wrong, which has this code and no other.
fn refused(code: &str, statements: &str) -> String {
    let source = format!("export function main(): number {{ {statements} }}");
    let shown = build(&source, LEVELS[0]).expect_err(&source);
    let mut errors = shown.lines().filter(|line| line.starts_with("error["));
    let expected = format!("error[{code}]");
    assert!(
        errors.all(|error| error.starts_with(&expected)),
        "{source}\n{shown}"
    );
    // What is wrong has a place in the program itself.
    assert!(shown.contains("example.ts:1:"), "{shown}");
    shown
}

#[test]
fn what_is_no_map_is_refused() {
    refused(
        "F0203",
        "const m = new Map<string, number>([\"a\"]); return 1;",
    );
    refused(
        "F0203",
        "const l = [1]; const m = new Map<string, number>(l); return 1;",
    );
    refused("F0315", "const m = new Map<string, void>(); return 1;");
    refused(
        "F0204",
        "const m: Map<number[][][][][][][][][][][][][][][][], number> = new Map(); return m.size;",
    );
    refused(
        "F0309",
        "const m = new Map([[1, 2]]); m.size = 3; return 1;",
    );
    refused(
        "F0318",
        "const m = new Map([[1, 2]]); return `${m}`.length;",
    );
    refused(
        "F0303",
        "const m: Map<string, number> = new Map<string, string>(); return 1;",
    );
    refused("F0327", "const s = new Set<number, string>(); return 1;");
    refused("F0301", "return hashOf(1);");
    refused("F0301", "const t = new Table<number, number>(4); return 1;");
    let shown = refused("F0321", "const m = new Map([[1, 2]]); return m.find(1);");
    assert!(!shown.contains('#'), "{shown}");
}

#[test]
fn a_class_of_the_program_comes_first() {
    let source = "class Map { x = 4; } class Set<T> { constructor(public x: T) { } } export function main(): number { return new Map().x + new Set(5).x; }";
    assert_eq!(f64_of(&value(source)), 9.0);
    let wasm = build(source, LEVELS[0]).unwrap_or_else(|shown| panic!("{shown}"));
    assert!(call(&wasm, "main", &[]).is_ok());
}
