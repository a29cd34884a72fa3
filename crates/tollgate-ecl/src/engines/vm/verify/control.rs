//! Where control goes from an instruction, and with what on the stack.

use std::collections::BTreeSet;

use super::super::bytecode::{FunctionCode, Kind, NONE, Op, values};
use super::step::Step;
use super::{Cell, Verified, cells, forget};
use crate::data::types::Repr;
use crate::ir::Cuts;

impl Step<'_, '_> {
    /// What an instruction does to locals and to the way control goes, its operands taken.
    pub(super) fn control(&mut self) -> Verified {
        match self.op {
            Op::SetLocal { slot } => self.set_local(slot.into(), Cell::Word),
            Op::SetLocalWide { slot } => {
                self.set_local(slot.into(), Cell::Low)?;
                self.set_local(usize::from(slot) + 1, Cell::High)
            }
            Op::LoopStart { slot, .. } => {
                self.set_local(slot.into(), Cell::Word)?;
                self.set_local(usize::from(slot) + 1, Cell::Word)
            }
            Op::NextWord { var, exit, .. } | Op::NextRef { var, exit, .. } => {
                self.jump(exit)?;
                self.set_local(var.into(), Cell::Word)
            }
            Op::NextWide { var, exit, .. } => {
                self.jump(exit)?;
                self.set_local(var.into(), Cell::Low)?;
                self.set_local(usize::from(var) + 1, Cell::High)
            }
            Op::AgainWord { var, target, .. } | Op::AgainRef { var, target, .. } => {
                self.again(var, &[Cell::Word], target)
            }
            Op::AgainWide { var, target, .. } => self.again(var, &[Cell::Low, Cell::High], target),
            Op::Call {
                function,
                unknown,
                drop,
            } => self.call(function, unknown, drop),
            Op::Return | Op::ReturnWide => self.leave(),
            Op::ReturnUnknown => {
                self.require(self.flow.function.is_some(), "stands in no function")?;
                self.empty()
            }
            Op::Trust { unknown, drop }
            | Op::HasCredential { unknown, drop }
            | Op::Ask { unknown, drop, .. }
            | Op::AskTwo { unknown, drop, .. }
            | Op::AskTwoWide { unknown, drop, .. } => self.unknown(unknown, drop),
            Op::Decide { group, rule } => self.decide(group, rule),
            Op::DecideRule => {
                self.between_rules()?;
                self.reach_rules()?;
                self.decided()
            }
            Op::StartRules { group } => self.start_rules(group),
            Op::Lookup { index } => self.lookup(index),
            Op::Search { search } => self.search(search, Repr::Word),
            Op::SearchWide { search } => self.search(search, Repr::Wide),
            Op::NextRule | Op::MissRule => self.next_rule(),
            Op::Miss {
                group,
                rule,
                target,
            } => self.miss((group, rule), target),
            Op::GroupEnd { group } => self.group_end(group),
            Op::Otherwise => {
                self.between_rules()?;
                self.decided()
            }
            Op::Finish | Op::Take { .. } => self.between_rules(),
            Op::Output => self.require(self.flow.function.is_none(), "stands in a function"),
            Op::Reject { .. } => Ok(()),
            Op::Jump { target }
            | Op::JumpIf { target }
            | Op::JumpUnless { target }
            | Op::UnlessWord { target, .. }
            | Op::UnlessNumber { target, .. }
            | Op::UnlessWide { target, .. }
            | Op::UnlessWordConst { target, .. }
            | Op::UnlessNumberConst { target, .. }
            | Op::UnlessWideConst { target, .. }
            | Op::UnlessInputConst { target, .. }
            | Op::UnlessInputConstNumber { target, .. }
            | Op::UnlessInputConstWide { target, .. }
            | Op::UnlessInputs { target, .. }
            | Op::UnlessInputsNumber { target, .. }
            | Op::UnlessInputsWide { target, .. }
            | Op::UnlessInputParam { target, .. }
            | Op::UnlessInputParamNumber { target, .. }
            | Op::UnlessInputParamWide { target, .. }
            | Op::UnlessInput { target, .. }
            | Op::UnlessInputIn { target, .. }
            | Op::UnlessInputInInput { target, .. }
            | Op::UnlessConstInInput { target, .. }
            | Op::UnlessIn { target, .. }
            | Op::UnlessInputStarts { target, .. }
            | Op::UnlessInputEnds { target, .. }
            | Op::UnlessFieldInInput { target, .. }
            | Op::UnlessLocalInInput { target, .. }
            | Op::UnlessLocalConst { target, .. }
            | Op::UnlessFieldConst { target, .. } => self.jump(target),
            // Their operands were looked at, and they set no local.
            Op::Const { .. }
            | Op::ConstWide { .. }
            | Op::Input { .. }
            | Op::InputWide { .. }
            | Op::Local { .. }
            | Op::LocalWide { .. }
            | Op::LocalField { .. }
            | Op::LocalFieldWide { .. }
            | Op::Automaton { .. }
            | Op::AppendWord { .. }
            | Op::AppendWide { .. }
            | Op::AppendRef { .. }
            | Op::FinishList { .. }
            | Op::ChargeGas { .. }
            | Op::Effect { .. } => Ok(()),
            values!() => Ok(()),
        }
    }

