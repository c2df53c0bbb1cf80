//! The fence is written when a step of it has ended; what expires is not told by anybody.

use std::time::Duration;

use crate::engine::facts::Facts;
use crate::engine::facts::fence::{Fence, FenceChange, Until};
use crate::engine::facts::happened::Happened;

/// nftables is told whole seconds, and what is less is cut off.
const CUT_OFF: Duration = Duration::from_secs(1);

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ip_protocols::{AH, ESP, ICMPV6, TCP, UDP};
    use crate::model::{AddressPair, Boottime, Selector};

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
