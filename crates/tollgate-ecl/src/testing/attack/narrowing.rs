//! Texts that ask for most work of what conditions say about options: many options, many arms, matches inside each other,
//! long chains of AND and OR, and the statements that stand behind all of them.

use super::bombs::{Bomb, accepting, bomb, each, guard, policy, rules};

/// The same part so many times, in a tree of brackets that is as low as it can be.
fn balanced(count: usize, part: &str, between: &str) -> String {
    if count <= 1 {
        return part.to_owned();
    }
    let half = |count| balanced(count, part, between);
    let (left, right) = (half(count / 2), half(count - count / 2));
    format!("({left}{between}{right})")
}

/// Levels of options of records inside each other: less than a type may have.
const DEPTH: usize = 14;

/// Records whose only field is an option of the next one, and the path through all of them, which ends at an `int?`.
fn deep() -> (String, String) {
    let chain = each(DEPTH, |i| {
        format!("record R{i} {{ a: R{}?, b: R{}? }}\n", i + 1, i + 1)
    });
    let records = format!("{chain}record R{DEPTH} {{ a: int?, b: int? }}\n");
    (records, "x".to_owned() + &".a".repeat(DEPTH + 1))
}

/// The condition that every option on the way to `path` has a value.
fn has_values(path: &str) -> String {
    let ends = path.match_indices('.').map(|(at, _)| at);
    let tests = ends.chain([path.len()]).filter_map(|at| path.get(..at));
    let tests: Vec<String> = tests.map(|part| format!("{part} != none")).collect();
    tests.join(" AND ")
}

/// So many matches inside each other, each in the arm `arm` of the one around it.
fn nested(depth: usize, test: &str, arm: usize) -> String {
    let mut made = "0".to_owned();
    for _ in 0..depth {
        made = if arm == 0 {
            format!("match y {{ _ if {test} => {made}, _ => 0 }}")
        } else {
            format!("match y {{ _ if {test} => 0, _ => {made} }}")
        };
    }
    made
}

