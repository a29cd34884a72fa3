//! Blueprints: refinements of attributes, and `conforms_to`.
//!
//! A record conforms to a declared blueprint when its attributes are within the refinements; that is checked in place.
//! Attributes whose schema only the host knows are its business: the fact `conforms_to`.

use crate::codes::check as codes;
use crate::data::types::{Type, WORD};
use crate::ir::{Expr, FactKind};
use crate::limits::BODY_NESTING_MAX;
use crate::span::Span;
use crate::syntax::ast::{self, ExprKind as Ast};

use super::kinds::same_kind;
use super::report::{error, suggest};
use super::unit::{Unit, and, bare, bool_expr, error_expr};

impl<'a> Unit<'a, '_> {
    /// `x conforms_to y`
    pub(super) fn conforms_to(
        &mut self,
        left: &'a ast::Expr,
        right: &'a ast::Expr,
        span: Span,
    ) -> Expr {
        let value = self.expr(left, None);
        if let Some(blueprint) = self.declared_blueprint_named(right) {
            return match &value.ty {
                Type::Error => value,
                Type::Attributes => {
                    let schema = self.schema(blueprint);
                    self.conforms_fact(value, schema, span)
                }
                _ => self.conforms_inline(value, blueprint, left.span),
            };
        }
        let known = match &bare(right).kind {
            Ast::Str(name) => Some((name.as_str(), right.span)),
            Ast::Ref(id) => Some((id.node.as_str(), id.span)),
            _ => None,
        };
        if let Some((name, at)) = known {
            let text = format!("no blueprint has the name or id `{name}`");
            let mut names: Vec<&str> = self.bundle.blueprints.keys().copied().collect();
            names.sort_unstable();
            let report = error(codes::UNKNOWN_REFERENCE, at, text);
            let help = "declare it with `blueprint`, or resolve it: `x conforms_to resolve(did)`";
            return self.fail(suggest(report, name, at, names, help));
        }
        let schema = self.expr(right, None);
        self.conforms_fact(value, schema, span)
    }

    fn declared_blueprint_named(&self, right: &ast::Expr) -> Option<&'a ast::Blueprint> {
        let name = match &bare(right).kind {
            Ast::Str(name) => name.as_str(),
            Ast::Ref(id) => id.node.as_str(),
            Ast::Name(name) if self.lookup(name).is_none() => name.as_str(),
            _ => return None,
        };
        self.bundle.blueprints.get(name).copied()
    }

    /// Asks the host whether attributes satisfy a resolved blueprint.
    pub(super) fn conforms_fact(&mut self, value: Expr, schema: Expr, span: Span) -> Expr {
        if value.ty == Type::Error || schema.ty == Type::Error {
            return error_expr();
        }
        let attributes_of = |unit: &mut Self, e: Expr| match &e.ty {
            Type::Record(id) => match unit.field(*id, "attributes") {
                Some(field) if field.ty == Type::Attributes => {
                    let offset = field.offset;
                    unit.load(e, offset, Type::Attributes)
                }
                _ => e,
            },
            _ => e,
        };
        let value = attributes_of(self, value);
        let schema = attributes_of(self, schema);
        for (side, e) in [("left", &value), ("right", &schema)] {
            if e.ty != Type::Attributes {
                let text = format!(
                    "expected attributes on the {side} of `conforms_to`, found {}",
                    self.show(&e.ty)
                );
                let help = "a record conforms to a blueprint declared in the bundle; attributes to one that is resolved";
                return self.fail(error(codes::MISMATCH, span, text).help(help));
            }
        }
        self.fact(FactKind::ConformsTo, vec![value, schema], span)
    }

    fn conforms_inline(&mut self, value: Expr, blueprint: &'a ast::Blueprint, span: Span) -> Expr {
        let Type::Record(id) = value.ty else {
            let text = format!(
                "expected a record or attributes, found {}",
                self.show(&value.ty)
            );
            return self
                .fail(error(codes::MISMATCH, span, text).help("only these have attributes"));
        };
        let (local, kept, value) = self.keep(value);
        let mut all = bool_expr(true);
        // Each test stands inside the one before it; that there are more is reported where they are declared.
        for attribute in blueprint.attributes.iter().take(BODY_NESTING_MAX) {
            let want = self.type_of(&attribute.ty);
            let Some(field) = self.field(id, &attribute.name.node) else {
                let name = self.show(&value.ty);
                let text = format!(
                    "{name} has no field `{}`, so it never conforms",
                    attribute.name.node
                );
                let report = error(codes::UNKNOWN_FIELD, span, text);
                return self.fail(
                    report
                        .at(attribute.span, "asked for here")
                        .help("add the field, or use another blueprint"),
                );
            };
            let (offset, ty) = (field.offset, field.ty.clone());
            if !same_kind(&ty, &want) {
                let report = self.mismatch(&ty, &want, span);
                return self.fail(report.at(attribute.span, "asked for here"));
            }
            let field = self.load(value.clone(), offset, ty);
            let test = self.refinement(attribute, field, &want);
            if test.ty == Type::Error {
                return test;
            }
            all = and(all, test);
        }
        self.kept(local, kept, all)
    }

    /// Whether a value is within the refinements of an attribute. An option that is none is.
    fn refinement(&mut self, attribute: &'a ast::AttributeDecl, value: Expr, ty: &Type) -> Expr {
        if let Type::Option(inner) = ty {
            let inner = (**inner).clone();
            let none = super::unit::not(self.is_some(value.clone()));
            let payload = self.payload_of(value, &inner);
            let test = self.refinement(attribute, payload, &inner);
            return if test.ty == Type::Error {
                test
            } else {
                super::unit::or(none, test)
            };
        }
        let mut all = bool_expr(true);
        let bounds = [
            (ast::CompareOp::Ge, &attribute.min),
            (ast::CompareOp::Le, &attribute.max),
        ];
        for (op, bound) in bounds {
            if let Some(bound) = bound {
                let limit = self.check(bound, ty);
                let test = self.compare(op, value.clone(), limit, bound.span);
                if test.ty == Type::Error {
                    return test;
                }
                all = and(all, test);
            }
        }
        if let Some(list) = &attribute.one_of {
            let want = Type::List(Box::new(ty.clone()), crate::data::types::LIST_BOUND_MAX);
            let allowed = self.check(list, &want);
            let test = self.is_in(value, allowed, list.span);
            if test.ty == Type::Error {
                return test;
            }
            all = and(all, test);
        }
        all
    }

    /// The refinements as canonical JSON, for the host.
    fn schema(&mut self, blueprint: &'a ast::Blueprint) -> Expr {
        let mut attributes = serde_json::Map::new();
        for attribute in &blueprint.attributes {
            let mut entry = serde_json::Map::new();
            let ty = self.type_of(&attribute.ty);
            let cases = match super::literal::payload(&ty) {
                Type::Enum(id) => self.enum_def(*id).map(|e| e.cases.clone()),
                _ => None,
            };
            // The host knows no enums of the bundle: their values are the names of the cases.
            let written = match (&cases, &ty) {
                (Some(_), Type::Option(_)) => "string?".into(),
                (Some(_), _) => "string".into(),
                (None, _) => self.bundle.source(attribute.ty.span),
            };
            entry.insert("type".into(), written.into());
            if let Some(cases) = cases {
                let names: Vec<&str> = cases.iter().map(|c| &**c).collect();
                entry.insert("values".into(), names.into());
            }
            let list = Type::List(Box::new(ty.clone()), crate::data::types::LIST_BOUND_MAX);
            let parts = [
                ("min", &attribute.min, &ty),
                ("max", &attribute.max, &ty),
                ("values", &attribute.one_of, &list),
            ];
            for (name, value, ty) in parts {
                if let Some(value) = value
                    && let Some(json) = self.data(value, ty)
                {
                    entry.insert(name.into(), json);
                }
            }
            attributes.insert(attribute.name.node.clone(), entry.into());
        }
        let text = crate::data::canonical::json(&attributes.into());
        self.text_constant(&text, Type::Attributes)
    }

    /// Checks a declaration that no program may use.
    pub(super) fn blueprint_alone(&mut self, blueprint: &'a ast::Blueprint) {
        let ty = self.declared_type(&blueprint.name.node, blueprint.name.span);
        if let Some(id) = &blueprint.id {
            self.did(&id.node, id.span);
        }
        let Type::Record(id) = ty else {
            return;
        };
        // The address is never read: this expression is thrown away.
        let value = super::unit::expr(crate::ir::ExprKind::Input(WORD), Type::Record(id));
        self.conforms_inline(value, blueprint, blueprint.name.span);
    }
}
