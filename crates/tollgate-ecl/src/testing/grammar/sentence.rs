//! Random sentences of the grammar.

use super::{Grammar, Node};
use crate::testing::generate::Random;

/// Rules inside each other before a sentence takes the shortest way to its end.
const DEPTH: u32 = 40;
/// Tokens before it does.
const TOKENS: u32 = 150;

const NAMES: &[&str] = &[
    "a",
    "b",
    "c",
    "offer",
    "Offer",
    "price_per_kwh",
    "x1",
    "_y",
    "Ω",
    "gas_limit",
];
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "42",
    "1_000",
    "0.5",
    "3.25",
    "1e3",
    "2.5E-3",
    "9223372036854775807",
];
const WHOLE: &[&str] = &["0", "16", "10_000", "9223372036854775807"];
const UNITS: &[&str] = &[
    "km", "m", "kW", "kWh", "kg", "s", "min", "h", "d", "EUR", "USD",
];
const STRINGS: &[&str] = &[
    r#""""#,
    r#""text""#,
    r#""did:erynoa:credential:*""#,
    r#""a \"quoted\" \u{e9}\n""#,
    r#""Ärger # // {""#,
];
const MESSAGES: &[&str] = &[
    r#""no""#,
    r#""{a} is {{a}}, {a + b.c} not \u{e9}""#,
    r#""{ f(a, 1) else 2 }""#,
];
const RESERVED: &[&str] = &["in", "match", "let", "then", "true", "none"];

/// A sentence of a rule of the grammar, such as `file`.
#[must_use]
pub(crate) fn sentence(grammar: &Grammar, rule: &str, random: &mut Random) -> String {
    let mut writer = Writer {
        grammar,
        random,
        text: String::new(),
        tokens: 0,
        last: "",
    };
    writer.rule(rule, None, 0);
    writer.text
}

struct Writer<'g, 'r> {
    grammar: &'g Grammar,
    random: &'r mut Random,
    text: String,
    tokens: u32,
    /// The token before.
    last: &'g str,
}

/// What a parameter stands for, and what the parameters in that stand for.
#[derive(Clone, Copy)]
struct Argument<'a, 'g> {
    name: &'g str,
    node: &'g Node,
    outer: Option<&'a Argument<'a, 'g>>,
}

