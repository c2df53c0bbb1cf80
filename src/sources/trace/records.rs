//! What the records say.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::format::{Format, TraceRecord};
use crate::model::{Algorithm, AlgorithmName, Direction, OffloadMode, OffloadTry, Protocol, SaMode, SaShape, Spi};
use crate::sources::xfrm::numbers::{AF_INET6, XFRM_OFFLOAD_INBOUND, XFRM_OFFLOAD_PACKET, XFRM_STATE_ESN};
use crate::text::escaped;
use crate::text::presentable;

/// The kinds of records: by which event they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordKind {
    /// A call that asked for offload, with what became of it.
    Tried,
    /// The same in parts: the call, and its return.
    Begun,
    Ended,
    /// An SA that is on no device is taken, or takes another's place.
    Added,
    Updated,
    /// A request was answered.
    Answered,
    /// Words to a thread, by the tracepoint.
    Words,
}

impl RecordKind {
    /// Those that are of probes of our own.
    pub const OF_PROBES: [Self; 6] =
        [Self::Tried, Self::Begun, Self::Ended, Self::Added, Self::Updated, Self::Answered];

    /// The name of its event.
    pub const fn event(self) -> &'static str {
        match self {
            Self::Tried => "offload",
            Self::Begun => "offload_begun",
            Self::Ended => "offload_ended",
            Self::Added => "sa_added",
            Self::Updated => "sa_updated",
            Self::Answered => "answered",
            Self::Words => "netlink_extack",
        }
    }
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToldRecord {
    /// An offload that did not come about. `pid` is the thread's number still.
    Try(Box<OffloadTry>),
    /// An offload that is asked for, and the address of its SA. What became of it is not known yet.
    Begun(Box<OffloadTry>, u64),
    /// What the thread began has ended with that.
    Ended(i32),
    /// The SA at that address was taken, and is on no device.
    InSoftware(u64),
    /// The thread's request was answered, with these words.
    Answered(Option<String>),
    /// Words to a thread.
    Words(String),
}

/// One record with the thread that it is of and when it was made, in nanoseconds of the trace clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadRecord {
    pub time: u64,
    pub thread: u32,
    pub told: ToldRecord,
}

/// How the records of this run are laid out.
#[derive(Clone, Debug, Default)]
pub struct Formats(Vec<(RecordKind, Format)>);

impl Formats {
    pub fn add(&mut self, kind: RecordKind, format: Format) {
        self.0.push((kind, format));
    }

    pub fn of(&self, kind: RecordKind) -> Option<&Format> {
        self.0.iter().find(|(one, _)| *one == kind).map(|(_, format)| format)
    }

    /// Reads one. None for a record of another kind, or one that is not whole.
    pub fn read(&self, time: u64, bytes: &[u8]) -> Option<ThreadRecord> {
        let is_of = |format: &Format| {
            let kind = format.record(bytes).number("common_type");
            kind.is_some() && kind == format.id.map(u64::from)
        };
        let (kind, format) = self.0.iter().find(|(_, format)| is_of(format))?;
        let record = format.record(bytes);
        let told = match kind {
            RecordKind::Tried => ToldRecord::Try(Box::new(tried(&record, signed(&record, "ret")?.unsigned_abs())?)),
            RecordKind::Begun => ToldRecord::Begun(Box::new(tried(&record, 0)?), record.number("x")?),
            RecordKind::Ended => ToldRecord::Ended(signed(&record, "ret")?),
            RecordKind::Added | RecordKind::Updated => ToldRecord::InSoftware(record.number("x")?),
            RecordKind::Answered => ToldRecord::Answered(words(&record, "text")),
            RecordKind::Words => ToldRecord::Words(words(&record, "msg")?),
        };
        Some(ThreadRecord { time, thread: number(&record, "common_pid")?, told })
    }
}

