//! Texts as the language writes them: string literals.

use crate::syntax::lexer::{TokenKind, is_hidden, lex};

/// Returns the string literal that stands for a text.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for character in text.chars() {
        match character {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            // What a source text must not have as it is.
            c if is_hidden(c) => literal.extend(c.escape_unicode()),
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

/// Returns a field's name as an expression has it: in quotes unless it is a word.
#[must_use]
pub(crate) fn name(text: &str) -> String {
    if is_word(text) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// Whether a text can stand as a name without quotes.
pub(crate) fn is_word(text: &str) -> bool {
    let tokens = lex(0, text).tokens;
    matches!(tokens.as_slice(), [word, end] if word.kind.is_word() && end.kind == TokenKind::Eof && word.start == 0 && word.end as usize == text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_text_is_one_string_token_without_errors() {
        for text in [
            "",
            "a\"b",
            "\\",
            "x\ny\r\t",
            "\u{0}\u{7f}\u{202e}\u{feff}",
            "Ω/·",
        ] {
            let literal = quoted(text);
            let lexed = lex(0, &literal);
            assert!(lexed.diagnostics.is_empty(), "{literal}");
            assert_eq!(lexed.tokens[0].kind, TokenKind::Str, "{literal}");
            assert_eq!(lexed.tokens[0].end as usize, literal.len(), "{literal}");
        }
    }

    #[test]
    fn a_name_has_quotes_unless_it_is_a_word() {
        for word in ["a", "Ω1", "price_per_kwh", "in", "AND"] {
            assert_eq!(name(word), word);
        }
        for other in [
            "",
            "a.b",
            "app.kubernetes.io/name",
            "1a",
            "a b",
            " a",
            "a ",
            "é",
            "a#",
        ] {
            assert_eq!(name(other), format!("\"{other}\""));
        }
    }
}
