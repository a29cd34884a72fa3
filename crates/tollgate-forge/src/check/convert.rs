//! Conversions between types: those made by themselves keep every value, those written out do what WebAssembly does.

use tollgate_diagnostics::span::Span;

use super::body::{Body, Value};
use super::types::{Bits, Int, Sign, Type};
use crate::codes::types as codes;
use crate::ir::Expr;
use crate::ir::op::{Binary, Unary, Val};

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
            let length = super::array::count(value.expr);
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

impl Body<'_, '_> {
    /// Converts a value by itself, or reports that it would change.
    pub(super) fn coerce(&mut self, value: Value, to: Type, span: Span) -> Option<Expr> {
        if self.checker.becomes(value.ty, to) {
            return self.checker.turned(value, to);
        }
        // A number that came from an integer of 32 bits still is one.
        if let (Type::Number, Type::I32, Expr::Unary(Unary::F64ConvertI32S, int)) =
            (value.ty, to, &value.expr)
        {
            return Some(int.as_ref().clone());
        }
        let (from, wanted) = (self.checker.type_name(value.ty), self.checker.type_name(to));
        let help = match (value.ty, to) {
            (Type::Nothing(absent), _) => {
                format!("write the type with it, `{wanted} | {}`, where it is declared", absent.name())
            }
            (Type::Maybe(base, _), to) if self.checker.becomes(base.ty(), to.present()) => {
                "look first (`if (x !== null)`, for `undefined` likewise), give another value (`x ?? other`), or write `x!`, which ends the program if it is missing".to_owned()
            }
            (Type::Maybe(..), _) | (_, Type::Maybe(..) | Type::Nothing(_)) => {
                "a value that may be missing is one of the same type, or missing".to_owned()
            }
            (Type::Text, Type::Number) => "read it in the open: `Number(x)`".to_owned(),
            (Type::Text, _) => "read it in the open: `Number(x)`, and convert that".to_owned(),
            (_, Type::Rest(_)) => "write a function that calls it with what it takes: `(x) => f(x)`".to_owned(),
            (Type::Array(_), _) | (_, Type::Array(_)) => {
                "an array is one of the same elements".to_owned()
            }
            (Type::Function(_), Type::Function(_)) => {
                "a function is one of the same parameters and result: write one here that calls it, `(x) => f(x)`".to_owned()
            }
            (Type::Function(_), to) if self.gives(value.ty, to) => {
                "call the function: write its arguments behind it, `f(…)`".to_owned()
            }
            (Type::Function(_), _) => "a function is no other value".to_owned(),
            (_, Type::Function(_)) => "write a function: `(x) => …`".to_owned(),
            (Type::Class(_), Type::Record(_)) => {
                format!("write `implements {wanted}` behind the name of the class")
            }
            (_, Type::Class(_)) => format!("make an object of the class: `new {wanted}(…)`"),
            (Type::Class(_), _) => "an object of a class is one of that class, and of those that it extends".to_owned(),
            (Type::Record(_), _) | (_, Type::Record(_)) => {
                "an object is one of the same properties, no more and no fewer".to_owned()
            }
            (_, Type::Text) => "write it in the open: `String(x)`".to_owned(),
            (Type::Boolean, _) => "convert it in the open: `x ? 1 : 0`".to_owned(),
            (_, Type::Boolean) => "compare it: `x != 0`".to_owned(),
            (_, Type::Enum(_)) => "use a member of the enum".to_owned(),
            (_, Type::Number) => "convert it in the open: `f64(x)`, or `x as number`".to_owned(),
            _ => format!("convert it in the open: `{wanted}(x)`, or `x as {wanted}`"),
        };
        let message = format!("a value of type `{from}` where `{wanted}` is needed");
        self.fail(codes::MISMATCH, message, span, help);
        None
    }

    /// Whether calling a function gives a value of a type.
    fn gives(&self, function: Type, wanted: Type) -> bool {
        let Type::Function(id) = function else {
            return false;
        };
        let ty = self.checker.function_types.get(id);
        ty.is_some_and(|ty| ty.result.becomes(wanted))
    }

    /// Converts a value as written.
    pub(super) fn cast(&mut self, value: Value, to: Type, span: Span) -> Option<Value> {
        if to == Type::Void {
            self.fail(
                codes::NO_VALUE,
                "`void` is no type of values",
                span,
                "write the type of the value",
            );
            return None;
        }
        let enums = matches!((value.ty, to), (Type::Enum(a), Type::Enum(b)) if a != b);
        if enums {
            let (from, wanted) = (self.checker.type_name(value.ty), self.checker.type_name(to));
            let message = format!("a value of type `{from}` is none of `{wanted}`");
            self.fail(
                codes::MISMATCH,
                message,
                span,
                "convert it to `number` first",
            );
            return None;
        }
        if let Type::Class(id) = to
            && self.may_be_instance(value.ty, id)
            && !self.checker.becomes(value.ty, to)
        {
            return self.as_instance(value, id);
        }
        let converted = match (value.ty, to) {
            (from, to) if self.checker.becomes(from, to) => self.checker.turned(value.clone(), to),
            _ => convert(value.clone(), to),
        };
        match converted {
            Some(expr) => Some(Value::new(to, expr)),
            None => {
                self.coerce(value, to, span);
                None
            }
        }
    }
}
