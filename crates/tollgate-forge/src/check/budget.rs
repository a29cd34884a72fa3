//! What a program may grow to while it is lowered.
//!
//! Most of what is written becomes a few parts of the IR. Some constructs become as many as an object has properties or a function
//! has parameters: spread, the rest of a pattern, parameters with defaults. So parts are counted when they are made, and the walk
//! over the tree goes no further once there are too many. INVARIANT: between two steps of the walk no construct makes more parts
//! than an object may have properties, so that is how far it goes beyond.

use tollgate_diagnostics::span::Span;

use crate::limits::PARTS_MAX;

/// Parts of a variable: itself, and what assigns it.
pub(super) const VARIABLE: usize = 3;

/// Parts of an element of an array.
pub(super) const ELEMENT: usize = 3;

/// Parts of storing a value in something new.
pub(super) const STORE: usize = 4;

/// The parts of the program so far.
#[derive(Debug)]
pub(super) struct Budget {
    pub(super) spent: usize,
    pub(super) max: usize,
    /// The expression or statement that is being lowered.
    pub(super) at: Option<Span>,
}

impl Budget {
    /// Returns the budget of a program whose text has so many bytes.
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            spent: 0,
            max: PARTS_MAX.saturating_add(bytes),
            at: None,
        }
    }

    /// Tells whether nothing more is made.
    pub(super) fn is_spent(&self) -> bool {
        self.spent > self.max
    }

    /// Goes to a place; returns the one around it.
    pub(super) fn enter(&mut self, span: Span) -> Option<Span> {
        self.at.replace(span)
    }

    /// Goes back to the place around.
    pub(super) fn leave(&mut self, around: Option<Span>) {
        self.at = around;
    }
}