    /// Back to the body of a loop with the next element, or on without one.
    fn again(&mut self, var: u16, cells: &[Cell], target: u32) -> Verified {
        // A body without instructions is the instruction itself.
        self.require(target <= self.pc, "goes back to no loop")?;
        let without = self.state.clone();
        for (slot, cell) in (usize::from(var)..).zip(cells) {
            self.set_local(slot, *cell)?;
        }
        self.verifier
            .join(self.flow, self.pc, target, &self.state)?;
        self.state = without;
        Ok(())
    }

    fn call(&mut self, number: u32, unknown: u32, drop: u16) -> Verified {
        let number = number as usize;
        let earlier = self.flow.function.is_none_or(|caller| number < caller);
        let (Some(function), Some(code), Some(need)) = (
            self.verifier
                .program
                .functions
                .get(number)
                .filter(|_| earlier),
            self.verifier.code.functions.get(number).copied(),
            self.verifier.needs.get(number).copied(),
        ) else {
            return self.require(false, "calls a function that is not an earlier one");
        };
        let FunctionCode {
            arguments, result, ..
        } = code;
        let Some(parameters) = function.locals.get(..function.params as usize) else {
            return self.require(
                false,
                "calls a function that has fewer locals than parameters",
            );
        };
        let parameters = cells(parameters);
        let frame = self.state.len().checked_sub(arguments.into());
        let frame = frame.filter(|frame| {
            *frame >= self.flow.base && self.state.get(*frame..) == Some(parameters.as_slice())
        });
        let Some(frame) = frame else {
            return self.require(false, "finds other arguments on the stack");
        };
        self.state.truncate(frame);
        self.flow.need = self.flow.need.max(frame + need);
        self.unknown(unknown, drop)?;
        self.push(if result == 2 {
            &[Kind::Wide]
        } else {
            &[Kind::Word]
        });
        Ok(())
    }

    fn leave(&mut self) -> Verified {
        let code = self
            .flow
            .function
            .and_then(|number| self.verifier.code.functions.get(number));
        let cells = if matches!(self.op, Op::ReturnWide) {
            2
        } else {
            1
        };
        self.require(
            code.is_some_and(|code| code.result == cells),
            "returns another result",
        )?;
        self.empty()
    }

    /// Rules, groups, effects: only in a policy, only with nothing on the stack.
    fn between_rules(&mut self) -> Verified {
        self.require(self.flow.function.is_none(), "stands in a function")?;
        self.empty()
    }

    fn decide(&mut self, group: u32, rule: u32) -> Verified {
        self.between_rules()?;
        let known = self.has_rule(group, rule);
        self.require(known, "decides by a rule that does not exist")?;
        self.decided()
    }

    fn next_rule(&mut self) -> Verified {
        self.between_rules()?;
        self.reach_rules()?;
        if self.verifier.all_of_shared {
            self.decided()
        } else {
            Ok(())
        }
    }

