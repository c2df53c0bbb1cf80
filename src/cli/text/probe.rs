//! `probe`: the device, a table of what it takes, and under it what each refusal means and how it is cured.

use std::collections::BTreeMap;

use super::words::{counted, wrapped};
use crate::cli::output::{Style, Tone};
use crate::daemons::every_daemons_cure;
use crate::errno;
use crate::model::{OffloadMode, ProbeAnswer, ProbedCell, ProbedColumn, ProbedDevice, SaShape};
use crate::probe::{self, plan};
use crate::text::escaped;

/// Columns of a variation's name, and of an answer.
const NAME: usize = 38;
const ANSWER: usize = 9;
/// Under the device's lines.
const INDENT: &str = "          ";

/// What several cells have in common, told once.
#[derive(PartialEq, Eq)]
struct CellNote {
    says: String,
    means: Option<String>,
    cure: Option<String>,
}

pub(in crate::cli) fn probe(table: &ProbedDevice, style: &Style) -> String {
    let mut text = head(table, style);
    let mut notes: Vec<CellNote> = Vec::new();
    text.push_str(&cells(table, style, &mut notes));
    text.push('\n');
    text.push_str(&bases(table, style));
    text.push_str(
        "yes  on the NIC, read back from the kernel\n\
         no   refused with offload, taken without\n\
         cpu  taken without a word of refusal, and the CPU does it\n\
         -    this kernel has not got it in software either\n\
         ?    not tried\n",
    );
    for (number, note) in notes.iter().enumerate() {
        let first = format!("\n{:>3}  ", number + 1);
        text.push_str(&wrapped(&note.says, style.width, &first, "     "));
        if let Some(means) = &note.means {
            text.push_str(&wrapped(means, style.width, "     ", "     "));
        }
        if let Some(cure) = &note.cure {
            text.push_str(&wrapped(&format!("do: {cure}"), style.width, "     ", "       "));
        }
    }
    text
}

/// How each reason in a table is cured.
pub(in crate::cli) fn cures(table: &ProbedDevice) -> BTreeMap<String, String> {
    let each = table.columns.iter().flat_map(|column| column.cells.iter().map(move |cell| (column, cell)));
    each.filter_map(|(column, cell)| probe::entry(table, column.wanted, column.direction, cell))
        .map(|entry| (entry.reason.to_string(), every_daemons_cure(entry, &table.device)))
        .collect()
}

fn head(table: &ProbedDevice, style: &Style) -> String {
    let driver = table.driver.as_deref().or(table.kind.as_deref()).unwrap_or("no driver that says its name");
    let firmware = table.firmware.as_ref().map_or_else(String::new, |version| format!(", firmware {version}"));
    let bus = table.bus.as_ref().map_or_else(String::new, |bus| format!(", at {bus}"));
    let up = if table.up { "" } else { ", down" };
    let about = format!("{driver}{firmware}{bus}, kernel {}{up}", table.kernel);
    let feature = |feature: &crate::model::ProbedFeature| {
        let fixed = if feature.fixed { " (fixed)" } else { "" };
        format!("{} {}{fixed}", feature.name, if feature.on { "on" } else { "off" })
    };
    let features: Vec<String> = table.features.iter().map(feature).collect();
    let counters: Vec<String> = table.counters.iter().map(|(name, count)| format!("{name} {count}")).collect();
    let or_none = |list: Vec<String>, none: &str| if list.is_empty() { none.to_owned() } else { list.join(", ") };
    let mut text = style.paint(Tone::Strong, &escaped(&table.device));
    text.push('\n');
    for (name, what) in [
        ("driver", about),
        ("features", or_none(features, "none that concerns ESP")),
        ("counters", or_none(counters, "the driver has none for IPsec")),
        ("holds", counted(u64::from(table.held), "SA")),
    ] {
        text.push_str(&wrapped(&what, style.width, &format!("{name:<10}"), INDENT));
    }
    text
}

