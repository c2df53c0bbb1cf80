//! `daemon-down` without a death: no daemon runs, and one is due. Whether one is due is told by its unit, by the configuration, or by
//! the history; a stop by order holds until the next boot.

use std::time::Duration;

use super::daemon::Death;
use super::words;
use crate::engine::Engine;
use crate::engine::book::id;
use crate::engine::facts::Facts;
use crate::engine::timers::Timer;
use crate::model::{
    Affected, Boottime, Code, DaemonDue, DaemonSeen, DaemonWish, DueState, Effect, Evidence, KeptStop, OtherDaemon,
    RealTime, Reason, Severity, Source, UnitLook,
};

/// A daemon that is due has this long to come: whoever starts it may begin after swanwatch.
const PATIENCE: Duration = Duration::from_secs(60);

/// The service manager may start a failed unit again at once, and calls one that it gave up by its name a moment later.
const FAILED_PATIENCE: Duration = Duration::from_secs(5);

/// A start that takes longer is none (systemd's own limit is 90 s; a unit that waits for the network waits for two minutes).
const START_PATIENCE: Duration = Duration::from_secs(300);

/// A daemon that was seen this long ago is due.
const SEEN_WITHIN: Duration = Duration::from_secs(7 * 86_400);

/// What is remembered of a daemon that is not there.
#[derive(Debug, Default)]
pub struct Absence {
    /// Since when none is there, and it is watched.
    since: Option<Boottime>,
    /// Daemons of other kinds.
    others: Vec<OtherDaemon>,
    /// Somebody wanted it so.
    stopped: Option<KeptStop>,
    /// A daemon was seen by this run.
    seen: bool,
    /// When this run began.
    began: Boottime,
    /// Since when the service manager has been starting it.
    starting: Option<Boottime>,
    /// The open finding is of this rule, and not of a death.
    told: bool,
    touched: bool,
}

impl Absence {
    /// A run begins; `stopped` where somebody wanted it so, in this boot.
    pub fn begin(&mut self, now: Boottime, stopped: Option<KeptStop>) {
        self.began = now;
        self.stopped = stopped;
    }

    /// The daemon ended by order.
    pub fn stopped_by_order(&mut self, at: RealTime) {
        self.stopped = Some(KeptStop { at });
        self.touched = true;
    }

    /// The order that holds, to be kept over a restart of swanwatch.
    pub fn order(&self) -> Option<KeptStop> {
        self.stopped.clone()
    }

    /// Whether the open finding tells of a start that did not come about.
    pub const fn is_told(&self) -> bool {
        self.told
    }

    /// Something was seen that may decide.
    pub const fn look_again(&mut self) {
        self.touched = true;
    }

    /// A daemon is there: no order holds any more.
    pub fn ended(&mut self) {
        self.stopped = None;
        self.seen = true;
        self.touched = true;
    }
}

/// One is due, why, for how long it may keep people waiting, and what is wrong.
struct Due {
    why: String,
    since: Boottime,
    patience: Duration,
    reason: Reason,
}

/// What is so, before time counts.
enum Verdict {
    Due(Due),
    Other(DueState, String),
}

impl Engine {
    /// Opens the finding when its time has come, and closes it when the daemon is there or none is due any more.
    pub(super) fn judge_absence(&mut self, out: &mut Vec<Effect>) {
        if !std::mem::take(&mut self.facts.absence.touched) {
            return;
        }
        if self.facts.life.daemon.is_some() {
            self.facts.absence.since = None;
            self.absence_over("the daemon runs", out);
            return;
        }
        self.facts.absence.since.get_or_insert(self.facts.now);
        match self.facts.verdict() {
            Verdict::Due(_) if self.facts.is_told_otherwise() => self.absence_over("another finding tells of it", out),
            Verdict::Due(due) if self.facts.has_time(&due) => {
                self.facts.timers.set(due.since + due.patience, Timer::Absence)
            }
            Verdict::Due(due) => self.tell_absence(&due, out),
            Verdict::Other(DueState::Starting, _) => {
                let starting = self.facts.absence.starting.unwrap_or(self.facts.now);
                self.facts.timers.set(starting + START_PATIENCE, Timer::Absence);
            }
            Verdict::Other(_, why) => self.absence_over(&why, out),
        }
    }

    fn tell_absence(&mut self, due: &Due, out: &mut Vec<Effect>) {
        let counts = self.facts.sad.counts();
        let affected = Affected { sas: counts.software + counts.crypto + counts.packet, ..Affected::default() };
        let told = words::daemon_absent(due.reason, &due.why, affected.sas, self.facts.life.unit.as_ref());
        let source = if due.reason == Reason::Failed { Source::Systemd } else { Source::Process };
        let line: Evidence =
            self.facts.evidence(source, format!("no IKE daemon runs in this network namespace; {}", due.why));
        let draft = self.facts.host_draft(Code::DaemonDown, due.reason, Severity::Warning, affected, told, vec![line]);
        self.facts.absence.told = true;
        self.book.open(draft, self.facts.now, self.facts.wall, out);
        if let Some(until) = self.facts.started.daemon_seen.as_ref().map(|seen| self.facts.seen_until(seen))
            && until > self.facts.now
        {
            self.facts.timers.set(until, Timer::Absence);
        }
    }

