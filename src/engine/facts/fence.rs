//! The fence as it stands: the address pairs that nftables keeps from leaving in clear, and until when.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use crate::model::ip_protocols::{AH, ESP, ICMPV6, TCP, UDP};
use crate::model::{AddressPair, Boottime, RealTime, Selector, Subnet};

/// Ports of IKE (RFC 7296 §2).
const IKE_PORTS: [u16; 2] = [500, 4500];

/// The port of sshd.
const SSH_PORT: u16 = 22;

/// Types of neighbour discovery (RFC 4861 §4).
const NEIGHBOUR_DISCOVERY: std::ops::RangeInclusive<u16> = 133..=137;

/// When an element expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Until {
    pub at: Boottime,
    pub wall: RealTime,
}

/// What a step of it has changed.
#[derive(Debug)]
pub enum FenceChange {
    /// It has succeeded.
    Set {
        protect: Vec<AddressPair>,
        release: Vec<AddressPair>,
        /// How long what is protected now is.
        lasts: Duration,
        /// When the step began.
        ago: Duration,
    },
    /// It has not: no element is counted on until one succeeds.
    Unknown,
}

#[derive(Debug, Default)]
pub struct Fence {
    pub(super) until: BTreeMap<AddressPair, Until>,
    /// The lengths of prefixes among them, so that a wider pair is found without looking at all.
    pub(super) lengths: BTreeSet<(u8, u8)>,
}

impl Fence {
    /// Until when all that a selector means is held back.
    pub fn holds(&self, selector: &Selector, now: Boottime) -> Option<Until> {
        if is_let_through(selector) {
            return None;
        }
        let wider = self.lengths.iter().filter(|(src, dst)| *src <= selector.src_prefix && *dst <= selector.dst_prefix);
        let pairs = wider.map(|(src, dst)| pair((selector.src, *src), (selector.dst, *dst)));
        pairs.filter_map(|pair| self.until.get(&pair).copied()).filter(|until| until.at > now).max()
    }

    pub(super) fn protect(&mut self, pairs: &[AddressPair], until: Until) {
        let pairs = pairs.iter().map(|row| pair((row.src, row.src_prefix), (row.dst, row.dst_prefix)));
        self.until.extend(pairs.map(|pair| (pair, until)));
    }

    pub(super) fn release(&mut self, pairs: &[AddressPair]) {
        for row in pairs {
            self.until.remove(&pair((row.src, row.src_prefix), (row.dst, row.dst_prefix)));
        }
    }

    pub(super) fn forget_what_has_expired(&mut self, now: Boottime) {
        self.until.retain(|_, until| until.at > now);
        self.lengths = self.until.keys().map(|pair| (pair.src_prefix, pair.dst_prefix)).collect();
    }
}

/// Whether it means just what the rules of the fence let pass whatever its addresses: IKE, ESP and AH, the answers of this host's sshd,
/// neighbour discovery.
fn is_let_through(selector: &Selector) -> bool {
    let has = |(port, mask): (u16, u16), meant: u16| mask != 0 && (port ^ meant) & mask == 0;
    match selector.protocol {
        ESP | AH => true,
        UDP => IKE_PORTS.iter().any(|port| has(selector.src_port, *port) || has(selector.dst_port, *port)),
        TCP => has(selector.src_port, SSH_PORT),
        // A selector has the type where others have a source port.
        ICMPV6 => NEIGHBOUR_DISCOVERY.into_iter().any(|kind| has(selector.src_port, kind)),
        _ => false,
    }
}

/// The addresses of a selector. Of two that differ behind the prefix alone each would be inside of the other.
pub fn pair_of(selector: &Selector) -> AddressPair {
    pair((selector.src, selector.src_prefix), (selector.dst, selector.dst_prefix))
}

/// With no bits behind the prefix.
pub(super) fn pair((src, src_prefix): (IpAddr, u8), (dst, dst_prefix): (IpAddr, u8)) -> AddressPair {
    let (src, dst) = (Subnet::new(src, src_prefix), Subnet::new(dst, dst_prefix));
    AddressPair { src: src.address(), src_prefix: src.prefix(), dst: dst.address(), dst_prefix: dst.prefix() }
}
