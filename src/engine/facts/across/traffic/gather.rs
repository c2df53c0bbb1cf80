//! What single SAs carried before they left, or before anybody looked.

use crate::engine::facts::Facts;
use crate::engine::facts::sad::{Meter, Sa, Sampled};
use crate::engine::facts::slab::Slot;
use crate::engine::facts::traffic::SaGrowth;
use crate::model::KernelSa;

impl Facts {
    /// A known SA was shown in the dump of a sampling, and had to be looked at whole.
    pub(in crate::engine) fn sa_was_sampled(&mut self, slot: Slot<Sa>, grown: Option<SaGrowth>, row: &KernelSa) {
        let Some(sa) = self.sad.get(slot) else { return };
        let (way, tunnel) = (sa.way(), self.claims.tunnel_of(sa));
        self.sad.remember(slot, row, way, tunnel);
        let mut gatherer = self.traffic.gatherer(self.claims.flows_mut(), &self.links, self.wall);
        gatherer.sampled(slot, row, &Sampled { grown, way, tunnel });
    }

    /// An SA left; its last state is known where the event carried it.
    pub(in crate::engine) fn sa_left_traffic(&mut self, sa: &Sa, meter: &Meter, last: Option<&KernelSa>) {
        if !self.traffic.is_on() {
            return;
        }
        let grown = last.and_then(|row| sa.grown(meter, row));
        let left = Sampled { grown, way: sa.way(), tunnel: self.claims.tunnel_of(sa) };
        let mut gatherer = self.traffic.gatherer(self.claims.flows_mut(), &self.links, self.wall);
        gatherer.carried(&left, sa.offload, (sa.src, sa.dst));
    }

    /// At the first sampling: what SAs had carried before anybody looked counts as carried before.
    pub(super) fn remember_what_sas_carried(&mut self) {
        let carried =
            |slot: Option<Slot<Sa>>| slot.and_then(|slot| self.sad.meter(slot)).is_some_and(|meter| meter.packets > 0);
        let ways: Vec<_> = self
            .claims
            .children()
            .map(|(_, child)| (child.tunnel, carried(child.outbound.sa), carried(child.inbound.sa)))
            .filter(|(_, sent, received)| *sent || *received)
            .collect();
        let received: Vec<_> = ways.iter().filter(|(.., received)| *received).map(|(tunnel, ..)| *tunnel).collect();
        self.were_answered(&received);
        for (tunnel, sent, received) in ways {
            if let Some(flow) = self.claims.flows_mut().get_mut(tunnel) {
                flow.ever_sent |= sent;
                flow.ever_received |= received;
            }
        }
    }
}
