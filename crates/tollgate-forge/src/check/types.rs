//! The types of values, which conversions keep every value, and how a type lies in WebAssembly.

use crate::ir::op::Val;

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Type {
    Boolean,
    Int(Int),
    F32,
    /// `number` and `f64`, which are the same.
    Number,
    /// An enum by its place in the table of enums. Its values are numbers.
    Enum(EnumId),
    /// `string`
    Text,
    /// An array by the place of its type in the table of arrays.
    Array(ArrayId),
    /// An object whose properties are known, by the place of its type in the table of records.
    Record(RecordId),
    /// No value: the result of a function that returns none.
    Void,
}

/// An enum by its place in the table of enums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct EnumId(pub(crate) usize);

/// A type of arrays by its place in the table of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ArrayId(pub(crate) usize);

/// A type of records by its place in the table of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RecordId(pub(crate) usize);

/// An integer type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Int {
    pub(crate) bits: Bits,
    pub(crate) sign: Sign,
}

/// How wide an integer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Bits {
    B8,
    B16,
    B32,
    B64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Sign {
    Signed,
    Unsigned,
}

impl Bits {
    pub(crate) fn count(self) -> u32 {
        match self {
            Self::B8 => 8,
            Self::B16 => 16,
            Self::B32 => 32,
            Self::B64 => 64,
        }
    }
}

impl Int {
    pub(crate) const I32: Self = Self::new(Bits::B32, Sign::Signed);
    pub(crate) const U32: Self = Self::new(Bits::B32, Sign::Unsigned);
    pub(crate) const I64: Self = Self::new(Bits::B64, Sign::Signed);
    pub(crate) const U64: Self = Self::new(Bits::B64, Sign::Unsigned);

    pub(crate) const fn new(bits: Bits, sign: Sign) -> Self {
        Self { bits, sign }
    }

    pub(crate) fn signed(self) -> bool {
        self.sign == Sign::Signed
    }

    /// Returns whether values are kept in an `i32` that has room for more.
    pub(crate) fn small(self) -> bool {
        self.bits < Bits::B32
    }

    pub(crate) fn val(self) -> Val {
        match self.bits {
            Bits::B8 | Bits::B16 | Bits::B32 => Val::I32,
            Bits::B64 => Val::I64,
        }
    }

    /// Returns the smallest value.
    pub(crate) fn min(self) -> i128 {
        if self.signed() {
            -(1_i128 << (self.bits.count() - 1))
        } else {
            0
        }
    }

    /// Returns the largest value.
    pub(crate) fn max(self) -> i128 {
        let bits = self.bits.count() - u32::from(self.signed());
        (1_i128 << bits) - 1
    }

    /// Returns whether every value of this type is one of `other`.
    fn fits(self, other: Self) -> bool {
        self.min() >= other.min() && self.max() <= other.max()
    }

    pub(crate) fn name(self) -> &'static str {
        match (self.bits, self.sign) {
            (Bits::B8, Sign::Signed) => "i8",
            (Bits::B16, Sign::Signed) => "i16",
            (Bits::B32, Sign::Signed) => "i32",
            (Bits::B64, Sign::Signed) => "i64",
            (Bits::B8, Sign::Unsigned) => "u8",
            (Bits::B16, Sign::Unsigned) => "u16",
            (Bits::B32, Sign::Unsigned) => "u32",
            (Bits::B64, Sign::Unsigned) => "u64",
        }
    }
}

/// The names of types that need no declaration. `isize` and `usize` have the width of an address, 32 bits.
pub(crate) const NAMED: &[(&str, Type)] = &[
    ("i8", Type::Int(Int::new(Bits::B8, Sign::Signed))),
    ("i16", Type::Int(Int::new(Bits::B16, Sign::Signed))),
    ("i32", Type::Int(Int::I32)),
    ("i64", Type::Int(Int::I64)),
    ("isize", Type::Int(Int::I32)),
    ("u8", Type::Int(Int::new(Bits::B8, Sign::Unsigned))),
    ("u16", Type::Int(Int::new(Bits::B16, Sign::Unsigned))),
    ("u32", Type::Int(Int::U32)),
    ("u64", Type::Int(Int::U64)),
    ("usize", Type::Int(Int::U32)),
    ("f32", Type::F32),
    ("f64", Type::Number),
    ("bool", Type::Boolean),
];

/// Returns the type that needs no declaration.
pub(crate) fn named(name: &str) -> Option<Type> {
    NAMED.iter().find(|(n, _)| *n == name).map(|(_, ty)| *ty)
}

impl Type {
    pub(crate) const I32: Self = Self::Int(Int::I32);

    /// Returns how a value lies in WebAssembly; `None` for no value.
    pub(crate) fn val(self) -> Option<Val> {
        match self {
            Self::Boolean => Some(Val::I32),
            Self::Int(int) => Some(int.val()),
            Self::F32 => Some(Val::F32),
            Self::Number | Self::Enum(_) => Some(Val::F64),
            Self::Text | Self::Array(_) | Self::Record(_) => Some(Val::I32),
            Self::Void => None,
        }
    }

    /// Whether a value is the address of a block in memory.
    pub(crate) fn is_reference(self) -> bool {
        matches!(self, Self::Text | Self::Array(_) | Self::Record(_))
    }

    /// Returns the type that operators see: an enum is a number.
    pub(crate) fn operand(self) -> Self {
        match self {
            Self::Enum(_) => Self::Number,
            Self::Boolean
            | Self::Int(_)
            | Self::F32
            | Self::Number
            | Self::Text
            | Self::Array(_)
            | Self::Record(_)
            | Self::Void => self,
        }
    }

    /// Returns whether a value becomes one of `to` by itself, without changing.
    pub(crate) fn becomes(self, to: Self) -> bool {
        match (self, to) {
            _ if self == to => true,
            (Self::Int(from), Self::Int(to)) => from.fits(to),
            (Self::Int(from), Self::Number) => from.bits <= Bits::B32,
            (Self::Int(from), Self::F32) => from.bits <= Bits::B16,
            (Self::F32, Self::Number)
            | (Self::Enum(_), Self::Number)
            | (Self::Number, Self::Enum(_)) => true,
            _ => false,
        }
    }

    /// Returns the type of both when one becomes the other.
    pub(crate) fn common(self, other: Self) -> Option<Self> {
        let (a, b) = (self, other);
        if a == b {
            Some(a)
        } else if a.operand().becomes(b.operand()) {
            Some(b.operand())
        } else if b.operand().becomes(a.operand()) {
            Some(a.operand())
        } else {
            None
        }
    }
}
