//! Objects that take any key: `{ [key: string]: T }` and `Record<string, T>`.
//!
//! They are objects of a generic class of ours, `std/dictionary.ts`, whose members no program names. A key that is not there gives
//! `undefined`, as with a map, so the value may be missing wherever one is read. What a number is as a key is its text.

use std::rc::Rc;

use oxc_ast::ast::{
    self, Expression, ObjectPropertyKind, PropertyKind, TSIndexSignature, TSSignature, TSType,
    TSTypeParameterInstantiation,
};
use tollgate_diagnostics::span::Span;

use super::annotation::Sight;
use super::body::Body;
use super::checker::Checker;
use super::known::file::Item;
use super::known::generic::{Needed, Step};
use super::listed::Literal;
use super::report::{error, place};
use super::scope::ScopeKind;
use super::shown::shown;
use super::slot::{EntryPlace, Slot, SlotPlace};
use super::types::Type;
use super::value::{Called, Value};
use crate::codes::{types as codes, unsupported};
use crate::ir::{Expr, Stmt};

/// The functions of `Object` that there are.
pub(super) const FUNCTIONS: &[&str] = &["entries", "hasOwn", "keys", "values"];

/// The index signature that a type is, if it is nothing else.
pub(super) fn index_signature<'a>(
    members: &'a [TSSignature<'a>],
) -> Option<&'a TSIndexSignature<'a>> {
    match members {
        [TSSignature::TSIndexSignature(signature)] => Some(signature),
        _ => None,
    }
}

/// Whether a name is that of a member of our class, which is no key.
fn is_own(name: &str) -> bool {
    name.starts_with('#')
}

impl<'a> Checker<'a> {
    /// The type of the values that an object with any keys has.
    pub(super) fn dictionary(&self, ty: Type) -> Option<Type> {
        let (name, arguments) = self.own_instance(ty)?;
        (name == "Record")
            .then(|| arguments.get(1).copied())
            .flatten()
    }

    /// The type of objects with any keys that have such values.
    fn dictionary_of(&mut self, value: Type, around: Option<Rc<Step>>, span: Span) -> Option<Type> {
        if value == Type::Void {
            let message = "`void` is no type of values";
            let help = "write the type of the values";
            self.report(error(codes::NO_VALUE, message).at(span, "").help(help));
            return None;
        }
        let Some(Item::Class(template)) = self.collection_type("Record") else {
            self.internal("there is no class for objects with any keys");
            return None;
        };
        let needed = Needed { around, span };
        let id = self.class_for(template, vec![Type::Text, value], needed)?;
        Some(Type::Class(id))
    }

    /// A type that is inside of another one, and may lead back to it.
    fn written_inside(&mut self, sight: Sight<'_, 'a>, ty: &'a TSType<'a>) -> Option<Type> {
        self.inside_properties += 1;
        let ty = self.written(sight, ty);
        self.inside_properties -= 1;
        ty
    }

    /// `{ [key: string]: T }`
    pub(super) fn indexed_type(
        &mut self,
        sight: Sight<'_, 'a>,
        signature: &'a TSIndexSignature<'a>,
    ) -> Option<Type> {
        let span = place(sight.file, signature);
        let key = &signature.parameter.type_annotation.type_annotation;
        if !matches!(key, TSType::TSStringKeyword(_) | TSType::TSNumberKeyword(_)) {
            return self.no_key_type(span);
        }
        let value = &signature.type_annotation.type_annotation;
        let value = self.written_inside(sight, value)?;
        self.dictionary_of(value, sight.step(), span)
    }

