//! What a call may give, and how its arguments are written.

use oxc_ast::ast::{self, Argument, Expression};
use tollgate_diagnostics::span::Span;

use super::types::{ArrayId, Type};

/// What a call may give.
#[derive(Clone, Copy)]
pub(super) struct Takes<'t> {
    pub(super) name: &'t str,
    /// How many arguments it must have.
    pub(super) least: usize,
    /// The types of the parameters.
    pub(super) params: &'t [Type],
    pub(super) span: Span,
}

impl Takes<'_> {
    /// Returns what the rest parameter keeps its arguments in.
    pub(super) fn rest(&self) -> Option<ArrayId> {
        self.params.last()?.rest()
    }

    /// Returns how many parameters take one argument.
    pub(super) fn single(&self) -> usize {
        self.params.len() - usize::from(self.rest().is_some())
    }

    /// Returns how many arguments a call may have.
    pub(super) fn most(&self) -> usize {
        match self.rest() {
            Some(_) => usize::MAX,
            None => self.params.len(),
        }
    }
}

/// Where a method of arrays adds what it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Adds {
    First,
    Last,
    /// Behind a place, which comes first among the arguments.
    Inside,
}

/// Whether an argument is spread.
pub(super) fn spreads(given: &[Argument<'_>]) -> bool {
    let spread = |argument: &Argument<'_>| matches!(argument, Argument::SpreadElement(_));
    given.iter().any(spread)
}

/// An argument of a use whose types are not known yet.
#[derive(Clone, Copy)]
pub(super) enum Written<'a> {
    Single(&'a Expression<'a>),
    Spread(&'a ast::SpreadElement<'a>),
}
