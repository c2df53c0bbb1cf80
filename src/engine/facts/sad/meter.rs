//! What an SA has carried, apart from its row: a sampling reads and writes this of every SA every ten seconds, and nothing else.

use std::hash::{BuildHasher, Hasher};
use std::net::IpAddr;
use std::num::NonZeroU64;

use foldhash::fast::FixedState;

use super::row::add_time;
use crate::engine::facts::rows::{Sa, Tunnel};
use crate::engine::facts::slab::Slot;
use crate::engine::facts::traffic::SaGrowth;
use crate::model::{Direction, KernelSa, Offload, OffloadMode, SaMode};

/// The counters of one SA.
#[derive(Clone, Copy, Debug, Default)]
pub struct Meter {
    /// Bytes carried.
    pub bytes: u64,
    /// Packets carried.
    pub packets: u64,
    /// Highest sequence number, sent or received.
    pub sequence: u64,
    /// Packets whose integrity check failed.
    pub integrity_failures: u32,
    /// Packets that the replay window refused.
    pub replay_drops: u32,
    /// The last dump that showed the SA.
    pub dump: u32,
    /// The last sampling that could say what it carried since the one before.
    pub sampled: u32,
    /// Packets on the wire between these two.
    pub moved_packets: u32,
    /// Packets dropped between these two.
    pub moved_drops: u32,
    /// Bytes between these two.
    pub moved_bytes: u64,
    known: KnownSa,
}

/// What the SA was when it was last looked at whole.
#[derive(Clone, Copy, Debug, Default)]
struct KnownSa {
    /// None where it has to be looked at again.
    fingerprint: Option<Fingerprint>,
    tunnel: Option<Slot<Tunnel>>,
    way: Option<Direction>,
}

/// Stands for what an SA is, whatever it has carried. What is not in it (algorithm, replay window, limits) the kernel changes by events alone,
/// and the dumps that look for lost ones see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fingerprint(NonZeroU64);

/// What is learnt of an SA that was known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampled {
    /// What it carried since its counters were taken; none where they were set back, or are not known now.
    pub grown: Option<SaGrowth>,
    pub way: Option<Direction>,
    pub tunnel: Option<Slot<Tunnel>>,
}

impl Meter {
    pub(super) fn new(row: &KernelSa, dump: u32) -> Self {
        let mut meter = Self { dump, ..Self::default() };
        meter.count(row);
        meter
    }

    /// Takes the counters.
    pub(super) fn count(&mut self, row: &KernelSa) {
        self.bytes = row.counters.bytes;
        self.packets = row.counters.packets;
        self.sequence = row.replay.number();
        self.integrity_failures = row.counters.integrity_failures;
        self.replay_drops = replay_drops(row);
    }

    /// What came since they were taken; none where they were set back.
    pub(super) fn grown(&self, row: &KernelSa, way: Option<Direction>, offload: Option<Offload>) -> Option<SaGrowth> {
        let packets = row.counters.packets.checked_sub(self.packets)?;
        let numbers = row.replay.number().checked_sub(self.sequence)?;
        let packet_mode = offload.is_some_and(|offload| offload.mode == OffloadMode::Packet);
        // A GSO packet is counted once and numbered once a segment. In packet mode the numbers stand still: the NIC has them.
        let wire = if way == Some(Direction::Out) && !packet_mode { numbers } else { packets };
        Some(SaGrowth {
            wire,
            packets,
            bytes: row.counters.bytes.checked_sub(self.bytes)?,
            integrity_failures: row.counters.integrity_failures.checked_sub(self.integrity_failures)?.into(),
            replay_drops: replay_drops(row).checked_sub(self.replay_drops)?.into(),
        })
    }

    /// Notes what came up to this sampling.
    pub(super) fn moved(&mut self, sampling: u32, grown: &SaGrowth) {
        self.sampled = sampling;
        self.moved_packets = u32::try_from(grown.wire).unwrap_or(u32::MAX);
        self.moved_drops = u32::try_from(grown.dropped()).unwrap_or(u32::MAX);
        self.moved_bytes = grown.bytes;
    }

    /// The SA was looked at, and is this.
    pub(super) fn remember(&mut self, row: &KernelSa, way: Option<Direction>, tunnel: Option<Slot<Tunnel>>) {
        self.known = KnownSa { fingerprint: Some(Fingerprint::of(row)), tunnel, way };
    }

    /// Something of it may change.
    pub(super) fn forget(&mut self) {
        self.known.fingerprint = None;
    }

    /// Whether this is the meter of this SA, and nothing but the counters has changed since it was looked at.
    pub(super) fn is_of(&self, fingerprint: Fingerprint) -> bool {
        self.known.fingerprint == Some(fingerprint)
    }

