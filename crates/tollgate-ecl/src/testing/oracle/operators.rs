//! Operators on two operands.

use std::cmp::Ordering;

use super::{
    Eval, Walk, Words, finite, globs, int_or_overflow, one, truth, wide, wide_or_overflow,
};
use crate::data::gas;
use crate::data::types::{Repr, Type};
use crate::data::{decimal, did, trust};
use crate::host::outcome::EvalError;
use crate::ir::{BinaryOp, Handle, PointId};

/// The sum of two ints, numbers or wides.
pub(super) fn add(ty: &Type, a: Words, b: Words, point: PointId) -> Eval {
    match (ty, ty.repr()) {
        (Type::Number, _) => finite(f64::from_bits(a[0]) + f64::from_bits(b[0]), point),
        (_, Repr::Wide) => wide_or_overflow(wide(a).checked_add(wide(b)), point),
        _ => int_or_overflow(a[0].cast_signed().checked_add(b[0].cast_signed()), point),
    }
}

/// Whether one int, number or wide is smaller than another.
pub(super) fn less(ty: &Type, a: Words, b: Words) -> bool {
    match (ty, ty.repr()) {
        (Type::Number, _) => f64::from_bits(a[0]) < f64::from_bits(b[0]),
        (_, Repr::Wide) => wide(a) < wide(b),
        _ => a[0].cast_signed() < b[0].cast_signed(),
    }
}

impl Walk<'_> {
    pub(super) fn binary(&mut self, op: BinaryOp, a: Words, b: Words, point: PointId) -> Eval {
        use BinaryOp as Op;

        let divided = |by_zero: bool, result: Eval| {
            if by_zero {
                return Err(EvalError::DivisionByZero { point }.into());
            }
            result
        };
        let (x, y) = (a[0].cast_signed(), b[0].cast_signed());
        let (n, m) = (f64::from_bits(a[0]), f64::from_bits(b[0]));
        let (v, w) = (wide(a), wide(b));
        match op {
            Op::AddInt => int_or_overflow(x.checked_add(y), point),
            Op::SubInt => int_or_overflow(x.checked_sub(y), point),
            Op::MulInt => int_or_overflow(x.checked_mul(y), point),
            Op::DivInt => divided(y == 0, int_or_overflow(x.checked_div(y), point)),
            Op::RemInt => divided(y == 0, int_or_overflow(x.checked_rem(y), point)),
            Op::AddNumber => finite(n + m, point),
            Op::SubNumber => finite(n - m, point),
            Op::MulNumber => finite(n * m, point),
            Op::DivNumber => divided(m == 0.0, finite(n / m, point)),
            Op::AddWide => wide_or_overflow(v.checked_add(w), point),
            Op::SubWide => wide_or_overflow(v.checked_sub(w), point),
            Op::MulWide => wide_or_overflow(decimal::mul(v, w), point),
            Op::DivWide => divided(w == 0, wide_or_overflow(decimal::div(v, w), point)),
            Op::EqWord => Ok(truth(a[0] == b[0])),
            Op::NeWord => Ok(truth(a[0] != b[0])),
            Op::LtInt => Ok(truth(x < y)),
            Op::LeInt => Ok(truth(x <= y)),
            Op::GtInt => Ok(truth(x > y)),
            Op::GeInt => Ok(truth(x >= y)),
            Op::EqNumber => Ok(truth(n == m)),
            Op::NeNumber => Ok(truth(n != m)),
            Op::LtNumber => Ok(truth(n < m)),
            Op::LeNumber => Ok(truth(n <= m)),
            Op::GtNumber => Ok(truth(n > m)),
            Op::GeNumber => Ok(truth(n >= m)),
            Op::EqWide => Ok(truth(v == w)),
            Op::NeWide => Ok(truth(v != w)),
            Op::LtWide => Ok(truth(v.cmp(&w) == Ordering::Less)),
            Op::LeWide => Ok(truth(v <= w)),
            Op::GtWide => Ok(truth(v > w)),
            Op::GeWide => Ok(truth(v >= w)),
            Op::StartsWith | Op::EndsWith | Op::Contains | Op::DidMatch => self.texts(op, a, b),
            Op::EqText | Op::NeText | Op::InTexts => self.compare_texts(op, a, b),
            Op::GlobMatch => self.glob(Handle(a[0]), Handle(b[0]), point),
            // The left one when neither is smaller (0 and -0 are equal).
            Op::MinInt | Op::MinNumber | Op::MinWide => {
                Ok(if less(class(op), b, a) { b } else { a })
            }
            Op::MaxInt | Op::MaxNumber | Op::MaxWide => {
                Ok(if less(class(op), a, b) { b } else { a })
            }
            Op::TrustChain => {
                let vector = trust::chain(&self.trust(a)?, &self.trust(b)?);
                self.new_trust(&vector)
            }
            Op::TrustCombine => {
                let vector = trust::combine(&self.trust(a)?, &self.trust(b)?);
                self.new_trust(&vector)
            }
            Op::IpInCidr | Op::CidrInCidr | Op::IpInCidrs => self.networks(op, a, b),
            Op::TrustDistance => {
                let distance = trust::distance(&self.trust(a)?, &self.trust(b)?);
                Ok(one(distance.to_bits()))
            }
        }
    }

    fn texts(&mut self, op: BinaryOp, a: Words, b: Words) -> Eval {
        let (left, right) = (Handle(a[0]), Handle(b[0]));
        let paid = match op {
            BinaryOp::StartsWith | BinaryOp::EndsWith => right,
            _ => left,
        };
        self.charge_compute(gas::text(u64::from(paid.length())))?;
        let (left, right) = (self.text(left)?, self.text(right)?);
        Ok(truth(match op {
            BinaryOp::StartsWith => left.starts_with(right),
            BinaryOp::EndsWith => left.ends_with(right),
            BinaryOp::Contains => left.contains(right),
            _ => did::matches(left.as_bytes(), right.as_bytes()),
        }))
    }

    fn glob(&mut self, text: Handle, glob: Handle, point: PointId) -> Eval {
        let lengths = [text, glob].map(|text| u64::from(text.length()));
        self.charge_compute(gas::glob(lengths[0], lengths[1]))?;
        let (text, glob) = (self.text(text)?, self.text(glob)?);
        let holds = globs::matches(text, glob).ok_or(EvalError::BadGlob { point })?;
        Ok(truth(holds))
    }

    fn new_trust(&mut self, vector: &[f64; 6]) -> Eval {
        let address = self.allocate(6)?;
        for (offset, component) in (0..).step_by(8).zip(vector) {
            self.set_word(address + offset, component.to_bits())?;
        }
        Ok(one(u64::from(address)))
    }
}

/// The type class of a minimum or maximum.
fn class(op: BinaryOp) -> &'static Type {
    match op {
        BinaryOp::MinNumber | BinaryOp::MaxNumber => &Type::Number,
        BinaryOp::MinWide | BinaryOp::MaxWide => &Type::Decimal,
        _ => &Type::Int,
    }
}
