//! Properties and methods of values: a table says what each takes and gives, and which of our own functions does it.

use oxc_ast::ast::{self, Expression};
use tollgate_diagnostics::diagnostic::nearest;
use tollgate_diagnostics::span::Span;

use super::body::Body;
use super::known::class::Whose;
use super::report::THE_PAGE;
use super::sequence::{count, length};
use super::sought::{Perhaps, Sought};
use super::types::Type;
use super::value::{Called, Value};
use crate::codes::types as codes;
use crate::ir::Expr;
use crate::ir::op::{Binary, Unary};

/// What a method takes.
#[derive(Clone, Copy)]
enum Take {
    Text,
    /// A text, or this one.
    TextOr(&'static str),
    /// A number, or this one.
    NumberOr(f64),
    Number,
}

/// A method: its name, what it takes, the function that does it, what it gives.
type Method = (&'static str, &'static [Take], &'static str, Type);

const END: Take = Take::NumberOr(f64::INFINITY);

const START: Take = Take::NumberOr(0.0);

const BASE: Take = Take::NumberOr(10.0);

/// As many as there are, where numbers are taken to 32 bits.
const ALL: Take = Take::NumberOr(4_294_967_295.0);

const TEXT_METHODS: &[Method] = &[
    ("charAt", &[START], "charAt", Type::Text),
    ("charCodeAt", &[START], "charCodeAt", Type::Number),
    ("concat", &[Take::Text], "concatenate", Type::Text),
    ("endsWith", &[Take::Text, END], "endsWith", Type::Boolean),
    ("includes", &[Take::Text, START], "includes", Type::Boolean),
    ("indexOf", &[Take::Text, START], "indexOf", Type::Number),
    (
        "lastIndexOf",
        &[Take::Text, END],
        "lastIndexOf",
        Type::Number,
    ),
    (
        "padEnd",
        &[Take::Number, Take::TextOr(" ")],
        "padEnd",
        Type::Text,
    ),
    (
        "padStart",
        &[Take::Number, Take::TextOr(" ")],
        "padStart",
        Type::Text,
    ),
    ("repeat", &[Take::Number], "repeat", Type::Text),
    ("replace", &[Take::Text, Take::Text], "replace", Type::Text),
    (
        "replaceAll",
        &[Take::Text, Take::Text],
        "replaceAll",
        Type::Text,
    ),
    ("slice", &[START, END], "slice", Type::Text),
    (
        "startsWith",
        &[Take::Text, START],
        "startsWith",
        Type::Boolean,
    ),
    ("substr", &[START, END], "substr", Type::Text),
    ("substring", &[START, END], "substring", Type::Text),
    ("toLowerCase", &[], "toLowerCase", Type::Text),
    ("toString", &[], "", Type::Text),
    ("toUpperCase", &[], "toUpperCase", Type::Text),
    ("trim", &[], "trim", Type::Text),
    ("trimEnd", &[], "trimEnd", Type::Text),
    ("trimStart", &[], "trimStart", Type::Text),
];

const NUMBER_METHODS: &[Method] = &[
    ("toFixed", &[START], "toFixed", Type::Text),
    ("toString", &[BASE], "", Type::Text),
];

const BOOLEAN_METHODS: &[Method] = &[("toString", &[], "", Type::Text)];

const OTHER_METHODS: &[Method] = &[("toString", &[BASE], "", Type::Text)];

/// The functions of `String`.
const TEXT_FUNCTIONS: &[&str] = &["fromCharCode", "fromCodePoint"];

fn methods_of(ty: Type) -> &'static [Method] {
    match ty {
        Type::Text => TEXT_METHODS,
        Type::Number | Type::Enum(_) => NUMBER_METHODS,
        Type::Boolean => BOOLEAN_METHODS,
        Type::Int(_) | Type::F32 => OTHER_METHODS,
        Type::Array(_)
        | Type::Rest(_)
        | Type::Record(_)
        | Type::Class(_)
        | Type::Function(_)
        | Type::Maybe(..)
        | Type::Nothing(_)
        | Type::Union(_)
        | Type::Never
        | Type::Void => &[],
        Type::Exact(exact) => methods_of(exact.of.ty()),
    }
}

impl<'a> Body<'_, 'a> {
    /// Reads a property of a value.
    pub(super) fn property(&mut self, object: Value, name: &str, span: Span) -> Option<Value> {
        if name == "length" && matches!(object.ty.widened(), Type::Text | Type::Array(_)) {
            return Some(length(object.expr));
        }
        if let Some(value) = self.named_entry(&object, name) {
            return value;
        }
        match object.ty {
            Type::Array(id) if name == "byteLength" && self.checker.arrays.kind(id).is_some() => {
                return self.byte_length(object);
            }
            Type::Class(_) => return self.class_property(object, name, Whose::Object, span),
            Type::Union(id) => {
                let known = self.checker.known_property(id, name);
                let Some(known) =
                    known.filter(|known| self.checker.shared_property(id, known).is_some())
                else {
                    self.no_property_of_union(id, name, span);
                    return None;
                };
                return self.union_property(object, id, known);
            }
            Type::Record(id) if self.checker.has_record(id) => {
                return self.looking_get(object, name, span);
            }
            _ => {}
        }
        if let Some(property) = self.property_of(object.ty, name) {
            return Some(property.load(object.expr));
        }
        self.no_property(object.ty, name, span);
        None
    }

