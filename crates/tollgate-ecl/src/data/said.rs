//! What texts that come from elsewhere say: ints, decimals, durations, quantities of Kubernetes.
//!
//! A text says a value exactly, or nothing: nothing is rounded, cut or left out. Decimals and durations are read as data of those types is
//! ([`decimal`], [`mod@unit`]). A quantity has the grammar of [Kubernetes](https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/),
//! without what its own printer never writes (a leading `+`, a point at an end of the number), and without the rounding and the cap of its reader.
//! Modules of WebAssembly read with code of their own, from these tables.

use crate::data::types::{Repr, Type};
use crate::data::{decimal, unit};

/// What is read of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Form {
    /// `-?[0-9]+`, an int.
    Int,
    /// `-12.5`, `1.25e3`, a decimal.
    Decimal,
    /// `1h30m`, `-1.5s`, a duration.
    Duration,
    /// `500m`, `1Gi`, `1e3`, a decimal in the base unit.
    Quantity,
}

/// What a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    /// An int, or the nanoseconds of a duration.
    Word(i64),
    /// A decimal.
    Wide(i128),
}

impl Form {
    /// Every form.
    #[cfg(any(test, feature = "oracle"))]
    pub(crate) const ALL: [Self; 4] = [Self::Int, Self::Decimal, Self::Duration, Self::Quantity];

    /// The type of the value.
    #[must_use]
    pub(crate) const fn value(self) -> Type {
        match self {
            Self::Int => Type::Int,
            Self::Decimal | Self::Quantity => Type::Decimal,
            Self::Duration => Type::Duration,
        }
    }

    /// Words of an option of the value.
    #[must_use]
    pub(crate) fn option_words(self) -> u32 {
        match self.value().repr() {
            Repr::Wide => 3,
            _ => 2,
        }
    }

    /// Returns what the text says, if that is of this form and fits.
    #[must_use]
    pub(crate) fn read(self, text: &str) -> Option<Said> {
        match self {
            Self::Int => int(text).map(Said::Word),
            Self::Decimal => decimal::parse(text).ok().map(Said::Wide),
            Self::Duration => unit::parse_foreign_duration(text).ok().map(Said::Word),
            Self::Quantity => quantity(text).map(Said::Wide),
        }
    }
}

/// Suffixes of quantities, and the powers of ten that they stand for.
pub(crate) const POWERS_OF_TEN: [(&str, i8); 10] = [
    ("", 0),
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
];

/// Suffixes of quantities, and the powers of two that they stand for.
pub(crate) const POWERS_OF_TWO: [(&str, u8); 6] = [
    ("Ki", 10),
    ("Mi", 20),
    ("Gi", 30),
    ("Ti", 40),
    ("Pi", 50),
    ("Ei", 60),
];

