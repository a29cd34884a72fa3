//! What texts say, another way: the digits of a number are a text until they fit or do not.

use super::{Eval, Walk, one};
use crate::data::gas;
use crate::data::said::Form;
use crate::ir::{Handle, value};

impl Walk<'_> {
    /// A new option of what a text says.
    pub(super) fn said(&mut self, form: Form, text: Handle) -> Eval {
        self.charge_compute(gas::text(u64::from(text.length())))?;
        let text = self.text(text)?;
        let said = match form {
            Form::Int => int(text).map(|word| one(word.cast_unsigned())),
            Form::Decimal => decimal(text).map(value::halves),
            Form::Duration => duration(text).map(|word| one(word.cast_unsigned())),
            Form::Quantity => quantity(text).map(value::halves),
        };
        self.option(&form.value(), said)
    }

    /// How many characters a text has.
    pub(super) fn characters(&mut self, text: Handle) -> Eval {
        self.charge_compute(gas::text(u64::from(text.length())))?;
        Ok(one(self.text(text)?.chars().map(|_| 1).sum()))
    }
}

/// A sign, if there is one, and the rest.
fn signed(text: &str) -> (&str, &str) {
    text.split_at(usize::from(text.starts_with('-')))
}

/// Digits, at least one, and the rest.
fn digits(text: &str) -> Option<(&str, &str)> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = text.strip_suffix(rest)?;
    (!digits.is_empty()).then_some((digits, rest))
}

/// The digits of a number, how many of them stand behind the point, and the rest.
fn number(text: &str) -> Option<(String, i64, &str)> {
    let (whole, rest) = digits(text)?;
    let Some(rest) = rest.strip_prefix('.') else {
        return Some((whole.to_owned(), 0, rest));
    };
    let (fraction, rest) = digits(rest)?;
    let places = i64::try_from(fraction.len()).ok()?;
    Some((format!("{whole}{fraction}"), places, rest))
}

/// The digits times a power of ten, when that is a whole number of 128 bits.
fn shifted(digits: &str, power: i64) -> Option<u128> {
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some(0);
    }
    if power < 0 {
        let cut = usize::try_from(-power).ok()?;
        let (kept, zeros) = digits.split_at_checked(digits.len().checked_sub(cut)?)?;
        return zeros
            .bytes()
            .all(|b| b == b'0')
            .then(|| kept.parse().ok())?;
    }
    // Nothing has more than 39 digits.
    let zeros = usize::try_from(power).ok().filter(|zeros| *zeros < 40)?;
    format!("{digits}{}", "0".repeat(zeros)).parse().ok()
}

/// An int with a sign or none, which nothing follows; a large one for one that does not fit.
fn exponent(text: &str) -> Option<i64> {
    let (sign, rest) = match text.strip_prefix('+') {
        Some(rest) => ("", rest),
        None => signed(text),
    };
    let (digits, rest) = digits(rest)?;
    if !rest.is_empty() {
        return None;
    }
    let large = 1_000_000_000_000;
    let value = digits.parse::<i64>().unwrap_or(large).min(large);
    Some(if sign.is_empty() { value } else { -value })
}

fn with_sign(sign: &str, magnitude: u128) -> Option<i128> {
    format!("{sign}{magnitude}").parse().ok()
}

fn int(text: &str) -> Option<i64> {
    let (sign, rest) = signed(text);
    let (digits, rest) = digits(rest)?;
    if !rest.is_empty() {
        return None;
    }
    with_sign(sign, shifted(digits, 0)?)?.try_into().ok()
}

fn decimal(text: &str) -> Option<i128> {
    let (sign, rest) = signed(text);
    let (digits, places, rest) = number(rest)?;
    let power = match rest.strip_prefix(['e', 'E']) {
        Some(rest) => exponent(rest)?,
        None if rest.is_empty() => 0,
        None => return None,
    };
    with_sign(sign, shifted(&digits, power - places + 18)?)
}

fn quantity(text: &str) -> Option<i128> {
    let (sign, rest) = signed(text);
    let (digits, places, suffix) = number(rest)?;
    let binary = suffix.strip_suffix('i').and_then(|prefix| {
        let at = ["K", "M", "G", "T", "P", "E"]
            .iter()
            .position(|known| *known == prefix)?;
        Some(1024_u128.pow(u32::try_from(at).ok()? + 1))
    });
    let power = match suffix {
        "" => 0,
        "n" => -9,
        "u" => -6,
        "m" => -3,
        "k" => 3,
        "M" => 6,
        "G" => 9,
        "T" => 12,
        "P" => 15,
        "E" => 18,
        _ if binary.is_some() => 0,
        _ => exponent(suffix.strip_prefix(['e', 'E'])?)?,
    };
    let magnitude = shifted(&digits, power - places + 18)?;
    with_sign(sign, magnitude.checked_mul(binary.unwrap_or(1))?)
}

fn duration(text: &str) -> Option<i64> {
    let (sign, mut rest) = signed(text);
    let mut sum = 0_u128;
    for _ in 0..7 {
        let (digits, places, tail) = number(rest)?;
        let end = tail.find(|c: char| c.is_ascii_digit());
        let (unit, next) = tail.split_at(end.unwrap_or(tail.len()));
        // Of units that are many nanoseconds the number has so many zeros more.
        let (zeros, times) = match unit {
            "ns" => (0, 1),
            "us" | "µs" => (3, 1),
            "ms" => (6, 1),
            "s" => (9, 1),
            "m" | "min" => (10, 6),
            "h" => (11, 36),
            "d" => (11, 864),
            _ => return None,
        };
        // Parts of a nanosecond may be whole ones in all, as in 0.0000000000625 h.
        let fine = shifted(&digits, zeros - places + 18)?.checked_mul(times)?;
        let nanoseconds = fine / 10_u128.pow(18);
        if nanoseconds * 10_u128.pow(18) != fine {
            return None;
        }
        sum = sum.checked_add(nanoseconds)?;
        rest = next;
        if rest.is_empty() {
            return with_sign(sign, sum)?.try_into().ok();
        }
    }
    // More parts than there are units.
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::said::Said;
    use crate::testing::generate::{Random, random_numeral};

    #[test]
    fn texts_say_the_same_both_ways() {
        let mut random = Random::new(11);
        let mut found = [0; 4];
        for _ in 0..200_000 {
            let text = random_numeral(&mut random);
            for (count, form) in found.iter_mut().zip(Form::ALL) {
                let other = match form {
                    Form::Int => int(&text).map(Said::Word),
                    Form::Decimal => decimal(&text).map(Said::Wide),
                    Form::Duration => duration(&text).map(Said::Word),
                    Form::Quantity => quantity(&text).map(Said::Wide),
                };
                assert_eq!(form.read(&text), other, "{form:?} of {text:?}");
                *count += u32::from(other.is_some());
            }
        }
        assert!(found.iter().all(|count| *count > 2_000), "{found:?}");
    }
}
