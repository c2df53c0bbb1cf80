//! Who is told, and who may ask. A sink carries no policy.

pub mod alerts;
pub mod api;
mod desk;
mod events;
#[cfg(any(fuzzing, test))]
pub(crate) mod fuzz;
pub mod history;
pub mod journal;
pub mod metrics;
#[cfg(test)]
pub(crate) mod samples;
pub mod state;

pub use self::desk::{Desk, DeskQuestion, desk};
pub use self::events::{EventHub, EventReader, StreamEnded};
