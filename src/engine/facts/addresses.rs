//! This host's end of a connection: whether its address is there.

use std::net::IpAddr;

/// The address at this end is not to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressGone {
    /// No interface holds it.
    Nowhere(IpAddr),
    /// It is back, and the daemon has not looked since.
    NotSeenAgain(IpAddr),
    /// The daemon saw that it was gone; it is back.
    Back(IpAddr),
    /// No interface holds one of the two ends' addresses.
    Neither(IpAddr, IpAddr),
}
