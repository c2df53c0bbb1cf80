//! Restart: a daemon that died is started again where nobody else does it, and its tunnels are seen back.
//!
//! There is one authority for restarts. Where systemd runs the daemon, systemd is asked, and only where its own setting leaves the unit lie
//! after such an end; what it does itself, what an operator stopped, and what it gave up is left to them.

mod hung;
mod words;

pub(super) use self::hung::RestartHung;

use std::collections::BTreeSet;
use std::time::Duration;

use super::words::{daemon_away, negotiates, not_loaded};
use super::{Course, Over, Plan, Progress, Ready, Run, Scene};
use crate::engine::facts::Facts;
use crate::engine::facts::life::UNIT_SETTLES;
use crate::engine::facts::recovery::COMES_BY_ITSELF;
use crate::engine::facts::standing::TunnelPlace;
use crate::engine::findings::HOST;
use crate::engine::remedies::guard::OrderedBy;
use crate::engine::remedies::remedy::RemedyRule;
use crate::model::RemedyKind;
use crate::model::{Code, Daemon, Effect, Finding, RemedyTarget, Step, UnitLook};

/// A start by hand forks: the successor of a process that ended comes within this time.
const SUCCESSOR: Duration = Duration::from_secs(3);

/// From the end of a restart's step to the daemon's first answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(60);

/// From the order to the pair.
const STANDS_WITHIN: Duration = Duration::from_secs(45);

/// See this file's head.
#[derive(Debug)]
pub(in crate::engine::remedies) struct Restart;

impl RemedyRule for Restart {
    fn kind(&self) -> RemedyKind {
        RemedyKind::Restart
    }

    fn targets(&self, at: Scene<'_>, finding: &Finding) -> Vec<RemedyTarget> {
        let tunnel = |connection: String| RemedyTarget::Tunnel { connection, instance: None };
        if finding.code == Code::TunnelNotRestored {
            return finding.subject.connection.clone().map(tunnel).into_iter().collect();
        }
        if at.facts.life.daemon.is_some() {
            let names: BTreeSet<_> =
                at.facts.not_back_yet().into_iter().map(|place| at.facts.connection_text(place.0)).collect();
            return names.into_iter().map(tunnel).collect();
        }
        vec![RemedyTarget::Daemon]
    }

    fn not_needed(&self, at: Scene<'_>, run: &Run) -> Option<Over> {
        if run.by == OrderedBy::Hand {
            return None;
        }
        match &run.target {
            RemedyTarget::Tunnel { connection, .. } => {
                let slot = at.facts.connection_named(connection)?;
                let wanted = |place: &&TunnelPlace| place.0 == slot;
                // Its finding may be over because another one took its place.
                let missing = at.facts.not_back_yet().iter().any(|place| wanted(&place))
                    || at.book.is_open(Code::TunnelNotRestored, connection);
                (!missing && at.facts.life.daemon.is_some()).then_some(Over::Healed)
            }
            _ => at.facts.life.daemon.is_some().then_some(Over::DaemonIsBack),
        }
    }

    fn ready(&self, at: Scene<'_>, run: &Run) -> Ready {
        match &run.target {
            RemedyTarget::Tunnel { connection, .. } => at.facts.bring_up_ready(connection),
            _ if at.facts.life.is_by_socket() || at.facts.was_by_socket() => Ready::Refuse(words::by_socket()),
            _ if at.facts.life.daemon.is_some() => match at.facts.living_unit() {
                Some(_) => Ready::Now,
                None => Ready::Refuse(words::no_unit()),
            },
            _ => at.facts.start_ready(run),
        }
    }

    fn plan(&self, at: Scene<'_>, run: &Run) -> Plan {
        if let RemedyTarget::Tunnel { connection, .. } = &run.target {
            let steps = vec![at.facts.bring_up_step(&run.target, connection)];
            return Plan { steps, patience: STANDS_WITHIN, proof: words::pair_stands(), ..Plan::default() };
        }
        let unit = at.facts.living_unit().or_else(|| at.facts.dead_unit());
        let step = match unit {
            Some(unit) => Step::RestartUnit {
                unit: unit.to_owned(),
                main_pid: at.facts.life.unit.as_ref().filter(|look| look.unit == *unit).and_then(|look| look.main_pid),
            },
            None => Step::RestartCommand,
        };
        Plan { steps: vec![step], patience: ANSWERS_WITHIN, proof: words::daemon_answers(), ..Plan::default() }
    }

    fn seen(&self, course: &mut Course<'_>, run: &Run) -> Progress {
        match &run.target {
            RemedyTarget::Tunnel { connection, .. } => {
                let stands =
                    course.facts.connection_named(connection).is_some_and(|slot| course.facts.connection_stands(slot));
                if stands { Progress::Helped(words::pair_stands()) } else { Progress::NotYet }
            }
            _ => {
                let is_old = |pid: u32| run.plan.steps.iter().any(|step| replaces(step, pid));
                let new = course.facts.life.daemon.as_ref().and_then(Daemon::pid).is_some_and(|pid| !is_old(pid));
                if new && course.facts.life.answered.is_some() {
                    Progress::Helped(words::daemon_answers())
                } else {
                    Progress::NotYet
                }
            }
        }
    }
}

