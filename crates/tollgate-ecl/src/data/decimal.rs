//! Exact decimals: 18 fractional digits in an `i128`.
//!
//! Addition, subtraction and comparison are those of `i128`. Multiplication and division round half to even and work with
//! 256-bit intermediates, so a result is wrong only when it does not fit, and then it is `None`. Engines, the input encoder
//! and the printers all use these functions: the language has one idea of what a decimal is.

use std::fmt;

/// Fractional digits.
pub(crate) const DIGITS: u32 = 18;
/// One.
pub(crate) const ONE: i128 = 1_000_000_000_000_000_000;

const ONE_U64: u64 = 1_000_000_000_000_000_000;
const ONE_U128: u128 = ONE_U64 as u128;

/// `a·b`, rounded half to even; `None` when it does not fit.
#[must_use]
pub(crate) fn mul(a: i128, b: i128) -> Option<i128> {
    let sign = Sign::of(a).times(Sign::of(b));
    let (a, b) = (a.unsigned_abs(), b.unsigned_abs());
    let magnitude = match a.checked_mul(b) {
        Some(product) => rounded(product / ONE_U128, product % ONE_U128, ONE_U128)?,
        None => mul_wide(a, b)?,
    };
    sign.with(magnitude)
}

/// `a/b`, rounded half to even; `None` when `b` is zero or the result does not fit.
#[must_use]
pub(crate) fn div(a: i128, b: i128) -> Option<i128> {
    if b == 0 {
        return None;
    }
    let sign = Sign::of(a).times(Sign::of(b));
    let (a, b) = (a.unsigned_abs(), b.unsigned_abs());
    let magnitude = match a.checked_mul(ONE_U128) {
        Some(scaled) => rounded(scaled / b, scaled % b, b)?,
        None => div_wide(a, b)?,
    };
    sign.with(magnitude)
}

/// The product of two magnitudes divided by 10^18, over four 64-bit limbs.
#[expect(
    clippy::cast_possible_truncation,
    reason = "limbs are the low 64 bits on purpose, and a quotient limb is below 2^64 because the remainder is below the divisor"
)]
fn mul_wide(a: u128, b: u128) -> Option<u128> {
    const LOW: u128 = u64::MAX as u128;
    let (a1, a0, b1, b0) = (a >> 64, a & LOW, b >> 64, b & LOW);
    let (low, mid1, mid2, high) = (a0 * b0, a0 * b1, a1 * b0, a1 * b1);
    let mid = (low >> 64) + (mid1 & LOW) + (mid2 & LOW);
    let top = high + (mid1 >> 64) + (mid2 >> 64) + (mid >> 64);
    let limbs = [top >> 64, top & LOW, mid & LOW, low & LOW];
    let mut quotient = [0_u64; 4];
    let mut rest = 0_u128;
    for (q, limb) in quotient.iter_mut().zip(limbs) {
        let part = (rest << 64) | limb;
        *q = (part / ONE_U128) as u64;
        rest = part % ONE_U128;
    }
    let [0, 0, high, low] = quotient else {
        return None;
    };
    rounded((u128::from(high) << 64) | u128::from(low), rest, ONE_U128)
}

/// `a·10^18/b` when `a·10^18` does not fit: the integral part, then the 18 digits after it.
fn div_wide(a: u128, b: u128) -> Option<u128> {
    const STEP: u128 = 1_000_000_000;
    let mut quotient = a / b;
    let mut rest = a % b;
    if b <= u128::MAX / STEP {
        for _ in 0..2 {
            let part = rest * STEP;
            quotient = quotient.checked_mul(STEP)?.checked_add(part / b)?;
            rest = part % b;
        }
        return rounded(quotient, rest, b);
    }
    // Huge divisors: one digit at a time, each by repeated subtraction that never leaves 128 bits.
    for _ in 0..DIGITS {
        let (digit, next) = tenfold(rest, b);
        quotient = quotient.checked_mul(10)?.checked_add(digit)?;
        rest = next;
    }
    rounded(quotient, rest, b)
}

/// `10·rest` divided by `b`, for `rest < b`: quotient and remainder, adding modulo `b` ten times.
fn tenfold(rest: u128, b: u128) -> (u128, u128) {
    let (mut digit, mut sum) = (0, 0_u128);
    for _ in 0..10 {
        if sum >= b - rest {
            sum -= b - rest;
            digit += 1;
        } else {
            sum += rest;
        }
    }
    (digit, sum)
}

