//! What functions share with those around them.

use std::rc::Rc;

use super::signature::Signature;
use crate::check::constant::Constant;
use crate::check::types::{FunctionTypeId, Type};
use crate::ir::SharedId;

/// What a function shares with those around it, in the order of its block.
pub(crate) type Captures<'a> = Rc<[Capture<'a>]>;

/// A variable of a function around.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Capture<'a> {
    pub(crate) name: &'a str,
    pub(crate) shared: SharedId,
    /// Its value, when it is known as a number where the function is made.
    pub(crate) literal: Option<Constant>,
}

/// What a shared variable is, once its declaration was looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shared {
    Variable { ty: Type, constant: bool },
    Function(usize),
}

/// The types of a function that is written as an expression.
pub(crate) struct Expected<'a> {
    pub(crate) signature: Signature<'a>,
    /// The type that is wanted here, if the function can have it.
    pub(crate) ty: Option<FunctionTypeId>,
}
