//! What is kept of remedies from step to step.

use std::collections::{BTreeMap, BTreeSet};

use super::Run;
use super::guard::Guard;
use crate::engine::timers::Timers;
use crate::model::{
    AddressPair, AskId, Boottime, Intent, Remedy, RemedyCounts, RemedyId, RemedyKind, RemedyState, RemedyTarget,
};

/// Everything that is to be done, is being done, or was refused while what is wrong lasts.
#[derive(Debug, Default)]
pub struct Remedies {
    pub(super) guard: Guard,
    pub(super) last: RemedyId,
    pub(super) runs: BTreeMap<RemedyId, Run>,
    pub(super) by_target: BTreeMap<(RemedyKind, RemedyTarget), RemedyId>,
    pub(super) by_finding: BTreeMap<String, BTreeSet<RemedyId>>,
    /// To be looked at in this step.
    pub(super) due: BTreeSet<RemedyId>,
    /// Ready, and in line for what all of a kind share.
    pub(super) line: BTreeSet<RemedyId>,
    /// Findings whose remedy may have changed in this step.
    pub(super) findings: BTreeSet<String>,
    /// Steps under way.
    pub(super) acts: BTreeMap<AskId, RemedyId>,
    /// What is to be kept has changed.
    pub(super) unkept: bool,
    /// How runs ended whose findings are still open.
    pub(super) past: BTreeMap<String, PastRuns>,
    /// Every open finding is looked at anew: other remedies may act.
    pub(super) reconsider: bool,
    pub(super) fence: FenceState,
    /// Which kind helped a target last, and when.
    pub(super) helped: BTreeMap<RemedyTarget, (RemedyKind, Boottime)>,
    pub(super) counts: RemedyCounts,
    /// What an evacuation before this run blocked stands until then.
    pub(super) blocked_until: Boottime,
    /// What a run of swanwatch before this one did not finish.
    pub(super) unfinished: Vec<Intent>,
    /// The last question of a step, or of something to be kept.
    pub(super) last_ask: u64,
    pub(super) timers: Timers<RemedyWake>,
}

/// What is to be looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RemedyWake {
    Run(RemedyId),
    /// Those that wait for what all of a kind share.
    Line,
    /// The fence is set again.
    Fence,
    /// An evacuation may have had its time.
    Evacuations,
    /// What is to be kept has changed.
    Keep,
}

/// How the runs for one finding ended so far.
#[derive(Clone, Debug, Default)]
pub(super) struct PastRuns {
    pub(super) counts: BTreeMap<RemedyState, usize>,
    /// Of these nobody has to look at one, whatever state it ended in.
    pub(super) healed: usize,
    pub(super) last: Option<Remedy>,
}

/// How the fence stands, by what was asked of it.
#[derive(Debug, Default)]
pub(super) struct FenceState {
    pub(super) asked: Option<AskId>,
    /// Pairs whose policy was deleted alone.
    pub(super) gone: BTreeSet<AddressPair>,
    pub(super) standing: BTreeSet<AddressPair>,
}

impl Remedies {
    /// The run on this target, if there is one.
    pub(super) fn run_on(&self, kind: RemedyKind, target: &RemedyTarget) -> Option<RemedyId> {
        self.by_target.get(&(kind, target.clone())).copied()
    }

    pub(super) fn next_ask(&mut self) -> AskId {
        self.last_ask += 1;
        AskId::of_remedies(self.last_ask)
    }

    /// When to look again.
    pub fn next(&self) -> Option<Boottime> {
        self.timers.next()
    }

    /// The connections that runs are about.
    pub fn connections(&self) -> impl Iterator<Item = &str> {
        self.runs.values().filter_map(|run| run.target.connection())
    }

    /// Something happened that those on this target may wait for.
    pub(super) fn look_at(&mut self, target: &RemedyTarget) {
        let runs: Vec<_> = RemedyKind::ALL.iter().filter_map(|kind| self.run_on(*kind, target)).collect();
        self.due.extend(runs);
    }

    /// Something happened that many of them may wait for.
    pub(super) fn look_at_all(&mut self) {
        self.due.extend(self.runs.keys().copied());
    }
}
