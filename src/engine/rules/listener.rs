//! A daemon that is known by its control socket alone: it answers, it does not, or it is gone. Why it is gone nobody here can see, so it never
//! counts as crashed; and nothing but its answers tells whether it turns, so it has long before it counts as hung.

use std::time::Duration;

use super::words;
use crate::engine::Engine;
use crate::engine::facts::Facts;
use crate::engine::facts::happened::Happened;
use crate::engine::timers::Timer;
use crate::model::{
    Affected, Code, Daemon, Effect, KnownBy, ListenerEnd, ListenerLook, ListenerLoss, Question, Reason, Severity,
    Source,
};

/// Without any answer for so long, it hangs: a container may be paused for a moment, or starved.
const HANGS_AFTER: Duration = Duration::from_secs(180);

/// How long its log, where that is known, is waited for before the loss is told.
const LOG_PATIENCE: Duration = Duration::from_secs(1);

/// Who died.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// A process that was seen.
    Process {
        /// Its number.
        pid: u32,
        /// Its start in clock ticks after boot.
        start_ticks: u64,
    },
    /// Whoever listened at a control socket.
    Listener(LostListener),
}

/// A listener that is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostListener {
    /// Where it listened.
    pub socket: String,
    /// How its end showed.
    pub how: ListenerEnd,
    /// Its log had said that it would end.
    pub announced: bool,
}

// === impl Who ===

impl Who {
    /// The number of its process, where it was seen.
    pub const fn pid(&self) -> Option<u32> {
        match self {
            Self::Process { pid, .. } => Some(*pid),
            Self::Listener(_) => None,
        }
    }

    /// Its control socket alone was known.
    pub const fn is_listener(&self) -> bool {
        matches!(self, Self::Listener(_))
    }
}

// === impl LostListener ===

impl LostListener {
    pub(super) const fn reason(&self) -> Reason {
        if self.announced { Reason::OrderlyStop } else { Reason::SocketGone }
    }
}

impl Engine {
    pub(in crate::engine) fn tell_listener_hangs(&mut self, out: &mut Vec<Effect>) {
        let Some(daemon) = &self.facts.life.daemon else { return };
        let told = words::listener_hung(&daemon.socket, HANGS_AFTER);
        let waiting = self.facts.life.waiting;
        let text = format!("it was asked and has answered nothing for {} s", HANGS_AFTER.as_secs());
        let mut lines = vec![self.facts.evidence(Source::Daemon, text)];
        if waiting > 0 {
            lines.push(
                self.facts.evidence(Source::Process, format!("connections waiting on its control socket: {waiting}")),
            );
        }
        let counts = self.facts.sad.counts();
        let affected = Affected { sas: counts.software + counts.crypto + counts.packet, ..Affected::default() };
        let draft =
            self.facts.host_draft(Code::DaemonHung, Reason::Unresponsive, Severity::Critical, affected, told, lines);
        self.book.open(draft, self.facts.now, self.facts.wall, out);
    }
}

impl Facts {
    // --- its end

    pub(in crate::engine) fn listener_gone(&mut self, loss: ListenerLoss, out: &mut Vec<Effect>) {
        let known = KnownBy::Socket { listener: loss.listener };
        let Some(Daemon { socket, .. }) = self.life.daemon.take_if(|daemon| daemon.known == known) else {
            return;
        };
        self.life.unanswered = None;
        self.daemon_is_away("nobody listens at its control socket any more");
        let before = self.was_up_or_owed();
        let line = self.evidence(Source::Process, words::listener_line(&socket, loss.how));
        let after = self.catch_up(out);
        let who = Who::Listener(LostListener { socket, how: loss.how, announced: false });
        self.life.death = Some(self.death_of(who, None, (before, vec![line]), after));
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
        let recently = self.life.answered.is_some_and(|at| self.now.since(at) < super::daemon::HINT_GAP);
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
