//! What came between two samplings.

use std::collections::BTreeMap;
use std::time::Duration;

use super::device::{self, DeviceLoad, Unit, transformed};
use super::growth::growth;
use super::workers::Workers;
use crate::engine::facts::claims::Tunnel;
use crate::engine::facts::slab::Slot;
use crate::model::{DeviceCounters, Direction};

/// A window that has ended.
#[derive(Debug)]
pub struct TrafficWindow {
    /// The sampling that ended it.
    pub number: u32,
    /// How long it was.
    pub length: Duration,
    /// What SAs carried on each device.
    pub devices: BTreeMap<u32, DeviceWindow>,
    /// Packets received on all SAs.
    pub received: u64,
    /// Packets sent on all SAs.
    pub sent: u64,
    /// Packets received whose integrity check failed, by the SAs' own count.
    pub failed: u64,
    /// Packets received that a replay window refused, by the SAs' own count.
    pub replayed: u64,
    /// How the namespace's counters grew; none where they cannot be read or were set back.
    pub host: Option<BTreeMap<String, u64>>,
    /// Tunnels that carried something, or dropped something.
    pub tunnels: Vec<Slot<Tunnel>>,
    /// Who encrypts, as far as the counters tell.
    pub workers: Workers,
}

/// What an SA carried a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SaRates {
    /// Packets on the wire.
    pub packets: u64,
    pub bytes: u64,
    /// Packets dropped.
    pub drops: u64,
}

/// What a device did in a window.
#[derive(Debug, Default)]
pub struct DeviceWindow {
    /// What SAs received; none where that is not known.
    pub received: Option<DeviceLoad>,
    /// What SAs sent; none where that is not known.
    pub sent: Option<DeviceLoad>,
    /// How each counting interface's counters were before and are now.
    pub counters: BTreeMap<String, (DeviceCounters, DeviceCounters)>,
}

impl TrafficWindow {
    /// How much one of the namespace's counters grew.
    pub fn grown(&self, name: &str) -> Option<u64> {
        self.host.as_ref().map(|host| host.get(name).copied().unwrap_or(0))
    }

    /// So much in this window is how much a second.
    pub fn per_second(&self, count: u64) -> u64 {
        per_second(count, self.length)
    }
}

impl DeviceWindow {
    /// The counter of what the NIC transformed one way, by how much it grew over all interfaces, and what it counts as one. None where a
    /// driver has no such counter, or one was set back.
    pub fn transformed(&self, direction: Direction) -> Option<(&str, u64, Unit)> {
        let mut all: Option<(&str, u64, Unit)> = None;
        for (before, now) in self.counters.values() {
            let (counter, now, unit) = transformed(now, direction)?;
            let before = transformed(before, direction).map(|(_, before, _)| before);
            let grown = growth(before, Some(now))?;
            all = Some((counter, all.map_or(0, |(_, sum, _)| sum).saturating_add(grown), unit));
        }
        all
    }

    /// Packets that the NIC dropped one way, by counter.
    pub fn drops(&self, direction: Direction) -> Vec<(String, u64)> {
        let way = if direction == Direction::In { "rx" } else { "tx" };
        let grown = self.counters.values().flat_map(|(before, now)| device::drops(before, now));
        grown.filter(|(name, _)| name.contains(way)).collect()
    }

    /// How many packets that is.
    pub fn dropped(&self, direction: Direction) -> u64 {
        device::packets(&self.drops(direction))
    }

    /// What SAs carried one way.
    pub fn carried(&self, direction: Direction) -> Option<&DeviceLoad> {
        match direction {
            Direction::In => self.received.as_ref(),
            Direction::Out => self.sent.as_ref(),
        }
    }
}

/// So much in so long is how much a second.
pub(super) fn per_second(count: u64, length: Duration) -> u64 {
    let length = length.as_micros().max(1);
    u64::try_from((u128::from(count) * 1_000_000 + length / 2) / length).unwrap_or(u64::MAX)
}
