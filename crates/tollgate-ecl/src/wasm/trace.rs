//! What `explain` records: the outcome and operands of each leaf, the outcome of each rule.
//!
//! A leaf is marked as failed before it is evaluated and gets its outcome afterwards, so an evaluation that ends in the
//! middle of one leaves exactly the right mark behind.

use wasm_encoder::ValType;

use super::body::{Label, absolute};
use super::emitter::{Code, Emitter, Leaves, Slot, global, values};
use super::expr::{emit, set, to_word};
use super::layout::{GROUPS_REACHED, LEAF_BYTES, LEAF_HANDLED};
use crate::ir::{Expr, ExprKind, LocalId, UnaryOp};
use crate::outcome::Status;
use crate::types::Type;

/// Whether probes do nothing.
pub(super) fn is_untraced(c: &Code) -> bool {
    matches!(c.leaves, Leaves::Untraced)
}

/// A leaf of a rule's condition.
pub(super) fn probe(e: &mut Emitter<'_>, c: &mut Code, leaf: u32, inner: &Expr) {
    if is_untraced(c) {
        return emit(e, c, inner);
    }
    let slot = leaf_slot(c, leaf);
    mark(c, slot, Status::Error);
    let outer = c.leaf.replace(slot);
    let traced = record_operands(e, c, slot, inner);
    let outcome = c.f.local(ValType::I32);
    emit(e, c, traced.as_ref().unwrap_or(inner));
    c.leaf = outer;
    c.f.set(outcome);
    // Fail is 1, Pass is 2. The high half says whether a fact was unknown.
    c.f.get(slot);
    c.f.get(outcome);
    c.f.i32(Status::Fail as u32);
    let at = c.f.at(0);
    c.f.i().i32_add().i32_store(at);
    c.f.get(outcome);
}

/// Notes that a fact of the leaf being evaluated is unknown and an `else` in it was taken.
pub(super) fn handled(c: &mut Code) {
    let Some(slot) = c.leaf else {
        return;
    };
    let at = c.f.at(LEAF_HANDLED);
    c.f.get(slot);
    c.f.i32(1);
    c.f.i().i32_store(at);
}

/// Address of a leaf's trace, in a local.
fn leaf_slot(c: &mut Code, leaf: u32) -> u32 {
    let slot = c.f.local(ValType::I32);
    match c.leaves {
        Leaves::Known(base) => c.f.i32(base.saturating_add(leaf)),
        Leaves::Local(base) => {
            c.f.get(base);
            c.f.i32(leaf);
            c.f.i().i32_add();
        }
        Leaves::Untraced => c.f.i32(0),
    }
    c.f.i32(LEAF_BYTES);
    c.f.i().i32_mul().global_get(global::LEAVES).i32_add();
    c.f.set(slot);
    slot
}

fn mark(c: &mut Code, slot: u32, status: Status) {
    let at = c.f.at(0);
    c.f.get(slot);
    c.f.i64(status as u64);
    c.f.i().i64_store(at);
}

/// Evaluates the operands of a comparison into locals of their own and records them; returns the comparison on those.
/// What the block costs is charged already, so reading the locals costs nothing.
fn record_operands(e: &mut Emitter<'_>, c: &mut Code, slot: u32, expr: &Expr) -> Option<Expr> {
    let mut traced = expr.clone();
    let (left, right) = operands(&mut traced)?;
    let left = keep(e, c, left, u32::MAX);
    let right = right.map(|right| keep(e, c, right, u32::MAX - 1));
    record(c, slot, 8, left);
    if let Some(right) = right {
        record(c, slot, 24, right);
    }
    Some(traced)
}

/// The operands that a reason shows, see [`Expr::operands`].
fn operands(expr: &mut Expr) -> Option<(&mut Expr, Option<&mut Expr>)> {
    expr.operands()?;
    match &mut expr.kind {
        ExprKind::Unary {
            op: UnaryOp::Not,
            expr,
        }
        | ExprKind::Else { value: expr, .. } => operands(expr),
        ExprKind::Binary { left, right, .. } => Some((left, Some(right))),
        ExprKind::In { item, list } => Some((item, Some(list))),
        ExprKind::Automaton { subject, .. } => Some((subject, None)),
        ExprKind::Fact { args, .. } => {
            let mut args = args.iter_mut();
            Some((args.next()?, args.next()))
        }
        _ => None,
    }
}

/// Evaluates an operand into a local of its own, which takes its place.
fn keep(e: &mut Emitter<'_>, c: &mut Code, operand: &mut Expr, local: u32) -> (Slot, Type) {
    emit(e, c, operand);
    let place = e.slot(&mut c.f, &operand.ty);
    if !values(&operand.ty).is_empty() {
        set(c, place);
    }
    c.slots.insert(local, place);
    operand.kind = ExprKind::Local(LocalId(local));
    (place, operand.ty.clone())
}

/// Writes the words of an operand.
fn record(c: &mut Code, slot: u32, offset: u32, (place, ty): (Slot, Type)) {
    let words = match place {
        Slot::Wide(low, high) => vec![low, high],
        Slot::Local(at) => vec![at],
        Slot::Global(_) | Slot::GlobalWide(..) => Vec::new(),
    };
    for (number, word) in (0..).zip(words) {
        let at = c.f.at(offset + 8 * number);
        c.f.get(slot);
        c.f.get(word);
        to_word(c, &ty);
        c.f.i().i64_store(at);
    }
}

/// Sets the status of a rule whose number over the whole program is on the stack.
pub(super) fn rule_status(c: &mut Code, number: impl FnOnce(&mut Code), status: Status) {
    if is_untraced(c) {
        return;
    }
    let at = c.f.at(0);
    c.f.i().global_get(global::RULES);
    number(c);
    c.f.i().i32_add();
    c.f.i32(status as u32);
    c.f.i().i32_store8(at);
}

/// Branches to `label` unless the rule with that number over the whole program has been evaluated, or has not.
pub(super) fn skip_unless(c: &mut Code, number: u32, evaluated: bool, label: Label) {
    let at = c.f.at(number);
    c.f.i().global_get(global::RULES).i32_load8_u(at);
    if evaluated {
        c.f.i().i32_eqz();
    }
    c.f.br_if(label);
}

/// Notes that the evaluation has come to a group.
pub(super) fn group_reached(c: &mut Code, number: usize) {
    if is_untraced(c) {
        return;
    }
    c.f.i32(0);
    c.f.i64(number as u64 + 1);
    c.f.i().i64_store(absolute(u64::from(GROUPS_REACHED)));
}
