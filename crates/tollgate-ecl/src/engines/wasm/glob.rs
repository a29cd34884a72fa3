//! Texts against globs that are data, as [`glob`](crate::data::glob) explains: the places of a glob are bits, which a byte of the text moves.
//!
//! A module with such a match has an area for one glob before its program's memory: what the glob is known by, the bytes of a set, the
//! last place, then the sets. So the glob of a loop over texts is read once. Equal texts have equal handles, but only within one
//! evaluation, so each begins with no glob.

use wasm_encoder::{BlockType, ValType};

use super::body::{Body, Label, absolute};
use super::coder::Coder;
use super::emitter::Emitter;
use super::layout::GlobArea;
use super::runtime::Runtime;
use super::texts::{add, open};
use crate::data::gas;
use crate::data::glob::{BITS, ONES, REACHED, ROWS, STAY, WITHIN};
use crate::host::outcome::EvalError;
use crate::ir::{Expr, PointId};

/// What is no handle.
const NO_GLOB: u64 = u64::MAX;

/// At the start of an evaluation: no glob was read.
pub(super) fn forget(e: &Emitter<'_>, f: &mut Body) {
    if let Some(area) = e.layout.glob {
        f.i32(0);
        f.i64(NO_GLOB);
        f.i()
            .i64_store(absolute(u64::from(area.address + GlobArea::NAME)));
    }
}

impl Coder<'_, '_> {
    /// `text matches glob`, where the glob is data.
    pub(super) fn glob_match(&mut self, text: &Expr, glob: &Expr, point: PointId) {
        let handles = self.f.locals::<2>(ValType::I64);
        for (operand, handle) in [text, glob].into_iter().zip(handles) {
            self.expr(operand);
            self.f.set(handle);
        }
        for (handle, unit) in handles
            .into_iter()
            .zip([gas::BYTES_PER_GAS, gas::GLOB_BYTES_PER_GAS])
        {
            self.f.get(handle);
            self.f.i64(0xffff_ffff);
            self.f.i().i64_and();
            self.f.i64(u64::from(unit.trailing_zeros()));
            self.f.i().i64_shr_u();
            self.f.i64(1);
            self.f.i().i64_add();
        }
        self.f.i().i64_mul();
        self.charge_amount();
        for handle in handles {
            self.f.get(handle);
        }
        self.call(Runtime::GlobMatch);
        self.fail_if(EvalError::BadGlob { point });
    }
}

/// The area while a function works on it.
struct Area {
    /// Where it stands in the linear memory.
    address: u32,
    /// Local with the bytes of a set.
    set_bytes: u32,
}

impl Area {
    fn load32(&self, f: &mut Body, field: u32) {
        f.i32(0);
        f.i().i32_load(absolute(u64::from(self.address + field)));
    }

    fn store(&self, f: &mut Body, field: u32, value: impl FnOnce(&mut Body)) {
        f.i32(0);
        value(f);
        let at = absolute(u64::from(self.address + field));
        if field == GlobArea::NAME {
            f.i().i64_store(at);
        } else {
            f.i().i32_store(at);
        }
    }

    /// Leaves how many bytes behind the first set a set stands.
    fn set(&self, f: &mut Body, number: u32) {
        f.get(self.set_bytes);
        f.i32(number);
        f.i().i32_mul();
    }

    /// Adds the place in a local to the set whose distance is on the stack.
    fn put(&self, f: &mut Body, place: u32) {
        let sets = absolute(u64::from(self.address + GlobArea::SETS));
        let word = f.local(ValType::I32);
        f.get(place);
        f.i32(BITS.trailing_zeros());
        f.i().i32_shr_u();
        f.i32(3);
        f.i().i32_shl().i32_add();
        f.tee(word);
        f.get(word);
        f.i().i64_load(sets);
        f.i64(1);
        f.get(place);
        f.i().i64_extend_i32_u().i64_shl().i64_or().i64_store(sets);
    }
}

/// The area of the module; a module that reads globs has one.
fn area(e: &Emitter<'_>, f: &mut Body) -> (Area, u32) {
    let found = e.layout.must(e.layout.glob, "the area of a glob");
    let area = Area {
        address: found.address,
        set_bytes: f.local(ValType::I32),
    };
    (area, found.glob_bytes)
}

/// Begins a block that is entered when the byte in a local is this character.
fn when(f: &mut Body, byte: u32, character: u8) -> Label {
    f.get(byte);
    f.i32(u32::from(character));
    f.i().i32_eq();
    f.if_(BlockType::Empty)
}

