//! Times as people write them: a span back from now, what `history` prints, and the words of journalctl(1).

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ZonedDateTime};

use crate::model::RealTime;

/// What is taken, for messages.
const EXPECTED: &str = "expected a time, as '2026-03-01 02:00' (local) or 2026-03-01T02:00:00Z, a day, as 2026-03-01, today or yesterday, \
    or a span back from now, as 24h";

/// The first moment that is meant.
pub(super) fn since(text: &str) -> Result<RealTime, String> {
    since_at(text, &ZonedDateTime::now())
}

/// The last moment that is meant: where people see seconds, the whole second is.
pub(super) fn until(text: &str) -> Result<RealTime, String> {
    until_at(text, &ZonedDateTime::now())
}

fn since_at(text: &str, now: &ZonedDateTime) -> Result<RealTime, String> {
    let time = span_back(text, now).or_else(|| point(text, now)).ok_or(EXPECTED)?;
    Ok(RealTime::from_micros(time.as_microsecond()))
}

fn until_at(text: &str, now: &ZonedDateTime) -> Result<RealTime, String> {
    if let Some(time) = span_back(text, now) {
        return Ok(RealTime::from_micros(time.as_microsecond()));
    }
    let micros = point(text, now).ok_or(EXPECTED)?.as_microsecond();
    let rest = if micros.rem_euclid(1_000_000) == 0 { 999_999 } else { 0 };
    Ok(RealTime::from_micros(micros.saturating_add(rest)))
}

/// `24h`, `2 weeks`, `24h ago`, `-24h`: all of them are back from now.
fn span_back(text: &str, now: &ZonedDateTime) -> Option<Timestamp> {
    let text = text.trim();
    let text = text.strip_suffix("ago").map_or(text, str::trim_end);
    let span: Span = text.strip_prefix('-').unwrap_or(text).parse().ok()?;
    let span = if span.is_negative() { return None } else { span };
    now.checked_sub(span).ok().map(|then| then.timestamp())
}

/// A time with its offset, a local one, a day, or a word.
fn point(text: &str, now: &ZonedDateTime) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    let day = |day: jiff::civil::Date| day.to_datetime(Time::midnight());
    let local = match text {
        "now" => return Some(now.timestamp()),
        "today" => day(now.date()),
        "yesterday" => day(now.date().yesterday().ok()?),
        "tomorrow" => day(now.date().tomorrow().ok()?),
        _ => match text.parse::<DateTime>() {
            Ok(local) => local,
            // Of today, as journalctl has it.
            Err(_) => now.date().to_datetime(text.parse::<Time>().ok()?),
        },
    };
    in_zone(local, now.time_zone())
}

/// One that the clock jumped over, or shows twice, is taken as RFC 5545 has it.
fn in_zone(local: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    Some(zone.to_ambiguous_zoned_datetime(local).compatible().ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Midday in Berlin.
    fn now() -> ZonedDateTime {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        "2026-03-30T10:00:00Z".parse::<Timestamp>().unwrap().to_zoned_datetime(zone)
    }

    fn utc(text: &str) -> RealTime {
        RealTime::from_micros(text.parse::<Timestamp>().unwrap().as_microsecond())
    }

    #[test]
    fn what_history_prints_is_a_local_time() {
        for (text, meant) in [
            ("2026-03-29 10:00", "2026-03-29T08:00:00Z"),
            ("2026-03-28 10:00:07", "2026-03-28T09:00:07Z"),
            ("2026-03-28T10:00:07.5", "2026-03-28T09:00:07.5Z"),
            ("2026-03-28", "2026-03-27T23:00:00Z"),
            // The night in which the clock goes from 2 to 3.
            ("2026-03-29 02:30", "2026-03-29T01:30:00Z"),
            ("today", "2026-03-29T22:00:00Z"),
            ("yesterday", "2026-03-28T23:00:00Z"),
            ("tomorrow", "2026-03-30T22:00:00Z"),
            ("09:30", "2026-03-30T07:30:00Z"),
            ("now", "2026-03-30T10:00:00Z"),
            ("2026-03-01T02:00:00Z", "2026-03-01T02:00:00Z"),
            ("2026-03-01T02:00:00+01:00", "2026-03-01T01:00:00Z"),
            (" 2026-03-01 02:00:00-05 ", "2026-03-01T07:00:00Z"),
        ] {
            assert_eq!(since_at(text, &now()), Ok(utc(meant)), "{text}");
        }
    }

    #[test]
    fn a_span_counts_back() {
        for (text, meant) in [
            ("24h", "2026-03-29T10:00:00Z"),
            // A day before that night is 23 hours.
            ("2d", "2026-03-28T11:00:00Z"),
            ("90m", "2026-03-30T08:30:00Z"),
            ("2 weeks", "2026-03-16T11:00:00Z"),
            ("-3h", "2026-03-30T07:00:00Z"),
            ("1 hour ago", "2026-03-30T09:00:00Z"),
        ] {
            assert_eq!(since_at(text, &now()), Ok(utc(meant)), "{text}");
            assert_eq!(until_at(text, &now()), Ok(utc(meant)), "{text}");
        }
    }

    #[test]
    fn the_end_is_in_it_as_far_as_people_see_seconds() {
        assert_eq!(until_at("2026-03-28 10:00:07", &now()), Ok(utc("2026-03-28T09:00:07.999999Z")));
        assert_eq!(until_at("2026-03-28 10:00:07.25", &now()), Ok(utc("2026-03-28T09:00:07.25Z")));
    }

    #[test]
    fn what_is_no_time_is_answered_with_what_is() {
        for wrong in ["", "24", "-", "ago", "last week", "2026-13-01", "2026-03-01 25:00", "--3h", "99999999 years"] {
            let said = since_at(wrong, &now()).unwrap_err();
            assert!(said.contains("'2026-03-01 02:00' (local)") && said.contains("yesterday"), "{wrong}: {said}");
        }
    }
}
