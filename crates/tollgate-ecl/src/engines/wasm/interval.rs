//! Runtime functions that find the interval of a key among the cuts of an index, and so its bucket: binary search without
//! branches on what is compared.

use wasm_encoder::{BlockType, ValType};

use super::body::{Body, absolute};
use super::emitter::Emitter;
use super::layout::{
    CUT_BYTES, INDEX_COMMON_BYTES, INDEX_DEFAULT, INDEX_FIRST, INDEX_SLOTS, INDEX_TABLE,
};
use super::runtime::Runtime;
use crate::ir::Edge;

const I32: ValType = ValType::I32;
const I64: ValType = ValType::I64;

/// The parameter with the descriptor of the index.
const INDEX: u32 = 0;
/// The first parameter with the key.
const KEY: u32 = 1;

/// Leaves a field of the descriptor on the stack.
fn field(f: &mut Body, offset: u32) {
    f.get(INDEX);
    f.i().i32_load(absolute(u64::from(offset)));
}

/// `(index, word) -> bucket`
pub(super) fn of_word(f: &mut Body) {
    let interval = among(f, CUT_BYTES, |f, cut| {
        f.get(cut);
        f.i().i64_load(absolute(0)).local_get(KEY).i64_le_s();
    });
    bucket(f, interval);
}

/// `(index, number) -> bucket`
pub(super) fn of_number(f: &mut Body) {
    let interval = among(f, CUT_BYTES, |f, cut| {
        f.get(cut);
        f.i().f64_load(absolute(0)).local_get(KEY).f64_le();
    });
    bucket(f, interval);
}

/// `(index, low, high) -> bucket`
pub(super) fn of_wide(f: &mut Body) {
    let interval = among(f, 2 * CUT_BYTES, |f, cut| {
        // The high halves decide unless they are equal.
        f.get(cut);
        f.i().i64_load(absolute(0)).local_get(KEY).i64_le_u();
        f.get(cut);
        f.i().i64_load(absolute(8)).local_get(KEY + 1).i64_lt_s();
        f.get(cut);
        f.i().i64_load(absolute(8)).local_get(KEY + 1).i64_eq();
        f.i().select();
    });
    bucket(f, interval);
}

/// `(index, text) -> bucket`. Windows of eight bytes, see [`Windows`](crate::ir::Windows), tell most texts apart.
pub(super) fn of_text(e: &mut Emitter<'_>, f: &mut Body) {
    let [address, length, common, interval] = f.locals(I32);
    let window = f.local(I64);
    f.get(KEY);
    f.i64(32);
    f.i().i64_shr_u().i32_wrap_i64();
    f.set(address);
    f.get(KEY);
    f.i().i32_wrap_i64();
    f.set(length);
    field(f, INDEX_COMMON_BYTES);
    f.set(common);
    let found = f.block(BlockType::Empty);
    let other = f.block(BlockType::Empty);
    f.get(length);
    f.get(common);
    f.i().i32_lt_u();
    f.br_if(other);
    f.get(address);
    field(f, INDEX_FIRST);
    f.get(common);
    e.call(f, Runtime::SameBytes);
    f.i().i32_eqz();
    f.br_if(other);
    text_window(f, address, length, common, window);
    let among_all = among(f, 2 * CUT_BYTES, |f, cut| {
        f.get(cut);
        f.i().i64_load(absolute(0)).local_get(window).i64_eq();
        f.if_(BlockType::Result(I32));
        call_reached(e, f, cut);
        f.else_();
        f.get(cut);
        f.i().i64_load(absolute(0)).local_get(window).i64_lt_u();
        f.end();
    });
    f.get(among_all);
    f.set(interval);
    f.br(found);
    f.end();
    // What does not begin like all cuts is on one side of all: of the first, for instance.
    field(f, INDEX_SLOTS);
    f.i32(0);
    let first = f.local(I32);
    field(f, INDEX_TABLE);
    f.set(first);
    call_reached(e, f, first);
    f.i().select();
    f.set(interval);
    f.end();
    bucket(f, interval);
}

/// Whether the text reaches the cut at the address in a local.
fn call_reached(e: &mut Emitter<'_>, f: &mut Body, cut: u32) {
    f.get(KEY);
    for offset in [8, 12] {
        f.get(cut);
        f.i().i32_load(absolute(offset));
    }
    e.call(f, Runtime::Reached);
}

/// Sets `window` to the eight bytes behind the common ones, big-endian, with zeros for missing ones. The text is at least as
/// long as what is common.
fn text_window(f: &mut Body, address: u32, length: u32, common: u32, window: u32) {
    let at = f.at(0);
    let rest = f.local(I32);
    f.get(address);
    f.get(common);
    f.i().i32_add();
    f.i().i64_load(at).local_set(window);
    // Bytes swap in three steps: neighbours, pairs, halves.
    for (shift, mask) in [(8, 0x00ff_00ff_00ff_00ff), (16, 0x0000_ffff_0000_ffff)] {
        f.get(window);
        f.i64(shift);
        f.i().i64_shr_u();
        f.i64(mask);
        f.i().i64_and();
        f.get(window);
        f.i64(mask);
        f.i().i64_and();
        f.i64(shift);
        f.i().i64_shl().i64_or().local_set(window);
    }
    f.get(window);
    f.i64(32);
    f.i().i64_rotl().local_set(window);
    // What stands behind the text is shifted out.
    f.get(length);
    f.get(common);
    f.i().i32_sub().local_tee(rest);
    f.i32(8);
    f.i().i32_lt_u();
    f.if_(BlockType::Empty);
    f.i64(0);
    f.get(window);
    f.i64(64);
    f.get(rest);
    f.i32(3);
    f.i().i32_shl().i64_extend_i32_u().i64_sub().i64_shr_u();
    f.i64(64);
    f.get(rest);
    f.i32(3);
    f.i().i32_shl().i64_extend_i32_u().i64_sub().i64_shl();
    // A shift by 64 is one by 0.
    f.get(rest);
    f.i().i32_eqz().select().local_set(window);
    f.end();
}

