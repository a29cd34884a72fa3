//! Effects as values: how one stands in memory, and how the host reads those of a decision.
//!
//! An effect is a word, the address of a block in the arena: the number of the effect in [`Program::effects`], what taking
//! it costs in the storage layer, then its operands one after the other. So it travels through `let`, `if`, functions, options and
//! lists like any other word. Gas is charged, and the host reads the blocks, when an effect is among those of the decision: an effect
//! that is only made is not paid for, and one that is taken twice is paid for twice.

use crate::data::types::{RecordDef, Type, WORD};
use crate::host::outcome::{EffectRecord, EvalError};
use crate::ir::value;
use crate::ir::{Effect, Program};

/// Byte offset of what taking an effect costs.
pub(crate) const GAS: u32 = WORD;
/// Byte offset of its first operand.
const OPERANDS: u32 = 2 * WORD;

impl Effect {
    /// Byte offsets and types of its operands.
    pub fn places<'e>(&'e self, records: &'e [RecordDef]) -> impl Iterator<Item = (u32, &'e Type)> {
        let mut offset = OPERANDS;
        self.operands.iter().map(move |ty| {
            let at = offset;
            offset += ty.words(records) * WORD;
            (at, ty)
        })
    }

    /// Words it takes in memory.
    #[must_use]
    pub fn words(&self, records: &[RecordDef]) -> u32 {
        let operands = self.operands.iter().map(|ty| ty.words(records));
        OPERANDS / WORD + operands.sum::<u32>()
    }
}

/// The effects that a value is: one, or those in options and lists, in order. `None` when memory does not hold such a
/// value: never after an evaluation.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "addresses have 32 bits")]
pub fn read(program: &Program, memory: &[u8], ty: &Type, word: u64) -> Option<Vec<EffectRecord>> {
    let mut found = Vec::new();
    let reader = Reader { program, memory };
    reader.value(ty, word, word as u32, &mut found)?;
    Some(found)
}

/// The effects of a decision, entry by entry as [`read`] gives them.
///
/// # Errors
/// [`EvalError::Internal`] when one of them could not be read.
pub(crate) fn all(
    entries: impl Iterator<Item = Option<Vec<EffectRecord>>>,
) -> Result<Vec<EffectRecord>, EvalError> {
    let entries: Option<Vec<_>> = entries.collect();
    Ok(entries.ok_or(EvalError::Internal)?.concat())
}

struct Reader<'a> {
    program: &'a Program,
    memory: &'a [u8],
}

impl Reader<'_> {
    /// A value whose word is known, and the address where it stands when it is no word.
    fn value(
        &self,
        ty: &Type,
        word: u64,
        address: u32,
        found: &mut Vec<EffectRecord>,
    ) -> Option<()> {
        match ty {
            Type::Effect => {
                let address = u32::try_from(word).ok()?;
                found.push(self.effect(address)?);
                Some(())
            }
            Type::Option(inner) => match value::word(self.memory, address)? {
                0 => Some(()),
                _ => self.at(inner, address.checked_add(WORD)?, found),
            },
            Type::List(inner, bound) => {
                let list = crate::ir::Handle(word);
                let stride = inner.words(&self.program.records).checked_mul(WORD)?;
                if list.length() > *bound {
                    return None;
                }
                for number in 0..list.length() {
                    let offset = stride.checked_mul(number)?;
                    self.at(inner, list.address().checked_add(offset)?, found)?;
                }
                Some(())
            }
            _ => None,
        }
    }

    /// A value that stands at an address.
    fn at(&self, ty: &Type, address: u32, found: &mut Vec<EffectRecord>) -> Option<()> {
        let word = value::word(self.memory, address)?;
        self.value(ty, word, address, found)
    }

    fn effect(&self, address: u32) -> Option<EffectRecord> {
        let number = usize::try_from(value::word(self.memory, address)?).ok()?;
        let effect = self.program.effects.get(number)?;
        let operands = effect.places(&self.program.records).map(|(offset, ty)| {
            let at = address.checked_add(offset)?;
            value::load(self.program, self.memory, ty, at)
        });
        Some(EffectRecord {
            kind: effect.kind.clone(),
            point: effect.point,
            operands: operands.collect::<Option<_>>()?,
        })
    }
}
