//! What single SAs carried, added to their tunnels and devices.

use std::net::IpAddr;

use super::{Grown, Part, Sampling};
use crate::engine::Engine;
use crate::engine::claims::Leg;
use crate::engine::sad::Sa;
use crate::engine::slab::Slot;
use crate::model::{Direction, KernelSa, Offload};

impl Engine {
    /// A known SA was shown in the dump of a sampling.
    pub(in crate::engine) fn sa_was_sampled(&mut self, slot: Slot<Sa>, grown: Option<Grown>, row: &KernelSa) {
        if let Some(near) = crate::engine::rules::limit_near(row, self.wall) {
            self.traffic.gathering.near.insert(slot, near);
        }
        match grown {
            Some(grown) if grown.is_nothing() => {}
            Some(grown) => {
                let Some(sa) = self.sad.get(slot) else { return };
                let (way, offload, claim, src, dst) = (sa.way(), sa.offload, sa.claim, sa.src, sa.dst);
                self.gather(way, offload, claim, (src, dst), &grown);
            }
            None => {
                if let Some(offload) = self.sad.get(slot).and_then(|sa| sa.offload) {
                    self.traffic.gathering.unknown.insert(offload.ifindex);
                }
            }
        }
    }

    /// An SA left; its last state is known where the event carried it.
    pub(in crate::engine) fn sa_left_traffic(&mut self, sa: &Sa, last: Option<&KernelSa>) {
        if !self.traffic.is_on() {
            return;
        }
        match last.and_then(|row| sa.grown(row)) {
            Some(grown) if grown.is_nothing() => {}
            Some(grown) => self.gather(sa.way(), sa.offload, sa.claim, (sa.src, sa.dst), &grown),
            None => {
                if let Some(offload) = sa.offload {
                    self.traffic.gathering.unknown.insert(offload.ifindex);
                }
            }
        }
    }

    fn gather(
        &mut self,
        way: Option<Direction>,
        offload: Option<Offload>,
        claim: Option<Leg>,
        (src, dst): (IpAddr, IpAddr),
        grown: &Grown,
    ) {
        let Some(way) = way else { return };
        // The window that is gathered ends with the sampling under way, or, while none is, with the next.
        let dump_is_over = |sampling: &Sampling| matches!(sampling.dump, Part::Done(_));
        let over = self.traffic.under_way.as_ref().is_none_or(dump_is_over);
        let number = self.traffic.number + u32::from(over);
        let sums = &mut self.traffic.gathering;
        if way == Direction::In {
            sums.received += grown.wire;
        }
        let device = match offload {
            Some(offload) => Some(offload.ifindex),
            // Only where there is a NIC to compare with.
            None if self.traffic.readings.is_empty() => None,
            None => {
                let local = if way == Direction::Out { src } else { dst };
                let links = &self.links;
                *sums.holders.entry(local).or_insert_with(|| links.holding(local).map(|link| link.index))
            }
        };
        if let Some(device) = device {
            sums.devices.entry((device, way)).or_default().add(offload.map(|offload| offload.mode), grown);
        }
        let tunnel = claim.and_then(|leg| self.claims.child_at(leg.child)).map(|child| child.tunnel);
        if let Some((tunnel, row)) = tunnel.and_then(|slot| Some((slot, self.claims.tunnel_mut(slot)?)))
            && row.flow.add(number, way, grown)
        {
            sums.tunnels.push(tunnel);
        }
    }

    /// At the first sampling: what SAs had carried before anybody looked counts as carried before.
    pub(super) fn remember_what_sas_carried(&mut self) {
        let carried =
            |slot: Option<Slot<Sa>>| slot.and_then(|slot| self.sad.get(slot)).is_some_and(|sa| sa.packets > 0);
        let ways: Vec<_> = self
            .claims
            .children()
            .map(|(_, child)| (child.tunnel, carried(child.outbound.sa), carried(child.inbound.sa)))
            .filter(|(_, sent, received)| *sent || *received)
            .collect();
        for (tunnel, sent, received) in ways {
            if let Some(tunnel) = self.claims.tunnel_mut(tunnel) {
                tunnel.flow.ever_sent |= sent;
                tunnel.flow.ever_received |= received;
            }
        }
    }
}
