//! Globs and regular expressions: simple globs become text tests, everything else a dense automaton over bytes.
//!
//! Both match the whole text: a glob always does, and a regular expression is anchored at both ends, so that a pattern
//! that was meant to be strict is not satisfied by a part of the text. Write `.*` where the rest does not matter.

use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::primitives::StateID;
use regex_automata::util::start;
use regex_automata::{Anchored, MatchKind};

use crate::codes::check as codes;
use crate::data::glob::{Item, Unfinished, items};
use crate::data::types::Type;
use crate::ir::{Automaton, AutomatonId, BinaryOp, Expr, ExprKind, Handle};
use crate::limits::{
    AUTOMATON_BYTES_MAX, AUTOMATON_STATES_MAX, KEY_BYTES_MAX, PATTERN_CONSTRUCTION_BYTES_MAX,
    PATTERN_SOURCE_BYTES_MAX, POOL_BYTES_MAX,
};
use crate::span::Span;

use super::regex_cost;
use super::report::error;
use super::unit::{Unit, and, bool_expr, error_expr, expr, length};
use super::work::{self, Task};

impl Unit<'_, '_> {
    /// `subject matches /regex/`
    pub(super) fn regex(&mut self, subject: Expr, source: &str, span: Span) -> Expr {
        self.automaton(subject, &format!("/{source}/"), source, span)
    }

    /// `subject matches "glob"`: `*` is any text, `?` one character, `\` takes the next character as it is.
    pub(super) fn glob(&mut self, subject: Expr, glob: &str, span: Span) -> Expr {
        let Ok(parts) = glob_parts(glob) else {
            let report = error(codes::BAD_PATTERN, span, "this glob ends with a `\\`");
            return self.fail(report.help("write `\\\\\\\\` for a backslash"));
        };
        if let Some(test) = self.simple_glob(&subject, &parts, span) {
            return test;
        }
        let regex: String = parts.iter().map(part_regex).collect();
        self.automaton(subject, &format!("\"{glob}\""), &regex, span)
    }

    /// Globs of the forms `x`, `x*`, `*x`, `*x*`, `x*y` and `*`.
    fn simple_glob(&mut self, subject: &Expr, parts: &[Part], span: Span) -> Option<Expr> {
        let test = |unit: &mut Self, op: BinaryOp, text: &str| {
            let text = unit.text_constant(text, Type::String(length(text.as_bytes())));
            unit.binary(op, subject.clone(), text, Type::Bool, span)
        };
        Some(match parts {
            [] => test(self, BinaryOp::EqWord, ""),
            [Part::Any] => bool_expr(true),
            [Part::Text(text)] => test(self, BinaryOp::EqWord, text),
            [Part::Text(text), Part::Any] => test(self, BinaryOp::StartsWith, text),
            [Part::Any, Part::Text(text)] => test(self, BinaryOp::EndsWith, text),
            [Part::Any, Part::Text(text), Part::Any] => test(self, BinaryOp::Contains, text),
            [Part::Text(a), Part::Any, Part::Text(b)] if super::unit::is_simple(subject) => {
                let starts = test(self, BinaryOp::StartsWith, a);
                let ends = test(self, BinaryOp::EndsWith, b);
                let least = i64::try_from(a.len() + b.len()).unwrap_or(i64::MAX);
                let least = expr(ExprKind::Int(least), Type::Int);
                let op = crate::ir::UnaryOp::TextLength;
                let len = self.unary(op, subject.clone(), Type::Int, span);
                // The two ends may not overlap.
                let long = self.binary(BinaryOp::GeInt, len, least, Type::Bool, span);
                and(starts, and(ends, long))
            }
            _ => return None,
        })
    }

    fn automaton(&mut self, subject: Expr, shown: &str, regex: &str, span: Span) -> Expr {
        if subject.ty == Type::Error {
            return subject;
        }
        let id = match self.automaton_ids.get(shown) {
            Some(id) => *id,
            None => {
                let mut spend = |steps| self.session.spend(Task::Patterns, steps, span);
                match build(regex, &mut spend) {
                    Ok(table) => match self.add_automaton(shown, &table) {
                        Some(id) => id,
                        None => return error_expr(),
                    },
                    Err(Refused::TooMuch) => return error_expr(),
                    Err(Refused::Because { what, help }) => {
                        let report = error(codes::BAD_PATTERN, span, format!("{shown}: {what}"));
                        return self.fail(report.help(help));
                    }
                }
            }
        };
        let subject = Box::new(subject);
        let automaton = id;
        expr(ExprKind::Automaton { automaton, subject }, Type::Bool)
    }

