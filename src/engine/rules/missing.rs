//! `sa-missing`: the newest established Child SA of a tunnel has no such SA in the kernel.

use std::time::Duration;

use crate::engine::Engine;
use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Child, Leg};
use crate::engine::facts::join::How;
use crate::engine::facts::slab::Slot;
use crate::engine::findings::Fault;
use crate::model::{Code, Direction, Effect, Mark, Question, Reason, SaId, Source, SourceState, Span};

/// An SA that goes this close to its IKE SA goes with it.
const WITH_IKE: Duration = Duration::from_secs(10);

/// A hard limit is told to the daemon too; it has this long to make a successor.
const AFTER_EXPIRY: Duration = Duration::from_secs(5);

impl Engine {
    pub(super) fn missing(&mut self, slot: Slot<Child>, out: &mut Vec<Effect>) -> Option<Fault> {
        // It takes its SAs away before it ends, and its log may tell so later than the kernel does.
        if !self.facts.life.is_alive() || self.facts.unit_is_stopping() {
            return None;
        }
        let out_missing = self.leg_is_missing(Leg { child: slot, direction: Direction::Out }, out);
        let in_missing = self.leg_is_missing(Leg { child: slot, direction: Direction::In }, out);
        let (span, direction) = match (out_missing, in_missing) {
            (true, true) => (Span::Both, Direction::Out),
            (true, false) => (Span::Out, Direction::Out),
            (false, true) => (Span::In, Direction::In),
            (false, false) => return None,
        };
        let child = self.facts.claims.child_at(slot)?;
        let legs = [Direction::Out, Direction::In].map(|direction| Leg { child: slot, direction });
        let losses = legs.iter().filter_map(|leg| self.facts.losses.get(*leg));
        let evidence: Vec<_> = losses.map(|loss| loss.evidence.clone()).collect();
        let loss = self.facts.losses.get(Leg { child: slot, direction })?;
        let reason = match loss.how {
            How::Deleted => Reason::Deleted,
            How::Flushed => Reason::Flushed,
            How::Expired | How::Silently | How::NeverSeen => Reason::Unknown,
        };
        let fault = Fault::of(Code::SaMissing, span).because(reason).critical();
        let fault = fault.at(Some(child.claim(direction).spi), loss.id.map(|id| id.dst));
        Some(fault.on(loss.device.map(|index| self.facts.links.name(index))).shown_by(evidence))
    }

    fn leg_is_missing(&mut self, leg: Leg, out: &mut Vec<Effect>) -> bool {
        let Some(child) = self.facts.claims.child_at(leg.child) else { return false };
        if child.claim(leg.direction).sa.is_some() {
            return false;
        }
        let (ike, established, tunnel) = (child.ike, child.established, child.tunnel);
        let Some(loss) = self.facts.losses.get(leg) else {
            if self.facts.now.since(established) >= super::NEVER_SEEN_AFTER {
                self.facts.look_for(leg, out);
            }
            return false;
        };
        let (at, how) = (loss.at, loss.how);
        // We took it away ourselves, for a moment.
        if loss.id.is_some_and(|id| self.facts.is_away_for_a_moment(&id)) {
            return false;
        }
        if !self.facts.losses.is_settled(loss)
            || self.facts.is_device_loss(leg)
            || self.facts.life.is_ike_gone_near(ike, at, WITH_IKE)
        {
            return false;
        }
        if how == How::Expired && self.facts.is_recent(at, AFTER_EXPIRY) {
            self.facts.timers.set(at + AFTER_EXPIRY, crate::engine::timers::Timer::Tunnel(tunnel));
            return false;
        }
        if self.facts.log_is_absent() && self.facts.life.table.is_none_or(|(asked, _)| asked < at) {
            // The daemon may have deleted it itself, and there is no log to tell.
            self.facts.want_daemon(Question::Table);
            return false;
        }
        // A rekey that had begun before explains the loss. One that begins after it is the daemon's cure, and the loss is real.
        let connection =
            self.facts.claims.tunnel_at(tunnel).and_then(|tunnel| self.facts.claims.connection_at(tunnel.connection));
        connection.and_then(|connection| connection.negotiating).is_none_or(|since| since >= at)
    }
}

impl Facts {
    /// Asks the kernel for a claimed SA that it never showed; its address is known from the other leg, the daemon's table or connection.
    fn look_for(&mut self, leg: Leg, out: &mut Vec<Effect>) {
        let Some(child) = self.claims.child_at(leg.child) else { return };
        let mirrored =
            child.claim(leg.direction.opposite()).sa.and_then(|slot| self.sad.get(slot)).map(|other| other.src);
        let told = self.addresses.get(&leg.child).and_then(|(local, remote)| match leg.direction {
            Direction::In => *local,
            Direction::Out => *remote,
        });
        let loaded =
            self.claims.tunnel_at(child.tunnel).and_then(|tunnel| self.claims.connection_at(tunnel.connection));
        let loaded = loaded.and_then(|connection| connection.loaded.as_ref()).and_then(|loaded| match leg.direction {
            Direction::In => loaded.local,
            Direction::Out => loaded.remote,
        });
        let Some(dst) = mirrored.or(told).or(loaded) else { return };
        let (spi, protocol) = (child.claim(leg.direction).spi, child.protocol);
        self.read_sa(SaId { netns: self.started.netns, dst, spi, protocol, mark: Mark::default() }, out);
    }

    pub(in crate::engine) fn log_is_absent(&self) -> bool {
        self.coverage.get(&Source::Log).is_none_or(|line| line.state == SourceState::Absent)
    }
}
