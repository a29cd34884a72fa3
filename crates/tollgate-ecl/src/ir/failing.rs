//! Which operators can end an evaluation with an error.

use super::{BinaryOp, UnaryOp};

impl UnaryOp {
    /// Whether the operator can end an evaluation with an error.
    pub(crate) const fn can_fail(self) -> bool {
        use UnaryOp as O;
        match self {
            O::NegInt | O::NegWide | O::NumberToDecimal | O::DecimalToInt => true,
            O::Not
            | O::NegNumber
            | O::TextLength
            | O::ListLength
            | O::IntToDecimal
            | O::IntToNumber
            | O::DecimalToNumber
            | O::TrustNorm
            | O::Read(_)
            | O::TextCharacters
            | O::Make(_)
            | O::Split(_) => false,
        }
    }
}

impl BinaryOp {
    /// Whether the operator can end an evaluation with an error.
    pub(crate) const fn can_fail(self) -> bool {
        use BinaryOp as O;
        match self {
            O::AddInt
            | O::SubInt
            | O::MulInt
            | O::DivInt
            | O::RemInt
            | O::AddNumber
            | O::SubNumber
            | O::MulNumber
            | O::DivNumber
            | O::AddWide
            | O::SubWide
            | O::MulWide
            | O::DivWide
            | O::GlobMatch => true,
            O::EqWord
            | O::NeWord
            | O::LtInt
            | O::LeInt
            | O::GtInt
            | O::GeInt
            | O::EqNumber
            | O::NeNumber
            | O::LtNumber
            | O::LeNumber
            | O::GtNumber
            | O::GeNumber
            | O::EqWide
            | O::NeWide
            | O::LtWide
            | O::LeWide
            | O::GtWide
            | O::GeWide
            | O::StartsWith
            | O::EndsWith
            | O::Contains
            | O::DidMatch
            | O::MinInt
            | O::MaxInt
            | O::MinNumber
            | O::MaxNumber
            | O::MinWide
            | O::MaxWide
            | O::TrustChain
            | O::TrustCombine
            | O::TrustDistance
            | O::IpInCidr
            | O::CidrInCidr
            | O::IpInCidrs
            | O::EqText
            | O::NeText
            | O::InTexts => false,
        }
    }
}
