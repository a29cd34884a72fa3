//! Lists: membership and the loops. A loop counts its elements down and moves an address along, so that lists of records
//! without fields work too.

use wasm_encoder::{BlockType, ValType};

use super::body::Label;
use super::emitter::{Code, Emitter, Runtime, values};
use super::expr::{
    allocate, allocate_dynamic, copy, jump_if, known_handle, load, pool_word, read, set,
    store_value, store_word, to_word,
};
use super::{gas, ops};
use crate::gas::{self as cost, ELEMENT};
use crate::ir::{BinaryOp, Expr, Handle, LocalId, LoopKind};
use crate::types::{Repr, Type, WORD};

/// Longest constant list whose elements are compared in the code.
const INLINE_ELEMENTS: u32 = 24;

/// `item in list`
pub(super) fn contains(e: &mut Emitter<'_>, c: &mut Code, item: &Expr, list: &Expr) {
    let known = known_handle(e, c, list);
    super::expr::emit(e, c, item);
    let repr = item.ty.repr();
    if repr == Repr::Word && item.ty != Type::Number {
        to_word(c, &item.ty);
    }
    match known {
        Some(handle) => {
            let amount = ELEMENT * u64::from(handle.length());
            // The operands are on the stack, where a charge that does not fit leaves them behind.
            gas::charge(e, c, &cost::Gas::compute(amount));
            if handle.length() <= INLINE_ELEMENTS && repr == Repr::Word && item.ty != Type::Number {
                return one_of(e, c, &item.ty, handle);
            }
            c.f.i64(handle.0);
        }
        None => {
            let handle = c.f.local(ValType::I64);
            super::expr::emit(e, c, list);
            c.f.tee(handle);
            c.f.get(handle);
            c.f.i64(0xffff_ffff);
            c.f.i().i64_and();
            gas::charge_amount(e, c);
        }
    }
    e.call(
        &mut c.f,
        match (repr, &item.ty) {
            (Repr::Wide, _) => Runtime::InWide,
            (_, Type::Number) => Runtime::InNumber,
            _ => Runtime::InWord,
        },
    );
}

/// Compares the word on the stack with each constant.
fn one_of(e: &mut Emitter<'_>, c: &mut Code, ty: &Type, list: Handle) {
    let element = |number: u32| pool_word(e, list.address() + number * WORD);
    if ty.is_text() {
        // Interned texts have distinct addresses.
        let address = c.f.local(ValType::I32);
        c.f.i64(32);
        c.f.i().i64_shr_u().i32_wrap_i64();
        c.f.set(address);
        c.f.i32(0);
        for number in 0..list.length() {
            c.f.get(address);
            c.f.i32(Handle(element(number)).address());
            c.f.i().i32_eq().i32_or();
        }
        return;
    }
    let word = c.f.local(ValType::I64);
    c.f.set(word);
    c.f.i32(0);
    for number in 0..list.length() {
        c.f.get(word);
        c.f.i64(element(number));
        c.f.i().i64_eq().i32_or();
    }
}

/// Registers of a loop.
struct Walk {
    /// Address of the element.
    element: u32,
    /// Elements left.
    left: u32,
    stride: u32,
    again: Label,
}

/// Address and number of the elements of a list, in locals.
pub(super) fn elements(c: &mut Code, handle: u32) -> (u32, u32) {
    let [address, count] = c.f.locals(ValType::I32);
    c.f.get(handle);
    c.f.i64(32);
    c.f.i().i64_shr_u().i32_wrap_i64();
    c.f.set(address);
    c.f.get(handle);
    c.f.i().i32_wrap_i64();
    c.f.set(count);
    (address, count)
}

/// A loop over a list; `expr` is the whole expression.
pub(super) fn emit(
    e: &mut Emitter<'_>,
    c: &mut Code,
    expr: &Expr,
    kind: LoopKind,
    var: LocalId,
    list: &Expr,
    body: &Expr,
) {
    let element_type = match &list.ty {
        Type::List(element, _) => (**element).clone(),
        _ => Type::Never,
    };
    let handle = c.f.local(ValType::I64);
    super::expr::emit(e, c, list);
    c.f.set(handle);
    let (element, left) = elements(c, handle);
    let parts = Parts {
        kind,
        var,
        body,
        expr,
        element_type,
        element,
        left,
    };
    match kind {
        LoopKind::Any | LoopKind::All => quantifier(e, c, &parts),
        LoopKind::Count => count(e, c, &parts),
        LoopKind::Sum => sum(e, c, &parts),
        LoopKind::Min | LoopKind::Max => extreme(e, c, &parts),
        LoopKind::Map => map(e, c, &parts),
        LoopKind::Filter => filter(e, c, &parts),
        LoopKind::First => first(e, c, &parts),
    }
}