fn tried(record: &TraceRecord<'_>, errno: u32) -> Option<OffloadTry> {
    let ipv6 = record.number("family")? == u64::from(AF_INET6);
    let flags = record.number("flags")?;
    Some(OffloadTry {
        pid: number(record, "common_pid")?,
        process: record
            .text("comm")
            .map(|name| escaped(&String::from_utf8_lossy(name)).into_owned())
            .unwrap_or_default(),
        // In network order, as it stands in the packet.
        spi: Spi(u32::from_be(number(record, "spi")?)),
        src: address(record.bytes("src"), ipv6),
        dst: address(record.bytes("dst"), ipv6),
        ifindex: number(record, "ifindex")?,
        mode: if flags & u64::from(XFRM_OFFLOAD_PACKET) == 0 { OffloadMode::Crypto } else { OffloadMode::Packet },
        direction: if flags & u64::from(XFRM_OFFLOAD_INBOUND) == 0 { Direction::Out } else { Direction::In },
        errno,
        text: words(record, "text"),
        shape: shape(record, ipv6),
    })
}

fn shape(record: &TraceRecord<'_>, ipv6: bool) -> Option<SaShape> {
    // The window of an SA with ESN, or with a window of more than 32 packets, stands elsewhere.
    let window = if there(record, "esn")? { "esn_window" } else { "window" };
    Some(SaShape {
        protocol: Protocol::from_number(u8::try_from(record.number("protocol")?).ok()?),
        mode: match record.number("mode")? {
            0 => SaMode::Transport,
            1 => SaMode::Tunnel,
            other => SaMode::Other(u8::try_from(other).ok()?),
        },
        algorithm: algorithm(record)?,
        esn: record.number("saflags")? & u64::from(XFRM_STATE_ESN) != 0,
        replay_window: number(record, window)?,
        encapsulated: there(record, "encap")?,
        ipv6,
        if_id: number(record, "if_id")?,
    })
}

/// Named as the SAD names it: an AEAD, or encryption with authentication beside it; AH has authentication alone. The inner none is an
/// SA without any.
#[expect(clippy::option_option, reason = "the outer one is a kernel that does not tell")]
fn algorithm(record: &TraceRecord<'_>) -> Option<Option<Algorithm>> {
    let name = |field: &str| record.text(field).map(AlgorithmName::new);
    let bits = |field: &str| Some(u16::try_from(record.number(field)?).unwrap_or(u16::MAX));
    let auth = if there(record, "auth")? { Some((name("auth_name")?, bits("auth_icv")?)) } else { None };
    let (cipher, key_bits, own_icv) = if there(record, "aead")? {
        (Some(name("aead_name")?), bits("aead_key")?, Some(bits("aead_icv")?))
    } else if there(record, "crypt")? {
        (Some(name("crypt_name")?), bits("crypt_key")?, None)
    } else {
        (None, 0, None)
    };
    let icv_bits = own_icv.or(auth.map(|(_, icv)| icv)).unwrap_or(0);
    let auth = auth.map(|(name, _)| name);
    let Some(name) = cipher.or(auth) else { return Some(None) };
    Some(Some(Algorithm { name, auth: cipher.and(auth), key_bits, icv_bits }))
}

fn address(bytes: Option<&[u8]>, ipv6: bool) -> Option<IpAddr> {
    let bytes: [u8; 16] = bytes?.try_into().ok()?;
    let [a, b, c, d, ..] = bytes;
    Some(if ipv6 { Ipv6Addr::from(bytes).into() } else { Ipv4Addr::new(a, b, c, d).into() })
}

fn words(record: &TraceRecord<'_>, field: &str) -> Option<String> {
    let text = record.text(field).filter(|text| !text.is_empty())?;
    Some(presentable(&String::from_utf8_lossy(text)))
}

/// A pointer is set.
fn there(record: &TraceRecord<'_>, field: &str) -> Option<bool> {
    Some(record.number(field)? != 0)
}

fn number(record: &TraceRecord<'_>, field: &str) -> Option<u32> {
    u32::try_from(record.number(field)?).ok()
}

fn signed(record: &TraceRecord<'_>, field: &str) -> Option<i32> {
    number(record, field).map(u32::cast_signed)
}
