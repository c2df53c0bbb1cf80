//! A sequential test (a one-sided CUSUM) over windows. Each gives at most one point for a mismatch, or takes one away: the full point where the
//! NIC did nothing of at least `VOLUME` packets, none where it did half, one less where it did all; a part of it for fewer packets. So a
//! single window, be it ever so large, decides nothing, a share of half or more never does, and past health does not hide a fault.

use std::collections::VecDeque;

use crate::engine::facts::traffic::DeviceWindow;
use crate::engine::facts::traffic::device::{DeviceLoad, Unit};
use crate::engine::findings::streak::{VOLUME, WINDOWS};
use crate::model::{Direction, Evidence, Reason};

/// A point, in thousandths.
const POINT: i64 = 1000;
/// From here on it is a mismatch: three windows in which the NIC did less than a twelfth, or more windows with a larger share.
const LIMIT: i64 = 2500;
/// Two counts of the same packets, taken one after the other, differ by this share at most.
const SAME_PERCENT: u64 = 10;

/// How it stands with one device, one way.
#[derive(Debug, Default)]
pub(super) struct Test {
    cpu: Score,
    nic: Score,
}

/// The evidence for one kind of mismatch.
#[derive(Debug, Default)]
pub(super) struct Score {
    points: i64,
    packets: u64,
    windows: usize,
    pub(super) lines: VecDeque<Evidence>,
}

/// What one window says.
#[derive(Clone, Copy, Debug)]
pub(super) struct WindowCount<'a> {
    /// The NIC's counter.
    pub(super) counter: &'a str,
    /// Packets that the NIC did and that are not those of SAs in packet mode: these have no other count.
    pub(super) nic: u64,
    /// Packets on the way out that the NIC dropped: nobody encrypted them.
    dropped: u64,
    /// Packets of SAs that claim the NIC.
    pub(super) claimed: u64,
    /// Packets of SAs on the same interface that claim none.
    pub(super) software: u64,
    pub(super) unit: Unit,
}

impl Score {
    fn add(&mut self, points: i64, packets: u64, line: Evidence) {
        self.points = self.points.saturating_add(points).clamp(0, 2 * LIMIT);
        if self.points == 0 {
            *self = Self::default();
            return;
        }
        self.packets = self.packets.saturating_add(packets);
        self.windows += 1;
        if self.lines.len() == WINDOWS {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    const fn is_decided(&self) -> bool {
        self.points >= LIMIT && self.packets >= VOLUME && self.windows >= WINDOWS
    }
}

impl Test {
    pub(super) fn add(&mut self, count: &WindowCount<'_>, line: &Evidence) {
        if let Some(points) = count.cpu_points() {
            self.cpu.add(points, count.claimed, line.clone());
        }
        if let Some(points) = count.nic_points() {
            self.nic.add(points, count.nic, line.clone());
        }
    }

    pub(super) fn verdict(&self) -> Option<(Reason, &Score)> {
        let cpu = self.cpu.is_decided().then_some((Reason::CpuInstead, &self.cpu));
        cpu.or_else(|| self.nic.is_decided().then_some((Reason::NicInstead, &self.nic)))
    }

    pub(super) const fn is_at_rest(&self) -> bool {
        self.cpu.points == 0 && self.nic.points == 0
    }
}

impl<'a> WindowCount<'a> {
    /// None where the driver has no such counter, one was set back, or an SA left with an unknown count.
    pub(super) fn of(on: &'a DeviceWindow, direction: Direction) -> Option<Self> {
        let carried: &DeviceLoad = on.carried(direction)?;
        let (counter, grown, unit) = on.transformed(direction)?;
        let nic = grown.saturating_sub(carried.packet);
        // What is dropped on receipt no SA has carried.
        let dropped = if direction == Direction::Out { on.dropped(direction) } else { 0 };
        Some(Self { counter, nic, dropped, claimed: carried.crypto(unit), software: carried.software, unit })
    }

    /// SAs claim the NIC: how much speaks for the CPU.
    fn cpu_points(&self) -> Option<i64> {
        if self.claimed == 0 {
            return None;
        }
        let seen = self.nic.saturating_add(self.dropped);
        let share = i64::try_from(seen.min(self.claimed).saturating_mul(1000) / self.claimed).ok()?;
        let weight = i64::try_from(self.claimed.min(VOLUME) * 1000 / VOLUME).ok()?;
        Some(weight * (POINT - 2 * share) / POINT)
    }

    /// SAs that claim none carry exactly what the NIC did: only so can other namespaces' SAs and virtual functions on the same NIC be left out.
    fn nic_points(&self) -> Option<i64> {
        // A NIC that stands still while they carry speaks against it, as does one that works for none but those that claim it.
        if self.nic.max(self.software) < VOLUME || self.unit == Unit::Stack {
            return None;
        }
        let left = self.nic.saturating_sub(self.claimed);
        let same = left.abs_diff(self.software).saturating_mul(100) <= left.saturating_mul(SAME_PERCENT);
        Some(if same && left >= VOLUME { POINT } else { -POINT })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Boottime, RealTime, Source};

    fn line() -> Evidence {
        let (time, at, source) = (RealTime::default(), Boottime::default(), Source::Links);
        Evidence { time, at, source, text: String::new() }
    }

    fn after(windows: &[(u64, u64, u64)]) -> Option<Reason> {
        let mut test = Test::default();
        for (claimed, software, nic) in windows.iter().copied() {
            test.add(&WindowCount { counter: "tx", nic, dropped: 0, claimed, software, unit: Unit::Wire }, &line());
        }
        test.verdict().map(|(reason, _)| reason)
    }

    #[test]
    fn three_windows_without_the_nic_are_a_mismatch_and_two_never_are() {
        assert_eq!(after(&[(1_000_000, 0, 0); 2]), None);
        assert_eq!(after(&[(100, 0, 0); 3]), Some(Reason::CpuInstead));
        // The NIC had done its work for an hour before.
        let healthy = vec![(1000, 0, 1000); 360];
        assert_eq!(after(&[healthy, vec![(1000, 0, 0); 3]].concat()), Some(Reason::CpuInstead));
    }

    #[test]
    fn few_packets_take_longer_and_half_of_them_is_never_a_mismatch() {
        assert_eq!(after(&[(20, 0, 0); 12]), None);
        assert_eq!(after(&[(20, 0, 0); 13]), Some(Reason::CpuInstead));
        assert_eq!(after(&[(1000, 0, 500); 100]), None);
        assert_eq!(after(&[(1000, 0, 300); 7]), Some(Reason::CpuInstead));
    }

    #[test]
    fn a_nic_that_works_for_others_too_is_no_mismatch_and_one_in_step_with_software_is() {
        assert_eq!(after(&[(0, 300, 5000), (0, 200, 700), (0, 900, 1000), (0, 10, 400), (0, 600, 9000)]), None);
        assert_eq!(after(&[(0, 300, 300), (0, 1000, 1050), (0, 200, 199)]), Some(Reason::NicInstead));
    }
}
