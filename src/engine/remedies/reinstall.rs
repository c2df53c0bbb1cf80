//! Reinstall: software SAs that should be on the NIC are taken out of the kernel and put back there, the inbound one first. A rekey is the
//! better cure wherever it may be done; this one needs no negotiation, and no consent of the peer.

use std::time::Duration;

use super::{Engine, Over, Plan, Ready, Run, Seen, words};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Child, Connection};
use crate::engine::facts::expect::Expected;
use crate::engine::facts::join::How;
use crate::engine::facts::slab::Slot;
use crate::engine::guard::By;
use crate::engine::timers::Timer;
use crate::model::{
    Direction, Effect, Finding, Link, Offload, OffloadMode, Outcome, RemedyKind, RemedyTarget, SaId, Spi, Step,
    StepResult,
};
use crate::reasons::{Device, hazard};

/// How long they have to stay where they were put.
const STAYS: Duration = Duration::from_secs(5);

/// The kernel shows it at once; this is for one that is asked again.
const PATIENCE: Duration = Duration::from_secs(15);

/// What the kernel and its drivers tell about a step may be read so long after it has ended.
const ECHO: Duration = Duration::from_secs(5);

/// A step that takes longer has other troubles than ours.
const GAP_AT_MOST: Duration = Duration::from_secs(60);

impl Engine {
    pub(super) fn reinstall_targets(&self, finding: &Finding) -> Vec<RemedyTarget> {
        self.rekey_targets(finding)
    }

    pub(super) fn reinstall_not_needed(&self, run: &Run) -> Option<Over> {
        if run.by == By::Hand && run.findings.is_empty() {
            return None;
        }
        if self.facts.newest_of(&run.target).is_none() {
            return Some(Over::TunnelGone);
        }
        let mut findings = run.findings.iter().filter_map(|id| self.book.get(id));
        (!findings.any(|finding| self.reinstall_targets(finding).contains(&run.target)))
            .then(|| self.facts.tunnel_is_over())
    }

    pub(super) fn reinstall_ready(&self, run: &Run) -> Ready {
        if !self.facts.life.is_alive() || self.facts.life.hung.is_some() {
            return Ready::Wait(None, words::daemon_away());
        }
        let Some((slot, row)) = run
            .target
            .connection()
            .and_then(|name| self.facts.connection_named(name))
            .and_then(|slot| Some((slot, self.facts.claims.connection_at(slot)?)))
        else {
            return Ready::Refuse(words::not_loaded());
        };
        if row.negotiating.is_some() {
            return Ready::Wait(None, words::negotiates());
        }
        let Some(loaded) = row.loaded.as_deref() else { return Ready::Wait(None, words::not_loaded()) };
        if let Some(away) = self.facts.end_is_away(loaded) {
            return Ready::Wait(None, away);
        }
        let Some(child) = self.facts.newest_of(&run.target).filter(|child| child.stands()) else {
            return Ready::Wait(None, words::half_there());
        };
        // Whoever dies in between leaves an SA that is out: then the daemon has to be able to make another.
        if self.facts.life.is_ike_gone(child.ike) {
            return Ready::Wait(None, words::ike_gone());
        }
        match self.facts.expected(slot) {
            (_, true) => return Ready::Refuse(words::reinstall_required()),
            (Expected::Packet, _) => return Ready::Refuse(words::reinstall_packet()),
            _ => {}
        }
        match self.facts.links.of_connection(loaded) {
            None => Ready::Refuse(words::no_device()),
            Some(link) => self.may_have_it(link).map_or(Ready::Now, Ready::Refuse),
        }
    }

    /// Nothing that is known speaks against SAs on this device. Whether it takes them now is asked of it just before.
    fn may_have_it(&self, link: &Link) -> Option<String> {
        let driver = link.driver.as_deref();
        let (kind, esp_hw_offload) = (link.kind.as_deref(), link.esp_hw_offload);
        let device = Device { name: &link.name, driver, kind, esp_hw_offload };
        if let Some(entry) = hazard(&device, &self.facts.started.kernel) {
            return Some(words::reinstall_unsafe(&link.name, entry.means));
        }
        if esp_hw_offload != Some(true) {
            return Some(words::reinstall_feature_off(&link.name));
        }
        self.is_full_device(link.index).then(|| words::reinstall_full(&link.name))
    }

    // --- while it is done

    pub(super) fn reinstall_begins(&mut self, step: &Step) {
        let now = self.facts.now;
        self.remedies.reinstalled.retain(|_, since| now.since(*since) < GAP_AT_MOST);
        if let Step::Reinstall { sa, .. } = step {
            self.remedies.reinstalled.insert(*sa, now);
        }
    }

