//! Sets of values of one type, by their places in its order.

/// The first and the last value of a type.
pub(super) type Whole = (i128, i128);

/// Disjoint intervals, ends included, ascending, with a gap between each two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Set(Vec<(i128, i128)>);

impl Set {
    /// The values from one to another.
    pub(super) fn range(from: i128, to: i128) -> Self {
        Self(if from <= to {
            vec![(from, to)]
        } else {
            Vec::new()
        })
    }

    /// These values.
    pub(super) fn points(values: impl IntoIterator<Item = i128>) -> Self {
        Self::joined(values.into_iter().map(|value| (value, value)).collect())
    }

    fn joined(mut parts: Vec<(i128, i128)>) -> Self {
        parts.sort_unstable();
        let mut joined: Vec<(i128, i128)> = Vec::with_capacity(parts.len());
        for (from, to) in parts {
            match joined.last_mut() {
                Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(to),
                _ => joined.push((from, to)),
            }
        }
        Self(joined)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many intervals it takes: what working with it costs.
    pub(super) fn intervals(&self) -> usize {
        self.0.len()
    }

    /// What is in both.
    pub(super) fn and(&self, other: &Self) -> Self {
        let mut both = Vec::new();
        let (mut mine, mut others) = (self.0.iter().peekable(), other.0.iter().peekable());
        while let (Some(a), Some(b)) = (mine.peek(), others.peek()) {
            let (from, to) = (a.0.max(b.0), a.1.min(b.1));
            if from <= to {
                both.push((from, to));
            }
            if a.1 < b.1 {
                mine.next();
            } else {
                others.next();
            }
        }
        Self(both)
    }

    /// What is in one of them.
    pub(super) fn or(&self, other: &Self) -> Self {
        Self::joined(self.0.iter().chain(&other.0).copied().collect())
    }

    /// What of the type is not in it.
    pub(super) fn not(&self, whole: Whole) -> Self {
        let mut gaps = Vec::with_capacity(self.0.len() + 1);
        let mut next = Some(whole.0);
        for (from, to) in &self.0 {
            if let Some(start) = next.filter(|start| start < from) {
                gaps.push((start, from - 1));
            }
            next = to.checked_add(1);
        }
        gaps.extend(
            next.filter(|start| *start <= whole.1)
                .map(|start| (start, whole.1)),
        );
        Self(gaps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::generate::Random;

    const WHOLE: Whole = (0, 15);

    fn random(random: &mut Random) -> Set {
        let points = (0..16).filter(|_| random.once_in(2)).collect::<Vec<i128>>();
        Set::points(points)
    }

    fn bits(set: &Set) -> u32 {
        let has = |value: i128| {
            set.0
                .iter()
                .any(|(from, to)| (*from..=*to).contains(&value))
        };
        (0..16)
            .filter(|value| has(*value))
            .map(|value| 1 << value)
            .sum()
    }

    #[test]
    fn sets_are_what_bits_are() {
        let r = &mut Random::new(3);
        for _ in 0..500 {
            let (a, b) = (random(r), random(r));
            assert_eq!(bits(&a.and(&b)), bits(&a) & bits(&b));
            assert_eq!(bits(&a.or(&b)), bits(&a) | bits(&b));
            assert_eq!(bits(&a.not(WHOLE)), !bits(&a) & 0xffff);
            assert_eq!(a.not(WHOLE).not(WHOLE), a);
        }
    }

    #[test]
    fn the_ends_of_the_widest_type_are_no_trouble() {
        let whole = (i128::MIN, i128::MAX);
        let all = Set::range(i128::MIN, i128::MAX);
        assert!(all.not(whole).is_empty());
        assert_eq!(Set::points([]).not(whole), all);
        let ends = Set::points([i128::MIN, i128::MAX]);
        assert_eq!(ends.not(whole).not(whole), ends);
        assert_eq!(ends.or(&ends.not(whole)), all);
    }
}
