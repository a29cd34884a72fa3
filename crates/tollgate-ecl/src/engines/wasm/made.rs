//! Texts that a module makes, and comparisons of bytes, as [`made`](crate::ir) defines them.

use wasm_encoder::{BlockType, ValType};

use super::body::Body;
use super::coder::Coder;
use super::emitter::Emitter;
use super::runtime::Runtime;
use super::texts::{add, open};
use crate::data::gas;
use crate::data::types::WORD;
use crate::ir::{BLANKS, BinaryOp, Expr, Making, Splitting};

const I32: ValType = ValType::I32;
const I64: ValType = ValType::I64;

impl Coder<'_, '_> {
    /// A new text that is made of another.
    pub(super) fn made(&mut self, making: Making, text: &Expr) {
        let handle = self.f.local(I64);
        self.expr(text);
        self.f.tee(handle);
        self.charge_text(handle);
        self.call(match making {
            Making::Lower => Runtime::LowerText,
            Making::Upper => Runtime::UpperText,
            Making::Trim => Runtime::TrimText,
        });
    }

    /// A new list of the parts of a text.
    pub(super) fn split(&mut self, splitting: Splitting, text: &Expr) {
        let handle = self.f.local(I64);
        self.expr(text);
        self.f.tee(handle);
        self.f.i64(0xffff_ffff);
        self.f.i().i64_and();
        self.text_gas();
        self.f.i64(splitting.gas());
        self.f.i().i64_add();
        self.charge_amount();
        self.f.get(handle);
        self.f.i64(splitting.separator);
        self.f.i32(splitting.bytes.into());
        self.f.i32(splitting.most);
        self.call(Runtime::SplitText);
    }

    /// Whether two texts have the same bytes, or others; the shorter one is paid for.
    pub(super) fn same_text(&mut self, op: BinaryOp, left: &Expr, right: &Expr) {
        let handles = self.f.locals::<2>(I64);
        let lengths = self.f.locals::<2>(I64);
        for ((text, handle), length) in [left, right].into_iter().zip(handles).zip(lengths) {
            self.expr(text);
            self.f.tee(handle);
            self.f.i64(0xffff_ffff);
            self.f.i().i64_and();
            self.f.set(length);
        }
        let [one, other] = lengths;
        for length in [one, other, one, other] {
            self.f.get(length);
        }
        self.f.i().i64_lt_u().select();
        self.text_gas();
        self.charge_amount();
        for handle in handles {
            self.f.get(handle);
        }
        self.call(Runtime::SameText);
        if op == BinaryOp::NeText {
            self.f.i().i32_eqz();
        }
    }

    /// Whether a text is among those of a list.
    pub(super) fn in_texts(&mut self, text: &Expr, list: &Expr) {
        let [text_handle, list_handle] = self.f.locals(I64);
        for (operand, handle) in [(text, text_handle), (list, list_handle)] {
            self.expr(operand);
            self.f.set(handle);
        }
        self.f.get(text_handle);
        self.f.i64(0xffff_ffff);
        self.f.i().i64_and();
        self.text_gas();
        self.f.i64(gas::ELEMENT);
        self.f.i().i64_add();
        self.f.get(list_handle);
        self.f.i64(0xffff_ffff);
        self.f.i().i64_and().i64_mul();
        self.charge_amount();
        self.f.get(text_handle);
        self.f.get(list_handle);
        self.call(Runtime::InTexts);
    }

    /// What the length on the stack costs.
    fn text_gas(&mut self) {
        self.f.i64(u64::from(gas::BYTES_PER_GAS.trailing_zeros()));
        self.f.i().i64_shr_u();
    }
}

/// `(text, text) -> bool`
pub(super) fn same_text(e: &mut Emitter<'_>, f: &mut Body) {
    f.get(0);
    f.get(1);
    f.i().i64_eq();
    f.if_(BlockType::Empty);
    f.i32(1);
    f.i().return_();
    f.end();
    let (one, length) = open(f, 0);
    let (other, bytes) = open(f, 1);
    f.get(length);
    f.get(bytes);
    f.i().i32_ne();
    f.if_(BlockType::Empty);
    f.i32(0);
    f.i().return_();
    f.end();
    f.get(one);
    f.get(other);
    f.get(length);
    e.call(f, Runtime::SameBytes);
}

/// `(text, list) -> bool`
pub(super) fn in_texts(e: &mut Emitter<'_>, f: &mut Body) {
    let (element, left) = open(f, 1);
    let at = f.at(0);
    let end = f.block(BlockType::Empty);
    let again = f.loop_();
    f.get(left);
    f.i().i32_eqz();
    f.br_if(end);
    f.get(0);
    f.get(element);
    f.i().i64_load(at);
    e.call(f, Runtime::SameText);
    f.if_(BlockType::Empty);
    f.i32(1);
    f.i().return_();
    f.end();
    add(f, element, WORD);
    add(f, left, 1_u32.wrapping_neg());
    f.br(again);
    f.end();
    f.end();
    f.i32(0);
}

/// A text in locals.
struct Part {
    from: u32,
    length: u32,
}

