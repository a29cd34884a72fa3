//! What random programs do with objects that take any key: each has a function that writes, reads, deletes and goes over such objects, with
//! keys and in an order that come by chance. What it tells shows the order of the keys.
//!
//! Both languages have the same text. What stands between [`OPEN`] and [`CLOSE`] is for TypeScript alone.

use super::random::Random;
use super::unions::{CLOSE, OPEN};

/// Keys, some of which are indices.
const KEYS: [&str; 15] = [
    "\"b\"",
    "\"a\"",
    "\"10\"",
    "9",
    "-1",
    "\"01\"",
    "t",
    "n",
    "`k${n}`",
    "1.5",
    "\"4294967295\"",
    "4294967294",
    "\"\"",
    "t.length",
    "\"é\"",
];

/// What is done with them, where `§` and `¤` stand for keys.
const STEPS: [&str; 20] = [
    "delete o[§];",
    "o[§] = n; o[¤] = 1;",
    "o[§] = (o[¤] ?? 0) + 1;",
    "o[§] ??= n; o[¤] ||= 2;",
    "out += `${§ in o}${o[¤]}`;",
    "for (const j in o) { out += j; if (o[j] === n) delete o[§]; if (j > \"a\") o[¤] = 2; }",
    "for (let j in o) { if (j === \"a\") continue; delete o[j]; j = \"-\"; out += j; if (b) break; }",
    "for (const [j, v] of Object.entries(o)) { out += j + v; o[§] = 3; }",
    "{ const p‹: { [key: string]: number }› = { [§]: 1, ...o, [¤]: n, a: 4, 7: 5 }; out += Object.keys(p).join(); }",
    "out += Object.values(o).join(\";\");",
    "if (b) o.name = 3; else delete o.name; out += `${o.name}`;",
    "out += delete o[§] ? \"!\" : \"?\"; out += Object.hasOwn(o, ¤);",
    "(m[§] ??= []).push(n); (m[¤] ??= [2]).push(1); out += m[§]?.join();",
    "const f = ()‹: number | undefined› => o[§]; out += `${f()}`; delete o[¤]; out += `${f()}`;",
    "{ const x = o[§] = 6; out += x + (o[¤] ??= 7); }",
    "{ const q‹: Record<string, boolean | null>› = { a: true, b: null, [§]: b }; const x = (q.a ??= b); const y = (q.b ||= false); out += `${x}${y}${q[¤] ??= null}${q[§]}`; }",
    "{ const q‹: Record<string, number | null>› = { a: n, b: null }; out += `${q[§] ??= n}${q[¤] ||= null}${(q.a ??= 7) ?? \"-\"}${q.b}`; }",
    "{ const q‹: Record<string, string | null>› = { a: t, b: null, \"10\": \"\" }; const x = (q[§] ??= \"z\"); out += `${x}${q[¤] ||= t}${q[\"10\"] ??= null}`; }",
    "out += JSON.stringify(o) + JSON.stringify(m, null, 1);",
    "{ const q‹: Record<string, number | null>› = JSON.parse(JSON.stringify(o)); out += Object.keys(q).length + JSON.stringify({ q, r: [q] }); }",
];

/// How many of them have no JSON.
const PLAIN: usize = 18;

/// What the function of a program may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Steps {
    All,
    WithoutJson,
}

/// The function of a program.
pub(super) fn declarations(random: &mut Random, steps: Steps) -> String {
    let mut body = String::new();
    for _ in 0..4 + random.below(10) {
        let count = match steps {
            Steps::All => STEPS.len(),
            Steps::WithoutJson => PLAIN,
        };
        let Some(step) = STEPS.get(random.below(count)) else {
            continue;
        };
        let mut step = (*step).to_owned();
        for name in ["§", "¤"] {
            let key = random.pick(&KEYS).copied().unwrap_or("\"\"");
            step = step.replace(name, key);
        }
        body.push_str("{ ");
        body.push_str(&step);
        body.push_str(" } ");
    }
    format!(
        "function keyed(n{OPEN}: number{CLOSE}, t{OPEN}: string{CLOSE}, b{OPEN}: boolean{CLOSE}){OPEN}: string{CLOSE} {{ const o{OPEN}: Record<string, number>{CLOSE} = {{ b: 1, [t]: n }}; const m{OPEN}: Record<string, number[]>{CLOSE} = {{}}; let out = \"\"; {body}return out; }}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::super::generate::program;
    use super::super::print::typescript;

    #[test]
    fn programs_use_objects_with_any_keys_in_every_way() {
        let texts: Vec<String> = (0..400).map(|seed| typescript(&program(seed))).collect();
        for piece in [
            "keyed(",
            "for (const j in o)",
            "Object.entries(o)",
            "Object.hasOwn(o",
            "delete o[",
            "...o",
            "JSON.stringify(m",
            "JSON.parse(JSON.stringify(o))",
        ] {
            assert!(texts.iter().any(|text| text.contains(piece)), "{piece}");
        }
    }
}
