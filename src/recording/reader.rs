//! Reading a recording, line by line.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::RecordingError;
use super::again::{AgainLine, LastDump, is_again};
use super::header::{FORMAT, Header, RecordingEnd, Trailer};
use super::times::{BeyondAllTime, check};
use crate::model::{Boottime, Observation};

/// Longer than the longest observation: a daemon's table of 20,000 SAs has some 6 MB.
const LONGEST_LINE: u64 = 64 << 20;

/// A recording that is being read.
#[derive(Debug)]
pub struct RecordingReader<R> {
    source: R,
    header: Header,
    past: LastDump,
    line: Vec<u8>,
    number: u64,
    last: Option<(u64, Boottime)>,
    end: Option<RecordingEnd>,
    torn: Option<u64>,
}

/// Opens a recording.
///
/// # Errors
/// The file cannot be read, or is no recording that this version can read.
pub fn open(path: &Path) -> Result<RecordingReader<BufReader<File>>, RecordingError> {
    let file = File::open(path).map_err(|source| RecordingError::Open { path: path.to_path_buf(), source })?;
    RecordingReader::new(BufReader::with_capacity(64 << 10, file))
}

impl<R: BufRead> RecordingReader<R> {
    /// Reads the first line.
    ///
    /// # Errors
    /// It is not a recording's, or of a newer form.
    pub fn new(source: R) -> Result<Self, RecordingError> {
        let header = Header { format: FORMAT, version: String::new(), build: None, partial: false };
        let (past, line) = (LastDump::default(), Vec::new());
        let mut reader = Self { source, header, past, line, number: 0, last: None, end: None, torn: None };
        if !reader.next_line()? {
            return Err(RecordingError::NotARecording);
        }
        // Of a newer form only these two can be counted on.
        let header: Header = serde_json::from_slice(&reader.line).map_err(|_| RecordingError::NotARecording)?;
        if header.format > FORMAT {
            let (found, writer) = (header.format, header.version);
            return Err(RecordingError::Newer { found, writer, reader: env!("CARGO_PKG_VERSION"), known: FORMAT });
        }
        reader.header = header;
        Ok(reader)
    }

    /// What the first line says.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// What the last line says, once it is read; none where the run did not end in order.
    pub const fn end(&self) -> Option<&RecordingEnd> {
        self.end.as_ref()
    }

    /// Number of a last line that was written half, once it is reached. What stands before it is whole.
    pub const fn torn(&self) -> Option<u64> {
        self.torn
    }

    /// The next observation; none at the end.
    ///
    /// # Errors
    /// A line that cannot be read, or is no observation though others follow.
    pub fn next_observation(&mut self) -> Result<Option<Observation>, RecordingError> {
        if self.torn.is_some() || !self.next_line()? {
            return Ok(None);
        }
        let line = self.number;
        if self.end.is_some() {
            return Err(RecordingError::BehindEnd { line });
        }
        if self.line.starts_with(b"{\"end\"") && self.line.ends_with(b"\n") {
            let trailer: Trailer = self.parse()?;
            self.end = Some(trailer.end);
            return self.next_observation();
        }
        let seen = match self.observation() {
            Err(RecordingError::Line { .. }) if !self.line.ends_with(b"\n") => {
                self.torn = Some(line);
                return Ok(None);
            }
            parsed => parsed?,
        };
        if self.last.is_some_and(|(seq, at)| seen.seq <= seq || seen.at < at) {
            return Err(RecordingError::OutOfOrder { line, seq: seen.seq });
        }
        if let Err(BeyondAllTime { name, value }) = check(&seen) {
            return Err(RecordingError::Time { line, name, value });
        }
        self.last = Some((seen.seq, seen.at));
        Ok(Some(seen))
    }

    fn observation(&mut self) -> Result<Observation, RecordingError> {
        if !is_again(&self.line) {
            let seen: Observation = self.parse()?;
            self.past.take(&seen.what);
            return Ok(seen);
        }
        let AgainLine { seq, at, wall, what } = self.parse()?;
        let what = self.past.unpack(what).ok_or(RecordingError::Unfounded { line: self.number })?;
        Ok(Observation { seq, at, wall, what })
    }

    fn parse<T: serde::de::DeserializeOwned>(&self) -> Result<T, RecordingError> {
        serde_json::from_slice(&self.line).map_err(|source| RecordingError::Line { line: self.number, source })
    }

    /// Reads the next line into `self.line`; false at the end of the file.
    fn next_line(&mut self) -> Result<bool, RecordingError> {
        self.line.clear();
        self.number += 1;
        let line = self.number;
        let mut bounded = self.source.by_ref().take(LONGEST_LINE + 1);
        bounded.read_until(b'\n', &mut self.line).map_err(|source| RecordingError::Read { line, source })?;
        if self.line.len() as u64 > LONGEST_LINE {
            return Err(RecordingError::TooLong { line, limit: LONGEST_LINE });
        }
        Ok(!self.line.is_empty())
    }
}
