//! What produces observations. No source carries policy: it tells what it sees, and does what an effect asks.

pub mod abilities;
pub mod configuration;
pub mod daemon;
#[cfg(any(fuzzing, test))]
pub(crate) mod fuzz;
pub mod host;
pub mod kernel_log;
pub mod kernel_types;
pub mod log;
pub(crate) mod netlink;
pub mod nic;
pub mod process;
mod queue;
pub mod routes;
pub mod trace;
pub mod unix_sockets;
mod window;
pub mod xfrm;
pub mod zero_terminated;

pub use self::queue::{Closed, Moment, Queue, Seen, queue};
pub use self::window::{ObservationWindow, WindowPlace};

/// The kernel's release, as `uname -r` has it.
pub fn kernel_release() -> String {
    rustix::system::uname().release().to_string_lossy().into_owned()
}
