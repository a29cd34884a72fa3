//! Which tokens touch, and how each is written.

use crate::syntax::lexer::{Token, TokenKind};
use crate::syntax::parser::is_currency;

use super::tree::Node;

/// What a token looks like to its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Begins a line: nothing stands before it.
    Start,
    /// The token.
    Kind(TokenKind),
    /// A name or a closing bracket: an operand ends here.
    Operand,
    /// A number: a `.` that touched it would be read as its point.
    Number,
    /// `f` in `f(a)`: a `(` touches it.
    Callable,
    /// A unit that touches its number.
    TightUnit,
    /// `-` before an operand.
    Prefix,
    /// Brackets of type arguments.
    TypeOpen,
    TypeClose,
}

/// A text and its tokens.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: &'a [Token],
}

impl<'a> Source<'a> {
    /// What stands in the text.
    fn text_of(self, token: &Token) -> &'a str {
        let text = self.text.get(token.start as usize..token.end as usize);
        text.unwrap_or("")
    }

    /// A token as it is written: AND, OR, NOT and `not in` in one spelling.
    pub(super) fn written(self, index: usize) -> &'a str {
        let tokens = self.tokens;
        let token = tokens.get(index);
        let source = token.map_or("", |token| self.text_of(token));
        let kind = token.map(|t| t.kind);
        if is_name(tokens, index) {
            return source;
        }
        match kind {
            Some(TokenKind::And) => "AND",
            Some(TokenKind::Or) => "OR",
            Some(TokenKind::Not) if is_membership(tokens, index) => "not",
            Some(TokenKind::Not) => "NOT",
            _ => source,
        }
    }

    /// The role of a unit, which stands behind its number.
    pub(super) fn unit_role(self, index: usize, before: Role) -> Role {
        match self.tokens.get(index) {
            Some(token) if token.kind == TokenKind::Ident => match is_currency(self.text_of(token))
            {
                true => Role::Operand,
                false => Role::TightUnit,
            },
            _ => self.role(index, before),
        }
    }

    /// The role of a token behind `before`.
    pub(super) fn role(self, index: usize, before: Role) -> Role {
        use TokenKind as T;
        let Some(token) = self.tokens.get(index) else {
            return Role::Start;
        };
        let name = is_name(self.tokens, index);
        match token.kind {
            T::Ident
                if !name
                    && matches!(
                        self.text_of(token),
                        "return" | "require" | "output" | "expect"
                    ) =>
            {
                Role::Kind(T::Ident)
            }
            T::Ident | T::HasCredential | T::ConformsTo => Role::Callable,
            _ if name => Role::Callable,
            T::Number => Role::Number,
            T::Str | T::Regex | T::True | T::False | T::None => Role::Operand,
            T::CloseBrace | T::CloseBracket | T::CloseParen => Role::Kind(token.kind),
            T::Minus if !ends_operand(before) => Role::Prefix,
            kind => Role::Kind(kind),
        }
    }
}

/// True for the first word of `not in`.
fn is_membership(tokens: &[Token], index: usize) -> bool {
    let next = tokens.get(index + 1).map(|t| t.kind);
    next == Some(TokenKind::In) && !is_name(tokens, index + 1)
}

/// True for a word in a place where reserved words are names: behind a `.`, before a `:`.
pub(super) fn is_name(tokens: &[Token], index: usize) -> bool {
    let kind = |i: Option<usize>| i.and_then(|i| tokens.get(i)).map(|t| t.kind);
    let word = kind(Some(index)).is_some_and(TokenKind::is_word);
    word && (matches!(
        kind(index.checked_sub(1)),
        Some(TokenKind::Dot | TokenKind::QuestionDot)
    ) || kind(Some(index + 1)) == Some(TokenKind::Colon))
}

fn ends_operand(role: Role) -> bool {
    use TokenKind as T;
    match role {
        Role::Operand | Role::Number | Role::Callable | Role::TightUnit | Role::TypeClose => true,
        Role::Kind(kind) => matches!(
            kind,
            T::CloseBrace | T::CloseBracket | T::CloseParen | T::Question
        ),
        Role::Start | Role::Prefix | Role::TypeOpen => false,
    }
}

/// True when a blank stands between the two.
pub(super) fn blank(before: Role, next: Role) -> bool {
    use TokenKind as T;
    let glued_before = matches!(
        next,
        Role::TightUnit
            | Role::TypeOpen
            | Role::TypeClose
            | Role::Kind(T::Comma | T::Colon | T::Dot | T::QuestionDot | T::Question)
            | Role::Kind(T::CloseParen | T::CloseBracket)
    );
    let glued_behind = matches!(
        before,
        Role::Start
            | Role::Prefix
            | Role::TypeOpen
            | Role::Kind(T::OpenParen | T::OpenBracket | T::Dot | T::QuestionDot | T::At)
    );
    // `1 .a` is no number, and `a? .b` no `?.`.
    let point =
        matches!(before, Role::Number | Role::Kind(T::Question)) && next == Role::Kind(T::Dot);
    let call = before == Role::Callable && next == Role::Kind(T::OpenParen);
    // Only `value["name"]` and `value[key]` have a bracket behind an operand.
    let index = next == Role::Kind(T::OpenBracket) && ends_operand(before);
    point || (!glued_before && !glued_behind && !call && !index)
}

/// True for AND or OR as an operator: lines are broken before it.
pub(super) fn is_logic(tokens: &[Token], node: &Node) -> bool {
    let Node::Token { index, .. } = node else {
        return false;
    };
    let kind = tokens.get(*index).map(|t| t.kind);
    matches!(kind, Some(TokenKind::And | TokenKind::Or)) && !is_name(tokens, *index)
}
