//! Methods of arrays.

use oxc_ast::ast::{self, Expression};
use tollgate_diagnostics::span::Span;

use super::array::Nan;
use super::body::Body;
use super::callback::Given;
use super::each::PerElement;
use super::known::array::Elements;
use super::sequence::count;
use super::sought::{Perhaps, Sought};
use super::takes::{Adds, spreads};
use super::types::{Base, Type};
use super::value::{Called, Value};
use crate::codes::unsupported;
use crate::ir::op::{Binary, Unary};
use crate::ir::{Expr, Stmt};

/// A method.
#[derive(Debug, Clone, Copy)]
enum Method {
    At,
    Concat,
    PerElement(PerElement),
    Fill,
    Find(Nan),
    Join,
    /// `pop` or `shift`, by our own function that does it.
    TakeOut(&'static str),
    Push,
    Reduce,
    Reverse,
    Slice,
    Sort,
    Splice,
    Unshift,
}

impl Method {
    /// Returns where the method adds its arguments, if it takes any number of them.
    fn adds(self) -> Option<Adds> {
        match self {
            Self::Push => Some(Adds::Last),
            Self::Unshift => Some(Adds::First),
            Self::Splice => Some(Adds::Inside),
            _ => None,
        }
    }
}

/// The methods, with how many arguments each takes.
const METHODS: &[(&str, Method, usize, usize)] = &[
    ("at", Method::At, 1, 1),
    ("concat", Method::Concat, 0, 255),
    ("every", Method::PerElement(PerElement::Every), 1, 1),
    ("fill", Method::Fill, 1, 1),
    ("filter", Method::PerElement(PerElement::Filter), 1, 1),
    ("find", Method::PerElement(PerElement::Find), 1, 1),
    ("findIndex", Method::PerElement(PerElement::FindIndex), 1, 1),
    ("flatMap", Method::PerElement(PerElement::FlatMap), 1, 1),
    ("forEach", Method::PerElement(PerElement::ForEach), 1, 1),
    ("includes", Method::Find(Nan::IsNan), 1, 1),
    ("indexOf", Method::Find(Nan::IsNothing), 1, 1),
    ("join", Method::Join, 0, 1),
    ("map", Method::PerElement(PerElement::Map), 1, 1),
    ("pop", Method::TakeOut("popped"), 0, 0),
    ("push", Method::Push, 0, 255),
    ("reduce", Method::Reduce, 1, 2),
    ("reverse", Method::Reverse, 0, 0),
    ("shift", Method::TakeOut("shifted"), 0, 0),
    ("slice", Method::Slice, 0, 2),
    ("some", Method::PerElement(PerElement::Some), 1, 1),
    ("sort", Method::Sort, 0, 1),
    ("splice", Method::Splice, 1, 255),
    ("unshift", Method::Unshift, 0, 255),
];

/// Returns the names of the methods.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    METHODS.iter().map(|(name, ..)| *name)
}

/// An array with a method that is called on it.
pub(super) struct Call<'a> {
    pub(super) list: Value,
    pub(super) elements: Elements,
    pub(super) given: Vec<&'a Expression<'a>>,
    pub(super) span: Span,
}

