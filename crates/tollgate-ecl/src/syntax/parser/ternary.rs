//! `condition ? a : b` of other languages, which is told as a whole and once.
//!
//! `x?` demands the value of an option, so a `?` begins a choice only where a colon follows that no key and no loop has: see
//! [`Parser::at_ternary`].

use crate::codes::parser as codes;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::ast::{Expr, ExprKind};
use crate::syntax::lexer::TokenKind;

use super::Parser;
use super::expr::loop_kind;

/// Tokens between the `?` and the `:` that are looked at.
const BRANCH_TOKENS_MAX: usize = 64;
/// Bytes of a choice that is written anew.
const PROPOSAL_BYTES_MAX: usize = 400;

/// A choice that was read, and how it is written.
pub(super) struct Rewritten {
    span: Span,
    text: String,
}

impl Parser<'_> {
    /// Whether the `?` behind a value, which ends at `end`, begins a choice.
    pub(super) fn at_ternary(&self, end: u32) -> bool {
        use TokenKind as T;
        let (question, next) = (self.current(), self.peek(1));
        let apart = question.start > end;
        let begins = match next.kind {
            T::Number | T::Str | T::True | T::False | T::None | T::Ident => true,
            T::OpenParen | T::If | T::Not | T::At => true,
            // `x?["a"]` and `x? - 1` go on with the value.
            T::OpenBracket | T::Minus => apart,
            _ => false,
        };
        if !begins || next.line_before || self.context.before_colon {
            return false;
        }
        match self.colon_of_choice() {
            None => false,
            Some(Colon::Choice) => true,
            // What a key may be as well is told by the blanks: `x ? a : b`, but `x? a: b`.
            Some(Colon::Key) => self.context.free_lines || apart || next.start == question.end,
        }
    }

    /// The colon that ends the first branch behind the current `?`.
    fn colon_of_choice(&self) -> Option<Colon> {
        use TokenKind as T;
        let (mut open, mut loops) = (0_u32, 0_u32);
        for ahead in 1..BRANCH_TOKENS_MAX {
            let token = self.peek(ahead);
            match token.kind {
                T::Eof => return None,
                T::OpenParen | T::OpenBracket | T::OpenBrace => open += 1,
                T::CloseParen | T::CloseBracket | T::CloseBrace => open = open.checked_sub(1)?,
                _ if open > 0 => {}
                T::Comma => return None,
                T::Colon if loops == 0 => return Some(self.colon_at(ahead)),
                T::Colon => loops -= 1,
                _ if token.line_before && !self.context.free_lines => return None,
                T::Ident if self.is_loop(ahead) => loops += 1,
                _ => {}
            }
        }
        None
    }

    fn is_loop(&self, ahead: usize) -> bool {
        loop_kind(self.text_of(self.peek(ahead))).is_some()
            && self.peek(ahead + 1).kind == TokenKind::Ident
            && self.peek(ahead + 2).kind == TokenKind::In
    }

    /// Whether the word before a colon may begin the next entry: nothing asks for an operand before it.
    fn colon_at(&self, ahead: usize) -> Colon {
        use TokenKind as T;
        let key = self.peek(ahead - 1).kind;
        if !key.is_word() && key != T::Str {
            return Colon::Choice;
        }
        let before = self.peek(ahead.saturating_sub(2)).kind;
        let ends_operand = before.is_word()
            || matches!(
                before,
                T::Question
                    | T::Number
                    | T::Str
                    | T::Regex
                    | T::CloseParen
                    | T::CloseBracket
                    | T::CloseBrace
            );
        let operator = matches!(
            before,
            T::And
                | T::Or
                | T::Not
                | T::In
                | T::Matches
                | T::ConformsTo
                | T::HasCredential
                | T::Else
        );
        if ends_operand && !operator {
            Colon::Key
        } else {
            Colon::Choice
        }
    }

    /// Reads the rest of a choice, from its `?` on, and says how it is written.
    pub(super) fn ternary(&mut self, end: u32) -> Expr {
        let (start, told) = (self.expr_start, self.diagnostics.len());
        let question = self.bump();
        let inside = self.rewritten.len();
        let then_start = self.current().start;
        let then = self.expr();
        let then_end = self.last_end;
        self.eat(TokenKind::Colon);
        let otherwise_start = self.current().start;
        self.expr();
        let span = Span::new(self.file, start, self.last_end);
        let proposal = self.choice(
            &then,
            [
                (start, end),
                (then_start, then_end),
                (otherwise_start, self.last_end),
            ],
        );
        self.rewritten.truncate(inside);
        let mut diagnostic = Diagnostic::error(codes::EXPECTED, "there is no `?` with a `:`")
            .at(self.span_of(question), "a choice is written in words");
        diagnostic = match proposal {
            Some(text) => {
                let help = format!("write `{text}`");
                self.rewritten.push(Rewritten {
                    span,
                    text: text.clone(),
                });
                diagnostic.fix(help, span, text)
            }
            None => diagnostic.help("write `if condition then a else b`"),
        };
        if !self.gave_up {
            // What is said of the parts is said again when they are written anew.
            self.diagnostics.truncate(told);
            self.last_error = None;
            self.report(diagnostic);
        }
        self.height = 1;
        Expr {
            kind: ExprKind::Error,
            span,
        }
    }

    /// `if a then b else c` of the texts between these places.
    fn choice(&self, then: &Expr, [condition, yes, no]: [(u32, u32); 3]) -> Option<String> {
        let [condition, yes, no] = [condition, yes, no].map(|place| self.written(place));
        let (condition, yes, no) = (condition?, yes?, no?);
        let text = if matches!(then.kind, ExprKind::Else { .. }) {
            format!("if {condition} then ({yes}) else {no}")
        } else {
            format!("if {condition} then {yes} else {no}")
        };
        (text.len() <= PROPOSAL_BYTES_MAX).then_some(text)
    }

    /// The text between two places, with the choices in it as they are written; none when it is no short text of one line.
    fn written(&self, (start, end): (u32, u32)) -> Option<String> {
        let mut text = String::new();
        let mut at = start;
        for part in &self.rewritten {
            if part.span.start >= at && part.span.end <= end {
                text.push_str(self.text.get(at as usize..part.span.start as usize)?);
                text.push_str(&part.text);
                at = part.span.end;
            }
        }
        text.push_str(self.text.get(at as usize..end as usize)?);
        let fits = text.len() <= PROPOSAL_BYTES_MAX && !text.is_empty();
        (fits && !text.contains(['\n', '\r'])).then_some(text)
    }
}

/// What a colon may belong to.
enum Colon {
    /// A choice, and nothing else.
    Choice,
    /// A choice, or the key of the next entry.
    Key,
}
