//! A death that nobody saw: the daemon died while swanwatch did not run, or swanwatch ended while it was being brought back. What an
//! earlier run of this boot kept decides whether it was a death at all: an orderly stop looks the same from here. And one that was seen
//! before everything else was.

use std::collections::BTreeSet;

use crate::engine::facts::Facts;
use crate::engine::facts::death::{DeathEnd, FORK_PATIENCE, LOG_PATIENCE, OpenDeath, Who};
use crate::engine::facts::recovery::COMES_BY_ITSELF;
use crate::engine::facts::standing::{TunnelPlace, Up};
use crate::engine::facts::timer::Timer;
use crate::model::{Effect, KeptProcess, KnownBy, Remembered, Source, UnitLook};

impl Facts {
    /// At the first full join: what a daemon that died before it left behind, and had up, is known only now, and so is its name.
    pub(in crate::engine) fn death_before_join(&mut self) {
        if self.life.death.is_none() {
            return;
        }
        let sas = self.sad.counts().installed();
        let up = self.was_up();
        let Some(death) = &mut self.life.death else { return };
        if death.back.is_none() {
            death.sas = sas;
            death.before.permanent.extend(up.permanent);
            death.before.roadwarriors = death.before.roadwarriors.max(up.roadwarriors);
        }
        let patience = if death.young { FORK_PATIENCE } else { LOG_PATIENCE };
        self.timers.set(self.now.max(death.at + patience), Timer::Death);
    }

    /// At the first full join, and when the unit is first known: what was up before is owed where it was a death.
    pub(in crate::engine) fn account_for_earlier(&mut self, out: &mut Vec<Effect>) {
        let Some(kept) = self.standing.earlier.take() else { return };
        let Some(process) = &kept.process else { return };
        let earlier = KnownBy::Process { pid: process.pid, start_ticks: process.start_ticks };
        let is_same = self.life.daemon.as_ref().is_some_and(|daemon| daemon.known == earlier);
        if is_same {
            return;
        }
        let places = self.places_of(&kept);
        // Who died young may be one of a start's forks, and that is no death; the crash before it is one.
        let is_less = |death: &OpenDeath| death.young && process.crashed;
        if let Some(death) = self.life.death.as_mut().filter(|death| !is_less(death)) {
            // It died before its tables were read, or as what an earlier crash took down was not back.
            if death.is_of(process) || process.crashed {
                death.before.permanent.extend(places);
            }
            return;
        }
        let unit = process.unit.as_ref().map(|name| self.life.unit.as_ref().filter(|look| look.unit == *name));
        match unit {
            // systemd has not told of it yet.
            Some(None) if !process.crashed => self.standing.earlier = Some(kept),
            unit if process.crashed || unit.flatten().is_some_and(|look| died(process, look)) => {
                self.owe(places, process.clone(), out);
            }
            // systemd is at it: how it ended shows when the unit has come to rest.
            Some(Some(look)) if self.life.daemon.is_none() && !is_at_rest(look) => self.standing.earlier = Some(kept),
            _ => {}
        }
    }

    /// Where the tunnels were that it kept.
    fn places_of(&mut self, kept: &Remembered) -> BTreeSet<TunnelPlace> {
        let mut places = BTreeSet::new();
        for tunnel in &kept.tunnels {
            let name = self.names.keep(&tunnel.connection);
            let instance = tunnel.instance.as_deref().map(|instance| self.names.keep(instance));
            if let Some(connection) = self.claims.connection(name) {
                places.insert((connection, instance));
            }
        }
        places
    }

    fn owe(&mut self, permanent: BTreeSet<TunnelPlace>, process: KeptProcess, out: &mut Vec<Effect>) {
        let young = self.life.death.take().filter(|death| death.back.is_none());
        let before = Up { permanent, ..Up::default() };
        let text = format!("process {} was there when swanwatch ended, and died before it began again", process.pid);
        let line = self.evidence(Source::Engine, text);
        let after = self.catch_up(out);
        let who = Who::Process { pid: process.pid, start_ticks: process.start_ticks };
        let mut death = self.death_of(who, process.unit, (before, line), after);
        death.end = Some(DeathEnd::Crash);
        death.again = young.and_then(|death| death.who.pid());
        // Its table may have been read already: that counts.
        death.back = self.life.daemon.is_some().then_some(self.life.found);
        let is_back = death.back.is_some();
        if is_back {
            // What is in the kernel now may be its successor's.
            (death.unseen, death.sas) = (true, 0);
        }
        self.life.death = Some(death);
        if is_back {
            self.timers.set(self.now + COMES_BY_ITSELF, Timer::BringUp);
        }
        self.death_changed = true;
        self.touch_every_tunnel();
    }
}

/// Nothing more comes of it by itself.
fn is_at_rest(look: &UnitLook) -> bool {
    matches!(look.active.as_str(), "failed" | "inactive")
}

/// By systemd's account the process died, or was started again by systemd itself.
fn died(process: &KeptProcess, look: &UnitLook) -> bool {
    look.restarts > process.restarts || (look.active == "failed" && look.result != "success")
}
