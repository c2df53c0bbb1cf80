//! Reinstall: software SAs that should be on the NIC are taken out of the kernel and put back there, the inbound one first. A rekey is the
//! better cure wherever it may be done; this one needs no negotiation, and no consent of the peer.

use std::time::Duration;

use super::rekey::Rekey;
use super::{Course, Over, Plan, Progress, Ready, Run, Scene, words};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Child, Connection};
use crate::engine::facts::expect::Expected;
use crate::engine::facts::reinstalls::ECHO;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::want::Want;
use crate::engine::remedies::guard::OrderedBy;
use crate::engine::remedies::remedy::RemedyRule;
use crate::model::{
    Direction, Finding, Link, Offload, OffloadMode, Outcome, RemedyKind, RemedyTarget, Step, StepResult,
};
use crate::reasons::{Device, hazard};

/// How long they have to stay where they were put.
const STAYS: Duration = Duration::from_secs(5);

/// The kernel shows it at once; this is for one that is asked again.
const PATIENCE: Duration = Duration::from_secs(15);

/// See this file's head.
#[derive(Debug)]
pub(in crate::engine::remedies) struct Reinstall;

impl RemedyRule for Reinstall {
    fn kind(&self) -> RemedyKind {
        RemedyKind::Reinstall
    }

    fn targets(&self, at: Scene<'_>, finding: &Finding) -> Vec<RemedyTarget> {
        Rekey.targets(at, finding)
    }

    fn not_needed(&self, at: Scene<'_>, run: &Run) -> Option<Over> {
        if run.by == OrderedBy::Hand && run.findings.is_empty() {
            return None;
        }
        if at.facts.newest_of(&run.target).is_none() {
            return Some(Over::TunnelGone);
        }
        let mut findings = run.findings.iter().filter_map(|id| at.book.get(id));
        (!findings.any(|finding| self.targets(at, finding).contains(&run.target))).then(|| at.facts.tunnel_is_over())
    }

    fn ready(&self, at: Scene<'_>, run: &Run) -> Ready {
        if !at.facts.life.is_alive() || at.facts.life.hung.is_some() {
            return Ready::Wait(None, words::daemon_away());
        }
        let Some((slot, row)) = run
            .target
            .connection()
            .and_then(|name| at.facts.connection_named(name))
            .and_then(|slot| Some((slot, at.facts.claims.connection_at(slot)?)))
        else {
            return Ready::Refuse(words::not_loaded());
        };
        if row.negotiating.is_some() {
            return Ready::Wait(None, words::negotiates());
        }
        let Some(loaded) = row.loaded.as_deref() else { return Ready::Wait(None, words::not_loaded()) };
        if let Some(away) = at.facts.end_is_away(loaded) {
            return Ready::Wait(None, away);
        }
        let Some(child) = at.facts.newest_of(&run.target).filter(|child| child.stands()) else {
            return Ready::Wait(None, words::half_there());
        };
        // Whoever dies in between leaves an SA that is out: then the daemon has to be able to make another.
        if at.facts.life.is_ike_gone(child.ike) {
            return Ready::Wait(None, words::ike_gone());
        }
        match at.facts.expected(slot) {
            (_, true) => return Ready::Refuse(words::reinstall_required()),
            (Expected::Packet, _) => return Ready::Refuse(words::reinstall_packet()),
            _ => {}
        }
        match at.facts.links.of_connection(loaded) {
            None => Ready::Refuse(words::no_device()),
            Some(link) => at.may_have_it(link).map_or(Ready::Now, Ready::Refuse),
        }
    }

    fn plan(&self, at: Scene<'_>, run: &Run) -> Plan {
        let (patience, proof) = (PATIENCE, words::REINSTALL_PROOF.to_owned());
        let Some((child, link)) = at.facts.child_and_device(run) else { return Plan::default() };
        let mut steps = Vec::new();
        let mut sas = Vec::new();
        // What is lost of an inbound SA's packets is sent again; an outbound one's number has to be guarded.
        for direction in [Direction::In, Direction::Out] {
            let Some(slot) = child.claim(direction).sa else { continue };
            let (Some(row), Some(sa)) = (at.facts.sad.get(slot), at.facts.sad.id(slot)) else { continue };
            if row.offload.is_none() {
                let offload = Offload { ifindex: link.index, mode: OffloadMode::Crypto, direction };
                steps.push(Step::Reinstall { sa, direction, offload: Some(offload) });
                sas.push(sa);
            }
        }
        Plan { steps, sas, patience, proof, ..Plan::default() }
    }

