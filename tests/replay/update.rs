//! Writes what comes of the recordings now: `told.jsonl` and `sentences.txt`, and of a recording the last line, with whose it is in the
//! first.

use std::fs;

use swanwatch::testing::recording::{Agreement, Header, RecordingEnd, Replay};

use crate::cases::{Case, cases, told};
use crate::{changes, sentences};

/// Run by `tests/replay/update`: it changes what the other tests compare with.
#[test]
#[ignore = "writes what the others compare with: tests/replay/update"]
fn update() {
    let (said, replays): (Vec<_>, Vec<_>) = cases().iter().map(renewed).unzip();
    let said = said.concat();
    fs::write(sentences::file(), sentences::of(&replays)).unwrap();
    println!("{}", said.join("\n"));
    println!("{} cases, {} changes", cases().len(), said.len());
}

/// Brings a case up to date, and says what has changed of it.
fn renewed(case: &Case) -> (Vec<String>, Replay) {
    let (replay, name) = (case.play(), case.name());
    let mut said = Vec::new();
    let now = told(&replay);
    if let Some(changed) = changes::of_told(&name, &case.expected(), &now) {
        fs::write(case.told_file(), now).unwrap();
        said.push(changed);
    }
    if let Some(how) = how_it_ends(&replay) {
        let file = fs::read_to_string(case.recording()).unwrap();
        fs::write(case.recording(), ended(&file, &replay.header, &replay.end)).unwrap();
        said.push(format!("{name}: {how}; {} effects now", replay.end.effects));
    }
    (said, replay)
}

fn how_it_ends(replay: &Replay) -> Option<&'static str> {
    Some(match replay.agreement {
        Agreement::Same | Agreement::Partial => return None,
        Agreement::OtherWords => "the same is decided and told in other words",
        Agreement::Different | Agreement::OtherBuild => "what is decided is not the same",
        Agreement::Changed => "it holds other observations than its end says",
        Agreement::Older => "its end was of another kind",
        Agreement::NoEnd => "it had no end",
    })
}

/// The recording with this end, of this build. Every observation stays as it is, byte for byte.
fn ended(file: &str, header: &Header, end: &RecordingEnd) -> String {
    let lines: Vec<&str> = file.split_inclusive('\n').collect();
    let (_, lines) = lines.split_first().unwrap();
    let observations = lines.iter().filter(|line| !line.starts_with("{\"end\"")).copied().collect::<String>();
    assert!(observations.ends_with('\n'), "its last line was written half");
    let header = serde_json::to_string(&Header::of_this_build(header.format, header.partial)).unwrap();
    let end = serde_json::to_string(end).unwrap();
    format!("{header}\n{observations}{{\"end\":{end}}}\n")
}

#[test]
fn nothing_is_renewed_but_the_first_line_and_the_last() {
    let header = Header { format: 1, version: "0.0.1".to_owned(), build: None, partial: false };
    let end = RecordingEnd { observations: 2, effects: 3, digest: "d".to_owned(), words: Some("w".to_owned()) };
    let observations = "{\"seq\":1,  \"what\" : \"end\"}\n{\"seq\":2}\n";
    for old in ["", "{\"end\":{\"observations\":2,\"effects\":1,\"digest\":\"x\"}}\n"] {
        let new = ended(&format!("{{\"swanwatch-recording\":1}}\n{observations}{old}"), &header, &end);
        let (first, rest) = new.split_once('\n').unwrap();
        let first: Header = serde_json::from_str(first).unwrap();
        assert_eq!(first, Header::of_this_build(1, false));
        let last = rest.strip_prefix(observations).unwrap();
        assert_eq!(last, "{\"end\":{\"observations\":2,\"effects\":3,\"digest\":\"d\",\"words\":\"w\"}}\n");
    }
}
