//! Runtime functions on ints and decimals: exactly what [`decimal`](crate::data::decimal) computes, on 64-bit halves.
//!
//! Dividing by 10^18 is dividing by 2^18 and by 5^18. The latter is below 2^42, so a 64-bit limb can be taken in three
//! pieces that never leave 64 bits, each a division by a constant, which compilers turn into a multiplication.

use wasm_encoder::{BlockType, ValType};

use super::body::Body;
use super::emitter::Emitter;
use super::runtime::Runtime;

const FIVE_18: u64 = 3_814_697_265_625;
const LOW_18: u64 = (1 << 18) - 1;
/// Half of 10^18.
const HALF: u64 = 500_000_000_000_000_000;
const SIGN_BIT: u64 = 1 << 63;
const I64: ValType = ValType::I64;

/// `a·b`, and whether it overflowed.
pub(super) fn mul_int(f: &mut Body) {
    let product = f.local(I64);
    f.get(0);
    f.get(1);
    f.i().i64_mul();
    f.set(product);
    // Two ints of 32 bits never overflow, and nearly all are: that saves the division.
    for factor in [0, 1] {
        f.get(factor);
        f.i64(1 << 31);
        f.i().i64_add();
    }
    f.i().i64_or();
    f.i64(32);
    f.i().i64_shr_u().i64_eqz();
    f.if_(BlockType::Empty);
    f.get(product);
    f.i32(0);
    f.i().return_();
    f.end();
    f.get(0);
    f.i().i64_eqz();
    f.if_(BlockType::Empty);
    f.i64(0);
    f.i32(0);
    f.i().return_();
    f.end();
    // −1·MIN is the one product whose check would trap.
    f.get(0);
    f.i64(u64::MAX);
    f.i().i64_eq();
    f.if_(BlockType::Empty);
    f.get(product);
    f.get(1);
    f.i64(SIGN_BIT);
    f.i().i64_eq().return_();
    f.end();
    f.get(product);
    f.get(product);
    f.get(0);
    f.i().i64_div_s().local_get(1).i64_ne();
}

/// The 128-bit product of two unsigned words, by 32-bit halves.
pub(super) fn mul_u64(f: &mut Body) {
    let [a1, b1, low, mid] = f.locals(I64);
    const LOW: u64 = 0xffff_ffff;
    let half = |f: &mut Body, word: u32| {
        f.get(word);
        f.i64(LOW);
        f.i().i64_and();
    };
    let top = |f: &mut Body, word: u32| {
        f.get(word);
        f.i64(32);
        f.i().i64_shr_u();
    };
    top(f, 0);
    f.set(a1);
    top(f, 1);
    f.set(b1);
    half(f, 0);
    half(f, 1);
    f.i().i64_mul();
    f.set(low);
    // mid = a1·b0 + (low >> 32): below 2^64.
    f.get(a1);
    half(f, 1);
    f.i().i64_mul();
    top(f, low);
    f.i().i64_add();
    f.set(mid);
    // The low half is the wrapping product.
    f.get(0);
    f.get(1);
    f.i().i64_mul();
    // high half: a1·b1 + (mid >> 32) + ((a0·b1 + mid's low half) >> 32)
    f.get(a1);
    f.get(b1);
    f.i().i64_mul();
    top(f, mid);
    f.i().i64_add();
    half(f, 0);
    f.get(b1);
    f.i().i64_mul();
    half(f, mid);
    f.i().i64_add();
    f.i64(32);
    f.i().i64_shr_u().i64_add();
}

