//! Effects: made as blocks in the arena, as [`effect`](crate::host::effect) defines them. Those of the decision taken are paid for,
//! and the word of each entry goes to the state block, where the host finds it.

use wasm_encoder::{BlockType, ValType};

use super::body::absolute;
use super::coder::Coder;
use super::layout::{EFFECT_BYTES, EFFECTS};
use crate::data::gas::{self, Gas};
use crate::data::types::{Type, WORD};
use crate::host::effect::GAS;
use crate::ir::cost;
use crate::ir::{Decision, EffectId, Expr, PolicyBody};

impl Coder<'_, '_> {
    /// Leaves the word of a new effect on the stack.
    pub(super) fn make_effect(&mut self, number: EffectId, operands: &[Expr]) {
        let program = self.emitter.program;
        let Some(effect) = program.effects.get(number.0 as usize) else {
            self.f.i().unreachable();
            return;
        };
        let block = self.allocate(effect.words(&program.records) * WORD);
        let mut texts = Vec::new();
        let mut bytes = 0;
        for ((offset, ty), operand) in effect.places(&program.records).zip(operands) {
            self.store(block, offset, operand);
            if ty.is_text() {
                texts.push(offset);
            } else {
                bytes += u64::from(self.emitter.bytes(ty));
            }
        }
        self.store_word(block, 0, u64::from(number.0));
        self.f.get(block);
        self.f.i64(bytes);
        for offset in texts {
            let at = self.f.at(offset);
            self.f.get(block);
            self.f.i().i64_load(at);
            self.f.i64(0xffff_ffff);
            self.f.i().i64_and().i64_add();
        }
        self.f.i64(gas::BYTES_PER_GAS);
        self.f.i().i64_div_u();
        self.f.i64(gas::EFFECT);
        self.f.i().i64_add();
        let at = self.f.at(GAS);
        self.f.i().i64_store(at);
        self.f.get(block);
        self.f.i().i64_extend_i32_u();
    }

    /// Evaluates and takes the effects of a decision in source order.
    pub(super) fn effects_of(&mut self, policy: &PolicyBody, decision: Decision) {
        let mut slot = u64::from(EFFECTS);
        for entry in &policy.effects {
            if entry.on == decision {
                self.charge(&cost::block(&entry.value));
                self.expr(&entry.value);
                let ty = &entry.value.ty;
                let value = self.slot(ty);
                self.set(value);
                self.f.i32(0);
                self.read(value);
                self.word_of(ty);
                self.f.i().i64_store(absolute(slot));
                self.read(value);
                self.take_effects(ty);
            }
            slot += u64::from(EFFECT_BYTES);
        }
    }

    /// Charges for the effects in the value on the stack.
    fn take_effects(&mut self, ty: &Type) {
        match ty {
            Type::Effect => {
                let at = self.f.at(GAS);
                self.f.i().i32_wrap_i64().i64_load(at);
                self.charge_storage();
            }
            Type::Option(inner) => {
                let option = self.f.local(ValType::I32);
                let at = self.f.at(0);
                self.f.set(option);
                self.f.get(option);
                self.f.i().i32_load(at);
                self.f.if_(BlockType::Empty);
                self.f.get(option);
                self.load(inner, WORD);
                self.take_effects(inner);
                self.f.end();
            }
            Type::List(inner, _) => self.take_list(inner),
            _ => {
                self.f.i().drop();
            }
        }
    }

    fn take_list(&mut self, inner: &Type) {
        let handle = self.f.local(ValType::I64);
        self.f.set(handle);
        let (element, left) = self.elements(handle);
        let end = self.f.block(BlockType::Empty);
        let again = self.f.loop_();
        self.f.get(left);
        self.f.i().i32_eqz();
        self.f.br_if(end);
        self.charge(&Gas::compute(gas::ELEMENT));
        self.f.get(element);
        self.load(inner, 0);
        self.take_effects(inner);
        self.f.get(element);
        self.f.i32(self.emitter.bytes(inner));
        self.f.i().i32_add();
        self.f.set(element);
        self.f.get(left);
        self.f.i32(1);
        self.f.i().i32_sub();
        self.f.set(left);
        self.f.br(again);
        self.f.end();
        self.f.end();
    }
}
