//! Text → tokens, in one pass over the bytes.
//!
//! Blanks and line ends are not tokens: a token knows whether a line ended before it, which is all the grammar asks.
//! Comments go to a list of their own for the formatter. What forms no token is reported and left out, so the parser
//! never sees it. A number ends before its unit; `5km` is a number and a name that touch.

use crate::codes::lexer as codes;
use crate::diagnostic::Diagnostic;
use crate::limits::{IDENT_BYTES_MAX, NUMBER_BYTES_MAX, TEXT_BYTES_MAX};
use crate::span::Span;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// The end of the text.
    Eof,
    /// A run of characters that form no token; reported already.
    Error,
    /// A name that is not reserved.
    Ident,
    /// Digits, fraction, exponent.
    Number,
    /// `"…"`
    Str,
    /// `/…/` after `matches`
    Regex,
    /// `AND`, `&&`
    And,
    /// `OR`, `||`
    Or,
    /// `NOT`, `!`
    Not,
    /// `in`
    In,
    /// `matches`
    Matches,
    /// `conforms_to`
    ConformsTo,
    /// `has_credential`
    HasCredential,
    /// `if`
    If,
    /// `then`
    Then,
    /// `else`
    Else,
    /// `match`
    Match,
    /// `let`
    Let,
    /// `true`
    True,
    /// `false`
    False,
    /// `none`
    None,
    /// `{`
    OpenBrace,
    /// `}`
    CloseBrace,
    /// `(`
    OpenParen,
    /// `)`
    CloseParen,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// `,`
    Comma,
    /// `:`
    Colon,
    /// `.`
    Dot,
    /// `?.`
    QuestionDot,
    /// `..`
    DotDot,
    /// `?`
    Question,
    /// `|`
    Pipe,
    /// `=`
    Assign,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `+`
    Plus,
    /// `++`
    PlusPlus,
    /// `-`
    Minus,
    /// `*`
    Star,
    /// `/`
    Slash,
    /// `%`
    Percent,
    /// `=>`
    FatArrow,
    /// `->`
    Arrow,
    /// `@`
    At,
}

impl TokenKind {
    /// True for names and for reserved words.
    #[must_use]
    pub fn is_word(self) -> bool {
        use TokenKind as T;
        matches!(
            self,
            T::Ident
                | T::And
                | T::Or
                | T::Not
                | T::In
                | T::Matches
                | T::ConformsTo
                | T::HasCredential
                | T::If
                | T::Then
                | T::Else
                | T::Match
                | T::Let
                | T::True
                | T::False
                | T::None
        )
    }
}

/// A token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// True when a line ended between the token before and this one.
    pub line_before: bool,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A comment, its line end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comment {
    /// First byte, the `#` or the first `/`.
    pub start: u32,
    /// One past the last byte that is not blank.
    pub end: u32,
}

/// What the lexer found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lexed {
    /// The tokens; the last one is [`TokenKind::Eof`].
    pub tokens: Vec<Token>,
    /// The comments in order.
    pub comments: Vec<Comment>,
    /// What forms no token.
    pub diagnostics: Vec<Diagnostic>,
}

/// Splits a text into tokens. `file` goes into the spans of diagnostics. Texts of 4 GiB and more are cut there; the parser refuses far shorter
/// ones.
#[must_use]
pub fn lex(file: u32, text: &str) -> Lexed {
    let mut lexer = Lexer {
        file,
        text,
        bytes: text.as_bytes(),
        pos: 0,
        line_before: true,
        // A token every five bytes is typical; the vector grows when it is more.
        out: Lexed {
            tokens: Vec::with_capacity(text.len() / 5 + 8),
            ..Lexed::default()
        },
    };
    if text.starts_with('\u{feff}') {
        lexer.pos = 3;
    }
    lexer.run();
    lexer.out
}

struct Lexer<'a> {
    file: u32,
    text: &'a str,
    bytes: &'a [u8],
    pos: usize,
    line_before: bool,
    out: Lexed,
}

