//! Times, spans and numbers for people.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use textwrap::{Options, WordSplitter};

use crate::escape::escaped;
use crate::model::RealTime;

/// `2026-03-01 13:00:00`, in the reader's zone.
pub(in crate::cli) fn moment(time: RealTime, zone: &TimeZone) -> String {
    shown(time, zone, "%Y-%m-%d %H:%M:%S")
}

/// `2026-03-01 13:00:00.000123`
pub(super) fn exact_moment(time: RealTime, zone: &TimeZone) -> String {
    shown(time, zone, "%Y-%m-%d %H:%M:%S.%6f")
}

fn shown(time: RealTime, zone: &TimeZone, form: &str) -> String {
    match Timestamp::from_microsecond(time.micros()) {
        Ok(stamp) => stamp.to_zoned_datetime(zone.clone()).strftime(form).to_string(),
        Err(_) => time.to_string(),
    }
}

/// How long from `since` to `now`: `3 s`, `4 min`, `2 h 1 min`, `3 d 4 h`. A clock that was set back gives `0 s`.
pub(super) fn span(since: RealTime, now: RealTime) -> String {
    let micros = u64::try_from(now.micros().saturating_sub(since.micros())).unwrap_or(0);
    let seconds = Duration::from_micros(micros).as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, ..) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

/// `1,234,567`
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// `1 problem`, `2 problems`
pub(in crate::cli) fn counted(number: u64, one: &str) -> String {
    format!("{} {one}{}", count(number), if number == 1 { "" } else { "s" })
}

/// Escaped and wrapped to `width`: the first line behind `first`, the others behind `rest`. Ends with a line break.
pub(super) fn wrapped(text: &str, width: usize, first: &str, rest: &str) -> String {
    let options =
        Options::new(width).initial_indent(first).subsequent_indent(rest).word_splitter(WordSplitter::NoHyphenation);
    let mut lines = textwrap::fill(&escaped(text), options);
    lines.push('\n');
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sinks::samples::time;

    #[test]
    fn spans_are_short() {
        for (seconds, shown) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3_599, "59 min"),
            (7_265, "2 h 1 min"),
            (273_600, "3 d 4 h"),
            (-5, "0 s"),
        ] {
            assert_eq!(span(time(0), time(seconds)), shown);
        }
    }

    #[test]
    fn numbers_are_grouped() {
        for (number, shown) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(count(number), shown);
        }
    }

    #[test]
    fn times_are_in_the_readers_zone() {
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        assert_eq!(moment(time(0), &zone), "2026-03-01 13:00:00");
        assert_eq!(exact_moment(time(0), &TimeZone::UTC), "2026-03-01 12:00:00.000000");
    }

    #[test]
    fn long_text_is_wrapped_behind_its_indents_and_escaped() {
        assert_eq!(wrapped("one two three\u{7}", 12, "- ", "  "), "- one two\n  three\\u{7}\n");
    }
}
