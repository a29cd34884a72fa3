//! What making an automaton takes, in steps of ten nanoseconds, known before each part of it is done.
//!
//! The factors are measured and rounded up: what is counted may be less work than it says, not more.

use regex_automata::nfa::thompson::NFA;
use regex_syntax::ast::{self, Ast, ClassSetItem, Flag, FlagsItemKind, Visitor, parse::Parser};

/// What any pattern takes, however small.
const ANY: u64 = 2_000;
/// Ranges of characters in the largest class that has a name.
const NAMED_RANGES: u64 = 800;
/// Characters in the largest class that has a name, with what is in no class.
const NAMED_CHARACTERS: u64 = 300_000;
/// Characters whose other cases are looked for in one step.
const FOLDED_PER_STEP: u64 = 2;

/// Steps of reading a regular expression: its classes become sorted ranges of characters, and where case does not count every
/// character of them is looked at.
pub(super) fn reading(regex: &str) -> Result<u64, Box<ast::Error>> {
    let ast = Parser::new().parse(regex).map_err(Box::new)?;
    let found = ast::visit(&ast, Classes::default());
    let classes = found.map_or(u64::MAX, |classes| classes.steps());
    Ok(classes.saturating_add(ANY + regex.len() as u64))
}

/// Steps of making the states of an automaton that takes so many bytes.
pub(super) fn states(bytes: usize) -> u64 {
    bytes as u64 / 4
}

/// Steps of making sets of states of so many bytes: each is followed for each class of bytes, through the states that take no
/// byte.
pub(super) fn sets(nfa: &NFA, bytes: usize) -> u64 {
    let all = nfa.states().len() as u64;
    let taking = nfa.states().iter().filter(|state| !state.is_epsilon());
    let around = 1 + all / (taking.count() as u64).max(1);
    let classes = nfa.byte_classes().alphabet_len() as u64;
    bytes as u64 * classes * around / 32
}

/// What the classes of a pattern take.
#[derive(Debug, Default)]
struct Classes {
    /// Ranges that are sorted in.
    ranges: u64,
    /// Characters of all ranges.
    characters: u64,
    /// Ranges of the class that is being read.
    open: u64,
    /// Whether case does not count somewhere.
    folded: bool,
}

impl Classes {
    fn steps(&self) -> u64 {
        let folded = if self.folded {
            self.characters / FOLDED_PER_STEP
        } else {
            0
        };
        self.ranges.saturating_add(folded)
    }

    /// Adds ranges to the class being read: those that it has are sorted again.
    fn add(&mut self, ranges: u64, characters: u64) {
        self.open += ranges;
        self.ranges = self.ranges.saturating_add(self.open);
        self.characters += characters;
    }

    fn flags(&mut self, flags: &ast::Flags) {
        let ignores_case =
            |item: &ast::FlagsItem| matches!(item.kind, FlagsItemKind::Flag(Flag::CaseInsensitive));
        self.folded |= flags.items.iter().any(ignores_case);
    }
}

impl Visitor for Classes {
    type Output = Self;
    type Err = ();

    fn finish(self) -> Result<Self, ()> {
        Ok(self)
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), ()> {
        match ast {
            Ast::Flags(set) => self.flags(&set.flags),
            Ast::Group(group) => {
                if let Some(flags) = group.flags() {
                    self.flags(flags);
                }
            }
            Ast::ClassBracketed(_) => self.open = 0,
            Ast::ClassUnicode(_) | Ast::ClassPerl(_) => {
                self.open = 0;
                self.add(NAMED_RANGES, NAMED_CHARACTERS);
            }
            Ast::Literal(_) => self.characters += 8,
            Ast::Empty(_)
            | Ast::Dot(_)
            | Ast::Assertion(_)
            | Ast::Repetition(_)
            | Ast::Alternation(_)
            | Ast::Concat(_) => {}
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), ()> {
        match item {
            ClassSetItem::Unicode(_) | ClassSetItem::Perl(_) => {
                self.add(NAMED_RANGES, NAMED_CHARACTERS);
            }
            ClassSetItem::Range(range) => {
                let (first, last) = (u64::from(range.start.c), u64::from(range.end.c));
                self.add(1, last.saturating_sub(first) + 1);
            }
            ClassSetItem::Literal(_) => self.add(1, 1),
            ClassSetItem::Ascii(_) => self.add(8, 256),
            // Ranges of an inner class become ranges of the outer one; a negated one has all characters.
            ClassSetItem::Bracketed(_) => self.add(1, u64::from(u32::from(char::MAX))),
            ClassSetItem::Empty(_) | ClassSetItem::Union(_) => {}
        }
        Ok(())
    }
}
