//! What goes over the request socket: requests are the crate's own types, answers are decoded by ours, and nothing is ever logged.

use std::io;

use bytes::BytesMut;
use netlink_packet_core::{NetlinkDeserializable, NetlinkHeader, NetlinkMessage, NetlinkSerializable};
use netlink_packet_xfrm::XfrmMessage;
use netlink_proto::NetlinkMessageCodec;
use zerocopy::byteorder::native_endian::U32;

use super::decode::{Attributes, DecodeError, Decoder};
use super::layout::SpdInfo;
use super::numbers::*;
use crate::model::{KernelSa, Netns};

/// A message on the request socket. It has no place for a key.
#[derive(Debug)]
pub(super) enum Wire {
    /// To the kernel.
    Request(Box<XfrmMessage>),
    /// One SA. Its namespace is not known here and is 0.
    Sa(Box<KernelSa>),
    /// How many SAs there are.
    SaCount(u32),
    /// How many policies there are, those of sockets included, as in a dump.
    PolicyCount(u32),
    /// An answer of another type.
    Other(u16),
    /// An answer that could not be understood.
    Malformed(DecodeError),
}

/// Deserializing cannot fail: what is malformed is an answer too.
#[derive(Debug, thiserror::Error)]
#[error("never")]
pub(super) enum Never {}

/// Splits datagrams into messages and overwrites what was read.
pub(super) struct WipingCodec;

impl NetlinkDeserializable for Wire {
    type Error = Never;

    fn deserialize(header: &NetlinkHeader, payload: &[u8]) -> Result<Self, Never> {
        let found = match header.message_type {
            XFRM_MSG_NEWSA => Decoder::new(Netns(0)).sa(payload).map(|sa| Self::Sa(Box::new(sa))),
            XFRM_MSG_NEWSADINFO => sa_count(payload).map(Self::SaCount),
            XFRM_MSG_NEWSPDINFO => policy_count(payload).map(Self::PolicyCount),
            other => Ok(Self::Other(other)),
        };
        Ok(found.unwrap_or_else(Self::Malformed))
    }
}

impl NetlinkSerializable for Wire {
    fn message_type(&self) -> u16 {
        match self {
            Self::Request(request) => request.message_type(),
            _ => NLMSG_NOOP,
        }
    }

    fn buffer_len(&self) -> usize {
        match self {
            Self::Request(request) => request.buffer_len(),
            _ => 0,
        }
    }

    fn serialize(&self, buffer: &mut [u8]) {
        if let Self::Request(request) = self {
            request.serialize(buffer);
        }
    }
}

impl NetlinkMessageCodec for WipingCodec {
    fn decode<T>(source: &mut BytesMut) -> io::Result<Option<NetlinkMessage<T>>>
    where
        T: NetlinkDeserializable + std::fmt::Debug,
    {
        while let Some(length) = source.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes) as usize) {
            if length < size_of::<super::layout::MessageHeader>() || length > source.len() {
                // Where the next message starts is not known.
                source.fill(0);
                source.clear();
                return Ok(None);
            }
            let mut message = source.split_to(length.next_multiple_of(4).min(source.len()));
            let found = message.get(..length).and_then(|bytes| NetlinkMessage::<T>::deserialize(bytes).ok());
            message.fill(0);
            std::hint::black_box(&mut message);
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn encode<T>(message: NetlinkMessage<T>, buffer: &mut BytesMut) -> io::Result<()>
    where
        T: NetlinkSerializable + std::fmt::Debug,
    {
        let start = buffer.len();
        buffer.resize(start + message.buffer_len(), 0);
        if let Some(place) = buffer.get_mut(start..) {
            message.serialize(place);
        }
        Ok(())
    }
}

/// `XFRMA_SAD_CNT` behind four bytes of flags (`build_sadinfo`).
fn sa_count(payload: &[u8]) -> Result<u32, DecodeError> {
    for attribute in counts(XFRM_MSG_NEWSADINFO, payload)? {
        let attribute = attribute?;
        if attribute.kind == XFRMA_SAD_CNT {
            return Ok(attribute.read::<U32>()?.get());
        }
    }
    Err(DecodeError::Missing { kind: XFRM_MSG_NEWSADINFO, attribute: XFRMA_SAD_CNT })
}

/// `XFRMA_SPD_INFO` behind four bytes of flags (`build_spdinfo`).
fn policy_count(payload: &[u8]) -> Result<u32, DecodeError> {
    for attribute in counts(XFRM_MSG_NEWSPDINFO, payload)? {
        let attribute = attribute?;
        if attribute.kind == XFRMA_SPD_INFO {
            let counts = attribute.read::<SpdInfo>()?.counts;
            return Ok(counts.iter().map(|count| count.get()).fold(0, u32::saturating_add));
        }
    }
    Err(DecodeError::Missing { kind: XFRM_MSG_NEWSPDINFO, attribute: XFRMA_SPD_INFO })
}

fn counts(kind: u16, payload: &[u8]) -> Result<Attributes<'_>, DecodeError> {
    let short = DecodeError::Short { kind, length: payload.len(), needed: size_of::<u32>() };
    payload.get(size_of::<u32>()..).map(Attributes::new).ok_or(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u16, payload: &[u8]) -> Vec<u8> {
        let mut bytes = u32::try_from(16 + payload.len()).unwrap().to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend([0; 10]);
        bytes.extend(payload);
        bytes
    }

    #[test]
    fn a_short_answer_is_malformed_and_does_not_panic() {
        let mut bytes = BytesMut::from(&message(XFRM_MSG_NEWSA, &[1; 20])[..]);
        let found = WipingCodec::decode::<Wire>(&mut bytes).unwrap().unwrap();
        let netlink_packet_core::NetlinkPayload::InnerMessage(Wire::Malformed(error)) = found.payload else {
            panic!("{found:?}")
        };
        assert_eq!(error, DecodeError::Short { kind: XFRM_MSG_NEWSA, length: 20, needed: 224 });
    }

    #[test]
    fn a_length_that_cannot_be_ends_the_datagram() {
        let mut bytes = BytesMut::from(&message(XFRM_MSG_NEWSA, &[1; 20])[..30]);
        assert!(WipingCodec::decode::<Wire>(&mut bytes).unwrap().is_none());
        assert!(bytes.is_empty());
    }

    #[test]
    fn counts_are_read_behind_their_flags() {
        let attribute = [0, 0, 0, 0, 8, 0, 1, 0, 7, 0, 0, 0];
        assert_eq!(sa_count(&attribute), Ok(7));
        assert!(policy_count(&attribute).is_err());
        let spd = |count: u32| [vec![0, 0, 0, 0, 28, 0, 1, 0], count.to_ne_bytes().repeat(6)].concat();
        assert_eq!(policy_count(&spd(7)), Ok(42));
        assert_eq!(policy_count(&spd(u32::MAX)), Ok(u32::MAX));
        assert!(sa_count(&[0; 3]).is_err());
    }
}
