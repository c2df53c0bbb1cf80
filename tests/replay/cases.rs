//! The cases: every folder under `cases` holds `recording.jsonl`, made in the lab or by hand, and `told.jsonl`, all that was told because
//! of it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use swanwatch::testing::recording::{Replay, ToldFinding, open, replay};

/// One folder.
pub struct Case {
    folder: PathBuf,
}

/// All of them, by their names.
pub fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replay/cases");
    let folders = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = folders.filter(|path| path.is_dir()).map(|folder| Case { folder }).collect();
    cases.sort_by(|one, other| one.folder.cmp(&other.folder));
    assert!(!cases.is_empty(), "no case in {}", root.display());
    cases
}

/// What was told, a line each.
pub fn told(replay: &Replay) -> String {
    let line =
        |told: &ToldFinding| json!({ "seq": told.seq, "at": told.at, "change": told.change, "finding": told.finding });
    replay.told.iter().map(|told| format!("{}\n", line(told))).collect()
}

impl Case {
    pub fn name(&self) -> String {
        self.folder.file_name().unwrap().to_string_lossy().into_owned()
    }

    pub fn recording(&self) -> PathBuf {
        self.folder.join("recording.jsonl")
    }

    pub fn told_file(&self) -> PathBuf {
        self.folder.join("told.jsonl")
    }

    /// What should be told; nothing where the case is new.
    pub fn expected(&self) -> String {
        fs::read_to_string(self.told_file()).unwrap_or_default()
    }

    pub fn play(&self) -> Replay {
        let recording = self.recording();
        let reader = open(&recording).unwrap_or_else(|error| panic!("{}: {error}", recording.display()));
        replay(reader).unwrap_or_else(|error| panic!("{}: {error}", recording.display()))
    }
}
