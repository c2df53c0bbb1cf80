//! What single SAs carried, added to their tunnels and devices.

use std::net::IpAddr;

use super::{DumpPart, Flow, SaGrowth, Sampling, Sums, Traffic};
use crate::engine::facts::claims::Tunnel;
use crate::engine::facts::links::Links;
use crate::engine::facts::near::limit_near;
use crate::engine::facts::sad::{Sa, Sad, Sampled};
use crate::engine::facts::slab::{Column, Slot};
use crate::model::{Direction, KernelSa, Offload, RealTime};

/// Adds up what single SAs carried.
#[derive(Debug)]
pub struct Gatherer<'a> {
    /// The sampling that ends the window that is gathered.
    number: u32,
    /// There is a NIC to compare with.
    has_nic: bool,
    sums: &'a mut Sums,
    flows: &'a mut Column<Tunnel, Flow>,
    links: &'a Links,
    wall_seconds: u64,
}

impl Traffic {
    /// For SAs that are shown now.
    pub fn gatherer<'a>(
        &'a mut self,
        flows: &'a mut Column<Tunnel, Flow>,
        links: &'a Links,
        wall: RealTime,
    ) -> Gatherer<'a> {
        // The window that is gathered ends with the sampling under way, or, while none is, with the next.
        let dump_is_over = |sampling: &Sampling| matches!(sampling.dump, DumpPart::Done(_));
        let over = self.under_way.as_ref().is_none_or(dump_is_over);
        let (number, has_nic) = (self.number + u32::from(over), !self.readings.is_empty());
        Gatherer { number, has_nic, sums: &mut self.gathering, flows, links, wall_seconds: wall.seconds() }
    }
}

impl Gatherer<'_> {
    /// Takes the rows of a sampling's dump up to the first that differs from what is known in more than its counters. The rows from there on.
    #[inline(never)] // Its loop has the registers to itself.
    pub fn sample<'r>(&mut self, sad: &mut Sad, rows: &'r [KernelSa], dump: u32, sampling: u32) -> &'r [KernelSa] {
        let mut left = rows;
        while let Some((row, rest)) = left.split_first() {
            let Some((slot, sampled)) = sad.sample(row, dump, sampling) else { break };
            self.sampled(slot, row, &sampled);
            left = rest;
        }
        left
    }

    /// A known SA was shown in the dump of a sampling.
    #[inline(always)] // What it is given then stays in registers.
    pub fn sampled(&mut self, slot: Slot<Sa>, row: &KernelSa, sampled: &Sampled) {
        if let Some(limit) = limit_near(row, self.wall_seconds) {
            self.sums.near.insert(slot, limit.told(row, self.wall_seconds));
        }
        self.carried(sampled, row.offload, (row.src, row.id.dst));
    }

    #[inline(always)]
    pub fn carried(&mut self, sampled: &Sampled, offload: Option<Offload>, addresses: (IpAddr, IpAddr)) {
        match &sampled.grown {
            None => self.sums.unknown.extend(offload.map(|offload| offload.ifindex)),
            Some(grown) if grown.is_nothing() => {}
            Some(grown) => {
                if let Some(way) = sampled.way {
                    self.add((way, sampled.tunnel), grown, offload, addresses);
                }
            }
        }
    }

    #[inline(always)]
    fn add(
        &mut self,
        (way, tunnel): (Direction, Option<Slot<Tunnel>>),
        grown: &SaGrowth,
        offload: Option<Offload>,
        (src, dst): (IpAddr, IpAddr),
    ) {
        let sum = if way == Direction::In { &mut self.sums.received } else { &mut self.sums.sent };
        *sum = sum.saturating_add(grown.wire);
        let [failed, replayed] = &mut self.sums.refused;
        *failed = failed.saturating_add(grown.integrity_failures);
        *replayed = replayed.saturating_add(grown.replay_drops);
        let device = match offload {
            Some(offload) => Some(offload.ifindex),
            None if !self.has_nic => None,
            None => {
                let local = if way == Direction::Out { src } else { dst };
                self.sums.holders.of(self.links, local)
            }
        };
        if let Some(sums) = device.and_then(|device| self.sums.devices.of_mut(device)) {
            let sums = if way == Direction::In { &mut sums.received } else { &mut sums.sent };
            sums.add(offload.map(|offload| offload.mode), grown);
        }
        if let Some(tunnel) = tunnel
            && let Some(flow) = self.flows.get_mut(tunnel)
            && flow.add(self.number, way, grown)
        {
            self.sums.tunnels.push(tunnel);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::sample;
    use crate::model::OffloadMode;

    #[test]
    fn what_sas_of_several_devices_carry_is_added_up_in_whatever_order_they_come() {
        let (mut traffic, mut flows, links) = (Traffic::default(), Column::default(), Links::default());
        let tunnel = Slot::FIRST;
        flows.set(tunnel, Flow::default());
        let mut gatherer = traffic.gatherer(&mut flows, &links, RealTime::default());
        for (ifindex, way, wire) in [
            (3, Direction::In, 1),
            (3, Direction::Out, 2),
            (4, Direction::In, 4),
            (3, Direction::In, 8),
            (4, Direction::In, 16),
            (3, Direction::Out, 32),
        ] {
            let mut row = sample::sa("10.0.0.2", 0x100);
            row.offload = Some(Offload { ifindex, mode: OffloadMode::Packet, direction: way });
            let grown = Some(SaGrowth { wire, ..SaGrowth::default() });
            gatherer.sampled(Slot::FIRST, &row, &Sampled { grown, way: Some(way), tunnel: Some(tunnel) });
        }
        let sums = &traffic.gathering;
        let carried = [3, 4, 5].map(|device| sums.devices.of(device)).map(|on| [on.received.packet, on.sent.packet]);
        assert_eq!(
            (carried, sums.received, sums.tunnels.as_slice()),
            ([[9, 34], [20, 0], [0, 0]], 29, [tunnel].as_slice())
        );
        assert_eq!(flows.get(tunnel).map(|flow| (flow.received, flow.sent)), Some((29, 34)));
    }
}
