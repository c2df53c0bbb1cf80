//! Questions under way, and when the next one may be asked. Whoever asks the daemon holds it up, so this is where its peace is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Facts;
use crate::engine::facts::timer::Timer;
use crate::model::{AskId, Boottime, Effect, Question, RunState, SaId};

/// How long the cheap call may take before a daemon that is stopped or held counts as hung.
const BRIEF_DEADLINE: Duration = Duration::from_secs(4);

/// How long it may take where the process seems to run: a daemon may wait for its updown scripts, and answers nobody meanwhile.
const BUSY_DEADLINE: Duration = Duration::from_secs(8);

/// How long the sign of life that nothing gave a reason for may take.
const HEARTBEAT_DEADLINE: Duration = Duration::from_secs(5);

/// How long a whole table may take.
const TABLE_DEADLINE: Duration = Duration::from_secs(30);

/// Between two signs of life that nothing else gave a reason for.
pub const HEARTBEAT: Duration = Duration::from_secs(60);

/// Between two whole tables that nothing gave a reason for.
pub const TABLE_EVERY: Duration = Duration::from_secs(1800);

/// After a table that kept the daemon busy for t, the same one waits this many times t.
const PEACE: u32 = 1000;

/// Never sooner than this after the same table.
const PEACE_AT_LEAST: Duration = Duration::from_secs(1);

/// Above this many Child SAs the daemon's table is not asked for: it makes two system calls an SA and stands still meanwhile.
pub const TABLE_LIMIT: u32 = 20_000;

/// Reads that may wait; more than that is a dump's work.
pub const READS: usize = 64;

#[derive(Debug, Default)]
pub struct Asks {
    last: u64,
    /// SAs being read, with the number of the observation at which they were asked for.
    pub reads: BTreeMap<AskId, (SaId, u64)>,
    /// The log is being read to its end.
    pub catching_up: Option<(AskId, u64)>,
    /// A count is under way.
    pub count: Option<AskId>,
    /// What the daemon is being asked.
    pub daemon: Option<(AskId, Question)>,
    /// What it should be asked next.
    pub wanted: BTreeSet<Question>,
    /// Each table not before this.
    pub floors: BTreeMap<Question, Boottime>,
}

impl Asks {
    /// A new id.
    pub fn next(&mut self) -> AskId {
        self.last += 1;
        AskId(self.last)
    }
}

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

    /// A table that could not be had is asked for again, at the pace of the signs of life.
    pub(in crate::engine) fn ask_again_later(&mut self, question: Question) {
        if question != Question::Brief {
            self.asks.wanted.insert(question);
            let floor = self.asks.floors.entry(question).or_default();
            *floor = (*floor).max(self.now + HEARTBEAT);
        }
    }

    /// Notes that a table kept the daemon busy for `worked` microseconds.
    pub(in crate::engine) fn give_peace(&mut self, question: Question, worked: u64) {
        let peace = Duration::from_micros(worked).saturating_mul(PEACE).max(PEACE_AT_LEAST);
        self.asks.floors.insert(question, self.now + peace);
    }
}
