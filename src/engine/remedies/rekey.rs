//! Rekey through the daemon: the first choice wherever a new pair is the cure. It is seen by its new SPIs in the kernel, not by what a
//! command ended with.

use std::collections::BTreeSet;
use std::time::Duration;

use super::words;
use super::{Course, Over, Plan, Progress, Ready, Run, Scene};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Child, Connection, Tunnel};
use crate::engine::facts::slab::Slot;
use crate::engine::facts::want::Want;
use crate::engine::remedies::guard::OrderedBy;
use crate::engine::remedies::remedy::RemedyRule;
use crate::model::RemedyKind;
use crate::model::{
    Code, Direction, Finding, LoadedConnection, OffloadMode, OffloadSetting, Question, Reason, RemedyTarget, Span, Step,
};

/// A daemon that makes a new pair at the first packet has this long to do so.
const SELF_HEALING: Duration = Duration::from_secs(5);

/// After it stands, a new pair has this long until what it carries is read.
const CARRIES_AFTER: Duration = Duration::from_secs(5);

/// Where the new pair is not what was wrong: a blackhole is over after three windows of 10 s without one.
const RIGHT_WITHIN: Duration = Duration::from_secs(60);

/// Both directions are read by then.
const ANSWERED_AFTER: Duration = Duration::from_secs(1);

/// See this file's head.
#[derive(Debug)]
pub(in crate::engine::remedies) struct Rekey;

impl RemedyRule for Rekey {
    fn kind(&self) -> RemedyKind {
        RemedyKind::Rekey
    }

    fn targets(&self, at: Scene<'_>, finding: &Finding) -> Vec<RemedyTarget> {
        let tunnels = match finding.code {
            Code::OffloadLost => at.facts.tunnels_lost_with(finding.subject.device.as_deref().unwrap_or_default()),
            Code::SaHalfOpen => {
                let connection = finding.subject.connection.clone();
                let target = |connection| RemedyTarget::Tunnel { connection, instance: None };
                return connection.map(target).into_iter().collect();
            }
            code => {
                let name = finding.subject.connection.as_deref().unwrap_or_default();
                let Some(connection) = at.facts.connection_named(name) else { return Vec::new() };
                match code {
                    Code::PolicyMismatch => at.findings.tunnels(code, connection),
                    Code::EspBlackhole => at.tunnels_dropped_by_nic(connection),
                    code => at.findings.faults().tunnels(code, connection),
                }
            }
        };
        tunnels.into_iter().filter_map(|tunnel| at.facts.target_of(tunnel)).collect()
    }

    fn not_needed(&self, at: Scene<'_>, run: &Run) -> Option<Over> {
        if run.by == OrderedBy::Hand {
            return None;
        }
        if run.by == OrderedBy::Unfinished {
            return at.facts.newest_of_stands(&run.target).then_some(Over::Healed);
        }
        let findings: Vec<_> = run.findings.iter().filter_map(|id| at.book.get(id)).collect();
        let half_open = findings.iter().any(|finding| finding.code == Code::SaHalfOpen);
        if !findings.is_empty() && !half_open && at.facts.newest_of(&run.target).is_none() {
            return Some(Over::TunnelGone);
        }
        let calls = |finding: &&Finding| self.targets(at, finding).contains(&run.target);
        (!findings.into_iter().any(|finding| calls(&finding))).then(|| at.facts.tunnel_is_over())
    }

    fn ready(&self, at: Scene<'_>, run: &Run) -> Ready {
        let first_try = run.began == run.wanted;
        let heals = at.facts.life.behaviour.heals_at_first_packet;
        if heals && run.by == OrderedBy::Finding && first_try && at.facts.now.since(run.wanted) < SELF_HEALING {
            return Ready::Wait(Some(run.wanted + SELF_HEALING), words::self_healing());
        }
        if !at.facts.life.is_alive() || at.facts.life.hung.is_some() {
            return Ready::Wait(None, words::daemon_away());
        }
        let RemedyTarget::Tunnel { connection: name, instance } = &run.target else {
            return Ready::Refuse(words::not_loaded());
        };
        let Some((slot, row)) =
            at.facts.connection_named(name).and_then(|slot| Some((slot, at.facts.claims.connection_at(slot)?)))
        else {
            return Ready::Refuse(words::not_loaded());
        };
        if row.negotiating.is_some() {
            return Ready::Wait(None, words::negotiates());
        }
        let Some(loaded) = row.loaded.as_deref() else { return Ready::Refuse(words::not_loaded()) };
        if let Some(away) = at.facts.end_is_away(loaded) {
            return Ready::Wait(None, away);
        }
        if let Some(harm) = at.would_be_refused(slot, loaded) {
            return Ready::Refuse(harm);
        }
        let Some(child) = at.facts.newest_of(&run.target) else {
            // There is nothing to rekey: it has to be brought up.
            let wanted = row.wanted || run.by == OrderedBy::Hand;
            return if wanted { Ready::Now } else { Ready::Refuse(words::nobody_wants_it()) };
        };
        if at.facts.life.is_ike_gone(child.ike) {
            return Ready::Wait(None, words::ike_gone());
        }
        let daemon = &at.facts.life;
        let is_alone = instance.as_deref().is_none_or(|instance| !daemon.dialect().is_of_caller(instance));
        if !is_alone && !daemon.behaviour.rekeys_single_instance {
            return Ready::Refuse(words::instance_not_alone(daemon.behaviour.release));
        }
        at.offload_can_be_had(run, name, loaded).map_or(Ready::Now, Ready::Refuse)
    }