impl Course<'_> {
    /// The daemon has been back for a while: what is not there is brought up.
    pub fn bring_up_due(&mut self, out: &mut Vec<Effect>) {
        self.finding_calls(&crate::engine::findings::book::id(Code::DaemonCrashed, HOST), out);
    }
}

impl Scene<'_> {
    // --- when
}

impl Facts {
    // --- on what

    /// Permanent tunnels that were up before the death, and have had their time.
    fn not_back_yet(&self) -> Vec<TunnelPlace> {
        let Some(death) = self.life.death.as_ref().filter(|death| death.is_crash()) else { return Vec::new() };
        if death.back.is_none_or(|back| self.now.since(back) < COMES_BY_ITSELF) {
            return Vec::new();
        }
        death.before.permanent.iter().copied().filter(|place| !self.place_stands(*place)).collect()
    }

    /// The unit that ran the dead daemon.
    fn dead_unit(&self) -> Option<&str> {
        self.life.death.as_ref()?.unit.as_deref()
    }

    /// The daemon that is gone was none of this host's.
    fn was_by_socket(&self) -> bool {
        self.life.daemon.is_none() && self.life.death.as_ref().is_some_and(|death| death.who.is_listener())
    }

    /// Where an order to bring up is refused beside what the daemon still has, that is rekeyed.
    fn bring_up_step(&self, target: &RemedyTarget, connection: &str) -> Step {
        match self.newest_of(target).filter(|_| !self.life.behaviour.initiate_heals) {
            Some(child) => self.rekey_step(target, Some(child)),
            None => Step::Initiate { connection: connection.to_owned() },
        }
    }

    fn bring_up_ready(&self, name: &str) -> Ready {
        if !self.life.is_alive() || self.life.hung.is_some() {
            return Ready::Wait(None, daemon_away());
        }
        let Some(row) = self.connection_named(name).and_then(|slot| self.claims.connection_at(slot)) else {
            return Ready::Refuse(not_loaded());
        };
        if row.negotiating.is_some() {
            return Ready::Wait(None, negotiates());
        }
        match &row.loaded {
            // It was not asked since it is back.
            None if self.life.answered.is_none() => Ready::Wait(None, words::not_asked_yet()),
            None => Ready::Refuse(not_loaded()),
            Some(loaded) if loaded.template || loaded.remote.is_none() => Ready::Refuse(words::peer_calls()),
            Some(_) => Ready::Now,
        }
    }

    fn start_ready(&self, run: &Run) -> Ready {
        let Some(death) = &self.life.death else { return Ready::Wait(None, words::death_unnamed()) };
        match death.is_named() {
            false => return Ready::Wait(None, words::death_unnamed()),
            true if !death.is_crash() => return Ready::Refuse(words::stopped_in_order()),
            true => {}
        }
        if self.crashes.is_loop() {
            return Ready::Refuse(words::crash_loop());
        }
        match &death.unit {
            Some(name) => match self.life.unit.as_ref().filter(|look| look.unit == *name) {
                Some(look) => self.unit_ready(look),
                None => Ready::Wait(None, words::unit_unknown(name)),
            },
            None if !self.started.settings.restart_command && run.by != OrderedBy::Hand => {
                Ready::Refuse(words::no_command())
            }
            None if self.now.since(death.at) < SUCCESSOR => Ready::Wait(Some(death.at + SUCCESSOR), words::successor()),
            None => Ready::Now,
        }
    }

    /// Whether systemd leaves it to us.
    fn unit_ready(&self, look: &UnitLook) -> Ready {
        if look.masked {
            return Ready::Refuse(words::masked(&look.unit));
        }
        match look.active.as_str() {
            "failed" => {}
            "inactive" => return Ready::Refuse(words::unit_stopped(&look.unit)),
            _ => return Ready::Wait(None, words::systemd_acts(&look.unit, &look.sub)),
        }
        if look.result == "success" {
            return Ready::Refuse(words::unit_stopped(&look.unit));
        }
        let settled = self.life.unit_since + UNIT_SETTLES;
        if self.now < settled {
            return Ready::Wait(Some(settled), words::systemd_acts(&look.unit, &look.sub));
        }
        if look.result == "start-limit-hit" || look.restarts_after_this() {
            return Ready::Refuse(words::systemd_gave_up(&look.unit));
        }
        Ready::Now
    }

    /// The unit that runs the daemon.
    pub(super) fn living_unit(&self) -> Option<&str> {
        self.life.daemon.as_ref()?.unit.as_deref()
    }

    // --- what, and whether it helped
}

/// It was to end this process.
fn replaces(step: &Step, pid: u32) -> bool {
    matches!(step, Step::RestartUnit { main_pid, .. } if *main_pid == Some(pid))
}
