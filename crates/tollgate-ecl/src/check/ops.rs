//! Operators: arithmetic with units, comparisons and their chains, membership, patterns and credentials.

use crate::codes::check as codes;
use crate::data::types::Type;
use crate::ir::{BinaryOp, Expr, When};
use crate::span::Span;
use crate::syntax::ast::{self, ExprKind as Ast};

use super::literal::payload;
use super::report::error;
use super::unit::{Site, Unit, and, bare, error_expr, not, or, text_expr};

impl<'a> Unit<'a, '_> {
    /// An operator between two operands.
    pub(super) fn infix(
        &mut self,
        op: ast::BinaryOp,
        left: &'a ast::Expr,
        right: &'a ast::Expr,
        Site { span, want }: Site<'_>,
    ) -> Expr {
        match op {
            ast::BinaryOp::And | ast::BinaryOp::Or => {
                let l = self.condition(left);
                let r = self.given(&l, When::from(op == ast::BinaryOp::And), |unit| {
                    unit.condition(right)
                });
                if l.ty == Type::Error || r.ty == Type::Error {
                    return error_expr();
                }
                if op == ast::BinaryOp::And {
                    and(l, r)
                } else {
                    or(l, r)
                }
            }
            ast::BinaryOp::In => self.membership(left, right, span),
            ast::BinaryOp::NotIn => {
                let found = self.membership(left, right, span);
                if found.ty == Type::Error {
                    found
                } else {
                    not(found)
                }
            }
            ast::BinaryOp::Append => self.append(left, right, Site { span, want }),
            ast::BinaryOp::Matches => self.matches(left, right, span),
            ast::BinaryOp::ConformsTo => self.conforms_to(left, right, span),
            ast::BinaryOp::HasCredential => self.has_credential(left, right, span),
            ast::BinaryOp::Add
            | ast::BinaryOp::Sub
            | ast::BinaryOp::Mul
            | ast::BinaryOp::Div
            | ast::BinaryOp::Rem => {
                let (l, r) = self.arithmetic_operands(op, left, right, want);
                let option = [(&l, left), (&r, right)]
                    .into_iter()
                    .find(|(made, _)| matches!(made.ty, Type::Option(_)));
                if let Some((option, source)) = option
                    && l.ty != Type::Error
                    && r.ty != Type::Error
                {
                    let text = self.not_defined_between(op, &l.ty, &r.ty);
                    return self.maybe_none(text, option, source.span);
                }
                self.arithmetic(op, l, r, span)
            }
        }
    }

    fn not_defined_between(&self, op: ast::BinaryOp, l: &Type, r: &Type) -> String {
        let symbol = match op {
            ast::BinaryOp::Add => "+",
            ast::BinaryOp::Sub => "-",
            ast::BinaryOp::Mul => "*",
            ast::BinaryOp::Div => "/",
            _ => "%",
        };
        format!(
            "`{symbol}` is not defined between {} and {}",
            self.show(l),
            self.show(r)
        )
    }

    pub(super) fn arithmetic_operands(
        &mut self,
        op: ast::BinaryOp,
        left: &'a ast::Expr,
        right: &'a ast::Expr,
        want: Option<&Type>,
    ) -> (Expr, Expr) {
        let scales = matches!(op, ast::BinaryOp::Mul | ast::BinaryOp::Div);
        let is_text = [left, right].map(|e| matches!(bare(e).kind, Ast::Str(_)));
        let is_text = is_text.contains(&true);
        // Beside an amount a bare number is a factor when scaling, and another amount when adding.
        let beside = |ty: &Type| match ty {
            Type::Money(_) | Type::Quantity(_) | Type::Decimal if scales => Some(Type::Decimal),
            Type::Duration | Type::Instant if scales => None,
            // Only what is written as a text may be another instant.
            Type::Instant if op == ast::BinaryOp::Sub && is_text => Some(Type::Instant),
            Type::Instant => Some(Type::Duration),
            Type::Int => None,
            other => Some(other.clone()),
        };
        match (self.is_open(left), self.is_open(right)) {
            (true, true) => {
                let numeric = want.map(payload);
                let numeric =
                    numeric.filter(|t| matches!(t, Type::Decimal | Type::Number | Type::Int));
                let l = self.expr(left, numeric);
                let hint = numeric.cloned().or_else(|| beside(&l.ty));
                let r = self.expr(right, hint.as_ref());
                (l, r)
            }
            (true, false) => {
                let r = self.expr(right, None);
                let l = self.expr(left, beside(&r.ty).as_ref());
                (l, r)
            }
            (false, _) => {
                let l = self.expr(left, None);
                let hint = beside(&l.ty);
                let r = self.expr(right, hint.as_ref());
                (l, r)
            }
        }
    }

    /// Arithmetic on made operands.
    pub(super) fn arithmetic(&mut self, op: ast::BinaryOp, l: Expr, r: Expr, span: Span) -> Expr {
        use ast::BinaryOp::{Add, Div, Mul, Sub};
        let money_like = |t: &Type| matches!(t, Type::Money(_) | Type::Quantity(_));
        match (&l.ty, op, &r.ty) {
            (Type::Error, ..) | (.., Type::Error) => error_expr(),
            (Type::Int, _, Type::Int) => {
                let op = match op {
                    Add => BinaryOp::AddInt,
                    Sub => BinaryOp::SubInt,
                    Mul => BinaryOp::MulInt,
                    Div => BinaryOp::DivInt,
                    _ => BinaryOp::RemInt,
                };
                self.binary(op, l, r, Type::Int, span)
            }
            (Type::Number, Add | Sub | Mul | Div, Type::Number | Type::Int)
            | (Type::Int, Add | Sub | Mul | Div, Type::Number) => {
                let (l, r) = self.both(l, r, &Type::Number, span);
                let op = match op {
                    Add => BinaryOp::AddNumber,
                    Sub => BinaryOp::SubNumber,
                    Mul => BinaryOp::MulNumber,
                    _ => BinaryOp::DivNumber,
                };
                self.binary(op, l, r, Type::Number, span)
            }
            (Type::Decimal, Add | Sub | Mul | Div, Type::Decimal | Type::Int)
            | (Type::Int, Add | Sub | Mul | Div, Type::Decimal) => {
                let (l, r) = self.both(l, r, &Type::Decimal, span);
                self.binary(wide_op(op), l, r, Type::Decimal, span)
            }
            (a, Add | Sub, b) if money_like(a) && a == b => {
                let ty = a.clone();
                self.binary(wide_op(op), l, r, ty, span)
            }
            (a, Mul | Div, Type::Decimal | Type::Int) if money_like(a) => {
                let ty = a.clone();
                let r = self.coerce(r, &Type::Decimal, span);
                self.binary(wide_op(op), l, r, ty, span)
            }
            (Type::Decimal | Type::Int, Mul, b) if money_like(b) => {
                let ty = b.clone();
                let l = self.coerce(l, &Type::Decimal, span);
                self.binary(BinaryOp::MulWide, l, r, ty, span)
            }
            (a, Div, b) if money_like(a) && a == b => {
                self.binary(BinaryOp::DivWide, l, r, Type::Decimal, span)
            }
            (Type::Duration, Div, Type::Duration) => {
                let (l, r) = (retype(l, Type::Int), retype(r, Type::Int));
                let (l, r) = self.both(l, r, &Type::Decimal, span);
                self.binary(BinaryOp::DivWide, l, r, Type::Decimal, span)
            }
            (Type::Duration, Mul | Div, Type::Int) | (Type::Int, Mul, Type::Duration) => {
                let op = if op == Mul {
                    BinaryOp::MulInt
                } else {
                    BinaryOp::DivInt
                };
                self.binary(op, l, r, Type::Duration, span)
            }
            (Type::Duration, Add | Sub, Type::Duration) | (Type::Instant, Sub, Type::Instant) => {
                self.binary(int_op(op), l, r, Type::Duration, span)
            }
            (Type::Instant, Add | Sub, Type::Duration) | (Type::Duration, Add, Type::Instant) => {
                self.binary(int_op(op), l, r, Type::Instant, span)
            }
            _ => self.undefined_arithmetic(op, &l.ty, &r.ty, span),
        }
    }

    pub(super) fn both(&mut self, l: Expr, r: Expr, ty: &Type, span: Span) -> (Expr, Expr) {
        (self.coerce(l, ty, span), self.coerce(r, ty, span))
    }

    pub(super) fn undefined_arithmetic(
        &mut self,
        op: ast::BinaryOp,
        l: &Type,
        r: &Type,
        span: Span,
    ) -> Expr {
        let text = self.not_defined_between(op, l, r);
        let (code, help) = match (l, r) {
            (Type::Decimal, Type::Number) | (Type::Number, Type::Decimal) => (
                codes::MIXED_NUMBERS,
                "convert one side with `to_number(…)` or `to_decimal(…)`: the answer depends on rounding",
            ),
            (Type::Money(_), Type::Money(_)) if l != r => (
                codes::MIXED_CURRENCIES,
                "amounts of different currencies do not mix: convert one with a rate first",
            ),
            (Type::Quantity(_), Type::Quantity(_)) if l != r => (
                codes::MIXED_UNITS,
                "quantities of different dimensions do not mix",
            ),
            (Type::Money(_) | Type::Quantity(_), Type::Number)
            | (Type::Number, Type::Money(_) | Type::Quantity(_)) => (
                codes::MIXED_NUMBERS,
                "a factor is an exact decimal: write `to_decimal(…)` around the number",
            ),
            (Type::Money(_) | Type::Quantity(_), Type::Int | Type::Decimal)
            | (Type::Int | Type::Decimal, Type::Money(_) | Type::Quantity(_)) => {
                (codes::NEEDS_UNIT, "give the bare number its unit")
            }
            (Type::List(..), Type::List(..)) => (
                codes::NOT_DEFINED,
                "lists are put behind each other with `++`; `difference(a, b)` takes elements away",
            ),
            (Type::Map(..), Type::Map(..)) => (
                codes::NOT_DEFINED,
                "maps are not put together: two of them may have one key; look it up in one, then in the other: `m[k] else n[k]`",
            ),
            (Type::Instant | Type::Duration, Type::String(_))
            | (Type::String(_), Type::Instant | Type::Duration) => (
                codes::NOT_DEFINED,
                "a duration is written `90s` or `36h`; a text is an instant beside `-` and another instant, and otherwise in a `let` with its type: `let begin: instant = \"2025-01-01T00:00:00Z\"`",
            ),
            (Type::String(_), _) | (_, Type::String(_)) => {
                (codes::NOT_DEFINED, "texts are compared, never put together")
            }
            _ => (
                codes::NOT_DEFINED,
                "docs/language.md lists the operators of each type",
            ),
        };
        self.fail(error(code, span, text).help(help))
    }

    /// A text of the pool as an expression.
    pub(super) fn text_constant(&mut self, text: &str, ty: Type) -> Expr {
        let handle = self.pool.text(text);
        text_expr(handle, ty)
    }
}

/// The same word under another type.
pub(super) fn retype(e: Expr, ty: Type) -> Expr {
    Expr { ty, ..e }
}

fn wide_op(op: ast::BinaryOp) -> BinaryOp {
    match op {
        ast::BinaryOp::Add => BinaryOp::AddWide,
        ast::BinaryOp::Sub => BinaryOp::SubWide,
        ast::BinaryOp::Mul => BinaryOp::MulWide,
        _ => BinaryOp::DivWide,
    }
}

fn int_op(op: ast::BinaryOp) -> BinaryOp {
    if op == ast::BinaryOp::Add {
        BinaryOp::AddInt
    } else {
        BinaryOp::SubInt
    }
}
