//! What a text says, as [`said`](crate::data::said) defines it.
//!
//! The digits of a number are read into 128 bits. Zeros are kept back until another digit follows, so a number is its digits without zeros at
//! the end, times a power of ten; one whose digits do not fit is beyond every decimal. Functions whose last result is 0 have found nothing, and
//! their other results are zeros.

use wasm_encoder::{BlockType, ValType};

use super::body::{Body, Label};
use super::coder::Coder;
use super::decimal::{apply_sign, finish_signed};
use super::emitter::Emitter;
use super::runtime::Runtime;
use super::texts::{add, open};
use crate::data::decimal::DIGITS;
use crate::data::said::{Form, POWERS_OF_TEN, POWERS_OF_TWO};
use crate::data::types::{Repr, WORD};
use crate::data::unit::{DURATION_UNITS, FOREIGN_MINUTES, FOREIGN_PARTS_MAX, MICROSECONDS};
use crate::ir::Expr;

const I32: ValType = ValType::I32;
const I64: ValType = ValType::I64;
const ONE: u64 = 1_000_000_000_000_000_000;
const SIGN_BIT: u64 = 1 << 63;

impl Coder<'_, '_> {
    /// A new option of what a text says.
    pub(super) fn said(&mut self, form: Form, text: &Expr) {
        let handle = self.f.local(I64);
        self.expr(text);
        self.f.set(handle);
        self.charge_text(handle);
        let option = self.allocate(form.option_words() * WORD);
        self.f.get(handle);
        self.call(match form {
            Form::Int => Runtime::ReadInt,
            Form::Decimal => Runtime::ReadDecimal,
            Form::Duration => Runtime::ReadDuration,
            Form::Quantity => Runtime::ReadQuantity,
        });
        let found = self.f.local(I32);
        self.f.set(found);
        self.store_value(option, WORD, &form.value());
        let at = self.f.at(0);
        self.f.get(option);
        self.f.get(found);
        self.f.i().i64_extend_i32_u().i64_store(at);
        self.f.get(option);
    }
}

/// Leaves zeros for the results of a function that reads this form, and returns.
fn nothing(f: &mut Body, form: Form) {
    f.i64(0);
    if form.value().repr() == Repr::Wide {
        f.i64(0);
    }
    f.i32(0);
    f.i().return_();
}

/// The same when the i32 on the stack is not 0.
fn nothing_if(f: &mut Body, form: Form) {
    f.if_(BlockType::Empty);
    nothing(f, form);
    f.end();
}

/// A text while it is read.
struct Cursor {
    /// Address of the next byte, in this local.
    at: u32,
    /// Address behind the last one.
    end: u32,
}

impl Cursor {
    /// At the beginning of the text in parameter 0.
    fn open(f: &mut Body) -> Self {
        let (at, end) = open(f, 0);
        f.get(end);
        f.get(at);
        f.i().i32_add();
        f.set(end);
        Self { at, end }
    }

    /// Leaves whether there are bytes.
    fn is_open(&self, f: &mut Body) {
        f.get(self.at);
        f.get(self.end);
        f.i().i32_lt_u();
    }

    /// Leaves the next byte.
    fn byte(&self, f: &mut Body) {
        let at = f.at(0);
        f.get(self.at);
        f.i().i32_load8_u(at);
    }

    /// Steps over the byte when it comes next; gives a local that is 1 then.
    fn skip(&self, f: &mut Body, byte: u8) -> u32 {
        let found = f.local(I32);
        self.is_open(f);
        f.if_(BlockType::Empty);
        self.byte(f);
        f.i32(byte.into());
        f.i().i32_eq();
        f.tee(found);
        f.get(self.at);
        f.i().i32_add();
        f.set(self.at);
        f.end();
        found
    }

    /// Reads bytes as a [`packed`] symbol, until `stop` leaves that the byte in its local is none of it, or there are more than three.
    fn symbol(&self, f: &mut Body, stop: impl FnOnce(&mut Body, u32)) -> u32 {
        let [symbol, byte] = f.locals(I32);
        f.i32(packed(""));
        f.set(symbol);
        let done = f.block(BlockType::Empty);
        let again = f.loop_();
        self.is_open(f);
        f.i().i32_eqz();
        f.br_if(done);
        self.byte(f);
        f.set(byte);
        stop(f, byte);
        f.br_if(done);
        f.get(symbol);
        f.i32(1 << 24);
        f.i().i32_ge_u();
        f.br_if(done);
        f.get(symbol);
        f.i32(8);
        f.i().i32_shl();
        f.get(byte);
        f.i().i32_or();
        f.set(symbol);
        add(f, self.at, 1);
        f.br(again);
        f.end();
        f.end();
        symbol
    }
}

