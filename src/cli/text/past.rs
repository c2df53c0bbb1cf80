//! `history`: a line for each thing that happened.

use super::words::{counted, local, moment, wrapped};
use crate::cli::output::{Style, Tone};
use crate::model::{Change, Severity};
use crate::sinks::history::{HistoryEntry, PastEvent};

/// One entry, with a line break behind it.
pub(in crate::cli) fn past(entry: &HistoryEntry, style: &Style) -> String {
    let (tone, word, says) = match &entry.past {
        PastEvent::Finding { change, finding } => {
            let tone = match (change, finding.severity) {
                (Change::Closed, _) => Tone::Good,
                (_, Severity::Critical) => Tone::Critical,
                (_, Severity::Warning) => Tone::Warning,
            };
            (tone, change.as_str(), format!("{} {}: {}", finding.severity, finding.id, finding.summary))
        }
        PastEvent::Remedy { remedy } => (
            Tone::Strong,
            "remedy",
            format!("{} of {} is {}: {}", remedy.kind, remedy.target, remedy.state, remedy.text),
        ),
        PastEvent::Daemon { state, pid, daemon, version, unit, .. } => {
            let name = daemon.map_or_else(|| "the daemon".to_owned(), |kind| kind.to_string());
            let version = version.as_ref().map_or_else(String::new, |version| format!(" {version}"));
            let unit = unit.as_ref().map_or_else(String::new, |unit| format!(", {unit}"));
            let pid = pid.map_or_else(|| "by its control socket".to_owned(), |pid| format!("pid {pid}"));
            (Tone::Strong, "daemon", format!("{name}{version} is {state}, {pid}{unit}"))
        }
        PastEvent::Service { state, version } => (Tone::Quiet, "service", format!("swanwatch {version} {state}")),
        PastEvent::Lost { entries, why } => {
            (Tone::Warning, "lost", format!("{} before this could not be kept: {why}", counted_entries(*entries)))
        }
    };
    let head = format!("{}  {word:<8} ", moment(entry.time, &style.zone));
    let rest = " ".repeat(head.len());
    let shown = wrapped(&local(&says, &style.zone), style.width.max(head.len() + 30), &head, &rest);
    // Painted after wrapping: a colour has no width.
    shown.replacen(word, &style.paint(tone, word), 1)
}

fn counted_entries(entries: u64) -> String {
    match entries {
        0 => "everything".to_owned(),
        entries => counted(entries, "entry"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::model::{RemedyChange, RemedyId, RemedyKind, RemedyState, RemedyTarget};
    use crate::sinks::samples::{finding, time};

    #[test]
    fn each_is_told_in_a_line() {
        let style = Style { colour: false, width: 100, zone: TimeZone::UTC };
        let opened = PastEvent::Finding { change: Change::Opened, finding: Box::new(finding("t1\u{7}")) };
        let remedy = RemedyChange {
            id: RemedyId(1),
            kind: RemedyKind::Rekey,
            target: RemedyTarget::Tunnel { connection: "t1".to_owned(), instance: None },
            finding: None,
            state: RemedyState::Done,
            step: None,
            healed: false,
            text: "the new pair is on the NIC".to_owned(),
        };
        let cases = [
            (
                PastEvent::Remedy { remedy: Box::new(remedy) },
                "remedy   rekey of t1 is done: the new pair is on the NIC",
            ),
            (opened, "opened   warning sa-not-offloaded:t1\\u{7}:out: t1\\u{7} is encrypted by the CPU"),
            (PastEvent::daemon_gone(Some(811)), "daemon   the daemon is gone, pid 811"),
            (PastEvent::daemon_gone(None), "daemon   the daemon is gone, by its control socket"),
            (
                PastEvent::Service { state: "started".to_owned(), version: "0.1.0".to_owned() },
                "service  swanwatch 0.1.0 started",
            ),
            (
                PastEvent::Lost { entries: 1_200, why: "disk full".to_owned() },
                "lost     1,200 entries before this could not be kept: disk full",
            ),
            (
                PastEvent::Lost { entries: 0, why: "damaged".to_owned() },
                "lost     everything before this could not be kept: damaged",
            ),
        ];
        for (past_, line) in cases {
            let entry = HistoryEntry { time: time(0), past: past_ };
            assert_eq!(past(&entry, &style), format!("2026-03-01 12:00:00  {line}\n"));
        }
    }
}
