//! Every code a diagnostic can have, with its cause, an example and the way out of it.
//!
//! One table per stage: E01xx [`lexer`], E02xx [`parser`], E03xx [`check`] (names and types), E04xx [`evaluation`], E05xx
//! [`bytecode`], and Wxxxx [`lint`]. The tables are what `tollgate ecl explain` prints and what docs/errors.md is made from. A code never changes its meaning;
//! a code that is no longer given stays reserved.

pub mod bytecode;
pub mod check;
pub mod document;
pub mod evaluation;
pub mod lexer;
pub mod lint;
pub mod parser;

pub use tollgate_diagnostics::codes::{Code, Entry, UnknownCode};

/// The tables of all stages in order of codes.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    [
        lexer::TABLE,
        parser::TABLE,
        check::TABLE,
        evaluation::TABLE,
        bytecode::TABLE,
        lint::TABLE,
    ]
    .into_iter()
    .flatten()
}

/// The entry of a code.
#[must_use]
pub fn explain(code: Code) -> Option<&'static Entry> {
    all().find(|e| e.code == code)
}

/// Finds the entry of a code in one of the forms people type: `E0201`, `e0201`, `0201` or `201`.
///
/// # Errors
///
/// When the text is no code of ECL.
pub fn find(text: &str) -> Result<&'static Entry, UnknownCode> {
    tollgate_diagnostics::codes::find(all(), text)
}

/// Declares codes of ECL and their table.
macro_rules! codes {
    ($($table:tt)*) => { tollgate_diagnostics::codes! { 'E'; $($table)* } };
}
use codes;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_ascend_and_no_entry_is_empty() {
        let all: Vec<_> = all().collect();
        for pair in all.windows(2) {
            assert!(
                pair[0].code < pair[1].code,
                "{} {}",
                pair[0].code,
                pair[1].code
            );
        }
        for e in all {
            assert!(
                ![e.title, e.cause, e.example, e.fix].contains(&""),
                "{} has an empty part",
                e.code
            );
        }
    }

    #[test]
    fn codes_are_read_in_the_forms_people_type() {
        for text in ["E0101", "e0101", "0101", "101"] {
            let code = find(text).map(|entry| entry.code);
            assert_eq!(code, Ok(lexer::UNEXPECTED_CHARACTER), "{text}");
        }
        assert!(find("E9999").is_err());
    }
}
