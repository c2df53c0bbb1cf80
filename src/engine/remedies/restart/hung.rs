//! Restart of a daemon that lives and does nothing. Its SAs outlive a hang and not a restart, so everything gentler comes first: a process
//! that is merely stopped is continued, one that somebody holds is left to them, and none is restarted while its SAs do their work.

use std::time::Duration;

use super::super::words::daemon_away;
use super::super::{Over, Plan, Progress, Ready};
use super::words;
use crate::engine::facts::Facts;
use crate::engine::facts::silence::Doing;
use crate::engine::remedies::Course;
use crate::engine::remedies::Run;
use crate::engine::remedies::Scene;
use crate::engine::remedies::remedy::RemedyRule;
use crate::model::Finding;
use crate::model::RemedyKind;
use crate::model::RemedyTarget;
use crate::model::{KnownBy, RunState, Step};

/// A daemon that waits for something may go on by itself: one stands still while its scripts run.
const GOES_ON: Duration = Duration::from_secs(30);

/// SAs that end within this time are lost anyway where nobody rekeys them.
const SOON: Duration = Duration::from_secs(600);

/// From SIGCONT to its first answer.
const ANSWERS_WITHIN: Duration = Duration::from_secs(30);

/// A restart of a daemon that does not end when it is told to waits for systemd's patience first.
const RESTARTS_WITHIN: Duration = Duration::from_secs(120);

/// See this file's head.
#[derive(Debug)]
pub(in crate::engine::remedies) struct RestartHung;

impl RemedyRule for RestartHung {
    fn kind(&self) -> RemedyKind {
        RemedyKind::RestartHung
    }

    fn targets(&self, _at: Scene<'_>, _finding: &Finding) -> Vec<RemedyTarget> {
        vec![RemedyTarget::Daemon]
    }

    fn not_needed(&self, at: Scene<'_>, _run: &Run) -> Option<Over> {
        at.facts.life.hung.is_none().then_some(Over::DaemonAnswers)
    }

    fn ready(&self, at: Scene<'_>, _run: &Run) -> Ready {
        let (Some(daemon), Some((since, _))) = (&at.facts.life.daemon, at.facts.life.hung) else {
            return Ready::Wait(None, daemon_away());
        };
        let KnownBy::Process { pid, .. } = daemon.known else { return Ready::Refuse(words::by_socket()) };
        let state = at.facts.life.look.filter(|look| look.pid == pid).map(|look| look.state);
        let waits = &at.facts.life.waits;
        match (state, waits.doing()) {
            (Some(RunState::Stopped), _) => return Ready::Now,
            (Some(RunState::Traced), _) => return Ready::Refuse(words::traced()),
            (_, Some(Doing::Frozen)) => return Ready::Refuse(words::frozen()),
            (Some(RunState::Uninterruptible), None) | (_, Some(Doing::Waits)) => {
                return Ready::Refuse(words::uninterruptible());
            }
            (Some(RunState::Dead), _) => return Ready::Wait(None, daemon_away()),
            (Some(RunState::Running | RunState::Uninterruptible) | None, _) => {}
        }
        // What it could not use does not count.
        let goes_on = since + GOES_ON + at.facts.life.lost_since_hung;
        if at.facts.now < goes_on {
            return Ready::Wait(Some(goes_on), words::may_go_on());
        }
        if waits.starves {
            return Ready::Wait(None, words::starves());
        }
        // A flood of IKE keeps a daemon busy, and anybody can send one. One without a worker reads on, and does nothing.
        if let Some(read_at) = at.facts.life.read_at
            && at.facts.life.few_workers().is_none()
            && at.facts.now.since(read_at) < GOES_ON
        {
            return Ready::Wait(Some(read_at + GOES_ON), words::reads());
        }
        if daemon.unit.is_none() {
            return Ready::Refuse(words::no_unit());
        }
        if at.facts.life.unit.as_ref().is_some_and(|look| look.masked || look.active != "active") {
            return Ready::Wait(None, words::unit_is_not_active());
        }
        if at.facts.carries_traffic() && !at.facts.some_sa_ends_within(SOON) {
            return Ready::Refuse(words::sas_carry());
        }
        Ready::Now
    }

    fn plan(&self, at: Scene<'_>, _run: &Run) -> Plan {
        let Some(daemon) = &at.facts.life.daemon else { return Plan::default() };
        let KnownBy::Process { pid, start_ticks } = daemon.known else { return Plan::default() };
        let stopped = at.facts.life.look.is_some_and(|look| look.pid == pid && look.state == RunState::Stopped);
        let (step, patience) = match &daemon.unit {
            Some(unit) if !stopped => (Step::RestartUnit { unit: unit.clone(), main_pid: Some(pid) }, RESTARTS_WITHIN),
            _ => (Step::Continue { pid, start_ticks }, ANSWERS_WITHIN),
        };
        Plan { steps: vec![step], patience, proof: words::daemon_answers(), ..Plan::default() }
    }

    fn seen(&self, course: &mut Course<'_>, _run: &Run) -> Progress {
        let answers =
            course.facts.life.hung.is_none() && course.facts.life.is_alive() && course.facts.life.answered.is_some();
        if answers { Progress::Helped(words::daemon_answers()) } else { Progress::NotYet }
    }
}

impl Facts {
    /// In the last window that was sampled. What was never sampled may carry anything.
    fn carries_traffic(&self) -> bool {
        let Some(window) = &self.traffic.window else { return self.sad.len() > 0 };
        window.tunnels.iter().any(|tunnel| {
            let flow = self.claims.flow(*tunnel).window(window.number);
            flow.sent > 0 || flow.received > 0
        })
    }

    /// Some installed SA reaches its hard limit within this time.
    fn some_sa_ends_within(&self, span: Duration) -> bool {
        let now = self.wall.micros() / 1_000_000;
        let span = i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
        self.sad.iter().any(|(_, sa)| {
            let ends = i64::from(sa.add_time) + i64::from(sa.hard_add_seconds);
            sa.hard_add_seconds != 0 && ends.saturating_sub(now) <= span
        })
    }
}
