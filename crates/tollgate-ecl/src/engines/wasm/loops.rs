//! Lists: membership and the loops. A loop counts its elements down and moves an address along, so that lists of records
//! without fields work too.

use wasm_encoder::{BlockType, ValType};

use super::body::Label;
use super::coder::{Coder, Words};
use super::emitter::values;
use super::runtime::Runtime;
use crate::data::gas::{ELEMENT, Gas};
use crate::data::types::{Repr, Type, WORD};
use crate::ir::cost;
use crate::ir::{BinaryOp, Expr, Handle, LocalId, LoopKind, PointId};

/// Longest constant list whose elements are compared in the code.
const INLINE_ELEMENTS: u32 = 24;

impl Coder<'_, '_> {
    /// `item in list`
    pub(super) fn is_in(&mut self, item: &Expr, list: &Expr) {
        self.expr(item);
        let repr = item.ty.repr();
        if repr == Repr::Word && item.ty != Type::Number {
            self.word_of(&item.ty);
        }
        if let Some(handle) = self.known_handle(list)
            && handle.length() <= INLINE_ELEMENTS
            && repr == Repr::Word
            && item.ty != Type::Number
        {
            self.pay_elements(handle);
            return self.one_of(&item.ty, handle);
        }
        self.paid_list(list);
        self.call(match (repr, &item.ty) {
            (Repr::Wide, _) => Runtime::InWide,
            (_, Type::Number) => Runtime::InNumber,
            _ => Runtime::InWord,
        });
    }

    /// `ip in [cidr]`: 1 gas for each element, then a search.
    pub(super) fn ip_in_cidrs(&mut self, ip: &Expr, list: &Expr) {
        self.expr(ip);
        self.paid_list(list);
        self.call(Runtime::IpInCidrs);
    }

    /// Charges for the elements of a constant list. The operands are on the stack, where a charge that does not fit leaves them
    /// behind.
    fn pay_elements(&mut self, list: Handle) {
        let amount = ELEMENT * u64::from(list.length());
        self.charge(&Gas::compute(amount));
    }

    /// Leaves the handle of a list that is searched, whose elements are paid for.
    fn paid_list(&mut self, list: &Expr) {
        match self.known_handle(list) {
            Some(handle) => {
                self.pay_elements(handle);
                self.f.i64(handle.0);
            }
            None => {
                let handle = self.f.local(ValType::I64);
                self.expr(list);
                self.f.tee(handle);
                self.f.get(handle);
                self.f.i64(0xffff_ffff);
                self.f.i().i64_and();
                self.charge_amount();
            }
        }
    }

    /// Compares the word on the stack with each constant.
    fn one_of(&mut self, ty: &Type, list: Handle) {
        let element = |number: u32| self.emitter.pool_word(list.address() + number * WORD);
        if ty.is_text() {
            // Interned texts have distinct addresses.
            let address = self.f.local(ValType::I32);
            self.f.i64(32);
            self.f.i().i64_shr_u().i32_wrap_i64();
            self.f.set(address);
            self.f.i32(0);
            for number in 0..list.length() {
                self.f.get(address);
                self.f.i32(Handle(element(number)).address());
                self.f.i().i32_eq().i32_or();
            }
            return;
        }
        let word = self.f.local(ValType::I64);
        self.f.set(word);
        self.f.i32(0);
        for number in 0..list.length() {
            self.f.get(word);
            self.f.i64(element(number));
            self.f.i().i64_eq().i32_or();
        }
    }
}

/// A loop as the program has it, its list apart.
pub(super) struct Loop<'x> {
    pub(super) kind: LoopKind,
    /// The local that each element is bound to.
    pub(super) var: LocalId,
    pub(super) body: &'x Expr,
    pub(super) point: PointId,
}

/// A loop whose list is in registers.
struct Parts<'x> {
    of: &'x Loop<'x>,
    element_type: Type,
    /// Address of the element.
    element: u32,
    /// Elements left.
    left: u32,
}

/// The numbers that a loop computes with.
enum Kind {
    Int,
    Number,
    Wide,
}

