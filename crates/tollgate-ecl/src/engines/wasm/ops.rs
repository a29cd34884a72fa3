//! Operators. What can fail checks right after the operation and ends the evaluation with its own error.

use wasm_encoder::{BlockType, ValType};

use super::coder::Coder;
use super::runtime::Runtime;
use crate::data::types::WORD;
use crate::host::outcome::EvalError;
use crate::ir::{BinaryOp, Expr, PointId, UnaryOp};

const SIGN_BIT: u64 = 1 << 63;

/// Which way an addition goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Addition {
    Plus,
    Minus,
}

impl Addition {
    const fn of(op: BinaryOp) -> Self {
        match op {
            BinaryOp::SubInt | BinaryOp::SubWide => Self::Minus,
            _ => Self::Plus,
        }
    }
}

/// Whether the operands are texts.
pub(super) const fn is_of_texts(op: BinaryOp) -> bool {
    matches!(
        op,
        BinaryOp::StartsWith | BinaryOp::EndsWith | BinaryOp::Contains | BinaryOp::DidMatch
    )
}

/// Whether the operands are vectors of trust.
pub(super) const fn is_of_trust(op: BinaryOp) -> bool {
    matches!(
        op,
        BinaryOp::TrustChain | BinaryOp::TrustCombine | BinaryOp::TrustDistance
    )
}

impl Coder<'_, '_> {
    /// `op operand`
    pub(super) fn unary(&mut self, op: UnaryOp, operand: &Expr, point: PointId) {
        match op {
            UnaryOp::TrustNorm => return self.trust_norm(operand),
            UnaryOp::Read(form) => return self.said(form, operand),
            UnaryOp::Make(making) => return self.made(making, operand),
            UnaryOp::Split(splitting) => return self.split(splitting, operand),
            _ => self.expr(operand),
        }
        let overflow = EvalError::Overflow { point };
        match op {
            UnaryOp::Not => {
                self.f.i().i32_eqz();
            }
            UnaryOp::NegInt => {
                let value = self.f.local(ValType::I64);
                self.f.tee(value);
                self.f.i64(SIGN_BIT);
                self.f.i().i64_eq();
                self.fail_if(overflow);
                self.f.i64(0);
                self.f.get(value);
                self.f.i().i64_sub();
            }
            UnaryOp::NegNumber => {
                self.f.i().f64_neg();
            }
            UnaryOp::NegWide => {
                let [low, high] = self.f.locals(ValType::I64);
                self.f.set(high);
                self.f.tee(low);
                self.f.get(high);
                self.f.i64(SIGN_BIT);
                self.f.i().i64_xor().i64_or().i64_eqz();
                self.fail_if(overflow);
                self.negate_wide(low, high);
            }
            UnaryOp::TextLength | UnaryOp::ListLength => {
                self.f.i64(0xffff_ffff);
                self.f.i().i64_and();
            }
            UnaryOp::IntToDecimal => {
                // |int| · 10^18 fits, so the product of the halves is the answer.
                let value = self.f.local(ValType::I64);
                self.f.set(value);
                self.signed_times_one(value);
            }
            UnaryOp::IntToNumber => {
                self.f.i().f64_convert_i64_s();
            }
            UnaryOp::DecimalToNumber => self.call(Runtime::DecimalToNumber),
            UnaryOp::NumberToDecimal => {
                self.call(Runtime::NumberToDecimal);
                self.fail_if(overflow);
            }
            UnaryOp::DecimalToInt => {
                self.call(Runtime::DecimalToInt);
                self.fail_if(overflow);
            }
            UnaryOp::TextCharacters => {
                let text = self.f.local(ValType::I64);
                self.f.tee(text);
                self.charge_text(text);
                self.call(Runtime::Characters);
            }
            UnaryOp::TrustNorm | UnaryOp::Read(_) | UnaryOp::Make(_) | UnaryOp::Split(_) => {}
        }
    }

    fn negate_wide(&mut self, low: u32, high: u32) {
        self.f.i64(0);
        self.f.get(low);
        self.f.i().i64_sub();
        self.f.i64(0);
        self.f.get(high);
        self.f.i().i64_sub();
        self.f.get(low);
        self.f.i64(0);
        self.f.i().i64_ne().i64_extend_i32_u().i64_sub();
    }

    /// int·10^18 as a wide: the unsigned product, corrected for the sign.
    fn signed_times_one(&mut self, value: u32) {
        const ONE: u64 = 1_000_000_000_000_000_000;
        self.f.get(value);
        self.f.i64(ONE);
        self.call(Runtime::MulU64);
        self.f.get(value);
        self.f.i64(63);
        self.f.i().i64_shr_s();
        self.f.i64(ONE);
        self.f.i().i64_and().i64_sub();
    }

