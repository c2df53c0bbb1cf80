//! The time of a log's line: local, and mostly without a year.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use crate::model::RealTime;

/// What `strftime("%b %e %T")` tells, and what may stand beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// Where it is written.
    pub year: Option<i16>,
    /// 1 to 12.
    pub month: i8,
    /// 1 to 31.
    pub day: i8,
    /// 0 to 23.
    pub hour: i8,
    /// 0 to 59.
    pub minute: i8,
    /// 0 to 60.
    pub second: i8,
    /// 0 to 999,999; none where only the second is written.
    pub micros: Option<i32>,
}

/// A clock of another process may be a little ahead, and a zone may have changed: within a day it is still this year's.
const AHEAD: i64 = 86_400_000_000;

/// Of an hour that the clocks show twice the later one is meant, unless it would be ahead by more than this.
const AHEAD_IN_FOLD: i64 = 60_000_000;

const MONTHS: [&[u8; 3]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

impl LocalTime {
    /// Reads `Jun  1 08:22:28.587472` or `Jun  1 08:22:28` at the beginning of a line, and gives the rest of it.
    pub fn read(line: &[u8]) -> Option<(Self, &[u8])> {
        let ([m0, m1, m2, b' ', d0, d1, b' '], clock) = line.split_first_chunk::<7>()? else { return None };
        let month = MONTHS.iter().position(|month| **month == [*m0, *m1, *m2])?;
        let day = if *d0 == b' ' { digit(*d1)? } else { two([*d0, *d1])? };
        let date = Self { month: i8::try_from(month + 1).ok()?, day, ..Self::default() };
        date.with_clock(clock)
    }

    /// Reads `2026-06-01T08:22:28.587472`, with `T` or a blank, at the beginning of a line, and gives the rest of it.
    pub fn read_iso(line: &[u8]) -> Option<(Self, &[u8])> {
        let ([y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'T' | b' '], clock) = line.split_first_chunk::<11>()? else {
            return None;
        };
        let (century, year) = (two([*y0, *y1])?, two([*y2, *y3])?);
        let year = Some(i16::from(century) * 100 + i16::from(year));
        let date = Self { year, month: two([*m0, *m1])?, day: two([*d0, *d1])?, ..Self::default() };
        date.with_clock(clock)
    }

    /// `08:22:28` and what there is of a fraction.
    fn with_clock(self, clock: &[u8]) -> Option<(Self, &[u8])> {
        let ([h0, h1, b':', n0, n1, b':', s0, s1], rest) = clock.split_first_chunk::<8>()? else { return None };
        let (micros, rest) = fraction(rest);
        let time = Self { hour: two([*h0, *h1])?, minute: two([*n0, *n1])?, second: two([*s0, *s1])?, micros, ..self };
        Some((time, rest))
    }

    /// The latest such time that is not in the future, in `zone`; none for a date that does not exist.
    pub fn latest(self, now: RealTime, zone: &TimeZone) -> Option<RealTime> {
        if let Some(year) = self.year {
            return self.in_year(year, now, zone);
        }
        let this_year = Timestamp::from_microsecond(now.micros()).ok()?.to_zoned_datetime(zone.clone()).year();
        // Nine years back: the 29th of February may be as far as eight.
        (0..9).find_map(|back| {
            let time = self.in_year(this_year.checked_sub(back)?.checked_add(1)?, now, zone)?;
            (time.micros() <= now.micros().saturating_add(AHEAD)).then_some(time)
        })
    }

    fn in_year(self, year: i16, now: RealTime, zone: &TimeZone) -> Option<RealTime> {
        let date = Date::new(year, self.month, self.day).ok()?;
        let nanos = self.micros.unwrap_or(0).checked_mul(1_000)?;
        let time = Time::new(self.hour, self.minute, self.second.min(59), nanos).ok()?;
        let meant = zone.to_ambiguous_zoned_datetime(date.to_datetime(time));
        let usual = meant.clone().compatible().ok()?.timestamp().as_microsecond();
        let later = meant.later().ok()?.timestamp().as_microsecond();
        let is_past = later <= now.micros().saturating_add(AHEAD_IN_FOLD);
        Some(RealTime::from_micros(if is_past { later } else { usual }))
    }
}

impl Default for LocalTime {
    fn default() -> Self {
        Self { year: None, month: 1, day: 1, hour: 0, minute: 0, second: 0, micros: None }
    }
}

/// `.587472` or `,587` in microseconds, and what is behind it.
fn fraction(rest: &[u8]) -> (Option<i32>, &[u8]) {
    let Some(([b'.' | b','], digits)) = rest.split_first_chunk::<1>() else { return (None, rest) };
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let Some((digits, behind)) = digits.split_at_checked(length).filter(|_| (1..=9).contains(&length)) else {
        return (None, rest);
    };
    let six = digits.iter().chain(std::iter::repeat(&b'0')).take(6);
    (Some(six.fold(0, |sum, byte| sum * 10 + i32::from(byte - b'0'))), behind)
}

fn two([tens, ones]: [u8; 2]) -> Option<i8> {
    Some(digit(tens)? * 10 + digit(ones)?)
}

fn digit(byte: u8) -> Option<i8> {
    byte.is_ascii_digit().then(|| i8::try_from(byte - b'0').ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<LocalTime> {
        let line = line.as_bytes();
        LocalTime::read(line).or_else(|| LocalTime::read_iso(line)).map(|(time, _)| time)
    }

    fn latest(line: &str, now: &str) -> Option<String> {
        let now: Timestamp = now.parse().unwrap();
        let now = RealTime::from_micros(now.as_microsecond());
        Some(read(line)?.latest(now, &TimeZone::fixed(jiff::tz::offset(2)))?.to_string())
    }

    #[test]
    fn the_year_is_the_latest_that_is_not_in_the_future() {
        let line = "Dec 31 23:59:59.000001: x";
        assert_eq!(latest(line, "2026-01-01T00:00:00Z").unwrap(), "2025-12-31T21:59:59.000001Z");
        assert_eq!(latest(line, "2026-12-31T23:00:00Z").unwrap(), "2026-12-31T21:59:59.000001Z");
        assert_eq!(latest("Jan  1 00:00:00.000000", "2025-12-31T21:59:59Z").unwrap(), "2025-12-31T22:00:00.000000Z");
        assert_eq!(latest("Feb 29 12:00:00.000000: x", "2026-03-01T00:00:00Z").unwrap(), "2024-02-29T10:00:00.000000Z");
    }

    #[test]
    fn what_is_no_time_is_none() {
        for line in [
            "",
            "Jun 10 08:22",
            "Jux 10 08:22:28.587472",
            "Jun 10 08:22:2x.587472",
            "2026-06-10 08:22",
            "2026-06-1xT08:22:28",
            "\"t1\" #2: initiator established Child SA",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
        assert_eq!(latest("Feb 31 08:22:28.587472", "2026-03-01T00:00:00Z"), None);
        assert_eq!(latest("Jun 10 99:22:28.587472", "2026-03-01T00:00:00Z"), None);
    }

    #[test]
    fn a_fraction_may_be_short_long_or_missing_and_the_rest_is_given() {
        for (line, micros, rest) in [
            ("Jun 10 08:22:28.587472: x", Some(587_472), ": x"),
            ("Jun  1 08:22:28: x", None, ": x"),
            ("Jun  1 08:22:28 gw1 x", None, " gw1 x"),
            ("2026-06-01T08:22:28.123456789Z x", Some(123_456), "Z x"),
            ("2026-06-01 08:22:28,5 x", Some(500_000), " x"),
            ("Jun  1 08:22:28. x", None, ". x"),
            ("Jun  1 08:22:28.1234567890 x", None, ".1234567890 x"),
        ] {
            let text = line.as_bytes();
            let (time, behind) = LocalTime::read(text).or_else(|| LocalTime::read_iso(text)).unwrap();
            assert_eq!((time.micros, behind), (micros, rest.as_bytes()), "{line}");
        }
    }

    #[test]
    fn a_written_year_is_believed() {
        assert_eq!(latest("2031-01-01T00:00:00", "2026-01-01T00:00:00Z").unwrap(), "2030-12-31T22:00:00.000000Z");
    }

    #[test]
    fn of_an_hour_that_comes_twice_the_one_that_is_past_is_meant() {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let at = |now: &str| {
            let now: Timestamp = now.parse().unwrap();
            let (time, _) = LocalTime::read(b"Oct 25 02:30:00.000000: x").unwrap();
            time.latest(RealTime::from_micros(now.as_microsecond()), &zone).unwrap().to_string()
        };
        // The clocks go back at 01:00 UTC.
        assert_eq!(at("2026-10-25T00:30:01Z"), "2026-10-25T00:30:00.000000Z");
        assert_eq!(at("2026-10-25T01:30:01Z"), "2026-10-25T01:30:00.000000Z");
    }
}
