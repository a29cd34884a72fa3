//! JavaScript's arithmetic on numbers, where Rust's own differs.

/// Returns `ToInt32` of ECMAScript: the integer part modulo 2³².
pub(crate) fn to_int32(value: f64) -> i32 {
    if !value.is_finite() {
        return 0;
    }
    let modulus = 4_294_967_296.0;
    let rest = value.trunc() % modulus;
    // `rest` lies between -2³² and 2³² and is whole, so the conversion to 64 bits is exact.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the low 32 bits are what is wanted"
    )]
    let low = rest as i64 as i32;
    low
}

/// Returns `ToUint32` of ECMAScript.
pub(crate) fn to_uint32(value: f64) -> u32 {
    to_int32(value).cast_unsigned()
}

/// Returns `base ** exponent` when that is a whole number which every way of computing it gives.
pub(crate) fn exact_power(base: f64, exponent: f64) -> Option<f64> {
    let whole = |x: f64| x.fract() == 0.0 && x.abs() <= 1_048_576.0;
    if !whole(base) || !(0.0..=64.0).contains(&exponent) || exponent.fract() != 0.0 {
        return None;
    }
    let mut result = 1.0;
    let mut left = exponent;
    while left >= 1.0 {
        result *= base;
        left -= 1.0;
        if result.abs() > 9_007_199_254_740_992.0 {
            return None;
        }
    }
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_taken_modulo_two_to_the_32() {
        let cases = [
            (0.0, 0),
            (-0.0, 0),
            (1.9, 1),
            (-1.9, -1),
            (2_147_483_648.0, i32::MIN),
            (4_294_967_295.0, -1),
            (-4_294_967_297.0, -1),
            (1e20, 1_661_992_960),
            (-1e20, -1_661_992_960),
            (1.797e308, 0),
            (f64::NAN, 0),
            (f64::INFINITY, 0),
        ];
        for (value, expected) in cases {
            assert_eq!(to_int32(value), expected, "{value}");
        }
    }

    #[test]
    fn powers_are_exact_or_refused() {
        assert_eq!(exact_power(2.0, 10.0), Some(1024.0));
        assert_eq!(exact_power(-3.0, 3.0), Some(-27.0));
        assert_eq!(exact_power(10.0, 16.0), None);
        assert_eq!(exact_power(2.0, 0.5), None);
        assert_eq!(exact_power(2.0, -1.0), None);
    }
}
