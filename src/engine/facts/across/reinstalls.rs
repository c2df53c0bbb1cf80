//! A step that takes an SA out of the kernel and puts it back begins and ends, and what that excuses.

use std::time::Duration;

use crate::engine::facts::Facts;
use crate::engine::facts::reinstalls::{ECHO, ReinstallUnderWay};
use crate::model::{SaId, Spi};

/// A step that takes longer has other troubles than ours.
const GAP_AT_MOST: Duration = Duration::from_secs(60);

impl Facts {
    /// A step that takes it out and puts it back begins.
    pub(in crate::engine) fn reinstall_begins(&mut self, sa: SaId) {
        let now = self.now;
        self.reinstalls.by_sa.retain(|_, one| now.since(one.since) < GAP_AT_MOST);
        self.reinstalls.by_sa.insert(sa, ReinstallUnderWay { since: now, acting: true });
    }

    /// The step has ended. Its coming back is told by an event that may be behind this.
    pub(in crate::engine) fn reinstall_ended(&mut self, sa: SaId) {
        self.reinstalls.by_sa.insert(sa, ReinstallUnderWay { since: self.now, acting: false });
    }

    /// The step took it out, and it is not back: nothing excuses that it is away.
    pub(in crate::engine) fn reinstall_lost(&mut self, sa: &SaId) {
        self.reinstalls.by_sa.remove(sa);
    }

    /// A step that puts it back is under way, or ended a moment ago.
    pub(in crate::engine) fn is_away_for_a_moment(&self, sa: &SaId) -> bool {
        self.reinstalls.by_sa.get(sa).is_some_and(|one| one.acting || self.now.since(one.since) < ECHO)
    }

    /// It was put back just now: what the kernel says of its offload is the answer to us.
    pub(in crate::engine) fn was_put_back_lately(&self, spi: Spi) -> bool {
        self.reinstalls.by_sa.keys().any(|sa| sa.spi == spi && self.is_away_for_a_moment(sa))
    }
}
