//! One instruction: what it takes from the stack, what it leaves, and whether its operands name what exists.

use super::super::bytecode::{GAS_TABLE, Kind, NONE, Op, values};
use super::{Cell, Flow, State, Verified, Verifier, VerifyError, at_most};
use crate::data::types::{Repr, WORD};
use crate::ir::{Body, FactKind};
use crate::limits::STACK_WORDS;

/// One instruction being checked.
pub(super) struct Step<'s, 'a> {
    pub(super) verifier: &'s mut Verifier<'a>,
    pub(super) flow: &'s mut Flow,
    pub(super) pc: u32,
    pub(super) op: Op,
    pub(super) state: State,
}

impl Step<'_, '_> {
    pub(super) fn require(&self, holds: bool, what: &'static str) -> Verified {
        if holds {
            return Ok(());
        }
        let name = self.op.instruction().name;
        Err(VerifyError::Instruction {
            pc: self.pc,
            name,
            what,
        })
    }

    pub(super) fn op(&mut self) -> Verified {
        self.operands()?;
        let instruction = self.op.instruction();
        for kind in instruction.pops.iter().rev() {
            self.pop(*kind)?;
        }
        self.control()?;
        self.push(instruction.pushes);
        let height = self.state.len();
        self.flow.need = self.flow.need.max(height);
        at_most("cells of stack", height, STACK_WORDS)
    }

    pub(super) fn pop(&mut self, kind: Kind) -> Verified {
        let above = |state: &State, flow: &Flow| state.len() > flow.base;
        let mut take = |cell: Cell| {
            let there = above(&self.state, self.flow);
            there && self.state.pop() == Some(cell)
        };
        let holds = match kind {
            Kind::Word => take(Cell::Word),
            Kind::Wide => take(Cell::High) && take(Cell::Low),
        };
        self.require(holds, "finds something else on the stack")
    }

    pub(super) fn push(&mut self, kinds: &[Kind]) {
        for kind in kinds {
            match kind {
                Kind::Word => self.state.push(Cell::Word),
                Kind::Wide => self.state.extend([Cell::Low, Cell::High]),
            }
        }
    }

    pub(super) fn empty(&self) -> Verified {
        self.require(
            self.state.len() == self.flow.base,
            "leaves values on the stack",
        )
    }

    pub(super) fn local(&self, slot: usize, cell: Cell) -> Verified {
        let within = slot < self.locals() && self.state.get(slot) == Some(&cell);
        self.require(within, "reads a local that has no such value")
    }

    pub(super) fn set_local(&mut self, slot: usize, cell: Cell) -> Verified {
        self.require(slot < self.locals(), "writes a local that does not exist")?;
        if let Some(place) = self.state.get_mut(slot) {
            *place = cell;
        }
        Ok(())
    }

    pub(super) fn locals(&self) -> usize {
        // In a function the saved cell stands behind the locals.
        self.flow.base - usize::from(self.flow.function.is_some())
    }

    pub(super) fn jump(&mut self, target: u32) -> Verified {
        self.require(target > self.pc, "jumps backwards")?;
        self.require(
            (target as usize) < self.verifier.code.ops.len(),
            "jumps out of the code",
        )?;
        self.verifier.join(self.flow, self.pc, target, &self.state)
    }

    /// An unknown fact goes to `target` with so many cells less.
    pub(super) fn unknown(&mut self, target: u32, drop: u16) -> Verified {
        if target == NONE {
            return Ok(());
        }
        let height = self.state.len().checked_sub(drop.into());
        let Some(height) = height.filter(|height| *height >= self.flow.base) else {
            return self.require(false, "drops more than there is on the stack");
        };
        let dropped = self.state.split_off(height);
        self.jump(target)?;
        self.state.extend(dropped);
        Ok(())
    }