/// `(glob) -> unfinished`: reads a glob, unless it is the one that was read last; whether it ends with a `\`.
pub(super) fn read(e: &Emitter<'_>, f: &mut Body) {
    const GLOB: u32 = 0;
    let (area, glob_bytes) = area(e, f);
    f.i32(0);
    f.i()
        .i64_load(absolute(u64::from(area.address + GlobArea::NAME)));
    f.get(GLOB);
    f.i().i64_eq();
    f.if_(BlockType::Empty);
    f.i32(0);
    f.i().return_();
    f.end();
    area.store(f, GlobArea::NAME, |f| f.i64(NO_GLOB));
    let (from, length) = open(f, GLOB);
    // INVARIANT: the types of the program bound a glob, and the area has room for those.
    f.get(length);
    f.i32(glob_bytes);
    f.i().i32_gt_u();
    f.if_(BlockType::Empty);
    f.i().unreachable();
    f.end();
    f.get(length);
    f.i32(BITS.trailing_zeros());
    f.i().i32_shr_u();
    f.i32(1);
    f.i().i32_add();
    f.i32(3);
    f.i().i32_shl();
    f.set(area.set_bytes);
    f.i32(area.address + GlobArea::SETS);
    f.i32(0);
    area.set(f, GlobArea::COUNT);
    f.i().memory_fill(0);
    let [end, byte, place] = f.locals(ValType::I32);
    f.get(from);
    f.get(length);
    f.i().i32_add();
    f.set(end);
    let at = f.at(0);
    let next = |f: &mut Body| {
        f.get(from);
        f.i().i32_load8_u(at);
        f.set(byte);
        add(f, from, 1);
    };
    let done = f.block(BlockType::Empty);
    let again = f.loop_();
    f.get(from);
    f.get(end);
    f.i().i32_ge_u();
    f.br_if(done);
    next(f);
    when(f, byte, b'*');
    for row in [STAY, STAY + WITHIN] {
        area.set(f, row);
        area.put(f, place);
    }
    f.br(again);
    f.end();
    when(f, byte, b'?');
    area.set(f, ONES);
    area.put(f, place);
    add(f, place, 1);
    area.set(f, STAY + WITHIN);
    area.put(f, place);
    f.br(again);
    f.end();
    when(f, byte, b'\\');
    f.get(from);
    f.get(end);
    f.i().i32_eq();
    f.if_(BlockType::Empty);
    f.i32(1);
    f.i().return_();
    f.end();
    next(f);
    f.end();
    f.get(area.set_bytes);
    f.get(byte);
    f.i32(ROWS);
    f.i().i32_add().i32_mul();
    area.put(f, place);
    add(f, place, 1);
    f.br(again);
    f.end();
    f.end();
    area.store(f, GlobArea::SET_BYTES, |f| f.get(area.set_bytes));
    area.store(f, GlobArea::LAST, |f| f.get(place));
    area.store(f, GlobArea::NAME, |f| f.get(GLOB));
    f.i32(0);
}

