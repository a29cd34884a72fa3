//! Numbers of a record: decimal text, because numbers of JSON are exact only up to 2^53 where programs read them.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A count, in the unit that its field names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Count(pub u64);

impl Count {
    /// Returns the nanoseconds of a time; a time that has more than there are counts is as good as the most.
    pub fn nanoseconds(time: Duration) -> Self {
        Self(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
    }
}

impl Serialize for Count {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map(Self)
            .map_err(|_| D::Error::custom(format_args!("`{}` is no count", text.escape_debug())))
    }
}

/// A moment, in nanoseconds since the beginning of 1970 (UTC); before that it is negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i128);

impl From<SystemTime> for Moment {
    fn from(time: SystemTime) -> Self {
        let nanoseconds = |since: Duration| i128::try_from(since.as_nanos()).unwrap_or(i128::MAX);
        match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => Self(nanoseconds(since)),
            Err(before) => Self(-nanoseconds(before.duration())),
        }
    }
}

impl Moment {
    /// Returns the moment as the system has it, if the system has it.
    pub fn system_time(self) -> Option<SystemTime> {
        let nanoseconds = self.0.unsigned_abs();
        let seconds = u64::try_from(nanoseconds / 1_000_000_000).ok()?;
        let rest = u32::try_from(nanoseconds % 1_000_000_000).ok()?;
        let distance = Duration::new(seconds, rest);
        if self.0 < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(distance)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(distance)
        }
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map(Self)
            .map_err(|_| D::Error::custom(format_args!("`{}` is no moment", text.escape_debug())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_count_is_exact() {
        let text = serde_json::to_string(&Count(u64::MAX)).unwrap();
        assert_eq!(text, "\"18446744073709551615\"");
        assert_eq!(
            serde_json::from_str::<Count>(&text).unwrap(),
            Count(u64::MAX)
        );
        for wrong in ["\"-1\"", "\"\"", "1", "\"18446744073709551616\""] {
            assert!(serde_json::from_str::<Count>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_moment_before_1970_is_the_same_moment_again() {
        for offset in [-1_500_000_001, 0, 946_684_800_000_000_000] {
            let time = Moment(offset).system_time().unwrap();
            assert_eq!(Moment::from(time), Moment(offset));
        }
    }
}
