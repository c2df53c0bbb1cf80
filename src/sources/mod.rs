//! What produces observations. No source carries policy: it tells what it sees, and does what an effect asks.

pub mod daemon;
pub mod log;
mod queue;
pub mod xfrm;

pub use self::queue::{Closed, Queue, Seen, queue};
