//! Small texts said many times: for each construct of the language the texts that ask for most work.

use std::fmt::Write as _;

use super::{fixtures, narrowing};

/// A text made of so many repetitions of something.
#[derive(Debug, Clone, Copy)]
pub struct Bomb {
    /// What is repeated.
    pub name: &'static str,
    make: fn(usize) -> String,
}

impl Bomb {
    /// A text of about so many bytes and no more.
    #[must_use]
    pub fn of_bytes(&self, bytes: usize) -> String {
        const SAMPLE: usize = 64;
        // What is said once does not grow with what is repeated.
        let (small, large) = ((self.make)(SAMPLE).len(), (self.make)(2 * SAMPLE).len());
        let growth = large.saturating_sub(small).max(1);
        let mut count = (bytes.saturating_sub(small) * SAMPLE / growth).clamp(1, bytes.max(1));
        loop {
            let text = (self.make)(count);
            if text.len() <= bytes || count == 1 {
                return text;
            }
            count = count * 9 / 10;
        }
    }
}

pub(super) const fn bomb(name: &'static str, make: fn(usize) -> String) -> Bomb {
    Bomb { name, make }
}

/// `part` for each number, one after the other.
pub(super) fn each(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect()
}

pub(super) fn policy(input: &str, body: &str) -> String {
    format!(
        "policy \"p\" {{ gas_limit: 100000\n input {{ {input} }}\n {body}\n otherwise reject \"no\" }}\n"
    )
}

pub(super) fn rules(input: &str, count: usize, rule: impl Fn(usize) -> String) -> String {
    let rules = each(count, |i| format!("r{i}: {}\n", rule(i)));
    policy(input, &format!("accept any {{ {rules} }}"))
}

fn patterns(count: usize, pattern: impl Fn(usize) -> String) -> String {
    rules("s: string<1024>", count, |i| {
        format!("s matches {}", pattern(i))
    })
}

pub(super) fn accepting(input: &str, condition: &str) -> String {
    policy(input, &format!("accept {{ a: {condition} }}"))
}

pub(super) fn guard(body: &str) -> String {
    format!(
        "logic_guard \"g\" {{ gas_limit: 100000 input {{ a: int, b: bool }} output {{ valid: bool }} body {{\n{body}\n return {{ valid: true }} }} }}"
    )
}

/// Policies that each use what stands before them.
fn policies(count: usize, body: &str) -> String {
    each(count, |i| {
        format!("policy \"p{i}\" {{ gas_limit: 100000 input {{ x: int, s: string }} {body} }}\n")
    })
}

/// Tests of the policy above.
fn tests(count: usize, expect: &str) -> String {
    each(count, |i| {
        format!("test \"t{i}\" {{ policy \"p\" input {{ x: 1 }} expect {expect} }}\n")
    })
}

/// Every bomb.
pub fn all() -> impl Iterator<Item = &'static Bomb> {
    ALL.iter().chain(narrowing::ALL).chain(fixtures::ALL)
}

