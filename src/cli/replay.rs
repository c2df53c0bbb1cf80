//! `swanwatch replay`

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::failure::CommandFailure;
use super::output::{Style, print};
use super::text;
use crate::exit;
use crate::model::{Boottime, Change, Finding, RealTime, Status};
use crate::recording::{Agreement, BUILD, Replay, ToldFinding, open, replay};
use crate::text::escaped;

/// Of what a recording says of its version.
const VERSION_SHOWN: usize = 40;

/// Play a recorded run again and say what is found, and whether it is the same as then
#[derive(Debug, Args)]
pub(super) struct ReplayArguments {
    /// The recording
    file: PathBuf,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    version: &'a str,
    build: Option<&'a str>,
    this_build: &'static str,
    partial: bool,
    observations: u64,
    effects: u64,
    digest: &'a str,
    words: Option<&'a str>,
    same: Option<bool>,
    agreement: Agreement,
    torn: Option<u64>,
    told: Vec<ToldLine<'a>>,
    status: Status,
}

#[derive(Serialize)]
struct ToldLine<'a> {
    seq: u64,
    at: Boottime,
    time: RealTime,
    change: Change,
    #[serde(flatten)]
    finding: &'a Finding,
}

pub(super) fn run(arguments: &ReplayArguments) -> Result<u8, CommandFailure> {
    let replayed = replay(open(&arguments.file)?)?;
    if arguments.json {
        print(&format!("{}\n", serde_json::to_string(&report(&replayed))?))?;
    } else {
        print(&shown(&replayed, &Style::of_stdout()))?;
    }
    Ok(if replayed.agreement.is_wrong() { exit::WRONG } else { exit::DONE })
}

fn report(replayed: &Replay) -> Report<'_> {
    let told = replayed.told.iter().map(|told| {
        let ToldFinding { at, wall: time, seq, change, ref finding } = *told;
        ToldLine { seq, at, time, change, finding }
    });
    Report {
        version: &replayed.header.version,
        build: replayed.header.build.as_deref(),
        this_build: BUILD,
        partial: replayed.header.partial,
        observations: replayed.end.observations,
        effects: replayed.end.effects,
        digest: &replayed.end.digest,
        words: replayed.end.words.as_deref(),
        same: replayed.agreement.same(),
        agreement: replayed.agreement,
        torn: replayed.torn,
        told: told.collect(),
        status: replayed.engine.status(replayed.ended),
    }
}

fn shown(replayed: &Replay, style: &Style) -> String {
    let mut shown = String::new();
    for told in &replayed.told {
        let ToldFinding { wall, change, finding, .. } = told;
        let time = text::moment(*wall, &style.zone);
        let line = format!("{} {} ({}): {}", finding.severity, finding.id, finding.reason, finding.summary);
        shown.push_str(&format!("{time}  {:<7} {}\n", change.as_str(), escaped(&line)));
    }
    if !replayed.told.is_empty() {
        shown.push('\n');
    }
    shown.push_str(&text::status(&replayed.engine.status(replayed.ended), false, style));
    let observations = text::counted(replayed.end.observations, "observation");
    let effects = text::counted(replayed.end.effects, "effect");
    let (agrees, digest) = (agrees(replayed), &replayed.end.digest);
    shown.push_str(&format!("\n{observations} had {effects}, {agrees} ({digest})\n"));
    if let Some(line) = replayed.torn {
        shown.push_str(&format!("line {line} was written half and is left out\n"));
    }
    shown
}

fn agrees(replayed: &Replay) -> String {
    // It comes from the file.
    let version = escaped(&replayed.header.version).chars().take(VERSION_SHOWN).collect::<String>();
    match replayed.agreement {
        Agreement::Same => "the same as in the recorded run".to_owned(),
        Agreement::OtherWords => "the same as in the recorded run, told in other words".to_owned(),
        Agreement::Different => "NOT the same as in the recorded run: the file was changed".to_owned(),
        Agreement::Changed => {
            "NOT the same as in the recorded run: the file was changed, its end counts other observations".to_owned()
        }
        Agreement::OtherBuild => {
            format!("not all the same as in the recorded run, which another build ({version}) made")
        }
        Agreement::Older => format!("which cannot be compared: an older build ({version}) made the recording"),
        Agreement::Partial => "which cannot be compared: the recording was begun later than the run".to_owned(),
        Agreement::NoEnd => "which cannot be compared: the recording has no end".to_owned(),
    }
}