    /// Takes a row of a sampling's dump that differs in its counters alone; none where they were set back.
    pub(super) fn sample(&mut self, row: &KernelSa, dump: u32, sampling: u32) -> Option<Sampled> {
        let KnownSa { tunnel, way, .. } = self.known;
        let grown = self.grown(row, way, row.offload)?;
        self.dump = dump;
        self.count(row);
        self.moved(sampling, &grown);
        Some(Sampled { grown: Some(grown), way, tunnel })
    }
}

impl Sa {
    /// What it has carried since its counters were taken; none where they were set back.
    pub fn grown(&self, meter: &Meter, row: &KernelSa) -> Option<SaGrowth> {
        (self.add_time == add_time(row)).then(|| meter.grown(row, self.way(), self.offload))?
    }
}

impl Fingerprint {
    #[inline(always)] // It would be called once for every SA of a sampling.
    pub(super) fn of(row: &KernelSa) -> Self {
        let mut hasher = FixedState::default().build_hasher();
        let both = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
        // This is most of what a sampling does with an SA: as few words as hold it, and as many for every SA.
        hasher.write_u64(match (row.id.dst, row.src) {
            (IpAddr::V4(dst), IpAddr::V4(src)) => both(dst.to_bits(), src.to_bits()),
            addresses => FixedState::default().hash_one(addresses),
        });
        hasher.write_u64(both(row.id.spi.0, row.reqid));
        hasher.write_u64(both(row.id.mark.value, row.id.mark.mask));
        hasher.write_u64(both(add_time(row), row.if_id));
        let offload = row.offload.map_or(0, |offload| 1 | (offload.mode as u8) << 1 | (offload.direction as u8) << 2);
        let mode = match row.mode {
            SaMode::Transport => 0,
            SaMode::Tunnel => 1,
            SaMode::Other(number) => number,
        };
        let way = row.direction.map_or(2, |way| way as u8);
        let kinds = [row.id.protocol.number(), mode, row.stage as u8 | offload << 1, way];
        hasher.write_u64(both(row.offload.map_or(0, |offload| offload.ifindex), u32::from_le_bytes(kinds)));
        Self(NonZeroU64::new(hasher.finish()).unwrap_or(NonZeroU64::MIN))
    }
}

fn replay_drops(row: &KernelSa) -> u32 {
    row.counters.replay_drops.saturating_add(row.counters.replay_window_drops)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::sample;
    use crate::model::{Mark, Protocol, SaStage, Spi};

    #[test]
    fn counters_alone_may_differ_from_what_was_looked_at() {
        let row = sample::sa("10.0.0.2", 0x100);
        let mut meter = Meter::new(&row, 0);
        assert!(!meter.is_of(Fingerprint::of(&row)), "nobody has looked at it");
        meter.remember(&row, Some(Direction::Out), None);
        let mut later = row;
        later.counters.packets += 2;
        later.counters.bytes += 200;
        later.replay.sent += 3;
        assert!(meter.is_of(Fingerprint::of(&later)));
        let sampled = meter.sample(&later, 2, 7).unwrap();
        let grown = sampled.grown.unwrap();
        assert_eq!((grown.wire, grown.bytes, sampled.way), (3, 200, Some(Direction::Out)));
        assert_eq!((meter.dump, meter.sampled, meter.moved_packets, meter.packets), (2, 7, 3, later.counters.packets));
        assert_eq!(meter.sample(&row, 3, 8), None, "its counters were set back");
        meter.forget();
        assert!(!meter.is_of(Fingerprint::of(&later)));
    }

    #[test]
    fn whatever_else_differs_has_to_be_looked_at() {
        let row = sample::sa("10.0.0.2", 0x100);
        let changes: [fn(&mut KernelSa); 14] = [
            |row| row.id.dst = "10.0.0.3".parse().unwrap(),
            |row| row.id.dst = "::10.0.0.2".parse().unwrap(),
            |row| row.src = "10.0.0.9".parse().unwrap(),
            |row| row.id.spi = Spi(0x101),
            |row| row.id.protocol = Protocol::Ah,
            |row| row.id.mark = Mark { value: 1, mask: 0 },
            |row| row.id.mark = Mark { value: 0, mask: 1 },
            |row| row.reqid += 1,
            |row| row.if_id += 1,
            |row| row.mode = SaMode::Other(9),
            |row| row.stage = SaStage::Larval,
            |row| row.direction = Some(Direction::In),
            |row| row.counters.add_time += 1,
            |row| row.offload = Some(Offload { ifindex: 1, mode: OffloadMode::Packet, direction: Direction::Out }),
        ];
        let fingerprints: std::collections::BTreeSet<_> = changes
            .iter()
            .map(|change| {
                let mut other = row;
                change(&mut other);
                Fingerprint::of(&other)
            })
            .chain([Fingerprint::of(&row)])
            .collect();
        assert_eq!(fingerprints.len(), changes.len() + 1);
    }
}
