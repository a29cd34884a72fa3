//! Lists made of the elements of two lists.

use wasm_encoder::{BlockType, ValType};

use super::coder::{Coder, Words};
use crate::data::types::WORD;
use crate::ir::{Expr, Joining};

impl Coder<'_, '_> {
    /// The list of the elements of both, or of their pairs.
    pub(super) fn joined(&mut self, how: Joining, left: &Expr, right: &Expr) {
        let [one, other] = self.f.locals(ValType::I64);
        for (list, handle) in [(left, one), (right, other)] {
            self.expr(list);
            self.f.set(handle);
        }
        let lists = [(left, one), (right, other)].map(|(list, handle)| {
            let (from, count) = self.elements(handle);
            let words = list.ty.element_words(&self.emitter.program.records);
            let words = self.emitter.layout.must(words, "the list that is joined");
            List {
                from,
                count,
                bytes: words * WORD,
            }
        });
        match how {
            Joining::Append => self.append(&lists),
            Joining::Zip => self.zip(&lists),
        }
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

impl List {
    /// The element that comes next.
    fn element(&self) -> Words {
        Words {
            from: self.from,
            count: self.bytes / WORD,
        }
    }
}

impl Coder<'_, '_> {
    /// Charges for the elements in a local.
    fn charge_elements(&mut self, count: u32) {
        self.f.get(count);
        self.f.i().i64_extend_i32_u();
        self.charge_amount();
    }

    fn append(&mut self, [left, right]: &[List; 2]) {
        let [count, place] = self.f.locals(ValType::I32);
        self.f.get(left.count);
        self.f.get(right.count);
        self.f.i().i32_add();
        self.f.set(count);
        self.charge_elements(count);
        let made = self.room(count, left.bytes);
        self.f.get(made);
        self.f.set(place);
        for list in [left, right] {
            self.each(list.count, |c| {
                c.copy(place, 0, list.element());
                c.advance(list.from, list.bytes);
                c.advance(place, list.bytes);
            });
        }
        self.handle_of(made, count);
    }

    fn zip(&mut self, [left, right]: &[List; 2]) {
        let [count, place, rest] = self.f.locals(ValType::I32);
        for local in [left.count, right.count, left.count, right.count] {
            self.f.get(local);
        }
        self.f.i().i32_lt_u().select();
        self.f.set(count);
        self.charge_elements(count);
        let made = self.room(count, left.bytes + right.bytes);
        self.f.get(made);
        self.f.set(place);
        self.f.get(count);
        self.f.set(rest);
        self.each(rest, |c| {
            for list in [left, right] {
                c.copy(place, 0, list.element());
                c.advance(list.from, list.bytes);
                c.advance(place, list.bytes);
            }
        });
        self.handle_of(made, count);
    }

    /// Does something as often as a local says, which is counted down.
    fn each(&mut self, count: u32, body: impl FnOnce(&mut Self)) {
        let end = self.f.block(BlockType::Empty);
        let again = self.f.loop_();
        self.f.get(count);
        self.f.i().i32_eqz();
        self.f.br_if(end);
        body(self);
        self.f.get(count);
        self.f.i32(1);
        self.f.i().i32_sub();
        self.f.set(count);
        self.f.br(again);
        self.f.end();
        self.f.end();
    }
}