struct Parts<'x> {
    kind: LoopKind,
    var: LocalId,
    body: &'x Expr,
    expr: &'x Expr,
    element_type: Type,
    element: u32,
    left: u32,
}

/// Opens the loop: ends it when nothing is left, charges, binds the variable.
fn begin(e: &mut Emitter<'_>, c: &mut Code, parts: &Parts<'_>) -> Walk {
    let stride = e.bytes(&parts.element_type);
    let end = c.f.block(BlockType::Empty);
    let again = c.f.loop_();
    c.f.get(parts.left);
    c.f.i().i32_eqz();
    c.f.br_if(end);
    let iteration = cost::Gas::compute(ELEMENT).plus(&cost::block(parts.body));
    gas::charge(e, c, &iteration);
    if !values(&parts.element_type).is_empty() {
        c.f.get(parts.element);
        load(c, &parts.element_type, 0);
        let slot = match c.slots.get(&parts.var.0) {
            Some(slot) => *slot,
            None => e.slot(&mut c.f, &parts.element_type),
        };
        c.slots.insert(parts.var.0, slot);
        set(c, slot);
    }
    Walk {
        element: parts.element,
        left: parts.left,
        stride,
        again,
    }
}

/// Goes on to the next element.
fn next(c: &mut Code, walk: &Walk) {
    c.f.get(walk.element);
    c.f.i32(walk.stride);
    c.f.i().i32_add();
    c.f.set(walk.element);
    c.f.get(walk.left);
    c.f.i32(1);
    c.f.i().i32_sub();
    c.f.set(walk.left);
    c.f.br(walk.again);
    c.f.end();
    c.f.end();
}

/// `any`, `all`: the first element that settles it jumps out.
fn quantifier(e: &mut Emitter<'_>, c: &mut Code, parts: &Parts<'_>) {
    let any = parts.kind == LoopKind::Any;
    let done = c.f.block(BlockType::Result(ValType::I32));
    let settled = c.f.block(BlockType::Empty);
    let walk = begin(e, c, parts);
    jump_if(e, c, parts.body, any, settled);
    next(c, &walk);
    c.f.i32(u32::from(!any));
    c.f.br(done);
    c.f.end();
    c.f.i32(u32::from(any));
    c.f.end();
}

fn count(e: &mut Emitter<'_>, c: &mut Code, parts: &Parts<'_>) {
    let number = c.f.local(ValType::I64);
    c.f.i64(0);
    c.f.set(number);
    let walk = begin(e, c, parts);
    emit_value(e, c, parts);
    c.f.i().i64_extend_i32_u();
    c.f.get(number);
    c.f.i().i64_add();
    c.f.set(number);
    next(c, &walk);
    c.f.get(number);
}

fn emit_value(e: &mut Emitter<'_>, c: &mut Code, parts: &Parts<'_>) {
    super::expr::emit(e, c, parts.body);
}

fn zero(c: &mut Code, ty: &Type) {
    for value in values(ty) {
        match value {
            ValType::F64 => c.f.f64(0.0),
            ValType::I32 => c.f.i32(0),
            _ => c.f.i64(0),
        }
    }
}

fn by_type(ty: &Type, int: BinaryOp, number: BinaryOp, wide: BinaryOp) -> BinaryOp {
    match (ty, ty.repr()) {
        (Type::Number, _) => number,
        (_, Repr::Wide) => wide,
        _ => int,
    }
}

fn sum(e: &mut Emitter<'_>, c: &mut Code, parts: &Parts<'_>) {
    let ty = &parts.body.ty;
    let total = e.slot(&mut c.f, ty);
    zero(c, ty);
    set(c, total);
    let add = by_type(ty, BinaryOp::AddInt, BinaryOp::AddNumber, BinaryOp::AddWide);
    let walk = begin(e, c, parts);
    let value = e.slot(&mut c.f, ty);
    emit_value(e, c, parts);
    set(c, value);
    read(c, total);
    read(c, value);
    ops::on_stack(e, c, add, values(ty), parts.expr.point);
    set(c, total);
    next(c, &walk);
    read(c, total);
}

