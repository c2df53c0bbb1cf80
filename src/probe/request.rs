//! Requests as they go to the kernel: add an SA with a random key, read it, delete it.
//!
//! A key exists in one buffer alone, drawn where it is sent from, and is overwritten when the buffer goes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rustix::rand::{GetRandomFlags, getrandom};
use zerocopy::{Immutable, IntoBytes};

use super::plan::AUTHENTICATIONS;
use crate::model::{Algorithm, Direction, OffloadMode, PROBE_REQID, Protocol, SaMode, SaShape, Spi};
use crate::sources::xfrm::layout::{
    AlgorithmHead, AttributeHeader, CheckedAlgorithmHead, Encapsulation, Id, LifetimeLimits, MessageHeader, Offload,
    ReplayEsn, SaInfo, SaKey, Selector,
};
use crate::sources::xfrm::numbers::*;
use crate::sources::xfrm::wipe;

/// The kernel removes an SA that is left behind.
pub const LIFETIME_SECONDS: u64 = 10;

const NLM_F_ACK: u16 = 0x4;
/// The longest request: two algorithms with their keys and the longest bitmap stay far below.
const ROOM: usize = 2048;
/// The port of IKE and ESP in UDP (RFC 3948).
const NAT_PORT: u16 = 4500;
/// `UDP_ENCAP_ESPINUDP` (include/uapi/linux/udp.h).
const ESP_IN_UDP: u16 = 2;

/// Addresses that belong to nobody (RFC 5737, RFC 3849): of this host and of the peer.
const V4: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::new(192, 0, 2, 77)), IpAddr::V4(Ipv4Addr::new(198, 51, 100, 77))];
const V6: [IpAddr; 2] = [
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0x7377, 0, 0, 0, 0, 1)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0x7377, 0, 0, 0, 0, 2)),
];

/// One SA to be tried.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// What it is like.
    pub shape: SaShape,
    pub direction: Direction,
    /// Device's index and kind of offload; none for software.
    pub offload: Option<(u32, OffloadMode)>,
    pub spi: Spi,
}

/// A request, overwritten when it goes. It is never printed.
pub struct NetlinkRequest {
    // Made with all its room at once: growing would leave a copy behind.
    bytes: Vec<u8>,
}