    fn start_rules(&mut self, number: u32) -> Verified {
        self.between_rules()?;
        let group = self.verifier.code.groups.get(number as usize);
        let fits = group.is_some_and(|group| group.bucket != NONE);
        let starts = self.starts(number, self.pc)?;
        self.require(fits && starts, "starts rules that do not follow it")?;
        self.reach_rules()
    }

    fn miss(&mut self, (group, rule): (u32, u32), target: u32) -> Verified {
        self.between_rules()?;
        let known = self.has_rule(group, rule);
        self.require(known, "misses a rule that does not exist")?;
        self.jump(target)
    }

    fn group_end(&mut self, number: u32) -> Verified {
        self.between_rules()?;
        let group = self.verifier.code.groups.get(number as usize);
        let here = group.is_some_and(|group| group.end == self.pc);
        self.require(here, "ends another group")
    }

    fn has_rule(&self, group: u32, rule: u32) -> bool {
        let group = self.verifier.code.groups.get(group as usize);
        group.is_some_and(|group| rule < group.count)
    }

    /// Whether the rules of a group and its end stand behind an address: control never comes back to it.
    fn starts(&mut self, number: u32, pc: u32) -> Verified<bool> {
        let code = self.verifier.code;
        let Some(group) = code.groups.get(number as usize) else {
            return Ok(false);
        };
        self.verifier.spend(group.count as usize)?;
        let first = group.rules as usize;
        let rules = code.rules.get(first..first + group.count as usize);
        let behind = rules.is_some_and(|rules| rules.iter().all(|rule| rule.entry > pc));
        Ok(group.end > pc && behind)
    }

    fn lookup(&mut self, index: u32) -> Verified {
        self.between_rules()?;
        let code = self.verifier.code;
        let Some(plan) = code.indexes.get(index as usize) else {
            return self.require(false, "looks up an index that does not exist");
        };
        self.verifier.spend(plan.entries.len())?;
        let buckets = plan.entries.iter().map(|(_, bucket)| *bucket);
        self.buckets(plan.group, buckets.chain([plan.default]).collect())
    }

    fn search(&mut self, search: u32, key: Repr) -> Verified {
        self.between_rules()?;
        let Some(plan) = self.verifier.code.searches.get(search as usize) else {
            return self.require(false, "searches what does not exist");
        };
        let is_wide = matches!(plan.cuts, Cuts::Wides(_));
        self.require(
            is_wide == (key == Repr::Wide),
            "searches for another type of key",
        )?;
        // The tables have been checked: there is a bucket for each interval.
        self.verifier.spend(plan.cuts.len())?;
        let intervals = 0..=u32::try_from(plan.cuts.len()).unwrap_or(u32::MAX);
        let buckets = intervals.map(|interval| plan.first.saturating_add(interval));
        self.buckets(plan.group, buckets.collect())
    }

    /// Control may go to the indexes within these buckets, or to the rules.
    fn buckets(&mut self, group: u32, buckets: BTreeSet<u32>) -> Verified {
        let starts = self.starts(group, self.pc)?;
        self.require(starts, "starts rules that do not follow it")?;
        let code = self.verifier.code;
        for bucket in buckets {
            let nested = code
                .buckets
                .get(bucket as usize)
                .map_or(NONE, |bucket| bucket.nested);
            if nested != NONE {
                self.jump(nested)?;
            }
        }
        self.reach_rules()
    }

    /// Control may go to any rule that shares code, or to the end of its group.
    fn reach_rules(&mut self) -> Verified {
        self.verifier.spend(self.state.len())?;
        let news = match &mut self.flow.at_rules {
            None => {
                self.flow.at_rules = Some(self.state.clone());
                true
            }
            Some(known) => forget(known, &self.state),
        };
        let Some(known) = self.flow.at_rules.clone().filter(|_| news) else {
            return Ok(());
        };
        for i in 0..self.verifier.rules.len() {
            if let Some(place) = self.verifier.rules.get(i).copied() {
                self.verifier.join(self.flow, self.pc, place, &known)?;
            }
        }
        Ok(())
    }

    /// Control may go to the effects.
    fn decided(&mut self) -> Verified {
        for entry in self.verifier.code.effect_entries {
            self.jump(entry)?;
        }
        Ok(())
    }
}