    /// The operator on two operands of `ty` that are on the stack.
    pub(super) fn operate(&mut self, op: BinaryOp, operand: &[ValType], point: PointId) {
        let overflow = EvalError::Overflow { point };
        match op {
            BinaryOp::AddInt | BinaryOp::SubInt => self.add_int(Addition::of(op), overflow),
            BinaryOp::MulInt => self.mul_int(overflow),
            BinaryOp::DivInt | BinaryOp::RemInt => self.div_int(op, point),
            BinaryOp::AddNumber
            | BinaryOp::SubNumber
            | BinaryOp::MulNumber
            | BinaryOp::DivNumber => self.number(op, point),
            BinaryOp::AddWide | BinaryOp::SubWide => self.add_wide(Addition::of(op), overflow),
            BinaryOp::MulWide => {
                self.call(Runtime::MulWide);
                self.fail_if(overflow);
            }
            BinaryOp::DivWide => self.div_wide(point),
            BinaryOp::EqWord | BinaryOp::NeWord => {
                let mut i = self.f.i();
                match (operand, op) {
                    ([ValType::I32], BinaryOp::EqWord) => i.i32_eq(),
                    ([ValType::I32], _) => i.i32_ne(),
                    ([ValType::F64], BinaryOp::EqWord) => i.f64_eq(),
                    ([ValType::F64], _) => i.f64_ne(),
                    (_, BinaryOp::EqWord) => i.i64_eq(),
                    _ => i.i64_ne(),
                };
            }
            BinaryOp::LtInt => {
                self.f.i().i64_lt_s();
            }
            BinaryOp::LeInt => {
                self.f.i().i64_le_s();
            }
            BinaryOp::GtInt => {
                self.f.i().i64_gt_s();
            }
            BinaryOp::GeInt => {
                self.f.i().i64_ge_s();
            }
            BinaryOp::EqNumber => {
                self.f.i().f64_eq();
            }
            BinaryOp::NeNumber => {
                self.f.i().f64_ne();
            }
            BinaryOp::LtNumber => {
                self.f.i().f64_lt();
            }
            BinaryOp::LeNumber => {
                self.f.i().f64_le();
            }
            BinaryOp::GtNumber => {
                self.f.i().f64_gt();
            }
            BinaryOp::GeNumber => {
                self.f.i().f64_ge();
            }
            BinaryOp::EqWide | BinaryOp::NeWide => {
                let [a_low, a_high, b_low, b_high] = self.pop_wides();
                self.f.get(a_low);
                self.f.get(b_low);
                self.f.i().i64_xor();
                self.f.get(a_high);
                self.f.get(b_high);
                self.f.i().i64_xor().i64_or().i64_eqz();
                if op == BinaryOp::NeWide {
                    self.f.i().i32_eqz();
                }
            }
            BinaryOp::LtWide | BinaryOp::LeWide | BinaryOp::GtWide | BinaryOp::GeWide => {
                self.compare_wide(op);
            }
            BinaryOp::MinInt | BinaryOp::MaxInt => {
                let [a, b] = self.f.locals(ValType::I64);
                self.f.set(b);
                self.f.tee(a);
                self.f.get(b);
                self.f.get(a);
                self.f.get(b);
                if op == BinaryOp::MinInt {
                    self.f.i().i64_le_s().select();
                } else {
                    self.f.i().i64_ge_s().select();
                }
            }
            BinaryOp::MinNumber | BinaryOp::MaxNumber => {
                let [a, b] = self.f.locals(ValType::F64);
                self.f.set(b);
                self.f.set(a);
                // The right one only when it is strictly beyond the left one: −0 and 0 are equal, the left one stays.
                self.f.get(b);
                self.f.get(a);
                self.f.get(b);
                self.f.get(a);
                if op == BinaryOp::MinNumber {
                    self.f.i().f64_lt().select();
                } else {
                    self.f.i().f64_gt().select();
                }
            }
            BinaryOp::MinWide | BinaryOp::MaxWide => self.extreme_wide(op),
            BinaryOp::IpInCidr => self.call(Runtime::IpInCidr),
            BinaryOp::CidrInCidr => self.call(Runtime::CidrInCidr),
            BinaryOp::StartsWith
            | BinaryOp::EndsWith
            | BinaryOp::Contains
            | BinaryOp::DidMatch
            | BinaryOp::GlobMatch
            | BinaryOp::IpInCidrs
            | BinaryOp::EqText
            | BinaryOp::NeText
            | BinaryOp::InTexts
            | BinaryOp::TrustChain
            | BinaryOp::TrustCombine
            | BinaryOp::TrustDistance => {}
        }
    }

