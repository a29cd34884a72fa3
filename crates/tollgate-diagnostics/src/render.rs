//! Diagnostics as people and programs read them: a code frame like rustc's, and JSON.
//!
//! Source text is hostile: it may hold escape sequences for the terminal and characters that reorder a line. Nothing of
//! it, nor of a message that quotes it, is printed before such characters are replaced.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level as Shown, Origin, Patch, Renderer, Snippet};
use serde_json::{Value, json};

use crate::diagnostic::{Diagnostic, Fix, Label, Level};
use crate::hidden::is_hidden;
use crate::source::{Bundle, SourceFile};
use crate::span::Span;

/// How text is rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// No escape sequences.
    Plain,
    /// Colours by ANSI escape sequences.
    Colored,
}

/// Bytes of one source line shown; longer lines are not quoted, as they are not written by people.
const LINE_BYTES_MAX: usize = 2_000;
/// Lines of one place shown.
const SPAN_LINES_MAX: usize = 12;

/// Renders diagnostics one after the other, with a line between them.
#[must_use]
pub fn render(bundle: &Bundle, diagnostics: &[Diagnostic], style: Style) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        out.push_str(&render_one(bundle, diagnostic, style));
        out.push_str("\n\n");
    }
    out
}

/// Renders one diagnostic, without a line end behind it.
#[must_use]
pub fn render_one(bundle: &Bundle, diagnostic: &Diagnostic, style: Style) -> String {
    let level = match diagnostic.level {
        Level::Error => Shown::ERROR,
        Level::Warning => Shown::WARNING,
    };
    let title = level
        .primary_title(neutralize(&diagnostic.message).into_owned())
        .id(diagnostic.code.to_string());
    let mut group = Group::with_title(title);
    let main = diagnostic.span().file;
    for part in parts(bundle, diagnostic, main) {
        group = match part {
            Part::Lines(snippet) => group.element(*snippet),
            Part::Place(origin) => group.element(origin),
        };
    }
    for note in &diagnostic.notes {
        group = group.element(Shown::NOTE.message(neutralize(note).into_owned()));
    }
    let patch = diagnostic.fix.as_ref().and_then(|fix| patch(bundle, fix));
    let mut groups = Vec::new();
    let help = diagnostic.help.as_ref().map(|h| neutralize(h).into_owned());
    match (help, patch) {
        (Some(help), Some(patch)) => {
            groups.push(group);
            groups.push(Shown::HELP.secondary_title(help).element(patch));
        }
        (Some(help), None) => groups.push(group.element(Shown::HELP.message(help))),
        (None, _) => groups.push(group),
    }
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Colored => Renderer::styled(),
    };
    renderer.render(&groups)
}

/// What shows where something is.
enum Part<'a> {
    /// The lines, with the labels in them.
    Lines(Box<Snippet<'a, annotate_snippets::Annotation<'a>>>),
    /// File, line and column alone, where the line is too long to be quoted.
    Place(Origin<'a>),
}

/// The labels with their lines, those of the main file first.
fn parts<'a>(bundle: &'a Bundle, diagnostic: &'a Diagnostic, main: u32) -> Vec<Part<'a>> {
    let mut files: Vec<u32> = vec![main];
    for label in &diagnostic.labels {
        if !files.contains(&label.span.file) {
            files.push(label.span.file);
        }
    }
    files
        .into_iter()
        .filter_map(|index| {
            let file = bundle.files.get(index as usize)?;
            let labels: Vec<&Label> = diagnostic
                .labels
                .iter()
                .filter(|l| l.span.file == index)
                .collect();
            let first = match index == main {
                true => AnnotationKind::Primary,
                false => AnnotationKind::Context,
            };
            let lines = snippet(file, &labels, first).map(|s| Part::Lines(Box::new(s)));
            lines.or_else(|| origin(bundle, file, labels.first()?.span))
        })
        .collect()
}

/// The place of a label without its line.
fn origin<'a>(bundle: &Bundle, file: &'a SourceFile, span: Span) -> Option<Part<'a>> {
    let (line, column) = bundle.line_column(span);
    let origin = Origin::path(neutralize(&file.name).into_owned())
        .line(usize::try_from(line).ok()?)
        .char_column(usize::try_from(column).ok()?);
    Some(Part::Place(origin))
}

