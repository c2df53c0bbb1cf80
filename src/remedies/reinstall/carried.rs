//! An SA while it is out of the kernel: its last state and its keys, as the very message that puts it back.
//!
//! This is the one buffer of a reinstall that holds keys. It is made with all its room at once, changed in its place, overwritten when it
//! goes, and has no printable form.

use zerocopy::{FromBytes, IntoBytes};

use crate::model::{Direction, KernelSa, Offload, OffloadMode};
use crate::sources::xfrm::decode::{DecodeError, Decoder};
use crate::sources::xfrm::layout::{self, AttributeHeader, MessageHeader, ReplayEsn, SaInfo, SaKey};
use crate::sources::xfrm::numbers::*;
use crate::sources::xfrm::wipe;

const NLM_F_ACK: u16 = 0x4;
/// `struct xfrm_user_offload` ends in three bytes of padding.
const OFFLOAD: usize = size_of::<layout::Offload>() + 3;
/// Attributes that every SA is shown with and none is added with; that of the offload is put in anew.
const LEFT_OUT: [u16; 4] = [XFRMA_SA, XFRMA_LASTUSED, XFRMA_PAD, XFRMA_OFFLOAD_DEV];

/// How it is to be put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddAttempt {
    /// With this offload; none for software.
    pub offload: Option<Offload>,
    /// The number after which an outbound SA goes on; none leaves it.
    pub sent: Option<u64>,
}

/// The SA.
pub struct Carried {
    message: Buffer,
    /// Where the attribute of the offload goes.
    whole: usize,
    /// Where the replay state is, behind its attribute's header.
    replay: Option<ReplayAttribute>,
    sa: KernelSa,
}

/// Overwritten when it goes, also where it is given up half made.
struct Buffer(Vec<u8>);

#[derive(Clone, Copy)]
enum ReplayAttribute {
    /// `XFRMA_REPLAY_VAL`.
    Plain(usize),
    /// `XFRMA_REPLAY_ESN_VAL`.
    Extended(usize),
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // With what was cut off, too.
        self.0.resize(self.0.capacity(), 0);
        let length = self.0.len();
        wipe(&mut self.0, length);
    }
}

impl Carried {
    /// From the payload of a DELSA: the SA's fixed part in an attribute, and beside it everything else verbatim, whether it is known or not.
    ///
    /// # Errors
    /// It cannot be understood, or is not whole.
    pub fn of_deletion(payload: &[u8], decoder: &Decoder) -> Result<Self, DecodeError> {
        let kind = XFRM_MSG_DELSA;
        let short = || DecodeError::Short { kind, length: payload.len(), needed: size_of::<SaKey>() };
        let attributes = payload.get(size_of::<SaKey>()..).ok_or_else(short)?;
        let mut info = None;
        for raw in Raw::new(attributes) {
            let raw = raw?;
            if raw.kind == XFRMA_SA {
                info = Some(SaInfo::read_from_prefix(raw.value).map_err(|_| short())?.0);
            }
        }
        let info = info.ok_or(DecodeError::Missing { kind, attribute: XFRMA_SA })?;
        let header = size_of::<MessageHeader>();
        let lifetime = size_of::<AttributeHeader>() + size_of::<layout::LifetimeUsed>();
        // The fixed part stands in the payload with a header that is longer than what is added for it here.
        let room = header + size_of::<SaInfo>() + attributes.len() + lifetime + size_of::<AttributeHeader>() + OFFLOAD;
        let mut buffer = Buffer(Vec::with_capacity(room));
        let message = &mut buffer.0;
        message.resize(header, 0);
        message.extend_from_slice(info.as_bytes());
        let mut replay = None;
        for raw in Raw::new(attributes) {
            let raw = raw?;
            if LEFT_OUT.contains(&raw.kind) {
                continue;
            }
            let value = message.len() + size_of::<AttributeHeader>();
            match raw.kind {
                XFRMA_REPLAY_VAL if raw.value.len() >= size_of::<layout::Replay>() => {
                    replay = Some(ReplayAttribute::Plain(value));
                }
                XFRMA_REPLAY_ESN_VAL if raw.value.len() >= size_of::<ReplayEsn>() => {
                    replay = Some(ReplayAttribute::Extended(value));
                }
                _ => {}
            }
            message.extend_from_slice(raw.whole);
            message.resize(message.len().next_multiple_of(4), 0);
        }
        // Without it bytes, packets and seconds would be counted from the start again.
        put(message, XFRMA_LTIME_VAL, info.used.as_bytes());
        let sa = decoder.sa(message.get(header..).unwrap_or_default())?;
        Ok(Self { whole: message.len(), message: buffer, replay, sa })
    }

