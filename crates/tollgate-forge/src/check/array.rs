//! Arrays: their types, literals, elements, and what goes over them.
//!
//! Bounds are looked at with each element: one that is not there ends the program. The work that is the same for all elements
//! is done by our own functions in `std/list.ts`.

use oxc_ast::ast::{self, ArrayExpressionElement, Expression};
use tollgate_diagnostics::span::Span;

use super::body::Body;
use super::budget;
use super::checker::Checker;
use super::collection::Source;
use super::conversion::convert;
use super::json_stringify::is_written;
use super::known::array::{ArrayType, Elements};
use super::known::typed_array::Kind;
use super::report::error;
use super::sequence::count;
use super::sought::Gap;
use super::types::{ArrayId, Type};
use super::value::Value;
use crate::codes::{types as codes, unsupported};
use crate::ir::fault::FaultKind;
use crate::ir::op::Binary;
use crate::ir::{Expr, Label, LocalId, Stmt};
use crate::limits::ARRAY_LEVELS_MAX;

impl Checker<'_> {
    /// The type of arrays of these elements, or an error: too many are inside each other.
    pub(super) fn array_of(&mut self, element: Type, span: Span) -> Option<Type> {
        if let Type::Nothing(absent) = element {
            let name = absent.name();
            self.report(
                error(
                    codes::NO_TYPE,
                    format!("`{name}` does not show the type of the elements"),
                )
                .at(span, "")
                .help(format!("write it: `const list: (number | {name})[] = …`")),
            );
            return None;
        }
        let found = self.arrays.of(element);
        if found.is_none() {
            let message = format!("arrays of arrays more than {ARRAY_LEVELS_MAX} deep");
            self.report(
                error(unsupported::ARRAY, message)
                    .at(span, "one more here")
                    .help("use fewer levels: keep the values in one array, and compute the index"),
            );
        }
        found
    }

    /// The type of typed arrays of a kind.
    pub(super) fn typed_array(&mut self, kind: Kind) -> Type {
        Type::Array(self.arrays.typed(kind))
    }

    pub(super) fn elements(&self, id: ArrayId) -> Option<Elements> {
        let ArrayType { element, kind, .. } = self.arrays.get(id)?;
        Some(Elements {
            ty: element,
            access: match kind {
                Some(kind) => kind.access(),
                None => element.access()?,
            },
            kind,
        })
    }
}

/// A loop over the elements of an array in the making.
pub(super) struct Over {
    pub(super) list: LocalId,
    pub(super) index: LocalId,
    pub(super) leave: Label,
    again: Label,
}

