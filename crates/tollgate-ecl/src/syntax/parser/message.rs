//! Messages of rules: text with values, `"container {c.name} uses {c.image}"`.
//!
//! An expression stands between `{` and `}`, a brace itself is written twice. Expressions have no texts and no braces in
//! them, so the first `}` ends one.

use crate::codes::parser as codes;
use crate::diagnostic::Diagnostic;
use crate::limits::{DIAGNOSTICS_MAX, SourceLimits};
use crate::span::Span;
use crate::syntax::ast::{Expr, ExprKind, Message, MessagePart, StrLit};
use crate::syntax::lexer::{self, TokenKind, unescape};

use super::Parser;

impl Parser<'_> {
    /// Splits a message into texts and values.
    pub(super) fn template(&mut self, text: StrLit) -> Message {
        let mut parts = Vec::new();
        let (start, end) = (text.span.start as usize + 1, text.span.end as usize);
        let inner = self.text.get(start..end.saturating_sub(1)).unwrap_or("");
        let mut plain = String::new();
        let mut rest = inner;
        while let Some(at) = rest.find(['{', '}', '\\']) {
            let (before, from) = rest.split_at(at);
            plain.push_str(before);
            let mut taken = 2;
            if from.starts_with('\\') {
                // An escape stays as it is until the text is read.
                taken = 1 + from.chars().nth(1).map_or(0, char::len_utf8);
                plain.push_str(from.get(..taken).unwrap_or(""));
                if from.starts_with("\\u{") {
                    let escape = from.find('}').map_or(from.len(), |end| end + 1);
                    plain.push_str(from.get(taken..escape).unwrap_or(""));
                    taken = escape;
                }
            } else if from.starts_with("{{") {
                plain.push('{');
            } else if from.starts_with("}}") {
                plain.push('}');
            } else {
                let place = start + inner.len() - from.len();
                match from.find('}').filter(|_| from.starts_with('{')) {
                    Some(close) => {
                        push_text(&mut parts, &mut plain);
                        parts.push(MessagePart::Value(self.value(place + 1, place + close)));
                        taken = close + 1;
                    }
                    None if from.starts_with('{') && self.goes_on_behind(text.span.end) => {
                        self.text_in_value(place);
                        break;
                    }
                    None => {
                        self.lonely_brace(place);
                        // One report is enough, and what follows may be long.
                        break;
                    }
                }
            }
            rest = from.get(taken..).unwrap_or("");
        }
        plain.push_str(rest);
        push_text(&mut parts, &mut plain);
        Message { text, parts }
    }

    /// The expression between two braces.
    fn value(&mut self, start: usize, end: usize) -> Expr {
        let (first, last) = (offset(start), offset(end));
        let inner = self.text.get(start..end).unwrap_or("");
        let problem = if inner.contains(['"', '\\', '{']) {
            Some((
                "a value in a message has no text and no `{` in it",
                "give it a name with `let` or `fn`",
            ))
        } else if inner.trim().is_empty() {
            Some((
                "no value stands between these braces",
                "write `{{}}` for the braces themselves",
            ))
        } else {
            None
        };
        if let Some((problem, help)) = problem {
            self.wrong_value(problem, help, Span::new(self.file, first, last));
            return Expr {
                kind: ExprKind::Error,
                span: Span::new(self.file, first, last),
            };
        }
        let mut lexed = lexer::lex(self.file, inner);
        let comment = !lexed.comments.is_empty();
        for token in &mut lexed.tokens {
            token.start += first;
            token.end += first;
            token.line_before = false;
        }
        for label in lexed.diagnostics.iter_mut().flat_map(|d| &mut d.labels) {
            label.span.start += first;
            label.span.end += first;
        }
        let limits = SourceLimits {
            nesting_max: self.depth_max,
            ..SourceLimits::default()
        };
        let mut parser = Parser::new(self.file, self.text, lexed, limits);
        parser.depth = self.depth;
        let expr = parser.expr();
        if comment || !parser.at(TokenKind::Eof) {
            let diagnostic = parser.expected_diagnostic("`}` behind one value");
            parser.report(diagnostic.help("a message has values as in \"{name} wants {price}\"; a brace itself is `{{` or `}}`"));
        }
        for diagnostic in parser.diagnostics {
            if self.diagnostics.len() < DIAGNOSTICS_MAX {
                self.diagnostics.push(diagnostic);
            }
        }
        match expr.kind {
            ExprKind::Error => Expr {
                span: Span::new(self.file, first, last),
                ..expr
            },
            _ => expr,
        }
    }

    /// Whether a text ends where nothing separates it from what follows: in the middle of what was meant.
    fn goes_on_behind(&self, end: u32) -> bool {
        let next = self.current();
        next.start == end && (next.kind.is_word() || next.kind == TokenKind::Number)
    }

    /// Says that the text has ended in the value that begins at a brace: `"{m["a"]}"`.
    fn text_in_value(&mut self, brace: usize) {
        let rest = self
            .text
            .get(brace + 1..)
            .and_then(|rest| rest.lines().next());
        let value = rest
            .and_then(|rest| rest.split_once('}'))
            .map(|(value, _)| value);
        let by_name = value.map(|value| value.replace("[\"", ".").replace("\"]", ""));
        let help = match by_name.filter(|text| text.len() < 64 && !text.contains(['"', ' ', '{'])) {
            Some(text) => {
                format!("write `{{{text}}}`, or give the value a name with `let` or `fn`")
            }
            None => "give the value a name with `let` or `fn`, and write the name".to_owned(),
        };
        // What follows is a part of the value, and is told with it.
        self.last_error = Some(self.current().start);
        let span = Span::new(self.file, offset(brace), offset(brace + 1));
        self.wrong_value(
            "a value in a message has no text in it: the message ends here",
            &help,
            span,
        );
    }

    fn lonely_brace(&mut self, at: usize) {
        let span = Span::new(self.file, offset(at), offset(at + 1));
        let help = "values stand between `{` and `}`; a brace itself is `{{` or `}}`";
        self.wrong_value("this brace has no other one", help, span);
    }

    fn wrong_value(&mut self, problem: &str, help: &str, span: Span) {
        if self.diagnostics.len() < DIAGNOSTICS_MAX {
            let diagnostic = Diagnostic::error(codes::EXPECTED, problem);
            self.diagnostics.push(diagnostic.at(span, "").help(help));
        }
    }
}

/// Adds what was collected as a text.
fn push_text(parts: &mut Vec<MessagePart>, plain: &mut String) {
    if !plain.is_empty() {
        parts.push(MessagePart::Text(unescape(&format!("\"{plain}\""))));
        plain.clear();
    }
}

/// Sources are shorter than 4 GiB.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
