//! The classes of texts that some tests tell apart, and a text of each.
//!
//! Each test is an automaton over bytes, and so is what makes bytes UTF-8. They read a text together; the states that they can be in
//! at once are gone through breadth first, so the first text with given answers is a shortest one. A class without a text among
//! the states that are reached has none at all, and one whose shortest text is too long for its field has none there.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{Budget, Undecided};
use crate::engines::vm::Tables;

/// The tests that are made of one text.
#[derive(Default)]
pub(super) struct Tests<'p> {
    /// It is one of these.
    pub(super) exact: BTreeSet<&'p [u8]>,
    /// It begins with these.
    pub(super) prefixes: BTreeSet<&'p [u8]>,
    /// It ends with these.
    pub(super) suffixes: BTreeSet<&'p [u8]>,
    /// It contains these.
    pub(super) contained: BTreeSet<&'p [u8]>,
    /// These accept it, each begun in its first state.
    pub(super) automata: Vec<(Tables<'p>, u32)>,
}

/// Several automata that read one text.
struct Machines<'p> {
    trie: Trie,
    searches: Vec<Search<'p>>,
    automata: &'p [(Tables<'p>, u32)],
}

/// The states of all of them: of the trie, the searches, the automata, and of UTF-8.
type States = Box<[u32]>;

/// Texts of at most `bytes_max` bytes: one of each class, the shortest ones first.
pub(super) fn classes(
    tests: &Tests<'_>,
    bytes_max: u32,
    budget: &mut Budget,
) -> Result<Vec<String>, Undecided> {
    let machines = Machines::of(tests);
    let alphabet = machines.alphabet(tests);
    let (mut answers, mut texts) = (HashSet::new(), Vec::new());
    let mut reached: HashSet<States> = HashSet::new();
    // Each with its text, as the place before it and the byte that led on.
    let mut trail: Vec<(usize, u8)> = Vec::new();
    let start = machines.start();
    reached.insert(start.clone());
    let mut level = vec![(start, usize::MAX)];
    for _ in 0..=bytes_max {
        let mut next = Vec::new();
        for (states, place) in level {
            budget.take()?;
            if let Some(answer) = machines.answer(&states)
                && answers.insert(answer)
            {
                texts.push(text(&trail, place)?);
            }
            for byte in &alphabet {
                let Some(after) = machines.next(&states, *byte) else {
                    continue;
                };
                if !reached.contains(&after) {
                    reached.insert(after.clone());
                    trail.push((place, *byte));
                    next.push((after, trail.len() - 1));
                }
            }
        }
        if next.is_empty() {
            break;
        }
        level = next;
    }
    Ok(texts)
}

/// The text that led to a place.
fn text(trail: &[(usize, u8)], place: usize) -> Result<String, Undecided> {
    let (mut bytes, mut place) = (Vec::new(), place);
    while let Some((before, byte)) = trail.get(place) {
        bytes.push(*byte);
        place = *before;
    }
    bytes.reverse();
    String::from_utf8(bytes).map_err(|error| Undecided::Input(error.to_string()))
}

impl<'p> Machines<'p> {
    fn of(tests: &'p Tests<'p>) -> Self {
        let ends = tests.suffixes.iter().map(|part| (*part, Where::AtTheEnd));
        let inside = tests.contained.iter().map(|part| (*part, Where::Anywhere));
        Self {
            trie: Trie::of(&tests.exact, &tests.prefixes),
            searches: ends
                .chain(inside)
                .map(|(part, place)| Search::of(part, place))
                .collect(),
            automata: &tests.automata,
        }
    }

    /// A byte of each class that no test tells apart, letters first so that texts are ones that people read.
    fn alphabet(&self, tests: &Tests<'_>) -> Vec<u8> {
        let parts = [
            &tests.exact,
            &tests.prefixes,
            &tests.suffixes,
            &tests.contained,
        ];
        let named: BTreeSet<u8> = parts
            .into_iter()
            .flatten()
            .flat_map(|part| part.iter().copied())
            .collect();
        let class = |byte: u8| {
            let own = named.contains(&byte).then_some(byte);
            let automata = self.automata.iter();
            let classes: Vec<_> = automata.map(|(tables, _)| tables.class(byte)).collect();
            (own, utf8_class(byte), classes)
        };
        let readable = (b'a'..=b'z').chain(b'0'..=b'9').chain(b' '..=b'~');
        let mut known = HashSet::new();
        readable
            .chain(0..=u8::MAX)
            .filter(|byte| known.insert(class(*byte)))
            .collect()
    }

