//! The time in front of a line, in each way in which a log writes it.

use jiff::civil::{Date, Time};
use jiff::tz::{Offset, TimeZone};

use crate::model::RealTime;
use crate::text::LocalTime;

/// The last microsecond of a second.
const END_OF_SECOND: i64 = 999_999;

/// When a line was written, as far as the line tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stamp {
    /// To the microsecond.
    At(RealTime),
    /// Within this second.
    Within(RealTime),
    /// By the clock of a zone that it does not name, and mostly of a year that it does not name.
    Local(LocalTime),
}

impl Stamp {
    /// Its time. A line that is read as it is written cannot be older than the end of its second, and is not younger than `now`: so lines of
    /// a log that writes whole seconds come behind what was seen before them. Of the past only the second is known.
    pub fn resolve(self, now: RealTime, zone: &TimeZone, past: bool) -> Option<RealTime> {
        let (time, whole) = match self {
            Self::At(time) => (time, false),
            Self::Within(time) => (time, true),
            Self::Local(time) => (time.latest(now, zone)?, time.micros.is_none()),
        };
        if !whole || past {
            return Some(time);
        }
        let begin = time.micros();
        Some(RealTime::from_micros(now.micros().clamp(begin, begin.saturating_add(END_OF_SECOND))))
    }

    /// It tells more than the second.
    pub const fn is_fine(self) -> bool {
        match self {
            Self::At(_) => true,
            Self::Within(_) => false,
            Self::Local(time) => time.micros.is_some(),
        }
    }
}

/// Reads a stamp at the beginning of a line, and gives the rest of it without the blank between.
pub fn read(line: &[u8]) -> Option<(Stamp, &[u8])> {
    let (stamp, rest) = read_bare(line)?;
    Some((stamp, rest.strip_prefix(b" ")?))
}

fn read_bare(line: &[u8]) -> Option<(Stamp, &[u8])> {
    local(line).or_else(|| iso(line)).or_else(|| of_weekday(line)).or_else(|| since_the_epoch(line))
}

/// Reads a stamp that is nothing else, as a daemon with a form of its own writes it: those above, whole seconds since the epoch, and any of
/// them with a fraction behind it (`2024-06-03T12:00:00+0200.123`).
pub fn whole(stamp: &[u8]) -> Option<Stamp> {
    let form = |text: &[u8]| {
        let (stamp, rest) = read_bare(text)?;
        rest.is_empty().then_some(stamp)
    };
    let epoch = |text: &[u8]| {
        let is_number = (9..=11).contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
        let seconds = is_number.then(|| number(text)).flatten()?;
        Some(Stamp::Within(RealTime::from_micros(seconds.checked_mul(1_000_000)?)))
    };
    let fraction = || {
        let point = memchr::memrchr(b'.', stamp)?;
        let (head, fraction) = (stamp.get(..point)?, stamp.get(point + 1..)?);
        let micros = match fraction.len() {
            3 => number(fraction)?.checked_mul(1_000)?,
            6 => number(fraction)?,
            _ => return None,
        };
        match form(head).or_else(|| epoch(head))? {
            Stamp::Within(time) => Some(Stamp::At(RealTime::from_micros(time.micros().checked_add(micros)?))),
            Stamp::Local(time) => Some(Stamp::Local(LocalTime { micros: Some(i32::try_from(micros).ok()?), ..time })),
            Stamp::At(_) => None,
        }
    };
    form(stamp).or_else(|| epoch(stamp)).or_else(fraction)
}

/// `Jun  3 12:00:00`, as RFC 3164 §4.1.2 and journalctl's `short-precise` have it.
fn local(line: &[u8]) -> Option<(Stamp, &[u8])> {
    LocalTime::read(line).map(|(time, rest)| (Stamp::Local(time), rest))
}

/// `2024-06-03T12:00:00.5+02:00` (RFC 3339), with `+0200` or without a zone too.
pub fn iso(line: &[u8]) -> Option<(Stamp, &[u8])> {
    let (time, rest) = LocalTime::read_iso(line)?;
    match rest {
        [b'Z' | b'z', rest @ ..] => Some((exact(time, 0)?, rest)),
        [sign @ (b'+' | b'-'), h0, h1, rest @ ..] => {
            let rest = rest.strip_prefix(b":").unwrap_or(rest);
            let ([m0, m1], rest) = rest.split_first_chunk::<2>()?;
            let minutes = number(&[*h0, *h1])? * 60 + number(&[*m0, *m1])?;
            let seconds = i32::try_from(minutes).ok()? * 60;
            Some((exact(time, if *sign == b'-' { -seconds } else { seconds })?, rest))
        }
        rest => Some((Stamp::Local(time), rest)),
    }
}

