//! Every code a diagnostic can have, with its cause, an example and the way out of it.
//!
//! One table per stage: E01xx [`lexer`], E02xx [`parser`], E03xx [`check`] (names and types), E04xx [`evaluation`], E05xx
//! [`bytecode`]. The tables are what `tollgate ecl explain` prints and what docs/errors.md is made from. A code never changes its meaning;
//! a code that is no longer given stays reserved.

pub mod bytecode;
pub mod check;
pub mod document;
pub mod evaluation;
pub mod lexer;
pub mod parser;

use std::fmt;

/// A diagnostic's code: `E0201` is `Code(201)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub u16);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E{:04}", self.0)
    }
}

impl std::str::FromStr for Code {
    type Err = UnknownCode;

    /// Reads `E0201`, `e0201`, `0201` and `201`; the code must be in the table.
    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        let digits = text.strip_prefix(['E', 'e']).unwrap_or(text);
        digits
            .parse()
            .ok()
            .map(Code)
            .filter(|code| explain(*code).is_some())
            .ok_or_else(|| UnknownCode(text.chars().take(32).collect()))
    }
}

impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The text is no code of a diagnostic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no diagnostic with the code `{0}`")]
pub struct UnknownCode(pub String);

/// What there is to know about a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The code.
    pub code: Code,
    /// A few words.
    pub title: &'static str,
    /// Why it is given.
    pub cause: &'static str,
    /// Source text (or another input, for codes that no source text gives) that gives it.
    pub example: &'static str,
    /// How to get rid of it.
    pub fix: &'static str,
}

/// The tables of all stages in order of codes.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    [
        lexer::TABLE,
        parser::TABLE,
        check::TABLE,
        evaluation::TABLE,
        bytecode::TABLE,
    ]
    .into_iter()
    .flatten()
}

/// The entry of a code.
#[must_use]
pub fn explain(code: Code) -> Option<&'static Entry> {
    all().find(|e| e.code == code)
}

/// Declares codes and their table: `NAME = 101, "title", cause: "…", example: "…", fix: "…";`.
macro_rules! codes {
    ($($name:ident = $number:literal, $title:literal, cause: $cause:literal, example: $example:literal, fix: $fix:literal;)*) => {
        $(
            #[doc = $title]
            pub const $name: $crate::codes::Code = $crate::codes::Code($number);
        )*
        /// The codes of this stage, ascending.
        pub const TABLE: &[$crate::codes::Entry] = &[
            $($crate::codes::Entry {
                code: $name,
                title: $title,
                cause: $cause,
                example: $example,
                fix: $fix,
            },)*
        ];
    };
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
            assert_eq!(text.parse(), Ok(lexer::UNEXPECTED_CHARACTER), "{text}");
        }
        assert!("E9999".parse::<Code>().is_err());
        assert!("".parse::<Code>().is_err());
    }
}