    fn absence_over(&mut self, why: &str, out: &mut Vec<Effect>) {
        let of_death = self.facts.life.death.as_ref().is_some_and(|death| death.code == Some(Code::DaemonDown));
        if std::mem::take(&mut self.facts.absence.told) && !of_death {
            let why = self.facts.evidence(Source::Process, why);
            self.book.close(&id(Code::DaemonDown, super::daemon::SCOPE), why, self.facts.now, out);
        }
    }
}

impl Facts {
    pub(in crate::engine) fn other_daemons(&mut self, others: &[OtherDaemon]) {
        self.absence.others = others.to_vec();
        self.absence.touched = true;
    }

    /// What is said of daemons that are not supported, where they are all there is.
    pub(in crate::engine) fn other_daemons_said(&self) -> Option<String> {
        let others = &self.absence.others;
        (self.life.daemon.is_none() && !others.is_empty()).then(|| unsupported(others))
    }

    /// The service manager begins to start it: an order to stop it holds no more.
    pub(in crate::engine) fn unit_tells_of_start(&mut self, unit: &UnitLook) {
        let absence = &mut self.absence;
        absence.touched = true;
        if !unit.is_starting() {
            absence.starting = None;
            return;
        }
        absence.starting.get_or_insert(self.now);
        if self.life.daemon.is_none() && self.absence.stopped.take().is_some() {
            self.up_changes();
        }
    }

    /// Whether a daemon should run, where none does; none before that is known.
    pub(in crate::engine) fn daemon_due(&self) -> Option<DaemonDue> {
        if !self.joined || self.life.daemon.is_some() {
            return None;
        }
        let death = self.life.death.as_ref();
        if death.is_some_and(|death| !death.is_named()) {
            return None;
        }
        if death.is_some_and(Death::is_crash) {
            return Some(DaemonDue { state: DueState::Due, why: "it ran, and died".to_owned() });
        }
        let (state, why) = match self.verdict() {
            Verdict::Other(state, why) => (state, why),
            Verdict::Due(due) if self.has_time(&due) => (DueState::Awaited, due.why),
            Verdict::Due(due) => (DueState::Due, due.why),
        };
        Some(DaemonDue { state, why })
    }

    fn has_time(&self, due: &Due) -> bool {
        !self.absence.told && self.now.since(due.since) < due.patience
    }

    fn verdict(&self) -> Verdict {
        let absence = &self.absence;
        let wish = self.started.settings.daemon;
        let since = absence.since.unwrap_or(self.now);
        if wish == DaemonWish::None {
            let why = "the configuration says that none runs here (daemon: none)";
            return Verdict::Other(DueState::None, why.to_owned());
        }
        if let Some(verdict) = self.life.unit.as_ref().and_then(|unit| self.verdict_of_unit(unit, since)) {
            return verdict;
        }
        if let Some(stop) = &absence.stopped {
            return Verdict::Other(DueState::Stopped, format!("it was stopped by order at {:.0}", stop.at));
        }
        let not_started =
            |why: String| Verdict::Due(Due { why, since, patience: PATIENCE, reason: Reason::NotStarted });
        if wish == DaemonWish::Named {
            return not_started("the configuration names one (daemon:)".to_owned());
        }
        // Who masks a unit wants none.
        let masked = self.life.unit.as_ref().is_some_and(|unit| unit.masked);
        if absence.seen && !masked {
            return not_started("one ran here a while ago".to_owned());
        }
        if let Some((at, program)) = self.seen_before().filter(|_| !masked) {
            return not_started(format!("one was seen here at {at:.0}, and {program} is still installed"));
        }
        if !absence.others.is_empty() {
            return Verdict::Other(DueState::Unsupported, unsupported(&absence.others));
        }
        Verdict::Other(DueState::Unknown, "none was seen here, and nothing says that one is due".to_owned())
    }

    /// What the service manager's word decides.
    fn verdict_of_unit(&self, unit: &UnitLook, since: Boottime) -> Option<Verdict> {
        let absence = &self.absence;
        let rested = since.max(self.life.unit_since);
        let name = &unit.unit;
        let due = |why: String, since, patience, reason| Some(Verdict::Due(Due { why, since, patience, reason }));
        if unit.masked {
            return None;
        }
        if let Some(starting) = absence.starting {
            if self.now.since(starting) < START_PATIENCE {
                return Some(Verdict::Other(DueState::Starting, format!("systemd is starting {name}")));
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
                Some(Verdict::Other(DueState::Stopped, format!("{name} was stopped by order in this boot")))
            }
            "active" if !absence.others.is_empty() => {
                Some(Verdict::Other(DueState::Unsupported, unsupported(&absence.others)))
            }
            "active" if !by_name => {
                let why = format!("{name} is active, but no process of it is seen in this network namespace");
                Some(Verdict::Other(DueState::Elsewhere, why))
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

    fn seen_until(&self, seen: &DaemonSeen) -> Boottime {
        self.absence.began + SEEN_WITHIN.saturating_sub(Duration::from_secs(seen.ago))
    }

    /// A death, or a service manager that gives up, is told by its own name. Not an end by order after which a start failed.
    fn is_told_otherwise(&self) -> bool {
        let death = self.life.death.as_ref();
        let ended_by_order = death.is_none_or(|death| death.code == Some(Code::DaemonDown));
        !ended_by_order || self.crashes.is_loop()
    }
}

fn unsupported(others: &[OtherDaemon]) -> String {
    let names: Vec<String> = others.iter().map(|other| format!("{} (process {})", other.name, other.pid)).collect();
    let verb = if names.len() == 1 { "runs here, and is" } else { "run here, and are" };
    format!("{} {verb} not supported", names.join(", "))
}
