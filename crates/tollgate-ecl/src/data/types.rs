//! Types of checked programs, and how many machine words a value of each takes.
//!
//! Both engines read the same memory: every scalar is one 8-byte word (decimals, money and quantities: two), records and
//! options are their fields in order, and a list is a word that names its elements. The layout is defined here once, so
//! that the host writes an input once and either engine reads it by offset.

use std::fmt;

use crate::data::net::Cidr;

/// Bytes of a memory word.
pub const WORD: u32 = 8;

/// Default bound of a `string` without one, in bytes of UTF-8.
pub const STRING_BYTES_DEFAULT: u32 = 1024;
/// Bound of a `did`, in bytes.
pub(crate) const DID_BYTES_MAX: u32 = 256;
/// Bound of a `pattern`, in bytes.
pub(crate) const PATTERN_BYTES_MAX: u32 = 256;
/// Bound of an `attributes` document, in bytes of canonical JSON.
pub(crate) const ATTRIBUTES_BYTES_MAX: u32 = 16 * 1024;
/// Largest bound a list type may declare, in elements.
pub(crate) const LIST_BOUND_MAX: u32 = 10_000;
/// Largest bound a string type may declare, in bytes.
pub(crate) const STRING_BOUND_MAX: u32 = 64 * 1024;

/// Index of an enum in [`Program::enums`](crate::ir::Program::enums).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct EnumId(pub u32);

/// Index of a record in [`Program::records`](crate::ir::Program::records).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct RecordId(pub u32);

/// An ISO 4217 currency code (or another three to eight capital letters).
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct Currency(pub Box<str>);

/// A physical dimension; values are exact decimals in the base unit.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub enum Dimension {
    /// Base unit metre (`m`, `km`, `cm`, `mm`).
    Length,
    /// Base unit gram (`g`, `kg`, `t`, `mg`).
    Mass,
    /// Base unit watt (`W`, `kW`, `MW`).
    Power,
    /// Base unit watt-hour (`Wh`, `kWh`, `MWh`).
    Energy,
}

/// A type.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Type {
    /// One word, 0 or 1.
    Bool,
    /// One word, `i64`.
    Int,
    /// Two words, `i128` scaled by 10^18.
    Decimal,
    /// One word, the bits of an `f64`; never NaN or infinite.
    Number,
    /// One word, a [handle](crate::ir::Handle), with the most bytes that a value has.
    String(u32),
    /// One word, a handle.
    Did,
    /// One word, a handle: a did pattern.
    Pattern,
    /// One word, nanoseconds since 1970-01-01T00:00:00Z as `i64`.
    Instant,
    /// One word, nanoseconds as `i64`.
    Duration,
    /// Two words, like decimal, in units of the currency.
    Money(Currency),
    /// Two words, like decimal, in the base unit.
    Quantity(Dimension),
    /// One word, a handle whose low half counts elements, with the most elements that a value has.
    List(
        #[serde(deserialize_with = "crate::data::reading::bounded")] Box<Type>,
        u32,
    ),
    /// One word, a handle whose low half counts entries: each is a key, a text or an enum's case, then the words of its value.
    /// Keys differ and stand in the order of their bytes, cases in that of their names: a map is the list of its entries in that
    /// order, and the programs read it as one. The number is the most entries that a value has.
    Map(
        #[serde(deserialize_with = "crate::data::reading::bounded")] Box<Type>,
        #[serde(deserialize_with = "crate::data::reading::bounded")] Box<Type>,
        u32,
    ),
    /// A tag word (0 none, 1 some), then the words of the payload (zeros for none).
    Option(#[serde(deserialize_with = "crate::data::reading::bounded")] Box<Type>),
    /// One word, the case's number from 0.
    Enum(EnumId),
    /// The words of the fields in order.
    Record(RecordId),
    /// Six words, `f64` bits of R, I, C, P, V, Ω.
    Trust,
    /// One word, a handle of canonical JSON: attributes whose schema is known only to the host.
    Attributes,
    /// One word: the address of an effect, see [`effect`](crate::host::effect). Never in an input, an output or a record.
    Effect,
    /// No words: the type of expressions that never return a value.
    Never,
    /// No words: already reported; agrees with every type. Never in a checked program.
    Error,
    // What came later stands at the end, so that compiled policies of before are read.
    /// Two words, the place of an address in the order of [`net`](crate::data::net): each wide value is one.
    Ip,
    /// Five words, see [`Cidr`].
    Cidr,
}

