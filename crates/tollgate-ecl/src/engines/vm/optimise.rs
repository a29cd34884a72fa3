//! The optimiser: changes nothing but speed.
//!
//! Every pass works on the [`Listing`], where labels show what control may enter:
//! jumps to jumps are threaded, code nobody reaches is dropped, and a peephole over the tail of the output fuses loads,
//! comparisons, jumps and charges. INVARIANT: a charge may move only past instructions that cannot fail (loads), and
//! never past another charge: gas at every possible end stays the same. Notes for explanations move with the comparison.

use super::bytecode::{Cmp, Op, PcInfo, note};
use super::listing::{Line, Listing, ends, target_mut};
use crate::ir::When;

/// Threads, drops and fuses until nothing changes.
pub(super) fn optimise(listing: &mut Listing) {
    thread_jumps(listing);
    drop_unreachable(listing);
    fuse(listing);
    // Fusing removes lines, never labels, so one more round of threading sees what it left.
    thread_jumps(listing);
    drop_unreachable(listing);
}

/// Sends a jump to an unconditional jump on to where that goes.
fn thread_jumps(listing: &mut Listing) {
    let mut onward: Vec<Option<u32>> = vec![None; listing.labels as usize];
    let mut pending: Vec<u32> = Vec::new();
    for line in &listing.lines {
        match line {
            Line::Label(label) => pending.push(*label),
            Line::Op(op, _) => {
                if let Op::Jump { target } = op {
                    for label in &pending {
                        if let Some(onward) = onward.get_mut(*label as usize) {
                            *onward = Some(*target);
                        }
                    }
                }
                pending.clear();
            }
        }
    }
    for line in &mut listing.lines {
        let Line::Op(op, _) = line else { continue };
        // A loop goes back to its body, wherever that goes on.
        if matches!(
            op,
            Op::AgainWord { .. } | Op::AgainWide { .. } | Op::AgainRef { .. }
        ) {
            continue;
        }
        if let Some(target) = target_mut(op) {
            // All other jumps go forward, so the chain ends.
            while let Some(next) = onward.get(*target as usize).copied().flatten() {
                *target = next;
            }
        }
    }
}

/// Drops labels nobody uses, instructions nobody reaches, and jumps to the next line.
fn drop_unreachable(listing: &mut Listing) {
    loop {
        let used = listing.used();
        let before = listing.lines.len();
        let mut reachable = true;
        listing.lines.retain(|line| match line {
            Line::Label(label) => {
                let keep = used.get(*label as usize).copied().unwrap_or(true);
                reachable |= keep;
                keep
            }
            Line::Op(op, _) => {
                let keep = reachable;
                reachable &= !ends(op);
                keep
            }
        });
        drop_jumps_to_next(&mut listing.lines);
        if listing.lines.len() == before {
            return;
        }
    }
}

fn drop_jumps_to_next(lines: &mut Vec<Line>) {
    let mut keep = vec![true; lines.len()];
    for (i, line) in lines.iter().enumerate() {
        let Line::Op(Op::Jump { target }, _) = line else {
            continue;
        };
        let next = lines.iter().skip(i + 1);
        let mut labels = next.map_while(|line| match line {
            Line::Label(label) => Some(label),
            Line::Op(..) => None,
        });
        if labels.any(|label| label == target)
            && let Some(keep) = keep.get_mut(i)
        {
            *keep = false;
        }
    }
    let mut keep = keep.into_iter();
    lines.retain(|_| keep.next().unwrap_or(true));
}

/// Writes the listing anew, reducing its tail after each line as long as a pattern fits.
fn fuse(listing: &mut Listing) {
    let lines = std::mem::take(&mut listing.lines);
    let mut out: Vec<Line> = Vec::with_capacity(lines.len());
    for line in lines {
        out.push(line);
        while reduce(&mut out, listing) {}
    }
    listing.lines = out;
}

/// Replaces the end of the list by something shorter that does the same.
fn reduce(out: &mut Vec<Line>, listing: &mut Listing) -> bool {
    let (taken, line) = match out.as_slice() {
        [
            ..,
            Line::Op(Op::Input { word }, _),
            Line::Op(Op::Const { k }, _),
            Line::Op(test, info),
            Line::Op(jump, after),
        ] if let Some(line) = text_test(*word, *k, (*test, *info), (*jump, *after)) => (4, line),
        [.., Line::Op(a, _), Line::Op(b, _), Line::Op(c, ci)]
            if let Some(line) = three(*a, *b, (*c, *ci)) =>
        {
            (3, line)
        }
        [.., Line::Op(a, ai), Line::Op(b, bi)]
            if let Some(line) = two((*a, *ai), (*b, *bi), listing) =>
        {
            (2, line)
        }
        _ => return false,
    };
    out.truncate(out.len() - taken);
    out.push(Line::Op(line.0, line.1));
    true
}