impl Lexer<'_> {
    fn run(&mut self) {
        while let Some(byte) = self.peek(0) {
            match byte {
                b'\n' => {
                    self.line_before = true;
                    self.pos += 1;
                }
                b' ' | b'\t' | b'\r' => self.pos += 1,
                b'#' => self.comment(),
                b'/' if self.peek(1) == Some(b'/') => self.comment(),
                b'/' if self.last_kind() == Some(TokenKind::Matches) => self.regex(),
                b'"' => self.string(),
                b'0'..=b'9' => self.number(),
                _ if is_ident_start(byte) || self.at_omega() => self.word(),
                _ => self.symbol(byte),
            }
        }
        let end = self.pos;
        self.push(TokenKind::Eof, end, end);
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.pos + ahead).copied()
    }

    fn last_kind(&self) -> Option<TokenKind> {
        self.out.tokens.last().map(|t| t.kind)
    }

    fn push(&mut self, kind: TokenKind, start: usize, end: usize) {
        self.out.tokens.push(Token {
            kind,
            line_before: std::mem::take(&mut self.line_before),
            start: offset(start),
            end: offset(end),
        });
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, offset(start), offset(end))
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        if self.out.diagnostics.len() < crate::limits::DIAGNOSTICS_MAX {
            self.out.diagnostics.push(diagnostic);
        }
    }

    /// Ω is the sixth component of a trust vector and the only letter outside ASCII in names: look-alikes would let a
    /// policy name one thing and show another.
    fn at_omega(&self) -> bool {
        self.peek(0) == Some(0xce) && self.peek(1) == Some(0xa9)
    }

    fn comment(&mut self) {
        let start = self.pos;
        let rest = self.bytes.get(start..).unwrap_or_default();
        let length = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
        self.pos += length;
        self.report_hidden(start, self.pos);
        let text = self.text.get(start..self.pos).unwrap_or("").trim_end();
        self.out.comments.push(Comment {
            start: offset(start),
            end: offset(start + text.len()),
        });
    }

    fn word(&mut self) {
        let start = self.pos;
        loop {
            match self.peek(0) {
                Some(b) if is_ident_continue(b) => self.pos += 1,
                Some(_) if self.at_omega() => self.pos += 2,
                _ => break,
            }
        }
        let end = self.pos;
        if end - start > IDENT_BYTES_MAX {
            self.report_too_long("name", start, end, IDENT_BYTES_MAX);
        }
        let kind = keyword(self.bytes.get(start..end).unwrap_or_default());
        self.push(kind, start, end);
    }

    fn number(&mut self) {
        let start = self.pos;
        let mut good = self.digits();
        if self.peek(0) == Some(b'.') && self.peek(1).is_some_and(|b| b.is_ascii_digit()) {
            self.pos += 1;
            good &= self.digits();
        } else if self.peek(0) == Some(b'.') && !self.peek(1).is_some_and(is_ident_start) {
            self.pos += 1;
            good = false;
        }
        let sign = usize::from(matches!(self.peek(1), Some(b'+' | b'-')));
        if matches!(self.peek(0), Some(b'e' | b'E'))
            && self.peek(1 + sign).is_some_and(|b| b.is_ascii_digit())
        {
            self.pos += 1 + sign;
            good &= self.digits();
        }
        let hexadecimal = self.bytes.get(start..self.pos) == Some(b"0")
            && matches!(self.peek(0), Some(b'x' | b'X'));
        if hexadecimal {
            while self.peek(0).is_some_and(is_ident_continue) {
                self.pos += 1;
            }
            good = false;
        }
        let end = self.pos;
        if !good {
            let text = shorten(self.text.get(start..end).unwrap_or(""));
            let diagnostic = Diagnostic::error(codes::BAD_NUMBER, format!("malformed number `{text}`"))
                .at(self.span(start, end), "")
                .help("write digits, optionally `.` and digits, optionally an exponent: `1_000`, `0.50`, `1e3`");
            self.report(diagnostic);
        } else if end - start > NUMBER_BYTES_MAX {
            self.report_too_long("number", start, end, NUMBER_BYTES_MAX);
        }
        self.push(TokenKind::Number, start, end);
    }

    /// Takes digits with single `_` between them; false when a `_` stands elsewhere.
    fn digits(&mut self) -> bool {
        let mut good = true;
        while let Some(byte) = self.peek(0) {
            match byte {
                b'0'..=b'9' => {}
                b'_' if self.peek(1).is_some_and(|b| b.is_ascii_digit()) => {}
                b'_' if self.peek(1) == Some(b'_') => good = false,
                b'_' if !self.peek(1).is_some_and(is_ident_continue) => good = false,
                _ => break,
            }
            self.pos += 1;
        }
        good
    }

    fn string(&mut self) {
        let start = self.pos;
        self.pos += 1;
        let closed = loop {
            match self.peek(0) {
                None | Some(b'\n') => break false,
                Some(b'"') => {
                    self.pos += 1;
                    break true;
                }
                Some(b'\\') => self.escape(),
                Some(_) => self.pos += 1,
            }
        };
        let mut end = self.pos;
        if !closed && self.bytes.get(end.wrapping_sub(1)) == Some(&b'\r') && end > start + 1 {
            end -= 1;
        }
        if !closed {
            let diagnostic = Diagnostic::error(codes::UNTERMINATED_STRING, "unterminated string")
                .at(
                    self.span(start, end),
                    "it has no closing quote on this line",
                )
                .help("close the string with `\"`; a line break inside is written `\\n`");
            self.report(diagnostic);
        }
        if end - start > TEXT_BYTES_MAX {
            self.report_too_long("string", start, end, TEXT_BYTES_MAX);
        }
        self.report_hidden(start, end);
        self.push(TokenKind::Str, start, end);
    }

    /// Takes a backslash and what belongs to it.
    fn escape(&mut self) {
        let start = self.pos;
        let rest = self.text.get(start..).unwrap_or("");
        let (length, value) = read_escape(rest);
        self.pos += length;
        if value.is_none() {
            let text = shorten(self.text.get(start..self.pos).unwrap_or(""));
            let diagnostic = Diagnostic::error(codes::UNKNOWN_ESCAPE, format!("unknown escape `{text}`"))
                .at(self.span(start, self.pos), "")
                .help("the escapes are `\\\"`, `\\\\`, `\\/`, `\\n`, `\\r`, `\\t` and `\\u{…}`; a backslash is written `\\\\`");
            self.report(diagnostic);
        }
    }

    fn regex(&mut self) {
        let start = self.pos;
        self.pos += 1;
        let closed = loop {
            match self.peek(0) {
                None | Some(b'\n') => break false,
                Some(b'/') => {
                    self.pos += 1;
                    break true;
                }
                Some(b'\\') if !matches!(self.peek(1), None | Some(b'\n')) => self.pos += 2,
                Some(_) => self.pos += 1,
            }
        };
        let end = self.pos;
        if !closed {
            let diagnostic =
                Diagnostic::error(codes::UNTERMINATED_REGEX, "unterminated regular expression")
                    .at(self.span(start, end), "it has no closing `/` on this line")
                    .help("close it with `/`; a `/` inside is written `\\/`");
            self.report(diagnostic);
        }
        if end - start > TEXT_BYTES_MAX {
            self.report_too_long("regular expression", start, end, TEXT_BYTES_MAX);
        }
        self.report_hidden(start, end);
        self.push(TokenKind::Regex, start, end);
    }

    fn symbol(&mut self, byte: u8) {
        use TokenKind as T;
        let next = self.peek(1);
        let (kind, length) = match (byte, next) {
            (b'&', Some(b'&')) => (T::And, 2),
            (b'|', Some(b'|')) => (T::Or, 2),
            (b'!', Some(b'=')) => (T::Ne, 2),
            (b'=', Some(b'=')) => (T::Eq, 2),
            (b'=', Some(b'>')) => (T::FatArrow, 2),
            (b'<', Some(b'=')) => (T::Le, 2),
            (b'>', Some(b'=')) => (T::Ge, 2),
            (b'-', Some(b'>')) => (T::Arrow, 2),
            (b'+', Some(b'+')) => (T::PlusPlus, 2),
            (b'?', Some(b'.')) => (T::QuestionDot, 2),
            (b'.', Some(b'.')) => (T::DotDot, 2),
            (b'{', _) => (T::OpenBrace, 1),
            (b'}', _) => (T::CloseBrace, 1),
            (b'(', _) => (T::OpenParen, 1),
            (b')', _) => (T::CloseParen, 1),
            (b'[', _) => (T::OpenBracket, 1),
            (b']', _) => (T::CloseBracket, 1),
            (b',', _) => (T::Comma, 1),
            (b':', _) => (T::Colon, 1),
            (b'.', _) => (T::Dot, 1),
            (b'?', _) => (T::Question, 1),
            (b'|', _) => (T::Pipe, 1),
            (b'!', _) => (T::Not, 1),
            (b'=', _) => (T::Assign, 1),
            (b'<', _) => (T::Lt, 1),
            (b'>', _) => (T::Gt, 1),
            (b'+', _) => (T::Plus, 1),
            (b'-', _) => (T::Minus, 1),
            (b'*', _) => (T::Star, 1),
            (b'/', _) => (T::Slash, 1),
            (b'%', _) => (T::Percent, 1),
            (b'@', _) => (T::At, 1),
            _ => return self.unexpected(),
        };
        let start = self.pos;
        self.pos += length;
        self.push(kind, start, start + length);
    }

    /// Reports a run of characters that begin no token, once.
    fn unexpected(&mut self) {
        let start = self.pos;
        let rest = self.text.get(start..).unwrap_or("");
        let mut length = 0;
        let mut first = None;
        for c in rest.chars() {
            let begins_token = c == '\n' || (c.is_ascii() && !is_stray(c)) || c == 'Ω';
            if begins_token {
                break;
            }
            first.get_or_insert(c);
            length += c.len_utf8();
        }
        // At least one byte, or the lexer would not move.
        self.pos += length.max(1);
        self.push(TokenKind::Error, start, self.pos);
        let Some(first) = first else { return };
        let shown = if first.is_control() {
            first.escape_unicode().to_string()
        } else {
            first.to_string()
        };
        let mut diagnostic = Diagnostic::error(
            codes::UNEXPECTED_CHARACTER,
            format!("unexpected character `{shown}`"),
        )
        .at(self.span(start, self.pos), "no token begins with it");
        diagnostic.help = match first {
            '\'' | '`' | '“' | '”' | '„' | '‘' | '’' => {
                Some("strings are written between double quotes `\"`".to_owned())
            }
            '&' => Some("write `&&` or `AND`".to_owned()),
            ';' => Some("entries are separated by line ends or commas".to_owned()),
            '≤' => Some("write `<=`".to_owned()),
            '≥' => Some("write `>=`".to_owned()),
            '≠' => Some("write `!=`".to_owned()),
            '€' => Some("write the currency after the amount: `0.50 EUR`".to_owned()),
            '$' => Some("write the currency after the amount: `0.50 USD`".to_owned()),
            c if c.is_alphabetic() => {
                Some("names consist of ASCII letters, digits and `_`".to_owned())
            }
            _ => None,
        };
        self.report(diagnostic);
    }

    fn report_too_long(&mut self, what: &str, start: usize, end: usize, max: usize) {
        let length = end - start;
        let diagnostic = Diagnostic::error(
            codes::TOKEN_TOO_LONG,
            format!("this {what} is {length} bytes long, {max} are allowed"),
        )
        // The start is enough to find it; underlining all of it would print it.
        .at(self.span(start, start), "it begins here");
        self.report(diagnostic);
    }

    /// Reports control and direction characters in a comment or string.
    fn report_hidden(&mut self, start: usize, end: usize) {
        let text = self.text.get(start..end).unwrap_or("");
        if text.bytes().all(|b| (b' '..0x7f).contains(&b)) {
            return;
        }
        let end_of_line = text.trim_end_matches('\r').len();
        let hidden = text
            .char_indices()
            .find(|(i, c)| is_hidden(*c) && *i < end_of_line);
        if let Some((i, c)) = hidden {
            let at = start + i;
            let diagnostic = Diagnostic::error(
                codes::HIDDEN_CHARACTER,
                format!("invisible control character `{}`", c.escape_unicode()),
            )
            .at(self.span(at, at + c.len_utf8()), "it is here")
            .help("remove it, or write it as an escape in a string");
            self.report(diagnostic);
        }
    }
}

