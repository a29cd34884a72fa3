//! What random programs do with JSON: each has a type of objects of its own, makes such objects with their properties in an order that comes by
//! chance, gives them more, spreads them, and tells what JSON they are.
//!
//! Both languages have the same text. What stands between [`OPEN`] and [`CLOSE`] is for TypeScript alone.

use super::random::Random;
use super::unions::{CLOSE, OPEN};

/// Properties that objects may have, with their types, and what they are made of.
const POOL: [(&str, &str, &[&str]); 14] = [
    ("a", "number", &["n", "-n", "n / 7", "n / 3"]),
    (
        "z",
        "string",
        &[
            "t",
            "t + \"\\ud83d\"",
            "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u007f\\u2028\\udc00\\ud800\" + t",
        ],
    ),
    ("mm", "boolean | null", &["b", "b ? null : b"]),
    ("\"10\"", "number", &["n"]),
    ("\"9\"", "string", &["t"]),
    ("\"01\"", "boolean", &["b"]),
    ("\"é \\\"\"", "number", &["n"]),
    ("l", "number[]", &["[]", "[n, -n, n / 9]"]),
    (
        "o",
        "{ y: number; x: string }",
        &["{ x: t, y: n }", "{ y: n, x: t }"],
    ),
    (
        "v",
        "string | number | boolean | null",
        &["t", "n", "b", "null"],
    ),
    ("k", "\"p\" | \"q\" | 7", &["b ? \"p\" : \"q\"", "7"]),
    ("u", "number | undefined", &["b ? n : undefined"]),
    ("w", "(string | null)[][]", &["[]", "[[], [t], [t, null]]"]),
    (
        "next",
        "J | null",
        &["null", "more > 0 ? one(n / 2, t, !b, more - 1) : null"],
    ),
];
/// What may stand behind the value. Of numbers between 0 and 1 Node makes lines without spaces, where the specification has none.
const SPACES: [&str; 7] = [
    "",
    ", null",
    ", null, 2",
    ", undefined, \"--\"",
    ", null, Math.trunc(n)",
    ", null, t",
    ", null, \" \\n0123456789\"",
];

/// A property of the type.
#[derive(Clone, Copy)]
struct Property {
    name: &'static str,
    ty: &'static str,
    made: &'static [&'static str],
    optional: bool,
}