/// A symbol of at most three bytes: 1, then the bytes.
fn packed(symbol: &str) -> u32 {
    symbol
        .bytes()
        .fold(1, |word, byte| (word << 8) | u32::from(byte))
}

/// Begins a block that is entered when the symbol in a local is this one.
fn when(f: &mut Body, symbol: u32, is: &str) -> Label {
    f.get(symbol);
    f.i32(packed(is));
    f.i().i32_eq();
    f.if_(BlockType::Empty)
}

/// `() -> (truth)`: whether the byte in a local is no digit.
fn is_no_digit(f: &mut Body, byte: u32) {
    f.get(byte);
    f.i32(u32::from(b'0'));
    f.i().i32_sub();
    f.i32(10);
    f.i().i32_ge_u();
}

/// `(low, high) -> (low, high, overflow)`: overflow of what is beyond every decimal.
pub(super) fn times_ten(e: &mut Emitter<'_>, f: &mut Body) {
    const LOW: u32 = 0;
    const HIGH: u32 = 1;
    let carry = f.local(I64);
    f.get(LOW);
    f.i64(10);
    e.call(f, Runtime::MulU64);
    f.set(carry);
    f.get(HIGH);
    f.i64(10);
    f.i().i64_mul();
    f.get(carry);
    f.i().i64_add();
    // 2^124 · 10 > 2^127, and ten times less fits in 128 bits.
    f.get(HIGH);
    f.i64(1 << 60);
    f.i().i64_ge_u();
}

/// `(from, end) -> (next, low, high, exponent)`: a number without a sign, which is the 128 bits times a power of ten. `next` is 0 where there is
/// none, or one whose digits are beyond every decimal.
pub(super) fn number(e: &mut Emitter<'_>, f: &mut Body) {
    let text = Cursor { at: 0, end: 1 };
    let [digit, digits, zeros, places, fraction] = f.locals(I32);
    let [low, high] = f.locals(I64);
    let none = |f: &mut Body| {
        f.i32(0);
        f.i64(0);
        f.i64(0);
        f.i32(0);
        f.i().return_();
    };
    let done = f.block(BlockType::Empty);
    let again = f.loop_();
    text.is_open(f);
    f.i().i32_eqz();
    f.br_if(done);
    text.byte(f);
    f.i32(u32::from(b'0'));
    f.i().i32_sub();
    f.tee(digit);
    f.i32(10);
    f.i().i32_lt_u();
    f.if_(BlockType::Empty);
    add(f, text.at, 1);
    add(f, digits, 1);
    add(f, zeros, 1);
    f.get(places);
    f.get(fraction);
    f.i().i32_add();
    f.set(places);
    f.get(digit);
    f.i().i32_eqz();
    f.br_if(again);
    // Ten times nothing is nothing, however many zeros stand before the first digit.
    f.get(zeros);
    f.i32(1);
    f.get(low);
    f.get(high);
    f.i().i64_or().i64_eqz().i32_eqz().select();
    f.set(zeros);
    let next = f.loop_();
    f.get(low);
    f.get(high);
    e.call(f, Runtime::TimesTen);
    f.if_(BlockType::Empty);
    none(f);
    f.end();
    f.set(high);
    f.set(low);
    f.get(zeros);
    f.i32(1);
    f.i().i32_sub();
    f.tee(zeros);
    f.br_if(next);
    f.end();
    f.get(low);
    f.get(digit);
    f.i().i64_extend_i32_u().i64_add();
    f.tee(low);
    f.get(digit);
    f.i().i64_extend_i32_u().i64_lt_u().i64_extend_i32_u();
    f.get(high);
    f.i().i64_add();
    f.set(high);
    f.br(again);
    f.end();
    // A point stands behind digits, once.
    f.get(digit);
    f.i32(u32::from(b'.').wrapping_sub(u32::from(b'0')));
    f.i().i32_eq();
    f.get(fraction);
    f.i().i32_eqz().i32_and();
    f.get(digits);
    f.i32(0);
    f.i().i32_ne().i32_and();
    f.if_(BlockType::Empty);
    add(f, text.at, 1);
    f.i32(0);
    f.set(digits);
    f.i32(1);
    f.set(fraction);
    f.br(again);
    f.end();
    f.end();
    f.end();
    f.get(digits);
    f.i().i32_eqz();
    f.if_(BlockType::Empty);
    none(f);
    f.end();
    f.get(text.at);
    f.get(low);
    f.get(high);
    f.get(zeros);
    f.get(places);
    f.i().i32_sub();
}

