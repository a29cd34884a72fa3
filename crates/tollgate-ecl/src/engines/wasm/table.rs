//! Rules as rows of a table: the loop over them, and the index that leaves only the rows that can be true.
//!
//! A row is the rule's number, the address of its constants, its shape and its first leaf. With an index, a look-up of the
//! key gives a bucket, which is a run of rows; a bucket may ask a second index. See [`layout`](super::layout) for the
//! tables.

use wasm_encoder::{BlockType, ValType};

use super::body::{Label, absolute};
use super::coder::{Coder, Exits, Leaves, Params, Place, Rows};
use super::layout::{
    BUCKET_COUNT, BUCKET_ENTRIES, BUCKET_NESTED, ENTRY_BYTES, Find, HASH_FACTOR, INDEX_FIND,
    IndexTable, Lookup, SLOT_BYTES, length,
};
use super::result;
use super::runtime::Runtime;
use crate::host::outcome::DecidedBy;
use crate::ir::{Combine, Expr, Group, Index};

/// Most shapes that stand in the loop itself; more become functions that are called through a table.
const INLINE_SHAPES: usize = 12;
/// Most expression nodes of such shapes together.
const INLINE_NODES: usize = 1_000;

/// Whether the shapes of a group are functions.
pub(super) fn calls_shapes(group: &Group) -> bool {
    let shapes = &group.plan.shapes;
    shapes.len() > INLINE_SHAPES || shapes.iter().map(Expr::nodes).sum::<usize>() > INLINE_NODES
}

/// Registers of a look-up in a hash table.
struct Probe {
    /// The key.
    word: u32,
    slot: u32,
    /// What is found.
    bucket: u32,
}

impl Coder<'_, '_> {
    /// Evaluates the rows of a group; ends with a branch to `hit` or `miss`.
    pub(super) fn table(&mut self, place: Place<'_>, exits: Exits) {
        let rows = self.start_rows(place);
        // An explanation goes on from where the walk ends.
        self.rows.insert(place.number, rows);
        let found = self.f.block(BlockType::Empty);
        let exits_of_walk = Exits {
            hit: found,
            miss: exits.miss,
        };
        self.walk(place, rows, exits_of_walk);
        self.f.end();
        let by = DecidedBy::Rule {
            group: length(place.number),
            rule: 0,
        };
        self.f.get(rows.row);
        self.f.i().i64_load32_u(absolute(0));
        self.f.i64(32);
        self.f.i().i64_shl();
        self.f.i64(result::decided(place.group.decision, by));
        self.f.i().i64_or();
        self.f.br(exits.hit);
    }

    /// The rows after the one that ended the walk, for an explanation.
    pub(super) fn rest_of_table(&mut self, place: Place<'_>) {
        let Some(rows) = self.rows.get(&place.number).copied() else {
            return;
        };
        // No rows are left when the group was not reached, or its walk went to the end.
        let done = self.f.block(BlockType::Empty);
        self.f.get(rows.left);
        self.f.i().i32_eqz();
        self.f.br_if(done);
        let again = self.f.loop_();
        self.next_row(rows);
        self.f.get(rows.left);
        self.f.i().i32_eqz();
        self.f.br_if(done);
        self.alone(|c| {
            let judged = c.f.block(BlockType::Empty);
            c.row_condition(place, rows, judged);
            c.f.end();
        });
        self.f.br(again);
        self.f.end();
        self.f.end();
    }

    /// Sets the registers to the rows that can be true.
    fn start_rows(&mut self, place: Place<'_>) -> Rows {
        let [row, left, params] = self.f.locals(ValType::I32);
        let Some(tables) = self.emitter.layout.groups.get(place.number).cloned() else {
            return Rows { row, left, params };
        };
        match (&place.group.plan.index, tables.index) {
            (Some(index), Some(table)) => {
                let bucket = self.find_bucket(index, table, tables.descriptor);
                if !tables.nested.is_empty() {
                    self.descend(bucket, &tables.nested);
                }
                for (register, field) in [(row, BUCKET_ENTRIES), (left, BUCKET_COUNT)] {
                    self.f.get(bucket);
                    self.f.i().i32_load(absolute(u64::from(field)));
                    self.f.set(register);
                }
            }
            _ => {
                self.f.i32(tables.rules);
                self.f.set(row);
                self.f.i32(length(place.group.rules.len()));
                self.f.set(left);
            }
        }
        Rows { row, left, params }
    }

