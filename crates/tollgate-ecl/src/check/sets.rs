//! Built-in functions that take two lists as sets.
//!
//! Each is a loop over the first list that looks its elements up in the second, written out in place.

use crate::check::stdlib::Builtin;
use crate::codes::check as codes;
use crate::data::types::Type;
use crate::ir::{Expr, LoopKind};
use crate::span::Span;
use crate::syntax::ast;

use super::expr::join;
use super::kinds::same_kind;
use super::literal::payload;
use super::membership::element;
use super::net::{
    is_net, is_of_networks, is_of_optional_networks, no_text, wanted_behind, wanted_to_overlap,
};
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
        let (list, other) = if self.takes_its_type(first) && !self.takes_its_type(second) {
            let other = self.expr(second, None);
            let want = match (builtin, &other.ty) {
                (Builtin::Overlaps, Type::Cidr) => wanted_to_overlap(first),
                (_, ty) if is_of_networks(ty) => wanted_behind(first),
                _ => None,
            };
            (
                self.expr(first, Some(want.as_ref().unwrap_or(&other.ty))),
                other,
            )
        } else {
            let list = self.expr(first, want);
            let want = match (builtin, &list.ty) {
                (Builtin::Overlaps, ty) if is_of_networks(ty) => wanted_to_overlap(second),
                (_, Type::List(item, _)) if is_net(item) => wanted_behind(second),
                (_, ty) if is_of_optional_networks(ty) => wanted_behind(second),
                (_, ty) => Some(ty.clone()),
            };
            let other = self.expr(second, want.as_ref());
            (list, other)
        };
        if list.ty == Type::Error || other.ty == Type::Error {
            return error_expr();
        }
        if let Some(failed) = self.map_beside_list(builtin, [&list, &other], args) {
            return failed;
        }
        if builtin == Builtin::Overlaps && [&list, &other].iter().any(|e| e.ty == Type::Cidr) {
            return self.network_overlaps((list, first), (other, second), span);
        }
        let made = list.ty.clone();
        let common = join(&list.ty, &other.ty).unwrap_or(Type::Error);
        let list = self.entries_as(list, &common);
        let other = self.entries_as(other, &common);
        let Some(item) = element(&list.ty).cloned() else {
            return self.no_list(builtin, list, args);
        };
        let Some(of_other) = element(&other.ty) else {
            return self.wrong_argument(other, "a list", second.span);
        };
        let sides = [&item, of_other];
        if let Some(failed) = self.options_among_networks(builtin, sides, args) {
            return failed;
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

    /// Says that a set is a list.
    fn no_list(&mut self, builtin: Builtin, found: Expr, args: &'a [ast::Expr]) -> Expr {
        let [first, second] = args else {
            return error_expr();
        };
        match (builtin, &found.ty) {
            (Builtin::Overlaps, _) => self.wrong_argument(found, "a list or a cidr", first.span),
            (Builtin::IsSubset, Type::Cidr) => {
                let [one, list] = [first, second].map(|e| self.repeatable(e.span));
                let report = error(codes::MISMATCH, first.span, "expected a list, found cidr");
                let help = format!("whether a network is in others says `{one} in {list}`");
                self.fail(report.help(help))
            }
            _ => self.wrong_argument(found, "a list", first.span),
        }
    }

    /// `overlaps(network, network)`, `overlaps(network, networks)`
    fn network_overlaps(
        &mut self,
        (item, first): (Expr, &'a ast::Expr),
        (other, second): (Expr, &'a ast::Expr),
        span: Span,
    ) -> Expr {
        let [one, list] = [first, second].map(|e| self.repeatable(e.span));
        let (text, help) = match (&item.ty, &other.ty) {
            (Type::Cidr, ty) if is_of_networks(ty) => {
                return self.networks_overlap(item, other, span);
            }
            (Type::Cidr, Type::List(element, _)) => {
                let help = match payload(element) {
                    Type::Cidr => return self.optional_networks(&one, &list, second.span),
                    Type::Ip => format!("write `any x in {list}: x in {one}`"),
                    ty if ty.is_text() => no_text(&Type::Cidr).to_owned(),
                    _ => "networks overlap networks alone".to_owned(),
                };
                let found = self.show(&other.ty);
                (
                    format!("expected a cidr or a list of cidrs, found {found}"),
                    help,
                )
            }
            (Type::Cidr, _) => {
                return self.wrong_argument(other, "a cidr or a list of cidrs", second.span);
            }
            (ty, _) if is_of_networks(ty) => (
                "expected a list of cidrs, found cidr".to_owned(),
                format!("write the one network first: `overlaps({list}, {one})`"),
            ),
            _ => return self.wrong_argument(item, "a cidr or a list of cidrs", first.span),
        };
        self.fail(error(codes::MISMATCH, second.span, text).help(help))
    }

    /// Says that a network is compared with those of a list that may be none.
    fn optional_networks(&mut self, one: &str, list: &str, span: Span) -> Expr {
        let text = "each network of this list may be none";
        let help = format!("write `any n in {list}: n != none AND overlaps({one}, n)`");
        self.fail(error(codes::MAYBE_NONE, span, text).help(help))
    }

    /// Says that elements may be none that are compared as networks: they are looked for in networks, and an option is in none.
    fn options_among_networks(
        &mut self,
        builtin: Builtin,
        [item, of_other]: [&Type; 2],
        args: &'a [ast::Expr],
    ) -> Option<Expr> {
        let [first, second] = args else {
            return None;
        };
        let is_option = |ty: &Type| matches!(ty, Type::Option(_));
        let of_networks = is_net(payload(item)) && *payload(of_other) == Type::Cidr;
        let span = match (is_option(item), is_option(of_other)) {
            (_, true) if of_networks => second.span,
            (true, false) if of_networks || join(item, of_other).is_some() => first.span,
            _ => return None,
        };
        let [xs, ys] = [first, second].map(|e| self.repeatable(e.span));
        let asked = |of: &str| match (builtin, payload(item)) {
            (Builtin::Overlaps, Type::Cidr) => format!("overlaps(x, {of})"),
            (Builtin::Difference, _) => format!("(x in {of})"),
            _ => format!("x in {of}"),
        };
        let among = match is_option(of_other) {
            true => format!("(any n in {ys}: n != none AND {})", asked("n")),
            false => asked(&ys),
        };
        let some = match (is_option(item), builtin) {
            (false, Builtin::Difference) => format!("NOT {among}"),
            (false, _) => among,
            (true, Builtin::Difference) => format!("x == none OR NOT {among}"),
            (true, _) => format!("x != none AND {among}"),
        };
        let asks = match builtin {
            Builtin::IsSubset => "all",
            Builtin::Overlaps => "any",
            _ => "filter",
        };
        let text = "each element of this list may be none";
        let help = format!("write `{asks} x in {xs}: {some}`");
        Some(self.fail(error(codes::MAYBE_NONE, span, text).help(help)))
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
