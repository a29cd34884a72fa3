//! Any text is read: no panic, no hang, a bounded number of diagnostics, and places that lie inside the text.

use proptest::prelude::*;

use tollgate_ecl::limits::{DIAGNOSTICS_MAX, SourceLimits};
use tollgate_ecl::render::{Style, render};
use tollgate_ecl::syntax::parser::{parse, parse_within};
use tollgate_ecl::tools::format::format;
use tollgate_ecl::{Bundle, Diagnostic};

use super::mutation;

fn check(text: &str) -> Vec<Diagnostic> {
    let parsed = parse(0, text);
    // Lexer and parser stop at the limit each, with one line that says so.
    assert!(parsed.diagnostics.len() <= 2 * DIAGNOSTICS_MAX + 1);
    for diagnostic in &parsed.diagnostics {
        for label in &diagnostic.labels {
            let (start, end) = (label.span.start as usize, label.span.end as usize);
            assert!(text.get(start..end).is_some(), "{diagnostic:?}");
        }
    }
    let bundle = Bundle::single("a.ecl", text);
    let shown: Vec<_> = parsed.diagnostics.iter().take(5).cloned().collect();
    let rendered = render(&bundle, &shown, Style::Plain);
    assert_eq!(rendered.is_empty(), shown.is_empty());
    assert_eq!(format(text).is_err(), !parsed.diagnostics.is_empty());
    parsed.diagnostics
}

proptest! {
    #![proptest_config(mutation::config(1_000))]

    #[test]
    fn any_characters_are_read(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn broken_programs_are_read(text in mutation::mutated(12)) {
        check(&text);
    }
}

#[test]
fn hundred_thousand_levels_of_anything_end_with_an_error() {
    let openers = [
        "(",
        "[",
        "{",
        "<",
        "a(",
        "a.b(",
        "{ a: ",
        "policy \"p\" {",
        "policy \"p\" { reject { a: ",
        "NOT ",
        "- ",
        "if ",
        "if a then ",
        "match a { _ => ",
        "any x in ",
        "any x in xs: ",
        "a else ",
        "fn f() -> list<",
        "record A { a: list<",
        "A | ",
        "a, ",
        "logic_guard \"g\" { body: | if a { ",
        "logic_guard \"g\" { body { match a { _ => ",
        "1 + ",
        "1 < ",
        "a AND ",
        "a.",
        "a?.",
        "T?",
        "\"",
        "a / ",
        "@ref(",
        "#",
        "test \"t\" { facts { a(",
        "else if a { ",
    ];
    for opener in openers {
        let text = opener.repeat(100_000);
        for text in [
            text.clone(),
            format!("fn f() -> int {{ {text}"),
            format!("policy \"p\" {{ reject {{ {text}"),
        ] {
            let text = text.get(..text.len().min(1 << 20)).unwrap_or("");
            let errors = check(text);
            assert!(!errors.is_empty() || opener == "#", "{opener}");
        }
    }
}

#[test]
fn ten_megabytes_are_refused_unread_and_read_when_allowed() {
    let text = "record A { x: int }\n".repeat(500_000);
    assert_eq!(check(&text)[0].code.to_string(), "E0108");
    let limits = SourceLimits {
        source_bytes_max: 16 << 20,
        ..SourceLimits::default()
    };
    let parsed = parse_within(0, &text, limits);
    assert_eq!(parsed.diagnostics, []);
    assert_eq!(parsed.file.items.len(), 500_000);
}

#[test]
fn huge_tokens_are_an_error_each() {
    for text in [
        "a".repeat(900_000),
        "1".repeat(900_000),
        format!("\"{}\"", "x".repeat(900_000)),
        format!("a matches /{}/", "x".repeat(900_000)),
        format!("\"{}\"", "\\n".repeat(400_000)),
    ] {
        let text = format!("fn f() -> int {{ {text} }}");
        let codes: Vec<String> = check(&text).iter().map(|d| d.code.to_string()).collect();
        assert!(codes.contains(&"E0105".to_owned()), "{codes:?}");
    }
}

#[test]
fn a_list_of_a_hundred_thousand_elements_is_read_and_formatted() {
    let list = "1, ".repeat(100_000);
    assert_eq!(check(&format!("fn f() -> bool {{ x in [{list}] }}")), []);
}
