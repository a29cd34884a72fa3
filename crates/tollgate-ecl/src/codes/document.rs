//! The tables as the Markdown page docs/errors.md.

use super::{Entry, bytecode, check, evaluation, lexer, lint, parser};

const HEAD: &str = "# Diagnostics of ECL

<!-- Generated from the tables in crates/tollgate-ecl/src/codes; UPDATE=1 cargo test -p tollgate-ecl rewrites it. -->
<!-- no block runs: each shows one code and is a part of a file -->

Every diagnostic has a code. `tollgate ecl explain E0201` prints the entry of this page. A code keeps its meaning for ever.
";

const PARTS: &[(&str, &[Entry])] = &[
    ("E01xx: characters and tokens", lexer::TABLE),
    ("E02xx: grammar", parser::TABLE),
    ("E03xx: names and types", check::TABLE),
    ("E04xx: evaluation", evaluation::TABLE),
    ("E05xx: compiled policies", bytecode::TABLE),
    ("Wxxxx: lints, warnings of `check`", lint::TABLE),
];

/// The text of docs/errors.md.
#[must_use]
pub fn markdown() -> String {
    tollgate_diagnostics::document::markdown(HEAD, PARTS)
}
