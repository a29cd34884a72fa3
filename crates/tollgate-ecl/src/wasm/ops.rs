//! Operators. What can fail checks right after the operation and ends the evaluation with its own error.

use wasm_encoder::{BlockType, ValType};

use super::emitter::{Code, Emitter, Runtime, values};
use super::expr::{allocate, emit, place};
use super::{gas, text};
use crate::ir::{BinaryOp, Expr, PointId, UnaryOp};
use crate::outcome::EvalError;
use crate::types::WORD;

const SIGN_BIT: u64 = 1 << 63;

/// `op operand`
pub(super) fn unary(
    e: &mut Emitter<'_>,
    c: &mut Code,
    op: UnaryOp,
    operand: &Expr,
    point: PointId,
) {
    if op == UnaryOp::TrustNorm {
        return trust_norm(e, c, operand);
    }
    emit(e, c, operand);
    let overflow = EvalError::Overflow { point };
    match op {
        UnaryOp::Not => {
            c.f.i().i32_eqz();
        }
        UnaryOp::NegInt => {
            let value = c.f.local(ValType::I64);
            c.f.tee(value);
            c.f.i64(SIGN_BIT);
            c.f.i().i64_eq();
            gas::fail_if(c, overflow);
            c.f.i64(0);
            c.f.get(value);
            c.f.i().i64_sub();
        }
        UnaryOp::NegNumber => {
            c.f.i().f64_neg();
        }
        UnaryOp::NegWide => {
            let [low, high] = c.f.locals(ValType::I64);
            c.f.set(high);
            c.f.tee(low);
            c.f.get(high);
            c.f.i64(SIGN_BIT);
            c.f.i().i64_xor().i64_or().i64_eqz();
            gas::fail_if(c, overflow);
            negate_wide(c, low, high);
        }
        UnaryOp::TextLength | UnaryOp::ListLength => {
            c.f.i64(0xffff_ffff);
            c.f.i().i64_and();
        }
        UnaryOp::IntToDecimal => {
            // |int| · 10^18 fits, so the product of the halves is the answer.
            let value = c.f.local(ValType::I64);
            c.f.set(value);
            signed_times_one(e, c, value);
        }
        UnaryOp::IntToNumber => {
            c.f.i().f64_convert_i64_s();
        }
        UnaryOp::DecimalToNumber => e.call(&mut c.f, Runtime::DecimalToNumber),
        UnaryOp::NumberToDecimal => {
            e.call(&mut c.f, Runtime::NumberToDecimal);
            gas::fail_if(c, overflow);
        }
        UnaryOp::DecimalToInt => {
            e.call(&mut c.f, Runtime::DecimalToInt);
            gas::fail_if(c, overflow);
        }
        UnaryOp::TrustNorm => {}
    }
}

fn negate_wide(c: &mut Code, low: u32, high: u32) {
    c.f.i64(0);
    c.f.get(low);
    c.f.i().i64_sub();
    c.f.i64(0);
    c.f.get(high);
    c.f.i().i64_sub();
    c.f.get(low);
    c.f.i64(0);
    c.f.i().i64_ne().i64_extend_i32_u().i64_sub();
}

/// int·10^18 as a wide: the unsigned product, corrected for the sign.
fn signed_times_one(e: &mut Emitter<'_>, c: &mut Code, value: u32) {
    const ONE: u64 = 1_000_000_000_000_000_000;
    c.f.get(value);
    c.f.i64(ONE);
    e.call(&mut c.f, Runtime::MulU64);
    c.f.get(value);
    c.f.i64(63);
    c.f.i().i64_shr_s();
    c.f.i64(ONE);
    c.f.i().i64_and().i64_sub();
}

/// `left op right`
pub(super) fn binary(
    e: &mut Emitter<'_>,
    c: &mut Code,
    op: BinaryOp,
    left: &Expr,
    right: &Expr,
    point: PointId,
) {
    match op {
        BinaryOp::StartsWith | BinaryOp::EndsWith | BinaryOp::Contains | BinaryOp::DidMatch => {
            return text::binary(e, c, op, left, right);
        }
        BinaryOp::TrustChain | BinaryOp::TrustCombine | BinaryOp::TrustDistance => {
            return trust(e, c, op, left, right);
        }
        _ => {}
    }
    emit(e, c, left);
    emit(e, c, right);
    on_stack(e, c, op, values(&left.ty), point);
}

