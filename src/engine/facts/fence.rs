//! The fence as it stands: the address pairs that nftables keeps from leaving in clear, and until when. Written when a step of it has
//! ended; what expires is not told by anybody.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use super::Facts;
use super::happened::Happened;
use crate::model::{AddressPair, Boottime, RealTime, Selector};

/// nftables is told whole seconds, and what is less is cut off.
const CUT_OFF: Duration = Duration::from_secs(1);

/// IANA protocol numbers.
const TCP: u8 = 6;
const UDP: u8 = 17;
const ESP: u8 = 50;
const AH: u8 = 51;
const ICMPV6: u8 = 58;

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
    until: BTreeMap<AddressPair, Until>,
    /// The lengths of prefixes among them, so that a wider pair is found without looking at all.
    lengths: BTreeSet<(u8, u8)>,
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

    fn protect(&mut self, pairs: &[AddressPair], until: Until) {
        let pairs = pairs.iter().map(|row| pair((row.src, row.src_prefix), (row.dst, row.dst_prefix)));
        self.until.extend(pairs.map(|pair| (pair, until)));
    }

    fn release(&mut self, pairs: &[AddressPair]) {
        for row in pairs {
            self.until.remove(&pair((row.src, row.src_prefix), (row.dst, row.dst_prefix)));
        }
    }

    fn forget_what_has_expired(&mut self, now: Boottime) {
        self.until.retain(|_, until| until.at > now);
        self.lengths = self.until.keys().map(|pair| (pair.src_prefix, pair.dst_prefix)).collect();
    }
}

impl Facts {
    pub(in crate::engine) fn fence_was_set(&mut self, change: &FenceChange) {
        match change {
            FenceChange::Set { protect, release, lasts, ago } => {
                let left = lasts.saturating_sub(CUT_OFF).saturating_sub(*ago);
                self.fence.release(release);
                self.fence.protect(protect, Until { at: self.now + left, wall: self.wall.after(left) });
                self.fence.forget_what_has_expired(self.now);
            }
            FenceChange::Unknown => self.fence = Fence::default(),
        }
        self.happens(Happened::FenceSet);
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
fn pair((src, src_prefix): (IpAddr, u8), (dst, dst_prefix): (IpAddr, u8)) -> AddressPair {
    AddressPair { src: masked(src, src_prefix), src_prefix, dst: masked(dst, dst_prefix), dst_prefix }
}

fn masked(address: IpAddr, length: u8) -> IpAddr {
    // A prefix of length 0 shifts everything out.
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(length.into())).unwrap_or(0);
            IpAddr::V4((v4.to_bits() & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(length.into())).unwrap_or(0);
            IpAddr::V6((v6.to_bits() & mask).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(src: &str, src_prefix: u8, dst: &str, dst_prefix: u8) -> AddressPair {
        AddressPair { src: src.parse().unwrap(), src_prefix, dst: dst.parse().unwrap(), dst_prefix }
    }

    fn selector(pair: AddressPair) -> Selector {
        let AddressPair { src, src_prefix, dst, dst_prefix } = pair;
        let any = (0, 0);
        Selector { src, src_prefix, dst, dst_prefix, protocol: 0, src_port: any, dst_port: any, ifindex: 0 }
    }

    fn set(facts: &mut Facts, protect: &[AddressPair], release: &[AddressPair], ago: u64) {
        let (protect, release) = (protect.to_vec(), release.to_vec());
        let (lasts, ago) = (Duration::from_secs(120), Duration::from_secs(ago));
        facts.fence_was_set(&FenceChange::Set { protect, release, lasts, ago });
    }

    #[test]
    fn a_selector_is_held_back_by_its_own_pair_or_a_wider_one_alone() {
        let (mut facts, now) = (Facts::default(), Boottime::from_micros(5_000_000));
        facts.now = now;
        set(&mut facts, &[of("10.1.0.9", 16, "10.2.0.0", 16)], &[], 2);
        set(&mut facts, &[of("2001:db8::1", 0, "2001:db8:1::", 48)], &[], 0);
        let until =
            |pair: AddressPair| facts.fence.holds(&selector(pair), now).map(|until| until.at.micros() / 1_000_000);
        assert_eq!(until(of("10.1.0.0", 16, "10.2.0.0", 16)), Some(5 + 117));
        assert_eq!(until(of("10.1.7.0", 24, "10.2.0.1", 32)), Some(5 + 117));
        assert_eq!(until(of("2001:db8::5", 128, "2001:db8:1:7::", 64)), Some(5 + 119));
        for other in [of("10.1.0.0", 16, "10.3.0.0", 16), of("10.0.0.0", 8, "10.2.0.0", 16), of("::", 0, "::", 0)] {
            assert_eq!(until(other), None, "{other:?}");
        }
    }

    #[test]
    fn what_is_released_or_has_expired_holds_nothing() {
        let mut facts = Facts::default();
        let (one, two) = (of("10.1.0.0", 16, "10.2.0.0", 16), of("10.1.0.0", 16, "10.3.0.0", 24));
        set(&mut facts, &[one, two], &[], 0);
        set(&mut facts, &[], &[one], 0);
        let at = |seconds: u64| Boottime::from_micros(seconds * 1_000_000);
        assert!(facts.fence.holds(&selector(one), at(0)).is_none());
        assert!(facts.fence.holds(&selector(two), at(118)).is_some());
        assert!(facts.fence.holds(&selector(two), at(119)).is_none());
        facts.now = at(200);
        set(&mut facts, &[], &[], 0);
        assert!(facts.fence.until.is_empty() && facts.fence.lengths.is_empty());
    }

    #[test]
    fn what_the_rules_let_pass_is_not_held_and_nothing_is_after_a_step_that_has_not_succeeded() {
        let mut facts = Facts::default();
        let (wide, now) = (of("10.1.0.0", 16, "10.2.0.0", 16), Boottime::default());
        set(&mut facts, &[wide], &[], 0);
        let is_held = |facts: &Facts, protocol, src_port, dst_port| {
            facts.fence.holds(&Selector { protocol, src_port, dst_port, ..selector(wide) }, now).is_some()
        };
        let (any, one) = ((0, 0), |port| (port, 0xffff));
        for (protocol, src, dst) in [
            (ESP, any, any),
            (AH, any, any),
            (UDP, one(500), any),
            (UDP, any, one(4500)),
            (TCP, one(22), any),
            (TCP, (16, 0xfff0), any),
        ] {
            assert!(!is_held(&facts, protocol, src, dst), "{protocol} {src:?} {dst:?}");
        }
        for (protocol, src, dst) in [(0, any, any), (UDP, any, one(53)), (TCP, any, one(22)), (ICMPV6, one(128), any)] {
            assert!(is_held(&facts, protocol, src, dst), "{protocol} {src:?} {dst:?}");
        }
        facts.fence_was_set(&FenceChange::Unknown);
        assert!(!is_held(&facts, 0, any, any));
        set(&mut facts, &[wide], &[], 0);
        assert!(is_held(&facts, 0, any, any));
    }
}
