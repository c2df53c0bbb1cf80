//! A security association as the kernel holds it (`struct xfrm_usersa_info` and its attributes, include/uapi/linux/xfrm.h), keys left out.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};

use super::{Algorithm, Spi};

/// Inode of a network namespace (`/proc/self/ns/net`): an SA is unique only inside one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Netns(pub u32);

/// IP protocol of the transform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// 50, RFC 4303.
    Esp,
    /// 51, RFC 4302.
    Ah,
    /// 108, RFC 3173.
    Comp,
    /// Any other protocol number that the kernel's transform layer names.
    Other(u8),
}

/// Which way the SA's packets go, seen from this host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the peer to this host.
    In,
    /// From this host to the peer.
    Out,
}

/// Mark value and mask (`XFRMA_MARK`); both 0 where the SA has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Mark {
    pub value: u32,
    pub mask: u32,
}

/// What names one SA: the kernel's own lookup key (`xfrm_state_lookup`) and the namespace it stands in. The family is the address's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SaId {
    /// Namespace of the SAD.
    pub netns: Netns,
    /// Destination address of the outer packet.
    pub dst: IpAddr,
    pub spi: Spi,
    /// Transform protocol.
    pub protocol: Protocol,
    pub mark: Mark,
}

/// How the transform wraps a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SaMode {
    /// RFC 4301 transport mode.
    Transport,
    /// RFC 4301 tunnel mode.
    Tunnel,
    /// BEET, or any mode without a name here (route optimisation, IP-TFS): the kernel's number.
    Other(u8),
}

/// Where the kernel stands with the SA. The dump does not carry `km.state`; a larval SA is known by its missing algorithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SaStage {
    /// Reserved by ALLOCSPI or by an acquire; carries no keys yet.
    Larval,
    /// Has its algorithms.
    Installed,
}

/// What the NIC was asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OffloadMode {
    /// The NIC encrypts; the kernel keeps SAD, SPD and sequence numbers.
    Crypto,
    /// The NIC does all of it (`XFRM_OFFLOAD_PACKET`).
    Packet,
}

/// `XFRMA_OFFLOAD_DEV` as the kernel returns it: present only where the kernel core accepted the offload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Offload {
    /// Interface index of the device given when the SA was added (the bond, not its slave).
    pub ifindex: u32,
    /// Crypto or packet.
    pub mode: OffloadMode,
    /// The direction the device was told.
    pub direction: Direction,
}

/// UDP or TCP encapsulation (`XFRMA_ENCAP`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Encapsulation {
    /// `UDP_ENCAP_ESPINUDP` (2), `TCP_ENCAP_ESPINTCP` (7), …
    pub kind: u16,
    /// Source port, host order.
    pub source_port: u16,
    /// Destination port, host order.
    pub destination_port: u16,
}

/// Limits of the SA (`struct xfrm_lifetime_cfg`). `u64::MAX` is no limit for bytes and packets, 0 is none for seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifetime {
    /// Bytes at which the SA is removed.
    pub hard_bytes: u64,
    /// Packets at which the SA is removed.
    pub hard_packets: u64,
    /// Seconds after the add at which the daemon is told to rekey.
    pub soft_add_seconds: u32,
    /// Seconds after the add at which the SA is removed.
    pub hard_add_seconds: u32,
}

/// What the SA has carried (`struct xfrm_lifetime_cur`, `struct xfrm_stats`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    pub bytes: u64,
    /// Packets as the stack counts them: a GSO packet of many segments is one.
    pub packets: u64,
    /// Seconds since the epoch at which the kernel added the SA.
    pub add_time: u64,
    /// Seconds since the epoch of the first use, 0 where unused.
    pub use_time: u64,
    /// Packets outside the replay window.
    pub replay_window_drops: u32,
    /// Packets seen twice.
    pub replay_drops: u32,
    /// Packets whose integrity check failed.
    pub integrity_failures: u32,
}