/// `(rest·2^64 + limb) / 5^18`: the quotient limb and the new rest. `rest` is below 5^18.
pub(super) fn div_limb(f: &mut Body) {
    let [part, digit, quotient] = f.locals(I64);
    let mut shift = 64;
    f.i64(0);
    f.set(quotient);
    for bits in [22, 21, 21] {
        shift -= bits;
        f.get(0);
        f.i64(bits);
        f.i().i64_shl();
        f.get(1);
        f.i64(shift);
        f.i().i64_shr_u();
        f.i64((1 << bits) - 1);
        f.i().i64_and().i64_or();
        f.tee(part);
        f.i64(FIVE_18);
        f.i().i64_div_u();
        f.set(digit);
        f.get(part);
        f.get(digit);
        f.i64(FIVE_18);
        f.i().i64_mul().i64_sub();
        f.set(0);
        f.get(quotient);
        f.i64(bits);
        f.i().i64_shl();
        f.get(digit);
        f.i().i64_or();
        f.set(quotient);
    }
    f.get(quotient);
    f.get(0);
}

/// Sets `low` and `high` to the magnitude of the wide in them, when `negative` (a word, all ones or zero) says so.
pub(super) fn apply_sign(f: &mut Body, low: u32, high: u32, negative: u32) {
    let before = f.local(I64);
    f.get(low);
    f.get(negative);
    f.i().i64_xor();
    f.set(before);
    f.get(high);
    f.get(negative);
    f.i().i64_xor();
    f.set(high);
    // Adding 1 when negative; it carries into the high half when the low half is all ones.
    f.get(before);
    f.get(negative);
    f.i().i64_sub();
    f.set(low);
    f.get(high);
    f.get(low);
    f.get(before);
    f.i().i64_lt_u().i64_extend_i32_u().i64_add();
    f.set(high);
}

/// All ones when the word is negative, else zero.
fn sign(f: &mut Body, high: u32) -> u32 {
    let negative = f.local(I64);
    f.get(high);
    f.i64(63);
    f.i().i64_shr_s();
    f.set(negative);
    negative
}

/// Takes the sign of the wide in two locals off.
fn magnitude(f: &mut Body, low: u32, high: u32) -> u32 {
    let negative = sign(f, high);
    apply_sign(f, low, high, negative);
    negative
}

/// Adds the i64 on the stack (0 or 1) to a 128-bit magnitude and leaves whether it carried out, as i32.
fn round_up(f: &mut Body, low: u32, high: u32) {
    let up = f.local(I64);
    f.set(up);
    f.get(low);
    f.get(up);
    f.i().i64_add();
    f.tee(low);
    f.get(up);
    f.i().i64_lt_u().i64_extend_i32_u();
    f.set(up);
    f.get(high);
    f.get(up);
    f.i().i64_add();
    f.tee(high);
    f.get(up);
    f.i().i64_lt_u();
}

/// Ends the function with the signed wide of a magnitude; `overflow` (i32 local) when it is set or the sign bit is taken.
pub(super) fn finish_signed(f: &mut Body, low: u32, high: u32, negative: u32, overflow: u32) {
    apply_sign(f, low, high, negative);
    f.get(low);
    f.get(high);
    f.get(overflow);
    // A magnitude below 2^127 has the sign it was given; −2^127 too; 0 has none.
    f.get(high);
    f.i64(63);
    f.i().i64_shr_s();
    f.get(negative);
    f.i().i64_ne();
    f.get(low);
    f.get(high);
    f.i().i64_or().i64_eqz().i32_eqz().i32_and().i32_or();
}

