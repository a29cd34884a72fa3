//! Rest parameters, and `...` in calls.
//!
//! A function gets what its rest parameter takes as one array, which each call makes. [`Type::Rest`] says of a parameter that it is one: a
//! function that takes an array is another thing, and nothing becomes a value of that type by itself.

use oxc_ast::ast::{self, Argument};
use tollgate_diagnostics::span::Span;

use super::array::Part;
use super::body::Body;
use super::takes::{Adds, Takes};
use super::types::{Absent, ArrayId, Type};
use super::value::Value;
use crate::codes::unsupported;
use crate::ir::Expr;
use crate::ir::op::Binary;

impl<'a> Body<'_, 'a> {
    /// The arguments of a call as a function takes them. What is left out is not among them.
    pub(super) fn arguments_for(
        &mut self,
        given: &'a [Argument<'a>],
        takes: Takes<'_>,
    ) -> Option<Vec<Expr>> {
        let own = given.len().min(match takes.rest() {
            Some(_) => takes.single(),
            None => usize::MAX,
        });
        let (own, more) = given.split_at(own);
        let own = self.plain_arguments(own)?;
        self.enough(given.len(), takes)?;
        let mut values = Some(Vec::new());
        let mut add = |value: Option<Expr>| match (value, &mut values) {
            (Some(value), Some(list)) => list.push(value),
            (None, _) => values = None,
            (Some(_), None) => {}
        };
        let is_whole = own.len() == takes.single();
        for (argument, ty) in own.into_iter().zip(takes.params) {
            add(self.value_as(argument, *ty));
        }
        if let (Some(id), true) = (takes.rest(), is_whole) {
            add(self.listed_arguments(more, (id, takes.span)));
        }
        values
    }

    /// Reports a call with too few or too many arguments.
    pub(super) fn enough(&mut self, given: usize, takes: Takes<'_>) -> Option<()> {
        let (least, most) = (takes.least, takes.most());
        if (least..=most).contains(&given) {
            return Some(());
        }
        self.wrong_count(takes.name, given, least, most, takes.span);
        None
    }

    fn listed_arguments(
        &mut self,
        given: &'a [Argument<'a>],
        (id, span): (ArrayId, Span),
    ) -> Option<Expr> {
        let element = self.checker.arrays.element(id)?;
        let parts = self.argument_parts(given, Type::Array(id))?;
        Some(self.list_of(parts, element, span)?.expr)
    }

    fn argument_parts(&mut self, given: &'a [Argument<'a>], array: Type) -> Option<Vec<Part>> {
        let element = self.elements_of(array)?.ty;
        let mut parts = Some(Vec::new());
        for argument in given {
            let part = match argument {
                Argument::SpreadElement(spread) => self.spread_part(spread, Some(array)),
                other => self.single_part(other.as_expression()?, Some(element)),
            };
            match (part, &mut parts) {
                (Some(part), Some(list)) => list.push(part),
                (None, _) => parts = None,
                (Some(_), None) => {}
            }
        }
        parts
    }

    /// What a function gets for a parameter that a call leaves out, where it is called by its type.
    pub(super) fn left_out(&mut self, ty: Type) -> Option<Expr> {
        let Some(id) = ty.rest() else {
            return Some(super::absence::nothing(Absent::Undefined));
        };
        let elements = self.checker.elements(id)?;
        self.list_call("newList", vec![Expr::i32(0), Expr::i32(0)], elements)
    }

    /// `list.push(a, ...more)`, `list.unshift(…)`, `list.splice(from, count, …)`: all are there before the first is added.
    pub(super) fn add_spread(
        &mut self,
        (list, adds): (Value, Adds),
        given: &'a [Argument<'a>],
        span: Span,
    ) -> Option<Value> {
        let elements = self.elements_of(list.ty)?;
        let mut out = Vec::new();
        let list = self.keep(list, &mut out)?;
        let (own, given) = given.split_at(match adds {
            Adds::First | Adds::Last => 0,
            Adds::Inside => given.len().min(2),
        });
        let own = self.plain_arguments(own)?;
        let ends = match adds {
            Adds::First | Adds::Last => None,
            Adds::Inside => Some(self.splice_ends(&own, &mut out)?),
        };
        let parts = self.argument_parts(given, list.ty)?;
        let more = self.list_of(parts, elements.ty, span)?;
        let more = self.keep(more, &mut out)?.expr;
        let to = list.expr.clone();
        let Some(ends) = ends else {
            let name = match adds {
                Adds::First => "prependAll",
                Adds::Last | Adds::Inside => "appendAll",
            };
            out.push(self.list_effect(name, vec![to.clone(), more], elements)?);
            let length = super::sequence::length(to);
            return Some(Value::new(Type::Number, length.expr.after(out)));
        };
        let added = super::sequence::count(more.clone());
        let array = list.ty;
        let (taken, from) = self.cut((list, ends), added, &mut out)?;
        out.push(self.list_effect("putAll", vec![to, from, more], elements)?);
        Some(Value::new(array, taken.after(out)))
    }

    /// `Math.max(a, ...more)`, from what it is of none.
    pub(super) fn folded_spread(
        &mut self,
        node: &'a ast::CallExpression<'a>,
        (op, of_none): (Binary, f64),
    ) -> Option<Expr> {
        let span = self.place(node);
        let numbers = self.checker.array_of(Type::Number, span)?;
        let parts = self.argument_parts(&node.arguments, numbers)?;
        let list = self.list_of(parts, Type::Number, span)?;
        let name = match op {
            Binary::F64Max => "largest",
            _ => "smallest",
        };
        self.checker
            .standard_call(name, vec![list.expr, Expr::f64(of_none)])
    }

    /// Reports `...` where it stands for parameters that take one argument each.
    pub(super) fn spread_fills_nothing(&mut self, span: Span) {
        let message = "`...` stands for what a rest parameter, `push`, `unshift`, `splice`, `concat`, `Math.max` or `Math.min` takes";
        let help = "give the arguments one by one, or declare a parameter that takes them all: `...values: number[]`";
        self.fail(unsupported::PATTERN, message, span, help);
    }
}