/// The lines that the labels are about; `first` is how the first label is shown.
fn snippet<'a>(
    file: &'a SourceFile,
    labels: &[&'a Label],
    first: AnnotationKind,
) -> Option<Snippet<'a, annotate_snippets::Annotation<'a>>> {
    let places: Vec<Range<usize>> = labels.iter().map(|l| place(&file.text, l.span)).collect();
    let window = window(&file.text, &places)?;
    let text = file.text.get(window.clone())?;
    let line = file.text.get(..window.start)?.matches('\n').count() + 1;
    let mut snippet = Snippet::source(neutralize_in_place(text))
        .path(neutralize(&file.name).into_owned())
        .line_start(line)
        .fold(true);
    for (i, (label, place)) in labels.iter().zip(places).enumerate() {
        let kind = match i {
            0 => first,
            _ => AnnotationKind::Context,
        };
        let span = place.start - window.start..place.end - window.start;
        let mut annotation = kind.span(span);
        if !label.text.is_empty() {
            annotation = annotation.label(neutralize(&label.text).into_owned());
        }
        snippet = snippet.annotation(annotation);
    }
    Some(snippet)
}

fn patch<'a>(bundle: &'a Bundle, fix: &'a Fix) -> Option<Snippet<'a, Patch<'a>>> {
    let file = bundle.files.get(fix.span.file as usize)?;
    let place = place(&file.text, fix.span);
    let window = window(&file.text, std::slice::from_ref(&place))?;
    let text = file.text.get(window.clone())?;
    let line = file.text.get(..window.start)?.matches('\n').count() + 1;
    let span = place.start - window.start..place.end - window.start;
    let replacement = neutralize(&fix.replacement).into_owned();
    Some(
        Snippet::source(neutralize_in_place(text))
            .path(neutralize(&file.name).into_owned())
            .line_start(line)
            .patch(Patch::new(span, replacement)),
    )
}

/// A span as a range of whole characters inside the text, at most some lines long.
fn place(text: &str, span: Span) -> Range<usize> {
    let mut start = (span.start as usize).min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = (span.end as usize).clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    let inside = text.get(start..end).unwrap_or("");
    let cut = inside.match_indices('\n').nth(SPAN_LINES_MAX - 1);
    start..cut.map_or(end, |(i, _)| start + i)
}

/// The whole lines around all places; `None` when one of them is too long to be shown.
fn window(text: &str, places: &[Range<usize>]) -> Option<Range<usize>> {
    let first = places.iter().map(|p| p.start).min().unwrap_or(0);
    let last = places.iter().map(|p| p.end).max().unwrap_or(0);
    let start = text.get(..first)?.rfind('\n').map_or(0, |i| i + 1);
    let end = text
        .get(last..)?
        .find('\n')
        .map_or(text.len(), |i| last + i);
    let lines = text.get(start..end)?;
    lines
        .split('\n')
        .all(|line| line.len() <= LINE_BYTES_MAX)
        .then_some(start..end)
}

/// Replaces what a terminal would act on, or what cannot be seen, by something visible. Line ends are kept.
#[must_use]
pub fn neutralize(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| c != '\n' && is_hidden(c)) {
        return Cow::Borrowed(text);
    }
    let replaced = text.chars().map(|c| match c {
        '\n' => c,
        '\0'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or('�'),
        '\u{7f}' => '␡',
        c if is_hidden(c) => '�',
        c => c,
    });
    Cow::Owned(replaced.collect())
}

/// Like [`neutralize`], but each character keeps its length in bytes, so that offsets stay right.
fn neutralize_in_place(text: &str) -> Cow<'_, str> {
    let keep = |c: char| matches!(c, '\n' | '\t' | '\r') || !is_hidden(c);
    if text.chars().all(keep) {
        return Cow::Borrowed(text);
    }
    let replaced = text.chars().map(|c| match c.len_utf8() {
        _ if keep(c) => c,
        1 => '?',
        2 => '·',
        3 => '�',
        _ => '🛇',
    });
    Cow::Owned(replaced.collect())
}