    /// `None` when the work is used up.
    fn add_automaton(&mut self, shown: &str, table: &Table) -> Option<AutomatonId> {
        if !self.spend(Task::Data, work::bytes(table.next.len() * 2 + shown.len()))
            || self.pool.len() > POOL_BYTES_MAX
        {
            return None;
        }
        let class_map = self.pool.append(&table.class_map);
        let transitions: Vec<u8> = table.next.iter().flat_map(|s| s.to_le_bytes()).collect();
        let id = AutomatonId(length(&self.automata));
        self.automata.push(Automaton {
            source: shown.into(),
            start: u32::from(table.start),
            states: length(&table.accepting),
            classes: table.classes,
            class_map,
            table: self.pool.append(&transitions),
            accepting: self.pool.append(&table.accepting),
            prefix: match table.prefix().as_slice() {
                [] => Handle(0),
                prefix => Handle::new(self.pool.append(prefix), length(prefix)),
            },
        });
        self.automaton_ids.insert(shown.into(), id);
        Some(id)
    }
}

/// A part of a glob: its characters that stand for themselves are one text.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Any,
    One,
}

fn glob_parts(glob: &str) -> Result<Vec<Part>, Unfinished> {
    let mut parts: Vec<Part> = Vec::new();
    for item in items(glob) {
        match (item?, parts.last_mut()) {
            (Item::Any, Some(Part::Any)) => {}
            (Item::Any, _) => parts.push(Part::Any),
            (Item::One, _) => parts.push(Part::One),
            (Item::Character(literal), Some(Part::Text(text))) => text.push(literal),
            (Item::Character(literal), _) => parts.push(Part::Text(literal.into())),
        }
    }
    Ok(parts)
}

