//! Sizes, times and gas as people type them: `64MiB`, `1.5s`, `10M`.
//!
//! A number without a unit counts bytes, seconds or gas. Decimal and binary units are both understood (`1MB` is 1,000,000
//! bytes, `1MiB` 1,048,576), because guessing which one was meant would make a limit wrong by up to a tenth.

use std::ops::RangeInclusive;
use std::time::Duration;

/// The guest's stack is part of a thread's or fiber's: more than this is refused by the system on most machines.
pub(crate) const STACK_BYTES: RangeInclusive<u64> = 16 << 10..=64 << 20;

/// A size that the guest's stack can have, as [`bytes`].
pub(crate) fn stack_bytes(text: &str) -> Result<usize, String> {
    let wanted = bytes(text)?;
    let fits = usize::try_from(wanted).ok();
    let fits = fits.filter(|_| STACK_BYTES.contains(&wanted));
    fits.ok_or_else(|| {
        let [least, most] = [STACK_BYTES.start(), STACK_BYTES.end()].map(|size| typed_bytes(*size));
        format!("`{text}` is not a size that the stack can have; write `{least}` to `{most}`")
    })
}

/// `N` followed by `B`, `KB`, `MB`, `GB`, `TB`, `KiB`, `MiB`, `GiB`, `TiB` (any case).
pub(crate) fn bytes(text: &str) -> Result<u64, String> {
    let units = [
        ("b", 1),
        ("kb", 1_000),
        ("mb", 1_000_000),
        ("gb", 1_000_000_000),
        ("tb", 1_000_000_000_000),
        ("kib", 1 << 10),
        ("mib", 1 << 20),
        ("gib", 1 << 30),
        ("tib", 1 << 40),
    ];
    scaled(text, &units, 1).map_err(|unread| match (unread, ambiguous(text)) {
        (Unread::TooLarge, _) => too_large(text),
        (Unread::Malformed, Some((number, prefix))) => format!(
            "`{text}` is not a size; write `{number}{prefix}iB` (powers of 1024) or `{number}{prefix}B` (powers of 1000)"
        ),
        (Unread::Malformed, None) => {
            format!("`{text}` is not a size; write a number of bytes or `64MiB`, `512KiB`, `1GB`")
        }
    })
}

/// The number and the prefix of `16M`, which says neither `16MB` nor `16MiB`.
fn ambiguous(text: &str) -> Option<(&str, char)> {
    let text = text.trim();
    let last = text.chars().next_back()?;
    let (number, prefix) = (
        text.strip_suffix(last)?.trim_end(),
        last.to_ascii_uppercase(),
    );
    let is_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || c == '.');
    (is_number && matches!(prefix, 'K' | 'M' | 'G' | 'T')).then_some((number, prefix))
}

/// `N` followed by `ms`, `s`, `m` or `h`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let units = [
        ("ns", 1),
        ("us", 1_000),
        ("ms", 1_000_000),
        ("s", 1_000_000_000),
        ("m", 60_000_000_000),
        ("h", 3_600_000_000_000),
    ];
    scaled(text, &units, 1_000_000_000)
        .map(Duration::from_nanos)
        .map_err(|unread| match unread {
            Unread::TooLarge => format!(
                "`{text}` is too long; the most is `{}h`",
                u64::MAX / 3_600_000_000_000
            ),
            Unread::Malformed => {
                format!("`{text}` is not a time; write a number of seconds or `500ms`, `5s`, `2m`")
            }
        })
}

/// `N` followed by `k`, `M` or `G`; underscores may group digits.
pub(crate) fn gas(text: &str) -> Result<u64, String> {
    scaled(text, THOUSANDS, 1).map_err(|unread| match unread {
        Unread::TooLarge => too_large(text),
        Unread::Malformed => {
            format!("`{text}` is not an amount of gas; write a number or `500k`, `10M`, `2G`")
        }
    })
}

/// A whole number within a range, without a unit.
pub(crate) fn whole<T: TryFrom<u64>>(
    range: RangeInclusive<u64>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        let number = number.and_then(|number| T::try_from(number).ok());
        let (least, most) = (range.start(), range.end());
        number.ok_or_else(|| match text.strip_suffix('%') {
            Some(bare) => format!("write it without the sign: `{}`", bare.trim_end()),
            None => format!("`{text}` is not a whole number from {least} to {most}"),
        })
    }
}

