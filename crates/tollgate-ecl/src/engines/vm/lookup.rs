//! Looking up a key of an index in constant time: made when a program is loaded, from the sorted keys of its code.
//!
//! Keys of text are handles of constants, which lie side by side: their addresses number a dense table. Other keys that lie
//! close together (enum cases, small ints) do so themselves. The rest goes into an open-addressing table with multiplicative hashing, and keys
//! made to collide there are searched instead.
//!
//! A key among cuts is found by binary search. Texts are first told apart by the eight bytes behind what all cuts have in
//! common, as one big-endian word.

use super::bytecode::{IndexCode, NONE, SearchCode};
use crate::ir::{Cuts, Handle, TextCut, Windows};

/// Probes of a table at most; keys that need more are searched.
const PROBES_MAX: usize = 16;

/// How the position of a key in [`IndexCode::entries`] is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lookup {
    /// Position by `(key >> shift) - first`.
    Dense {
        shift: u32,
        first: u64,
        positions: Vec<u32>,
    },
    /// Position by hash; the length is a power of two.
    Hash { shift: u32, positions: Vec<u32> },
    /// Binary search.
    Sorted,
}

impl Lookup {
    pub(super) fn new(index: &IndexCode) -> Self {
        // A text of the pool starts at a word of its own: the address in words is the handle shifted by 32 + 3.
        dense(index, 35)
            .or_else(|| dense(index, 0))
            .or_else(|| hash(index))
            .unwrap_or(Self::Sorted)
    }

    /// The bucket of a key.
    #[inline]
    pub(super) fn find(&self, index: &IndexCode, key: u64) -> u32 {
        let hit = |position: u32| {
            let (found, bucket) = index.entries.get(position as usize)?;
            (*found == key).then_some(*bucket)
        };
        let bucket = match self {
            Self::Dense {
                shift,
                first,
                positions,
            } => {
                let at = (key >> shift).wrapping_sub(*first);
                usize::try_from(at)
                    .ok()
                    .and_then(|at| positions.get(at))
                    .and_then(|p| hit(*p))
            }
            Self::Hash { shift, positions } => {
                let mut at = slot(key, *shift);
                loop {
                    match positions.get(at & (positions.len().wrapping_sub(1))) {
                        None | Some(&NONE) => break None,
                        Some(position) => {
                            if let Some(bucket) = hit(*position) {
                                break Some(bucket);
                            }
                        }
                    }
                    at = at.wrapping_add(1);
                }
            }
            Self::Sorted => {
                let position = index.entries.binary_search_by_key(&key, |(key, _)| *key);
                position
                    .ok()
                    .and_then(|p| index.entries.get(p))
                    .map(|(_, bucket)| *bucket)
            }
        };
        bucket.unwrap_or(index.default)
    }
}

fn dense(index: &IndexCode, shift: u32) -> Option<Lookup> {
    let numbers = || index.entries.iter().map(|(key, _)| key >> shift);
    let (first, last) = (numbers().min()?, numbers().max()?);
    let range = usize::try_from(last - first).ok()?.checked_add(1)?;
    if range > index.entries.len() * 8 + 64 {
        return None;
    }
    let mut positions = vec![NONE; range];
    for (position, number) in (0..).zip(numbers()) {
        let place = positions.get_mut(usize::try_from(number - first).ok()?)?;
        if *place != NONE {
            return None;
        }
        *place = position;
    }
    Some(Lookup::Dense {
        shift,
        first,
        positions,
    })
}

fn hash(index: &IndexCode) -> Option<Lookup> {
    // At most half full, so that a look-up always meets an empty place.
    let size = (index.entries.len().max(1) * 2).next_power_of_two();
    let shift = 64 - size.trailing_zeros();
    let mut positions = vec![NONE; size];
    for (position, (key, _)) in (0..).zip(&index.entries) {
        let start = slot(*key, shift);
        let at = (start..start + PROBES_MAX)
            .map(|at| at & (size - 1))
            .find(|at| positions.get(*at) == Some(&NONE))?;
        *positions.get_mut(at)? = position;
    }
    Some(Lookup::Hash { shift, positions })
}

/// Fibonacci hashing: the high bits of the product with 2^64 / φ.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the high bits fit the table's size"
)]
fn slot(key: u64, shift: u32) -> usize {
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (shift & 63)) as usize
}

/// What makes looking a key up among cuts fast: of texts, their windows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Search(Option<Windows>);

impl Search {
    pub(super) fn new(search: &SearchCode, pool: &[u8]) -> Self {
        Self(match &search.cuts {
            Cuts::Texts(cuts) => Some(Windows::of(cuts, pool)),
            Cuts::Words(_) | Cuts::Numbers(_) | Cuts::Wides(_) => None,
        })
    }

    /// The interval of a word. `memory` has the constants from address 0.
    pub(super) fn word(&self, search: &SearchCode, key: u64, memory: &[u8]) -> Option<usize> {
        match &search.cuts {
            Cuts::Words(cuts) => {
                let key = key.cast_signed();
                Some(cuts.partition_point(|cut| *cut <= key))
            }
            Cuts::Numbers(cuts) => {
                let key = f64::from_bits(key);
                Some(cuts.partition_point(|cut| *cut <= key))
            }
            Cuts::Texts(cuts) => {
                let windows = self.0.as_ref()?;
                let text = bytes(memory, Handle(key))?;
                let common = bytes(memory, windows.common)?;
                Some(match text.strip_prefix(common) {
                    Some(rest) => among(cuts, &windows.windows, text, rest, memory),
                    // What does not begin like all cuts is on one side of all.
                    None if text < common => 0,
                    None => cuts.len(),
                })
            }
            Cuts::Wides(_) => None,
        }
    }

