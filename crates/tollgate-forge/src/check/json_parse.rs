//! `JSON.parse`: values of a type that is written, or wanted.
//!
//! For each type there is a function that looks at the text as a whole, reads the value, and throws a `SyntaxError` of what is no JSON and a `TypeError` of what
//! is no value of the type.

use oxc_ast::ast;

use super::body::{Body, Returns};
use super::checker::Checker;
use super::json::JsonUse;
use super::json_read::is_wrong;
use super::scope::Outer;
use super::types::{RecordId, Type};
use super::value::Value;
use crate::codes::{types as codes, unsupported};
use crate::ir;
use crate::ir::op::Val;
use crate::ir::{Expr, FuncId, Stmt};
use crate::limits::JSON_DEPTH_MAX;

impl Checker<'_> {
    /// Which of the types of objects that are read this one is.
    pub(super) fn last_order(&mut self, id: RecordId) -> Option<u32> {
        let next = u32::try_from(self.json.read.len()).ok()?;
        Some(*self.json.read.entry(id).or_insert(next))
    }

    /// The function that takes a text, and the text of the place where it is called, and gives a value of a type.
    fn json_parser(&mut self, ty: Type) -> Option<FuncId> {
        if let Some(known) = self.json.parsers.get(&ty) {
            return Some(*known);
        }
        let id = self.reserve("~parse".to_owned());
        self.json.parsers.insert(ty, id);
        if let Some(function) = self.module.functions.get_mut(id.0 as usize) {
            function.signature = ir::Signature {
                params: vec![Val::I32, Val::I32],
                result: ty.val(),
            };
        }
        let file = u32::try_from(self.standard_file()?).ok()?;
        let mut body = Body::new(self, file, Outer::default(), Returns::Known(ty));
        let statements = body.parser(ty)?;
        let locals = std::mem::take(&mut body.locals);
        self.set_body(id, ir::Body { locals, statements });
        Some(id)
    }
}

impl<'a> Body<'_, 'a> {
    /// `JSON.parse<T>(text)`, or `JSON.parse(text)` where a type is wanted.
    pub(super) fn parse_json(
        &mut self,
        node: &'a ast::CallExpression<'a>,
        hint: Option<Type>,
    ) -> Option<Value> {
        let span = self.place(node);
        let list = self.arguments(node)?;
        let [text] = list.as_slice() else {
            if let [_, reviver] = list.as_slice() {
                let message = "a function that changes what is read is not supported";
                let help = "change the values when they are read";
                self.fail(unsupported::JSON, message, self.place(*reviver), help);
            } else {
                self.wrong_count("parse", list.len(), 1, 1, span);
            }
            return None;
        };
        let text = self.value_as(text, Type::Text);
        let ty = match &node.type_arguments {
            None => hint,
            Some(written) => match written.params.as_slice() {
                [ty] => Some(self.written(ty)?),
                _ => {
                    let help = "write one: `JSON.parse<Order>(text)`";
                    let message = "`JSON.parse` has one type argument";
                    self.fail(codes::TYPE_ARGUMENTS, message, span, help);
                    return None;
                }
            },
        };
        let Some(ty) = ty else {
            let message = "nothing shows the type of what the text has";
            let help = "write it: `JSON.parse<Order>(text)`, `JSON.parse(text) as Order`, or `const order: Order = JSON.parse(text)`";
            self.fail(codes::NO_TYPE, message, span, help);
            return None;
        };
        let text = text?;
        self.checker.has_json(ty, JsonUse::Read, span)?;
        let place = self.thrown_at(span);
        let Some(function) = self.checker.json_parser(ty) else {
            self.checker.internal("a value that has JSON is not read");
            return None;
        };
        Some(Value::new(ty, Expr::Call(function, vec![text, place])))
    }

    /// The call, if an expression is `JSON.parse(…)`: what is wanted of it may be missing, too.
    pub(super) fn reads_json(
        &self,
        expr: &'a ast::Expression<'a>,
    ) -> Option<&'a ast::CallExpression<'a>> {
        let ast::Expression::CallExpression(call) = expr.without_parentheses() else {
            return None;
        };
        let ast::Expression::StaticMemberExpression(member) = &call.callee else {
            return None;
        };
        let plain = !call.optional && !member.optional && member.property.name == "parse";
        let named = plain && member.object.is_specific_id("JSON") && !self.shadowed("JSON");
        named.then_some(call.as_ref())
    }

    /// The statements of the function that gives a value of a type. Its parameters are the first variables.
    fn parser(&mut self, ty: Type) -> Option<Vec<Stmt>> {
        let (text, place) = (self.temporary(Val::I32), self.temporary(Val::I32));
        let reader = self.temporary(Val::I32);
        let mut read = Vec::new();
        let value = self.read_json(ty, reader, &mut read)?;
        // How many types of objects are read is known then.
        self.checker.make_json_functions()?;
        let types = i32::try_from(self.checker.json.read.len()).ok()?;
        let order = self.checker.known_order(Vec::new())?;
        let arguments = vec![Expr::Local(text), Expr::i32(types), Expr::i32(order)];
        let made = self.checker.standard_call("newReader", arguments)?;
        let check = self.checker.standard_function("jsonCheck")?;
        let levels = vec![Expr::Local(reader), Expr::i32(JSON_DEPTH_MAX)];
        let message = || vec![Expr::Local(reader)];
        let no_json = self.checker.standard_call("jsonMessage", message())?;
        let no_json = self.raised_new("SyntaxError", no_json, Expr::Local(place))?;
        let unlike = self.checker.standard_call("jsonMessage", message())?;
        let unlike = self.raised_new("TypeError", unlike, Expr::Local(place))?;
        let mut out = vec![
            Stmt::SetLocal(reader, made),
            Stmt::Call(check, levels),
            Stmt::If(is_wrong(reader), vec![no_json], Vec::new()),
        ];
        out.extend(read);
        out.push(Stmt::If(is_wrong(reader), vec![unlike], Vec::new()));
        out.push(Stmt::Return(Some(value.expr)));
        Some(out)
    }
}
