//! Types as written, and `name: type` declarations.

use crate::syntax::ast::{FieldDecl, Fields, TypeArg, TypeExpr, TypeExprKind};
use crate::syntax::lexer::TokenKind;

use super::{BlockKind, Parser};

impl Parser<'_> {
    /// `money<EUR>`, `list<string, 16>`, `Offer?`
    pub(super) fn type_expr(&mut self) -> TypeExpr {
        let start = self.current().start;
        let Some(name) = self.ident("a type") else {
            return TypeExpr {
                kind: TypeExprKind::Error,
                span: self.span_of(self.current()),
            };
        };
        let args = if self.at(TokenKind::Lt) {
            self.nested(Self::type_args)
        } else {
            Vec::new()
        };
        let mut ty = TypeExpr {
            kind: TypeExprKind::Named { name, args },
            span: self.span_from(start),
        };
        // Two marks already mean nothing; a row of them must not make a deep tree.
        for _ in 0..2 {
            if self.eat(TokenKind::Question) {
                ty = TypeExpr {
                    kind: TypeExprKind::Option(Box::new(ty)),
                    span: self.span_from(start),
                };
            }
        }
        ty
    }

    fn type_args(&mut self) -> Vec<TypeArg> {
        let open = self.index();
        self.bump();
        let mut args = Vec::new();
        self.elements(open, TokenKind::Gt, "`>`", |p| {
            args.push(if p.at(TokenKind::Number) {
                match p.bound() {
                    Some(bound) => TypeArg::Bound(bound),
                    None => return,
                }
            } else {
                TypeArg::Type(p.type_expr())
            });
        });
        args
    }

    /// `name: type`
    pub(super) fn field_decl(&mut self) -> Option<FieldDecl> {
        let start = self.current().start;
        if self.at(TokenKind::DotDot) {
            let diagnostic = self.expected_diagnostic("a field name").help(
                "only records and the inputs of policies and guards take what they do not name",
            );
            self.report(diagnostic);
            return None;
        }
        let name = self.key_and_colon("a field name")?;
        let ty = self.type_expr();
        Some(FieldDecl {
            name,
            ty,
            span: self.span_from(start),
        })
    }

    /// `{ name: type … }`, with `..` for what has no name here.
    pub(super) fn fields(&mut self, fields: &mut Fields) -> bool {
        let Fields { decls, open } = fields;
        self.block(BlockKind::Fields, |p| {
            if p.eat(TokenKind::DotDot) {
                *open = true;
                return true;
            }
            let field = p.field_decl();
            let good = field.is_some();
            decls.extend(field);
            good
        })
    }

    /// `{ name: type … }`
    pub(super) fn field_decls(&mut self, fields: &mut Vec<FieldDecl>) -> bool {
        self.block(BlockKind::Fields, |p| {
            let field = p.field_decl();
            let good = field.is_some();
            fields.extend(field);
            good
        })
    }
}
