//! `list.sort(f)`: runs of one, two, four… elements are merged, so what is equal stays in its order.

use oxc_ast::ast::Expression;
use tollgate_diagnostics::span::Span;

use super::body::Body;
use super::callback::Given;
use super::sequence::{count, elements_from};
use super::types::{Absent, Type};
use super::value::{Called, Value};
use crate::codes::types as codes;
use crate::ir::fault::FaultKind;
use crate::ir::op::{Binary, Val};
use crate::ir::{Expr, LocalId, MemoryStmt, Stmt};

impl<'a> Body<'_, 'a> {
    /// Sorts in place.
    pub(super) fn sort(
        &mut self,
        list: Value,
        by: Option<&'a Expression<'a>>,
        span: Span,
    ) -> Option<Called> {
        let elements = self.elements_of(list.ty)?;
        let array = list.ty;
        if elements.ty.absent().is_some_and(Absent::has_undefined) {
            let help = "take out what is missing first";
            let message =
                "what may be `undefined` is not compared by JavaScript, but put at the end";
            self.fail(codes::OPERAND, message, span, help);
            return None;
        }
        if by.is_none() && elements.ty.widened() != Type::Text {
            let help = "say how: `list.sort((a, b) => a - b)`";
            let message = "without a function JavaScript compares the elements as texts";
            self.fail(codes::ARGUMENTS, message, span, help);
            return None;
        }
        let callback = match by {
            Some(by) => Some(self.callback(by)?),
            None => None,
        };
        let mut out = Vec::new();
        let list = self.keep_local(list, &mut out)?;
        let callback = match callback {
            Some(callback) => Some(self.settled(callback, &mut out)?),
            None => None,
        };
        let length = self.length_now(list, &mut out);
        let whole = |list| vec![Expr::Local(list), Expr::f64(0.0), Expr::f64(f64::INFINITY)];
        let from = self.list_call("listSlice", whole(list), elements)?;
        let from = self.keep_local(Value::new(array, from), &mut out)?;
        let to = self.list_call("listSlice", whole(list), elements)?;
        let to = self.keep_local(Value::new(array, to), &mut out)?;
        let [width, start, middle, end, left, right, at] =
            [(); 7].map(|()| self.temporary(Val::I32));
        let [merged, widths, starts, next, steps, choose] = [(); 6].map(|()| self.label());
        let get = |local| Expr::Local(local);
        let place = |list, index| elements.address(get(list), get(index));
        let copy = |index| elements.store(place(to, at), elements.load(place(from, index)).expr);
        let step = |local| Stmt::SetLocal(local, get(local).binary(Binary::I32Add, Expr::i32(1)));
        // The one on the right comes first only if it is less.
        let mut compared = Vec::new();
        let (a, b) = (
            elements.load(place(from, left)),
            elements.load(place(from, right)),
        );
        let greater = match callback {
            Some(callback) => {
                let given = {
                    let given = Given {
                        arguments: vec![a, b],
                        expected: Some(Type::Number),
                        span,
                    };
                    self.invoke(callback, given, &mut compared)?
                };
                let Some(order) = given else {
                    self.no_result(span);
                    return None;
                };
                let value = self.coerce(order, Type::Number, span)?;
                value.binary(Binary::F64Gt, Expr::f64(0.0))
            }
            None => {
                let order = self
                    .checker
                    .standard_call("compareTexts", vec![a.expr, b.expr])?;
                order.binary(Binary::I32GtS, Expr::i32(0))
            }
        };
        let take_right = vec![copy(right), step(right)];
        let take_left = vec![copy(left), step(left)];
        let mut choice = vec![Stmt::BranchIf(
            choose,
            get(right).binary(Binary::I32GeS, get(end)),
        )];
        let mut both = compared;
        both.push(Stmt::If(greater, take_right.clone(), take_left.clone()));
        choice.push(Stmt::If(
            get(left).binary(Binary::I32GeS, get(middle)),
            take_right,
            both,
        ));
        choice.push(step(at));
        choice.push(Stmt::Branch(steps));
        // As long as the right run has elements; then the rest of the left one.
        let rest_label = self.label();
        let rest_end = self.label();
        let rest = Stmt::Block(
            rest_end,
            vec![Stmt::Loop(
                rest_label,
                [
                    vec![Stmt::BranchIf(
                        rest_end,
                        get(left).binary(Binary::I32GeS, get(middle)),
                    )],
                    take_left,
                    vec![step(at), Stmt::Branch(rest_label)],
                ]
                .concat(),
            )],
        );
        let run = |from: LocalId| {
            let end = get(from).binary(Binary::I32Add, get(width));
            // Twice a length has room in 32 bits without a sign.
            let past = end.clone().binary(Binary::I32GtU, get(length));
            Expr::conditional(Val::I32, past, get(length), end)
        };
        let one_run = vec![
            Stmt::BranchIf(starts, get(start).binary(Binary::I32GeS, get(length))),
            Stmt::SetLocal(middle, run(start)),
            Stmt::SetLocal(end, run(middle)),
            Stmt::SetLocal(left, get(start)),
            Stmt::SetLocal(right, get(middle)),
            Stmt::SetLocal(at, get(start)),
            Stmt::Block(choose, vec![Stmt::Loop(steps, choice)]),
            rest,
            Stmt::SetLocal(start, get(end)),
            Stmt::Branch(next),
        ];
        let other = self.temporary(Val::I32);
        let one_width = vec![
            Stmt::BranchIf(widths, get(width).binary(Binary::I32GeU, get(length))),
            Stmt::SetLocal(start, Expr::i32(0)),
            Stmt::Block(starts, vec![Stmt::Loop(next, one_run)]),
            Stmt::SetLocal(other, get(from)),
            Stmt::SetLocal(from, get(to)),
            Stmt::SetLocal(to, get(other)),
            Stmt::SetLocal(width, get(width).binary(Binary::I32Shl, Expr::i32(1))),
            Stmt::Branch(merged),
        ];
        out.push(Stmt::SetLocal(width, Expr::i32(1)));
        out.push(Stmt::Block(widths, vec![Stmt::Loop(merged, one_width)]));
        // What the function did to the array meanwhile would be lost.
        let changed = count(get(list)).binary(Binary::I32Ne, get(length));
        let fault = Stmt::fault(FaultKind::Resized);
        out.push(Stmt::If(changed, vec![fault], Vec::new()));
        let bytes = get(length).binary(Binary::I32Shl, elements.shift());
        out.push(Stmt::Memory(Box::new(MemoryStmt::Copy(
            elements_from(get(list)),
            elements_from(get(from)),
            bytes,
        ))));
        let expr = Expr::Before(out, Box::new(get(list)));
        Some(Called::Value(Value::new(array, expr)))
    }
}