/// `(a·b)/10^18`, rounded half to even.
pub(super) fn mul_wide(e: &mut Emitter<'_>, f: &mut Body) {
    let negative = f.local(I64);
    let a = magnitude(f, 0, 1);
    let b = magnitude(f, 2, 3);
    f.get(a);
    f.get(b);
    f.i().i64_xor();
    f.set(negative);
    let p: [u32; 4] = f.locals(I64);
    let [p0, p1, p2, p3] = p;
    let [low, high] = f.locals(I64);
    f.get(0);
    f.get(2);
    e.call(f, Runtime::MulU64);
    f.set(p1);
    f.set(p0);
    // The other three products only when a factor is wide.
    f.get(1);
    f.get(3);
    f.i().i64_or().i64_eqz().i32_eqz();
    f.if_(BlockType::Empty);
    for (x, y, at) in [(0, 3, 1_usize), (1, 2, 1), (1, 3, 2)] {
        f.get(x);
        f.get(y);
        e.call(f, Runtime::MulU64);
        f.set(high);
        f.set(low);
        add_limbs(f, p.get(at..).unwrap_or(&[]), [low, high]);
    }
    f.end();
    // Shift right by 18; the bits that fall off belong to the rest.
    let fallen = f.local(I64);
    f.get(p0);
    f.i64(LOW_18);
    f.i().i64_and();
    f.set(fallen);
    for (this, next) in [(p0, Some(p1)), (p1, Some(p2)), (p2, Some(p3)), (p3, None)] {
        f.get(this);
        f.i64(18);
        f.i().i64_shr_u();
        if let Some(next) = next {
            f.get(next);
            f.i64(46);
            f.i().i64_shl().i64_or();
        }
        f.set(this);
    }
    let rest = f.local(I64);
    let overflow = f.local(ValType::I32);
    f.get(p2);
    f.get(p3);
    f.i().i64_or().i64_eqz().i32_eqz();
    f.if_(BlockType::Empty);
    divide(e, f, &[p3, p2], rest);
    f.get(p2);
    f.get(p3);
    f.i().i64_or().i64_eqz().i32_eqz();
    f.set(overflow);
    f.end();
    divide(e, f, &[p1, p0], rest);
    f.get(rest);
    f.i64(18);
    f.i().i64_shl();
    f.get(fallen);
    f.i().i64_or();
    f.set(rest);
    // Up when the rest is above one half, or is one half and the quotient is odd.
    f.get(rest);
    f.i64(HALF);
    f.i().i64_gt_u();
    f.get(rest);
    f.i64(HALF);
    f.i().i64_eq();
    f.get(p0);
    f.i().i32_wrap_i64();
    f.i32(1);
    f.i().i32_and().i32_and().i32_or().i64_extend_i32_u();
    round_up(f, p0, p1);
    f.get(overflow);
    f.i().i32_or();
    f.set(overflow);
    finish_signed(f, p0, p1, negative, overflow);
}

/// Adds a 128-bit value to limbs, low first, carrying to the end.
fn add_limbs(f: &mut Body, limbs: &[u32], value: [u32; 2]) {
    let carry = f.local(I64);
    f.i64(0);
    f.set(carry);
    let [low, high] = value;
    for (number, limb) in limbs.iter().enumerate() {
        let addend = match number {
            0 => Some(low),
            1 => Some(high),
            _ => None,
        };
        let sum = f.local(I64);
        let out = f.local(I64);
        f.get(*limb);
        f.get(carry);
        f.i().i64_add();
        f.tee(sum);
        f.get(carry);
        f.i().i64_lt_u().i64_extend_i32_u();
        f.set(out);
        if let Some(addend) = addend {
            f.get(sum);
            f.get(addend);
            f.i().i64_add();
            f.tee(sum);
            f.get(addend);
            f.i().i64_lt_u().i64_extend_i32_u();
            f.get(out);
            f.i().i64_add();
            f.set(out);
        }
        f.get(sum);
        f.set(*limb);
        f.get(out);
        f.set(carry);
    }
}

/// Divides limbs, high first, by 5^18 in place, with `rest` going in and out.
fn divide(e: &mut Emitter<'_>, f: &mut Body, limbs: &[u32], rest: u32) {
    for limb in limbs {
        f.get(rest);
        f.get(*limb);
        e.call(f, Runtime::DivLimb);
        f.set(rest);
        f.set(*limb);
    }
}

