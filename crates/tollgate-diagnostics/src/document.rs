//! Tables of codes as a Markdown page, and one entry as text for a terminal.

use std::fmt::Write as _;

use crate::codes::Entry;
use crate::render::neutralize;

/// The text of a page: a head, then each part with its title. Parts without codes are left out.
#[must_use]
pub fn markdown(head: &str, parts: &[(&str, &[Entry])]) -> String {
    let mut out = head.to_owned();
    for (title, table) in parts {
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
    neutralize(&out).into_owned()
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
    neutralize(&out).into_owned()
}

fn write(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _: std::fmt::Result = out.write_fmt(text);
}
