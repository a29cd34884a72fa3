//! The values that types list, `"a" | "b"`, and the lists of a program, each once. Two types with the same values are one, in whatever
//! order they are written.

use std::collections::HashMap;
use std::rc::Rc;

use super::types::{Exact, ExactId, Plain, Type};
use crate::limits::PROGRAM_ALTERNATIVES_MAX;

/// Values that a name of a type shows; the others are counted.
const SHOWN: usize = 8;

/// A value that a type lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Literal<'a> {
    Boolean(bool),
    /// By its bits. Zero has one sign, and NaN is no literal.
    Number(u64),
    Text(&'a str),
}

impl<'a> Literal<'a> {
    pub(super) fn number(number: f64) -> Option<Self> {
        // Both zeros are equal.
        let number = if number == 0.0 { 0.0 } else { number };
        (!number.is_nan()).then_some(Self::Number(number.to_bits()))
    }

    pub(super) fn plain(self) -> Plain {
        match self {
            Self::Boolean(_) => Plain::Boolean,
            Self::Number(_) => Plain::Number,
            Self::Text(_) => Plain::Text,
        }
    }

    /// Whether it counts as true.
    pub(super) fn truth(self) -> bool {
        match self {
            Self::Boolean(value) => value,
            Self::Number(bits) => f64::from_bits(bits) != 0.0,
            Self::Text(text) => !text.is_empty(),
        }
    }

    fn shown(self) -> String {
        match self {
            Self::Boolean(value) => value.to_string(),
            Self::Number(bits) => f64::from_bits(bits).to_string(),
            Self::Text(text) => format!("{text:?}"),
        }
    }
}

/// The lists of values, each once.
#[derive(Debug, Default)]
pub(super) struct Literals<'a> {
    lists: Vec<Rc<[Literal<'a>]>>,
    by_values: HashMap<Rc<[Literal<'a>]>, ExactId>,
    /// Values of all lists.
    counted: usize,
}

impl<'a> Literals<'a> {
    /// Returns the type that lists these values of one kind; `None` if there are none, or too many lists already.
    pub(super) fn of(&mut self, mut values: Vec<Literal<'a>>) -> Option<Type> {
        values.sort_unstable();
        values.dedup();
        let of = values.first()?.plain();
        // That is all that there is.
        if of == Plain::Boolean && values.len() == 2 {
            return Some(Type::Boolean);
        }
        let values: Rc<[Literal<'a>]> = values.into();
        if let Some(id) = self.by_values.get(&values) {
            return Some(Type::Exact(Exact { of, id: *id }));
        }
        self.counted = self.counted.saturating_add(values.len());
        if self.counted > PROGRAM_ALTERNATIVES_MAX {
            return None;
        }
        let id = ExactId(self.lists.len());
        self.lists.push(values.clone());
        self.by_values.insert(values, id);
        Some(Type::Exact(Exact { of, id }))
    }

    /// Returns the values that a type lists, in their own order.
    pub(super) fn values(&self, exact: Exact) -> &[Literal<'a>] {
        self.lists.get(exact.id.0).map_or(&[], |list| list)
    }

    pub(super) fn has(&self, exact: Exact, value: Literal<'a>) -> bool {
        self.values(exact).binary_search(&value).is_ok()
    }

    /// Whether each value of a type is one of the other.
    pub(super) fn is_within(&self, part: Exact, whole: Exact) -> bool {
        let values = self.values(part);
        part.of == whole.of && values.iter().all(|value| self.has(whole, *value))
    }

    /// The type as the source writes it.
    pub(super) fn name(&self, exact: Exact) -> String {
        let values = self.values(exact);
        let shown = values.iter().take(SHOWN).map(|value| value.shown());
        let mut shown: Vec<String> = shown.collect();
        if values.len() > SHOWN {
            shown.push(format!("… {} more", values.len() - SHOWN));
        }
        shown.join(" | ")
    }
}
