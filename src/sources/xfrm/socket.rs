//! A plain netlink socket that does not block, and reading it into a buffer that is overwritten after use.

use std::io;
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::netlink::{self, SocketAddrNetlink};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, recvfrom, sendto, socket_with, sockopt,
};
use tokio::io::unix::AsyncFd;

use super::XfrmError;
use crate::sys;

/// What the event socket's buffer should hold: some 13,000 events (the kernel doubles it for its own bookkeeping).
pub const RECEIVE_BUFFER: usize = 8 << 20;

/// One datagram's length and sender.
#[derive(Clone, Copy, Debug)]
pub struct Datagram {
    /// Its whole length, also where the buffer was too small for it.
    pub length: usize,
    /// The sender's port; 0 is the kernel.
    pub sender: u32,
}

/// Where the receive buffer came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiveBuffer {
    /// Bytes, as asked for (half of what the kernel reports).
    pub bytes: usize,
    /// It is as large as asked for.
    pub whole: bool,
}

/// Opens a socket to the kernel's XFRM, bound to a port of its own and joined to these groups (at most number 32).
///
/// # Errors
/// What the kernel says, and `NotPermitted` or `NoXfrm` where that is the cause.
pub fn open(groups: &[u32]) -> Result<OwnedFd, XfrmError> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, Some(netlink::XFRM))
        .map_err(XfrmError::tried("opening a NETLINK_XFRM socket"))?;
    let mask = groups.iter().fold(0, |mask, group| mask | 1_u32.wrapping_shl(group.wrapping_sub(1)));
    let tried =
        if groups.is_empty() { "binding a NETLINK_XFRM socket" } else { "joining the kernel's XFRM event groups" };
    bind(&socket, &SocketAddrNetlink::new(0, mask)).map_err(XfrmError::tried(tried))?;
    Ok(socket)
}

/// Registers a socket with the runtime.
///
/// # Errors
/// What the kernel says.
pub fn watch(socket: OwnedFd) -> Result<AsyncFd<OwnedFd>, XfrmError> {
    sys::register(socket).map_err(XfrmError::tried("watching a NETLINK_XFRM socket"))
}

/// Asks for a receive buffer of `wanted` bytes, beyond `net.core.rmem_max` where permitted, else up to it.
///
/// # Errors
/// Where not even its present size can be read.
pub fn set_receive_buffer(socket: &OwnedFd, wanted: usize) -> Result<ReceiveBuffer, XfrmError> {
    let forced = sockopt::set_socket_recv_buffer_size_force(socket, wanted);
    if forced.is_err() {
        // The kernel cuts this to net.core.rmem_max by itself.
        sockopt::set_socket_recv_buffer_size(socket, wanted)
            .map_err(XfrmError::tried("setting a receive buffer (SO_RCVBUF)"))?;
    }
    let doubled =
        sockopt::socket_recv_buffer_size(socket).map_err(XfrmError::tried("reading the size of a receive buffer"))?;
    Ok(ReceiveBuffer { bytes: doubled / 2, whole: doubled / 2 >= wanted })
}

/// Receives one datagram without waiting.
///
/// # Errors
/// `WouldBlock` where there is none; `ENOBUFS` where the kernel dropped something.
pub fn receive(socket: &OwnedFd, buffer: &mut [u8]) -> io::Result<Datagram> {
    // With MSG_TRUNC the whole length is told, so that a cut datagram is not taken for a whole one.
    let (_, length, from) = recvfrom(socket, buffer, RecvFlags::TRUNC | RecvFlags::DONTWAIT)?;
    // Without a sender's address it cannot be told from a foreign one.
    let sender = from.and_then(|from| SocketAddrNetlink::try_from(from).ok()).map_or(u32::MAX, |from| from.pid());
    Ok(Datagram { length, sender })
}

/// Sends to the kernel.
///
/// # Errors
/// What the kernel says.
pub fn send(socket: &OwnedFd, request: &[u8]) -> io::Result<()> {
    sendto(socket, request, SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
    Ok(())
}

/// The kernel dropped messages to this socket.
pub fn is_overrun(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::NOBUFS.raw_os_error())
}

/// Overwrites what was received: it holds keys.
pub fn wipe(buffer: &mut [u8], length: usize) {
    if let Some(used) = buffer.get_mut(..length) {
        used.fill(0);
    } else {
        buffer.fill(0);
    }
    // Without it a wipe before the buffer is freed could be left out as useless.
    std::hint::black_box(buffer);
}