    /// Charges a look-up and leaves the bucket on the stack; `descriptor` leaves the address of the index's descriptor there.
    fn call_find(&mut self, find: &Find<'_>, descriptor: impl Fn(&mut Self)) {
        self.charge(&find.gas);
        descriptor(self);
        self.expr(find.key);
        if find.function == Runtime::Find {
            self.word_of(&find.key.ty);
        }
        self.call(find.function);
    }

    /// Finds the bucket of the first index; its address is in the returned local.
    fn find_bucket(&mut self, index: &Index, table: IndexTable, descriptor: u32) -> u32 {
        let find = Find::of(index);
        if find.function != Runtime::Find {
            self.call_find(&find, |c| c.f.i32(descriptor));
            let bucket = self.f.local(ValType::I32);
            self.f.set(bucket);
            return bucket;
        }
        self.charge(&find.gas);
        self.expr(find.key);
        self.word_of(&find.key.ty);
        let word = self.f.local(ValType::I64);
        self.f.set(word);
        let [bucket, slot] = self.f.locals(ValType::I32);
        self.f.i32(table.default);
        self.f.set(bucket);
        let (slots, address) = match table.lookup {
            Lookup::DenseText {
                first,
                slots,
                table,
            } => {
                // Words of the address: texts start at multiples of 8.
                self.f.get(word);
                self.f.i64(35);
                self.f.i().i64_shr_u().i32_wrap_i64();
                self.f.i32(first);
                self.f.i().i32_sub();
                self.f.tee(slot);
                self.f.i32(slots);
                self.f.i().i32_lt_u();
                (slots, table)
            }
            Lookup::DenseValue {
                first,
                slots,
                table,
            } => {
                self.f.get(word);
                self.f.i64(first.cast_unsigned());
                self.f.i().i64_sub();
                self.f.tee(word);
                self.f.i().i32_wrap_i64();
                self.f.set(slot);
                self.f.get(word);
                self.f.i64(u64::from(slots));
                self.f.i().i64_lt_u();
                (slots, table)
            }
            Lookup::Hash { mask, table: slots } => {
                let registers = Probe { word, slot, bucket };
                self.probe_slots(registers, mask, slots);
                return bucket;
            }
            // These go through their descriptor.
            Lookup::Cuts { .. } => return bucket,
        };
        if slots != 0 {
            self.f.if_(BlockType::Empty);
            self.f.get(slot);
            self.f.i32(2);
            self.f.i().i32_shl().i32_load(absolute(u64::from(address)));
            self.f.set(bucket);
            self.f.end();
        } else {
            self.f.i().drop();
        }
        bucket
    }

    /// Open addressing: the slot of the hash, then the next ones until the key or an empty slot.
    fn probe_slots(&mut self, registers: Probe, mask: u32, table: u32) {
        let Probe { word, slot, bucket } = registers;
        let taken = self.f.local(ValType::I32);
        let at = |offset: u32| absolute(u64::from(table) + u64::from(offset));
        self.f.get(word);
        self.f.i64(HASH_FACTOR);
        self.f.i().i64_mul();
        self.f.i64(32);
        self.f.i().i64_shr_u().i32_wrap_i64();
        self.f.set(slot);
        let done = self.f.block(BlockType::Empty);
        let again = self.f.loop_();
        self.f.get(slot);
        self.f.i32(mask);
        self.f.i().i32_and();
        self.f.i32(SLOT_BYTES);
        self.f.i().i32_mul();
        self.f.tee(slot);
        self.f.i().i32_load(at(8));
        self.f.tee(taken);
        self.f.i().i32_eqz();
        self.f.br_if(done);
        self.f.get(slot);
        self.f.i().i64_load(at(0)).local_get(word).i64_eq();
        self.f.if_(BlockType::Empty);
        self.f.get(taken);
        self.f.set(bucket);
        self.f.br(done);
        self.f.end();
        self.f.get(slot);
        self.f.i32(4);
        self.f.i().i32_shr_u();
        self.f.i32(1);
        self.f.i().i32_add();
        self.f.set(slot);
        self.f.br(again);
        self.f.end();
        self.f.end();
    }

