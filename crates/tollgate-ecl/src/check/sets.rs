//! Built-in functions that take two lists as sets.
//!
//! Each is a loop over the first list that looks its elements up in the second, written out in place.

use crate::ast;
use crate::codes::check as codes;
use crate::ir::{Expr, LoopKind};
use crate::stdlib::Builtin;
use crate::types::Type;

use super::expr::join;
use super::kinds::same_kind;
use super::membership::element;
use super::report::error;
use super::unit::{Site, Unit, error_expr, local_expr, loop_expr, not};

impl<'a> Unit<'a, '_> {
    pub(super) fn set_operation(
        &mut self,
        builtin: Builtin,
        args: &'a [ast::Expr],
        Site { span, want }: Site<'_>,
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
        if let Some(failed) = self.map_beside_list(builtin, [&list, &other], args) {
            return failed;
        }
        let made = list.ty.clone();
        if let (Builtin::Overlaps, Type::Cidr, Type::Cidr | Type::List(..)) =
            (builtin, &list.ty, &other.ty)
        {
            return self.networks_overlap(list, other, span);
        }
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
        let found = match (builtin, &item, element(&other.ty)) {
            (Builtin::Overlaps, Type::Cidr, Some(Type::Cidr)) => {
                self.networks_overlap(local_expr(var, item), other, span)
            }
            _ => self.is_in(local_expr(var, item), other, span),
        };
        if found.ty == Type::Error {
            return found;
        }
        let (kind, body, ty) = match builtin {
            Builtin::IsSubset => (LoopKind::All, found, Type::Bool),
            Builtin::Overlaps => (LoopKind::Any, found, Type::Bool),
            Builtin::Difference => (LoopKind::Filter, not(found), made),
            _ => (LoopKind::Filter, found, made),
        };
        let made = loop_expr(kind, var, (list, body), ty);
        let made = self.kept(two, two_value, made);
        self.kept(one, one_value, made)
    }

    /// Says that entries of a map are no elements of a list.
    fn map_beside_list(
        &mut self,
        builtin: Builtin,
        made: [&Expr; 2],
        args: &'a [ast::Expr],
    ) -> Option<Expr> {
        let column = match made.map(|e| &e.ty) {
            [Type::Map(key, value, _), Type::List(item, _)]
            | [Type::List(item, _), Type::Map(key, value, _)] => {
                if same_kind(item, key) {
                    "keys"
                } else if same_kind(item, value) {
                    "values"
                } else {
                    return None;
                }
            }
            _ => return None,
        };
        let name = builtin.entry().name;
        let written = made.into_iter().zip(args).map(|(e, arg)| {
            let text = self.bundle.source(arg.span);
            if matches!(e.ty, Type::Map(..)) {
                format!("{column}({text})")
            } else {
                text
            }
        });
        let written = written.collect::<Vec<_>>().join(", ");
        let [first, second] = made.map(|e| self.show(&e.ty));
        let text = format!("`{name}` compares the elements of {first} with those of {second}");
        let at = args
            .iter()
            .zip(made)
            .find(|(_, e)| matches!(e.ty, Type::Map(..)));
        let span = at.map_or(self.at, |(arg, _)| arg.span);
        let report = error(codes::MISMATCH, span, text);
        let note = "the elements of a map are its entries: a key and a value";
        Some(self.fail(report.note(note).help(format!("write `{name}({written})`"))))
    }
}
