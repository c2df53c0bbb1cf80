//! Fuzz targets: what an earlier run kept on disk.

use std::time::Duration;

use super::alerts::Alert;
use super::history::{HistoryEntry, HistoryReader, Query};
use crate::engine::Engine;
use crate::fuzzing::{comes_back, file};
use crate::model::{Boottime, Observation, RealTime, Remembered, Started, What};

/// state.json: kept as it was read, and an engine that begins with it decides the same each time.
pub(crate) fn state(bytes: &[u8]) {
    let Ok(remembered) = serde_json::from_slice::<Remembered>(bytes) else { return };
    comes_back(&remembered);
    assert_eq!(begin(&remembered), begin(&remembered));
}

/// A minute of an engine that has no daemon.
fn begin(remembered: &Remembered) -> String {
    let mut engine = Engine::new();
    let started = Started {
        boot_id: remembered.boot_id.clone(),
        netns: remembered.netns,
        remembered: Some(Box::new(remembered.clone())),
        ..Started::default()
    };
    let seen = [What::Started(Box::new(started)), What::LinksKnown, What::DaemonAbsent, What::LinksKnown];
    let (mut effects, mut at) = (Vec::new(), Boottime::from_micros(1_000_000));
    let mut wanted = String::new();
    for (seq, what) in (1..).zip(seen) {
        effects.clear();
        engine.step(&Observation { seq, at, wall: RealTime::from_micros(0), what }, &mut effects);
        wanted.push_str(&serde_json::to_string(&effects).unwrap_or_default());
        at = at + Duration::from_secs(20);
    }
    wanted
}

/// An entry, or a whole file of them.
pub(crate) fn history(bytes: &[u8]) {
    if let Ok(entry) = serde_json::from_slice::<HistoryEntry>(bytes) {
        comes_back(&entry);
        std::hint::black_box(entry.past.concerns("t1"));
    }
    if !bytes.starts_with(b"SQLite format 3\0") {
        return;
    }
    let Some(path) = file("history.db", bytes) else { return };
    let query = Query { connection: Some("t1".to_owned()), ..Query::default() };
    if let Ok(mut reader) = HistoryReader::open(&path, query) {
        let mut pages = 0;
        while let Ok(Some(_)) = reader.next_rows() {
            pages += 1;
            assert!(pages <= bytes.len(), "it has no end");
        }
    }
}

/// An alert that waits to be told.
pub(crate) fn queue(bytes: &[u8]) {
    let Ok(alert) = serde_json::from_slice::<Alert>(bytes) else { return };
    comes_back(&alert);
    assert!(alert.says_the_same_as(&alert));
    let over = alert.resolved(alert.starts_at);
    assert_eq!((&over.labels, over.findings), (&alert.labels, 0));
    comes_back(&over);
}