    /// While the bucket has an index of its own, asks that.
    fn descend(&mut self, bucket: u32, finds: &[Find<'_>]) {
        let nested = self.f.local(ValType::I32);
        let done = self.f.block(BlockType::Empty);
        let again = self.f.loop_();
        self.f.get(bucket);
        self.f.i().i32_load(absolute(u64::from(BUCKET_NESTED)));
        self.f.tee(nested);
        self.f.i().i32_eqz();
        self.f.br_if(done);
        for (number, find) in finds.iter().enumerate() {
            self.f.get(nested);
            self.f.i().i32_load(absolute(u64::from(INDEX_FIND)));
            self.f.i32(length(number));
            self.f.i().i32_eq();
            self.f.if_(BlockType::Empty);
            self.call_find(find, |c| c.f.get(nested));
            self.f.set(bucket);
            self.f.br(again);
            self.f.end();
        }
        self.f.i().unreachable();
        self.f.end();
        self.f.end();
    }

    fn next_row(&mut self, rows: Rows) {
        self.f.get(rows.row);
        self.f.i32(ENTRY_BYTES);
        self.f.i().i32_add();
        self.f.set(rows.row);
        self.f.get(rows.left);
        self.f.i32(1);
        self.f.i().i32_sub();
        self.f.set(rows.left);
    }

    /// The loop: to `hit` at a true row, to `miss` when no row is left.
    fn walk(&mut self, place: Place<'_>, rows: Rows, exits: Exits) {
        let all = place.group.combine == Combine::All;
        let again = self.f.loop_();
        self.f.get(rows.left);
        self.f.i().i32_eqz();
        self.f.br_if(exits.miss);
        let no = self.f.block(BlockType::Empty);
        self.row_condition(place, rows, if all { exits.miss } else { no });
        if all {
            // The last row decides when none is false.
            self.f.get(rows.left);
            self.f.i32(1);
            self.f.i().i32_eq();
            self.f.br_if(exits.hit);
        } else {
            self.f.br(exits.hit);
        }
        self.f.end();
        self.next_row(rows);
        self.f.br(again);
        self.f.end();
        // The loop is left by branches only.
        self.f.i().unreachable();
    }

    /// Evaluates the condition of the row, and branches to `no` when it is false.
    fn row_condition(&mut self, place: Place<'_>, rows: Rows, no: Label) {
        self.f.get(rows.row);
        self.f.i().i32_load(absolute(4));
        self.f.set(rows.params);
        if !self.is_untraced() {
            let leaf = self.f.local(ValType::I32);
            self.f.get(rows.row);
            self.f.i().i32_load(absolute(12));
            self.f.set(leaf);
            self.leaves = Leaves::Local(leaf);
        }
        let first = self.emitter.layout.first_rule(place.number);
        let row = rows.row;
        let rule = move |c: &mut Self| {
            c.f.get(row);
            c.f.i().i32_load(absolute(0));
            c.f.i32(first);
            c.f.i().i32_add();
        };
        if calls_shapes(place.group) {
            return self.call_shape(place, rows, no);
        }
        self.params = Params::Local(rows.params);
        let yes = self.f.block(BlockType::Empty);
        let shapes = &place.group.plan.shapes;
        let places: Vec<Label> = shapes
            .iter()
            .skip(1)
            .map(|_| self.f.block(BlockType::Empty))
            .collect();
        if let Some((innermost, others)) = places.split_last() {
            let first = self.f.block(BlockType::Empty);
            let targets: Vec<u32> = std::iter::once(first)
                .chain(std::iter::once(*innermost))
                .chain(others.iter().rev().copied())
                .map(|label| self.f.index(label))
                .collect();
            self.f.get(rows.row);
            self.f.i().i32_load(absolute(8)).br_table(targets, 0);
            self.f.end();
        }
        for (shape_number, shape) in shapes.iter().enumerate() {
            self.judge(shape, no, rule);
            if shape_number + 1 != shapes.len() {
                self.f.br(yes);
                self.f.end();
            }
        }
        self.f.end();
        self.params = Params::None;
    }
}

/// Some rule of that shape.
fn rule_of_shape(group: &Group, shape: usize) -> Option<usize> {
    group
        .rules
        .iter()
        .position(|rule| rule.shape as usize == shape)
}

impl Coder<'_, '_> {
    /// Many shapes: each is a function `(input, params, first leaf, rule) -> bool`, called through the table.
    fn call_shape(&mut self, place: Place<'_>, rows: Rows, no: Label) {
        const PARAMS: [ValType; 4] = [ValType::I32; 4];
        let first = self.shape_functions(place);
        let ty = self.emitter.ty(&PARAMS, &[ValType::I32]);
        let answer = self.f.local(ValType::I32);
        let rule_base = self.emitter.layout.first_rule(place.number);
        self.f.get(self.input);
        self.f.get(rows.params);
        match self.leaves {
            Leaves::Local(leaf) => self.f.get(leaf),
            Leaves::Known(_) | Leaves::Untraced => self.f.i32(0),
        }
        self.f.get(rows.row);
        self.f.i().i32_load(absolute(0));
        self.f.i32(rule_base);
        self.f.i().i32_add();
        self.f.get(rows.row);
        self.f.i().i32_load(absolute(8));
        self.f.i32(first);
        self.f.i().i32_add();
        self.call_checked(|c| {
            c.f.i().call_indirect(0, ty);
            c.f.set(answer);
        });
        self.f.get(answer);
        self.f.i().i32_eqz();
        self.f.br_if(no);
    }

