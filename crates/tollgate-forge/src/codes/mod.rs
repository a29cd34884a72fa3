//! Every code a diagnostic of the compiler can have, with its cause, an example and the way out of it.
//!
//! One table per stage: F01xx [`syntax`], F02xx [`unsupported`] constructs, F03xx [`types`] and names, F04xx [`modules`], F09xx
//! the [`program`] as a whole. The tables are what `tollgate build explain` prints and what docs/typescript-errors.md is made from.

pub mod modules;
pub mod program;
pub mod syntax;
pub mod types;
pub mod unsupported;

pub use tollgate_diagnostics::codes::{Code, Entry, UnknownCode};

const HEAD: &str = "# Diagnostics of `tollgate build ts`

<!-- Generated from the tables in crates/tollgate-forge/src/codes; UPDATE=1 cargo test -p tollgate-forge rewrites it. -->
<!-- no block runs: the tests compile each example and look at what is said -->

Every diagnostic has a code. `tollgate build explain F0301` prints the entry of this page. A code keeps its meaning for ever.
";

const PARTS: &[(&str, &[Entry])] = &[
    ("F01xx: text and grammar", syntax::TABLE),
    (
        "F02xx: constructs that are not supported",
        unsupported::TABLE,
    ),
    ("F03xx: names and types", types::TABLE),
    ("F04xx: imports and exports", modules::TABLE),
    ("F09xx: the program as a whole", program::TABLE),
];

/// The tables of all stages in order of codes.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    PARTS.iter().flat_map(|(_, table)| *table)
}

/// Finds the entry of a code in one of the forms people type: `F0301`, `f0301`, `0301` or `301`.
///
/// # Errors
///
/// When the text is no code of the compiler.
pub fn find(text: &str) -> Result<&'static Entry, UnknownCode> {
    tollgate_diagnostics::codes::find(all(), text)
}

/// Returns the text of docs/typescript-errors.md.
#[must_use]
pub fn markdown() -> String {
    tollgate_diagnostics::document::markdown(HEAD, PARTS)
}

/// Declares codes of the compiler and their table.
macro_rules! codes {
    ($($table:tt)*) => { tollgate_diagnostics::codes! { 'F'; $($table)* } };
}
use codes;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_ascend_and_no_entry_is_empty() {
        let all: Vec<_> = all().collect();
        for pair in all.windows(2) {
            assert!(pair[0].code < pair[1].code, "{}", pair[1].code);
        }
        for e in all {
            assert!(
                ![e.title, e.cause, e.example, e.fix].contains(&""),
                "{} has an empty part",
                e.code
            );
        }
    }
}
