//! Loops over lists: enter with the first element or skip, and one instruction at the end that goes on with the next.

use super::super::bytecode::{GAS_TABLE, Op};
use super::condition::Branch;
use super::{Lower, LowerError, Lowered, compute_only};
use crate::data::gas::{self, Gas};
use crate::data::types::{Repr, Type};
use crate::ir::cost;
use crate::ir::{Expr, LocalId, LoopKind, When};

/// What is done with each element of a list.
#[derive(Clone, Copy)]
pub(super) struct Each<'p> {
    /// The local that the element is bound to.
    pub(super) var: LocalId,
    pub(super) list: &'p Expr,
    pub(super) body: &'p Expr,
}

/// A loop being lowered.
struct Loop {
    slot: u16,
    stride: u16,
    repr: Repr,
    /// Label of its body.
    body: u32,
}

impl<'p> Lower<'p> {
    /// Starts a loop.
    fn start_loop(&mut self, list: &'p Expr) -> Result<Loop, LowerError> {
        self.value(list)?;
        self.loop_over(list)
    }

    /// The same for a list that is on the stack.
    fn loop_over(&mut self, list: &Expr) -> Result<Loop, LowerError> {
        let Type::List(element, _) = &list.ty else {
            return Err(LowerError::Malformed("a loop over no list"));
        };
        let words = element.words(&self.program.records);
        let stride = u16::try_from(words).map_err(|_| LowerError::TooLarge {
            what: "an element",
            found: words.into(),
            max: u16::MAX.into(),
        })?;
        let slot = self.take(2)?;
        self.emit(Op::LoopStart { slot, stride });
        let body = self.listing.label();
        Ok(Loop {
            slot,
            stride,
            repr: element.repr(),
            body,
        })
    }

    /// The charge of an iteration, as an operand.
    fn iteration_gas(&mut self, body: &Expr) -> u32 {
        let gas = Gas::compute(gas::ELEMENT).plus(&cost::block(body));
        match compute_only(&gas).filter(|amount| amount & GAS_TABLE == 0) {
            Some(amount) => amount,
            None => self.gas_entry(&gas) | GAS_TABLE,
        }
    }

    /// The first element, or on to `exit`.
    fn next(&mut self, lp: &Loop, each: &Each<'p>, exit: u32) -> Lowered {
        let var = self.slot(each.var)?;
        let gas = self.iteration_gas(each.body);
        let Loop { slot, stride, .. } = *lp;
        self.emit(match lp.repr {
            Repr::Wide => Op::NextWide {
                slot,
                var,
                gas,
                exit,
            },
            Repr::Ref => Op::NextRef {
                slot,
                var,
                stride,
                gas,
                exit,
            },
            _ => Op::NextWord {
                slot,
                var,
                gas,
                exit,
            },
        });
        self.listing.place(lp.body);
        Ok(())
    }

    /// The next element and back to the body, or on to `exit`.
    fn again(&mut self, lp: &Loop, each: &Each<'p>, exit: u32) -> Lowered {
        let var = self.slot(each.var)?;
        let gas = self.iteration_gas(each.body);
        let Loop {
            slot,
            stride,
            body: target,
            ..
        } = *lp;
        self.emit(match lp.repr {
            Repr::Wide => Op::AgainWide {
                slot,
                var,
                gas,
                target,
            },
            Repr::Ref => Op::AgainRef {
                slot,
                var,
                stride,
                gas,
                target,
            },
            _ => Op::AgainWord {
                slot,
                var,
                gas,
                target,
            },
        });
        self.emit(Op::Jump { target: exit });
        Ok(())
    }

    pub(super) fn quantifier(&mut self, each: &Each<'p>, decides: When, branch: Branch) -> Lowered {
        let Each { list, body, .. } = *each;
        let lp = self.start_loop(list)?;
        let behind = self.listing.label();
        let (found, exhausted) = if decides == branch.when {
            (branch.target, behind)
        } else {
            (behind, branch.target)
        };
        self.next(&lp, each, exhausted)?;
        let settled = Branch {
            when: decides,
            target: found,
        };
        self.condition(body, settled)?;
        self.again(&lp, each, exhausted)?;
        self.listing.place(behind);
        self.release(2);
        Ok(())
    }

    pub(super) fn count(&mut self, each: &Each<'p>) -> Lowered {
        let Each { list, body, .. } = *each;
        let total = self.take(1)?;
        self.emit(Op::Small { value: 0 });
        self.emit(Op::SetLocal { slot: total });
        let lp = self.start_loop(list)?;
        let (exit, back) = (self.listing.label(), self.listing.label());
        self.next(&lp, each, exit)?;
        self.condition(body, Branch::unless(back))?;
        self.emit(Op::Local { slot: total });
        self.emit(Op::Small { value: 1 });
        self.emit(Op::AddInt);
        self.emit(Op::SetLocal { slot: total });
        self.listing.place(back);
        self.again(&lp, each, exit)?;
        self.listing.place(exit);
        self.emit(Op::Local { slot: total });
        self.release(3);
        Ok(())
    }

    pub(super) fn sum(&mut self, each: &Each<'p>, point: u32) -> Lowered {
        let Each { list, body, .. } = *each;
        let total = self.take(2)?;
        self.zero(&body.ty, total);
        let lp = self.start_loop(list)?;
        let exit = self.listing.label();
        self.next(&lp, each, exit)?;
        self.get(&body.ty, total);
        self.value(body)?;
        let add = match (&body.ty, body.ty.repr()) {
            (Type::Number, _) => Op::AddNumber,
            (_, Repr::Wide) => Op::AddWide,
            _ => Op::AddInt,
        };
        self.emit_at(add, point);
        self.set(&body.ty, total);
        self.again(&lp, each, exit)?;
        self.listing.place(exit);
        self.get(&body.ty, total);
        self.release(4);
        Ok(())
    }

