//! The tables as the Markdown page docs/errors.md, and one entry as text for a terminal.

use std::fmt::Write as _;

use super::{Entry, bytecode, check, evaluation, lexer, parser};

const HEAD: &str = "# Diagnostics of ECL

<!-- Generated from the tables in crates/tollgate-ecl/src/codes; UPDATE=1 cargo test -p tollgate-ecl rewrites it. -->

Every diagnostic has a code. `tollgate ecl explain E0201` prints the entry of this page. A code keeps its meaning for ever.
";

const PARTS: &[(&str, &[Entry])] = &[
    ("E01xx: characters and tokens", lexer::TABLE),
    ("E02xx: grammar", parser::TABLE),
    ("E03xx: names and types", check::TABLE),
    ("E04xx: evaluation", evaluation::TABLE),
    ("E05xx: compiled policies", bytecode::TABLE),
];

/// The text of docs/errors.md.
#[must_use]
pub fn markdown() -> String {
    let mut out = HEAD.to_owned();
    for (title, table) in PARTS {
        if table.is_empty() {
            continue;
        }
        write(&mut out, format_args!("\n## {title}\n"));
        for e in *table {
            write(
                &mut out,
                format_args!(
                    "\n### {}: {}\n\n{}\n\n```\n{}\n```\n\n*Fix:* {}\n",
                    e.code,
                    e.title,
                    e.cause,
                    e.example.trim_end(),
                    e.fix
                ),
            );
        }
    }
    crate::render::neutralize(&out).into_owned()
}

/// One entry as text.
#[must_use]
pub fn text(entry: &Entry) -> String {
    let mut out = String::new();
    write(
        &mut out,
        format_args!(
            "{}: {}\n\n{}\n\nExample:\n\n",
            entry.code, entry.title, entry.cause
        ),
    );
    for line in entry.example.lines() {
        write(&mut out, format_args!("    {line}\n"));
    }
    write(&mut out, format_args!("\nFix: {}\n", entry.fix));
    crate::render::neutralize(&out).into_owned()
}

fn write(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _: std::fmt::Result = out.write_fmt(text);
}
