//! Rules as rows of a table: the loop over them, and the index that leaves only the rows that can be true.
//!
//! A row is the rule's number, the address of its constants, its shape and its first leaf. With an index, a look-up of the
//! key gives a bucket, which is a run of rows; a bucket may ask a second index. See [`layout`](super::layout) for the
//! tables.

use wasm_encoder::{BlockType, ValType};

use super::body::{Label, absolute};
use super::emitter::{Code, Emitter, Leaves, Params, Runtime};
use super::expr::{call_checked, emit as expression, to_word};
use super::group::{self, Place};
use super::layout::{
    BUCKET_COUNT, BUCKET_ENTRIES, BUCKET_NESTED, ENTRY_BYTES, Find, HASH_FACTOR, INDEX_FIND,
    IndexTable, Lookup, SLOT_BYTES, length,
};
use super::{function, gas, result};
use crate::ir::{Group, Index};
use crate::outcome::DecidedBy;

/// Most shapes that stand in the loop itself; more become functions that are called through a table.
const INLINE_SHAPES: usize = 12;
/// Most expression nodes of such shapes together.
const INLINE_NODES: usize = 1_000;

/// Whether the shapes of a group are functions.
pub(super) fn calls_shapes(group: &Group) -> bool {
    let shapes = &group.plan.shapes;
    shapes.len() > INLINE_SHAPES || shapes.iter().map(group::nodes).sum::<usize>() > INLINE_NODES
}

/// Registers of the loop over rows.
struct Rows {
    row: u32,
    left: u32,
    params: u32,
}

/// Evaluates the rows of a group; ends with a branch to `hit` or `miss`.
pub(super) fn emit(e: &mut Emitter<'_>, c: &mut Code, place: &Place<'_>) {
    let rows = start(e, c, place);
    // An explanation goes on from where the walk ends.
    c.rows
        .insert(place.number, (rows.row, rows.left, rows.params));
    let found = c.f.block(BlockType::Empty);
    walk(e, c, place.group, place.number, &rows, found, place.miss);
    c.f.end();
    let by = DecidedBy::Rule {
        group: length(place.number),
        rule: 0,
    };
    c.f.get(rows.row);
    c.f.i().i64_load32_u(absolute(0));
    c.f.i64(32);
    c.f.i().i64_shl();
    c.f.i64(result::decided(place.group.decision, by));
    c.f.i().i64_or();
    c.f.br(place.hit);
}

/// The rows after the one that ended the walk, for an explanation.
pub(super) fn rest(e: &mut Emitter<'_>, c: &mut Code, group: &Group, number: usize) {
    let Some((row, left, params)) = c.rows.get(&number).copied() else {
        return;
    };
    let rows = Rows { row, left, params };
    // No rows are left when the group was not reached, or its walk went to the end.
    let done = c.f.block(BlockType::Empty);
    c.f.get(rows.left);
    c.f.i().i32_eqz();
    c.f.br_if(done);
    let again = c.f.loop_();
    next(c, &rows);
    c.f.get(rows.left);
    c.f.i().i32_eqz();
    c.f.br_if(done);
    group::alone(c, |c| {
        let judged = c.f.block(BlockType::Empty);
        row_condition(e, c, group, number, &rows, judged);
        c.f.end();
    });
    c.f.br(again);
    c.f.end();
    c.f.end();
}

/// Sets the registers to the rows that can be true.
fn start(e: &mut Emitter<'_>, c: &mut Code, place: &Place<'_>) -> Rows {
    let [row, left, params] = c.f.locals(ValType::I32);
    let Some(tables) = e.layout.groups.get(place.number).cloned() else {
        return Rows { row, left, params };
    };
    match (&place.group.plan.index, tables.index) {
        (Some(index), Some(table)) => {
            let bucket = find(e, c, index, table, tables.descriptor);
            if !tables.nested.is_empty() {
                descend(e, c, bucket, &tables.nested);
            }
            for (register, field) in [(row, BUCKET_ENTRIES), (left, BUCKET_COUNT)] {
                c.f.get(bucket);
                c.f.i().i32_load(absolute(u64::from(field)));
                c.f.set(register);
            }
        }
        _ => {
            c.f.i32(tables.rules);
            c.f.set(row);
            c.f.i32(length(place.group.rules.len()));
            c.f.set(left);
        }
    }
    Rows { row, left, params }
}

