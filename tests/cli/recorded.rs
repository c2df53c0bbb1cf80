use std::path::PathBuf;

use swanwatch::testing::model::{Boottime, Observation, RealTime, Started, What};
use swanwatch::testing::recording::{BUILD, FORMAT, Header};

use crate::{code, stderr, stdout, swanwatch};

/// A recording with one observation, and then `last`.
fn recording(folder: &tempfile::TempDir, last: &str) -> PathBuf {
    let (at, wall) = (Boottime::from_micros(5), RealTime::from_micros(1_000_000));
    let started = Observation { seq: 1, at, wall, what: What::Started(Box::<Started>::default()) };
    let started = serde_json::to_string(&started).unwrap();
    let header = serde_json::to_string(&Header::of_this_build(FORMAT, false)).unwrap();
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
    assert!(stdout(&output).contains("the same as in the recorded run ("), "{}", stdout(&output));
}

#[test]
fn a_recording_of_another_build_is_said_in_one_line_and_is_nothing_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let end = "{\"end\":{\"observations\":1,\"effects\":77,\"digest\":\"0000000000000000\"}}\n";
    let path = recording(&folder, end);
    let text = std::fs::read_to_string(&path).unwrap();
    let build = format!("\"build\":\"{BUILD}\",");
    for (build_then, said) in
        [("\"build\":\"b\",", "which another build (0.1.0) made"), ("", "an older build (0.1.0) made the recording")]
    {
        std::fs::write(&path, text.replace(&build, build_then)).unwrap();
        let output = swanwatch(&["replay", path.to_str().unwrap()]);
        assert_eq!((code(&output), stderr(&output)), (0, ""));
        assert!(stdout(&output).lines().last().unwrap().contains(said), "{}", stdout(&output));
        assert!(!stdout(&output).contains("NOT"), "{}", stdout(&output));
    }
}

#[test]
fn a_time_that_no_clock_shows_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = recording(&folder, "");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"at\":5,", "\"at\":18446744073709551615,")).unwrap();
    let output = swanwatch(&["replay", path.to_str().unwrap()]);
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("line 2 of the recording holds a time that is none"), "{}", stderr(&output));
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