fn rounded(quotient: u128, rest: u128, divisor: u128) -> Option<u128> {
    let up = match rest.cmp(&(divisor - rest)) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => quotient % 2 == 1,
        std::cmp::Ordering::Greater => true,
    };
    quotient.checked_add(u128::from(up))
}

/// The sign of a decimal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Plus,
    Minus,
}

impl Sign {
    const fn of(value: i128) -> Self {
        if value < 0 { Self::Minus } else { Self::Plus }
    }

    fn times(self, other: Self) -> Self {
        if self == other {
            Self::Plus
        } else {
            Self::Minus
        }
    }

    /// The decimal with this sign and a magnitude, if it fits.
    fn with(self, magnitude: u128) -> Option<i128> {
        match self {
            Self::Minus => 0_i128.checked_sub_unsigned(magnitude),
            Self::Plus => i128::try_from(magnitude).ok(),
        }
    }
}

/// An int as a decimal. Always fits: 2^63·10^18 < 2^127.
#[must_use]
pub(crate) const fn from_int(value: i64) -> i128 {
    value as i128 * ONE
}

/// Returns the whole part of a decimal, which counts units of 10^-18: cut towards zero; `None` when it does not fit.
#[must_use]
pub(crate) fn to_int(value: i128) -> Option<i64> {
    i64::try_from(value / ONE).ok()
}

/// The nearest binary64, ties to even.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "the quotient is reduced to 53 significant bits before the cast"
)]
pub(crate) fn to_number(value: i128) -> f64 {
    let magnitude = value.unsigned_abs();
    if magnitude == 0 {
        return 0.0;
    }
    // With all 128 bits in use, the quotient by 10^18 < 2^60 keeps at least 68 of them, more than the 53 needed.
    let shift = magnitude.leading_zeros();
    let shifted = magnitude << shift;
    let (quotient, rest) = (shifted / ONE_U128, shifted % ONE_U128);
    let excess = 128 - quotient.leading_zeros() - 53;
    let (mut mantissa, low) = (quotient >> excess, quotient & ((1 << excess) - 1));
    let half = 1_u128 << (excess - 1);
    if low > half || (low == half && (rest != 0 || mantissa % 2 == 1)) {
        mantissa += 1;
    }
    // The exponent lies between -128 and 75, so the power of two and the product are exact.
    let exponent = (1023 + i64::from(excess) - i64::from(shift)).cast_unsigned();
    let power = f64::from_bits(exponent << 52);
    let number = mantissa as f64 * power;
    if value < 0 { -number } else { number }
}

/// The nearest decimal, ties to even; `None` when it does not fit or the number is not finite.
#[must_use]
pub(crate) fn from_number(number: f64) -> Option<i128> {
    const MANTISSA: u64 = (1 << 52) - 1;
    if !number.is_finite() {
        return None;
    }
    let bits = number.to_bits();
    let exponent = (bits >> 52) & 0x7ff;
    let (mantissa, exponent) = if exponent == 0 {
        (bits & MANTISSA, 1)
    } else {
        (bits & MANTISSA | (1 << 52), exponent)
    };
    // number = mantissa·2^(exponent − 1075), and mantissa·10^18 < 2^113.
    let scaled = u128::from(mantissa) * ONE_U128;
    let magnitude = if exponent >= 1075 {
        let shift = u32::try_from(exponent - 1075).ok()?;
        (scaled == 0 || shift <= scaled.leading_zeros()).then(|| scaled << shift.min(127))?
    } else {
        let shift = 1075 - exponent;
        if shift >= 127 {
            0
        } else {
            let divisor = 1_u128 << shift;
            rounded(scaled >> shift, scaled & (divisor - 1), divisor)?
        }
    };
    let sign = if number < 0.0 {
        Sign::Minus
    } else {
        Sign::Plus
    };
    sign.with(magnitude)
}

/// Why a text is not a decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DecimalError {
    /// Not of the form `-12.5` or `1.25e3`.
    #[error("not a decimal number")]
    Syntax,
    /// More than 18 digits behind the point that are not zero.
    #[error("{0} fractional digits, at most {DIGITS} fit")]
    TooPrecise(u32),
    /// Beyond ±170141183460469231731.687303715884105727.
    #[error("outside of ±170141183460469231731.687303715884105727")]
    OutOfRange,
}

