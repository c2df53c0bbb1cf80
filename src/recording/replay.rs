//! Living through a recorded run again.

use std::io::BufRead;

use super::header::{Header, RecordingEnd};
use super::partial::Answers;
use super::{Agreement, EffectDigest, RecordingError, RecordingReader};
use crate::engine::Engine;
use crate::model::{Boottime, Change, Effect, Finding, Observation, RealTime};

/// One thing that was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldFinding {
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
    /// What its last line would say of this run.
    pub end: RecordingEnd,
    /// How that agrees with what it says.
    pub agreement: Agreement,
    /// Number of a last line that was written half.
    pub torn: Option<u64>,
    /// Everything that was told, in order.
    pub told: Vec<ToldFinding>,
    /// The engine as it stands at the end: its status, its SAs, its stories.
    pub engine: Engine,
    /// Time of the last observation.
    pub ended: RealTime,
}

/// Feeds a whole recording to a new engine.
///
/// # Errors
/// What cannot be read of it.
pub fn replay<R: BufRead>(mut recording: RecordingReader<R>) -> Result<Replay, RecordingError> {
    let mut run = ReplayRun::default();
    let mut answers = recording.header().partial.then(Answers::default);
    let mut observations = 0;
    while let Some(mut seen) = recording.next_observation()? {
        observations += 1;
        let Some(answers) = &mut answers else {
            run.step(&seen);
            continue;
        };
        answers.translate(&mut seen.what);
        run.step(&seen);
        let mut ready = answers.asked(&run.effects);
        // An answer may raise another question; the daemon is asked three.
        while let Some(what) = ready.pop() {
            run.step(&Observation { what, ..seen.clone() });
            ready.extend(answers.asked(&run.effects));
        }
    }
    let ReplayRun { engine, digest, told, ended, .. } = run;
    let (header, torn, end) = (recording.header().clone(), recording.torn(), RecordingEnd::of(observations, &digest));
    let agreement = Agreement::of(&header, recording.end(), &end);
    Ok(Replay { header, end, agreement, torn, told, engine, ended })
}

/// The engine and what came of it so far.
#[derive(Default)]
struct ReplayRun {
    engine: Engine,
    digest: EffectDigest,
    /// Those of the last step.
    effects: Vec<Effect>,
    told: Vec<ToldFinding>,
    ended: RealTime,
}

impl ReplayRun {
    fn step(&mut self, seen: &Observation) {
        self.effects.clear();
        self.engine.step(seen, &mut self.effects);
        self.digest.take(seen.at, &self.effects);
        self.ended = seen.wall;
        for effect in &self.effects {
            if let Effect::Tell { change, finding } = effect {
                let finding = (**finding).clone();
                self.told.push(ToldFinding { at: seen.at, wall: seen.wall, seq: seen.seq, change: *change, finding });
            }
        }
    }
}
