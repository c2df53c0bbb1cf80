//! A log's own time: local, and without a year.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use crate::model::RealTime;

/// What `strftime("%b %e %T")` and microseconds tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
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
    /// 0 to 999,999.
    pub micros: i32,
}

/// A clock of another process may be a little ahead, and a zone may have changed: within a day it is still this year's.
const AHEAD: i64 = 86_400_000_000;

const MONTHS: [&[u8; 3]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

impl LocalTime {
    /// Length of `Jun 10 08:22:28.587472`.
    pub const LENGTH: usize = 22;

    /// Reads `Jun  1 08:22:28.587472` at the beginning of a line.
    pub fn read(line: &[u8]) -> Option<Self> {
        let [m0, m1, m2, b' ', d0, d1, b' ', h0, h1, b':', n0, n1, b':', s0, s1, b'.', micros @ ..] =
            line.get(..Self::LENGTH)?
        else {
            return None;
        };
        let month = MONTHS.iter().position(|month| **month == [*m0, *m1, *m2])?;
        let two = |tens: u8, ones: u8| Some(digit(tens)? * 10 + digit(ones)?);
        let day = if *d0 == b' ' { digit(*d1)? } else { two(*d0, *d1)? };
        let micros = micros.iter().try_fold(0_i32, |sum, byte| Some(sum * 10 + i32::from(digit(*byte)?)))?;
        Some(Self {
            month: i8::try_from(month + 1).ok()?,
            day,
            hour: two(*h0, *h1)?,
            minute: two(*n0, *n1)?,
            second: two(*s0, *s1)?,
            micros,
        })
    }

    /// The latest such time that is not in the future, in `zone`; none for a date that does not exist.
    pub fn latest(self, now: RealTime, zone: &TimeZone) -> Option<RealTime> {
        let this_year = Timestamp::from_microsecond(now.micros()).ok()?.to_zoned_datetime(zone.clone()).year();
        // Nine years back: the 29th of February may be as far as eight.
        (0..9).find_map(|back| {
            let date = Date::new(this_year.checked_sub(back)?.checked_add(1)?, self.month, self.day).ok()?;
            let time = Time::new(self.hour, self.minute, self.second.min(59), self.micros.checked_mul(1_000)?).ok()?;
            let micros = zone
                .to_ambiguous_zoned_datetime(date.to_datetime(time))
                .compatible()
                .ok()?
                .timestamp()
                .as_microsecond();
            (micros <= now.micros().saturating_add(AHEAD)).then_some(RealTime::from_micros(micros))
        })
    }
}

fn digit(byte: u8) -> Option<i8> {
    byte.is_ascii_digit().then(|| i8::try_from(byte - b'0').ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latest(line: &str, now: &str) -> Option<String> {
        let now: Timestamp = now.parse().unwrap();
        let now = RealTime::from_micros(now.as_microsecond());
        Some(LocalTime::read(line.as_bytes())?.latest(now, &TimeZone::fixed(jiff::tz::offset(2)))?.to_string())
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
            "\"t1\" #2: initiator established Child SA",
        ] {
            assert_eq!(LocalTime::read(line.as_bytes()), None, "{line}");
        }
        assert_eq!(latest("Feb 31 08:22:28.587472", "2026-03-01T00:00:00Z"), None);
        assert_eq!(latest("Jun 10 99:22:28.587472", "2026-03-01T00:00:00Z"), None);
    }
}
