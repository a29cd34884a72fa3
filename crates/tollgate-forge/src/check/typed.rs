//! Typed arrays: as many numbers as they begin with, each kept as what the name of the array says.
//!
//! A number that is written is brought into range as JavaScript does it; writing beside the elements does nothing, and reading there ends
//! the program, where JavaScript has `undefined`. `subarray` shares its elements with the whole.

use oxc_ast::ast::{self, Expression};
use tollgate_diagnostics::span::Span;

use super::array::Nan;
use super::array_methods::Call;
use super::body::Body;
use super::each::PerElement;
use super::known::array::Elements;
use super::known::typed_array::Kind;
use super::report::THE_PAGE;
use super::sequence::count;
use super::types::Type;
use super::value::{Called, Value};
use crate::codes::{types as codes, unsupported};
use crate::ir::op::{Binary, Unary, Val};
use crate::ir::{Expr, Stmt};

/// The methods, with how many arguments each takes.
const METHODS: &[(&str, Method, usize, usize)] = &[
    ("at", Method::At, 1, 1),
    ("every", Method::PerElement(PerElement::Every), 1, 1),
    ("fill", Method::Fill, 1, 3),
    ("find", Method::PerElement(PerElement::Find), 1, 1),
    ("findIndex", Method::PerElement(PerElement::FindIndex), 1, 1),
    ("forEach", Method::PerElement(PerElement::ForEach), 1, 1),
    ("includes", Method::Find(Nan::IsNan), 1, 1),
    ("indexOf", Method::Find(Nan::IsNothing), 1, 1),
    ("join", Method::Join, 0, 1),
    ("map", Method::Map, 1, 1),
    ("reduce", Method::Reduce, 1, 2),
    ("reverse", Method::Reverse, 0, 0),
    ("set", Method::Set, 1, 2),
    ("slice", Method::Part("typedSlice"), 0, 2),
    ("some", Method::PerElement(PerElement::Some), 1, 1),
    ("subarray", Method::Part("typedPart"), 0, 2),
];

/// A method.
#[derive(Debug, Clone, Copy)]
enum Method {
    At,
    PerElement(PerElement),
    Fill,
    Find(Nan),
    Join,
    Map,
    /// `slice` or `subarray`, by our own function that does it.
    Part(&'static str),
    Reduce,
    Reverse,
    Set,
}

/// Returns the names of the methods and properties.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    METHODS.iter().map(|(name, ..)| *name).chain(["byteLength"])
}