/// The operator on two operands of `ty` that are on the stack.
pub(super) fn on_stack(
    e: &mut Emitter<'_>,
    c: &mut Code,
    op: BinaryOp,
    operand: &[ValType],
    point: PointId,
) {
    let overflow = EvalError::Overflow { point };
    match op {
        BinaryOp::AddInt | BinaryOp::SubInt => add_int(c, op == BinaryOp::SubInt, overflow),
        BinaryOp::MulInt => mul_int(e, c, overflow),
        BinaryOp::DivInt | BinaryOp::RemInt => div_int(c, op == BinaryOp::RemInt, point),
        BinaryOp::AddNumber | BinaryOp::SubNumber | BinaryOp::MulNumber | BinaryOp::DivNumber => {
            number(c, op, point)
        }
        BinaryOp::AddWide | BinaryOp::SubWide => add_wide(c, op == BinaryOp::SubWide, overflow),
        BinaryOp::MulWide => {
            e.call(&mut c.f, Runtime::MulWide);
            gas::fail_if(c, overflow);
        }
        BinaryOp::DivWide => div_wide(e, c, point),
        BinaryOp::EqWord | BinaryOp::NeWord => {
            let mut i = c.f.i();
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
            c.f.i().i64_lt_s();
        }
        BinaryOp::LeInt => {
            c.f.i().i64_le_s();
        }
        BinaryOp::GtInt => {
            c.f.i().i64_gt_s();
        }
        BinaryOp::GeInt => {
            c.f.i().i64_ge_s();
        }
        BinaryOp::EqNumber => {
            c.f.i().f64_eq();
        }
        BinaryOp::NeNumber => {
            c.f.i().f64_ne();
        }
        BinaryOp::LtNumber => {
            c.f.i().f64_lt();
        }
        BinaryOp::LeNumber => {
            c.f.i().f64_le();
        }
        BinaryOp::GtNumber => {
            c.f.i().f64_gt();
        }
        BinaryOp::GeNumber => {
            c.f.i().f64_ge();
        }
        BinaryOp::EqWide | BinaryOp::NeWide => {
            let [a_low, a_high, b_low, b_high] = pop_wides(c);
            c.f.get(a_low);
            c.f.get(b_low);
            c.f.i().i64_xor();
            c.f.get(a_high);
            c.f.get(b_high);
            c.f.i().i64_xor().i64_or().i64_eqz();
            if op == BinaryOp::NeWide {
                c.f.i().i32_eqz();
            }
        }
        BinaryOp::LtWide | BinaryOp::LeWide | BinaryOp::GtWide | BinaryOp::GeWide => {
            compare_wide(c, op);
        }
        BinaryOp::MinInt | BinaryOp::MaxInt => {
            let [a, b] = c.f.locals(ValType::I64);
            c.f.set(b);
            c.f.tee(a);
            c.f.get(b);
            c.f.get(a);
            c.f.get(b);
            if op == BinaryOp::MinInt {
                c.f.i().i64_le_s().select();
            } else {
                c.f.i().i64_ge_s().select();
            }
        }
        BinaryOp::MinNumber | BinaryOp::MaxNumber => {
            let [a, b] = c.f.locals(ValType::F64);
            c.f.set(b);
            c.f.set(a);
            // The right one only when it is strictly beyond the left one: −0 and 0 are equal, the left one stays.
            c.f.get(b);
            c.f.get(a);
            c.f.get(b);
            c.f.get(a);
            if op == BinaryOp::MinNumber {
                c.f.i().f64_lt().select();
            } else {
                c.f.i().f64_gt().select();
            }
        }
        BinaryOp::MinWide | BinaryOp::MaxWide => extreme_wide(c, op == BinaryOp::MaxWide),
        BinaryOp::StartsWith
        | BinaryOp::EndsWith
        | BinaryOp::Contains
        | BinaryOp::DidMatch
        | BinaryOp::TrustChain
        | BinaryOp::TrustCombine
        | BinaryOp::TrustDistance => {}
    }
}

fn add_int(c: &mut Code, subtract: bool, overflow: EvalError) {
    let [a, b, sum] = c.f.locals(ValType::I64);
    c.f.set(b);
    c.f.tee(a);
    c.f.get(b);
    overflow_after(c, subtract, [a, b, sum], |c| {
        if subtract {
            c.f.i().i64_sub();
        } else {
            c.f.i().i64_add();
        }
    });
    gas::fail_if(c, overflow);
    c.f.get(sum);
}