/// `(a·10^18)/b`, rounded half to even; `b` is not zero.
///
/// Long division, one bit a step: the dividend has 187 bits, and the rest never leaves 128 bits because the divisor is at
/// most 2^127. Leading zeros are skipped a limb at a time.
pub(super) fn div_wide(e: &mut Emitter<'_>, f: &mut Body) {
    const ONE: u64 = 1_000_000_000_000_000_000;
    let [negative, n0, n1, n2, low, high] = f.locals(I64);
    let a = magnitude(f, 0, 1);
    let b = magnitude(f, 2, 3);
    f.get(a);
    f.get(b);
    f.i().i64_xor();
    f.set(negative);
    f.get(0);
    f.i64(ONE);
    e.call(f, Runtime::MulU64);
    f.set(n1);
    f.set(n0);
    f.get(1);
    f.i64(ONE);
    e.call(f, Runtime::MulU64);
    f.set(high);
    f.set(low);
    add_limbs(f, &[n1, n2], [low, high]);
    let [r0, r1, steps, bit] = f.locals(I64);
    f.i64(192);
    f.set(steps);
    for _ in 0..2 {
        f.get(n2);
        f.i().i64_eqz();
        f.get(steps);
        f.i64(64);
        f.i().i64_gt_u().i32_and();
        f.if_(BlockType::Empty);
        for (to, from) in [(n2, n1), (n1, n0)] {
            f.get(from);
            f.set(to);
        }
        f.i64(0);
        f.set(n0);
        f.get(steps);
        f.i64(64);
        f.i().i64_sub();
        f.set(steps);
        f.end();
    }
    // The quotient's bits enter below as the dividend's leave above: its limbs end up in n0 and up, shifted by what was
    // skipped, which is exactly the number of steps that were not made.
    let again = f.loop_();
    shift_in(f, r1, r0);
    shift_in(f, r0, n2);
    shift_in(f, n2, n1);
    shift_in(f, n1, n0);
    f.get(n0);
    f.i64(1);
    f.i().i64_shl();
    f.set(n0);
    // rest >= divisor?
    f.get(r0);
    f.get(2);
    f.i().i64_ge_u();
    f.get(r1);
    f.get(3);
    f.i().i64_gt_u();
    f.get(r1);
    f.get(3);
    f.i().i64_eq().select();
    f.if_(BlockType::Empty);
    f.get(r0);
    f.get(2);
    f.i().i64_lt_u().i64_extend_i32_u();
    f.set(bit);
    f.get(r0);
    f.get(2);
    f.i().i64_sub();
    f.set(r0);
    f.get(r1);
    f.get(3);
    f.i().i64_sub();
    f.get(bit);
    f.i().i64_sub();
    f.set(r1);
    f.get(n0);
    f.i64(1);
    f.i().i64_or();
    f.set(n0);
    f.end();
    f.get(steps);
    f.i64(1);
    f.i().i64_sub();
    f.tee(steps);
    f.i().i64_eqz().i32_eqz();
    f.br_if(again);
    f.end();
    // Twice the rest against the divisor; the rest is below 2^127.
    let overflow = f.local(ValType::I32);
    shift_in(f, r1, r0);
    f.get(r0);
    f.i64(1);
    f.i().i64_shl();
    f.set(r0);
    f.get(r0);
    f.get(2);
    f.i().i64_gt_u();
    f.get(r1);
    f.get(3);
    f.i().i64_gt_u();
    f.get(r1);
    f.get(3);
    f.i().i64_eq().select();
    f.get(r0);
    f.get(2);
    f.i().i64_xor();
    f.get(r1);
    f.get(3);
    f.i().i64_xor().i64_or().i64_eqz();
    f.get(n0);
    f.i().i32_wrap_i64();
    f.i32(1);
    f.i().i32_and().i32_and().i32_or().i64_extend_i32_u();
    round_up(f, n0, n1);
    f.get(n2);
    f.i().i64_eqz().i32_eqz().i32_or();
    f.set(overflow);
    finish_signed(f, n0, n1, negative, overflow);
}

/// Shifts `word` left by one, taking the top bit of `from` in.
fn shift_in(f: &mut Body, word: u32, from: u32) {
    f.get(word);
    f.i64(1);
    f.i().i64_shl();
    f.get(from);
    f.i64(63);
    f.i().i64_shr_u().i64_or();
    f.set(word);
}

