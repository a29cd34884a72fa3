//! What a guest may do with what stands at one place: read it, write it, both or neither.
//!
//! Rights only ever add up when grants overlap, and are only ever cut when a symbolic link was followed.

/// Rights of one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Rights {
    pub(crate) read: bool,
    pub(crate) write: bool,
}

impl Rights {
    pub(crate) const NONE: Self = Self {
        read: false,
        write: false,
    };
    pub(crate) const READ: Self = Self {
        read: true,
        write: false,
    };
    pub(crate) const WRITE: Self = Self {
        read: false,
        write: true,
    };
    pub(crate) const BOTH: Self = Self {
        read: true,
        write: true,
    };

    /// Returns what either gives.
    pub(crate) const fn or(self, other: Self) -> Self {
        Self {
            read: self.read || other.read,
            write: self.write || other.write,
        }
    }

    /// Returns what both give.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self {
            read: self.read && other.read,
            write: self.write && other.write,
        }
    }

    /// Tells whether these rights include all of `other`.
    pub(crate) const fn cover(self, other: Self) -> bool {
        (self.read || !other.read) && (self.write || !other.write)
    }

    /// Tells whether anything is allowed at all.
    pub(crate) const fn any(self) -> bool {
        self.read || self.write
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Rights; 4] = [Rights::NONE, Rights::READ, Rights::WRITE, Rights::BOTH];

    #[test]
    fn rights_are_two_independent_answers() {
        for (a, b) in ALL.into_iter().flat_map(|a| ALL.map(|b| (a, b))) {
            let either = (a.read || b.read, a.write || b.write);
            assert_eq!((a.or(b).read, a.or(b).write), either, "{a:?} {b:?}");
            let both = (a.read && b.read, a.write && b.write);
            assert_eq!((a.and(b).read, a.and(b).write), both, "{a:?} {b:?}");
        }
    }

    #[test]
    fn rights_cover_what_adds_nothing_to_them() {
        for (a, b) in ALL.into_iter().flat_map(|a| ALL.map(|b| (a, b))) {
            assert_eq!(a.cover(b), a.or(b) == a, "{a:?} {b:?}");
        }
        assert_eq!(ALL.map(Rights::any), [false, true, true, true]);
    }
}
