//! The time, read in one place, and how it is written.

use jiff::Timestamp;

/// Nanoseconds since 1970. A clock before 1970 or after 2262 is as good as none: the border is taken.
pub(crate) fn now() -> i64 {
    i64::try_from(Timestamp::now().as_nanosecond()).unwrap_or(i64::MAX)
}

/// A time in RFC 3339, UTC.
pub(crate) fn text(at: i64) -> String {
    Timestamp::from_nanosecond(at.into()).map_or_else(|_| at.to_string(), |at| at.to_string())
}

/// Reads a time in RFC 3339.
pub(crate) fn read(text: &str) -> Option<i64> {
    let at: Timestamp = text.parse().ok()?;
    i64::try_from(at.as_nanosecond()).ok()
}
