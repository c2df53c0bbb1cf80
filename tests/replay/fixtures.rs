//! What an earlier version recorded is read by every later one. What it decides of it may change; what was seen may not.

use std::path::{Path, PathBuf};

use swanwatch::testing::model::{Code, What};
use swanwatch::testing::recording::{open, replay};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/0.1.0").join(name)
}

/// How many observations there are, and the daemon's process as it came and went.
fn seen(name: &str) -> (usize, Vec<String>) {
    let mut reader = open(&fixture(name)).unwrap();
    let seen: Vec<_> = std::iter::from_fn(|| reader.next_observation().unwrap()).collect();
    let life = seen.iter().filter_map(|seen| match &seen.what {
        What::DaemonFound(daemon) => Some(format!("{} came at {}", daemon.pid().unwrap(), daemon.since)),
        What::DaemonGone(death) => Some(format!("{} is gone", death.pid)),
        _ => None,
    });
    (seen.len(), life.collect())
}

#[test]
fn a_whole_recording_of_0_1_0_is_read() {
    let came = "15 came at 2026-11-30T04:23:25.412076Z".to_owned();
    assert_eq!(seen("whole.jsonl"), (30, vec![came]));
    let replay = replay(open(&fixture("whole.jsonl")).unwrap()).unwrap();
    let open: Vec<_> = replay.engine.findings().iter().map(|finding| finding.id.clone()).collect();
    assert_eq!(open, ["sa-missing:t1:both"]);
}

#[test]
fn a_partial_recording_of_0_1_0_is_read() {
    let came = "15 came at 2026-11-30T04:23:25.412076Z".to_owned();
    assert_eq!(seen("partial.jsonl"), (40, vec![came, "15 is gone".to_owned()]));
    let replay = replay(open(&fixture("partial.jsonl")).unwrap()).unwrap();
    assert!(replay.told.iter().any(|told| told.finding.code == Code::DaemonCrashed));
}
