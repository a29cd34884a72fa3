//! What reading the arguments of a component may take, counted before anything is allocated.
//!
//! A few bytes of text become many in memory: `[],` is three bytes of JSON and some hundred as a value. So text is first
//! walked without building anything, and what the values in it will take is held to the limit of a host call, as the engine
//! does with values that come from a guest. Looking names up among the cases of a type is counted as well.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::limits;

/// Bytes that any value takes, at least: in JSON's tree and as a value of the engine.
const VALUE_BYTES: u64 = 64;

/// There is more than may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spent;

/// Checks that the values in a JSON text take at most `bytes_max`. What is wrong with the text itself is for the parser to
/// say.
pub(super) fn json(text: &str, bytes_max: u64) -> Result<(), Spent> {
    if text.len() as u64 > bytes_max {
        return Err(Spent);
    }
    let mut count = Count {
        left: bytes_max,
        spent: false,
    };
    let mut parser = serde_json::Deserializer::from_str(text);
    drop(Counting(&mut count).deserialize(&mut parser));
    if count.spent { Err(Spent) } else { Ok(()) }
}

/// Checks the same for WAVE, by the signs that begin a value.
pub(super) fn wave(text: &str, bytes_max: u64) -> Result<(), Spent> {
    let begins = |byte: &u8| matches!(byte, b',' | b'[' | b'(' | b'{' | b':');
    let values = text.bytes().filter(|byte| begins(byte)).count() as u64 + 1;
    let bytes = values
        .saturating_mul(2 * VALUE_BYTES)
        .saturating_add(text.len() as u64);
    if bytes > bytes_max {
        Err(Spent)
    } else {
        Ok(())
    }
}

/// Names that may still be compared.
pub(super) struct Steps(u64);

impl Steps {
    pub(super) fn new() -> Self {
        Self(limits::CONVERSION_STEPS)
    }

    /// Counts `steps` and tells whether there were so many.
    pub(super) fn take(&mut self, steps: usize) -> Result<(), String> {
        self.0 = self.0.checked_sub(steps as u64).ok_or_else(|| {
            String::from(
                "comparing its names with those of its type takes too long; give fewer values",
            )
        })?;
        Ok(())
    }
}

/// The bytes that values may still take.
struct Count {
    left: u64,
    spent: bool,
}

impl Count {
    fn take<E: Error>(&mut self, bytes: usize) -> Result<(), E> {
        let taken = VALUE_BYTES.saturating_add(bytes as u64);
        match self.left.checked_sub(taken) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                self.spent = true;
                Err(E::custom("too much"))
            }
        }
    }
}

struct Counting<'a>(&'a mut Count);

impl<'de> DeserializeSeed<'de> for Counting<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Counting<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.0.take(0)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.0.take(0)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.0.take(0)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.0.take(0)
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.0.take(0)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.0.take(text.len())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.0.take(0)?;
        while items.next_element_seed(Counting(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        self.0.take(0)?;
        // A key is a text, and takes as much again as a node of the map.
        while fields.next_key_seed(Counting(self.0))?.is_some() {
            fields.next_value_seed(Counting(self.0))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_count_and_not_only_bytes() {
        let many = format!("[{}[]]", "[],".repeat(1_000));
        assert_eq!(json(&many, 1_000 * VALUE_BYTES), Err(Spent));
        assert_eq!(json(&many, 1_010 * VALUE_BYTES), Ok(()));
        let one = format!("[\"{}\"]", "x".repeat(3_000));
        assert_eq!(json(&one, 3_200), Ok(()));
        assert_eq!(json(&one, 3_000), Err(Spent));
    }

    #[test]
    fn what_is_no_json_is_left_to_the_parser() {
        assert_eq!(json("[1, oops", 1_000), Ok(()));
        assert_eq!(json(&"[".repeat(900), 100_000), Ok(()));
    }

    #[test]
    fn wave_counts_values_too() {
        assert_eq!(wave("[1, 2, 3]", 10_000), Ok(()));
        assert_eq!(wave(&"1,".repeat(1_000), 10_000), Err(Spent));
    }
}
