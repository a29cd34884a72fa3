//! One instruction: what it takes from the stack, what it leaves, and whether its operands name what exists.

use super::super::bytecode::{GAS_TABLE, Kind, NONE, Op};
use super::{Cell, Flow, State, Verified, Verifier, VerifyError, at_most};
use crate::ir::{Body, FactKind};
use crate::limits::STACK_WORDS;
use crate::types::{Repr, WORD};

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
    fn operands(&mut self) -> Verified {
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
            Op::UnlessFieldConst { k, .. } | Op::UnlessLocalConst { k, .. } => constant(k),
            Op::UnlessFieldInInput { word, .. } | Op::UnlessLocalInInput { word, .. } => {
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
            Op::NextWord { gas, .. }
            | Op::NextWide { gas, .. }
            | Op::NextRef { gas, .. }
            | Op::AgainWord { gas, .. }
            | Op::AgainWide { gas, .. }
            | Op::AgainRef { gas, .. } => {
                // The bound of every loop: an iteration without a charge could go on for ever.
                if gas & GAS_TABLE == 0 {
                    gas >= 1
                } else {
                    let entry = code.gases.get((gas & !GAS_TABLE) as usize);
                    entry.is_some_and(|gas| gas.total() >= 1)
                }
            }
            // What these name is a local or a target, which is checked with the stack, or an address, which is checked when it is read.
            Op::Small { .. }
            | Op::Param { .. }
            | Op::ParamWide { .. }
            | Op::ParamAddress { .. }
            | Op::Local { .. }
            | Op::LocalWide { .. }
            | Op::SetLocal { .. }
            | Op::SetLocalWide { .. }
            | Op::Field { .. }
            | Op::FieldWide { .. }
            | Op::FieldAddress { .. }
            | Op::LocalField { .. }
            | Op::LocalFieldWide { .. }
            | Op::Not
            | Op::NegInt
            | Op::NegNumber
            | Op::NegWide
            | Op::Length
            | Op::IntToDecimal
            | Op::IntToNumber
            | Op::DecimalToNumber
            | Op::NumberToDecimal
            | Op::DecimalToInt
            | Op::TrustNorm
            | Op::AddInt
            | Op::SubInt
            | Op::MulInt
            | Op::DivInt
            | Op::RemInt
            | Op::AddNumber
            | Op::SubNumber
            | Op::MulNumber
            | Op::DivNumber
            | Op::AddWide
            | Op::SubWide
            | Op::MulWide
            | Op::DivWide
            | Op::EqWord
            | Op::NeWord
            | Op::LtInt
            | Op::LeInt
            | Op::GtInt
            | Op::GeInt
            | Op::EqNumber
            | Op::NeNumber
            | Op::LtNumber
            | Op::LeNumber
            | Op::GtNumber
            | Op::GeNumber
            | Op::EqWide
            | Op::NeWide
            | Op::LtWide
            | Op::LeWide
            | Op::GtWide
            | Op::GeWide
            | Op::StartsWith
            | Op::EndsWith
            | Op::Contains
            | Op::DidMatch
            | Op::MinInt
            | Op::MaxInt
            | Op::MinNumber
            | Op::MaxNumber
            | Op::MinWide
            | Op::MaxWide
            | Op::TrustChain
            | Op::TrustCombine
            | Op::TrustDistance
            | Op::InWord
            | Op::InNumber
            | Op::InWide
            | Op::Alloc { .. }
            | Op::StoreWord { .. }
            | Op::StoreWide { .. }
            | Op::StoreRef { .. }
            | Op::MakeList { .. }
            | Op::AllocLike { .. }
            | Op::AppendWord { .. }
            | Op::AppendWide { .. }
            | Op::AppendRef { .. }
            | Op::FinishList { .. }
            | Op::Charge { .. }
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
            | Op::NoValue
            | Op::Leaf
            | Op::Handled
            | Op::UnlessWord { .. }
            | Op::UnlessNumber { .. }
            | Op::UnlessWide { .. }
            | Op::UnlessIn { .. } => true,
        };
        self.require(holds, "has an operand out of bounds")?;
        self.locals_of_operands()
    }

    fn locals_of_operands(&mut self) -> Verified {
        match self.op {
            Op::Local { slot }
            | Op::LocalField { slot, .. }
            | Op::LocalFieldWide { slot, .. }
            | Op::UnlessFieldConst { slot, .. }
            | Op::UnlessFieldInInput { slot, .. }
            | Op::UnlessLocalInInput { slot, .. }
            | Op::UnlessLocalConst { slot, .. }
            | Op::AppendWord { slot }
            | Op::AppendWide { slot }
            | Op::AppendRef { slot, .. } => self.local(slot.into(), Cell::Word),
            Op::LocalWide { slot } => {
                self.local(slot.into(), Cell::Low)?;
                self.local(usize::from(slot) + 1, Cell::High)
            }
            Op::FinishList { slot, end, stride } => {
                self.local(slot.into(), Cell::Word)?;
                self.local(end.into(), Cell::Word)?;
                self.require(stride > 0, "has elements of no words")
            }
            Op::NextWord { slot, .. }
            | Op::NextWide { slot, .. }
            | Op::NextRef { slot, .. }
            | Op::AgainWord { slot, .. }
            | Op::AgainWide { slot, .. }
            | Op::AgainRef { slot, .. } => {
                self.local(slot.into(), Cell::Word)?;
                self.local(usize::from(slot) + 1, Cell::Word)
            }
            // The verifier's `control` looks at what these set.
            Op::Const { .. }
            | Op::Small { .. }
            | Op::ConstWide { .. }
            | Op::Param { .. }
            | Op::ParamWide { .. }
            | Op::ParamAddress { .. }
            | Op::Input { .. }
            | Op::InputWide { .. }
            | Op::SetLocal { .. }
            | Op::SetLocalWide { .. }
            | Op::Field { .. }
            | Op::FieldWide { .. }
            | Op::FieldAddress { .. }
            | Op::Not
            | Op::NegInt
            | Op::NegNumber
            | Op::NegWide
            | Op::Length
            | Op::IntToDecimal
            | Op::IntToNumber
            | Op::DecimalToNumber
            | Op::NumberToDecimal
            | Op::DecimalToInt
            | Op::TrustNorm
            | Op::AddInt
            | Op::SubInt
            | Op::MulInt
            | Op::DivInt
            | Op::RemInt
            | Op::AddNumber
            | Op::SubNumber
            | Op::MulNumber
            | Op::DivNumber
            | Op::AddWide
            | Op::SubWide
            | Op::MulWide
            | Op::DivWide
            | Op::EqWord
            | Op::NeWord
            | Op::LtInt
            | Op::LeInt
            | Op::GtInt
            | Op::GeInt
            | Op::EqNumber
            | Op::NeNumber
            | Op::LtNumber
            | Op::LeNumber
            | Op::GtNumber
            | Op::GeNumber
            | Op::EqWide
            | Op::NeWide
            | Op::LtWide
            | Op::LeWide
            | Op::GtWide
            | Op::GeWide
            | Op::StartsWith
            | Op::EndsWith
            | Op::Contains
            | Op::DidMatch
            | Op::MinInt
            | Op::MaxInt
            | Op::MinNumber
            | Op::MaxNumber
            | Op::MinWide
            | Op::MaxWide
            | Op::TrustChain
            | Op::TrustCombine
            | Op::TrustDistance
            | Op::InWord
            | Op::InNumber
            | Op::InWide
            | Op::Automaton { .. }
            | Op::Alloc { .. }
            | Op::StoreWord { .. }
            | Op::StoreWide { .. }
            | Op::StoreRef { .. }
            | Op::MakeList { .. }
            | Op::AllocLike { .. }
            | Op::Charge { .. }
            | Op::ChargeGas { .. }
            | Op::Jump { .. }
            | Op::JumpIf { .. }
            | Op::JumpUnless { .. }
            | Op::Call { .. }
            | Op::Return
            | Op::ReturnWide
            | Op::ReturnUnknown
            | Op::LoopStart { .. }
            | Op::Effect { .. }
            | Op::Trust { .. }
            | Op::HasCredential { .. }
            | Op::Ask { .. }
            | Op::AskTwo { .. }
            | Op::AskTwoWide { .. }
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
            | Op::Take { .. }
            | Op::Finish
            | Op::Output
            | Op::Reject { .. }
            | Op::NoValue
            | Op::Leaf
            | Op::Handled
            | Op::UnlessWord { .. }
            | Op::UnlessNumber { .. }
            | Op::UnlessWide { .. }
            | Op::UnlessWordConst { .. }
            | Op::UnlessNumberConst { .. }
            | Op::UnlessWideConst { .. }
            | Op::UnlessInputConst { .. }
            | Op::UnlessInputConstNumber { .. }
            | Op::UnlessInputConstWide { .. }
            | Op::UnlessInputs { .. }
            | Op::UnlessInputsNumber { .. }
            | Op::UnlessInputsWide { .. }
            | Op::UnlessInputParam { .. }
            | Op::UnlessInputParamNumber { .. }
            | Op::UnlessInputParamWide { .. }
            | Op::UnlessInput { .. }
            | Op::UnlessInputIn { .. }
            | Op::UnlessInputInInput { .. }
            | Op::UnlessConstInInput { .. }
            | Op::UnlessIn { .. }
            | Op::UnlessInputStarts { .. }
            | Op::UnlessInputEnds { .. } => Ok(()),
        }
    }
}

fn asks(fact: FactKind, arity: usize, repr: Repr) -> bool {
    let answered = match fact.answer().repr() {
        Repr::Ref => Repr::Word,
        repr => repr,
    };
    fact.arity() == arity && answered == repr
}
