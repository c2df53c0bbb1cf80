//! The daemon dies: what is seen of it, and whether somebody wanted it.

use crate::engine::facts::Facts;
use crate::engine::facts::death::{DeathEnd, FORK_PATIENCE, LOG_PATIENCE, OpenDeath, Who};
use crate::engine::facts::happened::Happened;
use crate::engine::facts::lines::LastLines;
use crate::engine::facts::standing::Up;
use crate::engine::facts::timer::Timer;
use crate::model::{AskId, Daemon, Effect, Evidence, KnownBy, RealTime, Source};

impl Facts {
    // --- it is seen

    pub(in crate::engine) fn daemon_gone(&mut self, pid: u32, out: &mut Vec<Effect>) {
        let ends = |daemon: &mut Daemon| daemon.pid() == Some(pid);
        let Some(daemon) = self.life.daemon.take_if(ends) else { return };
        let Daemon { unit, since, known: KnownBy::Process { start_ticks, .. }, .. } = daemon else { return };
        let young = self.life.answered.is_none() && !self.has_run_for_long(since);
        self.daemon_is_away("its process ended");
        if young && let Some(death) = &mut self.life.death {
            // The death that is being told already is the one that matters.
            death.back = None;
            death.again = Some(pid);
            if unit.is_some() {
                // No unit's daemon forks.
                self.young_death_counts();
            } else {
                self.timers.set(self.now + FORK_PATIENCE, Timer::Death);
            }
            return;
        }
        let before = self.was_up_or_owed();
        let by = unit.as_ref().map(|unit| format!(", run by {unit},")).unwrap_or_default();
        let line = self.evidence(Source::Process, format!("process {pid}{by} ended"));
        let after = self.catch_up(out);
        let death = self.death_of(Who::Process { pid, start_ticks }, unit, (before, line), after);
        self.life.death = Some(OpenDeath { young, ..death });
        self.timers.set(self.now + if young { FORK_PATIENCE } else { LOG_PATIENCE }, Timer::Death);
        self.touch_every_tunnel();
    }

    /// It ran before swanwatch did, and had no time to be asked: it is none of a start's forks.
    fn has_run_for_long(&self, since: RealTime) -> bool {
        !self.joined && self.wall.seconds().saturating_sub(since.seconds()) > FORK_PATIENCE.as_secs()
    }

    pub(super) fn daemon_is_away(&mut self, how: &'static str) {
        self.life.absent = true;
        self.absence_is_watched();
        self.happens(Happened::DaemonChanged);
        self.life.since = Some(self.wall);
        self.life.table = None;
        self.asks.daemon = None;
        self.asks.wanted.clear();
        self.recovered_from_hang(how);
    }

    /// What was up before this death; what an earlier crash did not bring back is still owed.
    pub(super) fn was_up_or_owed(&mut self) -> Up {
        let mut before = self.was_up();
        if let Some(earlier) = self.life.death.take().filter(OpenDeath::is_crash) {
            before.permanent.extend(earlier.before.permanent);
        }
        before
    }

    /// A death that is seen now.
    pub(super) fn death_of(
        &mut self,
        who: Who,
        unit: Option<String>,
        (before, line): (Up, Evidence),
        after: AskId,
    ) -> OpenDeath {
        self.life.deaths += 1;
        OpenDeath {
            number: self.life.deaths,
            who,
            unit,
            at: self.now,
            wall: self.wall,
            after,
            end: None,
            sas: self.sad.counts().installed(),
            before,
            lines: LastLines::from(line),
            policies_flushed: None,
            sas_flushed: None,
            back: None,
            again: None,
            young: false,
            unseen: false,
        }
    }

    // --- whether somebody wanted it

    pub(super) fn death_log_was_read(&mut self, ask: AskId) {
        if self.joined && self.life.death.as_ref().is_some_and(|death| death.after <= ask && !death.young) {
            self.call_death_by_its_name();
        }
    }

    pub(in crate::engine) fn death_due(&mut self) {
        if !self.joined {
            return;
        }
        self.young_death_counts();
        self.call_death_by_its_name();
    }

    fn call_death_by_its_name(&mut self) {
        let orderly = self.ends_in_order();
        let announced = self.life.shutting_down.clone();
        let said = self.last_words(orderly);
        let dying = self.life.dying.clone();
        if self.life.death.as_ref().is_some_and(|death| !death.is_named() && death.young && death.back.is_some()) {
            self.life.death = None;
            self.touch_every_tunnel();
            return;
        }
        let Some(death) = self.life.death.as_mut().filter(|death| !death.is_named()) else { return };
        death.end = Some(if orderly { DeathEnd::InOrder } else { DeathEnd::Crash });
        if let Who::Listener(listener) = &mut death.who {
            listener.announced = announced.is_some();
        }
        death.lines.extend(announced.into_iter().chain(dying).chain(said));
        let (pid, at) = (death.who.pid(), death.at);
        // A listener that is gone without a word may have died: nobody need have wanted it.
        let by_order = orderly
            && match &death.who {
                Who::Listener(listener) => listener.announced,
                _ => true,
            };
        if let Some(pid) = pid.filter(|_| !orderly) {
            self.crash_counts(pid, at);
        } else if by_order {
            self.absence.stopped_by_order(self.wall);
        }
        self.remember_what_is_up();
        self.death_changed = true;
    }

    fn young_death_counts(&mut self) {
        if let Some(death) = &mut self.life.death
            && death.back.is_none()
            && let Some(pid) = death.again.take()
        {
            self.crash_counts(pid, self.now);
        }
    }

    /// The daemon is ending, or has ended, because somebody wanted it.
    pub(in crate::engine) fn ends_in_order(&self) -> bool {
        if let Some(death) = &self.life.death {
            if let Some(end) = death.end {
                return end == DeathEnd::InOrder;
            }
            // Nobody here can tell a crash of it from a stop.
            if death.who.is_listener() {
                return true;
            }
        }
        let announced = self.life.shutting_down.is_some() || self.ends_as_anybody_said();
        (announced || self.unit_is_stopping()) && self.life.dying.is_none()
    }

    /// Somebody wrote in its name that it ends, and it took its SAs with it, as it does in an orderly end alone.
    fn ends_as_anybody_said(&self) -> bool {
        let at = self.life.death.as_ref().map(|death| death.at);
        at.is_some_and(|at| self.hearsay.ending(at).is_some()) && self.sad.counts().installed() == 0
    }

    /// What was written in its name at an end that bears it out.
    fn last_words(&self, orderly: bool) -> Option<Evidence> {
        let at = self.life.death.as_ref()?.at;
        let said = if orderly { self.hearsay.ending(at) } else { self.hearsay.dying(at) };
        said.cloned()
    }
}
