//! Operators on texts. A text is padded with zeros to whole words, so comparing goes word by word; texts known when the
//! module is made are compared with constants in the code.

use wasm_encoder::{BlockType, ValType};

use super::emitter::{Code, Emitter, Runtime};
use super::expr::{emit, known_handle, pool_word};
use super::gas;
use crate::ir::{AutomatonId, BinaryOp, Expr, Handle};
use crate::types::WORD;

/// Longest constant that is compared in the code, in words.
const INLINE_WORDS: u32 = 8;

/// `left op right` on texts, charging text gas before the work.
pub(super) fn binary(e: &mut Emitter<'_>, c: &mut Code, op: BinaryOp, left: &Expr, right: &Expr) {
    let [subject, pattern] = c.f.locals(ValType::I64);
    emit(e, c, left);
    c.f.set(subject);
    let known = known_handle(e, c, right);
    emit(e, c, right);
    c.f.set(pattern);
    let charged = match op {
        BinaryOp::StartsWith | BinaryOp::EndsWith => pattern,
        _ => subject,
    };
    match known {
        Some(handle) if charged == pattern => {
            let amount = crate::gas::text(u64::from(handle.length()));
            gas::charge(e, c, &crate::gas::Gas::compute(amount));
        }
        _ => gas::charge_text(e, c, charged),
    }
    if let Some(handle) = known.filter(|h| h.length().div_ceil(WORD) <= INLINE_WORDS) {
        match op {
            BinaryOp::StartsWith => return affix(e, c, subject, handle, false),
            BinaryOp::EndsWith => return affix(e, c, subject, handle, true),
            _ => {}
        }
    }
    c.f.get(subject);
    c.f.get(pattern);
    e.call(
        &mut c.f,
        match op {
            BinaryOp::StartsWith => Runtime::StartsWith,
            BinaryOp::EndsWith => Runtime::EndsWith,
            BinaryOp::Contains => Runtime::Contains,
            _ => Runtime::DidMatch,
        },
    );
}

/// Whether the text begins (or ends) with a known one.
fn affix(e: &mut Emitter<'_>, c: &mut Code, subject: u32, handle: Handle, at_end: bool) {
    let (address, length) = c.f.locals::<2>(ValType::I32).into();
    let bytes = handle.length();
    c.f.get(subject);
    c.f.i().i32_wrap_i64();
    c.f.tee(length);
    c.f.i32(bytes);
    c.f.i().i32_ge_u();
    c.f.if_(BlockType::Result(ValType::I32));
    c.f.get(subject);
    c.f.i64(32);
    c.f.i().i64_shr_u().i32_wrap_i64();
    if at_end {
        c.f.get(length);
        c.f.i32(bytes);
        c.f.i().i32_sub().i32_add();
    }
    c.f.set(address);
    c.f.i64(0);
    for word in 0..bytes.div_ceil(WORD) {
        let at = c.f.at(word * WORD);
        let rest = (bytes - word * WORD).min(WORD);
        c.f.get(address);
        c.f.i().i64_load(at);
        if rest < WORD {
            c.f.i64((1 << (rest * 8)) - 1);
            c.f.i().i64_and();
        }
        c.f.i64(pool_word(e, handle.address() + word * WORD));
        c.f.i().i64_xor().i64_or();
    }
    c.f.i().i64_eqz();
    c.f.else_();
    c.f.i32(0);
    c.f.end();
}

/// Runs an automaton over a text.
pub(super) fn automaton(e: &mut Emitter<'_>, c: &mut Code, id: AutomatonId, subject: &Expr) {
    let handle = c.f.local(ValType::I64);
    emit(e, c, subject);
    c.f.set(handle);
    gas::charge_text(e, c, handle);
    let Some(automaton) = e.program.automata.get(id.0 as usize) else {
        c.f.i().unreachable();
        return;
    };
    c.f.get(handle);
    for constant in [
        automaton.start,
        automaton.classes,
        automaton.class_map,
        automaton.table,
        automaton.accepting,
    ] {
        c.f.i32(constant);
    }
    e.call(&mut c.f, Runtime::Automaton);
}