/// A diagnostic as JSON: `code`, `level`, `message`, `labels`, `notes`, `help`, `fix`. Places have the file's name, byte
/// offsets from 0, and lines and columns from 1 (in characters).
#[must_use]
pub fn to_json(bundle: &Bundle, diagnostic: &Diagnostic) -> Value {
    let labels: Vec<Value> = diagnostic
        .labels
        .iter()
        .map(|label| json!({ "place": place_json(bundle, label.span), "text": label.text }))
        .collect();
    let fix = diagnostic.fix.as_ref().map(
        |fix| json!({ "place": place_json(bundle, fix.span), "replacement": fix.replacement }),
    );
    json!({
        "code": diagnostic.code.to_string(),
        "level": diagnostic.level,
        "message": diagnostic.message,
        "labels": labels,
        "notes": diagnostic.notes,
        "help": diagnostic.help,
        "fix": fix,
    })
}

fn place_json(bundle: &Bundle, span: Span) -> Value {
    let name = bundle.files.get(span.file as usize).map(|f| &f.name);
    let (line, column) = bundle.line_column(span);
    let end = Span::new(span.file, span.end, span.end);
    let (end_line, end_column) = bundle.line_column(end);
    json!({
        "file": name,
        "start": span.start,
        "end": span.end,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::Code;

    fn shown(text: &str, diagnostic: &Diagnostic) -> String {
        render_one(&Bundle::single("a.ecl", text), diagnostic, Style::Plain)
    }

    fn error(start: u32, end: u32) -> Diagnostic {
        Diagnostic::error(Code::new('E', 201), "expected `}`").at(Span::new(0, start, end), "here")
    }

    #[test]
    fn a_diagnostic_looks_like_rustc() {
        let diagnostic =
            error(9, 12)
                .note("a note")
                .fix("did you mean `def`?", Span::new(0, 9, 12), "def");
        insta::assert_snapshot!(shown("line one\nabc d\n", &diagnostic), @r"
        error[E0201]: expected `}`
         --> a.ecl:2:1
          |
        2 | abc d
          | ^^^ here
          |
          = note: a note
        help: did you mean `def`?
          |
        2 - abc d
        2 + def d
          |
        ");
    }

    #[test]
    fn a_place_in_a_line_too_long_to_be_quoted_is_named_all_the_same() {
        let text = format!("ok\n{}abc\n", "é".repeat(1_500));
        let said = shown(&text, &error(3 + 3_000, 3 + 3_003));
        assert!(said.contains("--> a.ecl:2:1501"), "{said}");
    }

    #[test]
    fn nothing_a_terminal_acts_on_is_printed() {
        let evil = "a\u{1b}[31m\u{9b}2J\u{202e}b\r\u{7}c\0";
        let text = format!("x {evil} y\nz");
        let mut diagnostic = error(2, 4)
            .note(evil)
            .help(evil)
            .at(Span::new(0, 0, 1), evil);
        diagnostic.message = evil.to_owned();
        let bundle = Bundle::single(evil, text);
        let out = render_one(&bundle, &diagnostic, Style::Plain);
        let bad: Vec<char> = out
            .chars()
            .filter(|c| *c != '\n' && is_hidden(*c))
            .collect();
        assert_eq!(bad, [], "{out:?}");
    }

    #[test]
    fn any_span_of_any_text_is_rendered() {
        let texts = [
            "",
            "\n",
            "é\r\n\t日本\n\nab",
            "a\n\n\nb\n",
            "\u{feff}x",
            "\u{e0100}(ꩀ",
        ];
        for text in texts {
            for start in 0..20 {
                for end in 0..20 {
                    let two = error(start, end)
                        .at(Span::new(0, end, start), "two")
                        .at(Span::new(7, 1, 2), "x");
                    assert!(shown(text, &two).contains("E0201"));
                }
            }
        }
        let many = "a\n".repeat(5_000);
        assert!(shown(&many, &error(0, 10_000)).lines().count() < 30);
        let long = "a".repeat(1_000_000);
        assert!(shown(&long, &error(500_000, 500_001)).len() < 1_000);
    }

    #[test]
    fn json_names_file_line_and_column() {
        let bundle = Bundle::single("a.ecl", "ü\nab");
        let value = to_json(&bundle, &error(3, 4));
        let place = &value["labels"][0]["place"];
        assert_eq!(value["code"], "E0201");
        assert_eq!(
            (&place["file"], &place["line"], &place["end_column"]),
            (&json!("a.ecl"), &json!(2), &json!(2))
        );
    }
}