impl<'a> Body<'_, 'a> {
    /// The elements of a type of arrays.
    pub(super) fn elements_of(&self, ty: Type) -> Option<Elements> {
        match ty {
            Type::Array(id) => self.checker.elements(id),
            _ => None,
        }
    }

    /// Calls one of our own functions with an array first and the size of its elements last.
    pub(super) fn list_call(
        &mut self,
        name: &str,
        mut arguments: Vec<Expr>,
        elements: Elements,
    ) -> Option<Expr> {
        arguments.push(elements.shift());
        self.checker.standard_call(name, arguments)
    }

    /// The same for a function that gives nothing.
    pub(super) fn list_effect(
        &mut self,
        name: &str,
        mut arguments: Vec<Expr>,
        elements: Elements,
    ) -> Option<Stmt> {
        arguments.push(elements.shift());
        self.checker
            .standard_function(name)
            .map(|id| Stmt::Call(id, arguments))
    }

    /// `[a, b, ...c]`
    pub(super) fn array_literal(
        &mut self,
        node: &'a ast::ArrayExpression<'a>,
        hint: Option<Type>,
    ) -> Option<Value> {
        let span = self.place(node);
        // A typed array is none that is written.
        let known = hint.and_then(|hint| self.elements_of(hint));
        let known = known.filter(|known| known.kind.is_none());
        let wanted = known.and(hint);
        let mut parts = Vec::new();
        let mut all = Some(());
        let for_json = std::mem::take(&mut self.for_json);
        for element in &node.elements {
            self.for_json = for_json && element.as_expression().is_some_and(is_written);
            let part = self.part(element, known.map(|known| known.ty), wanted);
            self.for_json = false;
            match part {
                Some(part) => parts.push(part),
                None => all = None,
            }
        }
        all?;
        let ty = match known {
            Some(known) => known.ty,
            None => match for_json.then(|| self.json_element(&parts)).flatten() {
                Some(several) => several,
                None => self.common_element(&parts, span)?,
            },
        };
        self.list_of(parts, ty, span)
    }

    /// A new array of elements of a type, with these in it.
    pub(super) fn list_of(&mut self, parts: Vec<Part>, ty: Type, span: Span) -> Option<Value> {
        let array = self.checker.array_of(ty, span)?;
        let elements = self.elements_of(array)?;
        self.checker
            .spend(parts.len().saturating_mul(budget::ELEMENT));
        let mut out = Vec::new();
        let count = i32::try_from(parts.len()).ok()?;
        let made = self.list_call("newList", vec![Expr::i32(0), Expr::i32(count)], elements)?;
        let list = self.keep(Value::new(array, made), &mut out)?.expr;
        for part in parts {
            match part {
                Part::Known(constant, span) => {
                    let value = super::conversion::literal(constant, Some(ty));
                    let value = self.coerce(value, ty, span)?;
                    self.push_value(&list, elements, value, &mut out)?;
                }
                Part::Value(value, span) => {
                    let value = self.coerce(value, ty, span)?;
                    self.push_value(&list, elements, value, &mut out)?;
                }
                Part::Spread(value, span) => {
                    if value.ty != array {
                        self.coerce(value, array, span);
                        return None;
                    }
                    out.push(self.list_effect(
                        "appendAll",
                        vec![list.clone(), value.expr],
                        elements,
                    )?);
                }
            }
        }
        Some(Value::new(array, Expr::Before(out, Box::new(list))))
    }

    fn part(
        &mut self,
        element: &'a ArrayExpressionElement<'a>,
        hint: Option<Type>,
        array: Option<Type>,
    ) -> Option<Part> {
        let span = self.place(element);
        match element {
            ArrayExpressionElement::SpreadElement(spread) => self.spread_part(spread, array),
            ArrayExpressionElement::Elision(_) => {
                let help = "write a value for each element";
                self.fail(unsupported::ARRAY, "an array has no holes", span, help);
                None
            }
            element => self.single_part(element.as_expression()?, hint),
        }
    }

    pub(super) fn single_part(
        &mut self,
        expr: &'a Expression<'a>,
        hint: Option<Type>,
    ) -> Option<Part> {
        let span = self.place(expr);
        match (self.constant(expr), hint) {
            (Some(_), Some(hint)) => {
                let value = self.value_as(expr, hint)?;
                Some(Part::Value(Value::new(hint, value), span))
            }
            (Some(known), None) => Some(Part::Known(known, span)),
            (None, hint) => {
                let gap = hint.map_or(Gap::Fault, Gap::of);
                Some(Part::Value(self.value_with(expr, hint, gap)?, span))
            }
        }
    }

    /// `...values`, where an array of a type is wanted if one is written there.
    pub(super) fn spread_part(
        &mut self,
        spread: &'a ast::SpreadElement<'a>,
        wanted: Option<Type>,
    ) -> Option<Part> {
        let span = self.place(spread);
        let source = match spread.argument.without_parentheses() {
            literal @ Expression::ArrayExpression(_) => Source::Value(self.value(literal, wanted)?),
            other => self.source(other)?,
        };
        let value = match source {
            Source::Collected(collected) => self.listed(collected, span)?,
            Source::Pairs(_) => {
                self.no_list_of_pairs(span);
                return None;
            }
            Source::Value(value) => value,
        };
        let value = self.sequence(value, span)?;
        let value = self.numbers_of(value, span)?;
        Some(Part::Spread(value, span))
    }

    /// A value that can be gone over: an array, or the characters of a text.
    pub(super) fn sequence(&mut self, value: Value, span: Span) -> Option<Value> {
        match value.ty.widened() {
            Type::Array(_) => Some(value),
            Type::Text => {
                let array = self.checker.array_of(Type::Text, span)?;
                let expr = self
                    .checker
                    .standard_call("charactersOf", vec![value.expr])?;
                Some(Value::new(array, expr))
            }
            Type::Maybe(..) | Type::Nothing(_) => {
                self.may_be_missing(value.ty, span);
                None
            }
            _ => {
                let ty = self.checker.type_name(value.ty);
                let message = format!("a value of type `{ty}` has no elements to go over");
                self.fail(
                    codes::OPERAND,
                    message,
                    span,
                    "texts and arrays have elements",
                );
                None
            }
        }
    }

    /// The type that all elements of a literal have.
    fn common_element(&mut self, parts: &[Part], span: Span) -> Option<Type> {
        let mut common: Option<Type> = None;
        for part in parts {
            let (ty, at) = match part {
                Part::Known(..) => continue,
                Part::Value(value, at) => (value.ty, *at),
                Part::Spread(value, at) => (self.elements_of(value.ty)?.ty, *at),
            };
            common = match common {
                None => Some(ty),
                Some(before) => match self.checker.common(before, ty) {
                    Some(both) => Some(both),
                    None => {
                        self.mixed(before, ty, "[…]", at);
                        return None;
                    }
                },
            };
        }
        let any = !parts.is_empty();
        match common {
            // Numbers that are known, and what stands for none.
            Some(Type::Nothing(absent)) if parts.iter().any(Part::is_known) => {
                Type::Number.or(absent)
            }
            Some(ty) => Some(ty),
            None if any => Some(Type::Number),
            None => {
                let help = "write what it is to hold where it is declared: `: string[]`, `: Point[]`, `: (() => number)[]`";
                self.fail(
                    codes::NO_TYPE,
                    "the type of the elements is not known",
                    span,
                    help,
                );
                None
            }
        }
    }

    /// Adds an element. The value is computed before there is room for it.
    pub(super) fn push_value(
        &mut self,
        list: &Expr,
        elements: Elements,
        value: Expr,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let value = match value {
            Expr::Const(_) => value,
            computed => self.keep(Value::new(elements.ty, computed), out)?.expr,
        };
        let address = self.list_call("pushed", vec![list.clone()], elements)?;
        out.push(elements.store(address, value));
        Some(())
    }

    /// `list[index]`
    pub(super) fn element_of_array(
        &mut self,
        list: Value,
        index: &'a Expression<'a>,
    ) -> Option<Value> {
        let elements = self.elements_of(list.ty)?;
        let index = self.index(index)?;
        let address = self.list_call("elementAt", vec![list.expr, index], elements)?;
        Some(elements.load(address))
    }

    /// Begins to go over an array from a place on.
    pub(super) fn over(&mut self, list: Value, out: &mut Vec<Stmt>) -> Option<Over> {
        let list = self.keep_local(list, out)?;
        let index = self.temporary(crate::ir::op::Val::I32);
        out.push(Stmt::SetLocal(index, Expr::i32(0)));
        Some(Over {
            list,
            index,
            leave: self.label(),
            again: self.label(),
        })
    }

    /// Evaluates once, and returns the variable that has the value.
    pub(super) fn keep_local(&mut self, value: Value, out: &mut Vec<Stmt>) -> Option<LocalId> {
        match self.keep(value, out)?.expr {
            Expr::Local(local) => Some(local),
            _ => None,
        }
    }

    /// The element of this round, after the bounds were looked at.
    pub(super) fn current(&self, round: &Over, elements: Elements) -> Value {
        elements.load(elements.address(Expr::Local(round.list), Expr::Local(round.index)))
    }

    /// Ends a loop: as long as there are elements, and no more than there were when it began if that is given.
    pub(super) fn finish(&self, round: &Over, first: Option<LocalId>, body: Vec<Stmt>) -> Stmt {
        let now = count(Expr::Local(round.list));
        let index = || Expr::Local(round.index);
        let mut inside = vec![Stmt::BranchIf(
            round.leave,
            index().binary(Binary::I32GeU, now),
        )];
        if let Some(first) = first {
            let end = index().binary(Binary::I32GeU, Expr::Local(first));
            inside.push(Stmt::BranchIf(round.leave, end));
        }
        inside.extend(body);
        let next = index().binary(Binary::I32Add, Expr::i32(1));
        inside.push(Stmt::SetLocal(round.index, next));
        inside.push(Stmt::Branch(round.again));
        Stmt::Block(round.leave, vec![Stmt::Loop(round.again, inside)])
    }

    /// The index of this round as JavaScript has it.
    pub(super) fn index_value(&self, round: &Over) -> Value {
        let index = Expr::Local(round.index);
        Value::new(
            Type::Number,
            index.unary(crate::ir::op::Unary::F64ConvertI32S),
        )
    }

    /// The number of elements of an array now.
    pub(super) fn length_now(&mut self, list: LocalId, out: &mut Vec<Stmt>) -> LocalId {
        let local = self.temporary(crate::ir::op::Val::I32);
        out.push(Stmt::SetLocal(local, count(Expr::Local(list))));
        local
    }

    /// `new Array<T>(n).fill(value)`: as many elements with this value.
    pub(super) fn filled(
        &mut self,
        made: &'a ast::NewExpression<'a>,
        value: &'a Expression<'a>,
        hint: Option<Type>,
    ) -> Option<Value> {
        let span = self.place(made);
        let written = match &made.type_arguments {
            Some(list) => match list.params.as_slice() {
                [ty] => Some(self.written(ty)?),
                _ => None,
            },
            None => hint
                .and_then(|hint| self.elements_of(hint))
                .filter(|elements| elements.kind.is_none())
                .map(|elements| elements.ty),
        };
        let [count] = made.arguments.as_slice() else {
            self.wrong_count("Array", made.arguments.len(), 1, 1, span);
            return None;
        };
        let Some(count) = count.as_expression() else {
            self.spread_fills_nothing(span);
            return None;
        };
        let count = self.index(count)?;
        let value = match written {
            Some(ty) => Value::new(ty, self.value_as(value, ty)?),
            None => self.value(value, None)?,
        };
        let array = self.checker.array_of(value.ty, span)?;
        let elements = self.elements_of(array)?;
        let mut out = Vec::new();
        let count = self.keep(Value::new(Type::I32, count), &mut out)?.expr;
        let value = self.keep(value, &mut out)?.expr;
        // A length that is none is not one of an array.
        let none = count.clone().binary(Binary::I32LtS, Expr::i32(0));
        let fault = Stmt::fault(FaultKind::ArrayLength);
        out.push(Stmt::If(none, vec![fault], Vec::new()));
        let made = self.list_call("newList", vec![count.clone(), count], elements)?;
        let round = self.over(Value::new(array, made), &mut out)?;
        let address = elements.address(Expr::Local(round.list), Expr::Local(round.index));
        let body = vec![elements.store(address, value)];
        out.push(self.finish(&round, None, body));
        let list = Expr::Local(round.list);
        Some(Value::new(array, Expr::Before(out, Box::new(list))))
    }

    /// The text of the elements with one between them.
    pub(super) fn join(&mut self, list: Value, between: Expr, span: Span) -> Option<Value> {
        let elements = self.elements_of(list.ty)?;
        let mut out = Vec::new();
        let list = self.keep(list, &mut out)?;
        let between = self.keep(Value::new(Type::Text, between), &mut out)?.expr;
        let empty = self.checker.text(Vec::new());
        let made = self.keep_local(Value::new(Type::Text, empty), &mut out)?;
        let round = self.over(list, &mut out)?;
        let element = self.current(&round, elements);
        let element = self.element_text(element, span)?;
        let with_between = self
            .checker
            .standard_call("concatenate", vec![Expr::Local(made), between])?;
        let add = self
            .checker
            .standard_call("concatenate", vec![Expr::Local(made), element])?;
        let body = vec![
            Stmt::If(
                Expr::Local(round.index),
                vec![Stmt::SetLocal(made, with_between)],
                Vec::new(),
            ),
            Stmt::SetLocal(made, add),
        ];
        out.push(self.finish(&round, None, body));
        Some(Value::new(
            Type::Text,
            Expr::Before(out, Box::new(Expr::Local(made))),
        ))
    }

    /// Whether an element equals a value, and where: `indexOf` from the front, and `includes`, for which NaN is NaN.
    pub(super) fn search(
        &mut self,
        list: Value,
        wanted: Expr,
        nan: Nan,
        span: Span,
    ) -> Option<Expr> {
        let elements = self.elements_of(list.ty)?;
        if let (Nan::IsNan, Type::Maybe(base, _)) = (nan, elements.ty)
            && super::absence::may_be_nan(base)
        {
            let help = "say what is looked for: `list.some((x) => x === value)`";
            let message = "`includes` does not look for numbers that may be missing";
            self.fail(unsupported::ARRAY, message, span, help);
            return None;
        }
        let mut out = Vec::new();
        let list = self.keep(list, &mut out)?;
        let wanted = self.keep(Value::new(elements.ty, wanted), &mut out)?;
        let found = self.keep_local(Value::new(Type::I32, Expr::i32(-1)), &mut out)?;
        let round = self.over(list, &mut out)?;
        let element = self.current(&round, elements);
        let mut same = self.same(element.clone(), wanted.clone(), span)?;
        if let (Nan::IsNan, Type::Number | Type::F32 | Type::Enum(_)) = (nan, elements.ty) {
            let wide = |value: Value| convert(value, Type::Number);
            let (a, b) = (wide(element)?, wide(wanted)?);
            let not = |x: Expr| x.clone().binary(Binary::F64Ne, x);
            same = same.binary(Binary::I32Or, not(a).binary(Binary::I32And, not(b)));
        }
        let stop = vec![
            Stmt::SetLocal(found, Expr::Local(round.index)),
            Stmt::Branch(round.leave),
        ];
        out.push(self.finish(&round, None, vec![Stmt::If(same, stop, Vec::new())]));
        Some(Expr::Before(out, Box::new(Expr::Local(found))))
    }
}

/// Whether NaN is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nan {
    IsNan,
    IsNothing,
}

/// A part of a literal, or of what a rest parameter takes.
pub(super) enum Part {
    Known(super::constant::Constant, Span),
    Value(Value, Span),
    Spread(Value, Span),
}

impl Part {
    fn is_known(&self) -> bool {
        match self {
            Self::Known(..) => true,
            Self::Value(..) | Self::Spread(..) => false,
        }
    }
}
