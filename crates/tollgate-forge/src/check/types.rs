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
    /// What a rest parameter takes, kept in an array of this type. It is no type of values: inside of the function it is the array.
    Rest(ArrayId),
    /// An object whose properties are known, by the place of its type in the table of records.
    Record(RecordId),
    /// An object of a class, by the place of the class in the table of them.
    Class(ClassId),
    /// A function that is a value, by the place of its type in the table of them.
    Function(FunctionTypeId),
    /// A value that may be missing: the type that it has otherwise, and what stands for none.
    Maybe(Base, Absent),
    /// What stands for no value, by itself.
    Nothing(Absent),
    /// One of the values that a type lists, `"a" | "b"`: it lies as all values of that kind do.
    Exact(Exact),
    /// A value of one of several types, by the place of the type in the table of them. It lies as one that may be missing.
    Union(UnionId),
    /// No value at all: what is left when nothing is possible, and the result of a function that does not return.
    Never,
    /// No value: the result of a function that returns none.
    Void,
}

/// A type whose values are always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Base {
    Boolean,
    Int(Int),
    F32,
    Number,
    Enum(EnumId),
    Text,
    Array(ArrayId),
    Record(RecordId),
    Class(ClassId),
    Function(FunctionTypeId),
    Exact(Exact),
    Union(UnionId),
}

/// Values that a type lists: what kind they have, and which they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Exact {
    pub(crate) of: Plain,
    pub(crate) id: ExactId,
}

/// A kind of values that types can list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Plain {
    Boolean,
    Number,
    Text,
}

impl Plain {
    pub(crate) fn ty(self) -> Type {
        self.base().ty()
    }

    pub(crate) fn base(self) -> Base {
        match self {
            Self::Boolean => Base::Boolean,
            Self::Number => Base::Number,
            Self::Text => Base::Text,
        }
    }
}

/// What stands for a value that is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Absent {
    Null,
    Undefined,
    Either,
}

impl Absent {
    pub(crate) fn with(self, other: Self) -> Self {
        if self == other { self } else { Self::Either }
    }

    fn within(self, other: Self) -> bool {
        self.with(other) == other
    }

    /// Returns what is left without some of it.
    pub(crate) fn without(self, other: Self) -> Option<Self> {
        match (self, other) {
            (_, Self::Either) => None,
            (Self::Either, Self::Null) => Some(Self::Undefined),
            (Self::Either, Self::Undefined) => Some(Self::Null),
            (one, other) if one == other => None,
            (one, _) => Some(one),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Undefined => "undefined",
            Self::Either => "null | undefined",
        }
    }

    pub(crate) fn has_undefined(self) -> bool {
        Self::Undefined.within(self)
    }
}

impl Base {
    pub(crate) fn ty(self) -> Type {
        match self {
            Self::Boolean => Type::Boolean,
            Self::Int(int) => Type::Int(int),
            Self::F32 => Type::F32,
            Self::Number => Type::Number,
            Self::Enum(id) => Type::Enum(id),
            Self::Text => Type::Text,
            Self::Array(id) => Type::Array(id),
            Self::Record(id) => Type::Record(id),
            Self::Class(id) => Type::Class(id),
            Self::Function(id) => Type::Function(id),
            Self::Exact(exact) => Type::Exact(exact),
            Self::Union(id) => Type::Union(id),
        }
    }

    /// Returns how the value lies: what a type lists lies as all values of the kind.
    pub(crate) fn plain(self) -> Self {
        match self {
            Self::Exact(exact) => exact.of.base(),
            other => other,
        }
    }
}

/// A list of values by its place in the table of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ExactId(pub(crate) usize);

/// A type with `|` by its place in the table of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct UnionId(pub(crate) usize);

/// An enum by its place in the table of enums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct EnumId(pub(crate) usize);

/// A type of arrays by its place in the table of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ArrayId(pub(crate) usize);

/// A type of records by its place in the table of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RecordId(pub(crate) usize);

