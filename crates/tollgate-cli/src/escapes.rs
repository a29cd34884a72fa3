//! Keeps a guest from controlling the terminal.
//!
//! Text a guest writes may hold escape sequences that set the window title, move the cursor over the report above it, or
//! make the terminal answer as if somebody had typed. On a terminal only characters, line ends and tabs pass; sequences
//! are recognised by the state machine of DEC's VT500 (`anstyle-parse`), which keeps its state over writes: a sequence
//! cut in two is still one sequence. Output to a file or a pipe is not touched.

use std::io::{self, Write};

use anstyle_parse::{DefaultCharAccumulator, Params, Parser, Perform};
use serde_json::Value as Json;
use tollgate_diagnostics::hidden::is_hidden;

/// Passes text on and drops everything that controls the terminal.
pub(crate) struct EscapeFilter<W> {
    inner: W,
    parser: Parser<DefaultCharAccumulator>,
    clean: Clean,
}

impl<W: Write> EscapeFilter<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self {
            inner,
            parser: Parser::<DefaultCharAccumulator>::new(),
            clean: Clean::default(),
        }
    }

    /// How many control characters and sequences were dropped.
    pub(crate) fn dropped(&self) -> u64 {
        self.clean.dropped
    }
}

impl<W: Write> Write for EscapeFilter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            self.parser.advance(&mut self.clean, *byte);
        }
        let text = std::mem::take(&mut self.clean.text);
        self.inner.write_all(text.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A text from outside, fit to be shown in one line: what would control the terminal or is not seen is shown as Rust and
/// JavaScript write it, `\u{1b}`, so that two texts that differ look different.
pub(crate) fn clean(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push(' '),
            '\t' => shown.push(c),
            _ if is_hidden(c) => shown.extend(c.escape_default()),
            _ => shown.push(c),
        }
    }
    shown
}

/// A value as JSON of several lines, in which what is not seen is escaped.
pub(crate) fn json_text(value: &Json) -> String {
    in_json(&format!("{value:#}\n"))
}

/// The same JSON, in which what is not seen is escaped: beyond ASCII there is nothing in it but what stands in texts. JSON itself
/// escapes the first 32 controls alone, and U+009B begins a sequence wherever it is shown later.
pub(crate) fn in_json(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c < '\u{7f}' || !is_hidden(c) {
            shown.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            shown.push_str(&format!("\\u{unit:04x}"));
        }
    }
    shown
}

