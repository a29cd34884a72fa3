//! Bytecode before its jumps have addresses: instructions and labels in one list, which lowering writes, the optimiser
//! rewrites and `assemble` turns into [`Code`].
//!
//! Jump operands hold label numbers here, in the instructions and in the tables of [`Code`].

use std::collections::HashMap;

use super::bytecode::{Code, NONE, Op, PcInfo};

/// A line of the listing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Line {
    /// A place to jump to.
    Label(u32),
    /// An instruction with what belongs to it.
    Op(Op, PcInfo),
}

/// Instructions with labels, and the tables they use.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// In order.
    pub(super) lines: Vec<Line>,
    /// Number of labels given out.
    pub(super) labels: u32,
    /// Everything but the instructions.
    pub(super) code: Code,
    consts: HashMap<u64, u32>,
    wides: HashMap<i128, u32>,
}

impl Listing {
    pub(super) fn label(&mut self) -> u32 {
        self.labels += 1;
        self.labels - 1
    }

    pub(super) fn place(&mut self, label: u32) {
        self.lines.push(Line::Label(label));
    }

    pub(super) fn constant(&mut self, word: u64) -> u32 {
        let next = index(self.code.consts.len());
        *self.consts.entry(word).or_insert_with(|| {
            self.code.consts.push(word);
            next
        })
    }

    pub(super) fn wide(&mut self, wide: i128) -> u32 {
        let next = index(self.code.wides.len());
        *self.wides.entry(wide).or_insert_with(|| {
            self.code.wides.push(wide);
            next
        })
    }

    /// Every label in the tables: code that is entered other than by a jump.
    fn roots(&mut self) -> impl Iterator<Item = &mut u32> {
        let code = &mut self.code;
        let functions = code.functions.iter_mut().map(|f| &mut f.entry);
        let groups = code
            .groups
            .iter_mut()
            .flat_map(|g| [&mut g.start, &mut g.end]);
        let rules = code
            .rules
            .iter_mut()
            .flat_map(|r| [&mut r.entry, &mut r.end]);
        let buckets = code.buckets.iter_mut().map(|b| &mut b.nested);
        functions
            .chain(groups)
            .chain(rules)
            .chain(buckets)
            .chain(code.effect_entries.iter_mut())
            .filter(|label| **label != NONE)
    }

    /// Whether each label is used.
    pub(super) fn used(&mut self) -> Vec<bool> {
        let mut used = vec![false; self.labels as usize];
        let mut mark = |label: u32| {
            if let Some(used) = used.get_mut(label as usize) {
                *used = true;
            }
        };
        self.roots().for_each(|label| mark(*label));
        for line in &mut self.lines {
            if let Line::Op(op, _) = line
                && let Some(target) = target_mut(op)
            {
                mark(*target);
            }
        }
        used
    }

    /// Gives every label its address. `None` when one was never placed.
    pub(super) fn assemble(mut self) -> Option<Code> {
        let mut addresses = vec![NONE; self.labels as usize];
        let mut pc = 0;
        for line in &self.lines {
            match line {
                Line::Label(label) => *addresses.get_mut(*label as usize)? = pc,
                Line::Op(..) => pc += 1,
            }
        }
        let address = |label: u32| {
            let address = *addresses.get(label as usize)?;
            (address != NONE).then_some(address)
        };
        for root in self.roots() {
            *root = address(*root)?;
        }
        let mut code = self.code;
        for line in self.lines {
            if let Line::Op(mut op, info) = line {
                if let Some(target) = target_mut(&mut op) {
                    *target = address(*target)?;
                }
                code.ops.push(op);
                code.infos.push(info);
            }
        }
        Some(code)
    }
}

/// A length as an index. Listings are far shorter than 2^32 lines; the verifier refuses what would wrap.
pub(super) fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(NONE)
}

/// The jump operand of an instruction that has one.
pub(super) fn target_mut(op: &mut Op) -> Option<&mut u32> {
    match op {
        Op::Jump { target }
        | Op::JumpIf { target }
        | Op::JumpUnless { target }
        | Op::AgainWord { target, .. }
        | Op::AgainWide { target, .. }
        | Op::AgainRef { target, .. }
        | Op::Miss { target, .. }
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
        | Op::UnlessFieldConst { target, .. } => Some(target),
        Op::NextWord { exit, .. } | Op::NextWide { exit, .. } | Op::NextRef { exit, .. } => {
            Some(exit)
        }
        Op::Trust { unknown, .. }
        | Op::HasCredential { unknown, .. }
        | Op::Ask { unknown, .. }
        | Op::AskTwo { unknown, .. }
        | Op::AskTwoWide { unknown, .. }
        | Op::Call { unknown, .. } => (*unknown != NONE).then_some(unknown),
        _ => None,
    }
}

/// Whether control never goes on behind the instruction.
pub(super) fn ends(op: &Op) -> bool {
    matches!(
        op,
        Op::Jump { .. }
            | Op::Return
            | Op::ReturnWide
            | Op::ReturnUnknown
            | Op::DecideRule
            | Op::StartRules { .. }
            | Op::Lookup { .. }
            | Op::Search { .. }
            | Op::SearchWide { .. }
            | Op::NextRule
            | Op::Miss { .. }
            | Op::MissRule
            | Op::Otherwise
            | Op::Finish
            | Op::Output
            | Op::Reject { .. }
            | Op::NoValue
    )
}
