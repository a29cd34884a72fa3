//! `Array.from`: a copy of what can be gone over, or what a function gives for each place.
//!
//! The function is called with an element and its place, and with no more. An array is gone over as it is when its turn comes, so what
//! the function adds is seen.

use oxc_ast::ast::{self, Expression};
use tollgate_diagnostics::span::Span;

use super::body::Body;
use super::callback::{Callback, Given};
use super::collection::Source;
use super::types::{Absent, Type};
use super::value::Value;
use crate::codes::unsupported;
use crate::ir::op::{Binary, Unary};
use crate::ir::{Expr, LocalId, Stmt};

/// What is made for each place: by which function, for an array of which type.
struct Making<'a> {
    callback: Callback<'a>,
    /// The type of the elements, if it is known.
    wanted: Option<Type>,
    span: Span,
}

impl<'a> Body<'_, 'a> {
    /// `Array.from(values)`, `Array.from(values, f)`, `Array.from({ length: n }, f)`
    pub(super) fn array_from(
        &mut self,
        node: &'a ast::CallExpression<'a>,
        hint: Option<Type>,
    ) -> Option<Value> {
        let span = self.place(node);
        let given = self.arguments(node)?;
        let (source, function) = match given.as_slice() {
            [source] => (*source, None),
            [source, function] => (*source, Some(*function)),
            _ => {
                self.wrong_count("Array.from", given.len(), 1, 2, span);
                return None;
            }
        };
        let elements = hint.and_then(|hint| self.elements_of(hint));
        let wanted = elements.filter(|elements| elements.kind.is_none());
        let wanted = wanted.map(|elements| elements.ty);
        let function = match function {
            Some(function) => Some(Making {
                callback: self.callback(function)?,
                wanted,
                span,
            }),
            None => None,
        };
        match (source.without_parentheses(), function) {
            (Expression::ObjectExpression(object), function) => {
                let length = self.length_of_object(object)?;
                let Some(making) = function else {
                    return self.no_elements(span);
                };
                self.of_length(length, making)
            }
            (_, None) => self.copied(source, span),
            (_, Some(making)) => self.mapped_from(source, making),
        }
    }

    /// The length in `{ length: n }`.
    fn length_of_object(&mut self, object: &'a ast::ObjectExpression<'a>) -> Option<Expr> {
        if let [ast::ObjectPropertyKind::ObjectProperty(property)] = object.properties.as_slice()
            && property.kind == ast::PropertyKind::Init
            && property.key.is_specific_id("length")
            && !property.computed
        {
            return self.value_as(&property.value, Type::Number);
        }
        let span = self.place(object);
        let help = "write `{ length: n }`, or something that can be gone over";
        let message = "`Array.from` takes an object with a length alone";
        self.fail(unsupported::ARRAY, message, span, help);
        None
    }

    fn no_elements(&mut self, span: Span) -> Option<Value> {
        let help = "write a function for them, `Array.from({ length: n }, (_, i) => i)`, or `new Array<number>(n).fill(0)`";
        let message = "nothing says what the elements are";
        self.fail(unsupported::ARRAY, message, span, help);
        None
    }

    fn of_length(&mut self, length: Expr, making: Making<'a>) -> Option<Value> {
        let mut out = Vec::new();
        let length = self.checker.standard_call("lengthOf", vec![length])?;
        let length = self.keep(Value::new(Type::I32, length), &mut out)?.expr;
        let callback = self.settled(making.callback, &mut out)?;
        let index = self.keep_local(Value::new(Type::I32, Expr::i32(0)), &mut out)?;
        let missing = super::absence::nothing(Absent::Undefined);
        let missing = Value::new(Type::Nothing(Absent::Undefined), missing);
        let making = Making { callback, ..making };
        let mut body = Vec::new();
        let made = self.made_by((making, missing, index), (&mut out, &mut body))?;
        let (leave, again) = (self.label(), self.label());
        let end = Expr::Local(index).binary(Binary::I32GeU, length);
        let mut inside = vec![Stmt::BranchIf(leave, end)];
        inside.extend(body);
        let next = Expr::Local(index).binary(Binary::I32Add, Expr::i32(1));
        inside.push(Stmt::SetLocal(index, next));
        inside.push(Stmt::Branch(again));
        out.push(Stmt::Block(leave, vec![Stmt::Loop(again, inside)]));
        Some(Value::new(made.ty, made.expr.after(out)))
    }

    fn mapped_from(&mut self, source: &'a Expression<'a>, making: Making<'a>) -> Option<Value> {
        let span = making.span;
        let list = match self.source(source)? {
            Source::Value(value) => self.sequence(value, span)?,
            Source::Pairs(_) => {
                self.no_list_of_pairs(span);
                return None;
            }
            Source::Collected(_) => {
                let help = "make an array of it first: `Array.from(set).map((x) => …)`, `[...map.keys()].map((x) => …)`";
                let message = "`Array.from` of a map or a set with a function is not supported";
                self.fail(unsupported::ARRAY, message, span, help);
                return None;
            }
        };
        let elements = self.elements_of(list.ty)?;
        let mut out = Vec::new();
        let round = self.over(list, &mut out)?;
        let callback = self.settled(making.callback, &mut out)?;
        let making = Making { callback, ..making };
        let mut body = Vec::new();
        let element = self.current(&round, elements);
        let element = self.keep(element, &mut body)?;
        let made = self.made_by((making, element, round.index), (&mut out, &mut body))?;
        out.push(self.finish(&round, None, body));
        Some(Value::new(made.ty, made.expr.after(out)))
    }

    /// Makes the array before the loop, and adds to it in each round what the function gives.
    fn made_by(
        &mut self,
        (making, element, index): (Making<'a>, Value, LocalId),
        (out, body): (&mut Vec<Stmt>, &mut Vec<Stmt>),
    ) -> Option<Value> {
        let Making {
            callback,
            wanted,
            span,
        } = making;
        let place = Expr::Local(index).unary(Unary::F64ConvertI32S);
        let given = Given {
            arguments: vec![element, Value::new(Type::Number, place)],
            expected: wanted,
            span,
        };
        let Some(value) = self.invoke(callback, given, body)? else {
            self.no_result(span);
            return None;
        };
        let value = match wanted {
            Some(ty) => Value::new(ty, self.coerce(value, ty, span)?),
            None => value,
        };
        let array = self.checker.array_of(value.ty, span)?;
        let into = self.elements_of(array)?;
        let made = self.list_call("newList", vec![Expr::i32(0), Expr::i32(4)], into)?;
        let made = self.keep(Value::new(array, made), out)?;
        self.push_value(&made.expr, into, value.expr, body)?;
        Some(made)
    }
}
