//! What produces observations. No source carries policy: it tells what it sees, and does what an effect asks.

pub mod daemon;
pub mod host;
pub mod kernel_log;
pub mod log;
pub(crate) mod netlink;
pub mod nic;
pub mod process;
mod queue;
pub mod routes;
pub mod trace;
pub mod xfrm;

pub use self::queue::{Closed, Queue, Seen, queue};
