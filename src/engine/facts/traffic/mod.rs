//! Sampling: what SAs carry, window by window, beside what the NIC and the namespace count.
//!
//! A sampling is a dump of the SAD, the counters of each device with offloaded SAs, and those of the namespace. A window lies between two
//! whole samplings. The rules judge it when it has ended; this file only sees that its numbers are of one time.

pub mod device;
mod flow;
mod gather;
mod growth;
mod window;
mod workers;

use std::collections::{BTreeMap, BTreeSet};

pub use self::flow::Flow;
pub use self::growth::SaGrowth;
pub use self::window::{DeviceWindow, SaRates, TrafficWindow};
pub use self::workers::Workers;

use self::device::DeviceLoad;
use self::window::per_second;
use super::claims::Tunnel;
use super::holders::Holders;
use super::sad::{Meter, Sa};
use super::slab::Slot;
use crate::model::{AskId, Boottime, ByDirection, DeviceCounters, Failure, HostCounters, Reason};

/// What is known of the traffic.
#[derive(Debug, Default)]
pub struct Traffic {
    /// Samplings begun; 0 is none.
    pub(super) number: u32,
    asked: u64,
    pub(super) under_way: Option<Sampling>,
    /// The end of the last sampling's dump, where that sampling was whole: a window begins there.
    pub(super) begins: Option<Boottime>,
    /// What SAs have carried since then.
    pub(super) gathering: Sums,
    /// Readings of the last whole sampling, by device and by name of the interface that counts.
    pub(super) readings: BTreeMap<u32, BTreeMap<String, CounterReading>>,
    pub(super) host: Option<Result<HostCounters, Failure>>,
    /// The last window.
    pub window: Option<TrafficWindow>,
}

/// The counters of an interface, or why there are none.
pub(super) type CounterReading = Result<DeviceCounters, Failure>;

/// A sampling under way.
#[derive(Debug)]
pub(super) struct Sampling {
    pub(super) number: u32,
    pub(super) began: Boottime,
    pub(super) dump: DumpPart,
    pub(super) devices: BTreeMap<AskId, u32>,
    pub(super) readings: BTreeMap<u32, BTreeMap<String, CounterReading>>,
    pub(super) host: Result<AskId, Result<HostCounters, Failure>>,
    /// What SAs had carried when its dump ended.
    pub(super) sums: Sums,
    /// Microseconds that its dump took.
    pub(super) took: u64,
    /// What its dump showed cannot be used.
    pub(super) broken: bool,
}

/// How far its dump is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DumpPart {
    Wanted,
    Asked(AskId),
    Running(AskId),
    Done(Boottime),
}

/// What the SAs carried.
#[derive(Debug, Default)]
pub(super) struct Sums {
    pub(super) devices: Devices,
    /// Devices of which an SA left with an unknown count.
    pub(super) unknown: BTreeSet<u32>,
    /// Packets received on all SAs.
    pub(super) received: u64,
    /// Packets sent on all SAs.
    pub(super) sent: u64,
    /// Packets received whose integrity check failed, and that the replay window refused.
    pub(super) refused: [u64; 2],
    /// Tunnels that carried something, or dropped something.
    pub(super) tunnels: Vec<Slot<Tunnel>>,
    /// SAs close to a limit: which, and the figures.
    pub(super) near: BTreeMap<Slot<Sa>, (Reason, String)>,
    holders: Holders,
}

/// What the SAs of each device carried.
#[derive(Debug, Default)]
pub(super) struct Devices {
    sums: Vec<(u32, ByDirection<DeviceLoad>)>,
    /// Where the device of the last SA stands: most often that of the next one, too.
    last: usize,
}

impl Devices {
    /// The sums of a device, to be added to.
    #[inline]
    fn of_mut(&mut self, index: u32) -> Option<&mut ByDirection<DeviceLoad>> {
        if self.sums.get(self.last).is_none_or(|(last, _)| *last != index) {
            self.last = self.place_of(index).unwrap_or_else(|| {
                self.sums.push((index, ByDirection::default()));
                self.sums.len() - 1
            });
        }
        self.sums.get_mut(self.last).map(|(_, sums)| sums)
    }

    /// What a device's SAs carried.
    pub(super) fn of(&self, index: u32) -> ByDirection<DeviceLoad> {
        let sums = self.place_of(index).and_then(|place| self.sums.get(place));
        sums.map_or_else(ByDirection::default, |(_, sums)| *sums)
    }

    fn place_of(&self, index: u32) -> Option<usize> {
        self.sums.iter().position(|(known, _)| *known == index)
    }
}

impl Traffic {
    pub(super) fn next_ask(&mut self) -> AskId {
        self.asked += 1;
        AskId::of_sampling(self.asked)
    }

    /// Whether counters belong to samplings.
    pub(super) fn is_on(&self) -> bool {
        self.under_way.is_some() || self.begins.is_some()
    }

    /// What an SA carried a second in the last window, where that is known.
    pub fn rates(&self, meter: &Meter) -> Option<SaRates> {
        let window = self.window.as_ref()?;
        let length = match &self.under_way {
            _ if window.number == meter.sampled => window.length,
            // The dump of the next sampling has shown it, and is not over.
            Some(sampling) if sampling.number == meter.sampled => sampling.began.since(self.begins?),
            _ => return None,
        };
        let rate = |count: u64| per_second(count, length);
        let (packets, drops) = (rate(meter.moved_packets.into()), rate(meter.moved_drops.into()));
        Some(SaRates { packets, bytes: rate(meter.moved_bytes), drops })
    }

    /// What an interface last answered when its counters were read.
    pub fn reading(&self, device: u32) -> impl Iterator<Item = (&str, &CounterReading)> {
        self.readings.get(&device).into_iter().flatten().map(|(name, reading)| (name.as_str(), reading))
    }

    /// What the namespace counted at the last whole sampling.
    pub fn host(&self) -> Option<&HostCounters> {
        self.host.as_ref()?.as_ref().ok()
    }
}
