//! Effects of the decision taken: their operands' words go to the state block, where the host finds those of the decision.

use wasm_encoder::ValType;

use super::body::absolute;
use super::emitter::{Code, Emitter, Slot};
use super::expr::{self, to_word};
use super::gas;
use super::layout::{EFFECT_BYTES, EFFECTS};
use crate::gas as cost;
use crate::ir::{Decision, PolicyBody};
use crate::types::WORD;

/// Most operands an effect has.
const OPERANDS_MAX: usize = 2;

/// Evaluates the effects of a decision in source order.
pub(super) fn emit(e: &mut Emitter<'_>, c: &mut Code, policy: &PolicyBody, decision: Decision) {
    let mut slot = u64::from(EFFECTS);
    for effect in &policy.effects {
        if effect.on == decision {
            operands(e, c, effect, slot);
        }
        slot += u64::from(EFFECT_BYTES);
    }
}

fn operands(e: &mut Emitter<'_>, c: &mut Code, effect: &crate::ir::Effect, slot: u64) {
    let bytes = c.f.local(ValType::I64);
    c.f.i64(0);
    c.f.set(bytes);
    let mut at = slot;
    for operand in effect.operands.iter().take(OPERANDS_MAX) {
        gas::charge(e, c, &cost::block(operand));
        expr::emit(e, c, operand);
        let value = e.slot(&mut c.f, &operand.ty);
        expr::set(c, value);
        let words = match value {
            Slot::Wide(low, high) => vec![low, high],
            Slot::Local(word) => vec![word],
            Slot::Global(_) | Slot::GlobalWide(..) => Vec::new(),
        };
        for (place, word) in (0..).zip(&words) {
            c.f.i32(0);
            c.f.get(*word);
            to_word(c, &operand.ty);
            c.f.i().i64_store(absolute(at + 8 * place));
        }
        match words.first() {
            Some(handle) if operand.ty.is_text() => {
                c.f.get(*handle);
                c.f.i64(0xffff_ffff);
                c.f.i().i64_and();
            }
            _ => c.f.i64(u64::from(e.words(&operand.ty) * WORD)),
        }
        c.f.get(bytes);
        c.f.i().i64_add();
        c.f.set(bytes);
        at += 16;
    }
    c.f.get(bytes);
    c.f.i64(5);
    c.f.i().i64_shr_u();
    gas::charge_effect(e, c);
}
