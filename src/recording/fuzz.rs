//! Fuzz target: recordings.

use super::{Recorder, RecordingError, RecordingReader, replay};
use crate::model::Observation;

/// Two replays want the same, and a recording of what was recorded is the same.
pub(crate) fn recordings(bytes: &[u8]) {
    let once = lived(bytes);
    assert_eq!(once, lived(bytes));
    let Ok(seen) = observations(bytes) else { return };
    let mut written = Vec::new();
    let again = record(&mut written, &seen).and_then(|()| observations(&written)).map_err(|error| error.to_string());
    assert_eq!(again, Ok(seen));
}

/// What came of it, and how it stands at the end.
fn lived(bytes: &[u8]) -> Result<String, String> {
    let lived = RecordingReader::new(bytes).and_then(replay).map_err(|error| error.to_string())?;
    let status = serde_json::to_string(&lived.engine.status(lived.ended)).map_err(|error| error.to_string());
    Ok(format!("{:?} {:?} {status:?}", lived.end, lived.told))
}

fn observations(bytes: &[u8]) -> Result<Vec<Observation>, RecordingError> {
    let mut reader = RecordingReader::new(bytes)?;
    let mut seen = Vec::new();
    while let Some(next) = reader.next_observation()? {
        seen.push(next);
    }
    Ok(seen)
}

fn record(written: &mut Vec<u8>, seen: &[Observation]) -> Result<(), RecordingError> {
    let mut recorder = Recorder::begin(written, true)?;
    for next in seen {
        recorder.observed(next)?;
    }
    recorder.finish().map(drop)
}
