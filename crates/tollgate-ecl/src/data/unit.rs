//! Units of quantities and durations: the table, how `5km` and `15min` are read, and how values are printed.
//!
//! Everything is exact. A value prints in the unit that gives the shortest text, as people write it in the source; between
//! equally short ones the largest unit of which there is at least one: `1.2km`, not `1200m`, but `100kW`, not `0.1MW`.

use std::fmt;

use crate::data::decimal::{self, DecimalError, Exact, ONE};
use crate::data::types::Dimension;

/// A unit: its symbol and what one of it is in the base unit, as a decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unit {
    /// As written behind a number.
    pub symbol: &'static str,
    /// One of it in the base unit, scaled by 10^18.
    pub factor: i128,
}

const fn unit(symbol: &'static str, factor: i128) -> Unit {
    Unit { symbol, factor }
}

const LENGTH: [Unit; 4] = [
    unit("mm", ONE / 1_000),
    unit("cm", ONE / 100),
    unit("m", ONE),
    unit("km", 1_000 * ONE),
];
const MASS: [Unit; 4] = [
    unit("mg", ONE / 1_000),
    unit("g", ONE),
    unit("kg", 1_000 * ONE),
    unit("t", 1_000_000 * ONE),
];
const POWER: [Unit; 3] = [
    unit("W", ONE),
    unit("kW", 1_000 * ONE),
    unit("MW", 1_000_000 * ONE),
];
const ENERGY: [Unit; 3] = [
    unit("Wh", ONE),
    unit("kWh", 1_000 * ONE),
    unit("MWh", 1_000_000 * ONE),
];

/// The units of a dimension, from the smallest.
#[must_use]
pub(crate) const fn units(dimension: Dimension) -> &'static [Unit] {
    match dimension {
        Dimension::Length => &LENGTH,
        Dimension::Mass => &MASS,
        Dimension::Power => &POWER,
        Dimension::Energy => &ENERGY,
    }
}

/// Symbol of the base unit of a dimension.
#[must_use]
pub(crate) const fn base(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Length => "m",
        Dimension::Mass => "g",
        Dimension::Power => "W",
        Dimension::Energy => "Wh",
    }
}

/// Units of durations in nanoseconds, from the smallest.
pub(crate) const DURATION_UNITS: [(&str, i64); 7] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", SECOND),
    ("min", 60 * SECOND),
    ("h", 3_600 * SECOND),
    ("d", 86_400 * SECOND),
];

const SECOND: i64 = 1_000_000_000;

/// `us` in other letters, which is read and not printed.
pub(crate) const MICROSECONDS: &str = "µs";

/// Why a text is not a quantity or a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnitError {
    /// The number in front of the unit.
    #[error(transparent)]
    Number(#[from] DecimalError),
    /// No unit of the dimension.
    #[error("no such unit")]
    Unknown,
    /// The value does not fit.
    #[error("out of range")]
    OutOfRange,
    /// Parts of a nanosecond, or of 10^-18 of the base unit.
    #[error("more precise than can be stored")]
    TooPrecise,
}

/// Splits `1.5km` into number and unit; the unit may stand after spaces.
fn split(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-'))
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    (number, unit.trim_start_matches(' '))
}

/// Reads `5km` or `0.5 MW` as a decimal in the base unit.
///
/// # Errors
/// When the number or the unit is wrong, or the value is not exactly representable.
pub(crate) fn parse_quantity(text: &str, dimension: Dimension) -> Result<i128, UnitError> {
    let (number, symbol) = split(text);
    let unit = units(dimension)
        .iter()
        .find(|u| u.symbol == symbol)
        .ok_or(UnitError::Unknown)?;
    let value = decimal::parse(number)?;
    let scaled = decimal::mul(value, unit.factor).ok_or(UnitError::OutOfRange)?;
    if decimal::div(scaled, unit.factor) == Some(value) {
        Ok(scaled)
    } else {
        Err(UnitError::TooPrecise)
    }
}

/// Reads `30s`, `1.5h`, `1h30min` as nanoseconds.
///
/// # Errors
/// When a number or a unit is wrong, or the value is not exactly representable.
pub(crate) fn parse_duration(text: &str) -> Result<i64, UnitError> {
    sum_of_parts(text, |symbol| symbol)
}

/// Another symbol of minutes, which is no unit of durations here: `5m` are metres.
pub(crate) const FOREIGN_MINUTES: &str = "m";

/// Parts of a duration of another program: as many as there are units. Each is arithmetic on 128 bits, and gas counts bytes.
pub(crate) const FOREIGN_PARTS_MAX: usize = DURATION_UNITS.len();

/// Reads `1h30m` as nanoseconds: the same as other programs write it, without blanks, and `m` is a minute too.
///
/// # Errors
/// Likewise, and when there are more than [`FOREIGN_PARTS_MAX`] parts.
pub(crate) fn parse_foreign_duration(text: &str) -> Result<i64, UnitError> {
    let symbols = text.split(|c: char| !c.is_alphabetic());
    let parts = symbols.filter(|symbol| !symbol.is_empty()).count();
    if text.contains(' ') || parts > FOREIGN_PARTS_MAX {
        return Err(UnitError::Number(DecimalError::Syntax));
    }
    sum_of_parts(text, |symbol| match symbol {
        FOREIGN_MINUTES => "min",
        symbol => symbol,
    })
}

fn sum_of_parts(text: &str, named: fn(&str) -> &str) -> Result<i64, UnitError> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut sum = 0_i128;
    loop {
        let (number, tail) = split(rest);
        let end = tail
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(tail.len());
        let (symbol, next) = tail.split_at(end);
        sum = sum
            .checked_add(component(number, named(symbol))?)
            .ok_or(UnitError::OutOfRange)?;
        rest = next;
        if rest.is_empty() {
            break;
        }
    }
    let signed = if negative { -sum } else { sum };
    i64::try_from(signed).map_err(|_| UnitError::OutOfRange)
}

