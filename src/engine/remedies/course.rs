//! The course of every remedy: a finding calls for it, it waits until the time is right, and it ends as what was seen says.

use std::time::Duration;

use super::Course;
use super::run::{Over, Progress, Ready, Run, RunStage};
use super::state::RemedyWake;
use super::words;
use crate::engine::facts::Facts;
use crate::engine::remedies::guard::OrderedBy;
use crate::model::{Boottime, Effect, RemedyId, RemedyKind, RemedyState};

/// What was done to a device is looked for this often: somebody waits to take it down.
const LOOKS_AGAIN: Duration = Duration::from_secs(1);

impl Course<'_> {
    /// A finding was told: what can be done about it, and by whom.
    pub(super) fn finding_calls(&mut self, id: &str, out: &mut Vec<Effect>) {
        let Some(finding) = self.book.get(id).cloned() else { return };
        let Some(kind) = self.facts.kind_for(&finding) else { return };
        self.remedies.findings.insert(id.to_owned());
        if !self.facts.may_act(kind, OrderedBy::Finding) {
            return;
        }
        for target in self.scene().targets_of(kind, &finding) {
            match self.remedies.run_on(kind, &target) {
                Some(run) => self.also_for(run, id),
                None => {
                    let run = self.new_run(kind, target, OrderedBy::Finding, Some(id.to_owned()));
                    self.come_to(run, RemedyState::Queued, words::queued(), out);
                }
            }
        }
    }

    /// What is wrong is over; a try that is under way is seen to its end.
    pub(super) fn finding_is_over(&mut self, id: &str) {
        if let Some(runs) = self.remedies.by_finding.get(id) {
            self.remedies.due.extend(runs.iter().copied());
            self.remedies.findings.insert(id.to_owned());
        }
    }

    pub(super) fn look_at_run(&mut self, id: RemedyId, out: &mut Vec<Effect>) {
        let Some(run) = self.remedies.runs.get(&id).cloned() else { return };
        match run.stage {
            RunStage::Idle => self.look_at_idle(&run, out),
            RunStage::Verifying => self.look_whether_it_helped(&run, out),
            // An answer is awaited.
            RunStage::Keeping(_) | RunStage::Acting(_) => {}
        }
    }

    fn look_at_idle(&mut self, run: &Run, out: &mut Vec<Effect>) {
        self.remedies.line.remove(&run.id);
        if let Some(over) = self.scene().is_not_needed(run) {
            self.is_over_without(run, over, out);
            return;
        }
        if !self.facts.may_act(run.kind, run.by) {
            self.end(run.id, RemedyState::Refused, words::not_any_more(run.kind), out);
            return;
        }
        if run.rests_until.is_some_and(|until| self.facts.now < until) {
            return;
        }
        match self.scene().ready(run) {
            Ready::Wait(until, why) => self.wait(run.id, until, why, out),
            Ready::Refuse(why) => self.refuse(run, why, out),
            // Whoever is ready stands in line: what all of a kind share is given to one after the other.
            Ready::Now => {
                self.remedies.line.insert(run.id);
            }
        }
    }

    /// What was wrong is over, and no try was seen to be the cause: told as what it is, and not as if it had been done.
    fn is_over_without(&mut self, run: &Run, over: Over, out: &mut Vec<Effect>) {
        let why = words::over(over, self.scene().healer_of(run).as_deref());
        self.remedies.guard.forgive(&run.target);
        if let Some(run) = self.remedies.runs.get_mut(&run.id) {
            run.healed = true;
        }
        match run.failed {
            true => self.end(run.id, RemedyState::Failed, words::after_a_try(&why), out),
            false => self.end(run.id, RemedyState::Refused, why, out),
        }
    }

    /// Where this one is refused or given up, the next best kind that may act has its turn.
    pub(super) fn others_turn(&mut self, run: &Run) {
        if run.by != OrderedBy::Finding {
            return;
        }
        for id in &run.findings {
            let next = self.book.get(id).and_then(|finding| self.facts.kind_after(run.kind, finding));
            let Some(kind) = next else { continue };
            match self.remedies.run_on(kind, &run.target) {
                Some(other) => self.also_for(other, id),
                None => {
                    self.new_run(kind, run.target.clone(), OrderedBy::Finding, Some(id.clone()));
                }
            }
        }
    }

    pub(super) fn wait(&mut self, id: RemedyId, until: Option<Boottime>, why: String, out: &mut Vec<Effect>) {
        if let Some(until) = until {
            self.look_later(id, until);
        }
        self.come_to(id, RemedyState::Waiting, why, out);
    }

    pub(super) fn refuse(&mut self, run: &Run, why: String, out: &mut Vec<Effect>) {
        if run.by == OrderedBy::Finding {
            // It stays, so that the finding says why, and is looked at again when something changes.
            self.come_to(run.id, RemedyState::Refused, why, out);
            self.others_turn(run);
        } else {
            self.end(run.id, RemedyState::Refused, why, out);
        }
    }

    fn look_whether_it_helped(&mut self, run: &Run, out: &mut Vec<Effect>) {
        match self.seen_of(run) {
            Progress::Helped(text) => {
                self.remedies.guard.helped(run.kind, &run.target, self.facts.now);
                self.has_helped(run);
                // What of a device was not begun is either not there any more or told as not done.
                if let Some(why) = run.refused.as_ref().filter(|_| run.kind != RemedyKind::Evacuate) {
                    self.rest(run, words::in_part(why), out);
                    return;
                }
                self.end(run.id, RemedyState::Done, text, out);
            }
            Progress::Looks(until, text) => {
                if run.holds.is_none() {
                    if let Some(run) = self.remedies.runs.get_mut(&run.id) {
                        run.holds = Some(self.facts.now);
                    }
                    self.look_later(run.id, until);
                    self.come_to(run.id, RemedyState::Verifying, text, out);
                }
            }
            Progress::Failed(text) => self.fail(run.id, text, out),
            Progress::NotYet => {
                if self.facts.now.since(run.began) >= run.plan.patience {
                    self.fail(run.id, words::nothing_seen(run.plan.patience), out);
                } else if run.kind == RemedyKind::Evacuate {
                    // No tunnel is touched by an SA of nobody's.
                    self.look_later(run.id, self.facts.now + LOOKS_AGAIN);
                }
            }
        }
    }

    pub(super) fn fail(&mut self, id: RemedyId, why: String, out: &mut Vec<Effect>) {
        let Some(run) = self.remedies.runs.get(&id).cloned() else { return };
        self.remedies.guard.failed(run.kind, &run.target, self.facts.now);
        self.remedies.unkept = true;
        if run.by == OrderedBy::Finding {
            self.enter_stage(id, RunStage::Idle);
            if let Some(run) = self.remedies.runs.get_mut(&id) {
                run.failed = true;
            }
            self.come_to(id, RemedyState::Failed, why, out);
            // What follows is told in its own step.
            self.look_later(id, self.facts.now);
        } else {
            self.end(id, RemedyState::Failed, why, out);
        }
        self.others_may_go();
    }

    /// It is over.
    pub(super) fn end(&mut self, id: RemedyId, state: RemedyState, why: String, out: &mut Vec<Effect>) {
        self.come_to(id, state, why, out);
        let Some(run) = self.remedies.runs.remove(&id) else { return };
        self.remedies.by_target.remove(&(run.kind, run.target.clone()));
        self.remedies.line.remove(&id);
        self.remedies.timers.clear(RemedyWake::Run(id));
        if run.is_at_work() {
            self.remedies.unkept = true;
            self.remedies.guard.left_alone(&run.target);
        }
        self.others_may_go();
        self.evacuation_ended(&run);
        self.run_ended(run);
    }

    /// Another run takes its place.
    pub(super) fn replaced(&mut self, id: RemedyId, out: &mut Vec<Effect>) {
        if let Some(run) = self.remedies.runs.get_mut(&id) {
            run.replaced = true;
        }
        self.end(id, RemedyState::Refused, words::by_request(), out);
    }

    /// A place is free.
    pub(super) fn others_may_go(&mut self) {
        if !self.remedies.line.is_empty() {
            self.remedies.timers.set(self.facts.now, RemedyWake::Line);
        }
    }

    pub(super) fn mark_asked(&mut self, id: RemedyId) {
        if let Some(run) = self.remedies.runs.get_mut(&id) {
            run.asked = true;
        }
    }

    pub(super) fn enter_stage(&mut self, id: RemedyId, stage: RunStage) {
        if let Some(run) = self.remedies.runs.get_mut(&id) {
            run.stage = stage;
        }
    }
}

impl Facts {
    pub(super) fn may_act(&self, kind: RemedyKind, by: OrderedBy) -> bool {
        crate::engine::remedies::guard::is_permitted(&self.started.settings.act, kind, by)
    }
}
