//! Literals of records, lists and trust vectors.

use std::collections::HashSet;

use crate::codes::check as codes;
use crate::data::trust;
use crate::data::types::Type;
use crate::ir::{Expr, ExprKind};
use crate::limits::RECORD_FIELDS_MAX;
use crate::span::Span;
use crate::syntax::ast;

use super::kinds::wider;
use super::literal::{in_backticks, payload};
use super::report::{error, suggest};
use super::unit::{Site, Unit, error_expr, expr, length};
use super::work::{self, Task};

impl<'a> Unit<'a, '_> {
    pub(super) fn list_literal(
        &mut self,
        items: &'a [ast::Expr],
        Site { span, want }: Site<'_>,
    ) -> Expr {
        let item_want = match want.map(payload) {
            Some(Type::List(item, _)) => Some((**item).clone()),
            _ => None,
        };
        let count = length(items);
        if items.len() > crate::data::types::LIST_BOUND_MAX as usize {
            let text = format!("this list has {} elements", items.len());
            let help = format!(
                "a list has at most {} elements",
                crate::data::types::LIST_BOUND_MAX
            );
            return self.fail(error(codes::BOUND, span, text).help(help));
        }
        if items.is_empty() {
            let Some(item) = item_want else {
                let report = error(codes::NO_TYPE, span, "an empty list of which type?");
                return self.fail(report.help("write the type: `let xs: list<string, 1> = []`"));
            };
            let list = Type::List(Box::new(item), 0);
            return self.constant_of(expr(ExprKind::List { items: Vec::new() }, list));
        }
        let (item, values) = match item_want {
            Some(item) => {
                let values: Vec<Expr> = items.iter().map(|i| self.check(i, &item)).collect();
                let widest = values
                    .iter()
                    .map(|v| v.ty.clone())
                    .reduce(|a, b| wider(&a, &b));
                (widest.unwrap_or(item), values)
            }
            None => {
                let sources: Vec<&ast::Expr> = items.iter().collect();
                match self.values_of_one_type(&sources, None, None) {
                    Some(found) => found,
                    None => return error_expr(),
                }
            }
        };
        if values.iter().any(|v| v.ty == Type::Error) {
            return error_expr();
        }
        let list = Type::List(Box::new(item), count);
        self.constant_of(expr(ExprKind::List { items: values }, list))
    }

    pub(super) fn record_literal(
        &mut self,
        name: Option<&'a ast::Ident>,
        fields: &'a [ast::FieldInit],
        Site { span, want }: Site<'_>,
    ) -> Expr {
        if let Some(name) = name {
            return match self.named_record(name) {
                Some(id) => self.record_of(id, fields, span),
                None => error_expr(),
            };
        }
        match want.map(payload) {
            Some(Type::Record(id)) => self.record_of(*id, fields, span),
            Some(ty @ Type::Map(..)) => self.map_literal(ty, fields, span),
            Some(Type::Attributes) => self.attributes_literal(fields, span),
            Some(Type::Trust) => self.trust_literal(fields, span),
            _ => self.anonymous_record(fields),
        }
    }

    pub(super) fn named_record(
        &mut self,
        name: &'a ast::Ident,
    ) -> Option<crate::data::types::RecordId> {
        let ty = if self.bundle.types.contains_key(name.node.as_str()) {
            self.declared_type(&name.node, name.span)
        } else {
            self.built_in_type(&name.node).unwrap_or(Type::Never)
        };
        match ty {
            Type::Record(id) => return Some(id),
            Type::Error => return None,
            _ => {}
        }
        let text = format!("`{}` is not a record", name.node);
        let known: Vec<&str> = self.bundle.type_names();
        let report = error(codes::UNKNOWN_TYPE, name.span, text);
        let help = "declare it with `record`";
        self.report(suggest(report, &name.node, name.span, known, help));
        None
    }

    pub(super) fn record_of(
        &mut self,
        id: crate::data::types::RecordId,
        inits: impl IntoIterator<Item = &'a ast::FieldInit>,
        span: Span,
    ) -> Expr {
        let Some(record) = self.record(id).cloned() else {
            return error_expr();
        };
        // Fields that are left out take room too.
        self.spend(Task::Data, work::MEMBER * record.fields.len() as u64);
        let mut values: Vec<Option<Expr>> = vec![None; record.fields.len()];
        let mut broken = false;
        for init in inits {
            let found = record
                .fields
                .iter()
                .position(|f| *f.name == *init.name.node);
            let Some((slot, field)) =
                found.and_then(|i| values.get_mut(i).zip(record.fields.get(i)))
            else {
                self.unknown_field(&Type::Record(id), &init.name);
                broken = true;
                continue;
            };
            if slot.is_some() {
                let text = format!("the field `{}` is given twice", init.name.node);
                self.report(
                    error(codes::DUPLICATE, init.name.span, text).help("remove one of the two"),
                );
                broken = true;
            }
            *slot = Some(self.check(&init.value, &field.ty));
        }
        let mut fields = Vec::with_capacity(values.len());
        let mut missing = Vec::new();
        for (value, field) in values.into_iter().zip(&record.fields) {
            let value = match (value, &field.ty) {
                (Some(value), _) => value,
                (None, Type::Option(_)) => self.none(span, Some(&field.ty)),
                (None, _) => {
                    missing.push(&*field.name);
                    error_expr()
                }
            };
            broken |= value.ty == Type::Error;
            fields.push((field.offset, value));
        }
        if !missing.is_empty() {
            let (names, name) = (in_backticks(missing.iter().copied()), &record.name);
            let text = format!("{name} needs {names} too");
            let report = error(codes::MISSING_FIELD, span, text);
            self.report(report.help("add what is missing, or declare it optional with `?`"));
        }
        if broken {
            return error_expr();
        }
        self.constant_of(expr(ExprKind::Record { fields }, Type::Record(id)))
    }

    pub(super) fn anonymous_record(&mut self, inits: &'a [ast::FieldInit]) -> Expr {
        if let Some(beyond) = inits.get(RECORD_FIELDS_MAX) {
            let text = format!(
                "this record has {} fields, at most {RECORD_FIELDS_MAX} fit",
                inits.len()
            );
            let help = "use fewer fields, or a list";
            return self.fail(error(codes::BOUND, beyond.name.span, text).help(help));
        }
        let mut names: HashSet<&str> = HashSet::new();
        let mut types: Vec<(Box<str>, Type)> = Vec::new();
        let mut values = Vec::new();
        for init in inits {
            let value = self.expr(&init.value, None);
            if value.ty == Type::Error {
                return error_expr();
            }
            if !names.insert(&init.name.node) {
                let text = format!("the field `{}` is given twice", init.name.node);
                let report = error(codes::DUPLICATE, init.name.span, text);
                return self.fail(report.help("remove one of the two"));
            }
            types.push((init.name.node.as_str().into(), value.ty.clone()));
            values.push(value);
        }
        let id = self.record_type("record", types);
        let offsets: Vec<u32> = match self.record(id) {
            Some(record) => record.fields.iter().map(|f| f.offset).collect(),
            None => Vec::new(),
        };
        let fields = offsets.into_iter().zip(values).collect();
        self.constant_of(expr(ExprKind::Record { fields }, Type::Record(id)))
    }

    /// `{ r: 0.9, i: 0.8, … }` where a trust vector is expected; dimensions that are not given are 0.
    pub(super) fn trust_literal(&mut self, inits: &'a [ast::FieldInit], _span: Span) -> Expr {
        let mut words = [0.0_f64; 6];
        for init in inits {
            let index = trust::dimension(&init.name.node).and_then(|i| words.get_mut(i as usize));
            let Some(word) = index else {
                return self.unknown_field(&Type::Trust, &init.name);
            };
            let value = self.check(&init.value, &Type::Number);
            match value.kind {
                ExprKind::Number(number) if (0.0..=1.0).contains(&number) => *word = number,
                _ if value.ty == Type::Error => return value,
                _ => {
                    let text = "a trust dimension is a constant number between 0 and 1";
                    let report = error(codes::NOT_CONSTANT, init.value.span, text);
                    return self
                        .fail(report.help("build vectors of other values with `vector(…)`"));
                }
            }
        }
        let words = words.map(f64::to_bits);
        expr(ExprKind::Const(self.pool.words(&words)), Type::Trust)
    }
}

impl super::declarations::Declarations<'_> {
    /// Names of declared types, in source order.
    pub(super) fn type_names(&self) -> Vec<&str> {
        use super::declarations::TypeDecl;
        let names = self.type_order.iter().map(|decl| match decl {
            TypeDecl::Enum(name, _) | TypeDecl::Record(name, _) => name.node.as_str(),
            TypeDecl::Blueprint(blueprint) => blueprint.name.node.as_str(),
        });
        names.collect()
    }
}
