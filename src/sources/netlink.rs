//! A plain netlink socket that does not wait, shared by the sources that read the kernel.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{
    AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType, bind, recvfrom, sendto, socket_with,
    sockopt,
};

/// One datagram's length and sender.
#[derive(Clone, Copy, Debug)]
pub struct Datagram {
    /// Its whole length, also where the buffer was too small for it.
    pub length: usize,
    /// The sender's port; 0 is the kernel.
    pub sender: u32,
}

/// Where a receive buffer came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiveBuffer {
    /// Bytes, as asked for (half of what the kernel reports).
    pub bytes: usize,
    /// It is as large as asked for.
    pub whole: bool,
}

/// Opens a socket of this netlink protocol; none is NETLINK_ROUTE, whose number is 0.
///
/// # Errors
/// What socket(2) says; `EPROTONOSUPPORT` where the kernel lacks the protocol.
pub fn open(protocol: Option<Protocol>) -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, protocol)?)
}

/// Binds it to a port of its own and joins these groups (numbers 1 to 32).
///
/// # Errors
/// What bind(2) says; `EPERM` where the groups need a capability.
pub fn join(socket: &OwnedFd, groups: &[u32]) -> io::Result<()> {
    let mask = groups.iter().fold(0, |mask, group| mask | 1_u32.wrapping_shl(group.wrapping_sub(1)));
    Ok(bind(socket, &SocketAddrNetlink::new(0, mask))?)
}

/// Asks for a receive buffer of `wanted` bytes, beyond `net.core.rmem_max` where permitted, else up to it.
///
/// # Errors
/// Where not even its present size can be read.
pub fn set_receive_buffer(socket: &OwnedFd, wanted: usize) -> io::Result<ReceiveBuffer> {
    if sockopt::set_socket_recv_buffer_size_force(socket, wanted).is_err() {
        // The kernel cuts this to net.core.rmem_max by itself.
        sockopt::set_socket_recv_buffer_size(socket, wanted)?;
    }
    // The kernel doubles what was asked for, for its own bookkeeping.
    let bytes = sockopt::socket_recv_buffer_size(socket)? / 2;
    Ok(ReceiveBuffer { bytes, whole: bytes >= wanted })
}

/// Receives one datagram without waiting.
///
/// # Errors
/// `WouldBlock` where there is none; see `is_overrun`.
pub fn receive(socket: &OwnedFd, buffer: &mut [u8]) -> io::Result<Datagram> {
    // With MSG_TRUNC the whole length is told, so that a cut datagram is not taken for a whole one.
    let (_, length, from) = recvfrom(socket, buffer, RecvFlags::TRUNC | RecvFlags::DONTWAIT)?;
    // Without an address the sender cannot be told from a foreign one.
    let sender = from.and_then(|from| SocketAddrNetlink::try_from(from).ok()).map_or(u32::MAX, |from| from.pid());
    Ok(Datagram { length, sender })
}

/// Until there is something to receive: only for a thread that may block.
///
/// # Errors
/// `TimedOut` where nothing comes for so long, else what poll(2) says.
pub fn wait(socket: &OwnedFd, deadline: Duration) -> io::Result<()> {
    let deadline = Timespec::try_from(deadline).ok();
    match poll(&mut [PollFd::new(socket, PollFlags::IN)], deadline.as_ref()) {
        Ok(0) => Err(io::ErrorKind::TimedOut.into()),
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Sends to the kernel.
///
/// # Errors
/// What sendto(2) says.
pub fn send(socket: &OwnedFd, request: &[u8]) -> io::Result<()> {
    sendto(socket, request, SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
    Ok(())
}

/// `ENOBUFS`: the kernel dropped messages to this socket. It drops everything from then on until the socket was read empty.
pub fn is_overrun(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::NOBUFS.raw_os_error())
}