/// Sequence numbers (`XFRMA_REPLAY_VAL`, `XFRMA_REPLAY_ESN_VAL`), 64 bits with ESN. Frozen in packet mode: the hardware has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayState {
    /// Last sequence number sent.
    pub sent: u64,
    /// Highest sequence number received.
    pub received: u64,
    /// Width of the replay window in packets.
    pub window: u32,
    /// Extended sequence numbers (RFC 4303 §2.2.1).
    pub esn: bool,
}

/// One SA as read from the kernel, everything but its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelSa {
    /// Its key.
    pub id: SaId,
    /// Source address of the outer packet.
    pub src: IpAddr,
    /// Transport, tunnel, …
    pub mode: SaMode,
    /// Larval or installed.
    pub stage: SaStage,
    /// Which policies may use it.
    pub reqid: u32,
    /// The sequence number of the acquire that it answers. No daemon is known that sets it.
    pub seq: u32,
    /// XFRM interface id, 0 where none.
    pub if_id: u32,
    /// `XFRMA_SA_DIR` (kernel 6.10 and later, where the daemon sets it).
    pub direction: Option<Direction>,
    /// The CPU alone that uses it (`XFRMA_SA_PCPU`, kernel 6.13 and later): each has a pair of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<u32>,
    /// Present where the kernel core accepted the offload.
    pub offload: Option<Offload>,
    /// Absent for a larval SA.
    pub algorithm: Option<Algorithm>,
    /// NAT traversal.
    pub encapsulation: Option<Encapsulation>,
    pub lifetime: Lifetime,
    pub counters: Counters,
    /// Its sequence numbers.
    pub replay: ReplayState,
}

impl ReplayState {
    /// The highest sequence number, sent or received.
    #[inline]
    pub fn number(&self) -> u64 {
        self.sent.max(self.received)
    }
}

impl Protocol {
    /// From the IP protocol number.
    pub const fn from_number(number: u8) -> Self {
        match number {
            50 => Self::Esp,
            51 => Self::Ah,
            108 => Self::Comp,
            other => Self::Other(other),
        }
    }

    /// The IP protocol number.
    pub const fn number(self) -> u8 {
        match self {
            Self::Esp => 50,
            Self::Ah => 51,
            Self::Comp => 108,
            Self::Other(other) => other,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Esp => f.write_str("esp"),
            Self::Ah => f.write_str("ah"),
            Self::Comp => f.write_str("comp"),
            Self::Other(number) => write!(f, "{number}"),
        }
    }
}

impl Direction {
    pub const fn opposite(self) -> Self {
        match self {
            Self::In => Self::Out,
            Self::Out => Self::In,
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::In => "in",
            Self::Out => "out",
        })
    }
}

impl fmt::Display for OffloadMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Crypto => "crypto",
            Self::Packet => "packet",
        })
    }
}

impl SaMode {
    /// As ip-xfrm(8) has it; none for one of a newer kernel (`XFRM_MODE_…`, include/uapi/linux/xfrm.h).
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::Transport => "transport",
            Self::Tunnel => "tunnel",
            Self::Other(2) => "ro",
            Self::Other(3) => "in_trigger",
            Self::Other(4) => "beet",
            Self::Other(5) => "iptfs",
            Self::Other(_) => return None,
        })
    }
}

impl fmt::Display for SaMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name(), self) {
            (None, Self::Other(number)) => write!(f, "mode {number}"),
            (name, _) => f.write_str(name.unwrap_or_default()),
        }
    }
}

impl fmt::Display for SaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} to {}", self.protocol, self.spi, self.dst)
    }
}

impl Default for Lifetime {
    fn default() -> Self {
        Self { hard_bytes: u64::MAX, hard_packets: u64::MAX, soft_add_seconds: 0, hard_add_seconds: 0 }
    }
}

impl Default for SaId {
    fn default() -> Self {
        let dst = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        Self { netns: Netns(0), dst, spi: Spi::LARVAL, protocol: Protocol::Esp, mark: Mark::default() }
    }
}