/// No random bytes could be had.
#[derive(Debug, thiserror::Error)]
#[error("drawing a random key: {0}")]
pub struct NoRandomness(#[from] rustix::io::Errno);

impl Drop for NetlinkRequest {
    fn drop(&mut self) {
        let length = self.bytes.len();
        wipe(&mut self.bytes, length);
    }
}

impl Trial {
    /// Source and destination.
    pub fn addresses(&self) -> (IpAddr, IpAddr) {
        let [local, remote] = if self.shape.ipv6 { V6 } else { V4 };
        match self.direction {
            Direction::Out => (local, remote),
            Direction::In => (remote, local),
        }
    }

    /// Adds it. The selector is its own two addresses, between which nothing is sent.
    ///
    /// # Errors
    /// No randomness for the key.
    pub fn add(&self, seq: u32) -> Result<NetlinkRequest, NoRandomness> {
        let mut request = NetlinkRequest::begin(XFRM_MSG_NEWSA, seq);
        request.put(&self.info());
        self.put_algorithm(&mut request)?;
        if self.shape.esn || self.shape.replay_window > 32 {
            request.attribute(XFRMA_REPLAY_ESN_VAL, |request| {
                let words = self.shape.replay_window.div_ceil(32);
                request.put(&ReplayEsn {
                    bitmap_words: words.into(),
                    window: self.shape.replay_window.into(),
                    ..ReplayEsn::default()
                });
                request.zeros(4 * words as usize);
            });
        }
        if self.shape.encapsulated {
            let encapsulation = Encapsulation {
                kind: ESP_IN_UDP.into(),
                src_port: NAT_PORT.into(),
                dst_port: NAT_PORT.into(),
                ..Encapsulation::default()
            };
            request.attribute(XFRMA_ENCAP, |request| request.put(&encapsulation));
        }
        if self.shape.if_id != 0 {
            request.attribute(XFRMA_IF_ID, |request| request.put(&self.shape.if_id));
        }
        if let Some((ifindex, mode)) = self.offload {
            let inbound = if self.direction == Direction::In { XFRM_OFFLOAD_INBOUND } else { 0 };
            let packet = if mode == OffloadMode::Packet { XFRM_OFFLOAD_PACKET } else { 0 };
            request.attribute(XFRMA_OFFLOAD_DEV, |request| {
                request.put(&Offload { ifindex: ifindex.into(), flags: inbound | packet });
                // `struct xfrm_user_offload` ends in three bytes of padding.
                request.zeros(3);
            });
        }
        request.finish();
        Ok(request)
    }

    /// Reads it back.
    pub fn read(&self, seq: u32) -> NetlinkRequest {
        self.by_key(XFRM_MSG_GETSA, seq)
    }

    pub fn delete(&self, seq: u32) -> NetlinkRequest {
        self.by_key(XFRM_MSG_DELSA, seq)
    }

    fn by_key(&self, kind: u16, seq: u32) -> NetlinkRequest {
        let mut request = NetlinkRequest::begin(kind, seq);
        let (_, dst) = self.addresses();
        request.put(&SaKey {
            dst: bytes(dst),
            spi: self.spi.0.into(),
            family: family(dst).into(),
            protocol: self.shape.protocol.number(),
            pad: 0,
        });
        request.finish();
        request
    }

    fn info(&self) -> SaInfo {
        let (src, dst) = self.addresses();
        let whole = if dst.is_ipv6() { 128 } else { 32 };
        // A window beyond 32 packets, or one with ESN, stands in an attribute of its own.
        let apart = self.shape.esn || self.shape.replay_window > 32;
        SaInfo {
            selector: Selector {
                src: bytes(src),
                dst: bytes(dst),
                src_prefix: whole,
                dst_prefix: whole,
                family: family(dst).into(),
                ..Selector::default()
            },
            id: Id { dst: bytes(dst), spi: self.spi.0.into(), protocol: self.shape.protocol.number(), pad: [0; 3] },
            src: bytes(src),
            limits: LifetimeLimits {
                soft_bytes: u64::MAX.into(),
                hard_bytes: u64::MAX.into(),
                soft_packets: u64::MAX.into(),
                hard_packets: u64::MAX.into(),
                hard_add_seconds: LIFETIME_SECONDS.into(),
                ..LifetimeLimits::default()
            },
            reqid: PROBE_REQID.into(),
            family: family(dst).into(),
            mode: match self.shape.mode {
                SaMode::Transport => 0,
                SaMode::Tunnel => 1,
                SaMode::Other(mode) => mode,
            },
            replay_window: if apart { 0 } else { u8::try_from(self.shape.replay_window).unwrap_or(0) },
            flags: if self.shape.esn { XFRM_STATE_ESN } else { 0 },
            ..SaInfo::default()
        }
    }

    fn put_algorithm(&self, request: &mut NetlinkRequest) -> Result<(), NoRandomness> {
        let Some(Algorithm { name, auth, key_bits, icv_bits }) = self.shape.algorithm else { return Ok(()) };
        let auth = if self.shape.protocol == Protocol::Ah { Some(name) } else { auth };
        if let Some(auth) = auth {
            let known = AUTHENTICATIONS.iter().find(|(_, kernel, ..)| *kernel == auth.as_str());
            let bits = known.map_or(0, |(_, _, bits, _)| *bits);
            request.keyed(XFRMA_ALG_AUTH_TRUNC, bits, &checked(auth.as_str(), bits, icv_bits))?;
        }
        if self.shape.protocol == Protocol::Ah {
            Ok(())
        } else if auth.is_some() {
            request.keyed(
                XFRMA_ALG_CRYPT,
                key_bits,
                &AlgorithmHead { name: named(name.as_str()), key_bits: u32::from(key_bits).into() },
            )
        } else {
            request.keyed(XFRMA_ALG_AEAD, key_bits, &checked(name.as_str(), key_bits, icv_bits))
        }
    }
}

impl NetlinkRequest {
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A request of this kind and number, still without its body.
    pub fn begin(kind: u16, seq: u32) -> Self {
        Self::begin_as(kind, seq, 0)
    }

    /// The same, with a port of the sender's choice: the kernel gives it back in the event that comes of the request.
    pub fn begin_as(kind: u16, seq: u32, port: u32) -> Self {
        let mut request = Self { bytes: Vec::with_capacity(ROOM) };
        let flags = NLM_F_REQUEST | NLM_F_ACK;
        request.put(&MessageHeader {
            length: 0.into(),
            kind: kind.into(),
            flags: flags.into(),
            seq: seq.into(),
            port: port.into(),
        });
        request
    }

    /// It is whole: its length is put in.
    pub fn finish(&mut self) {
        let length = u32::try_from(self.bytes.len()).unwrap_or(0);
        if let Some(place) = self.bytes.get_mut(..4) {
            place.copy_from_slice(&length.to_ne_bytes());
        }
    }

    /// Puts a structure behind what is there.
    pub fn put<T: IntoBytes + Immutable>(&mut self, value: &T) {
        self.bytes.extend_from_slice(value.as_bytes());
    }

    fn zeros(&mut self, count: usize) {
        self.bytes.resize(self.bytes.len() + count, 0);
    }

    /// Puts an attribute behind what is there.
    pub fn attribute(&mut self, kind: u16, content: impl FnOnce(&mut Self)) {
        let start = self.bytes.len();
        self.put(&AttributeHeader { length: 0.into(), kind: kind.into() });
        content(self);
        let length = u16::try_from(self.bytes.len() - start).unwrap_or(0);
        if let Some(place) = self.bytes.get_mut(start..start + 2) {
            place.copy_from_slice(&length.to_ne_bytes());
        }
        self.zeros(self.bytes.len().next_multiple_of(4) - self.bytes.len());
    }

    /// An algorithm whose key is drawn in its place.
    fn keyed<T: IntoBytes + Immutable>(&mut self, kind: u16, key_bits: u16, head: &T) -> Result<(), NoRandomness> {
        let mut drawn = Ok(());
        self.attribute(kind, |request| {
            request.put(head);
            let start = request.bytes.len();
            request.zeros(usize::from(key_bits).div_ceil(8));
            drawn = request.bytes.get_mut(start..).map_or(Ok(()), draw);
        });
        drawn
    }
}

/// Fills it with random bytes.
///
/// # Errors
/// What getrandom(2) says.
pub fn draw(mut place: &mut [u8]) -> Result<(), NoRandomness> {
    while !place.is_empty() {
        let drawn = getrandom(&mut *place, GetRandomFlags::empty())?;
        place = place.get_mut(drawn..).unwrap_or_default();
    }
    Ok(())
}

fn checked(name: &str, key_bits: u16, icv_bits: u16) -> CheckedAlgorithmHead {
    CheckedAlgorithmHead {
        name: named(name),
        key_bits: u32::from(key_bits).into(),
        icv_bits: u32::from(icv_bits).into(),
    }
}

fn named(name: &str) -> [u8; 64] {
    let mut bytes = [0; 64];
    // The last byte stays zero.
    if let Some(place) = bytes.get_mut(..name.len().min(63)) {
        place.copy_from_slice(name.as_bytes().get(..place.len()).unwrap_or_default());
    }
    bytes
}

/// 16 bytes, of which IPv4 uses the first four.
pub fn bytes(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        }
        IpAddr::V6(address) => address.octets(),
    }
}

/// `AF_INET` or `AF_INET6`.
pub const fn family(address: IpAddr) -> u16 {
    if address.is_ipv6() { AF_INET6 } else { AF_INET }
}

#[cfg(test)]
mod tests;