    fn plan(&self, at: Scene<'_>, run: &Run) -> Plan {
        let (mut patience, mut proof) = (at.facts.larval_life(), words::REKEY_PROOF.to_owned());
        if at.is_right_later(run) {
            patience += RIGHT_WITHIN;
            proof = words::REKEY_RIGHT_PROOF.to_owned();
        }
        let child = at.facts.newest_of(&run.target);
        let mut steps = Vec::new();
        steps.extend(child.and_then(|child| at.probe_step(run, child)));
        steps.push(at.facts.rekey_step(&run.target, child));
        let sas = child.into_iter().flat_map(|child| [child.outbound.sa, child.inbound.sa]).flatten();
        Plan { steps, sas: sas.filter_map(|sa| at.facts.sad.id(sa)).collect(), patience, proof, ..Plan::default() }
    }

    fn seen(&self, course: &mut Course<'_>, run: &Run) -> Progress {
        let newer = |child: &&Child| run.before.is_none_or(|before| child.serial > before) && child.stands();
        let Some(child) = course.facts.newest_of(&run.target).filter(newer) else {
            if course.facts.log_proves_nothing() {
                // Only its table tells of the new pair then.
                course.wants.push(Want::Ask(Question::Table));
            }
            return Progress::NotYet;
        };
        let (serial, tunnel) = (child.serial.0, child.tunnel);
        let legs = [Direction::Out, Direction::In].map(|direction| child.claim(direction));
        let (spis, slots) = (legs.map(|leg| leg.spi.to_string()), legs.map(|leg| leg.sa));
        let Some(since) = run.holds else {
            let [out, inn] = &spis;
            return Progress::Looks(course.facts.now + CARRIES_AFTER, words::new_pair(serial, out, inn));
        };
        if course.facts.now.since(since) < CARRIES_AFTER {
            return Progress::NotYet;
        }
        if course.scene().is_about_offload(run) && course.scene().is_without_offload(tunnel) {
            return Progress::Failed(words::in_software_again());
        }
        if !run.asked {
            // The kernel tells no events of what an SA carries: it is asked.
            let ids: Vec<_> = slots.into_iter().flatten().filter_map(|slot| course.facts.sad.id(slot)).collect();
            for id in ids {
                course.wants.push(Want::Read(id));
            }
            course.mark_asked(run.id);
            course.look_later(run.id, since + CARRIES_AFTER + ANSWERED_AFTER);
            return Progress::NotYet;
        }
        if course.facts.now.since(since) < CARRIES_AFTER + ANSWERED_AFTER {
            return Progress::NotYet;
        }
        let still = |finding: &Finding| self.targets(course.scene(), finding).contains(&run.target);
        if course.scene().is_right_later(run) && course.scene().calling(run).any(still) {
            let until = since + RIGHT_WITHIN;
            if course.facts.now >= until {
                return Progress::Failed(words::still_wrong());
            }
            course.look_later(run.id, until);
            return Progress::NotYet;
        }
        let [sent, received] =
            slots.map(|slot| slot.and_then(|slot| course.facts.sad.meter(slot)).map_or(0, |meter| meter.packets));
        Progress::Helped(words::new_pair_carries(serial, (sent, received)))
    }
}