/// `min`, `max`: an option, none for an empty list.
fn extreme(e: &mut Emitter<'_>, c: &mut Code, parts: &Parts<'_>) {
    let ty = &parts.body.ty;
    let larger = parts.kind == LoopKind::Max;
    let op = if larger {
        by_type(ty, BinaryOp::MaxInt, BinaryOp::MaxNumber, BinaryOp::MaxWide)
    } else {
        by_type(ty, BinaryOp::MinInt, BinaryOp::MinNumber, BinaryOp::MinWide)
    };
    let (best, value) = (e.slot(&mut c.f, ty), e.slot(&mut c.f, ty));
    let some = c.f.local(ValType::I32);
    c.f.i32(0);
    c.f.set(some);
    zero(c, ty);
    set(c, best);
    let walk = begin(e, c, parts);
    emit_value(e, c, parts);
    set(c, value);
    c.f.get(some);
    c.f.if_(BlockType::Empty);
    read(c, best);
    read(c, value);
    ops::on_stack(e, c, op, values(ty), parts.expr.point);
    set(c, value);
    c.f.end();
    read(c, value);
    set(c, best);
    c.f.i32(1);
    c.f.set(some);
    next(c, &walk);
    let option = allocate(c, WORD + e.bytes(ty));
    let at = c.f.at(0);
    c.f.get(option);
    c.f.get(some);
    c.f.i().i64_extend_i32_u().i64_store(at);
    read(c, best);
    store_value(e, c, option, WORD, ty);
    c.f.get(option);
}

/// Room for `left` elements of that many bytes; their address in the returned local.
pub(super) fn room(e: &mut Emitter<'_>, c: &mut Code, left: u32, stride: u32) -> u32 {
    c.f.get(left);
    c.f.i32(stride);
    c.f.i().i32_mul();
    allocate_dynamic(e, c)
}

pub(super) fn handle_of(c: &mut Code, address: u32, count: u32) {
    c.f.get(address);
    c.f.i().i64_extend_i32_u();
    c.f.i64(32);
    c.f.i().i64_shl();
    c.f.get(count);
    c.f.i().i64_extend_i32_u().i64_or();
}

pub(super) fn advance(c: &mut Code, local: u32, by: u32) {
    c.f.get(local);
    c.f.i32(by);
    c.f.i().i32_add();
    c.f.set(local);
}

fn map(e: &mut Emitter<'_>, c: &mut Code, parts: &Parts<'_>) {
    let ty = &parts.body.ty;
    let stride = e.bytes(ty);
    let [count, place] = c.f.locals(ValType::I32);
    c.f.get(parts.left);
    c.f.set(count);
    let made = room(e, c, parts.left, stride);
    c.f.get(made);
    c.f.set(place);
    let walk = begin(e, c, parts);
    emit_value(e, c, parts);
    store_value(e, c, place, 0, ty);
    advance(c, place, stride);
    next(c, &walk);
    handle_of(c, made, count);
}

fn filter(e: &mut Emitter<'_>, c: &mut Code, parts: &Parts<'_>) {
    let stride = e.bytes(&parts.element_type);
    let [count, place] = c.f.locals(ValType::I32);
    c.f.i32(0);
    c.f.set(count);
    let made = room(e, c, parts.left, stride);
    c.f.get(made);
    c.f.set(place);
    let walk = begin(e, c, parts);
    let skip = c.f.block(BlockType::Empty);
    jump_if(e, c, parts.body, false, skip);
    copy(e, c, place, 0, parts.element, stride / WORD);
    advance(c, place, stride);
    advance(c, count, 1);
    c.f.end();
    next(c, &walk);
    handle_of(c, made, count);
}

/// The first element for which the body holds, as an option.
fn first(e: &mut Emitter<'_>, c: &mut Code, parts: &Parts<'_>) {
    let stride = e.bytes(&parts.element_type);
    let option = allocate(c, WORD + stride);
    for word in 0..=stride / WORD {
        store_word(c, option, word * WORD, 0);
    }
    let found = c.f.block(BlockType::Empty);
    let walk = begin(e, c, parts);
    let skip = c.f.block(BlockType::Empty);
    jump_if(e, c, parts.body, false, skip);
    store_word(c, option, 0, 1);
    copy(e, c, option, WORD, parts.element, stride / WORD);
    c.f.br(found);
    c.f.end();
    next(c, &walk);
    c.f.end();
    c.f.get(option);
}
