//! Whether a daemon should be there that is not: its unit, the configuration or the history say so; a stop by order holds until the next
//! boot.

use std::time::Duration;

use crate::engine::facts::Facts;
use crate::engine::facts::absence::{AbsenceDue, AbsenceVerdict};
use crate::engine::facts::death::OpenDeath;
use crate::model::{Boottime, DaemonDue, DaemonSeen, DaemonWish, DueState, OtherDaemon, RealTime, Reason, UnitLook};

/// A daemon that is due has this long to come: whoever starts it may begin after swanwatch.
const PATIENCE: Duration = Duration::from_secs(60);

/// The service manager may start a failed unit again at once, and calls one that it gave up by its name a moment later.
const FAILED_PATIENCE: Duration = Duration::from_secs(5);

/// A start that takes longer is none (systemd's own limit is 90 s; a unit that waits for the network waits for two minutes).
const START_PATIENCE: Duration = Duration::from_secs(300);

/// A daemon that was seen this long ago is due.
const SEEN_WITHIN: Duration = Duration::from_secs(7 * 86_400);

impl Facts {
    /// A daemon may be missing: that counts once everything else was seen.
    pub(in crate::engine) fn absence_is_watched(&mut self) {
        if self.joined && self.life.daemon.is_none() {
            self.absence.since.get_or_insert(self.now);
        }
        self.absence.look_again();
    }

    pub(in crate::engine) fn other_daemons(&mut self, others: &[OtherDaemon]) {
        self.absence.others = others.to_vec();
        self.absence.look_again();
    }

    /// Another one than is watched runs in this namespace, and may have set policies of its own.
    pub(in crate::engine) fn has_other_daemons(&self) -> bool {
        !self.absence.others.is_empty()
    }

    /// What is said of daemons that are not supported, where they are all there is.
    pub(in crate::engine) fn other_daemons_said(&self) -> Option<String> {
        let others = &self.absence.others;
        (self.life.daemon.is_none() && !others.is_empty()).then(|| unsupported(others))
    }

    /// Whether a daemon should run, where none does; none before that is known. `told`: people were told of its absence.
    pub(in crate::engine) fn daemon_due(&self, told: bool) -> Option<DaemonDue> {
        if !self.joined || self.life.daemon.is_some() {
            return None;
        }
        let death = self.life.death.as_ref();
        if death.is_some_and(|death| !death.is_named()) {
            return None;
        }
        if death.is_some_and(OpenDeath::is_crash) {
            return Some(DaemonDue { state: DueState::Due, why: "it ran, and died".to_owned() });
        }
        let (state, why) = match self.absence_verdict() {
            AbsenceVerdict::Other(state, why) => (state, why),
            AbsenceVerdict::Starting(_, why) => (DueState::Starting, why),
            AbsenceVerdict::Due(due) if !told && self.has_time(&due) => (DueState::Awaited, due.why),
            AbsenceVerdict::Due(due) => (DueState::Due, due.why),
        };
        Some(DaemonDue { state, why })
    }

    /// Whether one that is due may still come.
    pub(in crate::engine) fn has_time(&self, due: &AbsenceDue) -> bool {
        self.now.since(due.since) < due.patience
    }

