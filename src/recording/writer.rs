//! Writing a recording.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use super::again::{AgainLine, LastDump};
use super::header::{FORMAT, Header, RecordingEnd, Trailer};
use super::{EffectDigest, RecordingError};
use crate::model::{Boottime, Effect, Observation};

/// What is held back before it is written.
const BUFFER: usize = 64 << 10;

/// How old unwritten lines may get while observations keep coming.
const STALE: Duration = Duration::from_secs(1);

/// A recording that is being made. After an error nothing more should be written to it.
#[derive(Debug)]
pub struct Recorder<W: Write = File> {
    file: BufWriter<W>,
    observations: u64,
    digest: EffectDigest,
    past: LastDump,
    /// When the last observation came.
    at: Boottime,
    /// When the oldest line was taken that is not yet written.
    dirty_since: Option<Boottime>,
}

impl Recorder {
    /// Makes the file, readable to its owner alone; one that is there already is left as it is.
    ///
    /// # Errors
    /// The file cannot be made or written.
    pub fn create(path: &Path, partial: bool) -> Result<Self, RecordingError> {
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let file = made.map_err(|source| RecordingError::Create { path: path.to_path_buf(), source })?;
        Self::begin(file, partial)
    }
}

impl<W: Write> Recorder<W> {
    /// Begins a recording in `file`.
    ///
    /// # Errors
    /// The first line cannot be written.
    pub fn begin(file: W, partial: bool) -> Result<Self, RecordingError> {
        let file = BufWriter::with_capacity(BUFFER, file);
        let (digest, past) = (EffectDigest::new(), LastDump::default());
        let mut recorder = Self { file, observations: 0, digest, past, at: Boottime::default(), dirty_since: None };
        recorder.line(&Header::of_this_build(FORMAT, partial))?;
        recorder.file.flush()?;
        Ok(recorder)
    }

    /// Takes one observation; to be called before the engine sees it, so that a recording of a crash ends with its cause.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn observed(&mut self, seen: &Observation) -> Result<(), RecordingError> {
        match self.past.pack(&seen.what) {
            Some(what) => self.line(&AgainLine { seq: seen.seq, at: seen.at, wall: seen.wall, what })?,
            None => self.line(seen)?,
        }
        self.observations += 1;
        self.at = seen.at;
        match self.dirty_since {
            Some(since) if seen.at.since(since) >= STALE => self.flush(),
            Some(_) => Ok(()),
            None => {
                self.dirty_since = Some(seen.at);
                Ok(())
            }
        }
    }

    /// Takes what the engine wanted after the last observation.
    pub fn wanted(&mut self, effects: &[Effect]) {
        self.digest.take(self.at, effects);
    }

    /// Writes what is held back; costs nothing where there is nothing. To be called whenever nothing waits to be observed.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn flush(&mut self) -> Result<(), RecordingError> {
        if self.dirty_since.take().is_some() {
            self.file.flush()?;
        }
        Ok(())
    }

    /// Ends it in order. Returns how many observations it holds.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn finish(mut self) -> Result<u64, RecordingError> {
        self.line(&Trailer { end: RecordingEnd::of(self.observations, &self.digest) })?;
        self.file.flush()?;
        Ok(self.observations)
    }

    fn line(&mut self, row: &impl serde::Serialize) -> Result<(), RecordingError> {
        serde_json::to_writer(&mut self.file, row).map_err(std::io::Error::from)?;
        Ok(self.file.write_all(b"\n")?)
    }
}