/// What reads JSON, where there are exceptions: objects of finite numbers come back as they were, and texts with something in them that may not belong there are JSON or not.
pub(super) const READ: &str = "\
function again(n‹: number›, t‹: string›, b‹: boolean›)‹: string› { const text = JSON.stringify(one(n - n === 0 ? n : 4, t, b, 2), null, t.length); const o‹: J› = JSON.parse(text); return JSON.stringify([o, JSON.parse(JSON.stringify(o))‹ as J›]); }
function spoilt(n‹: number›, t‹: string›, b‹: boolean›)‹: string› { const some‹: V[]› = [t, n, b, null, `${n}`, -n]; const text = JSON.stringify(some); const pieces = [\"\", \" \", \",\", \"]\", \"-\", \"1\", \"0\", \".\", \"e\", \"\\\"\", \"\\\\\", \"\\\\u0041\", \"null\", \"\\n\", \"\\u00a0\", t]; let out = \"\";
for (let at = 0; at < text.length && at < 40; at++) { const piece = pieces[(at * 7 + text.length) % pieces.length]; const cut = at % 3 === 0 ? 1 : 0;
try { const list = JSON.parse(text.slice(0, at) + piece + text.slice(at + cut))‹ as V[]›; out += JSON.stringify(list); } catch (e) { out += e.name === \"SyntaxError\" ? \"-\" : \"?\"; } } return out; }
";

/// The declarations of a program.
pub(super) fn declarations(random: &mut Random) -> String {
    let mut properties: Vec<Property> = Vec::new();
    for (name, ty, made) in POOL {
        if random.one_in(2) || properties.is_empty() {
            let optional = ty.contains("undefined") || random.one_in(3);
            properties.push(Property {
                name,
                ty,
                made,
                optional,
            });
        }
    }
    let types: Vec<String> = properties
        .iter()
        .map(|property| {
            let mark = if property.optional { "?" } else { "" };
            format!("{}{mark}: {}", property.name, property.ty)
        })
        .collect();
    let first = object(&properties, random);
    let second = object(&properties, random);
    let mut later = String::new();
    for _ in 0..random.below(4) {
        let plain = |property: &&Property| !property.name.starts_with('"');
        let optional: Vec<&Property> = properties.iter().filter(plain).collect();
        if let Some(property) = random.pick(&optional) {
            let value = random.pick(property.made).copied().unwrap_or("n");
            let condition = random.pick(&["b", "!b", "n > 1"]).copied().unwrap_or("b");
            later.push_str(&format!("if ({condition}) o.{} = {value}; ", property.name));
        }
    }
    let spread = random.pick(&[
        "{ ...o, extra: n }",
        "{ extra: t, ...o }",
        "{ ...o, ...{ extra: b, p: t } }",
        "{ extra: n, ...one(1, \"u\", !b, 0), ...o }",
    ]);
    let spread = spread.copied().unwrap_or("{ ...o }");
    let [one, two, three] = [0; 3].map(|_| random.pick(&SPACES).copied().unwrap_or(""));
    format!(
        "{OPEN}interface J {{ {} }}{CLOSE}\n\
        function one(n{OPEN}: number{CLOSE}, t{OPEN}: string{CLOSE}, b{OPEN}: boolean{CLOSE}, more{OPEN}: number{CLOSE}){OPEN}: J{CLOSE} {{ \
        const o{OPEN}: J{CLOSE} = b ? {first} : {second}; {later}return o; }}\n\
        function written(n{OPEN}: number{CLOSE}, t{OPEN}: string{CLOSE}, b{OPEN}: boolean{CLOSE}){OPEN}: string{CLOSE} {{ \
        const o = one(n, t, b, 2); const p = {spread}; const {{ extra, ...rest }} = p; const list{OPEN}: (J | null)[]{CLOSE} = [o, null, one(1, \"\", !b, 0)]; \
        return JSON.stringify(p{one}) + JSON.stringify(rest{two}) + JSON.stringify(list{three}); }}\n\
        function plain(n{OPEN}: number{CLOSE}, t{OPEN}: string{CLOSE}, b{OPEN}: boolean{CLOSE}){OPEN}: string{CLOSE} {{ \
        return JSON.stringify(n) + JSON.stringify(t) + JSON.stringify(b, null, 3) + JSON.stringify([t, t + t], null, Math.floor(n)) + JSON.stringify([[n], [n, n]]) + JSON.stringify({{ e: null, l: [n, t, null, {{ b, e: undefined }}, b, [n], {{ t, l: []{OPEN} as number[]{CLOSE} }}], o: {{ x: [null, null], u: undefined, t }} }}, null, b ? 1 : 0); }}\n",
        types.join("; "),
    )
}

/// An object of the type, with its properties in an order that comes by chance; some that may be left out are.
fn object(properties: &[Property], random: &mut Random) -> String {
    let mut parts = Vec::new();
    for property in properties {
        if property.optional && random.one_in(2) {
            continue;
        }
        let value = random.pick(property.made).copied().unwrap_or("n");
        let value = format!("{}: {value}", property.name);
        parts.insert(random.below(parts.len() + 1), value);
    }
    format!("{{ {} }}", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::super::generate::program;
    use super::super::print::typescript;

    #[test]
    fn programs_write_json_of_objects_of_every_kind() {
        let texts: Vec<String> = (0..400).map(|seed| typescript(&program(seed))).collect();
        for piece in [
            "interface J { a?: number",
            "{ extra: t, ...o }",
            "o.next = ",
            "\"10\": n, \"9\": t",
            ", null, Math.trunc(n))",
            "written(",
            "plain(",
            "again(",
            "spoilt(",
            "JSON.stringify(built(",
        ] {
            assert!(texts.iter().any(|text| text.contains(piece)), "{piece}");
        }
        let without = texts.iter().filter(|text| !text.contains("JSON"));
        assert!(without.count() > 50, "few programs have no JSON");
    }
}