    fn start(&self) -> States {
        let searches = self.searches.iter().map(Search::start);
        let automata = self.automata.iter().map(|(_, start)| *start);
        std::iter::once(0)
            .chain(searches)
            .chain(automata)
            .chain([0])
            .collect()
    }

    /// The states after a byte; `None` if no text goes on so.
    fn next(&self, states: &States, byte: u8) -> Option<States> {
        let mut states = states.iter();
        let mut after = Vec::with_capacity(states.len());
        after.push(self.trie.next(*states.next()?, byte)?);
        for search in &self.searches {
            after.push(search.next(*states.next()?, byte)?);
        }
        for (tables, _) in self.automata {
            after.push(match *states.next()? {
                0 => 0,
                state => tables.next(state, byte)?,
            });
        }
        after.push(utf8_next(*states.next()?, byte)?);
        Some(after.into())
    }

    /// What all tests say of a text that ends here; `None` if it is within a character.
    fn answer(&self, states: &States) -> Option<Vec<u32>> {
        let mut states = states.iter();
        let mut answer = vec![self.trie.answer(*states.next()?)?];
        for search in &self.searches {
            answer.push(search.is_found(*states.next()?).into());
        }
        for (tables, _) in self.automata {
            let state = *states.next()?;
            answer.push((state != 0 && tables.accepts(state)?).into());
        }
        (*states.next()? == 0).then_some(answer)
    }
}

/// Whole texts and beginnings of texts, by their bytes. A state is the node that was reached, or the last beginning that was passed
/// before the text left all of them.
struct Trie {
    nodes: Vec<Node>,
}

#[derive(Default)]
struct Node {
    next: BTreeMap<u8, u32>,
    /// The number of the node at which its text last was one of the beginnings.
    passed: u32,
    is_exact: bool,
    is_prefix: bool,
}

impl Trie {
    /// Added to the node of the last beginning, where the text has left the trie.
    const LEFT: u32 = 1 << 31;

    fn of(exact: &BTreeSet<&[u8]>, prefixes: &BTreeSet<&[u8]>) -> Self {
        let mut trie = Self {
            nodes: vec![Node::default()],
        };
        for part in exact {
            if let Some(node) = trie.insert(part) {
                node.is_exact = true;
            }
        }
        for part in prefixes {
            if let Some(node) = trie.insert(part) {
                node.is_prefix = true;
            }
        }
        trie.pass(0, 0);
        trie
    }

    fn insert(&mut self, part: &[u8]) -> Option<&mut Node> {
        let mut place = 0_u32;
        for byte in part {
            let new = u32::try_from(self.nodes.len()).ok()?;
            let node = self.nodes.get_mut(place as usize)?;
            place = *node.next.entry(*byte).or_insert(new);
            if place == new {
                self.nodes.push(Node::default());
            }
        }
        self.nodes.get_mut(place as usize)
    }

    /// Notes at each node which beginning was passed last.
    fn pass(&mut self, place: u32, passed: u32) {
        let mut open = vec![(place, passed)];
        while let Some((place, passed)) = open.pop() {
            let Some(node) = self.nodes.get_mut(place as usize) else {
                continue;
            };
            node.passed = if node.is_prefix { place } else { passed };
            let passed = node.passed;
            open.extend(node.next.values().map(|next| (*next, passed)));
        }
    }

    fn next(&self, state: u32, byte: u8) -> Option<u32> {
        if state & Self::LEFT != 0 {
            return Some(state);
        }
        let node = self.nodes.get(state as usize)?;
        let next = node.next.get(&byte).copied();
        Some(next.unwrap_or(node.passed | Self::LEFT))
    }

    /// A number for each set of answers: which text it is, or else the longest beginning that it has.
    fn answer(&self, state: u32) -> Option<u32> {
        if state & Self::LEFT != 0 {
            return Some(state);
        }
        let node = self.nodes.get(state as usize)?;
        Some(match node.is_exact {
            true => state,
            false => node.passed | Self::LEFT,
        })
    }
}

/// Where a text is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    Anywhere,
    AtTheEnd,
}

/// The search for a text in another one, as Knuth, Morris and Pratt do it: a state is how much of it was seen last.
struct Search<'p> {
    part: &'p [u8],
    place: Where,
    /// For each length of its beginning the longest shorter one that this ends with.
    falls: Vec<u32>,
}

impl<'p> Search<'p> {
    fn of(part: &'p [u8], place: Where) -> Self {
        let mut search = Self {
            part,
            place,
            falls: vec![0; part.len() + 1],
        };
        let mut length = 0;
        for (at, byte) in part.iter().enumerate().skip(1) {
            length = search.step(length, *byte);
            if let Some(fall) = search.falls.get_mut(at + 1) {
                *fall = length;
            }
        }
        search
    }

