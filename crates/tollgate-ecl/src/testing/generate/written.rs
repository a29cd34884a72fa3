//! Random programs that are written and compiled: for forms of the language that the checker writes out in place, such as
//! equality of records, and that no node of the [`ir`](crate::ir) stands for.

use crate::check;
use crate::ir::Program;
use crate::syntax::bundle::Bundle;

use super::random::Random;

/// Types with few values, so that two of them are often equal.
const TYPES: [&str; 11] = [
    "bool",
    "Kind",
    "Kind?",
    "bool?",
    "int?",
    "number",
    "string<200>?",
    "money<EUR>",
    "did",
    "ip",
    "cidr?",
];

/// Conditions over the input of [`source`].
const CONDITIONS: [&str; 111] = [
    "a == b",
    "a != b",
    "a in rs",
    "b not in rs",
    "o == p",
    "o != p",
    "o in os",
    "a.f0 == b.f0",
    "a.inner == b.inner",
    "oa == ob",
    "oa == a",
    "any x in rs: x == b AND x.inner == a.inner",
    "(all x in rs: x in rs)",
    "(if o == p then a else b) in rs",
    "is_subset(ts, us)",
    "overlaps(ts, us)",
    "is_subset(filter x in rs: x == a, rs)",
    "len(intersection(ts, us)) > 0",
    "len(difference(us, ts)) == len(us)",
    "is_subset(difference(ts, us), ts)",
    "m[\"a\"] == n[\"a\"]",
    "m.ab == 1",
    "m[s] == n[t]",
    "s in m",
    "t not in n",
    "(m[s] else 7) > (n[t] else 7)",
    "is_subset(m, n)",
    "overlaps(n, m)",
    "s in keys(m) OR t in keys(n)",
    "(max v in values(m): v) == (max e in n: e.value)",
    "len(filter e in m: e.value > 0) > (count e in m: e.key == s)",
    "(filter e in m: e.key in n)[s] == m[s]",
    "len(difference(m, n)) == len(m)",
    "(first e in m: e.value == 1)?.key == s",
    "(if o == p then m else n)[\"a\"] == none",
    "by_kind[o?] == a",
    "by_kind.One == by_kind[Kind.Two]",
    "(all k in keys(by_kind): (by_kind[k] else a) in rs)",
    "deep[s]?.ab == m.ab",
    "fixed[s] == 1",
    "ts == us",
    "ts != us",
    "ts ++ us == us ++ ts",
    "rs == [a, b] ++ rs",
    "os == []",
    "(filter x in rs: x == a) == (filter x in rs: x == b)",
    "m == n",
    "deep == { a: {}, ab: { a: 1 } }",
    "len(ts ++ us) == len(ts) + len(us)",
    "s in ts ++ us ++ [t]",
    "ts in [us, ts ++ [], [s]]",
    "[s, t] == ts",
    "values(m) != values(n)",
    "(if o == p then ts else us) == ts",
    "any x in rs ++ [a, b]: [x] == [a]",
    "is_subset([ts], [us, [s]])",
    "m[\"a\"] != none AND m[\"a\"] > 1",
    "by_kind.One == none OR by_kind.One == a",
    "ip in net",
    "ip in nets",
    "net in nets",
    "net in wide",
    "net != wide",
    "net in [wide, net]",
    "wide in [\"10.0.0.0/8\", \"::/0\"]",
    "ip in [\"10.0.0.0/8\", \"fe80::/10\", \"::8000:0:0/81\"]",
    "ip in \"0.0.0.0/0\"",
    "ip in \"::/0\" OR is_ipv4(ip)",
    "ip in hosts OR is_private(ip)",
    "\"10.0.0.1\" <= ip <= \"10.255.255.255\"",
    "is_subset(hosts, nets)",
    "overlaps(net, wide) == overlaps(wide, net)",
    "overlaps(nets, [wide])",
    "overlaps(net, nets)",
    "overlaps(net, [\"10.0.0.0/8\", \"::/0\"])",
    "overlaps(\"10.0.0.0/8\", nets) OR overlaps([\"10.0.0.0/8\", \"::/0\"], nets)",
    "overlaps(nets, (if o == p then [\"10.0.0.0/8\"] else []))",
    "overlaps(net, (if o == p then \"10.0.0.0/8\" else wide))",
    "(if o == p then \"10.0.0.1\" else \"fe80::1\") in nets",
    "contains(nets, \"10.0.0.1\") AND contains([\"10.0.0.0/8\", \"fe80::/10\"], ip)",
    "is_subset(hosts, [\"10.0.0.0/8\", \"::/0\"])",
    "any n in maybe: n != none AND ip in n",
    "any n in maybe: n != none AND overlaps(net, n)",
    "any n in nets: n.first == ip OR n.last == ip OR n.prefix > 80",
    "(first n in nets: ip in n) == net",
    "contains(wide, ip) AND NOT is_multicast(net)",
    "to_int(s) == i OR to_int(t) == m[t]",
    "(to_decimal(s) else 0.0) <= (to_quantity(t) else 1.0)",
    "to_quantity(s) != none AND to_quantity(s) == to_decimal(t)",
    "to_duration(s) == to_duration(t)",
    "(to_duration(s) else 1h) < 90min",
    "any x in ts: to_quantity(x) == none OR to_quantity(x)? > to_quantity(\"1.5Gi\")?",
    "chars(s) < len(s) OR chars(t) == chars(\"µs\")",
    "lower(s) == \"ab\" OR upper(t) != \"ABC\"",
    "trim(s) in ts",
    "lower(s) == lower(t)",
    "any x in ts: lower(trim(x)) == s",
    "is_subset(map x in ts: upper(x), map x in us: upper(x))",
    "m[lower(s)] == n[trim(t)]",
    "(map x in ts: lower(x)) == us",
    "split(s, \"b\", 3) == split(t, \"b\", 3)",
    "\"a\" in split(s, \" \", 5) OR s in split(t, \"ab\", 2)",
    "is_subset(split(lower(s), \"e t\", 4), ts)",
    "any x in ts: (count p in split(x, \"a\", 8): p == \"\") > 1",
    "(first p in split(s, \"\\t\", 1): true) != s",
    "len(difference(ts, map x in us: trim(x))) == 0 AND contains(lower(s), \"b\")",
    // A look-up that gives something else for a key that is not there says nothing of the others.
    "(match (first e in m: e.key == \"a\") { x if x != none => x.value, _ => i }) != none AND m[\"a\"]? > 1",
    "(match (first e in m: e.key == \"a\") { x if x != none => x.value, _ => i }) == none OR (match (first e in m: e.key == \"a\") { x if x != none => x.value, _ => j })? > 1",
    "(match (first e in m: e.key == \"a\") { x if x != none => x.value, _ => fixed.ab }) != none AND m[\"a\"]? > 1",
    "(match (first x in ns: x.name == \"a\") { x if x != none => x.v, _ => i }) != none AND (match (first x in ns: x.name == \"a\") { x if x != none => x.v, _ => j })? > 1",
    "(match (first x in ns: x.name == \"a\") { x if x != none => x.v, _ => i }) != none AND (first x in ns: x.name == \"a\")?.v? > 1",
];

