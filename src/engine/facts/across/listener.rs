//! How a daemon that is known by its control socket alone ends, and when it hangs: nothing but its answers tells whether it turns, so it has
//! long before it counts as hung.

use super::hang::HINT_GAP;
use crate::engine::facts::Facts;
use crate::engine::facts::death::{LOG_PATIENCE, Who};
use crate::engine::facts::happened::Happened;
use crate::engine::facts::listener::{HANGS_AFTER, LostListener};
use crate::engine::facts::timer::Timer;
use crate::model::{Daemon, Effect, KnownBy, ListenerEnd, ListenerLook, ListenerLoss, Question, Source};

impl Facts {
    // --- its end

    pub(in crate::engine) fn listener_gone(&mut self, loss: ListenerLoss, out: &mut Vec<Effect>) {
        let known = KnownBy::Socket { listener: loss.listener };
        let Some(Daemon { socket, .. }) = self.life.daemon.take_if(|daemon| daemon.known == known) else { return };
        self.life.unanswered = None;
        self.daemon_is_away("nobody listens at its control socket any more");
        let before = self.was_up_or_owed();
        let line = self.evidence(Source::Process, how_it_ended(&socket, loss.how));
        let after = self.catch_up(out);
        let who = Who::Listener(LostListener { socket, how: loss.how, announced: false });
        self.life.death = Some(self.death_of(who, None, (before, line), after));
        self.timers.set(self.now + LOG_PATIENCE, Timer::Death);
        self.touch_every_tunnel();
    }

    // --- its silence

    pub(in crate::engine) fn listener_looked_at(&mut self, look: ListenerLook) {
        let known = KnownBy::Socket { listener: look.listener };
        if self.life.daemon.as_ref().is_none_or(|daemon| daemon.known != known) {
            return;
        }
        let before = std::mem::replace(&mut self.life.waiting, look.waiting);
        let recently = self.life.answered.is_some_and(|at| self.now.since(at) < HINT_GAP);
        if before > 0 && look.waiting >= before && !recently {
            self.want_daemon(Question::Brief);
        }
    }

    /// Asked, and not answered in time; the call stays on the line.
    pub(in crate::engine) fn listener_does_not_answer(&mut self, question: Question) {
        let asked = self.life.asked.map_or(self.now, |(at, _)| at);
        let since = *self.life.unanswered.get_or_insert(asked);
        if question != Question::Brief {
            // It is still owed when this call has ended.
            self.ask_again_later(question);
        }
        if self.now.since(since) >= HANGS_AFTER {
            self.listener_hangs();
        } else {
            self.timers.set(since + HANGS_AFTER, Timer::Unanswered);
        }
    }

    pub(in crate::engine) fn unanswered_due(&mut self) {
        if self.life.is_by_socket() && self.life.unanswered.is_some_and(|at| self.now.since(at) >= HANGS_AFTER) {
            self.listener_hangs();
        }
    }

    fn listener_hangs(&mut self) {
        if self.life.daemon.is_none() || self.life.hung.is_some() {
            return;
        }
        self.life.hung = Some((self.now, self.wall));
        self.happens(Happened::ListenerHangs);
        self.touch_every_tunnel();
    }
}

/// How the end of a listener showed.
fn how_it_ended(socket: &str, how: ListenerEnd) -> String {
    match how {
        ListenerEnd::FileGone => format!("the control socket {socket} is gone"),
        ListenerEnd::NobodyListens => format!("nobody listens at the control socket {socket} any more"),
        ListenerEnd::Replaced => format!("another socket listens at {socket}"),
        ListenerEnd::NotRoots => format!("the control socket {socket} is not root's alone any more"),
    }
}
