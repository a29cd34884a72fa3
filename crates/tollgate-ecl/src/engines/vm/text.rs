//! Texts in memory: their bytes by handle, and the tests on them.

use super::interp::Memory;
use crate::ir::{Automaton, Handle};

/// The bytes of a text.
#[inline]
pub(super) fn bytes(memory: &[[u8; 8]], handle: u64) -> Option<&[u8]> {
    let handle = Handle(handle);
    let start = handle.address() as usize;
    let bytes = memory.as_flattened().get(start..)?;
    bytes.get(..handle.length() as usize)
}

/// A text.
#[inline]
pub(super) fn str(memory: &[[u8; 8]], handle: u64) -> Option<&str> {
    std::str::from_utf8(bytes(memory, handle)?).ok()
}

/// Whether a text stands within a text. The search of the standard library is the two-way algorithm: linear time, no
/// allocation. Both are UTF-8, because they came in as texts.
pub(super) fn contains(text: &[u8], part: &[u8]) -> bool {
    match (std::str::from_utf8(text), std::str::from_utf8(part)) {
        (Ok(text), Ok(part)) => text.contains(part),
        _ => false,
    }
}

/// Whether a text is among those of a list, by its bytes.
pub(super) fn is_among(memory: &Memory, text: u64, list: u64) -> Option<bool> {
    let wanted = bytes(memory, text)?;
    let list = Handle(list);
    let first = list.address() as usize / 8;
    let texts = memory.get(first..first.checked_add(list.length() as usize)?)?;
    for text in texts {
        if bytes(memory, u64::from_le_bytes(*text))? == wanted {
            return Some(true);
        }
    }
    Some(false)
}

/// Whether an automaton accepts a text; `None` when its tables are not in memory.
pub(super) fn automaton(memory: &Memory, automaton: &Automaton, subject: u64) -> Option<bool> {
    accepts(memory.as_flattened(), automaton, bytes(memory, subject)?)
}

/// Whether an automaton whose tables are in `all` accepts a text.
pub(crate) fn accepts(all: &[u8], automaton: &Automaton, text: &[u8]) -> Option<bool> {
    let tables = Tables::of(all, automaton)?;
    let mut state = automaton.start;
    for byte in text {
        state = tables.next(state, *byte)?;
        if state == 0 {
            return Some(false);
        }
    }
    tables.accepts(state)
}

/// The tables of an automaton, where they are in memory.
#[derive(Clone, Copy)]
pub(crate) struct Tables<'m> {
    classes: &'m [u8; 256],
    table: &'m [[u8; 2]],
    accepting: &'m [u8],
    width: usize,
}

impl<'m> Tables<'m> {
    /// Finds them in `all`; `None` when they are not there.
    pub(crate) fn of(all: &'m [u8], automaton: &Automaton) -> Option<Self> {
        let from = |address: u32| all.get(address as usize..);
        let width = automaton.classes as usize;
        let cells = (automaton.states as usize).checked_mul(width)?;
        let (table, _) = from(automaton.table)?
            .get(..cells.checked_mul(2)?)?
            .as_chunks::<2>();
        Some(Self {
            classes: from(automaton.class_map)?.first_chunk()?,
            table,
            accepting: from(automaton.accepting)?,
            width,
        })
    }

    /// The class of a byte: bytes of one class lead to one state.
    pub(crate) fn class(&self, byte: u8) -> Option<u8> {
        self.classes.get(usize::from(byte)).copied()
    }

    /// The state after a byte; 0 is dead.
    #[inline]
    pub(crate) fn next(&self, state: u32, byte: u8) -> Option<u32> {
        let place = state as usize * self.width + usize::from(self.class(byte)?);
        Some(u16::from_le_bytes(*self.table.get(place)?).into())
    }

    /// Whether it accepts in a state.
    pub(crate) fn accepts(&self, state: u32) -> Option<bool> {
        Some(*self.accepting.get(state as usize)? == 1)
    }
}