/// A random program, of text.
///
/// # Panics
/// When it does not compile: a mistake here or in the checker.
#[must_use]
pub(super) fn program(random: &mut Random) -> Program {
    let source = source(random);
    let compiled = check::compile(&Bundle::single("random.ecl", source.clone()));
    match compiled.programs.into_iter().next() {
        Some(program) => program,
        None => panic!("{source}\n{:?}", compiled.diagnostics),
    }
}

fn source(random: &mut Random) -> String {
    let mut fields = |count: u64| {
        let fields = (0..count).map(|number| format!("f{number}: {}", random.pick(&TYPES)));
        fields.collect::<Vec<_>>().join(", ")
    };
    let (inner, outer) = (fields(2), fields(3));
    let groups = [("deny", "any"), ("allow", "all"), ("escalate", "any")].map(|(verb, combine)| {
        let rules = (0..random.between(1, 3)).map(|n| format!("{verb}_{n}: {}", condition(random)));
        let rules: Vec<String> = rules.collect();
        format!("{verb} {combine} {{ {} }}", rules.join(", "))
    });
    format!(
        "enum Kind {{ One, Two }}\n\
         record Inner {{ {inner} }}\n\
         record R {{ {outer}, inner: Inner }}\n\
         record Named {{ name: string<200>, v: int? }}\n\
         policy \"written\" {{\n  gas_limit: 100000\n  version: \"{:x}\"\n\
         input {{ a: R, b: R, oa: R?, ob: R?, o: Kind?, p: Kind?, rs: list<R, 4>, os: list<Kind?, 4>, \
         m: map<string<200>, int, 4>, n: map<string<200>, int, 5>, s: string<200>, t: string<200>, \
         by_kind: map<Kind, R, 2>, deep: map<string<200>, map<string<200>, int, 3>, 3>, \
         ts: list<string<200>, 5>, us: list<string<200>, 5>, ns: list<Named, 4>, i: int?, j: int?, \
         ip: ip, net: cidr, wide: cidr, nets: list<cidr, 4>, hosts: list<ip, 4>, maybe: list<cidr?, 4> }}\n\
         let fixed: map<string<8>, int, 3> = {{ ab: 1, \"a\": 2, abc: 1 }}\n{}\n}}",
        random.next(),
        groups.join("\n")
    )
}

fn condition(random: &mut Random) -> String {
    let one = *random.pick(&CONDITIONS);
    match random.below(4) {
        0 => format!("NOT ({one})"),
        1 => format!("({one}) AND ({})", random.pick(&CONDITIONS)),
        2 => format!("({one}) OR ({})", random.pick(&CONDITIONS)),
        _ => one.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_condition_compiles() {
        for condition in CONDITIONS {
            let mut random = Random::new(7);
            let source = source(&mut random);
            let start = source.find("deny any {").unwrap_or(0);
            let source = format!("{}deny {{ r: {condition} }} }}", &source[..start]);
            let compiled = check::compile(&Bundle::single("p.ecl", source));
            assert!(
                !compiled.has_errors(),
                "{condition}: {:?}",
                compiled.diagnostics
            );
        }
    }
}
