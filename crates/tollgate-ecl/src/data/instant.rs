//! Instants as text: RFC 3339 and nothing else, wherever a text becomes an instant.
//!
//! `2025-01-28T10:15:00Z`, `2025-01-28t10:15:00.5+01:00`: a date, `T`, a time with seconds and at most nine digits behind a point,
//! and an offset in hours and minutes. Other forms that readers of times often take (no seconds, a comma, `+01`, no
//! separators, a zone in brackets) are refused: two readers that disagree about a text disagree about a decision.

use std::fmt;

use jiff::civil::DateTime;

/// Why a text is not an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InstantError {
    /// Not of the form.
    #[error("write RFC 3339 with seconds and an offset: \"2025-01-28T10:15:00Z\"")]
    Form,
    /// A day, hour, minute or offset that there is not.
    #[error("there is no such day or time: check the numbers")]
    NoSuchTime,
    /// Second 60.
    #[error(
        "a leap second has no place on the clock of policies: write second 59, or the next minute"
    )]
    LeapSecond,
    /// Digits beyond nanoseconds.
    #[error("at most nine digits fit behind the point: instants are nanoseconds")]
    TooPrecise,
    /// Beyond 64 bits of nanoseconds.
    #[error("an instant lies between the years 1677 and 2262")]
    OutOfRange,
}

/// Reads an instant as nanoseconds since 1970.
///
/// # Errors
/// When the text is not RFC 3339, or not an instant that can be stored.
///
/// # Example
/// ```
/// use tollgate_ecl::data::instant::{InstantError, parse};
///
/// assert_eq!(parse("1970-01-01T01:00:01.5+01:00"), Ok(1_500_000_000));
/// assert_eq!(parse("1970-01-01T00:00Z"), Err(InstantError::Form));
/// ```
pub fn parse(text: &str) -> Result<i64, InstantError> {
    let mut rest = Rest(text.as_bytes());
    let [year, month, day] = [rest.number(4)?, rest.after(b"-", 2)?, rest.after(b"-", 2)?];
    rest.one_of(b"Tt")?;
    let [hour, minute, second] = [rest.number(2)?, rest.after(b":", 2)?, rest.after(b":", 2)?];
    let nanosecond = rest.fraction()?;
    let offset = rest.offset()?;
    if !rest.0.is_empty() {
        return Err(InstantError::Form);
    }
    if second == 60 {
        return Err(InstantError::LeapSecond);
    }
    let narrow = |n: i32| i8::try_from(n).map_err(|_| InstantError::NoSuchTime);
    let year = i16::try_from(year).map_err(|_| InstantError::NoSuchTime)?;
    let local = DateTime::new(
        year,
        narrow(month)?,
        narrow(day)?,
        narrow(hour)?,
        narrow(minute)?,
        narrow(second)?,
        nanosecond,
    );
    let local = local.map_err(|_| InstantError::NoSuchTime)?;
    // As if it were UTC, then back by the offset.
    let utc = jiff::tz::Offset::UTC.to_timestamp(local);
    let utc = utc.map_err(|_| InstantError::OutOfRange)?;
    let nanoseconds = utc.as_nanosecond() - i128::from(offset) * 1_000_000_000;
    i64::try_from(nanoseconds).map_err(|_| InstantError::OutOfRange)
}

/// What has not been read yet.
struct Rest<'t>(&'t [u8]);

impl Rest<'_> {
    fn one_of(&mut self, wanted: &[u8]) -> Result<u8, InstantError> {
        match self.0.split_first() {
            Some((found, rest)) if wanted.contains(found) => {
                self.0 = rest;
                Ok(*found)
            }
            _ => Err(InstantError::Form),
        }
    }

    /// A number of exactly so many digits.
    fn number(&mut self, digits: usize) -> Result<i32, InstantError> {
        let mut number = 0;
        for _ in 0..digits {
            let digit = self.one_of(b"0123456789")?;
            number = number * 10 + i32::from(digit - b'0');
        }
        Ok(number)
    }

    /// A separator and a number.
    fn after(&mut self, separator: &[u8], digits: usize) -> Result<i32, InstantError> {
        self.one_of(separator)?;
        self.number(digits)
    }

    /// Nanoseconds behind a point; none without one.
    fn fraction(&mut self) -> Result<i32, InstantError> {
        const DIGITS_MAX: usize = 9;
        if self.one_of(b".").is_err() {
            return Ok(0);
        }
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit());
        let digits = digits.count();
        if digits == 0 {
            return Err(InstantError::Form);
        }
        if digits > DIGITS_MAX {
            return Err(InstantError::TooPrecise);
        }
        let mut nanoseconds = self.number(digits)?;
        for _ in digits..DIGITS_MAX {
            nanoseconds *= 10;
        }
        Ok(nanoseconds)
    }

    /// `Z` or `+01:00`, in seconds.
    fn offset(&mut self) -> Result<i32, InstantError> {
        let sign = match self.one_of(b"Zz+-")? {
            b'+' => 1,
            b'-' => -1,
            _ => return Ok(0),
        };
        let (hours, minutes) = (self.number(2)?, self.after(b":", 2)?);
        if hours > 23 || minutes > 59 {
            return Err(InstantError::NoSuchTime);
        }
        Ok(sign * (hours * 60 + minutes) * 60)
    }
}

