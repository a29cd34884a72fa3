//! The findings of one compilation, each said once.
//!
//! A declaration that several programs use is checked for each of them, so the same finding comes up again; it is kept
//! the first time only.

use std::collections::HashSet;

use crate::codes::{Code, parser::TOO_MANY_ERRORS};
use crate::diagnostic::{Diagnostic, Fix, nearest};
use crate::limits::{DIAGNOSTICS_MAX, SUGGESTIONS_MAX};
use crate::span::Span;
use crate::syntax::quote::{is_word, name, quoted};

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
    match nearest(word, known.into_iter().take(SUGGESTIONS_MAX)) {
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
    warnings: usize,
}

impl Reports {
    /// Keeps a finding; beyond [`DIAGNOSTICS_MAX`] errors or warnings it says only that there are more.
    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        let count = if diagnostic.is_error() {
            self.errors
        } else {
            self.warnings
        };
        if count > DIAGNOSTICS_MAX || !self.seen.insert((diagnostic.code, diagnostic.span())) {
            return;
        }
        if count == DIAGNOSTICS_MAX {
            self.push_last(more(&diagnostic));
        } else {
            self.push_last(diagnostic);
        }
    }

    /// Keeps a finding whatever their number.
    pub(super) fn push_last(&mut self, diagnostic: Diagnostic) {
        if diagnostic.is_error() {
            self.errors += 1;
        } else {
            self.warnings += 1;
        }
        self.list.push(diagnostic);
    }

    /// Errors so far.
    pub(super) fn errors(&self) -> usize {
        self.errors
    }

    /// True when more errors are not kept.
    pub(super) fn is_full(&self) -> bool {
        self.errors > DIAGNOSTICS_MAX
    }

    /// In the order of their places. The texts are those of the files.
    pub(super) fn into_list(mut self, texts: &[&str]) -> Vec<Diagnostic> {
        self.list.sort_by_key(Diagnostic::span);
        for fix in self.list.iter_mut().filter_map(|d| d.fix.as_mut()) {
            keep_quotes(fix, texts);
        }
        self.list
    }
}

/// What stands in quotes is replaced by what stands in quotes, and so is a word by a name that is none.
fn keep_quotes(fix: &mut Fix, texts: &[&str]) {
    let text = texts.get(fix.span.file as usize);
    let before = text.and_then(|text| text.get(fix.span.start as usize..fix.span.end as usize));
    let Some(before) = before else { return };
    if before.starts_with('"') {
        fix.replacement = quoted(&fix.replacement);
    } else if is_word(before) {
        fix.replacement = name(&fix.replacement);
    }
}

/// What stands for the findings beyond the limit, at the first of them.
fn more(first: &Diagnostic) -> Diagnostic {
    let help = "repair the first ones; the others often follow from them";
    if first.is_error() {
        error(TOO_MANY_ERRORS, first.span(), "too many errors")
            .note("what follows was not checked")
            .help(help)
    } else {
        warning(TOO_MANY_ERRORS, first.span(), "too many warnings").help(help)
    }
}
