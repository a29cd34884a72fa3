//! The word of a value that may be missing: how it lies, and what is asked of it.
//!
//! `null` and `undefined` are addresses at which nothing lies; a text, an array or an object is its own address, a boolean one of
//! two words, and a number lies in a block of its own.

use super::types::{Absent, Base, Int};
use super::value::Value;
use crate::ir::Expr;
use crate::ir::op::{Access, Binary, Unary, Val};

/// The words of `null` and `undefined`.
const NULL: i32 = 0;

const UNDEFINED: i32 = 8;

/// The word of `false`; that of `true` is the next.
pub(super) const FALSE: i32 = 16;

/// Where the value lies in its block.
const VALUE: u32 = 8;

/// The word of a value that is missing.
pub(super) fn nothing(absent: Absent) -> Expr {
    Expr::i32(match absent {
        Absent::Null => NULL,
        Absent::Undefined | Absent::Either => UNDEFINED,
    })
}

/// Whether a word stands for a missing value.
pub(super) fn is_absent(word: Expr, absent: Absent) -> Expr {
    match absent {
        Absent::Null => word.unary(Unary::I32Eqz),
        Absent::Undefined => word.binary(Binary::I32Eq, Expr::i32(UNDEFINED)),
        Absent::Either => word.binary(Binary::I32LtU, Expr::i32(FALSE)),
    }
}

/// The value that a word stands for, where it is not missing.
pub(super) fn unboxed(base: Base, word: Expr) -> Value {
    let expr = match base.plain() {
        Base::Text
        | Base::Array(_)
        | Base::Record(_)
        | Base::Class(_)
        | Base::Function(_)
        | Base::Exact(_)
        | Base::Union(_) => word,
        Base::Boolean => word.binary(Binary::I32Sub, Expr::i32(FALSE)),
        Base::Int(int) => match int.val() {
            Val::I64 => word.load(Access::I64, VALUE),
            Val::I32 | Val::F32 | Val::F64 => word.load(Access::I32, VALUE),
        },
        Base::F32 => word.load(Access::F32, VALUE),
        Base::Number | Base::Enum(_) => word.load(Access::F64, VALUE),
    };
    Value::new(base.ty(), expr)
}

/// Whether `null` and `undefined` are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loosely {
    Yes,
    No,
}

/// Whether a value of a type may be NaN.
pub(super) fn may_be_nan(base: Base) -> bool {
    match base.plain() {
        Base::F32 | Base::Number | Base::Enum(_) => true,
        Base::Boolean
        | Base::Int(Int { .. })
        | Base::Text
        | Base::Array(_)
        | Base::Record(_)
        | Base::Class(_)
        | Base::Function(_)
        | Base::Exact(_)
        | Base::Union(_) => false,
    }
}