fn int(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    // `parse` takes a `+`.
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn quantity(text: &str) -> Option<i128> {
    let end = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '-'));
    let (number, suffix) = text.split_at_checked(end.unwrap_or(text.len()))?;
    if let Some((_, power)) = POWERS_OF_TEN.iter().find(|(s, _)| *s == suffix) {
        return decimal::parse_scaled(number, (*power).into()).ok();
    }
    if let Some((_, power)) = POWERS_OF_TWO.iter().find(|(s, _)| *s == suffix) {
        let value = decimal::parse_scaled(number, 0).ok()?;
        return value.checked_mul(1 << power);
    }
    let exponent = suffix.strip_prefix(['e', 'E'])?;
    let exponent = decimal::parse_exponent(exponent).ok()?;
    decimal::parse_scaled(number, exponent).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::decimal::ONE;

    const GI: i128 = 1 << 30;

    fn wide(form: Form, text: &str) -> Option<i128> {
        match form.read(text)? {
            Said::Wide(value) => Some(value),
            Said::Word(word) => panic!("{word} for {text:?}"),
        }
    }

    fn word(form: Form, text: &str) -> Option<i64> {
        match form.read(text)? {
            Said::Word(value) => Some(value),
            Said::Wide(wide) => panic!("{wide} for {text:?}"),
        }
    }

    #[test]
    fn ints_are_digits_that_fit() {
        let int = |text| word(Form::Int, text);
        assert_eq!(int("0"), Some(0));
        assert_eq!(int("-0"), Some(0));
        assert_eq!(int("007"), Some(7));
        assert_eq!(int("9223372036854775807"), Some(i64::MAX));
        assert_eq!(int("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(int("00000000000000000000000000001"), Some(1));
        for text in [
            "",
            "-",
            "+1",
            "--1",
            " 1",
            "1 ",
            "1.0",
            "1e3",
            "1_000",
            "0x1",
            "1\0",
            "\u{661}",
            "\u{ff11}",
            "9223372036854775808",
            "-9223372036854775809",
            "99999999999999999999",
        ] {
            assert_eq!(int(text), None, "{text:?}");
        }
    }

    #[test]
    fn decimals_are_those_of_data() {
        assert_eq!(wide(Form::Decimal, "-12.50"), Some(-25 * ONE / 2));
        assert_eq!(wide(Form::Decimal, "1.25e3"), Some(1250 * ONE));
        assert_eq!(wide(Form::Decimal, "0.0000000000000000001"), None);
        for text in [
            "", "-", "+1", "1.", ".5", "1,5", " 1", "1e", "1e+", "e5", "Infinity", "1e21",
        ] {
            assert_eq!(wide(Form::Decimal, text), None, "{text:?}");
        }
    }

    #[test]
    fn durations_are_those_of_other_programs() {
        let duration = |text| word(Form::Duration, text);
        let second = 1_000_000_000;
        assert_eq!(duration("1h30m"), Some(5_400 * second));
        assert_eq!(duration("1h30min"), Some(5_400 * second));
        assert_eq!(duration("-1.5s"), Some(-3 * second / 2));
        assert_eq!(duration("100ms"), Some(second / 10));
        assert_eq!(duration("1µs"), Some(1_000));
        assert_eq!(duration("2d"), Some(172_800 * second));
        assert_eq!(duration("9223372036854775807ns"), Some(i64::MAX));
        assert_eq!(duration("-9223372036854775808ns"), Some(i64::MIN));
        assert_eq!(duration("-9223372036854775807ns1ns"), Some(i64::MIN));
        assert_eq!(duration("1s1s1s1s1s1s1s"), Some(7 * second));
        assert_eq!(duration("1s1s1s1s1s1s1s1s"), None);
        for text in [
            "",
            "-",
            "0",
            "5",
            "h",
            "1 h",
            "1h 30m",
            "+1h",
            "1h-30m",
            "1h-0m",
            "--1h",
            "1H",
            "1hm",
            "1h30",
            "1.h",
            ".5h",
            "1e3s",
            "0.5ns",
            "1w",
            "1h\0",
            "9223372036854775808ns",
            "9223372036854775807ns1ns",
            "-9223372036854775808ns1ns",
            "106752d",
        ] {
            assert_eq!(duration(text), None, "{text:?}");
        }
    }

    #[test]
    fn quantities_are_those_of_kubernetes() {
        let quantity = |text| wide(Form::Quantity, text);
        assert_eq!(quantity("500m"), Some(ONE / 2));
        assert_eq!(quantity("0.1m"), Some(ONE / 10_000));
        assert_eq!(quantity("1Gi"), Some(GI * ONE));
        assert_eq!(quantity("1.5Gi"), Some(3 * GI / 2 * ONE));
        assert_eq!(quantity("250Mi"), Some(250 * (1 << 20) * ONE));
        assert_eq!(quantity("2k"), Some(2_000 * ONE));
        assert_eq!(quantity("-1"), Some(-ONE));
        assert_eq!(quantity("1E"), Some(1_000_000_000_000_000_000 * ONE));
        assert_eq!(quantity("1E3"), Some(1_000 * ONE));
        assert_eq!(quantity("1e-3"), Some(ONE / 1_000));
        assert_eq!(quantity("1Ei"), Some((1 << 60) * ONE));
        assert_eq!(quantity("147Ei").map(|value| value > 0), Some(true));
        assert_eq!(quantity("0.000000001n"), Some(1));
        assert_eq!(quantity("-147.573952589676412928Ei"), Some(i128::MIN));
        for text in [
            "",
            "-",
            "m",
            "Gi",
            "+1",
            "1.",
            ".5",
            "1 Gi",
            " 1",
            "1K",
            "1ki",
            "1gi",
            "1GB",
            "1Gib",
            "1mm",
            "1e",
            "1e+",
            "1e3Ki",
            "1Kie3",
            "1-2",
            "--1",
            "1\0",
            "1Gi\0",
            "1\u{661}",
            "148Ei",
            "147.573952589676412928Ei",
            "1e21",
            "1e999999999999",
            "0.0000000001n",
            "0.0000000000000000001Ei",
        ] {
            assert_eq!(quantity(text), None, "{text:?}");
        }
    }
}
