//! Globs that are no globs: without a wildcard, or written as regular expressions.

use super::found::{Lints, warning};
use crate::codes::lint as codes;
use crate::span::Span;
use crate::syntax::ast::{Expr, ExprKind};
use crate::syntax::quote::quoted;

/// Looks at `left matches right`.
pub(super) fn look(left: &Expr, right: &Expr, lints: &mut Lints<'_>) {
    let ExprKind::Str(glob) = &right.kind else {
        return;
    };
    if let Some(part) = regex_part(glob) {
        let text = format!(
            "`{part}` stands for itself in a glob, not for what it means in a regular expression"
        );
        let help = "write `*` for any text, or a regular expression between slashes: `matches /…/`";
        lints.add(warning(codes::REGEX_IN_GLOB, right.span, text).help(help));
    } else if let Some(text) = only_text(glob) {
        let message = format!(
            "{} is the only text that this pattern matches",
            quoted(&text)
        );
        let found = warning(codes::GLOB_WITHOUT_WILDCARD, right.span, message);
        let help = "write `==`, or add a `*` where any text may stand";
        let between = Span {
            start: left.span.end,
            ..right.span
        };
        let between = Span {
            end: right.span.start,
            ..between
        };
        let operator = lints.source(between);
        let found = if operator.trim() == "matches" {
            let blanks = operator.len() - operator.trim_start().len();
            let start = between.start + u32::try_from(blanks).unwrap_or(0);
            let span = Span {
                start,
                ..right.span
            };
            found.fix(help, span, format!("== {}", quoted(&text)))
        } else {
            found.help(help)
        };
        lints.add(found);
    }
}

/// The one text that a glob without wildcards matches. The `?` of a did pattern is no wildcard, but nobody has to know.
fn only_text(glob: &str) -> Option<String> {
    let mut text = String::with_capacity(glob.len());
    let mut characters = glob.chars();
    while let Some(character) = characters.next() {
        match character {
            '*' | '?' => return None,
            '\\' => text.push(characters.next()?),
            other => text.push(other),
        }
    }
    Some(text)
}

/// A part of a glob that only makes sense in a regular expression. What a glob may well have is none: `report.*` is any
/// ending, `10.*.0.1` and `/.*/` name places.
fn regex_part(glob: &str) -> Option<&'static str> {
    let escaped = |at: usize| {
        let before = glob.get(..at).unwrap_or("");
        (before.len() - before.trim_end_matches('\\').len()) % 2 == 1
    };
    let follows = |at: usize, what: fn(char) -> bool| {
        glob.get(at..).is_some_and(|rest| rest.starts_with(what))
    };
    if glob.len() > 1 && glob.starts_with('^') {
        return Some("^");
    }
    if glob.len() > 1 && glob.ends_with('$') && !escaped(glob.len() - 1) {
        return Some("$");
    }
    for (class, shown) in [("\\d", "\\d"), ("\\w", "\\w"), ("\\s", "\\s")] {
        if glob
            .match_indices(class)
            .any(|(at, _)| !escaped(at) && follows(at + 2, |c| "+*?{".contains(c)))
        {
            return Some(shown);
        }
    }
    for class in ["a-z]", "A-Z]", "0-9]"] {
        if glob.contains('[') && glob.contains(class) {
            return Some("[…]");
        }
    }
    if glob.starts_with(".*")
        || glob
            .match_indices(".*")
            .any(|(at, _)| !escaped(at) && follows(at + 2, char::is_alphanumeric))
    {
        return Some(".*");
    }
    if glob
        .match_indices(".+")
        .any(|(at, _)| !escaped(at) && (at == 0 || at + 2 == glob.len()))
    {
        return Some(".+");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_glob_may_well_have_is_no_regular_expression() {
        for glob in [
            "*",
            "*.pem",
            "report.*",
            "10.*.0.1",
            "/home/*/.*",
            "*/.ssh*",
            "a\\*b",
            "C:\\\\data*",
            "v1.*-beta",
            "$HOME/*",
            "[draft]*",
            "c++",
            "a^b*",
            "\\d",
            "",
            "^",
            "$",
            "1.+*",
        ] {
            assert_eq!(regex_part(glob), None, "{glob}");
        }
    }

    #[test]
    fn regular_expressions_are_told_by_their_parts() {
        let cases = [
            ("^/docs*", "^"),
            ("*.pem$", "$"),
            (".*", ".*"),
            (".*secret.*", ".*"),
            ("a.*b", ".*"),
            ("/v\\d+/*", "\\d"),
            ("[a-z]+", "[…]"),
            (".+@example.com", ".+"),
        ];
        for (glob, part) in cases {
            assert_eq!(regex_part(glob), Some(part), "{glob}");
        }
    }

    #[test]
    fn a_glob_without_wildcards_is_one_text() {
        assert_eq!(only_text("a\\*b").as_deref(), Some("a*b"));
        assert_eq!(only_text("").as_deref(), Some(""));
        for glob in ["*", "a?", "\\\\*"] {
            assert_eq!(only_text(glob), None, "{glob}");
        }
    }
}
