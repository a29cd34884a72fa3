//! What somebody asks for as a person is shown it, without what looks like a secret.
//!
//! Who asks chooses the text, and must not choose what is seen of it. So pieces are hidden, and all else is shown as it stands: names
//! that stand twice in an object, and digits of numbers, too. `[redacted]` is always a piece that is hidden: where the text itself
//! says that, it is shown with a backslash more.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde_json::Value as Json;
use tollgate_sandbox::{holds_secret, looks_secret};

/// What stands for what is hidden.
pub(super) const REDACTED: &str = "[redacted]";

/// Returns the text without what looks like a secret: values of JSON by their form and by their names, words of other text.
#[must_use]
pub fn without_secrets(text: &str) -> String {
    let mut shown = Shown::default();
    match is_json(text) {
        true => json(text, &mut shown),
        false => words(text, &mut shown),
    }
    shown.end()
}

/// A text that grows.
#[derive(Default)]
struct Shown(Vec<Piece>);

enum Piece {
    Plain(String),
    Hidden,
}

impl Shown {
    fn show(&mut self, piece: &str) {
        self.0.push(Piece::Plain(piece.to_owned()));
    }

    fn hide(&mut self) {
        self.0.push(Piece::Hidden);
    }

    /// Hides a value of JSON.
    fn hide_value(&mut self) {
        self.show("\"");
        self.hide();
        self.show("\"");
    }

    /// Hides all pieces from this one on, if what they show is a secret only together.
    fn hide_if_secret_from(&mut self, first: usize) {
        let pieces = self.0.iter().skip(first);
        let together: String = pieces.map(Piece::text).collect();
        if holds_secret(&together) {
            self.0.truncate(first);
            self.hide();
        }
    }

    fn end(self) -> String {
        let (mut all, mut plain) = (String::new(), String::new());
        for piece in self.0 {
            match piece {
                Piece::Plain(text) => plain.push_str(&text),
                Piece::Hidden => {
                    all.push_str(&told_apart(&std::mem::take(&mut plain)));
                    all.push_str(REDACTED);
                }
            }
        }
        all + &told_apart(&plain)
    }
}

impl Piece {
    fn text(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Hidden => REDACTED,
        }
    }
}

/// `[redacted]`, and that with backslashes, gets one more.
fn told_apart(plain: &str) -> String {
    let mut told = String::new();
    for piece in plain.split_inclusive('[') {
        let says = piece.trim_start_matches('\\').starts_with("redacted]");
        if says && told.ends_with('[') {
            told.push('\\');
        }
        told.push_str(piece);
    }
    told
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['[', '{', '"'])
        && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// JSON, of which the strings and numbers are looked at one by one.
fn json(mut text: &str, shown: &mut Shown) {
    // Whether the name before this value is that of a secret.
    let mut is_named = false;
    while let Some(first) = text.chars().next() {
        let token = token(text);
        let rest = text.get(token.len()..).unwrap_or_default();
        match first {
            '"' => {
                let said = Said::of(token);
                let is_name = rest.trim_start().starts_with(':');
                if is_named && !is_name {
                    shown.hide_value();
                } else if holds_secret(&said.text) {
                    said.show(shown);
                } else {
                    shown.show(token);
                }
                is_named = is_name && looks_secret(&said.text);
            }
            '-' | '0'..='9' if is_named => {
                shown.hide_value();
                is_named = false;
            }
            _ => {
                shown.show(token);
                is_named &= first == ':' || first.is_whitespace();
            }
        }
        text = rest;
    }
}

/// A string of JSON.
struct Said<'t> {
    text: Cow<'t, str>,
    /// How a piece of the text is written in a string.
    written: fn(&str) -> String,
}

impl<'t> Said<'t> {
    fn of(token: &'t str) -> Self {
        match serde_json::from_str::<String>(token) {
            Ok(text) => Self {
                text: text.into(),
                written: |piece| {
                    let quoted = Json::from(piece).to_string();
                    inside(&quoted).to_owned()
                },
            },
            // Half of a pair of surrogates.
            Err(_) => Self {
                text: inside(token).into(),
                written: str::to_owned,
            },
        }
    }