/// Reads `12`, `-0.5`, `1.25e-3`: exactly, or not at all.
///
/// # Errors
/// When the text is not a number, has too many digits, or does not fit.
pub(crate) fn parse(text: &str) -> Result<i128, DecimalError> {
    match text.split_once(['e', 'E']) {
        Some((number, exponent)) => parse_scaled(number, parse_exponent(exponent)?),
        None => parse_scaled(text, 0),
    }
}

/// Reads `12`, `-0.5` times a power of ten: exactly, or not at all.
///
/// # Errors
/// When the text is not a number without an exponent, or the product has too many digits or does not fit.
pub(crate) fn parse_scaled(text: &str, exponent: i64) -> Result<i128, DecimalError> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (Sign::Minus, rest),
        None => (Sign::Plus, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let numeric = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !numeric(whole) || !numeric(fraction) {
        return Err(DecimalError::Syntax);
    }
    let fraction = fraction.trim_end_matches('0');
    let magnitude = accumulate(whole, fraction, exponent)?;
    sign.with(magnitude).ok_or(DecimalError::OutOfRange)
}

/// Reads what stands behind an `e`: `3`, `+3`, `-3`.
///
/// # Errors
/// When the text is no such number.
pub(crate) fn parse_exponent(text: &str) -> Result<i64, DecimalError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(DecimalError::Syntax);
    }
    // An exponent that does not fit an i32 is beyond every decimal; saturating keeps `0e999999999999` a zero.
    let value = digits
        .parse::<i64>()
        .unwrap_or(i64::MAX)
        .min(i64::from(i32::MAX));
    Ok(if text.starts_with('-') { -value } else { value })
}

/// The magnitude of the digits, scaled.
fn accumulate(whole: &str, fraction: &str, exponent: i64) -> Result<u128, DecimalError> {
    let all = || whole.bytes().chain(fraction.bytes());
    let trailing = all().rev().take_while(|&b| b == b'0').count();
    let significant = whole.len() + fraction.len() - trailing;
    let mut value = 0_u128;
    for byte in all().take(significant) {
        value = value
            .checked_mul(10)
            .and_then(|v| v.checked_add(u128::from(byte - b'0')))
            .ok_or(DecimalError::OutOfRange)?;
    }
    if value == 0 {
        return Ok(0);
    }
    let places = i64::try_from(fraction.len())
        .and_then(|f| i64::try_from(trailing).map(|t| f - t))
        .map_err(|_| DecimalError::OutOfRange)?
        - exponent;
    let scale = i64::from(DIGITS) - places;
    if scale < 0 {
        return Err(DecimalError::TooPrecise(
            u32::try_from(places).unwrap_or(u32::MAX),
        ));
    }
    u32::try_from(scale)
        .ok()
        .and_then(|s| 10_u128.checked_pow(s))
        .and_then(|factor| value.checked_mul(factor))
        .ok_or(DecimalError::OutOfRange)
}

/// Prints a decimal with as many digits as it needs: `0.42`, `-3`, `1000000`.
#[derive(Debug, Clone, Copy)]
pub struct Exact(pub i128);

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, self.0, 0)
    }
}

/// Prints a decimal with at least two fractional digits, as amounts of money are written: `0.50`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Amount(pub(crate) i128);

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, self.0, 2)
    }
}

