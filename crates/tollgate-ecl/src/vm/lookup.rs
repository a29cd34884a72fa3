//! Looking up a key of an index in constant time: made when a program is loaded, from the sorted keys of its code.
//!
//! Keys of text are handles of constants, which lie side by side: their addresses number a dense table. Other keys that lie
//! close together (enum cases, small ints) do so themselves. The rest goes into an open-addressing table with multiplicative hashing, and keys
//! made to collide there are searched instead.

use super::bytecode::{IndexCode, NONE};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Handle;

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
    fn an_empty_index_has_only_the_default() {
        check(&[], &[0, 1, u64::MAX]);
    }
}
