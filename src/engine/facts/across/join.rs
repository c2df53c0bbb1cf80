//! The join: which SA of the kernel serves which Child SA of the daemon, and what became of those that left.

use std::time::Duration;

use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Child, Connection, Leg};
use crate::engine::facts::happened::Happened;
use crate::engine::facts::join::{How, Loss};
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::timer::Timer;
use crate::model::{Direction, Effect, KernelSa, SaId, SaStage, Source};

impl Facts {
    /// Joins every SA that came in this step with the Child SA that claims it.
    pub(in crate::engine) fn join_what_came(&mut self) {
        let came = std::mem::take(&mut self.came);
        for slot in &came {
            self.join_sa(*slot);
        }
        if self.joined || self.attempts.is_told_of() {
            self.arrived.extend_from_slice(&came);
        }
        // The allocation is used again for the next piece of a dump.
        self.came = came;
        self.came.clear();
    }

    fn join_sa(&mut self, slot: Slot<Sa>) {
        let Some(sa) = self.sad.get(slot) else { return };
        let (spi, protocol, reqid, installed) = (sa.spi, sa.protocol, sa.reqid, sa.stage == SaStage::Installed);
        if sa.claim.is_none() && installed {
            // The first of them, so that a replay joins the same.
            if let Some(leg) = self.claims.absent(spi, protocol).filter(|leg| self.fits(*leg, slot)).min() {
                self.bind(leg, slot);
            }
        }
        let Some(sa) = self.sad.get(slot) else { return };
        match sa.claim {
            Some(leg) => self.touch_child(leg.child),
            None if installed && self.joined => {
                self.timers.set(self.unclaimed_due_at(), Timer::Unclaimed(slot));
                if let Some(connection) = self.claims.connection_of_reqid(reqid) {
                    self.touch_what_lacks(connection);
                }
            }
            None => {}
        }
    }

    /// Whether an SA can be this leg: its addresses mirror the other leg's, or nothing speaks against it.
    fn fits(&self, leg: Leg, slot: Slot<Sa>) -> bool {
        let (Some(child), Some(sa)) = (self.claims.child_at(leg.child), self.sad.get(slot)) else {
            return false;
        };
        let opposite = child.claim(leg.direction.opposite());
        if let Some(other) = opposite.sa.and_then(|other| self.sad.get(other)) {
            return other.src == sa.dst && other.dst == sa.src;
        }
        let told = sa.direction.is_none_or(|direction| direction == leg.direction);
        let Some(connection) =
            self.claims.tunnel_at(child.tunnel).and_then(|t| self.claims.connection_at(t.connection))
        else {
            return told;
        };
        let Some(loaded) = &connection.loaded else { return told };
        let (src, dst) = match leg.direction {
            Direction::In => (loaded.remote, loaded.local),
            Direction::Out => (loaded.local, loaded.remote),
        };
        told && src.is_none_or(|src| src == sa.src) && dst.is_none_or(|dst| dst == sa.dst)
    }

    fn bind(&mut self, leg: Leg, slot: Slot<Sa>) {
        let Some(sa) = self.sad.get_mut(slot) else { return };
        sa.claim = Some(leg);
        let reqid = sa.reqid;
        self.sa_is_explained(slot);
        self.claims.set_claim(leg, Some(slot));
        self.losses.remove(leg);
        if let Some(connection) = self.connection_of_child(leg.child) {
            self.serves_with_reqid(connection, reqid);
        }
    }

    fn connection_of_child(&self, child: Slot<Child>) -> Option<Slot<Connection>> {
        let tunnel = self.claims.child_at(child)?.tunnel;
        self.claims.tunnel_at(tunnel).map(|tunnel| tunnel.connection)
    }

    fn serves_with_reqid(&mut self, connection: Slot<Connection>, reqid: u32) {
        if self.claims.set_reqid(connection, reqid) {
            self.happens(Happened::ReqidMoved(reqid));
        }
    }

    /// Joins a Child SA that the daemon just told of with the SAs that the kernel has.
    pub(in crate::engine) fn join_child(&mut self, child: Slot<Child>) {
        let Some(row) = self.claims.child_at(child) else { return };
        let (outbound, inbound, protocol) = (row.outbound.spi, row.inbound.spi, row.protocol);
        let free = |slot: &Slot<Sa>| {
            self.sad
                .get(*slot)
                .is_some_and(|sa| sa.claim.is_none_or(|leg| leg.child == child) && sa.stage == SaStage::Installed)
        };
        let outs: Vec<_> = self.sad.with_spi(outbound, protocol).into_iter().filter(free).collect();
        let ins: Vec<_> = self.sad.with_spi(inbound, protocol).into_iter().filter(free).collect();
        let mirrored = |out: &Slot<Sa>, inn: &Slot<Sa>| match (self.sad.get(*out), self.sad.get(*inn)) {
            (Some(out), Some(inn)) => out.dst == inn.src && out.src == inn.dst,
            _ => false,
        };
        // Both together first: an SPI alone may have been chosen by two peers, a mirrored pair is not by chance.
        let pair =
            outs.iter().flat_map(|out| ins.iter().map(move |inn| (*out, *inn))).find(|(out, inn)| mirrored(out, inn));
        let out_leg = Leg { child, direction: Direction::Out };
        let in_leg = Leg { child, direction: Direction::In };
        if let Some((out, inn)) = pair {
            self.bind(out_leg, out);
            self.bind(in_leg, inn);
        } else {
            for (leg, slots) in [(out_leg, outs), (in_leg, ins)] {
                if let Some(slot) = slots.into_iter().find(|slot| self.fits(leg, *slot)) {
                    self.bind(leg, slot);
                }
            }
        }
        self.touch_child(child);
    }

