//! SAs that are close to a limit at which the kernel removes them or stops them.

use crate::model::{Evidence, KernelSa, OffloadMode, Reason, SaStage};

/// Sequence numbers without ESN, and the share of them that may be used.
const NUMBERS: u64 = 1 << 32;
const NUMBERS_PERCENT: u64 = 90;
/// Daemons rekey at the soft limit, which is a tenth before the hard one where nobody sets it: half of that tenth later they are late.
const LATE_PERCENT: u64 = 95;

/// An SA close to a limit.
#[derive(Debug)]
pub struct Near {
    pub reason: Reason,
    pub evidence: Evidence,
}

/// At which the kernel removes an SA, or stops it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NearLimit {
    /// The last sequence number.
    Sequence,
    Packets,
    Bytes,
    /// Seconds after the add.
    Time,
}

/// Which limit of an SA is near. `now`: seconds since the epoch.
#[inline] // It is asked of every SA of a sampling.
pub fn limit_near(row: &KernelSa, now: u64) -> Option<NearLimit> {
    if row.stage != SaStage::Installed {
        return None;
    }
    let is_late = |used: u64, all: u64| used >= percent(all, LATE_PERCENT);
    let (limits, counters) = (&row.lifetime, &row.counters);
    let packet_mode = row.offload.is_some_and(|offload| offload.mode == OffloadMode::Packet);
    if !row.replay.esn && !packet_mode && row.replay.number() >= percent(NUMBERS, NUMBERS_PERCENT) {
        return Some(NearLimit::Sequence);
    }
    if limits.hard_packets != u64::MAX && is_late(counters.packets, limits.hard_packets) {
        return Some(NearLimit::Packets);
    }
    if limits.hard_bytes != u64::MAX && is_late(counters.bytes, limits.hard_bytes) {
        return Some(NearLimit::Bytes);
    }
    let (soft, hard) = (u64::from(limits.soft_add_seconds), u64::from(limits.hard_add_seconds));
    if hard == 0 || counters.add_time == 0 {
        return None;
    }
    let age = age(row, now);
    // Not late by either measure.
    if age < hard / 2 {
        return None;
    }
    let late = if soft > 0 && soft < hard { soft + (hard - soft) / 2 } else { percent(hard, LATE_PERCENT) };
    (age >= late).then_some(NearLimit::Time)
}

impl NearLimit {
    /// What it is called, and its figures.
    pub fn told(self, row: &KernelSa, now: u64) -> (Reason, String) {
        let (limits, counters) = (&row.lifetime, &row.counters);
        match self {
            Self::Sequence => {
                let text = format!("sequence number {} of {} without ESN", row.replay.number(), NUMBERS - 1);
                (Reason::Sequence, text)
            }
            Self::Packets => (Reason::Packets, format!("{} of {} packets", counters.packets, limits.hard_packets)),
            Self::Bytes => (Reason::Bytes, format!("{} of {} bytes", counters.bytes, limits.hard_bytes)),
            Self::Time => {
                let (age, hard) = (age(row, now), limits.hard_add_seconds);
                (Reason::Time, format!("{age} s old, and the kernel removes it after {hard} s"))
            }
        }
    }
}

/// In seconds.
fn age(row: &KernelSa, now: u64) -> u64 {
    now.saturating_sub(row.counters.add_time)
}

fn percent(all: u64, share: u64) -> u64 {
    all / 100 * share + all % 100 * share / 100
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::sample;
    use crate::model::{Counters, Lifetime, ReplayState};

    fn near(change: impl FnOnce(&mut KernelSa)) -> Option<NearLimit> {
        let mut row = sample::sa("10.0.0.2", 1);
        row.counters = Counters { add_time: 1000, ..Counters::default() };
        change(&mut row);
        limit_near(&row, 4_000)
    }

    #[test]
    fn each_limit_is_near_from_its_share_on() {
        assert_eq!(near(|_| {}), None);
        let numbers = |sent, esn| near(|row| row.replay = ReplayState { sent, esn, ..ReplayState::default() });
        assert_eq!(numbers(3_865_470_566, false), Some(NearLimit::Sequence));
        assert_eq!((numbers(3_865_470_565, false), numbers(u64::from(u32::MAX), true)), (None, None));
        let packets = |packets| {
            near(|row| {
                row.lifetime = Lifetime { hard_packets: 1000, ..Lifetime::default() };
                row.counters.packets = packets;
            })
        };
        assert_eq!((packets(949), packets(950)), (None, Some(NearLimit::Packets)));
        let bytes = |bytes| {
            near(|row| {
                row.lifetime = Lifetime { hard_bytes: 1 << 63, ..Lifetime::default() };
                row.counters.bytes = bytes;
            })
        };
        assert_eq!((bytes(1 << 62), bytes(1 << 63)), (None, Some(NearLimit::Bytes)));
    }

    #[test]
    fn a_daemon_has_half_the_time_between_the_soft_limit_and_the_hard_one() {
        let time = |soft_add_seconds, hard_add_seconds| {
            near(|row| row.lifetime = Lifetime { soft_add_seconds, hard_add_seconds, ..Lifetime::default() })
        };
        // It is 3,000 s old.
        assert_eq!((time(2800, 3200), time(2801, 3201)), (Some(NearLimit::Time), None));
        assert_eq!((time(0, 3157), time(0, 3160)), (Some(NearLimit::Time), None));
        assert_eq!(time(0, 0), None);
    }
}
