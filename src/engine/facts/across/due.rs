//! What its time has come for.

use std::time::Duration;

use crate::engine::facts::Facts;
use crate::engine::facts::asks::{FEW_WORKERS_EVERY, HEARTBEAT, TABLE_EVERY, WORKERS_EVERY};
use crate::engine::facts::happened::Happened;
use crate::engine::facts::life::FEW_WORKERS;
use crate::engine::facts::timer::Timer;
use crate::model::{Effect, Question};

impl Facts {
    /// Does what its time has come for. Whether there was anything.
    pub(in crate::engine) fn wake(&mut self, out: &mut Vec<Effect>) -> bool {
        let due = self.timers.take_due(self.now);
        let any = !due.is_empty();
        for timer in due {
            self.due(timer, out);
        }
        any
    }

    fn due(&mut self, timer: Timer, out: &mut Vec<Effect>) {
        match timer {
            Timer::Count => self.count_due(out),
            Timer::PeriodicDump => self.periodic_dump_due(),
            Timer::Sample => self.sample_due(out),
            // What waited for these is looked at in every step.
            Timer::DumpFloor(_) | Timer::AskFloor | Timer::RouteFloor => {}
            Timer::Heartbeat => self.heartbeat_due(),
            Timer::Configured => self.configured_due(),
            Timer::Hearsay => self.hearsay_due(),
            Timer::PeriodicAsk => {
                self.timers.set(self.now + TABLE_EVERY, Timer::PeriodicAsk);
                self.asks.wanted.extend([Question::Brief, Question::Connections, Question::Table]);
            }
            Timer::Negotiation(connection) => {
                let over = |since| self.now.since(since) >= self.larval_life();
                if self.claims.connection_at(connection).and_then(|c| c.negotiating).is_some_and(over) {
                    self.negotiation_over(connection);
                }
            }
            Timer::Refusal(connection) => self.refusal_due(connection),
            Timer::Tried(spi, dst) => self.tried_due((spi, dst)),
            Timer::Standing(connection) => self.standing_due(connection),
            Timer::Wanted(connection) => self.touch_connection(connection),
            Timer::Tunnel(tunnel) => self.touch_tunnel(tunnel),
            Timer::Unclaimed(sa) => self.unclaimed_due(sa),
            Timer::Death => self.death_due(),
            Timer::Unanswered => self.unanswered_due(),
            Timer::Keep => self.keep_due(),
            Timer::BringUp => self.happens(Happened::MayBringUp),
            Timer::UnitSettled => self.unit_settled(),
        }
    }

    fn heartbeat_due(&mut self) {
        self.timers.clear(Timer::Heartbeat);
        if self.life.daemon.is_none() {
            return;
        }
        let every = self.heartbeat();
        let quiet = self.life.heard_at(every < HEARTBEAT).map_or(every, |at| self.now.since(at));
        let next = if quiet >= every {
            self.want_daemon(Question::Brief);
            every
        } else {
            every.saturating_sub(quiet)
        };
        self.timers.set(self.now + next, Timer::Heartbeat);
    }

    /// Between two signs of life.
    pub(super) fn heartbeat(&self) -> Duration {
        match self.life.brief.and_then(|brief| brief.idle_workers) {
            None => HEARTBEAT,
            Some(idle) if idle <= 2 * FEW_WORKERS => FEW_WORKERS_EVERY,
            Some(_) => WORKERS_EVERY,
        }
    }
}
