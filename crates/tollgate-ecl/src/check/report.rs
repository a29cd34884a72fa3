//! The findings of one compilation, each said once.
//!
//! A declaration that several programs use is checked for each of them, so the same finding comes up again; it is kept
//! the first time only.

use std::collections::HashSet;

use crate::codes::Code;
use crate::diagnostic::{Diagnostic, nearest};
use crate::span::Span;

/// An error at a place.
pub(super) fn error(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(code, message).at(span, "")
}

/// A warning at a place.
pub(super) fn warning(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::warning(code, message).at(span, "")
}

/// "did you mean `x`?" with the change, or other help when nothing is close.
pub(super) fn suggest<'n>(
    diagnostic: Diagnostic,
    word: &str,
    span: Span,
    known: impl IntoIterator<Item = &'n str>,
    otherwise: impl Into<String>,
) -> Diagnostic {
    match nearest(word, known) {
        Some(found) => diagnostic.fix(format!("did you mean `{found}`?"), span, found),
        None => diagnostic.help(otherwise),
    }
}

/// The findings of one compilation.
#[derive(Debug, Default)]
pub(super) struct Reports {
    list: Vec<Diagnostic>,
    seen: HashSet<(Code, Span)>,
    errors: usize,
}

impl Reports {
    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        if self.seen.insert((diagnostic.code, diagnostic.span())) {
            self.errors += usize::from(diagnostic.is_error());
            self.list.push(diagnostic);
        }
    }

    /// Errors so far.
    pub(super) fn errors(&self) -> usize {
        self.errors
    }

    /// In the order of their places.
    pub(super) fn into_list(mut self) -> Vec<Diagnostic> {
        self.list.sort_by_key(Diagnostic::span);
        self.list
    }
}