/// How a value of a type travels on a machine stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Repr {
    /// One word.
    Word,
    /// Two words, low half first: an `i128`.
    Wide,
    /// One word: the address of the value in memory. Values never change once written, so addresses can be shared.
    Ref,
    /// Nothing.
    Nothing,
}

impl Type {
    /// How a value travels on a stack.
    #[must_use]
    pub fn repr(&self) -> Repr {
        match self {
            Self::Bool
            | Self::Int
            | Self::Number
            | Self::String(_)
            | Self::Did
            | Self::Pattern
            | Self::Instant
            | Self::Duration
            | Self::List(..)
            | Self::Map(..)
            | Self::Enum(_)
            | Self::Attributes
            | Self::Effect => Repr::Word,
            Self::Decimal | Self::Money(_) | Self::Quantity(_) | Self::Ip => Repr::Wide,
            Self::Option(_) | Self::Record(_) | Self::Trust | Self::Cidr => Repr::Ref,
            Self::Never | Self::Error => Repr::Nothing,
        }
    }

    /// Words a value takes in memory.
    ///
    /// # Panics
    /// When it names a record that is not among `records`. The checker makes no such type, and a compiled program that is read
    /// is refused for one.
    #[must_use]
    #[expect(
        clippy::unreachable,
        reason = "a wrong size would let values lie over each other"
    )]
    pub fn words(&self, records: &[RecordDef]) -> u32 {
        match self {
            Self::Option(inner) => 1 + inner.words(records),
            Self::Record(id) => match records.get(id.0 as usize) {
                Some(record) => record.words,
                None => unreachable!("a type names a record of another program"),
            },
            Self::Trust => 6,
            Self::Cidr => Cidr::WORDS,
            Self::Never | Self::Error => 0,
            Self::Decimal | Self::Money(_) | Self::Quantity(_) | Self::Ip => 2,
            Self::Bool
            | Self::Int
            | Self::Number
            | Self::String(_)
            | Self::Did
            | Self::Pattern
            | Self::Instant
            | Self::Duration
            | Self::List(..)
            | Self::Map(..)
            | Self::Enum(_)
            | Self::Attributes
            | Self::Effect => 1,
        }
    }

    /// The type of this kind that every value of the kind fits.
    pub(crate) fn loosest(&self) -> Self {
        match self {
            Self::String(_) => Self::String(STRING_BOUND_MAX),
            Self::List(item, _) => Self::List(Box::new(item.loosest()), LIST_BOUND_MAX),
            Self::Map(key, value, _) => Self::Map(
                Box::new(key.loosest()),
                Box::new(value.loosest()),
                LIST_BOUND_MAX,
            ),
            Self::Option(inner) => Self::Option(Box::new(inner.loosest())),
            other => other.clone(),
        }
    }

    /// Whether it names only these records.
    pub(crate) fn is_among(&self, records: &[RecordDef]) -> bool {
        match self {
            Self::Record(id) => (id.0 as usize) < records.len(),
            Self::Option(inner) | Self::List(inner, _) => inner.is_among(records),
            Self::Map(key, value, _) => key.is_among(records) && value.is_among(records),
            Self::Bool
            | Self::Int
            | Self::Decimal
            | Self::Number
            | Self::String(_)
            | Self::Did
            | Self::Pattern
            | Self::Instant
            | Self::Duration
            | Self::Money(_)
            | Self::Quantity(_)
            | Self::Ip
            | Self::Cidr
            | Self::Enum(_)
            | Self::Trust
            | Self::Attributes
            | Self::Effect
            | Self::Never
            | Self::Error => true,
        }
    }

    /// True for effects, and for options and lists of them.
    #[must_use]
    pub(crate) fn has_effects(&self) -> bool {
        match self {
            Self::Effect => true,
            Self::Option(inner) | Self::List(inner, _) | Self::Map(_, inner, _) => {
                inner.has_effects()
            }
            _ => false,
        }
    }

    /// True for the types whose one word is a [handle](crate::ir::Handle).
    #[must_use]
    pub(crate) fn is_handle(&self) -> bool {
        self.is_text() || matches!(self, Self::List(..) | Self::Map(..))
    }

    /// Words of an element of a list, or of an entry of a map; `None` for other types.
    #[must_use]
    pub(crate) fn element_words(&self, records: &[RecordDef]) -> Option<u32> {
        match self {
            Self::List(item, _) => Some(item.words(records)),
            Self::Map(_, value, _) => Some(Self::entry_words(value, records)),
            _ => None,
        }
    }

    /// Words of an entry of a map with such values: its key is one.
    #[must_use]
    pub fn entry_words(value: &Self, records: &[RecordDef]) -> u32 {
        1 + value.words(records)
    }

    /// True for the types whose one word is a handle of text.
    #[must_use]
    pub fn is_text(&self) -> bool {
        matches!(
            self,
            Self::String(_) | Self::Did | Self::Pattern | Self::Attributes
        )
    }
}

