//! Equality of what has parts: records are equal when their fields are, options when both are none or both have equal values.
//!
//! It is written out in place as comparisons of the parts, so the engines, gas and bounds know nothing of it. Lists are in
//! [`lists`](super::lists); trust vectors and effects have none.

use crate::codes::check as codes;
use crate::data::types::{RecordId, Type};
use crate::ir::{Expr, LocalId, LoopKind};
use crate::span::Span;
use crate::syntax::ast::CompareOp;

use super::narrow::is_path;
use super::report::error;
use super::unit::{Unit, and, bool_expr, error_expr, if_expr, local_expr, loop_expr, not};
use super::work::{self, Task};

impl Unit<'_, '_> {
    /// `a == b` and `a != b` of two options.
    pub(super) fn options_equal(
        &mut self,
        op: CompareOp,
        left: Expr,
        right: Expr,
        span: Span,
    ) -> Expr {
        let inner = |e: &Expr| super::literal::payload(&e.ty).clone();
        let (of_left, of_right) = (inner(&left), inner(&right));
        let (first, first_value, left) = self.keep_option(left);
        let (second, second_value, right) = self.keep_option(right);
        let (some, other) = (self.is_some(left.clone()), self.is_some(right.clone()));
        let left = self.payload_of(left, &of_left);
        let right = self.payload_of(right, &of_right);
        let equal = self.compare(CompareOp::Eq, left, right, span);
        if equal.ty == Type::Error {
            return equal;
        }
        let both = and(other.clone(), equal);
        let made = if_expr(some, both, not(other), Type::Bool);
        let made = if op == CompareOp::Eq { made } else { not(made) };
        let made = self.kept(second, second_value, made);
        self.kept(first, first_value, made)
    }

    /// Keeps an option, unless it is a path, of which it is known whether it has a value.
    pub(super) fn keep_option(&mut self, option: Expr) -> (Option<LocalId>, Option<Expr>, Expr) {
        if is_path(&option) {
            return (None, None, option);
        }
        self.keep(option)
    }

    /// `a == b` and `a != b` of two records of one type.
    pub(super) fn records_equal(
        &mut self,
        op: CompareOp,
        (left, right): (Expr, Expr),
        id: RecordId,
        span: Span,
    ) -> Expr {
        let fields = self.fields(id);
        self.kept_equal(op, (left, right), |unit, left, right| {
            let mut parts = Vec::new();
            for field in fields {
                if !unit.spend(Task::Expressions, work::EXPR) {
                    return error_expr();
                }
                let a = unit.load(left.clone(), field.offset, field.ty.clone());
                let b = unit.load(right.clone(), field.offset, field.ty.clone());
                let same = unit.compare(CompareOp::Eq, a, b, span);
                if same.ty == Type::Error {
                    return same;
                }
                parts.push(same);
            }
            all_of(parts)
        })
    }

    /// `==` or `!=` of two values that are read more than once: `equal` says whether they are equal.
    pub(super) fn kept_equal(
        &mut self,
        op: CompareOp,
        (left, right): (Expr, Expr),
        equal: impl FnOnce(&mut Self, Expr, Expr) -> Expr,
    ) -> Expr {
        let (first, first_value, left) = self.keep(left);
        let (second, second_value, right) = self.keep(right);
        let made = equal(self, left, right);
        if made.ty == Type::Error {
            return made;
        }
        let made = if op == CompareOp::Eq { made } else { not(made) };
        let made = self.kept(second, second_value, made);
        self.kept(first, first_value, made)
    }

    /// `item in list`, one element after the other, where a comparison of words is not enough.
    pub(super) fn equal_in(&mut self, item: Expr, list: Expr, element: &Type, span: Span) -> Expr {
        let (local, value, item) = self.keep(item);
        let var = self.local(element);
        let body = self.compare(CompareOp::Eq, local_expr(var, element.clone()), item, span);
        if body.ty == Type::Error {
            return error_expr();
        }
        let any = loop_expr(LoopKind::Any, var, (list, body), Type::Bool);
        self.kept(local, value, any)
    }

    /// That a type has no equality, or no order.
    pub(super) fn not_compared(&mut self, op: &str, ty: &Type, span: Span) -> Expr {
        let text = format!("`{op}` is not defined for {}", self.show(ty));
        let help = match ty {
            Type::List(..) | Type::Map(..) => {
                "lists and maps are equal or not, but have no order: compare elements with `any` and `all`, or their `len`"
            }
            Type::Record(_) => "records are equal or not, but have no order: compare a field",
            Type::Cidr => {
                "networks are equal or not, but have no order: `a in b` says whether all of one is in another"
            }
            Type::Trust => "compare a dimension such as `.r`, or `norm(…)`",
            _ => {
                "only numbers, amounts, quantities, instants, durations and addresses have an order"
            }
        };
        self.fail(error(codes::NOT_DEFINED, span, text).help(help))
    }
}

/// Conditions joined by AND, in order, as a tree that is as low as it can be: records have many fields.
fn all_of(mut conditions: Vec<Expr>) -> Expr {
    while conditions.len() > 1 {
        let mut pairs = conditions.into_iter();
        let mut joined = Vec::new();
        while let Some(first) = pairs.next() {
            joined.push(match pairs.next() {
                Some(second) => and(first, second),
                None => first,
            });
        }
        conditions = joined;
    }
    conditions.pop().unwrap_or_else(|| bool_expr(true))
}
