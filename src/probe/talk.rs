//! Speaking with the kernel: one request at a time, each answered before the next is sent.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use netlink_sys::{Socket, SocketAddr, protocols};
use zerocopy::{FromBytes, IntoBytes};

use crate::sources::netlink::{self, is_overrun};
use crate::sources::xfrm::decode::{Attributes, Messages};
use crate::sources::xfrm::layout::MessageHeader;
use crate::sources::xfrm::numbers::*;
use crate::sources::xfrm::wipe;
use crate::sources::zero_terminated;

/// The kernel answers before the sending returns; a driver that takes longer is waited for there.
const DEADLINE: Duration = Duration::from_secs(10);
/// The kernel fills at most 32 KiB of a dump at a time.
const BUFFER: usize = 64 << 10;
/// `NLM_F_CAPPED` and `NLM_F_ACK_TLVS` of an acknowledgement, and `NLMSGERR_ATTR_MSG` (include/uapi/linux/netlink.h).
const CAPPED: u16 = 0x100;
const WITH_ATTRIBUTES: u16 = 0x200;
const MESSAGE: u16 = 1;
/// The kernel's words are short; more than this is cut.
const LONGEST: usize = 256;

/// How the kernel acknowledged a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acknowledgement {
    /// errno(3), positive; 0 where it was done.
    pub errno: u32,
    /// The kernel's own words (extended acknowledgement): why not, or a warning.
    pub words: Option<String>,
}

/// A socket for requests. What is received over it is overwritten.
pub struct RequestSocket {
    socket: OwnedFd,
    buffer: Vec<u8>,
    seq: u32,
}

impl Drop for RequestSocket {
    fn drop(&mut self) {
        wipe(&mut self.buffer, BUFFER);
    }
}