/// One `30min` of a duration, in nanoseconds.
fn component(number: &str, symbol: &str) -> Result<i128, UnitError> {
    let symbol = if symbol == MICROSECONDS { "us" } else { symbol };
    let (_, nanoseconds) = DURATION_UNITS
        .iter()
        .find(|(name, _)| *name == symbol)
        .ok_or(UnitError::Unknown)?;
    // Also `-0`.
    if number.starts_with('-') {
        return Err(UnitError::Number(DecimalError::Syntax));
    }
    let value = decimal::parse(number)?;
    let scaled = value
        .checked_mul(i128::from(*nanoseconds))
        .ok_or(UnitError::OutOfRange)?;
    if scaled % ONE == 0 {
        Ok(scaled / ONE)
    } else {
        Err(UnitError::TooPrecise)
    }
}

/// Seconds as nanoseconds, when they are a whole number of them and fit.
#[must_use]
pub(crate) fn seconds(value: i128) -> Option<i64> {
    let scaled = value.checked_mul(i128::from(SECOND))?;
    (scaled % ONE == 0).then_some(scaled / ONE)?.try_into().ok()
}

/// Prints a quantity in the unit that gives the shortest text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quantity {
    /// Decimal in the base unit.
    pub amount: i128,
    /// Dimension.
    pub dimension: Dimension,
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // From the largest unit, so that the first of equally good texts has the largest one.
        let texts = units(self.dimension).iter().rev().filter_map(|unit| {
            let whole = self.amount.unsigned_abs() >= unit.factor.unsigned_abs();
            Some((self.in_unit(*unit)?, !whole))
        });
        let best = texts.min_by_key(|(text, fraction)| (text.len(), *fraction));
        match best {
            Some((text, _)) if self.amount != 0 => f.write_str(&text),
            _ => write!(f, "{}{}", Exact(self.amount), base(self.dimension)),
        }
    }
}

impl Quantity {
    /// `None` when the value is not exact in that unit.
    fn in_unit(self, unit: Unit) -> Option<String> {
        let value = decimal::div(self.amount, unit.factor)?;
        (decimal::mul(value, unit.factor) == Some(self.amount))
            .then(|| format!("{}{}", Exact(value), unit.symbol))
    }
}

/// Prints a duration in the largest unit of which it is a whole number: `90s`, `15min`, `2h`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Duration(pub i64);

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = DURATION_UNITS
            .iter()
            .rev()
            .find(|(_, nanoseconds)| self.0 % nanoseconds == 0);
        match unit {
            Some((symbol, nanoseconds)) if self.0 != 0 => {
                write!(f, "{}{symbol}", self.0 / nanoseconds)
            }
            _ => f.write_str("0s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(text: &str) -> String {
        let amount = parse_quantity(text, Dimension::Length).unwrap();
        Quantity {
            amount,
            dimension: Dimension::Length,
        }
        .to_string()
    }

    #[test]
    fn quantities_print_in_the_shortest_unit() {
        assert_eq!(length("1.2km"), "1.2km");
        assert_eq!(length("1200m"), "1.2km");
        assert_eq!(length("5 km"), "5km");
        assert_eq!(length("500m"), "500m");
        assert_eq!(length("100cm"), "1m");
        assert_eq!(length("0km"), "0m");
        assert_eq!(length("-3mm"), "-3mm");
        let amount = parse_quantity("0.1MW", Dimension::Power).unwrap();
        let power = Quantity {
            amount,
            dimension: Dimension::Power,
        };
        assert_eq!(power.to_string(), "100kW");
    }

    #[test]
    fn wrong_units_are_refused() {
        assert_eq!(
            parse_quantity("5kg", Dimension::Length),
            Err(UnitError::Unknown)
        );
        assert_eq!(
            parse_quantity("5", Dimension::Length),
            Err(UnitError::Unknown)
        );
        assert!(matches!(
            parse_quantity("km", Dimension::Length),
            Err(UnitError::Number(DecimalError::Syntax))
        ));
        assert_eq!(
            parse_quantity("0.0000000000000001mm", Dimension::Length),
            Err(UnitError::TooPrecise)
        );
        assert_eq!(
            parse_quantity("170141183460469231731km", Dimension::Length),
            Err(UnitError::OutOfRange)
        );
    }

    #[test]
    fn durations_add_their_parts() {
        assert_eq!(parse_duration("1h30min"), Ok(5_400 * SECOND));
        assert_eq!(parse_duration("1.5h"), Ok(5_400 * SECOND));
        assert_eq!(parse_duration("-2d"), Ok(-172_800 * SECOND));
        assert_eq!(parse_duration("0s"), Ok(0));
        assert_eq!(parse_duration("0s0s"), Ok(0));
        assert_eq!(parse_duration("0.5ns"), Err(UnitError::TooPrecise));
        assert_eq!(parse_duration("1000000d"), Err(UnitError::OutOfRange));
        assert_eq!(parse_duration("5"), Err(UnitError::Unknown));
        assert!(parse_duration("").is_err());
        assert!(parse_duration("1h-30min").is_err());
        assert!(parse_duration("1h-0min").is_err());
        assert!(parse_duration("--0s").is_err());
    }

    #[test]
    fn durations_print_whole() {
        assert_eq!(Duration(5_400 * SECOND).to_string(), "90min");
        assert_eq!(Duration(7 * 86_400 * SECOND).to_string(), "7d");
        assert_eq!(Duration(0).to_string(), "0s");
        assert_eq!(Duration(i64::MIN).to_string(), format!("{}ns", i64::MIN));
    }
}
