//! What `explain` records: the outcome and operands of each leaf, the outcome of each rule.
//!
//! A leaf is marked as failed before it is evaluated and gets its outcome afterwards, so an evaluation that ends in the
//! middle of one leaves exactly the right mark behind.

use wasm_encoder::ValType;

use super::emitter::{Code, Emitter, Leaves, Slot, global, values};
use super::expr::{emit, set, to_word};
use super::layout::LEAF_BYTES;
use crate::ir::{Body, Expr, ExprKind, LocalId, UnaryOp};
use crate::outcome::Status;

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
    let traced = if is_comparison(e, c, leaf) {
        record_operands(e, c, slot, inner)
    } else {
        None
    };
    let outcome = c.f.local(ValType::I32);
    emit(e, c, traced.as_ref().unwrap_or(inner));
    c.f.set(outcome);
    // Fail is 1, Pass is 2.
    c.f.get(slot);
    c.f.get(outcome);
    c.f.i().i64_extend_i32_u();
    c.f.i64(Status::Fail as u64);
    let at = c.f.at(0);
    c.f.i().i64_add().i64_store(at);
    c.f.get(outcome);
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

/// Whether reasons show the operands of that leaf of the rule.
fn is_comparison(e: &Emitter<'_>, c: &Code, leaf: u32) -> bool {
    let (Body::Policy(policy), Some((group, rule))) = (&e.program.body, c.rule) else {
        return false;
    };
    policy
        .groups
        .get(group)
        .and_then(|group| group.rules.get(rule))
        .and_then(|rule| rule.leaves.get(leaf as usize))
        .is_some_and(|leaf| leaf.compare.is_some())
}

/// Evaluates the operands of a comparison into locals of their own and records them; returns the comparison on those.
/// What the block costs is charged already, so reading the locals costs nothing.
fn record_operands(e: &mut Emitter<'_>, c: &mut Code, slot: u32, expr: &Expr) -> Option<Expr> {
    let mut traced = expr.clone();
    let (left, right) = operands(&mut traced)?;
    record(e, c, slot, 8, left, u32::MAX);
    if let Some(right) = right {
        record(e, c, slot, 24, right, u32::MAX - 1);
    }
    Some(traced)
}

/// The operands that a reason shows.
fn operands(expr: &mut Expr) -> Option<(&mut Expr, Option<&mut Expr>)> {
    match &mut expr.kind {
        ExprKind::Unary {
            op: UnaryOp::Not,
            expr,
        } => operands(expr),
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

fn record(
    e: &mut Emitter<'_>,
    c: &mut Code,
    slot: u32,
    offset: u32,
    operand: &mut Expr,
    local: u32,
) {
    if values(&operand.ty).is_empty() {
        return;
    }
    emit(e, c, operand);
    let place = e.slot(&mut c.f, &operand.ty);
    set(c, place);
    c.slots.insert(local, place);
    let words = match place {
        Slot::Wide(low, high) => vec![low, high],
        Slot::Local(at) => vec![at],
        Slot::Global(_) | Slot::GlobalWide(..) => Vec::new(),
    };
    for (number, word) in (0..).zip(words) {
        let at = c.f.at(offset + 8 * number);
        c.f.get(slot);
        c.f.get(word);
        to_word(c, &operand.ty);
        c.f.i().i64_store(at);
    }
    operand.kind = ExprKind::Local(LocalId(local));
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
