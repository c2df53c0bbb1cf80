//! Times, spans and numbers for people.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use textwrap::{Options, WordSplitter};

use crate::model::RealTime;
pub(in crate::cli) use crate::plural::{count, counted};
use crate::text::escaped;

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

/// RFC 3339 times in a sentence, as the service writes them, in the reader's zone and to the second.
pub(super) fn local(text: &str, zone: &TimeZone) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((place, time)) = rest.char_indices().find_map(|(place, _)| Some((place, stamp(rest.get(place..)?)?)))
    {
        let (before, stamp) = rest.split_at(place);
        let (stamp, after) = stamp.split_at(time);
        shown.push_str(before);
        shown.push_str(&stamp.parse().map_or_else(|_| stamp.to_owned(), |time| moment(time, zone)));
        rest = after;
    }
    shown + rest
}

/// The length of the time in UTC that a text begins with: `2026-03-01T12:00:00Z`, with a fraction or without.
fn stamp(text: &str) -> Option<usize> {
    const FORM: &[u8] = b"0000-00-00T00:00:00";
    let bytes = text.as_bytes();
    let fits = |(found, form): (&u8, &u8)| if *form == b'0' { found.is_ascii_digit() } else { found == form };
    let head = bytes.get(..FORM.len())?;
    let tail = bytes.get(FORM.len()..)?;
    let fraction = if tail.first() == Some(&b'.') {
        1 + tail.iter().skip(1).take_while(|b| b.is_ascii_digit()).count()
    } else {
        0
    };
    let end = tail.get(fraction) == Some(&b'Z');
    (head.iter().zip(FORM).all(fits) && end).then_some(FORM.len() + fraction + 1)
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

/// The same in a column: `3s`, `4m`, `2h1m`, `3d4h`.
pub(super) fn short_span(since: RealTime, now: RealTime) -> String {
    span(since, now).replace(" min", "m").replace(' ', "")
}

/// A count in at most six columns.
pub(super) fn short(count: u64) -> String {
    const UNITS: [(u64, &str); 5] =
        [(1_000_000_000_000_000, "P"), (1_000_000_000_000, "T"), (1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")];
    let unit = UNITS.into_iter().find(|(unit, _)| count / 10 >= *unit);
    match unit {
        Some((unit, name)) => format!("{}.{}{name}", count / unit, count % unit / (unit / 10)),
        None => count.to_string(),
    }
}

/// Escaped and wrapped to `width`: the first line behind `first`, the others behind `rest`. Ends with a line break.
pub(super) fn wrapped(text: &str, width: usize, first: &str, rest: &str) -> String {
    let options =
        Options::new(width).initial_indent(first).subsequent_indent(rest).word_splitter(WordSplitter::NoHyphenation);
    let mut lines = textwrap::fill(&held_together(&escaped(text)), options).replace(HELD, " ");
    lines.push('\n');
    lines
}

/// Stands for a blank at which no line is broken: of no language (Unicode 23.5), so that no text has it.
const HELD: char = '\u{e000}';

/// A name with blanks in a command is in double quotes, and a line break would become a part of it.
fn held_together(text: &str) -> String {
    let mut held = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.split_once('"') {
        held.push_str(before);
        held.push('"');
        rest = from;
        let Some((name, behind)) = from.split_once('"').filter(|_| before.ends_with(['=', ' '])) else { continue };
        held.push_str(&if name.chars().count() <= LONGEST_HELD {
            name.replace(' ', HELD.encode_utf8(&mut [0; 4]))
        } else {
            name.to_owned()
        });
        held.push('"');
        rest = behind;
    }
    held + rest
}

/// Longer ones are no names but sentences.
const LONGEST_HELD: usize = 60;

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
        for (seconds, shown) in [(59, "59s"), (60, "1m"), (7_265, "2h1m"), (273_600, "3d4h")] {
            assert_eq!(short_span(time(0), time(seconds)), shown);
        }
    }

    #[test]
    fn times_are_in_the_readers_zone() {
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        assert_eq!(moment(time(0), &zone), "2026-03-01 13:00:00");
        assert_eq!(exact_moment(time(0), &TimeZone::UTC), "2026-03-01 12:00:00.000000");
    }

    #[test]
    fn a_time_in_a_sentence_is_in_the_readers_zone_too() {
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        for (text, shown) in [
            ("not before 2026-03-01T12:00:00Z", "not before 2026-03-01 13:00:00"),
            ("ü2026-03-01T23:30:00.017768847Z: 2026-03-01T12:00:00Z", "ü2026-03-02 00:30:00: 2026-03-01 13:00:00"),
            ("2026-03-01T12:00:00", "2026-03-01T12:00:00"),
            ("2026-13-01T12:00:00Z", "2026-13-01T12:00:00Z"),
            ("2026-03-01T12:00:00.", "2026-03-01T12:00:00."),
            ("", ""),
        ] {
            assert_eq!(local(text, &zone), shown);
        }
    }

    #[test]
    fn long_text_is_wrapped_behind_its_indents_and_escaped() {
        assert_eq!(wrapped("one two three\u{7}", 12, "- ", "  "), "- one two\n  three\\u{7}\n");
    }

    #[test]
    fn a_name_with_blanks_is_not_broken() {
        assert_eq!(
            wrapped("up: 'whack --name \"conn with space\" -a' does", 24, "", "  "),
            "up: 'whack --name\n  \"conn with space\" -a'\n  does\n"
        );
        assert_eq!(wrapped("a \"b c", 4, "", ""), "a \"b\nc\n");
    }

    #[test]
    fn counts_are_short() {
        let shown = [0, 9_999, 10_000, 99_999, 10_000_000, 2_500_000_000_000, u64::MAX].map(short);
        assert_eq!(shown, ["0", "9999", "10.0k", "99.9k", "10.0M", "2500.0G", "18446.7P"]);
    }
}