fn part_regex(part: &Part) -> String {
    match part {
        Part::Text(text) => escape(text),
        Part::Any => "(?s-u:.)*".into(),
        Part::One => "(?s:.)".into(),
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if !character.is_alphanumeric() && character.is_ascii() && !character.is_ascii_control() {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// The tables of an automaton.
struct Table {
    start: u16,
    classes: u32,
    class_map: [u8; 256],
    next: Vec<u16>,
    accepting: Vec<u8>,
}

impl Table {
    fn next(&self, state: u16, class: u32) -> u16 {
        let at = usize::from(state) * self.classes as usize + class as usize;
        self.next.get(at).copied().unwrap_or(0)
    }

    /// What every match begins with: as long as one byte alone goes on, and an index looks at it.
    fn prefix(&self) -> Vec<u8> {
        let mut prefix = Vec::new();
        let mut state = self.start;
        while prefix.len() < KEY_BYTES_MAX as usize {
            if self.accepting.get(usize::from(state)) != Some(&0) {
                break;
            }
            let bytes = (0..=u8::MAX).zip(self.class_map);
            let mut going_on = bytes.filter_map(|(byte, class)| {
                let next = self.next(state, class.into());
                (next != 0).then_some((byte, next))
            });
            let (Some((byte, next)), None) = (going_on.next(), going_on.next()) else {
                break;
            };
            prefix.push(byte);
            state = next;
        }
        prefix
    }
}

/// Why there is no automaton.
#[derive(Debug)]
enum Refused {
    /// The work is used up, which has been reported.
    TooMuch,
    /// Something is wrong with the pattern.
    Because { what: String, help: &'static str },
}

fn large() -> Refused {
    Refused::Because {
        what: "the automaton of this pattern is too large".into(),
        help: "use fewer counted repetitions and alternatives, or several simpler patterns",
    }
}

/// What is wrong with a pattern, from the last line of what the reader of patterns says.
fn unreadable(problem: &dyn std::error::Error) -> Refused {
    let text = match problem.source() {
        Some(source) => source.to_string(),
        None => problem.to_string(),
    };
    let line = text.lines().last().unwrap_or("not a regular expression");
    Refused::Because {
        what: line.trim_start_matches("error: ").to_owned(),
        help: "docs/language.md describes the regular expressions of ECL",
    }
}

/// Makes the automaton of a pattern. Each step of the way is paid with `spend` before it is taken, which returns false when
/// nothing is left.
fn build(regex: &str, spend: &mut dyn FnMut(u64) -> bool) -> Result<Table, Refused> {
    if regex.len() > PATTERN_SOURCE_BYTES_MAX {
        return Err(Refused::Because {
            what: format!(
                "this pattern has {} bytes, at most {PATTERN_SOURCE_BYTES_MAX} fit",
                regex.len()
            ),
            help: "use several simpler patterns, or `x in […]`",
        });
    }
    let reading = regex_cost::reading(regex).map_err(|problem| unreadable(&*problem))?;
    pay(spend, reading)?;
    let syntax = regex_automata::util::syntax::Config::new().utf8(false);
    let config = thompson::Config::new()
        .utf8(false)
        .which_captures(WhichCaptures::None)
        .nfa_size_limit(Some(PATTERN_CONSTRUCTION_BYTES_MAX));
    let nfa = thompson::Compiler::new()
        .configure(config)
        .syntax(syntax)
        .build(regex);
    let nfa = nfa.map_err(|problem| {
        // What was built until then took time too.
        let bytes = PATTERN_CONSTRUCTION_BYTES_MAX;
        match problem.size_limit() {
            Some(_) if spend(regex_cost::states(bytes)) => large(),
            Some(_) => Refused::TooMuch,
            None => unreadable(&problem),
        }
    })?;
    pay(spend, regex_cost::states(nfa.memory_usage()))?;
    let dfa = determinize(&nfa, spend)?;
    packed(&dfa)
}

fn pay(spend: &mut dyn FnMut(u64) -> bool, steps: u64) -> Result<(), Refused> {
    if spend(steps) {
        Ok(())
    } else {
        Err(Refused::TooMuch)
    }
}

type Dfa = dense::DFA<Vec<u32>>;

/// Makes sets of states deterministic. How much that takes is not known before, so it is tried with little memory first and
/// then with more.
fn determinize(nfa: &thompson::NFA, spend: &mut dyn FnMut(u64) -> bool) -> Result<Dfa, Refused> {
    const FIRST_BYTES: usize = 2 * 1024;
    const FACTOR: usize = 4;
    let mut bytes = FIRST_BYTES;
    loop {
        pay(spend, regex_cost::sets(nfa, bytes))?;
        let config = dense::Config::new()
            .start_kind(StartKind::Anchored)
            .match_kind(MatchKind::All)
            .dfa_size_limit(Some(PATTERN_CONSTRUCTION_BYTES_MAX))
            .determinize_size_limit(Some(bytes));
        match dense::Builder::new().configure(config).build_from_nfa(nfa) {
            Ok(dfa) => return Ok(dfa),
            Err(problem) if !problem.is_size_limit_exceeded() => return Err(unreadable(&problem)),
            Err(_) if bytes < PATTERN_CONSTRUCTION_BYTES_MAX => {
                bytes = (bytes * FACTOR).min(PATTERN_CONSTRUCTION_BYTES_MAX);
            }
            Err(_) => return Err(large()),
        }
    }
}

/// The reachable part of an automaton, as the engines read it.
fn packed(dfa: &Dfa) -> Result<Table, Refused> {
    let start = start::Config::new().anchored(Anchored::Yes);
    let first = dfa.start_state(&start).map_err(|_| large())?;
    let classes = dfa.byte_classes();
    let alphabet = classes.alphabet_len() - 1;
    let class_map: [u8; 256] = std::array::from_fn(|b| classes.get(u8::try_from(b).unwrap_or(0)));
    let mut representatives: Vec<Option<u8>> = vec![None; alphabet];
    for byte in 0..=u8::MAX {
        if let Some(slot) = representatives.get_mut(usize::from(classes.get(byte))) {
            slot.get_or_insert(byte);
        }
    }
    // State 0 is dead; the others are numbered as they are reached.
    let mut numbers: std::collections::HashMap<StateID, u16> = std::collections::HashMap::new();
    let mut queue = vec![first];
    numbers.insert(first, 1);
    let mut next: Vec<u16> = vec![0; alphabet];
    let mut accepting: Vec<u8> = vec![0];
    let mut at = 0;
    while let Some(state) = queue.get(at).copied() {
        at += 1;
        accepting.push(u8::from(dfa.is_match_state(dfa.next_eoi_state(state))));
        for byte in &representatives {
            // Each class is of some byte; of another one the transitions would be those of another pattern.
            let target = dfa.next_state(state, byte.ok_or_else(large)?);
            let number = if dfa.is_dead_state(target) {
                0
            } else if dfa.is_quit_state(target) {
                return Err(large());
            } else if let Some(number) = numbers.get(&target) {
                *number
            } else {
                let number = u16::try_from(queue.len() + 1).map_err(|_| large())?;
                if queue.len() >= AUTOMATON_STATES_MAX {
                    return Err(large());
                }
                numbers.insert(target, number);
                queue.push(target);
                number
            };
            next.push(number);
        }
    }
    if next.len() * 2 > AUTOMATON_BYTES_MAX {
        return Err(large());
    }
    Ok(Table {
        start: 1,
        classes: u32::try_from(alphabet).map_err(|_| large())?,
        class_map,
        next,
        accepting,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(regex: &str) -> Table {
        build(regex, &mut |_| true).unwrap_or_else(|e| panic!("{regex}: {e:?}"))
    }

    /// Steps that a pattern takes, whether it is refused or not.
    fn steps(regex: &str) -> u64 {
        let mut steps = 0;
        let _built = build(regex, &mut |more| {
            steps += more;
            true
        });
        steps
    }

    fn matches(regex: &str, text: &str) -> bool {
        let table = built(regex);
        let mut state = table.start;
        for byte in text.bytes() {
            let class = usize::from(table.class_map[usize::from(byte)]);
            state = table.next[usize::from(state) * table.classes as usize + class];
        }
        table.accepting[usize::from(state)] == 1
    }

    fn glob(glob: &str, text: &str) -> bool {
        let parts = glob_parts(glob).unwrap();
        matches(&parts.iter().map(part_regex).collect::<String>(), text)
    }

    #[test]
    fn a_regular_expression_matches_the_whole_text() {
        assert!(matches("a|ab", "ab"));
        assert!(!matches("a", "ab"));
        assert!(!matches("b", "ab"));
        assert!(matches(
            "^/api/v1/[a-z]+/[0-9]+/items$",
            "/api/v1/accounts/42/items"
        ));
        assert!(matches("[äö]+", "öä"));
        assert!(matches("", ""));
        assert!(!matches("", "x"));
        assert!(matches("(a+)+", &"a".repeat(5000)));
        assert!(!matches("(a+)+", &format!("{}b", "a".repeat(5000))));
    }

    #[test]
    fn a_star_of_a_glob_is_any_text_and_a_question_mark_one_character() {
        assert!(glob("/api/*/items/*", "/api/a/b/items/"));
        assert!(!glob("/api/*/items/*", "/api/items"));
        assert!(glob("a?c", "aäc"));
        assert!(!glob("a?c", "ac"));
        assert!(glob("1+1=\\*", "1+1=*"));
        assert!(!glob("1+1=\\*", "1+1=2"));
    }

    #[test]
    fn what_every_match_begins_with_is_known() {
        let prefix = |regex: &str| {
            let table = built(regex);
            String::from_utf8_lossy(&table.prefix()).into_owned()
        };
        assert_eq!(prefix("/api/[a-z]+/items"), "/api/");
        assert_eq!(prefix("ab?c"), "a");
        assert_eq!(prefix("(ab|ac)d"), "a");
        assert_eq!(prefix("abc"), "abc");
        assert_eq!(prefix("a*"), "");
        assert_eq!(prefix("(?i)a"), "");
        assert_eq!(prefix("x{500}").len(), KEY_BYTES_MAX as usize);
    }

    #[test]
    fn patterns_that_would_be_large_are_refused() {
        for pattern in ["(a|b)*a(a|b){14}", "\\w{60}", "["] {
            assert!(build(pattern, &mut |_| true).is_err(), "{pattern}");
        }
        let long = "a".repeat(PATTERN_SOURCE_BYTES_MAX + 1);
        assert!(build(&long, &mut |_| true).is_err());
    }

    #[test]
    fn a_pattern_costs_what_making_it_takes() {
        assert!(steps("/api/.*/items/.*") < 20_000);
        assert!(steps("(a|b)*a(a|b){14}") > 100_000);
        assert!(steps("\\w{60}") > 100_000);
        // Case does not count: every character of the class is looked at.
        assert!(steps("(?i)[\\x00-\u{10ffff}]") > 50_000);
    }

    #[test]
    fn without_steps_there_is_no_automaton() {
        let mut left = 1;
        let refused = build("/api/.*", &mut |_| {
            left -= 1;
            left >= 0
        });
        assert!(matches!(refused, Err(Refused::TooMuch)));
    }
}
