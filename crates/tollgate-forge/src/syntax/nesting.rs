//! Bounds how deep the parser will recurse on a text, before it does.
//!
//! The parser is recursive: each bracket, prefix operator, right-binding operator and nested statement is a level. The
//! measure here is never less than half of the parser's depth, and close to it for what people write.

use super::scan::{Kind, Scanner, Stop, Token};
use crate::limits::{NAME_BYTES_MAX, NESTING_MAX};

/// Why a text is not given to the parser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The place where it becomes too deep.
    TooDeep(usize),
    /// The place of a `/` that may begin a regular expression.
    Slash(usize),
    /// The place of a name or number that is too long.
    LongName(usize),
}

/// What is open inside one pair of brackets.
#[derive(Debug, Clone, Default)]
struct Level {
    prefixes: u32,
    rights: u32,
    statements: u32,
    angles: u32,
    dots: u32,
    /// For each `do` whose `while` is to come, the statements around it.
    dos: Vec<u32>,
}

impl Level {
    fn depth(&self) -> u32 {
        let Self {
            prefixes,
            rights,
            statements,
            angles,
            dots,
            dos: _,
        } = self;
        1 + prefixes + rights + statements + angles + dots
    }

    /// An expression has ended.
    fn end_expression(&mut self) {
        self.prefixes = 0;
        self.rights = 0;
        self.angles = 0;
        self.dots = 0;
    }
}

/// Checks that the parser can be given the text.
pub(super) fn check(text: &str) -> Result<(), Refusal> {
    let mut scanner = Scanner::new(text);
    let mut measure = Measure::default();
    loop {
        match scanner.next() {
            Ok(Some(token)) => {
                if is_word(text, token) && token.end - token.start > NAME_BYTES_MAX {
                    return Err(Refusal::LongName(token.start));
                }
                measure.add(text, token)?;
            }
            Ok(None) | Err(Stop::Broken) => return Ok(()),
            Err(Stop::Slash(at)) => return Err(Refusal::Slash(at)),
        }
    }
}

/// Tells whether a token is a name, a number or a keyword. Texts and parts of templates may be long.
fn is_word(text: &str, token: Token) -> bool {
    let first = text.get(token.start..).and_then(|rest| rest.chars().next());
    let operand = token.kind == Kind::Operand;
    operand && !first.is_some_and(|c| matches!(c, '"' | '\'' | '`' | '}'))
}

#[derive(Default)]
struct Measure {
    outer: Vec<Level>,
    outer_depth: u32,
    level: Level,
    before: Option<Kind>,
    /// `;` or `}` stands before the token.
    may_end_statement: bool,
}

impl Measure {
    fn add(&mut self, text: &str, token: Token) -> Result<(), Refusal> {
        let word = text.get(token.start..token.end).unwrap_or("");
        self.boundaries(word, token);
        let after_operand = matches!(self.before, Some(Kind::Operand | Kind::Close));
        match token.kind {
            Kind::Operand => self.level.prefixes = 0,
            Kind::Prefix => self.level.prefixes += 1,
            Kind::Sign if after_operand => {}
            Kind::Sign => self.level.prefixes += 1,
            Kind::Step if after_operand => {}
            Kind::Step => self.level.prefixes += 1,
            Kind::Statement => self.statement(word),
            Kind::Keyword => {}
            Kind::Open => {
                self.outer_depth += self.level.depth();
                self.outer.push(std::mem::take(&mut self.level));
            }
            Kind::Close => self.close(),
            Kind::End => self.level.end_expression(),
            Kind::Comma => {
                let angles = self.level.angles;
                self.level.end_expression();
                self.level.angles = angles;
            }
            Kind::Right if word == "<" => {
                self.level.angles += 1;
                // `<T>x`: what stands behind is inside of it.
                self.level.rights += u32::from(!after_operand);
            }
            Kind::Right => self.level.rights += 1,
            Kind::Infix if word == ">" => self.level.angles = self.level.angles.saturating_sub(1),
            Kind::Infix => {}
            Kind::Dot => self.level.dots += 1,
        }
        if !matches!(token.kind, Kind::Operand | Kind::Dot) {
            self.level.dots = 0;
        }
        self.may_end_statement = token.kind == Kind::End || word.starts_with('}');
        self.before = Some(token.kind);
        if self.outer_depth + self.level.depth() > NESTING_MAX {
            return Err(Refusal::TooDeep(token.start));
        }
        Ok(())
    }

    /// Forgets what has ended before this token.
    fn boundaries(&mut self, word: &str, token: Token) {
        if matches!(word, "case" | "default") && token.kind == Kind::Prefix {
            self.level = Level::default();
        }
        let begins = matches!(token.kind, Kind::Operand | Kind::Prefix | Kind::Statement)
            || token.kind == Kind::Open && word == "{";
        let after_operand = matches!(self.before, Some(Kind::Operand | Kind::Close));
        let ended = self.may_end_statement && (begins || self.before == Some(Kind::End));
        if ended || after_operand && begins && token.on_new_line {
            self.level.end_expression();
            if word != "else" && self.level.dos.is_empty() && self.may_end_statement {
                self.level.statements = 0;
            }
        }
        // Without semicolons a line ends the statement, unless it is the head's body that begins here.
        if self.before == Some(Kind::Operand)
            && begins
            && token.on_new_line
            && word != "else"
            && self.level.dos.is_empty()
        {
            self.level.statements = 0;
        }
    }

