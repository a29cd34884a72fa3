//! Texts that are made, another way: they are interned, as those that the host writes, and compared as those.
//!
//! So a comparison that compares handles in an engine where it should compare bytes gives something else here.

use super::{BROKEN, Eval, Walk, Words, arena, one, truth};
use crate::data::gas;
use crate::data::types::{Type, WORD};
use crate::ir::{BinaryOp, Handle, Making, Splitting};

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
        self.interned(&made)
    }

    /// The parts of a text.
    pub(super) fn split(&mut self, splitting: Splitting, text: Handle) -> Eval {
        let gas = gas::text(u64::from(text.length())) + u64::from(splitting.most) * gas::ELEMENT;
        self.charge_compute(gas)?;
        let separator = splitting.separator.to_le_bytes();
        let separator = separator.get(..splitting.bytes.into()).ok_or(BROKEN)?;
        let separator = std::str::from_utf8(separator).map_err(|_| BROKEN)?;
        let most = usize::try_from(splitting.most).map_err(|_| BROKEN)?;
        let parts = self.text(text)?.splitn(most, separator);
        let parts: Vec<String> = parts.map(str::to_owned).collect();
        let mut made = Vec::new();
        for part in &parts {
            made.push(self.interned(part)?);
        }
        self.list(&Type::String(text.length()), &made)
    }

    fn interned(&mut self, text: &str) -> Eval {
        self.reserve(text.len().next_multiple_of(WORD as usize))?;
        let texts = self.input_texts;
        let arena = &mut arena(&mut self.memory, &mut self.top);
        let handle = self.interner.intern(text, texts, arena);
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