    /// Number in the table of the first shape's function. Made once for each group and variant.
    fn shape_functions(&mut self, place: Place<'_>) -> u32 {
        const PARAMS: [ValType; 4] = [ValType::I32; 4];
        let e = &mut *self.emitter;
        let leaves = match self.leaves {
            Leaves::Untraced => Leaves::Untraced,
            Leaves::Known(_) | Leaves::Local(_) => Leaves::Local(2),
        };
        let variant = (place.number, matches!(leaves, Leaves::Local(_)));
        if let Some(first) = e.shape_tables.get(&variant) {
            return *first;
        }
        let first = length(e.table.len());
        e.shape_tables.insert(variant, first);
        // The places are taken first: shapes do not contain groups, so nothing else adds to the table meanwhile.
        for (number, shape) in place.group.plan.shapes.iter().enumerate() {
            let name = rule_of_shape(place.group, number)
                .map_or_else(|| "shape".to_owned(), |rule| e.rule_name(place.group, rule));
            let function = e.declare(&name, &PARAMS, &[ValType::I32]);
            let mut c = Coder::piece(e, &PARAMS);
            c.leaves = leaves;
            c.params = Params::Local(1);
            let done = c.f.block(BlockType::Result(ValType::I32));
            let no = c.f.block(BlockType::Empty);
            c.judge(shape, no, |c| c.f.get(3));
            c.f.i32(1);
            c.f.br(done);
            c.f.end();
            c.f.i32(0);
            c.f.end();
            c.end_piece(function, &[ValType::I32]);
            e.table.push(function);
        }
        first
    }
}
