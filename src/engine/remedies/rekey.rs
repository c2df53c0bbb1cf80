//! Rekey through the daemon: the first choice wherever a new pair is the cure. It is seen by its new SPIs in the kernel, not by what a
//! command ended with.

use std::collections::BTreeSet;
use std::time::Duration;

use super::words;
use super::{Engine, Over, Plan, Ready, Run, Seen};
use crate::engine::commands;
use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Child, Connection, Tunnel};
use crate::engine::facts::slab::Slot;
use crate::engine::guard::By;
use crate::model::{
    Code, Direction, Effect, Finding, LoadedConnection, OffloadMode, OffloadSetting, Question, Reason, RemedyTarget,
    Serial, Span, Step,
};

/// pluto makes a new pair at the first packet: it has this long to do so.
const SELF_HEALING: Duration = Duration::from_secs(5);

/// After it stands, a new pair has this long until what it carries is read.
const CARRIES_AFTER: Duration = Duration::from_secs(5);

/// Where the new pair is not what was wrong: a blackhole is over after three windows of 10 s without one.
const RIGHT_WITHIN: Duration = Duration::from_secs(60);

/// Both directions are read by then.
const ANSWERED_AFTER: Duration = Duration::from_secs(1);

impl Engine {
    // --- on what

    pub(super) fn rekey_targets(&self, finding: &Finding) -> Vec<RemedyTarget> {
        let tunnels = match finding.code {
            Code::OffloadLost => self.facts.tunnels_lost_with(finding.subject.device.as_deref().unwrap_or_default()),
            Code::SaHalfOpen => {
                let connection = finding.subject.connection.clone();
                let target = |connection| RemedyTarget::Tunnel { connection, instance: None };
                return connection.map(target).into_iter().collect();
            }
            code => {
                let name = finding.subject.connection.as_deref().unwrap_or_default();
                let Some(connection) = self.facts.connection_named(name) else { return Vec::new() };
                match code {
                    Code::PolicyMismatch => self.tunnels_with_wrong_policies(connection),
                    Code::EspBlackhole => self.tunnels_dropped_by_nic(connection),
                    code => self.findings.faults().tunnels(code, connection),
                }
            }
        };
        tunnels.into_iter().filter_map(|tunnel| self.facts.target_of(tunnel)).collect()
    }

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

    pub(super) fn rekey_not_needed(&self, run: &Run) -> Option<Over> {
        if run.by == By::Hand {
            return None;
        }
        if run.by == By::Unfinished {
            return self.facts.newest_of_stands(&run.target).then_some(Over::Healed);
        }
        let findings: Vec<_> = run.findings.iter().filter_map(|id| self.book.get(id)).collect();
        let half_open = findings.iter().any(|finding| finding.code == Code::SaHalfOpen);
        if !findings.is_empty() && !half_open && self.facts.newest_of(&run.target).is_none() {
            return Some(Over::TunnelGone);
        }
        let calls = |finding: &&Finding| self.rekey_targets(finding).contains(&run.target);
        (!findings.into_iter().any(|finding| calls(&finding))).then(|| self.facts.tunnel_is_over())
    }

    pub(super) fn rekey_ready(&self, run: &Run) -> Ready {
        let first_try = run.began == run.wanted;
        if run.by == By::Finding && first_try && self.facts.now.since(run.wanted) < SELF_HEALING {
            return Ready::Wait(Some(run.wanted + SELF_HEALING), words::self_healing());
        }
        if !self.facts.life.is_alive() || self.facts.life.hung.is_some() {
            return Ready::Wait(None, words::daemon_away());
        }
        let RemedyTarget::Tunnel { connection: name, instance } = &run.target else {
            return Ready::Refuse(words::not_loaded());
        };
        let Some((slot, row)) =
            self.facts.connection_named(name).and_then(|slot| Some((slot, self.facts.claims.connection_at(slot)?)))
        else {
            return Ready::Refuse(words::not_loaded());
        };
        if row.negotiating.is_some() {
            return Ready::Wait(None, words::negotiates());
        }
        let Some(loaded) = row.loaded.as_deref() else { return Ready::Refuse(words::not_loaded()) };
        if let Some(away) = self.facts.end_is_away(loaded) {
            return Ready::Wait(None, away);
        }
        if let Some(harm) = self.would_be_refused(slot, loaded) {
            return Ready::Refuse(harm);
        }
        let Some(child) = self.facts.newest_of(&run.target) else {
            // There is nothing to rekey: it has to be brought up.
            let wanted = row.wanted || run.by == By::Hand;
            return if wanted { Ready::Now } else { Ready::Refuse(words::nobody_wants_it()) };
        };
        if self.facts.life.is_ike_gone(child.ike) {
            return Ready::Wait(None, words::ike_gone());
        }
        let is_5 = self.facts.life.major_version().is_some_and(|major| major >= 5);
        if is_5 && instance.as_deref().is_some_and(|instance| instance.contains('[')) {
            return Ready::Refuse(words::instance_of_5());
        }
        self.offload_can_be_had(run, name, loaded).map_or(Ready::Now, Ready::Refuse)
    }

