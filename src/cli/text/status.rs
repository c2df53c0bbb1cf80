//! `status`: the verdict first, then the numbers, then each problem, then what is not watched.

use super::coverage::{coverage, is_gap};
use super::findings::findings;
use super::words::{count, counted, local, span, wrapped};
use crate::cli::output::{Style, Tone};
use crate::model::{DaemonStatus, DueState, Finding, KernelStatus, Note, Severity, Status, Summary};

/// Under the names of the lines.
pub(super) const INDENT: &str = "         ";

pub(in crate::cli) fn status(status: &Status, verbose: bool, style: &Style) -> String {
    let mut text = verdict(status, style);
    text.push_str(&line("daemon", &daemon(status), style));
    text.push_str(&line("SAs", &sas(&status.summary), style));
    text.push_str(&line("tunnels", &tunnels(&status.summary), style));
    text.push_str(&line("policies", &policies(&status.summary), style));
    text.push_str(&findings(&status.findings, status.time, style));
    text.push_str(&notes(&status.notes, style));
    text.push_str(&coverage(&status.coverage, verbose, style));
    if verbose && !status.kernel.release.is_empty() {
        text.push_str(&line("kernel", &kernel(&status.kernel), style));
    }
    text
}

pub(super) fn line(name: &str, what: &str, style: &Style) -> String {
    wrapped(what, style.width, &format!("{name:<9}"), INDENT)
}

fn verdict(status: &Status, style: &Style) -> String {
    let all = status.findings.len() as u64;
    let critical = status.findings.iter().filter(|finding| finding.severity == Severity::Critical).count() as u64;
    let not_up = status.summary.tunnels.down + status.summary.tunnels.partly;
    let whole = !status.coverage.iter().any(is_gap);
    let (tone, words) = match (critical, all) {
        (0, 0) if !status.is_whole() => {
            (Tone::Warning, "swanwatch has just begun, and has not seen everything yet.".to_owned())
        }
        (0, 0) if status.daemon.state != "up" => (Tone::Warning, no_daemon(&status.daemon)),
        // Somebody stopped it: that is said below, and nothing else is wrong.
        (0, 1) if status.findings.iter().all(Finding::is_by_order) => (Tone::Warning, no_daemon(&status.daemon)),
        // Under negotiation, most often: no fault yet, and no reason to say that all is well.
        (0, 0) if not_up > 0 => {
            (Tone::Warning, format!("No problem found so far, but {} not fully up.", tunnels_are(not_up)))
        }
        (0, 0) if whole => (Tone::Good, "All is well: no problem found.".to_owned()),
        (0, 0) => (Tone::Good, "No problem found, as far as can be seen from here (see below).".to_owned()),
        (0, _) => (Tone::Warning, format!("{}, nothing critical.", counted(all, "problem"))),
        (_, _) if critical == all => (Tone::Critical, format!("{}, critical.", counted(all, "problem"))),
        _ => (Tone::Critical, format!("{}, {} of them critical.", counted(all, "problem"), count(critical))),
    };
    let text = wrapped(&words, style.width, "", "");
    format!("{}\n", style.paint(tone, text.trim_end_matches('\n')))
}

/// Nothing is found, and no daemon is there or answers.
fn no_daemon(daemon: &DaemonStatus) -> String {
    let Some(due) = &daemon.due else { return format!("No problem found, but the daemon is {}.", daemon.state) };
    match due.state {
        DueState::Unknown => {
            "No problem found, but no IKE daemon runs here, and nothing says that one is due.".to_owned()
        }
        DueState::None => "No problem found, and no IKE daemon is to run here.".to_owned(),
        DueState::Starting => "No problem found so far, but the IKE daemon is still being started.".to_owned(),
        DueState::Awaited | DueState::Due => "No IKE daemon runs here, and one is due.".to_owned(),
        DueState::Stopped => "No problem found, but the IKE daemon was stopped by order.".to_owned(),
        DueState::Elsewhere => "No problem found, but no IKE daemon is seen in this network namespace.".to_owned(),
        DueState::Unsupported => {
            "The IKE daemon that runs here is not supported: only the kernel is watched.".to_owned()
        }
    }
}

fn tunnels_are(number: u64) -> String {
    format!("{} {}", counted(number, "tunnel"), if number == 1 { "is" } else { "are" })
}