/// `(text, cut's bytes, their number · 4 + edge) -> bool`, see [`TextCut::is_reached`](crate::ir::TextCut::is_reached).
pub(super) fn reached(f: &mut Body) {
    const TEXT: u32 = 0;
    const CUT: u32 = 1;
    const SHAPE: u32 = 2;
    let [address, length, bytes, shared, place] = f.locals(I32);
    let differing = f.local(I64);
    let at = f.at(0);
    f.get(TEXT);
    f.i64(32);
    f.i().i64_shr_u().i32_wrap_i64();
    f.set(address);
    f.get(TEXT);
    f.i().i32_wrap_i64();
    f.set(length);
    f.get(SHAPE);
    f.i32(2);
    f.i().i32_shr_u();
    f.set(bytes);
    f.get(length);
    f.get(bytes);
    f.get(length);
    f.get(bytes);
    f.i().i32_lt_u().select().local_set(shared);
    let alike = f.block(BlockType::Empty);
    let again = f.loop_();
    f.get(place);
    f.get(shared);
    f.i().i32_ge_u();
    f.br_if(alike);
    f.get(address);
    f.get(place);
    f.i().i32_add().i64_load(at);
    f.get(CUT);
    f.get(place);
    f.i().i32_add().i64_load(at);
    f.i().i64_xor().local_tee(differing).i64_eqz();
    f.if_(BlockType::Empty);
    f.get(place);
    f.i32(8);
    f.i().i32_add();
    f.set(place);
    f.br(again);
    f.end();
    // The first byte that differs decides, unless it stands behind the shorter one.
    f.get(differing);
    f.i().i64_ctz();
    f.i64(3);
    f.i().i64_shr_u().i32_wrap_i64();
    f.get(place);
    f.i().i32_add().local_tee(place);
    f.get(shared);
    f.i().i32_ge_u();
    f.br_if(alike);
    for side in [address, CUT] {
        f.get(side);
        f.get(place);
        f.i().i32_add().i32_load8_u(at);
    }
    f.i().i32_gt_u().return_();
    f.end();
    f.end();
    // One begins with the other.
    f.get(length);
    f.get(bytes);
    f.i().i32_gt_u();
    f.get(length);
    f.get(bytes);
    f.i().i32_ge_u();
    f.get(SHAPE);
    f.i32(3);
    f.i().i32_and();
    f.i32(Edge::Behind as u32);
    f.i().i32_eq().select();
    f.get(SHAPE);
    f.i32(3);
    f.i().i32_and();
    f.i32(Edge::BehindAll as u32);
    f.i().i32_ne().i32_and();
}

/// The number of cuts for which `reached` leaves true on the stack; it is true for the first ones only, and gets the
/// address of a cut in a local.
///
/// INVARIANT: that number lies between the cuts before the one at `cut` and `left` more. How many are left does not depend
/// on what is compared, so that a step waits for one load and one comparison only.
fn among(f: &mut Body, cut_bytes: u32, mut reached: impl FnMut(&mut Body, u32)) -> u32 {
    let shift = cut_bytes.trailing_zeros();
    let [cut, left, half, middle, interval] = f.locals(I32);
    field(f, INDEX_TABLE);
    f.set(cut);
    field(f, INDEX_SLOTS);
    f.set(left);
    let none = f.block(BlockType::Empty);
    f.get(left);
    f.i().i32_eqz();
    f.br_if(none);
    let last = f.block(BlockType::Empty);
    let again = f.loop_();
    f.get(left);
    f.i32(1);
    f.i().i32_le_u();
    f.br_if(last);
    f.get(left);
    f.i32(1);
    f.i().i32_shr_u().local_tee(half);
    f.i32(shift);
    f.i().i32_shl();
    f.get(cut);
    f.i().i32_add().local_tee(middle);
    f.get(cut);
    reached(f, middle);
    f.i().select().local_set(cut);
    f.get(left);
    f.get(half);
    f.i().i32_sub().local_set(left);
    f.br(again);
    f.end();
    f.end();
    f.get(cut);
    field(f, INDEX_TABLE);
    f.i().i32_sub();
    f.i32(shift);
    f.i().i32_shr_u();
    reached(f, cut);
    f.i().i32_add().local_set(interval);
    f.end();
    interval
}

/// Leaves the bucket of an interval on the stack.
fn bucket(f: &mut Body, interval: u32) {
    field(f, INDEX_DEFAULT);
    f.get(interval);
    f.i32(2);
    f.i().i32_shl().i32_add().i32_load(absolute(0));
}
