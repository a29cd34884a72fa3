//! Upper and lower case: tables of Unicode that come from Rust's own, written into the memory of programs that ask for them.
//!
//! A table is a count and then entries of five words, ascending: the first and the last character, the step between those that
//! change, and by how much. A step of 0 stands for a single character that becomes up to three units, which are in the last two
//! words.

use crate::ir::Broken;

/// Which table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Table {
    Upper,
    Lower,
    /// What decides how a capital sigma is written in lower case: the change is 1 for letters with case, 2 for what is passed over.
    Sigma,
}

/// No character outside of these is in a table. A character without another case can still be passed over.
fn characters(table: Table) -> impl Iterator<Item = char> {
    let (last, tags) = match table {
        Table::Upper | Table::Lower => (0x1_e943, 0..0),
        Table::Sigma => (0x1_ffff, 0xe_0000..0xe_0200),
    };
    (0x80..=last).chain(tags).filter_map(char::from_u32)
}

struct Entry {
    first: u32,
    last: u32,
    step: u32,
    change: [u32; 2],
}

/// Returns the words of a table.
pub(super) fn words(table: Table) -> Result<Vec<u32>, Broken> {
    let mut entries: Vec<Entry> = Vec::new();
    for c in characters(table) {
        let Some((change, single)) = change(table, c)? else {
            continue;
        };
        let code = u32::from(c);
        if let Some(before) = entries
            .last_mut()
            .filter(|e| !single && e.step != 0 && e.change == change)
        {
            let gap = code - before.last;
            let fits = gap <= 2 && (before.first == before.last || gap == before.step);
            if fits {
                before.step = gap;
                before.last = code;
                continue;
            }
        }
        entries.push(Entry {
            first: code,
            last: code,
            step: u32::from(!single),
            change,
        });
    }
    let count = u32::try_from(entries.len());
    let mut words = vec![count.map_err(|_| Broken("a table of letters is too long"))?];
    for Entry {
        first,
        last,
        step,
        change: [a, b],
    } in entries
    {
        words.extend([first, last, step, a, b]);
    }
    Ok(words)
}

/// How a character changes, and whether it does so alone.
fn change(table: Table, c: char) -> Result<Option<([u32; 2], bool)>, Broken> {
    let made: Vec<char> = match table {
        Table::Upper => c.to_uppercase().collect(),
        Table::Lower => c.to_lowercase().collect(),
        Table::Sigma => return Ok(sigma(c).map(|class| ([class, 0], false))),
    };
    Ok(match made.as_slice() {
        [same] if *same == c => None,
        [one] => Some(([u32::from(*one).wrapping_sub(u32::from(c)), 0], false)),
        many => {
            let text: String = many.iter().collect();
            let units: Vec<u32> = text.encode_utf16().map(u32::from).collect();
            let change = match units.as_slice() {
                [first, second] => [first | second << 16, 0],
                [first, second, third] => [first | second << 16, *third],
                _ => return Err(Broken("a letter becomes more than three units")),
            };
            Some((change, true))
        }
    })
}

/// How a character beside a capital sigma counts, as Rust's own conversion shows it.
fn sigma(c: char) -> Option<u32> {
    // The sigma is the second character: it is written otherwise where a word ends.
    let ends = |text: String| text.to_lowercase().chars().nth(1) == Some('\u{3c2}');
    if !ends(format!("a\u{3a3}{c}")) {
        return Some(1);
    }
    (!ends(format!("a\u{3a3}{c}b"))).then_some(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_a_place_for_every_letter() {
        for table in [Table::Upper, Table::Lower, Table::Sigma] {
            let words = words(table).expect("a table");
            let count = usize::try_from(words[0]).expect("a count");
            assert_eq!(words.len(), 1 + 5 * count, "{table:?}");
        }
    }
}
