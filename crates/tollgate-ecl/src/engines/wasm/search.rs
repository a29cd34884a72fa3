//! Runtime functions that search: lists for an element, tables for a key. And the one that makes room in the arena.

use wasm_encoder::{BlockType, ValType};

use super::body::{Body, absolute};
use super::emitter::{Emitter, global};
use super::layout::{
    HASH_FACTOR, INDEX_DEFAULT, INDEX_FIRST, INDEX_KIND, INDEX_SLOTS, INDEX_TABLE, SLACK_BYTES,
    SLOT_BYTES,
};
use crate::data::types::WORD;

/// `(item, list) -> bool`: the item is an i64 (compared as a word), an f64, or two i64.
pub(super) fn in_list(e: &Emitter<'_>, f: &mut Body, item: &[ValType]) {
    let words = super::layout::length(item.len());
    let list = words;
    let [address, left] = f.locals(ValType::I32);
    f.get(list);
    f.i64(32);
    f.i().i64_shr_u().i32_wrap_i64();
    f.set(address);
    f.get(list);
    f.i().i32_wrap_i64();
    f.set(left);
    match item {
        [item @ (ValType::I64 | ValType::F64)] if e.simd => {
            let all = f.local(ValType::V128);
            f.get(0);
            splat(f, *item);
            f.set(all);
            four_at_a_time(f, address, left, |f| two_pairs(f, *item, all, address));
        }
        [ValType::I64] => four_at_a_time(f, address, left, |f| four_words(f, address)),
        _ => {}
    }
    let end = f.block(BlockType::Empty);
    let again = f.loop_();
    f.get(left);
    f.i().i32_eqz();
    f.br_if(end);
    let (first, second) = (f.at(0), f.at(WORD));
    f.get(0);
    f.get(address);
    match item {
        [ValType::F64] => {
            f.i().f64_load(first).f64_eq();
        }
        [_] => {
            f.i().i64_load(first).i64_eq();
        }
        _ => {
            f.i().i64_load(first).i64_xor();
            f.get(1);
            f.get(address);
            f.i().i64_load(second).i64_xor().i64_or().i64_eqz();
        }
    }
    f.if_(BlockType::Empty);
    f.i32(1);
    f.i().return_();
    f.end();
    f.get(address);
    f.i32(words * WORD);
    f.i().i32_add();
    f.set(address);
    f.get(left);
    f.i32(1);
    f.i().i32_sub();
    f.set(left);
    f.br(again);
    f.end();
    f.end();
    f.i32(0);
}

/// Whether one of the four words at the address is the item.
fn four_words(f: &mut Body, address: u32) {
    f.i32(0);
    for word in 0..4 {
        let at = f.at(word * WORD);
        f.get(0);
        f.get(address);
        f.i().i64_load(at).i64_eq().i32_or();
    }
}

/// The same with vectors of two, for words and numbers: `all` is the item twice.
fn two_pairs(f: &mut Body, item: ValType, all: u32, address: u32) {
    for pair in 0..2 {
        let at = f.at(pair * 2 * WORD);
        f.get(all);
        f.get(address);
        f.i().v128_load(at);
        match item {
            ValType::F64 => f.i().f64x2_eq(),
            _ => f.i().i64x2_eq(),
        };
    }
    f.i().v128_or().v128_any_true();
}

fn splat(f: &mut Body, item: ValType) {
    match item {
        ValType::F64 => f.i().f64x2_splat(),
        _ => f.i().i64x2_splat(),
    };
}

/// While four elements or more are left, tests four in one step.
fn four_at_a_time(f: &mut Body, address: u32, left: u32, test: impl FnOnce(&mut Body)) {
    let few = f.block(BlockType::Empty);
    let again = f.loop_();
    f.get(left);
    f.i32(4);
    f.i().i32_lt_u();
    f.br_if(few);
    test(f);
    f.if_(BlockType::Empty);
    f.i32(1);
    f.i().return_();
    f.end();
    f.get(address);
    f.i32(4 * WORD);
    f.i().i32_add();
    f.set(address);
    f.get(left);
    f.i32(4);
    f.i().i32_sub();
    f.set(left);
    f.br(again);
    f.end();
    f.end();
}

