//! `explain`: what is known now, and how it came to that.

use super::findings::findings;
use super::words::{exact_moment, local, wrapped};
use crate::cli::output::{Style, Tone};
use crate::model::{Finding, RealTime, Source, Story};
use crate::text::escaped;

pub(in crate::cli) fn story(story: &Story, now: RealTime, style: &Style) -> String {
    let mut text = style.paint(Tone::Strong, &escaped(&story.about));
    text.push('\n');
    // What stands below is not said twice.
    let is_below = |known: &str| {
        let says = |finding: &Finding| known == finding.summary || known.strip_prefix("do: ") == Some(&finding.advice);
        story.findings.iter().any(says)
    };
    for known in story.now.iter().filter(|known| !is_below(known)) {
        text.push_str(&wrapped(&local(known, &style.zone), style.width, "  ", "    "));
    }
    text.push_str(&findings(&story.findings, now, style));
    if !story.lines.is_empty() {
        text.push('\n');
    }
    for line in &story.lines {
        let head = format!("{}  {:<9} ", exact_moment(line.time, &style.zone), line.source.to_string());
        let rest = " ".repeat(head.len());
        // A log's own words stay as they are.
        let told = if line.source == Source::Log { line.text.clone() } else { local(&line.text, &style.zone) };
        text.push_str(&wrapped(&told, style.width.max(head.len() + 30), &head, &rest));
    }
    text
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
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

    #[test]
    fn what_a_finding_says_is_said_once() {
        let mut told = samples::story("finding sa-not-offloaded:t1:out");
        let finding = samples::finding("t1");
        told.now = vec![finding.summary.clone(), format!("do: {}", finding.advice), "it is old".to_owned()];
        told.findings = vec![finding.clone()];
        let style = Style { colour: false, width: 120, zone: TimeZone::UTC };
        let text = story(&told, samples::time(60), &style);
        assert_eq!(text.matches(&finding.summary).count(), 1, "{text}");
        assert_eq!(text.matches("do: ").count(), 1, "{text}");
        assert!(text.contains("  it is old\n"), "{text}");
    }
}
