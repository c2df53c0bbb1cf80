//! `daemon-crash-loop`: the daemon dies again and again, or its service manager has given it up.

use std::collections::VecDeque;
use std::time::Duration;

use super::words;
use crate::engine::Engine;
use crate::engine::facts::Facts;
use crate::engine::findings::Draft;
use crate::engine::timers::Timer;
use crate::model::{Affected, Boottime, Code, Effect, Evidence, Reason, Severity, Source, UnitLook};

/// Deaths count together for this long, and a process that lives for as long ends the loop.
const SPAN: Duration = Duration::from_secs(300);

/// So many deaths are a loop.
const DEATHS: usize = 3;

/// The service manager shows a unit as failed for a moment before it restarts it.
pub const UNIT_SETTLES: Duration = Duration::from_secs(2);

/// Restarts by the service manager before its silence means that it has given up.
const RESTARTS: u32 = 2;

/// The last deaths.
#[derive(Debug, Default)]
pub struct Crashes {
    at: VecDeque<Boottime>,
    untold: Vec<Evidence>,
    gave_up: bool,
}

impl Crashes {
    /// Whether they are a loop.
    pub fn is_loop(&self) -> bool {
        self.gave_up || self.at.len() >= DEATHS
    }
}

impl Engine {
    pub(super) fn judge_crash_loop(&mut self, out: &mut Vec<Effect>) {
        if self.book.is_open(Code::DaemonCrashLoop, super::daemon::SCOPE) {
            self.loop_may_be_over(out);
        }
        let crashes = &mut self.facts.crashes;
        if crashes.untold.is_empty() || !crashes.is_loop() {
            return;
        }
        let (lines, deaths) = (std::mem::take(&mut crashes.untold), crashes.at.len());
        let reason = if crashes.gave_up { Reason::StartLimit } else { Reason::DiedAgain };
        let told = words::crash_loop(reason, deaths, SPAN, self.facts.life.unit.as_ref());
        let draft =
            self.facts.host_draft(Code::DaemonCrashLoop, reason, Severity::Critical, Affected::default(), told, lines);
        self.book.open(Draft { again: true, ..draft }, self.facts.now, self.facts.wall, out);
    }

    /// A process has lived for long enough.
    fn loop_may_be_over(&mut self, out: &mut Vec<Effect>) {
        let lives = self.facts.life.is_alive() && self.facts.life.answered.is_some() && self.facts.life.hung.is_none();
        if !lives {
            return;
        }
        if self.facts.now.since(self.facts.life.found) < SPAN {
            if !self.facts.timers.has(Timer::Lived) {
                self.facts.timers.set(self.facts.life.found + SPAN, Timer::Lived);
            }
            return;
        }
        self.facts.crashes = Crashes::default();
        self.over(Source::Process, Code::DaemonCrashLoop, super::daemon::SCOPE, out);
    }
}

impl Facts {
    /// The daemon died out of order.
    pub(in crate::engine) fn crash_counts(&mut self, pid: u32, at: Boottime) {
        let text = format!("process {pid} died");
        let line = Evidence { at, ..self.evidence(Source::Process, text) };
        let crashes = &mut self.crashes;
        crashes.at.push_back(at);
        while crashes.at.front().is_some_and(|first| at.since(*first) > SPAN) {
            crashes.at.pop_front();
        }
        crashes.untold.push(line);
    }

    /// The unit changed: whether the service manager has given up is seen when it has settled.
    pub(in crate::engine) fn unit_may_have_given_up(&mut self, unit: &UnitLook) {
        if unit.active == "failed" {
            self.timers.set(self.now + UNIT_SETTLES, Timer::UnitSettled);
        }
    }

    /// It has settled.
    pub(in crate::engine) fn unit_settled(&mut self) {
        let Some(unit) = self.life.unit.as_ref().filter(|unit| has_given_up(unit)) else { return };
        if self.life.daemon.is_some() || self.ends_in_order() || std::mem::replace(&mut self.crashes.gave_up, true) {
            return;
        }
        let text = format!("{}: {}, result {}, restarted {} times", unit.unit, unit.active, unit.result, unit.restarts);
        let line = self.evidence(Source::Systemd, text);
        self.crashes.untold.push(line);
        self.absence.look_again();
    }
}

/// The service manager lets the unit lie, though its own setting says otherwise (systemd.unit(5), `StartLimitBurst=`).
fn has_given_up(unit: &UnitLook) -> bool {
    let limit = unit.result == "start-limit-hit";
    unit.active == "failed" && (limit || (unit.restarts >= RESTARTS && unit.restarts_after_this()))
}
