//! When the daemon is asked what. Whoever asks it holds it up, so this is where its peace is kept.

use std::time::Duration;

use crate::engine::facts::Facts;
use crate::engine::facts::asks::{HEARTBEAT, READS};
use crate::engine::facts::timer::Timer;
use crate::model::{AskId, Effect, Question, RunState, SaId};

/// How long the cheap call may take before a daemon that is stopped or held counts as hung.
const BRIEF_DEADLINE: Duration = Duration::from_secs(4);

/// How long it may take where the process seems to run: a daemon may wait for its updown scripts, and answers nobody meanwhile.
const BUSY_DEADLINE: Duration = Duration::from_secs(8);

/// How long the sign of life that nothing gave a reason for may take.
const HEARTBEAT_DEADLINE: Duration = Duration::from_secs(5);

/// How long a whole table may take.
const TABLE_DEADLINE: Duration = Duration::from_secs(30);

/// After a table that kept the daemon busy for t, the same one waits this many times t.
const PEACE: u32 = 1000;

/// Never sooner than this after the same table.
const PEACE_AT_LEAST: Duration = Duration::from_secs(1);

impl Facts {
    /// The daemon should be asked; when, is this file's matter.
    pub(in crate::engine) fn want_daemon(&mut self, question: Question) {
        self.asks.wanted.insert(question);
    }

    /// Has the log read to its end. Returns the question whose answer stands behind every line written until now.
    pub(in crate::engine) fn catch_up(&mut self, out: &mut Vec<Effect>) -> AskId {
        if let Some((ask, seq)) = self.asks.catching_up
            && seq == self.seq
        {
            return ask;
        }
        let ask = self.asks.next();
        self.asks.catching_up = Some((ask, self.seq));
        out.push(Effect::CatchUp { ask });
        ask
    }

    /// Has one SA read; whether there was room to ask.
    pub(in crate::engine) fn read_sa(&mut self, id: SaId, out: &mut Vec<Effect>) -> bool {
        if self.asks.reads.values().any(|(other, _)| *other == id) {
            return true;
        }
        if self.asks.reads.len() >= READS {
            return false;
        }
        let ask = self.asks.next();
        self.asks.reads.insert(ask, (id, self.seq));
        out.push(Effect::Read { ask, sa: id });
        true
    }

    pub(in crate::engine) fn ask_what_is_wanted(&mut self, out: &mut Vec<Effect>) {
        self.dump_what_is_wanted(out);
        if self.asks.daemon.is_some() || !self.life.may_be_asked() {
            return;
        }
        let Some(question) = self.next_question() else { return };
        self.asks.wanted.remove(&question);
        let ask = self.asks.next();
        self.asks.daemon = Some((ask, question));
        self.life.asked = Some((self.now, self.wall));
        let deadline = match (question, self.life.suspicion()) {
            (Question::Brief, Some(RunState::Stopped | RunState::Traced | RunState::Dead)) => BRIEF_DEADLINE,
            (Question::Brief, Some(_)) => BUSY_DEADLINE,
            (Question::Brief, None) => HEARTBEAT_DEADLINE,
            _ => TABLE_DEADLINE,
        };
        self.begin_to_wait(deadline);
        out.push(Effect::AskDaemon { ask, question, deadline });
    }

    fn next_question(&mut self) -> Option<Question> {
        // The count of SAs comes first: it decides whether the tables may be asked for.
        if self.asks.wanted.contains(&Question::Brief) {
            return Some(Question::Brief);
        }
        let floor = |question: &Question| self.asks.floors.get(question).copied().unwrap_or_default();
        let Some(question) = self.asks.wanted.iter().rev().find(|question| floor(question) <= self.now).copied() else {
            let next = self.asks.wanted.iter().map(floor).min();
            self.timers.clear(Timer::AskFloor);
            if let Some(next) = next {
                self.timers.set(next, Timer::AskFloor);
            }
            return None;
        };
        Some(question)
    }

    /// The daemon is about to say of its connections what its log does not: whether each should be up.
    /// Where it cannot be asked within this time, nobody waits.
    pub(in crate::engine) fn awaits_connections(&self, within: Duration) -> bool {
        let floor = self.asks.floors.get(&Question::Connections).copied().unwrap_or_default();
        let soon = self.asks.wanted.contains(&Question::Connections) && floor <= self.now + within;
        let asked = self.asks.daemon.is_some_and(|(_, question)| question == Question::Connections);
        self.log_proves_nothing() && self.life.may_be_asked() && (soon || asked)
    }

    /// A table that could not be had is asked for again, at the pace of the signs of life.
    pub(in crate::engine) fn ask_again_later(&mut self, question: Question) {
        if question != Question::Brief {
            self.asks.wanted.insert(question);
            let floor = self.asks.floors.entry(question).or_default();
            *floor = (*floor).max(self.now + HEARTBEAT);
        }
        if question == Question::Connections && self.log_proves_nothing() {
            // Who waited for that waits no more.
            self.touch_every_tunnel();
        }
    }

    /// Notes that a table kept the daemon busy for `worked` microseconds.
    pub(in crate::engine) fn give_peace(&mut self, question: Question, worked: u64) {
        let peace = Duration::from_micros(worked).saturating_mul(PEACE).max(PEACE_AT_LEAST);
        self.asks.floors.insert(question, self.now + peace);
    }
}