/// A record type with its memory layout.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct RecordDef {
    /// Name as declared, or a generated one for literal records.
    pub name: Box<str>,
    /// Fields in declaration order.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub fields: Vec<FieldDef>,
    /// Words of the whole record.
    pub words: u32,
    /// Whether an input may have fields that it does not name, which are dropped.
    pub open: bool,
}

/// A field with its place.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct FieldDef {
    /// Name as declared.
    pub name: Box<str>,
    /// Type.
    pub ty: Type,
    /// Byte offset in the record.
    pub offset: u32,
}

impl RecordDef {
    /// Lays the fields out one after the other. A record without fields takes a word that says nothing, so that elements of
    /// a list have places of their own.
    #[must_use]
    pub fn new(name: &str, fields: Vec<(Box<str>, Type)>, records: &[RecordDef]) -> Self {
        let mut words = 0;
        let fields = fields
            .into_iter()
            .map(|(name, ty)| {
                let offset = words * WORD;
                words += ty.words(records);
                FieldDef { name, ty, offset }
            })
            .collect();
        Self {
            name: name.into(),
            fields,
            words: words.max(1),
            open: false,
        }
    }

    /// The field of that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&FieldDef> {
        self.fields.iter().find(|f| &*f.name == name)
    }
}

/// Name of the key of an entry.
pub(crate) const KEY: &str = "key";
/// Name of its value.
pub(crate) const VALUE: &str = "value";
/// Name of the records that entries of maps are read as begins so, which no declared name does.
const ENTRY: &str = "entry<";

impl RecordDef {
    /// The record that an entry of a map is read as; `shown` are the types of its key and value as people read them.
    #[must_use]
    pub fn entry(key: Type, value: Type, shown: (&str, &str), records: &[Self]) -> Self {
        let name = format!("{ENTRY}{}, {}>", shown.0, shown.1);
        Self::new(
            &name,
            vec![(KEY.into(), key), (VALUE.into(), value)],
            records,
        )
    }

    /// Whether it is one that entries of maps are read as.
    #[must_use]
    pub(crate) fn is_entry(&self) -> bool {
        self.name.starts_with(ENTRY)
    }
}

/// An enum type.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct EnumDef {
    /// Name as declared.
    pub name: Box<str>,
    /// Cases in order; a value is an index into this.
    #[serde(deserialize_with = "crate::data::reading::list")]
    pub cases: Vec<Box<str>>,
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "length",
            Self::Mass => "mass",
            Self::Power => "power",
            Self::Energy => "energy",
        })
    }
}
