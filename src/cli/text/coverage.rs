//! What is watched, and of what is not: what cannot be known because of it. Why stands behind that, and the system's own words only where
//! they are asked for.

use super::words::{local, wrapped};
use crate::cli::output::{Style, Tone};
use crate::model::{Coverage, Source, SourceState};
use crate::recording::NO_RECORDING;

/// Words of a clause that says what cannot be known.
const CONSEQUENCES: [&str; 12] = [
    "is not known",
    "are not known",
    "is not seen",
    "are not seen",
    "not be seen",
    "not be noticed",
    "is known from",
    "are known from",
    "may be lost",
    "is lost",
    "remedy acts",
    "is watched",
];

/// The unit hides the kernel's log, as no other source needs it.
const KERNEL_LOG_CURE: &str = "the unit hides the kernel's log unless its drop-in kernel-log.conf is installed \
    (/usr/share/doc/swanwatch/systemd/drop-ins)";

/// What works takes one line; what does not says what cannot be known.
pub(super) fn coverage(coverage: &[Coverage], verbose: bool, style: &Style) -> String {
    let (whole, partly): (Vec<_>, Vec<_>) = coverage.iter().partition(|line| line.state == SourceState::Ok);
    let names: Vec<String> = whole.iter().map(|line| line.source.to_string()).collect();
    let watched = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    let mut text = format!("\n{}", super::status::line("watched", &watched, style));
    for gap in partly.into_iter().filter(|line| is_gap(line)) {
        let state = match gap.state {
            SourceState::Absent => "not",
            _ => "partly",
        };
        let said = local(&said(gap, verbose), &style.zone);
        let shown = super::status::line(state, &format!("{}: {said}", gap.source), style);
        text.push_str(&shown.replacen(state, &style.paint(Tone::Warning, state), 1));
        if let Some(cure) = cure(gap) {
            text.push_str(&wrapped(&format!("do: {cure}"), style.width, super::status::INDENT, "             "));
        }
    }
    text
}

/// Whether something is not watched because of it.
pub(super) fn is_gap(line: &Coverage) -> bool {
    line.state != SourceState::Ok && line.detail != NO_RECORDING
}

fn cure(gap: &Coverage) -> Option<&str> {
    let (missing, cure) = gap.with_cure();
    let hidden = gap.source == Source::KernelLog && gap.state == SourceState::Absent && missing.contains("/dev/kmsg");
    cure.or(hidden.then_some(KERNEL_LOG_CURE))
}

/// The consequence before the cause.
fn said(gap: &Coverage, verbose: bool) -> String {
    let (missing, _) = gap.with_cure();
    let told = |text: &str| if verbose { text.to_owned() } else { without_system_words(text) };
    let says = |clause: &str| CONSEQUENCES.iter().any(|words| clause.contains(words));
    let borders = borders(missing);
    let last = borders.iter().rev().find(|(start, end)| {
        let before = missing.get(..*start).is_some_and(|cause| !says(cause));
        before && missing.get(*end..).is_some_and(says)
    });
    match last.and_then(|(start, end)| Some((missing.get(..*start)?, missing.get(*end..)?))) {
        Some((cause, consequence)) => format!("{}: {}", told(consequence), told(cause)),
        None => told(missing),
    }
}

/// Where clauses end and begin: `; ` and `: ` that stand in no bracket.
fn borders(text: &str) -> Vec<(usize, usize)> {
    let mut borders = Vec::new();
    let mut depth = 0_usize;
    for (place, letter) in text.char_indices() {
        match letter {
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            ':' | ';' if depth == 0 && text.get(place + 1..).is_some_and(|rest| rest.starts_with(' ')) => {
                borders.push((place, place + 2));
            }
            _ => {}
        }
    }
    borders
}

/// Without the brackets that hold what a library or the system said.
fn without_system_words(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(" (") {
        let (before, bracket) = rest.split_at(start);
        shown.push_str(before);
        let mut depth = 0_usize;
        let end = bracket.char_indices().find(|(_, letter)| {
            match letter {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            *letter == ')' && depth == 0
        });
        let (inside, after) = bracket.split_at(end.map_or(bracket.len(), |(end, _)| end + 1));
        if !(inside.contains("os error") || inside.contains('`')) {
            shown.push_str(inside);
        }
        rest = after;
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    fn line(source: Source, detail: &str, verbose: bool) -> String {
        let gap = Coverage { source, state: SourceState::Absent, detail: detail.to_owned() };
        let style = Style { colour: false, width: 400, zone: TimeZone::fixed(jiff::tz::offset(1)) };
        let text = coverage(&[gap], verbose, &style);
        text.split_once("watched  nothing\n").unwrap().1.to_owned()
    }

    #[test]
    fn what_cannot_be_known_stands_before_why() {
        let systemd = "systemd cannot be asked (failed to connect to `unix:path=/x`: No such file or directory (os error 2)): whether a \
            unit runs the daemon, and how it ended there, is not known";
        for (source, detail, shown) in [
            (
                Source::Systemd,
                systemd,
                "systemd: whether a unit runs the daemon, and how it ended there, is not known: systemd cannot be asked",
            ),
            (
                Source::Log,
                "cannot read /var/log/pluto.log: Permission denied (os error 13); what the daemon logs is not seen",
                "log: what the daemon logs is not seen: cannot read /var/log/pluto.log: Permission denied",
            ),
            (
                Source::Xfrm,
                "reading XFRM events: broken; SAs and policies are known from dumps only until it works again",
                "xfrm: SAs and policies are known from dumps only until it works again: reading XFRM events: broken",
            ),
            // It stands there already.
            (
                Source::Routes,
                "a route that moves is not seen: no socket (Too many open files (os error 24))",
                "routes: a route that moves is not seen: no socket",
            ),
            (Source::Daemon, "asking /x: it is (really) busy", "daemon: asking /x: it is (really) busy"),
            (Source::Xfrm, "seen until 2026-03-01T12:00:00.5Z alone", "xfrm: seen until 2026-03-01 13:00:00 alone"),
        ] {
            assert_eq!(line(source, detail, false), format!("not      {shown}\n"));
        }
        assert_eq!(
            line(Source::Systemd, systemd, true),
            "not      systemd: whether a unit runs the daemon, and how it ended there, is not known: systemd cannot be asked \
             (failed to connect to `unix:path=/x`: No such file or directory (os error 2))\n"
        );
    }

    #[test]
    fn a_cure_has_a_line_of_its_own() {
        let detail = format!("what the daemon logs is not seen: /l cannot be opened{}chmod o+r '/l'", Coverage::CURE);
        let shown =
            "not      log: what the daemon logs is not seen: /l cannot be opened\n         do: chmod o+r '/l'\n";
        assert_eq!(line(Source::Log, &detail, false), shown);
        for error in ["No such file or directory (os error 2)", "needs CAP_SYSLOG"] {
            let shown = line(Source::KernelLog, &format!("what drivers log is not seen: /dev/kmsg: {error}"), false);
            assert!(shown.contains("\n         do: the unit hides") && shown.contains("kernel-log.conf"), "{shown}");
        }
        assert!(!line(Source::KernelLog, "no thread could be started", false).contains("do:"));
    }

    #[test]
    fn a_recording_that_has_ended_is_no_gap() {
        assert_eq!(line(Source::Recording, NO_RECORDING, true), "");
        assert_ne!(line(Source::Recording, "the recording has ended: disk full", false), "");
    }
}
