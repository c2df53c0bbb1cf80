//! An SA as the kernel tells it, in bytes.

use zerocopy::IntoBytes;

use crate::model::{Direction, Netns, Offload, OffloadMode, Protocol, SaId, Spi};
use crate::probe::request::{bytes, family};
use crate::sources::xfrm::decode::{Attributes, Decoder, Messages};
use crate::sources::xfrm::layout::{
    self, AttributeHeader, CheckedAlgorithmHead, Id, LifetimeUsed, Replay, ReplayEsn, SaInfo, SaKey,
};
use crate::sources::xfrm::numbers::*;

/// The key of the test's SA.
pub const KEY: [u8; 20] = [0xab; 20];
/// An attribute that no version knows yet, with the flag for what is nested.
pub const UNKNOWN: u16 = 0x8000 | 77;

/// An SA with everything that must not be lost.
#[derive(Clone, Copy, Debug)]
pub struct WireSa {
    pub sent: u64,
    pub received: u64,
    pub esn: bool,
    pub offload: Option<Offload>,
    pub packets: u64,
}

pub fn id() -> SaId {
    let dst = "10.9.0.2".parse().unwrap();
    SaId { netns: Netns(1), dst, spi: Spi(0x1234_5678), protocol: Protocol::Esp, mark: Default::default() }
}

pub fn decoder() -> Decoder {
    Decoder::new(Netns(1))
}

pub fn crypto(ifindex: u32, direction: Direction) -> Offload {
    Offload { ifindex, mode: OffloadMode::Crypto, direction }
}

fn info(sa: &WireSa) -> SaInfo {
    SaInfo {
        id: Id { dst: bytes(id().dst), spi: id().spi.0.into(), protocol: 50, pad: [0; 3] },
        src: bytes("10.9.0.1".parse().unwrap()),
        used: LifetimeUsed {
            bytes: (sa.packets * 100).into(),
            packets: sa.packets.into(),
            add_time: 1_700_000_000.into(),
            use_time: 1_700_000_005.into(),
        },
        reqid: 7.into(),
        family: family(id().dst).into(),
        mode: 1,
        replay_window: if sa.esn { 0 } else { 32 },
        flags: if sa.esn { XFRM_STATE_ESN } else { 0 },
        ..SaInfo::default()
    }
}

pub fn attribute(out: &mut Vec<u8>, kind: u16, value: &[u8]) {
    let length = u16::try_from(4 + value.len()).unwrap();
    out.extend(AttributeHeader { length: length.into(), kind: kind.into() }.as_bytes());
    out.extend(value);
    out.resize(out.len().next_multiple_of(4), 0);
}

fn attributes(sa: &WireSa) -> Vec<u8> {
    let mut out = Vec::new();
    attribute(&mut out, XFRMA_LASTUSED, &[7; 8]);
    let mut name = [0; 64];
    name[..18].copy_from_slice(b"rfc4106(gcm(aes))\0");
    let head = CheckedAlgorithmHead { name, key_bits: 160.into(), icv_bits: 128.into() };
    attribute(&mut out, XFRMA_ALG_AEAD, &[head.as_bytes(), &KEY].concat());
    let low = |number: u64| (number as u32).into();
    let high = |number: u64| ((number >> 32) as u32).into();
    if sa.esn {
        let state = ReplayEsn {
            bitmap_words: 2.into(),
            sent: low(sa.sent),
            received: low(sa.received),
            sent_high: high(sa.sent),
            received_high: high(sa.received),
            window: 64.into(),
        };
        attribute(&mut out, XFRMA_REPLAY_ESN_VAL, &[state.as_bytes(), &[0x5a; 8]].concat());
    } else {
        let state = Replay { sent: low(sa.sent), received: low(sa.received), bitmap: 0x5a5a.into() };
        attribute(&mut out, XFRMA_REPLAY_VAL, state.as_bytes());
    }
    if let Some(offload) = sa.offload {
        let inbound = if offload.direction == Direction::In { XFRM_OFFLOAD_INBOUND } else { 0 };
        let raw = layout::Offload { ifindex: offload.ifindex.into(), flags: inbound };
        attribute(&mut out, XFRMA_OFFLOAD_DEV, &[raw.as_bytes(), &[0; 3]].concat());
    }
    attribute(&mut out, UNKNOWN, &[1, 2, 3]);
    out
}

/// The payload of a NEWSA.
pub fn shown(sa: &WireSa) -> Vec<u8> {
    [info(sa).as_bytes(), &attributes(sa)].concat()
}

/// The payload of a DELSA.
pub fn deleted(sa: &WireSa) -> Vec<u8> {
    let key =
        SaKey { dst: bytes(id().dst), spi: id().spi.0.into(), family: family(id().dst).into(), protocol: 50, pad: 0 };
    let mut out = key.as_bytes().to_vec();
    attribute(&mut out, XFRMA_SA, info(sa).as_bytes());
    out.extend(attributes(sa));
    out
}

/// A NEWSA as a request: its fixed part and its attributes, each with its whole header.
pub fn requested(message: &[u8]) -> (SaInfo, Vec<(u16, Vec<u8>)>) {
    let mut messages = Messages::new(message);
    let one = messages.next().unwrap().unwrap();
    assert!(messages.next().is_none());
    assert_eq!(one.kind, XFRM_MSG_NEWSA);
    let (info, rest) =
        zerocopy::FromBytes::read_from_prefix(one.payload).map(|(info, rest): (SaInfo, _)| (info, rest)).unwrap();
    let found = Attributes::new(rest).map(|attribute| {
        let attribute = attribute.unwrap();
        (attribute.kind, attribute.value.to_vec())
    });
    (info, found.collect())
}
