//! Where a text is cut so that an entry or a declaration is gone and what is left reads as if it had never been there.

use crate::span::Span;

/// What is removed with an entry: the comma behind it, and its whole lines when nothing else stands on them, else the blanks
/// that kept it apart.
pub(super) fn removal(text: &str, entry: Span) -> Span {
    let before = text.get(..entry.start as usize).unwrap_or("");
    let after = text.get(entry.end as usize..).unwrap_or("");
    let blanks = |text: &str| text.len() - text.trim_start_matches([' ', '\t']).len();
    let mut end = entry.end as usize;
    let comma = blanks(after);
    if after.get(comma..).is_some_and(|rest| rest.starts_with(',')) {
        end += comma + 1;
    }
    let rest = text.get(end..).unwrap_or("");
    let rest_of_line = blanks(rest);
    let line_end = rest.get(rest_of_line..).unwrap_or("");
    let indent = before.len() - before.trim_end_matches([' ', '\t']).len();
    let line_start = before.len() - indent;
    let begins_line = line_start == 0 || before.as_bytes().get(line_start - 1) == Some(&b'\n');
    let (start, end) = match (begins_line, newline(line_end)) {
        (true, Some(newline)) => (line_start, end + rest_of_line + newline),
        // The blanks before it kept it apart from what is before; those behind it do the same for what follows.
        (_, Some(_)) => (line_start, end),
        (_, None) => (before.len(), end + rest_of_line),
    };
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(entry.file, offset(start), offset(end))
}

/// From the beginning of a place to the end of another one.
pub(super) fn between(first: Span, last: Span) -> Span {
    Span {
        end: last.end,
        ..first
    }
}

/// The bytes of the line end, or of the end of the text, that comes here.
fn newline(text: &str) -> Option<usize> {
    match text.as_bytes() {
        [] => Some(0),
        [b'\n', ..] => Some(1),
        [b'\r', b'\n', ..] => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without(text: &str, entry: &str) -> String {
        let start = text.find(entry).unwrap();
        let span = |at: usize| u32::try_from(at).unwrap();
        let cut = removal(text, Span::new(0, span(start), span(start + entry.len())));
        format!(
            "{}{}",
            &text[..cut.start as usize],
            &text[cut.end as usize..]
        )
    }

    #[test]
    fn an_entry_goes_with_its_comma_and_with_its_line() {
        let cases = [
            ("{\n  a\n  b\n}", "b", "{\n  a\n}"),
            ("{\n  a,\n  b,\n}", "a", "{\n  b,\n}"),
            ("{ a, b, c }", "b", "{ a, c }"),
            ("{ a, b }", "b", "{ a, }"),
            ("{ a  b  c }", "b", "{ a  c }"),
            ("{ b }  # why", "b", "{ }  # why"),
            ("b", "b", ""),
            ("{ a b\n}", "b", "{ a\n}"),
            ("\r\n  b\r\nc", "b", "\r\nc"),
            ("  b # why\n", "b", "  # why\n"),
        ];
        for (text, entry, left) in cases {
            assert_eq!(without(text, entry), left, "{text}");
        }
    }
}