    /// What was lost is ours to replace, whatever may act: the daemon has to rekey.
    pub(super) fn reinstall_ended(&mut self, run: &Run, outcome: &Outcome, out: &mut Vec<Effect>) {
        let Step::Reinstall { sa, .. } = &outcome.step else { return };
        // Its coming back is told by an event that may be behind this.
        self.remedies.reinstalled.insert(*sa, self.facts.now);
        if let Some(tunnel) = self.facts.tunnel_of(&run.target) {
            self.facts.timers.set(self.facts.now + ECHO, Timer::Tunnel(tunnel));
        }
        if let StepResult::Lost(_) = outcome.result {
            self.remedies.reinstalled.remove(sa);
            // The event of it may still be under way.
            self.facts.sa_deleted(sa, How::Deleted, None, out);
            let rekeyed = self.remedies.run_on(RemedyKind::Rekey, &run.target).is_some();
            if !rekeyed {
                self.new_run(RemedyKind::Rekey, run.target.clone(), By::Unfinished, None);
            }
        }
        if let Some(connection) = self.facts.connection_of_target(&run.target) {
            self.facts.touch_connection(connection);
        }
    }

    /// A step that puts it back is under way, or ended a moment ago.
    pub(in crate::engine) fn is_away_for_a_moment(&self, sa: &SaId) -> bool {
        let acting = self.remedies.acts.values().filter_map(|id| self.remedies.runs.get(id)?.step());
        let is_of = |step: &Step| matches!(step, Step::Reinstall { sa: of, .. } if of == sa);
        let lately = self.remedies.reinstalled.get(sa).is_some_and(|since| self.facts.now.since(*since) < ECHO);
        lately || acting.into_iter().any(is_of)
    }

    /// It was put back just now: what the kernel says of its offload is the answer to us.
    pub(in crate::engine) fn was_put_back_lately(&self, spi: Spi) -> bool {
        self.remedies.reinstalled.keys().any(|sa| sa.spi == spi && self.is_away_for_a_moment(sa))
    }
}

impl Facts {
    pub(super) fn reinstall_plan(&self, run: &Run) -> Plan {
        let (patience, proof) = (PATIENCE, words::REINSTALL_PROOF.to_owned());
        let Some((child, link)) = self.child_and_device(run) else { return Plan::default() };
        let mut steps = Vec::new();
        let mut sas = Vec::new();
        // What is lost of an inbound SA's packets is sent again; an outbound one's number has to be guarded.
        for direction in [Direction::In, Direction::Out] {
            let Some(slot) = child.claim(direction).sa else { continue };
            let (Some(row), Some(sa)) = (self.sad.get(slot), self.sad.id(slot)) else { continue };
            if row.offload.is_none() {
                let offload = Offload { ifindex: link.index, mode: OffloadMode::Crypto, direction };
                steps.push(Step::Reinstall { sa, direction, offload: Some(offload) });
                sas.push(sa);
            }
        }
        Plan { steps, sas, patience, proof }
    }

    fn child_and_device(&self, run: &Run) -> Option<(&Child, &Link)> {
        let child = self.newest_of(&run.target)?;
        let connection = self.claims.tunnel_at(child.tunnel)?.connection;
        let loaded = self.claims.connection_at(connection)?.loaded.as_deref()?;
        Some((child, self.links.of_connection(loaded)?))
    }

    pub(super) fn reinstall_seen(&self, run: &Run) -> Seen {
        let Some((child, link)) = self.child_and_device(run) else { return Seen::NotYet };
        let is_on = |direction| {
            let row = child.claim(direction).sa.and_then(|slot| self.sad.get(slot));
            row.and_then(|row| row.offload).is_some_and(|offload| offload.ifindex == link.index)
        };
        let both = (run.refused.is_some() || is_on(Direction::In)) && is_on(Direction::Out);
        match (both, run.holds) {
            (true, None) => Seen::Looks(self.now + STAYS, words::on_the_nic(&link.name)),
            (true, Some(since)) if self.now.since(since) >= STAYS => Seen::Helped(words::stayed_on_the_nic(&link.name)),
            (false, Some(_)) => Seen::Failed(words::away_again()),
            _ => Seen::NotYet,
        }
    }

    fn connection_of_target(&self, target: &RemedyTarget) -> Option<Slot<Connection>> {
        self.connection_named(target.connection()?)
    }
}