/// The value of a string literal as written, quotes included. Wrong escapes, already reported, are dropped.
#[must_use]
pub(crate) fn unescape(literal: &str) -> String {
    let inner = literal.strip_prefix('"').unwrap_or(literal);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    if !inner.contains('\\') {
        return inner.to_owned();
    }
    let mut value = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(i) = rest.find('\\') {
        value.push_str(rest.get(..i).unwrap_or(""));
        rest = rest.get(i..).unwrap_or("");
        let (length, c) = read_escape(rest);
        value.extend(c);
        rest = rest.get(length..).unwrap_or("");
    }
    value.push_str(rest);
    value
}

/// Reads the escape at the start of `text`: its length in bytes, and the character it stands for.
fn read_escape(text: &str) -> (usize, Option<char>) {
    let Some(c) = text.chars().nth(1) else {
        return (text.len().min(1), None);
    };
    let value = match c {
        '"' | '\\' | '/' => Some(c),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'u' => return read_unicode_escape(text),
        // The line end belongs to the line, not to the escape.
        '\n' | '\r' => return (1, None),
        _ => None,
    };
    (1 + c.len_utf8(), value)
}

/// `\u{1F4A1}`: one to six hexadecimal digits.
fn read_unicode_escape(text: &str) -> (usize, Option<char>) {
    let Some(digits) = text.strip_prefix("\\u{") else {
        return (2, None);
    };
    let length = digits
        .bytes()
        .take(7)
        .take_while(u8::is_ascii_hexdigit)
        .count();
    let value = digits
        .get(..length)
        .filter(|_| (1..=6).contains(&length) && digits.as_bytes().get(length) == Some(&b'}'))
        .and_then(|d| u32::from_str_radix(d, 16).ok())
        .and_then(char::from_u32);
    let closing = usize::from(digits.as_bytes().get(length) == Some(&b'}'));
    (3 + length + closing, value)
}

