//! The rule that decided, and where it stands.

use std::fmt;

use serde::Serialize;
use tollgate_ecl::Bundle;
use tollgate_ecl::tools::explain::Place;

/// A rule as a person finds it in an editor.
#[derive(Serialize)]
pub(super) struct Decider {
    name: Box<str>,
    file: String,
    line: u32,
    column: u32,
}

impl Decider {
    pub(super) fn new(bundle: &Bundle, name: &str, place: &Place) -> Self {
        let (line, column) = place.line_column;
        let (_, _, file) = place.span;
        let file = bundle.files.get(file as usize);
        Self {
            name: name.into(),
            file: file.map_or("?", |file| &file.name).to_owned(),
            line,
            column,
        }
    }
}

impl fmt::Display for Decider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            file,
            line,
            column,
        } = self;
        write!(f, "by rule `{name}` at {file}:{line}:{column}")
    }
}
