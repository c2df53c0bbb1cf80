//! Packets of the stream: a length, a type, for some a name, and a message.

/// Bytes of a packet without its length (vici_socket.c, `MAX_MESSAGE_SIZE`): charon throws away what would be longer.
const LONGEST: usize = 512 << 10;

/// Bytes of the length.
const LENGTH: usize = 4;

/// Types of packets (vici_dispatcher.h, `vici_operation_t`).
mod kind {
    pub const REQUEST: u8 = 0;
    pub const RESPONSE: u8 = 1;
    pub const UNKNOWN_COMMAND: u8 = 2;
    pub const REGISTER: u8 = 3;
    pub const UNREGISTER: u8 = 4;
    pub const CONFIRMED: u8 = 5;
    pub const UNKNOWN_EVENT: u8 = 6;
    pub const EVENT: u8 = 7;
}

/// One packet; what is borrowed is a message's elements, or a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packet<'a> {
    Request(&'a str, &'a [u8]),
    Response(&'a [u8]),
    /// There is no command of the name that was asked for.
    UnknownCommand,
    Register(&'a str),
    Unregister(&'a str),
    /// Events of the name are told from now on, or no more.
    Confirmed,
    /// There are no events of that name.
    UnknownEvent,
    Event(&'a str, &'a [u8]),
}

/// What is no packet of this protocol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PacketError {
    /// Nothing behind it can be found any more.
    #[error("a packet of {0} bytes is longer than the protocol allows")]
    TooLong(usize),
    /// Without even a type.
    #[error("a packet is empty")]
    Empty,
    /// A type that the protocol does not have.
    #[error("a packet has the unknown type {0}")]
    Type(u8),
    /// A name that is cut, or is no text.
    #[error("the name in a packet is cut short, or no text")]
    Name,
    /// A name that does not fit into its length.
    #[error("a name of {0} bytes is longer than the protocol allows")]
    LongName(usize),
}

/// The bytes of one packet, without its length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PacketBytes(Vec<u8>);

impl PacketBytes {
    /// What is in it.
    ///
    /// # Errors
    /// It is no packet.
    pub fn packet(&self) -> Result<Packet<'_>, PacketError> {
        let (kind, rest) = self.0.split_first().ok_or(PacketError::Empty)?;
        Ok(match *kind {
            kind::RESPONSE => Packet::Response(rest),
            kind::UNKNOWN_COMMAND => Packet::UnknownCommand,
            kind::CONFIRMED => Packet::Confirmed,
            kind::UNKNOWN_EVENT => Packet::UnknownEvent,
            kind::REQUEST => named(rest).map(|(name, message)| Packet::Request(name, message))?,
            kind::REGISTER => named(rest).map(|(name, _)| Packet::Register(name))?,
            kind::UNREGISTER => named(rest).map(|(name, _)| Packet::Unregister(name))?,
            kind::EVENT => named(rest).map(|(name, message)| Packet::Event(name, message))?,
            other => return Err(PacketError::Type(other)),
        })
    }
}

fn named(bytes: &[u8]) -> Result<(&str, &[u8]), PacketError> {
    let (length, rest) = bytes.split_first().ok_or(PacketError::Name)?;
    let (name, message) = rest.split_at_checked(usize::from(*length)).ok_or(PacketError::Name)?;
    Ok((std::str::from_utf8(name).map_err(|_| PacketError::Name)?, message))
}

impl Packet<'_> {
    /// The packet with its length, as it is sent.
    ///
    /// # Errors
    /// It is too long, or its name is.
    pub fn bytes(&self) -> Result<Vec<u8>, PacketError> {
        let (kind, name, message): (u8, Option<&str>, &[u8]) = match *self {
            Self::Request(name, message) => (kind::REQUEST, Some(name), message),
            Self::Response(message) => (kind::RESPONSE, None, message),
            Self::UnknownCommand => (kind::UNKNOWN_COMMAND, None, &[]),
            Self::Register(name) => (kind::REGISTER, Some(name), &[]),
            Self::Unregister(name) => (kind::UNREGISTER, Some(name), &[]),
            Self::Confirmed => (kind::CONFIRMED, None, &[]),
            Self::UnknownEvent => (kind::UNKNOWN_EVENT, None, &[]),
            Self::Event(name, message) => (kind::EVENT, Some(name), message),
        };
        let mut packet = vec![kind];
        if let Some(name) = name {
            packet.push(u8::try_from(name.len()).map_err(|_| PacketError::LongName(name.len()))?);
            packet.extend_from_slice(name.as_bytes());
        }
        packet.extend_from_slice(message);
        let length = u32::try_from(packet.len()).ok().filter(|_| packet.len() <= LONGEST);
        let mut bytes = length.ok_or(PacketError::TooLong(packet.len()))?.to_be_bytes().to_vec();
        bytes.append(&mut packet);
        Ok(bytes)
    }
}