    /// Shows it as a string, whatever stands in it: what is hidden of it moves no quote.
    fn show(&self, shown: &mut Shown) {
        let mut pieces = Shown::default();
        words(&self.text, &mut pieces);
        shown.show("\"");
        for piece in pieces.0 {
            match piece {
                Piece::Plain(text) => shown.show(&(self.written)(&text)),
                Piece::Hidden => shown.hide(),
            }
        }
        shown.show("\"");
    }
}

/// A string of JSON without its quotes.
fn inside(token: &str) -> &str {
    let token = token.strip_prefix('"').unwrap_or(token);
    token.strip_suffix('"').unwrap_or(token)
}

/// The string or the number that a rest of JSON begins with, or one other character.
fn token(text: &str) -> &str {
    let mut is_escaped = false;
    let end = match text.chars().next() {
        Some('"') => {
            let ends = |(_, c): &(usize, char)| {
                let ends = *c == '"' && !is_escaped;
                is_escaped = *c == '\\' && !is_escaped;
                ends
            };
            text.char_indices().skip(1).find(ends).map(|(at, _)| at + 1)
        }
        Some('-' | '0'..='9') => {
            text.find(|c: char| !matches!(c, '-' | '+' | '.' | 'e' | 'E' | '0'..='9'))
        }
        other => other.map(char::len_utf8),
    };
    text.get(..end.unwrap_or(text.len())).unwrap_or(text)
}

/// Text that is no JSON.
fn words(text: &str, shown: &mut Shown) {
    if !holds_secret(text) {
        return shown.show(text);
    }
    let mut text = text;
    while let Some((before, key)) = text.split_once("-----BEGIN ") {
        words_without_keys(before, shown);
        shown.hide();
        let after = key.split_once("-----END ").map(|(_, after)| after);
        let after = after.and_then(|after| after.split_once("-----"));
        text = after.map_or("", |(_, after)| after);
    }
    words_without_keys(text, shown);
}

fn words_without_keys(text: &str, shown: &mut Shown) {
    if !holds_secret(text) {
        return shown.show(text);
    }
    let first = shown.0.len();
    let mut text = text;
    // The scheme of a header and the word after it are a secret together; what comes then is none of it.
    if let Some((_, rest)) = header(text) {
        shown.hide();
        text = rest;
    }
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end_matches(char::is_whitespace);
        parts(word, shown);
        shown.show(piece.get(word.len()..).unwrap_or_default());
    }
    // The words of a wallet.
    shown.hide_if_secret_from(first);
}

/// The scheme and the word after it, where a text is the value of a header that says who asks; and the rest.
fn header(text: &str) -> Option<(&str, &str)> {
    let begin = text.len() - text.trim_start().len();
    let space = text.get(begin..)?.find(' ')? + begin;
    let word = text.get(space..)?.find(|c: char| !c.is_whitespace())? + space;
    let length = text.get(word..)?.find(char::is_whitespace);
    let scheme = text.get(begin..space)?;
    // The scheme makes it one, whatever the word is.
    (!holds_secret(scheme) && holds_secret(&format!("{scheme} x"))).then_some(())?;
    text.split_at_checked(word + length.unwrap_or(text.len() - word))
}

/// A word without spaces. Where quotes part what is a secret together, all of it is hidden.
fn parts(word: &str, shown: &mut Shown) {
    let first = shown.0.len();
    let is_apart = |c: char| "\"'`".contains(c);
    for piece in word.split_inclusive(is_apart) {
        let part = piece.trim_end_matches(is_apart);
        match part.contains("://") {
            true => hidden_if_secret(part, shown),
            false => members(part, shown),
        }
        shown.show(piece.get(part.len()..).unwrap_or_default());
    }
    shown.hide_if_secret_from(first);
}

/// A word that is no URL, whose members are looked at one by one.
fn members(word: &str, shown: &mut Shown) {
    let is_apart = |c: char| ",;&()[]{}<>".contains(c);
    for piece in word.split_inclusive(is_apart) {
        let member = piece.trim_end_matches(is_apart);
        hidden_if_secret(member, shown);
        shown.show(piece.get(member.len()..).unwrap_or_default());
    }
}

