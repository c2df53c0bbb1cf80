//! What was wrong is over while its remedy still waited: whether another remedy's work has done it.

use std::time::Duration;

use super::run::{Run, RunStage};
use super::{Course, Scene};
use crate::model::{Boottime, RemedyKind, RemedyTarget};

/// What helped longer ago is not why something is right now.
const REMEMBERED: Duration = Duration::from_secs(600);

impl Course<'_> {
    /// It was seen to help.
    pub(super) fn has_helped(&mut self, run: &Run) {
        let now = self.facts.now;
        self.remedies.helped.retain(|_, (_, at)| now.since(*at) < REMEMBERED);
        self.remedies.helped.insert(run.target.clone(), (run.kind, now));
    }
}

impl Scene<'_> {
    /// The other remedy that did this one's work: on the same target, or a restart of the daemon, which brings every tunnel back.
    pub(super) fn healer_of(&self, run: &Run) -> Option<String> {
        let healer = |target: &RemedyTarget| {
            // A tunnel that is owed since the daemon's death is so from before its restart.
            let is_owed = run.kind == RemedyKind::Restart && *target == RemedyTarget::Daemon;
            let since = if is_owed { Boottime::default() } else { run.wanted };
            let kind = self.helped_since(target, since).or_else(|| self.is_verified_on(target, run))?;
            Some(format!("{kind} of {target}"))
        };
        [&run.target, &RemedyTarget::Daemon].into_iter().find_map(healer)
    }

    fn helped_since(&self, target: &RemedyTarget, since: Boottime) -> Option<RemedyKind> {
        let (kind, at) = self.remedies.helped.get(target)?;
        (*at > since && self.facts.now.since(*at) < REMEMBERED).then_some(*kind)
    }

    /// The steps of another one are done, though it is not seen yet that they helped.
    fn is_verified_on(&self, target: &RemedyTarget, run: &Run) -> Option<RemedyKind> {
        let others = RemedyKind::ALL.into_iter().filter_map(|kind| self.remedies.run_on(kind, target));
        let mut others = others.filter_map(|id| self.remedies.runs.get(&id));
        others.find(|other| other.id != run.id && other.stage == RunStage::Verifying).map(|other| other.kind)
    }
}
