//! `===` and its like beside an element that may not be there, which is `undefined` then.

use oxc_ast::ast::{self, Expression};
use tollgate_diagnostics::span::Span;

use super::absence::{Loosely, is_absent};
use super::body::Body;
use super::conversion::literal;
use super::operator::{Comparison, loosely};
use super::sought::{Perhaps, Sought, may_lack};
use super::types::{Absent, Base, Type};
use super::value::Value;
use crate::ir::op::{Unary, Val};
use crate::ir::{Expr, Stmt};

/// One side of a comparison in variables.
struct Side {
    /// Whether it is missing, where its type does not say so.
    gone: Option<Expr>,
    value: Value,
}

/// Whether a comparison asks whether an element is there.
pub(super) fn asks(op: Comparison, node: &ast::BinaryExpression<'_>) -> bool {
    matches!(op, Comparison::Equal | Comparison::NotEqual)
        && (may_lack(&node.left) || may_lack(&node.right))
}

impl<'a> Body<'_, 'a> {
    /// `list[i] === x`
    pub(super) fn compared_sought(
        &mut self,
        op: Comparison,
        node: &'a ast::BinaryExpression<'a>,
    ) -> Option<Value> {
        let span = self.place(node);
        let (left, right) = self.both_sought(&node.left, &node.right);
        let (left, right) = (left?, right?);
        let symbol = node.operator.as_str();
        let same = self.same_sought(left, right, symbol, span)?;
        let expr = match op {
            Comparison::NotEqual => same.unary(Unary::I32Eqz),
            _ => same,
        };
        Some(Value::new(Type::Boolean, expr))
    }

    /// Both sides; a number that is known takes the type of the other.
    fn both_sought(
        &mut self,
        left: &'a Expression<'a>,
        right: &'a Expression<'a>,
    ) -> (Option<Sought>, Option<Sought>) {
        let like = |other: &Option<Sought>, known| {
            let other = other.as_ref()?;
            let ty = other.ty().base().map_or(other.ty(), Base::ty).operand();
            Some(Sought::Value(literal(known, Some(ty))))
        };
        match (self.constant(left), self.constant(right)) {
            (Some(known), _) => {
                let right = self.sought(right, None);
                (like(&right, known), right)
            }
            (None, Some(known)) => {
                let left = self.sought(left, None);
                let right = like(&left, known);
                (left, right)
            }
            (None, None) => {
                let left = self.sought(left, None);
                (left, self.sought(right, None))
            }
        }
    }

    fn same_sought(
        &mut self,
        left: Sought,
        right: Sought,
        symbol: &str,
        span: Span,
    ) -> Option<Expr> {
        let several = |sought: &Sought| matches!(sought.ty().base(), Some(Base::Union(_)));
        let perhaps = |sought: &Sought| matches!(sought, Sought::Perhaps(_));
        let any = perhaps(&left) || perhaps(&right);
        if !any || several(&left) || several(&right) {
            let (left, right) = (self.whole(left)?, self.whole(right)?);
            return self.equal(left, right, symbol, span);
        }
        match (left, right) {
            // Nothing happens between the element and what is written.
            (Sought::Perhaps(perhaps), Sought::Value(value))
            | (Sought::Value(value), Sought::Perhaps(perhaps))
                if matches!(value.expr, Expr::Const(_)) && value.ty.absent().is_none() =>
            {
                let Perhaps {
                    before,
                    missing,
                    value: element,
                } = perhaps;
                let same = self.equal(element, value, symbol, span)?;
                Some(Expr::conditional(Val::I32, missing, Expr::i32(0), same).after(before))
            }
            (
                sought,
                Sought::Value(Value {
                    ty: Type::Nothing(absent),
                    expr,
                }),
            ) => {
                let found = self.absence_of(sought, nothing_beside(symbol, absent));
                if matches!(expr, Expr::Const(_)) {
                    return Some(found);
                }
                // What stands on the right runs when the left has been looked for.
                let mut out = Vec::new();
                let found = self.keep(Value::new(Type::Boolean, found), &mut out)?.expr;
                out.push(Stmt::Drop(expr));
                Some(found.after(out))
            }
            (
                Sought::Value(Value {
                    ty: Type::Nothing(absent),
                    expr,
                }),
                sought,
            ) => {
                let found = self.absence_of(sought, nothing_beside(symbol, absent));
                Some(found.after(vec![Stmt::Drop(expr)]))
            }
            (left, right) => {
                let mut out = Vec::new();
                let left = self.side(left, &mut out)?;
                let right = self.side(right, &mut out)?;
                let same = self.same_sides(left, right, symbol, span)?;
                Some(same.after(out))
            }
        }
    }

    fn side(&mut self, sought: Sought, out: &mut Vec<Stmt>) -> Option<Side> {
        Some(match sought {
            Sought::Value(value) => Side {
                gone: None,
                value: self.keep(value, out)?,
            },
            Sought::Perhaps(perhaps) => {
                let (gone, value) = self.held(perhaps, out)?;
                Side {
                    gone: Some(gone),
                    value,
                }
            }
        })
    }

    fn same_sides(&mut self, left: Side, right: Side, symbol: &str, span: Span) -> Option<Expr> {
        let absent = nothing_beside(symbol, Absent::Undefined);
        // Whether a side is what a missing element is.
        let nothing = |side: &Side| match (&side.gone, side.value.ty.absent()) {
            (Some(gone), _) => gone.clone(),
            (None, Some(_)) => is_absent(side.value.expr.clone(), absent),
            (None, None) => Expr::i32(0),
        };
        let (no_left, no_right) = (nothing(&left), nothing(&right));
        let mut same = self.equal(left.value, right.value, symbol, span)?;
        if let Some(gone) = right.gone {
            same = Expr::conditional(Val::I32, gone, no_left, same);
        }
        if let Some(gone) = left.gone {
            same = Expr::conditional(Val::I32, gone, no_right, same);
        }
        Some(same)
    }
}

/// What a value has to be that is compared with `null` or `undefined`.
fn nothing_beside(symbol: &str, absent: Absent) -> Absent {
    match loosely(symbol) {
        Loosely::Yes => Absent::Either,
        Loosely::No => absent,
    }
}
