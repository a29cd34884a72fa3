//! Lists made of the elements of two lists.

use wasm_encoder::{BlockType, ValType};

use super::emitter::{Code, Emitter};
use super::expr::copy;
use super::gas;
use super::loops::{advance, elements, handle_of, room};
use crate::ir::{Expr, Joining};
use crate::types::WORD;

/// The list of the elements of both, or of their pairs.
pub(super) fn emit(e: &mut Emitter<'_>, c: &mut Code, how: Joining, left: &Expr, right: &Expr) {
    let [one, other] = c.f.locals(ValType::I64);
    for (list, handle) in [(left, one), (right, other)] {
        super::expr::emit(e, c, list);
        c.f.set(handle);
    }
    let lists = [(left, one), (right, other)].map(|(list, handle)| {
        let (from, count) = elements(c, handle);
        let words = list.ty.element_words(&e.program.records);
        List {
            from,
            count,
            bytes: words.unwrap_or(0) * WORD,
        }
    });
    match how {
        Joining::Append => append(e, c, &lists),
        Joining::Zip => zip(e, c, &lists),
    }
}

/// A list in locals.
struct List {
    /// Address of its first element.
    from: u32,
    /// How many it has.
    count: u32,
    /// Bytes of an element.
    bytes: u32,
}

/// Charges for the elements in a local.
fn charge(e: &mut Emitter<'_>, c: &mut Code, count: u32) {
    c.f.get(count);
    c.f.i().i64_extend_i32_u();
    gas::charge_amount(e, c);
}

fn append(e: &mut Emitter<'_>, c: &mut Code, [left, right]: &[List; 2]) {
    let [count, place] = c.f.locals(ValType::I32);
    c.f.get(left.count);
    c.f.get(right.count);
    c.f.i().i32_add();
    c.f.set(count);
    charge(e, c, count);
    let made = room(e, c, count, left.bytes);
    c.f.get(made);
    c.f.set(place);
    for list in [left, right] {
        each(c, list.count, |c| {
            copy(e, c, place, 0, list.from, list.bytes / WORD);
            advance(c, list.from, list.bytes);
            advance(c, place, list.bytes);
        });
    }
    handle_of(c, made, count);
}

fn zip(e: &mut Emitter<'_>, c: &mut Code, [left, right]: &[List; 2]) {
    let [count, place, rest] = c.f.locals(ValType::I32);
    for local in [left.count, right.count, left.count, right.count] {
        c.f.get(local);
    }
    c.f.i().i32_lt_u().select();
    c.f.set(count);
    charge(e, c, count);
    let made = room(e, c, count, left.bytes + right.bytes);
    c.f.get(made);
    c.f.set(place);
    c.f.get(count);
    c.f.set(rest);
    each(c, rest, |c| {
        for list in [left, right] {
            copy(e, c, place, 0, list.from, list.bytes / WORD);
            advance(c, list.from, list.bytes);
            advance(c, place, list.bytes);
        }
    });
    handle_of(c, made, count);
}

/// Does something as often as a local says, which is counted down.
fn each(c: &mut Code, count: u32, body: impl FnOnce(&mut Code)) {
    let end = c.f.block(BlockType::Empty);
    let again = c.f.loop_();
    c.f.get(count);
    c.f.i().i32_eqz();
    c.f.br_if(end);
    body(c);
    c.f.get(count);
    c.f.i32(1);
    c.f.i().i32_sub();
    c.f.set(count);
    c.f.br(again);
    c.f.end();
    c.f.end();
}