impl RequestSocket {
    /// To the kernel's XFRM, asking for its words.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn xfrm() -> io::Result<Self> {
        Self::open(protocols::NETLINK_XFRM)
    }

    /// To its routes.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn route() -> io::Result<Self> {
        Self::open(protocols::NETLINK_ROUTE)
    }

    fn open(protocol: isize) -> io::Result<Self> {
        let mut socket = Socket::new(protocol)?;
        socket.bind(&SocketAddr::new(0, 0))?;
        socket.set_ext_ack(true)?;
        // Else an error carries the request with its key back.
        socket.set_cap_ack(true)?;
        socket.set_non_blocking(true)?;
        Ok(Self { socket: socket.as_fd().try_clone_to_owned()?, buffer: vec![0; BUFFER], seq: 0 })
    }

    /// The number of the next request.
    pub fn next_seq(&mut self) -> u32 {
        self.seq = self.seq.wrapping_add(1);
        self.seq
    }

    /// Sends a request with this number and waits for its acknowledgement.
    ///
    /// # Errors
    /// It could not be sent, or was not answered.
    pub fn acknowledged(&mut self, seq: u32, request: &[u8]) -> io::Result<Acknowledgement> {
        let (acknowledgement, ()) = self.answered(seq, request, |_, _| ())?;
        Ok(acknowledgement)
    }

    /// Sends a request with this number and gives what stood in the message of this kind before its acknowledgement.
    ///
    /// # Errors
    /// It could not be sent, or was not answered.
    pub fn answered<T: Default>(
        &mut self,
        seq: u32,
        request: &[u8],
        mut read: impl FnMut(u16, &[u8]) -> T,
    ) -> io::Result<(Acknowledgement, T)> {
        netlink::send(&self.socket, request)?;
        let mut found = T::default();
        loop {
            let length = self.receive()?;
            let datagram = self.buffer.get(..length).unwrap_or_default();
            let mut acknowledged = None;
            for message in Messages::new(datagram).map_while(Result::ok).filter(|message| message.seq == seq) {
                match message.kind {
                    NLMSG_ERROR => acknowledged = Some(acknowledgement(message.flags, message.payload)),
                    kind => found = read(kind, message.payload),
                }
            }
            wipe(&mut self.buffer, length);
            if let Some(acknowledgement) = acknowledged {
                return Ok((acknowledgement, found));
            }
        }
    }

    /// Dumps a table: `body` stands behind the header of the request, and `row` is given every row.
    ///
    /// # Errors
    /// What the kernel says; `Interrupted` where it lost rows.
    pub fn dump(&mut self, kind: u16, body: &[u8], mut row: impl FnMut(u16, &[u8])) -> io::Result<()> {
        let seq = self.next_seq();
        let length = size_of::<MessageHeader>() + body.len();
        let header = MessageHeader {
            length: u32::try_from(length).unwrap_or(0).into(),
            kind: kind.into(),
            flags: (NLM_F_REQUEST | NLM_F_DUMP).into(),
            seq: seq.into(),
            port: 0.into(),
        };
        netlink::send(&self.socket, &[header.as_bytes(), body].concat())?;
        loop {
            let length = self.receive()?;
            let mut ended = None;
            let mut lost = false;
            for message in Messages::new(self.buffer.get(..length).unwrap_or_default()) {
                let Ok(message) = message else {
                    lost = true;
                    break;
                };
                if message.seq != seq {
                    continue;
                }
                lost |= message.flags & NLM_F_DUMP_INTR != 0;
                match message.kind {
                    NLMSG_DONE | NLMSG_ERROR => ended = Some(code(message.payload)),
                    kind => row(kind, message.payload),
                }
            }
            wipe(&mut self.buffer, length);
            match ended {
                _ if lost => return Err(io::ErrorKind::Interrupted.into()),
                Some(0) => return Ok(()),
                Some(errno) => return Err(error(errno)),
                None => {}
            }
        }
    }

    fn receive(&mut self) -> io::Result<usize> {
        loop {
            match netlink::receive(&self.socket, &mut self.buffer) {
                Ok(datagram) if datagram.sender != 0 => {}
                Ok(datagram) if datagram.length > self.buffer.len() => return Err(io::ErrorKind::InvalidData.into()),
                Ok(datagram) => return Ok(datagram.length),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => netlink::wait(&self.socket, DEADLINE)?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted && !is_overrun(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// An errno(3) as an error.
pub fn error(errno: u32) -> io::Error {
    io::Error::from_raw_os_error(i32::try_from(errno).unwrap_or(i32::MAX))
}

/// `struct nlmsgerr`: the error below 0, the request's header, the request itself unless it was capped, and attributes.
fn acknowledgement(flags: u16, payload: &[u8]) -> Acknowledgement {
    let errno = code(payload);
    let header = payload.get(4..).unwrap_or_default();
    let request = MessageHeader::ref_from_prefix(header).map_or(0, |(header, _)| header.length.get() as usize);
    let behind = if flags & CAPPED == 0 && errno != 0 { request } else { 0 };
    let at = behind.max(size_of::<MessageHeader>()).next_multiple_of(4);
    let attributes = header.get(at..).filter(|_| flags & WITH_ATTRIBUTES != 0).unwrap_or_default();
    let words = Attributes::new(attributes).map_while(Result::ok).find(|attribute| attribute.kind == MESSAGE);
    let words = words.map(|attribute| {
        let text = zero_terminated::bytes(attribute.value);
        String::from_utf8_lossy(text.get(..LONGEST).unwrap_or(text)).trim().to_owned()
    });
    Acknowledgement { errno, words: words.filter(|words| !words.is_empty()) }
}

/// The positive errno(3) that a message begins with.
fn code(payload: &[u8]) -> u32 {
    i32::read_from_prefix(payload).map_or(0, |(code, _)| code.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the kernel builds it (`netlink_ack`).
    fn answer(code: i32, echoed: &[u8], words: &str) -> Vec<u8> {
        let mut bytes = code.to_ne_bytes().to_vec();
        bytes.extend(u32::try_from(16 + echoed.len()).unwrap().to_ne_bytes());
        bytes.extend([0; 12]);
        bytes.extend(echoed);
        let text = [words.as_bytes(), &[0]].concat();
        bytes.extend(u16::try_from(4 + text.len()).unwrap().to_ne_bytes());
        bytes.extend(MESSAGE.to_ne_bytes());
        bytes.extend(text);
        bytes
    }

    #[test]
    fn the_kernels_words_are_read_with_and_without_the_request() {
        let expected = |errno| Acknowledgement { errno, words: Some("netdevsim: no".to_owned()) };
        assert_eq!(acknowledgement(CAPPED | WITH_ATTRIBUTES, &answer(-22, &[], "netdevsim: no")), expected(22));
        assert_eq!(acknowledgement(WITH_ATTRIBUTES, &answer(-22, &[9; 24], "netdevsim: no")), expected(22));
        // A warning: the request is never echoed with a success.
        assert_eq!(acknowledgement(CAPPED | WITH_ATTRIBUTES, &answer(0, &[], "netdevsim: no")), expected(0));
        assert_eq!(acknowledgement(0, &answer(-1, &[], "")), Acknowledgement { errno: 1, words: None });
    }

    #[test]
    fn a_short_or_garbled_answer_is_read_as_far_as_it_goes() {
        for length in 0..40 {
            let whole = answer(-22, &[], "some words of the kernel");
            let found = acknowledgement(CAPPED | WITH_ATTRIBUTES, &whole[..length]);
            assert_eq!(found.words, None);
        }
        assert_eq!(acknowledgement(WITH_ATTRIBUTES, &[0xff; 64]).errno, 1);
    }
}
