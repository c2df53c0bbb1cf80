//! Sockets to the kernel's XFRM, and overwriting what was received from it.

use std::os::fd::OwnedFd;

use rustix::net::netlink;
use tokio::io::unix::AsyncFd;

use super::XfrmError;
use crate::sources::netlink::{ReceiveBuffer, join, open as open_netlink, set_receive_buffer as set_buffer};
use crate::sys;

/// What the event socket's buffer should hold: some 13,000 events.
pub const RECEIVE_BUFFER: usize = 8 << 20;

/// Opens a socket to the kernel's XFRM, bound to a port of its own and joined to these groups.
///
/// # Errors
/// What the kernel says, and `NotPermitted` or `NoXfrm` where that is the cause.
pub fn open(groups: &[u32]) -> Result<OwnedFd, XfrmError> {
    let socket = open_netlink(Some(netlink::XFRM)).map_err(XfrmError::tried("opening a NETLINK_XFRM socket"))?;
    let events = "joining the kernel's XFRM event groups";
    let tried = if groups.is_empty() { "binding a NETLINK_XFRM socket" } else { events };
    join(&socket, groups).map_err(XfrmError::tried(tried))?;
    Ok(socket)
}

/// Registers a socket with the runtime.
///
/// # Errors
/// What the kernel says.
pub fn watch(socket: OwnedFd) -> Result<AsyncFd<OwnedFd>, XfrmError> {
    sys::register(socket).map_err(XfrmError::tried("watching a NETLINK_XFRM socket"))
}

/// Asks for a receive buffer of `wanted` bytes.
///
/// # Errors
/// Where its size can be neither set nor read.
pub fn set_receive_buffer(socket: &OwnedFd, wanted: usize) -> Result<ReceiveBuffer, XfrmError> {
    set_buffer(socket, wanted).map_err(XfrmError::tried("setting the receive buffer of a NETLINK_XFRM socket"))
}

/// Overwrites what was received: it holds keys.
pub fn wipe(buffer: &mut [u8], length: usize) {
    match buffer.get_mut(..length) {
        Some(used) => used.fill(0),
        None => buffer.fill(0),
    }
    // Without it a wipe before the buffer is freed could be left out as useless.
    std::hint::black_box(buffer);
}