/// `(text, glob) -> (holds, unfinished)`
pub(super) fn matches(e: &mut Emitter<'_>, f: &mut Body) {
    const TEXT: u32 = 0;
    const GLOB: u32 = 1;
    let (area, _) = area(e, f);
    let sets = absolute(u64::from(area.address + GlobArea::SETS));
    f.get(GLOB);
    e.call(f, Runtime::ReadGlob);
    f.if_(BlockType::Empty);
    f.i32(0);
    f.i32(1);
    f.i().return_();
    f.end();
    area.load32(f, GlobArea::SET_BYTES);
    f.set(area.set_bytes);
    let (from, length) = open(f, TEXT);
    let [end, byte, word, row, here, reached] = f.locals(ValType::I32);
    let [places, on, carry, any] = f.locals(ValType::I64);
    f.get(from);
    f.get(length);
    f.i().i32_add();
    f.set(end);
    f.get(area.set_bytes);
    f.i32(8);
    f.i().i32_eq();
    f.if_(BlockType::Empty);
    matches_few(f, &area, [from, end]);
    f.i().return_();
    f.end();
    // Nothing is reached but the start.
    area.set(f, REACHED);
    f.tee(reached);
    f.i32(area.address + GlobArea::SETS);
    f.i().i32_add();
    f.i32(0);
    f.get(area.set_bytes);
    f.i().memory_fill(0);
    f.get(reached);
    f.i64(1);
    f.i().i64_store(sets);
    let done = f.block(BlockType::Empty);
    let again = f.loop_();
    f.get(from);
    f.get(end);
    f.i().i32_ge_u();
    f.br_if(done);
    let at = f.at(0);
    f.get(from);
    f.i().i32_load8_u(at);
    f.tee(byte);
    f.i32(ROWS);
    f.i().i32_add();
    f.get(area.set_bytes);
    f.i().i32_mul();
    f.set(here);
    // The rows of a byte within a character stand two further on.
    f.get(byte);
    f.i32(0xc0);
    f.i().i32_and();
    f.i32(0x80);
    f.i().i32_eq();
    f.i32(WITHIN.trailing_zeros());
    f.i().i32_shl();
    f.get(area.set_bytes);
    f.i().i32_mul();
    f.set(row);
    f.i64(0);
    f.set(carry);
    f.i64(0);
    f.set(any);
    f.i32(0);
    f.set(word);
    let step = f.loop_();
    let load = |f: &mut Body, set: u32| {
        f.get(set);
        f.get(word);
        f.i().i32_add().i64_load(sets);
    };
    load(f, reached);
    f.tee(places);
    load(f, here);
    load(f, row);
    f.i().i64_or().i64_and();
    f.set(on);
    f.get(reached);
    f.get(word);
    f.i().i32_add();
    f.get(on);
    f.i64(1);
    f.i().i64_shl();
    f.get(carry);
    f.i().i64_or();
    f.get(places);
    f.get(row);
    f.get(area.set_bytes);
    f.i().i32_add();
    f.get(word);
    f.i().i32_add().i64_load(sets).i64_and().i64_or();
    f.tee(places);
    f.i().i64_store(sets);
    f.get(any);
    f.get(places);
    f.i().i64_or();
    f.set(any);
    f.get(on);
    f.i64(u64::from(BITS) - 1);
    f.i().i64_shr_u();
    f.set(carry);
    f.get(word);
    f.i32(8);
    f.i().i32_add();
    f.tee(word);
    f.get(area.set_bytes);
    f.i().i32_lt_u();
    f.br_if(step);
    f.end();
    f.get(any);
    f.i().i64_eqz();
    f.if_(BlockType::Empty);
    f.i32(0);
    f.i32(0);
    f.i().return_();
    f.end();
    add(f, from, 1);
    f.br(again);
    f.end();
    f.end();
    // Whether the last place is reached.
    area.load32(f, GlobArea::LAST);
    f.tee(word);
    f.i32(BITS.trailing_zeros());
    f.i().i32_shr_u();
    f.i32(3);
    f.i().i32_shl();
    f.get(reached);
    f.i().i32_add().i64_load(sets);
    f.get(word);
    f.i().i64_extend_i32_u().i64_shr_u().i32_wrap_i64();
    f.i32(1);
    f.i().i32_and();
    f.i32(0);
}

/// The same where one word has all places, as it has for most globs: it stays in a local.
fn matches_few(f: &mut Body, area: &Area, [from, end]: [u32; 2]) {
    let set = |number: u32| absolute(u64::from(area.address + GlobArea::SETS + number * 8));
    let [ones, stay, stay_within, reached] = f.locals(ValType::I64);
    let [byte, within] = f.locals(ValType::I32);
    for (row, local) in [(ONES, ones), (STAY, stay), (STAY + WITHIN, stay_within)] {
        f.i32(0);
        f.i().i64_load(set(row));
        f.set(local);
    }
    f.i64(1);
    f.set(reached);
    let done = f.block(BlockType::Empty);
    let again = f.loop_();
    f.get(from);
    f.get(end);
    f.i().i32_ge_u();
    f.br_if(done);
    let at = f.at(0);
    f.get(from);
    f.i().i32_load8_u(at);
    f.tee(byte);
    f.i32(0xc0);
    f.i().i32_and();
    f.i32(0x80);
    f.i().i32_eq();
    f.set(within);
    f.get(reached);
    f.get(byte);
    f.i32(3);
    f.i().i32_shl().i64_load(set(ROWS));
    f.i64(0);
    f.get(ones);
    f.get(within);
    f.i().select().i64_or().i64_and();
    f.i64(1);
    f.i().i64_shl();
    f.get(reached);
    f.get(stay_within);
    f.get(stay);
    f.get(within);
    f.i().select().i64_and().i64_or();
    f.tee(reached);
    f.i().i64_eqz();
    f.if_(BlockType::Empty);
    f.i32(0);
    f.i32(0);
    f.i().return_();
    f.end();
    add(f, from, 1);
    f.br(again);
    f.end();
    f.end();
    f.get(reached);
    area.load32(f, GlobArea::LAST);
    f.i().i64_extend_i32_u().i64_shr_u().i32_wrap_i64();
    f.i32(1);
    f.i().i32_and();
    f.i32(0);
}