    /// The SA without its keys, as it was when it went. Its offload is not told here.
    pub const fn sa(&self) -> &KernelSa {
        &self.sa
    }

    /// Whether its sequence number is known.
    pub const fn is_numbered(&self) -> bool {
        self.replay.is_some()
    }

    /// The message that puts it back: a NEWSA with this number, from this port.
    pub fn message(&mut self, seq: u32, port: u32, attempt: &AddAttempt) -> &[u8] {
        // Nothing grows beyond the room: an attempt takes the place of the one before.
        self.message.0.truncate(self.whole);
        if let Some(sent) = attempt.sent {
            self.go_on_after(sent);
        }
        if let Some(offload) = attempt.offload {
            let inbound = if offload.direction == Direction::In { XFRM_OFFLOAD_INBOUND } else { 0 };
            let packet = if offload.mode == OffloadMode::Packet { XFRM_OFFLOAD_PACKET } else { 0 };
            let [a, b, c, d] = offload.ifindex.to_ne_bytes();
            put(&mut self.message.0, XFRMA_OFFLOAD_DEV, &[a, b, c, d, inbound | packet, 0, 0, 0]);
        }
        let header = MessageHeader {
            length: u32::try_from(self.message.0.len()).unwrap_or(0).into(),
            kind: XFRM_MSG_NEWSA.into(),
            flags: (NLM_F_REQUEST | NLM_F_ACK).into(),
            seq: seq.into(),
            port: port.into(),
        };
        if let Some(place) = self.message.0.get_mut(..size_of::<MessageHeader>()) {
            place.copy_from_slice(header.as_bytes());
        }
        &self.message.0
    }

    fn go_on_after(&mut self, sent: u64) {
        let low = u32::try_from(sent & u64::from(u32::MAX)).unwrap_or(u32::MAX);
        let high = u32::try_from(sent >> 32).unwrap_or(u32::MAX);
        match self.replay {
            Some(ReplayAttribute::Plain(at)) => {
                if let Some(Ok((state, _))) = self.message.0.get_mut(at..).map(layout::Replay::mut_from_prefix) {
                    state.sent = low.into();
                }
            }
            Some(ReplayAttribute::Extended(at)) => {
                if let Some(Ok((state, _))) = self.message.0.get_mut(at..).map(ReplayEsn::mut_from_prefix) {
                    state.sent = low.into();
                    state.sent_high = high.into();
                }
            }
            None => {}
        }
    }
}

fn put(message: &mut Vec<u8>, kind: u16, value: &[u8]) {
    let length = u16::try_from(size_of::<AttributeHeader>() + value.len()).unwrap_or(0);
    message.extend_from_slice(AttributeHeader { length: length.into(), kind: kind.into() }.as_bytes());
    message.extend_from_slice(value);
    message.resize(message.len().next_multiple_of(4), 0);
}

/// An attribute with its header as it lies there: what is carried verbatim keeps its flags.
struct RawAttribute<'a> {
    kind: u16,
    value: &'a [u8],
    whole: &'a [u8],
}

/// Iterates over them. After an error there is nothing more.
struct Raw<'a> {
    rest: &'a [u8],
}

impl<'a> Raw<'a> {
    const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }
}

impl<'a> Iterator for Raw<'a> {
    type Item = Result<RawAttribute<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        /// Flags in the upper bits of the type.
        const TYPE_MASK: u16 = 0x3fff;
        let all = self.rest;
        let (header, _) = AttributeHeader::ref_from_prefix(all).ok()?;
        let length = usize::from(header.length.get());
        let (Some(whole), Some(value)) = (all.get(..length), all.get(size_of::<AttributeHeader>()..length)) else {
            self.rest = &[];
            return Some(Err(DecodeError::TruncatedAttribute { claimed: length, there: all.len() }));
        };
        self.rest = all.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some(Ok(RawAttribute { kind: header.kind.get() & TYPE_MASK, value, whole }))
    }
}