/// `(from, end) -> (exponent, found)`: an int with a sign or none, up to the end.
pub(super) fn exponent(f: &mut Body) {
    /// Beyond what the zeros of a text make up for.
    const LARGE: u32 = 100_000_000;
    let text = Cursor { at: 0, end: 1 };
    let [byte, value] = f.locals(I32);
    let negative = text.skip(f, b'-');
    f.get(negative);
    f.i().i32_eqz();
    f.if_(BlockType::Empty);
    text.skip(f, b'+');
    f.end();
    let none = |f: &mut Body| {
        f.if_(BlockType::Empty);
        f.i32(0);
        f.i32(0);
        f.i().return_();
        f.end();
    };
    text.is_open(f);
    f.i().i32_eqz();
    none(f);
    let again = f.loop_();
    text.byte(f);
    f.set(byte);
    is_no_digit(f, byte);
    none(f);
    f.get(value);
    f.i32(10);
    f.i().i32_mul();
    f.get(byte);
    f.i().i32_add();
    f.i32(u32::from(b'0'));
    f.i().i32_sub();
    f.tee(value);
    f.i32(LARGE);
    f.get(value);
    f.i32(LARGE);
    f.i().i32_lt_u().select();
    f.set(value);
    add(f, text.at, 1);
    text.is_open(f);
    f.br_if(again);
    f.end();
    f.i32(0);
    f.get(value);
    f.i().i32_sub();
    f.get(value);
    f.get(negative);
    f.i().select();
    f.i32(1);
}

/// `(low, high, exponent) -> (low, high, overflow)`: the number as a decimal without a sign; overflow when it has too many digits.
pub(super) fn scale(e: &mut Emitter<'_>, f: &mut Body) {
    const LOW: u32 = 0;
    const HIGH: u32 = 1;
    const EXPONENT: u32 = 2;
    /// 10^39 is beyond every decimal.
    const TENS_MAX: u32 = 38;
    let end = |f: &mut Body, overflow: u32| {
        f.get(LOW);
        f.get(HIGH);
        f.i32(overflow);
    };
    f.get(LOW);
    f.get(HIGH);
    f.i().i64_or().i64_eqz();
    f.if_(BlockType::Empty);
    end(f, 0);
    f.i().return_();
    f.end();
    add(f, EXPONENT, DIGITS);
    // A negative one is a large one without a sign.
    f.get(EXPONENT);
    f.i32(TENS_MAX);
    f.i().i32_gt_u();
    f.if_(BlockType::Empty);
    end(f, 1);
    f.i().return_();
    f.end();
    let done = f.block(BlockType::Empty);
    let again = f.loop_();
    f.get(EXPONENT);
    f.i().i32_eqz();
    f.br_if(done);
    f.get(LOW);
    f.get(HIGH);
    e.call(f, Runtime::TimesTen);
    f.if_(BlockType::Empty);
    end(f, 1);
    f.i().return_();
    f.end();
    f.set(HIGH);
    f.set(LOW);
    f.get(EXPONENT);
    f.i32(1);
    f.i().i32_sub();
    f.set(EXPONENT);
    f.br(again);
    f.end();
    f.end();
    end(f, 0);
}

/// A number in locals: its digits, and its power of ten.
struct Number {
    low: u32,
    high: u32,
    exponent: u32,
}

impl Number {
    /// Reads one, which must be there.
    fn read(e: &mut Emitter<'_>, f: &mut Body, text: &Cursor, form: Form) -> Self {
        let exponent = f.local(I32);
        let [low, high] = f.locals(I64);
        f.get(text.at);
        f.get(text.end);
        e.call(f, Runtime::ReadNumber);
        f.set(exponent);
        f.set(high);
        f.set(low);
        f.tee(text.at);
        f.i().i32_eqz();
        nothing_if(f, form);
        Self {
            low,
            high,
            exponent,
        }
    }

    /// Adds the exponent that goes on to the end of the text, which must be there.
    fn add_exponent(&self, e: &mut Emitter<'_>, f: &mut Body, text: &Cursor, form: Form) {
        f.get(text.at);
        f.get(text.end);
        e.call(f, Runtime::ReadExponent);
        f.i().i32_eqz();
        nothing_if(f, form);
        f.get(self.exponent);
        f.i().i32_add();
        f.set(self.exponent);
    }