/// Cuts a stream into packets, however it comes in. Keeps one packet at the most, and what was read beside it.
#[derive(Debug, Default)]
pub struct PacketStream {
    bytes: Vec<u8>,
}

impl PacketStream {
    /// What was read.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next packet, where all of it is there.
    ///
    /// # Errors
    /// What follows is no packet, and nothing behind it can be found.
    pub fn next(&mut self) -> Result<Option<PacketBytes>, PacketError> {
        let Some(length) = self.bytes.first_chunk::<LENGTH>() else { return Ok(None) };
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        if length > LONGEST {
            return Err(PacketError::TooLong(length));
        }
        if self.bytes.len() < LENGTH + length {
            return Ok(None);
        }
        let frame = self.bytes.get(LENGTH..LENGTH + length).unwrap_or_default().to_vec();
        self.bytes.drain(..LENGTH + length);
        if self.bytes.is_empty() {
            // A large answer is not kept room for.
            self.bytes = Vec::new();
        }
        Ok(Some(PacketBytes(frame)))
    }

    /// A packet has begun and is not whole.
    pub fn is_amid(&self) -> bool {
        !self.bytes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8], piece: usize) -> Vec<PacketBytes> {
        let mut frames = PacketStream::default();
        let mut read = Vec::new();
        for piece in bytes.chunks(piece.max(1)) {
            frames.push(piece);
            while let Some(frame) = frames.next().unwrap() {
                read.push(frame);
            }
        }
        assert!(!frames.is_amid());
        read
    }

    #[test]
    fn packets_are_these_bytes() {
        for (packet, bytes) in [
            (Packet::Request("version", b""), &b"\0\0\0\x09\0\x07version"[..]),
            (Packet::Register("child-updown"), b"\0\0\0\x0e\x03\x0cchild-updown"),
            (Packet::Unregister("list-sa"), b"\0\0\0\x09\x04\x07list-sa"),
            (Packet::Response(b"\x03\x01a\0\x01b"), b"\0\0\0\x07\x01\x03\x01a\0\x01b"),
            (Packet::UnknownCommand, b"\0\0\0\x01\x02"),
            (Packet::Confirmed, b"\0\0\0\x01\x05"),
            (Packet::UnknownEvent, b"\0\0\0\x01\x06"),
            (Packet::Event("log", b"\x03\x01a\0\0"), b"\0\0\0\x0a\x07\x03log\x03\x01a\0\0"),
        ] {
            assert_eq!(packet.bytes().unwrap(), bytes, "{packet:?}");
            let frames = read(bytes, 1);
            assert_eq!(frames[0].packet(), Ok(packet));
        }
    }

    #[test]
    fn what_is_no_packet_is_an_error() {
        for (bytes, expected) in [
            (&b""[..], PacketError::Empty),
            (b"\x08", PacketError::Type(8)),
            (b"\x07", PacketError::Name),
            (b"\x07\x04log", PacketError::Name),
            (b"\x07\x01\xff", PacketError::Name),
        ] {
            assert_eq!(PacketBytes(bytes.to_vec()).packet(), Err(expected), "{bytes:?}");
        }
        let mut frames = PacketStream::default();
        frames.push(b"\0\x08\0\x01");
        assert_eq!(frames.next(), Err(PacketError::TooLong((512 << 10) + 1)));
        let name = "n".repeat(256);
        assert_eq!(Packet::Register(&name).bytes(), Err(PacketError::LongName(256)));
        assert!(matches!(Packet::Response(&vec![0; LONGEST]).bytes(), Err(PacketError::TooLong(_))));
        assert_eq!(Packet::Response(&vec![0; LONGEST - 1]).bytes().unwrap().len(), LENGTH + LONGEST);
    }

    proptest! {
        #[test]
        fn what_is_sent_is_read_in_whatever_pieces_it_comes(
            name in "\\PC{0,40}", message in proptest::collection::vec(any::<u8>(), 0..90), kind in 0_u8..8, piece in 1_usize..40,
        ) {
            let packet = match kind {
                0 => Packet::Request(&name, &message),
                1 => Packet::Response(&message),
                2 => Packet::UnknownCommand,
                3 => Packet::Register(&name),
                4 => Packet::Unregister(&name),
                5 => Packet::Confirmed,
                6 => Packet::UnknownEvent,
                _ => Packet::Event(&name, &message),
            };
            let twice = [packet.bytes().unwrap(), packet.bytes().unwrap()].concat();
            let frames = read(&twice, piece);
            prop_assert_eq!(frames.len(), 2);
            for frame in &frames {
                prop_assert_eq!(frame.packet(), Ok(packet));
            }
        }
    }
}