    /// The interval of a wide.
    pub(super) fn wide(search: &SearchCode, key: i128) -> Option<usize> {
        match &search.cuts {
            Cuts::Wides(cuts) => Some(cuts.partition_point(|cut| *cut <= key)),
            Cuts::Words(_) | Cuts::Numbers(_) | Cuts::Texts(_) => None,
        }
    }
}

fn bytes(memory: &[u8], text: Handle) -> Option<&[u8]> {
    let start = text.address() as usize;
    memory.get(start..start.checked_add(text.length() as usize)?)
}

/// The interval of a text that begins like all cuts and goes on with `rest`.
fn among(cuts: &[TextCut], windows: &[u64], text: &[u8], rest: &[u8], pool: &[u8]) -> usize {
    let key = Windows::key(rest);
    let low = windows.partition_point(|window| *window < key);
    let alike = windows.get(low..).unwrap_or_default();
    let high = low + alike.partition_point(|window| *window == key);
    let alike = cuts.get(low..high).unwrap_or_default();
    low + alike.partition_point(|cut| cut.is_reached(text, pool))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Edge;

    fn check(keys: &[u64], others: &[u64]) -> Lookup {
        let mut keys = keys.to_vec();
        keys.sort_unstable();
        let entries: Vec<_> = keys.iter().copied().zip(10..).collect();
        let index = IndexCode {
            group: 0,
            entries,
            default: 7,
        };
        let lookup = Lookup::new(&index);
        for (key, bucket) in &index.entries {
            assert_eq!(lookup.find(&index, *key), *bucket);
        }
        for other in others {
            assert_eq!(lookup.find(&index, *other), 7, "{other}");
        }
        lookup
    }

    #[test]
    fn constant_texts_are_found_by_their_place() {
        let keys: Vec<u64> = (0..1000).map(|i| Handle::new(16 + i * 16, 9).0).collect();
        let others = [
            0,
            Handle::new(16, 8).0,
            Handle::new(24, 9).0,
            Handle::new(90_000, 9).0,
        ];
        assert!(matches!(
            check(&keys, &others),
            Lookup::Dense { shift: 35, .. }
        ));
    }

    #[test]
    fn small_ints_are_found_by_their_value() {
        let lookup = check(&[3, 5, 4, 90], &[0, 6, u64::MAX]);
        assert!(matches!(lookup, Lookup::Dense { shift: 0, .. }));
    }

    #[test]
    fn scattered_keys_are_found_by_hash() {
        let keys: Vec<u64> = (1..500_u64)
            .map(|i| i.wrapping_mul(0x1234_5678_9abc_def1))
            .collect();
        assert!(matches!(check(&keys, &[0, 1, 2]), Lookup::Hash { .. }));
    }

    #[test]
    fn keys_made_to_collide_are_searched() {
        // The inverse of the multiplier modulo 2^64 gives keys whose hashes are consecutive small numbers.
        let inverse = 0xf1de_83e1_9937_733d_u64;
        assert_eq!(inverse.wrapping_mul(0x9e37_79b9_7f4a_7c15), 1);
        let keys: Vec<u64> = (1..100_u64).map(|i| i.wrapping_mul(inverse)).collect();
        assert_eq!(check(&keys, &[0, 1]), Lookup::Sorted);
    }

    #[test]
    fn a_text_is_found_among_cuts_like_one_that_is_compared_with_each() {
        let texts = [
            "/api/",
            "/api",
            "/apj",
            "/api/v1/items",
            "/api/v1/items/",
            "/api/v2",
            "/a",
            "/api/\0",
            "/api/v1/itemsüü",
        ];
        // All begin alike, all begin with the same text, and nothing in common.
        for start in [&["/api/v"][..], &["/a"], &["", "z", "did:"]] {
            let mut pool = Vec::new();
            let mut cuts = Vec::new();
            for text in start
                .iter()
                .chain(&texts)
                .filter(|t| start.iter().any(|s| t.starts_with(s)))
            {
                let handle = Handle::new(pool.len() as u32, text.len() as u32);
                pool.extend_from_slice(text.as_bytes());
                for edge in [Edge::Before, Edge::Behind, Edge::BehindAll] {
                    cuts.push(TextCut { text: handle, edge });
                }
            }
            cuts.sort_by(|a, b| a.order(b, &pool));
            let code = SearchCode {
                group: 0,
                cuts: Cuts::Texts(cuts.clone()),
                first: 0,
            };
            let search = Search::new(&code, &pool);
            let more = [
                "",
                "/",
                "/b",
                "/api/v1/itemsü",
                "/api/v",
                "zz",
                "did:x",
                "/api/v\0",
                "/api/v1\u{10ffff}",
            ];
            for text in texts.iter().chain(&more) {
                let text = text.as_bytes();
                let reached = cuts.iter().filter(|cut| cut.is_reached(text, &pool));
                let mut memory = pool.clone();
                memory.extend_from_slice(text);
                let key = Handle::new(pool.len() as u32, text.len() as u32);
                let found = search.word(&code, key.0, &memory);
                assert_eq!(found, Some(reached.count()), "{text:?} among {start:?}");
            }
        }
    }

    #[test]
    fn an_empty_index_has_only_the_default() {
        check(&[], &[0, 1, u64::MAX]);
    }
}