type Noted = (Op, PcInfo);

fn three(a: Op, b: Op, c: Noted) -> Option<Noted> {
    let op = match (a, b, c.0) {
        (
            Op::Input { word },
            Op::Input { word: other },
            Op::UnlessWord {
                cmp,
                gas: 0,
                target,
            },
        ) => Op::UnlessInputs {
            cmp,
            gas: 0,
            word,
            other,
            target,
        },
        (
            Op::Input { word },
            Op::Input { word: other },
            Op::UnlessNumber {
                cmp,
                gas: 0,
                target,
            },
        ) => Op::UnlessInputsNumber {
            cmp,
            gas: 0,
            word,
            other,
            target,
        },
        (
            Op::InputWide { word },
            Op::InputWide { word: other },
            Op::UnlessWide {
                cmp,
                gas: 0,
                target,
            },
        ) => Op::UnlessInputsWide {
            cmp,
            gas: 0,
            word,
            other,
            target,
        },
        (
            Op::Input { word },
            Op::Param { offset },
            Op::UnlessWord {
                cmp,
                gas: 0,
                target,
            },
        ) => Op::UnlessInputParam {
            cmp,
            gas: 0,
            word,
            offset,
            target,
        },
        (
            Op::Input { word },
            Op::Param { offset },
            Op::UnlessNumber {
                cmp,
                gas: 0,
                target,
            },
        ) => Op::UnlessInputParamNumber {
            cmp,
            gas: 0,
            word,
            offset,
            target,
        },
        (
            Op::InputWide { word },
            Op::ParamWide { offset },
            Op::UnlessWide {
                cmp,
                gas: 0,
                target,
            },
        ) => Op::UnlessInputParamWide {
            cmp,
            gas: 0,
            word,
            offset,
            target,
        },
        (
            Op::Input { word },
            Op::Const { k },
            Op::UnlessIn {
                value,
                gas: 0,
                target,
            },
        ) => Op::UnlessInputIn {
            value,
            gas: 0,
            word,
            k,
            target,
        },
        (
            Op::Input { word },
            Op::Input { word: other },
            Op::UnlessIn {
                value,
                gas: 0,
                target,
            },
        ) => Op::UnlessInputInInput {
            value,
            gas: 0,
            word,
            other,
            target,
        },
        (
            Op::LocalField { slot, offset },
            Op::Input { word },
            Op::UnlessIn {
                value,
                gas: 0,
                target,
            },
        ) => {
            let offset = u16::try_from(offset).ok()?;
            Op::UnlessFieldInInput {
                value,
                gas: 0,
                slot,
                offset,
                word,
                target,
            }
        }
        (
            Op::Local { slot },
            Op::Input { word },
            Op::UnlessIn {
                value,
                gas: 0,
                target,
            },
        ) => Op::UnlessLocalInInput {
            value,
            gas: 0,
            slot,
            word,
            target,
        },
        (
            Op::Const { k },
            Op::Input { word },
            Op::UnlessIn {
                value,
                gas: 0,
                target,
            },
        ) => Op::UnlessConstInInput {
            value,
            gas: 0,
            k,
            word,
            target,
        },
        _ => return None,
    };
    Some((op, c.1))
}

/// A test of an input text against a constant, and the jump on its outcome.
fn text_test(word: u32, k: u32, test: Noted, jump: Noted) -> Option<Noted> {
    let info = merged(test.1, jump.1);
    let (value, target, info) = match jump.0 {
        Op::JumpUnless { target } => (1, target, info),
        Op::JumpIf { target } => (0, target, negated(info)),
        _ => return None,
    };
    let op = match test.0 {
        Op::StartsWith => Op::UnlessInputStarts {
            value,
            gas: 0,
            word,
            k,
            target,
        },
        Op::EndsWith => Op::UnlessInputEnds {
            value,
            gas: 0,
            word,
            k,
            target,
        },
        _ => return None,
    };
    Some((op, info))
}

