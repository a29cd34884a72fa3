//! Whether a value is as a test expects it.
//!
//! What was found is indexed once for a test, its fields by their names and its attributes read, so that a comparison takes
//! steps for what the test writes down and not for what was found; [`work`](super::work) counts them.

use std::collections::HashMap;

use serde_json::Value as Json;

use crate::data::decimal::{self, ONE};
use crate::data::instant;
use crate::data::trust;
use crate::ir::value::Value;

/// A value that was found.
pub(super) enum Indexed<'v> {
    /// The fields of a record.
    Fields(HashMap<&'v str, Self>),
    /// The entries of a map.
    Entries(HashMap<&'v str, Self>),
    List(Vec<Self>),
    /// Attributes; `None` where they are no JSON, and agree with nothing.
    Attributes(Option<Json>),
    /// Any other value.
    One(&'v Value),
}

impl<'v> Indexed<'v> {
    pub(super) fn of(value: &'v Value) -> Self {
        let by_name = |fields: &'v [(Box<str>, Value)]| {
            let fields = fields.iter();
            fields
                .map(|(name, value)| (&**name, Self::of(value)))
                .collect()
        };
        match value {
            Value::Option(Some(value)) => Self::of(value),
            Value::Record(fields) => Self::Fields(by_name(fields)),
            Value::Map(entries) => Self::Entries(by_name(entries)),
            Value::List(items) => Self::List(items.iter().map(Self::of).collect()),
            Value::Attributes(json) => Self::Attributes(serde_json::from_str(json).ok()),
            Value::Bool(_)
            | Value::Int(_)
            | Value::Number(_)
            | Value::Decimal(_)
            | Value::String(_)
            | Value::Did(_)
            | Value::Pattern(_)
            | Value::Enum(_)
            | Value::Instant(_)
            | Value::Duration(_)
            | Value::Money(..)
            | Value::Quantity(..)
            | Value::Ip(_)
            | Value::Cidr(_)
            | Value::Option(None)
            | Value::Trust(_) => Self::One(value),
        }
    }
}

/// True when everything that is expected is found; fields that the expectation leaves out may have any value.
pub(super) fn agrees(found: &Indexed<'_>, expected: &Value) -> bool {
    let expected = match expected {
        Value::Option(Some(expected)) => return agrees(found, expected),
        Value::Option(None) => return matches!(found, Indexed::One(Value::Option(None))),
        expected => expected,
    };
    match (found, expected) {
        (Indexed::Fields(fields), Value::Record(wanted) | Value::Map(wanted)) => {
            wanted.iter().all(|(name, wanted)| {
                // A field that the record does not have is misspelt: it is not `none`.
                let found = fields.get(&**name);
                found.is_some_and(|found| agrees(found, wanted))
            })
        }
        (Indexed::Entries(entries), Value::Record(wanted) | Value::Map(wanted)) => wanted
            .iter()
            .all(|(name, wanted)| match entries.get(&**name) {
                Some(found) => agrees(found, wanted),
                None => *wanted == Value::Option(None),
            }),
        (Indexed::List(found), Value::List(wanted)) => {
            let mut pairs = found.iter().zip(wanted);
            found.len() == wanted.len() && pairs.all(|(found, wanted)| agrees(found, wanted))
        }
        (Indexed::Attributes(json), _) => json
            .as_ref()
            .is_some_and(|json| json_agrees(json, expected)),
        (Indexed::Fields(_) | Indexed::Entries(_) | Indexed::List(_), _) => false,
        (Indexed::One(found), _) => one_agrees(found, expected),
    }
}

/// The same of a value that consists of no others.
fn one_agrees(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Option(_), _) => false,
        (Value::Trust(found), Value::Record(wanted)) => wanted.iter().all(|(name, wanted)| {
            let found = trust::dimension(name).and_then(|index| found.get(index as usize));
            found.is_some_and(|found| one_agrees(&Value::Number(*found), wanted))
        }),
        // A text is what it says where something else is meant.
        (Value::Did(found) | Value::Pattern(found) | Value::Enum(found), _) => {
            matches!(
                expected,
                Value::String(text) | Value::Did(text) | Value::Pattern(text) | Value::Enum(text)
                    if text == found
            )
        }
        (Value::Instant(found), Value::String(text)) => {
            instant::parse(text).is_ok_and(|wanted| wanted == *found)
        }
        (Value::Ip(found), Value::String(text)) => text.parse() == Ok(*found),
        (Value::Cidr(found), Value::String(text)) => text.parse() == Ok(*found),
        (Value::String(found), Value::Did(text)) => found == text,
        _ => found == expected || is_same_number(found, expected),
    }
}

/// Attributes have no types: an exact number is a text in them.
fn json_agrees(found: &Json, expected: &Value) -> bool {
    match (found, expected) {
        (Json::Object(found), Value::Record(wanted) | Value::Map(wanted)) => {
            wanted
                .iter()
                .all(|(name, wanted)| match found.get(&**name) {
                    Some(found) => json_agrees(found, wanted),
                    None => *wanted == Value::Option(None),
                })
        }
        (Json::Array(found), Value::List(wanted)) => {
            let mut pairs = found.iter().zip(wanted);
            found.len() == wanted.len() && pairs.all(|(found, wanted)| json_agrees(found, wanted))
        }
        (Json::Number(number), _) => {
            let found = number.as_i64().map(Value::Int);
            let found = found.or_else(|| number.as_f64().map(Value::Number));
            found.is_some_and(|found| is_same_number(&found, expected))
        }
        (Json::String(text), Value::Decimal(wanted)) => decimal::parse(text) == Ok(*wanted),
        _ => *found == expected.to_json(),
    }
}

/// Whether both are numbers, and equal. Exact numbers are compared exactly.
fn is_same_number(found: &Value, expected: &Value) -> bool {
    let pair = |number: fn(&Value) -> Option<i128>| number(found).zip(number(expected));
    if let Some((found, expected)) = pair(exact) {
        return found == expected;
    }
    let (found, expected) = (nearest(found), nearest(expected));
    found.is_some() && found == expected
}

/// An exact number, scaled as a decimal is.
fn exact(value: &Value) -> Option<i128> {
    match value {
        Value::Int(value) => i128::from(*value).checked_mul(ONE),
        Value::Decimal(value) => Some(*value),
        _ => None,
    }
}

/// The binary64 that is nearest to a number.
fn nearest(value: &Value) -> Option<f64> {
    match value {
        Value::Number(value) => Some(*value),
        Value::Int(_) | Value::Decimal(_) => value.to_string().parse().ok(),
        _ => None,
    }
}
