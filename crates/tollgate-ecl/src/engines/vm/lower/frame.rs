//! The cells of locals: each local has its place in the frame, and what a construct needs for itself is taken above them.

use super::super::bytecode::Op;
use super::{Lower, LowerError, Lowered};
use crate::data::types::{Repr, Type};
use crate::ir::LocalId;

/// The cells of a body's locals.
#[derive(Debug, Default)]
pub(super) struct Frame {
    pub(super) slots: Vec<u16>,
    pub(super) top: u32,
    pub(super) max: u32,
}

impl Lower<'_> {
    pub(super) fn frame_of(&self, locals: &[Type]) -> Result<Frame, LowerError> {
        let mut frame = Frame::default();
        for ty in locals {
            frame.slots.push(cells(frame.top)?);
            frame.top += words_of(ty);
        }
        frame.max = frame.top;
        Ok(frame)
    }

    /// Takes so many cells for values of its own; [`Lower::release`] gives them back.
    pub(super) fn take(&mut self, count: u32) -> Result<u16, LowerError> {
        let slot = cells(self.frame.top)?;
        self.frame.top += count;
        self.frame.max = self.frame.max.max(self.frame.top);
        cells(self.frame.top)?;
        Ok(slot)
    }

    pub(super) fn release(&mut self, count: u32) {
        self.frame.top -= count;
    }

    pub(super) fn slot(&self, local: LocalId) -> Result<u16, LowerError> {
        let slot = self.frame.slots.get(local.0 as usize).copied();
        slot.ok_or(LowerError::Malformed("an unknown local"))
    }

    pub(super) fn set_local(&mut self, local: LocalId, ty: &Type) -> Lowered {
        let slot = self.slot(local)?;
        match ty.repr() {
            Repr::Wide => self.emit(Op::SetLocalWide { slot }),
            Repr::Word | Repr::Ref => self.emit(Op::SetLocal { slot }),
            Repr::Nothing => {}
        }
        Ok(())
    }
}

/// Cells of a value on the stack.
pub(super) fn words_of(ty: &Type) -> u32 {
    match ty.repr() {
        Repr::Wide => 2,
        Repr::Word | Repr::Ref => 1,
        Repr::Nothing => 0,
    }
}

pub(super) fn cells(count: u32) -> Result<u16, LowerError> {
    let max = crate::limits::STACK_WORDS / 2;
    u16::try_from(count)
        .ok()
        .filter(|count| usize::from(*count) <= max)
        .ok_or(LowerError::TooLarge {
            what: "locals",
            found: count.into(),
            max: max as u64,
        })
}