fn two(a: Noted, b: Noted, listing: &mut Listing) -> Option<Noted> {
    let fused = match (a.0, b.0) {
        (Op::Not, Op::JumpUnless { target }) => (Op::JumpIf { target }, negated(b.1)),
        (Op::Not, Op::JumpIf { target }) => (Op::JumpUnless { target }, negated(b.1)),
        // The jump notes the outcome of the condition, which is the word it tests.
        (Op::Leaf, Op::JumpUnless { .. } | Op::JumpIf { .. }) if b.1.notes == 0 => (b.0, a.1),
        (Op::Local { slot }, Op::Field { offset }) => (Op::LocalField { slot, offset }, b.1),
        (Op::Local { slot }, Op::FieldWide { offset }) => {
            (Op::LocalFieldWide { slot, offset }, b.1)
        }
        (Op::FieldAddress { offset: a }, Op::Field { offset: b_offset }) => (
            Op::Field {
                offset: a.checked_add(b_offset)?,
            },
            b.1,
        ),
        (Op::FieldAddress { offset: a }, Op::FieldWide { offset: b_offset }) => (
            Op::FieldWide {
                offset: a.checked_add(b_offset)?,
            },
            b.1,
        ),
        (Op::FieldAddress { offset: a }, Op::FieldAddress { offset: b_offset }) => (
            Op::FieldAddress {
                offset: a.checked_add(b_offset)?,
            },
            b.1,
        ),
        (Op::Input { word }, Op::JumpUnless { target }) => (
            Op::UnlessInput {
                value: 1,
                gas: 0,
                word,
                target,
            },
            b.1,
        ),
        (Op::Input { word }, Op::JumpIf { target }) => (
            Op::UnlessInput {
                value: 0,
                gas: 0,
                word,
                target,
            },
            negated(b.1),
        ),
        (Op::InWord, Op::JumpUnless { target }) => (
            Op::UnlessIn {
                value: 1,
                gas: 0,
                target,
            },
            merged(a.1, b.1),
        ),
        (Op::InWord, Op::JumpIf { target }) => (
            Op::UnlessIn {
                value: 0,
                gas: 0,
                target,
            },
            negated(merged(a.1, b.1)),
        ),
        (Op::Charge { amount }, _) => {
            let own = if a.1.leaf == b.1.leaf {
                note::OWN_CHARGE
            } else {
                0
            };
            let info = PcInfo {
                notes: b.1.notes | own,
                ..b.1
            };
            (with_gas(b.0, u8::try_from(amount).ok()?)?, info)
        }
        (test, Op::JumpUnless { target }) => {
            (compare_jump(test, When::False, target)?, merged(a.1, b.1))
        }
        (test, Op::JumpIf { target }) => (
            compare_jump(test, When::True, target)?,
            negated(merged(a.1, b.1)),
        ),
        (left, right) => (with_constant(left, right, listing)?, b.1),
    };
    Some(fused)
}

/// Notes of a test and the jump on its outcome: when the jump notes the outcome, for the condition the test ends, it goes on
/// to do so.
fn merged(test: PcInfo, jump: PcInfo) -> PcInfo {
    if jump.notes & note::STATUS == 0 {
        return test;
    }
    let operands = test.notes & (note::OPERANDS | note::LEFT_ONLY);
    PcInfo {
        point: test.point,
        leaf: jump.leaf,
        notes: jump.notes | operands,
    }
}

fn negated(info: PcInfo) -> PcInfo {
    let outcome = info.notes & note::STATUS != 0;
    PcInfo {
        notes: if outcome {
            info.notes ^ note::NEGATED
        } else {
            info.notes
        },
        ..info
    }
}

/// A comparison and the jump on that outcome of it.
fn compare_jump(test: Op, when: When, target: u32) -> Option<Op> {
    let (class, cmp) = comparison(test)?;
    // The operations jump unless their comparison holds.
    let cmp = match when {
        When::True => cmp.negated(),
        When::False => cmp,
    };
    Some(match class {
        Class::Word => Op::UnlessWord {
            cmp,
            gas: 0,
            target,
        },
        Class::Number => Op::UnlessNumber {
            cmp,
            gas: 0,
            target,
        },
        Class::Wide => Op::UnlessWide {
            cmp,
            gas: 0,
            target,
        },
    })
}

#[derive(Clone, Copy)]
enum Class {
    Word,
    Number,
    Wide,
}

fn comparison(op: Op) -> Option<(Class, Cmp)> {
    Some(match op {
        Op::EqWord => (Class::Word, Cmp::EQ),
        Op::NeWord => (Class::Word, Cmp::NE),
        Op::LtInt => (Class::Word, Cmp::LT),
        Op::LeInt => (Class::Word, Cmp::LE),
        Op::GtInt => (Class::Word, Cmp::GT),
        Op::GeInt => (Class::Word, Cmp::GE),
        Op::EqNumber => (Class::Number, Cmp::EQ),
        Op::NeNumber => (Class::Number, Cmp::NE),
        Op::LtNumber => (Class::Number, Cmp::LT),
        Op::LeNumber => (Class::Number, Cmp::LE),
        Op::GtNumber => (Class::Number, Cmp::GT),
        Op::GeNumber => (Class::Number, Cmp::GE),
        Op::EqWide => (Class::Wide, Cmp::EQ),
        Op::NeWide => (Class::Wide, Cmp::NE),
        Op::LtWide => (Class::Wide, Cmp::LT),
        Op::LeWide => (Class::Wide, Cmp::LE),
        Op::GtWide => (Class::Wide, Cmp::GT),
        Op::GeWide => (Class::Wide, Cmp::GE),
        _ => return None,
    })
}

