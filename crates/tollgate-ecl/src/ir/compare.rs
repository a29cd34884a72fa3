//! Comparisons of words, for what computes before there is an engine.

use super::BinaryOp;

impl BinaryOp {
    /// Returns whether a comparison holds of two words; `None` if it is no comparison of words. Texts are interned, so equal ones
    /// are equal words: what is known before there is an engine was not made.
    pub(crate) fn of_words(self, left: i64, right: i64) -> Option<bool> {
        Some(match self {
            Self::EqWord | Self::EqText => left == right,
            Self::NeWord | Self::NeText => left != right,
            Self::LtInt => left < right,
            Self::LeInt => left <= right,
            Self::GtInt => left > right,
            Self::GeInt => left >= right,
            _ => return None,
        })
    }
}
