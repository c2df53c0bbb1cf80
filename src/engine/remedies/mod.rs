//! Remedies: which finding calls for which one, whether the time is right, its steps, and how it is seen that it helped.
//!
//! `course` leads every remedy through its states in the same way, and `attempt` through one try; what is particular to one kind stands in
//! its own file, and `kinds` names it. The guard decides how often; hands do single steps; nothing here does anything.

mod attempt;
mod counts;
mod course;
mod fence;
mod healed;
mod kinds;
mod memory;
mod reinstall;
mod rekey;
mod request;
mod restart;
mod run;
mod told;
mod words;

use std::collections::{BTreeMap, BTreeSet};

pub use self::restart::COMES_BY_ITSELF;
pub use self::run::{Over, Plan, Ready, Run, Seen};

use super::Engine;
use super::guard::{By, Guard};
use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Connection, Tunnel};
use crate::engine::facts::slab::Slot;
use crate::model::{
    AskId, Boottime, Change, Effect, Intent, RemedyCounts, RemedyId, RemedyKind, RemedyTarget, SaId, What,
};

/// Everything that is to be done, is being done, or was refused while what is wrong lasts.
#[derive(Debug, Default)]
pub struct Remedies {
    guard: Guard,
    last: RemedyId,
    runs: BTreeMap<RemedyId, Run>,
    by_target: BTreeMap<(RemedyKind, RemedyTarget), RemedyId>,
    by_finding: BTreeMap<String, BTreeSet<RemedyId>>,
    /// To be looked at in this step.
    due: BTreeSet<RemedyId>,
    /// Ready, and in line for what all of a kind share.
    line: BTreeSet<RemedyId>,
    /// Findings whose remedy may have changed in this step.
    findings: BTreeSet<String>,
    /// Steps under way.
    acts: BTreeMap<AskId, RemedyId>,
    /// What is to be kept has changed.
    unkept: bool,
    /// How runs ended whose findings are still open.
    past: BTreeMap<String, told::Past>,
    /// Every open finding is looked at anew: other remedies may act.
    reconsider: bool,
    fence: fence::Fence,
    /// Which kind helped a target last, and when.
    helped: BTreeMap<RemedyTarget, (RemedyKind, Boottime)>,
    counts: RemedyCounts,
    /// SAs that are put back, and since when they are or were.
    reinstalled: BTreeMap<SaId, Boottime>,
    /// What a run of swanwatch before this one did not finish.
    unfinished: Vec<Intent>,
}

impl Remedies {
    /// The run on this target, if there is one.
    fn run_on(&self, kind: RemedyKind, target: &RemedyTarget) -> Option<RemedyId> {
        self.by_target.get(&(kind, target.clone())).copied()
    }

    /// The connections that runs are about.
    pub fn connections(&self) -> impl Iterator<Item = &str> {
        self.runs.values().filter_map(|run| run.target.connection())
    }

    /// Something happened that those on this target may wait for.
    fn look_at(&mut self, target: &RemedyTarget) {
        let runs: Vec<_> = RemedyKind::ALL.iter().filter_map(|kind| self.run_on(*kind, target)).collect();
        self.due.extend(runs);
    }

    /// Something happened that many of them may wait for.
    fn look_at_all(&mut self) {
        self.due.extend(self.runs.keys().copied());
    }
}

impl Engine {
    /// After everything is judged: `out` holds this step's effects from `first` on.
    pub(super) fn judge_remedies(&mut self, first: usize, out: &mut Vec<Effect>) {
        if !self.facts.joined {
            return;
        }
        let told: Vec<(Change, String)> = out.iter().skip(first).filter_map(told).collect();
        for (change, id) in told {
            match change {
                Change::Opened | Change::Changed => self.finding_calls(&id, out),
                Change::Closed => self.finding_is_over(&id),
            }
        }
        if std::mem::take(&mut self.remedies.reconsider) {
            for id in self.book.ids() {
                self.finding_calls(&id, out);
            }
        }
        // Bounded: a look makes at most the next one due.
        let mut looks = 4 * self.remedies.due.len() + 16;
        while let Some(id) = self.remedies.due.pop_first() {
            self.look_at_run(id, out);
            looks = looks.saturating_sub(1);
            if looks == 0 {
                break;
            }
        }
        self.next_in_line(out);
        self.tell_of_remedies(first, out);
        self.keep_what_changed(out);
    }