    fn add_int(&mut self, addition: Addition, overflow: EvalError) {
        let [a, b, sum] = self.f.locals(ValType::I64);
        self.f.set(b);
        self.f.tee(a);
        self.f.get(b);
        self.overflow_after(addition, [a, b, sum], |c| {
            if addition == Addition::Minus {
                c.f.i().i64_sub();
            } else {
                c.f.i().i64_add();
            }
        });
        self.fail_if(overflow);
        self.f.get(sum);
    }

    /// Computes `sum` from the operands on the stack, and whether it left its range: the signs of the operands say so.
    fn overflow_after(
        &mut self,
        addition: Addition,
        [a, b, sum]: [u32; 3],
        compute: impl FnOnce(&mut Self),
    ) {
        compute(self);
        self.f.set(sum);
        self.f.get(a);
        self.f
            .get(if addition == Addition::Minus { b } else { sum });
        self.f.i().i64_xor();
        self.f.get(if addition == Addition::Minus { a } else { b });
        self.f.get(sum);
        self.f.i().i64_xor().i64_and();
        self.f.i64(0);
        self.f.i().i64_lt_s();
    }

    /// Two factors of 32 bits cannot overflow; others are checked by a call.
    fn mul_int(&mut self, overflow: EvalError) {
        let [a, b] = self.f.locals(ValType::I64);
        self.f.set(b);
        self.f.set(a);
        for factor in [a, b] {
            self.f.get(factor);
            self.f.get(factor);
            self.f.i().i64_extend32_s().i64_eq();
        }
        self.f.i().i32_and();
        self.f.if_(BlockType::Result(ValType::I64));
        self.f.get(a);
        self.f.get(b);
        self.f.i().i64_mul();
        self.f.else_();
        self.f.get(a);
        self.f.get(b);
        self.call(Runtime::MulInt);
        self.fail_if(overflow);
        self.f.end();
    }

    fn div_int(&mut self, op: BinaryOp, point: PointId) {
        let [a, b] = self.f.locals(ValType::I64);
        self.f.set(b);
        self.f.set(a);
        self.f.get(b);
        self.f.i().i64_eqz();
        self.fail_if(EvalError::DivisionByZero { point });
        self.f.get(a);
        self.f.i64(SIGN_BIT);
        self.f.i().i64_eq();
        self.f.get(b);
        self.f.i64(u64::MAX);
        self.f.i().i64_eq().i32_and();
        self.fail_if(EvalError::Overflow { point });
        self.f.get(a);
        self.f.get(b);
        if op == BinaryOp::RemInt {
            self.f.i().i64_rem_s();
        } else {
            self.f.i().i64_div_s();
        }
    }

    fn number(&mut self, op: BinaryOp, point: PointId) {
        let value = self.f.local(ValType::F64);
        match op {
            BinaryOp::AddNumber => {
                self.f.i().f64_add();
            }
            BinaryOp::SubNumber => {
                self.f.i().f64_sub();
            }
            BinaryOp::MulNumber => {
                self.f.i().f64_mul();
            }
            _ => {
                self.f.tee(value);
                self.f.f64(0.0);
                self.f.i().f64_eq();
                self.fail_if(EvalError::DivisionByZero { point });
                self.f.get(value);
                self.f.i().f64_div();
            }
        }
        self.f.tee(value);
        // False for infinity and for NaN.
        self.f.i().f64_abs();
        self.f.f64(f64::INFINITY);
        self.f.i().f64_lt().i32_eqz();
        self.fail_if(EvalError::NotFinite { point });
        self.f.get(value);
    }

    /// Two wides from the stack into locals: low and high of the left, low and high of the right.
    fn pop_wides(&mut self) -> [u32; 4] {
        let locals = self.f.locals(ValType::I64);
        for local in locals.into_iter().rev() {
            self.f.set(local);
        }
        locals
    }

    fn add_wide(&mut self, addition: Addition, overflow: EvalError) {
        let [a_low, a_high, b_low, b_high] = self.pop_wides();
        let [low, high] = self.f.locals(ValType::I64);
        self.f.get(a_low);
        self.f.get(b_low);
        if addition == Addition::Minus {
            self.f.i().i64_sub();
        } else {
            self.f.i().i64_add();
        }
        self.f.set(low);
        self.f.get(a_high);
        self.f.get(b_high);
        self.overflow_after(addition, [a_high, b_high, high], |c| {
            if addition == Addition::Minus {
                c.f.i().i64_sub();
                c.f.get(a_low);
                c.f.get(b_low);
                c.f.i().i64_lt_u().i64_extend_i32_u().i64_sub();
            } else {
                c.f.i().i64_add();
                c.f.get(low);
                c.f.get(b_low);
                c.f.i().i64_lt_u().i64_extend_i32_u().i64_add();
            }
        });
        self.fail_if(overflow);
        self.f.get(low);
        self.f.get(high);
    }

