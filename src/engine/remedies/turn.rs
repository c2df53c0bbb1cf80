//! What remedies do in a step: they hear what happened, look at what may go on, and keep what has changed.

use std::collections::BTreeSet;

use super::guard::OrderedBy;
use super::state::RemedyWake;
use super::{Course, Run};
use crate::engine::facts::claims::Connection;
use crate::engine::facts::happened::Happened;
use crate::engine::facts::slab::Slot;
use crate::engine::facts::touched::Touched;
use crate::model::{Boottime, Change, Effect, RemedyId, RemedyKind, RemedyTarget, What};

impl Course<'_> {
    /// After everything is judged: `out` holds this step's effects from `first` on.
    pub fn go(&mut self, first: usize, out: &mut Vec<Effect>) {
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
        self.keep_evacuated(out);
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
    pub fn take(&mut self, what: &What, out: &mut Vec<Effect>) {
        match what {
            What::Started(started) => self.recall(started),
            What::Kept { ask, answer } => self.kept(*ask, answer, out),
            What::Outcome(outcome) => self.step_ended(outcome, out),
            What::Requested(request) => self.requested(request, out),
            What::LinkGone { index } => self.evacuated_device_gone(*index, out),
            _ => {}
        }
        self.see(what);
    }

    /// What happened to the tables.
    pub fn hear(&mut self, happened: &Happened, out: &mut Vec<Effect>) {
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
    pub fn see_tunnels(&mut self, touched: &Touched) {
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
                | What::DaemonSilent { .. }
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
    pub fn wake(&mut self, out: &mut Vec<Effect>) -> bool {
        let mut fence = false;
        for wake in self.remedies.timers.take_due(self.facts.now) {
            match wake {
                RemedyWake::Run(id) => drop(self.remedies.due.insert(id)),
                // Looked at in every step.
                RemedyWake::Line => {}
                RemedyWake::Fence => fence = true,
                RemedyWake::Evacuations => self.evacuations_due(out),
                RemedyWake::Keep => self.remedies.unkept = true,
            }
        }
        fence
    }

    /// Look at it again then.
    pub(super) fn look_later(&mut self, id: RemedyId, at: Boottime) {
        self.remedies.timers.set(at, RemedyWake::Run(id));
    }

    pub(super) fn new_run(
        &mut self,
        kind: RemedyKind,
        target: RemedyTarget,
        by: OrderedBy,
        finding: Option<String>,
    ) -> RemedyId {
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
    pub(super) fn also_for(&mut self, id: RemedyId, finding: &str) {
        if let Some(run) = self.remedies.runs.get_mut(&id) {
            // What called for it and is over calls for nothing any more.
            run.findings.retain(|before| self.book.get(before).is_some());
            run.findings.insert(finding.to_owned());
            self.remedies.by_finding.entry(finding.to_owned()).or_default().insert(id);
            self.remedies.due.insert(id);
        }
    }
}

fn told(effect: &Effect) -> Option<(Change, String)> {
    match effect {
        Effect::Tell { change, finding } => Some((*change, finding.id.clone())),
        _ => None,
    }
}