    fn statement(&mut self, word: &str) {
        // Where a statement has ended inside of a `do`, nothing but its `while` can follow.
        let closes = word == "while" && self.may_end_statement;
        if let Some(around) = self.level.dos.pop_if(|_| closes) {
            self.level.statements = around;
            return;
        }
        match word {
            // The `if` of `else if` is counted.
            "else" => return,
            "do" => self.level.dos.push(self.level.statements),
            _ => {}
        }
        self.level.statements += 1;
    }

    fn close(&mut self) {
        self.level = self.outer.pop().unwrap_or_default();
        self.outer_depth = self.outer_depth.saturating_sub(self.level.depth());
        self.level.prefixes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> bool {
        matches!(check(text), Err(Refusal::TooDeep(_)))
    }

    #[test]
    fn every_way_of_nesting_is_counted() {
        let n = 400;
        let ways = [
            "(".repeat(n),
            "[".repeat(n),
            "{".repeat(n),
            "`${".repeat(n),
            format!("x = {}1", "- ".repeat(n)),
            format!("x = {}1", "!".repeat(n)),
            format!("x = {}y", "typeof ".repeat(n)),
            format!("{}1", "x = ".repeat(n)),
            format!("{}1", "x => ".repeat(n)),
            format!("x = {}1", "a ? b : ".repeat(n)),
            format!("x = {}1", "2 ** ".repeat(n)),
            format!("{};", "if (x) ".repeat(n)),
            format!("{};", "while (x) ".repeat(n)),
            format!("{};", "do ".repeat(n)),
            format!("{};", "if (x); else ".repeat(n)),
            format!("{};", "if (x) {} else ".repeat(n)),
            format!("{};", "a: ".repeat(n)),
            format!("type T = {}", "A<".repeat(n)),
            format!("type T = {}", "A<B, ".repeat(n)),
            format!("x = {}1", "<A>".repeat(n)),
            format!("type T = {}", "A extends B ? C : ".repeat(n)),
            format!("type T = {}U", "keyof ".repeat(n)),
            format!("type T = {}U", "asserts x is ".repeat(n)),
            format!("x = {}A", "class extends ".repeat(n)),
            format!("x = {}A", "class A extends ".repeat(n)),
            format!("namespace a{} {{}}", ".a".repeat(n)),
            "( /*)*/ ".repeat(n),
            "( //)\n".repeat(n),
            "( ')' , ".repeat(n),
            "( `)` , ".repeat(n),
            "( \u{2028} //)\u{2028} ".repeat(n),
        ];
        for text in ways {
            let shown: String = text.chars().take(30).collect();
            assert!(refused(&text), "{shown}");
        }
    }

    #[test]
    fn long_programs_are_not_deep() {
        let n = 2_000;
        let ways = [
            "x = a + b * -c;\n".repeat(n),
            "x = a ? -b : c\n".repeat(n),
            "if (x) { y = 1 } else { z = 2 }\n".repeat(n),
            "if (x) y = 1; else z = 2;\n".repeat(n),
            "if (x)\n  y = 1\nfor (;;)\n  z = 2\n".repeat(n),
            "do { x++ } while (x < 3)\n".repeat(n),
            "while (x) y++;".repeat(n),
            format!("switch (x) {{ {} }}", "case 1: y = 2; break;".repeat(n)),
            format!("switch (x) {{ {} }}", "case 1:\n".repeat(n)),
            format!("f({});", "a < b, ".repeat(100)),
            format!("enum E {{ {} }}", "A = 1, ".repeat(n)),
            "function f(a: number, b: number): number { return a / b; }\n".repeat(n),
            format!("x = {}1;", "a + ".repeat(n)),
        ];
        for text in ways {
            let shown: String = text.chars().take(30).collect();
            assert_eq!(check(&text), Ok(()), "{shown}");
        }
    }

    #[test]
    fn a_division_is_told_from_a_regular_expression() {
        for text in [
            "a / b",
            "(a) / b",
            "a[1] / b",
            "x /= 2",
            "1 / 2",
            "a.return / 2",
            "f(x) / g",
            "this / 2",
            "a! / 2",
            "f(x)! / g",
            "a.pop()!! / (b | 1)",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        for text in [
            "/a/",
            "!/a/",
            "a\n!/a/",
            "if (x) !/a/",
            "a = !/a/",
            "x = /a/",
            "(/a/)",
            "if (x) /a/",
            "{} /a/",
            "return /a/",
            "typeof /a/",
            "a\n++ / b",
            "[/a/]",
            "x ? /a/ : 1",
            "yield /a/",
        ] {
            assert!(matches!(check(text), Err(Refusal::Slash(_))), "{text}");
        }
    }
}
