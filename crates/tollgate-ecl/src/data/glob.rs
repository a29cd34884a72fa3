//! Globs: what they are made of, and how a text is matched against one that is data.
//!
//! `*` is any text, `?` one character, and `\` takes the next character as it is; a glob matches the whole text. A glob that the
//! program writes becomes text tests or an automaton when the program is compiled (`check/automaton.rs`). One that comes from an
//! input or a fact is matched here.
//!
//! **Linear time.** The places of a glob are bits of a set, and a byte of the text moves all of them at once: Shift-And with loops at the
//! stars (Baeza-Yates and Gonnet 1992; Navarro and Raffinot, *Flexible Pattern Matching in Strings*, chapter 4). So a match takes the
//! bytes of the text times the words of the set, whatever stands in either; [`gas::glob`](crate::data::gas::glob) charges that. The module
//! of a policy does the same (`engines/wasm/glob.rs`), on a memory laid out in the same way.

use crate::limits::PATTERN_SOURCE_BYTES_MAX;

/// A part of a glob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Item {
    /// This character.
    Character(char),
    /// One character, whatever it is.
    One,
    /// Any text.
    Any,
}

/// A glob ends with a `\`, behind which there is no character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unfinished;

/// The parts of a glob, in order.
pub(crate) fn items(glob: &str) -> impl Iterator<Item = Result<Item, Unfinished>> {
    let mut characters = glob.chars();
    std::iter::from_fn(move || {
        Some(Ok(match characters.next()? {
            '*' => Item::Any,
            '?' => Item::One,
            '\\' => match characters.next() {
                Some(literal) => Item::Character(literal),
                None => return Some(Err(Unfinished)),
            },
            literal => Item::Character(literal),
        }))
    })
}

/// Places in a word.
pub(crate) const BITS: u32 = 64;
const _: () = assert!(BITS as u64 == crate::data::gas::GLOB_BYTES_PER_GAS);
const WORD_PLACES: usize = BITS as usize;
/// The sets of places that a matcher keeps before those of the bytes: see [`Matcher::sets`].
pub(crate) const ROWS: u32 = 5;
/// Row: places from which any one character leads on.
pub(crate) const ONES: u32 = 0;
/// Row: places that stay where they are, at the first byte of a character: those at stars.
pub(crate) const STAY: u32 = 1;
/// The rows of a byte within a character stand so many further on.
pub(crate) const WITHIN: u32 = 2;
/// Row: the places that the text may have reached.
pub(crate) const REACHED: u32 = 4;

/// Matches texts against a glob, of which it is told once.
///
/// Place `i` stands before byte `i` of the glob's characters, where `?` counts as one byte and `*` as none.
#[derive(Debug, Default)]
pub(crate) struct Matcher {
    /// What the caller knows the glob by.
    name: Option<u64>,
    /// Words of a set of places.
    words: usize,
    /// The place at the end.
    last: usize,
    /// Sets of places, `words` each: `ONES` and `STAY` for the first byte of a character; none, and `STAY` with the places behind a
    /// `?`, for the other bytes of a character; `REACHED`; then for each byte the places from which it leads on.
    sets: Vec<u64>,
}

impl Matcher {
    /// Forgets the glob: names mean something else from now on.
    pub(crate) fn forget(&mut self) {
        self.name = None;
    }

    /// Whether this is the glob that it was told of last.
    pub(crate) fn knows(&self, name: u64) -> bool {
        self.name == Some(name)
    }

    /// Takes a glob.
    ///
    /// # Errors
    /// When it ends with a `\`.
    pub(crate) fn learn(&mut self, name: u64, glob: &str) -> Result<(), Unfinished> {
        self.name = None;
        self.words = glob.len() / WORD_PLACES + 1;
        self.sets.clear();
        self.sets.resize((ROWS as usize + 256) * self.words, 0);
        let mut place = 0;
        for item in items(glob) {
            match item? {
                Item::Any => {
                    self.add(STAY, place);
                    self.add(STAY + WITHIN, place);
                }
                Item::One => {
                    self.add(ONES, place);
                    place += 1;
                    // The other bytes of the character lead nowhere.
                    self.add(STAY + WITHIN, place);
                }
                Item::Character(character) => {
                    for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                        self.add(ROWS + u32::from(byte), place);
                        place += 1;
                    }
                }
            }
        }
        self.last = place;
        self.name = Some(name);
        Ok(())
    }

    /// Adds a place to a set.
    fn add(&mut self, set: u32, place: usize) {
        let at = set as usize * self.words + place / WORD_PLACES;
        if let Some(word) = self.sets.get_mut(at) {
            *word |= 1 << (place % WORD_PLACES);
        }
    }

    /// Whether the glob matches a text, which is UTF-8. `None` when it was told of no glob.
    pub(crate) fn matches(&mut self, text: &[u8]) -> Option<bool> {
        self.name?;
        let words = self.words;
        if words == 1 {
            return self.matches_few(text);
        }
        let (rows, bytes) = self.sets.split_at_mut_checked(ROWS as usize * words)?;
        let (steps, reached) = rows.split_at_mut_checked(REACHED as usize * words)?;
        reached.fill(0);
        *reached.first_mut()? = 1;
        for byte in text {
            let within = if byte & 0xc0 == 0x80 { WITHIN } else { 0 };
            let row = |row: u32| steps.get((row + within) as usize * words..);
            let here = bytes.get(usize::from(*byte) * words..)?;
            let moves = here.iter().zip(row(ONES)?).zip(row(STAY)?);
            let (mut carry, mut any) = (0, 0);
            for (places, ((here, ones), stay)) in reached.iter_mut().zip(moves) {
                let on = *places & (here | ones);
                *places = (on << 1 | carry) | (*places & stay);
                carry = on >> (WORD_PLACES - 1);
                any |= *places;
            }
            if any == 0 {
                return Some(false);
            }
        }
        let word = reached.get(self.last / WORD_PLACES)?;
        Some(word >> (self.last % WORD_PLACES) & 1 == 1)
    }
}

impl Matcher {
    /// The same where one word has all places, as it has for most globs: it stays in a register.
    fn matches_few(&self, text: &[u8]) -> Option<bool> {
        let (rows, bytes) = self.sets.split_at_checked(ROWS as usize)?;
        let bytes: &[u64; 256] = bytes.first_chunk()?;
        let row = |row: u32| rows.get(row as usize).copied();
        let first = (row(ONES)?, row(STAY)?);
        let within = (row(ONES + WITHIN)?, row(STAY + WITHIN)?);
        let mut reached = 1_u64;
        for byte in text {
            let (ones, stay) = if byte & 0xc0 == 0x80 { within } else { first };
            let here = bytes.get(usize::from(*byte))?;
            reached = (reached & (here | ones)) << 1 | (reached & stay);
            if reached == 0 {
                return Some(false);
            }
        }
        Some(reached >> self.last & 1 == 1)
    }
}

/// Whether a glob matches a text; `None` when it ends with a `\` or is longer than a glob may be.
pub(crate) fn matches(text: &str, glob: &str) -> Option<bool> {
    if glob.len() > PATTERN_SOURCE_BYTES_MAX {
        return None;
    }
    let mut matcher = Matcher::default();
    matcher.learn(0, glob).ok()?;
    matcher.matches(text.as_bytes())
}

#[cfg(test)]
mod tests;
