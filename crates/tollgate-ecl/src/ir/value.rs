//! Values outside of an engine: read from an evaluation's memory by their type, printed for people and as JSON.
//!
//! The JSON of a value is what the [input encoder](crate::host::input) reads back: exact numbers are strings (`"0.42"`,
//! `"0.50 EUR"`, `"1.2km"`), so no reader rounds them through a binary64.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::data::decimal::{Amount, Exact};
use crate::data::instant::Instant;
use crate::data::net::{Cidr, Ip};
use crate::data::trust::DIMENSIONS;
use crate::data::types::{Currency, Dimension, EnumDef, RecordDef, Repr, Type, WORD};
use crate::data::unit;
use crate::ir::{Handle, Program};
use crate::limits::VALUES_MAX;

/// Elements and characters of a value that a reason shows before it shortens the rest.
pub(crate) const SHOWN_MAX: usize = 80;

/// A value with its type.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// bool
    Bool(bool),
    /// int
    Int(i64),
    /// decimal, scaled by 10^18
    Decimal(i128),
    /// number
    Number(f64),
    /// string
    String(Box<str>),
    /// did
    Did(Box<str>),
    /// pattern
    Pattern(Box<str>),
    /// instant, in nanoseconds since 1970
    Instant(i64),
    /// duration, in nanoseconds
    Duration(i64),
    /// money: amount scaled by 10^18
    Money(i128, Currency),
    /// quantity in the base unit, scaled by 10^18
    Quantity(i128, Dimension),
    /// ip
    Ip(Ip),
    /// cidr
    Cidr(Cidr),
    /// list
    List(Vec<Value>),
    /// map: each key as text, and its value, in the order in which they stand in memory
    Map(Vec<(Box<str>, Value)>),
    /// option
    Option(Option<Box<Value>>),
    /// enum: the name of the case
    Enum(Box<str>),
    /// record: fields in declaration order
    Record(Vec<(Box<str>, Value)>),
    /// trust: R, I, C, P, V, Ω
    Trust([f64; 6]),
    /// attributes: canonical JSON
    Attributes(Box<str>),
}

/// The little-endian word at an address, when it is inside.
#[must_use]
pub fn word(memory: &[u8], address: u32) -> Option<u64> {
    let bytes = memory.get(address as usize..)?.first_chunk::<8>()?;
    Some(u64::from_le_bytes(*bytes))
}

/// The text of a handle, when it is inside and UTF-8.
#[must_use]
pub fn text(memory: &[u8], handle: Handle) -> Option<&str> {
    let start = handle.address() as usize;
    let end = start.checked_add(handle.length() as usize)?;
    std::str::from_utf8(memory.get(start..end)?).ok()
}

/// Puts a wide value together from its two words.
#[must_use]
#[inline]
pub(crate) const fn wide(low: u64, high: u64) -> i128 {
    ((high as u128) << 64 | low as u128).cast_signed()
}

/// The two words of a wide value, low half first.
#[must_use]
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "splits into halves")]
pub(crate) const fn halves(value: i128) -> [u64; 2] {
    [
        value.cast_unsigned() as u64,
        (value.cast_unsigned() >> 64) as u64,
    ]
}

/// Reads the value of a type that stands at an address. `None` when memory does not hold one, never with an input made by
/// the encoder or after an evaluation, or when it consists of more than [`VALUES_MAX`] values: constant lists may share what
/// they refer to, and a value shares nothing.
#[must_use]
pub fn load(program: &Program, memory: &[u8], ty: &Type, address: u32) -> Option<Value> {
    let tables = (program.records.as_slice(), program.enums.as_slice());
    Reader::new(tables, memory).load(ty, address)
}

/// Reads a value from the words that stand for it on an engine's stack (and in traces): the word, the two words of a wide
/// value, or the address of a record, option or trust vector. `None` as in [`load`].
#[must_use]
pub fn from_words(program: &Program, memory: &[u8], ty: &Type, words: [u64; 2]) -> Option<Value> {
    let tables = (program.records.as_slice(), program.enums.as_slice());
    from_words_of(tables, memory, ty, words)
}

