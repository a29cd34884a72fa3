//! The steps of comparing rules, counted so that their sum has a bound.

use std::cell::Cell;
use std::rc::Rc;

/// The steps that are left for all comparisons of a bundle.
#[derive(Debug, Clone)]
pub(in crate::tools::lint) struct Steps(Rc<Cell<u64>>);

impl Steps {
    pub(in crate::tools::lint) fn new(steps: u64) -> Self {
        Self(Rc::new(Cell::new(steps)))
    }

    /// Spends steps; false when there are not so many left.
    pub(super) fn spend(&self, steps: usize) -> bool {
        let left = self.0.get().checked_sub(steps as u64 + 1);
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }
}
