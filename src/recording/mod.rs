//! Recordings: what was seen, one observation a line, so that a run can be lived through again.
//!
//! ```text
//! {"swanwatch-recording":2,"version":"0.1.0","build":"…","partial":false}
//! {"seq":1,"at":…,"wall":"…","what":{"started":{…}}}
//! …
//! {"end":{"observations":N,"effects":N,"digest":"…","words":"…"}}
//! ```
//!
//! A whole recording begins with the run's first observation, and replaying it with the same build gives the same effects: the last
//! line's digest is over all that was decided, in its order, and `words` over what people were told beyond that. A partial one was begun
//! later; it gives findings. A run that did not end in order leaves no last line, and perhaps a torn one.
//!
//! Since form 2 a dump of the SAD is written as what has changed since the one before (`again`).

mod again;
mod agreement;
mod beginning;
mod digest;
mod error;
#[cfg(any(fuzzing, test))]
pub(crate) mod fuzz;
mod partial;
mod reader;
mod recent;
mod replay;
mod times;
mod writer;

use serde::{Deserialize, Serialize};

pub use self::agreement::Agreement;
pub use self::beginning::Beginning;
pub use self::digest::EffectDigest;
pub use self::error::RecordingError;
pub use self::reader::{Reader, open};
pub use self::recent::{Recent, Snapshot, shows_all_sas};
pub use self::replay::{Replay, ToldFinding, replay};
pub use self::writer::Recorder;

/// The newest form that is read, and the one that is written.
pub const FORMAT: u32 = 2;

/// What coverage says after a recording: its end is in order, and hides nothing.
pub const NO_RECORDING: &str = "no recording is being made";

/// Names what this program was built from: two with the same name decide the same.
pub const BUILD: &str = env!("SWANWATCH_BUILD");

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Form of the file.
    #[serde(rename = "swanwatch-recording")]
    pub format: u32,
    /// Version of the swanwatch that wrote it.
    pub version: String,
    /// `BUILD` of the swanwatch that wrote it; none where it is older than that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<String>,
    /// It was begun later than the run.
    #[serde(default)]
    pub partial: bool,
}

/// What the last line says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingEnd {
    /// How many observations there are.
    pub observations: u64,
    /// How many effects they had.
    pub effects: u64,
    /// `EffectDigest::decisions` of those effects; in a recording without `build` a digest of another kind.
    pub digest: String,
    /// `EffectDigest::words` of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

/// The last line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Trailer {
    end: RecordingEnd,
}

impl Header {
    /// As this program writes it.
    pub fn of_this_build(format: u32, partial: bool) -> Self {
        Self { format, version: env!("CARGO_PKG_VERSION").to_owned(), build: Some(BUILD.to_owned()), partial }
    }
}

impl RecordingEnd {
    /// Of so many observations and what came of them.
    pub fn of(observations: u64, digest: &EffectDigest) -> Self {
        Self { observations, effects: digest.count(), digest: digest.decisions(), words: Some(digest.words()) }
    }
}

#[cfg(test)]
mod tests;
