//! The kinds of typed arrays.

use crate::check::types::{Bits, Int, Sign, Type};
use crate::ir::op::Access;

/// What the elements are kept as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Int(Int),
    /// Bytes; what is outside of them becomes the nearest one.
    Clamped,
    F32,
    F64,
}

const KINDS: [(&str, Kind); 9] = [
    ("Int8Array", Kind::Int(Int::new(Bits::B8, Sign::Signed))),
    ("Uint8Array", Kind::Int(Int::new(Bits::B8, Sign::Unsigned))),
    ("Uint8ClampedArray", Kind::Clamped),
    ("Int16Array", Kind::Int(Int::new(Bits::B16, Sign::Signed))),
    (
        "Uint16Array",
        Kind::Int(Int::new(Bits::B16, Sign::Unsigned)),
    ),
    ("Int32Array", Kind::Int(Int::I32)),
    ("Uint32Array", Kind::Int(Int::U32)),
    ("Float32Array", Kind::F32),
    ("Float64Array", Kind::F64),
];

/// The kind that has a name.
pub(crate) fn kind_named(name: &str) -> Option<Kind> {
    KINDS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, kind)| *kind)
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        KINDS
            .iter()
            .find(|(_, kind)| *kind == self)
            .map_or("", |(name, _)| *name)
    }

    /// The type that an element has in memory.
    pub(crate) fn raw(self) -> Type {
        match self {
            Self::Int(int) => Type::Int(int),
            Self::Clamped => Type::Int(Int::new(Bits::B8, Sign::Unsigned)),
            Self::F32 => Type::F32,
            Self::F64 => Type::Number,
        }
    }

    pub(crate) fn access(self) -> Access {
        self.raw().access().unwrap_or(Access::F64)
    }
}
