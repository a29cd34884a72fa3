//! Data written in the language: objects, inputs of tests and evaluations, attributes. It becomes JSON of the form the
//! input encoder reads, or a constant of a program.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::codes::check as codes;
use crate::data::types::{ATTRIBUTES_BYTES_MAX, RecordDef, RecordId, Type};
use crate::diagnostic::nearest;
use crate::ir::value as ir;
use crate::ir::{Expr, ExprKind};
use crate::limits::{NAMES_SHOWN_MAX, OBJECT_NESTING_MAX, SUGGESTIONS_MAX, VALUES_MAX};
use crate::span::Span;
use crate::syntax::ast::{self, ExprKind as Ast};

use super::literal::payload;
use super::report::error;
use super::session::Dropped;
use super::unit::{Site, Unit, bare, error_expr, is_constant};
use super::work::{self, Task};

/// Characters of a name that may be a misspelt one: shorter ones are too near to each other.
const DROPPED_CHARACTERS_MIN: usize = 3;
/// Bytes of the entries of a map that a message shows whole: of one that is longer nothing could be copied.
const WHOLE_BYTES_MAX: u32 = 76;

impl<'a> Unit<'a, '_> {
    /// The value of an object, by name or did, as a constant of the type the context asks for.
    pub(super) fn object(&mut self, name: &str, site: Site<'_>) -> Expr {
        let Site { span, want } = site;
        let Some((key, object)) = self.bundle.objects.get_key_value(name) else {
            return error_expr();
        };
        let (key, object) = (*key, *object);
        if let Some(Type::Did) = want.map(payload) {
            return match ast::object_id(object.fields) {
                Some((id, at)) => self.did(id, at),
                None => {
                    let text = format!("the object `{name}` has no id");
                    self.fail(
                        error(codes::MISSING_FIELD, span, text).help("add `id: \"did:…\"` to it"),
                    )
                }
            };
        }
        let made = self.referred(key, span, |unit| Some(unit.object_value(object, site)));
        made.unwrap_or_else(error_expr)
    }

    /// Makes something of an object, unless objects name each other without end or too deep.
    fn referred<T>(
        &mut self,
        name: &'a str,
        span: Span,
        make: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        if self.referring.contains(&name) {
            let text = format!("the object `{name}` refers to itself");
            let report = error(codes::CYCLE, span, text);
            self.report(report.help("refer to the other object by its did"));
            return None;
        }
        if self.referring.len() >= OBJECT_NESTING_MAX {
            let text = format!("more than {OBJECT_NESTING_MAX} objects name each other here");
            let report = error(codes::TOO_DEEP, span, text);
            self.report(report.help("refer to the other object by its did"));
            return None;
        }
        self.referring.push(name);
        let made = make(self);
        self.referring.pop();
        made
    }

    fn object_value(
        &mut self,
        object: super::declarations::Object<'a>,
        Site { span, want }: Site<'_>,
    ) -> Expr {
        let built_in = match object.kind {
            ast::ObjectKind::Amo => self.built_in_type("AMO"),
            _ => None,
        };
        let ty = want
            .map(payload)
            .cloned()
            .filter(|ty| matches!(ty, Type::Record(_)))
            .or(built_in);
        let made = match ty {
            Some(Type::Record(id)) => {
                self.record_of(id, self.object_fields(object.fields, id), span)
            }
            _ => self.anonymous_record(object.fields),
        };
        if made.ty != Type::Error && !is_constant(&made) {
            let text = format!("the object `{}` is not constant", object.name.node);
            let help = "its fields are values, not expressions on inputs";
            return self.fail(error(codes::NOT_CONSTANT, object.name.span, text).help(help));
        }
        made
    }

    /// The fields of an object that a record type has a place for: an `id` that only names the object is left out.
    fn object_fields(&self, fields: &'a [ast::FieldInit], ty: RecordId) -> Vec<&'a ast::FieldInit> {
        let with_id = self.field(ty, "id").is_some();
        let wanted = fields.iter().filter(|f| with_id || f.name.node != "id");
        wanted.collect()
    }

    /// `@ref("did:…")`: a declared object, or a did.
    pub(super) fn reference(&mut self, id: &'a ast::StrLit, want: Option<&Type>) -> Expr {
        let as_did = matches!(want.map(payload), Some(Type::Did));
        if !as_did && self.bundle.objects.contains_key(id.node.as_str()) {
            return self.object(
                &id.node,
                Site {
                    span: id.span,
                    want,
                },
            );
        }
        match want.map(payload) {
            None | Some(Type::Did) => self.did(&id.node, id.span),
            Some(other) => {
                let shown = self.show(other);
                let text = format!("no object has the id `{}`", id.node);
                let mut known: Vec<&str> = self.bundle.objects.keys().copied().collect();
                known.sort_unstable();
                let report = error(codes::UNKNOWN_REFERENCE, id.span, text);
                let help = format!("declare it with that `id` and the fields of {shown}");
                self.fail(super::report::suggest(
                    report, &id.node, id.span, known, help,
                ))
            }
        }
    }

    /// Attributes written as a record: canonical JSON.
    pub(super) fn attributes_literal(&mut self, fields: &'a [ast::FieldInit], span: Span) -> Expr {
        let Some(value) = self.free_record(fields) else {
            return error_expr();
        };
        let text = crate::data::canonical::json(&value);
        if text.len() > ATTRIBUTES_BYTES_MAX as usize {
            let text = format!("these attributes have {} bytes", text.len());
            let help = format!("at most {ATTRIBUTES_BYTES_MAX} bytes of JSON fit");
            return self.fail(error(codes::BOUND, span, text).help(help));
        }
        self.text_constant(&text, Type::Attributes)
    }

    fn free_record(&mut self, fields: &'a [ast::FieldInit]) -> Option<Value> {
        let mut map = Map::new();
        for field in fields {
            let value = self.free(&field.value)?;
            if map.insert(field.name.node.clone(), value).is_some() {
                let text = format!("the field `{}` is given twice", field.name.node);
                self.report(
                    error(codes::DUPLICATE, field.name.span, text).help("remove one of the two"),
                );
                return None;
            }
        }
        Some(Value::Object(map))
    }

    /// Data without a type: numbers and measures keep their form.
    pub(super) fn free(&mut self, e: &'a ast::Expr) -> Option<Value> {
        self.at = e.span;
        let bytes = e.span.end.saturating_sub(e.span.start) as usize;
        if !self.spend(Task::Data, work::VALUE + work::bytes(bytes)) {
            return None;
        }
        match &bare(e).kind {
            Ast::Bool(value) => Some((*value).into()),
            Ast::Str(text) => Some(text.as_str().into()),
            Ast::Ref(id) => Some(id.node.as_str().into()),
            Ast::None => Some(Value::Null),
            Ast::Name(name) => Some(name.as_str().into()),
            Ast::List(items) => items.iter().map(|item| self.free(item)).collect(),
            Ast::Record { fields, .. } => self.free_record(fields),
            _ => {
                let made = self.expr(e, None);
                self.constant_json(&made, e.span)
            }
        }
    }

    /// Data of a type, as the input encoder reads it.
    pub(super) fn data(&mut self, e: &'a ast::Expr, ty: &Type) -> Option<Value> {
        self.at = e.span;
        if !self.spend(Task::Data, work::VALUE) {
            return None;
        }
        let inner = payload(ty);
        match (&bare(e).kind, inner) {
            // Amounts may leave out the currency their type names.
            (Ast::Number(text), Type::Money(_)) => {
                let made = self.number(text, e.span, Some(&Type::Decimal));
                let made = super::ops::retype(
                    made.clone(),
                    if made.ty == Type::Error {
                        Type::Error
                    } else {
                        inner.clone()
                    },
                );
                return self.constant_json(&made, e.span);
            }
            (Ast::Record { name: None, fields }, Type::Record(_)) => {
                return self.record_data(fields, inner, bare(e).span);
            }
            (Ast::Record { name: None, fields }, Type::Map(key, value, bound)) => {
                return self.map_data(fields, (key, value, *bound), e.span);
            }
            (Ast::List(items), Type::List(item, bound)) => {
                if items.len() > *bound as usize {
                    let text = format!("{} elements, and only {bound} fit", items.len());
                    let report = error(codes::BOUND, e.span, text);
                    self.report(report.help("remove some, or raise the bound of the type"));
                    return None;
                }
                return items.iter().map(|i| self.data(i, item)).collect();
            }
            (Ast::Ref(id), Type::Record(record)) => {
                if let Some((key, object)) = self.bundle.objects.get_key_value(id.node.as_str()) {
                    let (key, fields) = (*key, self.object_fields(object.fields, *record));
                    return self
                        .referred(key, e.span, |unit| unit.record_data(fields, inner, e.span));
                }
            }
            (Ast::Name(name), Type::Record(record)) => {
                if let Some((key, object)) = self.bundle.objects.get_key_value(name.as_str()) {
                    let (key, fields) = (*key, self.object_fields(object.fields, *record));
                    return self
                        .referred(key, e.span, |unit| unit.record_data(fields, inner, e.span));
                }
            }
            _ => {}
        }
        let made = self.check(e, ty);
        self.constant_json(&made, e.span)
    }

    /// The entries of a map, from data.
    fn map_data(
        &mut self,
        inits: &'a [ast::FieldInit],
        (key, value, bound): (&Type, &Type, u32),
        span: Span,
    ) -> Option<Value> {
        if inits.len() > bound as usize {
            let text = format!("{} entries, and only {bound} fit", inits.len());
            let report = error(codes::BOUND, span, text);
            self.report(report.help("remove some, or raise the bound of the type"));
            return None;
        }
        let is_none = |init: &&ast::FieldInit| matches!(bare(&init.value).kind, Ast::None);
        if let Some(init) = inits.iter().find(is_none)
            && !matches!(value, Type::Option(_))
        {
            let rest = inits.iter().filter(|init| !is_none(init));
            let help = self.without_entry(&rest.collect::<Vec<_>>());
            let text = format!(
                "no entry of a map is none: `{}` is there or not",
                init.name.node
            );
            let report = error(codes::MISMATCH, init.value.span, text);
            self.report(report.help(help));
            return None;
        }
        let entries = self.map_inits(key, inits, span)?;
        let values = entries.into_iter().map(|(_, init)| {
            let value = self.data(&init.value, value)?;
            Some((init.name.node.clone(), value))
        });
        values.collect::<Option<Map<_, _>>>().map(Value::Object)
    }

    /// What to write in place of a map with an entry that is none; of a long one only what to do.
    fn without_entry(&self, rest: &[&ast::FieldInit]) -> String {
        let what = "give the whole map without it";
        let bytes = |init: &&ast::FieldInit| init.span.end.saturating_sub(init.span.start);
        match rest {
            [] => format!("{what}: `{{}}`"),
            rest if rest.len() <= NAMES_SHOWN_MAX
                && rest.iter().map(bytes).sum::<u32>() <= WHOLE_BYTES_MAX =>
            {
                let rest = rest.iter().map(|init| self.bundle.source(init.span));
                let rest: Vec<String> = rest.collect();
                format!("{what}: `{{ {} }}`", rest.join(", "))
            }
            _ => what.to_owned(),
        }
    }

    /// The fields of a record type, from data. Fields the type does not have are reported.
    pub(super) fn record_data(
        &mut self,
        inits: impl IntoIterator<Item = &'a ast::FieldInit>,
        ty: &Type,
        span: Span,
    ) -> Option<Value> {
        let Type::Record(id) = ty else {
            return None;
        };
        let inits: Vec<&'a ast::FieldInit> = inits.into_iter().collect();
        let record = self.record(*id)?.clone();
        if !self.spend(Task::Data, work::MEMBER * record.fields.len() as u64) {
            return None;
        }
        let mut map = Map::new();
        let mut fine = true;
        let mut seen = HashSet::new();
        let lacking = self.lacking(&record, &inits);
        for init in &inits {
            if !seen.insert(init.name.node.as_str()) {
                let text = format!("the field `{}` is given twice", init.name.node);
                let report = error(codes::DUPLICATE, init.name.span, text);
                self.report(report.help("remove one of the two"));
                fine = false;
                continue;
            }
            let Some(field) = record.field(&init.name.node) else {
                // What an open record drops must be data all the same.
                if record.open {
                    self.note_dropped(&init.name, &record, &lacking);
                    fine &= self.free(&init.value).is_some();
                    continue;
                }
                let text = format!("{} has no field `{}`", record.name, init.name.node);
                let known = record.fields.iter().map(|f| &*f.name);
                let report = error(codes::UNKNOWN_FIELD, init.name.span, text);
                let names = super::literal::in_backticks(known.clone());
                let help = format!("its fields are {names}");
                let at = init.name.span;
                self.report(super::report::suggest(
                    report,
                    &init.name.node,
                    at,
                    known,
                    help,
                ));
                fine = false;
                continue;
            };
            match self.data(&init.value, &field.ty) {
                Some(value) => {
                    map.insert(init.name.node.clone(), value);
                }
                None => fine = false,
            }
        }
        let missing: Vec<&str> = record
            .fields
            .iter()
            .filter(|f| !matches!(f.ty, Type::Option(_)) && !seen.contains(&*f.name))
            .map(|f| &*f.name)
            .collect();
        if !missing.is_empty() {
            let names = super::literal::in_backticks(missing);
            let text = format!("{} needs {names} too", record.name);
            let report = error(codes::MISSING_FIELD, span, text);
            self.report(report.help("add what is missing, or declare it optional with `?`"));
            fine = false;
        }
        fine.then_some(Value::Object(map))
    }

    /// The fields that a test does not give to an open record, of which a field that is dropped may be a misspelt one. They are the
    /// same for all that are dropped.
    fn lacking<'r>(&self, record: &'r RecordDef, given: &[&ast::FieldInit]) -> Vec<&'r str> {
        if self.given.is_none() || !record.open {
            return Vec::new();
        }
        let given: HashSet<&str> = given.iter().map(|init| init.name.node.as_str()).collect();
        let fields = record.fields.iter().take(SUGGESTIONS_MAX);
        let names = fields.map(|field| &*field.name);
        names.filter(|name| !given.contains(name)).collect()
    }

    /// Looks whether a field of a test that a record drops may be a misspelt one of it. Each is looked at once, wherever it is
    /// used.
    fn note_dropped(&mut self, name: &ast::Ident, record: &RecordDef, lacking: &[&str]) {
        let is_short = name.node.chars().count() < DROPPED_CHARACTERS_MIN;
        if self.given.is_none() || is_short || self.session.dropped.contains_key(&name.span) {
            return;
        }
        self.spend(Task::Data, work::VALUE * lacking.len() as u64);
        let near = nearest(&name.node, lacking.iter().copied());
        let dropped = near.map(|near| Dropped {
            span: name.span,
            record: record.name.clone(),
            near: near.into(),
        });
        self.session.dropped.insert(name.span, dropped);
    }

    /// A constant as a value, which is paid for: lists may share what they refer to, and a value shares nothing. What is no
    /// constant is reported; then there is none.
    pub(super) fn constant_value(&mut self, made: &Expr, span: Span) -> Option<ir::Value> {
        if made.ty == Type::Error {
            return None;
        }
        if !is_constant(made) {
            let text = "this is not a constant";
            let help = "data consists of literals, lists and records";
            self.report(error(codes::NOT_CONSTANT, span, text).help(help));
            return None;
        }
        let value = self.value_of(made);
        // What cannot be read has more values than anything may have.
        let parts = value.as_ref().map_or(VALUES_MAX as u64, ir::Value::parts);
        let inner = parts.saturating_sub(1);
        if !self.spend(Task::Data, work::VALUE.saturating_mul(inner)) {
            return None;
        }
        value
    }

    /// The same as the input encoder reads it.
    fn constant_json(&mut self, made: &Expr, span: Span) -> Option<Value> {
        let value = self.constant_value(made, span)?;
        Some(value.to_json())
    }

    fn value_of(&self, e: &Expr) -> Option<ir::Value> {
        let words = match &e.kind {
            ExprKind::Bool(value) => [u64::from(*value), 0],
            ExprKind::Int(value) => [value.cast_unsigned(), 0],
            ExprKind::Number(value) => [value.to_bits(), 0],
            ExprKind::Text(handle) => [handle.0, 0],
            ExprKind::Wide(value) => ir::halves(*value),
            ExprKind::Const(address) => [u64::from(*address), 0],
            _ => return None,
        };
        let tables = (self.records.as_slice(), self.enums.as_slice());
        ir::from_words_of(tables, self.pool.bytes(), &e.ty, words)
    }
}
