//! Living through a recorded run again.

use std::io::BufRead;

use super::{EffectDigest, Header, Reader, RecordingError};
use crate::engine::Engine;
use crate::model::{Boottime, Change, Effect, Finding, RealTime};

/// One thing that was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// When the observation came that made the engine tell it.
    pub at: Boottime,
    /// The same for people.
    pub wall: RealTime,
    /// Number of that observation.
    pub seq: u64,
    /// What happened to the finding.
    pub change: Change,
    /// The finding as it was then.
    pub finding: Finding,
}

/// What came of a replay.
#[derive(Debug)]
pub struct Replay {
    /// What the recording says of itself.
    pub header: Header,
    /// How many observations it holds.
    pub observations: u64,
    /// How many effects they had now.
    pub effects: u64,
    /// The digest of those effects.
    pub digest: String,
    /// These are, byte for byte, the effects that the recorded run had; none where that cannot be said: the recording is partial or
    /// has no end.
    pub same: Option<bool>,
    /// Number of a last line that was written half.
    pub torn: Option<u64>,
    /// Everything that was told, in order.
    pub told: Vec<Told>,
    /// The engine as it stands at the end: its status, its SAs, its stories.
    pub engine: Engine,
    /// Time of the last observation.
    pub ended: RealTime,
}

/// Feeds a whole recording to a new engine.
///
/// # Errors
/// What cannot be read of it.
pub fn replay<R: BufRead>(mut recording: Reader<R>) -> Result<Replay, RecordingError> {
    let mut engine = Engine::new();
    let mut digest = EffectDigest::new();
    let (mut told, mut effects) = (Vec::new(), Vec::new());
    let (mut observations, mut ended) = (0, RealTime::default());
    while let Some(seen) = recording.next_observation()? {
        engine.step(&seen, &mut effects);
        digest.take(&effects).map_err(RecordingError::Effect)?;
        for effect in effects.drain(..) {
            if let Effect::Tell { change, finding } = effect {
                told.push(Told { at: seen.at, wall: seen.wall, seq: seen.seq, change, finding: *finding });
            }
        }
        observations += 1;
        ended = seen.wall;
    }
    let (effects, digest) = (digest.count(), digest.to_string());
    let end = recording.end().filter(|_| !recording.header().partial);
    let same = end.map(|end| (end.observations, end.effects, &end.digest) == (observations, effects, &digest));
    let (header, torn) = (recording.header().clone(), recording.torn());
    Ok(Replay { header, observations, effects, digest, same, torn, told, engine, ended })
}
