//! Lists made of the elements of two lists.

use super::{BROKEN, Eval, Walk, one};
use crate::data::gas;
use crate::data::types::{Type, WORD};
use crate::ir::{Expr, Handle, Joining};

impl Walk<'_> {
    pub(super) fn joined(&mut self, how: Joining, left: &Expr, right: &Expr) -> Eval {
        let (Type::List(of_left, _), Type::List(of_right, _)) = (&left.ty, &right.ty) else {
            return Err(BROKEN);
        };
        let left = Handle(self.eval(left)?[0]);
        let right = Handle(self.eval(right)?[0]);
        let count = match how {
            Joining::Append => left.length() + right.length(),
            Joining::Zip => left.length().min(right.length()),
        };
        self.charge_compute(gas::ELEMENT * u64::from(count))?;
        let stride = |ty: &Type| ty.words(&self.program.records);
        let (one_stride, other_stride) = (stride(of_left), stride(of_right));
        let element = match how {
            Joining::Append => one_stride,
            Joining::Zip => one_stride + other_stride,
        };
        let made = self.allocate(element * count)?;
        for number in 0..count {
            let to = made + number * element * WORD;
            match how {
                Joining::Append if number < left.length() => {
                    let from = left.address() + number * one_stride * WORD;
                    self.copied(of_left, from, to)?;
                }
                Joining::Append => {
                    let from = right.address() + (number - left.length()) * one_stride * WORD;
                    self.copied(of_left, from, to)?;
                }
                Joining::Zip => {
                    let from = left.address() + number * one_stride * WORD;
                    self.copied(of_left, from, to)?;
                    let from = right.address() + number * other_stride * WORD;
                    self.copied(of_right, from, to + one_stride * WORD)?;
                }
            }
        }
        Ok(one(Handle::new(made, count).0))
    }

    fn copied(&mut self, ty: &Type, from: u32, to: u32) -> Eval<()> {
        let value = self.load(ty, from)?;
        self.store(ty, to, value)
    }
}
