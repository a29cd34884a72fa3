//! Lines and columns of places in one text, found without reading the text again for each.

/// Bytes between the places whose number of characters is kept.
const STRIDE: usize = 256;

/// What makes lines and columns of one text quick to find: made in one pass over it.
#[derive(Debug, Default)]
pub struct Columns {
    /// Where each line starts.
    lines: Vec<u32>,
    /// Characters that begin before each multiple of [`STRIDE`].
    characters: Vec<u32>,
}

impl Columns {
    /// Reads a text once.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let newlines = text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
        let after = newlines.map(|(i, _)| clamped(i + 1));
        let mut characters = vec![0];
        let mut so_far = 0;
        for part in text.as_bytes().chunks(STRIDE) {
            so_far += beginnings(part);
            characters.push(so_far);
        }
        Self {
            lines: std::iter::once(0).chain(after).collect(),
            characters,
        }
    }

    /// Line and column of a byte offset into the same text, both from 1; the column counts characters.
    #[must_use]
    pub fn at(&self, text: &str, offset: u32) -> (u32, u32) {
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let before = self.before(text, offset);
        let column = before.saturating_sub(self.before(text, start));
        (clamped(line), column.saturating_add(1))
    }

    /// Characters that begin before an offset.
    fn before(&self, text: &str, offset: u32) -> u32 {
        let offset = offset as usize;
        let kept = offset / STRIDE;
        let from = kept * STRIDE;
        let rest = text.as_bytes().get(from..offset).unwrap_or_default();
        self.characters.get(kept).copied().unwrap_or(0) + beginnings(rest)
    }
}

/// Characters that begin in a part of a text.
fn beginnings(part: &[u8]) -> u32 {
    let continues = |byte: &&u8| **byte & 0xc0 != 0x80;
    clamped(part.iter().filter(continues).count())
}

fn clamped(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::line_column;

    #[test]
    fn lines_and_columns_are_those_that_counting_finds() {
        let text = format!("a\n{}\nçd\r\n\n€ {}\n", "äb".repeat(900), "x€".repeat(300));
        let columns = Columns::of(&text);
        for (offset, _) in text.char_indices() {
            let offset = u32::try_from(offset).unwrap();
            assert_eq!(
                columns.at(&text, offset),
                line_column(&text, offset),
                "{offset}"
            );
        }
    }
}
