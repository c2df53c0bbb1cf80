//! A daemon that is there and does nothing.

use std::time::Duration;

use crate::engine::facts::Facts;
use crate::engine::facts::happened::Happened;
use crate::model::{Daemon, ProcessLook, Question, RunState, Unread};

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

    pub(super) fn daemon_hangs(&mut self, question: Question) {
        if self.life.daemon.as_ref().and_then(Daemon::pid).is_some() {
            self.life.hung.get_or_insert((self.now, self.wall));
            self.happens(Happened::Hangs(question));
        }
    }

    pub(super) fn recovered_from_hang(&mut self, how: &'static str) {
        if self.life.hung.take().is_some() {
            self.happens(Happened::Recovered(how));
            self.touch_every_tunnel();
        }
    }
}

/// Something waits, and no less than before.
fn does_not_fall(before: Unread, now: Unread) -> bool {
    [(before.ike, now.ike), (before.netlink, now.netlink), (before.control, now.control)]
        .iter()
        .any(|(b, n)| *b > 0 && n >= b)
}
