//! Upper and lower case: tables of Unicode that come from Rust's own, written into the memory of programs that ask for them.
//!
//! A table is a count and then entries of five words, ascending: the first and the last character, the step between those that
//! change, and by how much. A step of 0 stands for a single character that becomes up to three units, which are in the last two
//! words.

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
pub(super) fn words(table: Table) -> Vec<u32> {
    let mut entries: Vec<Entry> = Vec::new();
    for c in characters(table) {
        let Some((change, single)) = change(table, c) else {
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
    let mut words = vec![u32::try_from(entries.len()).unwrap_or(0)];
    for Entry {
        first,
        last,
        step,
        change: [a, b],
    } in entries
    {
        words.extend([first, last, step, a, b]);
    }
    words
}

/// How a character changes, and whether it does so alone.
fn change(table: Table, c: char) -> Option<([u32; 2], bool)> {
    let made: Vec<char> = match table {
        Table::Upper => c.to_uppercase().collect(),
        Table::Lower => c.to_lowercase().collect(),
        Table::Sigma => return sigma(c).map(|class| ([class, 0], false)),
    };
    match made.as_slice() {
        [same] if *same == c => None,
        [one] => Some(([u32::from(*one).wrapping_sub(u32::from(c)), 0], false)),
        many => {
            let text: String = many.iter().collect();
            let mut units = text.encode_utf16().map(u32::from);
            let mut next = || units.next().unwrap_or(0);
            let low = next() | next() << 16;
            Some(([low, next()], true))
        }
    }
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