/// The same of a program that is not finished, of its records and enums.
pub(crate) fn from_words_of(
    tables: (&[RecordDef], &[EnumDef]),
    memory: &[u8],
    ty: &Type,
    words: [u64; 2],
) -> Option<Value> {
    Reader::new(tables, memory).value_of(ty, words)
}

/// Bytes of text that count as one value.
const TEXT_BYTES_PER_VALUE: usize = 32;

/// Reads one value with all it consists of.
struct Reader<'m> {
    records: &'m [RecordDef],
    enums: &'m [EnumDef],
    memory: &'m [u8],
    values_left: usize,
}

impl<'m> Reader<'m> {
    fn new((records, enums): (&'m [RecordDef], &'m [EnumDef]), memory: &'m [u8]) -> Self {
        Self {
            records,
            enums,
            memory,
            values_left: VALUES_MAX,
        }
    }

    fn load(&mut self, ty: &Type, address: u32) -> Option<Value> {
        let memory = self.memory;
        let at = |offset: u32| word(memory, address.checked_add(offset)?);
        match ty {
            Type::Option(inner) => match at(0)? {
                0 => Some(Value::Option(None)),
                1 => {
                    let payload = self.load(inner, address.checked_add(WORD)?)?;
                    Some(Value::Option(Some(Box::new(payload))))
                }
                _ => None,
            },
            Type::Record(id) => {
                let record = self.records.get(id.0 as usize)?;
                let fields = record.fields.iter().map(|field| {
                    let value = self.load(&field.ty, address.checked_add(field.offset)?)?;
                    Some((field.name.clone(), value))
                });
                Some(Value::Record(fields.collect::<Option<_>>()?))
            }
            Type::Trust => {
                let mut vector = [0.0; 6];
                for (offset, component) in (0..).step_by(8).zip(&mut vector) {
                    *component = finite(at(offset)?)?;
                }
                Some(Value::Trust(vector))
            }
            Type::Cidr => {
                let mut words = [0; Cidr::WORDS as usize];
                for (offset, word) in (0..).step_by(8).zip(&mut words) {
                    *word = at(offset)?;
                }
                Some(Value::Cidr(Cidr::from_words(words)?))
            }
            Type::Decimal | Type::Money(_) | Type::Quantity(_) | Type::Ip => {
                self.value_of(ty, [at(0)?, at(WORD)?])
            }
            _ => self.value_of(ty, [at(0)?, 0]),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "addresses have 32 bits")]
    fn value_of(&mut self, ty: &Type, [low, high]: [u64; 2]) -> Option<Value> {
        let length = match ty.is_text() {
            true => Handle(low).length() as usize,
            false => 0,
        };
        self.values_left = self
            .values_left
            .checked_sub(1 + length / TEXT_BYTES_PER_VALUE)?;
        let text = || text(self.memory, Handle(low)).map(Box::from);
        Some(match ty {
            Type::Bool => Value::Bool(match low {
                0 => false,
                1 => true,
                _ => return None,
            }),
            Type::Int => Value::Int(low.cast_signed()),
            Type::Decimal => Value::Decimal(wide(low, high)),
            Type::Number => Value::Number(finite(low)?),
            Type::String(_) => Value::String(text()?),
            Type::Did => Value::Did(text()?),
            Type::Pattern => Value::Pattern(text()?),
            Type::Attributes => Value::Attributes(text()?),
            Type::Instant => Value::Instant(low.cast_signed()),
            Type::Duration => Value::Duration(low.cast_signed()),
            Type::Money(currency) => Value::Money(wide(low, high), currency.clone()),
            Type::Quantity(dimension) => Value::Quantity(wide(low, high), *dimension),
            Type::Ip => Value::Ip(Ip::at(wide(low, high))),
            Type::List(element, _) => Value::List(self.load_list(element, Handle(low))?),
            Type::Map(key, value, _) => Value::Map(self.load_map(key, value, Handle(low))?),
            Type::Enum(id) => {
                let cases = &self.enums.get(id.0 as usize)?.cases;
                Value::Enum(cases.get(usize::try_from(low).ok()?)?.clone())
            }
            Type::Option(_) | Type::Record(_) | Type::Trust | Type::Cidr => {
                debug_assert_eq!(ty.repr(), Repr::Ref);
                return self.load(ty, low as u32);
            }
            Type::Effect | Type::Never | Type::Error => return None,
        })
    }