/// Charges a look-up and leaves the bucket on the stack; `descriptor` leaves the address of the index's descriptor there.
fn call_find(e: &mut Emitter<'_>, c: &mut Code, find: &Find<'_>, descriptor: impl Fn(&mut Code)) {
    gas::charge(e, c, &find.gas);
    descriptor(c);
    expression(e, c, find.key);
    if find.function == Runtime::Find {
        to_word(c, &find.key.ty);
    }
    e.call(&mut c.f, find.function);
}

/// Finds the bucket of the first index; its address is in the returned local.
fn find(
    e: &mut Emitter<'_>,
    c: &mut Code,
    index: &Index,
    table: IndexTable,
    descriptor: u32,
) -> u32 {
    let find = Find::of(index);
    if find.function != Runtime::Find {
        call_find(e, c, &find, |c| c.f.i32(descriptor));
        let bucket = c.f.local(ValType::I32);
        c.f.set(bucket);
        return bucket;
    }
    gas::charge(e, c, &find.gas);
    expression(e, c, find.key);
    to_word(c, &find.key.ty);
    let word = c.f.local(ValType::I64);
    c.f.set(word);
    let [bucket, slot] = c.f.locals(ValType::I32);
    c.f.i32(table.default);
    c.f.set(bucket);
    let (slots, address) = match table.lookup {
        Lookup::DenseText {
            first,
            slots,
            table,
        } => {
            // Words of the address: texts start at multiples of 8.
            c.f.get(word);
            c.f.i64(35);
            c.f.i().i64_shr_u().i32_wrap_i64();
            c.f.i32(first);
            c.f.i().i32_sub();
            c.f.tee(slot);
            c.f.i32(slots);
            c.f.i().i32_lt_u();
            (slots, table)
        }
        Lookup::DenseValue {
            first,
            slots,
            table,
        } => {
            c.f.get(word);
            c.f.i64(first.cast_unsigned());
            c.f.i().i64_sub();
            c.f.tee(word);
            c.f.i().i32_wrap_i64();
            c.f.set(slot);
            c.f.get(word);
            c.f.i64(u64::from(slots));
            c.f.i().i64_lt_u();
            (slots, table)
        }
        Lookup::Hash { mask, table: slots } => {
            probe(c, word, bucket, slot, mask, slots);
            return bucket;
        }
        // These go through their descriptor.
        Lookup::Cuts { .. } => return bucket,
    };
    if slots != 0 {
        c.f.if_(BlockType::Empty);
        c.f.get(slot);
        c.f.i32(2);
        c.f.i().i32_shl().i32_load(absolute(u64::from(address)));
        c.f.set(bucket);
        c.f.end();
    } else {
        c.f.i().drop();
    }
    bucket
}

/// Open addressing: the slot of the hash, then the next ones until the key or an empty slot.
fn probe(c: &mut Code, word: u32, bucket: u32, slot: u32, mask: u32, table: u32) {
    let taken = c.f.local(ValType::I32);
    let at = |offset: u32| absolute(u64::from(table) + u64::from(offset));
    c.f.get(word);
    c.f.i64(HASH_FACTOR);
    c.f.i().i64_mul();
    c.f.i64(32);
    c.f.i().i64_shr_u().i32_wrap_i64();
    c.f.set(slot);
    let done = c.f.block(BlockType::Empty);
    let again = c.f.loop_();
    c.f.get(slot);
    c.f.i32(mask);
    c.f.i().i32_and();
    c.f.i32(SLOT_BYTES);
    c.f.i().i32_mul();
    c.f.tee(slot);
    c.f.i().i32_load(at(8));
    c.f.tee(taken);
    c.f.i().i32_eqz();
    c.f.br_if(done);
    c.f.get(slot);
    c.f.i().i64_load(at(0)).local_get(word).i64_eq();
    c.f.if_(BlockType::Empty);
    c.f.get(taken);
    c.f.set(bucket);
    c.f.br(done);
    c.f.end();
    c.f.get(slot);
    c.f.i32(4);
    c.f.i().i32_shr_u();
    c.f.i32(1);
    c.f.i().i32_add();
    c.f.set(slot);
    c.f.br(again);
    c.f.end();
    c.f.end();
}