    /// Makes it a decimal without a sign.
    fn scale(&self, e: &mut Emitter<'_>, f: &mut Body, form: Form) {
        f.get(self.low);
        f.get(self.high);
        f.get(self.exponent);
        e.call(f, Runtime::Scale);
        nothing_if(f, form);
        f.set(self.high);
        f.set(self.low);
    }

    /// Leaves the decimal with a sign, and that it was found.
    fn finish(&self, f: &mut Body, negative: u32, form: Form) {
        let mask = mask(f, negative);
        let zero = f.local(I32);
        finish_signed(f, self.low, self.high, mask, zero);
        nothing_if(f, form);
        f.i32(1);
    }
}

/// All ones for a local that is 1.
fn mask(f: &mut Body, local: u32) -> u32 {
    let mask = f.local(I64);
    f.i64(0);
    f.get(local);
    f.i().i64_extend_i32_u().i64_sub();
    f.set(mask);
    mask
}

/// Leaves whether the next byte is no `e`.
fn is_no_exponent(f: &mut Body, text: &Cursor) {
    const LOWER: u32 = 0x20;
    text.byte(f);
    f.i32(LOWER);
    f.i().i32_or();
    f.i32(u32::from(b'e'));
    f.i().i32_ne();
}

/// `(text) -> (value, found)`
pub(super) fn int(f: &mut Body) {
    const FORM: Form = Form::Int;
    let text = Cursor::open(f);
    let byte = f.local(I32);
    let value = f.local(I64);
    let negative = text.skip(f, b'-');
    text.is_open(f);
    f.i().i32_eqz();
    nothing_if(f, FORM);
    let again = f.loop_();
    text.byte(f);
    f.set(byte);
    is_no_digit(f, byte);
    f.get(value);
    f.i64(i64::MAX.cast_unsigned() / 10);
    f.i().i64_gt_u().i32_or();
    nothing_if(f, FORM);
    f.get(value);
    f.i64(10);
    f.i().i64_mul();
    f.get(byte);
    f.i32(u32::from(b'0'));
    f.i().i32_sub().i64_extend_i32_u().i64_add();
    f.set(value);
    add(f, text.at, 1);
    text.is_open(f);
    f.br_if(again);
    f.end();
    // At most 2^63 with a sign, and less without.
    f.get(value);
    f.i64(SIGN_BIT - 1);
    f.get(negative);
    f.i().i64_extend_i32_u().i64_add().i64_gt_u();
    nothing_if(f, FORM);
    let mask = mask(f, negative);
    f.get(value);
    f.get(mask);
    f.i().i64_xor();
    f.get(mask);
    f.i().i64_sub();
    f.i32(1);
}

/// `(text) -> (low, high, found)`
pub(super) fn decimal(e: &mut Emitter<'_>, f: &mut Body) {
    const FORM: Form = Form::Decimal;
    let text = Cursor::open(f);
    let negative = text.skip(f, b'-');
    let number = Number::read(e, f, &text, FORM);
    text.is_open(f);
    f.if_(BlockType::Empty);
    is_no_exponent(f, &text);
    nothing_if(f, FORM);
    add(f, text.at, 1);
    number.add_exponent(e, f, &text, FORM);
    f.end();
    number.scale(e, f, FORM);
    number.finish(f, negative, FORM);
}

/// `(text) -> (low, high, found)`
pub(super) fn quantity(e: &mut Emitter<'_>, f: &mut Body) {
    const FORM: Form = Form::Quantity;
    let text = Cursor::open(f);
    let negative = text.skip(f, b'-');
    let number = Number::read(e, f, &text, FORM);
    let [suffix_at, bits] = f.locals(I32);
    f.get(text.at);
    f.set(suffix_at);
    // No suffix has three bytes, so one of three says that the text goes on.
    let symbol = text.symbol(f, |f, _| f.i32(0));
    let known = f.block(BlockType::Empty);
    for (suffix, power) in POWERS_OF_TEN {
        when(f, symbol, suffix);
        add(f, number.exponent, i32::from(power).cast_unsigned());
        f.br(known);
        f.end();
    }
    for (suffix, power) in POWERS_OF_TWO {
        when(f, symbol, suffix);
        f.i32(power.into());
        f.set(bits);
        f.br(known);
        f.end();
    }
    // The empty suffix is known, so there is a byte.
    f.get(suffix_at);
    f.set(text.at);
    is_no_exponent(f, &text);
    nothing_if(f, FORM);
    add(f, text.at, 1);
    number.add_exponent(e, f, &text, FORM);
    f.end();
    number.scale(e, f, FORM);
    let done = f.block(BlockType::Empty);
    let again = f.loop_();
    f.get(bits);
    f.i().i32_eqz();
    f.br_if(done);
    f.get(number.high);
    f.i64(0);
    f.i().i64_lt_s();
    nothing_if(f, FORM);
    f.get(number.high);
    f.i64(1);
    f.i().i64_shl();
    f.get(number.low);
    f.i64(63);
    f.i().i64_shr_u().i64_or();
    f.set(number.high);
    f.get(number.low);
    f.i64(1);
    f.i().i64_shl();
    f.set(number.low);
    f.get(bits);
    f.i32(1);
    f.i().i32_sub();
    f.set(bits);
    f.br(again);
    f.end();
    f.end();
    number.finish(f, negative, FORM);
}