    /// Indexes, addresses and locals.
    fn operands(&self) -> Verified {
        let code = self.verifier.code;
        let program = self.verifier.program;
        let constant = |k: u32| (k as usize) < code.consts.len();
        let wide_constant = |k: u32| (k as usize) < code.wides.len();
        let words = program
            .records
            .get(program.input.0 as usize)
            .map_or(0, |record| record.words);
        let end = program.input_base / WORD + words;
        let input = |word: u32, cells: u32| word.checked_add(cells).is_some_and(|last| last <= end);
        let holds = match self.op {
            Op::Const { k } | Op::UnlessWordConst { k, .. } | Op::UnlessNumberConst { k, .. } => {
                constant(k)
            }
            Op::ConstWide { k } | Op::UnlessWideConst { k, .. } => wide_constant(k),
            Op::Input { word }
            | Op::UnlessInput { word, .. }
            | Op::UnlessInputParam { word, .. }
            | Op::UnlessInputParamNumber { word, .. } => input(word, 1),
            Op::InputWide { word } | Op::UnlessInputParamWide { word, .. } => input(word, 2),
            Op::UnlessInputConst { word, k, .. }
            | Op::UnlessInputConstNumber { word, k, .. }
            | Op::UnlessInputIn { word, k, .. }
            | Op::UnlessConstInInput { word, k, .. }
            | Op::UnlessInputStarts { word, k, .. }
            | Op::UnlessInputEnds { word, k, .. } => input(word, 1) && constant(k),
            Op::UnlessInputConstWide { word, k, .. } => input(word, 2) && wide_constant(k),
            Op::UnlessInputs { word, other, .. }
            | Op::UnlessInputsNumber { word, other, .. }
            | Op::UnlessInputInInput { word, other, .. } => input(word, 1) && input(other, 1),
            Op::UnlessInputsWide { word, other, .. } => input(word, 2) && input(other, 2),
            Op::UnlessFieldConst { slot, k, .. } | Op::UnlessLocalConst { slot, k, .. } => {
                self.local(slot.into(), Cell::Word)?;
                constant(k)
            }
            Op::UnlessFieldInInput { slot, word, .. }
            | Op::UnlessLocalInInput { slot, word, .. } => {
                self.local(slot.into(), Cell::Word)?;
                input(word, 1)
            }
            Op::ChargeGas { k } => (k as usize) < code.gases.len(),
            Op::Automaton { automaton } => (automaton as usize) < program.automata.len(),
            Op::Reject { message } => (message as usize) < program.messages.len(),
            Op::Effect { effect } => (effect as usize) < code.effects.len(),
            Op::Take { entry } => matches!(
                &program.body,
                Body::Policy(policy) if (entry as usize) < policy.effects.len()
            ),
            Op::Ask { fact, .. } => asks(fact, 1, Repr::Word),
            Op::AskTwo { fact, .. } => asks(fact, 2, Repr::Word),
            Op::AskTwoWide { fact, .. } => asks(fact, 2, Repr::Wide),
            Op::NextWord { slot, gas, .. }
            | Op::NextWide { slot, gas, .. }
            | Op::NextRef { slot, gas, .. }
            | Op::AgainWord { slot, gas, .. }
            | Op::AgainWide { slot, gas, .. }
            | Op::AgainRef { slot, gas, .. } => {
                self.local(slot.into(), Cell::Word)?;
                self.local(usize::from(slot) + 1, Cell::Word)?;
                // The bound of every loop: an iteration without a charge could go on for ever.
                if gas & GAS_TABLE == 0 {
                    gas >= 1
                } else {
                    let entry = code.gases.get((gas & !GAS_TABLE) as usize);
                    entry.is_some_and(|gas| gas.total() >= 1)
                }
            }
            Op::Local { slot }
            | Op::LocalField { slot, .. }
            | Op::LocalFieldWide { slot, .. }
            | Op::AppendWord { slot }
            | Op::AppendWide { slot }
            | Op::AppendRef { slot, .. } => {
                self.local(slot.into(), Cell::Word)?;
                true
            }
            Op::LocalWide { slot } => {
                self.local(slot.into(), Cell::Low)?;
                self.local(usize::from(slot) + 1, Cell::High)?;
                true
            }
            Op::FinishList { slot, end, stride } => {
                self.local(slot.into(), Cell::Word)?;
                self.local(end.into(), Cell::Word)?;
                self.require(stride > 0, "has elements of no words")?;
                true
            }
            // What these name is a target, or a local that is set: `control` looks at both.
            Op::SetLocal { .. }
            | Op::SetLocalWide { .. }
            | Op::Jump { .. }
            | Op::JumpIf { .. }
            | Op::JumpUnless { .. }
            | Op::Call { .. }
            | Op::Return
            | Op::ReturnWide
            | Op::ReturnUnknown
            | Op::LoopStart { .. }
            | Op::Trust { .. }
            | Op::HasCredential { .. }
            | Op::Decide { .. }
            | Op::DecideRule
            | Op::StartRules { .. }
            | Op::Lookup { .. }
            | Op::Search { .. }
            | Op::SearchWide { .. }
            | Op::NextRule
            | Op::Miss { .. }
            | Op::MissRule
            | Op::GroupEnd { .. }
            | Op::Otherwise
            | Op::Finish
            | Op::Output
            | Op::UnlessWord { .. }
            | Op::UnlessNumber { .. }
            | Op::UnlessWide { .. }
            | Op::UnlessIn { .. } => true,
            // Addresses are checked when they are read.
            values!() => true,
        };
        self.require(holds, "has an operand out of bounds")
    }
}

fn asks(fact: FactKind, arity: usize, repr: Repr) -> bool {
    let answered = match fact.answer().repr() {
        Repr::Ref => Repr::Word,
        repr => repr,
    };
    fact.arity() == arity && answered == repr
}
