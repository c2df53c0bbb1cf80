//! One try of a remedy: its turn, its intent on disk, and its steps one after the other.

use std::sync::Arc;
use std::time::Duration;

use super::Course;
use super::run::{Ready, Run, RunStage};
use super::state::RemedyWake;
use super::words;
use crate::engine::facts::Facts;
use crate::engine::remedies::guard::{GuardVerdict, Hold, paced_as};
use crate::model::{AskId, Boottime, Effect, Failure, Outcome, RemedyId, RemedyKind, RemedyState, Step, StepResult};

/// What was refused is tried again after this time, where nothing else gives a reason.
const PROBED_AGAIN: Duration = Duration::from_secs(900);

impl Course<'_> {
    /// Begins what is ready, in order, as far as the guard lets it.
    pub(super) fn next_in_line(&mut self, out: &mut Vec<Effect>) {
        let line: Vec<_> = self.remedies.line.iter().copied().collect();
        let mut shut: Vec<RemedyKind> = Vec::new();
        for id in line {
            let Some(run) = self.remedies.runs.get(&id) else { continue };
            let (kind, target) = (run.kind, run.target.clone());
            let paced = paced_as(kind, &target);
            if shut.contains(&paced) {
                continue;
            }
            let verdict = self.remedies.guard.may(kind, &target, self.facts.now);
            let hold = if let GuardVerdict::Wait(_, hold) = verdict { Some(hold) } else { None };
            self.count_hold(id, hold);
            match verdict {
                GuardVerdict::Go => self.begin(id, out),
                GuardVerdict::GivenUp(failures) => {
                    self.remedies.line.remove(&id);
                    self.come_to(id, RemedyState::GivenUp, words::given_up(kind, failures), out);
                    if let Some(run) = self.remedies.runs.get(&id).cloned() {
                        self.others_turn(&run);
                    }
                }
                GuardVerdict::Wait(until, hold @ (Hold::Pace | Hold::Hourly | Hold::InFlight)) => {
                    // Those behind it wait for the same, and need no look of their own.
                    shut.push(paced);
                    if let Some(until) = until {
                        self.remedies.timers.set(until, RemedyWake::Line);
                    }
                    self.come_to(id, RemedyState::Waiting, self.facts.held(hold, until), out);
                }
                GuardVerdict::Wait(until, hold) => {
                    if until.is_some() {
                        self.remedies.line.remove(&id);
                    }
                    self.wait(id, until, self.facts.held(hold, until), out);
                }
            }
        }
    }

    fn begin(&mut self, id: RemedyId, out: &mut Vec<Effect>) {
        self.remedies.line.remove(&id);
        let Some(run) = self.remedies.runs.get(&id).cloned() else { return };
        // While it stood in line things may have changed.
        match self.scene().ready(&run) {
            Ready::Now if self.scene().is_not_needed(&run).is_none() => {}
            _ => {
                self.remedies.due.insert(id);
                self.remedies.timers.set(self.facts.now, RemedyWake::Run(id));
                return;
            }
        }
        if !self.evacuation_stands(id) {
            self.remedies.due.insert(id);
            self.remedies.timers.set(self.facts.now, RemedyWake::Run(id));
            return;
        }
        let plan = self.scene().plan(&run);
        let before = self.facts.newest_serial(&run.target);
        let now = self.facts.now;
        self.remedies.guard.begin(run.kind, &run.target, now);
        if let Some(run) = self.remedies.runs.get_mut(&id) {
            run.stage = RunStage::Keeping(None);
            run.plan = Arc::new(plan);
            run.before = before;
            run.began = now;
            run.holds = None;
            run.asked = false;
            run.refused = None;
        }
        self.remedies.unkept = true;
        self.come_to(id, RemedyState::Running, words::begins(), out);
    }

    /// What was to be kept is kept, or cannot be: then nothing is begun.
    pub fn kept(&mut self, ask: AskId, answer: &Result<(), Failure>, out: &mut Vec<Effect>) {
        let waits = |run: &&Run| matches!(run.stage, RunStage::Keeping(Some(since)) if since <= ask);
        let waiting: Vec<_> = self.remedies.runs.values().filter(waits).map(|run| run.id).collect();
        for id in waiting {
            match answer {
                Ok(()) => self.act(id, 0, out),
                Err(failure) => {
                    let Some(run) = self.remedies.runs.get(&id).cloned() else { continue };
                    self.remedies.guard.left_alone(&run.target);
                    self.enter_stage(id, RunStage::Idle);
                    self.refuse(&run, words::cannot_be_kept(failure), out);
                }
            }
        }
    }

    fn act(&mut self, id: RemedyId, number: usize, out: &mut Vec<Effect>) {
        let Some(run) = self.remedies.runs.get(&id) else { return };
        let Some(step) = run.plan.steps.get(number).cloned() else {
            self.enter_stage(id, RunStage::Verifying);
            let until = self.facts.now + self.remedies.runs.get(&id).map(|run| run.plan.patience).unwrap_or_default();
            if let Some(run) = self.remedies.runs.get_mut(&id) {
                run.began = self.facts.now;
            }
            self.look_later(id, until);
            let proof = self.remedies.runs.get(&id).map(|run| run.plan.proof.clone()).unwrap_or_default();
            self.come_to(id, RemedyState::Verifying, proof, out);
            self.remedies.due.insert(id);
            return;
        };
        let ask = self.remedies.next_ask();
        self.remedies.acts.insert(ask, id);
        self.enter_stage(id, RunStage::Acting(number));
        self.come_to(id, RemedyState::Running, step.to_string(), out);
        self.reinstall_begins(&step);
        out.push(Effect::Act { ask, remedy: id, step });
    }

    /// A step has ended.
    pub fn step_ended(&mut self, outcome: &Outcome, out: &mut Vec<Effect>) {
        if self.fence_ended(outcome) {
            return;
        }
        let Some(id) = self.remedies.acts.remove(&outcome.ask) else { return };
        let Some(run) = self.remedies.runs.get(&id).cloned() else { return };
        let RunStage::Acting(number) = run.stage else { return };
        let text = format!("{}: {}", outcome.step, outcome.result);
        self.tell_remedy_story(&run.target, text.clone());
        self.reinstall_ended(&run, outcome);
        self.evacuation_goes_on(&run, outcome);
        if let StepResult::Refused(why) = &outcome.result
            && self.others_go_on(&run, number, why)
        {
            self.act(id, number + 1, out);
            return;
        }
        match &outcome.result {
            StepResult::Done(_) => self.act(id, number + 1, out),
            // The device said no: nothing was tried, and nothing is to be tried again soon.
            StepResult::Refused(why) => {
                self.remedies.guard.left_alone(&run.target);
                let is_probe = matches!(outcome.step, Step::Probe { .. });
                let first = run.refused.as_ref().unwrap_or(why);
                self.rest(&run, if is_probe { words::probe_refused(why) } else { first.clone() }, out);
            }
            // Nothing is known of the device, and so nothing is asked of the daemon.
            StepResult::Timeout if matches!(outcome.step, Step::Probe { .. }) => self.fail(id, text, out),
            // It may still come: what is seen decides.
            StepResult::Timeout => self.act(id, number + 1, out),
            StepResult::Failed(_) => self.fail(id, text, out),
            StepResult::Lost(_) => {
                self.fail(id, text, out);
                // What replaces what is lost does not wait.
                self.remedies.guard.forgive(&run.target);
            }
        }
    }

    /// An inbound SA that was not touched is no reason to leave the outbound one in software: each is asked of the device before anything is
    /// done. One that was taken out, refused and put back is, in this try or before: the device does not do what it says.
    fn others_go_on(&mut self, run: &Run, number: usize, why: &str) -> bool {
        let is_reinstall =
            |at: usize| matches!(run.plan.steps.get(at), Some(Step::Reinstall { .. } | Step::Evacuate { .. }));
        // Of a device each SA is asked for by itself, to the last.
        let of_device = run.kind == RemedyKind::Evacuate;
        if !of_device && (run.failed || !is_reinstall(number) || !is_reinstall(number + 1)) {
            return false;
        }
        if let Some(run) = self.remedies.runs.get_mut(&run.id) {
            run.refused.get_or_insert_with(|| why.to_owned());
        }
        true
    }

    /// Refused, and not tried again soon.
    pub(super) fn rest(&mut self, run: &Run, why: String, out: &mut Vec<Effect>) {
        self.enter_stage(run.id, RunStage::Idle);
        self.remedies.unkept = true;
        let until = self.facts.now + PROBED_AGAIN;
        if let Some(run) = self.remedies.runs.get_mut(&run.id) {
            run.rests_until = Some(until);
        }
        self.look_later(run.id, until);
        self.refuse(run, why, out);
        self.others_may_go();
    }
}

impl Facts {
    /// What it waits for, and until when.
    fn held(&self, hold: Hold, until: Option<Boottime>) -> String {
        let wall = |until: Boottime| self.started.zone.moment(self.wall.after(until.since(self.now)));
        words::held(hold, until.map(wall))
    }
}