    const fn start(&self) -> u32 {
        0
    }

    /// How much of it is seen after a byte. It ends, since what is fallen back to is shorter.
    fn step(&self, seen: u32, byte: u8) -> u32 {
        let mut seen = seen;
        loop {
            if self.part.get(seen as usize) == Some(&byte) {
                return seen + 1;
            }
            if seen == 0 {
                return 0;
            }
            seen = self.falls.get(seen as usize).copied().unwrap_or(0);
        }
    }

    fn next(&self, seen: u32, byte: u8) -> Option<u32> {
        if self.is_found(seen) && self.place == Where::Anywhere {
            return Some(seen);
        }
        Some(self.step(seen, byte))
    }

    fn is_found(&self, seen: u32) -> bool {
        seen as usize == self.part.len()
    }
}

/// Bytes that UTF-8 does not tell apart.
const fn utf8_class(byte: u8) -> u8 {
    match byte {
        0x00..=0x7f => 0,
        0x80..=0x8f => 1,
        0x90..=0x9f => 2,
        0xa0..=0xbf => 3,
        0xc2..=0xdf => 4,
        0xe0 => 5,
        0xe1..=0xec | 0xee..=0xef => 6,
        0xed => 7,
        0xf0 => 8,
        0xf1..=0xf3 => 9,
        0xf4 => 10,
        0xc0..=0xc1 | 0xf5..=0xff => 11,
    }
}

/// The state of UTF-8 after a byte, by table 3-7 of the Unicode Standard: 0 between characters, else what has to follow. `None` if
/// nothing that goes on so is UTF-8.
const fn utf8_next(state: u32, byte: u8) -> Option<u32> {
    Some(match (state, byte) {
        (0, 0x00..=0x7f) | (1, 0x80..=0xbf) => 0,
        (0, 0xc2..=0xdf) | (2, 0x80..=0xbf) | (4, 0xa0..=0xbf) | (5, 0x80..=0x9f) => 1,
        (0, 0xe1..=0xec | 0xee..=0xef) | (3, 0x80..=0xbf) | (6, 0x90..=0xbf) | (7, 0x80..=0x8f) => {
            2
        }
        (0, 0xf1..=0xf3) => 3,
        (0, 0xe0) => 4,
        (0, 0xed) => 5,
        (0, 0xf0) => 6,
        (0, 0xf4) => 7,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn found(tests: &Tests<'_>, bytes_max: u32) -> Vec<String> {
        let mut budget = Budget {
            left: 10_000,
            max: 10_000,
        };
        classes(tests, bytes_max, &mut budget).unwrap()
    }

    #[test]
    fn each_class_has_a_text_and_the_shortest_one() {
        let mut tests = Tests::default();
        tests.exact.insert(b"ab");
        tests.prefixes.insert(b"a");
        tests.suffixes.insert(b"b");
        assert_eq!(found(&tests, 8), ["", "a", "b", "ab", "aab"]);
        assert_eq!(found(&tests, 2), ["", "a", "b", "ab"], "no longer one fits");
        tests.contained.insert("é".as_bytes());
        let texts = found(&tests, 8);
        assert!(texts.contains(&String::from("é")), "{texts:?}");
        assert!(texts.contains(&String::from("aéb")), "{texts:?}");
    }

    #[test]
    fn what_is_no_text_is_none() {
        let mut tests = Tests::default();
        // The second half of a character: in a text there is a first one before it.
        tests.contained.insert(b"\xa9");
        assert_eq!(found(&tests, 1), [""]);
        assert_eq!(found(&tests, 2).len(), 2);
    }

    #[test]
    fn utf8_is_what_the_standard_library_takes() {
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                for tail in [&[][..], &[0x80], &[0xbf], &[0x80, 0xbf]] {
                    let mut bytes = vec![first, second];
                    bytes.extend(tail);
                    let state = bytes
                        .iter()
                        .try_fold(0, |state, byte| utf8_next(state, *byte));
                    let is_text = std::str::from_utf8(&bytes).is_ok();
                    assert_eq!(state == Some(0), is_text, "{bytes:?}");
                }
            }
        }
        // Bytes of one class lead to one state.
        let mut states: HashMap<u8, Vec<Option<u32>>> = HashMap::new();
        for byte in 0..=u8::MAX {
            let after: Vec<_> = (0..8).map(|state| utf8_next(state, byte)).collect();
            let known = states.entry(utf8_class(byte)).or_insert(after.clone());
            assert_eq!(*known, after, "{byte}");
        }
    }
}
