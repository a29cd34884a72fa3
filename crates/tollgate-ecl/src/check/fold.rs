//! Constant folding: an operator on constants becomes its value now, and an operator that would always fail becomes an
//! error of compilation. The arithmetic is that of the engines.

use crate::data::decimal;
use crate::ir::{BinaryOp, ExprKind, UnaryOp};

/// What became of an operator on constants.
pub(super) enum Folded {
    /// Its value.
    Value(ExprKind),
    /// It would fail at every evaluation, so: why.
    Fails(&'static str),
    /// It is not folded.
    Keep,
}

const OVERFLOW: &str = "the result does not fit";
const ZERO: &str = "division by zero";
const NOT_FINITE: &str = "the result is not a finite number";

/// Folds an operator on two constants.
pub(super) fn binary(op: BinaryOp, left: &ExprKind, right: &ExprKind) -> Folded {
    match (left, right) {
        (ExprKind::Int(a), ExprKind::Int(b)) => words(op, *a, *b),
        (ExprKind::Bool(a), ExprKind::Bool(b)) => words(op, i64::from(*a), i64::from(*b)),
        (ExprKind::Text(a), ExprKind::Text(b)) => match op {
            BinaryOp::EqWord => truth(a == b),
            BinaryOp::NeWord => truth(a != b),
            _ => Folded::Keep,
        },
        (ExprKind::Number(a), ExprKind::Number(b)) => numbers(op, *a, *b),
        (ExprKind::Wide(a), ExprKind::Wide(b)) => wides(op, *a, *b),
        _ => Folded::Keep,
    }
}

/// Folds a prefix operator on a constant.
pub(super) fn unary(op: UnaryOp, operand: &ExprKind) -> Folded {
    match (op, operand) {
        (UnaryOp::Not, ExprKind::Bool(a)) => truth(!a),
        (UnaryOp::NegInt, ExprKind::Int(a)) => int(a.checked_neg()),
        (UnaryOp::NegNumber, ExprKind::Number(a)) => Folded::Value(ExprKind::Number(-a)),
        (UnaryOp::NegWide, ExprKind::Wide(a)) => wide(a.checked_neg()),
        (UnaryOp::IntToDecimal, ExprKind::Int(a)) => wide(Some(decimal::from_int(*a))),
        #[expect(
            clippy::cast_precision_loss,
            reason = "rounds to nearest even, as the engines do"
        )]
        (UnaryOp::IntToNumber, ExprKind::Int(a)) => number(*a as f64),
        (UnaryOp::DecimalToNumber, ExprKind::Wide(a)) => number(decimal::to_number(*a)),
        (UnaryOp::NumberToDecimal, ExprKind::Number(a)) => wide(decimal::from_number(*a)),
        (UnaryOp::DecimalToInt, ExprKind::Wide(a)) => int(decimal::to_int(*a)),
        (UnaryOp::TextLength | UnaryOp::ListLength, ExprKind::Text(handle)) => {
            int(Some(i64::from(handle.length())))
        }
        _ => Folded::Keep,
    }
}

fn truth(value: bool) -> Folded {
    Folded::Value(ExprKind::Bool(value))
}

fn int(value: Option<i64>) -> Folded {
    value.map_or(Folded::Fails(OVERFLOW), |v| Folded::Value(ExprKind::Int(v)))
}

fn wide(value: Option<i128>) -> Folded {
    value.map_or(Folded::Fails(OVERFLOW), |v| {
        Folded::Value(ExprKind::Wide(v))
    })
}

fn number(value: f64) -> Folded {
    if value.is_finite() {
        Folded::Value(ExprKind::Number(value))
    } else {
        Folded::Fails(NOT_FINITE)
    }
}

fn words(op: BinaryOp, a: i64, b: i64) -> Folded {
    match op {
        BinaryOp::AddInt => int(a.checked_add(b)),
        BinaryOp::SubInt => int(a.checked_sub(b)),
        BinaryOp::MulInt => int(a.checked_mul(b)),
        BinaryOp::DivInt | BinaryOp::RemInt if b == 0 => Folded::Fails(ZERO),
        BinaryOp::DivInt => int(a.checked_div(b)),
        BinaryOp::RemInt => int(a.checked_rem(b)),
        BinaryOp::MinInt => int(Some(a.min(b))),
        BinaryOp::MaxInt => int(Some(a.max(b))),
        _ => op.of_words(a, b).map_or(Folded::Keep, truth),
    }
}

fn numbers(op: BinaryOp, a: f64, b: f64) -> Folded {
    match op {
        BinaryOp::AddNumber => number(a + b),
        BinaryOp::SubNumber => number(a - b),
        BinaryOp::MulNumber => number(a * b),
        BinaryOp::DivNumber if b == 0.0 => Folded::Fails(ZERO),
        BinaryOp::DivNumber => number(a / b),
        #[expect(
            clippy::float_cmp,
            reason = "the operator of the language is exact equality"
        )]
        BinaryOp::EqNumber => truth(a == b),
        #[expect(
            clippy::float_cmp,
            reason = "the operator of the language is exact equality"
        )]
        BinaryOp::NeNumber => truth(a != b),
        BinaryOp::LtNumber => truth(a < b),
        BinaryOp::LeNumber => truth(a <= b),
        BinaryOp::GtNumber => truth(a > b),
        BinaryOp::GeNumber => truth(a >= b),
        // Min and max of zeros of different sign are left to the engines.
        _ => Folded::Keep,
    }
}

fn wides(op: BinaryOp, a: i128, b: i128) -> Folded {
    match op {
        BinaryOp::AddWide => wide(a.checked_add(b)),
        BinaryOp::SubWide => wide(a.checked_sub(b)),
        BinaryOp::MulWide => wide(decimal::mul(a, b)),
        BinaryOp::DivWide if b == 0 => Folded::Fails(ZERO),
        BinaryOp::DivWide => wide(decimal::div(a, b)),
        BinaryOp::EqWide => truth(a == b),
        BinaryOp::NeWide => truth(a != b),
        BinaryOp::LtWide => truth(a < b),
        BinaryOp::LeWide => truth(a <= b),
        BinaryOp::GtWide => truth(a > b),
        BinaryOp::GeWide => truth(a >= b),
        BinaryOp::MinWide => wide(Some(a.min(b))),
        BinaryOp::MaxWide => wide(Some(a.max(b))),
        _ => Folded::Keep,
    }
}
