//! Texts that are made, another way: they are interned, as those that the host writes, and compared as those.
//!
//! So a comparison that compares handles in an engine where it should compare bytes gives something else here.

use super::{BROKEN, Eval, Walk, Words, arena, one, truth};
use crate::data::gas;
use crate::data::types::WORD;
use crate::ir::{BinaryOp, Handle, Making};

impl Walk<'_> {
    /// A text that is made of another.
    pub(super) fn make(&mut self, making: Making, text: Handle) -> Eval {
        self.charge_compute(gas::text(u64::from(text.length())))?;
        let text = self.text(text)?;
        let made: String = match making {
            Making::Lower => text.chars().map(|c| moved(c, 'A', 'a')).collect(),
            Making::Upper => text.chars().map(|c| moved(c, 'a', 'A')).collect(),
            Making::Trim => {
                let mut left = text;
                while let Some(rest) = left.strip_prefix(is_blank) {
                    left = rest;
                }
                while let Some(rest) = left.strip_suffix(is_blank) {
                    left = rest;
                }
                left.to_owned()
            }
        };
        self.reserve(made.len().next_multiple_of(WORD as usize))?;
        let texts = self.input_texts;
        let arena = &mut arena(&mut self.memory, &mut self.top);
        let handle = self.interner.intern(&made, texts, arena);
        Ok(one(handle.map_err(|_| BROKEN)?.0))
    }

    /// Comparisons of texts that may have been made.
    pub(super) fn compare_texts(&mut self, op: BinaryOp, a: Words, b: Words) -> Eval {
        let lengths = [a, b].map(|words| u64::from(Handle(words[0]).length()));
        if op == BinaryOp::InTexts {
            let list = Handle(b[0]);
            self.charge_compute((gas::ELEMENT + gas::text(lengths[0])) * lengths[1])?;
            for i in 0..list.length() {
                if self.word(list.address() + i * WORD)? == a[0] {
                    return Ok(truth(true));
                }
            }
            return Ok(truth(false));
        }
        self.charge_compute(gas::text(lengths[0].min(lengths[1])))?;
        Ok(truth((a[0] == b[0]) == (op == BinaryOp::EqText)))
    }
}

/// A letter of the alphabet that begins with `from`, in the one that begins with `to`.
fn moved(character: char, from: char, to: char) -> char {
    let place = u32::from(character).wrapping_sub(from.into());
    match place {
        0..26 => char::from_u32(u32::from(to) + place).unwrap_or(character),
        _ => character,
    }
}

fn is_blank(character: char) -> bool {
    "\t\n\u{c}\r ".contains(character)
}