/// Computes `sum` from the operands on the stack, and whether it left its range: the signs of the operands say so.
fn overflow_after(
    c: &mut Code,
    subtract: bool,
    [a, b, sum]: [u32; 3],
    compute: impl FnOnce(&mut Code),
) {
    compute(c);
    c.f.set(sum);
    c.f.get(a);
    c.f.get(if subtract { b } else { sum });
    c.f.i().i64_xor();
    c.f.get(if subtract { a } else { b });
    c.f.get(sum);
    c.f.i().i64_xor().i64_and();
    c.f.i64(0);
    c.f.i().i64_lt_s();
}

/// Two factors of 32 bits cannot overflow; others are checked by a call.
fn mul_int(e: &mut Emitter<'_>, c: &mut Code, overflow: EvalError) {
    let [a, b] = c.f.locals(ValType::I64);
    c.f.set(b);
    c.f.set(a);
    for factor in [a, b] {
        c.f.get(factor);
        c.f.get(factor);
        c.f.i().i64_extend32_s().i64_eq();
    }
    c.f.i().i32_and();
    c.f.if_(BlockType::Result(ValType::I64));
    c.f.get(a);
    c.f.get(b);
    c.f.i().i64_mul();
    c.f.else_();
    c.f.get(a);
    c.f.get(b);
    e.call(&mut c.f, Runtime::MulInt);
    gas::fail_if(c, overflow);
    c.f.end();
}

fn div_int(c: &mut Code, remainder: bool, point: PointId) {
    let [a, b] = c.f.locals(ValType::I64);
    c.f.set(b);
    c.f.set(a);
    c.f.get(b);
    c.f.i().i64_eqz();
    gas::fail_if(c, EvalError::DivisionByZero { point });
    c.f.get(a);
    c.f.i64(SIGN_BIT);
    c.f.i().i64_eq();
    c.f.get(b);
    c.f.i64(u64::MAX);
    c.f.i().i64_eq().i32_and();
    gas::fail_if(c, EvalError::Overflow { point });
    c.f.get(a);
    c.f.get(b);
    if remainder {
        c.f.i().i64_rem_s();
    } else {
        c.f.i().i64_div_s();
    }
}

fn number(c: &mut Code, op: BinaryOp, point: PointId) {
    let value = c.f.local(ValType::F64);
    match op {
        BinaryOp::AddNumber => {
            c.f.i().f64_add();
        }
        BinaryOp::SubNumber => {
            c.f.i().f64_sub();
        }
        BinaryOp::MulNumber => {
            c.f.i().f64_mul();
        }
        _ => {
            c.f.tee(value);
            c.f.f64(0.0);
            c.f.i().f64_eq();
            gas::fail_if(c, EvalError::DivisionByZero { point });
            c.f.get(value);
            c.f.i().f64_div();
        }
    }
    c.f.tee(value);
    // False for infinity and for NaN.
    c.f.i().f64_abs();
    c.f.f64(f64::INFINITY);
    c.f.i().f64_lt().i32_eqz();
    gas::fail_if(c, EvalError::NotFinite { point });
    c.f.get(value);
}

/// Two wides from the stack into locals: low and high of the left, low and high of the right.
fn pop_wides(c: &mut Code) -> [u32; 4] {
    let locals = c.f.locals(ValType::I64);
    for local in locals.into_iter().rev() {
        c.f.set(local);
    }
    locals
}