    fn seen(&self, course: &mut Course<'_>, run: &Run) -> Progress {
        let Some((child, link)) = course.facts.child_and_device(run) else { return Progress::NotYet };
        let is_on = |direction| {
            let row = child.claim(direction).sa.and_then(|slot| course.facts.sad.get(slot));
            row.and_then(|row| row.offload).is_some_and(|offload| offload.ifindex == link.index)
        };
        let both = (run.refused.is_some() || is_on(Direction::In)) && is_on(Direction::Out);
        match (both, run.holds) {
            (true, None) => Progress::Looks(course.facts.now + STAYS, words::on_the_nic(&link.name)),
            (true, Some(since)) if course.facts.now.since(since) >= STAYS => {
                Progress::Helped(words::stayed_on_the_nic(&link.name))
            }
            (false, Some(_)) => Progress::Failed(words::away_again()),
            _ => Progress::NotYet,
        }
    }
}

impl Course<'_> {
    // --- while it is done

    pub(super) fn reinstall_begins(&mut self, step: &Step) {
        if let Step::Reinstall { sa, .. } | Step::Evacuate { sa, .. } = step {
            self.wants.push(Want::ReinstallBegins(*sa));
        }
    }

    /// What was lost is ours to replace, whatever may act: the daemon has to rekey.
    pub(super) fn reinstall_ended(&mut self, run: &Run, outcome: &Outcome) {
        let (Step::Reinstall { sa, .. } | Step::Evacuate { sa, .. }) = &outcome.step else { return };
        self.wants.push(Want::ReinstallEnded(*sa));
        // Of a device it is one of many; the kernel may have told already that it is out.
        let target = match run.kind {
            RemedyKind::Evacuate => run.plan.of.get(sa).cloned(),
            _ => Some(run.target.clone()),
        };
        let Some(target) = target else {
            if let StepResult::Lost(_) = outcome.result {
                self.wants.push(Want::ReinstallLost(*sa));
            }
            return;
        };
        if run.target != target {
            self.tell_remedy_story(&target, format!("{}: {}", outcome.step, outcome.result));
        }
        if let Some(tunnel) = self.facts.tunnel_of(&target) {
            self.wants.push(Want::TunnelAt(self.facts.now + ECHO, tunnel));
        }
        if let StepResult::Lost(_) = outcome.result {
            self.wants.push(Want::ReinstallLost(*sa));
            let rekeyed = self.remedies.run_on(RemedyKind::Rekey, &target).is_some();
            if !rekeyed {
                self.new_run(RemedyKind::Rekey, target.clone(), OrderedBy::Unfinished, None);
            }
        }
        if let Some(connection) = self.facts.connection_of_target(&target) {
            self.wants.push(Want::Connection(connection));
        }
    }
}

impl Scene<'_> {
    /// Nothing that is known speaks against SAs on this device. Whether it takes them now is asked of it just before.
    fn may_have_it(&self, link: &Link) -> Option<String> {
        let driver = link.driver.as_deref();
        let (kind, esp_hw_offload) = (link.kind.as_deref(), link.esp_hw_offload);
        let device = Device { name: &link.name, driver, kind, esp_hw_offload };
        if let Some(entry) = hazard(&device, &self.facts.started.abilities) {
            return Some(words::reinstall_unsafe(&link.name, entry.means));
        }
        if esp_hw_offload != Some(true) {
            return Some(words::reinstall_feature_off(&link.name));
        }
        self.is_full_device(link.index).then(|| words::reinstall_full(&link.name))
    }
}

impl Facts {
    fn child_and_device(&self, run: &Run) -> Option<(&Child, &Link)> {
        let child = self.newest_of(&run.target)?;
        let connection = self.claims.tunnel_at(child.tunnel)?.connection;
        let loaded = self.claims.connection_at(connection)?.loaded.as_deref()?;
        Some((child, self.links.of_connection(loaded)?))
    }

    fn connection_of_target(&self, target: &RemedyTarget) -> Option<Slot<Connection>> {
        self.connection_named(target.connection()?)
    }
}