/// Every construct, repeated.
const ALL: &[Bomb] = &[
    // What lints compare.
    bomb("groups of rules about long lists", |n| {
        let list = each(1_000, |i| format!("{},", 2 * i));
        let group = each(60, |i| format!("r{i}: x in l AND x > {i}\n"));
        let body = format!("let l = [{list}] reject {{ {group} }} otherwise accept");
        policies(n, &body)
    }),
    bomb("rules that are alike", |n| {
        rules("x: int, y: int", n, |i| {
            format!("x > {i} AND y != {i} OR x == y")
        })
    }),
    // Declarations that refer to each other.
    bomb("records, each in the next", |n| {
        let chain = each(n, |i| format!("record R{} {{ a: R{i} }}\n", i + 1));
        format!(
            "record R0 {{ a: int }}\n{chain}{}",
            accepting(&format!("r: R{n}"), "true")
        )
    }),
    bomb("records, each in the one before", |n| {
        let chain = each(n, |i| format!("record R{i} {{ a: R{} }}\n", i + 1));
        format!(
            "{chain}record R{n} {{ a: int }}\n{}",
            accepting("r: R0", "true")
        )
    }),
    bomb("records that double", |n| {
        let chain = each(n, |i| format!("record R{} {{ a: R{i}, b: R{i} }}\n", i + 1));
        format!("record R0 {{ a: int }}\n{chain}")
    }),
    bomb("records of lists that double", |n| {
        let chain = each(n, |i| {
            format!(
                "record R{} {{ a: list<R{i}, 2>, b: list<R{i}, 2> }}\n",
                i + 1
            )
        });
        let depth = n.min(30);
        let put = "on accept { emit(\"e\", r) } accept { a: len(r.a) > 0 }";
        format!(
            "record R0 {{ a: int }}\n{chain}{}",
            policy(&format!("r: R{depth}"), put)
        )
    }),
    bomb("policies with a large input", |n| {
        let chain = each(15, |i| {
            format!("record R{} {{ a: R{i}, b: R{i} }}\n", i + 1)
        });
        let policies = each(n, |i| {
            format!("policy \"p{i}\" {{ input {{ r: R15 }} accept {{ a: true }} }}\n")
        });
        format!("record R0 {{ a: list<int, 2> }}\n{chain}{policies}")
    }),
    bomb("functions, each called by the next", |n| {
        let chain = each(n, |i| {
            format!("fn f{}(x: int) -> int {{ f{i}(x) }}\n", i + 1)
        });
        format!(
            "fn f0(x: int) -> int {{ x }}\n{chain}{}",
            accepting("x: int", &format!("f{n}(x) > 1"))
        )
    }),
    bomb("functions, each called by the one before", |n| {
        let chain = each(n, |i| {
            format!("fn f{i}(x: int) -> int {{ f{}(x) }}\n", i + 1)
        });
        format!(
            "{chain}fn f{n}(x: int) -> int {{ x }}\n{}",
            accepting("x: int", "f0(x) > 1")
        )
    }),
    bomb("functions that double", |n| {
        let chain = each(n, |i| {
            format!("fn f{}(x: int) -> int {{ f{i}(x) + f{i}(x) }}\n", i + 1)
        });
        format!(
            "fn f0(x: int) -> int {{ x }}\n{chain}{}",
            accepting("x: int", "f30(1) > 1")
        )
    }),
    bomb("functions that call each other in a circle", |n| {
        each(n, |i| {
            format!("fn f{i}(x: int) -> int {{ f{}(x) }}\n", (i + 1) % n)
        })
    }),
    bomb("blueprints whose bounds call functions", |n| {
        each(n, |i| {
            format!(
                "fn f{i}(x: int) -> int {{ if (R {{ a: x }}) conforms_to \"B{i}\" then 1 else 2 }}\nblueprint \"B{i}\" {{ attributes {{ a: {{ type: int, min: f{}(1) }} }} }}\n",
                i + 1
            )
        }) + "record R { a: int }"
    }),
    bomb("environments, each in the next", |n| {
        let chain = each(n, |i| {
            format!("environment \"e{}\" {{ parent: \"e{i}\" }}\n", i + 1)
        });
        format!(
            "environment \"e0\" {{ }}\n{chain}{}",
            policy(
                "x: int",
                &format!("environment: \"e{n}\" accept {{ a: x > 1 }}")
            )
        )
    }),
    bomb("environments, each in the one before", |n| {
        let chain = each(n, |i| {
            format!("environment \"e{i}\" {{ parent: \"e{}\" }}\n", i + 1)
        });
        format!(
            "{chain}environment \"e{n}\" {{ }}\n{}",
            policy("x: int", "environment: \"e0\" accept { a: x > 1 }")
        )
    }),
    bomb("one constraint named often", |n| {
        let names = "\"c\", ".repeat(n);
        format!(
            "constraint \"c\" {{ rule: x > 1 message: \"m\" }}\n{}",
            policy(
                "x: int",
                &format!("constraints: [{names}] accept {{ a: x > 1 }}")
            )
        )
    }),
    bomb("objects that double", |n| {
        let chain = each(n, |i| {
            format!("intent \"o{}\" {{ a: o{i}, b: o{i} }}\n", i + 1)
        });
        format!("intent \"o0\" {{ a: 1 }}\n{chain}")
    }),
    // Tests: each looks at each rule.
    bomb("tests of many rules", |n| {
        rules("x: int", n, |i| format!("x == {i}")) + &tests(n, "accept")
    }),
    bomb("tests of many rules, all failed", |n| {
        rules("x: int", 3 * n, |i| format!("x == {i}")) + &tests(n / 8, "reject")
    }),
    bomb("tests of a loop in a loop", |n| {
        let zeros = ["0"; 100].join(", ");
        let condition = "any i in xs: (any y in xs: i + y == x)";
        let body = format!("let xs: list<int, 120> = [{zeros}] accept {{ a: {condition} }}");
        policy("x: int", &body) + &tests(n, "reject")
    }),
    bomb("tests with a policy each", |n| {
        each(n, |i| {
            let policy = format!("policy \"p{i}\" {{ input {{ x: int }} accept {{ a: x > 1 }} }}");
            format!(
                "{policy}\ntest \"t{i}\" {{ policy \"p{i}\" input {{ x: 1 }} expect accept }}\n"
            )
        })
    }),
    bomb("an object in many tests", |n| {
        let fields = each(100, |i| format!("f{i}: int "));
        let values = each(100, |i| format!("f{i}: {i} "));
        let tests = each(n, |i| {
            format!("test \"t{i}\" {{ policy \"p\" input {{ r: big }} expect accept }}\n")
        });
        format!(
            "record R {{ {fields} }}\nintent \"big\" {{ {values} }}\n{}{tests}",
            accepting("r: R", "r.f0 == 0")
        )
    }),
    bomb("cases of an enum", |n| {
        let cases = each(n, |i| format!("C{i}, "));
        format!("enum E {{ {cases} }}\n{}", accepting("e: E", "e == C1"))
    }),
    bomb("rules on an enum of many cases", |n| {
        let cases = each(4000, |i| format!("C{i}, "));
        format!(
            "enum E {{ {cases} }}\n{}",
            rules("e: E", n, |i| format!("e == C{}", i % 4000))
        )
    }),
    bomb("cases that do not exist", |n| {
        let cases = each(4000, |i| format!("C{i}, "));
        format!(
            "enum E {{ {cases} }}\n{}",
            rules("e: E", n, |i| format!("e == D{i}"))
        )
    }),
    bomb("fields of a record", |n| {
        let fields = each(n, |i| format!("f{i}: int "));
        format!(
            "record R {{ {fields} }}\n{}",
            accepting("r: R", "r.f0 == 1")
        )
    }),
    bomb("accesses to a record of many fields", |n| {
        let fields = each(1000, |i| format!("f{i}: int "));
        format!(
            "record R {{ {fields} }}\n{}",
            rules("r: R", n, |i| format!("r.f{} == {i}", i % 1000))
        )
    }),
    bomb("records that are written in place", |n| {
        let lets = each(n, |i| format!("let a{i} = {{ f{i}: x }}\n"));
        policy("x: int", &format!("{lets} accept {{ a: x > 1 }}"))
    }),
    bomb("attributes of a blueprint", |n| {
        let attributes = each(n, |i| format!("a{i}: {{ type: int, min: {i} }}\n"));
        format!("blueprint \"B\" {{ attributes {{ {attributes} }} }}")
    }),
    bomb("policies that use one large function", |n| {
        let sum = (0..100)
            .map(|i| format!("(x * {i})"))
            .collect::<Vec<_>>()
            .join(" + ");
        format!(
            "fn f(x: int) -> int {{ {sum} }}\n{}",
            policies(n, "accept { a: f(x) > 1 }")
        )
    }),
    bomb("policies that use one long text", |n| {
        let long = "m".repeat(60_000);
        format!(
            "constraint \"c\" {{ rule: x > 1 message: \"{long}\" }}\n{}",
            policies(n, "constraints: [\"c\"] accept { a: x > 1 }")
        )
    }),
    bomb("policies that use one pattern", |n| {
        format!(
            "constraint \"c\" {{ rule: s matches /[a-z]{{1,100}}[0-9]{{1,100}}x/ message: \"m\" }}\n{}",
            policies(n, "constraints: [\"c\"] accept { a: x > 1 }")
        )
    }),
    // Patterns.
    bomb("patterns with many states", |n| {
        patterns(n, |i| format!("/(a|b)*a(a|b){{8}}x{i}/"))
    }),
    bomb("patterns that are too large", |n| {
        patterns(n, |i| format!("/(a|b)*a(a|b){{14}}x{i}/"))
    }),
    bomb("patterns with counted classes", |n| {
        patterns(n, |i| format!("/\\w{{60}}x{i}/"))
    }),
    bomb("patterns with large counts", |n| {
        patterns(n, |i| format!("/((\\w{{1000}}){{1000}}){{1000}}x{i}/"))
    }),
    bomb("patterns that count", |n| {
        patterns(n, |i| format!("/[a-z]{{1,200}}[0-9]{{1,200}}x{i}/"))
    }),
    bomb("patterns of anything", |n| {
        patterns(n, |i| format!("/.*(a|b)*a.{{9}}{i}/"))
    }),
    bomb("patterns with named classes", |n| {
        let classes = "\\w\\d\\s".repeat(n.min(600));
        patterns(n / 600 + 1, |i| format!("/[{classes}]{i}/"))
    }),
    bomb("patterns that ignore case", |n| {
        patterns(n, |i| format!("/(?i)[\\x00-\\x{{10FFFF}}]\\w{i}/"))
    }),
    bomb("patterns with a class of many characters", |n| {
        let characters: String = ('\u{4e00}'..).step_by(3).take(n.min(1_200)).collect();
        let characters: String = characters.chars().rev().collect();
        patterns(n / 1_200 + 1, |i| format!("/[{characters}]{i}/"))
    }),
    bomb("patterns with empty parts", |n| {
        patterns(n, |i| format!("/(?:(?:|b){{100}}(?:|)a){{9}}x{i}/"))
    }),
    bomb("patterns in many groups", |n| {
        patterns(n, |i| {
            format!("/{}a{}{{40}}x{i}/", "(".repeat(200), ")?".repeat(200))
        })
    }),
    bomb("globs with many stars", |n| {
        patterns(n, |i| format!("\"{}*{i}\"", "*a".repeat(11)))
    }),
    bomb("globs that are data", |n| {
        rules("s: string<16>, g: string<16>", n, |i| {
            format!("s matches g AND NOT \"{i}\" matches g")
        })
    }),
    // Expressions and statements.
    bomb("calls inside each other", |n| {
        let deep = format!("{}x{}", "abs(".repeat(n.min(60)), ")".repeat(n.min(60)));
        rules("x: int", n / 60 + 1, |_| format!("between({deep}, 0, 5)"))
    }),
    bomb("lets of a policy", |n| {
        let lets = each(n, |i| format!("let a{} = a{i} + 1\n", i + 1));
        policy(
            "x: int",
            &format!("let a0 = x\n{lets} accept {{ a: a{n} > 3 }}"),
        )
    }),
    bomb("constants of a policy", |n| {
        let lets = each(n, |i| format!("let a{} = a{i} + 1\n", i + 1));
        policy(
            "x: int",
            &format!("let a0 = 1\n{lets} accept {{ a: x > a{n} }}"),
        )
    }),
    bomb("lets of a function", |n| {
        let lets = each(n, |i| format!("let a{} = a{i} + 1\n", i + 1));
        format!("fn f(a0: int) -> int {{ {lets} a{n} }}")
    }),
    bomb("lets of a guard", |n| {
        guard(&each(n, |i| format!("let a{i} = a + {i}\n")))
    }),
    bomb("assertions of a guard", |n| {
        guard(&each(n, |i| format!("assert(a > {i})\n")))
    }),
    bomb("branches of a guard", |n| {
        guard(&each(n, |i| format!("if a > {i} {{ assert(b) }}\n")))
    }),
    bomb("branches of a guard that return", |n| {
        guard(&each(n, |i| {
            format!("if a > {i} {{ if b {{ return {{ valid: false }} }} }}\n")
        }))
    }),
    bomb("matches of a guard", |n| {
        guard(&each(n, |i| {
            format!("match a {{ {i} => assert(b) _ => assert(a > 1) }}\n")
        }))
    }),
    bomb("arms of a guard's match", |n| {
        guard(&format!(
            "match a {{ {} _ => assert(b) }}",
            each(n, |i| format!("{i} => assert(b)\n"))
        ))
    }),
    bomb("arms of a match", |n| {
        let arms = each(n, |i| format!("{i} => {i}, "));
        accepting("x: int", &format!("(match x {{ {arms} _ => 0 }}) > 3"))
    }),
    bomb("alternatives of an arm", |n| {
        let alternatives = each(n, |i| format!("{i} | "));
        accepting(
            "x: int",
            &format!("(match x {{ {alternatives} 0 => 1, _ => 0 }}) > 3"),
        )
    }),
    bomb("matches inside each other", |n| {
        let arms = "1 | 2 | 3 => 1, 4 | 5 => 2, _ => ".to_owned();
        let depth = n.min(60);
        let deep = format!(
            "{}0{}",
            format!("match x {{ {arms}").repeat(depth),
            " }".repeat(depth)
        );
        rules("x: int", n / 60 + 1, |_| format!("({deep}) > 3"))
    }),
    bomb("alternatives in a row", |n| {
        rules("x: int", n / 150 + 1, |i| {
            let parts: Vec<String> = (0..150).map(|k| format!("x == {}", i * 150 + k)).collect();
            parts.join(" OR ")
        })
    }),
    bomb("ranges in a row", |n| {
        rules("x: int", n / 60 + 1, |i| {
            let parts = (0..60).map(|k| format!("({} < x < {})", i * 3 + k, 90_000 - i * 3 - k));
            parts.collect::<Vec<_>>().join(" OR ")
        })
    }),
    bomb("defaults in a row", |n| {
        let parts = format!("(o{}", " else o".repeat(150));
        rules("o: int?", n / 150 + 1, |_| format!("{parts} else 1) > 1"))
    }),
    bomb("safe fields in a row", |n| {
        let record = "record R { a: int? }\n";
        format!(
            "{record}{}",
            rules("r: R?", n, |i| format!("(r?.a else {i}) > 1"))
        )
    }),
    bomb("elements of a list", |n| {
        accepting(
            "x: int",
            &format!("x in [{}]", each(n, |i| format!("{i},"))),
        )
    }),
    bomb("lists of lists that share", |n| {
        let tens = |name: &str| format!("[{}]", [name; 100].join(", "));
        let lets = each(n, |i| {
            format!("let a{} = {}\n", i + 1, tens(&format!("a{i}")))
        });
        policy(
            "x: int",
            &format!("let a0 = {}\n{lets} accept {{ a: x > 1 }}", tens("1")),
        )
    }),
    bomb("texts", |n| {
        rules("s: string", n, |i| format!("s == \"text number {i}\""))
    }),
    bomb("comparisons with two paths", |n| {
        rules("x: int, y: int", n, |i| {
            format!("x > {i} AND x < {} AND y >= {i}", 40_000 - i)
        })
    }),
    bomb("prefixes", |n| {
        rules("s: string", n, |i| {
            format!("starts_with(s, \"{}{i}\")", "a".repeat(i % 100))
        })
    }),
    bomb("loops inside each other", |n| {
        let lists = each(20, |i| format!("l{i}: list<int, 2>, "));
        rules(&lists, n, |i| {
            format!("any a in l{}: any b in l{}: a == b", i % 20, i / 20 % 20)
        })
    }),
    bomb("asking for the time", |n| {
        let fields = each(800, |i| format!("f{i}: int "));
        let input = format!("{fields} now: instant");
        rules(&input, n, |i| format!("now() > now - {i}s"))
    }),
    bomb("asking for a time that is not there", |n| {
        let fields = each(800, |i| format!("f{i}: int "));
        rules(&fields, n, |_| "now() > now()".into())
    }),
    bomb("facts", |n| {
        rules("who: did", n, |i| {
            format!("(trust(who).r else 0.{i}) > 0.5")
        })
    }),
    bomb("effects", |n| {
        let effects = each(n, |i| format!("emit(\"e{i}\", x)\n"));
        policy(
            "x: int",
            &format!("accept {{ a: x > 1 }} on accept {{ {effects} }}"),
        )
    }),
    bomb("values that are demanded", |n| {
        rules("x: int?", n, |i| format!("x? > {i}"))
    }),
    bomb("names in quotes", |n| {
        let fields = each(n, |i| format!("\"a.b/{i}\": int\n"));
        format!(
            "record R {{ {fields} }}\n{}",
            accepting("r: R", "r.\"a.b/1\" == r[\"a.b/2\"]")
        )
    }),
    bomb("open records", |n| {
        each(n, |i| format!("record R{i} {{ a: int, .. }}\n"))
    }),
    bomb("rules with values in their messages", |n| {
        let rules = each(n, |i| format!("r{i}: a == {i}, \"{{a}} is {{a + {i}}}\"\n"));
        policy("a: int", &format!("deny {{ {rules} }}"))
    }),
    bomb("values of one message", |n| {
        let values = "{a}".repeat(n.min(20_000));
        policy("a: int", &format!("deny {{ r: a == 1, \"{values}\" }}"))
    }),
    bomb("braces of one message", |n| {
        let braces = "{".repeat(n.min(60_000));
        policy("a: int", &format!("deny {{ r: a == 1, \"{braces}\" }}"))
    }),
    // Mistakes.
    bomb("names that do not exist", |n| {
        rules("x: int", n, |i| format!("zz{i} > 1"))
    }),
    bomb("names that do not exist, in one line", |n| {
        rules("x: int", n, |i| format!("zz{i} > 1")).replace('\n', " ")
    }),
    bomb("names that are nearly right", |n| {
        let lets = each(500, |i| format!("let long_name_number_{i} = x\n"));
        let rules = each(n, |i| format!("r{i}: long_name_numbr_{i} > 1\n"));
        policy("x: int", &format!("{lets} accept any {{ {rules} }}"))
    }),
    bomb("types that do not exist", |n| {
        each(n, |i| format!("record R{i} {{ a: S{i} }}\n"))
    }),
    bomb("declarations twice", |n| "record R { a: int }\n".repeat(n)),
    bomb("imports", |n| each(n, |i| format!("import \"f{i}.ecl\"\n"))),
    bomb("rules that are always true", |n| {
        rules("x: int", n, |i| format!("{i} < {}", i + 1))
    }),
    bomb("rules in one line", |n| {
        rules("x: int", n, |i| format!("x == {i}")).replace('\n', ", ")
    }),
    bomb("blanks within rules", |n| {
        let blanks = " ".repeat(n);
        rules("x: int", 50, |_| {
            format!("(x{}> 1)", blanks.get(..n / 50).unwrap_or(""))
        })
    }),
    bomb("comments", |n| "# comment\n".repeat(n)),
    bomb("comments behind one entry", |n| {
        format!("record R {{ a: int\n{}}}", "#\n".repeat(n))
    }),
    bomb("comments in an empty list", |n| {
        accepting("x: int", &format!("x in [\n{}]", "#\n".repeat(n)))
    }),
    bomb("opening brackets", |n| "(".repeat(n)),
    bomb("bytes", |n| {
        let mut text = String::new();
        for i in 0..n {
            let _ = write!(
                text,
                "{}",
                char::from(u8::try_from(i * 7 % 128).unwrap_or(b' '))
            );
        }
        text
    }),
];
