//! Conditions as jumps, and the leaves of a rule's condition: what an explanation shows of them is noted by the instruction
//! that compares.

use super::super::bytecode::{Op, PcInfo, note};
use super::loops::Each;
use super::{Lower, Lowered};
use crate::data::types::Type;
use crate::ir::cost;
use crate::ir::{Expr, ExprKind, LoopKind, UnaryOp, When};

/// A branch that a condition takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Branch {
    /// The outcome that takes it.
    pub(super) when: When,
    /// Label of where it goes.
    pub(super) target: u32,
}

impl Branch {
    /// Goes to `target` if the condition holds.
    pub(super) const fn when(target: u32) -> Self {
        Self {
            when: When::True,
            target,
        }
    }

    /// Goes to `target` unless the condition holds.
    pub(super) const fn unless(target: u32) -> Self {
        Self {
            when: When::False,
            target,
        }
    }

    /// The same branch for the negated condition.
    const fn negated(self) -> Self {
        Self {
            when: self.when.negated(),
            target: self.target,
        }
    }

    /// The instruction that takes the outcome from the stack.
    const fn jump(self) -> Op {
        let target = self.target;
        match self.when {
            When::True => Op::JumpIf { target },
            When::False => Op::JumpUnless { target },
        }
    }
}

impl<'p> Lower<'p> {
    /// Branches when `expr` has the outcome of the branch, else goes on.
    pub(super) fn condition(&mut self, expr: &'p Expr, branch: Branch) -> Lowered {
        let below = self.height;
        self.condition_of(expr, branch)?;
        self.height = below;
        Ok(())
    }

    fn condition_of(&mut self, expr: &'p Expr, branch: Branch) -> Lowered {
        match &expr.kind {
            ExprKind::Bool(value) => {
                if When::from(*value) == branch.when {
                    self.emit(Op::Jump {
                        target: branch.target,
                    });
                }
            }
            ExprKind::And(left, right) => self.junction([left, right], When::False, branch)?,
            ExprKind::Or(left, right) => self.junction([left, right], When::True, branch)?,
            ExprKind::Unary {
                op: UnaryOp::Not,
                expr: inner,
            } => {
                if let Some(pending) = &mut self.pending {
                    pending.notes ^= note::NEGATED;
                }
                self.condition(inner, branch.negated())?;
            }
            ExprKind::If {
                cond,
                then,
                otherwise,
            } => {
                let (no, end) = (self.listing.label(), self.listing.label());
                self.condition(cond, Branch::unless(no))?;
                self.charge(&cost::block(then));
                self.condition(then, branch)?;
                self.emit(Op::Jump { target: end });
                self.listing.place(no);
                self.charge(&cost::block(otherwise));
                self.condition(otherwise, branch)?;
                self.listing.place(end);
            }
            ExprKind::Let { local, value, body } => {
                self.bind(*local, value)?;
                self.condition(body, branch)?;
            }
            ExprKind::Loop {
                kind: kind @ (LoopKind::Any | LoopKind::All),
                var,
                list,
                body,
            } => {
                let each = Each {
                    var: *var,
                    list,
                    body,
                };
                self.quantifier(&each, When::from(*kind == LoopKind::Any), branch)?;
            }
            ExprKind::Probe { leaf, expr: inner } => {
                self.probe_condition(*leaf, inner, branch)?;
            }
            _ => {
                self.value(expr)?;
                self.emit(branch.jump());
            }
        }
        Ok(())
    }

    /// AND (`decides` false) and OR (`decides` true): the left side decides alone when it is `decides`.
    fn junction(&mut self, [left, right]: [&'p Expr; 2], decides: When, branch: Branch) -> Lowered {
        if decides == branch.when {
            self.condition(left, branch)?;
            self.charge(&cost::block(right));
            self.condition(right, branch)?;
        } else {
            let skip = self.listing.label();
            let past = Branch {
                when: decides,
                target: skip,
            };
            self.condition(left, past)?;
            self.charge(&cost::block(right));
            self.condition(right, branch)?;
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

    fn probe_condition(&mut self, leaf: u32, inner: &'p Expr, branch: Branch) -> Lowered {
        let Some(noted) = self.leaf_notes(leaf, inner) else {
            self.probe_value(leaf, inner)?;
            self.emit(branch.jump());
            return Ok(());
        };
        let outer = std::mem::replace(&mut self.leaf, self.leaf_base + leaf);
        self.pending = Some(noted);
        let lowered = self.condition(inner, branch);
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