impl<'a> Body<'_, 'a> {
    /// A number as an element keeps it.
    pub(super) fn kept_as(&mut self, kind: Kind, number: Expr) -> Option<Expr> {
        Some(match kind {
            Kind::Int(_) => self.checker.low_bits(number)?,
            Kind::Clamped => {
                // NaN is larger than nothing, so it becomes zero.
                let mut out = Vec::new();
                let kept = self.keep(Value::new(Type::Number, number), &mut out)?.expr;
                let some = kept.clone().binary(Binary::F64Gt, Expr::f64(0.0));
                let whole = kept.binary(Binary::F64Min, Expr::f64(255.0));
                let byte = whole.unary(Unary::F64Nearest).unary(Unary::I32TruncSatF64S);
                Expr::conditional(Val::I32, some, byte, Expr::i32(0)).after(out)
            }
            Kind::F32 => number.unary(Unary::F32DemoteF64),
            Kind::F64 => number,
        })
    }

    /// `new Uint8Array(…)`
    pub(super) fn new_typed(
        &mut self,
        kind: Kind,
        node: &'a ast::NewExpression<'a>,
    ) -> Option<Value> {
        let span = self.place(node);
        let given = self.plain_arguments(&node.arguments)?;
        if let [_, _, ..] = given.as_slice() {
            let help = "give a length or an array; `list.subarray(from, to)` is a part of one";
            self.fail(
                unsupported::ARRAY,
                "a typed array of a buffer is not supported",
                span,
                help,
            );
            return None;
        }
        let Some(first) = given.first() else {
            return self.typed_of_length(kind, Expr::f64(0.0));
        };
        let place = self.place(*first);
        let value = match self.constant(first) {
            Some(known) => Value::new(Type::Number, Expr::f64(known.number)),
            None => {
                let numbers = self.checker.array_of(Type::Number, place)?;
                self.value(first, Some(numbers))?
            }
        };
        match value.ty {
            Type::Array(_) => self.typed_from(kind, value, place),
            _ => {
                let length = self.coerce(value, Type::Number, place)?;
                self.typed_of_length(kind, length)
            }
        }
    }

    /// So many zeros.
    fn typed_of_length(&mut self, kind: Kind, length: Expr) -> Option<Value> {
        let ty = self.checker.typed_array(kind);
        let elements = self.elements_of(ty)?;
        let made = self.list_call("zeroTyped", vec![length], elements)?;
        Some(Value::new(ty, made))
    }

    /// A typed array of the numbers of another array.
    fn typed_from(&mut self, kind: Kind, from: Value, span: Span) -> Option<Value> {
        let ty = self.checker.typed_array(kind);
        let elements = self.elements_of(ty)?;
        let mut out = Vec::new();
        let from = self.keep(from, &mut out)?;
        let made = self.list_call("newTyped", vec![count(from.expr.clone())], elements)?;
        let made = self.keep(Value::new(ty, made), &mut out)?;
        self.copy_numbers(
            (made.expr.clone(), elements),
            from,
            Expr::i32(0),
            (span, &mut out),
        )?;
        Some(Value::new(ty, made.expr.after(out)))
    }

    /// Writes the numbers of an array to a typed one, from a place on.
    fn copy_numbers(
        &mut self,
        (to, elements): (Expr, Elements),
        from: Value,
        offset: Expr,
        (span, out): (Span, &mut Vec<Stmt>),
    ) -> Option<()> {
        let source = self.elements_of(from.ty)?;
        if source.ty.operand() != Type::Number && !matches!(source.ty, Type::Int(_) | Type::F32) {
            let ty = self.checker.type_name(from.ty);
            let message = format!("a value of type `{ty}` has elements that are no numbers");
            self.fail(codes::MISMATCH, message, span, "give an array of numbers");
            return None;
        }
        let round = self.over(from, out)?;
        let element = self.current(&round, source);
        let number = self.coerce(element, Type::Number, span)?;
        let kind = elements.kind?;
        let raw = self.kept_as(kind, number)?;
        let at = Expr::Local(round.index).binary(Binary::I32Add, offset);
        let store = elements.store(elements.address(to, at), raw);
        out.push(self.finish(&round, None, vec![store]));
        Some(())
    }

    /// `Uint8Array.from(list)` and `Uint8Array.of(1, 2)`
    pub(super) fn typed_function(
        &mut self,
        kind: Kind,
        name: &str,
        node: &'a ast::CallExpression<'a>,
    ) -> Option<Called> {
        let span = self.place(node);
        let given = self.arguments(node)?;
        match (name, given.as_slice()) {
            ("from", [list]) => {
                let place = self.place(*list);
                let numbers = self.checker.array_of(Type::Number, place)?;
                let value = self.value(list, Some(numbers))?;
                let value = self.sequence(value, place)?;
                self.typed_from(kind, value, place).map(Called::Value)
            }
            ("from", _) => {
                let help = "write one array, and `map` it: `Uint8Array.from(list.map(f))`";
                self.fail(codes::ARGUMENTS, "`from` takes one array here", span, help);
                None
            }
            ("of", given) => {
                let ty = self.checker.typed_array(kind);
                let elements = self.elements_of(ty)?;
                let mut out = Vec::new();
                let mut values = Vec::new();
                for value in given {
                    let value = self.value_as(value, Type::Number)?;
                    values.push(self.keep(Value::new(Type::Number, value), &mut out)?.expr);
                }
                let length = Expr::i32(i32::try_from(values.len()).ok()?);
                let made = self.list_call("newTyped", vec![length], elements)?;
                let made = self.keep(Value::new(ty, made), &mut out)?.expr;
                for (at, value) in (0_i32..).zip(values) {
                    let raw = self.kept_as(kind, value)?;
                    out.push(elements.store(elements.address(made.clone(), Expr::i32(at)), raw));
                }
                Some(Called::Value(Value::new(ty, made.after(out))))
            }
            _ => {
                let help = self.checker.meant(name, ["from", "of"], THE_PAGE);
                let message = format!("there is no function `{}.{name}`", kind.name());
                self.fail(codes::NO_MEMBER, message, span, help);
                None
            }
        }
    }

    /// Calls a method of a typed array.
    pub(super) fn typed_method(
        &mut self,
        list: Value,
        name: &str,
        node: &'a ast::CallExpression<'a>,
    ) -> Option<Called> {
        let span = self.place(node);
        self.no_type_arguments(node);
        let Some((_, method, least, most)) = METHODS.iter().find(|(n, ..)| *n == name) else {
            self.no_property(list.ty, name, span);
            return None;
        };
        let given = self.arguments(node)?;
        if !(*least..=*most).contains(&given.len()) {
            self.wrong_count(name, given.len(), *least, *most, span);
            return None;
        }
        let elements = self.elements_of(list.ty)?;
        let ty = list.ty;
        let call = Call {
            list,
            elements,
            given,
            span,
        };
        match *method {
            Method::At => self.element_from_end(call).map(Called::Value),
            Method::PerElement(method) => self.each(method, call),
            Method::Find(nan) => self.find_value(nan, call),
            Method::Join => self.joined_list(call),
            Method::Reduce => self.reduce(call),
            Method::Reverse => {
                let list = self.list_call("reversed", vec![call.list.expr], elements)?;
                Some(Called::Value(Value::new(ty, list)))
            }
            Method::Part(function) => {
                let mut arguments = vec![call.list.expr];
                arguments.extend(self.ends(&call.given)?);
                let part = self.list_call(function, arguments, elements)?;
                Some(Called::Value(Value::new(ty, part)))
            }
            Method::Map => self.each(PerElement::Map, call),
            Method::Fill => self.fill_typed(call),
            Method::Set => self.set_typed(call),
        }
    }

    /// Where a part begins and ends.
    fn ends(&mut self, given: &[&'a Expression<'a>]) -> Option<Vec<Expr>> {
        let mut ends = Vec::new();
        for (at, default) in [0.0, f64::INFINITY].into_iter().enumerate() {
            ends.push(match given.get(at) {
                Some(given) => self.value_as(given, Type::Number)?,
                None => Expr::f64(default),
            });
        }
        Some(ends)
    }

    fn fill_typed(&mut self, call: Call<'a>) -> Option<Called> {
        let Call {
            list,
            elements,
            given,
            ..
        } = call;
        let ty = list.ty;
        let mut out = Vec::new();
        let list = self.keep(list, &mut out)?;
        let number = self.value_as(given.first()?, Type::Number)?;
        let raw = self.kept_as(elements.kind?, number)?;
        let raw = self
            .keep(Value::new(elements.kind?.raw(), raw), &mut out)?
            .expr;
        let mut ends = Vec::new();
        for end in self.ends(given.get(1..)?)? {
            ends.push(self.keep(Value::new(Type::Number, end), &mut out)?.expr);
        }
        let mut places = Vec::new();
        for end in ends {
            let length = count(list.expr.clone());
            let place = self.checker.standard_call("relative", vec![end, length])?;
            places.push(self.keep_local(Value::new(Type::I32, place), &mut out)?);
        }
        let [from, to] = places.as_slice() else {
            return None;
        };
        let round = self.over(list, &mut out)?;
        out.push(Stmt::SetLocal(round.index, Expr::Local(*from)));
        let address = elements.address(Expr::Local(round.list), Expr::Local(round.index));
        out.push(self.finish(&round, Some(*to), vec![elements.store(address, raw)]));
        let expr = Expr::Local(round.list).after(out);
        Some(Called::Value(Value::new(ty, expr)))
    }

    /// `list.set(other, offset)`
    fn set_typed(&mut self, call: Call<'a>) -> Option<Called> {
        let Call {
            list,
            elements,
            given,
            span,
        } = call;
        let ty = list.ty;
        let mut out = Vec::new();
        let to = self.keep(list, &mut out)?.expr;
        let first = given.first()?;
        let place = self.place(*first);
        let numbers = self.checker.array_of(Type::Number, place)?;
        let from = self.value(first, Some(numbers))?;
        if !matches!(from.ty, Type::Array(_)) {
            self.coerce(from, numbers, place);
            return None;
        }
        let from = self.keep(from, &mut out)?;
        let offset = match given.get(1) {
            Some(offset) => self.value_as(offset, Type::Number)?,
            None => Expr::f64(0.0),
        };
        let arguments = vec![to.clone(), from.expr.clone(), offset];
        let offset = self.checker.standard_call("typedOffset", arguments)?;
        let offset = self.keep(Value::new(Type::I32, offset), &mut out)?.expr;
        if from.ty == ty {
            // Both may share their elements.
            let arguments = vec![to, from.expr, offset];
            out.push(self.list_effect("copyTyped", arguments, elements)?);
        } else {
            self.copy_numbers((to, elements), from, offset, (span, &mut out))?;
        }
        Some(Called::Nothing(Stmt::If(Expr::i32(1), out, Vec::new())))
    }

    /// The numbers of a typed array as an array that grows.
    pub(super) fn numbers_of(&mut self, list: Value, span: Span) -> Option<Value> {
        let from = self.elements_of(list.ty)?;
        if from.kind.is_none() {
            return Some(list);
        }
        let array = self.checker.array_of(Type::Number, span)?;
        let into = self.elements_of(array)?;
        let mut out = Vec::new();
        let list = self.keep(list, &mut out)?;
        let room = vec![Expr::i32(0), count(list.expr.clone())];
        let made = self.list_call("newList", room, into)?;
        let made = self.keep(Value::new(array, made), &mut out)?.expr;
        let round = self.over(list, &mut out)?;
        let mut body = Vec::new();
        let element = self.current(&round, from).expr;
        self.push_value(&made, into, element, &mut body)?;
        out.push(self.finish(&round, None, body));
        Some(Value::new(array, made.after(out)))
    }

    /// How many bytes the elements take.
    pub(super) fn byte_length(&self, list: Value) -> Option<Value> {
        let elements = self.elements_of(list.ty)?;
        let bytes = count(list.expr).binary(Binary::I32Shl, elements.shift());
        Some(Value::new(Type::Number, bytes.unary(Unary::F64ConvertI32S)))
    }
}