fn hidden_if_secret(word: &str, shown: &mut Shown) {
    match holds_secret(word) {
        true => shown.hide(),
        false => shown.show(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "ghp_0123456789abcdefghijABCDEFGHIJ";

    #[test]
    fn pieces_are_hidden_and_all_else_is_shown_as_it_stands() {
        for (text, expected) in [
            ("data/a.txt", "data/a.txt"),
            (TOKEN, REDACTED),
            ("[\"bob\", 5]", "[\"bob\", 5]"),
            ("\"bob\"", "\"bob\""),
            (
                &format!("[\"bob\",\"{TOKEN}\",1.00]"),
                "[\"bob\",\"[redacted]\",1.00]",
            ),
            (
                &format!("pay mallory 1000 with {TOKEN}, now"),
                "pay mallory 1000 with [redacted], now",
            ),
            (
                &format!("{{\"to\":\"bob\",\"to\":\"mallory\",\"{TOKEN}\":1}}"),
                "{\"to\":\"bob\",\"to\":\"mallory\",\"[redacted]\":1}",
            ),
            (
                "[{\"password\" : \"x\",\"to\":\"bob\"}]",
                "[{\"password\" : \"[redacted]\",\"to\":\"bob\"}]",
            ),
            (
                "[{\"pin\":-1.5e3,\"to\":12345678901234567890123}]",
                "[{\"pin\":\"[redacted]\",\"to\":12345678901234567890123}]",
            ),
            ("[{\"pin\":[7],\"n\":7}]", "[{\"pin\":[7],\"n\":7}]"),
            ("[[\"https:\\/\\/u:p@example.org\"]]", "[[\"[redacted]\"]]"),
            (
                "host=db password=hunter2;to=mallory",
                "host=db [redacted];to=mallory",
            ),
            (
                "a -----BEGIN X-----\nabc\n-----END X----- pay mallory",
                "a [redacted] pay mallory",
            ),
            ("a -----BEGIN X-----\nabc", "a [redacted]"),
            (
                &"-----BEGIN X-----END X-----".repeat(100_000),
                &REDACTED.repeat(100_000),
            ),
            // What is a secret only together with what stands elsewhere hides nothing there.
            (
                "{\"to\":\"mallory\",\"pass\":[1],\"x\":\"a=b\"}",
                "{\"to\":\"mallory\",\"pass\":[1],\"x\":\"a=b\"}",
            ),
            (
                "pay mallory 1000 pass,x=1 now",
                "pay mallory 1000 [redacted] now",
            ),
            ("pay mallory pass\"x=1 now", "pay mallory [redacted] now"),
            // A string stays one string.
            (
                &format!("[\"x\\\",\\\"to\\\":\\\"bob {TOKEN}\\n\",5]"),
                "[\"x\\\",\\\"to\\\":\\\"bob [redacted]\\n\",5]",
            ),
            (
                &format!("[\"\\ud800 {TOKEN}\"]"),
                "[\"\\ud800 [redacted]\"]",
            ),
            (
                "[\"half \\ud800\", \"quote \\\"\"]",
                "[\"half \\ud800\", \"quote \\\"\"]",
            ),
        ] {
            assert_eq!(without_secrets(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_a_secret_by_more_than_one_word_is_hidden_and_no_more() {
        let wallet = "abandon ".repeat(12);
        let wallet = wallet.trim_end();
        for (text, expected) in [
            (wallet, REDACTED),
            (&*format!("[\"{wallet}\", 5]"), "[\"[redacted]\", 5]"),
            ("Bearer abcdef", REDACTED),
            ("basic  abcdef pay mallory", "[redacted] pay mallory"),
            ("pay bearer mallory", "pay bearer mallory"),
            (
                &*format!("bearer {TOKEN} pay mallory"),
                "[redacted] pay mallory",
            ),
            (&*format!("{TOKEN} pay mallory"), "[redacted] pay mallory"),
            (
                &*format!("token {TOKEN} pay mallory"),
                "token [redacted] pay mallory",
            ),
        ] {
            assert_eq!(without_secrets(text), expected, "{text}");
        }
    }

    #[test]
    fn what_says_itself_that_it_is_hidden_is_told_apart() {
        for (text, expected) in [
            ("[redacted]", "[\\redacted]"),
            ("[[redacted]]", "[[\\redacted]]"),
            ("[\\\\redacted]", "[\\\\\\redacted]"),
            ("[\"[redacted]\"]", "[\"[\\redacted]\"]"),
            ("[redacted", "[redacted"),
            (&format!("[redacted] {TOKEN}"), "[\\redacted] [redacted]"),
        ] {
            assert_eq!(without_secrets(text), expected, "{text}");
        }
    }
}
