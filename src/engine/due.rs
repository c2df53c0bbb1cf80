//! What its time has come for.

use super::Engine;
use super::facts::Facts;
use super::facts::asks::HEARTBEAT;
use super::timers::Timer;
use crate::model::{Effect, Question};

impl Engine {
    pub(super) fn due(&mut self, timer: Timer, out: &mut Vec<Effect>) {
        match timer {
            Timer::Count => self.facts.count_due(out),
            Timer::PeriodicDump => self.facts.periodic_dump_due(),
            Timer::Sample => self.facts.sample_due(out),
            // What waited for these is looked at in every step.
            Timer::DumpFloor(_) | Timer::AskFloor | Timer::RouteFloor => {}
            Timer::Heartbeat => self.facts.heartbeat_due(),
            Timer::PeriodicAsk => {
                self.facts.timers.set(self.facts.now + super::facts::asks::TABLE_EVERY, Timer::PeriodicAsk);
                self.facts.asks.wanted.extend([Question::Brief, Question::Connections, Question::Table]);
            }
            Timer::Negotiation(connection) => {
                let over = |since| self.facts.now.since(since) >= self.facts.larval_life();
                if self.facts.claims.connection_at(connection).and_then(|c| c.negotiating).is_some_and(over) {
                    self.facts.negotiation_over(connection);
                }
            }
            Timer::Refusal(connection) => self.facts.refusal_due(connection),
            Timer::Tried(spi, dst) => self.facts.tried_due((spi, dst)),
            Timer::Standing(connection) => self.facts.standing_due(connection),
            Timer::Wanted(connection) => self.facts.touch_connection(connection),
            Timer::Tunnel(tunnel) => self.facts.touch_tunnel(tunnel),
            Timer::Unclaimed(sa) => self.facts.unclaimed_due(sa),
            Timer::Death => self.facts.death_due(),
            Timer::Unanswered => self.facts.unanswered_due(),
            Timer::Keep => self.facts.keep_due(),
            Timer::BringUp => self.course(out, |course, out| course.bring_up_due(out)),
            Timer::UnitSettled => self.facts.unit_settled(),
            Timer::Prune => {
                if let Some(at) = self.book.prune(self.facts.now) {
                    self.facts.timers.set(at, Timer::Prune);
                }
            }
        }
    }
}

impl Facts {
    fn heartbeat_due(&mut self) {
        self.timers.clear(Timer::Heartbeat);
        if self.life.daemon.is_none() {
            return;
        }
        let quiet = self.life.answered.map_or(HEARTBEAT, |at| self.now.since(at));
        let next = if quiet >= HEARTBEAT {
            self.want_daemon(Question::Brief);
            HEARTBEAT
        } else {
            HEARTBEAT.saturating_sub(quiet)
        };
        self.timers.set(self.now + next, Timer::Heartbeat);
    }
}
