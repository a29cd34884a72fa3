//! The operators of expressions.

use crate::data::said::Form;

/// Prefix operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum UnaryOp {
    /// bool
    Not,
    /// int, duration; overflow is an error
    NegInt,
    /// number
    NegNumber,
    /// decimal, money, quantity; overflow is an error
    NegWide,
    /// Bytes of a text, as int.
    TextLength,
    /// Elements of a list, as int.
    ListLength,
    /// int → decimal; cannot fail: 2^63·10^18 < 2^127
    IntToDecimal,
    /// int → number, rounding to nearest even
    IntToNumber,
    /// decimal → number, rounding to nearest even
    DecimalToNumber,
    /// number → decimal: error when it does not fit; rounds half to even at 18 fractional digits
    NumberToDecimal,
    /// decimal → int, towards zero; overflow is an error
    DecimalToInt,
    /// trust → number: weighted mean of the six dimensions, weights 1
    TrustNorm,
    /// string → option of what the text says in that form, in the arena. Text gas of the length is charged before.
    Read(Form),
    /// string → int: its characters. Likewise.
    TextCharacters,
    /// string → string that is made of it, in the arena. Likewise.
    Make(Making),
    /// string → list of its parts, which are made, in the arena. Likewise, and [`gas::ELEMENT`](crate::data::gas::ELEMENT) for each part
    /// that there may be.
    Split(Splitting),
}

/// Where a text is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Splitting {
    /// The bytes of the separator, the first one lowest, and zeros.
    pub separator: u64,
    /// How many they are: 1 to 8.
    pub bytes: u8,
    /// Parts at most, at least 1; the last one has what is left.
    pub most: u32,
}

/// How a text is made of another. It is at most as long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Making {
    /// A to Z in lower case.
    Lower,
    /// a to z in upper case.
    Upper,
    /// Without blanks at its ends.
    Trim,
}

impl UnaryOp {
    /// Whether the operand is a text that all is read of, which is paid for by its length.
    pub(crate) const fn reads_text(self) -> bool {
        matches!(
            self,
            Self::Read(_) | Self::TextCharacters | Self::Make(_) | Self::Split(_)
        )
    }
}

/// Operators on two operands. Fallible ones name their error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum BinaryOp {
    /// int, instant ± duration, duration: `Overflow`
    AddInt,
    /// likewise
    SubInt,
    /// int × int, duration × int: `Overflow`
    MulInt,
    /// towards zero: `DivisionByZero`, `Overflow`
    DivInt,
    /// sign of the dividend: `DivisionByZero`, `Overflow`
    RemInt,
    /// `NotFinite`
    AddNumber,
    /// `NotFinite`
    SubNumber,
    /// `NotFinite`
    MulNumber,
    /// `DivisionByZero`, `NotFinite`
    DivNumber,
    /// `Overflow`
    AddWide,
    /// `Overflow`
    SubWide,
    /// Scaled: (a·b)/10^18 rounded half to even, intermediate 256 bits: `Overflow`
    MulWide,
    /// Scaled: (a·10^18)/b rounded half to even: `DivisionByZero`, `Overflow`
    DivWide,
    /// words: int, bool, enum, text (interned), instant, duration
    EqWord,
    /// likewise
    NeWord,
    /// signed words: int, instant, duration
    LtInt,
    /// signed words
    LeInt,
    /// signed words
    GtInt,
    /// signed words
    GeInt,
    /// number; -0 equals 0
    EqNumber,
    /// number
    NeNumber,
    /// number
    LtNumber,
    /// number
    LeNumber,
    /// number
    GtNumber,
    /// number
    GeNumber,
    /// wide
    EqWide,
    /// wide
    NeWide,
    /// wide
    LtWide,
    /// wide
    LeWide,
    /// wide
    GtWide,
    /// wide
    GeWide,
    /// Text starts with text. Text gas of the right length is charged before.
    StartsWith,
    /// Text ends with text. Likewise.
    EndsWith,
    /// Text contains text, in linear time. Text gas of the left length is charged before.
    Contains,
    /// Did against did pattern, as [`did::matches`](crate::data::did::matches). Text gas of the left length is charged before.
    DidMatch,
    /// The smaller of two ints.
    MinInt,
    /// The larger of two ints.
    MaxInt,
    /// The smaller of two numbers; the left one of 0 and -0.
    MinNumber,
    /// The larger of two numbers; the left one of 0 and -0.
    MaxNumber,
    /// The smaller of two wides.
    MinWide,
    /// The larger of two wides.
    MaxWide,
    /// Trust vectors: componentwise weaker of the two, a chain's trust (never above its weakest link).
    TrustChain,
    /// Trust vectors: componentwise a + b − a·b.
    TrustCombine,
    /// Trust vectors → number in 0..1: root mean square of the differences.
    TrustDistance,
    /// Text against a glob that is data: `BadGlob`. [`gas::glob`](crate::data::gas::glob) of both lengths is charged before. Linear time.
    GlobMatch,
    /// Whether an ip is in a cidr.
    IpInCidr,
    /// Whether all addresses of a cidr are in another.
    CidrInCidr,
    /// Whether an ip is in one of a list of cidrs. [`gas::ELEMENT`](crate::data::gas::ELEMENT) for each is charged before.
    IpInCidrs,
    /// Texts of which one may have been made: whether their bytes are the same. Text gas of the shorter length is charged before.
    EqText,
    /// Likewise, whether they are not.
    NeText,
    /// Text and list of texts of which one may have been made: whether it is among them. For each of the list,
    /// [`gas::ELEMENT`](crate::data::gas::ELEMENT) and text gas of the text's length are charged before.
    InTexts,
}
