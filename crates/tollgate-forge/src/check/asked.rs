//! What tests ask of values, and how they turn out.

use super::listed::Literal;

/// What a test asks of a value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asked<'a> {
    /// Whether it is this one.
    Equal(Literal<'a>),
    /// Whether it counts as true.
    True,
}

/// How a test turned out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Yes,
    No,
}

/// Whether a value is looked at again, since it may have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    No,
    Again,
}