impl<'g> Writer<'g, '_> {
    fn rule(&mut self, name: &'g str, argument: Option<&Argument<'_, 'g>>, depth: u32) {
        if let Some(argument) = argument.filter(|argument| argument.name == name) {
            self.node(argument.node, argument.outer, depth);
        } else if !self.token(name) {
            let rule = self.grammar.rules.get(name);
            let Some(rule) = rule else {
                panic!("the grammar has no rule `{name}`")
            };
            self.node(&rule.body, argument, depth + 1);
        }
    }

    fn node(&mut self, node: &'g Node, argument: Option<&Argument<'_, 'g>>, depth: u32) {
        match node {
            Node::Text(text) => self.literal(text),
            Node::Rule(name, None) => self.rule(name, argument, depth),
            Node::Rule(name, Some(given)) => {
                let parameter = self
                    .grammar
                    .rules
                    .get(name)
                    .and_then(|r| r.parameter.as_deref());
                let inner = parameter.map(|name| Argument {
                    name,
                    node: given,
                    outer: argument,
                });
                self.rule(name, inner.as_ref(), depth);
            }
            Node::Sequence(nodes) => {
                for (place, node) in nodes.iter().enumerate() {
                    // A record before a block needs parentheses, and so does an `else` before that of an `if`.
                    let apart = place == 1 && before_block(nodes)
                        || place > 0 && is_text(nodes, place - 1, "then");
                    if apart {
                        self.in_parentheses(|writer| writer.node(node, argument, depth));
                    } else {
                        self.node(node, argument, depth);
                    }
                }
            }
            Node::Choice(nodes) => self.choice(nodes, argument, depth),
            Node::Repeat { node, least, most } => {
                // Alone it would take the next statement for its value.
                let times = if self.last == "return" {
                    1
                } else if self.goes_on(depth) {
                    self.random.between(u64::from(*least), u64::from(*most))
                } else {
                    u64::from(*least)
                };
                for _ in 0..times {
                    self.node(node, argument, depth);
                }
            }
        }
    }

    /// Whether the sentence may still grow.
    fn goes_on(&self, depth: u32) -> bool {
        depth < DEPTH && self.tokens < TOKENS
    }

    fn choice(&mut self, nodes: &'g [Node], argument: Option<&Argument<'_, 'g>>, depth: u32) {
        let chosen = if self.goes_on(depth) {
            self.random.pick(nodes)
        } else {
            let lowest = nodes
                .iter()
                .min_by_key(|node| self.grammar.height(node).unwrap_or(u32::MAX));
            lowest.unwrap_or_else(|| self.random.pick(nodes))
        };
        // These take everything that follows; in parentheses they end where the rule does.
        let open = match chosen {
            Node::Sequence(nodes) => match nodes.first() {
                Some(Node::Text(text)) => matches!(&**text, "if" | "NOT"),
                Some(Node::Rule(name, _)) => &**name == "quantifier",
                _ => false,
            },
            _ => false,
        };
        if open {
            self.in_parentheses(|writer| writer.node(chosen, argument, depth));
        } else {
            self.node(chosen, argument, depth);
        }
    }

    fn in_parentheses(&mut self, write: impl FnOnce(&mut Self)) {
        self.write("(");
        write(self);
        self.write(")");
    }

    /// Writes a token of that kind; false when the name is a rule.
    fn token(&mut self, name: &str) -> bool {
        let tokens = match name {
            "ident" => NAMES,
            "number" => NUMBERS,
            "whole" => WHOLE,
            "string" => STRINGS,
            "message" => MESSAGES,
            "regex" if self.last == "matches" => &[r"/^a+\/b$/"],
            "regex" => STRINGS,
            "reserved" => RESERVED,
            "code" => &["E0404", "E0401"],
            "unit" => {
                // Behind a blank it would be a key before a `:`.
                let unit = self.random.pick(UNITS);
                self.text.push_str(unit);
                self.last = unit;
                return true;
            }
            "sep" => {
                let ends = [
                    "\n",
                    "\n",
                    ",",
                    " # a remark\n",
                    "\n\n// another, \"odd\"\n",
                ];
                let end = self.random.pick(&ends);
                self.text.push_str(end);
                self.last = "";
                return true;
            }
            _ => return false,
        };
        let token = self.random.pick(tokens);
        self.write(token);
        true
    }

    fn literal(&mut self, text: &'g str) {
        match text {
            "OR" => self.one_of(&["OR", "or", "||"]),
            "AND" => self.one_of(&["AND", "and", "&&"]),
            "NOT" => self.one_of(&["NOT", "not", "!"]),
            _ => self.write(text),
        }
    }

    fn one_of(&mut self, texts: &[&'static str]) {
        let text = self.random.pick(texts);
        self.write(text);
    }

    fn write(&mut self, token: &'g str) {
        // One token in the grammar's two pieces.
        let touches = matches!(self.last, "auto_" | "@");
        if !touches {
            self.text.push(' ');
        }
        self.text.push_str(token);
        self.tokens += 1;
        self.last = token;
    }
}

/// Whether the second piece is what a `match`, or an `if` with a block, looks at.
fn before_block(nodes: &[Node]) -> bool {
    let [Node::Text(word), _, Node::Rule(block, _), ..] = nodes else {
        return false;
    };
    matches!(&**word, "match" | "if") && &**block == "block"
}

fn is_text(nodes: &[Node], place: usize, text: &str) -> bool {
    matches!(nodes.get(place), Some(Node::Text(found)) if &**found == text)
}
