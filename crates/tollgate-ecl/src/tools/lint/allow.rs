//! `# allow W0101`: a comment that silences lints.
//!
//! Beside a line it is about that line, on a line of its own about the next line that is none of comments. It names codes with
//! commas between them; what follows them is for people.

use std::collections::{HashMap, HashSet};

use super::edit;
use super::found::{Lints, warning};
use crate::codes::{self, Code, lint};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::lexer::{Comment, lex};

/// A code in a comment.
struct Allowed {
    /// What stands there.
    span: Span,
    /// The lint, if there is one.
    code: Option<Code>,
    /// The line it is about, from 0.
    line: usize,
    /// What goes when it goes.
    removal: Span,
}

/// What is left of the lints, with what there is to say about the comments.
pub(super) fn apply(lints: Lints<'_>) -> Vec<Diagnostic> {
    let Lints { texts, found } = lints;
    let mut lines: HashMap<u32, Lines> = HashMap::new();
    let mut allowed = Vec::new();
    for (text, file) in texts.iter().zip(0..) {
        if text.contains("allow") {
            let of_file = Lines::of(text);
            allowed.extend(of_text(file, text, &of_file));
            lines.insert(file, of_file);
        }
    }
    let mut silent: HashSet<(u32, usize, Code)> = HashSet::new();
    for one in &allowed {
        silent.extend(one.code.map(|code| (one.span.file, one.line, code)));
    }
    let mut silenced = HashSet::new();
    let mut left = found;
    left.retain(|found| {
        let span = found.span();
        let line = lines.get(&span.file).map(|lines| lines.of_byte(span.start));
        let key = line.map(|line| (span.file, line, found.code));
        let is_silent = key.filter(|key| silent.contains(key));
        silenced.extend(is_silent);
        is_silent.is_none()
    });
    let in_vain = allowed.into_iter().filter_map(|one| match one.code {
        None => Some(unknown(&one, &texts)),
        Some(code) if !silenced.contains(&(one.span.file, one.line, code)) => {
            let text = format!("there is no {code} here to be allowed");
            let found = warning(lint::ALLOW_SILENCES_NOTHING, one.span, text);
            Some(found.fix("remove it", one.removal, ""))
        }
        Some(_) => None,
    });
    left.extend(in_vain);
    left
}

fn unknown(one: &Allowed, texts: &[&str]) -> Diagnostic {
    let Span { file, start, end } = one.span;
    let text = texts.get(file as usize).copied().unwrap_or("");
    let word = text.get(start as usize..end as usize).unwrap_or("");
    let known: Vec<String> = lint::TABLE.iter().map(|e| e.code.to_string()).collect();
    let text = format!("there is no lint with the code `{word}`");
    let help = format!("the codes are {}", known.join(", "));
    warning(lint::ALLOW_UNKNOWN, one.span, text).fix(help, one.removal, "")
}

/// The codes that the comments of a text allow.
fn of_text(file: u32, text: &str, lines: &Lines) -> Vec<Allowed> {
    let lexed = lex(file, text);
    let mut tokens = lexed.tokens.iter().peekable();
    let mut line_of_code = None;
    let mut allowed = Vec::new();
    for comment in &lexed.comments {
        while let Some(token) = tokens.next_if(|token| token.start < comment.start) {
            line_of_code = Some(lines.of_byte(token.end.saturating_sub(1)));
        }
        let codes = codes_of(text, comment);
        if codes.is_empty() {
            continue;
        }
        let own = lines.of_byte(comment.start);
        let line = if line_of_code == Some(own) {
            own
        } else {
            // The last token is the end of the text; a text of comments alone has only that.
            let next = tokens.peek().filter(|token| token.start < token.end);
            next.map_or(0, |token| lines.of_byte(token.start))
        };
        let alone = codes.len() == 1;
        allowed.extend(codes.into_iter().map(|(start, end)| {
            let span = Span::new(file, start, end);
            let whole = Span::new(file, comment.start, comment.end);
            Allowed {
                span,
                code: known(text, span),
                line,
                removal: edit::removal(text, if alone { whole } else { span }),
            }
        }));
    }
    allowed
}

/// The lint that is named here.
fn known(text: &str, span: Span) -> Option<Code> {
    let word = text.get(span.start as usize..span.end as usize)?;
    let entry = codes::find(word).ok()?;
    lint::TABLE
        .iter()
        .any(|e| e.code == entry.code)
        .then_some(entry.code)
}

/// Where the codes stand that a comment names behind `allow`: a letter and digits, with commas between them.
fn codes_of(text: &str, comment: &Comment) -> Vec<(u32, u32)> {
    let (start, end) = (comment.start as usize, comment.end as usize);
    let content = text.get(start..end).unwrap_or("");
    let content = content.trim_start_matches(['#', '/']).trim_start();
    let Some(mut rest) = content
        .strip_prefix("allow")
        .filter(|rest| rest.starts_with([' ', '\t']))
    else {
        return Vec::new();
    };
    let mut codes = Vec::new();
    loop {
        rest = rest.trim_start();
        let length = code_length(rest);
        if length == 0 {
            return codes;
        }
        let at = end - rest.len();
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        codes.push((offset(at), offset(at + length)));
        rest = rest.get(length..).unwrap_or("");
        match rest.trim_start().strip_prefix(',') {
            Some(more) => rest = more,
            None => return codes,
        }
    }
}

/// The bytes of the code that a text begins with: a letter and at least two digits.
fn code_length(text: &str) -> usize {
    let word = text.find(|c: char| !c.is_ascii_alphanumeric());
    let word = text.get(..word.unwrap_or(text.len())).unwrap_or("");
    let digits = word.strip_prefix(|c: char| c.is_ascii_alphabetic());
    let is_code = digits.is_some_and(|d| d.len() >= 2 && d.bytes().all(|b| b.is_ascii_digit()));
    if is_code { word.len() } else { 0 }
}

/// Where the lines of a text begin.
struct Lines(Vec<u32>);

impl Lines {
    fn of(text: &str) -> Self {
        let ends = text.bytes().zip(1..).filter(|(byte, _)| *byte == b'\n');
        Self(
            std::iter::once(0)
                .chain(ends.map(|(_, next)| next))
                .collect(),
        )
    }

    /// The line of a byte, from 0.
    fn of_byte(&self, at: u32) -> usize {
        self.0
            .partition_point(|start| *start <= at)
            .saturating_sub(1)
    }
}
