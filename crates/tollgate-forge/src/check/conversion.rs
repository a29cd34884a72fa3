//! The IR that makes a value of one type a value of another one.

use super::constant::Constant;
use super::types::{Bits, Int, Sign, Type};
use super::value::Value;
use crate::ir::op::{Binary, Unary, Val};
use crate::ir::{Const, Expr};

/// Makes a constant of an integer type from a value that is one of it.
pub(super) fn integer(ty: Int, value: i128) -> Expr {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the value is in the range of the type; its bits are kept"
    )]
    match ty.val() {
        Val::I64 => Expr::i64(value as i64),
        Val::I32 | Val::F32 | Val::F64 => Expr::i32(value as i32),
    }
}

/// Brings the result of an operation on 32 bits back into the range of a small integer.
pub(super) fn wrap(ty: Int, expr: Expr) -> Expr {
    match (ty.bits, ty.sign) {
        (Bits::B8, Sign::Signed) => expr.unary(Unary::I32Extend8S),
        (Bits::B16, Sign::Signed) => expr.unary(Unary::I32Extend16S),
        (Bits::B8, Sign::Unsigned) => expr.binary(Binary::I32And, Expr::i32(0xff)),
        (Bits::B16, Sign::Unsigned) => expr.binary(Binary::I32And, Expr::i32(0xffff)),
        (Bits::B32 | Bits::B64, _) => expr,
    }
}

/// Converts an integer to another integer type: the low bits are kept.
fn resize(from: Int, to: Int, expr: Expr) -> Expr {
    match (from.val(), to.val()) {
        (Val::I32, Val::I64) if from.signed() => expr.unary(Unary::I64ExtendI32S),
        (Val::I32, Val::I64) => expr.unary(Unary::I64ExtendI32U),
        (Val::I64, Val::I32) => wrap(to, expr.unary(Unary::I32WrapI64)),
        _ if from.min() >= to.min() && from.max() <= to.max() => expr,
        _ => wrap(to, expr),
    }
}

fn int_to_float(from: Int, to: Val, expr: Expr) -> Expr {
    let op = match (from.val(), from.sign, to) {
        (Val::I64, Sign::Signed, Val::F32) => Unary::F32ConvertI64S,
        (Val::I64, Sign::Unsigned, Val::F32) => Unary::F32ConvertI64U,
        (Val::I64, Sign::Signed, _) => Unary::F64ConvertI64S,
        (Val::I64, Sign::Unsigned, _) => Unary::F64ConvertI64U,
        (_, Sign::Signed, Val::F32) => Unary::F32ConvertI32S,
        (_, Sign::Unsigned, Val::F32) => Unary::F32ConvertI32U,
        (_, Sign::Signed, _) => Unary::F64ConvertI32S,
        (_, Sign::Unsigned, _) => Unary::F64ConvertI32U,
    };
    expr.unary(op)
}

/// Converts a float to an integer: towards zero, the nearest value of the type when it is outside, NaN to 0. Small types go
/// through 32 bits.
fn float_to_int(from: Val, to: Int, expr: Expr) -> Expr {
    let unsigned = to.sign == Sign::Unsigned && !to.small();
    let op = match (from, to.val(), unsigned) {
        (Val::F32, Val::I64, false) => Unary::I64TruncSatF32S,
        (Val::F32, Val::I64, true) => Unary::I64TruncSatF32U,
        (Val::F32, _, false) => Unary::I32TruncSatF32S,
        (Val::F32, _, true) => Unary::I32TruncSatF32U,
        (_, Val::I64, false) => Unary::I64TruncSatF64S,
        (_, Val::I64, true) => Unary::I64TruncSatF64U,
        (_, _, false) => Unary::I32TruncSatF64S,
        (_, _, true) => Unary::I32TruncSatF64U,
    };
    wrap(to, expr.unary(op))
}