/// A class by its place in the table of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ClassId(pub(crate) usize);

/// A type of functions by its place in the table of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct FunctionTypeId(pub(crate) usize);

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
            Self::Text
            | Self::Array(_)
            | Self::Rest(_)
            | Self::Record(_)
            | Self::Class(_)
            | Self::Function(_) => Some(Val::I32),
            Self::Maybe(..) | Self::Nothing(_) | Self::Union(_) | Self::Never => Some(Val::I32),
            Self::Exact(exact) => exact.of.ty().val(),
            Self::Void => None,
        }
    }

    /// Whether a value is the address of a block in memory, or may be.
    pub(crate) fn is_reference(self) -> bool {
        match self {
            Self::Text
            | Self::Array(_)
            | Self::Rest(_)
            | Self::Record(_)
            | Self::Class(_)
            | Self::Function(_)
            | Self::Maybe(..)
            | Self::Nothing(_)
            | Self::Union(_) => true,
            Self::Exact(exact) => exact.of == Plain::Text,
            Self::Boolean
            | Self::Int(_)
            | Self::F32
            | Self::Number
            | Self::Enum(_)
            | Self::Never
            | Self::Void => false,
        }
    }

    /// Returns the type of a value that is not missing.
    pub(crate) fn present(self) -> Self {
        match self {
            Self::Maybe(base, _) => base.ty(),
            other => other,
        }
    }

    /// Returns what the place of a value that may be missing says of one that is there.
    pub(crate) fn hint(self) -> Option<Self> {
        match self {
            Self::Nothing(_) => None,
            other => Some(other.present()),
        }
    }

    /// Returns the type of the array that a rest parameter keeps its arguments in.
    pub(crate) fn rest(self) -> Option<ArrayId> {
        match self {
            Self::Rest(id) => Some(id),
            _ => None,
        }
    }

    /// Returns the type that a parameter has inside of its function.
    pub(crate) fn inside(self) -> Self {
        match self {
            Self::Rest(id) => Self::Array(id),
            other => other,
        }
    }

    /// Returns what may stand for a missing value.
    pub(crate) fn absent(self) -> Option<Absent> {
        match self {
            Self::Maybe(_, absent) | Self::Nothing(absent) => Some(absent),
            Self::Boolean
            | Self::Int(_)
            | Self::F32
            | Self::Number
            | Self::Enum(_)
            | Self::Text
            | Self::Array(_)
            | Self::Rest(_)
            | Self::Record(_)
            | Self::Class(_)
            | Self::Function(_)
            | Self::Exact(_)
            | Self::Union(_)
            | Self::Never
            | Self::Void => None,
        }
    }

    /// Returns the type with which a value that is not missing is kept; `None` if there are no such values.
    pub(crate) fn base(self) -> Option<Base> {
        Some(match self {
            Self::Boolean => Base::Boolean,
            Self::Int(int) => Base::Int(int),
            Self::F32 => Base::F32,
            Self::Number => Base::Number,
            Self::Enum(id) => Base::Enum(id),
            Self::Text => Base::Text,
            Self::Array(id) => Base::Array(id),
            Self::Record(id) => Base::Record(id),
            Self::Class(id) => Base::Class(id),
            Self::Function(id) => Base::Function(id),
            Self::Exact(exact) => Base::Exact(exact),
            Self::Union(id) => Base::Union(id),
            Self::Maybe(base, _) => base,
            Self::Rest(_) | Self::Nothing(_) | Self::Never | Self::Void => return None,
        })
    }

    /// Returns the type of values of this one that may be missing, too.
    pub(crate) fn or(self, more: Absent) -> Option<Self> {
        let absent = self.absent().map_or(more, |absent| absent.with(more));
        match self {
            Self::Void => None,
            Self::Nothing(_) => Some(Self::Nothing(absent)),
            present => present.base().map(|base| Self::Maybe(base, absent)),
        }
    }

    /// Returns the type once some of what may be missing is known not to be.
    pub(crate) fn without(self, absent: Absent) -> Self {
        match self {
            Self::Maybe(base, may) => match may.without(absent) {
                Some(left) => Self::Maybe(base, left),
                None => base.ty(),
            },
            other => other,
        }
    }

    /// Returns the type that operators see: an enum is a number.
    pub(crate) fn operand(self) -> Self {
        match self {
            Self::Enum(_) => Self::Number,
            Self::Exact(exact) => exact.of.ty(),
            Self::Boolean
            | Self::Int(_)
            | Self::F32
            | Self::Number
            | Self::Text
            | Self::Array(_)
            | Self::Rest(_)
            | Self::Record(_)
            | Self::Class(_)
            | Self::Function(_)
            | Self::Maybe(..)
            | Self::Nothing(_)
            | Self::Union(_)
            | Self::Never
            | Self::Void => self,
        }
    }

    /// Returns whether the type lists its values, or has several alternatives.
    pub(crate) fn lists(self) -> bool {
        matches!(self.base(), Some(Base::Exact(_) | Base::Union(_)))
    }

    /// Returns the type without the list of values that it has.
    pub(crate) fn widened(self) -> Self {
        match self {
            Self::Exact(exact) => exact.of.ty(),
            Self::Maybe(base, absent) => Self::Maybe(base.plain(), absent),
            other => other,
        }
    }

    /// Returns whether a value becomes one of `to` by itself, without changing.
    pub(crate) fn becomes(self, to: Self) -> bool {
        match (self, to) {
            _ if self == to => true,
            (Self::Never, to) => to != Self::Void,
            (Self::Exact(_), Self::Exact(_) | Self::Union(_)) => false,
            (Self::Exact(from), Self::Maybe(to, _)) => {
                to.ty() == self || !matches!(to, Base::Exact(_)) && from.of.ty().becomes(to.ty())
            }
            (Self::Exact(from), to) => from.of.ty().becomes(to),
            (Self::Int(from), Self::Int(to)) => from.fits(to),
            (Self::Int(from), Self::Number) => from.bits <= Bits::B32,
            (Self::Int(from), Self::F32) => from.bits <= Bits::B16,
            (Self::F32, Self::Number)
            | (Self::Enum(_), Self::Number)
            | (Self::Number, Self::Enum(_)) => true,
            (Self::Nothing(a), Self::Nothing(b) | Self::Maybe(_, b)) => a.within(b),
            (Self::Maybe(from, a), Self::Maybe(to, b)) => from == to && a.within(b),
            (Self::Maybe(..), _) => false,
            (from, Self::Maybe(to, _)) => from.becomes(to.ty()),
            _ => false,
        }
    }

    /// Returns the type of both when one becomes the other.
    pub(crate) fn common(self, other: Self) -> Option<Self> {
        let (a, b) = (self, other);
        if a == b || b == Self::Never {
            Some(a)
        } else if a == Self::Never {
            Some(b)
        } else if let Some(absent) = a
            .absent()
            .into_iter()
            .chain(b.absent())
            .reduce(Absent::with)
        {
            a.common_present(b)?.or(absent)
        } else if a.operand().becomes(b.operand()) {
            Some(b.operand())
        } else if b.operand().becomes(a.operand()) {
            Some(a.operand())
        } else {
            None
        }
    }

    /// The same for types of which one may be missing: what they are otherwise.
    fn common_present(self, other: Self) -> Option<Self> {
        if self == Self::Void || other == Self::Void {
            return None;
        }
        let (Some(a), Some(b)) = (self.base(), other.base()) else {
            return self.base().or(other.base()).map_or(
                // Neither has values that are there.
                self.absent().map(Self::Nothing),
                |base| Some(base.ty()),
            );
        };
        let fixed = |ty: Self| ty.absent().is_some();
        if a == b || !fixed(other) && b.ty().becomes(a.ty()) {
            Some(a.ty())
        } else if !fixed(self) && a.ty().becomes(b.ty()) {
            Some(b.ty())
        } else {
            None
        }
    }
}
