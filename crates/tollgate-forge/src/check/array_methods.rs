//! Methods of arrays.

use oxc_ast::ast::{self, Expression};
use tollgate_diagnostics::diagnostic::nearest;
use tollgate_diagnostics::span::Span;

use super::array::{Elements, Nan};
use super::body::{Body, Value};
use super::call::Called;
use super::callback::Given;
use super::convert::truth;
use super::types::Type;
use crate::codes::types as codes;
use crate::ir::op::{Access, Binary, Unary};
use crate::ir::{Expr, Stmt};

/// The methods, with how many arguments each takes.
const METHODS: &[(&str, usize, usize)] = &[
    ("concat", 0, 255),
    ("every", 1, 1),
    ("fill", 1, 1),
    ("filter", 1, 1),
    ("findIndex", 1, 1),
    ("forEach", 1, 1),
    ("includes", 1, 1),
    ("indexOf", 1, 1),
    ("join", 0, 1),
    ("map", 1, 1),
    ("pop", 0, 0),
    ("push", 0, 255),
    ("reduce", 1, 2),
    ("reverse", 0, 0),
    ("shift", 0, 0),
    ("slice", 0, 2),
    ("some", 1, 1),
    ("sort", 0, 1),
    ("unshift", 1, 1),
];

/// Returns the names of the methods.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    METHODS.iter().map(|(name, ..)| *name)
}

/// An array with a method that is called on it.
struct Call<'a> {
    list: Value,
    elements: Elements,
    given: Vec<&'a Expression<'a>>,
    span: Span,
}