    fn load_map(
        &mut self,
        key: &Type,
        value: &Type,
        map: Handle,
    ) -> Option<Vec<(Box<str>, Value)>> {
        let records = self.records;
        let addresses = self.places(Type::entry_words(value, records), map)?;
        addresses
            .map(|at| {
                let key = match self.load(key, at)? {
                    Value::String(text) | Value::Did(text) | Value::Enum(text) => text,
                    _ => return None,
                };
                Some((key, self.load(value, at + WORD)?))
            })
            .collect()
    }

    fn load_list(&mut self, element: &Type, list: Handle) -> Option<Vec<Value>> {
        let addresses = self.places(element.words(self.records), list)?;
        addresses.map(|at| self.load(element, at)).collect()
    }

    /// Where the elements of a list stand that take so many words each, when all are inside.
    fn places(&self, words: u32, list: Handle) -> Option<impl Iterator<Item = u32> + use<>> {
        let stride = words.checked_mul(WORD)?;
        let bytes = stride.checked_mul(list.length())?;
        let end = list.address().checked_add(bytes)?;
        if stride == 0 || end as usize > self.memory.len() {
            return None;
        }
        Some((0..list.length()).map(move |i| list.address() + i * stride))
    }
}

fn finite(bits: u64) -> Option<f64> {
    Some(f64::from_bits(bits)).filter(|n| n.is_finite())
}

/// The value as a reason shows it: exact, short, on one line. Money is an amount without its currency, or with it (`{:#}`);
/// text stands in quotes; long texts and lists are shortened.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Decimal(value) => write!(f, "{}", Exact(*value)),
            Self::Number(value) => number(f, *value),
            Self::String(value) => quoted(f, value),
            Self::Did(value) | Self::Pattern(value) | Self::Attributes(value) => shown(f, value),
            Self::Instant(value) => write!(f, "{}", Instant(*value)),
            Self::Duration(value) => write!(f, "{}", unit::Duration(*value)),
            Self::Money(amount, currency) if f.alternate() => {
                write!(f, "{} {}", Amount(*amount), currency.0)
            }
            Self::Money(amount, _) => write!(f, "{}", Amount(*amount)),
            Self::Quantity(amount, dimension) => {
                let (amount, dimension) = (*amount, *dimension);
                write!(f, "{}", unit::Quantity { amount, dimension })
            }
            Self::Ip(ip) => fmt::Display::fmt(ip, f),
            Self::Cidr(cidr) => fmt::Display::fmt(cidr, f),
            Self::List(items) => list(f, items),
            Self::Map(entries) => map(f, entries),
            Self::Option(None) => f.write_str("none"),
            Self::Option(Some(value)) => fmt::Display::fmt(value, f),
            Self::Enum(case) => f.write_str(case),
            Self::Record(fields) => record(f, fields),
            Self::Trust(vector) => trust(f, vector),
        }
    }
}

impl Value {
    /// The value in a sentence: a text without quotes, the value of an option.
    #[must_use]
    pub fn plain(&self) -> String {
        match self {
            Self::String(text) | Self::Did(text) | Self::Pattern(text) => Plain(text).to_string(),
            Self::Option(Some(value)) => value.plain(),
            Self::Money(..) => format!("{self:#}"),
            other => other.to_string(),
        }
    }
}

