//! What the kernel itself tells about an SA that it did not offload.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Algorithm, Boottime, Direction, KernelSa, OffloadMode, Protocol, SaMode, Spi};

/// An offload that was asked for and did not come about: one return of `xfrm_dev_state_add` (net/xfrm/xfrm_device.c).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OffloadTry {
    /// Who asked: the process (thread group).
    pub pid: u32,
    /// Its name (`comm`), escaped.
    pub process: String,
    /// The SA's SPI.
    pub spi: Spi,
    /// Its source, where it could be read.
    pub src: Option<IpAddr>,
    /// Its destination, where it could be read.
    pub dst: Option<IpAddr>,
    /// Index of the interface that was named.
    pub ifindex: u32,
    /// What was asked for.
    pub mode: OffloadMode,
    /// The direction that the device was told.
    pub direction: Direction,
    /// errno(3), positive; 0 where the kernel took the SA in software without an error.
    pub errno: u32,
    /// The kernel's own words (extended acknowledgement), where it has any.
    pub text: Option<String>,
    /// What the SA was like, where it could be read.
    pub shape: Option<SaShape>,
}

/// What of an SA decides whether a device takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SaShape {
    /// ESP, AH, IPCOMP.
    pub protocol: Protocol,
    /// Transport, tunnel, …
    pub mode: SaMode,
    /// None for a larval SA, or where it could not be read.
    pub algorithm: Option<Algorithm>,
    /// Extended sequence numbers.
    pub esn: bool,
    /// Width of the replay window in packets.
    pub replay_window: u32,
    /// UDP or TCP encapsulation.
    pub encapsulated: bool,
    /// Outer addresses are IPv6.
    pub ipv6: bool,
    /// XFRM interface id, 0 where none.
    pub if_id: u32,
}

/// The kernel's words to the daemon about a request that it refused elsewhere than in a device (tracepoint `netlink:netlink_extack`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelWords {
    /// The daemon's process.
    pub pid: u32,
    pub text: String,
    /// When it said so; where that is not known, when it was heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Boottime>,
}

impl KernelWords {
    /// Said when they are heard.
    pub const fn now(pid: u32, text: String) -> Self {
        Self { pid, text, at: None }
    }
}

/// A driver's line about IPsec in the kernel's log (`/dev/kmsg`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelLogLine {
    /// Driver, where the line names it.
    pub driver: Option<String>,
    /// Interface, where the line names one of this namespace.
    pub device: Option<String>,
    /// The line without its level and time: at most 1,024 bytes, control characters escaped, keys masked.
    pub text: String,
}

impl From<&KernelSa> for SaShape {
    fn from(sa: &KernelSa) -> Self {
        Self {
            protocol: sa.id.protocol,
            mode: sa.mode,
            algorithm: sa.algorithm,
            esn: sa.replay.esn,
            replay_window: sa.replay.window,
            encapsulated: sa.encapsulation.is_some(),
            ipv6: sa.id.dst.is_ipv6(),
            if_id: sa.if_id,
        }
    }
}