    pub(super) fn no_property(&mut self, ty: Type, name: &str, span: Span) {
        if ty.absent().is_some() {
            self.may_be_missing(ty, span);
            return;
        }
        if let Type::Union(id) = ty {
            self.no_property_of_union(id, name, span);
            return;
        }
        if let Type::Record(id) = ty {
            self.no_property_of_record(id, name, span);
            return;
        }
        let methods = self.method_names(ty);
        let names = methods.iter().copied().chain(["length"]);
        let help = match (nearest(name, names.clone()), in_place_of(name)) {
            (Some(known), _) if known == name => format!("`{name}` is a method: call it"),
            (_, Some(help)) => help.to_owned(),
            (Some(_) | None, None) => self.checker.meant(name, names, THE_PAGE),
        };
        let ty = self.checker.type_name(ty);
        let message = format!("a value of type `{ty}` has no `{name}` here");
        self.fail(codes::NO_MEMBER, message, span, help);
    }

    fn method_names(&self, ty: Type) -> Vec<&'static str> {
        match ty {
            Type::Array(id) if self.checker.arrays.kind(id).is_some() => {
                super::typed::names().collect()
            }
            Type::Array(_) => super::array_methods::names().collect(),
            Type::Text => {
                let names = methods_of(ty).iter().map(|(name, ..)| *name);
                names.chain(["at", "split"]).collect()
            }
            _ => methods_of(ty).iter().map(|(name, ..)| *name).collect(),
        }
    }

    /// Calls a method of a value.
    pub(super) fn method(
        &mut self,
        object: Value,
        name: &str,
        node: &'a ast::CallExpression<'a>,
    ) -> Option<Called> {
        let object = Value::new(object.ty.widened(), object.expr);
        if let Some(callee) = self.named_entry(&object, name) {
            let callee = self.known_callee(node, callee?)?;
            return self.call_value(callee, name, node);
        }
        match object.ty {
            Type::Union(_) => {
                let span = self.place(&node.callee);
                let callee = self.property(object, name, span)?;
                let callee = self.known_callee(node, callee)?;
                return self.call_value(callee, name, node);
            }
            Type::Array(_) => return self.array_method(object, name, node),
            Type::Class(_) => {
                if self.is_iterator(object.ty, name) {
                    self.no_iterator(name, self.place(node));
                    return None;
                }
                return self.class_method(object, name, Whose::Object, node);
            }
            Type::Record(id) if self.checker.has_record(id) => {
                return self.looking_call(object, name, node);
            }
            _ => {}
        }
        if let Some(property) = self.property_of(object.ty, name) {
            let callee = property.load(object.expr);
            let callee = self.known_callee(node, callee)?;
            return self.call_value(callee, name, node);
        }
        if let (Type::Text, "at") = (object.ty, name) {
            return self.unit_from_end(object.expr, node).map(Called::Value);
        }
        if let (Type::Text, "split") = (object.ty, name) {
            return self.split(object.expr, node).map(Called::Value);
        }
        self.no_type_arguments(node);
        let found = methods_of(object.ty).iter().find(|(n, ..)| *n == name);
        let Some((_, takes, function, result)) = found else {
            let span = self.place(&node.callee);
            self.no_property(object.ty, name, span);
            return None;
        };
        let given = self.arguments(node)?;
        let least = takes
            .iter()
            .rposition(|take| !take.may_lack())
            .map_or(0, |at| at + 1);
        if !(least..=takes.len()).contains(&given.len()) {
            self.wrong_count(name, given.len(), least, takes.len(), self.place(node));
            return None;
        }
        if function.is_empty() {
            let span = self.place(node);
            let text = match given.first() {
                Some(base) => {
                    let base = self.value_as(base, Type::Number)?;
                    self.as_text_of_base(object, base)?
                }
                None => self.as_text(object, span)?,
            };
            return Some(Called::Value(Value::new(*result, text)));
        }
        let mut arguments = vec![object.expr];
        for (at, take) in takes.iter().enumerate() {
            arguments.push(self.taken(*take, given.get(at).copied())?);
        }
        let expr = self.checker.standard_call(function, arguments)?;
        Some(Called::Value(Value::new(*result, expr)))
    }

    /// `text.split(by)`, `text.split(by, most)`.
    fn split(&mut self, text: Expr, node: &'a ast::CallExpression<'a>) -> Option<Value> {
        self.no_type_arguments(node);
        let given = self.arguments(node)?;
        let (Some(by), true) = (given.first(), given.len() <= 2) else {
            self.wrong_count("split", given.len(), 1, 2, self.place(node));
            return None;
        };
        let by = self.value_as(by, Type::Text)?;
        let most = self.taken(ALL, given.get(1).copied())?;
        let expr = self.checker.standard_call("split", vec![text, by, most])?;
        let span = self.place(node);
        Some(Value::new(self.checker.array_of(Type::Text, span)?, expr))
    }

    fn taken(&mut self, take: Take, given: Option<&'a Expression<'a>>) -> Option<Expr> {
        match (take, given) {
            (Take::Text | Take::TextOr(_), Some(given)) => self.value_as(given, Type::Text),
            (Take::Number | Take::NumberOr(_), Some(given)) => self.value_as(given, Type::Number),
            (Take::TextOr(text), None) => Some(self.checker.text(text.encode_utf16().collect())),
            (Take::NumberOr(number), None) => Some(Expr::f64(number)),
            (Take::Text | Take::Number, None) => None,
        }
    }

    /// `text[i]`.
    pub(super) fn unit_of_text(&mut self, text: Expr, index: &'a Expression<'a>) -> Option<Value> {
        let index = self.index(index)?;
        let expr = self
            .checker
            .standard_call("elementOfText", vec![text, index])?;
        Some(Value::new(Type::Text, expr))
    }

    /// `text.at(index)`, from the end where the index is negative.
    fn unit_from_end(&mut self, text: Expr, node: &'a ast::CallExpression<'a>) -> Option<Value> {
        let [index] = self.exactly::<1>("at", node)?;
        let mut before = Vec::new();
        let text = self.keep(Value::new(Type::Text, text), &mut before)?.expr;
        let index = self.value_as(index, Type::Number)?;
        let place = vec![index, count(text.clone())];
        let place = self.checker.standard_call("fromEnd", place)?;
        let place = self.keep(Value::new(Type::I32, place), &mut before)?.expr;
        let missing = place.clone().binary(Binary::I32LtS, Expr::i32(0));
        let value = self.unit_at(text, place)?;
        self.whole(Sought::Perhaps(Perhaps {
            before,
            missing,
            value,
        }))
    }

    /// `text[i]` of a place that is there.
    pub(super) fn unit_at(&mut self, text: Expr, index: Expr) -> Option<Value> {
        let end = index.clone().binary(Binary::I32Add, Expr::i32(1));
        let unit = vec![text, index, end];
        let unit = self.checker.standard_call("section", unit)?;
        Some(Value::new(Type::Text, unit))
    }

    /// The place in a sequence; what is no whole number is none.
    pub(super) fn index(&mut self, index: &'a Expression<'a>) -> Option<Expr> {
        let span = self.place(index);
        let value = match self.constant(index) {
            Some(known) => super::conversion::literal(known, Some(Type::I32)),
            None => self.value(index, None)?,
        };
        match value.ty {
            Type::Number => match value.expr {
                Expr::Unary(Unary::F64ConvertI32S, int) => Some(*int),
                expr => self.checker.standard_call("wholeIndex", vec![expr]),
            },
            _ => self.coerce(value, Type::I32, span),
        }
    }

    /// Calls a function of `String`.
    pub(super) fn text_function(
        &mut self,
        name: &str,
        node: &'a ast::CallExpression<'a>,
    ) -> Option<Called> {
        if !TEXT_FUNCTIONS.contains(&name) {
            let span = self.place(&node.callee);
            let help = self
                .checker
                .meant(name, TEXT_FUNCTIONS.iter().copied(), THE_PAGE);
            let message = format!("there is no function `String.{name}`");
            self.fail(codes::NO_MEMBER, message, span, help);
            return None;
        }
        let mut parts = Vec::new();
        for argument in self.arguments(node)? {
            let code = self.value_as(argument, Type::Number)?;
            parts.push(self.checker.standard_call(name, vec![code])?);
        }
        self.joined(parts).map(Called::Value)
    }
}

impl Take {
    fn may_lack(self) -> bool {
        matches!(self, Self::TextOr(_) | Self::NumberOr(_))
    }
}

/// What is written in place of a method that is not there.
fn in_place_of(name: &str) -> Option<&'static str> {
    Some(match name {
        "localeCompare" => {
            "compare unit by unit, which is no order of a language: `a < b ? -1 : a > b ? 1 : 0`"
        }
        "flat" => "use `flatMap`: `lists.flatMap((list) => list)`",
        "toSorted" => "sort a copy: `list.slice().sort((a, b) => a - b)`",
        "toReversed" => "turn a copy around: `list.slice().reverse()`",
        _ => return None,
    })
}