fn cells(table: &ProbedDevice, style: &Style, notes: &mut Vec<CellNote>) -> String {
    let mut modes = " ".repeat(NAME);
    let mut directions = " ".repeat(NAME);
    for column in &table.columns {
        modes.push_str(&format!("{:<ANSWER$}", column.wanted.to_string()));
        directions.push_str(&format!("{:<ANSWER$}", column.direction.to_string()));
    }
    let mut text = format!("\n{}\n", style.paint(Tone::Strong, modes.trim_end()));
    text.push_str(&format!("{}\n", style.paint(Tone::Strong, directions.trim_end())));
    let mut group = "";
    for variation in plan::variations() {
        if variation.group != group {
            group = variation.group;
            text.push_str(&format!("{group}\n"));
        }
        let mut line = format!("  {:<width$}", variation.title, width = NAME - 2);
        for column in &table.columns {
            let cell = column.cells.iter().find(|cell| cell.name == variation.name);
            line.push_str(&format!(
                "{:<ANSWER$}",
                cell.map_or_else(String::new, |cell| shown(table, column, cell, notes))
            ));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn shown(table: &ProbedDevice, column: &ProbedColumn, cell: &ProbedCell, notes: &mut Vec<CellNote>) -> String {
    let (word, says) = match &cell.answer {
        ProbeAnswer::Accepted { words: None } => return "yes".to_owned(),
        ProbeAnswer::Accepted { words: Some(words) } => ("yes", format!("taken, with a warning: '{words}'")),
        ProbeAnswer::Refused { errno, words, reason } => ("no", refusal("refused", *errno, words.as_deref(), *reason)),
        ProbeAnswer::Software { words, reason } => {
            let words = words.as_ref().map_or_else(String::new, |words| format!(", with a warning: '{words}'"));
            let reason = reason.map_or_else(String::new, |reason| format!(" ({reason})"));
            ("cpu", format!("in software{words}{reason}"))
        }
        ProbeAnswer::NotInKernel { errno, words } => {
            ("-", refusal("refused without offload too", *errno, words.as_deref(), None))
        }
        ProbeAnswer::NotTried { why } => ("?", format!("not tried: {why}")),
    };
    let entry = probe::entry(table, column.wanted, column.direction, cell);
    let (means, cure) =
        entry.map(|entry| (entry.means_on(&table.device), every_daemons_cure(entry, &table.device))).unzip();
    let note = CellNote { says, means, cure };
    let place = notes.iter().position(|known| *known == note).unwrap_or_else(|| {
        notes.push(note);
        notes.len() - 1
    });
    format!("{word:<3} {}", place + 1)
}

fn refusal(what: &str, errno: u32, words: Option<&str>, reason: Option<crate::model::Reason>) -> String {
    let words = words.map_or_else(|| "the kernel gives no words".to_owned(), |words| format!("'{words}'"));
    let reason = reason.map_or_else(String::new, |reason| format!(" ({reason})"));
    format!("{what}, {}: {words}{reason}", errno::words(errno))
}

/// What was varied, where it is not the same SA everywhere, and where there was nothing to vary.
fn bases(table: &ProbedDevice, style: &Style) -> String {
    let mut text = String::new();
    for column in &table.columns {
        let tried = column.cells.iter().any(|cell| !matches!(cell.answer, ProbeAnswer::NotTried { .. }));
        let name = format!("{} {}", column.wanted, column.direction);
        match &column.base {
            Some(base) if *base != plan::preferred() => {
                let line = format!("{name}: what is varied is {}, because nothing before it was taken", about(base));
                text.push_str(&wrapped(&line, style.width, "", "  "));
            }
            None if tried => {
                let line = match column.wanted {
                    OffloadMode::Crypto => format!("{name}: no SA is offloaded, whatever it is like"),
                    OffloadMode::Packet => format!("{name}: no SA is taken, whatever it is like"),
                };
                text.push_str(&wrapped(&line, style.width, "", "  "));
            }
            _ => {}
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn about(shape: &SaShape) -> String {
    let family = if shape.ipv6 { "IPv6" } else { "IPv4" };
    let algorithm = shape.algorithm.map_or_else(String::new, |algorithm| {
        let auth = algorithm.auth.map_or_else(String::new, |auth| format!(" with {auth}"));
        format!(", {}{auth}, key of {} bits", algorithm.name, algorithm.key_bits)
    });
    let esn = if shape.esn { ", ESN" } else { "" };
    format!("{} {} mode over {family}{algorithm}{esn}", shape.protocol, shape.mode)
}

#[cfg(test)]
mod tests;
