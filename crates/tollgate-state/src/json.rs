//! JSON that can be read in one way only.
//!
//! A signed text that two readers understand differently says two things with one signature. So no name may stand twice in
//! an object, at any depth ([RFC 7515 section 4](https://www.rfc-editor.org/rfc/rfc7515#section-4),
//! [RFC 7519 section 4](https://www.rfc-editor.org/rfc/rfc7519#section-4)), and members are taken by name: an array is never
//! an object, `null` is never absent, and a number is never a text.

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// The last second that a date may name: the end of the year 9999.
const SECONDS_MAX: f64 = 253_402_300_799.0;

/// An object of which no name stands twice, at any depth.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Object(Map<String, Value>);

impl Object {
    /// Reads an object. The error is a text for people.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, String> {
        match serde_json::from_slice(bytes).map_err(|e| e.to_string())? {
            Unique(Value::Object(members)) => Ok(Self(members)),
            Unique(other) => Err(format!("it is {}, not an object", kind(&other))),
        }
    }

    /// Whether there is a member of that name, `null` included.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A member that must be a text.
    pub(crate) fn text(&self, name: &str) -> Result<&str, String> {
        self.optional_text(name)?.ok_or_else(|| missing(name))
    }

    /// A member that is a text or not there.
    pub(crate) fn optional_text(&self, name: &str) -> Result<Option<&str>, String> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(name, "a text", other)),
        }
    }

    /// A member that must be an object.
    pub(crate) fn object(&self, name: &str) -> Result<Self, String> {
        self.optional_object(name)?.ok_or_else(|| missing(name))
    }

    /// A member that is an object or not there.
    pub(crate) fn optional_object(&self, name: &str) -> Result<Option<Self>, String> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::Object(members)) => Ok(Some(Self(members.clone()))),
            Some(other) => Err(wrong(name, "an object", other)),
        }
    }

    /// The elements of a member that is an array or not there.
    pub(crate) fn elements(&self, name: &str) -> Result<&[Value], String> {
        match self.0.get(name) {
            None => Ok(&[]),
            Some(Value::Array(elements)) => Ok(elements),
            Some(other) => Err(wrong(name, "an array", other)),
        }
    }

    /// A member that is a `NumericDate` or not there: seconds since 1970, which may have a fraction.
    pub(crate) fn date(&self, name: &str) -> Result<Option<Date>, String> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        let Value::Number(number) = value else {
            return Err(wrong(name, "a number of seconds", value));
        };
        let seconds = number.as_f64().filter(|s| (0.0..=SECONDS_MAX).contains(s));
        let seconds = seconds.ok_or_else(|| {
            format!("`{name}` is {number}, which is no second before the year 10000")
        })?;
        Ok(Some(Date(seconds)))
    }
}

impl TryFrom<&Value> for Object {
    type Error = String;

    fn try_from(value: &Value) -> Result<Self, String> {
        match value {
            Value::Object(members) => Ok(Self(members.clone())),
            other => Err(format!("it is {}, not an object", kind(other))),
        }
    }
}

/// A moment between 1970 and the year 10000. Every whole second of it is exact in an `f64`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Date(f64);

impl Date {
    /// The first whole second at or after it.
    #[expect(clippy::cast_possible_truncation, reason = "it is below 2^38")]
    pub(crate) fn rounded_up(self) -> i64 {
        self.0.ceil() as i64
    }

    /// The last whole second at or before it.
    #[expect(clippy::cast_possible_truncation, reason = "it is below 2^38")]
    pub(crate) fn rounded_down(self) -> i64 {
        self.0.floor() as i64
    }
}

fn missing(name: &str) -> String {
    format!("`{name}` is missing")
}

fn wrong(name: &str, wanted: &str, found: &Value) -> String {
    format!("`{name}` is {}, not {wanted}", kind(found))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a bool",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// A value in which no name stands twice.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor).map(Self)
    }
}

struct UniqueVisitor;

impl<'de> DeserializeSeed<'de> for UniqueVisitor {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        let number = serde_json::Number::from_f64(value);
        number
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = access.next_element_seed(Self)? {
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            if members.contains_key(&name) {
                return Err(A::Error::custom(format_args!(
                    "`{name}` stands there twice"
                )));
            }
            members.insert(name, access.next_value_seed(Self)?);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Object {
        Object::read(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_name_that_stands_twice_is_refused_at_any_depth() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":{"b":[{"c":1,"c":2}]}}"#,
            r#"{"a":1,"\u0061":2}"#,
        ] {
            let error = Object::read(text.as_bytes()).unwrap_err();
            assert!(error.contains("twice"), "{text}: {error}");
        }
        assert!(object(r#"{"a":{"b":1},"b":2}"#).has("b"));
    }

    #[test]
    fn only_an_object_is_an_object() {
        for text in ["[]", "null", "1", "\"a\"", "true", ""] {
            assert!(Object::read(text.as_bytes()).is_err(), "{text}");
        }
        let error = object(r#"{"a":["x"]}"#).object("a").unwrap_err();
        assert_eq!(error, "`a` is an array, not an object");
    }

    #[test]
    fn null_is_not_absence() {
        let object = object(r#"{"a":null}"#);
        assert!(object.has("a") && !object.has("b"));
        assert!(object.optional_text("a").is_err());
        assert!(object.optional_object("a").is_err());
        assert!(object.elements("a").is_err());
        assert!(object.date("a").is_err());
        assert_eq!(object.optional_text("b"), Ok(None));
        assert_eq!(object.date("b"), Ok(None));
        assert_eq!(object.text("b"), Err("`b` is missing".to_owned()));
        assert_eq!(object.object("b"), Err("`b` is missing".to_owned()));
    }

    #[test]
    fn a_date_is_a_number_of_seconds_and_its_fraction_is_not_lost() {
        let date = |text: &str| object(&format!(r#"{{"d":{text}}}"#)).date("d");
        let exact = date("1738059300").unwrap().unwrap();
        assert_eq!(
            (exact.rounded_down(), exact.rounded_up()),
            (1_738_059_300, 1_738_059_300)
        );
        let broken = date("1738059300.25").unwrap().unwrap();
        assert_eq!(
            (broken.rounded_down(), broken.rounded_up()),
            (1_738_059_300, 1_738_059_301)
        );
        assert_eq!(date("1.7e9").unwrap().unwrap().rounded_up(), 1_700_000_000);
        assert_eq!(
            date("253402300799").unwrap().unwrap().rounded_up(),
            253_402_300_799
        );
        for wrong in [
            "-1",
            "253402300800",
            "1e300",
            "\"1738059300\"",
            "true",
            "[1]",
        ] {
            assert!(date(wrong).is_err(), "{wrong}");
        }
    }
}
