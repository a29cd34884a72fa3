//! `in`, `matches` and `has_credential`.

use crate::codes::check as codes;
use crate::data::types::{Repr, Type};
use crate::ir::{BinaryOp, Expr, ExprKind, FactKind, LoopKind};
use crate::limits::PATTERN_SOURCE_BYTES_MAX;
use crate::span::Span;
use crate::syntax::ast::{self, ExprKind as Ast};

use super::kinds::same_kind;
use super::literal::payload;
use super::maps::member;
use super::net::{
    ASK_WITH_IN, is_net, is_of_networks, is_of_optional_networks, wanted_around, wanted_before,
};
use super::report::error;
use super::unit::{Unit, bare, bool_expr, error_expr, expr, is_constant, local_expr, loop_expr};

impl<'a> Unit<'a, '_> {
    /// `item in list`
    pub(super) fn membership(
        &mut self,
        left: &'a ast::Expr,
        right: &'a ast::Expr,
        span: Span,
    ) -> Expr {
        let (item, list) = if self.takes_its_type(left) {
            let list = self.expr(right, None);
            let want = wanted_before(&list.ty, left);
            (self.expr(left, want.as_ref()), list)
        } else {
            let item = self.expr(left, None);
            let want = wanted_around(&item.ty, right);
            let list = self.expr(right, want.as_ref());
            (item, list)
        };
        self.found_in((item, left.span), (list, right.span), span)
    }

    /// `item in list` of made operands, each with its place.
    pub(super) fn found_in(
        &mut self,
        (item, left): (Expr, Span),
        (list, right): (Expr, Span),
        span: Span,
    ) -> Expr {
        if let Type::Option(inner) = &list.ty
            && member(inner).is_some()
            && item.ty != Type::Error
        {
            let text = format!("`in` looks into {}, which may be none", self.show(&list.ty));
            return self.maybe_none(text, &list, right);
        }
        if let Type::Option(inner) = &item.ty
            && is_net(inner)
            && is_of_networks(&list.ty)
        {
            let text = format!("`in` looks for {}, which may be none", self.show(&item.ty));
            return self.maybe_none(text, &item, left);
        }
        if is_of_optional_networks(&list.ty) && is_net(payload(&item.ty)) {
            let [one, list_text] = [left, right].map(|span| self.repeatable(span));
            let test = format!("(any n in {list_text}: n != none AND {one} in n)");
            let help = match item.ty {
                Type::Option(_) => format!("write `{one} != none AND {test}`"),
                _ => format!("write `{test}`"),
            };
            let text = format!("each network of {} may be none", self.show(&list.ty));
            return self.fail(error(codes::MAYBE_NONE, right, text).help(help));
        }
        self.is_in(item, list, span)
    }

    /// `item in list` of made operands.
    pub(super) fn is_in(&mut self, item: Expr, list: Expr, span: Span) -> Expr {
        if item.ty == Type::Error || list.ty == Type::Error {
            return error_expr();
        }
        if let Some(made) = self.in_network(&item, &list, span) {
            return made;
        }
        if matches!(list.ty, Type::Map(..)) {
            return self.has_key(item, list, span);
        }
        let Some(element) = element(&list.ty).cloned() else {
            let text = format!(
                "`in` needs a list or map on its right, found {}",
                self.show(&list.ty)
            );
            let help = if list.ty.is_text() {
                "to look inside a text use `contains(text, part)`"
            } else {
                "write a list: `x in [a, b]`"
            };
            return self.fail(error(codes::NOT_DEFINED, span, text).help(help));
        };
        let item = if same_kind(&item.ty, &element) {
            item
        } else {
            self.coerce(item, &element, span)
        };
        if item.ty == Type::Error {
            return item;
        }
        if element.has_effects() {
            return self.effect_compared(span);
        }
        match element.repr() {
            Repr::Ref | Repr::Nothing => self.equal_in(item, list, &element, span),
            // Two equal lists stand in two places.
            Repr::Word if matches!(element, Type::List(..) | Type::Map(..)) => {
                self.equal_in(item, list, &element, span)
            }
            // Zero equals minus zero, so numbers are compared one by one.
            Repr::Word if element == Type::Number => self.number_in(item, list),
            Repr::Word | Repr::Wide => self.folded_in(item, list, &element),
        }
    }

    pub(super) fn number_in(&mut self, item: Expr, list: Expr) -> Expr {
        let (local, value, item) = self.keep(item);
        let var = self.local(&Type::Number);
        let element = local_expr(var, Type::Number);
        let body = super::unit::binary(
            BinaryOp::EqNumber,
            element,
            item,
            Type::Bool,
            crate::ir::PointId(0),
        );
        let any = loop_expr(LoopKind::Any, var, (list, body), Type::Bool);
        self.kept(local, value, any)
    }

    pub(super) fn folded_in(&mut self, item: Expr, list: Expr, element: &Type) -> Expr {
        if is_constant(&item)
            && let ExprKind::Text(handle) = list.kind
        {
            let mut wanted = Vec::new();
            self.words_of(&item, &mut wanted);
            let size = element.words(&self.records);
            let words = self.pool.read(handle.address(), handle.length() * size);
            let found = words
                .chunks(size.max(1) as usize)
                .any(|chunk| chunk == wanted);
            return bool_expr(found);
        }
        let (item, list) = (Box::new(item), Box::new(list));
        expr(ExprKind::In { item, list }, Type::Bool)
    }

    /// `did matches "pattern"`, `text matches "glob"`, `text matches /regex/`
    pub(super) fn matches(
        &mut self,
        left: &'a ast::Expr,
        right: &'a ast::Expr,
        span: Span,
    ) -> Expr {
        let subject = self.expr(left, None);
        if subject.ty == Type::Error {
            return subject;
        }
        if !matches!(subject.ty, Type::String(_) | Type::Did) {
            let text = format!(
                "`matches` needs a text on its left, found {}",
                self.show(&subject.ty)
            );
            if matches!(&subject.ty, Type::Option(inner) if inner.is_text()) {
                return self.maybe_none(text, &subject, left.span);
            }
            let help = match subject.ty {
                Type::Ip | Type::Cidr => ASK_WITH_IN,
                _ => "use it on a string or a did",
            };
            return self.fail(error(codes::NOT_DEFINED, left.span, text).help(help));
        }
        match &bare(right).kind {
            Ast::Regex(source) => self.regex(subject, source, right.span),
            Ast::Str(glob) if subject.ty != Type::Did => self.glob(subject, glob, right.span),
            Ast::Str(pattern) => {
                let pattern = self.pattern(pattern, right.span);
                self.did_match(subject, pattern, span)
            }
            _ => self.matches_data(subject, right, span),
        }
    }

    /// `did matches pattern`, `text matches glob`, where the right side is data.
    fn matches_data(&mut self, subject: Expr, right: &'a ast::Expr, span: Span) -> Expr {
        let wanted = (subject.ty == Type::Did).then_some(&Type::Pattern);
        let pattern = self.expr(right, wanted);
        match (&subject.ty, &pattern.ty) {
            (_, Type::Error) => pattern,
            (Type::Did, Type::Pattern) => self.did_match(subject, pattern, span),
            (Type::String(_), Type::String(bytes)) => {
                let bytes = *bytes as usize;
                self.glob_data(subject, (pattern, bytes), right.span)
            }
            (_, Type::Option(inner)) if inner.is_text() => {
                let text = format!(
                    "`matches` needs a pattern on its right, found {}",
                    self.show(&pattern.ty)
                );
                self.maybe_none(text, &pattern, right.span)
            }
            (subject, other) => {
                let text = format!(
                    "{} is not matched against {}",
                    self.show(subject),
                    self.show(other)
                );
                let help = if *subject == Type::Did {
                    "a did is matched against a did pattern: a text in quotes, or a value of the type `pattern`"
                } else {
                    "a string is matched against a glob, which is a string, or against a regular expression /…/"
                };
                self.fail(error(codes::NOT_DEFINED, right.span, text).help(help))
            }
        }
    }

    /// `text matches glob` for a glob of at most so many bytes. One that is known now is a literal, whatever its name.
    fn glob_data(&mut self, subject: Expr, (glob, bytes): (Expr, usize), span: Span) -> Expr {
        if let ExprKind::Text(handle) = glob.kind {
            let glob = self.pool.get(handle).to_owned();
            return self.glob(subject, &glob, span);
        }
        if bytes > PATTERN_SOURCE_BYTES_MAX {
            let text = format!(
                "a glob has at most {PATTERN_SOURCE_BYTES_MAX} bytes, and this one may have {bytes}"
            );
            let help = "give it a type with fewer bytes, such as `string<128>`: each 64 cost as much again";
            return self.fail(error(codes::BAD_PATTERN, span, text).help(help));
        }
        self.binary(BinaryOp::GlobMatch, subject, glob, Type::Bool, span)
    }

    pub(super) fn did_match(&mut self, subject: Expr, pattern: Expr, span: Span) -> Expr {
        if let ExprKind::Text(handle) = pattern.kind {
            let text = self.pool.get(handle);
            if !text.contains('*') {
                return self.binary(BinaryOp::EqWord, subject, pattern, Type::Bool, span);
            }
        }
        self.binary(BinaryOp::DidMatch, subject, pattern, Type::Bool, span)
    }

    /// `did has_credential "pattern"`; an object with an `id` stands for its did.
    pub(super) fn has_credential(
        &mut self,
        left: &'a ast::Expr,
        right: &'a ast::Expr,
        span: Span,
    ) -> Expr {
        let subject = self.expr(left, Some(&Type::Did));
        let subject = self.did_of(subject, left.span);
        let pattern = self.check(right, &Type::Pattern);
        self.fact(FactKind::HasCredential, vec![subject, pattern], span)
    }

    /// A did, or the did in the `id` of a record.
    pub(super) fn did_of(&mut self, subject: Expr, span: Span) -> Expr {
        if let Type::Record(id) = &subject.ty
            && let Some(field) = self.field(*id, "id")
            && field.ty == Type::Did
        {
            let offset = field.offset;
            return self.load(subject, offset, Type::Did);
        }
        self.coerce(subject, &Type::Did, span)
    }
}

/// The type of a list's elements.
pub(super) fn element(ty: &Type) -> Option<&Type> {
    match ty {
        Type::List(item, _) => Some(item),
        _ => None,
    }
}