/// A name from outside in quotation marks, for who decides about it: two names that differ look different, a line end and what
/// is not seen are shown, and where the name ends is seen.
pub(crate) fn quoted(name: &str) -> String {
    let mut shown = String::from("\"");
    for c in name.chars() {
        let is_other_space = c.is_whitespace() && c != ' ';
        if matches!(c, '"' | '\\') || is_other_space || is_hidden(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown.push('"');
    shown
}

/// Text of several lines from outside, each of them fit to be shown.
pub(crate) fn clean_lines(text: &str) -> String {
    text.lines().map(clean).collect::<Vec<_>>().join("\n")
}

/// Control characters, U+0080 to U+009F among them (U+009B starts a sequence); the marks that reorder text or end a line
/// where no line end is seen; and what is not seen at all and can carry a text within a text. They are dropped from what a guest
/// writes, whose joiners and selectors of variants are parts of real scripts and stay.
fn controls(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            // Marks of direction.
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Separators of lines and paragraphs.
            | '\u{2028}' | '\u{2029}'
            // Deprecated formats, annotations, tags, and the mark of byte order.
            | '\u{206a}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' | '\u{feff}'
        )
}

#[derive(Default)]
struct Clean {
    text: String,
    dropped: u64,
}

impl Perform for Clean {
    fn print(&mut self, c: char) {
        if controls(c) {
            self.dropped += 1;
        } else {
            self.text.push(c);
        }
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\n' | b'\t' => self.text.push(char::from(byte)),
            // A line end of other systems. Alone it would let later text overwrite earlier text.
            b'\r' => {}
            _ => self.dropped += 1,
        }
    }

    fn csi_dispatch(&mut self, _: &Params, _: &[u8], _: bool, _: u8) {
        self.dropped += 1;
    }

    fn esc_dispatch(&mut self, _: &[u8], _: bool, _: u8) {
        self.dropped += 1;
    }

    fn osc_dispatch(&mut self, _: &[&[u8]], _: bool) {
        self.dropped += 1;
    }

    fn hook(&mut self, _: &Params, _: &[u8], _: bool, _: u8) {
        self.dropped += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filtered(chunks: &[&[u8]]) -> String {
        let mut filter = EscapeFilter::new(Vec::new());
        for chunk in chunks {
            filter.write_all(chunk).expect("a vector takes everything");
        }
        String::from_utf8(filter.inner).expect("the filter writes text")
    }

    #[test]
    fn control_characters_of_a_message_are_shown_and_do_nothing() {
        assert_eq!(
            clean("a\x1b[31mb\r\u{9b}2J\u{202e}c\0 d\te\nf"),
            r"a\u{1b}[31mb\r\u{9b}2J\u{202e}c\u{0} d".to_owned() + "\te f"
        );
        assert_eq!(clean("größe 日本"), "größe 日本");
    }

    #[test]
    fn marks_that_reorder_or_hide_text_are_shown_and_do_not_pass() {
        for c in [
            '\u{61c}',
            '\u{200e}',
            '\u{200f}',
            '\u{2028}',
            '\u{2029}',
            '\u{202a}',
            '\u{202e}',
            '\u{2066}',
            '\u{2069}',
            '\u{206a}',
            '\u{fff9}',
            '\u{e0041}',
            '\u{feff}',
            '\u{85}',
        ] {
            let text = format!("a{c}b");
            assert_eq!(clean(&text), format!("a{}b", c.escape_default()));
            assert_eq!(filtered(&[text.as_bytes()]), "ab", "{:x}", u32::from(c));
        }
        // In what a guest writes stays what joins letters of real scripts.
        let joined = "\u{200c}\u{200d}\u{fe0f}";
        assert_eq!(filtered(&[joined.as_bytes()]), joined);
    }

    #[test]
    fn what_is_not_seen_is_shown_in_a_message() {
        for c in "\u{200b}\u{200c}\u{200d}\u{ad}\u{2060}\u{fe0f}\u{e0100}\u{180e}\u{3164}\u{2800}"
            .chars()
        {
            assert_eq!(
                clean(&format!("a{c}b")),
                format!("a{}b", c.escape_default())
            );
        }
    }

    #[test]
    fn json_has_the_same_texts_and_nothing_in_it_that_is_not_seen() {
        let value = Json::from("a\u{9b}2J\u{7f}\u{200b}\u{e0041}größe 日本\n\t");
        let text = json_text(&value);
        let text = text.strip_suffix('\n').expect("a line end");
        assert!(!text.chars().any(is_hidden), "{text:?}");
        assert_eq!(text, r#""a\u009b2J\u007f\u200b\udb40\udc41größe 日本\n\t""#);
        assert_eq!(serde_json::from_str::<Json>(text).expect("JSON"), value);
    }

    #[test]
    fn a_quoted_name_shows_what_is_not_seen_and_where_it_ends() {
        assert_eq!(quoted("out/größe 日本"), "\"out/größe 日本\"");
        for c in
            "\n\t\"\\\u{1b}\u{202e}\u{200b}\u{200d}\u{ad}\u{fe0f}\u{e0100}\u{2800}\u{a0}".chars()
        {
            assert_eq!(
                quoted(&format!("a{c}b")),
                format!("\"a{}b\"", c.escape_default())
            );
        }
    }

    #[test]
    fn lines_stay_lines_and_each_is_clean() {
        assert_eq!(
            clean_lines("a\x1b\nb\r\n\nc\u{200f}"),
            "a\\u{1b}\nb\n\nc\\u{200f}"
        );
    }

    #[test]
    fn text_passes_unchanged() {
        assert_eq!(filtered(&["größe\t日本\n".as_bytes()]), "größe\t日本\n");
    }

    #[test]
    fn sequences_that_control_the_terminal_are_dropped() {
        assert_eq!(
            filtered(&[b"a\x1b[31mb\x1b[0m\x1b]0;title\x07c\x1b]8;;u\x1b\\d\x1bP1$q\x1b\\e\x1bcf"]),
            "abcdef"
        );
    }

    #[test]
    fn control_characters_are_dropped_but_line_ends_and_tabs_stay() {
        assert_eq!(filtered(&[b"a\x07\x08b\rc\r\n\td\x7f\x00\n"]), "abc\n\td\n");
    }

    #[test]
    fn eight_bit_controls_cannot_start_a_sequence() {
        let text = filtered(&["x\u{9b}31my".as_bytes(), b"\x9b2J", "\u{202e}z".as_bytes()]);
        assert!(
            !text.chars().any(|c| c.is_control() || c == '\u{202e}'),
            "{text:?}"
        );
    }

    #[test]
    fn a_sequence_cut_in_two_is_still_dropped() {
        assert_eq!(filtered(&[b"a\x1b", b"[3", b"1mb\xc3", b"\xa9"]), "abé");
    }

    #[test]
    fn every_pair_of_bytes_leaves_no_control_character() {
        for first in 0..=255u8 {
            for second in 0..=255u8 {
                let text = filtered(&[&[b'a', first, second, b'[', b'2', b'J', b'\n']]);
                assert!(
                    text.chars()
                        .all(|c| !c.is_control() || c == '\n' || c == '\t'),
                    "{first:#x} {second:#x} gave {text:?}"
                );
            }
        }
    }
}
