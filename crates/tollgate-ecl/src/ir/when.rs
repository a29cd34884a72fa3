//! The two outcomes of a condition, where one of them is meant.

/// Which outcome of a condition is meant: the one that branches, or the one that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// It holds.
    True,
    /// It does not.
    False,
}

impl When {
    /// Returns the outcome that the negated condition has then.
    pub(crate) const fn negated(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
        }
    }
}

impl From<bool> for When {
    fn from(outcome: bool) -> Self {
        if outcome { Self::True } else { Self::False }
    }
}
