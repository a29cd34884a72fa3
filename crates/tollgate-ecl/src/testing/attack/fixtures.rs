//! Texts that ask for most work of what tests are written out from: fixtures in fixtures, tables, changes, places.

use super::bombs::{Bomb, accepting, bomb, each};

/// A policy that takes any fields, and what stands behind it.
fn tested(given: &str) -> String {
    let policy = accepting("a: int, ..", "a > 1");
    format!("{policy}{given}")
}

/// A table whose cases change another field each.
fn table(input: &str, count: usize) -> String {
    let cases = each(count, |i| format!("{{ a: {i}, z{i}: 1 }} => accept\n"));
    format!("test \"t\" {{\n input {input}\n cases {{\n{cases}}}\n}}\n")
}

pub(super) const ALL: &[Bomb] = &[
    bomb("fixtures that double", |n| {
        let chain = each(n, |i| {
            format!("fixture f{} {{ a: f{i}, b: f{i} }}\n", i + 1)
        });
        let test = format!("test \"t\" {{ input {{ a: 1, b: f{n} }} expect accept }}\n");
        tested(&format!("fixture f0 = 1\n{chain}{test}"))
    }),
    bomb("fixtures, each a change of the one before", |n| {
        let chain = each(n, |i| {
            format!("fixture f{} = f{i} with {{ b{i}: 1 }}\n", i + 1)
        });
        let test = format!("test \"t\" {{ input f{n} expect accept }}\n");
        tested(&format!("fixture f0 {{ a: 1 }}\n{chain}{test}"))
    }),
    bomb("tests of fixtures that nobody declared", |n| {
        let fixtures = each(n, |i| format!("fixture f{i} {{ a: 2 }}\n"));
        let tests = each(n, |i| {
            format!("test \"{i}\" {{ input g{i} with {{ a: 3 }} expect accept }}\n")
        });
        tested(&(fixtures + &tests))
    }),
    bomb("a table of a large fixture", |n| {
        let fields = each(n * 20, |i| format!("f{i}: 1, "));
        let table = table("large", n.min(1_000));
        tested(&format!("fixture large {{ {fields} a: 1 }}\n{table}"))
    }),
    bomb("cases", |n| tested(&table("{ a: 1 }", n))),
    bomb("changes of one fixture", |n| {
        let changes = each(n, |i| format!("z{i}: 1, "));
        tested(&format!(
            "fixture f {{ a: 1 }}\ntest \"t\" {{ input f with {{ {changes} a: 3 }} expect accept }}\n"
        ))
    }),
    bomb("a place far inside", |n| {
        let place = ".c".repeat(n);
        tested(&format!(
            "test \"t\" {{ input {{ a: 1 }} cases {{ {{ b{place}: 1 }} => accept }} }}\n"
        ))
    }),
    bomb("`let`s of a test", |n| {
        let lets = each(n, |i| format!("let x{} = [x{i}, x{i}]\n", i + 1));
        tested(&format!(
            "test \"t\" {{\nlet x0 = 1\n{lets} input {{ a: 1, b: x{n} }} expect accept }}\n"
        ))
    }),
    bomb("what is expected", |n| {
        let expected = each(n, |i| format!("expect effect emit(\"e{i}\", {i})\n"));
        tested(&format!(
            "test \"t\" {{ input {{ a: 3 }}\n{expected} expect accept }}\n"
        ))
    }),
];
