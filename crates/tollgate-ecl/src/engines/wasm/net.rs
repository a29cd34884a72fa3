//! Networks: an address is in one when it lies between its first and its last address, see [`net`](crate::data::net).

use wasm_encoder::{BlockType, ValType};

use super::body::Body;
use crate::data::net::Cidr;
use crate::data::types::WORD;

/// Bytes from the beginning of a network to its last address.
const LAST: u32 = Cidr::LAST * WORD;

/// `(address low, address high, cidr) -> bool`
pub(super) fn ip_in_cidr(f: &mut Body) {
    is_between(f, [0, 1], 2);
}

/// `(cidr, cidr) -> bool`: whether all of the first is in the second.
pub(super) fn cidr_in_cidr(f: &mut Body) {
    let place = f.locals(ValType::I64);
    load(f, place, 0);
    is_from(f, place, 1);
    load(f, place, LAST);
    is_until(f, place, 1);
    f.i().i32_and();
}

/// `(address low, address high, list) -> bool`
pub(super) fn ip_in_cidrs(f: &mut Body) {
    const LIST: u32 = 2;
    let [cidr, left] = f.locals(ValType::I32);
    f.get(LIST);
    f.i64(32);
    f.i().i64_shr_u().i32_wrap_i64();
    f.set(cidr);
    f.get(LIST);
    f.i().i32_wrap_i64();
    f.set(left);
    let end = f.block(BlockType::Empty);
    let again = f.loop_();
    f.get(left);
    f.i().i32_eqz();
    f.br_if(end);
    is_between(f, [0, 1], cidr);
    f.if_(BlockType::Empty);
    f.i32(1);
    f.i().return_();
    f.end();
    f.get(cidr);
    f.i32(Cidr::WORDS * WORD);
    f.i().i32_add();
    f.set(cidr);
    f.get(left);
    f.i32(1);
    f.i().i32_sub();
    f.set(left);
    f.br(again);
    f.end();
    f.end();
    f.i32(0);
}

fn is_between(f: &mut Body, place: [u32; 2], cidr: u32) {
    is_from(f, place, cidr);
    is_until(f, place, cidr);
    f.i().i32_and();
}

/// Whether the place in two locals is not before the first address of the network at the address in a local.
fn is_from(f: &mut Body, [low, high]: [u32; 2], cidr: u32) {
    let (first_low, first_high) = (f.at(0), f.at(WORD));
    f.get(cidr);
    f.i().i64_load(first_low);
    f.get(low);
    f.i().i64_le_u();
    f.get(cidr);
    f.i().i64_load(first_high);
    f.get(high);
    f.i().i64_lt_s();
    f.get(cidr);
    f.i().i64_load(first_high);
    f.get(high);
    f.i().i64_eq().select();
}

/// Whether it is not behind the last one.
fn is_until(f: &mut Body, [low, high]: [u32; 2], cidr: u32) {
    let (last_low, last_high) = (f.at(LAST), f.at(LAST + WORD));
    f.get(low);
    f.get(cidr);
    f.i().i64_load(last_low).i64_le_u();
    f.get(high);
    f.get(cidr);
    f.i().i64_load(last_high).i64_lt_s();
    f.get(high);
    f.get(cidr);
    f.i().i64_load(last_high).i64_eq().select();
}

/// The place at an offset of the first parameter, into two locals.
fn load(f: &mut Body, [low, high]: [u32; 2], offset: u32) {
    let (at_low, at_high) = (f.at(offset), f.at(offset + WORD));
    f.get(0);
    f.i().i64_load(at_low);
    f.set(low);
    f.get(0);
    f.i().i64_load(at_high);
    f.set(high);
}