/// A decimal towards zero as an int, and whether it did not fit.
pub(super) fn to_int(e: &mut Emitter<'_>, f: &mut Body) {
    let negative = magnitude(f, 0, 1);
    let rest = f.local(I64);
    shift_18(f);
    divide(e, f, &[1, 0], rest);
    apply_sign(f, 0, 1, negative);
    f.get(0);
    // It fits when the high half is the sign of the low half.
    f.get(1);
    f.get(0);
    f.i64(63);
    f.i().i64_shr_s().i64_ne();
}

fn shift_18(f: &mut Body) {
    f.get(0);
    f.i64(18);
    f.i().i64_shr_u();
    f.get(1);
    f.i64(46);
    f.i().i64_shl().i64_or();
    f.set(0);
    f.get(1);
    f.i64(18);
    f.i().i64_shr_u();
    f.set(1);
}

/// The nearest binary64 of a decimal, ties to even.
///
/// The magnitude, shifted to the top of 128 bits and given 64 more, is divided by 5^18; of the quotient's first 64 bits the
/// last also stands for everything below, so that the conversion to a float rounds once and rightly.
pub(super) fn to_number(e: &mut Emitter<'_>, f: &mut Body) {
    let negative = magnitude(f, 0, 1);
    f.get(0);
    f.get(1);
    f.i().i64_or().i64_eqz();
    f.if_(BlockType::Empty);
    f.f64(0.0);
    f.i().return_();
    f.end();
    let [shift, low, rest, zeros, top] = f.locals(I64);
    leading_zeros(f, 0, 1);
    f.set(shift);
    for word in [0, 1] {
        f.get(word);
    }
    f.get(shift);
    e.call(f, Runtime::ShiftLeft);
    f.set(1);
    f.set(0);
    divide(e, f, &[1, 0, low], rest);
    f.get(1);
    f.i().i64_clz();
    f.set(zeros);
    // The high limb has at most 22 bits, so between 42 and 63 zeros.
    f.get(1);
    f.get(zeros);
    f.i().i64_shl();
    f.get(0);
    f.i64(64);
    f.get(zeros);
    f.i().i64_sub().i64_shr_u().i64_or();
    f.set(top);
    f.get(0);
    f.get(zeros);
    f.i().i64_shl();
    f.get(low);
    f.get(rest);
    f.i().i64_or().i64_or();
    f.i64(0);
    f.i().i64_ne().i64_extend_i32_u();
    f.get(top);
    f.i().i64_or().f64_convert_i64_u();
    // value = top · 2^(128 − zeros) / 2^64 / 2^shift / 2^18
    f.i64(1023 + 128 - 64 - 18);
    f.get(zeros);
    f.i().i64_sub();
    f.get(shift);
    f.i().i64_sub();
    f.i64(52);
    f.i().i64_shl().f64_reinterpret_i64().f64_mul();
    // The sign bit.
    f.get(negative);
    f.i64(SIGN_BIT);
    f.i().i64_and().f64_reinterpret_i64();
    f.i().f64_copysign();
    // −0 cannot be: zero has returned.
}

/// Leading zeros of a 128-bit value.
fn leading_zeros(f: &mut Body, low: u32, high: u32) {
    f.get(high);
    f.i().i64_clz();
    f.get(low);
    f.i().i64_clz();
    f.i64(64);
    f.i().i64_add();
    f.get(high);
    f.i64(0);
    f.i().i64_ne().select();
}