/// A load in front of a comparison that jumps.
fn with_constant(left: Op, right: Op, listing: &mut Listing) -> Option<Op> {
    let small = |value: i32| i64::from(value).cast_unsigned();
    Some(match (left, right) {
        (
            Op::Const { k },
            Op::UnlessWord {
                cmp,
                gas: 0,
                target,
            },
        ) => Op::UnlessWordConst {
            cmp,
            gas: 0,
            k,
            target,
        },
        (
            Op::Small { value },
            Op::UnlessWord {
                cmp,
                gas: 0,
                target,
            },
        ) => {
            let k = listing.constant(small(value));
            Op::UnlessWordConst {
                cmp,
                gas: 0,
                k,
                target,
            }
        }
        (
            Op::Const { k },
            Op::UnlessNumber {
                cmp,
                gas: 0,
                target,
            },
        ) => Op::UnlessNumberConst {
            cmp,
            gas: 0,
            k,
            target,
        },
        (
            Op::ConstWide { k },
            Op::UnlessWide {
                cmp,
                gas: 0,
                target,
            },
        ) => Op::UnlessWideConst {
            cmp,
            gas: 0,
            k,
            target,
        },
        (
            Op::Input { word },
            Op::UnlessWordConst {
                cmp,
                gas: 0,
                k,
                target,
            },
        ) => Op::UnlessInputConst {
            cmp,
            gas: 0,
            word,
            k,
            target,
        },
        (
            Op::Input { word },
            Op::UnlessNumberConst {
                cmp,
                gas: 0,
                k,
                target,
            },
        ) => Op::UnlessInputConstNumber {
            cmp,
            gas: 0,
            word,
            k,
            target,
        },
        (
            Op::InputWide { word },
            Op::UnlessWideConst {
                cmp,
                gas: 0,
                k,
                target,
            },
        ) => Op::UnlessInputConstWide {
            cmp,
            gas: 0,
            word,
            k,
            target,
        },
        (
            Op::Local { slot },
            Op::UnlessWordConst {
                cmp,
                gas: 0,
                k,
                target,
            },
        ) => Op::UnlessLocalConst {
            cmp,
            gas: 0,
            slot,
            k,
            target,
        },
        (
            Op::LocalField { slot, offset },
            Op::UnlessWordConst {
                cmp,
                gas: 0,
                k,
                target,
            },
        ) => {
            let offset = u16::try_from(offset).ok()?;
            Op::UnlessFieldConst {
                cmp,
                gas: 0,
                slot,
                offset,
                k,
                target,
            }
        }
        _ => return None,
    })
}

/// A fused instruction without a charge takes the one before it.
fn with_gas(mut op: Op, amount: u8) -> Option<Op> {
    let gas = gas_mut(&mut op).filter(|gas| **gas == 0)?;
    *gas = amount;
    Some(op)
}

/// The charge of a fused instruction.
pub(super) fn gas_of(op: &Op) -> Option<u8> {
    let mut op = *op;
    gas_mut(&mut op).copied()
}

fn gas_mut(op: &mut Op) -> Option<&mut u8> {
    match op {
        Op::UnlessWord { gas, .. }
        | Op::UnlessNumber { gas, .. }
        | Op::UnlessWide { gas, .. }
        | Op::UnlessWordConst { gas, .. }
        | Op::UnlessNumberConst { gas, .. }
        | Op::UnlessWideConst { gas, .. }
        | Op::UnlessInputConst { gas, .. }
        | Op::UnlessInputConstNumber { gas, .. }
        | Op::UnlessInputConstWide { gas, .. }
        | Op::UnlessInputs { gas, .. }
        | Op::UnlessInputsNumber { gas, .. }
        | Op::UnlessInputsWide { gas, .. }
        | Op::UnlessInputParam { gas, .. }
        | Op::UnlessInputParamNumber { gas, .. }
        | Op::UnlessInputParamWide { gas, .. }
        | Op::UnlessInput { gas, .. }
        | Op::UnlessInputIn { gas, .. }
        | Op::UnlessInputInInput { gas, .. }
        | Op::UnlessConstInInput { gas, .. }
        | Op::UnlessIn { gas, .. }
        | Op::UnlessInputStarts { gas, .. }
        | Op::UnlessInputEnds { gas, .. }
        | Op::UnlessFieldInInput { gas, .. }
        | Op::UnlessLocalInInput { gas, .. }
        | Op::UnlessLocalConst { gas, .. }
        | Op::UnlessFieldConst { gas, .. } => Some(gas),
        _ => None,
    }
}
