//! What the kernel's word that a peer has moved means for its pair.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Child, Tunnel};
use crate::engine::facts::mappings::{MovedPeer, SendPlace};
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::model::{Direction, Mark, Protocol, SaId, SaStage, Source};

impl Facts {
    /// A packet of an inbound SA came from another place than it names. The kernel tells it of every packet, so this is short.
    pub(super) fn mapped(&mut self, id: &SaId, mark: Option<Mark>, sender: Option<SocketAddr>) {
        let Some(slot) = self.inbound_named(id, mark) else { return };
        let place = self.place_of_pair(slot);
        if !self.mappings.note(slot, sender, place, self.now) {
            return;
        }
        self.touch_sa(slot);
        let connection = self.connection_name_of_sa(slot);
        let from = sender.map_or("another address or port".to_owned(), |sender| sender.to_string());
        self.tell_story(Source::Xfrm, connection, Some(*id), format!("packets of {id} come from {from} now"));
    }

    /// The one SA that can be meant: the kernel does not tell its mark.
    fn inbound_named(&self, id: &SaId, mark: Option<Mark>) -> Option<Slot<Sa>> {
        if id.netns != self.started.netns || id.protocol != Protocol::Esp {
            return None;
        }
        let is_meant = |slot: &Slot<Sa>| {
            self.sad.get(*slot).is_some_and(|sa| {
                sa.dst == id.dst
                    && sa.stage == SaStage::Installed
                    && sa.way() != Some(Direction::Out)
                    && mark.is_none_or(|mark| mark == sa.mark)
            })
        };
        let mut meant = self.sad.with_spi(id.spi, id.protocol).into_iter().filter(is_meant);
        meant.next().filter(|_| meant.next().is_none())
    }

    /// Where the outbound SA sends whose pair this inbound one is in.
    fn place_of_pair(&self, inbound: Slot<Sa>) -> Option<SendPlace> {
        let leg = self.sad.get(inbound)?.claim?;
        self.place_of(self.claims.child_at(leg.child)?.outbound.sa?)
    }

    fn place_of(&self, outbound: Slot<Sa>) -> Option<SendPlace> {
        self.sad.get(outbound).map(|sa| SendPlace { address: sa.dst, port: sa.udp_port })
    }

    /// The pair of a tunnel that sends where its peer is not any more. Only the newest is asked: others are about to be replaced. Where each
    /// CPU has a pair, the newest of each, and the one that was told of first.
    pub(in crate::engine) fn moved(&self, tunnel: Slot<Tunnel>) -> Option<MovedPeer> {
        if self.mappings.is_empty() {
            return None;
        }
        let mut newest: BTreeMap<Option<u16>, (Slot<Child>, &Child)> = BTreeMap::new();
        for (_, slot) in &self.claims.tunnel_at(tunnel)?.children {
            if let Some(child) = self.claims.child_at(*slot).filter(|child| child.stands()) {
                let cpu = child.outbound.sa.and_then(|sa| self.sad.get(sa)).and_then(|sa| sa.cpu);
                newest.insert(cpu, (*slot, child));
            }
        }
        let moved = newest.into_values().filter_map(|(slot, child)| {
            let mapping = *self.mappings.of(child.inbound.sa?)?;
            let place = self.place_of(child.outbound.sa?)?;
            let (inbound, outbound) = (child.inbound.spi, child.outbound.spi);
            mapping.misses(place).then_some(MovedPeer { child: slot, mapping, inbound, outbound, place })
        });
        moved.min_by_key(|moved| (moved.mapping.resumed, moved.child))
    }

    /// A window of counters has ended.
    pub(super) fn mappings_were_sampled(&mut self) {
        let Some(window) = self.traffic.window.as_ref().filter(|_| !self.mappings.is_empty()) else { return };
        let (number, length) = (window.number, window.length);
        let sad = &self.sad;
        let received =
            |slot: Slot<Sa>| sad.meter(slot).is_some_and(|meter| meter.sampled == number && meter.moved_packets > 0);
        for slot in self.mappings.window(self.now, length, received) {
            self.touch_sa(slot);
        }
    }
}
