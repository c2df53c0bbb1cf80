//! `probe --connections`: a line for each connection, worst first, and under it what stands in the way.

use super::words::{counted, wrapped};
use crate::cli::output::{Style, Tone};
use crate::errno;
use crate::model::Direction;
use crate::probe::connections::{OffloadVerdict, Outlook, Problem};
use crate::probe::plan;
use crate::text::escaped;

pub(in crate::cli) fn outlooks(outlooks: &[Outlook], style: &Style) -> String {
    if outlooks.is_empty() {
        return "The daemon has no connection loaded here, or there is none that could be asked.\n".to_owned();
    }
    let mut sorted: Vec<&Outlook> = outlooks.iter().collect();
    sorted.sort_by(|one, other| other.verdict.cmp(&one.verdict).then_with(|| one.connection.cmp(&other.connection)));
    let refused = outlooks
        .iter()
        .filter(|one| matches!(one.verdict, OffloadVerdict::Refused | OffloadVerdict::MayBeRefused))
        .count();
    let mut text = match refused as u64 {
        0 => format!("{}: none will be refused, as far as is known.\n", counted(outlooks.len() as u64, "connection")),
        refused => format!("{}: {refused} will or may be refused.\n", counted(outlooks.len() as u64, "connection")),
    };
    for one in sorted {
        text.push('\n');
        text.push_str(&told(one, style));
    }
    text
}

fn told(one: &Outlook, style: &Style) -> String {
    let (tone, verdict) = match one.verdict {
        OffloadVerdict::Refused => (Tone::Critical, "will be refused"),
        OffloadVerdict::MayBeRefused => (Tone::Warning, "may be refused, depending on what the peer chooses"),
        OffloadVerdict::Software => (Tone::Warning, "will be on the CPU"),
        OffloadVerdict::MayBeSoftware => (Tone::Warning, "may be on the CPU, depending on what the peer chooses"),
        OffloadVerdict::Unknown => (Tone::Quiet, "is not known"),
        OffloadVerdict::Offloaded => (Tone::Good, "will be on the NIC"),
        OffloadVerdict::NotWanted => (Tone::Quiet, "asks for no offload"),
    };
    let device = one.device.as_ref().map_or_else(String::new, |device| format!(" on {}", escaped(device)));
    let wanted = one.wanted.map_or_else(String::new, |wanted| format!(" ({wanted} offload{device})"));
    let defaults = one.defaults && !one.problems.is_empty();
    let defaults = if defaults { "; it has no esp= of its own, the daemon's default proposals are meant" } else { "" };
    let head = format!("{}{wanted}: {verdict}{defaults}", escaped(&one.connection));
    let shown = wrapped(&head, style.width, "", "  ");
    let mut text = format!("{}\n", style.paint(tone, shown.trim_end_matches('\n')));
    if one.verdict == OffloadVerdict::Unknown {
        text.push_str(&wrapped(&unknown(one), style.width, "  ", "  "));
    }
    for problem in &one.problems {
        text.push_str(&problem_told(problem, None, style));
    }
    for problem in &one.behind_nat {
        text.push_str(&problem_told(problem, Some("where a NAT is found between the peers"), style));
    }
    if !one.not_probed.is_empty() {
        let line = format!("not probed: {}", one.not_probed.join(", "));
        text.push_str(&wrapped(&line, style.width, "  ", "    "));
    }
    text
}

fn unknown(one: &Outlook) -> String {
    match (&one.device, one.wanted) {
        (_, None) => "the daemon does not say what it was told about offload, nor its version".to_owned(),
        (None, _) => "the interface that holds its IKE address is not known".to_owned(),
        (Some(device), _) if one.problems.is_empty() && one.not_probed.is_empty() => {
            format!("{device} was not probed, or not in this kind of offload: swanwatch probe {device}")
        }
        (Some(_), _) => "what was probed does not tell".to_owned(),
    }
}

fn problem_told(problem: &Problem, always: Option<&str>, style: &Style) -> String {
    let directions: Vec<String> = problem.directions.iter().map(Direction::to_string).collect();
    let title = plan::variations().into_iter().find(|one| one.name == problem.cell).map(|one| one.title);
    let title = title.unwrap_or_else(|| problem.cell.clone());
    let when = match always {
        Some(always) => always.to_owned(),
        None if problem.always => "whatever the peer chooses".to_owned(),
        None => "if the peer chooses it".to_owned(),
    };
    let words = problem.words.as_ref().map_or_else(String::new, |words| format!(" '{words}'"));
    let reason = problem.reason.map_or_else(String::new, |reason| format!(" ({reason})"));
    let what = match problem.errno {
        Some(errno) => format!("refused, {}:{words}{reason}", errno::words(errno)),
        None => format!("in software without a word{words}{reason}"),
    };
    let line = format!("{title}, {when}: {} {what}", directions.join(" and "));
    let mut text = wrapped(&line, style.width, "  ", "    ");
    if let Some(cure) = &problem.cure {
        text.push_str(&wrapped(&format!("do: {cure}"), style.width, "    ", "      "));
    }
    text
}

#[cfg(test)]
mod tests;