fn kind_of(ty: &Type) -> Kind {
    match (ty, ty.repr()) {
        (Type::Number, _) => Kind::Number,
        (_, Repr::Wide) => Kind::Wide,
        _ => Kind::Int,
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

impl Coder<'_, '_> {
    /// Address and number of the elements of a list, in locals.
    pub(super) fn elements(&mut self, handle: u32) -> (u32, u32) {
        let [address, count] = self.f.locals(ValType::I32);
        self.f.get(handle);
        self.f.i64(32);
        self.f.i().i64_shr_u().i32_wrap_i64();
        self.f.set(address);
        self.f.get(handle);
        self.f.i().i32_wrap_i64();
        self.f.set(count);
        (address, count)
    }

    /// A loop over a list.
    pub(super) fn loop_over(&mut self, list: &Expr, of: &Loop<'_>) {
        let element_type = match &list.ty {
            Type::List(element, _) => (**element).clone(),
            _ => {
                let missing: Option<()> = None;
                self.emitter.layout.must(missing, "the list of a loop");
                Type::Never
            }
        };
        let handle = self.f.local(ValType::I64);
        self.expr(list);
        self.f.set(handle);
        let (element, left) = self.elements(handle);
        let parts = Parts {
            of,
            element_type,
            element,
            left,
        };
        match of.kind {
            LoopKind::Any | LoopKind::All => self.quantifier(&parts),
            LoopKind::Count => self.count(&parts),
            LoopKind::Sum => self.sum(&parts),
            LoopKind::Min | LoopKind::Max => self.extreme(&parts),
            LoopKind::Map => self.map(&parts),
            LoopKind::Filter => self.filter(&parts),
            LoopKind::First => self.first(&parts),
        }
    }
}

impl Coder<'_, '_> {
    /// Opens the loop: ends it when nothing is left, charges, binds the variable.
    fn begin_loop(&mut self, parts: &Parts<'_>) -> Walk {
        let stride = self.emitter.bytes(&parts.element_type);
        let end = self.f.block(BlockType::Empty);
        let again = self.f.loop_();
        self.f.get(parts.left);
        self.f.i().i32_eqz();
        self.f.br_if(end);
        let iteration = Gas::compute(ELEMENT).plus(&cost::block(parts.of.body));
        self.charge(&iteration);
        if !values(&parts.element_type).is_empty() {
            self.f.get(parts.element);
            self.load(&parts.element_type, 0);
            let slot = match self.slots.get(&parts.of.var.0) {
                Some(slot) => *slot,
                None => self.slot(&parts.element_type),
            };
            self.slots.insert(parts.of.var.0, slot);
            self.set(slot);
        }
        Walk {
            element: parts.element,
            left: parts.left,
            stride,
            again,
        }
    }

    /// Goes on to the next element.
    fn next_element(&mut self, walk: &Walk) {
        self.f.get(walk.element);
        self.f.i32(walk.stride);
        self.f.i().i32_add();
        self.f.set(walk.element);
        self.f.get(walk.left);
        self.f.i32(1);
        self.f.i().i32_sub();
        self.f.set(walk.left);
        self.f.br(walk.again);
        self.f.end();
        self.f.end();
    }

    /// `any`, `all`: the first element that settles it jumps out.
    fn quantifier(&mut self, parts: &Parts<'_>) {
        let any = parts.of.kind == LoopKind::Any;
        let done = self.f.block(BlockType::Result(ValType::I32));
        let settled = self.f.block(BlockType::Empty);
        let walk = self.begin_loop(parts);
        if any {
            self.jump_if(parts.of.body, settled);
        } else {
            self.jump_unless(parts.of.body, settled);
        }
        self.next_element(&walk);
        self.f.i32(u32::from(!any));
        self.f.br(done);
        self.f.end();
        self.f.i32(u32::from(any));
        self.f.end();
    }

    fn count(&mut self, parts: &Parts<'_>) {
        let number = self.f.local(ValType::I64);
        self.f.i64(0);
        self.f.set(number);
        let walk = self.begin_loop(parts);
        self.expr(parts.of.body);
        self.f.i().i64_extend_i32_u();
        self.f.get(number);
        self.f.i().i64_add();
        self.f.set(number);
        self.next_element(&walk);
        self.f.get(number);
    }

    fn zero(&mut self, ty: &Type) {
        for value in values(ty) {
            match value {
                ValType::F64 => self.f.f64(0.0),
                ValType::I32 => self.f.i32(0),
                _ => self.f.i64(0),
            }
        }
    }
}

impl Coder<'_, '_> {
    fn sum(&mut self, parts: &Parts<'_>) {
        let ty = &parts.of.body.ty;
        let total = self.slot(ty);
        self.zero(ty);
        self.set(total);
        let add = match kind_of(ty) {
            Kind::Int => BinaryOp::AddInt,
            Kind::Number => BinaryOp::AddNumber,
            Kind::Wide => BinaryOp::AddWide,
        };
        let walk = self.begin_loop(parts);
        let value = self.slot(ty);
        self.expr(parts.of.body);
        self.set(value);
        self.read(total);
        self.read(value);
        self.operate(add, values(ty), parts.of.point);
        self.set(total);
        self.next_element(&walk);
        self.read(total);
    }

    /// `min`, `max`: an option, none for an empty list.
    fn extreme(&mut self, parts: &Parts<'_>) {
        let ty = &parts.of.body.ty;
        let op = match (parts.of.kind, kind_of(ty)) {
            (LoopKind::Max, Kind::Int) => BinaryOp::MaxInt,
            (LoopKind::Max, Kind::Number) => BinaryOp::MaxNumber,
            (LoopKind::Max, Kind::Wide) => BinaryOp::MaxWide,
            (_, Kind::Int) => BinaryOp::MinInt,
            (_, Kind::Number) => BinaryOp::MinNumber,
            (_, Kind::Wide) => BinaryOp::MinWide,
        };
        let (best, value) = (self.slot(ty), self.slot(ty));
        let some = self.f.local(ValType::I32);
        self.f.i32(0);
        self.f.set(some);
        self.zero(ty);
        self.set(best);
        let walk = self.begin_loop(parts);
        self.expr(parts.of.body);
        self.set(value);
        self.f.get(some);
        self.f.if_(BlockType::Empty);
        self.read(best);
        self.read(value);
        self.operate(op, values(ty), parts.of.point);
        self.set(value);
        self.f.end();
        self.read(value);
        self.set(best);
        self.f.i32(1);
        self.f.set(some);
        self.next_element(&walk);
        let option = self.allocate(WORD + self.emitter.bytes(ty));
        let at = self.f.at(0);
        self.f.get(option);
        self.f.get(some);
        self.f.i().i64_extend_i32_u().i64_store(at);
        self.read(best);
        self.store_value(option, WORD, ty);
        self.f.get(option);
    }

    /// Room for `left` elements of that many bytes; their address in the returned local.
    pub(super) fn room(&mut self, left: u32, stride: u32) -> u32 {
        self.f.get(left);
        self.f.i32(stride);
        self.f.i().i32_mul();
        self.reserve()
    }

    pub(super) fn handle_of(&mut self, address: u32, count: u32) {
        self.f.get(address);
        self.f.i().i64_extend_i32_u();
        self.f.i64(32);
        self.f.i().i64_shl();
        self.f.get(count);
        self.f.i().i64_extend_i32_u().i64_or();
    }

    pub(super) fn advance(&mut self, local: u32, by: u32) {
        self.f.get(local);
        self.f.i32(by);
        self.f.i().i32_add();
        self.f.set(local);
    }

    fn map(&mut self, parts: &Parts<'_>) {
        let ty = &parts.of.body.ty;
        let stride = self.emitter.bytes(ty);
        let [count, place] = self.f.locals(ValType::I32);
        self.f.get(parts.left);
        self.f.set(count);
        let made = self.room(parts.left, stride);
        self.f.get(made);
        self.f.set(place);
        let walk = self.begin_loop(parts);
        self.expr(parts.of.body);
        self.store_value(place, 0, ty);
        self.advance(place, stride);
        self.next_element(&walk);
        self.handle_of(made, count);
    }

    fn filter(&mut self, parts: &Parts<'_>) {
        let stride = self.emitter.bytes(&parts.element_type);
        let [count, place] = self.f.locals(ValType::I32);
        self.f.i32(0);
        self.f.set(count);
        let made = self.room(parts.left, stride);
        self.f.get(made);
        self.f.set(place);
        let walk = self.begin_loop(parts);
        let skip = self.f.block(BlockType::Empty);
        self.jump_unless(parts.of.body, skip);
        let element = Words {
            from: parts.element,
            count: stride / WORD,
        };
        self.copy(place, 0, element);
        self.advance(place, stride);
        self.advance(count, 1);
        self.f.end();
        self.next_element(&walk);
        self.handle_of(made, count);
    }

    /// The first element for which the body holds, as an option.
    fn first(&mut self, parts: &Parts<'_>) {
        let stride = self.emitter.bytes(&parts.element_type);
        let option = self.allocate(WORD + stride);
        for word in 0..=stride / WORD {
            self.store_word(option, word * WORD, 0);
        }
        let found = self.f.block(BlockType::Empty);
        let walk = self.begin_loop(parts);
        let skip = self.f.block(BlockType::Empty);
        self.jump_unless(parts.of.body, skip);
        self.store_word(option, 0, 1);
        let element = Words {
            from: parts.element,
            count: stride / WORD,
        };
        self.copy(option, WORD, element);
        self.f.br(found);
        self.f.end();
        self.next_element(&walk);
        self.f.end();
        self.f.get(option);
    }
}
