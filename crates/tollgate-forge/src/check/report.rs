//! How an error begins: its code, its words, its place.

use std::collections::BTreeSet;

use oxc_span::GetSpan;
use tollgate_diagnostics::diagnostic::Diagnostic;
use tollgate_diagnostics::span::Span;

use crate::codes::Code;
use crate::limits::SUGGESTIONS_MAX;

/// Returns the place of a node.
pub(super) fn place(file: u32, node: &impl GetSpan) -> Span {
    place_of(file, node.span())
}

pub(super) fn place_of(file: u32, span: oxc_span::Span) -> Span {
    Span::new(file, span.start, span.end)
}

/// What helps where a name is none that is there.
pub(super) const THE_PAGE: &str = "docs/typescript.md lists what there is";

/// Begins an error.
pub(super) fn error(code: Code, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(code, message)
}

/// The names of a table in the order of the alphabet, for [`meant`](super::checker::Checker::meant): the table gives them in an order
/// that is another one each time. Too many are none.
pub(super) fn in_order<'n>(names: impl Iterator<Item = &'n str>) -> impl Iterator<Item = &'n str> {
    let sorted = move || {
        let mut names = names;
        let mut few: BTreeSet<&str> = names.by_ref().take(SUGGESTIONS_MAX).collect();
        if names.next().is_some() {
            few.clear();
        }
        few
    };
    std::iter::once_with(sorted).flatten()
}
