//! A recording of the running service: from its start, or begun later at somebody's wish.

use std::path::Path;
use std::time::Duration;

use super::hands::Hands;
use super::turn::Turn;
use crate::clock;
use crate::model::{AskId, DumpTable, Effect, Observation, Question, SourceState};
use crate::plural::counted;
use crate::recording::{NO_RECORDING, Recorder, RecordingError};

/// The engine numbers its own questions from below; what is asked for a recording is numbered from here.
const OWN_ASKS: u64 = 1 << 63;

/// How long the daemon may take to answer for a recording.
const DEADLINE: Duration = Duration::from_secs(10);

/// A recording that is being made.
#[derive(Debug)]
pub struct Recording {
    recorder: Recorder,
    /// Its effects are those of the whole run.
    partial: bool,
}

impl Recording {
    /// Of a run from its first observation on.
    pub const fn whole(recorder: Recorder) -> Self {
        Self { recorder, partial: false }
    }

    /// Takes the next observation, before the engine does.
    pub fn observed(&mut self, seen: &Observation) -> Result<(), RecordingError> {
        self.recorder.observed(seen)
    }

    /// Takes what the engine wanted.
    pub fn wanted(&mut self, effects: &[Effect]) {
        // Nobody can compare the effects of a part.
        if !self.partial {
            self.recorder.wanted(effects);
        }
    }

    /// Writes what is held back.
    pub fn flush(&mut self) -> Result<(), RecordingError> {
        self.recorder.flush()
    }
}

impl<H: Hands> Turn<H> {
    /// Begins a recording into `path`, or ends the one that is made. Returns what was done, or why not, in one sentence.
    pub fn record(&mut self, path: Option<&Path>) -> Result<String, String> {
        match path {
            Some(path) if self.recording.is_none() => self.begin_recording(path),
            Some(_) => Err("a recording is being made already".to_owned()),
            None => self.end_recording(),
        }
    }

    fn begin_recording(&mut self, path: &Path) -> Result<String, String> {
        let recorder = Recorder::create(path, true).map_err(|error| error.to_string())?;
        let mut recording = Recording { recorder, partial: true };
        // Only into the file: the engine has seen all of it.
        for what in self.beginning.tell() {
            let (seq, at) = self.stamp(clock::boottime());
            let seen = Observation { seq, at, wall: clock::real_time(), what };
            recording.observed(&seen).map_err(|error| error.to_string())?;
        }
        recording.flush().map_err(|error| error.to_string())?;
        self.recording = Some(recording);
        self.cover_recording(SourceState::Ok, format!("records into {}", path.display()));
        for table in [DumpTable::Sad, DumpTable::Spd] {
            let ask = self.next_own_ask();
            let answer = self.hands.dump(ask, table);
            self.own.extend(answer);
        }
        // Cheapest first: it tells whether the others may be asked for at all.
        for question in [Question::Brief, Question::Connections, Question::Table] {
            let ask = self.next_own_ask();
            let answer = self.hands.ask_daemon(ask, question, DEADLINE);
            self.own.extend(answer);
        }
        Ok(format!("records into {}", path.display()))
    }

    fn next_own_ask(&mut self) -> AskId {
        self.own_asks += 1;
        AskId(OWN_ASKS | self.own_asks)
    }

    /// Ends the recording in order.
    pub fn end_recording(&mut self) -> Result<String, String> {
        let Some(recording) = self.recording.take() else { return Err(NO_RECORDING.to_owned()) };
        self.cover_recording(SourceState::Absent, NO_RECORDING.to_owned());
        match recording.recorder.finish() {
            Ok(observations) => Ok(format!("the recording has ended with {}", counted(observations, "observation"))),
            Err(error) => Err(error.to_string()),
        }
    }
}