/// While the bucket has an index of its own, asks that.
fn descend(e: &mut Emitter<'_>, c: &mut Code, bucket: u32, finds: &[Find<'_>]) {
    let nested = c.f.local(ValType::I32);
    let done = c.f.block(BlockType::Empty);
    let again = c.f.loop_();
    c.f.get(bucket);
    c.f.i().i32_load(absolute(u64::from(BUCKET_NESTED)));
    c.f.tee(nested);
    c.f.i().i32_eqz();
    c.f.br_if(done);
    for (number, find) in finds.iter().enumerate() {
        c.f.get(nested);
        c.f.i().i32_load(absolute(u64::from(INDEX_FIND)));
        c.f.i32(length(number));
        c.f.i().i32_eq();
        c.f.if_(BlockType::Empty);
        call_find(e, c, find, |c| c.f.get(nested));
        c.f.set(bucket);
        c.f.br(again);
        c.f.end();
    }
    c.f.i().unreachable();
    c.f.end();
    c.f.end();
}

fn next(c: &mut Code, rows: &Rows) {
    c.f.get(rows.row);
    c.f.i32(ENTRY_BYTES);
    c.f.i().i32_add();
    c.f.set(rows.row);
    c.f.get(rows.left);
    c.f.i32(1);
    c.f.i().i32_sub();
    c.f.set(rows.left);
}

/// The loop: to `found` at a true row, to `none` when no row is left.
fn walk(
    e: &mut Emitter<'_>,
    c: &mut Code,
    group: &Group,
    number: usize,
    rows: &Rows,
    found: Label,
    none: Label,
) {
    let all = group.combine == crate::ir::Combine::All;
    let again = c.f.loop_();
    c.f.get(rows.left);
    c.f.i().i32_eqz();
    c.f.br_if(none);
    let no = c.f.block(BlockType::Empty);
    row_condition(e, c, group, number, rows, if all { none } else { no });
    if all {
        // The last row decides when none is false.
        c.f.get(rows.left);
        c.f.i32(1);
        c.f.i().i32_eq();
        c.f.br_if(found);
    } else {
        c.f.br(found);
    }
    c.f.end();
    next(c, rows);
    c.f.br(again);
    c.f.end();
    // The loop is left by branches only.
    c.f.i().unreachable();
}

/// Evaluates the condition of the row, and branches to `no` when it is false.
fn row_condition(
    e: &mut Emitter<'_>,
    c: &mut Code,
    group: &Group,
    number: usize,
    rows: &Rows,
    no: Label,
) {
    c.f.get(rows.row);
    c.f.i().i32_load(absolute(4));
    c.f.set(rows.params);
    let leaf = if super::trace::is_untraced(c) {
        None
    } else {
        let leaf = c.f.local(ValType::I32);
        c.f.get(rows.row);
        c.f.i().i32_load(absolute(12));
        c.f.set(leaf);
        c.leaves = Leaves::Local(leaf);
        Some(leaf)
    };
    let first = e.layout.first_rule(number);
    let row = rows.row;
    let rule = move |c: &mut Code| {
        c.f.get(row);
        c.f.i().i32_load(absolute(0));
        c.f.i32(first);
        c.f.i().i32_add();
    };
    if calls_shapes(group) {
        return call_shape(e, c, group, number, rows, leaf, no);
    }
    c.params = Params::Local(rows.params);
    let yes = c.f.block(BlockType::Empty);
    let shapes = &group.plan.shapes;
    let places: Vec<Label> = shapes
        .iter()
        .skip(1)
        .map(|_| c.f.block(BlockType::Empty))
        .collect();
    if let Some((innermost, others)) = places.split_last() {
        let first = c.f.block(BlockType::Empty);
        let targets: Vec<u32> = std::iter::once(first)
            .chain(std::iter::once(*innermost))
            .chain(others.iter().rev().copied())
            .map(|label| c.f.index(label))
            .collect();
        c.f.get(rows.row);
        c.f.i().i32_load(absolute(8)).br_table(targets, 0);
        c.f.end();
    }
    for (shape_number, shape) in shapes.iter().enumerate() {
        group::judge(e, c, shape, no, rule);
        if shape_number + 1 != shapes.len() {
            c.f.br(yes);
            c.f.end();
        }
    }
    c.f.end();
    c.params = Params::None;
}

