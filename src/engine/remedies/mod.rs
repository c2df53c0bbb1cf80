//! Remedies: which finding calls for which one, whether the time is right, its steps, and how it is seen that it helped.
//!
//! `course` leads every remedy through its states in the same way, and `attempt` through one try; what is particular to one kind stands in
//! its own file, and `kinds` names it. The guard decides how often; hands do single steps; nothing here does anything.

mod attempt;
mod counts;
mod course;
mod fence;
pub mod guard;
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

pub use self::run::{Over, Plan, Ready, Run, Seen};

use self::guard::{By, Guard};
use super::facts::want::Want;
use super::findings::book::Book;
use super::findings::{Findings, is_refused};
use super::timers::Timers;
use crate::engine::facts::Facts;
use crate::engine::facts::claims::{Connection, Tunnel};
use crate::engine::facts::happened::Happened;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::story::StoryLine;
use crate::engine::facts::touched::Touched;
use crate::model::{
    AskId, Boottime, Change, Code, Effect, Intent, RemedyCounts, RemedyId, RemedyKind, RemedyTarget, Source, What,
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
    /// What a run of swanwatch before this one did not finish.
    unfinished: Vec<Intent>,
    /// The last question of a step, or of something to be kept.
    last_ask: u64,
    timers: Timers<Wake>,
}

/// What is to be looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wake {
    Run(RemedyId),
    /// Those that wait for what all of a kind share.
    Line,
    /// The fence is set again.
    Fence,
}

/// What remedies go by.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// What is known.
    pub facts: &'a Facts,
    /// The findings' rules.
    pub findings: &'a Findings,
    pub book: &'a Book,
    /// What is done about it.
    pub remedies: &'a Remedies,
}

impl Course<'_> {
    /// As it is now.
    fn scene(&self) -> Scene<'_> {
        let Self { facts, findings, book, remedies, .. } = self;
        Scene { facts, findings, book, remedies }
    }

    /// A line for `explain`.
    fn tell_remedy_story(&mut self, target: &RemedyTarget, text: String) {
        let connection = target.connection().and_then(|connection| self.facts.names.find(connection));
        let line = self.facts.evidence(Source::Remedy, text);
        self.wants.push(Want::Story(StoryLine { line, connection, sa: None }));
    }
}

impl Scene<'_> {
    fn is_full_device(&self, device: u32) -> bool {
        self.book.is_open(Code::OffloadCapacity, &self.facts.links.name(device))
    }

    /// Whether the last SA that was asked for was refused.
    fn was_refused(&self, connection: Slot<Connection>) -> bool {
        is_refused(self.facts, self.book, connection)
            || self.facts.claims.connection_at(connection).is_some_and(|row| row.last_refused)
    }
}

/// The remedies in one step: they read what is known and found, and want what is to be done.
#[derive(Debug)]
pub struct Course<'a> {
    /// What is known.
    pub facts: &'a Facts,
    /// The findings' rules.
    pub findings: &'a Findings,
    pub book: &'a mut Book,
    /// What is done about it.
    pub remedies: &'a mut Remedies,
    /// What the facts are to do.
    pub wants: &'a mut Vec<Want>,
}

impl Remedies {
    /// The run on this target, if there is one.
    fn run_on(&self, kind: RemedyKind, target: &RemedyTarget) -> Option<RemedyId> {
        self.by_target.get(&(kind, target.clone())).copied()
    }

    fn next_ask(&mut self) -> AskId {
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
    fn look_at(&mut self, target: &RemedyTarget) {
        let runs: Vec<_> = RemedyKind::ALL.iter().filter_map(|kind| self.run_on(*kind, target)).collect();
        self.due.extend(runs);
    }

    /// Something happened that many of them may wait for.
    fn look_at_all(&mut self) {
        self.due.extend(self.runs.keys().copied());
    }
}

impl Course<'_> {
    /// After everything is judged: `out` holds this step's effects from `first` on.
    pub(super) fn go(&mut self, first: usize, out: &mut Vec<Effect>) {
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

    /// What is theirs of an observation, and what a remedy may wait for.
    pub(super) fn take(&mut self, what: &What, out: &mut Vec<Effect>) {
        match what {
            What::Started(started) => self.recall(started),
            What::Kept { ask, answer } => self.kept(*ask, answer, out),
            What::Outcome(outcome) => self.step_ended(outcome, out),
            What::Requested(request) => self.requested(request, out),
            _ => {}
        }
        self.see(what);
    }

    /// What happened to the tables.
    pub(super) fn hear(&mut self, happened: &Happened, out: &mut Vec<Effect>) {
        match happened {
            Happened::NegotiationOver(connection) => self.see_connection(*connection),
            Happened::PolicySet(_) => self.fence_changed(),
            Happened::PolicyDeleted(policy) => self.fence_loses(policy),
            Happened::MayBringUp => self.bring_up_due(out),
            Happened::UpChanged => self.remedies.unkept = true,
            _ => {}
        }
    }

    /// Tunnels were judged.
    pub(super) fn see_tunnels(&mut self, touched: &Touched) {
        if self.remedies.runs.is_empty() {
            return;
        }
        for target in touched.tunnels.iter().filter_map(|tunnel| self.facts.target_of(*tunnel)) {
            self.remedies.look_at(&target);
        }
    }

    fn see(&mut self, what: &What) {
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

    /// A negotiation of it has ended. It may have no tunnel yet.
    fn see_connection(&mut self, connection: Slot<Connection>) {
        if self.remedies.runs.is_empty() {
            return;
        }
        let target = RemedyTarget::Tunnel { connection: self.facts.connection_text(connection), instance: None };
        self.remedies.look_at(&target);
    }

    /// What its time has come for. Whether the fence is to be set again.
    pub(super) fn wake(&mut self) -> bool {
        let mut fence = false;
        for wake in self.remedies.timers.take_due(self.facts.now) {
            match wake {
                Wake::Run(id) => drop(self.remedies.due.insert(id)),
                // Looked at in every step.
                Wake::Line => {}
                Wake::Fence => fence = true,
            }
        }
        fence
    }

    /// Look at it again then.
    fn look_later(&mut self, id: RemedyId, at: Boottime) {
        self.remedies.timers.set(at, Wake::Run(id));
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
}

fn told(effect: &Effect) -> Option<(Change, String)> {
    match effect {
        Effect::Tell { change, finding } => Some((*change, finding.id.clone())),
        _ => None,
    }
}
