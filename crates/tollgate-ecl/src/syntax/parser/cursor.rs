//! Moving over the tokens, reporting, and finding back after an error.

use crate::codes::parser as codes;
use crate::diagnostic::{Diagnostic, nearest};
use crate::limits::DIAGNOSTICS_MAX;
use crate::span::{Span, Spanned};
use crate::syntax::ast::{Ident, StrLit};
use crate::syntax::lexer::{Token, TokenKind, unescape};

use super::{Block, BlockKind, Context, Parser};

/// An entry's key: what stands before the `:`, the `{` or the value.
pub(super) struct Key<'a> {
    pub(super) text: &'a str,
    pub(super) span: Span,
}

impl<'a> Parser<'a> {
    pub(super) fn current(&self) -> Token {
        self.peek(0)
    }

    /// The token `ahead` of the current one; the end of the file beyond the last.
    pub(super) fn peek(&self, ahead: usize) -> Token {
        let token = self.tokens.get(self.pos + ahead).or(self.tokens.last());
        token.copied().unwrap_or(Token {
            kind: TokenKind::Eof,
            line_before: true,
            start: 0,
            end: 0,
        })
    }

    pub(super) fn at(&self, kind: TokenKind) -> bool {
        self.current().kind == kind
    }

    pub(super) fn bump(&mut self) -> Token {
        let token = self.current();
        if token.kind != TokenKind::Eof {
            self.pos += 1;
            self.last_end = token.end;
        }
        token
    }

    pub(super) fn eat(&mut self, kind: TokenKind) -> bool {
        let found = self.at(kind);
        if found {
            self.bump();
        }
        found
    }

