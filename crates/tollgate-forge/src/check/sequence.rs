//! How an array and a text lie in memory: both begin alike.

use super::types::Type;
use super::value::Value;
use crate::ir::Expr;
use crate::ir::op::{Access, Unary};

/// How many elements an array has, or units a text.
pub(super) fn count(sequence: Expr) -> Expr {
    sequence.load(Access::I32, 4)
}

/// Where the elements of an array begin.
pub(super) fn elements_from(list: Expr) -> Expr {
    list.load(Access::I32, 12)
}

/// The length of a text or an array.
pub(super) fn length(object: Expr) -> Value {
    Value::new(Type::Number, count(object).unary(Unary::F64ConvertI32S))
}