    fn div_wide(&mut self, point: PointId) {
        let [low, high] = self.f.locals(ValType::I64);
        self.f.set(high);
        self.f.tee(low);
        self.f.get(high);
        self.f.i().i64_or().i64_eqz();
        self.fail_if(EvalError::DivisionByZero { point });
        self.f.get(low);
        self.f.get(high);
        self.call(Runtime::DivWide);
        self.fail_if(EvalError::Overflow { point });
    }

    fn compare_wide(&mut self, op: BinaryOp) {
        let wides = self.pop_wides();
        self.compare_wides(op, wides);
    }

    /// Compares the low halves when the high halves are equal.
    pub(super) fn compare_wides(&mut self, op: BinaryOp, [a_low, a_high, b_low, b_high]: [u32; 4]) {
        self.f.get(a_low);
        self.f.get(b_low);
        match op {
            BinaryOp::LtWide => self.f.i().i64_lt_u(),
            BinaryOp::LeWide => self.f.i().i64_le_u(),
            BinaryOp::GtWide => self.f.i().i64_gt_u(),
            _ => self.f.i().i64_ge_u(),
        };
        self.f.get(a_high);
        self.f.get(b_high);
        match op {
            BinaryOp::LtWide | BinaryOp::LeWide => self.f.i().i64_lt_s(),
            _ => self.f.i().i64_gt_s(),
        };
        self.f.get(a_high);
        self.f.get(b_high);
        self.f.i().i64_eq().select();
    }

    /// The smaller or larger of two wides on the stack.
    fn extreme_wide(&mut self, op: BinaryOp) {
        let wides = self.pop_wides();
        let [a_low, a_high, b_low, b_high] = wides;
        let left = self.f.local(ValType::I32);
        let keeps_left = match op {
            BinaryOp::MaxWide => BinaryOp::GeWide,
            _ => BinaryOp::LeWide,
        };
        self.compare_wides(keeps_left, wides);
        self.f.set(left);
        for (a, b) in [(a_low, b_low), (a_high, b_high)] {
            self.f.get(a);
            self.f.get(b);
            self.f.get(left);
            self.f.i().select();
        }
    }
}

const TRUST_WORDS: u32 = 6;

impl Coder<'_, '_> {
    /// The mean of the six components, summed from left to right.
    fn trust_norm(&mut self, operand: &Expr) {
        let offset = self.place(operand);
        let vector = self.f.local(ValType::I32);
        self.f.set(vector);
        for word in 0..TRUST_WORDS {
            self.component(vector, offset, word);
            if word != 0 {
                self.f.i().f64_add();
            }
        }
        self.f.f64(6.0);
        self.f.i().f64_div();
    }

    fn component(&mut self, vector: u32, offset: u32, word: u32) {
        let at = self.f.at(offset + word * WORD);
        self.f.get(vector);
        self.f.i().f64_load(at);
    }

    pub(super) fn trust(&mut self, op: BinaryOp, left: &Expr, right: &Expr) {
        let [a, b] = self.f.locals(ValType::I32);
        self.expr(left);
        self.f.set(a);
        self.expr(right);
        self.f.set(b);
        if op == BinaryOp::TrustDistance {
            return self.trust_distance(a, b);
        }
        let answer = self.allocate(TRUST_WORDS * WORD);
        let [x, y] = self.f.locals(ValType::F64);
        for word in 0..TRUST_WORDS {
            let at = self.f.at(word * WORD);
            self.component(a, 0, word);
            self.f.set(x);
            self.component(b, 0, word);
            self.f.set(y);
            self.f.get(answer);
            if op == BinaryOp::TrustChain {
                self.f.get(y);
                self.f.get(x);
                self.f.get(y);
                self.f.get(x);
                self.f.i().f64_lt().select();
            } else {
                self.f.get(x);
                self.f.get(y);
                self.f.i().f64_add();
                self.f.get(x);
                self.f.get(y);
                self.f.i().f64_mul().f64_sub();
            }
            self.f.i().f64_store(at);
        }
        self.f.get(answer);
    }

    fn trust_distance(&mut self, a: u32, b: u32) {
        let difference = self.f.local(ValType::F64);
        for word in 0..TRUST_WORDS {
            self.component(a, 0, word);
            self.component(b, 0, word);
            self.f.i().f64_sub();
            self.f.tee(difference);
            self.f.get(difference);
            self.f.i().f64_mul();
            if word != 0 {
                self.f.i().f64_add();
            }
        }
        self.f.f64(6.0);
        self.f.i().f64_div().f64_sqrt();
    }
}
