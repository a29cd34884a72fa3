//! A call that was let through and has not ended yet.

use super::{
    record::{CallDecision, Draft},
    result::{CallResult, Effect},
};

/// A call that was let through, until it is recorded what it came to. One that is dropped has no result, as is so when its guest is
/// ended in the middle of it.
pub(crate) struct Ongoing {
    pub(super) effect: Effect,
    /// Nothing where nobody records.
    pub(super) draft: Option<Draft>,
}

impl Ongoing {
    /// Returns what is recorded of its end.
    pub(super) fn ended(
        self,
        result: impl FnOnce() -> CallResult,
    ) -> Option<(Draft, CallDecision)> {
        let Self { effect, draft } = self;
        let draft = draft?;
        let result = result();
        Some((draft, CallDecision::Returned { effect, result }))
    }
}