    pub(in crate::engine) fn absence_verdict(&self) -> AbsenceVerdict {
        let absence = &self.absence;
        let wish = self.started.settings.daemon;
        let since = absence.since.unwrap_or(self.now);
        if wish == DaemonWish::None {
            let why = "the configuration says that none runs here (daemon: none)";
            return AbsenceVerdict::Other(DueState::None, why.to_owned());
        }
        if let Some(verdict) = self.life.unit.as_ref().and_then(|unit| self.verdict_of_unit(unit, since)) {
            return verdict;
        }
        if let Some(stop) = &absence.stopped {
            return AbsenceVerdict::Other(
                DueState::Stopped,
                format!("it was stopped by order at {}", self.started.zone.moment(stop.at)),
            );
        }
        let not_started = |why: String| {
            AbsenceVerdict::Due(AbsenceDue { why, since, patience: PATIENCE, reason: Reason::NotStarted })
        };
        if wish == DaemonWish::Named {
            return not_started("the configuration names one (daemon:)".to_owned());
        }
        // Who masks a unit wants none.
        let masked = self.life.unit.as_ref().is_some_and(|unit| unit.masked);
        if absence.seen && !masked {
            return not_started("one ran here a while ago".to_owned());
        }
        if let Some((at, program)) = self.seen_before().filter(|_| !masked) {
            return not_started(format!(
                "one was seen here at {}, and {program} is still installed",
                self.started.zone.moment(at)
            ));
        }
        if !absence.others.is_empty() {
            return AbsenceVerdict::Other(DueState::Unsupported, unsupported(&absence.others));
        }
        AbsenceVerdict::Other(DueState::Unknown, "none was seen here, and nothing says that one is due".to_owned())
    }

    /// What the service manager's word decides.
    fn verdict_of_unit(&self, unit: &UnitLook, since: Boottime) -> Option<AbsenceVerdict> {
        let absence = &self.absence;
        let rested = since.max(self.life.unit_since);
        let name = &unit.unit;
        let due = |why: String, since, patience, reason| {
            Some(AbsenceVerdict::Due(AbsenceDue { why, since, patience, reason }))
        };
        if unit.masked {
            return None;
        }
        if let Some(starting) = absence.starting {
            if self.now.since(starting) < START_PATIENCE {
                return Some(AbsenceVerdict::Starting(
                    starting + START_PATIENCE,
                    format!("systemd is starting {name}"),
                ));
            }
            let why = format!("{name} has been starting for more than {} minutes", START_PATIENCE.as_secs() / 60);
            let reason = if unit.result == "success" { Reason::NotStarted } else { Reason::Failed };
            return due(why, starting, START_PATIENCE, reason);
        }
        if absence.stopped.is_some() {
            return None;
        }
        let by_name = self.started.settings.daemon == DaemonWish::Named;
        match unit.active.as_str() {
            "failed" => due(format!("{name} failed (result {})", unit.result), rested, FAILED_PATIENCE, Reason::Failed),
            "inactive" if unit.ran && unit.result == "success" => {
                Some(AbsenceVerdict::Other(DueState::Stopped, format!("{name} was stopped by order in this boot")))
            }
            "active" if !absence.others.is_empty() => {
                Some(AbsenceVerdict::Other(DueState::Unsupported, unsupported(&absence.others)))
            }
            "active" if !by_name => {
                let why = format!("{name} is active, but no process of it is seen in this network namespace");
                Some(AbsenceVerdict::Other(DueState::Elsewhere, why))
            }
            "active" => None,
            _ if unit.enabled => due(format!("{name} is enabled"), rested, PATIENCE, Reason::NotStarted),
            _ => None,
        }
    }

    /// When the history saw one, lately enough, whose program is still there.
    fn seen_before(&self) -> Option<(RealTime, &str)> {
        let seen = self.started.daemon_seen.as_ref()?;
        let recent = self.seen_until(seen) > self.now;
        seen.program.as_deref().filter(|_| recent).map(|program| (seen.at, program))
    }

    /// Until when the history's word counts.
    pub(in crate::engine) fn history_counts_until(&self) -> Option<Boottime> {
        self.started.daemon_seen.as_ref().map(|seen| self.seen_until(seen))
    }

    fn seen_until(&self, seen: &DaemonSeen) -> Boottime {
        self.absence.began + SEEN_WITHIN.saturating_sub(Duration::from_secs(seen.ago))
    }
}

fn unsupported(others: &[OtherDaemon]) -> String {
    let names: Vec<String> = others.iter().map(|other| format!("{} (process {})", other.name, other.pid)).collect();
    let verb = if names.len() == 1 { "runs here, and is" } else { "run here, and are" };
    let what = if others.iter().all(|other| other.supported) { "not watched" } else { "not supported" };
    format!("{} {verb} {what}", names.join(", "))
}
