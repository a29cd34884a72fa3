//! Conditions as jumps, and the leaves of a rule's condition: what an explanation shows of them is noted by the instruction
//! that compares.

use super::super::bytecode::{Op, PcInfo, note};
use super::{Lower, Lowered};
use crate::gas;
use crate::ir::{Expr, ExprKind, LoopKind, UnaryOp};
use crate::types::Type;

impl<'p> Lower<'p> {
    /// Goes to `target` when `expr` is `jump_if`, else on.
    pub(super) fn condition(&mut self, expr: &'p Expr, jump_if: bool, target: u32) -> Lowered {
        let below = self.height;
        self.condition_of(expr, jump_if, target)?;
        self.height = below;
        Ok(())
    }

    fn condition_of(&mut self, expr: &'p Expr, jump_if: bool, target: u32) -> Lowered {
        match &expr.kind {
            ExprKind::Bool(value) => {
                if *value == jump_if {
                    self.emit(Op::Jump { target });
                }
            }
            ExprKind::And(left, right) => self.junction(left, right, false, jump_if, target)?,
            ExprKind::Or(left, right) => self.junction(left, right, true, jump_if, target)?,
            ExprKind::Unary {
                op: UnaryOp::Not,
                expr: inner,
            } => {
                if let Some(pending) = &mut self.pending {
                    pending.notes ^= note::NEGATED;
                }
                self.condition(inner, !jump_if, target)?;
            }
            ExprKind::If {
                cond,
                then,
                otherwise,
            } => {
                let (no, end) = (self.listing.label(), self.listing.label());
                self.condition(cond, false, no)?;
                self.charge(&gas::block(then));
                self.condition(then, jump_if, target)?;
                self.emit(Op::Jump { target: end });
                self.listing.place(no);
                self.charge(&gas::block(otherwise));
                self.condition(otherwise, jump_if, target)?;
                self.listing.place(end);
            }
            ExprKind::Let { local, value, body } => {
                self.bind(*local, value)?;
                self.condition(body, jump_if, target)?;
            }
            ExprKind::Loop {
                kind: LoopKind::Any,
                var,
                list,
                body,
            } => {
                self.quantifier(*var, list, body, true, jump_if, target)?;
            }
            ExprKind::Loop {
                kind: LoopKind::All,
                var,
                list,
                body,
            } => {
                self.quantifier(*var, list, body, false, jump_if, target)?;
            }
            ExprKind::Probe { leaf, expr: inner } => {
                self.probe_condition(*leaf, inner, jump_if, target)?;
            }
            _ => {
                self.value(expr)?;
                self.emit(jump(jump_if, target));
            }
        }
        Ok(())
    }

    /// AND (`decides` false) and OR (`decides` true): the left side decides alone when it is `decides`.
    fn junction(
        &mut self,
        left: &'p Expr,
        right: &'p Expr,
        decides: bool,
        jump_if: bool,
        target: u32,
    ) -> Lowered {
        if decides == jump_if {
            self.condition(left, jump_if, target)?;
            self.charge(&gas::block(right));
            self.condition(right, jump_if, target)?;
        } else {
            let skip = self.listing.label();
            self.condition(left, decides, skip)?;
            self.charge(&gas::block(right));
            self.condition(right, jump_if, target)?;
            self.listing.place(skip);
        }
        Ok(())
    }

    // Leaves of a rule's condition.

    /// The leaf's notes; `None` when the expression in it is not one that can make them by itself.
    fn leaf_notes(&self, leaf: u32, inner: &Expr) -> Option<PcInfo> {
        if !notes_itself(inner) {
            return None;
        }
        let compares = self.compares.get(leaf as usize).copied().unwrap_or(false);
        let operands = if compares { note::OPERANDS } else { 0 };
        Some(PcInfo {
            point: 0,
            leaf: self.leaf_base + leaf,
            notes: note::STATUS | operands,
        })
    }

    fn probe_condition(
        &mut self,
        leaf: u32,
        inner: &'p Expr,
        jump_if: bool,
        target: u32,
    ) -> Lowered {
        let Some(noted) = self.leaf_notes(leaf, inner) else {
            self.probe_value(leaf, inner)?;
            self.emit(jump(jump_if, target));
            return Ok(());
        };
        let outer = std::mem::replace(&mut self.leaf, self.leaf_base + leaf);
        self.pending = Some(noted);
        let lowered = self.condition(inner, jump_if, target);
        self.pending = None;
        self.leaf = outer;
        lowered
    }

    pub(super) fn probe_value(&mut self, leaf: u32, inner: &'p Expr) -> Lowered {
        let outer = std::mem::replace(&mut self.leaf, self.leaf_base + leaf);
        // Operands only: the outcome is the whole expression's.
        self.pending = self.operand_notes(leaf, inner);
        let lowered = self.value(inner);
        self.pending = None;
        let info = PcInfo {
            point: 0,
            leaf: self.leaf,
            notes: note::STATUS,
        };
        self.push(Op::Leaf, info);
        self.leaf = outer;
        lowered
    }

    /// Notes for a comparison whose outcome is not yet the condition's: a fact with `else`.
    fn operand_notes(&self, leaf: u32, inner: &Expr) -> Option<PcInfo> {
        let compares = self.compares.get(leaf as usize).copied().unwrap_or(false);
        (compares && inner.operands().is_some()).then_some(PcInfo {
            point: 0,
            leaf: self.leaf_base + leaf,
            notes: note::OPERANDS,
        })
    }
}

fn jump(jump_if: bool, target: u32) -> Op {
    if jump_if {
        Op::JumpIf { target }
    } else {
        Op::JumpUnless { target }
    }
}

/// Comparisons, tests and bool facts without `else`, also under NOT: one instruction knows operands and outcome.
fn notes_itself(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Unary {
            op: UnaryOp::Not,
            expr,
        } => notes_itself(expr),
        ExprKind::Binary { .. }
        | ExprKind::In { .. }
        | ExprKind::Automaton { .. }
        | ExprKind::Fact { .. } => expr.ty == Type::Bool,
        _ => false,
    }
}
