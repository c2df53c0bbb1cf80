//! Listening to rtnetlink and dumping what there is.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use zerocopy::IntoBytes;

use super::change::{self, LinkChange};
use crate::sources::netlink::{self, Datagram};
use crate::sources::xfrm::decode::Messages;
use crate::sources::xfrm::layout::MessageHeader;
use crate::sources::xfrm::numbers::{NLM_F_DUMP, NLM_F_REQUEST};
use crate::sys;

/// RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR (include/uapi/linux/rtnetlink.h).
const GROUPS: [u32; 3] = [1, 5, 9];
/// Some thousands of messages.
const RECEIVE_BUFFER: usize = 4 << 20;
/// An interface with many virtual functions fills some tens of KiB; the kernel sends no dump above 32 KiB at a time.
pub const BUFFER: usize = 256 << 10;
/// A dump that brings nothing for so long is given up.
const DEADLINE: Duration = Duration::from_secs(5);

/// RTM_GETLINK and RTM_GETADDR.
#[derive(Clone, Copy, Debug)]
pub enum LinkDump {
    /// All interfaces.
    Links = 18,
    Addresses = 22,
}

/// A socket that hears of changes.
///
/// # Errors
/// What the kernel says.
pub fn listen() -> io::Result<AsyncFd<OwnedFd>> {
    let socket = netlink::open(None)?;
    netlink::set_receive_buffer(&socket, RECEIVE_BUFFER)?;
    netlink::join(&socket, &GROUPS)?;
    sys::register(socket)
}

/// Waits for a datagram.
///
/// # Errors
/// See `netlink::receive`; never `WouldBlock`.
pub async fn receive(socket: &AsyncFd<OwnedFd>, buffer: &mut [u8]) -> io::Result<Datagram> {
    socket.async_io(Interest::READABLE, |inner| netlink::receive(inner, buffer)).await
}

/// The changes that a datagram of the kernel tells; none where it was too long for the buffer and its end is lost. What cannot be read
/// is logged and skipped.
pub fn changes(buffer: &[u8], datagram: Datagram) -> Option<Vec<LinkChange>> {
    let bytes = if datagram.sender == 0 { buffer.get(..datagram.length)? } else { &[] };
    let mut rest = bytes;
    let mut found = Vec::new();
    for message in Messages::new(bytes) {
        let Ok(message) = message else { break };
        let length = message.payload.len() + size_of::<MessageHeader>();
        match rest.get(..length).map(change::read) {
            Some(Ok(LinkChange::None)) | None => {}
            Some(Ok(change)) => found.push(change),
            Some(Err(error)) => {
                tracing::warn!(target: "swanwatch::links", %error, "did not understand a message of the kernel");
            }
        }
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Some(found)
}

/// Dumps one table over a socket of its own.
///
/// # Errors
/// What the kernel says, `TimedOut` where it says nothing.
pub async fn dump(table: LinkDump, buffer: &mut [u8]) -> io::Result<Vec<LinkChange>> {
    let socket = netlink::open(None)?;
    netlink::join(&socket, &[])?;
    let socket = sys::register(socket)?;
    // struct ifinfomsg or struct ifaddrmsg, all zero: every family.
    let length = size_of::<MessageHeader>() + 16;
    let header = MessageHeader {
        length: u32::try_from(length).unwrap_or(0).into(),
        kind: (table as u16).into(),
        flags: (NLM_F_REQUEST | NLM_F_DUMP).into(),
        seq: 1.into(),
        port: 0.into(),
    };
    let mut request = header.as_bytes().to_vec();
    request.resize(length, 0);
    netlink::send(socket.get_ref(), &request)?;
    let mut all = Vec::new();
    loop {
        let datagram = tokio::time::timeout(DEADLINE, receive(&socket, buffer)).await??;
        let found = changes(buffer, datagram).ok_or(io::ErrorKind::InvalidData)?;
        for change in found {
            match change {
                LinkChange::Done => return Ok(all),
                LinkChange::Refused(code) => return Err(io::Error::from_raw_os_error(code.saturating_neg())),
                change => all.push(change),
            }
        }
    }
}