/// Every shape.
pub(super) const ALL: &[Bomb] = &[
    bomb("options that the arms of a match know of", |n| {
        let tests = balanced(n, "x==none", " OR ");
        let arms = each(150, |i| format!("_ if y == {i} => {i}\n"));
        let value = format!("match y {{ _ if {tests} => 1\n {arms} _ => 0 }}");
        accepting("x: int?, y: int", &format!("({value}) > 3"))
    }),
    bomb("options that the arms of a guard's match know of", |n| {
        let tests = balanced(n, "x==none", " OR ");
        let arms = each(100, |i| format!("_ if a == {i} => assert(b)\n"));
        guard(&format!(
            "match a {{ _ if {tests} => assert(b)\n {arms} _ => assert(a > 1) }}"
        ))
        .replace("a: int,", "a: int, x: int?,")
    }),
    bomb("options that are known to have values", |n| {
        let known = each(n.min(190), |i| format!("x{} != none AND ", i % 8));
        let input = each(8, |i| format!("x{i}: int? "));
        rules(&input, n / 190 + 1, |i| format!("{known} x0 > {i}"))
    }),
    bomb("options that every arm knows more of", |n| {
        let tests = balanced(n / 150 + 1, "x==none", " OR ");
        let arms = each(150, |_| format!("_ if {tests} => 1\n"));
        let value = format!("match y {{ {arms} _ => 0 }}");
        accepting("x: int?, y: int", &format!("({value}) > 3"))
    }),
    bomb("options of matches inside each other", |n| {
        let tests = balanced(n / 50 + 1, "x!=none", " AND ");
        let value = nested(50, &tests, 0);
        accepting("x: int?, y: int", &format!("({value}) > 3"))
    }),
    bomb("options of matches behind each other", |n| {
        let tests = balanced(n / 50 + 1, "x==none", " OR ");
        let value = nested(50, &tests, 1);
        accepting("x: int?, y: int", &format!("({value}) > 3"))
    }),
    bomb("options with long paths, read often", |n| {
        let (records, path) = deep();
        let known = has_values(path.strip_suffix(".a").unwrap_or(&path));
        // What is read is none of what is known, but begins like all of it.
        let other = path.trim_end_matches('a').to_owned() + "b";
        let tests = balanced(n / 2, &format!("{other} != none"), " AND ");
        let reads = balanced(n / 2, &format!("{path}?"), " + ");
        let value = format!("if ({known}) AND {tests} then {reads} else 0");
        records + &accepting("x: R0?", &format!("({value}) > 3"))
    }),
    bomb("many options, read often", |n| {
        let count = (n / 2).clamp(1, 1_000);
        let input = each(count, |i| format!("x{i}: int? "));
        let known: Vec<String> = (0..count).map(|i| format!("x{i} != none")).collect();
        let known = all_of(&known);
        let reads = balanced(n.saturating_sub(count).max(1), "x0?", " + ");
        accepting(&input, &format!("(if {known} then {reads} else 0) > 3"))
    }),
    bomb("options of `if`s inside each other", |n| {
        let tests = balanced(n / 60 + 1, "x != none", " AND ");
        let open = format!("if {tests} then ").repeat(60);
        let close = " else 0".repeat(60);
        accepting("x: int?", &format!("({open}x{close}) > 3"))
    }),
    bomb("options behind statements that return", |n| {
        let tests = balanced(n / 12 + 1, "x == none", " OR ");
        let statement = format!("if {tests} {{ if b {{ return {{ valid: false }} }} }}\n");
        guard(&statement.repeat(12)).replace("a: int,", "a: int, x: int?,")
    }),
    bomb("options behind statements that reject", |n| {
        let tests = balanced(n / 100 + 1, "x == none", " OR ");
        let statement = format!("if {tests} {{ reject(\"no\") }}\n");
        guard(&statement.repeat(100)).replace("a: int,", "a: int, x: int?,")
    }),
    bomb("options that asserts demand", |n| {
        let tests = balanced(n / 100 + 1, "x != none", " AND ");
        guard(&format!("assert({tests})\n").repeat(100)).replace("a: int,", "a: int, x: int?,")
    }),
    bomb("options as alternatives of arms", |n| {
        let arms = each(n / 100 + 1, |i| {
            let numbers = (0..100).map(|k| (i * 100 + k).to_string());
            format!("{} => {i}\n", numbers.collect::<Vec<_>>().join(" | "))
        });
        let value = format!("match x {{ none => 0\n {arms} _ => 0 }}");
        accepting("x: int?", &format!("({value}) > 3"))
    }),
    bomb("options of the elements of lists", |n| {
        let tests = balanced(n / 20 + 1, "i.a != none", " AND ");
        let records = "record R { a: int? }\n";
        let rules = rules("l: list<R, 4>", 20, |_| {
            format!("any i in l: {tests} AND i.a > 1")
        });
        records.to_owned() + &rules
    }),
    bomb("options in messages", |n| {
        let tests = balanced(n / 20 + 1, "x != none", " AND ");
        let values = "{x}".repeat(16);
        let rules = each(20, |i| format!("r{i}: {tests}, \"{values}\"\n"));
        policy("x: int?", &format!("deny {{ {rules} }}"))
    }),
    bomb("options of a function in many policies", |n| {
        let tests = balanced(n / 2, "x==none", " OR ");
        let policies = each(n / 20 + 1, |i| {
            format!("policy \"p{i}\" {{ input {{ x: int? }} accept {{ a: f(x) }} }}\n")
        });
        format!("fn f(x: int?) -> bool {{ if {tests} then false else x > 1 }}\n{policies}")
    }),
];

/// All of some conditions, in a tree of brackets that is as low as it can be.
fn all_of(conditions: &[String]) -> String {
    match conditions {
        [] => "true".to_owned(),
        [only] => only.clone(),
        several => {
            let (left, right) = several.split_at(several.len() / 2);
            format!("({} AND {})", all_of(left), all_of(right))
        }
    }
}