/// `(index, key) -> bucket` for the descriptor of an index in memory.
pub(super) fn find(f: &mut Body) {
    const INDEX: u32 = 0;
    const KEY: u32 = 1;
    let [slot, taken] = f.locals(ValType::I32);
    let field = |f: &mut Body, offset: u32| {
        f.get(INDEX);
        f.i().i32_load(absolute(u64::from(offset)));
    };
    field(f, INDEX_KIND);
    f.i32(2);
    f.i().i32_eq();
    f.if_(BlockType::Empty);
    {
        f.get(KEY);
        f.i64(HASH_FACTOR);
        f.i().i64_mul();
        f.i64(32);
        f.i().i64_shr_u().i32_wrap_i64();
        f.set(slot);
        let again = f.loop_();
        f.get(slot);
        field(f, INDEX_SLOTS);
        f.i().i32_and();
        f.i32(SLOT_BYTES);
        f.i().i32_mul();
        field(f, INDEX_TABLE);
        f.i().i32_add();
        f.tee(taken);
        f.i().i32_load(absolute(8)).i32_eqz();
        f.if_(BlockType::Empty);
        field(f, INDEX_DEFAULT);
        f.i().return_();
        f.end();
        f.get(taken);
        f.i().i64_load(absolute(0)).local_get(KEY).i64_eq();
        f.if_(BlockType::Empty);
        f.get(taken);
        f.i().i32_load(absolute(8)).return_();
        f.end();
        f.get(slot);
        f.i32(1);
        f.i().i32_add();
        f.set(slot);
        f.br(again);
        f.end();
    }
    f.end();
    // Dense: by the address of a text in words, or by value.
    f.get(KEY);
    f.i64(35);
    f.i().i64_shr_u();
    f.get(KEY);
    field(f, INDEX_KIND);
    f.i().i32_eqz().select();
    f.get(INDEX);
    f.i().i64_load(absolute(u64::from(INDEX_FIRST))).i64_sub();
    f.tee(KEY);
    field(f, INDEX_SLOTS);
    f.i().i64_extend_i32_u().i64_ge_u();
    f.if_(BlockType::Empty);
    field(f, INDEX_DEFAULT);
    f.i().return_();
    f.end();
    field(f, INDEX_TABLE);
    f.get(KEY);
    f.i().i32_wrap_i64();
    f.i32(2);
    f.i().i32_shl().i32_add().i32_load(absolute(0));
}

/// `(bytes) -> address`: takes room in the arena and sees to it that the memory is there. Memory that cannot be had is a
/// trap, which the host reports as an internal error.
pub(super) fn reserve(e: &Emitter<'_>, f: &mut Body) {
    let [start, end] = f.locals(ValType::I32);
    f.i().global_get(global::ARENA).local_tee(start);
    f.get(0);
    f.i().i32_add();
    f.tee(end);
    f.get(start);
    f.i().i32_lt_u();
    f.if_(BlockType::Empty);
    f.i().unreachable();
    f.end();
    f.get(end);
    f.i().global_set(global::ARENA);
    f.get(end);
    ensure(e, f);
    f.i().i32_eqz();
    f.if_(BlockType::Empty);
    f.i().unreachable();
    f.end();
    f.get(start);
}

/// Sees to it that memory reaches beyond the program address on the stack, with [`SLACK_BYTES`] to spare; leaves whether it
/// does.
pub(super) fn ensure(e: &Emitter<'_>, f: &mut Body) {
    let pages = f.local(ValType::I32);
    f.i().i64_extend_i32_u();
    f.i64(u64::from(e.layout.base) + u64::from(SLACK_BYTES) + 0xffff);
    f.i().i64_add();
    f.i64(16);
    f.i().i64_shr_u().i32_wrap_i64();
    f.tee(pages);
    f.i().memory_size(0).i32_le_u();
    f.if_(BlockType::Result(ValType::I32));
    f.i32(1);
    f.else_();
    f.get(pages);
    f.i().memory_size(0).i32_sub().memory_grow(0);
    f.i32(u32::MAX);
    f.i().i32_ne();
    f.end();
}
