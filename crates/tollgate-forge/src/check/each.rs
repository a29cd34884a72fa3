//! Methods of arrays that call a function for each element.
//!
//! Each is a loop with the function's body in it. They go over the elements that were there when they began: where an array
//! became shorter meanwhile and JavaScript would go on with `undefined`, the program ends.

use tollgate_diagnostics::span::Span;

use super::array::Over;
use super::array_methods::Call;
use super::body::Body;
use super::callback::Given;
use super::known::array::Elements;
use super::sequence::count;
use super::types::{Absent, Type};
use super::value::{Called, Value};
use crate::codes::unsupported;
use crate::ir::fault::FaultKind;
use crate::ir::op::{Binary, Unary};
use crate::ir::{Expr, LocalId, Stmt};

/// A method that calls a function for each element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PerElement {
    Every,
    Filter,
    Find,
    FindIndex,
    FlatMap,
    ForEach,
    Map,
    Some,
}

/// The loop of such a method in the making.
struct Making {
    out: Vec<Stmt>,
    round: Over,
    /// How many elements there were at the beginning.
    first: LocalId,
    elements: Elements,
    element: Value,
    body: Vec<Stmt>,
    span: Span,
}

impl<'a> Body<'_, 'a> {
    /// Calls the function that is given for each element.
    pub(super) fn each(&mut self, method: PerElement, call: Call<'a>) -> Option<Called> {
        let Call {
            list,
            elements,
            given,
            span,
        } = call;
        let array = list.ty;
        let callback = self.callback(given.first()?)?;
        let mut out = Vec::new();
        let round = self.over(list, &mut out)?;
        let first = self.length_now(round.list, &mut out);
        let callback = self.settled(callback, &mut out)?;
        let mut body = Vec::new();
        let element = self.current(&round, elements);
        let element = self.keep(element, &mut body)?;
        let arguments = vec![
            element.clone(),
            self.index_value(&round),
            Value::new(array, Expr::Local(round.list)),
        ];
        let given = Given {
            arguments,
            expected: (method == PerElement::ForEach).then_some(Type::Void),
            span,
        };
        let value = self.invoke(callback, given, &mut body)?;
        let making = Making {
            out,
            round,
            first,
            elements,
            element,
            body,
            span,
        };
        let made = match (method, value) {
            (PerElement::ForEach, value) => return Some(self.for_each(making, value)),
            (PerElement::Map, Some(value)) if elements.kind.is_some() => {
                self.mapped_typed(making, value, array)
            }
            (PerElement::Map, Some(value)) => self.mapped(making, value),
            (PerElement::FlatMap, Some(value)) => self.flat_mapped(making, value),
            (PerElement::Filter, Some(value)) => self.filtered(making, value, array),
            (PerElement::Some, Some(value)) => {
                let holds = self.truth_of(value)?;
                self.found(making, holds, Expr::i32(1))
            }
            (PerElement::Every, Some(value)) => {
                let fails = self.truth_of(value)?.unary(Unary::I32Eqz);
                self.found(making, fails, Expr::i32(0))
            }
            (PerElement::Find, Some(value)) => self.found_element(making, value),
            (PerElement::FindIndex, Some(value)) => self.found_index(making, value),
            (
                PerElement::Map
                | PerElement::FlatMap
                | PerElement::Filter
                | PerElement::Some
                | PerElement::Every
                | PerElement::Find
                | PerElement::FindIndex,
                None,
            ) => {
                self.no_result(span);
                None
            }
        };
        made.map(Called::Value)
    }

    /// Ends the loop, and has a value after it. The program ends if the loop has not done what JavaScript does.
    fn made(&self, making: Making, value: Value, differs: Option<Expr>) -> Value {
        let Making {
            mut out,
            round,
            first,
            body,
            ..
        } = making;
        out.push(self.finish(&round, Some(first), body));
        if let Some(differs) = differs {
            let fault = Stmt::fault(FaultKind::Resized);
            out.push(Stmt::If(differs, vec![fault], Vec::new()));
        }
        Value::new(value.ty, value.expr.after(out))
    }

    fn for_each(&self, mut making: Making, value: Option<Value>) -> Called {
        making
            .body
            .extend(value.map(|value| Stmt::Drop(value.expr)));
        let Making {
            mut out,
            round,
            first,
            body,
            ..
        } = making;
        out.push(self.finish(&round, Some(first), body));
        // The statements are done, and there is no value.
        Called::Nothing(Stmt::If(Expr::i32(1), out, Vec::new()))
    }

    /// As many elements of the same kind.
    fn mapped_typed(&mut self, mut making: Making, value: Value, array: Type) -> Option<Value> {
        let into = making.elements;
        let number = self.coerce(value, Type::Number, making.span)?;
        let made = self.list_call("newTyped", vec![Expr::Local(making.first)], into)?;
        let made = self.keep(Value::new(array, made), &mut making.out)?;
        let raw = self.kept_as(into.kind?, number)?;
        let at = into.address(made.expr.clone(), Expr::Local(making.round.index));
        making.body.push(into.store(at, raw));
        Some(self.made(making, made, None))
    }

    fn mapped(&mut self, mut making: Making, value: Value) -> Option<Value> {
        let array = self.checker.array_of(value.ty, making.span)?;
        let into = self.elements_of(array)?;
        let room = vec![Expr::i32(0), Expr::Local(making.first)];
        let made = self.list_call("newList", room, into)?;
        let made = self.keep(Value::new(array, made), &mut making.out)?;
        self.push_value(&made.expr, into, value.expr, &mut making.body)?;
        // What is missing would be holes.
        let differs = count(made.expr.clone()).binary(Binary::I32Ne, Expr::Local(making.first));
        Some(self.made(making, made, Some(differs)))
    }

    /// The elements of all arrays that the function gives, one array behind the other.
    fn flat_mapped(&mut self, mut making: Making, value: Value) -> Option<Value> {
        let given = self
            .elements_of(value.ty)
            .filter(|given| given.kind.is_none());
        let Some(into) = given else {
            let ty = self.checker.type_name(value.ty);
            let message = format!("the function of `flatMap` gives a value of type `{ty}`");
            let help = "give an array for each element, `(x) => [x]`, or use `map`";
            self.fail(unsupported::ARRAY, message, making.span, help);
            return None;
        };
        let array = value.ty;
        let room = vec![Expr::i32(0), Expr::Local(making.first)];
        let made = self.list_call("newList", room, into)?;
        let made = self.keep(Value::new(array, made), &mut making.out)?;
        let both = vec![made.expr.clone(), value.expr];
        let add = self.list_effect("appendAll", both, into)?;
        making.body.push(add);
        Some(self.made(making, made, None))
    }

    fn filtered(&mut self, mut making: Making, value: Value, array: Type) -> Option<Value> {
        let elements = making.elements;
        let room = vec![Expr::i32(0), Expr::i32(4)];
        let made = self.list_call("newList", room, elements)?;
        let made = self.keep(Value::new(array, made), &mut making.out)?;
        let mut then = Vec::new();
        let element = making.element.expr.clone();
        self.push_value(&made.expr, elements, element, &mut then)?;
        let holds = self.truth_of(value)?;
        making.body.push(Stmt::If(holds, then, Vec::new()));
        Some(self.made(making, made, None))
    }

    /// Whether the loop was left: where a condition holds, with this boolean.
    fn found(&mut self, mut making: Making, condition: Expr, answer: Expr) -> Option<Value> {
        let other = answer.clone().unary(Unary::I32Eqz);
        let found = self.keep_local(Value::new(Type::Boolean, other), &mut making.out)?;
        let stop = vec![
            Stmt::SetLocal(found, answer),
            Stmt::Branch(making.round.leave),
        ];
        making.body.push(Stmt::If(condition, stop, Vec::new()));
        let value = Value::new(Type::Boolean, Expr::Local(found));
        Some(self.made(making, value, None))
    }

    fn found_element(&mut self, mut making: Making, value: Value) -> Option<Value> {
        let ty = making.elements.ty.or(Absent::Undefined)?;
        let nothing = Value::new(ty, super::absence::nothing(Absent::Undefined));
        let found = self.keep_local(nothing, &mut making.out)?;
        let element = self.checker.turned(making.element.clone(), ty)?;
        let stop = vec![
            Stmt::SetLocal(found, element),
            Stmt::Branch(making.round.leave),
        ];
        let holds = self.truth_of(value)?;
        making.body.push(Stmt::If(holds, stop, Vec::new()));
        let end = making.round.index;
        let length = Expr::Local(making.first);
        // What is missing would be looked at as `undefined`.
        let now = count(Expr::Local(making.round.list));
        let reached = Expr::Local(end).binary(Binary::I32GeU, now);
        let early = Expr::Local(end).binary(Binary::I32LtU, length);
        let differs = reached.binary(Binary::I32And, early);
        Some(self.made(making, Value::new(ty, Expr::Local(found)), Some(differs)))
    }

    fn found_index(&mut self, mut making: Making, value: Value) -> Option<Value> {
        let nowhere = Value::new(Type::I32, Expr::i32(-1));
        let found = self.keep_local(nowhere, &mut making.out)?;
        let stop = vec![
            Stmt::SetLocal(found, Expr::Local(making.round.index)),
            Stmt::Branch(making.round.leave),
        ];
        let holds = self.truth_of(value)?;
        making.body.push(Stmt::If(holds, stop, Vec::new()));
        // What is missing would be looked at as `undefined`.
        let none = Expr::Local(found).binary(Binary::I32LtS, Expr::i32(0));
        let index = Expr::Local(making.round.index);
        let missing = index.binary(Binary::I32LtU, Expr::Local(making.first));
        let differs = none.binary(Binary::I32And, missing);
        let at = Expr::Local(found).unary(Unary::F64ConvertI32S);
        Some(self.made(making, Value::new(Type::Number, at), Some(differs)))
    }
}