/// Some rule of that shape.
fn rule_of_shape(group: &Group, shape: usize) -> Option<usize> {
    group
        .rules
        .iter()
        .position(|rule| rule.shape as usize == shape)
}

/// Many shapes: each is a function `(input, params, first leaf, rule) -> bool`, called through the table.
fn call_shape(
    e: &mut Emitter<'_>,
    c: &mut Code,
    group: &Group,
    number: usize,
    rows: &Rows,
    leaf: Option<u32>,
    no: Label,
) {
    const PARAMS: [ValType; 4] = [ValType::I32; 4];
    let first = shape_functions(e, group, number, leaf.is_some());
    let ty = e.ty(&PARAMS, &[ValType::I32]);
    let answer = c.f.local(ValType::I32);
    let rule_base = e.layout.first_rule(number);
    c.f.get(c.input);
    c.f.get(rows.params);
    match leaf {
        Some(leaf) => c.f.get(leaf),
        None => c.f.i32(0),
    }
    c.f.get(rows.row);
    c.f.i().i32_load(absolute(0));
    c.f.i32(rule_base);
    c.f.i().i32_add();
    c.f.get(rows.row);
    c.f.i().i32_load(absolute(8));
    c.f.i32(first);
    c.f.i().i32_add();
    call_checked(c, |c| {
        c.f.i().call_indirect(0, ty);
        c.f.set(answer);
    });
    c.f.get(answer);
    c.f.i().i32_eqz();
    c.f.br_if(no);
}

/// Number in the table of the first shape's function. Made once for each group and variant.
fn shape_functions(e: &mut Emitter<'_>, group: &Group, number: usize, traced: bool) -> u32 {
    const PARAMS: [ValType; 4] = [ValType::I32; 4];
    if let Some(first) = e.shape_tables.get(&(number, traced)) {
        return *first;
    }
    let first = length(e.table.len());
    e.shape_tables.insert((number, traced), first);
    // The places are taken first: shapes do not contain groups, so nothing else adds to the table meanwhile.
    for (shape_number, shape) in group.plan.shapes.iter().enumerate() {
        let name = rule_of_shape(group, shape_number).map_or_else(
            || "shape".to_owned(),
            |rule| group::rule_name(e, group, rule),
        );
        let function = e.declare(&name, &PARAMS, &[ValType::I32]);
        let leaves = if traced {
            Leaves::Local(2)
        } else {
            Leaves::Untraced
        };
        let mut c = function::begin(e, &PARAMS, 0, leaves);
        c.params = Params::Local(1);
        let done = c.f.block(BlockType::Result(ValType::I32));
        let no = c.f.block(BlockType::Empty);
        group::judge(e, &mut c, shape, no, |c| c.f.get(3));
        c.f.i32(1);
        c.f.br(done);
        c.f.end();
        c.f.i32(0);
        c.f.end();
        function::end(e, c, function, &[ValType::I32]);
        e.table.push(function);
    }
    first
}
