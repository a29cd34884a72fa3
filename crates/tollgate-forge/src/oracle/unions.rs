//! What random programs do with literal types and unions: each has a union of its own, makes values of it, and looks at them in ways that
//! come by chance: with `switch`, `===`, `!==`, `in`, `typeof` and truth.
//!
//! Both languages have the same text. What stands between [`OPEN`] and [`CLOSE`] is for TypeScript alone.

use std::fmt::Write as _;

use super::maker::Maker;
use super::printer::Printer;
use super::random::Random;
use super::tree::{Expr, Ty};

pub(super) const OPEN: char = '‹';
pub(super) const CLOSE: char = '›';

/// Properties that alternatives may have, with their types, and what they are made of.
const POOL: [(&str, &str, &str); 6] = [
    ("a", "number", "n"),
    ("b", "string", "t"),
    ("c", "boolean", "b"),
    ("m", "string | number", "b ? t : n"),
    ("o", "number | null", "b ? null : n"),
    (
        "next",
        "U | null",
        "more > 0 ? built(n / 2 + 1, t + \"x\", !b, more - 1) : null",
    ),
];

/// What does not differ from program to program.
const FIXED: &str = "\
‹type M = \"m0\" | \"m1\" | \"m2\";
type V = string | number | boolean | null;›
function step(m‹: M›, n‹: number›)‹: M› { switch (m) { case \"m0\": return n > 3 ? \"m2\" : \"m1\"; case \"m1\": return \"m2\"; case \"m2\": if (n < 2) return m; } return \"m0\"; }
function steps(n‹: number›)‹: string› { let m‹: M› = \"m0\"; let out = \"\"; for (let i = 0; i < 5; i++) { m = step(m, (n % 7) + i); out += m === \"m1\" || m === \"m2\" ? m.charAt(1) : \"-\"; } return out; }
function mixed(v‹: V›)‹: string› { if (typeof v === \"number\") return `${v > 1 ? v * 2 : v}`; if (v === null) return \"null\"; if (v === \"\" || v === false) return `empty ${v}`; if (typeof v !== \"string\") return v ? \"yes\" : \"no\"; return v.length > 2 ? v.slice(1) : v; }
function mixes(list‹: V[]›)‹: string› { let out = \"\"; for (const v of list) { out += `${mixed(v)},${v ? 1 : 0}${v === list[0]}${typeof v}${v},`; } return out; }
function ends(n‹: number›)‹: never› { return ends(n); }
";

/// An alternative of the union.
struct Alternative {
    /// The literal that says which it is.
    tag: String,
    /// Places in the pool.
    fields: Vec<usize>,
}

/// The declarations of a program.
pub(super) fn declarations(random: &mut Random) -> String {
    let kind = random.below(5);
    let count = if kind == 0 { 2 } else { 2 + random.below(4) };
    let alternatives: Vec<Alternative> = (0..count)
        .map(|at| Alternative {
            tag: match kind {
                0 => (at == 0).to_string(),
                1 => at.to_string(),
                _ => format!("\"k{at}\""),
            },
            fields: (0..POOL.len()).filter(|_| random.one_in(2)).collect(),
        })
        .collect();
    let mut out = String::from(FIXED);
    let types: Vec<String> = alternatives.iter().enumerate().map(ty).collect();
    let written = if random.one_in(2) {
        let names: Vec<String> = (0..count).map(|at| format!("U{at}")).collect();
        let named = names.iter().zip(&types);
        let interfaces: Vec<String> = named
            .map(|(name, ty)| format!("interface {name} {ty}"))
            .collect();
        format!("{}\ntype U = {};", interfaces.join("\n"), names.join(" | "))
    } else {
        format!("type U = {};", types.join(" | "))
    };
    add(&mut out, &format!("{OPEN}{written}{CLOSE}"));
    add(&mut out, &made(&alternatives));
    let looks = Looks {
        alternatives: &alternatives,
        random,
    };
    add(&mut out, &looks.function());
    out
}

fn add(out: &mut String, text: &str) {
    // Writing to a string cannot fail.
    let _: std::fmt::Result = writeln!(out, "{text}");
}

fn ty((at, alternative): (usize, &Alternative)) -> String {
    let mut fields = vec![
        format!("kind: {}", alternative.tag),
        format!("p{at}: number"),
    ];
    let pool = alternative
        .fields
        .iter()
        .filter_map(|field| POOL.get(*field));
    fields.extend(pool.map(|(name, ty, _)| format!("{name}: {ty}")));
    // The same place in no two alternatives.
    fields.rotate_left(at % 2);
    format!("{{ {} }}", fields.join("; "))
}

/// The function that makes values.
fn made(alternatives: &[Alternative]) -> String {
    let mut cases = String::new();
    for (at, alternative) in alternatives.iter().enumerate() {
        let pool = alternative
            .fields
            .iter()
            .filter_map(|field| POOL.get(*field));
        let fields: Vec<String> = pool
            .map(|(name, _, made)| format!("{name}: {made}"))
            .collect();
        let value = format!(
            "{{ kind: {}, p{at}: n + {at}{}{} }}",
            alternative.tag,
            if fields.is_empty() { "" } else { ", " },
            fields.join(", ")
        );
        if at + 1 < alternatives.len() {
            cases.push_str(&format!("if (k === {at}) return {value}; "));
        } else {
            cases.push_str(&format!("return {value};"));
        }
    }
    format!(
        "function built(n‹: number›, t‹: string›, b‹: boolean›, more‹: number›)‹: U› {{ const k = Math.abs(Math.trunc(n)) % {}; {cases} }}",
        alternatives.len()
    )
}

/// The function that looks at values.
struct Looks<'x> {
    alternatives: &'x [Alternative],
    random: &'x mut Random,
}

impl Looks<'_> {
    fn function(mut self) -> String {
        let mut order: Vec<usize> = (0..self.alternatives.len()).collect();
        for at in (1..order.len()).rev() {
            order.swap(at, self.random.below(at + 1));
        }
        let body = match self.random.below(5) {
            0 => self.switch(&order),
            1 => self.switch_with_default(&order),
            2 => self.tests(&order),
            3 => self.names(&order),
            _ => self.truth(&order),
        };
        let first = order.first().copied().unwrap_or(0);
        let tag = self.tag(first);
        format!(
            "function spelled(v‹: U›)‹: string› {{ {body} }}\n\
            class Keep {{ v‹: U›; constructor(v‹: U›) {{ this.v = v; }} say()‹: string› {{ if (this.v.kind === {tag}) return `${{this.v.p{first}}}`; const w = this.v; return w.kind !== {tag} ? spelled(this.v) : ends(1); }} }}\n\
            function all(list‹: U[]›)‹: string› {{ let out = \"\"; for (const v of list) {{ out += `${{v.kind}}${{list[0] === v}}`; if (list[0].kind !== v.kind) out += spelled(v); }} return out; }}"
        )
    }

    fn tag(&self, at: usize) -> &str {
        self.alternatives.get(at).map_or("0", |found| &found.tag)
    }

    /// What is told of a value that is known to be of an alternative.
    fn told(&mut self, at: usize) -> String {
        let mut parts = vec![format!("${{v.kind}}${{v.p{at}}}")];
        let fields = self.alternatives.get(at).map(|found| found.fields.clone());
        for (name, _, _) in fields
            .into_iter()
            .flatten()
            .filter_map(|field| POOL.get(field))
        {
            let other = self.random.below(self.alternatives.len());
            parts.push(match *name {
                "m" => "${typeof v.m === \"string\" ? v.m.length : v.m * 2}".to_owned(),
                "o" => "${v.o ?? -1}${v.o === null}".to_owned(),
                "next" if self.random.one_in(2) => format!(
                    "${{v.next !== null && v.next.kind === {} ? v.next.p{other} : -1}}",
                    self.tag(other)
                ),
                "next" => "${v.next ? spelled(v.next) : \".\"}".to_owned(),
                name => format!("${{v.{name}}}"),
            });
        }
        format!("`{}`", parts.join(" "))
    }

    fn switch(&mut self, order: &[usize]) -> String {
        let mut cases = String::new();
        for (place, at) in order.iter().enumerate() {
            let tag = self.tag(*at).to_owned();
            let last = place + 1 == order.len();
            if !last && self.random.one_in(4) {
                cases.push_str(&format!("case {tag}: "));
                // The next one is told of both.
                continue;
            }
            let grouped = cases.ends_with(": ");
            let told = if grouped {
                "`${v.kind} of several`".to_owned()
            } else {
                self.told(*at)
            };
            cases.push_str(&format!("case {tag}: return {told}; "));
        }
        format!("switch (v.kind) {{ {cases} }}")
    }

    fn switch_with_default(&mut self, order: &[usize]) -> String {
        let Some((last, others)) = order.split_last() else {
            return String::new();
        };
        let mut cases = String::new();
        let place = self.random.below(others.len() + 1);
        for (index, at) in others.iter().enumerate() {
            if index == place {
                cases.push_str(&format!("default: return {}; ", self.told(*last)));
            }
            let tag = self.tag(*at).to_owned();
            let told = self.told(*at);
            cases.push_str(&format!("case {tag}: out += {told}; break; "));
        }
        if place == others.len() {
            cases.push_str(&format!("default: return {}; ", self.told(*last)));
        }
        format!("let out = \"\"; switch (v.kind) {{ {cases} }} return out + v.kind;")
    }

    fn tests(&mut self, order: &[usize]) -> String {
        let Some((last, others)) = order.split_last() else {
            return String::new();
        };
        let mut body = String::new();
        let mut at = 0;
        while let Some(one) = others.get(at) {
            let tag = self.tag(*one).to_owned();
            at += 1;
            if let (Some(two), true) = (others.get(at), self.random.one_in(3)) {
                let other = self.tag(*two).to_owned();
                let (first, second) = (self.told(*one), self.told(*two));
                body.push_str(&format!("if (v.kind === {tag} || v.kind === {other}) return v.kind === {other} ? {second} : {first}; "));
                at += 1;
            } else if self.random.one_in(2) {
                body.push_str(&format!(
                    "if (v.kind === {tag}) return {}; ",
                    self.told(*one)
                ));
            } else {
                body.push_str(&format!(
                    "if (!(v.kind !== {tag} && v.kind !== {tag})) {{ return {}; }} ",
                    self.told(*one)
                ));
            }
        }
        format!("{body}return {};", self.told(*last))
    }

    fn names(&mut self, order: &[usize]) -> String {
        let Some((last, others)) = order.split_last() else {
            return String::new();
        };
        let mut body = String::new();
        for at in others {
            body.push_str(&format!("if (\"p{at}\" in v) return {}; ", self.told(*at)));
        }
        format!("{body}return {};", self.told(*last))
    }

    /// By the truth of what says which it is, where that is enough; by its value elsewhere.
    fn truth(&mut self, order: &[usize]) -> String {
        if self.tag(0) != "true" {
            return self.tests(order);
        }
        let (yes, no) = (self.told(0), self.told(1));
        match self.random.below(3) {
            0 => format!("if (v.kind) return {yes}; return {no};"),
            1 => format!("return !v.kind ? {no} : {yes};"),
            _ => format!("if (v.kind === false) return {no}; else return {yes};"),
        }
    }
}

impl Maker {
    /// What is told of values of unions, and of JSON.
    pub(super) fn of_union(&mut self, depth: usize) -> Expr {
        let depth = depth.min(1);
        let values = [Ty::Number, Ty::Text, Ty::Boolean].map(|ty| self.expr(ty, depth));
        let ways = match (self.json, self.throws) {
            (true, true) => 12,
            (true, false) => 10,
            (false, _) => 7,
        };
        Expr::OfUnion(self.random.below(ways), Box::new(values))
    }
}

impl Printer {
    pub(super) fn of_union(&mut self, way: usize, [number, text, truth]: &[Expr; 3]) -> String {
        let (n, t, b) = (self.expr(number), self.expr(text), self.expr(truth));
        match way {
            0 => format!("spelled(built({n}, {t}, {b}, 2))"),
            1 => format!("new Keep(built({n}, {t}, {b}, 1)).say()"),
            2 => format!("steps({n})"),
            3 => format!("mixes([{n}, {t}, {b}, null])"),
            4 => format!("all([built({n}, {t}, {b}, 1), built(1, \"u\", true, 2)])"),
            5 => format!("(mixed({t}) + mixed({b}) + mixed({n}))"),
            6 => format!("keyed({n}, {t}, {b})"),
            7 => format!("JSON.stringify(built({n}, {t}, {b}, 2))"),
            8 => format!("plain({n}, {t}, {b})"),
            9 => format!("written({n}, {t}, {b})"),
            10 => format!("again({n}, {t}, {b})"),
            _ => format!("spoilt({n}, {t}, {b})"),
        }
    }
}

/// The declarations in TypeScript.
pub(super) fn typescript(declarations: &str) -> String {
    declarations.replace([OPEN, CLOSE], "")
}

/// The declarations in JavaScript.
pub(super) fn javascript(declarations: &str) -> String {
    let parts = declarations.split(OPEN);
    parts
        .map(|part| part.split_once(CLOSE).map_or(part, |(_, behind)| behind))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::generate::program;
    use super::super::print::typescript;

    #[test]
    fn programs_look_at_values_of_unions_in_every_way() {
        let texts: Vec<String> = (0..400).map(|seed| typescript(&program(seed))).collect();
        for piece in [
            "switch (v.kind)",
            "default: return",
            "in v)",
            "|| v.kind ===",
            "!v.kind ?",
            "interface U0",
            "kind: false",
            "spelled(built(",
            "mixes([",
            "steps(",
            "all([",
            "new Keep(",
        ] {
            assert!(texts.iter().any(|text| text.contains(piece)), "{piece}");
        }
    }
}
