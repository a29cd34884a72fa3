//! Effects: made as blocks in the arena, as [`effect`](crate::effect) defines them. Those of the decision taken are paid for,
//! and the word of each entry goes to the state block, where the host finds it.

use wasm_encoder::{BlockType, ValType};

use super::body::absolute;
use super::emitter::{Code, Emitter};
use super::expr::{self, load, to_word};
use super::layout::{EFFECT_BYTES, EFFECTS};
use super::{gas, loops};
use crate::effect::GAS;
use crate::gas as cost;
use crate::ir::{Decision, EffectId, Expr, PolicyBody};
use crate::types::{Type, WORD};

/// Leaves the word of a new effect on the stack.
pub(super) fn make(e: &mut Emitter<'_>, c: &mut Code, number: EffectId, operands: &[Expr]) {
    let program = e.program;
    let Some(effect) = program.effects.get(number.0 as usize) else {
        c.f.i().unreachable();
        return;
    };
    let block = expr::allocate(c, effect.words(&program.records) * WORD);
    let mut texts = Vec::new();
    let mut bytes = 0;
    for ((offset, ty), operand) in effect.places(&program.records).zip(operands) {
        expr::store(e, c, block, offset, operand);
        if ty.is_text() {
            texts.push(offset);
        } else {
            bytes += u64::from(e.bytes(ty));
        }
    }
    expr::store_word(c, block, 0, u64::from(number.0));
    c.f.get(block);
    c.f.i64(bytes);
    for offset in texts {
        let at = c.f.at(offset);
        c.f.get(block);
        c.f.i().i64_load(at);
        c.f.i64(0xffff_ffff);
        c.f.i().i64_and().i64_add();
    }
    c.f.i64(cost::BYTES_PER_GAS);
    c.f.i().i64_div_u();
    c.f.i64(cost::EFFECT);
    c.f.i().i64_add();
    let at = c.f.at(GAS);
    c.f.i().i64_store(at);
    c.f.get(block);
    c.f.i().i64_extend_i32_u();
}

/// Evaluates and takes the effects of a decision in source order.
pub(super) fn emit(e: &mut Emitter<'_>, c: &mut Code, policy: &PolicyBody, decision: Decision) {
    let mut slot = u64::from(EFFECTS);
    for entry in &policy.effects {
        if entry.on == decision {
            gas::charge(e, c, &cost::block(&entry.value));
            expr::emit(e, c, &entry.value);
            let ty = &entry.value.ty;
            let value = e.slot(&mut c.f, ty);
            expr::set(c, value);
            c.f.i32(0);
            expr::read(c, value);
            to_word(c, ty);
            c.f.i().i64_store(absolute(slot));
            expr::read(c, value);
            take(e, c, ty);
        }
        slot += u64::from(EFFECT_BYTES);
    }
}

/// Charges for the effects in the value on the stack.
fn take(e: &mut Emitter<'_>, c: &mut Code, ty: &Type) {
    match ty {
        Type::Effect => {
            let at = c.f.at(GAS);
            c.f.i().i32_wrap_i64().i64_load(at);
            gas::charge_storage(e, c);
        }
        Type::Option(inner) => {
            let option = c.f.local(ValType::I32);
            let at = c.f.at(0);
            c.f.set(option);
            c.f.get(option);
            c.f.i().i32_load(at);
            c.f.if_(BlockType::Empty);
            c.f.get(option);
            load(c, inner, WORD);
            take(e, c, inner);
            c.f.end();
        }
        Type::List(inner, _) => take_list(e, c, inner),
        _ => {
            c.f.i().drop();
        }
    }
}

fn take_list(e: &mut Emitter<'_>, c: &mut Code, inner: &Type) {
    let handle = c.f.local(ValType::I64);
    c.f.set(handle);
    let (element, left) = loops::elements(c, handle);
    let end = c.f.block(BlockType::Empty);
    let again = c.f.loop_();
    c.f.get(left);
    c.f.i().i32_eqz();
    c.f.br_if(end);
    gas::charge(e, c, &cost::Gas::compute(cost::ELEMENT));
    c.f.get(element);
    load(c, inner, 0);
    take(e, c, inner);
    c.f.get(element);
    c.f.i32(e.bytes(inner));
    c.f.i().i32_add();
    c.f.set(element);
    c.f.get(left);
    c.f.i32(1);
    c.f.i().i32_sub();
    c.f.set(left);
    c.f.br(again);
    c.f.end();
    c.f.end();
}
