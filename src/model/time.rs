//! The two clocks: one for deciding, one for people.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Microseconds of `CLOCK_BOOTTIME` (clock_gettime(2)): the only clock that decides. It never goes back and counts suspended time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Boottime(u64);

/// Microseconds since 1970-01-01T00:00:00Z: for people, and for ordering the log's past. Nothing is decided on it.
/// Written as RFC 3339 in UTC with microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RealTime(i64);

impl Boottime {
    /// From microseconds since boot.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds since boot.
    pub const fn micros(self) -> u64 {
        self.0
    }

    /// How long after `earlier`; zero where `earlier` is later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// `span` before this time, or the boot where that is later.
    pub fn before(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(micros(span)))
    }
}

/// A span in microseconds, or the longest that can be written so.
pub fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

impl std::ops::Add<Duration> for Boottime {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(micros(span)))
    }
}

impl RealTime {
    /// From microseconds since the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, 0 before it: as the kernel and archives count.
    pub fn seconds(self) -> u64 {
        u64::try_from(self.micros() / 1_000_000).unwrap_or(0)
    }

    /// `span` after this time.
    pub fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }

    /// `span` before this time.
    pub fn before(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }
}

/// To the microsecond, or to as many digits as the format asks for.
impl std::fmt::Display for RealTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match Timestamp::from_microsecond(self.0) {
            Ok(time) => write!(f, "{time:.digits$}", digits = f.precision().unwrap_or(6)),
            Err(_) => write!(f, "{} µs after the epoch", self.0),
        }
    }
}

impl std::str::FromStr for RealTime {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        text.parse::<Timestamp>().map(|time| Self(time.as_microsecond()))
    }
}

impl Serialize for RealTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RealTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_is_zero_for_a_later_time() {
        assert_eq!(Boottime::from_micros(5).since(Boottime::from_micros(9)), Duration::ZERO);
        assert_eq!(Boottime::from_micros(9).since(Boottime::from_micros(5)), Duration::from_micros(4));
    }

    #[test]
    fn adding_saturates() {
        assert_eq!(Boottime::from_micros(u64::MAX) + Duration::from_secs(1), Boottime::from_micros(u64::MAX));
    }

    #[test]
    fn real_time_is_written_and_read_as_rfc_3339() {
        let time = RealTime::from_micros(1_700_000_000_123_456);
        let text = serde_json::to_string(&time).unwrap();
        assert_eq!(text, "\"2023-11-14T22:13:20.123456Z\"");
        assert_eq!(serde_json::from_str::<RealTime>(&text).unwrap(), time);
    }
}
