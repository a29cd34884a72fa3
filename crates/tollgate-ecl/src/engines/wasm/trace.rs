//! What `explain` records: the outcome and operands of each leaf, the outcome of each rule.
//!
//! A leaf is marked as failed before it is evaluated and gets its outcome afterwards, so an evaluation that ends in the
//! middle of one leaves exactly the right mark behind.

use wasm_encoder::ValType;

use super::body::{Label, absolute};
use super::coder::{Coder, Leaves};
use super::emitter::{Slot, global, values};
use super::layout::{GROUPS_REACHED, LEAF_BYTES, LEAF_HANDLED};
use crate::data::types::Type;
use crate::host::outcome::Status;
use crate::ir::{Expr, ExprKind, LocalId, UnaryOp};

impl Coder<'_, '_> {
    /// Whether probes do nothing.
    pub(super) fn is_untraced(&self) -> bool {
        matches!(self.leaves, Leaves::Untraced)
    }

    /// A leaf of a rule's condition.
    pub(super) fn probe(&mut self, leaf: u32, inner: &Expr) {
        if self.is_untraced() {
            return self.expr(inner);
        }
        let slot = self.leaf_slot(leaf);
        self.mark(slot, Status::Error);
        let outer = self.leaf.replace(slot);
        let traced = self.record_operands(slot, inner);
        let outcome = self.f.local(ValType::I32);
        self.expr(traced.as_ref().unwrap_or(inner));
        self.leaf = outer;
        self.f.set(outcome);
        // Fail is 1, Pass is 2. The high half says whether a fact was unknown.
        self.f.get(slot);
        self.f.get(outcome);
        self.f.i32(Status::Fail as u32);
        let at = self.f.at(0);
        self.f.i().i32_add().i32_store(at);
        self.f.get(outcome);
    }

    /// Notes that a fact of the leaf being evaluated is unknown and an `else` in it was taken.
    pub(super) fn mark_handled(&mut self) {
        let Some(slot) = self.leaf else {
            return;
        };
        let at = self.f.at(LEAF_HANDLED);
        self.f.get(slot);
        self.f.i32(1);
        self.f.i().i32_store(at);
    }

    /// Address of a leaf's trace, in a local.
    fn leaf_slot(&mut self, leaf: u32) -> u32 {
        let slot = self.f.local(ValType::I32);
        match self.leaves {
            Leaves::Known(base) => self.f.i32(base.saturating_add(leaf)),
            Leaves::Local(base) => {
                self.f.get(base);
                self.f.i32(leaf);
                self.f.i().i32_add();
            }
            Leaves::Untraced => self.f.i32(0),
        }
        self.f.i32(LEAF_BYTES);
        self.f.i().i32_mul().global_get(global::LEAVES).i32_add();
        self.f.set(slot);
        slot
    }

    fn mark(&mut self, slot: u32, status: Status) {
        let at = self.f.at(0);
        self.f.get(slot);
        self.f.i64(status as u64);
        self.f.i().i64_store(at);
    }

    /// Evaluates the operands of a comparison into locals of their own and records them; returns the comparison on those.
    /// What the block costs is charged already, so reading the locals costs nothing.
    fn record_operands(&mut self, slot: u32, expr: &Expr) -> Option<Expr> {
        let mut traced = expr.clone();
        let (left, right) = operands(&mut traced)?;
        let left = self.keep(left, u32::MAX);
        let right = right.map(|right| self.keep(right, u32::MAX - 1));
        self.record(slot, 8, left);
        if let Some(right) = right {
            self.record(slot, 24, right);
        }
        Some(traced)
    }
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

impl Coder<'_, '_> {
    /// Evaluates an operand into a local of its own, which takes its place.
    fn keep(&mut self, operand: &mut Expr, local: u32) -> (Slot, Type) {
        self.expr(operand);
        let place = self.slot(&operand.ty);
        if !values(&operand.ty).is_empty() {
            self.set(place);
        }
        self.slots.insert(local, place);
        operand.kind = ExprKind::Local(LocalId(local));
        (place, operand.ty.clone())
    }

    /// Writes the words of an operand.
    fn record(&mut self, slot: u32, offset: u32, (place, ty): (Slot, Type)) {
        let words = match place {
            Slot::Wide(low, high) => vec![low, high],
            Slot::Local(at) => vec![at],
            Slot::Global(_) | Slot::GlobalWide(..) => Vec::new(),
        };
        for (number, word) in (0..).zip(words) {
            let at = self.f.at(offset + 8 * number);
            self.f.get(slot);
            self.f.get(word);
            self.word_of(&ty);
            self.f.i().i64_store(at);
        }
    }

    /// Sets the status of a rule whose number over the whole program is on the stack.
    pub(super) fn rule_status(&mut self, number: impl FnOnce(&mut Self), status: Status) {
        if self.is_untraced() {
            return;
        }
        let at = self.f.at(0);
        self.f.i().global_get(global::RULES);
        number(self);
        self.f.i().i32_add();
        self.f.i32(status as u32);
        self.f.i().i32_store8(at);
    }

    /// Branches to `label` unless the rule with that number over the whole program has been evaluated.
    pub(super) fn skip_unless_evaluated(&mut self, number: u32, label: Label) {
        self.is_evaluated(number);
        self.f.i().i32_eqz();
        self.f.br_if(label);
    }

    /// Branches to `label` if the rule with that number over the whole program has been evaluated.
    pub(super) fn skip_if_evaluated(&mut self, number: u32, label: Label) {
        self.is_evaluated(number);
        self.f.br_if(label);
    }

    /// Leaves the status of a rule on the stack: not 0 if it has been evaluated.
    fn is_evaluated(&mut self, number: u32) {
        let at = self.f.at(number);
        self.f.i().global_get(global::RULES).i32_load8_u(at);
    }

    /// Notes that the evaluation has come to a group.
    pub(super) fn group_reached(&mut self, number: usize) {
        if self.is_untraced() {
            return;
        }
        self.f.i32(0);
        self.f.i64(number as u64 + 1);
        self.f.i().i64_store(absolute(u64::from(GROUPS_REACHED)));
    }
}