/// A text without quotes.
struct Plain<'t>(&'t str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        shown(f, self.0)
    }
}

/// Shortened, with control characters escaped so that a value cannot forge a line of its own.
fn shown(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for (i, c) in text.chars().enumerate() {
        if i == SHOWN_MAX {
            return f.write_str("…");
        }
        if c.is_control() {
            write!(f, "{}", c.escape_default())?;
        } else {
            write!(f, "{c}")?;
        }
    }
    Ok(())
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    shown(f, &text.replace('\\', "\\\\").replace('"', "\\\""))?;
    f.write_str("\"")
}

/// Elements of a list or map that are shown.
const ITEMS_SHOWN: usize = 4;

fn list(f: &mut fmt::Formatter<'_>, items: &[Value]) -> fmt::Result {
    f.write_str("[")?;
    for (i, item) in items.iter().take(ITEMS_SHOWN).enumerate() {
        f.write_str(if i == 0 { "" } else { ", " })?;
        fmt::Display::fmt(item, f)?;
    }
    match items.len().checked_sub(ITEMS_SHOWN) {
        None | Some(0) => f.write_str("]"),
        Some(more) => write!(f, ", … {more} more]"),
    }
}

/// As it is written: keys in quotes.
fn map(f: &mut fmt::Formatter<'_>, entries: &[(Box<str>, Value)]) -> fmt::Result {
    if entries.is_empty() {
        return f.write_str("{}");
    }
    f.write_str("{")?;
    for (i, (key, value)) in entries.iter().take(ITEMS_SHOWN).enumerate() {
        f.write_str(if i == 0 { " " } else { ", " })?;
        quoted(f, key)?;
        write!(f, ": {value}")?;
    }
    match entries.len().checked_sub(ITEMS_SHOWN) {
        None | Some(0) => f.write_str(" }"),
        Some(more) => write!(f, ", … {more} more }}"),
    }
}

/// Without hundreds of zeros at the ends of the range.
fn number(f: &mut fmt::Formatter<'_>, value: f64) -> fmt::Result {
    if value == 0.0 || (1e-6..1e17).contains(&value.abs()) {
        write!(f, "{value}")
    } else {
        write!(f, "{value:e}")
    }
}

fn record(f: &mut fmt::Formatter<'_>, fields: &[(Box<str>, Value)]) -> fmt::Result {
    f.write_str("{")?;
    for (i, (name, value)) in fields.iter().enumerate() {
        write!(f, "{}{name}: ", if i == 0 { " " } else { ", " })?;
        fmt::Display::fmt(value, f)?;
    }
    f.write_str(" }")
}

fn trust(f: &mut fmt::Formatter<'_>, vector: &[f64; 6]) -> fmt::Result {
    for (i, (name, value)) in DIMENSIONS.iter().zip(vector).enumerate() {
        write!(f, "{}{name} {value}", if i == 0 { "" } else { ", " })?;
    }
    Ok(())
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Number(value) => serializer.serialize_f64(*value),
            Self::Decimal(value) => serializer.collect_str(&Exact(*value)),
            Self::String(value) | Self::Did(value) | Self::Pattern(value) | Self::Enum(value) => {
                serializer.serialize_str(value)
            }
            Self::Instant(value) => serializer.collect_str(&Instant(*value)),
            Self::Duration(_) | Self::Quantity(..) | Self::Ip(_) | Self::Cidr(_) => {
                serializer.collect_str(self)
            }
            Self::Money(..) => serializer.collect_str(&format_args!("{self:#}")),
            Self::List(items) => serializer.collect_seq(items),
            Self::Option(value) => value.serialize(serializer),
            Self::Record(fields) | Self::Map(fields) => {
                serializer.collect_map(fields.iter().map(|(name, value)| (name, value)))
            }
            Self::Trust(vector) => {
                let mut map = serializer.serialize_map(Some(vector.len()))?;
                for (name, value) in DIMENSIONS.iter().zip(vector) {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
            // What is no JSON, which no encoder and no answer of a host lets in, is shown as it is.
            Self::Attributes(json) => match serde_json::from_str::<serde_json::Value>(json) {
                Ok(json) => json.serialize(serializer),
                Err(_) => serializer.serialize_str(json),
            },
        }
    }
}

