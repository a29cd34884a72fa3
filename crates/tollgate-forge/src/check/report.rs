//! How an error begins: its code, its words, its place.

use oxc_span::GetSpan;
use tollgate_diagnostics::diagnostic::Diagnostic;
use tollgate_diagnostics::span::Span;

use crate::codes::Code;

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
