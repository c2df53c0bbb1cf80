//! What the service manager says of the daemon's unit.

use crate::engine::facts::Facts;
use crate::engine::facts::death::OpenDeath;
use crate::engine::facts::life::UNIT_SETTLES;
use crate::engine::facts::timer::Timer;
use crate::model::{Effect, Source, UnitLook};

/// Restarts by the service manager before its silence means that it has given up.
const RESTARTS: u32 = 2;

impl Facts {
    pub(in crate::engine) fn unit_changed(&mut self, unit: &UnitLook, out: &mut Vec<Effect>) {
        // Whether it is enabled, and what is in the queue, is no change of its state.
        let is_same = |before: &UnitLook| {
            UnitLook { enabled: unit.enabled, queued: unit.queued, ran: unit.ran, ..before.clone() } == *unit
        };
        if !self.life.unit.as_ref().is_some_and(is_same) {
            self.life.unit_since = self.now;
        }
        self.life.unit = Some(unit.clone());
        self.unit_tells_of_start(unit);
        self.unit_tells_of_death(unit);
        self.unit_may_have_given_up(unit);
        if self.joined {
            self.account_for_earlier(out);
        }
    }

    /// The service manager is stopping it, whether or not the log has told of that yet.
    pub(in crate::engine) fn unit_is_stopping(&self) -> bool {
        self.life.unit.as_ref().is_some_and(is_stopping)
    }

    fn unit_tells_of_death(&mut self, unit: &UnitLook) {
        let failed =
            matches!(unit.result.as_str(), "signal" | "core-dump" | "watchdog" | "exit-code" | "start-limit-hit");
        let text = format!("{}: {} ({}), result {}", unit.unit, unit.active, unit.sub, unit.result);
        let line = self.evidence(Source::Systemd, text);
        let of_unit = |death: &&mut OpenDeath| death.back.is_none() && !death.who.is_listener();
        if let Some(death) = self.life.death.as_mut().filter(of_unit) {
            if failed {
                death.lines.push(line);
                if death.is_in_order() {
                    return;
                }
            }
            let named = death.is_named();
            self.death_changed |= named;
        }
    }

    /// The service manager begins to start it: an order to stop it holds no more.
    fn unit_tells_of_start(&mut self, unit: &UnitLook) {
        self.absence.starts(unit.is_starting().then_some(self.now));
        if unit.is_starting() && self.life.daemon.is_none() && self.absence.order_is_over() {
            self.up_changes();
        }
    }

    /// The unit changed: whether the service manager has given up is seen when it has settled.
    fn unit_may_have_given_up(&mut self, unit: &UnitLook) {
        if unit.active == "failed" {
            self.timers.set(self.now + UNIT_SETTLES, Timer::UnitSettled);
        }
    }

    pub(in crate::engine) fn unit_settled(&mut self) {
        let Some(unit) = self.life.unit.as_ref().filter(|unit| has_given_up(unit)) else { return };
        let text = format!("{}: {}, result {}, restarted {} times", unit.unit, unit.active, unit.result, unit.restarts);
        if self.life.daemon.is_some() || self.ends_in_order() || !self.crashes.give_up() {
            return;
        }
        let line = self.evidence(Source::Systemd, text);
        self.crashes.lines.push(line);
        self.absence.look_again();
    }
}

/// The service manager was told to stop it: by an operator, or as the machine goes down.
fn is_stopping(unit: &UnitLook) -> bool {
    matches!(unit.sub.as_str(), "stop" | "stop-sigterm" | "stop-sigkill") && unit.result == "success"
}

/// The service manager lets the unit lie, though its own setting says otherwise (systemd.unit(5), `StartLimitBurst=`).
fn has_given_up(unit: &UnitLook) -> bool {
    let limit = unit.result == "start-limit-hit";
    unit.active == "failed" && (limit || (unit.restarts >= RESTARTS && unit.restarts_after_this()))
}