/// Whether a value counts as true.
pub(super) fn truth(value: Value) -> Option<Expr> {
    let ty = value.ty.operand();
    Some(match ty.val()? {
        Val::I32 if ty == Type::Boolean => value.expr,
        Val::I32 if ty == Type::Text => {
            let length = super::sequence::count(value.expr);
            length.binary(Binary::I32Ne, Expr::i32(0))
        }
        Val::I32 => value.expr.binary(Binary::I32Ne, Expr::i32(0)),
        Val::I64 => value.expr.binary(Binary::I64Ne, Expr::i64(0)),
        // Neither zero nor NaN is larger than zero.
        Val::F32 => {
            let zero = Expr::Const(crate::ir::Const::f32(0.0));
            value.expr.unary(Unary::F32Abs).binary(Binary::F32Gt, zero)
        }
        Val::F64 => value
            .expr
            .unary(Unary::F64Abs)
            .binary(Binary::F64Gt, Expr::f64(0.0)),
    })
}

/// Converts between types that can be converted.
pub(super) fn convert(value: Value, to: Type) -> Option<Expr> {
    let (from, expr) = (value.ty.operand(), value.expr.clone());
    Some(match (from, to.operand()) {
        (Type::Void, _) | (_, Type::Void) => return None,
        (from, to) if from == to => expr,
        (Type::Maybe(..) | Type::Nothing(_) | Type::Union(_) | Type::Never, _)
        | (_, Type::Maybe(..) | Type::Nothing(_) | Type::Union(_) | Type::Never) => return None,
        (_, Type::Boolean) => truth(value)?,
        (from, to) if from.is_reference() || to.is_reference() => return None,
        (
            Type::Boolean,
            Type::Int(Int {
                bits: Bits::B64, ..
            }),
        ) => expr.unary(Unary::I64ExtendI32U),
        (Type::Boolean, Type::Int(_)) => expr,
        (Type::Boolean, Type::F32) => expr.unary(Unary::F32ConvertI32U),
        (Type::Boolean, _) => expr.unary(Unary::F64ConvertI32U),
        (Type::Int(from), Type::Int(to)) => resize(from, to, expr),
        (Type::Int(from), Type::F32) => int_to_float(from, Val::F32, expr),
        (Type::Int(from), _) => int_to_float(from, Val::F64, expr),
        (Type::F32, Type::Int(to)) => float_to_int(Val::F32, to, expr),
        (Type::F32, _) => expr.unary(Unary::F64PromoteF32),
        (_, Type::Int(to)) => float_to_int(Val::F64, to, expr),
        (_, Type::F32) => expr.unary(Unary::F32DemoteF64),
        (_, _) => expr,
    })
}

/// Makes a value of a known number: of the hinted type if it is one of its values, else a number.
pub(super) fn literal(constant: Constant, hint: Option<Type>) -> Value {
    let number = Expr::f64(constant.number);
    if let Some(id) = constant.member_of
        && !matches!(hint.map(Type::present), Some(Type::Int(_) | Type::F32))
    {
        return Value::new(Type::Enum(id), number);
    }
    match hint.map(Type::present) {
        Some(Type::Int(int)) => match constant.integer(int) {
            Some(value) => Value::new(Type::Int(int), integer(int, value)),
            None => Value::new(Type::Number, number),
        },
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the number is rounded to single precision"
        )]
        Some(Type::F32) => Value::new(Type::F32, Expr::Const(Const::f32(constant.number as f32))),
        Some(
            Type::Boolean
            | Type::Number
            | Type::Enum(_)
            | Type::Text
            | Type::Array(_)
            | Type::Rest(_)
            | Type::Record(_)
            | Type::Class(_)
            | Type::Function(_)
            | Type::Maybe(..)
            | Type::Nothing(_)
            | Type::Exact(_)
            | Type::Union(_)
            | Type::Never
            | Type::Void,
        )
        | None => Value::new(Type::Number, number),
    }
}
