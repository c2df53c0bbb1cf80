//! SAs in the kernel that no Child SA of the daemon claims: when the daemon is asked about one.

use std::time::Duration;

use crate::engine::facts::Facts;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::sad::Sa;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::timer::Timer;
use crate::model::{Boottime, Question, SaStage, Source, SourceState};

/// An SA that nobody claims is asked about after this time: the daemon's line about it may still be under way.
const ASKED_AFTER: Duration = Duration::from_secs(5);

/// The same where no line of the daemon can be read.
const ASKED_WITHOUT_LOG: Duration = Duration::from_secs(2);

/// Between two tables that are asked for because the last one may have left out whose an SA is.
const ASKED_AGAIN: Duration = Duration::from_secs(60);

impl Facts {
    /// An SA that came a while ago: if still nobody claims it, the daemon is asked.
    pub(in crate::engine) fn unclaimed_due(&mut self, slot: Slot<Sa>) {
        let Some(sa) = self.sad.get(slot) else { return };
        if sa.claim.is_some() || sa.stage == SaStage::Larval || !self.life.is_alive() {
            return;
        }
        let (seen, reqid) = (sa.seen, sa.reqid);
        if self.negotiates_with_reqid(reqid) {
            self.timers.set(self.unclaimed_due_at(), Timer::Unclaimed(slot));
            return;
        }
        let let_go = self.released.get(&slot).copied().unwrap_or_default();
        if self.life.table.is_none_or(|(asked, _)| asked <= seen.max(let_go)) {
            self.want_daemon(Question::Table);
        } else if self.life.told.partial && !self.is_unknown_to_daemon(slot) {
            // What that table left out, or had on its way down, the next one may tell.
            if self.life.table.is_none_or(|(asked, _)| self.now.since(asked) >= ASKED_AGAIN) {
                self.want_daemon(Question::Table);
            }
            self.timers.set(self.now + ASKED_AGAIN, Timer::Unclaimed(slot));
        }
        self.happens(Happened::SaUnclaimed(slot));
    }

    fn is_unknown_to_daemon(&self, slot: Slot<Sa>) -> bool {
        self.sad.get(slot).is_some_and(|sa| self.daemon_does_not_know(slot, sa))
    }

    /// When an SA that nobody claims now is asked about.
    pub(in crate::engine) fn unclaimed_due_at(&self) -> Boottime {
        let reads = self.coverage.get(&Source::Log).is_some_and(|log| log.state == SourceState::Ok);
        self.now + if reads { ASKED_AFTER } else { ASKED_WITHOUT_LOG }
    }

    /// Whether the connection of this reqid is negotiating: the SA may be half of what comes.
    pub(in crate::engine) fn negotiates_with_reqid(&self, reqid: u32) -> bool {
        let connection = self.claims.connection_of_reqid(reqid).and_then(|slot| self.claims.connection_at(slot));
        connection.is_some_and(|connection| connection.negotiating.is_some())
    }

    /// Installed SAs that nobody claims now.
    pub(in crate::engine) fn unclaimed(&self) -> impl Iterator<Item = (Slot<Sa>, &Sa)> {
        self.sad.iter().filter(|(_, sa)| sa.claim.is_none() && sa.stage == SaStage::Installed)
    }

    /// The daemon's table was read: what it does not claim, it does not know.
    pub(in crate::engine) fn table_was_read(&mut self) {
        self.happens(Happened::TableRead);
        self.touch_every_tunnel();
    }

    /// The first join: what the table that was read before it does not claim is known only now.
    pub(in crate::engine) fn unclaimed_at_join(&mut self) {
        if self.life.table.is_some() {
            self.happens(Happened::TableRead);
        }
    }
}