    pub(super) fn text_of(&self, token: Token) -> &'a str {
        self.text
            .get(token.start as usize..token.end as usize)
            .unwrap_or("")
    }

    pub(super) fn span_of(&self, token: Token) -> Span {
        Span::new(self.file, token.start, token.end)
    }

    /// From a start to the end of the token taken last.
    pub(super) fn span_from(&self, start: u32) -> Span {
        Span::new(self.file, start, self.last_end.max(start))
    }

    /// True when the current token is this word, reserved or not.
    pub(super) fn at_word(&self, word: &str) -> bool {
        let token = self.current();
        token.kind.is_word() && self.text_of(token) == word
    }

    /// True when the current token is a word with a `:` behind it: the beginning of an entry.
    pub(super) fn at_key(&self) -> bool {
        let kind = self.current().kind;
        (kind.is_word() || kind == TokenKind::Str) && self.peek(1).kind == TokenKind::Colon
    }

    pub(super) fn index(&self) -> u32 {
        u32::try_from(self.pos).unwrap_or(u32::MAX)
    }

    // Reporting.

    /// Reports an error about the current token, unless it already has one.
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        let place = self.current().start;
        let known = self.last_error == Some(place) || self.follows_lexer_error();
        if self.gave_up || known {
            return;
        }
        self.last_error = Some(place);
        if self.diagnostics.len() >= DIAGNOSTICS_MAX {
            let span = self.span_of(self.current());
            let more = Diagnostic::error(codes::TOO_MANY_ERRORS, "too many errors")
                .at(span, "the rest of the file was not read")
                .help("repair the first ones; the others often follow from them");
            self.diagnostics.push(more);
            self.give_up();
            return;
        }
        self.diagnostics.push(diagnostic);
    }

    /// True when the lexer has reported what is wrong here: a stray character, or a string that took the rest of its line.
    fn follows_lexer_error(&self) -> bool {
        let before = self.pos.checked_sub(1).and_then(|i| self.tokens.get(i));
        self.at(TokenKind::Error)
            || before.is_some_and(|t| {
                let text = self.text_of(*t);
                t.kind == TokenKind::Str && (text.len() < 2 || !text.ends_with('"'))
            })
    }

    /// Reports that the current token is not what the grammar asks for.
    pub(super) fn expected(&mut self, what: &str) {
        let diagnostic = self.expected_diagnostic(what);
        self.report(diagnostic);
    }

    pub(super) fn expected_diagnostic(&self, what: &str) -> Diagnostic {
        let token = self.current();
        let found = self.describe(token);
        Diagnostic::error(codes::EXPECTED, format!("expected {what}, found {found}"))
            .at(self.span_of(token), format!("expected {what}"))
    }

    fn describe(&self, token: Token) -> String {
        match token.kind {
            TokenKind::Eof => "the end of the file".to_owned(),
            TokenKind::Str => "a string".to_owned(),
            TokenKind::Regex => "a regular expression".to_owned(),
            _ => {
                let text = self.text_of(token);
                let short: String = text.chars().take(40).collect();
                format!("`{short}`")
            }
        }
    }

    /// Reports a word that is none of those a place knows, with the nearest of them.
    pub(super) fn unknown_word(&mut self, code: crate::codes::Code, what: &str, known: &[&str]) {
        self.unknown_word_of(code, what, "", known);
    }

    pub(super) fn unknown_word_of(
        &mut self,
        code: crate::codes::Code,
        what: &str,
        owner: &str,
        known: &[&str],
    ) {
        let token = self.current();
        let text = self.text_of(token);
        let span = self.span_of(token);
        let mut diagnostic = Diagnostic::error(
            code,
            format!(
                "unknown {what} `{}`",
                text.chars().take(40).collect::<String>()
            ),
        )
        .at(span, format!("not a known {what}{owner}"));
        diagnostic = match nearest(text, known.iter().copied()) {
            Some(word) => diagnostic.fix(format!("did you mean `{word}`?"), span, word),
            None => diagnostic.help(format!("known are {}", list(known))),
        };
        self.report(diagnostic);
    }

    /// Stops reading: the end of the file becomes the current token.
    pub(super) fn give_up(&mut self) {
        self.gave_up = true;
        self.pos = self.tokens.len().saturating_sub(1);
    }

    pub(super) fn too_deep(&mut self, message: String) {
        let span = self.span_of(self.current());
        self.report(
            Diagnostic::error(codes::TOO_DEEP, message)
                .at(span, "the rest of the file was not read")
                .help("give parts a name with `let` or `fn`; many alternatives of one value are `x in [a, b, c]`"),
        );
        self.give_up();
    }

    /// Runs `parse` one level deeper; beyond the limit it reports, and runs it at the end of the file.
    pub(super) fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= self.depth_max {
            self.too_deep(format!("nested more than {} levels deep", self.depth_max));
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    pub(super) fn within<T>(&mut self, context: Context, parse: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.context, context);
        let result = parse(self);
        self.context = outer;
        result
    }

    // Small pieces.

    pub(super) fn expect(&mut self, kind: TokenKind, what: &str) -> bool {
        let found = self.eat(kind);
        if !found {
            self.expected(what);
        }
        found
    }

    /// Takes a name.
    pub(super) fn ident(&mut self, what: &str) -> Option<Ident> {
        if !self.at(TokenKind::Ident) {
            let token = self.current();
            let mut diagnostic = self.expected_diagnostic(what);
            if token.kind.is_word() {
                diagnostic =
                    diagnostic.help(format!("`{}` is a reserved word", self.text_of(token)));
            }
            self.report(diagnostic);
            return None;
        }
        Some(self.word())
    }

    /// Takes the current token as a name, also a reserved word.
    pub(super) fn word(&mut self) -> Ident {
        let token = self.bump();
        let text = self.text_of(token);
        let node = if token.kind == TokenKind::Str {
            unescape(text)
        } else {
            text.to_owned()
        };
        Spanned {
            node,
            span: self.span_of(token),
        }
    }

    /// Takes a word or a string with the `:` behind it.
    pub(super) fn key_and_colon(&mut self, what: &str) -> Option<Ident> {
        let kind = self.current().kind;
        if !kind.is_word() && kind != TokenKind::Str {
            self.expected(what);
            return None;
        }
        let name = self.word();
        self.expect(TokenKind::Colon, "`:`").then_some(name)
    }

    pub(super) fn string(&mut self, what: &str) -> Option<StrLit> {
        if !self.at(TokenKind::Str) {
            self.expected(what);
            return None;
        }
        Some(self.word())
    }

    /// Takes a whole number.
    pub(super) fn bound(&mut self) -> Option<Spanned<u64>> {
        let token = self.current();
        let text = self.text_of(token);
        let span = self.span_of(token);
        let unit = self.peek(1).kind == TokenKind::Ident && self.peek(1).start == token.end;
        let value = text.replace('_', "").parse().ok();
        let value = value.filter(|_| token.kind == TokenKind::Number && !unit);
        let Some(node) = value else {
            let found = self.describe(token);
            self.report(
                Diagnostic::error(
                    codes::BAD_BOUND,
                    format!("expected a whole number, found {found}"),
                )
                .at(span, "not a whole number of at most 64 bits")
                .help("write it like `10000` or `10_000`"),
            );
            if token.kind == TokenKind::Number {
                self.bump();
                if unit {
                    self.bump();
                }
            }
            return None;
        };
        self.bump();
        Some(Spanned { node, span })
    }

    /// Puts the value of an entry in its place; a second one is an error.
    pub(super) fn set<T>(&mut self, slot: &mut Option<T>, key: &Key<'_>, value: Option<T>) {
        if slot.is_some() {
            self.duplicate(key);
        } else {
            *slot = value;
        }
    }

    pub(super) fn duplicate(&mut self, key: &Key<'_>) {
        if self.gave_up || self.diagnostics.len() >= DIAGNOSTICS_MAX {
            return;
        }
        self.diagnostics.push(
            Diagnostic::error(
                codes::DUPLICATE_ENTRY,
                format!("the entry `{}` stands here twice", key.text),
            )
            .at(key.span, "the second one")
            .help("keep one of the two"),
        );
    }

    pub(super) fn missing(&mut self, what: &str, entry: &str, span: Span) {
        if self.gave_up || self.diagnostics.len() >= DIAGNOSTICS_MAX {
            return;
        }
        self.diagnostics.push(
            Diagnostic::error(
                codes::MISSING_ENTRY,
                format!("this {what} has no `{entry}`"),
            )
            .at(span, "")
            .help(format!("add `{entry}: …`")),
        );
    }

    // Blocks.

    /// Parses `{ entry … }`. `entry` is called with the key when the block's entries have keys, and returns false when it
    /// has reported an error and the rest of the entry is to be skipped.
    pub(super) fn block(
        &mut self,
        kind: BlockKind,
        mut entry: impl FnMut(&mut Self) -> bool,
    ) -> bool {
        let open = self.index();
        let open_span = self.span_of(self.current());
        if !self.expect(TokenKind::OpenBrace, "`{`") {
            return false;
        }
        let context = Context::default();
        self.nested(|p| {
            p.within(context, |p| {
                while p.more_entries(open_span) {
                    p.entry(kind, &mut entry);
                }
            });
        });
        let close = self.index();
        self.eat(TokenKind::CloseBrace);
        self.marks.blocks.push(Block { open, close, kind });
        true
    }

    /// Skips separators; false at the end of the block.
    fn more_entries(&mut self, open: Span) -> bool {
        while self.at(TokenKind::Comma) {
            self.marks.separators.push(self.index());
            self.bump();
        }
        if self.at(TokenKind::CloseBrace) {
            return false;
        }
        if self.at(TokenKind::Eof) || self.at_next_declaration() {
            self.unclosed(open, "`}`");
            return false;
        }
        true
    }

    pub(super) fn unclosed(&mut self, open: Span, close: &str) {
        let end = self.span_of(self.current());
        let found = self.describe(self.current());
        let message = format!("expected {close}, found {found}");
        self.report(
            Diagnostic::error(codes::UNCLOSED, message)
                .at(open, "opened here and never closed")
                .at(end, format!("expected {close} before this")),
        );
    }

    pub(super) fn entry(&mut self, kind: BlockKind, entry: &mut impl FnMut(&mut Self) -> bool) {
        let before = self.pos;
        self.marks.entries.push(self.index());
        let good = entry(self);
        // An entry of no tokens is an error, reported by whoever expected one. Going on without a step would never end.
        if good && self.pos > before && self.at_entry_end(kind) {
            return;
        }
        if good {
            self.report_leftover(kind);
        }
        self.skip_entry(before);
    }

    fn report_leftover(&mut self, kind: BlockKind) {
        let mut diagnostic = self.expected_diagnostic("the end of the entry");
        let token = self.current();
        diagnostic.help = match token.kind {
            TokenKind::Minus if token.line_before => Some(
                "an expression that goes on over a line has its `-` at the end of the line, or stands in parentheses"
                    .to_owned(),
            ),
            TokenKind::Assign => Some("equality is written `==`".to_owned()),
            TokenKind::CloseParen | TokenKind::CloseBracket => {
                Some("this bracket has no partner".to_owned())
            }
            _ if kind == BlockKind::Lines => Some("write what follows on a line of its own".to_owned()),
            _ => Some("entries are separated by line ends or commas".to_owned()),
        };
        self.report(diagnostic);
    }

    /// An entry ends at a comma, a line end, the end of the block; and before what can only be the next entry.
    fn at_entry_end(&self, kind: BlockKind) -> bool {
        let token = self.current();
        match token.kind {
            TokenKind::Comma | TokenKind::CloseBrace | TokenKind::Eof => true,
            TokenKind::Minus => token.line_before && self.at_negative_arm(),
            TokenKind::CloseParen | TokenKind::CloseBracket => false,
            _ if token.line_before => true,
            _ if kind == BlockKind::Lines => token.kind.is_word(),
            _ => self.at_key(),
        }
    }

    /// `-1 =>`, `-5km |`, `-1 if`: an arm of a `match`.
    fn at_negative_arm(&self) -> bool {
        let unit = usize::from(self.peek(2).kind == TokenKind::Ident);
        let behind = self.peek(2 + unit).kind;
        self.peek(1).kind == TokenKind::Number
            && matches!(
                behind,
                TokenKind::FatArrow | TokenKind::Pipe | TokenKind::If
            )
    }

    /// Skips the rest of an entry that began at token `before`, brackets as a whole.
    pub(super) fn skip_entry(&mut self, before: usize) {
        let mut open = 0_u32;
        loop {
            let token = self.current();
            let moved = self.pos > before;
            match token.kind {
                TokenKind::Eof => return,
                _ if moved && self.at_next_declaration() => return,
                TokenKind::CloseBrace | TokenKind::Comma if open == 0 => return,
                _ if open == 0 && moved && self.at_key() => return,
                _ if open == 0
                    && moved
                    && token.line_before
                    && (token.kind.is_word() || token.kind == TokenKind::Str) =>
                {
                    return;
                }
                TokenKind::OpenBrace | TokenKind::OpenParen | TokenKind::OpenBracket => open += 1,
                TokenKind::CloseBrace | TokenKind::CloseParen | TokenKind::CloseBracket => {
                    open = open.saturating_sub(1);
                }
                _ => {}
            }
            self.bump();
        }
    }

    /// True at the first column before what can only be the head of a declaration: there a block before it lacks its `}`.
    pub(super) fn at_next_declaration(&self) -> bool {
        let token = self.current();
        let first_column =
            token.start == 0 || self.text.as_bytes().get(token.start as usize - 1) == Some(&b'\n');
        if !first_column || token.kind != TokenKind::Ident {
            return false;
        }
        let head = (self.peek(1).kind, self.peek(2).kind);
        match self.text_of(token) {
            "import" => head.0 == TokenKind::Str,
            "enum" | "record" => head == (TokenKind::Ident, TokenKind::OpenBrace),
            "fn" => head == (TokenKind::Ident, TokenKind::OpenParen),
            "policy_evaluate" => head.0 == TokenKind::OpenBrace,
            "fixture" => {
                head.0 == TokenKind::Ident
                    && matches!(head.1, TokenKind::OpenBrace | TokenKind::Assign)
            }
            word if super::item::DECLARATIONS.contains(&word) => {
                head == (TokenKind::Str, TokenKind::OpenBrace)
            }
            _ => false,
        }
    }

    /// Parses comma-separated elements up to `close`; the opening token is already taken, and was number `open`.
    pub(super) fn elements(
        &mut self,
        open: u32,
        close: TokenKind,
        close_text: &str,
        mut element: impl FnMut(&mut Self),
    ) {
        let open_span = self
            .tokens
            .get(open as usize)
            .map_or(Span::default(), |t| self.span_of(*t));
        let context = Context {
            free_lines: true,
            ..Context::default()
        };
        self.within(context, |p| {
            while !p.at(close) && !p.at(TokenKind::Eof) {
                let before = p.pos;
                p.marks.entries.push(p.index());
                element(p);
                if p.at(TokenKind::Comma) {
                    p.marks.separators.push(p.index());
                    p.bump();
                } else if !p.at(close) || p.pos == before {
                    break;
                }
            }
        });
        let kind = BlockKind::Elements;
        self.marks.blocks.push(Block {
            open,
            close: self.index(),
            kind,
        });
        if self.eat(close) {
            return;
        }
        if self.at(TokenKind::Eof) {
            self.unclosed(open_span, close_text);
        } else {
            self.expected(&format!("`,` or {close_text}"));
        }
    }
}

/// `a`, `b` and `c`, each in backticks.
pub(super) fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}
