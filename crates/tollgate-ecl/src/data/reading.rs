//! Bounds on nesting and memory while a program is read back from bytes.
//!
//! The reader recurses with what it reads, so nesting has a bound. And a byte of a file can stand for a hundred bytes of
//! memory, so what is made is counted while it is made: every list of a program is read by [`list`], every expression by
//! [`bounded`], and both take from what [`within`] gives.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};

use crate::limits::{IR_HEIGHT_MAX, TYPE_NESTING_MAX};

/// Nesting of expressions, types and indexes that a serialised program may have: an expression with a type in it.
pub(crate) const NESTING_MAX: u32 = IR_HEIGHT_MAX + 2 * TYPE_NESTING_MAX;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static BYTES_LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// Puts a cell back to what it was, also when reading panics.
struct Restore<T: Copy + 'static> {
    cell: &'static std::thread::LocalKey<Cell<T>>,
    value: T,
}

impl<T: Copy + 'static> Restore<T> {
    fn set(cell: &'static std::thread::LocalKey<Cell<T>>, value: T) -> Self {
        Self {
            cell,
            value: cell.replace(value),
        }
    }
}

impl<T: Copy + 'static> Drop for Restore<T> {
    fn drop(&mut self) {
        self.cell.set(self.value);
    }
}

/// Runs `read`, in which at most so many bytes of memory are made.
pub(crate) fn within<T>(bytes_max: usize, read: impl FnOnce() -> T) -> T {
    let _restore = Restore::set(&BYTES_LEFT, bytes_max);
    read()
}

/// Takes room for so many bytes.
fn take<E: serde::de::Error>(bytes: usize) -> Result<(), E> {
    match BYTES_LEFT.get().checked_sub(bytes) {
        Some(left) => {
            BYTES_LEFT.set(left);
            Ok(())
        }
        None => Err(E::custom("it would take too much memory")),
    }
}

/// Reads a value one level deeper; for `#[serde(deserialize_with)]` where a type contains itself.
pub(crate) fn bounded<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let depth = DEPTH.get();
    if depth >= NESTING_MAX {
        return Err(D::Error::custom(format_args!(
            "nested more than {NESTING_MAX} deep"
        )));
    }
    take(size_of::<T>())?;
    let _restore = Restore::set(&DEPTH, depth + 1);
    T::deserialize(deserializer)
}

/// Reads a list, whose elements take room.
pub(crate) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct List<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::new();
            loop {
                take(size_of::<T>())?;
                match items.next_element()? {
                    Some(item) => list.push(item),
                    None => return Ok(list),
                }
            }
        }
    }

    deserializer.deserialize_seq(List(PhantomData))
}

/// Reads a list of lists.
pub(crate) fn lists<'de, D, T>(deserializer: D) -> Result<Vec<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let lists: Vec<Items<T>> = list(deserializer)?;
    Ok(lists.into_iter().map(|items| items.0).collect())
}

/// Reads a list one level deeper.
pub(crate) fn nested_list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    bounded::<D, Items<T>>(deserializer).map(|items| items.0)
}

/// A list that is read by [`list`].
struct Items<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Items<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        list(deserializer).map(Items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Words {
        #[serde(deserialize_with = "list")]
        words: Vec<u64>,
    }

    #[test]
    fn a_list_takes_room_for_its_elements() {
        let bytes = [&[100_u8][..], &[1; 100]].concat();
        let read = |room: usize| {
            within(room, || {
                postcard::from_bytes::<Words>(&bytes).map(|w| w.words.len())
            })
        };
        assert_eq!(read(101 * 8), Ok(100));
        assert!(read(99 * 8).is_err());
        // What one reading took is there again for the next.
        assert_eq!(read(101 * 8), Ok(100));
    }
}
