//! What its time has come for.

use super::Engine;
use super::asks::HEARTBEAT;
use super::timers::Timer;
use crate::model::{Effect, Question};

impl Engine {
    pub(super) fn due(&mut self, timer: Timer, out: &mut Vec<Effect>) {
        match timer {
            Timer::Count => self.count_due(out),
            Timer::PeriodicDump => self.periodic_dump_due(),
            Timer::Sample => self.sample_due(out),
            // What waited for these is looked at in every step.
            Timer::DumpFloor(_) | Timer::AskFloor | Timer::RouteFloor | Timer::RemedyLine | Timer::Lived => {}
            Timer::Remedy(id) => self.remedy_due(id),
            Timer::Heartbeat => self.heartbeat_due(),
            Timer::PeriodicAsk => {
                self.facts.timers.set(self.facts.now + super::asks::TABLE_EVERY, Timer::PeriodicAsk);
                self.facts.asks.wanted.extend([Question::Brief, Question::Connections, Question::Table]);
            }
            Timer::Negotiation(connection) => {
                let over = |since| self.facts.now.since(since) >= self.larval_life();
                if self.facts.claims.connection_at(connection).and_then(|c| c.negotiating).is_some_and(over) {
                    self.negotiation_over(connection);
                }
            }
            Timer::Refusal(connection) => self.refusal_due(connection),
            Timer::Tried(spi, dst) => self.tried_due((spi, dst)),
            Timer::Room(device) => self.room_due(device, out),
            Timer::Foreign => self.foreign_due(out),
            Timer::Standing(connection) => self.standing_due(connection, out),
            Timer::Wanted(connection) => self.touch_connection(connection),
            Timer::Tunnel(tunnel) => self.touch_tunnel(tunnel),
            Timer::Unclaimed(sa) => self.unclaimed_due(sa),
            Timer::Orphans => self.orphans_due(),
            Timer::Faults => self.faults_due(),
            Timer::Death => self.death_due(),
            Timer::Unanswered => self.unanswered_due(),
            Timer::Restored => self.restored_due(),
            Timer::Keep => self.keep_due(),
            Timer::BringUp => self.bring_up_due(out),
            Timer::Absence => self.facts.absence.look_again(),
            Timer::Blind => self.rules.blind.look_again(),
            Timer::UnitSettled => self.unit_settled(),
            Timer::Window => self.window_may_open(),
            Timer::Fence => self.fence_due(out),
            Timer::Acquire => self.acquire_due(out),
            Timer::Prune => {
                if let Some(at) = self.book.prune(self.facts.now) {
                    self.facts.timers.set(at, Timer::Prune);
                }
            }
        }
    }

    fn heartbeat_due(&mut self) {
        self.facts.timers.clear(Timer::Heartbeat);
        if self.facts.life.daemon.is_none() {
            return;
        }
        let quiet = self.facts.life.answered.map_or(HEARTBEAT, |at| self.facts.now.since(at));
        let next = if quiet >= HEARTBEAT {
            self.want_daemon(Question::Brief);
            HEARTBEAT
        } else {
            HEARTBEAT.saturating_sub(quiet)
        };
        self.facts.timers.set(self.facts.now + next, Timer::Heartbeat);
    }
}
