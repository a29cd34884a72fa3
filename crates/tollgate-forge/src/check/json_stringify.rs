//! `JSON.stringify`: the text that JavaScript makes of a value.

use std::collections::HashSet;

use oxc_ast::ast::{self, Expression};

use super::array::Part;
use super::body::Body;
use super::json::JsonUse;
use super::types::{Absent, Type};
use super::value::Value;
use crate::codes::unsupported;
use crate::ir::{Expr, Stmt};

impl<'a> Body<'_, 'a> {
    /// The type of the elements of an array that becomes JSON and nothing else: what is written there may be of several types.
    pub(super) fn json_element(&mut self, parts: &[Part]) -> Option<Type> {
        if parts.is_empty() {
            // Whatever they might be, there are none.
            return Some(Type::Number);
        }
        let mut types: Vec<Type> = Vec::new();
        let mut absent: Option<Absent> = None;
        for part in parts {
            let ty = match part {
                Part::Known(..) => Type::Number,
                Part::Value(value, _) => value.ty,
                Part::Spread(..) => return None,
            };
            if let Some(more) = ty.absent() {
                absent = Some(absent.map_or(more, |absent| absent.with(more)));
            }
            match ty.present() {
                Type::Nothing(_) => {}
                Type::Union(id) => types.extend(self.checker.unions.members(id).iter()),
                ty => types.push(ty),
            }
        }
        let mut seen = HashSet::new();
        types.retain(|ty| seen.insert(*ty));
        let is_array = |ty: &&Type| matches!(ty, Type::Array(_));
        let several = types.iter().filter(is_array).count() > 1;
        let told = |ty: &Type| {
            matches!(
                ty,
                Type::Text
                    | Type::Number
                    | Type::Boolean
                    | Type::Exact(_)
                    | Type::Array(_)
                    | Type::Record(_)
            )
        };
        if let (true, Some(absent)) = (types.is_empty(), absent) {
            return Type::Number.or(absent);
        }
        if several || types.len() < 2 || !types.iter().all(told) {
            return None;
        }
        let ty = self.checker.merged(types)?;
        match absent {
            Some(absent) => ty.or(absent),
            None => Some(ty),
        }
    }

    /// `JSON.stringify(value)`, with `null` or `undefined` and what indents behind it.
    pub(super) fn stringify(&mut self, node: &'a ast::CallExpression<'a>) -> Option<Value> {
        let span = self.place(node);
        let list = self.arguments(node)?;
        let (Some(given), true) = (list.first(), list.len() <= 3) else {
            self.wrong_count("stringify", list.len(), 1, 3, span);
            return None;
        };
        let place = self.place(*given);
        self.for_json = is_written(given);
        let value = self.value(given, None);
        self.for_json = false;
        let chosen = list.get(1).map_or(Some(()), |expr| self.no_choice(expr));
        let mut out = Vec::new();
        let (value, ()) = (value?, chosen?);
        if value.ty.absent().is_some_and(Absent::has_undefined) {
            let message = "the value may be `undefined`, which has no JSON";
            let help = "look first, or give another value: `JSON.stringify(x ?? null)`";
            self.fail(unsupported::JSON, message, place, help);
            return None;
        }
        self.checker.has_json(value.ty, JsonUse::Write, place)?;
        let value = self.keep(value, &mut out)?;
        let indent = match list.get(2) {
            Some(expr) => self.indent(expr)?,
            None => self.checker.text(Vec::new()),
        };
        let json = self.checker.standard_call("newJson", vec![indent])?;
        let json = self.keep_local(Value::new(Type::I32, json), &mut out)?;
        let written = self.write_json(value, json, &mut out);
        if written
            .and_then(|()| self.checker.make_json_functions())
            .is_none()
        {
            self.checker
                .internal("a value that has JSON is not written");
            return None;
        }
        let text = vec![Expr::Local(json)];
        let text = self.checker.standard_call("jsonText", text)?;
        Some(Value::new(Type::Text, text.after(out)))
    }

    /// Nothing chooses what is written.
    fn no_choice(&mut self, expr: &'a Expression<'a>) -> Option<()> {
        match expr.without_parentheses() {
            Expression::NullLiteral(_) => return Some(()),
            Expression::Identifier(id) if self.is_undefined(id) => return Some(()),
            _ => {}
        }
        let span = self.place(expr);
        let message = "nothing but the type of a value chooses what its JSON has";
        let help = "make an object of what is meant, and write `null` here";
        self.fail(unsupported::JSON, message, span, help);
        None
    }

    /// The text by which each level is indented: at most ten spaces, or the first units of a text.
    fn indent(&mut self, expr: &'a Expression<'a>) -> Option<Expr> {
        let span = self.place(expr);
        let value = self.value(expr, None)?;
        let (name, given) = match value.ty.widened() {
            Type::Text => ("jsonIndent", value.expr),
            Type::Nothing(_) => {
                let none = self.checker.text(Vec::new());
                return Some(none.after(vec![Stmt::Drop(value.expr)]));
            }
            ty => {
                let value = Value::new(ty, value.expr);
                ("jsonSpaces", self.coerce(value, Type::Number, span)?)
            }
        };
        self.checker.standard_call(name, vec![given])
    }
}

/// Whether an expression is an object or an array that is written there.
pub(super) fn is_written(expr: &Expression<'_>) -> bool {
    matches!(
        expr.without_parentheses(),
        Expression::ObjectExpression(_) | Expression::ArrayExpression(_)
    )
}
