//! The first line of a recording and the last.

use serde::{Deserialize, Serialize};

use super::digest::EffectDigest;

/// The newest form that is read, and the one that is written.
pub const FORMAT: u32 = 2;

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
pub(super) struct Trailer {
    pub(super) end: RecordingEnd,
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