/// How many: `N` followed by `k`, `M` or `G`; underscores may group digits.
pub(crate) fn count(text: &str) -> Result<u64, String> {
    scaled(text, THOUSANDS, 1).map_err(|unread| match unread {
        Unread::TooLarge => too_large(text),
        Unread::Malformed => {
            format!("`{text}` is not a count; write a number, or `10k`, `2M`")
        }
    })
}

/// As [`count`], of things that are few.
pub(crate) fn small_count(text: &str) -> Result<u32, String> {
    let counted = count(text)?;
    u32::try_from(counted).map_err(|_| format!("`{text}` is too many; the most is {}", u32::MAX))
}

/// Units of what is counted.
const THOUSANDS: &[(&str, u64)] = &[("k", 1_000), ("m", 1_000_000), ("g", 1_000_000_000)];

/// Why a text is no quantity.
#[derive(Clone, Copy)]
enum Unread {
    /// It is no number, or its unit is none.
    Malformed,
    /// It is one, and more than can be counted.
    TooLarge,
}

fn too_large(text: &str) -> String {
    format!("`{text}` is too large; the most is {}", u64::MAX)
}

/// The number before the unit, times the unit, exactly: a fraction may not leave a remainder below one.
fn scaled(text: &str, units: &[(&str, u64)], plain: u64) -> Result<u64, Unread> {
    use Unread::{Malformed, TooLarge};
    let text = text.trim();
    let split = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_'))
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let unit = unit.trim().to_ascii_lowercase();
    let factor = match unit.as_str() {
        "" => plain,
        unit => {
            let known = units.iter().find(|(name, _)| *name == unit);
            known.ok_or(Malformed)?.1
        }
    };
    let number: String = number.chars().filter(|c| *c != '_').collect();
    let (whole, fraction) = number.split_once('.').unwrap_or((&number, ""));
    let is_digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
        return Err(Malformed);
    }
    // All digits, so what does not parse is too long.
    let whole: u64 = whole.parse().map_err(|_| TooLarge)?;
    let sum = whole.checked_mul(factor).ok_or(TooLarge)?;
    if fraction.is_empty() {
        return Ok(sum);
    }
    let digits: u128 = fraction.parse().map_err(|_| Malformed)?;
    let scale = u32::try_from(fraction.len()).ok();
    let scale = scale.and_then(|digits| 10u128.checked_pow(digits));
    let part = digits.checked_mul(factor.into()).ok_or(Malformed)? / scale.ok_or(Malformed)?;
    let part = u64::try_from(part).map_err(|_| TooLarge)?;
    sum.checked_add(part).ok_or(TooLarge)
}