/// An instant as RFC 3339 in UTC.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instant(pub i64);

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(nanoseconds) = self;
        match jiff::Timestamp::from_nanosecond(i128::from(*nanoseconds)) {
            Ok(timestamp) => timestamp.fmt(f),
            // 64 bits of nanoseconds are within the range of timestamps.
            Err(_) => write!(f, "{nanoseconds}ns"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_rfc_3339_are_instants() {
        for (text, nanoseconds) in [
            ("1970-01-01T00:00:01Z", 1_000_000_000),
            ("1970-01-01t01:00:00+01:00", 0),
            ("1969-12-31T23:00:00.25-01:00", 250_000_000),
            ("1970-01-01T00:00:00.000000001z", 1),
            ("1970-01-01T23:59:00+23:59", 0),
            ("1970-01-01T00:00:00-00:00", 0),
            ("2000-02-29T00:00:00Z", 951_782_400_000_000_000),
            ("1677-09-21T00:12:43.145224192Z", i64::MIN),
            ("2262-04-11T23:47:16.854775807Z", i64::MAX),
        ] {
            assert_eq!(parse(text), Ok(nanoseconds), "{text}");
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "",
            "2025-01-17",
            "20250117T010000Z",
            "+002025-01-17T01:00:00Z",
            "2025-01-17T01:00:00Z[Europe/Berlin]",
            "2025-01-17T01:00:00,001Z",
            "2025-01-17T01:00Z",
            "2025-01-17T01:00:00+01",
            "2025-01-17T01:00:00+0100",
            "2025-01-17T01:00:00+01:00:00",
            "2025-01-17T01:00:00",
            "2025-01-17T01:00:00.Z",
            "2025-01-17 01:00:00Z",
            " 2025-01-17T01:00:00Z",
            "2025-01-17T01:00:00Z ",
            "2025-01-17T01:00:00\u{2212}01:00",
            "\u{0662}025-01-17T01:00:00Z",
        ] {
            assert_eq!(parse(text), Err(InstantError::Form), "{text}");
        }
    }

    #[test]
    fn times_that_there_are_not_are_refused() {
        for text in [
            "2025-02-30T00:00:00Z",
            "2025-13-01T00:00:00Z",
            "2025-00-10T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2025-01-17T24:00:00Z",
            "2025-01-17T01:60:00Z",
            "2025-01-17T01:00:61Z",
            "2025-01-17T01:00:00+24:01",
            "2025-01-17T01:00:00+01:60",
        ] {
            assert_eq!(parse(text), Err(InstantError::NoSuchTime), "{text}");
        }
        let leap = parse("2016-12-31T23:59:60Z");
        assert_eq!(leap, Err(InstantError::LeapSecond));
        let precise = parse("2025-01-17T01:00:00.0000000001Z");
        assert_eq!(precise, Err(InstantError::TooPrecise));
        for text in [
            "1677-09-21T00:12:43Z",
            "2262-04-12T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "0000-01-01T00:00:00Z",
        ] {
            assert_eq!(parse(text), Err(InstantError::OutOfRange), "{text}");
        }
    }

    #[test]
    fn what_is_printed_is_read_again() {
        for nanoseconds in [i64::MIN, -1, 0, 1, 1_738_059_300_000_000_000, i64::MAX] {
            assert_eq!(parse(&Instant(nanoseconds).to_string()), Ok(nanoseconds));
        }
    }
}