fn write(f: &mut fmt::Formatter<'_>, value: i128, fraction_min: usize) -> fmt::Result {
    let magnitude = value.unsigned_abs();
    if value < 0 {
        f.write_str("-")?;
    }
    write!(f, "{}", magnitude / ONE_U128)?;
    let digits = format!("{:018}", magnitude % ONE_U128);
    let shown = digits.trim_end_matches('0').len().max(fraction_min);
    match digits.get(..shown) {
        Some("") | None => Ok(()),
        Some(digits) => write!(f, ".{digits}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenths_are_exact() {
        assert_eq!(parse("0.1"), Ok(ONE / 10));
        assert_eq!(parse("1e-18"), Ok(1));
        assert_eq!(parse("12.5e1"), Ok(125 * ONE));
        assert_eq!(parse("0e99999999999999999999"), Ok(0));
        assert_eq!(parse("100e-20"), Ok(1));
    }

    #[test]
    fn the_nineteenth_digit_is_an_error_unless_zero() {
        assert_eq!(
            parse("0.1234567890123456789"),
            Err(DecimalError::TooPrecise(19))
        );
        assert_eq!(parse("0.1000000000000000000"), Ok(ONE / 10));
    }

    #[test]
    fn the_ends_of_the_range_print_and_parse() {
        for value in [i128::MAX, i128::MIN, 0, 1, -1] {
            assert_eq!(parse(&Exact(value).to_string()), Ok(value));
        }
        assert_eq!(
            parse("170141183460469231731.687303715884105728"),
            Err(DecimalError::OutOfRange)
        );
        assert_eq!(parse("1e21"), Err(DecimalError::OutOfRange));
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for text in [
            "", "-", ".", "1.", ".5", "+1", "0x1", "1e", "1e+", "NaN", "1 ", "--1", "1.2.3",
        ] {
            assert_eq!(parse(text), Err(DecimalError::Syntax), "{text:?}");
        }
    }

    #[test]
    fn money_has_two_digits_or_more() {
        let half = ONE / 2;
        assert_eq!(Amount(half).to_string(), "0.50");
        assert_eq!(Amount(-half / 1000).to_string(), "-0.0005");
        assert_eq!(Amount(3 * ONE).to_string(), "3.00");
        assert_eq!(Exact(3 * ONE).to_string(), "3");
    }

    #[test]
    fn products_round_half_to_even() {
        // 0.5·10^-18 rounds to 0, 1.5·10^-18 to 2.
        assert_eq!(mul(1, ONE / 2), Some(0));
        assert_eq!(mul(3, ONE / 2), Some(2));
        assert_eq!(mul(-3, ONE / 2), Some(-2));
        assert_eq!(mul(5, ONE / 2), Some(2));
        assert_eq!(div(1, 2 * ONE), Some(0));
        assert_eq!(div(3, 2 * ONE), Some(2));
    }

    #[test]
    fn wide_paths_agree_with_the_narrow_ones() {
        let values = [
            1_u128,
            7,
            10,
            ONE_U128 - 1,
            ONE_U128,
            123_456_789_012_345_678_901,
        ];
        for a in values {
            for b in values {
                if let Some(product) = a.checked_mul(b) {
                    let narrow = rounded(product / ONE_U128, product % ONE_U128, ONE_U128);
                    assert_eq!(mul_wide(a, b), narrow);
                }
                if let Some(scaled) = a.checked_mul(ONE_U128) {
                    assert_eq!(div_wide(a, b), rounded(scaled / b, scaled % b, b));
                }
            }
        }
    }

    #[test]
    fn division_undoes_multiplication_at_the_edges() {
        assert_eq!(mul(i128::MAX, ONE), Some(i128::MAX));
        assert_eq!(mul(i128::MIN, ONE), Some(i128::MIN));
        assert_eq!(mul(i128::MIN, -ONE), None);
        assert_eq!(div(i128::MAX, i128::MAX), Some(ONE));
        assert_eq!(div(i128::MIN, i128::MIN), Some(ONE));
        assert_eq!(div(i128::MIN, ONE), Some(i128::MIN));
        assert_eq!(div(i128::MAX, 1), None);
        assert_eq!(div(i128::MAX - 1, i128::MAX), Some(ONE));
        assert_eq!(div(i128::MAX / 2, i128::MAX - 1), Some(ONE / 2));
        assert_eq!(div(1, 0), None);
    }

    #[test]
    fn numbers_convert_to_the_nearest() {
        for text in [
            "0.1",
            "0.3",
            "123456.789",
            "0.000000000000000001",
            "98765432109876543210",
        ] {
            let value = parse(text).unwrap();
            assert_eq!(
                to_number(value).to_bits(),
                text.parse::<f64>().unwrap().to_bits()
            );
            assert_eq!(to_number(-value), -to_number(value));
        }
        assert_eq!(
            to_number(i128::MIN),
            -170_141_183_460_469_231_731.687_303_715_884_105_728
        );
    }

    #[test]
    fn decimals_convert_from_numbers() {
        assert_eq!(from_number(0.5), Some(ONE / 2));
        assert_eq!(from_number(-2.0), Some(-2 * ONE));
        assert_eq!(from_number(0.1), Some(100_000_000_000_000_006));
        assert_eq!(from_number(1e21), None);
        assert_eq!(from_number(f64::MAX), None);
        assert_eq!(from_number(f64::INFINITY), None);
        assert_eq!(from_number(f64::MIN_POSITIVE), Some(0));
        assert_eq!(from_number(-0.0), Some(0));
        assert_eq!(
            from_number(9_007_199_254_740_993.0),
            Some(9_007_199_254_740_992 * ONE)
        );
    }
}
