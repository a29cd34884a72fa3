//! Cuts: the values of a path, split into intervals where conditions begin and cease to hold.
//!
//! `n` ascending cuts make `n + 1` intervals; a value lies in the interval whose number is the number of cuts it reaches.
//! A cut is the smallest value beyond it, so that every bound, strict or not, is a cut: `x <= 5` ends at 6. Texts have no
//! smallest value behind all those with a prefix, so a cut among texts names a text and the side of it.

use std::cmp::Ordering;

use super::Handle;
use crate::limits::KEY_BYTES_MAX;

/// Cuts of one type, ascending.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Cuts {
    /// int, instant, duration: signed words.
    Words(#[serde(deserialize_with = "crate::data::reading::list")] Vec<i64>),
    /// number; never NaN or infinite.
    Numbers(#[serde(deserialize_with = "crate::data::reading::list")] Vec<f64>),
    /// decimal, money, quantity.
    Wides(#[serde(deserialize_with = "crate::data::reading::list")] Vec<i128>),
    /// string, did: by their bytes.
    Texts(#[serde(deserialize_with = "crate::data::reading::list")] Vec<TextCut>),
}

/// A cut among texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TextCut {
    /// Bytes of the pool, at most [`KEY_BYTES_MAX`]: the beginning of a constant. It need not
    /// be a text of the pool and may end within a character.
    pub text: Handle,
    /// The side of it.
    pub edge: Edge,
}

/// The side of a text on which a cut lies.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[repr(u8)]
pub enum Edge {
    /// Before the text itself, and so before all that begin with it.
    Before = 0,
    /// Behind the text itself, before the longer ones that begin with it.
    Behind = 1,
    /// Behind all texts that begin with it.
    BehindAll = 2,
}

impl Cuts {
    /// Number of cuts, one less than of intervals.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Words(cuts) => cuts.len(),
            Self::Numbers(cuts) => cuts.len(),
            Self::Wides(cuts) => cuts.len(),
            Self::Texts(cuts) => cuts.len(),
        }
    }

    /// Whether there is only one interval.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Most bytes of a key that a look-up compares with one cut; 0 when keys are no texts.
    #[must_use]
    pub(crate) fn bytes_compared(&self) -> u64 {
        match self {
            Self::Texts(cuts) => {
                let lengths = cuts.iter().map(|cut| u64::from(cut.text.length()));
                lengths.max().unwrap_or(0)
            }
            Self::Words(_) | Self::Numbers(_) | Self::Wides(_) => 0,
        }
    }

    /// Whether the cuts ascend, and those of text name bytes of the pool, at most
    /// [`KEY_BYTES_MAX`] of them.
    #[must_use]
    pub(crate) fn ascend(&self, pool: &[u8]) -> bool {
        fn pairs<T>(cuts: &[T], before: impl Fn(&T, &T) -> bool) -> bool {
            cuts.iter()
                .zip(cuts.iter().skip(1))
                .all(|(a, b)| before(a, b))
        }
        match self {
            Self::Words(cuts) => pairs(cuts, |a, b| a < b),
            Self::Numbers(cuts) => {
                pairs(cuts, |a, b| a < b) && cuts.iter().all(|cut| cut.is_finite())
            }
            Self::Wides(cuts) => pairs(cuts, |a, b| a < b),
            Self::Texts(cuts) => {
                let short = |cut: &TextCut| cut.text.length() <= KEY_BYTES_MAX;
                let there = cuts
                    .iter()
                    .all(|cut| short(cut) && cut.bytes(pool).is_some());
                there && pairs(cuts, |a, b| a.order(b, pool) == Ordering::Less)
            }
        }
    }
}

impl TextCut {
    /// The bytes it names.
    #[must_use]
    pub fn bytes<'p>(&self, pool: &'p [u8]) -> Option<&'p [u8]> {
        let start = self.text.address() as usize;
        pool.get(start..start.checked_add(self.text.length() as usize)?)
    }

    /// Whether a text lies behind the cut.
    #[must_use]
    pub(crate) fn is_reached(&self, text: &[u8], pool: &[u8]) -> bool {
        let cut = self.bytes(pool).unwrap_or_default();
        match beginnings(text, cut) {
            Ordering::Equal if text.len() < cut.len() => false,
            Ordering::Equal => match self.edge {
                Edge::Before => true,
                Edge::Behind => text.len() > cut.len(),
                Edge::BehindAll => false,
            },
            order => order == Ordering::Greater,
        }
    }

    /// The order of two cuts.
    #[must_use]
    pub fn order(&self, other: &Self, pool: &[u8]) -> Ordering {
        let left = self.bytes(pool).unwrap_or_default();
        let right = other.bytes(pool).unwrap_or_default();
        let by_length = || match left.len().cmp(&right.len()) {
            Ordering::Equal => self.edge.cmp(&other.edge),
            // Behind all that begin with the shorter one is behind the longer one too.
            Ordering::Less if self.edge == Edge::BehindAll => Ordering::Greater,
            Ordering::Greater if other.edge == Edge::BehindAll => Ordering::Less,
            order => order,
        };
        beginnings(left, right).then_with(by_length)
    }
}

