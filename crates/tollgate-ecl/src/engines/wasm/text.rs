//! Operators on texts. A text is padded with zeros to whole words, so comparing goes word by word; texts known when the
//! module is made are compared with constants in the code.

use wasm_encoder::{BlockType, ValType};

use super::coder::Coder;
use super::runtime::Runtime;
use super::texts::Affix;
use crate::data::types::WORD;
use crate::ir::{AutomatonId, BinaryOp, Expr, Handle};

/// Longest constant that is compared in the code, in words.
const INLINE_WORDS: u32 = 8;

impl Coder<'_, '_> {
    /// `left op right` on texts, charging text gas before the work.
    pub(super) fn text_binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr) {
        let [subject, pattern] = self.f.locals(ValType::I64);
        self.expr(left);
        self.f.set(subject);
        let known = self.known_handle(right);
        self.expr(right);
        self.f.set(pattern);
        let charged = match op {
            BinaryOp::StartsWith | BinaryOp::EndsWith => pattern,
            _ => subject,
        };
        match known {
            Some(handle) if charged == pattern => {
                let amount = crate::data::gas::text(u64::from(handle.length()));
                self.charge(&crate::data::gas::Gas::compute(amount));
            }
            _ => self.charge_text(charged),
        }
        if let Some(handle) = known.filter(|h| h.length().div_ceil(WORD) <= INLINE_WORDS) {
            match op {
                BinaryOp::StartsWith => return self.affix(Affix::Prefix, subject, handle),
                BinaryOp::EndsWith => return self.affix(Affix::Suffix, subject, handle),
                _ => {}
            }
        }
        self.f.get(subject);
        self.f.get(pattern);
        self.call(match op {
            BinaryOp::StartsWith => Runtime::StartsWith,
            BinaryOp::EndsWith => Runtime::EndsWith,
            BinaryOp::Contains => Runtime::Contains,
            _ => Runtime::DidMatch,
        });
    }

    /// Whether the text begins (or ends) with a known one.
    fn affix(&mut self, affix: Affix, subject: u32, handle: Handle) {
        let (address, length) = self.f.locals::<2>(ValType::I32).into();
        let bytes = handle.length();
        self.f.get(subject);
        self.f.i().i32_wrap_i64();
        self.f.tee(length);
        self.f.i32(bytes);
        self.f.i().i32_ge_u();
        self.f.if_(BlockType::Result(ValType::I32));
        self.f.get(subject);
        self.f.i64(32);
        self.f.i().i64_shr_u().i32_wrap_i64();
        if affix == Affix::Suffix {
            self.f.get(length);
            self.f.i32(bytes);
            self.f.i().i32_sub().i32_add();
        }
        self.f.set(address);
        self.f.i64(0);
        for word in 0..bytes.div_ceil(WORD) {
            let at = self.f.at(word * WORD);
            let rest = (bytes - word * WORD).min(WORD);
            self.f.get(address);
            self.f.i().i64_load(at);
            if rest < WORD {
                self.f.i64((1 << (rest * 8)) - 1);
                self.f.i().i64_and();
            }
            let constant = self.emitter.pool_word(handle.address() + word * WORD);
            self.f.i64(constant);
            self.f.i().i64_xor().i64_or();
        }
        self.f.i().i64_eqz();
        self.f.else_();
        self.f.i32(0);
        self.f.end();
    }

    /// Runs an automaton over a text.
    pub(super) fn automaton(&mut self, id: AutomatonId, subject: &Expr) {
        let handle = self.f.local(ValType::I64);
        self.expr(subject);
        self.f.set(handle);
        self.charge_text(handle);
        let Some(automaton) = self.emitter.program.automata.get(id.0 as usize) else {
            self.f.i().unreachable();
            return;
        };
        self.f.get(handle);
        for constant in [
            automaton.start,
            automaton.classes,
            automaton.class_map,
            automaton.table,
            automaton.accepting,
        ] {
            self.f.i32(constant);
        }
        self.call(Runtime::Automaton);
    }
}