/// `(text) -> (nanoseconds, found)`: the parts are added up as negative numbers, of which there is one more.
pub(super) fn duration(e: &mut Emitter<'_>, f: &mut Body) {
    const FORM: Form = Form::Duration;
    let text = Cursor::open(f);
    let negative = text.skip(f, b'-');
    let [sum, unit, part, before] = f.locals(I64);
    let all_ones = f.local(I64);
    f.i64(u64::MAX);
    f.set(all_ones);
    let parts = f.local(I32);
    let again = f.loop_();
    f.get(parts);
    f.i32(super::layout::length(FOREIGN_PARTS_MAX));
    f.i().i32_eq();
    nothing_if(f, FORM);
    add(f, parts, 1);
    let number = Number::read(e, f, &text, FORM);
    number.scale(e, f, FORM);
    f.get(number.high);
    f.i64(0);
    f.i().i64_lt_s();
    nothing_if(f, FORM);
    let symbol = text.symbol(f, |f, byte| {
        is_no_digit(f, byte);
        f.i().i32_eqz();
    });
    nanoseconds(f, symbol, unit);
    f.get(unit);
    f.i().i64_eqz();
    nothing_if(f, FORM);
    f.get(number.low);
    f.get(number.high);
    f.get(unit);
    f.i64(ONE);
    e.call(f, Runtime::MulU64);
    e.call(f, Runtime::MulWide);
    nothing_if(f, FORM);
    f.set(number.high);
    f.set(number.low);
    apply_sign(f, number.low, number.high, all_ones);
    f.get(number.low);
    f.get(number.high);
    e.call(f, Runtime::DecimalToInt);
    nothing_if(f, FORM);
    f.set(part);
    // Whole nanoseconds: the int times 10^18 is the decimal again.
    let [low, high] = f.locals(I64);
    f.i64(0);
    f.get(part);
    f.i().i64_sub();
    f.i64(ONE);
    e.call(f, Runtime::MulU64);
    f.set(high);
    f.set(low);
    apply_sign(f, low, high, all_ones);
    f.get(low);
    f.get(number.low);
    f.i().i64_xor();
    f.get(high);
    f.get(number.high);
    f.i().i64_xor().i64_or().i64_eqz().i32_eqz();
    nothing_if(f, FORM);
    f.get(sum);
    f.tee(before);
    f.get(part);
    f.i().i64_add();
    f.tee(sum);
    f.get(before);
    f.i().i64_gt_s();
    nothing_if(f, FORM);
    text.is_open(f);
    f.br_if(again);
    f.end();
    f.get(negative);
    f.if_(BlockType::Empty);
    f.get(sum);
    f.i32(1);
    f.i().return_();
    f.end();
    f.get(sum);
    f.i64(SIGN_BIT);
    f.i().i64_eq();
    nothing_if(f, FORM);
    f.i64(0);
    f.get(sum);
    f.i().i64_sub();
    f.i32(1);
}

/// Sets a local to the nanoseconds of the unit in another, 0 for none.
fn nanoseconds(f: &mut Body, symbol: u32, unit: u32) {
    let named = |wanted: &str| DURATION_UNITS.into_iter().find(|(name, _)| *name == wanted);
    let others = [(FOREIGN_MINUTES, named("min")), (MICROSECONDS, named("us"))];
    let others = others
        .into_iter()
        .filter_map(|(name, unit)| unit.map(|(_, nanoseconds)| (name, nanoseconds)));
    f.i64(0);
    f.set(unit);
    for (name, nanoseconds) in DURATION_UNITS.into_iter().chain(others) {
        when(f, symbol, name);
        f.i64(nanoseconds.cast_unsigned());
        f.set(unit);
        f.end();
    }
}
