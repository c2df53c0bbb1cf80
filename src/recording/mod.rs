//! Recordings: what was seen, one observation a line, so that a run can be lived through again.
//!
//! ```text
//! {"swanwatch-recording":2,"version":"0.1.0","partial":false}
//! {"seq":1,"at":…,"wall":"…","what":{"started":{…}}}
//! …
//! {"end":{"observations":N,"effects":N,"digest":"…"}}
//! ```
//!
//! A whole recording begins with the run's first observation, and replaying it gives the same effects byte for byte: the last line's
//! digest is over the JSON of all effects in their order. A partial one was begun later; it gives findings. A run that did not end in
//! order leaves no last line, and perhaps a torn one.
//!
//! Since form 2 a dump of the SAD is written as what has changed since the one before (`again`).

mod again;
mod beginning;
mod digest;
mod error;
mod partial;
mod reader;
mod recent;
mod replay;
mod writer;

use serde::{Deserialize, Serialize};

pub use self::beginning::Beginning;
pub use self::digest::EffectDigest;
pub use self::error::RecordingError;
pub use self::reader::{Reader, open};
pub use self::recent::{Recent, Snapshot, shows_all_sas};
pub use self::replay::{Replay, Told, replay};
pub use self::writer::Recorder;

/// The newest form that is read, and the one that is written.
pub const FORMAT: u32 = 2;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Form of the file.
    #[serde(rename = "swanwatch-recording")]
    pub format: u32,
    /// Version of the swanwatch that wrote it.
    pub version: String,
    /// It was begun later than the run.
    #[serde(default)]
    pub partial: bool,
}

/// What the last line says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// How many observations there are.
    pub observations: u64,
    /// How many effects they had.
    pub effects: u64,
    /// `EffectDigest` of those effects.
    pub digest: String,
}

/// The last line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Trailer {
    end: End,
}

#[cfg(test)]
mod tests;