    /// What a remedy may wait for.
    pub(super) fn remedies_see(&mut self, what: &What) {
        let decides = matches!(
            what,
            What::Link(_)
                | What::LinkGone { .. }
                | What::DaemonFound(_)
                | What::DaemonGone(_)
                | What::ListenerGone(_)
                | What::DaemonAnswered { .. }
                | What::DaemonAnsweredLate { .. }
                | What::Reconfigured(_)
                | What::Unit(_)
                | What::Process(_)
        );
        self.remedies.reconsider |= matches!(what, What::Reconfigured(_));
        if matches!(what, What::Reconfigured(_)) {
            self.fence_changed();
        }
        if !decides || self.remedies.runs.is_empty() {
            return;
        }
        self.remedies.look_at_all();
        if matches!(what, What::Link(_)) {
            // Its features may be other ones.
            self.remedies.runs.values_mut().for_each(|run| run.rests_until = None);
        }
    }

    /// A tunnel was judged.
    pub(super) fn remedies_see_tunnel(&mut self, tunnel: Slot<Tunnel>) {
        if self.remedies.runs.is_empty() {
            return;
        }
        let Some(target) = self.facts.target_of(tunnel) else { return };
        self.remedies.look_at(&target);
    }

    /// A negotiation of it has ended. It may have no tunnel yet.
    pub(super) fn remedies_see_connection(&mut self, connection: Slot<Connection>) {
        if self.remedies.runs.is_empty() {
            return;
        }
        let target = RemedyTarget::Tunnel { connection: self.facts.connection_text(connection), instance: None };
        self.remedies.look_at(&target);
    }

    pub(super) fn remedy_due(&mut self, id: RemedyId) {
        self.remedies.due.insert(id);
    }

    fn new_run(&mut self, kind: RemedyKind, target: RemedyTarget, by: By, finding: Option<String>) -> RemedyId {
        // It goes on where the run before ended, by that one's word.
        self.remedies.last.0 = self.remedies.last.0.wrapping_add(1);
        let id = self.remedies.last;
        self.remedies.by_target.insert((kind, target.clone()), id);
        self.remedies.runs.insert(id, Run::new(id, kind, target, by, BTreeSet::new(), self.facts.now));
        if let Some(finding) = &finding {
            self.also_for(id, finding);
        }
        self.remedies.due.insert(id);
        id
    }

    /// A run is for this finding, too.
    fn also_for(&mut self, id: RemedyId, finding: &str) {
        if let Some(run) = self.remedies.runs.get_mut(&id) {
            // What called for it and is over calls for nothing any more.
            run.findings.retain(|before| self.book.get(before).is_some());
            run.findings.insert(finding.to_owned());
            self.remedies.by_finding.entry(finding.to_owned()).or_default().insert(id);
            self.remedies.due.insert(id);
        }
    }
}

impl Facts {
    /// As people and remedies name a tunnel.
    pub(super) fn target_of(&self, tunnel: Slot<Tunnel>) -> Option<RemedyTarget> {
        let connection = self.claims.tunnel_at(tunnel)?.connection;
        let connection = self.names.text(self.claims.connection_at(connection)?.name).to_owned();
        Some(RemedyTarget::Tunnel { connection, instance: self.instance_text(tunnel) })
    }

    /// Look at it again then.
    fn look_later(&mut self, id: RemedyId, at: Boottime) {
        self.timers.set(at, super::timers::Timer::Remedy(id));
    }
}

fn told(effect: &Effect) -> Option<(Change, String)> {
    match effect {
        Effect::Tell { change, finding } => Some((*change, finding.id.clone())),
        _ => None,
    }
}
