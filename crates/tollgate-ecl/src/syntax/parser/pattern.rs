//! What a `match` arm matches.

use crate::syntax::ast::{Expr, ExprKind, MatchPattern};
use crate::syntax::lexer::TokenKind;

use super::Parser;

impl Parser<'_> {
    /// `A | B`, `3`, `"x"`, `_`
    pub(super) fn pattern(&mut self) -> Option<MatchPattern> {
        let first = self.single_pattern()?;
        if !self.at(TokenKind::Pipe) {
            return Some(first);
        }
        let mut alternatives = vec![first];
        while self.eat(TokenKind::Pipe) {
            alternatives.push(self.single_pattern()?);
        }
        Some(MatchPattern::Or(alternatives))
    }

    fn single_pattern(&mut self) -> Option<MatchPattern> {
        use TokenKind as T;
        let token = self.current();
        match token.kind {
            T::Ident if self.text_of(token) == "_" => {
                self.bump();
                Some(MatchPattern::Wildcard(self.span_of(token)))
            }
            T::Ident if self.peek(1).kind == T::Dot => {
                Some(MatchPattern::Literal(self.qualified_case()))
            }
            T::Ident => Some(MatchPattern::Name(self.word())),
            T::Number | T::Str | T::True | T::False | T::None | T::Minus => {
                Some(MatchPattern::Literal(self.unary()))
            }
            _ => {
                self.expected("a pattern");
                None
            }
        }
    }

    /// `Connector.CCS`
    fn qualified_case(&mut self) -> Expr {
        let start = self.current().start;
        let base = self.word();
        self.bump();
        let base = Expr {
            span: base.span,
            kind: ExprKind::Name(base.node),
        };
        match self.ident("a case") {
            Some(name) => Expr {
                kind: ExprKind::Field {
                    base: Box::new(base),
                    name,
                    safe: false,
                },
                span: self.span_from(start),
            },
            None => base,
        }
    }
}
