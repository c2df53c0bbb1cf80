//! `explain`: what is known now, and how it came to that.

use super::findings::findings;
use super::words::{exact_moment, wrapped};
use crate::cli::output::{Style, Tone};
use crate::escape::escaped;
use crate::model::{RealTime, Story};

/// The whole answer.
pub(in crate::cli) fn story(story: &Story, now: RealTime, style: &Style) -> String {
    let mut text = style.paint(Tone::Strong, &escaped(&story.about));
    text.push('\n');
    for known in &story.now {
        text.push_str(&wrapped(known, style.width, "  ", "    "));
    }
    text.push_str(&findings(&story.findings, now, style));
    if !story.lines.is_empty() {
        text.push('\n');
    }
    for line in &story.lines {
        let head = format!("{}  {:<9} ", exact_moment(line.time, &style.zone), line.source.to_string());
        let rest = " ".repeat(head.len());
        text.push_str(&wrapped(&line.text, style.width.max(head.len() + 30), &head, &rest));
    }
    text
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::model::Source;
    use crate::sinks::samples;

    #[test]
    fn it_is_told_in_order_with_sources() {
        let mut told = samples::story("connection t1");
        told.lines.push(samples::evidence(2, Source::Engine, "a very long sentence that does not fit\u{7}"));
        let expected = "\
connection t1
  1 tunnel, up

2026-03-01 12:00:00.000000  log       established
2026-03-01 12:00:01.000000  xfrm      offloaded to eth1
2026-03-01 12:00:02.000000  engine    a very long sentence that does
                                      not fit\\u{7}
";
        let style = Style { colour: false, width: 64, zone: TimeZone::UTC };
        assert_eq!(story(&told, samples::time(60), &style), expected);
    }
}
