//! Conversions between types, what is said when there is none, and operators that are folded when they can be.

use crate::codes::check as codes;
use crate::data::types::Type;
use crate::diagnostic::Diagnostic;
use crate::ir::{BinaryOp, Expr, ExprKind, PointId, UnaryOp};
use crate::span::Span;

use super::fold::{self, Folded};
use super::kinds::{fits, same_kind};
use super::net::no_text;
use super::report::error;
use super::unit::{Unit, error_expr, expr};

impl<'a> Unit<'a, '_> {
    /// The expression as a value of the type, converted where that loses nothing.
    pub(super) fn coerce(&mut self, e: Expr, to: &Type, span: Span) -> Expr {
        if e.ty == Type::Error || *to == Type::Error {
            return error_expr();
        }
        if e.ty == Type::Never || fits(&e.ty, to) {
            return e;
        }
        match (&e.ty, to) {
            (Type::Int, Type::Decimal) => self.unary(UnaryOp::IntToDecimal, e, Type::Decimal, span),
            (Type::Int, Type::Number) => self.unary(UnaryOp::IntToNumber, e, Type::Number, span),
            (from, Type::Option(inner)) if !matches!(from, Type::Option(_)) => {
                let value = self.coerce(e, inner, span);
                self.some(value, to)
            }
            (Type::Option(inner), _) if same_kind(inner, to) => {
                let (found, wanted) = (self.show(&e.ty), self.show(to));
                self.maybe_none(format!("expected {wanted}, found {found}"), &e, span)
            }
            _ => {
                let report = self.mismatch(&e.ty, to, span);
                self.fail(report)
            }
        }
    }

    /// An option with a value.
    pub(super) fn some(&mut self, value: Expr, ty: &Type) -> Expr {
        if value.ty == Type::Error {
            return value;
        }
        let made = expr(ExprKind::Some(Box::new(value)), ty.clone());
        self.constant_of(made)
    }

    /// Two types that do not agree.
    pub(super) fn mismatch(&mut self, found: &Type, wanted: &Type, span: Span) -> Diagnostic {
        let (f, w) = (self.show(found), self.show(wanted));
        let text = format!("expected {w}, found {f}");
        match (found, wanted) {
            (Type::Money(_), Type::Money(_)) => error(codes::MIXED_CURRENCIES, span, text)
                .help("amounts of different currencies do not mix: convert one with a rate first"),
            (Type::Quantity(_), Type::Quantity(_)) => error(codes::MIXED_UNITS, span, text)
                .help("quantities of different dimensions do not mix"),
            (Type::Decimal, Type::Number) => error(codes::MIXED_NUMBERS, span, text)
                .help("write `to_number(…)`: the conversion rounds, so it is never done silently"),
            (Type::Number, Type::Decimal) => error(codes::MIXED_NUMBERS, span, text)
                .help("write `to_decimal(…)`: the conversion rounds, so it is never done silently"),
            (Type::Int | Type::Decimal | Type::Number, Type::Money(c)) => {
                let help = format!(
                    "an amount has a currency: write `0.50 {}`, or multiply by `1 {}`",
                    c.0, c.0
                );
                error(codes::NEEDS_UNIT, span, text).help(help)
            }
            (Type::Int | Type::Decimal | Type::Number, Type::Quantity(_) | Type::Duration) => {
                error(codes::NEEDS_UNIT, span, text).help("write its unit, as in `5km` or `30s`")
            }
            (Type::Quantity(_), Type::Duration) => {
                error(codes::MIXED_UNITS, span, text).help("`m` is metres; minutes are `min`")
            }
            (Type::Money(_) | Type::Quantity(_), Type::Decimal) => {
                error(codes::MIXED_UNITS, span, text).help(
                    "divide by one unit to get the bare amount: `price / 1 EUR`, `distance / 1km`",
                )
            }
            (Type::String(n), Type::String(m)) => error(
                codes::BOUND,
                span,
                format!("this text may have {n} bytes, and only {m} fit here"),
            )
            .help(format!("declare the other side as `string<{n}>`")),
            (Type::List(_, n), Type::List(_, m)) if n > m && same_kind(found, wanted) => error(
                codes::BOUND,
                span,
                format!("this list may have {n} elements, and only {m} fit here"),
            )
            .help(format!("raise the bound to {n}")),
            (Type::Map(_, _, n), Type::Map(_, _, m)) if n > m && same_kind(found, wanted) => error(
                codes::BOUND,
                span,
                format!("this map may have {n} entries, and only {m} fit here"),
            )
            .help(format!("raise the bound to {n}")),
            // The bound of a part is too small.
            (Type::List(found, _), Type::List(wanted, _)) if same_kind(found, wanted) => {
                self.mismatch(found, wanted, span)
            }
            (Type::Map(key, found, _), Type::Map(other, wanted, _))
                if same_kind(key, other) && same_kind(found, wanted) =>
            {
                if fits(key, other) {
                    self.mismatch(found, wanted, span)
                } else {
                    self.mismatch(key, other, span)
                }
            }
            (Type::String(_), Type::Did) => error(codes::MISMATCH, span, text).help(
                "a text is not a did: declare it as `did`, so that it is checked when it comes in",
            ),
            (Type::Ip, Type::Cidr) | (Type::Cidr, Type::Ip) => error(codes::MISMATCH, span, text)
                .help("an address is in a network or not: write `address in network`"),
            (Type::String(_), net @ (Type::Ip | Type::Cidr))
            | (net @ (Type::Ip | Type::Cidr), Type::String(_)) => {
                error(codes::MISMATCH, span, text).help(no_text(net))
            }
            (Type::Int | Type::Decimal, Type::Ip) | (Type::Ip, Type::Int | Type::Decimal) => {
                error(codes::MISMATCH, span, text).help("write an address in quotes: \"192.0.2.1\"")
            }
            (Type::Effect, _) => error(codes::MISPLACED, span, text).help(
                "an effect only says what is to be done: it stands in `on accept { … }`, `on reject { … }` or `on escalate { … }` of a policy",
            ),
            (_, Type::Bool) => error(codes::MISMATCH, span, text).help("compare it with something"),
            (one, Type::List(item, _)) if is_alike(one, item) => error(codes::MISMATCH, span, text)
                .help("a list of one stands in brackets: `[…]`"),
            (Type::List(item, _), one) if is_alike(item, one) => error(codes::MISMATCH, span, text)
                .help("one value is wanted here, and no list: leave the brackets out"),
            (Type::List(..), Type::Map(..)) => error(codes::MISMATCH, span, text)
                .help("a map has keys: `{ key: value }`"),
            _ => {
                error(codes::MISMATCH, span, text).help(format!("use a value of the type {w} here"))
            }
        }
    }

    /// A prefix operator on a made operand, folded when it is constant.
    pub(super) fn unary(&mut self, op: UnaryOp, operand: Expr, ty: Type, span: Span) -> Expr {
        if operand.ty == Type::Error {
            return operand;
        }
        match fold::unary(op, &operand.kind) {
            Folded::Value(kind) => expr(kind, ty),
            Folded::Fails(why) => self.constant_fails(why, span),
            Folded::Keep => {
                let point = match op.can_fail() {
                    true => self.point(span),
                    false => PointId(0),
                };
                super::unit::unary(op, operand, ty, point)
            }
        }
    }

    /// An operator on made operands, folded when they are constant.
    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        left: Expr,
        right: Expr,
        ty: Type,
        span: Span,
    ) -> Expr {
        if left.ty == Type::Error || right.ty == Type::Error {
            return error_expr();
        }
        match fold::binary(op, &left.kind, &right.kind) {
            Folded::Value(kind) => expr(kind, ty),
            Folded::Fails(why) => self.constant_fails(why, span),
            Folded::Keep => {
                let point = match op.can_fail() {
                    true => self.point(span),
                    false => PointId(0),
                };
                super::unit::binary(op, left, right, ty, point)
            }
        }
    }

    pub(super) fn constant_fails(&mut self, why: &str, span: Span) -> Expr {
        let report = error(
            codes::CONSTANT_ERROR,
            span,
            format!("this constant has no value: {why}"),
        );
        self.fail(report.help("change the numbers: it would fail at every evaluation"))
    }
}

/// Whether one may be meant where the other is wanted: of records the fields decide, which is said then.
fn is_alike(one: &Type, other: &Type) -> bool {
    same_kind(one, other) || matches!((one, other), (Type::Record(_), Type::Record(_)))
}
