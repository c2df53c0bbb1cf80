//! What can be wrong with a recording.

use std::io;
use std::path::PathBuf;

/// Why a recording cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file cannot be opened.
    #[error("cannot open the recording {path}: {source}")]
    Open { path: PathBuf, source: io::Error },
    /// The file cannot be made; one that is there is never overwritten.
    #[error("cannot make the recording {path}: {source}")]
    Create { path: PathBuf, source: io::Error },
    /// The file cannot be written: a full disk, most often.
    #[error("cannot write the recording: {0}")]
    Write(#[from] io::Error),
    /// The file cannot be read on.
    #[error("cannot read line {line} of the recording: {source}")]
    Read { line: u64, source: io::Error },
    /// Its first line is not a recording's.
    #[error("this is no recording: its first line is not {{\"swanwatch-recording\":…}}")]
    NotARecording,
    /// A later version of swanwatch wrote it in a form that this one does not know.
    #[error(
        "the recording has form {found}, written by swanwatch {writer}; this is swanwatch {reader}, which reads forms up to {known}"
    )]
    Newer {
        /// Its form.
        found: u32,
        writer: String,
        reader: &'static str,
        /// `FORMAT`.
        known: u32,
    },
    /// A line, not the last, is no observation.
    #[error("line {line} of the recording is no observation: {source}")]
    Line {
        line: u64,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A line tells what became of SAs that were not shown before.
    #[error("line {line} of the recording tells of SAs that no line before it shows")]
    Unfounded { line: u64 },
    /// A line is longer than any observation.
    #[error("line {line} of the recording is longer than {limit} bytes")]
    TooLong {
        line: u64,
        /// How long one may be.
        limit: u64,
    },
    /// Something follows the last line.
    #[error("line {line} of the recording stands behind its end")]
    BehindEnd { line: u64 },
    /// The numbers of the observations do not rise, or time goes back.
    #[error("line {line} of the recording is out of order: observation {seq}")]
    OutOfOrder {
        line: u64,
        /// The observation's number.
        seq: u64,
    },
    /// A time that no clock has shown: nothing can be reckoned from it.
    #[error("line {line} of the recording holds a time that is none: {name} is {value}, and no time is beyond 2^62")]
    Time {
        line: u64,
        /// Which of its times.
        name: &'static str,
        value: u64,
    },
}
