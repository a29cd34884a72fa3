//! `...` of objects: in literals, and in patterns that leave the rest.

use std::collections::HashSet;

use oxc_ast::ast;
use tollgate_diagnostics::span::Span;

use super::body::Body;
use super::record::ObjectParts;
use super::types::Type;
use super::value::Value;
use crate::codes::unsupported;
use crate::ir::Stmt;

/// What an object has now.
pub(super) struct SpreadObject<'a> {
    /// The object, in a variable.
    pub(super) object: Value,
    pub(super) properties: Vec<(&'a str, Value)>,
}

impl<'a> Body<'_, 'a> {
    /// An object of the properties that a pattern has not named.
    pub(super) fn rest_of(
        &mut self,
        object: Value,
        named: &HashSet<&'a str>,
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> Option<Value> {
        let SpreadObject {
            object,
            properties: mut rest,
        } = self.properties_of(object, span, out)?;
        rest.retain(|(name, _)| !named.contains(name));
        let types = rest.iter().map(|(name, value)| (*name, value.ty)).collect();
        let ty = self.checker.record_of(types, span)?;
        let values = rest.into_iter().map(|(name, value)| (name, value.expr));
        let mut given = ObjectParts {
            values: values.collect(),
            order: Vec::new(),
        };
        self.take_order(&object, &mut given.order, out)?;
        let made = self.new_record(ty, given, out)?;
        Some(Value::new(ty, made))
    }

    /// The values that the properties of an object have now.
    fn properties_of(
        &mut self,
        object: Value,
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> Option<SpreadObject<'a>> {
        let plain = match object.ty {
            Type::Record(id) => Some(id).filter(|id| !self.checker.has_record(*id)),
            _ => None,
        };
        let Some(id) = plain else {
            let ty = self.checker.type_name(object.ty);
            let message = format!("the properties of a value of type `{ty}` are not all known");
            let help = "write those that are meant: `{ x: object.x }`; an object of a class has other properties, too";
            self.fail(unsupported::OBJECT, message, span, help);
            return None;
        };
        let object = self.keep(object, out)?;
        let mut properties = Vec::new();
        for property in self.checker.records.properties(id).to_vec() {
            let value = self.keep(property.load(object.expr.clone()), out)?;
            properties.push((property.name, value));
        }
        Some(SpreadObject { object, properties })
    }

    /// `...object` in a literal.
    pub(super) fn spread_properties(
        &mut self,
        node: &'a ast::SpreadElement<'a>,
        wanted: Option<Type>,
        out: &mut Vec<Stmt>,
    ) -> Option<SpreadObject<'a>> {
        let span = self.place(node);
        let object = self.value(&node.argument, None)?;
        let SpreadObject { object, properties } = self.properties_of(object, span, out)?;
        let Some(wanted) = wanted else {
            return Some(SpreadObject { object, properties });
        };
        let mut values = Vec::new();
        for (name, value) in properties {
            let Some(property) = self.property_of(wanted, name) else {
                self.no_property(wanted, name, span);
                return None;
            };
            let value = self.coerce(value, property.ty, span)?;
            let value = self.keep(Value::new(property.ty, value), out)?;
            values.push((name, value));
        }
        Some(SpreadObject {
            object,
            properties: values,
        })
    }
}
