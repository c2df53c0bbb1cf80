//! The walk over the messages of one datagram.

use zerocopy::FromBytes;

use super::DecodeError;
use crate::sources::xfrm::layout::MessageHeader;

/// One netlink message, borrowed from the receive buffer.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// `XFRM_MSG_…` or `NLMSG_…`.
    pub kind: u16,
    /// `NLM_F_…`.
    pub flags: u16,
    /// The number of the request that it belongs to.
    pub seq: u32,
    /// What the sender of that request wrote as its port; the kernel does not check it.
    pub port: u32,
    /// What stands behind the header.
    pub payload: &'a [u8],
}

/// Iterates over the messages of a datagram. After an error there is nothing more: where the next message starts is not known.
#[derive(Clone)]
pub struct Messages<'a> {
    rest: &'a [u8],
}

impl<'a> Messages<'a> {
    /// Over this datagram.
    pub const fn new(datagram: &'a [u8]) -> Self {
        Self { rest: datagram }
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Result<Message<'a>, DecodeError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let all = std::mem::take(&mut self.rest);
        let Ok((header, _)) = MessageHeader::ref_from_prefix(all) else {
            return Some(Err(DecodeError::Truncated { claimed: size_of::<MessageHeader>(), there: all.len() }));
        };
        let length = header.length.get() as usize;
        let Some(payload) = all.get(size_of::<MessageHeader>()..length) else {
            return Some(Err(DecodeError::Truncated { claimed: length, there: all.len() }));
        };
        self.rest = all.get(length.next_multiple_of(4)..).unwrap_or_default();
        let (kind, flags) = (header.kind.get(), header.flags.get());
        Some(Ok(Message { kind, flags, seq: header.seq.get(), port: header.port.get(), payload }))
    }
}

// Payloads hold keys, so they have no printable form.
impl std::fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message")
            .field("kind", &self.kind)
            .field("flags", &self.flags)
            .field("seq", &self.seq)
            .field("length", &self.payload.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(length: u32) -> Vec<u8> {
        let mut bytes = length.to_ne_bytes().to_vec();
        bytes.extend([0x10, 0, 2, 0, 7, 0, 0, 0, 0, 0, 0, 0]);
        bytes
    }

    #[test]
    fn two_messages_are_found_with_padding_between_them() {
        let mut datagram = header(17);
        datagram.extend([9, 0, 0, 0]);
        datagram.extend(header(16));
        let found: Vec<_> = Messages::new(&datagram).map(|m| m.unwrap().payload.to_vec()).collect();
        assert_eq!(found, [vec![9], vec![]]);
    }

    #[test]
    fn lengths_that_cannot_be_end_the_walk_with_an_error() {
        for length in [0, 4, 15, 21, u32::MAX] {
            let mut datagram = header(length);
            datagram.extend([0; 4]);
            let found: Vec<_> = Messages::new(&datagram).collect();
            assert_eq!(found.len(), 1, "{length}");
            assert!(found[0].is_err(), "{length}");
        }
    }
}