impl Scene<'_> {
    // --- on what

    /// What their outbound SAs in packet mode send is dropped by the NIC.
    fn tunnels_dropped_by_nic(&self, connection: Slot<Connection>) -> BTreeSet<Slot<Tunnel>> {
        let in_packet_mode = |tunnel: &Slot<Tunnel>| {
            let sa = self.facts.claims.newest_child(*tunnel).and_then(|child| self.facts.sad.get(child.outbound.sa?));
            sa.and_then(|sa| sa.offload).is_some_and(|offload| offload.mode == OffloadMode::Packet)
        };
        let is_so = |tunnel: &Slot<Tunnel>| {
            let fault = self.findings.faults().of_tunnel(Code::EspBlackhole, *tunnel);
            fault.is_some_and(|fault| fault.reason == Reason::NicDrop && fault.span == Span::Out)
        };
        let tunnels = self.findings.faults().tunnels(Code::EspBlackhole, connection);
        tunnels.into_iter().filter(in_packet_mode).filter(is_so).collect()
    }

    // --- when

    /// Where a refusal of one SA ends the whole IKE SA, a rekey must not be the way to it.
    fn would_be_refused(&self, connection: Slot<Connection>, loaded: &LoadedConnection) -> Option<String> {
        let daemon = &self.facts.life.behaviour;
        if daemon.refusal_ends_ike_sa == Some(false) {
            return None;
        }
        if self.was_refused(connection) {
            return Some(words::refused_before(daemon.release));
        }
        let device = self.facts.links.of_connection(loaded)?;
        let wants_it = self.facts.expected(connection).0.is_some();
        (wants_it && self.is_full_device(device.index)).then(|| words::device_full(daemon.release, &device.name))
    }

    /// For an SA that should be on the NIC: nothing that is known speaks against it. Whether the device takes it now, a probe shows.
    fn offload_can_be_had(&self, run: &Run, name: &str, loaded: &LoadedConnection) -> Option<String> {
        if !self.is_about_offload(run) {
            return None;
        }
        if loaded.offload == Some(OffloadSetting::No) {
            return Some(words::told_not_to(&self.facts.life.behaviour, name));
        }
        match self.facts.links.of_connection(loaded) {
            None => Some(words::no_device()),
            Some(link) if link.esp_hw_offload != Some(true) => Some(words::feature_off(&link.name)),
            Some(_) => None,
        }
    }

    fn is_about_offload(&self, run: &Run) -> bool {
        let is_about = |finding: &Finding| match finding.code {
            Code::SaNotOffloaded | Code::OffloadDowngraded => true,
            // One of both has to go to the NIC.
            Code::PolicyMismatch => matches!(finding.reason, Reason::SaNotOffloaded | Reason::PolicyNotOffloaded),
            _ => false,
        };
        self.calling(run).any(is_about)
    }

    fn calling<'a>(&'a self, run: &'a Run) -> impl Iterator<Item = &'a Finding> {
        run.findings.iter().filter_map(|id| self.book.get(id))
    }

    /// What it is for is seen to be right some time after the new pair, and not by that pair alone.
    fn is_right_later(&self, run: &Run) -> bool {
        self.calling(run).any(|finding| matches!(finding.code, Code::PolicyMismatch | Code::EspBlackhole))
    }

    // --- how

    fn probe_step(&self, run: &Run, child: &Child) -> Option<Step> {
        if !self.is_about_offload(run) {
            return None;
        }
        let connection = self.facts.claims.tunnel_at(child.tunnel)?.connection;
        let loaded = self.facts.claims.connection_at(connection)?.loaded.as_deref()?;
        let ifindex = self.facts.links.of_connection(loaded)?.index;
        let mode = match self.facts.expected(connection).0 {
            crate::engine::facts::expect::Expected::Packet => OffloadMode::Packet,
            _ => OffloadMode::Crypto,
        };
        let sa = self.facts.sad.id(child.outbound.sa.or(child.inbound.sa)?)?;
        Some(Step::Probe { sa, ifindex, mode })
    }

    fn is_without_offload(&self, tunnel: Slot<Tunnel>) -> bool {
        let Some(row) = self.facts.claims.tunnel_at(tunnel) else { return false };
        [Code::SaNotOffloaded, Code::OffloadDowngraded]
            .into_iter()
            .any(|code| self.findings.faults().tunnels(code, row.connection).contains(&tunnel))
    }
}

impl Facts {
    /// Nothing calls for it any more: the death of a daemon takes the place of what was wrong with its tunnels.
    pub(super) fn tunnel_is_over(&self) -> Over {
        let is_dead = self.life.death.as_ref().is_some_and(|death| death.back.is_none());
        if is_dead { Over::DaemonIsGone } else { Over::Healed }
    }

    /// Its own end of the connection is not there.
    pub(super) fn end_is_away(&self, loaded: &LoadedConnection) -> Option<String> {
        let address = loaded.local?;
        match self.links.holding(address) {
            None => Some(words::address_away(address)),
            Some(link) if !link.up || !link.carrier => Some(words::link_down(&link.name)),
            Some(_) => None,
        }
    }

    pub(super) fn rekey_by_hand(&self, target: &RemedyTarget, finding: &Finding) -> String {
        match finding.code {
            Code::SaHalfOpen => self.initiate_command(&self.daemon_name(target)),
            _ => self.pair_command(target),
        }
    }
}
