//! The grammar of docs/language.md, read from the document itself, for random sentences of it.
//!
//! What the document says is a program is what the parser takes: sentences made by the document's own rules are parsed and
//! formatted by the tests. So the document cannot promise what the parser refuses.

mod sentence;

use std::collections::HashMap;

pub(crate) use sentence::sentence;

const DOCUMENT: &str = include_str!("../../../../docs/language.md");

/// A piece of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    /// Literal text.
    Text(Box<str>),
    /// A rule, with what its parameter stands for.
    Rule(Box<str>, Option<Box<Node>>),
    Sequence(Vec<Node>),
    Choice(Vec<Node>),
    /// So many times at least, and at most once more or any number of times.
    Repeat {
        node: Box<Node>,
        least: u32,
        most: u32,
    },
}

/// Repetitions of `x*` and `x+` in a sentence.
const REPEATED_MAX: u32 = 4;

#[derive(Debug)]
struct Rule {
    parameter: Option<Box<str>>,
    body: Node,
}

/// The rules of the document.
#[derive(Debug)]
pub struct Grammar {
    rules: HashMap<Box<str>, Rule>,
    /// How deep the shallowest sentence of each rule is.
    heights: HashMap<Box<str>, u32>,
}

impl Grammar {
    /// Reads the rules of docs/language.md.
    ///
    /// # Panics
    /// When the document is not written as it says.
    #[must_use]
    pub(crate) fn of_the_document() -> Self {
        let mut rules = HashMap::new();
        for rule in definitions(DOCUMENT) {
            let (head, body) = rule.split_once("::=").unwrap_or_default();
            let (name, parameter) = match head.trim().split_once('(') {
                Some((name, parameter)) => (name, Some(parameter.trim_end_matches(')').into())),
                None => (head.trim(), None),
            };
            let mut reader = Reader { rest: body };
            let body = reader.choice();
            assert!(reader.at_end(), "`{name}`: cannot read {:?}", reader.rest);
            rules.insert(name.into(), Rule { parameter, body });
        }
        let mut grammar = Self {
            rules,
            heights: HashMap::new(),
        };
        while grammar.find_heights() {}
        grammar
    }

    /// One round towards the heights; whether it found anything.
    fn find_heights(&mut self) -> bool {
        let found: Vec<(Box<str>, u32)> = self
            .rules
            .iter()
            .filter_map(|(name, rule)| {
                let height = self.height(&rule.body)?;
                let known = self.heights.get(name);
                known
                    .is_none_or(|known| *known > height)
                    .then(|| (name.clone(), height))
            })
            .collect();
        let any = !found.is_empty();
        self.heights.extend(found);
        any
    }

    /// Height of the shallowest sentence, where it is known yet.
    fn height(&self, node: &Node) -> Option<u32> {
        match node {
            Node::Text(_) => Some(0),
            Node::Rule(name, argument) => {
                let rule = match self.rules.contains_key(name) {
                    true => *self.heights.get(name)?,
                    // A parameter, or a token.
                    false => 0,
                };
                let argument = argument
                    .as_ref()
                    .map_or(Some(0), |node| self.height(node))?;
                Some(1 + rule.max(argument))
            }
            Node::Sequence(nodes) => nodes
                .iter()
                .try_fold(0, |most, node| Some(most.max(self.height(node)?))),
            Node::Choice(nodes) => nodes.iter().filter_map(|node| self.height(node)).min(),
            Node::Repeat { least: 0, .. } => Some(0),
            Node::Repeat { node, .. } => self.height(node),
        }
    }
}

/// The rules in the document's blocks of EBNF, each with the lines it goes on in.
fn definitions(document: &str) -> Vec<String> {
    let mut definitions: Vec<String> = Vec::new();
    let mut inside = false;
    for line in document.lines() {
        if line.starts_with("```") {
            inside = line == "```ebnf";
        } else if inside && line.contains("::=") {
            definitions.push(line.to_owned());
        } else if inside && let Some(last) = definitions.last_mut() {
            last.push('\n');
            last.push_str(line);
        }
    }
    definitions
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    /// Skips blanks and remarks.
    fn blank(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            match self.rest.strip_prefix("/*") {
                Some(remark) => self.rest = remark.split_once("*/").unwrap_or_default().1,
                None => return,
            }
        }
    }

    fn at_end(&mut self) -> bool {
        self.blank();
        self.rest.is_empty()
    }

    fn eat(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn choice(&mut self) -> Node {
        let mut nodes = vec![self.sequence()];
        while {
            self.blank();
            self.eat("|")
        } {
            nodes.push(self.sequence());
        }
        match nodes.len() {
            1 => nodes.remove(0),
            _ => Node::Choice(nodes),
        }
    }

    fn sequence(&mut self) -> Node {
        let mut nodes = Vec::new();
        while let Some(node) = self.item() {
            nodes.push(node);
        }
        match nodes.len() {
            1 => nodes.remove(0),
            _ => Node::Sequence(nodes),
        }
    }

    /// One piece with its `?`, `*` or `+`.
    fn item(&mut self) -> Option<Node> {
        self.blank();
        let node = self.atom()?;
        let (least, most) = match self.rest.chars().next() {
            Some('?') => (0, 1),
            Some('*') => (0, REPEATED_MAX),
            Some('+') => (1, REPEATED_MAX),
            _ => return Some(node),
        };
        self.rest = self.rest.get(1..).unwrap_or_default();
        Some(Node::Repeat {
            node: Box::new(node),
            least,
            most,
        })
    }

    fn atom(&mut self) -> Option<Node> {
        if self.eat("(") {
            let node = self.choice();
            self.blank();
            return self.eat(")").then_some(node);
        }
        if self.eat("'") {
            let (text, rest) = self.rest.split_once('\'')?;
            self.rest = rest;
            return Some(Node::Text(text.into()));
        }
        let name = self.name()?;
        let argument = self.eat("(").then(|| {
            let node = self.choice();
            self.blank();
            assert!(self.eat(")"), "`{name}(` is not closed: {:?}", self.rest);
            Box::new(node)
        });
        Some(Node::Rule(name.into(), argument))
    }

    fn name(&mut self) -> Option<&'t str> {
        let end = self
            .rest
            .find(|c: char| !c.is_ascii_lowercase() && c != '_')
            .unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        (!name.is_empty()).then_some(name)
    }
}