    /// An SA is in the kernel no more.
    pub(in crate::engine) fn sa_left(&mut self, slot: Slot<Sa>, how: How, out: &mut Vec<Effect>) {
        self.sa_left_with(slot, how, None, out);
    }

    /// The same, with its last state where that is known.
    pub(in crate::engine) fn sa_left_with(
        &mut self,
        slot: Slot<Sa>,
        how: How,
        last: Option<&KernelSa>,
        out: &mut Vec<Effect>,
    ) {
        let Some(id) = self.sad.id(slot) else { return };
        let Some((sa, meter)) = self.sad.remove(slot) else { return };
        self.sa_left_traffic(&sa, &meter, last);
        self.migrated.remove(&slot);
        self.near.remove(&slot);
        self.mappings.forget(slot);
        self.sa_is_explained(slot);
        self.sa_left_its_policies(sa.reqid);
        self.received_by(id, &sa, how);
        let Some(leg) = sa.claim else { return };
        self.child_goes(leg.child);
        self.claims.set_claim(leg, None);
        let text = match how {
            How::Deleted => format!("the kernel deleted {id}"),
            How::Flushed => format!("the kernel flushed all SAs, {id} with them"),
            How::Expired => format!("{id} reached its hard limit and the kernel removed it"),
            How::Silently | How::NeverSeen => format!("{id} is not in the kernel, and no event told of its removal"),
        };
        let loss = Loss {
            at: self.now,
            how,
            id: Some(id),
            device: sa.offload.map(|offload| offload.ifindex),
            after: self.catch_up(out),
            evidence: self.evidence(Source::Xfrm, text),
            connection: self.connection_of_child(leg.child),
        };
        self.losses.insert(leg, loss);
        self.touch_child(leg.child);
    }

    /// The kernel was asked for a claimed SA that it never showed, and has none.
    pub(in crate::engine) fn never_seen(&mut self, leg: Leg, id: SaId, out: &mut Vec<Effect>) {
        let after = self.catch_up(out);
        let evidence = self.evidence(Source::Xfrm, format!("the kernel was asked for {id} and has no such SA"));
        let connection = self.connection_of_child(leg.child);
        let loss = Loss { at: self.now, how: How::NeverSeen, id: Some(id), device: None, after, evidence, connection };
        if self.losses.get(leg).is_none() {
            self.losses.insert(leg, loss);
        }
        self.touch_child(leg.child);
    }

    /// The daemon claims this Child SA no more.
    pub(in crate::engine) fn drop_child(&mut self, slot: Slot<Child>) {
        self.touch_child(slot);
        self.child_goes(slot);
        for direction in [Direction::Out, Direction::In] {
            self.losses.remove(Leg { child: slot, direction });
        }
        let place = self.claims.child_at(slot).and_then(|child| self.pair_of_tunnel(child.tunnel));
        let Some(child) = self.claims.remove_child(slot) else { return };
        if let Some(place) = place {
            self.pair_lost_child(place);
            self.connection_lost_child(place.0);
        }
        self.refusals.forget_child(slot);
        self.addresses.remove(&slot);
        for claim in [child.outbound, child.inbound] {
            if let Some(sa_slot) = claim.sa
                && let Some(sa) = self.sad.get_mut(sa_slot)
            {
                sa.claim = None;
                // It goes by the daemon's hand in a moment; if not, it is an orphan.
                let stays = Duration::from_secs(self.life.behaviour.replaced_inbound_stays.into());
                if !stays.is_zero() {
                    self.released.insert(sa_slot, self.now);
                }
                self.timers.set(self.unclaimed_due_at() + stays, Timer::Unclaimed(sa_slot));
            }
        }
    }

    /// A new process of the daemon knows nothing of the old one's states.
    pub(in crate::engine) fn drop_every_child(&mut self) {
        let children: Vec<_> = self.claims.children().map(|(slot, _)| slot).collect();
        for slot in children {
            self.drop_child(slot);
        }
    }
}
