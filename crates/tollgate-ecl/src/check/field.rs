//! Fields, safe access, facts, and values that are kept in a local because they are needed twice.

use crate::codes::check as codes;
use crate::data::trust;
use crate::data::types::{Type, WORD};
use crate::ir::{Expr, ExprKind, FactKind};
use crate::span::Span;
use crate::syntax::ast::{self, ExprKind as Ast};
use crate::syntax::quote;

use super::known::Path;
use super::literal::in_backticks;
use super::net::{CIDR_FIELDS, cidr_field};
use super::report::{error, suggest};
use super::unit::{
    Unit, error_expr, expr, expr_at, field_expr, if_expr, is_simple, let_expr, local_expr,
};

impl<'a> Unit<'a, '_> {
    /// `base.name`
    pub(super) fn field_access(
        &mut self,
        base: &'a ast::Expr,
        name: &'a ast::Ident,
        span: Span,
    ) -> Expr {
        if let Some(case) = self.qualified_case(base, name) {
            return case;
        }
        let made = self.expr(base, None);
        match &made.ty {
            Type::Error => error_expr(),
            Type::Option(inner) => {
                let inner = self.show(inner);
                let text = format!("this may be none, so it has no field `{}`", name.node);
                let (whole, field) = (self.repeatable(base.span), quote::name(&name.node));
                let test = match Path::of(&made) {
                    Some(_) => format!("test `{whole} != none AND …` before, "),
                    None => String::new(),
                };
                let help = format!(
                    "use `{whole}?.{field}`, {test}or demand a value with `({whole}?).{field}`"
                );
                let report = error(codes::MAYBE_NONE, name.span, text).help(help);
                self.fail(report.note(format!("its type is {inner}?")))
            }
            _ => self.field_of(made, name, span),
        }
    }

    /// `base?.name`
    pub(super) fn safe_access(
        &mut self,
        base: &'a ast::Expr,
        name: &'a ast::Ident,
        span: Span,
    ) -> Expr {
        if let Some(case) = self.qualified_case(base, name) {
            return case;
        }
        let made = self.option(base, None);
        match &made.ty {
            Type::Error => error_expr(),
            Type::Option(inner) => {
                let inner = (**inner).clone();
                self.safe_field(made, &inner, name, span)
            }
            ty => {
                let text = format!("this is never none: its type is {}", self.show(ty));
                let report = error(codes::NEEDLESS_ELSE, name.span, text);
                self.fail(report.help(format!("write `.{}`", quote::name(&name.node))))
            }
        }
    }

    /// `Connector.CCS`
    pub(super) fn qualified_case(
        &mut self,
        base: &'a ast::Expr,
        name: &'a ast::Ident,
    ) -> Option<Expr> {
        let Ast::Name(ty) = &base.kind else {
            return None;
        };
        if self.lookup(ty).is_some() {
            return None;
        }
        let declared = self.bundle.types.contains_key(ty.as_str());
        let found = if declared {
            self.declared_type(ty, base.span)
        } else {
            self.built_in_type(ty)?
        };
        match found {
            Type::Enum(id) => Some(self.case(id, &name.node, name.span)),
            _ => None,
        }
    }

    pub(super) fn safe_field(
        &mut self,
        base: Expr,
        inner: &Type,
        name: &'a ast::Ident,
        span: Span,
    ) -> Expr {
        let ty = base.ty.clone();
        let (local, value, subject) = self.keep(base);
        let payload = expr(ExprKind::Payload(Box::new(subject.clone())), inner.clone());
        let field = self.field_of(payload, name, span);
        let made = if field.ty == Type::Error {
            field
        } else {
            let result = match &field.ty {
                Type::Option(_) => field.ty.clone(),
                other => Type::Option(Box::new(other.clone())),
            };
            let some = self.coerce(field, &result, span);
            let none = self.none(span, Some(&result));
            let cond = expr(ExprKind::IsSome(Box::new(subject)), Type::Bool);
            if_expr(cond, some, none, result)
        };
        debug_assert!(matches!(ty, Type::Option(_)));
        self.kept(local, value, made)
    }

    /// Keeps a value in a local unless it may be evaluated twice: the local, the value to bind, what stands for it.
    pub(super) fn keep(&mut self, value: Expr) -> (Option<crate::ir::LocalId>, Option<Expr>, Expr) {
        if is_simple(&value) {
            return (None, None, value);
        }
        let ty = value.ty.clone();
        let local = self.local(&ty);
        (Some(local), Some(value), local_expr(local, ty))
    }

    /// Ends what [`Self::keep`] began.
    pub(super) fn kept(
        &mut self,
        local: Option<crate::ir::LocalId>,
        value: Option<Expr>,
        body: Expr,
    ) -> Expr {
        let (Some(local), Some(value)) = (local, value) else {
            return body;
        };
        if body.ty == Type::Error {
            return body;
        }
        let_expr(local, value, body)
    }

    /// A field of a made record, trust vector or did.
    pub(super) fn field_of(&mut self, base: Expr, name: &'a ast::Ident, span: Span) -> Expr {
        match &base.ty {
            Type::Record(id) => {
                let Some(field) = self.field(*id, &name.node) else {
                    return self.unknown_field(&base.ty, name);
                };
                let (offset, ty) = (field.offset, field.ty.clone());
                self.load(base, offset, ty)
            }
            Type::Trust => match trust::dimension(&name.node) {
                Some(index) => self.load(base, index * WORD, Type::Number),
                None => self.unknown_field(&base.ty, name),
            },
            Type::Cidr => match cidr_field(&name.node) {
                Some((offset, ty)) => self.load(base, offset, ty),
                None => self.unknown_field(&base.ty, name),
            },
            Type::Map(..) => self.named_value(base, name),
            Type::Did => match name.node.as_str() {
                "delegates" => self.fact(FactKind::Delegates, vec![base], span),
                "trust" => self.fact(FactKind::Trust, vec![base], span),
                "karma" => self.fact(FactKind::Karma, vec![base], span),
                _ => self.unknown_field(&base.ty, name),
            },
            _ => self.unknown_field(&base.ty, name),
        }
    }

    /// The value at an offset of a record: of a constant now, of the input by its address.
    pub(super) fn load(&mut self, base: Expr, offset: u32, ty: Type) -> Expr {
        if ty == Type::Error {
            return error_expr();
        }
        match &base.kind {
            ExprKind::Input(address) => expr(ExprKind::Input(address + offset), ty),
            ExprKind::Const(address) => self.constant_at(address + offset, ty),
            ExprKind::Record { fields } if is_simple_record(fields) => {
                let found = fields.iter().find(|(at, _)| *at == offset);
                found.map_or_else(error_expr, |(_, value)| value.clone())
            }
            _ => field_expr(base, offset, ty),
        }
    }

    pub(super) fn unknown_field(&mut self, ty: &Type, name: &ast::Ident) -> Expr {
        let shown = self.show(ty);
        let text = format!("{shown} has no field `{}`", name.node);
        let known: Vec<Box<str>> = match ty {
            Type::Record(id) => {
                let fields = self.record(*id).map(|r| r.fields.as_slice());
                fields
                    .unwrap_or_default()
                    .iter()
                    .map(|f| f.name.clone())
                    .collect()
            }
            Type::Trust => trust::FIELDS.iter().map(|d| (*d).into()).collect(),
            Type::Cidr => CIDR_FIELDS.map(Into::into).to_vec(),
            Type::Did => ["delegates", "trust", "karma"].map(Into::into).to_vec(),
            _ => Vec::new(),
        };
        let help = if known.is_empty() {
            format!("a value of the type {shown} has no fields")
        } else {
            format!(
                "its fields are {}",
                in_backticks(known.iter().map(|k| &**k))
            )
        };
        let report = error(codes::UNKNOWN_FIELD, name.span, text);
        self.fail(suggest(
            report,
            &name.node,
            name.span,
            known.iter().map(|k| &**k),
            help,
        ))
    }

    /// Asks the host.
    pub(super) fn fact(&mut self, kind: FactKind, args: Vec<Expr>, span: Span) -> Expr {
        if args.iter().any(|arg| arg.ty == Type::Error) {
            return error_expr();
        }
        let point = self.point(span);
        expr_at(ExprKind::Fact { kind, args }, kind.answer(), point)
    }
}

pub(super) fn is_simple_record(fields: &[(u32, Expr)]) -> bool {
    // The other fields are not evaluated then, so none of them may fail or cost.
    fields.iter().all(|(_, value)| is_simple(value))
}
