//! The formatter: one layout for every program, comments kept.
//!
//! It works on the tokens and on the structure the parser noted over them, never on the tree: what is printed is what was
//! written, with other blanks, other separators between entries, and AND, OR, NOT in one spelling. That is why formatting
//! cannot change a program. A text with errors is not formatted.
//!
//! [`tree`] arranges tokens and comments as blocks of entries, [`layout`] prints them, [`spacing`] knows which tokens touch.

mod layout;
mod spacing;
mod tree;

use crate::diagnostic::Diagnostic;
use crate::limits::SourceLimits;
use crate::syntax::parser::parse_within;

/// Characters of a line that lines are broken to keep to. A longer token stays long.
pub(crate) const LINE_WIDTH: usize = 100;
/// Blanks of one level.
pub(crate) const INDENT: usize = 2;

/// Times a text is printed at most. Two are enough for every text known; most take one.
const ROUNDS: usize = 4;

/// Formats a text.
///
/// Lines that were broken can stay broken, and a comment belongs to what it stands before, so the look of a text depends
/// on the look it had: what was printed is printed again until nothing changes.
///
/// # Errors
/// The diagnostics of a text that is not a program; it is left as it is.
///
/// # Example
/// ```
/// let text = "policy \"cheap\" {input{price:int}accept{low:price<=3}}";
/// let formatted = tollgate_ecl::tools::format::format(text).map_err(|errors| format!("{errors:?}"))?;
/// assert!(formatted.starts_with("policy \"cheap\" {\n"));
/// # Ok::<(), String>(())
/// ```
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    let mut before = print(text)?;
    for _ in 1..ROUNDS {
        let after = print(&before)?;
        if after == before {
            break;
        }
        before = after;
    }
    Ok(before)
}

fn print(text: &str) -> Result<String, Vec<Diagnostic>> {
    let parsed = parse_within(0, text, SourceLimits::default());
    if parsed.diagnostics.iter().any(Diagnostic::is_error) {
        return Err(parsed.diagnostics);
    }
    let root = tree::build(text, &parsed);
    Ok(layout::print(text, &parsed, &root))
}

#[cfg(test)]
mod tests;
