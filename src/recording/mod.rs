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
mod header;
mod partial;
mod reader;
mod recent;
mod replay;
mod times;
mod writer;

pub use self::agreement::Agreement;
pub use self::beginning::Beginning;
pub use self::digest::EffectDigest;
pub use self::error::RecordingError;
pub use self::header::{BUILD, FORMAT, Header, RecordingEnd};
pub use self::reader::{RecordingReader, open};
pub use self::recent::{Recent, Snapshot, shows_all_sas};
pub use self::replay::{Replay, ToldFinding, replay};
pub use self::writer::Recorder;

/// What coverage says after a recording: its end is in order, and hides nothing.
pub const NO_RECORDING: &str = "no recording is being made";

#[cfg(test)]
mod tests;
