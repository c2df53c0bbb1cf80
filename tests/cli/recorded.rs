use std::path::PathBuf;

use swanwatch::model::{Boottime, Observation, RealTime, Started, What};

use crate::{code, stderr, stdout, swanwatch};

/// A recording with one observation, and then `last`.
fn recording(folder: &tempfile::TempDir, last: &str) -> PathBuf {
    let (at, wall) = (Boottime::from_micros(5), RealTime::from_micros(1_000_000));
    let started = Observation { seq: 1, at, wall, what: What::Started(Box::<Started>::default()) };
    let started = serde_json::to_string(&started).unwrap();
    let header = "{\"swanwatch-recording\":1,\"version\":\"0.1.0\",\"partial\":false}";
    let path = folder.path().join("recording.jsonl");
    std::fs::write(&path, format!("{header}\n{started}\n{last}")).unwrap();
    path
}

#[test]
fn a_recording_without_end_is_replayed_and_not_compared() {
    let folder = tempfile::tempdir().unwrap();
    let path = recording(&folder, "");
    let output = swanwatch(&["replay", path.to_str().unwrap()]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("1 observation had "), "{}", stdout(&output));
    assert!(stdout(&output).contains("cannot be compared: the recording has no end"), "{}", stdout(&output));
    let output = swanwatch(&["replay", "--json", path.to_str().unwrap()]);
    let report: serde_json::Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!((&report["observations"], &report["same"]), (&1.into(), &serde_json::Value::Null));
}

#[test]
fn other_effects_than_the_recorded_ones_are_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let end = "{\"end\":{\"observations\":1,\"effects\":77,\"digest\":\"0000000000000000\"}}\n";
    let path = recording(&folder, end);
    let output = swanwatch(&["replay", path.to_str().unwrap()]);
    assert_eq!(code(&output), 1);
    assert!(stdout(&output).contains("NOT the same"), "{}", stdout(&output));
    // What it says now, written as the end, is the same.
    let report = swanwatch(&["replay", "--json", path.to_str().unwrap()]);
    let report: serde_json::Value = serde_json::from_str(stdout(&report)).unwrap();
    let (effects, digest) = (&report["effects"], &report["digest"]);
    let path =
        recording(&folder, &format!("{{\"end\":{{\"observations\":1,\"effects\":{effects},\"digest\":{digest}}}}}\n"));
    let output = swanwatch(&["replay", path.to_str().unwrap()]);
    assert_eq!(code(&output), 0);
    assert!(stdout(&output).contains("byte for byte"), "{}", stdout(&output));
}

#[test]
fn what_is_no_recording_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    std::fs::write(&path, "{}\n").unwrap();
    let output = swanwatch(&["replay", path.to_str().unwrap()]);
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("no recording"), "{}", stderr(&output));
    assert_eq!(code(&swanwatch(&["replay", "/nonexistent/recording"])), 1);
}