impl Part {
    /// Leaves the handle of a new text of its bytes, each as `map` leaves the one in a local.
    fn copied(&self, e: &mut Emitter<'_>, f: &mut Body, map: impl FnOnce(&mut Body, u32)) {
        let Self { from, length } = *self;
        let [made, to, end, byte] = f.locals(I32);
        let at = f.at(0);
        f.get(length);
        f.i().i32_eqz();
        f.if_(BlockType::Empty);
        f.i64(0);
        f.i().return_();
        f.end();
        // Whole words, of which the last ends with zeros.
        f.get(length);
        f.i32(WORD - 1);
        f.i().i32_add();
        f.i32(!(WORD - 1));
        f.i().i32_and();
        f.tee(end);
        e.call(f, Runtime::Reserve);
        f.tee(made);
        f.tee(to);
        f.get(end);
        f.i().i32_add();
        f.i32(WORD);
        f.i().i32_sub();
        f.i64(0);
        f.i().i64_store(at);
        f.get(to);
        f.get(length);
        f.i().i32_add();
        f.set(end);
        let again = f.loop_();
        f.get(from);
        f.i().i32_load8_u(at);
        f.set(byte);
        f.get(to);
        map(f, byte);
        f.i().i32_store8(at);
        add(f, from, 1);
        add(f, to, 1);
        f.get(to);
        f.get(end);
        f.i().i32_lt_u();
        f.br_if(again);
        f.end();
        f.get(made);
        f.i().i64_extend_i32_u();
        f.i64(32);
        f.i().i64_shl();
        f.get(length);
        f.i().i64_extend_i32_u().i64_or();
    }
}

/// `(text) -> text`: with the bytes from `first` on, as many as there are letters, in the other case.
pub(super) fn recased(e: &mut Emitter<'_>, f: &mut Body, first: u8) {
    const LETTERS: u32 = 26;
    const CASE: u32 = 0x20;
    let (from, length) = open(f, 0);
    Part { from, length }.copied(e, f, |f, byte| {
        f.get(byte);
        f.get(byte);
        f.i32(first.into());
        f.i().i32_sub();
        f.i32(LETTERS);
        f.i().i32_lt_u();
        f.i32(CASE.trailing_zeros());
        f.i().i32_shl().i32_xor();
    });
}

/// `(text) -> text`: without the blanks at its ends.
pub(super) fn trimmed(e: &mut Emitter<'_>, f: &mut Body) {
    let (from, length) = open(f, 0);
    let byte = f.local(I32);
    let at = f.at(0);
    for last in [false, true] {
        let done = f.block(BlockType::Empty);
        let again = f.loop_();
        f.get(length);
        f.i().i32_eqz();
        f.br_if(done);
        f.get(from);
        if last {
            f.get(length);
            f.i().i32_add();
            f.i32(1);
            f.i().i32_sub();
        }
        f.i().i32_load8_u(at);
        f.set(byte);
        f.i32(0);
        for blank in BLANKS {
            f.get(byte);
            f.i32(blank.into());
            f.i().i32_eq().i32_or();
        }
        f.i().i32_eqz();
        f.br_if(done);
        add(f, length, 1_u32.wrapping_neg());
        if !last {
            add(f, from, 1);
        }
        f.br(again);
        f.end();
        f.end();
    }
    f.get(from);
    f.get(length);
    e.call(f, Runtime::CopyText);
}

/// `(address, length) -> text`
pub(super) fn copied(e: &mut Emitter<'_>, f: &mut Body) {
    let part = Part { from: 0, length: 1 };
    part.copied(e, f, Body::get);
}

/// `(text, separator, bytes, most) -> list`
pub(super) fn split(e: &mut Emitter<'_>, f: &mut Body) {
    const SEPARATOR: u32 = 1;
    const BYTES: u32 = 2;
    const MOST: u32 = 3;
    let (from, end) = open(f, 0);
    let [list, place, at, is_end] = f.locals(I32);
    let mask = f.local(I64);
    f.get(from);
    f.get(end);
    f.i().i32_add();
    f.set(end);
    f.get(from);
    f.set(at);
    // All ones, but for the bytes of a word behind the separator.
    f.i64(u64::MAX);
    f.i64(64);
    f.get(BYTES);
    f.i32(3);
    f.i().i32_shl().i64_extend_i32_u().i64_sub().i64_shr_u();
    f.set(mask);
    f.get(MOST);
    f.i32(WORD.trailing_zeros());
    f.i().i32_shl();
    e.call(f, Runtime::Reserve);
    f.tee(list);
    f.set(place);
    let here = f.at(0);
    let again = f.loop_();
    // A separator is looked for while another part may follow this one.
    f.get(at);
    f.get(BYTES);
    f.i().i32_add();
    f.get(end);
    f.i().i32_gt_u();
    f.get(MOST);
    f.i32(1);
    f.i().i32_le_u().i32_or();
    f.tee(is_end);
    f.i().i32_eqz();
    f.if_(BlockType::Empty);
    f.get(at);
    f.i().i64_load(here);
    f.get(mask);
    f.i().i64_and();
    f.get(SEPARATOR);
    f.i().i64_ne();
    f.if_(BlockType::Empty);
    add(f, at, 1);
    f.br(again);
    f.end();
    f.end();
    f.get(place);
    f.get(from);
    f.get(at);
    f.get(end);
    f.get(is_end);
    f.i().i32_eqz().select();
    f.get(from);
    f.i().i32_sub();
    e.call(f, Runtime::CopyText);
    f.i().i64_store(here);
    add(f, place, WORD);
    add(f, MOST, 1_u32.wrapping_neg());
    f.get(at);
    f.get(BYTES);
    f.i().i32_add();
    f.tee(at);
    f.set(from);
    f.get(is_end);
    f.i().i32_eqz();
    f.br_if(again);
    f.end();
    f.get(list);
    f.i().i64_extend_i32_u();
    f.i64(32);
    f.i().i64_shl();
    f.get(place);
    f.get(list);
    f.i().i32_sub();
    f.i32(WORD.trailing_zeros());
    f.i().i32_shr_u().i64_extend_i32_u().i64_or();
}
