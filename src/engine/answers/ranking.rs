//! Who carries most: the first of all SAs by some order, found piece by piece, so that no step of the engine waits for a million of them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use crate::engine::facts::Facts;
use crate::engine::facts::holders::Holders;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::engine::findings::book::Book;
use crate::model::{
    BothWays, ByDirection, DeviceTraffic, Direction, FindingCount, RealTime, SaStage, Severity, TrafficOrder,
    TrafficReport,
};

/// SAs looked at so far.
#[derive(Debug)]
pub struct Ranking {
    order: TrafficOrder,
    /// How many of the first are left out.
    offset: usize,
    /// How many are kept, with those that are left out.
    keep: usize,
    // The lowest of those that are kept is on top.
    heap: BinaryHeap<Reverse<(Rank, Slot<Sa>)>>,
    sas: u64,
    all: BothWays,
    devices: BTreeMap<Option<u32>, OnDevice>,
    holders: Holders,
}

/// How an SA stands: by its order; then by packets a second and by what it has carried altogether; then the one that was known first.
type Rank = (u64, u64, u64, Reverse<usize>);

/// What the SAs of one device carry.
#[derive(Debug, Default)]
struct OnDevice {
    offloaded: u64,
    software: u64,
    rates: BothWays,
}

impl Ranking {
    /// For `limit` SAs behind the first `offset`.
    pub fn new(order: TrafficOrder, offset: usize, limit: usize) -> Self {
        Self {
            order,
            offset,
            keep: offset.saturating_add(limit),
            heap: BinaryHeap::new(),
            sas: 0,
            all: BothWays::default(),
            devices: BTreeMap::new(),
            holders: Holders::default(),
        }
    }

    fn rank(&mut self, rank: Rank, slot: Slot<Sa>) {
        if self.heap.len() < self.keep {
            self.heap.push(Reverse((rank, slot)));
        } else if let Some(mut lowest) = self.heap.peek_mut()
            && lowest.0.0 < rank
        {
            *lowest = Reverse((rank, slot));
        }
    }
}

impl Facts {
    /// Looks at up to `limit` SAs from `cursor` on (0 at first); where to go on, or none at the end.
    pub(super) fn rank(&self, cursor: usize, limit: usize, ranking: &mut Ranking) -> Option<usize> {
        let mut walk = self.sad.starting_at(cursor);
        let mut next = cursor;
        for (slot, sa) in walk.by_ref().take(limit) {
            next = slot.place() + 1;
            if sa.stage == SaStage::Installed {
                self.rank_one(slot, sa, ranking);
            }
        }
        walk.next().map(|_| next)
    }

    pub(super) fn traffic_report(&self, ranking: Ranking, now: RealTime, book: &Book) -> TrafficReport {
        let Ranking { order, offset, heap, sas, all, devices, .. } = ranking;
        // Reversed twice: highest first.
        let ranked = heap.into_sorted_vec().into_iter().skip(offset);
        let rows = ranked.filter_map(|Reverse((_, slot))| Some(self.sa_row(slot, self.sad.get(slot)?)));
        let mut devices: Vec<_> = devices.into_iter().map(|(index, on)| self.device_traffic(index, &on)).collect();
        devices.sort_by_key(|device| Reverse(device.rates.packets()));
        let mut findings = FindingCount::default();
        for ((_, severity), count) in book.counts() {
            *(if severity == Severity::Critical { &mut findings.critical } else { &mut findings.warning }) += count;
        }
        TrafficReport {
            schema: 1,
            time: now,
            window_ms: self.traffic.window.as_ref().map(|window| milliseconds(window.length)),
            sas_total: sas,
            all,
            devices,
            sort: order,
            offset: offset as u64,
            sas: rows.collect(),
            findings,
        }
    }

    fn rank_one(&self, slot: Slot<Sa>, sa: &Sa, ranking: &mut Ranking) {
        let meter = self.sad.meter(slot).copied().unwrap_or_default();
        let moved = self.traffic.rates(&meter).unwrap_or_default();
        let device = match sa.offload {
            Some(offload) => Some(offload.ifindex),
            None => self.holder(sa, &mut ranking.holders),
        };
        ranking.sas += 1;
        let on = ranking.devices.entry(device).or_default();
        *(if sa.offload.is_some() { &mut on.offloaded } else { &mut on.software }) += 1;
        if let Some(way) = sa.way() {
            for rates in [on.rates.of(way), ranking.all.of(way)] {
                let packets = if sa.offload.is_some() {
                    &mut rates.offloaded_packets_per_second
                } else {
                    &mut rates.software_packets_per_second
                };
                *packets = packets.saturating_add(moved.packets);
                rates.bytes_per_second = rates.bytes_per_second.saturating_add(moved.bytes);
                rates.drops_per_second = rates.drops_per_second.saturating_add(moved.drops);
            }
        }
        let first = match ranking.order {
            TrafficOrder::Packets => moved.packets,
            TrafficOrder::Bytes => moved.bytes,
            TrafficOrder::Drops => moved.drops,
            TrafficOrder::Total => meter.bytes,
        };
        ranking.rank((first, moved.packets, meter.bytes, Reverse(slot.place())), slot);
    }

    fn device_traffic(&self, index: Option<u32>, on: &OnDevice) -> DeviceTraffic {
        let link = index.and_then(|index| self.links.get(index));
        let window = self.traffic.window.as_ref();
        let judged = index.and_then(|index| window?.devices.get(&index));
        let per_second = |count| window.map(|window| window.per_second(count));
        let nic = |way| judged.and_then(|on| on.transformed(way)).and_then(|(_, count, _)| per_second(count));
        let encrypts = |way| index.and_then(|index| window?.workers.of_offloaded(index, way));
        DeviceTraffic {
            device: index.map(|index| self.links.name(index)),
            driver: link.and_then(|link| link.driver.clone()),
            offloaded_sas: on.offloaded,
            software_sas: on.software,
            rates: on.rates,
            nic_packets_per_second: ByDirection { received: nic(Direction::In), sent: nic(Direction::Out) },
            encrypts: ByDirection { received: encrypts(Direction::In), sent: encrypts(Direction::Out) },
            nic_drops_per_second: judged
                .and_then(|on| per_second(on.dropped(Direction::In).saturating_add(on.dropped(Direction::Out)))),
        }
    }
}

fn milliseconds(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}