impl Value {
    /// The value as JSON.
    #[must_use]
    #[expect(
        clippy::unreachable,
        reason = "nothing above fails, and null in place of a value would be another one"
    )]
    pub fn to_json(&self) -> serde_json::Value {
        match serde_json::to_value(self) {
            Ok(json) => json,
            Err(error) => unreachable!("a value is no JSON: {error}"),
        }
    }

    /// How many values it consists of, itself among them.
    pub(crate) fn parts(&self) -> u64 {
        let inner = match self {
            Self::List(items) => items.iter().map(Self::parts).sum(),
            Self::Map(fields) | Self::Record(fields) => {
                fields.iter().map(|(_, value)| value.parts()).sum()
            }
            Self::Option(Some(value)) => value.parts(),
            _ => 0,
        };
        1_u64.saturating_add(inner)
    }

    /// The field of that name of a record.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Record(fields) => fields.iter().find(|(n, _)| &**n == name).map(|(_, v)| v),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::decimal::ONE;

    #[test]
    fn reasons_show_values_as_people_write_them() {
        let euro = Currency("EUR".into());
        let show = |value: Value| value.to_string();
        assert_eq!(show(Value::Money(42 * ONE / 100, euro)), "0.42");
        assert_eq!(show(Value::Number(0.92)), "0.92");
        assert_eq!(
            show(Value::Quantity(1200 * ONE, Dimension::Length)),
            "1.2km"
        );
        assert_eq!(show(Value::Decimal(ONE / 4)), "0.25");
        assert_eq!(
            show(Value::Instant(1_738_059_300_000_000_000)),
            "2025-01-28T10:15:00Z"
        );
        assert_eq!(show(Value::Duration(900_000_000_000)), "15min");
        assert_eq!(show(Value::Option(None)), "none");
        assert_eq!(show(Value::Enum("CCS".into())), "CCS");
        assert_eq!(
            show(Value::List(vec![Value::Int(1); 6])),
            "[1, 1, 1, 1, … 2 more]"
        );
    }

    #[test]
    fn a_text_cannot_forge_a_line() {
        let forged = Value::String("x\nrule: PASS \"".into());
        assert_eq!(forged.to_string(), r#""x\nrule: PASS \"""#);
    }

    #[test]
    fn long_texts_are_shortened() {
        let long = Value::Did("d".repeat(200).into());
        assert_eq!(long.to_string().chars().count(), SHOWN_MAX + 1);
    }

    #[test]
    fn json_keeps_exact_numbers_as_text() {
        let record = Value::Record(vec![
            (
                "price".into(),
                Value::Money(ONE / 2, Currency("EUR".into())),
            ),
            ("ratio".into(), Value::Decimal(ONE / 3)),
            ("note".into(), Value::Option(None)),
        ]);
        assert_eq!(
            serde_json::to_string(&record).unwrap(),
            r#"{"price":"0.50 EUR","ratio":"0.333333333333333333","note":null}"#
        );
    }

    #[test]
    fn attributes_that_are_no_json_are_shown_as_they_are() {
        let broken = Value::Record(vec![
            ("a".into(), Value::Int(1)),
            ("b".into(), Value::Attributes("{".into())),
        ]);
        assert_eq!(broken.to_json(), serde_json::json!({"a": 1, "b": "{"}));
    }

    #[test]
    fn words_of_wides_are_low_half_first() {
        for value in [0, 1, -1, i128::MAX, i128::MIN, 1 << 64] {
            let [low, high] = halves(value);
            assert_eq!(wide(low, high), value);
        }
        assert_eq!(halves(-1), [u64::MAX; 2]);
        assert_eq!(halves(5), [5, 0]);
    }
}
