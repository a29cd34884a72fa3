//! JSON documents of people, read strictly: a key that stands twice and a number that would lose digits are errors.
//!
//! `serde_json::Value` keeps the last of two equal keys and rounds numbers to binary64. The author of the document meant one
//! of the two, and every digit; a decision must not rest on a guess.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};

/// Significant decimal digits that every binary64 keeps.
const DIGITS_EXACT: usize = 15;

/// Reads a document.
pub(crate) fn read(text: &str) -> Result<Json, String> {
    let json = read_once(text)?;
    match numbers(text).find(|number| !is_exact(number)) {
        None => Ok(json),
        Some(number) => {
            let shown: String = number.chars().take(40).collect();
            Err(format!(
                "the number {shown}, which has more digits than a JSON number keeps; write it as a string"
            ))
        }
    }
}

/// Reads a document that a program has written: a key that stands twice is an error, a number is the nearest binary64.
pub(crate) fn read_once(text: &str) -> Result<Json, String> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let json = Strict.deserialize(&mut reader).map_err(|e| e.to_string())?;
    reader.end().map_err(|e| e.to_string())?;
    Ok(json)
}

/// The numbers of a valid document, in order.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    let outside = Strings {
        rest: text,
        inside: false,
    };
    outside
        .flat_map(|part| part.split(|c: char| !(c.is_ascii_digit() || "+-.eE".contains(c))))
        .filter(|part| part.bytes().any(|b| b.is_ascii_digit()))
}

/// What stands outside of strings, in pieces.
struct Strings<'t> {
    rest: &'t str,
    inside: bool,
}

impl<'t> Iterator for Strings<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        while !self.rest.is_empty() {
            let end = if self.inside {
                closing(self.rest)
            } else {
                self.rest.find('"').unwrap_or(self.rest.len())
            };
            let (part, rest) = self.rest.split_at(end);
            self.rest = rest.strip_prefix('"').unwrap_or("");
            let was_inside = self.inside;
            self.inside = !was_inside;
            if !was_inside {
                return Some(part);
            }
        }
        None
    }
}

/// Where the string that has begun ends.
fn closing(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.unwrap_or(text.len())
}

fn is_exact(number: &str) -> bool {
    if number.parse::<i64>().is_ok() {
        return true;
    }
    let mantissa = number.split(['e', 'E']).next().unwrap_or("");
    let digits = || mantissa.bytes().filter(u8::is_ascii_digit);
    let leading = digits().take_while(|digit| *digit == b'0').count();
    digits().count() - leading <= DIGITS_EXACT
}

struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Self)? {
            list.push(item);
        }
        Ok(Json::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom(format_args!("the key `{key}` twice")));
            }
            map.insert(key, entries.next_value_seed(Self)?);
        }
        Ok(Json::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_read_as_they_stand() {
        let text = r#"{"a": [1, -2.5, 0.42, 1e3, true, null], "b\"1.00000000000000000001": {"c": "x"}, "n": 9223372036854775807}"#;
        let plain: Json = serde_json::from_str(text).unwrap();
        assert_eq!(read(text), Ok(plain));
    }

    #[test]
    fn a_key_that_stands_twice_is_refused() {
        for text in [
            r#"{"a": 1, "a": 2}"#,
            r#"{"x": {"a": 1, "\u0061": 2}}"#,
            r#"[{"a": 1, "b": 2, "a": 1}]"#,
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains("the key `a` twice"), "{error}");
        }
    }

    #[test]
    fn a_number_that_would_lose_digits_is_refused() {
        for number in [
            "99.99999999999999999",
            "100.000000000000001",
            "9223372036854775808",
            "-0.1234567890123456e5",
        ] {
            let error = read(&format!("{{\"a\": [{number}]}}")).unwrap_err();
            assert!(error.contains(number), "{error}");
        }
        assert!(read("0.000000000000000123456789012345").is_ok());
        assert!(read("1e400").is_err());
    }
}