    /// `Record<K, T>`: of any keys, or of those that a type lists.
    pub(super) fn record_by_name(
        &mut self,
        sight: Sight<'_, 'a>,
        arguments: &'a TSTypeParameterInstantiation<'a>,
        span: Span,
    ) -> Option<Type> {
        let [key, value] = arguments.params.as_slice() else {
            let message = "`Record` takes the types of keys and of values";
            let help = "write both: `Record<string, number>`";
            self.report(
                error(codes::TYPE_ARGUMENTS, message)
                    .at(span, "")
                    .help(help),
            );
            return None;
        };
        let key_at = place(sight.file, key);
        let key = self.written(sight, key);
        let value = self.written_inside(sight, value);
        match (key?, value?) {
            (Type::Text | Type::Number, value) => self.dictionary_of(value, sight.step(), span),
            (Type::Exact(exact), value) => {
                let names: Option<Vec<&'a str>> = (self.literals.values(exact).iter())
                    .map(|literal| match literal {
                        Literal::Text(text) => Some(*text),
                        Literal::Number(_) | Literal::Boolean(_) => None,
                    })
                    .collect();
                match names {
                    Some(names) => {
                        let found = names.into_iter().map(|name| (name, value)).collect();
                        self.record_of(found, span)
                    }
                    None => self.no_key_type(key_at),
                }
            }
            _ => self.no_key_type(key_at),
        }
    }

    fn no_key_type(&mut self, span: Span) -> Option<Type> {
        let message = "keys of this type are not supported";
        let help = "keys are texts: `string`, `number` (which becomes one), or a list of texts, `\"a\" | \"b\"`; for others use a `Map`";
        self.report(error(unsupported::OBJECT, message).at(span, "").help(help));
        None
    }
}