    /// 4.x gives up the whole IKE SA when the kernel refuses one SA; a rekey must not be the way to such a refusal.
    fn would_be_refused(&self, connection: Slot<Connection>, loaded: &LoadedConnection) -> Option<String> {
        if self.facts.life.major_version().is_some_and(|major| major >= 5) {
            return None;
        }
        if self.was_refused(connection) {
            return Some(words::refused_before());
        }
        let device = self.facts.links.of_connection(loaded)?;
        let wants_it = self.facts.expected(connection).0.is_some();
        (wants_it && self.is_full_device(device.index)).then(|| words::device_full(&device.name))
    }

    /// For an SA that should be on the NIC: nothing that is known speaks against it. Whether the device takes it now, a probe shows.
    fn offload_can_be_had(&self, run: &Run, name: &str, loaded: &LoadedConnection) -> Option<String> {
        if !self.is_about_offload(run) {
            return None;
        }
        if loaded.offload == Some(OffloadSetting::No) {
            return Some(words::told_not_to(name));
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

    pub(super) fn rekey_plan(&self, run: &Run) -> Plan {
        let (mut patience, mut proof) = (self.facts.larval_life(), words::REKEY_PROOF.to_owned());
        if self.is_right_later(run) {
            patience += RIGHT_WITHIN;
            proof = words::REKEY_RIGHT_PROOF.to_owned();
        }
        let child = self.facts.newest_of(&run.target);
        let mut steps = Vec::new();
        steps.extend(child.and_then(|child| self.probe_step(run, child)));
        steps.push(self.facts.rekey_step(&run.target, child));
        let sas = child.into_iter().flat_map(|child| [child.outbound.sa, child.inbound.sa]).flatten();
        Plan { steps, sas: sas.filter_map(|sa| self.facts.sad.id(sa)).collect(), patience, proof }
    }

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

    // --- whether it helped

    pub(super) fn rekey_seen(&mut self, run: &Run, out: &mut Vec<Effect>) -> Seen {
        let newer = |child: &&Child| run.before.is_none_or(|before| child.serial > before) && child.stands();
        let Some(child) = self.facts.newest_of(&run.target).filter(newer) else {
            if self.facts.log_is_absent() {
                // Only its table tells of the new pair then.
                self.facts.want_daemon(Question::Table);
            }
            return Seen::NotYet;
        };
        let (serial, tunnel) = (child.serial.0, child.tunnel);
        let legs = [Direction::Out, Direction::In].map(|direction| child.claim(direction));
        let (spis, slots) = (legs.map(|leg| leg.spi.to_string()), legs.map(|leg| leg.sa));
        let Some(since) = run.holds else {
            let [out, inn] = &spis;
            return Seen::Looks(self.facts.now + CARRIES_AFTER, words::new_pair(serial, out, inn));
        };
        if self.facts.now.since(since) < CARRIES_AFTER {
            return Seen::NotYet;
        }
        if self.is_about_offload(run) && self.is_without_offload(tunnel) {
            return Seen::Failed(words::in_software_again());
        }
        if !run.asked {
            // The kernel tells no events of what an SA carries: it is asked.
            let ids: Vec<_> = slots.into_iter().flatten().filter_map(|slot| self.facts.sad.id(slot)).collect();
            for id in ids {
                self.facts.read_sa(id, out);
            }
            self.mark_asked(run.id);
            self.facts.look_later(run.id, since + CARRIES_AFTER + ANSWERED_AFTER);
            return Seen::NotYet;
        }
        if self.facts.now.since(since) < CARRIES_AFTER + ANSWERED_AFTER {
            return Seen::NotYet;
        }
        let still = |finding: &Finding| self.rekey_targets(finding).contains(&run.target);
        if self.is_right_later(run) && self.calling(run).any(still) {
            let until = since + RIGHT_WITHIN;
            if self.facts.now >= until {
                return Seen::Failed(words::still_wrong());
            }
            self.facts.look_later(run.id, until);
            return Seen::NotYet;
        }
        let [sent, received] =
            slots.map(|slot| slot.and_then(|slot| self.facts.sad.meter(slot)).map_or(0, |meter| meter.packets));
        Seen::Helped(words::new_pair_carries(serial, (sent, received)))
    }

    fn is_without_offload(&self, tunnel: Slot<Tunnel>) -> bool {
        let Some(row) = self.facts.claims.tunnel_at(tunnel) else { return false };
        [Code::SaNotOffloaded, Code::OffloadDowngraded]
            .into_iter()
            .any(|code| self.findings.faults().tunnels(code, row.connection).contains(&tunnel))
    }
}

impl Facts {
    pub(in crate::engine) fn connection_named(&self, name: &str) -> Option<Slot<Connection>> {
        self.claims.find_connection(self.names.find(name)?)
    }

    /// The tunnel that is meant, where the daemon still has it.
    pub(super) fn tunnel_of(&self, target: &RemedyTarget) -> Option<Slot<Tunnel>> {
        let RemedyTarget::Tunnel { connection, instance } = target else { return None };
        let connection = self.connection_named(connection)?;
        let instance = match instance {
            Some(instance) => Some(self.names.find(instance)?),
            None => None,
        };
        self.claims.find_tunnel(connection, instance)
    }

    pub(super) fn newest_of(&self, target: &RemedyTarget) -> Option<&Child> {
        self.claims.newest_child(self.tunnel_of(target)?)
    }

    pub(super) fn newest_serial(&self, target: &RemedyTarget) -> Option<Serial> {
        self.newest_of(target).map(|child| child.serial)
    }

    pub(super) fn newest_of_stands(&self, target: &RemedyTarget) -> bool {
        self.newest_of(target).is_some_and(Child::stands)
    }

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

    fn rekey_step(&self, target: &RemedyTarget, child: Option<&Child>) -> Step {
        let connection = daemon_name(target);
        match child {
            None => Step::Initiate { connection },
            // By the name all instances are meant.
            Some(child) => {
                let is_instance =
                    matches!(target, RemedyTarget::Tunnel { instance: Some(instance), .. } if instance.contains('['));
                Step::Rekey { connection, state: is_instance.then_some(child.serial) }
            }
        }
    }

    pub(super) fn rekey_by_hand(&self, target: &RemedyTarget, finding: &Finding) -> String {
        match finding.code {
            Code::SaHalfOpen => commands::initiate(&daemon_name(target)),
            _ => self.pair_command(target),
        }
    }

    /// What gives it a new pair.
    pub(in crate::engine) fn pair_command(&self, target: &RemedyTarget) -> String {
        match self.rekey_step(target, self.newest_of(target)) {
            Step::Rekey { connection, state } => {
                self.rekey_command_for(&state.map_or(connection, |state| state.0.to_string()))
            }
            _ => commands::initiate(&daemon_name(target)),
        }
    }
}

/// As the daemon knows it: an alias has its number in its name, an instance is not in it.
fn daemon_name(target: &RemedyTarget) -> String {
    match target {
        RemedyTarget::Tunnel { connection, instance: Some(instance) } if instance.starts_with('/') => {
            let alias = instance.split('[').next().unwrap_or_default();
            format!("{connection}{alias}")
        }
        RemedyTarget::Tunnel { connection, .. } => connection.clone(),
        RemedyTarget::Daemon | RemedyTarget::Host => String::new(),
    }
}
