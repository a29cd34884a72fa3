//! The source files that are compiled together. Spans name a file by its index here.

use crate::columns::Columns;
use crate::span::Span;

/// A named source text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Name for reports and for `import`, usually a path relative to the root of the bundle.
    pub name: String,
    /// The text.
    pub text: String,
}

/// Source files in a fixed order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bundle {
    /// The files; a [`Span`]'s `file` is an index into this.
    pub files: Vec<SourceFile>,
}

impl Bundle {
    /// A bundle of one file.
    #[must_use]
    pub fn single(name: impl Into<String>, text: impl Into<String>) -> Self {
        let mut bundle = Self::default();
        bundle.add(name, text);
        bundle
    }

    /// Adds a file and returns its index.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> u32 {
        let index = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
        self.files.push(SourceFile {
            name: name.into(),
            text: text.into(),
        });
        index
    }

    /// The text a span covers; empty when the span does not belong to this bundle.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.files
            .get(span.file as usize)
            .and_then(|f| f.text.get(span.start as usize..span.end as usize))
            .unwrap_or("")
    }

    /// Line and column of a span's start, both from 1; the column counts characters. `(0, 0)` when the file is unknown. The file is
    /// read up to there: who asks for many places asks [`Bundle::places`].
    #[must_use]
    pub fn line_column(&self, span: Span) -> (u32, u32) {
        let Some(file) = self.files.get(span.file as usize) else {
            return (0, 0);
        };
        line_column(&file.text, span.start)
    }
}

/// Lines and columns of many places in a bundle, found without reading its files again for each.
#[derive(Debug)]
pub struct Places<'b> {
    bundle: &'b Bundle,
    columns: Vec<Columns>,
}

impl Bundle {
    /// Reads each file once.
    #[must_use]
    pub fn places(&self) -> Places<'_> {
        let texts = self.files.iter().map(|file| &*file.text);
        Places {
            bundle: self,
            columns: texts.map(Columns::of).collect(),
        }
    }
}

impl Places<'_> {
    /// As [`Bundle::line_column`].
    #[must_use]
    pub fn line_column(&self, span: Span) -> (u32, u32) {
        let file = span.file as usize;
        match (self.columns.get(file), self.bundle.files.get(file)) {
            (Some(columns), Some(file)) => columns.at(&file.text, span.start),
            _ => (0, 0),
        }
    }
}

/// Line and column of a byte offset, both from 1; the column counts characters.
#[must_use]
pub fn line_column(text: &str, offset: u32) -> (u32, u32) {
    let mut end = (offset as usize).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = text.get(..end).unwrap_or("");
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
    let column = before.get(line_start..).unwrap_or("").chars().count() + 1;
    (
        u32::try_from(line).unwrap_or(u32::MAX),
        u32::try_from(column).unwrap_or(u32::MAX),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_places_are_those_that_are_found_one_by_one() {
        let mut bundle = Bundle::single("a", "ab\nçd\n");
        bundle.add("b", "x");
        let places = bundle.places();
        for (file, end) in [(0, 9), (1, 3), (2, 1)] {
            for start in 0..end {
                let span = Span::new(file, start, start);
                let within = bundle
                    .files
                    .get(file as usize)
                    .is_none_or(|file| file.text.is_char_boundary(start as usize));
                if within {
                    assert_eq!(
                        places.line_column(span),
                        bundle.line_column(span),
                        "{span:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn columns_count_characters_and_lines_start_at_one() {
        assert_eq!(line_column("ab\nçd", 0), (1, 1));
        assert_eq!(line_column("ab\nçd", 5), (2, 2));
        assert_eq!(line_column("ab\nçd", 4), (2, 1), "inside a character");
        assert_eq!(line_column("ab", 900), (1, 3));
    }
}