/// The daemon in one sentence.
pub(in crate::cli) fn daemon(status: &Status) -> String {
    let daemon = &status.daemon;
    let due = daemon.due.as_ref().map(|due| match due.state {
        DueState::Due | DueState::Awaited => format!("one is due: {}", due.why),
        _ => due.why.clone(),
    });
    let Some(kind) = daemon.kind else {
        if let Some(due) = due {
            return format!("{}: {due}", daemon.state);
        }
        let yet = if status.is_whole() { "" } else { " yet" };
        return format!("{}: no IKE daemon was seen in this network namespace{yet}", daemon.state);
    };
    let version = daemon.version.as_ref().map_or_else(String::new, |version| format!(" {version}"));
    let since = daemon.since.filter(|_| status.is_whole());
    let since = since.map_or_else(String::new, |since| format!(" for {}", span(since, status.time)));
    let pid = daemon.pid.map_or_else(String::new, |pid| format!(", pid {pid}"));
    let unit = daemon.unit.as_ref().map_or_else(String::new, |unit| format!(", {unit}"));
    let due = due.map_or_else(String::new, |due| format!("; {due}"));
    format!("{kind}{version}, {}{since}{pid}{unit}{due}", daemon.state)
}

/// What it can do where kernels differ.
fn kernel(kernel: &KernelStatus) -> String {
    let all = kernel.abilities.all();
    let of = |wanted: Option<bool>, before: &str, between: &str| {
        let words: Vec<_> = all.iter().filter(|(known, _)| *known == wanted).map(|(_, words)| *words).collect();
        (!words.is_empty()).then(|| format!("{before} {}", words.join(between)))
    };
    let can = of(Some(true), "it can", ", and ");
    let cannot = of(Some(false), "it cannot", ", nor ");
    let unknown = of(None, "it does not say whether it can", ", or ");
    let told = [can, cannot, unknown].into_iter().flatten().collect::<Vec<_>>().join("; ");
    format!("{}: {told}", kernel.release)
}

fn sas(summary: &Summary) -> String {
    let on_nic = summary.offloaded.packet + summary.offloaded.crypto;
    let kinds = match (summary.offloaded.crypto, summary.offloaded.packet) {
        (_, 0) => String::new(),
        (0, _) => " (packet offload)".to_owned(),
        (crypto, packet) => format!(" ({} crypto, {} packet offload)", count(crypto), count(packet)),
    };
    let larval = if summary.larval > 0 { format!("; {} larval", count(summary.larval)) } else { String::new() };
    format!(
        "{}: {} on the NIC{kinds}, {} on the CPU{larval}",
        count(summary.sas),
        count(on_nic),
        count(summary.software)
    )
}

fn tunnels(summary: &Summary) -> String {
    let tunnels = summary.tunnels;
    let up = format!("{} up", count(tunnels.up));
    let partly = (tunnels.partly > 0).then(|| format!("{} one way only", count(tunnels.partly)));
    let down = (tunnels.down > 0).then(|| format!("{} down", count(tunnels.down)));
    [Some(up), partly, down].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn policies(summary: &Summary) -> String {
    let without = summary.without_template;
    let others = without.pass.saturating_sub(without.bypass);
    let bypass = (without.bypass > 0).then(|| format!("{} bypass (IKE, neighbour discovery)", count(without.bypass)));
    let pass = (others > 0).then(|| format!("{} packets pass in clear", lets(others)));
    let block = (without.block > 0).then(|| format!("{} packets", drops(without.block)));
    let rest = [bypass, pass, block].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let colon = if rest.is_empty() { "" } else { ": " };
    format!("{}{colon}{rest}", count(summary.policies))
}

fn lets(policies: u64) -> String {
    format!("{} {}", count(policies), if policies == 1 { "lets" } else { "let" })
}

fn drops(policies: u64) -> String {
    format!("{} {}", count(policies), if policies == 1 { "drops" } else { "drop" })
}

fn notes(notes: &[Note], style: &Style) -> String {
    let mut text = String::new();
    for note in notes {
        text.push('\n');
        text.push_str(&line("note", &local(&note.summary, &style.zone), style));
        text.push_str(&line("", &local(&note.advice, &style.zone), style));
    }
    text
}

#[cfg(test)]
mod tests;
