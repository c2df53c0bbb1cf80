//! `sa-missing`: the newest established Child SA of a tunnel has no such SA in the kernel.

mod page;
#[cfg(test)]
mod tests;
mod words;

use std::time::Duration;

use super::senders;
use super::{Fault, FindingRule, Page, Say};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Child, Leg, Tunnel};
use crate::engine::facts::join::{How, NEVER_SEEN_AFTER, TOLD_WITHIN};
use crate::engine::facts::slab::Slot;
use crate::engine::facts::touched::Touched;
use crate::engine::facts::want::Want;
use crate::engine::timers::Timers;
use crate::model::{Code, Direction, Mark, Question, Reason, SaId, Span};

/// An SA that goes this close to its IKE SA goes with it.
const WITH_IKE: Duration = Duration::from_secs(10);

/// A hard limit is told to the daemon too; it has this long to make a successor.
const AFTER_EXPIRY: Duration = Duration::from_secs(5);

/// When it looks at tunnels again; what they lack is a fact.
#[derive(Debug, Default)]
pub(super) struct SaMissing {
    later: Timers<Slot<Tunnel>>,
}

impl FindingRule for SaMissing {
    fn codes(&self) -> &'static [Code] {
        &[Code::SaMissing]
    }

    fn pages(&self) -> &'static [Page] {
        &[page::PAGE]
    }

    fn look(&mut self, facts: &Facts, touched: &Touched, say: &mut Say<'_>) {
        let due = self.later.take_due(facts.now);
        for tunnel in touched.tunnels.iter().copied().chain(due) {
            let newest = facts.claims.newest(tunnel);
            let fault = newest.and_then(|newest| self.missing(facts, newest, say));
            say.set_faults(facts, tunnel, fault.into_iter().collect());
        }
        say.tell_faults(facts, words::sa_missing, words::OVER);
    }
}

impl SaMissing {
    fn missing(&mut self, facts: &Facts, slot: Slot<Child>, say: &mut Say<'_>) -> Option<Fault> {
        // It takes its SAs away before it ends, and its log may tell so later than the kernel does.
        if !facts.life.is_alive() || facts.unit_is_stopping() || facts.life.encrypts_itself() {
            return None;
        }
        let legs = [Direction::Out, Direction::In].map(|direction| Leg { child: slot, direction });
        let (span, direction) = match legs.map(|leg| self.leg_is_missing(facts, leg, say)) {
            [true, true] => (Span::Both, Direction::Out),
            [true, false] => (Span::Out, Direction::Out),
            [false, true] => (Span::In, Direction::In),
            [false, false] => return None,
        };
        let child = facts.claims.child_at(slot)?;
        let losses = legs.iter().filter_map(|leg| facts.losses.get(*leg));
        let mut evidence: Vec<_> = losses.clone().map(|loss| loss.evidence.clone()).collect();
        evidence.extend(losses.filter_map(|loss| facts.remover_of(loss)));
        if span != Span::Out {
            evidence.extend(senders::on_missing(facts, child.inbound.spi));
        }
        let loss = facts.losses.get(Leg { child: slot, direction })?;
        let reason = match loss.how {
            How::Deleted => Reason::Deleted,
            How::Flushed => Reason::Flushed,
            How::Expired | How::Silently | How::NeverSeen => Reason::Unknown,
        };
        let fault = Fault::of(Code::SaMissing, span).because(reason).critical();
        let fault = fault.at(Some(child.claim(direction).spi), loss.id.map(|id| id.dst));
        Some(fault.on(loss.device.map(|index| facts.links.name(index))).shown_by(evidence))
    }

    fn leg_is_missing(&mut self, facts: &Facts, leg: Leg, say: &mut Say<'_>) -> bool {
        let Some(child) = facts.claims.child_at(leg.child) else { return false };
        if child.claim(leg.direction).sa.is_some() {
            return false;
        }
        let Some(loss) = facts.losses.get(leg) else {
            if facts.now.since(child.established) >= NEVER_SEEN_AFTER
                && let Some(id) = never_shown(facts, leg)
            {
                say.want(Want::LookFor(id));
            }
            return false;
        };
        // We took it away ourselves, for a moment.
        if loss.id.is_some_and(|id| facts.is_away_for_a_moment(&id)) {
            return false;
        }
        if !facts.losses.is_settled(loss)
            || facts.is_device_loss(leg)
            || facts.life.is_ike_gone_near(child.ike, loss.at, WITH_IKE)
        {
            return false;
        }
        if facts.life.behaviour.tells_by_itself && facts.now.since(loss.at) < TOLD_WITHIN {
            let again = loss.at + TOLD_WITHIN;
            self.later.set(again, child.tunnel);
            say.look_again(again);
            return false;
        }
        if loss.how == How::Expired && facts.now.since(loss.at) < AFTER_EXPIRY {
            let again = loss.at + AFTER_EXPIRY;
            self.later.set(again, child.tunnel);
            say.look_again(again);
            return false;
        }
        if facts.log_proves_nothing() && facts.life.table.is_none_or(|(asked, _)| asked < loss.at) {
            // The daemon may have deleted it itself, and there is no log to tell.
            say.want(Want::Ask(Question::Table));
            return false;
        }
        // A rekey that had begun before explains the loss. One that begins after it is the daemon's cure, and the loss is real.
        let tunnel = facts.claims.tunnel_at(child.tunnel);
        let connection = tunnel.and_then(|tunnel| facts.claims.connection_at(tunnel.connection));
        connection.and_then(|connection| connection.negotiating).is_none_or(|since| since >= loss.at)
    }
}

/// A claimed SA that the kernel never showed; its address is known from the other leg, the daemon's table or connection.
fn never_shown(facts: &Facts, leg: Leg) -> Option<SaId> {
    let child = facts.claims.child_at(leg.child)?;
    let other = child.claim(leg.direction.opposite()).sa.and_then(|slot| facts.sad.get(slot));
    let ends = |local, remote| match leg.direction {
        Direction::In => local,
        Direction::Out => remote,
    };
    let told = facts.addresses.get(&leg.child).and_then(|(local, remote)| ends(*local, *remote));
    let loaded = || {
        let connection = facts.claims.tunnel_at(child.tunnel)?.connection;
        let loaded = facts.claims.connection_at(connection)?.loaded.as_ref()?;
        ends(loaded.local, loaded.remote)
    };
    let dst = other.map(|other| other.src).or(told).or_else(loaded)?;
    let (spi, protocol) = (child.claim(leg.direction).spi, child.protocol);
    Some(SaId { netns: facts.started.netns, dst, spi, protocol, mark: Mark::default() })
}
