//! A daemon that is there and does nothing, or is kept from it.

use std::time::Duration;

use crate::engine::facts::Facts;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::silence::{Doing, Unanswered, does_not_fall};
use crate::model::{AskId, Daemon, ProcessLook, Question, RunState, Silence};

/// A sign of trouble is not asked about again sooner than this after an answer.
pub const HINT_GAP: Duration = Duration::from_secs(5);

impl Facts {
    pub(in crate::engine) fn process_looked_at(&mut self, look: &ProcessLook) {
        let before = self.life.look.replace(*look).filter(|before| before.pid == look.pid).map(|before| before.unread);
        if before.is_some_and(|before| before.ike > look.unread.ike || before.control > look.unread.control) {
            self.life.read_at = Some(self.now);
        }
        let stuck = before.is_some_and(|before| does_not_fall(before, look.unread));
        let recently = self.life.answered.is_some_and(|at| self.now.since(at) < HINT_GAP);
        // A process that is not running is asked about at once; a queue may be long for a moment.
        let hint = look.state != RunState::Running || (stuck && !recently);
        if hint && self.life.hung.is_none() {
            self.want_daemon(Question::Brief);
        }
    }

    /// What it did while this question waited, as seen now.
    pub(in crate::engine) fn daemon_is_silent(&mut self, ask: AskId, silence: &Silence) {
        let pid = self.life.daemon.as_ref().and_then(Daemon::pid);
        if self.asks.daemon.is_none_or(|(pending, _)| pending != ask) || pid != Some(silence.pid) {
            return;
        }
        let lost = self.life.waits.seen(silence);
        if self.life.hung.is_some() {
            self.life.lost_since_hung = self.life.lost_since_hung.saturating_add(lost);
        }
        if let Some(question) = self.life.timed_out {
            self.judge_silence(question);
        }
    }

    /// It was asked, and did not answer in time.
    pub(super) fn daemon_does_not_answer(&mut self, question: Question) {
        if self.life.daemon.as_ref().and_then(Daemon::pid).is_some() {
            self.life.timed_out = Some(question);
            self.judge_silence(question);
        }
    }

    /// The next question is asked.
    pub(super) fn begin_to_wait(&mut self, patience: Duration) {
        self.life.waits = Unanswered::new(patience);
        self.life.timed_out = None;
    }

    fn judge_silence(&mut self, question: Question) {
        let waits = &mut self.life.waits;
        let doing = waits.doing();
        if self.life.hung.is_some() {
            // Between two of them is none: it would only be told back and forth.
            if doing.is_some_and(|doing| doing != Doing::Unclear) && doing != waits.told {
                waits.told = doing;
                self.happens(Happened::Hangs(question));
            }
        } else if waits.could_answer() {
            waits.told = doing;
            self.life.hung = Some((self.now, self.wall));
            self.life.lost_since_hung = Duration::ZERO;
            self.life.starved = None;
            self.happens(Happened::Hangs(question));
        } else if let Some(lack) = waits.starved()
            && self.life.starved.replace(lack) != Some(lack)
        {
            self.happens(Happened::Starves);
        }
    }

    pub(super) fn recovered_from_hang(&mut self, how: &'static str) {
        let starved = self.life.starved.take().is_some();
        self.life.timed_out = None;
        if self.life.hung.take().is_some() || starved {
            self.happens(Happened::Recovered(how));
            self.touch_every_tunnel();
        }
    }
}