/// `Mon Jun  3 12:00:00 2024` (ctime(3): OpenWrt's logread), `Mon 2024-06-03 12:00:00 UTC` (journalctl's `short-full`).
fn of_weekday(line: &[u8]) -> Option<(Stamp, &[u8])> {
    let ([day @ .., b' '], rest) = line.split_first_chunk::<4>()? else { return None };
    if ![b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"].contains(&day) {
        return None;
    }
    if let Some((time, rest)) = LocalTime::read(rest) {
        let ([b' ', year @ ..], rest) = rest.split_first_chunk::<5>()? else { return None };
        let year = i16::try_from(number(year)?).ok()?;
        return Some((Stamp::Local(LocalTime { year: Some(year), ..time }), rest));
    }
    let (time, rest) = LocalTime::read_iso(rest)?;
    let zone = rest.strip_prefix(b" ")?;
    let length = zone.iter().position(|byte| *byte == b' ')?;
    let (zone, rest) = zone.split_at_checked(length)?;
    let stamp = if zone == b"UTC" { exact(time, 0)? } else { Stamp::Local(time) };
    Some((stamp, rest))
}

/// `1717416000.123456` (journalctl's `short-unix`, dnsmasq).
fn since_the_epoch(line: &[u8]) -> Option<(Stamp, &[u8])> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (seconds, rest) = line.split_at_checked(digits)?;
    let fraction = rest.strip_prefix(b".")?;
    let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (fraction, rest) = fraction.split_at_checked(length)?;
    if !(9..=11).contains(&digits) || !(1..=9).contains(&length) {
        return None;
    }
    let six: Vec<u8> = fraction.iter().chain(std::iter::repeat(&b'0')).take(6).copied().collect();
    let micros = number(seconds)?.checked_mul(1_000_000)?.checked_add(number(&six)?)?;
    Some((Stamp::At(RealTime::from_micros(micros)), rest))
}

fn exact(time: LocalTime, offset: i32) -> Option<Stamp> {
    let date = Date::new(time.year?, time.month, time.day).ok()?;
    let nanos = time.micros.unwrap_or(0).checked_mul(1_000)?;
    let clock = Time::new(time.hour, time.minute, time.second.min(59), nanos).ok()?;
    let zone = Offset::from_seconds(offset).ok()?;
    let at = zone.to_timestamp(date.to_datetime(clock)).ok()?;
    let at = RealTime::from_micros(at.as_microsecond());
    Some(if time.micros.is_some() { Stamp::At(at) } else { Stamp::Within(at) })
}

fn number(digits: &[u8]) -> Option<i64> {
    let is_number = digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| std::str::from_utf8(digits).ok()?.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> RealTime {
        RealTime::from_micros(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
    }

    fn at(line: &str, now: &str, past: bool) -> Option<(RealTime, String)> {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let (stamp, rest) = read(line.as_bytes())?;
        Some((stamp.resolve(time(now), &zone, past)?, String::from_utf8(rest.to_vec()).unwrap()))
    }

    #[test]
    fn each_way_of_writing_a_time_is_read() {
        for (line, meant) in [
            ("Jun  3 12:00:00 x", "2024-06-03T10:00:00Z"),
            ("Jun  3 12:00:00.5 x", "2024-06-03T10:00:00.5Z"),
            ("2024-06-03T12:00:00+00:00 x", "2024-06-03T12:00:00Z"),
            ("2024-06-03T12:00:00.123456789Z x", "2024-06-03T12:00:00.123456Z"),
            ("2024-06-03T12:00:00-0330 x", "2024-06-03T15:30:00Z"),
            ("2024-06-03T12:00:00 x", "2024-06-03T10:00:00Z"),
            ("2024-06-03 12:00:00,25 x", "2024-06-03T10:00:00.25Z"),
            ("Mon Jun  3 12:00:00 2024 x", "2024-06-03T10:00:00Z"),
            ("Mon 2024-06-03 12:00:00 UTC x", "2024-06-03T12:00:00Z"),
            ("Mon 2024-06-03 12:00:00.000001 CEST x", "2024-06-03T10:00:00.000001Z"),
            ("1717416000.123456 x", "2024-06-03T12:00:00.123456Z"),
        ] {
            assert_eq!(at(line, "2024-07-01T00:00:00Z", true), Some((time(meant), "x".to_owned())), "{line}");
        }
    }

    #[test]
    fn of_a_whole_second_that_is_now_the_moment_of_reading_is_meant() {
        let line = "Jun  3 12:00:00 x";
        for (now, past, meant) in [
            ("2024-06-03T10:00:00.7Z", false, "2024-06-03T10:00:00.7Z"),
            ("2024-06-03T10:00:05Z", false, "2024-06-03T10:00:00.999999Z"),
            ("2024-06-03T09:59:59Z", false, "2024-06-03T10:00:00Z"),
            ("2024-06-03T10:00:00.7Z", true, "2024-06-03T10:00:00Z"),
        ] {
            assert_eq!(at(line, now, past).unwrap().0, time(meant), "{now}");
        }
        assert_eq!(
            at("Jun  3 12:00:00.1 x", "2024-06-03T10:00:00.7Z", false).unwrap().0,
            time("2024-06-03T10:00:00.1Z")
        );
    }

    #[test]
    fn what_is_no_time_is_none() {
        for line in [
            "",
            "Jun  3 12:00:00",
            "2024-06-03T12:00:00+0 x",
            "2024-13-03T12:00:00Z x",
            "Mox Jun  3 12:00:00 2024 x",
            "Mon Jun  3 12:00:00 x",
            "17.5 x",
            "1717416000 x",
            "99999999999999999999.1 x",
        ] {
            assert_eq!(at(line, "2024-07-01T00:00:00Z", true), None, "{line}");
        }
    }
}
