//! Lists as a whole: put behind each other, and compared.

use crate::codes::check as codes;
use crate::data::types::{LIST_BOUND_MAX, Type};
use crate::ir::{BinaryOp, Expr, ExprKind, Handle, Joining, LoopKind, PointId, UnaryOp};
use crate::span::Span;
use crate::syntax::ast::{self, CompareOp};

use super::kinds::{same_kind, wider};
use super::report::error;
use super::unit::{Site, Unit, and, error_expr, expr, local_expr, loop_expr};

impl<'a> Unit<'a, '_> {
    /// `a ++ b`
    pub(super) fn append(
        &mut self,
        left: &'a ast::Expr,
        right: &'a ast::Expr,
        Site { span, want }: Site<'_>,
    ) -> Expr {
        let (left, right) = if self.is_open(left) && !self.is_open(right) {
            let other = self.expr(right, None);
            (self.expr(left, Some(&other.ty)), other)
        } else {
            let list = self.expr(left, want);
            let hint = list.ty.clone();
            (list, self.expr(right, Some(&hint)))
        };
        match (&left.ty, &right.ty) {
            (Type::Error, _) | (_, Type::Error) => error_expr(),
            (Type::List(one, n), Type::List(other, m)) if same_kind(one, other) => {
                let (item, bound) = (wider(one, other), n.saturating_add(*m));
                self.appended((left, right), item, bound, span)
            }
            (one, other) => {
                let (a, b) = (self.show(one), self.show(other));
                let text = format!("`++` is not defined between {a} and {b}");
                let help = match (one, other) {
                    (Type::String(_), _) | (_, Type::String(_)) => {
                        "texts are compared, never put together"
                    }
                    (Type::Map(..), _) | (_, Type::Map(..)) => {
                        "maps are not put together: two of them may have one key; look it up in one, then in the other"
                    }
                    (Type::List(..), Type::List(..)) => "both lists have elements of one type",
                    (Type::List(..), _) | (_, Type::List(..)) => {
                        "it puts a list behind a list: write a single element as `[x]`"
                    }
                    _ => "it puts a list behind a list; numbers are added with `+`",
                };
                self.fail(error(codes::NOT_DEFINED, span, text).help(help))
            }
        }
    }

    fn appended(
        &mut self,
        (left, right): (Expr, Expr),
        item: Type,
        bound: u32,
        span: Span,
    ) -> Expr {
        if bound > LIST_BOUND_MAX {
            let text = format!("this list may have {bound} elements");
            let help = format!(
                "a list has at most {LIST_BOUND_MAX} elements: lower the bounds of the two"
            );
            return self.fail(error(codes::BOUND, span, text).help(help));
        }
        let words = item.words(&self.records);
        let ty = Type::List(Box::new(item), bound);
        if let (ExprKind::Text(one), ExprKind::Text(other)) = (&left.kind, &right.kind) {
            let mut all = self.pool.read(one.address(), one.length() * words);
            all.extend(self.pool.read(other.address(), other.length() * words));
            let handle = match one.length() + other.length() {
                0 => Handle(0),
                count => Handle::new(self.pool.words(&all), count),
            };
            return expr(ExprKind::Text(handle), ty);
        }
        joined(Joining::Append, left, right, ty)
    }

    /// `a == b` and `a != b` of two lists: as long as each other, and equal in every place.
    pub(super) fn lists_equal(
        &mut self,
        op: CompareOp,
        (left, right): (Expr, Expr),
        span: Span,
    ) -> Expr {
        let (Type::List(_, n), Type::List(_, m)) = (&left.ty, &right.ty) else {
            return error_expr();
        };
        let places = *n.min(m);
        self.kept_equal(op, (left, right), |unit, left, right| {
            let length = |unit: &mut Self, list: &Expr| {
                unit.unary(UnaryOp::ListLength, list.clone(), Type::Int, span)
            };
            let (a, b) = (length(unit, &left), length(unit, &right));
            let same_length = unit.binary(BinaryOp::EqWord, a, b, Type::Bool, span);
            if places == 0 {
                return same_length;
            }
            let same = unit.equal_in_pairs((left, right), span);
            if same.ty == Type::Error {
                return same;
            }
            and(same_length, same)
        })
    }

    /// Whether the elements of two lists are equal in every place that both have.
    fn equal_in_pairs(&mut self, (left, right): (Expr, Expr), span: Span) -> Expr {
        let (Type::List(one, n), Type::List(other, m)) = (&left.ty, &right.ty) else {
            return error_expr();
        };
        let (one, other, places) = (Type::clone(one), Type::clone(other), *n.min(m));
        let fields = vec![
            ("left".into(), one.clone()),
            ("right".into(), other.clone()),
        ];
        let id = self.record_type("pair", fields);
        let pair = Type::Record(id);
        let behind = one.words(&self.records) * crate::data::types::WORD;
        let pairs = Type::List(Box::new(pair.clone()), places);
        let pairs = joined(Joining::Zip, left, right, pairs);
        let var = self.local(&pair);
        let a = self.load(local_expr(var, pair.clone()), 0, one);
        let b = self.load(local_expr(var, pair), behind, other);
        let body = self.compare(CompareOp::Eq, a, b, span);
        if body.ty == Type::Error {
            return body;
        }
        loop_expr(LoopKind::All, var, (pairs, body), Type::Bool)
    }
}

fn joined(how: Joining, left: Expr, right: Expr, ty: Type) -> Expr {
    let (left, right) = (Box::new(left), Box::new(right));
    Expr {
        kind: ExprKind::Joined { how, left, right },
        ty,
        point: PointId(0),
    }
}
