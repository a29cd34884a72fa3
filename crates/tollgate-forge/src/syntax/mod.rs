//! From text to trees: the bounds of the text, then the parser.

mod nesting;
mod scan;
pub(crate) mod strict;

use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use oxc_parser::Parser;
use oxc_span::SourceType;
use tollgate_diagnostics::diagnostic::Diagnostic;
use tollgate_diagnostics::source::{Bundle, SourceFile};
use tollgate_diagnostics::span::Span;

use crate::codes::syntax as codes;
use crate::limits::{FILES_MAX, PROGRAM_BYTES_MAX, SOURCE_BYTES_MAX};

/// A file as a tree. A file with syntax errors has the tree of what could be read, or none.
pub(crate) struct Parsed<'a> {
    pub(crate) program: Option<Program<'a>>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Checks the size of the whole program.
pub(crate) fn check_size(bundle: &Bundle) -> Option<Diagnostic> {
    let bytes: usize = bundle.files.iter().map(|file| file.text.len()).sum();
    let message = if bundle.files.len() > FILES_MAX {
        format!(
            "the program has {} files; the limit is {FILES_MAX}",
            bundle.files.len()
        )
    } else if bytes > PROGRAM_BYTES_MAX {
        format!("the program has {bytes} bytes; the limit is {PROGRAM_BYTES_MAX}")
    } else {
        return None;
    };
    Some(Diagnostic::error(codes::TOO_LARGE, message).help("remove what the program does not use"))
}

/// Returns those of some words that a text has outside of comments and texts in quotes.
pub(crate) fn words_in<'w>(text: &str, wanted: &[&'w str]) -> Vec<&'w str> {
    let mut scanner = scan::Scanner::new(text);
    let mut found = Vec::new();
    // A file that the scanner does not read to its end is refused.
    while let Ok(Some(token)) = scanner.next() {
        let word = text.get(token.start..token.end);
        let word = wanted.iter().find(|wanted| Some(**wanted) == word);
        if let Some(word) = word.filter(|word| !found.contains(*word)) {
            found.push(*word);
        }
    }
    found
}

/// Parses file number `index`.
pub(crate) fn parse<'a>(allocator: &'a Allocator, index: u32, file: &'a SourceFile) -> Parsed<'a> {
    if let Some(refused) = refusal(index, file) {
        return Parsed {
            program: None,
            diagnostics: vec![refused],
        };
    }
    let returned = Parser::new(allocator, &file.text, SourceType::ts()).parse();
    let mut diagnostics: Vec<Diagnostic> = returned
        .diagnostics
        .iter()
        .map(|error| syntax_error(index, error))
        .collect();
    if !returned.panicked {
        diagnostics.extend(strict::check(index, &file.text));
    }
    let broken = returned.panicked || !diagnostics.is_empty();
    Parsed {
        program: (!broken).then_some(returned.program),
        diagnostics,
    }
}

/// Why the parser is not given the file.
fn refusal(file: u32, source: &SourceFile) -> Option<Diagnostic> {
    let at = |place: usize| {
        let start = u32::try_from(place).unwrap_or(u32::MAX);
        Span::new(file, start, start.saturating_add(1))
    };
    if source.text.len() > SOURCE_BYTES_MAX {
        let message = format!(
            "`{}` has {} bytes; the limit is {SOURCE_BYTES_MAX}",
            source.name,
            source.text.len()
        );
        return Some(
            Diagnostic::error(codes::TOO_LARGE, message)
                .help("split the file, and import the parts"),
        );
    }
    match nesting::check(&source.text) {
        Ok(()) => None,
        Err(nesting::Refusal::TooDeep(place)) => Some(
            Diagnostic::error(codes::TOO_DEEP, "this is nested too deeply")
                .at(
                    at(place),
                    format!("more than {} levels here", crate::limits::NESTING_MAX),
                )
                .help(
                    "give parts of it a name with `const`, or move inner statements into functions",
                ),
        ),
        Err(nesting::Refusal::LongName(place)) => Some(
            Diagnostic::error(
                crate::codes::program::PROGRAM_TOO_LARGE,
                format!(
                    "a name or a number has more than {} bytes",
                    crate::limits::NAME_BYTES_MAX
                ),
            )
            .at(at(place), "begins here")
            .help("choose a shorter name"),
        ),
        Err(nesting::Refusal::Slash(place)) => Some(
            Diagnostic::error(
                codes::UNCLEAR_SLASH,
                "this `/` may begin a regular expression",
            )
            .at(at(place), "regular expressions are not supported yet")
            .help("if a division is meant, put what is divided into parentheses: `(i++) / 2`"),
        ),
    }
}

fn syntax_error(file: u32, error: &oxc_diagnostics::OxcDiagnostic) -> Diagnostic {
    let message = lowercase(error.message.trim_end_matches('.'));
    let mut diagnostic = Diagnostic::error(codes::SYNTAX, message);
    for label in error.labels.iter() {
        let start = label.offset();
        let end = start.saturating_add(label.len());
        diagnostic = diagnostic.at(Span::new(file, start, end), label.label().unwrap_or(""));
    }
    match &error.help {
        // What the parser proposes here is no value of this language.
        Some(help) if help.contains("= undefined") => diagnostic.help("write its value: `= 0`"),
        Some(help) => diagnostic.help(lowercase(help.trim_end_matches('.'))),
        None => diagnostic,
    }
}

/// The text with a small first letter, unless it is a word in capitals.
fn lowercase(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}
