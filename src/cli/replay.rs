//! `swanwatch replay`

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::output::{Style, print};
use super::{Failure, text};
use crate::escape::escaped;
use crate::exit;
use crate::model::{Boottime, Change, Finding, RealTime, Status};
use crate::recording::{Replay, Told, open, replay};

/// Live through a recorded run again and say what was found, and whether it is what was found then
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The recording
    file: PathBuf,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    version: &'a str,
    partial: bool,
    observations: u64,
    effects: u64,
    digest: &'a str,
    same: Option<bool>,
    torn: Option<u64>,
    told: Vec<Line<'a>>,
    status: Status,
}

#[derive(Serialize)]
struct Line<'a> {
    seq: u64,
    at: Boottime,
    time: RealTime,
    change: Change,
    #[serde(flatten)]
    finding: &'a Finding,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let replayed = replay(open(&arguments.file)?)?;
    if arguments.json {
        print(&format!("{}\n", serde_json::to_string(&report(&replayed))?))?;
    } else {
        print(&shown(&replayed, &Style::of_stdout()))?;
    }
    Ok(if replayed.same == Some(false) { exit::WRONG } else { exit::DONE })
}

fn report(replayed: &Replay) -> Report<'_> {
    let told = replayed.told.iter().map(|told| {
        let Told { at, wall: time, seq, change, ref finding } = *told;
        Line { seq, at, time, change, finding }
    });
    Report {
        version: &replayed.header.version,
        partial: replayed.header.partial,
        observations: replayed.observations,
        effects: replayed.effects,
        digest: &replayed.digest,
        same: replayed.same,
        torn: replayed.torn,
        told: told.collect(),
        status: replayed.engine.status(replayed.ended),
    }
}

fn shown(replayed: &Replay, style: &Style) -> String {
    let mut shown = String::new();
    for told in &replayed.told {
        let Told { wall, change, finding, .. } = told;
        let time = text::moment(*wall, &style.zone);
        let line = format!("{} {} ({}): {}", finding.severity, finding.id, finding.reason, finding.summary);
        shown.push_str(&format!("{time}  {:<7} {}\n", change.as_str(), escaped(&line)));
    }
    if !replayed.told.is_empty() {
        shown.push('\n');
    }
    shown.push_str(&text::status(&replayed.engine.status(replayed.ended), style));
    let observations = text::counted(replayed.observations, "observation");
    let effects = text::counted(replayed.effects, "effect");
    let same = match replayed.same {
        Some(true) => "the same as in the recorded run, byte for byte",
        Some(false) => "NOT the same as in the recorded run: another version, or the file was changed",
        None if replayed.header.partial => "which cannot be compared: the recording was begun later than the run",
        None => "which cannot be compared: the recording has no end",
    };
    shown.push_str(&format!("\n{observations} had {effects}, {same} ({})\n", replayed.digest));
    if let Some(line) = replayed.torn {
        shown.push_str(&format!("line {line} was written half and is left out\n"));
    }
    shown
}
