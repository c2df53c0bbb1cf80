//! A block for each problem.

use super::words::{count, counted, local, moment, span, wrapped};
use crate::cli::output::{Style, Tone};
use crate::model::{Affected, Finding, RealTime, Reason, Remedy, RemedyState, Severity};
use crate::text::shell_word;

/// How many problems are shown whole. More than these nobody reads at night; a program asks for JSON.
const SHOWN: usize = 25;

/// How many of those that a problem touches are named.
const NAMED: usize = 6;

/// All problems, in the order given.
pub(super) fn findings(findings: &[Finding], now: RealTime, style: &Style) -> String {
    let mut text: String = findings.iter().take(SHOWN).map(|finding| block(finding, now, style)).collect();
    if let Some(more @ 1..) = findings.len().checked_sub(SHOWN) {
        let rest = format!("and {} more; 'swanwatch status --json' shows all", counted(more as u64, "problem"));
        text.push_str(&wrapped(&rest, style.width, "\n", ""));
    }
    text
}

fn block(finding: &Finding, now: RealTime, style: &Style) -> String {
    let (tone, name) = match finding.severity {
        Severity::Critical => (Tone::Critical, "CRITICAL"),
        Severity::Warning => (Tone::Warning, "WARNING"),
    };
    // Painted after wrapping: a colour has no width.
    let summary = wrapped(&local(&finding.summary, &style.zone), style.width, &format!("{name:<8}  "), "          ");
    let summary = summary.replacen(name, &style.paint(tone, name), 1);
    let mut text = format!("\n{summary}");
    let advice = format!("do: {}", local(&finding.advice, &style.zone));
    let remedy = finding.remedy.as_ref().and_then(|remedy| remedy_line(remedy, &finding.advice));
    let remedy = remedy.map(|line| local(&line, &style.zone));
    for line in [Some(advice), remedy, affected(&finding.affected)].into_iter().flatten() {
        text.push_str(&wrapped(&line, style.width, "  ", "      "));
    }
    let more = format!("more: swanwatch explain {}", shell_word(&finding.id));
    for line in [history(finding, now, style), more] {
        let line = wrapped(&line, style.width, "  ", "      ");
        text.push_str(&style.paint(Tone::Quiet, line.trim_end_matches('\n')));
        text.push('\n');
    }
    text
}

/// Nothing where the advice says it already.
fn remedy_line(remedy: &Remedy, advice: &str) -> Option<String> {
    let Remedy { kind, state, why } = remedy;
    let command = why.split_once("; by hand: ").map(|(_, command)| command).filter(|_| *state == RemedyState::Advised);
    let (one, more) = match command.and_then(|command| command.split_once(", and so for ")) {
        Some((one, more)) => (Some(one), Some(more)),
        None => (command, None),
    };
    match (one.is_some_and(|command| advice.contains(command)), more) {
        (true, None) => None,
        (true, Some(more)) => Some(format!("{kind} {state}: and so for {more}")),
        (false, _) if advice.contains(why.as_str()) => None,
        (false, _) => Some(format!("{kind} {state}: {why}")),
    }
}

fn history(finding: &Finding, now: RealTime, style: &Style) -> String {
    let since = format!("since {} ({})", moment(finding.since, &style.zone), span(finding.since, now));
    let times = if finding.times > 1 { format!(", {}", counted(finding.times, "time")) } else { String::new() };
    let reason = if finding.reason == Reason::Unknown { String::new() } else { format!(", {}", finding.reason) };
    format!("{since}{times}{reason}")
}

fn affected(affected: &Affected) -> Option<String> {
    let what = match (affected.sas, affected.connections) {
        (0, 0) => return None,
        (sas, 0) => counted(sas, "SA"),
        (0, connections) => counted(connections, "connection"),
        (sas, connections) => format!("{} of {}", counted(sas, "SA"), counted(connections, "connection")),
    };
    let named: Vec<&str> = affected.list.iter().take(NAMED).map(String::as_str).collect();
    let more = affected.more + (affected.list.len() - named.len()) as u64;
    Some(match (named.as_slice(), more) {
        ([], _) => format!("affects {what}"),
        (named, 0) => format!("affects {what}: {}", named.join(", ")),
        (named, more) => format!("affects {what}: {} and {} more", named.join(", "), count(more)),
    })
}
