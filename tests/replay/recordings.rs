//! Every folder under `cases` holds `recording.jsonl`, made in the lab or by hand, and `told.jsonl`, all that
//! was told because of it, compared whole. `SWANWATCH_UPDATE=1 cargo test --test replay` writes what is told now.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use swanwatch::model::{Code, Reason};
use swanwatch::recording::{Replay, open, replay};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replay/cases");
    let mut cases: Vec<_> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    cases.sort();
    assert!(!cases.is_empty(), "no case in {}", folder.display());
    cases
}

fn play(case: &Path) -> Replay {
    let recording = case.join("recording.jsonl");
    let reader = open(&recording).unwrap_or_else(|error| panic!("{}: {error}", recording.display()));
    replay(reader).unwrap_or_else(|error| panic!("{}: {error}", recording.display()))
}

/// What was told, a line each: `at` counts from the recording's first finding on, so that a case can be read.
fn told(replay: &Replay) -> String {
    let line = |told: &swanwatch::recording::Told| json!({ "seq": told.seq, "at": told.at, "change": told.change, "finding": told.finding });
    replay.told.iter().map(|told| format!("{}\n", line(told))).collect()
}

#[test]
fn every_recording_tells_what_it_should() {
    let update = std::env::var_os("SWANWATCH_UPDATE").is_some();
    let mut wrong = Vec::new();
    for case in cases() {
        let told = told(&play(&case));
        let file = case.join("told.jsonl");
        if update {
            fs::write(&file, told).unwrap();
        } else if fs::read_to_string(&file).unwrap_or_default() != told {
            wrong.push(format!("{}: told now:\n{told}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_same_observations_have_the_same_effects_byte_for_byte() {
    for case in cases() {
        let (first, second) = (play(&case), play(&case));
        assert_eq!((first.effects, &first.digest), (second.effects, &second.digest), "{}", case.display());
    }
}

#[test]
fn every_code_is_opened_by_a_case_and_kept_silent_by_another() {
    let replays: Vec<_> = cases().iter().map(|case| play(case)).collect();
    for code in Code::ALL {
        let opens = |replay: &&Replay| replay.told.iter().any(|told| told.finding.code == code);
        assert!(replays.iter().any(|replay| opens(&replay)), "no case opens {code}");
        assert!(replays.iter().any(|replay| !opens(&replay)), "no case is silent about {code}");
    }
}

#[test]
fn every_reason_of_the_table_is_told_by_a_case() {
    let replays: Vec<_> = cases().iter().map(|case| play(case)).collect();
    let told: BTreeSet<Reason> =
        replays.iter().flat_map(|replay| &replay.told).map(|told| told.finding.reason).collect();
    let all: BTreeSet<Reason> = swanwatch::reasons::all().iter().map(|entry| entry.reason).collect();
    assert_eq!(all.difference(&told).collect::<Vec<_>>(), [] as [&Reason; 0]);
}
