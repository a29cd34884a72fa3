//! Component values as JSON and WAVE text, bounded while they are written.
//!
//! The notation of JSON is that of [`super::read`]. A value that a guest made has few bytes in its memory and many in
//! another notation, so nothing is built beside the text, and the writing stops where the bound is.

use std::fmt;
use std::io;

use serde::ser::{Error as _, SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use wasmtime::component::Val;
use wasmtime::component::wasm_wave::writer::Writer;

/// Why a value has no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unshown {
    /// The text would be longer than the bound.
    TooLong,
    /// It has no such form.
    NoForm(String),
}

/// A text that takes a bounded number of bytes and then refuses, which ends the writing.
struct Bounded {
    bytes: Vec<u8>,
    left: u64,
    full: bool,
}

impl Bounded {
    /// Takes `bytes` if there is room for all of them.
    fn take(&mut self, bytes: &[u8]) -> Option<()> {
        let left = self.left.checked_sub(bytes.len() as u64);
        self.full |= left.is_none();
        self.left = left?;
        self.bytes.extend_from_slice(bytes);
        Some(())
    }
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.take(bytes).ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.take(text.as_bytes()).ok_or(fmt::Error)
    }
}

fn text<E: ToString>(
    bytes_max: u64,
    write: impl FnOnce(&mut Bounded) -> Result<(), E>,
) -> Result<String, Unshown> {
    let mut to = Bounded {
        bytes: Vec::new(),
        left: bytes_max,
        full: false,
    };
    match write(&mut to) {
        Ok(()) => String::from_utf8(to.bytes).map_err(|error| Unshown::NoForm(error.to_string())),
        Err(_) if to.full => Err(Unshown::TooLong),
        Err(error) => Err(Unshown::NoForm(error.to_string())),
    }
}

/// Writes `value` as JSON in at most `bytes_max` bytes.
pub(crate) fn json(value: &impl Serialize, bytes_max: u64) -> Result<String, Unshown> {
    text(bytes_max, |to| serde_json::to_writer(to, value))
}

/// Writes `value` as WAVE in at most `bytes_max` bytes.
pub(super) fn wave(value: &Val, bytes_max: u64) -> Result<String, Unshown> {
    text(bytes_max, |to| Writer::new(to).write_value(value))
}

/// A component value as it is written in JSON.
pub(super) struct Shown<'a>(pub(super) &'a Val);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Val::Bool(value) => to.serialize_bool(*value),
            Val::S8(value) => to.serialize_i8(*value),
            Val::U8(value) => to.serialize_u8(*value),
            Val::S16(value) => to.serialize_i16(*value),
            Val::U16(value) => to.serialize_u16(*value),
            Val::S32(value) => to.serialize_i32(*value),
            Val::U32(value) => to.serialize_u32(*value),
            Val::S64(value) => to.serialize_i64(*value),
            Val::U64(value) => to.serialize_u64(*value),
            Val::Float32(value) => float(f64::from(*value), to),
            Val::Float64(value) => float(*value, to),
            Val::Char(value) => to.serialize_char(*value),
            Val::String(text) | Val::Enum(text) | Val::Variant(text, None) => {
                to.serialize_str(text)
            }
            Val::List(items) | Val::Tuple(items) | Val::FixedLengthList(items) => {
                let mut list = to.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&Shown(item))?;
                }
                list.end()
            }
            Val::Record(fields) => {
                let mut object = to.serialize_map(Some(fields.len()))?;
                for (name, field) in fields {
                    object.serialize_entry(name, &Shown(field))?;
                }
                object.end()
            }
            Val::Variant(name, Some(payload)) => single(name, Some(payload), to),
            Val::Option(None) => to.serialize_unit(),
            Val::Option(Some(inner)) => match &**inner {
                Val::Option(_) => single("some", Some(inner), to),
                inner => Shown(inner).serialize(to),
            },
            Val::Result(Ok(payload)) => single("ok", payload.as_deref(), to),
            Val::Result(Err(payload)) => single("err", payload.as_deref(), to),
            Val::Flags(names) => names.serialize(to),
            Val::Map(_)
            | Val::Resource(_)
            | Val::Future(_)
            | Val::Stream(_)
            | Val::ErrorContext(_) => Err(S::Error::custom("its type has no JSON form")),
        }
    }
}

/// An object with one field.
fn single<S: Serializer>(name: &str, payload: Option<&Val>, to: S) -> Result<S::Ok, S::Error> {
    let mut object = to.serialize_map(Some(1))?;
    object.serialize_entry(name, &payload.map(Shown))?;
    object.end()
}

fn float<S: Serializer>(value: f64, to: S) -> Result<S::Ok, S::Error> {
    if value.is_finite() {
        to.serialize_f64(value)
    } else if value.is_nan() {
        to.serialize_str("nan")
    } else if value > 0.0 {
        to.serialize_str("inf")
    } else {
        to.serialize_str("-inf")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_written_up_to_its_bound_and_no_further() {
        let list = Val::List(vec![Val::U8(1); 3]);
        assert_eq!(json(&Shown(&list), 7), Ok("[1,1,1]".to_owned()));
        assert_eq!(json(&Shown(&list), 6), Err(Unshown::TooLong));
        assert_eq!(wave(&list, 9), Ok("[1, 1, 1]".to_owned()));
        assert_eq!(wave(&list, 8), Err(Unshown::TooLong));
    }

    #[test]
    fn each_kind_of_value_has_its_form() {
        let some = |val| Val::Option(Some(Box::new(val)));
        for (val, text) in [
            (Val::Float64(f64::NEG_INFINITY), "\"-inf\""),
            (Val::Float32(0.5), "0.5"),
            (Val::Option(None), "null"),
            (some(Val::Option(None)), r#"{"some":null}"#),
            (some(Val::Char('x')), "\"x\""),
            (Val::Result(Ok(None)), r#"{"ok":null}"#),
            (
                Val::Result(Err(Some(Box::new(Val::Bool(true))))),
                r#"{"err":true}"#,
            ),
            (
                Val::Variant("v".into(), Some(Box::new(Val::S8(-1)))),
                r#"{"v":-1}"#,
            ),
            (Val::Variant("v".into(), None), "\"v\""),
            (Val::Flags(vec!["a".into()]), r#"["a"]"#),
            (
                Val::Record(vec![("z".into(), Val::U8(1)), ("a".into(), Val::U8(2))]),
                r#"{"z":1,"a":2}"#,
            ),
        ] {
            assert_eq!(json(&Shown(&val), 100), Ok(text.to_owned()));
        }
    }
}
