//! Codes of diagnostics, and what a table says about each: cause, example and the way out.
//!
//! A language has one letter and one table per stage. A code never changes its meaning; a code that is no longer given stays
//! reserved.

use std::fmt;

/// A diagnostic's code: `E0201` is `Code::new('E', 201)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code {
    letter: char,
    number: u16,
}

impl Code {
    /// The code of a language's letter and a number.
    #[must_use]
    pub const fn new(letter: char, number: u16) -> Self {
        Self { letter, number }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:04}", self.letter, self.number)
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

/// Finds the entry that `text` names: `E0201`, `e0201`, `0201` and `201` are the same code.
///
/// # Errors
///
/// When the text is no code, or no entry has it.
pub fn find<'a>(
    mut entries: impl Iterator<Item = &'a Entry>,
    text: &str,
) -> Result<&'a Entry, UnknownCode> {
    let letter = text.chars().next().filter(char::is_ascii_alphabetic);
    let digits = text.get(letter.map_or(0, char::len_utf8)..).unwrap_or("");
    let letter = letter.map(|letter| letter.to_ascii_uppercase());
    let number: Option<u16> = digits.parse().ok();
    let named = |entry: &Entry| {
        Some(entry.code.number) == number && letter.is_none_or(|letter| letter == entry.code.letter)
    };
    entries
        .find(|entry| named(entry))
        .ok_or_else(|| UnknownCode(text.chars().take(32).collect()))
}

/// Declares codes and their table: `'E'; NAME = 101, "title", cause: "…", example: "…", fix: "…";`.
#[macro_export]
macro_rules! codes {
    ($letter:literal; $($name:ident = $number:literal, $title:literal, cause: $cause:literal, example: $example:literal, fix: $fix:literal;)*) => {
        $(
            #[doc = $title]
            pub const $name: $crate::codes::Code = $crate::codes::Code::new($letter, $number);
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

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: Entry = Entry {
        code: Code::new('E', 101),
        title: "first",
        cause: "a",
        example: "b",
        fix: "c",
    };

    #[test]
    fn codes_are_read_in_the_forms_people_type() {
        let entries = [ENTRY];
        let found = |text| find(entries.iter(), text).map(|entry| entry.code);
        for text in ["E0101", "e0101", "0101", "101"] {
            assert_eq!(found(text), Ok(ENTRY.code), "{text}");
        }
        for text in ["E9999", "F0101", "", "E", "é101", "99999999"] {
            assert_eq!(found(text), Err(UnknownCode(text.to_owned())));
        }
    }
}
