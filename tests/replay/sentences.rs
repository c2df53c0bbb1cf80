//! Every sentence that the cases tell, once, in one file: a changed sentence shows there in review.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use swanwatch::testing::recording::Replay;

use crate::cases::{Case, cases};

pub fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replay/sentences.txt")
}

/// A line each, sorted: the code, whether it says what is wrong, what to do, or how its remedy is, and the sentence.
pub fn of<'a>(replays: impl IntoIterator<Item = &'a Replay>) -> String {
    let mut lines = BTreeSet::new();
    for told in replays.into_iter().flat_map(|replay| &replay.told) {
        let finding = &told.finding;
        lines.insert(format!("{} summary: {}\n", finding.code, finding.summary));
        lines.insert(format!("{} advice: {}\n", finding.code, finding.advice));
        let remedy = finding.remedy.as_ref();
        lines.extend(remedy.map(|remedy| format!("{} {}: {}\n", finding.code, remedy.kind, remedy.why)));
    }
    lines.into_iter().collect()
}

#[test]
fn the_sentences_are_those_of_the_file() {
    let replays: Vec<_> = cases().iter().map(Case::play).collect();
    let (now, before) = (of(&replays), fs::read_to_string(file()).unwrap());
    let (now, before): (BTreeSet<_>, BTreeSet<_>) = (now.lines().collect(), before.lines().collect());
    let gone = before.difference(&now).map(|line| format!("- {line}"));
    let changed: Vec<_> = gone.chain(now.difference(&before).map(|line| format!("+ {line}"))).collect();
    assert!(changed.is_empty(), "{}\nif that is right: tests/replay/update", changed.join("\n"));
}