/// A size for people: three digits and a binary unit.
pub(crate) fn show_bytes(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut unit = "B";
    for next in ["KiB", "MiB", "GiB", "TiB"] {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    match unit {
        "B" => format!("{bytes} B"),
        _ if value >= 100.0 || value.fract() == 0.0 => format!("{value:.0} {unit}"),
        _ => format!("{value:.1} {unit}"),
    }
}

/// A size as a flag takes it, exactly.
pub(crate) fn typed_bytes(bytes: u64) -> String {
    let units = [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")];
    let units = units.map(|(bits, unit)| (1 << bits, unit));
    typed(bytes, &units, "")
}

/// A time as a flag takes it, exactly.
pub(crate) fn typed_milliseconds(milliseconds: u64) -> String {
    typed(milliseconds, &[(1_000, "s")], "ms")
}

/// A time as a flag takes it, to the millisecond.
pub(crate) fn typed_time(time: Duration) -> String {
    let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let units = [(3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    typed(milliseconds, &units, "ms")
}

/// Gas or a count as a flag takes it, exactly.
pub(crate) fn typed_count(n: u64) -> String {
    let units = [(1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")];
    typed(n, &units, "")
}

/// A number in the largest of the units that leaves no remainder.
fn typed(n: u64, units: &[(u64, &str)], plain: &str) -> String {
    let whole = |(size, _): &&(u64, &str)| n >= *size && n.is_multiple_of(*size);
    let unit = units.iter().find(whole);
    let (size, unit) = unit.copied().unwrap_or((1, plain));
    format!("{}{unit}", n / size)
}

/// A time for people: three digits and a unit.
pub(crate) fn show_duration(time: Duration) -> String {
    let nanoseconds = time.as_nanos() as f64;
    let (value, unit) = match time.as_nanos() {
        0 => return "0 s".into(),
        1..1_000 => return format!("{} ns", time.as_nanos()),
        1_000..1_000_000 => (nanoseconds / 1e3, "µs"),
        1_000_000..1_000_000_000 => (nanoseconds / 1e6, "ms"),
        _ => (nanoseconds / 1e9, "s"),
    };
    if value >= 100.0 {
        format!("{value:.0} {unit}")
    } else {
        format!("{value:.1} {unit}")
    }
}

/// Digits in groups of three: `12,345,678`.
pub(crate) fn show_count(n: u64) -> String {
    let digits = n.to_string();
    let mut shown = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_what_was_meant() {
        for n in [
            0,
            1,
            7,
            1_000,
            1_024,
            1_500,
            1 << 20,
            64 << 20,
            3 << 30,
            u64::MAX,
        ] {
            assert_eq!(bytes(&typed_bytes(n)), Ok(n), "{}", typed_bytes(n));
            assert_eq!(gas(&typed_count(n)), Ok(n), "{}", typed_count(n));
        }
        assert_eq!(
            duration(&typed_milliseconds(1_500)),
            Ok(Duration::from_millis(1_500))
        );
        for time in [1, 250, 5_000, 600_000, 720 * 3_600_000].map(Duration::from_millis) {
            assert_eq!(duration(&typed_time(time)), Ok(time), "{time:?}");
        }
        assert_eq!(typed_time(Duration::from_secs(720 * 3600)), "720h");
        assert_eq!(
            duration(&typed_milliseconds(5_000)),
            Ok(Duration::from_secs(5))
        );
    }

    #[test]
    fn sizes_have_decimal_and_binary_units() {
        assert_eq!(bytes("64MiB"), Ok(64 << 20));
        assert_eq!(bytes("1 mb"), Ok(1_000_000));
        assert_eq!(bytes("1.5KiB"), Ok(1536));
        assert_eq!(bytes("4096"), Ok(4096));
        assert_eq!(bytes("1TiB"), Ok(1 << 40));
        assert_eq!(bytes("2tb"), Ok(2_000_000_000_000));
    }

    #[test]
    fn counts_have_units_too() {
        assert_eq!(count("10k"), Ok(10_000));
        assert_eq!(count("1_000"), Ok(1_000));
        assert_eq!(small_count("2M"), Ok(2_000_000));
        assert!(small_count("5G").expect_err("5G").contains("the most is"));
        assert!(count("many").expect_err("many").contains("`many`"));
    }

    #[test]
    fn times_and_gas_have_units() {
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("2"), Ok(Duration::from_secs(2)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(gas("10M"), Ok(10_000_000));
        assert_eq!(gas("1_000"), Ok(1_000));
    }

    #[test]
    fn what_is_not_a_quantity_is_named() {
        for text in [
            "",
            "MiB",
            "-1",
            "1e9",
            "5 parsecs",
            "99999999999GiB",
            "1.2.3",
            "1.99999999999999999999999999999999999999999",
        ] {
            let error = bytes(text).expect_err(text);
            assert!(error.contains(&format!("`{text}`")), "{error}");
        }
        assert!(duration("soon").is_err());
        assert!(gas("lots").is_err());
    }

    #[test]
    fn a_size_without_its_kind_of_unit_says_which_there_are() {
        for text in ["16M", "16 m", "16m"] {
            let error = bytes(text).expect_err(text);
            assert!(
                error.contains("`16MiB`") && error.contains("`16MB`"),
                "{error}"
            );
        }
        assert!(!bytes("M").expect_err("M").contains("powers"));
        assert!(!bytes("16µ").expect_err("16µ").contains("powers"));
    }

    #[test]
    fn quantities_read_well() {
        assert_eq!(show_bytes(0), "0 B");
        assert_eq!(show_bytes(1536), "1.5 KiB");
        assert_eq!(show_bytes(64 << 20), "64 MiB");
        assert_eq!(show_duration(Duration::from_micros(1500)), "1.5 ms");
        assert_eq!(show_duration(Duration::from_secs(5)), "5.0 s");
        assert_eq!(show_count(1_234_567), "1,234,567");
        assert_eq!(show_count(999), "999");
    }
}