impl<'a> Body<'_, 'a> {
    /// A value as a key: its text.
    fn key_of(&mut self, expr: &'a Expression<'a>) -> Option<Expr> {
        let span = self.place(expr);
        let value = match self.constant(expr) {
            Some(known) => super::conversion::literal(known, Some(Type::Number)),
            None => self.value(expr, None)?,
        };
        match value.ty.widened() {
            Type::Text | Type::Number | Type::F32 | Type::Int(_) | Type::Enum(_) => {
                self.as_text(value, span)
            }
            Type::Maybe(..) | Type::Nothing(_) => {
                self.may_be_missing(value.ty, span);
                None
            }
            _ => {
                let ty = self.checker.type_name(value.ty);
                let message = format!("a value of type `{ty}` is no key");
                let help = "use a text, `String(x)`, or a `Map`";
                self.fail(codes::OPERAND, message, span, help);
                None
            }
        }
    }

    pub(super) fn text_of(&mut self, name: &str) -> Expr {
        self.checker.text(name.encode_utf16().collect())
    }

    /// Calls a method of ours that gives something.
    pub(super) fn entry_value(&mut self, object: Value, method: &str, key: Expr) -> Option<Value> {
        match self.own_method(object, method, vec![key])? {
            Called::Value(value) => Some(value),
            Called::Nothing(_) => None,
        }
    }

    pub(super) fn entry_effect(
        &mut self,
        object: Value,
        method: &str,
        given: Vec<Expr>,
    ) -> Option<Stmt> {
        match self.own_method(object, method, given)? {
            Called::Nothing(stmt) => Some(stmt),
            Called::Value(value) => Some(Stmt::Drop(value.expr)),
        }
    }

    /// `object[key]`; `None` if the object does not take any key.
    pub(super) fn entry(
        &mut self,
        object: &Value,
        key: &'a Expression<'a>,
    ) -> Option<Option<Value>> {
        self.checker.dictionary(object.ty)?;
        Some(self.entry_inside(object, key))
    }

    fn entry_inside(&mut self, object: &Value, key: &'a Expression<'a>) -> Option<Value> {
        let mut out = Vec::new();
        let object = self.keep(object.clone(), &mut out)?;
        let key = self.key_of(key)?;
        let value = self.entry_value(object, "#get", key)?;
        Some(Value::new(value.ty, value.expr.after(out)))
    }

    /// `object.name`; `None` if the object does not take any key.
    pub(super) fn named_entry(&mut self, object: &Value, name: &str) -> Option<Option<Value>> {
        self.checker.dictionary(object.ty)?;
        if is_own(name) {
            return None;
        }
        let key = self.text_of(name);
        Some(self.entry_value(object.clone(), "#get", key))
    }

    /// `object[key] = …`; `None` if the object does not take any key.
    pub(super) fn entry_slot(
        &mut self,
        object: &Value,
        key: &'a Expression<'a>,
    ) -> Option<Option<Slot<'a>>> {
        self.checker.dictionary(object.ty)?;
        let mut before = Vec::new();
        let object = self.keep(object.clone(), &mut before);
        let slot = object.and_then(|object| {
            let key = self.key_of(key)?;
            self.slot_at((object, key), before)
        });
        Some(slot)
    }

    /// `object.name = …`; `None` if the object does not take any key.
    pub(super) fn named_entry_slot(
        &mut self,
        object: &Value,
        name: &str,
    ) -> Option<Option<Slot<'a>>> {
        self.checker.dictionary(object.ty)?;
        if is_own(name) {
            return None;
        }
        let mut before = Vec::new();
        let object = self.keep(object.clone(), &mut before);
        let slot = object.and_then(|object| {
            let key = self.text_of(name);
            self.slot_at((object, key), before)
        });
        Some(slot)
    }

    fn slot_at(&mut self, (object, key): (Value, Expr), mut before: Vec<Stmt>) -> Option<Slot<'a>> {
        let ty = self.checker.dictionary(object.ty)?;
        let key = self.keep(Value::new(Type::Text, key), &mut before)?.expr;
        let now = self.entry_value(object.clone(), "#get", key.clone())?;
        let value = self.temporary(ty.val()?);
        let set = self.entry_effect(object, "#set", vec![key, Expr::Local(value)])?;
        let place = EntryPlace { now, value, set };
        Some(Slot {
            ty,
            place: SlotPlace::Entry(Box::new(place)),
            before,
        })
    }

    /// `delete object[key]`, which is always true.
    pub(super) fn deleted(&mut self, node: &'a ast::UnaryExpression<'a>) -> Option<Value> {
        let span = self.place(node);
        let (object, key) = match node.argument.without_parentheses() {
            Expression::ComputedMemberExpression(member) if !member.optional => {
                (&member.object, Ok(&member.expression))
            }
            Expression::StaticMemberExpression(member)
                if !member.optional && !self.is_no_value(&member.object) =>
            {
                (&member.object, Err(member.property.name.as_str()))
            }
            _ => return self.not_deleted(span),
        };
        let object = self.value(object, None)?;
        if object.ty.absent().is_some() {
            self.may_be_missing(object.ty, span);
            return None;
        }
        if self.checker.dictionary(object.ty).is_none() {
            return self.not_deleted(span);
        }
        let mut out = Vec::new();
        let object = self.keep(object, &mut out)?;
        let key = match key {
            Ok(key) => self.key_of(key)?,
            Err(name) => self.text_of(name),
        };
        out.push(self.entry_effect(object, "#delete", vec![key])?);
        Some(Value::new(Type::Boolean, Expr::i32(1).after(out)))
    }

    fn not_deleted(&mut self, span: Span) -> Option<Value> {
        let message = "`delete` takes keys out of objects that have any keys, and nothing else";
        let help = "give the object the type `Record<string, T>`; a property that may be left out is set to `undefined`";
        self.fail(unsupported::DYNAMIC, message, span, help);
        None
    }

    /// `key in object`; `None` if the object does not take any key.
    pub(super) fn has_entry(&mut self, object: &Value, key: Expr) -> Option<Option<Expr>> {
        self.checker.dictionary(object.ty)?;
        let found = self.entry_value(object.clone(), "#has", key);
        Some(found.map(|value| value.expr))
    }

    /// The key on the left of `in`, in a variable.
    pub(super) fn looked_for(
        &mut self,
        key: &'a Expression<'a>,
        out: &mut Vec<Stmt>,
    ) -> Option<Expr> {
        let key = self.key_of(key)?;
        Some(self.keep(Value::new(Type::Text, key), out)?.expr)
    }

    /// The type of an object that becomes JSON and has nothing.
    pub(super) fn without_keys(&mut self, span: Span) -> Option<Type> {
        let around = self.outer.step();
        self.checker.dictionary_of(Type::Number, around, span)
    }

    /// `{ a: 1, [key]: 2, ...other }` where an object with any keys is wanted.
    pub(super) fn dictionary_literal(
        &mut self,
        node: &'a ast::ObjectExpression<'a>,
        ty: Type,
    ) -> Option<Value> {
        let Type::Class(id) = ty else { return None };
        let of = self.checker.dictionary(ty)?;
        let mut out = Vec::new();
        let made = self.made_object(id, Vec::new())?;
        let made = self.keep(made, &mut out)?;
        let mut whole = Some(());
        for property in &node.properties {
            let done = match property {
                ObjectPropertyKind::ObjectProperty(property) => {
                    self.literal_entry(property, (&made, of), &mut out)
                }
                ObjectPropertyKind::SpreadProperty(spread) => {
                    self.spread_entries(&spread.argument, &made, &mut out)
                }
            };
            whole = whole.and(done);
        }
        whole?;
        Some(Value::new(ty, made.expr.after(out)))
    }

    fn literal_entry(
        &mut self,
        node: &'a ast::ObjectProperty<'a>,
        (made, of): (&Value, Type),
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let span = self.place(node);
        if node.kind != PropertyKind::Init {
            let help = "write a value";
            let message = "accessors of objects are not supported";
            self.fail(unsupported::FUNCTION_VALUE, message, span, help);
            return None;
        }
        let key = match (node.computed, node.key.as_expression()) {
            (true, Some(key)) => self.looked_for(key, out)?,
            (false, Some(Expression::NumericLiteral(_))) => {
                self.looked_for(node.key.as_expression()?, out)?
            }
            _ => {
                let name = self.checker.property_name(&node.key, span)?;
                self.text_of(name)
            }
        };
        let value = Value::new(of, self.value_as(&node.value, of)?);
        let value = self.keep(value, out)?.expr;
        out.push(self.entry_effect(made.clone(), "#set", vec![key, value])?);
        Some(())
    }

    fn spread_entries(
        &mut self,
        from: &'a Expression<'a>,
        made: &Value,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let span = self.place(from);
        let other = self.value(from, Some(made.ty))?;
        let other = self.coerce(other, made.ty, span)?;
        out.push(self.entry_effect(made.clone(), "#copy", vec![other])?);
        Some(())
    }

    /// The object with any keys that a function of `Object` is given.
    fn given_dictionary(&mut self, given: &'a Expression<'a>, name: &str) -> Option<Value> {
        let span = self.place(given);
        let object = self.value(given, None)?;
        if object.ty.absent().is_some() {
            self.may_be_missing(object.ty, span);
            return None;
        }
        if self.checker.dictionary(object.ty).is_some() {
            return Some(object);
        }
        let ty = self.checker.type_name(object.ty);
        let message =
            format!("`Object.{name}` takes objects with any keys; this is of type `{ty}`");
        let help = "write the names, or give the object the type `Record<string, T>`";
        self.fail(unsupported::OBJECT, message, span, help);
        None
    }

    /// `Object.keys(o)` and its like.
    pub(super) fn object_function(
        &mut self,
        name: &str,
        node: &'a ast::CallExpression<'a>,
    ) -> Option<Value> {
        match name {
            "hasOwn" => {
                let [object, key] = self.exactly::<2>(name, node)?;
                let object = self.given_dictionary(object, name)?;
                let mut out = Vec::new();
                let object = self.keep(object, &mut out)?;
                let key = self.key_of(key)?;
                let found = self.entry_value(object, "#has", key)?;
                Some(Value::new(Type::Boolean, found.expr.after(out)))
            }
            "entries" => {
                let span = self.place(node);
                let given = node
                    .arguments
                    .first()
                    .and_then(ast::Argument::as_expression);
                let object = given.and_then(shown).unwrap_or("o".to_owned());
                let message = "an array of keys with their values is not supported";
                let help = format!(
                    "go over it, `for (const [key, value] of Object.entries({object}))`, or make an array of the keys and read each, `Object.keys({object}).map((key) => {object}[key]!)`"
                );
                self.fail(unsupported::ARRAY, message, span, help);
                None
            }
            _ => {
                let [object] = self.exactly::<1>(name, node)?;
                let object = self.given_dictionary(object, name)?;
                let method = if name == "keys" { "#keys" } else { "#values" };
                self.own_value(object, method)
            }
        }
    }

    /// `Object.entries(o)` where it is gone over: arrays of keys and of values, made at once.
    pub(super) fn entries_of(
        &mut self,
        call: &'a ast::CallExpression<'a>,
    ) -> Option<Option<[Value; 2]>> {
        let Expression::StaticMemberExpression(member) = &call.callee else {
            return None;
        };
        let plain = !call.optional && !member.optional && call.type_arguments.is_none();
        let named = member.object.is_specific_id("Object") && member.property.name == "entries";
        if !plain || !named || self.shadowed("Object") {
            return None;
        }
        Some(self.both_of(call))
    }

    fn both_of(&mut self, call: &'a ast::CallExpression<'a>) -> Option<[Value; 2]> {
        let [object] = self.exactly::<1>("entries", call)?;
        let object = self.given_dictionary(object, "entries")?;
        let mut out = Vec::new();
        let object = self.keep(object, &mut out)?;
        let keys = self.own_value(object.clone(), "#keys")?;
        let keys = self.keep(keys, &mut out)?;
        let values = self.entry_value(object, "#valuesOf", keys.expr.clone())?;
        Some([Value::new(keys.ty, keys.expr.after(out)), values])
    }

    /// `for (const key in object)`: over the keys that it has when the loop begins, as long as they are there.
    pub(super) fn for_in(
        &mut self,
        node: &'a ast::ForInStatement<'a>,
        names: Vec<&'a str>,
        out: &mut Vec<Stmt>,
    ) -> bool {
        self.scopes.enter(ScopeKind::Block);
        if let ast::ForStatementLeft::VariableDeclaration(list) = &node.left {
            self.hoist_list(list);
        }
        let object = self.gone_over_in(&node.right);
        let object = object.and_then(|object| self.keep(object, out));
        let keys = object
            .as_ref()
            .and_then(|object| self.own_value(object.clone(), "#keys"));
        let over = keys.and_then(|keys| {
            let ty = keys.ty;
            Some((self.over(keys, out)?, self.elements_of(ty)?))
        });
        let mut inside = Vec::new();
        let key = over
            .as_ref()
            .map(|(over, elements)| self.current(over, *elements));
        let key = key.and_then(|key| self.keep(key, &mut inside));
        let there = match (&object, &key) {
            (Some(object), Some(key)) => self.has_entry(object, key.expr.clone()).flatten(),
            _ => None,
        };
        let statements = self.loop_over(
            (&node.left, &node.body),
            (key, over.as_ref().map(|(over, _)| over.leave)),
            names,
        );
        self.scopes.leave();
        if let (Some((over, _)), Some(there)) = (&over, there) {
            inside.push(Stmt::If(there, statements, Vec::new()));
            out.push(self.finish(over, None, inside));
        } else {
            let span = self.place(&node.right);
            self.checker.must_be_reported(span);
        }
        true
    }

    fn gone_over_in(&mut self, expr: &'a Expression<'a>) -> Option<Value> {
        let span = self.place(expr);
        let object = self.value(expr, None)?;
        if object.ty.absent().is_some() {
            self.may_be_missing(object.ty, span);
            return None;
        }
        if self.checker.dictionary(object.ty).is_some() {
            return Some(object);
        }
        let ty = self.checker.type_name(object.ty);
        let message = format!(
            "`for … in` goes over the keys of objects with any keys; this is of type `{ty}`"
        );
        let help = "go over the elements, `for (const x of list)`, or give the object the type `Record<string, T>`";
        self.fail(unsupported::ITERATION, message, span, help);
        None
    }
}