impl<'a> Body<'_, 'a> {
    /// Calls a method of an array.
    pub(super) fn array_method(
        &mut self,
        list: Value,
        name: &str,
        node: &'a ast::CallExpression<'a>,
    ) -> Option<Called> {
        if self.elements_of(list.ty)?.kind.is_some() {
            return self.typed_method(list, name, node);
        }
        let span = self.place(node);
        self.no_type_arguments(node);
        let Some((_, method, least, most)) = METHODS.iter().find(|(n, ..)| *n == name) else {
            self.no_property(list.ty, name, span);
            return None;
        };
        if spreads(&node.arguments)
            && let Some(added) = method.adds()
        {
            let added = self.add_spread((list, added), &node.arguments, span)?;
            return Some(Called::Value(added));
        }
        if spreads(&node.arguments) && matches!(method, Method::Concat) {
            let elements = self.elements_of(list.ty)?;
            return self.concat((list, elements), &node.arguments);
        }
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
        match *method {
            Method::At => self.element_from_end(call).map(Called::Value),
            Method::Push => self.push(call),
            Method::Unshift => {
                let length = self.add_spread((call.list, Adds::First), &node.arguments, span)?;
                Some(Called::Value(length))
            }
            Method::TakeOut(function) => self.taken_out(function, call),
            Method::Concat => self.concat((call.list, elements), &node.arguments),
            Method::Slice => self.list_slice(call),
            Method::Splice => self.splice(call),
            Method::Reverse => {
                let list = self.list_call("reversed", vec![call.list.expr], call.elements)?;
                Some(Called::Value(Value::new(call.list.ty, list)))
            }
            Method::Fill => self.fill(call),
            Method::Join => self.joined_list(call),
            Method::Find(nan) => self.find_value(nan, call),
            Method::Reduce => self.reduce(call),
            Method::Sort => self.sort(call.list, call.given.first().copied(), span),
            Method::PerElement(method) => self.each(method, call),
        }
    }

    pub(super) fn joined_list(&mut self, call: Call<'a>) -> Option<Called> {
        let between = match call.given.first() {
            Some(given) => self.value_as(given, Type::Text)?,
            None => self.checker.text(vec![u16::from(b',')]),
        };
        self.join(call.list, between, call.span).map(Called::Value)
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
        let length = super::sequence::length(list);
        let expr = Expr::Before(out, Box::new(length.expr));
        Some(Called::Value(Value::new(Type::Number, expr)))
    }

    fn taken_out(&mut self, function: &str, call: Call<'a>) -> Option<Called> {
        let taken = self.taken_if_there(function, call.list, call.elements)?;
        Some(Called::Value(taken))
    }

    fn concat(
        &mut self,
        (list, elements): (Value, Elements),
        given: &'a [ast::Argument<'a>],
    ) -> Option<Called> {
        let array = list.ty;
        let mut out = Vec::new();
        let list = self.keep(list, &mut out)?.expr;
        let mut values = Vec::new();
        // All are computed before the first is copied: computing one may change an array.
        for given in given {
            let span = self.place(given);
            let Some(given) = given.as_expression() else {
                let more = self.spread_to_concat((array, elements), given, span)?;
                values.push(self.keep(more, &mut out)?);
                continue;
            };
            let mut value = self.value(given, None)?;
            if value.ty != array {
                value = Value::new(elements.ty, self.coerce(value, elements.ty, span)?);
                self.is_added_whole(value.ty, span)?;
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
            } else if value.ty != elements.ty {
                // Arrays that were spread.
                let of = self.elements_of(value.ty)?;
                let round = self.over(value, &mut out)?;
                let both = vec![made.clone(), self.current(&round, of).expr];
                let append = self.list_effect("appendAll", both, elements)?;
                out.push(self.finish(&round, None, vec![append]));
            } else {
                self.push_value(&made, elements, value.expr, &mut out)?;
            }
        }
        let expr = Expr::Before(out, Box::new(made));
        Some(Called::Value(Value::new(array, expr)))
    }

    /// `...values` as an argument of `concat`: an array of elements, or of arrays that have some. It is copied: what is computed behind it
    /// may change it.
    fn spread_to_concat(
        &mut self,
        (array, elements): (Type, Elements),
        given: &'a ast::Argument<'a>,
        span: Span,
    ) -> Option<Value> {
        let ast::Argument::SpreadElement(spread) = given else {
            return None;
        };
        let super::array::Part::Spread(value, _) = self.spread_part(spread, None)? else {
            return None;
        };
        if value.ty == array {
            self.is_added_whole(elements.ty, span)?;
        } else if value.ty != self.checker.array_of(array, span)? {
            self.coerce(value, array, span);
            return None;
        }
        let own = self.elements_of(value.ty)?;
        let whole = vec![value.expr, Expr::f64(0.0), Expr::f64(f64::INFINITY)];
        let copy = self.list_call("listSlice", whole, own)?;
        Some(Value::new(value.ty, copy))
    }

    /// Refuses an argument of `concat` that is an array and one element: JavaScript adds what is in it.
    fn is_added_whole(&mut self, ty: Type, span: Span) -> Option<()> {
        if !matches!(ty.present(), Type::Array(_)) {
            return Some(());
        }
        let message = "`concat` adds what is in this array, which are no elements here";
        let help =
            "to add the array itself, write it inside of an array, `[[2, 3]]`, or use `push`";
        self.fail(unsupported::ARRAY, message, span, help);
        None
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

    /// `list.splice(from, count, …values)`
    fn splice(&mut self, call: Call<'a>) -> Option<Called> {
        let Call {
            list,
            elements,
            given,
            ..
        } = call;
        let array = list.ty;
        let mut out = Vec::new();
        let list = self.keep(list, &mut out)?.expr;
        let ends = self.splice_ends(&given, &mut out)?;
        let mut values = Vec::new();
        // All are computed before anything changes.
        for given in given.into_iter().skip(2) {
            let value = self.value_as(given, elements.ty)?;
            values.push(self.keep(Value::new(elements.ty, value), &mut out)?.expr);
        }
        let added = Expr::i32(i32::try_from(values.len()).ok()?);
        let list = Value::new(array, list);
        let (taken, from) = self.cut((list.clone(), ends), added, &mut out)?;
        for (at, value) in (0_i32..).zip(values) {
            let place = from.clone().binary(Binary::I32Add, Expr::i32(at));
            out.push(elements.store(elements.address(list.expr.clone(), place), value));
        }
        Some(Called::Value(Value::new(array, taken.after(out))))
    }

    /// The first place and how many, which `splice` takes.
    pub(super) fn splice_ends(
        &mut self,
        given: &[&'a Expression<'a>],
        out: &mut Vec<Stmt>,
    ) -> Option<[Expr; 2]> {
        let mut ends = Vec::new();
        for (at, default) in [0.0, f64::INFINITY].into_iter().enumerate() {
            let end = match given.get(at) {
                Some(given) => self.value_as(given, Type::Number)?,
                None => Expr::f64(default),
            };
            ends.push(self.keep(Value::new(Type::Number, end), out)?.expr);
        }
        ends.try_into().ok()
    }

    /// Takes elements out and makes room for others: what was taken, and from which place on there is room.
    pub(super) fn cut(
        &mut self,
        (list, [start, remove]): (Value, [Expr; 2]),
        added: Expr,
        out: &mut Vec<Stmt>,
    ) -> Option<(Expr, Expr)> {
        let elements = self.elements_of(list.ty)?;
        let length = super::sequence::count(list.expr.clone());
        let from = self
            .checker
            .standard_call("relative", vec![start, length])?;
        let from = self.keep(Value::new(Type::I32, from), out)?.expr;
        let gone = vec![list.expr.clone(), from.clone(), remove];
        let gone = self.checker.standard_call("removable", gone)?;
        let arguments = vec![list.expr, from.clone(), gone, added];
        let taken = self.list_call("spliced", arguments, elements)?;
        let taken = self.keep(Value::new(list.ty, taken), out)?.expr;
        Some((taken, from))
    }

    /// `list.at(index)`, from the end where the index is negative.
    pub(super) fn element_from_end(&mut self, call: Call<'a>) -> Option<Value> {
        let Call {
            list,
            elements,
            given,
            ..
        } = call;
        let mut before = Vec::new();
        let list = self.keep(list, &mut before)?.expr;
        let index = self.value_as(given.first()?, Type::Number)?;
        let place = vec![index, count(list.clone())];
        let place = self.checker.standard_call("fromEnd", place)?;
        let place = self.keep(Value::new(Type::I32, place), &mut before)?.expr;
        self.whole(Sought::Perhaps(Perhaps {
            before,
            missing: place.clone().binary(Binary::I32LtS, Expr::i32(0)),
            value: elements.load(elements.address(list, place)),
        }))
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

    pub(super) fn find_value(&mut self, nan: Nan, call: Call<'a>) -> Option<Called> {
        if let (Nan::IsNan, Some(Base::Union(id))) = (nan, call.elements.ty.base())
            && !self.are_blocks(Type::Union(id))
        {
            let message = "`includes` does not look for values of several types";
            let help = "say what is looked for: `list.some((x) => x === wanted)`";
            self.fail(unsupported::MAYBE, message, call.span, help);
            return None;
        }
        let wanted = self.value_as(call.given.first()?, call.elements.ty)?;
        let found = self.search(call.list, wanted, nan, call.span)?;
        Some(Called::Value(match nan {
            Nan::IsNan => Value::new(Type::Boolean, found.binary(Binary::I32GeS, Expr::i32(0))),
            Nan::IsNothing => Value::new(Type::Number, found.unary(Unary::F64ConvertI32S)),
        }))
    }

    pub(super) fn reduce(&mut self, call: Call<'a>) -> Option<Called> {
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
        let callback = self.settled(callback, &mut out)?;
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
