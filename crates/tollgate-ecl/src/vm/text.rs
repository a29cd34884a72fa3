//! Texts in memory: their bytes by handle, and the tests on them.

use super::interp::Memory;
use crate::ir::{Automaton, Handle};

/// The bytes of a text.
#[inline]
pub(super) fn bytes(memory: &Memory, handle: u64) -> Option<&[u8]> {
    let handle = Handle(handle);
    let start = handle.address() as usize;
    let bytes = memory.as_flattened().get(start..)?;
    bytes.get(..handle.length() as usize)
}

/// A text.
#[inline]
pub(super) fn str(memory: &Memory, handle: u64) -> Option<&str> {
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

/// Whether an automaton accepts a text; `None` when its tables are not in memory.
pub(super) fn automaton(memory: &Memory, automaton: &Automaton, subject: u64) -> Option<bool> {
    accepts(memory.as_flattened(), automaton, bytes(memory, subject)?)
}

/// Whether an automaton whose tables are in `all` accepts a text.
pub(crate) fn accepts(all: &[u8], automaton: &Automaton, text: &[u8]) -> Option<bool> {
    let from = |address: u32| all.get(address as usize..);
    let classes: &[u8; 256] = from(automaton.class_map)?.first_chunk()?;
    let width = automaton.classes as usize;
    let cells = (automaton.states as usize).checked_mul(width)?;
    let (table, _) = from(automaton.table)?
        .get(..cells.checked_mul(2)?)?
        .as_chunks::<2>();
    let accepting = from(automaton.accepting)?;
    let mut state = automaton.start as usize;
    for byte in text {
        let class = usize::from(*classes.get(usize::from(*byte))?);
        state = usize::from(u16::from_le_bytes(*table.get(state * width + class)?));
        if state == 0 {
            return Some(false);
        }
    }
    Some(*accepting.get(state)? == 1)
}