fn keyword(word: &[u8]) -> TokenKind {
    use TokenKind as T;
    match word {
        b"in" => T::In,
        b"matches" => T::Matches,
        b"conforms_to" => T::ConformsTo,
        b"has_credential" => T::HasCredential,
        b"if" => T::If,
        b"then" => T::Then,
        b"else" => T::Else,
        b"match" => T::Match,
        b"let" => T::Let,
        b"true" => T::True,
        b"false" => T::False,
        b"none" => T::None,
        _ if word.eq_ignore_ascii_case(b"and") => T::And,
        _ if word.eq_ignore_ascii_case(b"or") => T::Or,
        _ if word.eq_ignore_ascii_case(b"not") => T::Not,
        _ => T::Ident,
    }
}

fn is_ident_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

fn is_ident_continue(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// ASCII that begins no token.
fn is_stray(c: char) -> bool {
    matches!(c, '\'' | '`' | ';' | '$' | '^' | '~' | '\\' | '&')
        || (c.is_ascii_control() && !matches!(c, '\t' | '\r' | '\n'))
}

/// Control characters but the tab, and those that reorder text or cannot be seen.
pub(crate) fn is_hidden(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn shorten(text: &str) -> String {
    if text.chars().nth(40).is_none() {
        return text.to_owned();
    }
    text.chars().take(40).chain(['…']).collect()
}

fn offset(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<TokenKind> {
        let lexed = lex(0, text);
        assert_eq!(lexed.diagnostics, [], "{text}");
        lexed.tokens.iter().map(|t| t.kind).collect()
    }

    fn codes_of(text: &str) -> Vec<String> {
        let lexed = lex(0, text);
        lexed
            .diagnostics
            .iter()
            .map(|d| d.code.to_string())
            .collect()
    }

    #[test]
    fn logic_words_are_read_in_any_case_and_as_symbols() {
        use TokenKind as T;
        assert_eq!(
            kinds("AND and And && OR || NOT !"),
            [
                T::And,
                T::And,
                T::And,
                T::And,
                T::Or,
                T::Or,
                T::Not,
                T::Not,
                T::Eof
            ]
        );
        assert_eq!(kinds("IN Matches"), [T::Ident, T::Ident, T::Eof]);
    }

    #[test]
    fn a_number_ends_before_its_unit() {
        use TokenKind as T;
        for text in ["5km", "0.50 EUR", "1_000m", "2e3s", "1.5E-3kg"] {
            assert_eq!(kinds(text), [T::Number, T::Ident, T::Eof], "{text}");
        }
        assert_eq!(kinds("1e3"), [T::Number, T::Eof]);
    }

    #[test]
    fn malformed_numbers_are_one_error_each() {
        for text in ["1.", "1__0", "1_", "0x1F"] {
            assert!(!codes_of(text).is_empty(), "{text}");
        }
        assert_eq!(codes_of("0x1F"), ["E0106"]);
        assert_eq!(codes_of("1. "), ["E0106"]);
    }

    #[test]
    fn a_slash_opens_a_regex_only_after_matches() {
        use TokenKind as T;
        assert_eq!(
            kinds("a matches /x\\/y/ AND"),
            [T::Ident, T::Matches, T::Regex, T::And, T::Eof]
        );
        assert_eq!(kinds("a / b / c").len(), 6);
        assert_eq!(codes_of("a matches /x"), ["E0104"]);
    }

    #[test]
    fn strings_end_with_their_line() {
        assert_eq!(codes_of("\"abc\nlet"), ["E0102"]);
        assert_eq!(lex(0, "\"abc\nlet").tokens.len(), 3);
        assert_eq!(codes_of("\"abc\\"), ["E0103", "E0102"]);
        assert_eq!(codes_of("\"\\q\""), ["E0103"]);
        assert_eq!(
            codes_of("\"\\u{110000}\" \"\\u{}\" \"\\u12\""),
            ["E0103", "E0103", "E0103"]
        );
    }

    #[test]
    fn escapes_give_their_characters() {
        assert_eq!(unescape(r#""a\"\\\/\n\u{e9}ü""#), "a\"\\/\néü");
        assert_eq!(unescape("\"plain\""), "plain");
    }

    #[test]
    fn comments_are_kept_apart_and_lose_trailing_blanks() {
        let lexed = lex(0, "a # one  \r\n// two\nb");
        assert_eq!(lexed.tokens.len(), 3);
        assert_eq!(
            lexed.comments,
            [Comment { start: 2, end: 7 }, Comment { start: 11, end: 17 }]
        );
        assert!(lexed.tokens[1].line_before);
        assert_eq!(lexed.diagnostics, []);
    }

    #[test]
    fn text_that_hides_or_reorders_is_refused() {
        assert_eq!(codes_of("# a\u{202e}b"), ["E0107"]);
        assert_eq!(codes_of("\"a\u{1b}[31m\""), ["E0107"]);
        assert_eq!(codes_of("\"käse 日本\" # grün"), Vec::<String>::new());
    }

    #[test]
    fn a_run_of_strange_characters_is_one_error_with_advice() {
        let lexed = lex(0, "let a = ‘x’");
        assert_eq!(lexed.diagnostics.len(), 2);
        assert!(
            lexed.diagnostics[0]
                .help
                .as_ref()
                .is_some_and(|h| h.contains("double quotes"))
        );
        assert_eq!(codes_of("\0\0\0"), ["E0101"]);
        assert_eq!(codes_of("a;b"), ["E0101"]);
    }

    #[test]
    fn every_limit_on_tokens_is_enforced() {
        assert_eq!(codes_of(&"a".repeat(IDENT_BYTES_MAX)), Vec::<String>::new());
        assert_eq!(codes_of(&"a".repeat(IDENT_BYTES_MAX + 1)), ["E0105"]);
        assert_eq!(
            codes_of(&"1".repeat(NUMBER_BYTES_MAX)),
            Vec::<String>::new()
        );
        assert_eq!(codes_of(&"1".repeat(NUMBER_BYTES_MAX + 1)), ["E0105"]);
        let inner = "a".repeat(TEXT_BYTES_MAX - 2);
        assert_eq!(codes_of(&format!("\"{inner}\"")), Vec::<String>::new());
        assert_eq!(codes_of(&format!("\"a{inner}\"")), ["E0105"]);
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert_eq!(kinds("\u{feff}policy"), [TokenKind::Ident, TokenKind::Eof]);
    }
}
