//! The fence as it stands: the address pairs that nftables keeps from leaving in clear, and until when. Written when a step of it has
//! succeeded; what expires is not told by anybody.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use super::Facts;
use super::happened::Happened;
use crate::model::{AddressPair, Boottime, RealTime, Selector};

/// nftables is told whole seconds, and what is less is cut off.
const CUT_OFF: Duration = Duration::from_secs(1);

/// When an element expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Until {
    pub at: Boottime,
    pub wall: RealTime,
}

/// What a step of it has changed.
#[derive(Debug)]
pub struct FenceChange {
    pub protect: Vec<AddressPair>,
    pub release: Vec<AddressPair>,
    /// How long what is protected now is.
    pub lasts: Duration,
    /// When the step began.
    pub ago: Duration,
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
        let left = change.lasts.saturating_sub(CUT_OFF).saturating_sub(change.ago);
        self.fence.release(&change.release);
        self.fence.protect(&change.protect, Until { at: self.now + left, wall: self.wall.after(left) });
        self.fence.forget_what_has_expired(self.now);
        self.happens(Happened::FenceSet);
    }
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
        facts.fence_was_set(&FenceChange { protect, release, lasts, ago });
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
}
