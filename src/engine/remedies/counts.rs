//! How often remedies ended how, and how often a limit held one, since the start.

use super::{Course, Run};
use crate::engine::remedies::guard::Hold;
use crate::model::{RemedyCounts, RemedyId, RemedyLimit, RemedyOutcome, RemedyState};

impl Course<'_> {
    /// A run is held by this now, or by nothing any more.
    pub(super) fn count_hold(&mut self, run: RemedyId, hold: Option<Hold>) {
        let Some(run) = self.remedies.runs.get_mut(&run) else { return };
        let limit = match hold {
            Some(Hold::OfTarget) => Some(RemedyLimit::OfTarget),
            Some(Hold::Hourly) => Some(RemedyLimit::OfKind),
            _ => None,
        };
        let is_news = run.limit != limit;
        run.limit = limit;
        if let Some(limit) = limit.filter(|_| is_news) {
            *self.remedies.counts.limits.entry((run.kind, limit)).or_default() += 1;
        }
    }
}

/// A run was in `before`, and is in another state now.
pub(super) fn count_state(counts: &mut RemedyCounts, run: &Run, before: RemedyState) {
    let outcome = match run.state {
        _ if run.replaced => return,
        _ if run.healed => RemedyOutcome::NotNeeded,
        state if state == before => return,
        RemedyState::Done => RemedyOutcome::Done,
        RemedyState::Failed => RemedyOutcome::Failed,
        RemedyState::Refused => RemedyOutcome::Refused,
        RemedyState::GivenUp => RemedyOutcome::GivenUp,
        _ => return,
    };
    *counts.ended.entry((run.kind, outcome)).or_default() += 1;
}

impl super::Remedies {
    /// What a scrape shows.
    pub fn remedy_counts(&self) -> RemedyCounts {
        let mut counts = self.counts.clone();
        let in_progress = |run: &&Run| RemedyState::IN_PROGRESS.contains(&run.state);
        for run in self.runs.values().filter(in_progress) {
            *counts.in_progress.entry((run.kind, run.state)).or_default() += 1;
        }
        counts
    }
}
