//! Built-in functions that take two lists as sets.
//!
//! Each is a loop over the first list that looks its elements up in the second, written out in place.

use crate::ast;
use crate::ir::{Expr, ExprKind, LoopKind};
use crate::span::Span;
use crate::stdlib::Builtin;
use crate::types::Type;

use super::expr::join;
use super::membership::element;
use super::unit::{Unit, error_expr, expr, local_expr, not};

impl<'a> Unit<'a, '_> {
    pub(super) fn set_operation(
        &mut self,
        builtin: Builtin,
        args: &'a [ast::Expr],
        span: Span,
        want: Option<&Type>,
    ) -> Expr {
        let [first, second] = args else {
            return error_expr();
        };
        let (list, other) = if self.is_open(first) && !self.is_open(second) {
            let other = self.expr(second, None);
            (self.expr(first, Some(&other.ty)), other)
        } else {
            let list = self.expr(first, want);
            let other = self.expr(second, Some(&list.ty));
            (list, other)
        };
        if list.ty == Type::Error || other.ty == Type::Error {
            return error_expr();
        }
        let made = list.ty.clone();
        let common = join(&list.ty, &other.ty).unwrap_or(Type::Error);
        let list = self.entries_as(list, &common);
        let other = self.entries_as(other, &common);
        let Some(item) = element(&list.ty).cloned() else {
            return self.wrong_argument(list, "a list", first.span);
        };
        if element(&other.ty).is_none() {
            return self.wrong_argument(other, "a list", second.span);
        }
        let (one, one_value, list) = self.keep(list);
        let (two, two_value, other) = self.keep(other);
        let var = self.local(&item);
        let found = self.is_in(local_expr(var, item), other, span);
        if found.ty == Type::Error {
            return found;
        }
        let (kind, body, ty) = match builtin {
            Builtin::IsSubset => (LoopKind::All, found, Type::Bool),
            Builtin::Overlaps => (LoopKind::Any, found, Type::Bool),
            Builtin::Difference => (LoopKind::Filter, not(found), made),
            _ => (LoopKind::Filter, found, made),
        };
        let (list, body) = (Box::new(list), Box::new(body));
        let made = expr(
            ExprKind::Loop {
                kind,
                var,
                list,
                body,
            },
            ty,
        );
        let made = self.kept(two, two_value, made);
        self.kept(one, one_value, made)
    }
}
