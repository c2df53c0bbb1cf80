//! Who sends packets that the kernel drops, and on which SPI: counted by the kernel for a moment. Anybody can send such packets from anywhere.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::Spi;

/// Why the kernel dropped a packet (net/xfrm/xfrm_state.c).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dropped {
    /// There is no SA with this SPI (`xfrm_audit_state_notfound`).
    NoState,
    /// Its integrity check failed (`xfrm_audit_state_icvfail`).
    Integrity,
    /// The replay window refused it (`xfrm_audit_state_replay`).
    Replay,
}

/// Packets of one source on one SPI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    pub why: Dropped,
    pub spi: Spi,
    /// As the packets have it; nobody has proved it.
    pub src: IpAddr,
    pub packets: u64,
}

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Senders {
    /// At most [`Senders::MOST`], those with the most packets first.
    pub rows: Vec<Sender>,
    /// Packets of others, for which there was no room.
    pub more: u64,
    /// Microseconds in which each of them was counted.
    pub over: u64,
}

impl Senders {
    /// Rows that are told.
    pub const MOST: usize = 256;
}