    pub(super) fn extreme(&mut self, kind: LoopKind, each: &Each<'p>) -> Lowered {
        let Each { list, body, .. } = *each;
        let best = self.take(5)?;
        let (current, found) = (best + 2, best + 4);
        self.zero(&body.ty, best);
        self.emit(Op::Small { value: 0 });
        self.emit(Op::SetLocal { slot: found });
        let lp = self.start_loop(list)?;
        let (exit, first) = (self.listing.label(), self.listing.label());
        self.next(&lp, each, exit)?;
        self.value(body)?;
        self.set(&body.ty, current);
        self.emit(Op::Local { slot: found });
        self.emit(Op::JumpUnless { target: first });
        self.get(&body.ty, best);
        self.get(&body.ty, current);
        let min = kind == LoopKind::Min;
        self.emit(match (&body.ty, body.ty.repr()) {
            (Type::Number, _) if min => Op::MinNumber,
            (Type::Number, _) => Op::MaxNumber,
            (_, Repr::Wide) if min => Op::MinWide,
            (_, Repr::Wide) => Op::MaxWide,
            _ if min => Op::MinInt,
            _ => Op::MaxInt,
        });
        self.set(&body.ty, current);
        self.listing.place(first);
        self.get(&body.ty, current);
        self.set(&body.ty, best);
        self.emit(Op::Small { value: 1 });
        self.emit(Op::SetLocal { slot: found });
        self.again(&lp, each, exit)?;
        self.listing.place(exit);
        self.emit(Op::Alloc {
            words: 1 + body.ty.words(&self.program.records),
        });
        self.emit(Op::Local { slot: found });
        self.emit(Op::StoreWord { offset: 0 });
        self.get(&body.ty, best);
        self.store(1, &body.ty);
        self.release(7);
        Ok(())
    }

    /// The first element for which the body holds, as an option.
    pub(super) fn first(&mut self, each: &Each<'p>) -> Lowered {
        let Each { var, list, body } = *each;
        let Type::List(element, _) = &list.ty else {
            return Err(LowerError::Malformed("a loop over no list"));
        };
        let words = 1 + element.words(&self.program.records);
        let option = self.take(1)?;
        self.emit(Op::Alloc { words });
        self.emit(Op::SetLocal { slot: option });
        let lp = self.start_loop(list)?;
        let (exit, back) = (self.listing.label(), self.listing.label());
        self.next(&lp, each, exit)?;
        self.condition(body, Branch::unless(back))?;
        self.emit(Op::Local { slot: option });
        self.emit(Op::Small { value: 1 });
        self.emit(Op::StoreWord { offset: 0 });
        let slot = self.slot(var)?;
        self.get(element, slot);
        self.store(1, element);
        self.emit(Op::SetLocal { slot: option });
        self.emit(Op::Jump { target: exit });
        self.listing.place(back);
        self.again(&lp, each, exit)?;
        self.listing.place(exit);
        self.emit(Op::Local { slot: option });
        self.release(3);
        Ok(())
    }

    pub(super) fn collect(&mut self, kind: LoopKind, each: &Each<'p>) -> Lowered {
        let Each { var, list, body } = *each;
        let Type::List(element, _) = &list.ty else {
            return Err(LowerError::Malformed("a loop over no list"));
        };
        let item = if kind == LoopKind::Map {
            &body.ty
        } else {
            &**element
        };
        let stride = item.words(&self.program.records);
        let first = self.take(3)?;
        let (end, source) = (first + 1, first + 2);
        self.value(list)?;
        self.emit(Op::SetLocal { slot: source });
        self.emit(Op::Local { slot: source });
        self.emit(Op::AllocLike { stride });
        self.emit(Op::SetLocal { slot: first });
        self.emit(Op::Local { slot: first });
        self.emit(Op::SetLocal { slot: end });
        self.emit(Op::Local { slot: source });
        let lp = self.loop_over(list)?;
        let (exit, back) = (self.listing.label(), self.listing.label());
        self.next(&lp, each, exit)?;
        if kind == LoopKind::Map {
            self.value(body)?;
        } else {
            self.condition(body, Branch::unless(back))?;
            let slot = self.slot(var)?;
            self.get(element, slot);
        }
        self.emit(match item.repr() {
            Repr::Wide => Op::AppendWide { slot: end },
            Repr::Ref => Op::AppendRef {
                slot: end,
                words: stride,
            },
            _ => Op::AppendWord { slot: end },
        });
        self.listing.place(back);
        self.again(&lp, each, exit)?;
        self.listing.place(exit);
        self.emit(Op::FinishList {
            slot: first,
            end,
            stride,
        });
        self.release(5);
        Ok(())
    }

    fn zero(&mut self, ty: &Type, slot: u16) {
        if ty.repr() == Repr::Wide {
            let k = self.listing.wide(0);
            self.emit(Op::ConstWide { k });
        } else {
            self.emit(Op::Small { value: 0 });
        }
        self.set(ty, slot);
    }

    fn get(&mut self, ty: &Type, slot: u16) {
        self.emit(match ty.repr() {
            Repr::Wide => Op::LocalWide { slot },
            _ => Op::Local { slot },
        });
    }

    fn set(&mut self, ty: &Type, slot: u16) {
        self.emit(match ty.repr() {
            Repr::Wide => Op::SetLocalWide { slot },
            _ => Op::SetLocal { slot },
        });
    }
}