impl<'a> Body<'_, 'a> {
    /// Calls a method of an array.
    pub(super) fn array_method(
        &mut self,
        list: Value,
        name: &str,
        node: &'a ast::CallExpression<'a>,
    ) -> Option<Called> {
        let span = self.place(node);
        self.no_type_arguments(node);
        let Some((_, least, most)) = METHODS.iter().find(|(n, ..)| *n == name) else {
            let known = nearest(name, names());
            let help = known.map_or("docs/typescript.md lists what there is".to_owned(), |k| {
                format!("did you mean `{k}`?")
            });
            let ty = self.checker.type_name(list.ty);
            let message = format!("a value of type `{ty}` has no `{name}` here");
            self.fail(codes::NO_MEMBER, message, span, help);
            return None;
        };
        let given = self.arguments(node)?;
        if !(*least..=*most).contains(&given.len()) {
            self.wrong_count(name, given.len(), *least, *most, span);
            return None;
        }
        let elements = self.elements_of(list.ty)?;
        let call = Call {
            list,
            elements,
            given,
            span,
        };
        match name {
            "push" => self.push(call),
            "unshift" => self.unshift(call),
            "pop" | "shift" => self.taken_out(name, call),
            "concat" => self.concat(call),
            "slice" => self.list_slice(call),
            "reverse" => {
                let list = self.list_call("reversed", vec![call.list.expr], call.elements)?;
                Some(Called::Value(Value::new(call.list.ty, list)))
            }
            "fill" => self.fill(call),
            "join" => {
                let between = match call.given.first() {
                    Some(given) => self.value_as(given, Type::Text)?,
                    None => self.checker.text(vec![u16::from(b',')]),
                };
                self.join(call.list, between, span).map(Called::Value)
            }
            "indexOf" | "includes" => self.find_value(name, call),
            "reduce" => self.reduce(call),
            "sort" => self.sort(call.list, call.given.first().copied(), span),
            _ => self.each(name, call),
        }
    }

    fn push(&mut self, call: Call<'a>) -> Option<Called> {
        let Call {
            list,
            elements,
            given,
            ..
        } = call;
        let mut out = Vec::new();
        let list = self.keep(list, &mut out)?.expr;
        let mut values = Vec::new();
        // All are computed before the first is added.
        for given in given {
            let value = self.value_as(given, elements.ty)?;
            values.push(self.keep(Value::new(elements.ty, value), &mut out)?.expr);
        }
        for value in values {
            self.push_value(&list, elements, value, &mut out)?;
        }
        let length = super::methods::length(list);
        let expr = Expr::Before(out, Box::new(length.expr));
        Some(Called::Value(Value::new(Type::Number, expr)))
    }

    fn unshift(&mut self, call: Call<'a>) -> Option<Called> {
        let Call {
            list,
            elements,
            given,
            ..
        } = call;
        let mut out = Vec::new();
        let list = self.keep(list, &mut out)?.expr;
        let value = self.value_as(given.first()?, elements.ty)?;
        let value = self.keep(Value::new(elements.ty, value), &mut out)?.expr;
        let address = self.list_call("unshifted", vec![list.clone(), Expr::i32(1)], elements)?;
        out.push(elements.store(address, value));
        let length = super::methods::length(list);
        let expr = Expr::Before(out, Box::new(length.expr));
        Some(Called::Value(Value::new(Type::Number, expr)))
    }

    fn taken_out(&mut self, name: &str, call: Call<'a>) -> Option<Called> {
        let function = if name == "pop" { "popped" } else { "shifted" };
        let address = self.list_call(function, vec![call.list.expr], call.elements)?;
        Some(Called::Value(call.elements.load(address)))
    }

    fn concat(&mut self, call: Call<'a>) -> Option<Called> {
        let Call {
            list,
            elements,
            given,
            ..
        } = call;
        let array = list.ty;
        let mut out = Vec::new();
        let list = self.keep(list, &mut out)?.expr;
        let mut values = Vec::new();
        // All are computed before the first is copied: computing one may change an array.
        for given in given {
            let span = self.place(given);
            let mut value = self.value(given, None)?;
            if value.ty != array {
                value = Value::new(elements.ty, self.coerce(value, elements.ty, span)?);
            }
            values.push(self.keep(value, &mut out)?);
        }
        let whole = vec![list, Expr::f64(0.0), Expr::f64(f64::INFINITY)];
        let made = self.list_call("listSlice", whole, elements)?;
        let made = self.keep(Value::new(array, made), &mut out)?.expr;
        for value in values {
            if value.ty == array {
                let both = vec![made.clone(), value.expr];
                out.push(self.list_effect("appendAll", both, elements)?);
            } else {
                self.push_value(&made, elements, value.expr, &mut out)?;
            }
        }
        let expr = Expr::Before(out, Box::new(made));
        Some(Called::Value(Value::new(array, expr)))
    }

    fn list_slice(&mut self, call: Call<'a>) -> Option<Called> {
        let mut arguments = vec![call.list.expr];
        for (at, default) in [0.0, f64::INFINITY].into_iter().enumerate() {
            arguments.push(match call.given.get(at) {
                Some(given) => self.value_as(given, Type::Number)?,
                None => Expr::f64(default),
            });
        }
        let expr = self.list_call("listSlice", arguments, call.elements)?;
        Some(Called::Value(Value::new(call.list.ty, expr)))
    }

    fn fill(&mut self, call: Call<'a>) -> Option<Called> {
        let Call {
            list,
            elements,
            given,
            ..
        } = call;
        let array = list.ty;
        let mut out = Vec::new();
        let list = self.keep(list, &mut out)?;
        let value = self.value_as(given.first()?, elements.ty)?;
        let value = self.keep(Value::new(elements.ty, value), &mut out)?.expr;
        let round = self.over(list, &mut out)?;
        let arguments = vec![Expr::Local(round.list), Expr::Local(round.index)];
        let address = self.list_call("elementAt", arguments, elements)?;
        out.push(self.finish(&round, None, vec![elements.store(address, value)]));
        let expr = Expr::Before(out, Box::new(Expr::Local(round.list)));
        Some(Called::Value(Value::new(array, expr)))
    }

    fn find_value(&mut self, name: &str, call: Call<'a>) -> Option<Called> {
        let wanted = self.value_as(call.given.first()?, call.elements.ty)?;
        let nan = if name == "includes" {
            Nan::IsNan
        } else {
            Nan::IsNothing
        };
        let found = self.search(call.list, wanted, nan, call.span)?;
        Some(Called::Value(match nan {
            Nan::IsNan => Value::new(Type::Boolean, found.binary(Binary::I32GeS, Expr::i32(0))),
            Nan::IsNothing => Value::new(Type::Number, found.unary(Unary::F64ConvertI32S)),
        }))
    }

    /// The methods that call a function for each element.
    fn each(&mut self, name: &str, call: Call<'a>) -> Option<Called> {
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
        let mut body = Vec::new();
        let element = self.current(&round, elements);
        let element = self.keep(element, &mut body)?;
        let arguments = vec![
            element.clone(),
            self.index_value(&round),
            Value::new(array, Expr::Local(round.list)),
        ];
        let expected = (name == "forEach").then_some(Type::Void);
        let given = Given {
            arguments,
            expected,
            span,
        };
        let given = self.invoke(callback, given, &mut body)?;
        let value = match (given, name) {
            (Some(value), "forEach") => {
                body.push(Stmt::Drop(value.expr));
                None
            }
            (None, "forEach") => None,
            (Some(value), _) => Some(value),
            (None, _) => {
                self.no_result(span);
                return None;
            }
        };
        let Some(value) = value else {
            out.push(self.finish(&round, Some(first), body));
            // The statements are done, and there is no value.
            let nothing = Stmt::If(Expr::i32(1), out, Vec::new());
            return Some(Called::Nothing(nothing));
        };
        // Where JavaScript would go on otherwise: the array became shorter meanwhile.
        let mut differs = None;
        let (ty, result) = match name {
            "map" => {
                let array = self.checker.array_of(value.ty, span)?;
                let into = self.elements_of(array)?;
                let room = vec![Expr::i32(0), Expr::Local(first)];
                let made = self.list_call("newList", room, into)?;
                let made = self.keep(Value::new(array, made), &mut out)?.expr;
                self.push_value(&made, into, value.expr, &mut body)?;
                // What is missing would be holes.
                let length = made.clone().load(Access::I32, 4);
                differs = Some(length.binary(Binary::I32Ne, Expr::Local(first)));
                (array, made)
            }
            "filter" => {
                let made = self.list_call("newList", vec![Expr::i32(0), Expr::i32(4)], elements)?;
                let made = self.keep(Value::new(array, made), &mut out)?.expr;
                let mut then = Vec::new();
                self.push_value(&made, elements, element.expr, &mut then)?;
                body.push(Stmt::If(truth(value), then, Vec::new()));
                (array, made)
            }
            "some" | "every" => {
                let stops = i32::from(name == "some");
                let kept = Value::new(Type::Boolean, Expr::i32(1 - stops));
                let found = self.keep_local(kept, &mut out)?;
                let stop = vec![
                    Stmt::SetLocal(found, Expr::i32(stops)),
                    Stmt::Branch(round.leave),
                ];
                let condition = truth(value);
                body.push(match name {
                    "some" => Stmt::If(condition, stop, Vec::new()),
                    _ => Stmt::If(condition, Vec::new(), stop),
                });
                (Type::Boolean, Expr::Local(found))
            }
            _ => {
                let found = self.keep_local(Value::new(Type::I32, Expr::i32(-1)), &mut out)?;
                let stop = vec![
                    Stmt::SetLocal(found, Expr::Local(round.index)),
                    Stmt::Branch(round.leave),
                ];
                body.push(Stmt::If(truth(value), stop, Vec::new()));
                // What is missing would be looked at as `undefined`.
                let none = Expr::Local(found).binary(Binary::I32LtS, Expr::i32(0));
                let missing = Expr::Local(round.index).binary(Binary::I32LtU, Expr::Local(first));
                differs = Some(none.binary(Binary::I32And, missing));
                (
                    Type::Number,
                    Expr::Local(found).unary(Unary::F64ConvertI32S),
                )
            }
        };
        out.push(self.finish(&round, Some(first), body));
        if let Some(differs) = differs {
            out.push(Stmt::If(differs, vec![Stmt::Unreachable], Vec::new()));
        }
        Some(Called::Value(Value::new(
            ty,
            Expr::Before(out, Box::new(result)),
        )))
    }

    fn reduce(&mut self, call: Call<'a>) -> Option<Called> {
        let Call {
            list,
            elements,
            given,
            span,
        } = call;
        let array = list.ty;
        let callback = self.callback(given.first()?)?;
        let mut out = Vec::new();
        let list = self.keep(list, &mut out)?;
        let start = match given.get(1) {
            Some(start) => self.value(start, None)?,
            None => {
                let arguments = vec![list.expr.clone(), Expr::i32(0)];
                let address = self.list_call("elementAt", arguments, elements)?;
                elements.load(address)
            }
        };
        let ty = start.ty;
        let kept = self.keep_local(start, &mut out)?;
        let round = self.over(list, &mut out)?;
        if given.len() == 1 {
            out.push(Stmt::SetLocal(round.index, Expr::i32(1)));
        }
        let first = self.length_now(round.list, &mut out);
        let mut body = Vec::new();
        let arguments = vec![
            Value::new(ty, Expr::Local(kept)),
            self.current(&round, elements),
            self.index_value(&round),
            Value::new(array, Expr::Local(round.list)),
        ];
        let given_to = Given {
            arguments,
            expected: Some(ty),
            span,
        };
        let Some(value) = self.invoke(callback, given_to, &mut body)? else {
            self.no_result(span);
            return None;
        };
        let value = self.coerce(value, ty, span)?;
        body.push(Stmt::SetLocal(kept, value));
        out.push(self.finish(&round, Some(first), body));
        let expr = Expr::Before(out, Box::new(Expr::Local(kept)));
        Some(Called::Value(Value::new(ty, expr)))
    }
}
