//! A bound on nesting while a program is read back from bytes: the reader recurses with what it reads.

use std::cell::Cell;

use serde::de::{Deserialize, Deserializer, Error as _};

/// Nesting of expressions, types and indexes that a serialised program may have.
pub(crate) const NESTING_MAX: u32 = 400;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
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
    DEPTH.set(depth + 1);
    let value = T::deserialize(deserializer);
    DEPTH.set(depth);
    value
}
