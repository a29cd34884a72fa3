//! What the lints find.

use super::edit;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// What has been found, and the texts that it was found in.
pub(super) struct Lints<'a> {
    pub(super) texts: Vec<&'a str>,
    pub(super) found: Vec<Diagnostic>,
}

impl<'a> Lints<'a> {
    pub(super) fn add(&mut self, found: Diagnostic) {
        self.found.push(found);
    }

    /// The text of a file.
    pub(super) fn text(&self, file: u32) -> &'a str {
        self.texts.get(file as usize).copied().unwrap_or("")
    }

    /// What stands at a place.
    pub(super) fn source(&self, span: Span) -> &'a str {
        let text = self.text(span.file);
        text.get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }

    /// Help that says to remove an entry or a declaration, with the change.
    pub(super) fn removed(&self, found: Diagnostic, entry: Span, help: &str) -> Diagnostic {
        found.fix(help, edit::removal(self.text(entry.file), entry), "")
    }
}

pub(super) fn warning(code: Code, span: Span, text: impl Into<String>) -> Diagnostic {
    Diagnostic::warning(code, text).at(span, "")
}
