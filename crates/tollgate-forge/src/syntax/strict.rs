//! What modules forbid and the parser lets through: octal numbers and octal escapes.
//!
//! A file is a module, and modules are in strict mode. Tokens are looked at and not trees: a tree can be as deep as a text is
//! long. The words that no name may be are looked for where names are declared.

use tollgate_diagnostics::diagnostic::Diagnostic;
use tollgate_diagnostics::span::Span;

use super::scan::Scanner;
use crate::codes::syntax::SYNTAX;

/// Words that no name of a module may be, and that are names elsewhere.
const RESERVED: &[&str] = &[
    "arguments",
    "await",
    "eval",
    "implements",
    "interface",
    "let",
    "package",
    "private",
    "protected",
    "public",
    "static",
    "yield",
];

/// Whether a word is one of the language and no name.
pub(crate) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// Looks through a file that the scanner can read to its end.
pub(super) fn check(file: u32, text: &str) -> Vec<Diagnostic> {
    let mut scanner = Scanner::new(text);
    let mut found = Vec::new();
    while let Ok(Some(token)) = scanner.next() {
        let word = text.get(token.start..token.end).unwrap_or("");
        let (message, help) = if is_octal(word) {
            let help = "remove the zero, or write `0o` for an octal number";
            ("a number with more digits does not begin with 0", help)
        } else if word.starts_with(['"', '\'']) && has_octal_escape(word) {
            let help = "write `\\x` and two digits, or `\\u` and four";
            ("a module has no octal escapes", help)
        } else {
            continue;
        };
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let span = Span::new(file, place(token.start), place(token.end));
        found.push(Diagnostic::error(SYNTAX, message).at(span, "").help(help));
    }
    found
}

fn is_octal(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next() == Some('0') && chars.next().is_some_and(|c| c.is_ascii_digit())
}

/// Whether a text has a backslash before a digit, but for `\0` alone.
fn has_octal_escape(raw: &str) -> bool {
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            continue;
        }
        match chars.next() {
            Some('0') if !chars.peek().is_some_and(char::is_ascii_digit) => {}
            Some(c) if c.is_ascii_digit() => return true,
            _ => {}
        }
    }
    false
}
