//! What an expression comes to: a type, and the IR that computes it.

use super::types::Type;
use crate::ir::{Expr, Stmt};

/// An expression with its type.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) ty: Type,
    pub(super) expr: Expr,
}

impl Value {
    pub(super) fn new(ty: Type, expr: Expr) -> Self {
        Self { ty, expr }
    }
}

/// What a call comes to.
pub(super) enum Called {
    Value(Value),
    /// The function returns no value.
    Nothing(Stmt),
}