/// The nearest decimal of a number, ties to even, and whether it did not fit.
///
/// number = mantissa·2^(exponent − 1075), so number·10^18 = mantissa·5^18·2^(exponent − 1057), and mantissa·5^18 < 2^95.
pub(super) fn from_number(e: &mut Emitter<'_>, f: &mut Body) {
    let [bits, exponent, low, high, negative, shift] = f.locals(I64);
    let overflow = f.local(ValType::I32);
    f.get(0);
    f.i().i64_reinterpret_f64();
    f.tee(bits);
    f.i64(63);
    f.i().i64_shr_s();
    f.set(negative);
    f.get(bits);
    f.i64(52);
    f.i().i64_shr_u();
    f.i64(0x7ff);
    f.i().i64_and();
    f.tee(exponent);
    f.i64(1057 - 96);
    f.i().i64_le_u();
    f.if_(BlockType::Empty);
    // Below one half of the last digit.
    f.i64(0);
    f.i64(0);
    f.i32(0);
    f.i().return_();
    f.end();
    f.get(bits);
    f.i64((1 << 52) - 1);
    f.i().i64_and();
    f.i64(1 << 52);
    f.i().i64_or();
    f.i64(FIVE_18);
    e.call(f, Runtime::MulU64);
    f.set(high);
    f.set(low);
    f.get(exponent);
    f.i64(1057);
    f.i().i64_ge_u();
    f.if_(BlockType::Empty);
    f.get(exponent);
    f.i64(1057);
    f.i().i64_sub();
    f.tee(shift);
    leading_zeros(f, low, high);
    f.i().i64_gt_u();
    f.set(overflow);
    for word in [low, high] {
        f.get(word);
    }
    f.get(shift);
    e.call(f, Runtime::ShiftLeft);
    f.set(high);
    f.set(low);
    f.else_();
    let [rest_low, rest_high] = f.locals(I64);
    f.i64(1057);
    f.get(exponent);
    f.i().i64_sub();
    f.set(shift);
    // The bits that fall off, moved to the top: one half is exactly the top bit.
    for word in [low, high] {
        f.get(word);
    }
    f.i64(128);
    f.get(shift);
    f.i().i64_sub();
    e.call(f, Runtime::ShiftLeft);
    f.set(rest_high);
    f.set(rest_low);
    for word in [low, high] {
        f.get(word);
    }
    f.get(shift);
    e.call(f, Runtime::ShiftRight);
    f.set(high);
    f.set(low);
    f.get(rest_high);
    f.i64(63);
    f.i().i64_shr_u();
    f.get(rest_high);
    f.i64(1);
    f.i().i64_shl();
    f.get(rest_low);
    f.i().i64_or();
    f.i64(0);
    f.i().i64_ne().i64_extend_i32_u();
    f.get(low);
    f.i().i64_or().i64_and();
    f.i64(1);
    f.i().i64_and();
    round_up(f, low, high);
    f.i().drop();
    f.end();
    finish_signed(f, low, high, negative, overflow);
}

/// Where a shift goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    Left,
    Right,
}

/// A 128-bit shift by 0 to 128.
pub(super) fn shift(f: &mut Body, to: To) {
    // `near` keeps bits for the other half when the shift is below 64, `far` receives them.
    let (near, far) = match to {
        To::Right => (1, 0),
        To::Left => (0, 1),
    };
    f.get(2);
    f.i().i64_eqz();
    f.if_(BlockType::Empty);
    f.get(0);
    f.get(1);
    f.i().return_();
    f.end();
    f.get(2);
    f.i64(64);
    f.i().i64_ge_u();
    f.if_(BlockType::Empty);
    f.get(near);
    f.get(2);
    f.i64(64);
    f.i().i64_sub();
    if to == To::Right {
        f.i().i64_shr_u();
    } else {
        f.i().i64_shl();
    }
    // A shift by 128 leaves nothing; the instruction would take it modulo 64.
    f.i64(0);
    f.get(2);
    f.i64(128);
    f.i().i64_lt_u().select();
    f.set(far);
    f.i64(0);
    f.set(near);
    f.else_();
    f.get(far);
    f.get(2);
    if to == To::Right {
        f.i().i64_shr_u();
    } else {
        f.i().i64_shl();
    }
    f.get(near);
    f.i64(64);
    f.get(2);
    f.i().i64_sub();
    if to == To::Right {
        f.i().i64_shl();
    } else {
        f.i().i64_shr_u();
    }
    f.i().i64_or();
    f.set(far);
    f.get(near);
    f.get(2);
    if to == To::Right {
        f.i().i64_shr_u();
    } else {
        f.i().i64_shl();
    }
    f.set(near);
    f.end();
    f.get(0);
    f.get(1);
}