/// Cuts among texts, prepared for a search: eight bytes of each as one word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Windows {
    /// Bytes of the pool that all cuts begin with.
    pub(crate) common: Handle,
    /// For each cut the eight bytes behind those.
    ///
    /// INVARIANT: where the windows of a text and of a cut differ, their order says whether the text reaches the cut. So
    /// what is missing is zero, but behind a cut with all that begin with it bytes that no text has follow.
    pub(crate) windows: Box<[u64]>,
}

impl Windows {
    pub(crate) fn of(cuts: &[TextCut], pool: &[u8]) -> Self {
        let texts = cuts.iter().map(|cut| cut.bytes(pool).unwrap_or_default());
        let common = texts.reduce(shared).unwrap_or_default().len();
        let window = |cut: &TextCut| {
            let rest = cut.bytes(pool).and_then(|bytes| bytes.get(common..));
            let padding = match cut.edge {
                Edge::Before | Edge::Behind => 0,
                Edge::BehindAll => 0xff,
            };
            window(rest.unwrap_or_default(), padding)
        };
        let address = cuts.first().map_or(0, |cut| cut.text.address());
        Self {
            common: Handle::new(address, u32::try_from(common).unwrap_or(0)),
            windows: cuts.iter().map(window).collect(),
        }
    }

    /// The window of a text, `rest` being what follows the common bytes.
    #[inline]
    pub(crate) fn key(rest: &[u8]) -> u64 {
        window(rest, 0)
    }
}

/// The first eight bytes, big-endian, so that words are ordered like texts.
#[inline]
fn window(bytes: &[u8], padding: u8) -> u64 {
    let mut window = [padding; 8];
    for (place, byte) in window.iter_mut().zip(bytes) {
        *place = *byte;
    }
    u64::from_be_bytes(window)
}

/// What both begin with.
fn shared<'t>(a: &'t [u8], b: &'t [u8]) -> &'t [u8] {
    let length = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    a.get(..length).unwrap_or_default()
}

/// The order of two texts as far as both go.
fn beginnings(left: &[u8], right: &[u8]) -> Ordering {
    let shared = left.len().min(right.len());
    left.get(..shared).cmp(&right.get(..shared))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cuts on all sides of some texts, and the pool they are in.
    fn all_cuts(texts: &[&str]) -> (Vec<TextCut>, Vec<u8>) {
        let mut pool = Vec::new();
        let mut cuts = Vec::new();
        for text in texts {
            let address = u32::try_from(pool.len()).unwrap();
            let handle = Handle::new(address, u32::try_from(text.len()).unwrap());
            pool.extend_from_slice(text.as_bytes());
            for edge in [Edge::Before, Edge::Behind, Edge::BehindAll] {
                cuts.push(TextCut { text: handle, edge });
            }
        }
        (cuts, pool)
    }

    #[test]
    fn the_order_of_text_cuts_is_the_order_in_which_texts_reach_them() {
        let texts = ["", "a", "ab", "abc", "a\0", "a\0b", "b", "ü", "üb"];
        let (cuts, pool) = all_cuts(&texts);
        for a in &cuts {
            for b in cuts.iter().filter(|b| a.order(b, &pool).is_le()) {
                for text in texts.iter().chain(&["aa", "abd", "c", "\0", "~"]) {
                    let text = text.as_bytes();
                    let reached = [a.is_reached(text, &pool), b.is_reached(text, &pool)];
                    assert_ne!(reached, [false, true], "{a:?} {b:?} {text:?}");
                }
            }
        }
    }

    #[test]
    fn a_prefix_is_the_interval_between_two_cuts() {
        let (cuts, pool) = all_cuts(&["/api/"]);
        let [before, behind, behind_all] = cuts.as_slice() else {
            panic!("three cuts")
        };
        for text in [
            "/api/",
            "/api/v1",
            "/api",
            "/apj",
            "/",
            "",
            "/api/\u{10ffff}",
        ] {
            let (bytes, pool) = (text.as_bytes(), pool.as_slice());
            let within = before.is_reached(bytes, pool) && !behind_all.is_reached(bytes, pool);
            assert_eq!(within, text.starts_with("/api/"), "{text}");
            let same = before.is_reached(bytes, pool) && !behind.is_reached(bytes, pool);
            assert_eq!(same, text == "/api/", "{text}");
        }
    }

    #[test]
    fn cuts_out_of_order_or_outside_of_the_pool_are_found() {
        assert!(Cuts::Words(vec![-1, 3]).ascend(&[]));
        assert!(!Cuts::Words(vec![3, 3]).ascend(&[]));
        assert!(!Cuts::Numbers(vec![1.0, f64::INFINITY]).ascend(&[]));
        assert!(!Cuts::Wides(vec![2, 1]).ascend(&[]));
        let (cuts, pool) = all_cuts(&["a"]);
        assert!(Cuts::Texts(cuts.clone()).ascend(&pool));
        assert!(!Cuts::Texts(cuts).ascend(&[]));
    }
}