fn add_wide(c: &mut Code, subtract: bool, overflow: EvalError) {
    let [a_low, a_high, b_low, b_high] = pop_wides(c);
    let [low, high] = c.f.locals(ValType::I64);
    c.f.get(a_low);
    c.f.get(b_low);
    if subtract {
        c.f.i().i64_sub();
    } else {
        c.f.i().i64_add();
    }
    c.f.set(low);
    c.f.get(a_high);
    c.f.get(b_high);
    overflow_after(c, subtract, [a_high, b_high, high], |c| {
        if subtract {
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
    gas::fail_if(c, overflow);
    c.f.get(low);
    c.f.get(high);
}

fn div_wide(e: &mut Emitter<'_>, c: &mut Code, point: PointId) {
    let [low, high] = c.f.locals(ValType::I64);
    c.f.set(high);
    c.f.tee(low);
    c.f.get(high);
    c.f.i().i64_or().i64_eqz();
    gas::fail_if(c, EvalError::DivisionByZero { point });
    c.f.get(low);
    c.f.get(high);
    e.call(&mut c.f, Runtime::DivWide);
    gas::fail_if(c, EvalError::Overflow { point });
}

fn compare_wide(c: &mut Code, op: BinaryOp) {
    let wides = pop_wides(c);
    compare_wides(c, op, wides);
}

/// Compares the low halves when the high halves are equal.
pub(super) fn compare_wides(c: &mut Code, op: BinaryOp, [a_low, a_high, b_low, b_high]: [u32; 4]) {
    c.f.get(a_low);
    c.f.get(b_low);
    match op {
        BinaryOp::LtWide => c.f.i().i64_lt_u(),
        BinaryOp::LeWide => c.f.i().i64_le_u(),
        BinaryOp::GtWide => c.f.i().i64_gt_u(),
        _ => c.f.i().i64_ge_u(),
    };
    c.f.get(a_high);
    c.f.get(b_high);
    match op {
        BinaryOp::LtWide | BinaryOp::LeWide => c.f.i().i64_lt_s(),
        _ => c.f.i().i64_gt_s(),
    };
    c.f.get(a_high);
    c.f.get(b_high);
    c.f.i().i64_eq().select();
}

/// The smaller or larger of two wides on the stack.
fn extreme_wide(c: &mut Code, larger: bool) {
    let wides = pop_wides(c);
    let [a_low, a_high, b_low, b_high] = wides;
    let left = c.f.local(ValType::I32);
    let op = if larger {
        BinaryOp::GeWide
    } else {
        BinaryOp::LeWide
    };
    compare_wides(c, op, wides);
    c.f.set(left);
    for (a, b) in [(a_low, b_low), (a_high, b_high)] {
        c.f.get(a);
        c.f.get(b);
        c.f.get(left);
        c.f.i().select();
    }
}

const TRUST_WORDS: u32 = 6;

/// The mean of the six components, summed from left to right.
fn trust_norm(e: &mut Emitter<'_>, c: &mut Code, operand: &Expr) {
    let offset = place(e, c, operand);
    let vector = c.f.local(ValType::I32);
    c.f.set(vector);
    for word in 0..TRUST_WORDS {
        component(c, vector, offset, word);
        if word != 0 {
            c.f.i().f64_add();
        }
    }
    c.f.f64(6.0);
    c.f.i().f64_div();
}

fn component(c: &mut Code, vector: u32, offset: u32, word: u32) {
    let at = c.f.at(offset + word * WORD);
    c.f.get(vector);
    c.f.i().f64_load(at);
}

fn trust(e: &mut Emitter<'_>, c: &mut Code, op: BinaryOp, left: &Expr, right: &Expr) {
    let [a, b] = c.f.locals(ValType::I32);
    emit(e, c, left);
    c.f.set(a);
    emit(e, c, right);
    c.f.set(b);
    if op == BinaryOp::TrustDistance {
        return trust_distance(c, a, b);
    }
    let answer = allocate(c, TRUST_WORDS * WORD);
    let [x, y] = c.f.locals(ValType::F64);
    for word in 0..TRUST_WORDS {
        let at = c.f.at(word * WORD);
        component(c, a, 0, word);
        c.f.set(x);
        component(c, b, 0, word);
        c.f.set(y);
        c.f.get(answer);
        if op == BinaryOp::TrustChain {
            c.f.get(y);
            c.f.get(x);
            c.f.get(y);
            c.f.get(x);
            c.f.i().f64_lt().select();
        } else {
            c.f.get(x);
            c.f.get(y);
            c.f.i().f64_add();
            c.f.get(x);
            c.f.get(y);
            c.f.i().f64_mul().f64_sub();
        }
        c.f.i().f64_store(at);
    }
    c.f.get(answer);
}

fn trust_distance(c: &mut Code, a: u32, b: u32) {
    let difference = c.f.local(ValType::F64);
    for word in 0..TRUST_WORDS {
        component(c, a, 0, word);
        component(c, b, 0, word);
        c.f.i().f64_sub();
        c.f.tee(difference);
        c.f.get(difference);
        c.f.i().f64_mul();
        if word != 0 {
            c.f.i().f64_add();
        }
    }
    c.f.f64(6.0);
    c.f.i().f64_div().f64_sqrt();
}
