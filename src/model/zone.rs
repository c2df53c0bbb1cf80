//! The host's time zone, for the times in sentences: as data, so that a recording says the same wherever it is replayed.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Serialize};

use super::RealTime;

/// Changes of the clock that are known in advance: four years of summer time.
const CHANGES: usize = 8;

/// Seconds east of UTC, from each of these times on; before the first, its own. Empty: not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone(Vec<(RealTime, i32)>);

impl Zone {
    /// A zone as it is at a time, and as it will be.
    pub fn of(zone: &TimeZone, now: RealTime) -> Self {
        let Ok(now) = Timestamp::from_microsecond(now.micros()) else { return Self::default() };
        let row = |at: Timestamp, offset: Offset| (RealTime::from_micros(at.as_microsecond()), offset.seconds());
        let changes = zone.following(now).map(|change| row(change.timestamp(), change.offset()));
        Self([row(now, zone.to_offset(now))].into_iter().chain(changes.take(CHANGES)).collect())
    }

    /// Whether nothing is known of it.
    pub const fn is_unknown(&self) -> bool {
        self.0.is_empty()
    }

    /// `2026-03-01 13:00:00`; in UTC, and said so, where the zone is not known.
    pub fn moment(&self, time: RealTime) -> String {
        self.shown(time, "%Y-%m-%d %H:%M:%S")
    }

    /// `13:00:00`, of a time that is near.
    pub fn clock(&self, time: RealTime) -> String {
        self.shown(time, "%H:%M:%S")
    }

    fn shown(&self, time: RealTime, form: &str) -> String {
        let Ok(stamp) = Timestamp::from_microsecond(time.micros()) else { return time.to_string() };
        let row = self.0.iter().rev().find(|(since, _)| *since <= time).or(self.0.first());
        match row.and_then(|(_, seconds)| Offset::from_seconds(*seconds).ok()) {
            Some(offset) => offset.to_datetime(stamp).strftime(form).to_string(),
            None => format!("{} UTC", Offset::UTC.to_datetime(stamp).strftime(form)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> RealTime {
        text.parse().unwrap()
    }

    #[test]
    fn times_are_local_before_and_after_the_clocks_change() {
        let berlin = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let zone = Zone::of(&berlin, time("2026-03-28T22:00:00Z"));
        assert_eq!(zone.moment(time("2026-03-28T23:30:00.999999Z")), "2026-03-29 00:30:00");
        assert_eq!(zone.clock(time("2026-03-29T00:59:59Z")), "01:59:59");
        assert_eq!(zone.clock(time("2026-03-29T01:00:00Z")), "03:00:00");
        assert_eq!(zone.clock(time("2027-01-01T00:00:00Z")), "01:00:00");
        assert_eq!(zone.clock(time("2029-07-01T00:00:00Z")), "02:00:00");
        // Of a time before it was looked at.
        assert_eq!(zone.clock(time("2026-03-28T20:00:00Z")), "21:00:00");
    }

    #[test]
    fn a_zone_without_changes_is_one_row_and_an_unknown_one_is_utc() {
        let zone = Zone::of(&TimeZone::UTC, time("2026-03-28T22:00:00Z"));
        assert_eq!((zone.0.len(), zone.clock(time("2026-03-28T22:00:01Z"))), (1, "22:00:01".to_owned()));
        assert!(Zone::default().is_unknown());
        assert_eq!(Zone::default().moment(time("2026-03-28T22:00:01.5Z")), "2026-03-28 22:00:01 UTC");
    }

    #[test]
    fn what_no_clock_shows_is_no_panic() {
        let zone = Zone::of(&TimeZone::UTC, RealTime::from_micros(i64::MAX));
        assert!(zone.moment(RealTime::from_micros(i64::MIN)).contains("after the epoch"));
    }
}
