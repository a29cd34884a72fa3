//! The types of a function.

use oxc_ast::ast::{self, BindingPattern};

use crate::check::types::{ArrayId, Type};

/// The types of a function.
#[derive(Debug, Clone)]
pub(crate) struct Signature<'a> {
    pub(crate) params: Vec<Param<'a>>,
    /// What is given behind the parameters, and not looked at.
    pub(crate) ignored: Vec<Type>,
    /// `None` as long as it is not inferred.
    pub(crate) result: Option<Type>,
    /// Some type is wrong, which is reported: calls are not looked at.
    pub(crate) broken: bool,
}

/// A parameter.
#[derive(Debug, Clone)]
pub(crate) struct Param<'a> {
    /// The name, or the first one in a pattern.
    pub(crate) name: &'a str,
    pub(crate) pattern: &'a BindingPattern<'a>,
    pub(crate) ty: Type,
    /// Its place in the list.
    pub(crate) at: usize,
    /// A call may leave it out.
    pub(crate) has_default: bool,
    /// What takes the place of `undefined` where the function begins.
    pub(crate) default: Option<&'a ast::Expression<'a>>,
    /// Its type has `undefined` by itself: the default may be that, too.
    pub(crate) keeps_undefined: bool,
}

impl Signature<'_> {
    /// Returns how many arguments a call must have.
    pub(crate) fn required(&self) -> usize {
        let last = self.params.iter().rposition(|p| !p.has_default);
        last.map_or(0, |at| at + 1)
    }

    /// Returns what the rest parameter keeps its arguments in, which is the last.
    pub(crate) fn rest(&self) -> Option<ArrayId> {
        self.params.last().and_then(|param| param.ty.rest())
    }
}
