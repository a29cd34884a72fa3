//! Built-in functions of the module `core`.

use crate::check::stdlib::Builtin;
use crate::codes::check as codes;
use crate::data::said::Form;
use crate::data::types::Type;
use crate::ir::{BinaryOp, Expr, ExprKind, UnaryOp};
use crate::span::Span;
use crate::syntax::ast;

use super::net::{wanted_around, wanted_before};
use super::report::error;
use super::unit::{Binding, Site, Unit, and, error_expr, expr, if_expr, not};
use super::work::Task;

impl<'a> Unit<'a, '_> {
    pub(super) fn len(&mut self, builtin: Builtin, arg: &'a ast::Expr, span: Span) -> Expr {
        let value = self.expr(arg, None);
        let op = match &value.ty {
            Type::List(..) | Type::Map(..) => UnaryOp::ListLength,
            ty if ty.is_text() => UnaryOp::TextLength,
            _ => return self.wrong_text(value, "a text, a list or a map", arg.span),
        };
        let len = self.unary(op, value, Type::Int, span);
        if builtin == Builtin::Len {
            return len;
        }
        let zero = expr(ExprKind::Int(0), Type::Int);
        self.binary(BinaryOp::EqWord, len, zero, Type::Bool, span)
    }

    pub(super) fn abs(&mut self, arg: &'a ast::Expr, Site { span, want }: Site<'_>) -> Expr {
        let value = self.expr(arg, want);
        let (neg, less, zero) = match &value.ty {
            Type::Int | Type::Duration => (UnaryOp::NegInt, BinaryOp::LtInt, ExprKind::Int(0)),
            Type::Number => (
                UnaryOp::NegNumber,
                BinaryOp::LtNumber,
                ExprKind::Number(0.0),
            ),
            Type::Decimal | Type::Money(_) | Type::Quantity(_) => {
                (UnaryOp::NegWide, BinaryOp::LtWide, ExprKind::Wide(0))
            }
            _ => {
                return self.wrong_argument(
                    value,
                    "a number, an amount, a quantity or a duration",
                    arg.span,
                );
            }
        };
        let ty = value.ty.clone();
        let (local, kept, value) = self.keep(value);
        let zero = expr(zero, ty.clone());
        let negative = self.binary(less, value.clone(), zero, Type::Bool, span);
        let made = match negative.kind {
            // The other branch of a constant is not computed: it may have no value.
            ExprKind::Bool(false) => value,
            _ => {
                let positive = self.unary(neg, value.clone(), ty.clone(), span);
                if_expr(negative, positive, value, ty)
            }
        };
        self.kept(local, kept, made)
    }

    /// Arguments of one type with an order.
    pub(super) fn ordered(
        &mut self,
        args: &'a [ast::Expr],
        want: Option<&Type>,
    ) -> Option<(Type, Vec<Expr>)> {
        let sources: Vec<&'a ast::Expr> = args.iter().collect();
        let (ty, values) = self.values_of_one_type(&sources, want, None)?;
        let fine = matches!(
            ty,
            Type::Int
                | Type::Number
                | Type::Decimal
                | Type::Money(_)
                | Type::Quantity(_)
                | Type::Duration
                | Type::Instant
                | Type::Ip
        );
        if !fine {
            let first = args.first()?;
            let value = values.into_iter().next()?;
            self.wrong_argument(value, "values with an order", first.span);
            return None;
        }
        Some((ty, values))
    }

    pub(super) fn min_max(
        &mut self,
        builtin: Builtin,
        args: &'a [ast::Expr],
        Site { span, want }: Site<'_>,
    ) -> Expr {
        let Some((ty, values)) = self.ordered(args, want) else {
            return error_expr();
        };
        let op = match builtin {
            Builtin::Min => smaller(&ty),
            _ => larger(&ty),
        };
        let mut values = values.into_iter();
        match (values.next(), values.next()) {
            (Some(a), Some(b)) => self.binary(op, a, b, ty, span),
            _ => error_expr(),
        }
    }

    pub(super) fn within(
        &mut self,
        builtin: Builtin,
        args: &'a [ast::Expr],
        Site { span, want }: Site<'_>,
    ) -> Expr {
        let want = if builtin == Builtin::Clamp {
            want
        } else {
            None
        };
        let Some((ty, values)) = self.ordered(args, want) else {
            return error_expr();
        };
        let Ok([value, low, high]) = <[Expr; 3]>::try_from(values) else {
            return error_expr();
        };
        if builtin == Builtin::Clamp {
            let raised = self.binary(larger(&ty), value, low, ty.clone(), span);
            return self.binary(smaller(&ty), raised, high, ty, span);
        }
        let (local, kept, value) = self.keep(value);
        let above = self.compare(ast::CompareOp::Ge, value.clone(), low, span);
        let below = self.compare(ast::CompareOp::Le, value, high, span);
        if above.ty == Type::Error || below.ty == Type::Error {
            return error_expr();
        }
        self.kept(local, kept, and(above, below))
    }

    pub(super) fn affix(&mut self, builtin: Builtin, args: &'a [ast::Expr], span: Span) -> Expr {
        let text = self.text_argument(args, 0);
        let part = self.text_argument(args, 1);
        let op = if builtin == Builtin::StartsWith {
            BinaryOp::StartsWith
        } else {
            BinaryOp::EndsWith
        };
        self.binary(op, text, part, Type::Bool, span)
    }

    pub(super) fn contains(&mut self, args: &'a [ast::Expr], span: Span) -> Expr {
        let [first, second] = args else {
            return error_expr();
        };
        let (list, item) = if self.takes_its_type(first) && !self.takes_its_type(second) {
            let item = self.expr(second, None);
            let want = wanted_around(&item.ty, first);
            (self.expr(first, want.as_ref()), item)
        } else {
            let list = self.expr(first, None);
            let want = wanted_before(&list.ty, second);
            let item = self.expr(second, want.as_ref());
            (list, item)
        };
        match &list.ty {
            Type::List(..) | Type::Map(..) | Type::Cidr => {
                self.found_in((item, second.span), (list, first.span), span)
            }
            Type::String(_) | Type::Did => {
                let part = self.as_text(item, second.span);
                self.binary(BinaryOp::Contains, list, part, Type::Bool, span)
            }
            _ => self.wrong_text(list, "a text, a list or a map", first.span),
        }
    }

    pub(super) fn option_test(&mut self, builtin: Builtin, arg: &'a ast::Expr) -> Expr {
        let value = self.expr(arg, None);
        if !matches!(value.ty, Type::Option(_)) {
            return self.wrong_argument(value, "an option", arg.span);
        }
        let some = self.is_some(value);
        if builtin == Builtin::IsSome {
            some
        } else {
            not(some)
        }
    }

    pub(super) fn convert(&mut self, builtin: Builtin, arg: &'a ast::Expr, span: Span) -> Expr {
        let value = self.expr(arg, None);
        match (builtin, &value.ty) {
            (Builtin::ToDecimal, Type::Decimal)
            | (Builtin::ToNumber, Type::Number)
            | (Builtin::ToInt, Type::Int) => value,
            (Builtin::ToDecimal, Type::Int) => self.coerce(value, &Type::Decimal, span),
            (Builtin::ToDecimal, Type::Number) => {
                self.unary(UnaryOp::NumberToDecimal, value, Type::Decimal, span)
            }
            (Builtin::ToNumber, Type::Int) => self.coerce(value, &Type::Number, span),
            (Builtin::ToNumber, Type::Decimal) => {
                self.unary(UnaryOp::DecimalToNumber, value, Type::Number, span)
            }
            (Builtin::ToInt, Type::Decimal) => {
                self.unary(UnaryOp::DecimalToInt, value, Type::Int, span)
            }
            (Builtin::ToInt, Type::Number) => {
                let exact = self.unary(UnaryOp::NumberToDecimal, value, Type::Decimal, span);
                self.unary(UnaryOp::DecimalToInt, exact, Type::Int, span)
            }
            (Builtin::ToInt, Type::String(_)) => self.said(Form::Int, value, span),
            (Builtin::ToDecimal, Type::String(_)) => self.said(Form::Decimal, value, span),
            (Builtin::ToNumber, Type::String(_)) => {
                let text = "expected an int, a decimal or a number, found string";
                let report = error(codes::MISMATCH, arg.span, text);
                self.fail(report.help("a text says a decimal or none: write `to_decimal(…)`"))
            }
            (Builtin::ToNumber, _) => {
                self.wrong_argument(value, "an int, a decimal or a number", arg.span)
            }
            _ => self.wrong_text(value, "an int, a decimal, a number or a string", arg.span),
        }
    }

    /// The time of the evaluation: an input.
    pub(super) fn now(&mut self, span: Span) -> Expr {
        self.spend(Task::Expressions, self.frame.scope.len() as u64);
        let refused = match self.time() {
            Time::At(offset) => return expr(ExprKind::Input(offset), Type::Instant),
            Time::Other(ty) => {
                let text = format!("`now()` is the input `now`, and that is {ty} and no instant");
                let report = error(codes::MISMATCH, span, text);
                report.help("declare it as `now: instant`, or read `now`")
            }
            Time::Several([first, second]) => {
                let text = format!("`{first}` and `{second}` both have a `current_time`");
                let report = error(codes::DUPLICATE, span, text);
                report.help(format!(
                    "write `{first}.current_time`, or add `now: instant` to the input"
                ))
            }
            Time::None => {
                let report = error(codes::UNKNOWN_NAME, span, "the input has no time");
                report.help("add `now: instant` to the input: a policy reads no clock")
            }
        };
        self.fail(refused)
    }

    /// Where the input has the time. An input `now` is it whatever hides that name: another time in its place is one that nobody
    /// meant.
    fn time(&self) -> Time<'a> {
        let inputs = self.frame.scope.bindings();
        let inputs = inputs.filter_map(|(name, binding)| match binding {
            Binding::Input(offset, ty) => Some((name, *offset, ty)),
            _ => None,
        });
        let mut named = inputs.clone().filter(|(name, ..)| *name == "now");
        match named.next() {
            Some((_, offset, Type::Instant)) => return Time::At(offset),
            Some((_, _, ty)) => return Time::Other(self.show(ty)),
            None => {}
        }
        let times = inputs.filter_map(|(name, offset, ty)| match ty {
            Type::Record(id) => {
                let field = self.field(*id, "current_time")?;
                (field.ty == Type::Instant).then_some((name, offset + field.offset))
            }
            _ => None,
        });
        let times: Vec<_> = times.take(2).collect();
        match *times {
            [] => Time::None,
            [(_, offset)] => Time::At(offset),
            [(first, _), (second, _), ..] => Time::Several([first, second]),
        }
    }
}

/// Where an input has the time.
enum Time<'a> {
    /// At this place.
    At(u32),
    /// It has a `now` of another type.
    Other(String),
    /// Records of these names have one each.
    Several([&'a str; 2]),
    /// Nowhere.
    None,
}

/// The operator for the smaller of two values.
pub(super) fn smaller(ty: &Type) -> BinaryOp {
    match ty {
        Type::Number => BinaryOp::MinNumber,
        Type::Int | Type::Duration | Type::Instant => BinaryOp::MinInt,
        _ => BinaryOp::MinWide,
    }
}

/// The operator for the larger of two values.
pub(super) fn larger(ty: &Type) -> BinaryOp {
    match ty {
        Type::Number => BinaryOp::MaxNumber,
        Type::Int | Type::Duration | Type::Instant => BinaryOp::MaxInt,
        _ => BinaryOp::MaxWide,
    }
}
