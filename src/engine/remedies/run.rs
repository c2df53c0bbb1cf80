//! One remedy on one target, from the wish to its end.

use std::collections::BTreeSet;
use std::time::Duration;

use super::words;
use crate::engine::Engine;
use crate::engine::guard::{By, Hold, Verdict, paced_as};
use crate::engine::timers::Timer;
use crate::model::{
    AskId, Boottime, Effect, Failure, Outcome, RemedyId, RemedyKind, RemedyState, RemedyTarget, SaId, Serial, Step,
    StepResult,
};

/// What was refused is tried again after this time, where nothing else gives a reason.
const PROBED_AGAIN: Duration = Duration::from_secs(900);

/// One remedy on one target.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its number.
    pub id: RemedyId,
    /// Which remedy.
    pub kind: RemedyKind,
    /// On what.
    pub target: RemedyTarget,
    /// Who wants it.
    pub by: By,
    /// Because of which findings: one pair of SAs may be wrong in both directions.
    pub findings: BTreeSet<String>,
    /// How far it is.
    pub state: RemedyState,
    /// Why it is there.
    pub why: String,
    /// Since when it is wanted.
    pub wanted: Boottime,
    /// Since when the present try is under way; of the last one otherwise.
    pub began: Boottime,
    /// The newest Child SA of the tunnel when the try began.
    pub before: Option<Serial>,
    /// What was done in this try.
    pub plan: Plan,
    /// A device said no: it is not asked again before this, unless a device changes.
    pub rests_until: Option<Boottime>,
    /// The kernel was asked what it came to.
    pub asked: bool,
    /// Since when it looks as if it had helped.
    pub holds: Option<Boottime>,
    pub(super) stage: Stage,
}

/// Where a run is in its try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// No try is under way.
    Idle,
    /// Its intent is being kept, since this question or the next one.
    Keeping(Option<AskId>),
    /// This step of its plan is being done.
    Acting(usize),
    /// Its steps are done.
    Verifying,
}

/// What is to be done in one try.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// In this order.
    pub steps: Vec<Step>,
    /// SAs that it takes away or replaces.
    pub sas: Vec<SaId>,
    /// How long after the last step it may take to be seen to help.
    pub patience: Duration,
    /// How it is seen. One sentence.
    pub proof: String,
}

/// Whether the time is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ready {
    /// It is.
    Now,
    /// Not yet; it is looked at again then, and whenever something happens that it may wait for.
    Wait(Option<Boottime>, String),
    /// It would do harm or cannot help, as things are.
    Refuse(String),
}

/// Whether it helped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It did.
    Helped(String),
    /// It looks so, and is looked at again then.
    Looks(Boottime, String),
    /// Nothing is seen yet.
    NotYet,
    /// It did not.
    Failed(String),
}

// === impl Run ===

impl Run {
    pub(super) fn new(
        id: RemedyId,
        kind: RemedyKind,
        target: RemedyTarget,
        by: By,
        findings: BTreeSet<String>,
        now: Boottime,
    ) -> Self {
        Self {
            id,
            kind,
            target,
            by,
            findings,
            state: RemedyState::Queued,
            why: String::new(),
            wanted: now,
            began: now,
            before: None,
            plan: Plan::default(),
            rests_until: None,
            asked: false,
            holds: None,
            stage: Stage::Idle,
        }
    }

    /// The finding that it is told with.
    pub fn finding(&self) -> Option<&str> {
        self.findings.first().map(String::as_str)
    }

    /// The step at hand.
    pub(super) fn step(&self) -> Option<&Step> {
        match self.stage {
            Stage::Acting(number) => self.plan.steps.get(number),
            Stage::Idle | Stage::Keeping(_) | Stage::Verifying => None,
        }
    }

    /// A try is under way.
    pub(super) fn is_at_work(&self) -> bool {
        self.stage != Stage::Idle
    }
}

impl Engine {
    /// A finding was told: what can be done about it, and by whom.
    pub(super) fn finding_calls(&mut self, id: &str, out: &mut Vec<Effect>) {
        let Some(finding) = self.book.get(id).cloned() else { return };
        let Some(kind) = self.kind_for(&finding) else { return };
        self.remedies.findings.insert(id.to_owned());
        if !self.may_act(kind, By::Finding) {
            return;
        }
        for target in self.targets_of(kind, &finding) {
            match self.remedies.run_on(kind, &target) {
                Some(run) => self.also_for(run, id),
                None => {
                    let run = self.new_run(kind, target, By::Finding, Some(id.to_owned()));
                    self.come_to(run, RemedyState::Queued, words::queued(), out);
                }
            }
        }
    }

    pub(super) fn may_act(&self, kind: RemedyKind, by: By) -> bool {
        crate::engine::guard::is_permitted(&self.started.settings.act, kind, by)
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
            Stage::Idle => self.look_at_idle(&run, out),
            Stage::Verifying => self.look_whether_it_helped(&run, out),
            // An answer is awaited.
            Stage::Keeping(_) | Stage::Acting(_) => {}
        }
    }

    fn look_at_idle(&mut self, run: &Run, out: &mut Vec<Effect>) {
        self.remedies.line.remove(&run.id);
        if let Some(why) = self.is_not_needed(run) {
            self.remedies.guard.forgive(&run.target);
            self.end(run.id, RemedyState::Done, why, out);
            return;
        }
        if !self.may_act(run.kind, run.by) {
            self.end(run.id, RemedyState::Refused, words::not_any_more(run.kind), out);
            return;
        }
        if run.rests_until.is_some_and(|until| self.now < until) {
            return;
        }
        match self.ready(run) {
            Ready::Wait(until, why) => self.wait(run.id, until, why, out),
            Ready::Refuse(why) => self.refuse(run, why, out),
            // Whoever is ready stands in line: what all of a kind share is given to one after the other.
            Ready::Now => {
                self.remedies.line.insert(run.id);
            }
        }
    }

    fn wait(&mut self, id: RemedyId, until: Option<Boottime>, why: String, out: &mut Vec<Effect>) {
        if let Some(until) = until {
            self.look_later(id, until);
        }
        self.come_to(id, RemedyState::Waiting, why, out);
    }

    fn refuse(&mut self, run: &Run, why: String, out: &mut Vec<Effect>) {
        if run.by == By::Finding {
            // It stays, so that the finding says why, and is looked at again when something changes.
            self.come_to(run.id, RemedyState::Refused, why, out);
        } else {
            self.end(run.id, RemedyState::Refused, why, out);
        }
    }

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
            match self.remedies.guard.may(kind, &target, self.now) {
                Verdict::Go => self.begin(id, out),
                Verdict::GivenUp(failures) => {
                    self.remedies.line.remove(&id);
                    self.come_to(id, RemedyState::GivenUp, words::given_up(kind, failures), out);
                }
                Verdict::Wait(until, hold @ (Hold::Pace | Hold::Hourly | Hold::InFlight)) => {
                    // Those behind it wait for the same, and need no look of their own.
                    shut.push(paced);
                    if let Some(until) = until {
                        self.timers.set(until, Timer::RemedyLine);
                    }
                    self.come_to(id, RemedyState::Waiting, words::held(hold), out);
                }
                Verdict::Wait(until, hold) => {
                    if until.is_some() {
                        self.remedies.line.remove(&id);
                    }
                    self.wait(id, until, words::held(hold), out);
                }
            }
        }
    }

    fn begin(&mut self, id: RemedyId, out: &mut Vec<Effect>) {
        self.remedies.line.remove(&id);
        let Some(run) = self.remedies.runs.get(&id).cloned() else { return };
        // While it stood in line things may have changed.
        match self.ready(&run) {
            Ready::Now if self.is_not_needed(&run).is_none() => {}
            _ => {
                self.remedies.due.insert(id);
                self.timers.set(self.now, Timer::Remedy(id));
                return;
            }
        }
        let plan = self.plan(&run);
        let before = self.newest_serial(&run.target);
        let now = self.now;
        self.remedies.guard.begin(run.kind, &run.target, now);
        if let Some(run) = self.remedies.runs.get_mut(&id) {
            run.stage = Stage::Keeping(None);
            run.plan = plan;
            run.before = before;
            run.began = now;
            run.holds = None;
            run.asked = false;
        }
        self.remedies.unkept = true;
        self.come_to(id, RemedyState::Running, words::begins(), out);
    }

    /// What was to be kept is kept, or cannot be: then nothing is begun.
    pub(in crate::engine) fn kept(&mut self, ask: AskId, answer: &Result<(), Failure>, out: &mut Vec<Effect>) {
        let waits = |run: &&Run| matches!(run.stage, Stage::Keeping(Some(since)) if since <= ask);
        let waiting: Vec<_> = self.remedies.runs.values().filter(waits).map(|run| run.id).collect();
        for id in waiting {
            match answer {
                Ok(()) => self.act(id, 0, out),
                Err(failure) => {
                    let Some(run) = self.remedies.runs.get(&id).cloned() else { continue };
                    self.remedies.guard.left_alone(&run.target);
                    self.enter_stage(id, Stage::Idle);
                    self.refuse(&run, words::cannot_be_kept(failure), out);
                }
            }
        }
    }

    fn act(&mut self, id: RemedyId, number: usize, out: &mut Vec<Effect>) {
        let Some(run) = self.remedies.runs.get(&id) else { return };
        let Some(step) = run.plan.steps.get(number).cloned() else {
            self.enter_stage(id, Stage::Verifying);
            let until = self.now + self.remedies.runs.get(&id).map(|run| run.plan.patience).unwrap_or_default();
            if let Some(run) = self.remedies.runs.get_mut(&id) {
                run.began = self.now;
            }
            self.look_later(id, until);
            let proof = self.remedies.runs.get(&id).map(|run| run.plan.proof.clone()).unwrap_or_default();
            self.come_to(id, RemedyState::Verifying, proof, out);
            self.remedies.due.insert(id);
            return;
        };
        let ask = self.asks.next_of_remedies();
        self.remedies.acts.insert(ask, id);
        self.enter_stage(id, Stage::Acting(number));
        self.come_to(id, RemedyState::Running, step.to_string(), out);
        self.reinstall_begins(&step);
        out.push(Effect::Act { ask, remedy: id, step });
    }

    /// A step has ended.
    pub(in crate::engine) fn step_ended(&mut self, outcome: &Outcome, out: &mut Vec<Effect>) {
        if self.fence_ended(outcome) {
            return;
        }
        let Some(id) = self.remedies.acts.remove(&outcome.ask) else { return };
        let Some(run) = self.remedies.runs.get(&id).cloned() else { return };
        let Stage::Acting(number) = run.stage else { return };
        let text = format!("{}: {}", outcome.step, outcome.result);
        self.tell_remedy_story(&run.target, text.clone());
        self.reinstall_ended(&run, outcome, out);
        match &outcome.result {
            StepResult::Done(_) => self.act(id, number + 1, out),
            // The device said no: nothing was tried, and nothing is to be tried again soon.
            StepResult::Refused(why) => {
                self.enter_stage(id, Stage::Idle);
                self.remedies.unkept = true;
                self.remedies.guard.left_alone(&run.target);
                let until = self.now + PROBED_AGAIN;
                if let Some(run) = self.remedies.runs.get_mut(&id) {
                    run.rests_until = Some(until);
                }
                self.look_later(id, until);
                let is_probe = matches!(outcome.step, Step::Probe { .. });
                self.refuse(&run, if is_probe { words::probe_refused(why) } else { why.clone() }, out);
                self.others_may_go();
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

    fn look_whether_it_helped(&mut self, run: &Run, out: &mut Vec<Effect>) {
        match self.seen_of(run, out) {
            Seen::Helped(text) => {
                self.remedies.guard.helped(run.kind, &run.target, self.now);
                self.end(run.id, RemedyState::Done, text, out);
            }
            Seen::Looks(until, text) => {
                if run.holds.is_none() {
                    if let Some(run) = self.remedies.runs.get_mut(&run.id) {
                        run.holds = Some(self.now);
                    }
                    self.look_later(run.id, until);
                    self.come_to(run.id, RemedyState::Verifying, text, out);
                }
            }
            Seen::Failed(text) => self.fail(run.id, text, out),
            Seen::NotYet => {
                if self.now.since(run.began) >= run.plan.patience {
                    self.fail(run.id, words::nothing_seen(run.plan.patience), out);
                }
            }
        }
    }

    fn fail(&mut self, id: RemedyId, why: String, out: &mut Vec<Effect>) {
        let Some(run) = self.remedies.runs.get(&id).cloned() else { return };
        self.remedies.guard.failed(run.kind, &run.target, self.now);
        self.remedies.unkept = true;
        if run.by == By::Finding {
            self.enter_stage(id, Stage::Idle);
            self.come_to(id, RemedyState::Failed, why, out);
            // What follows is told in its own step.
            self.look_later(id, self.now);
        } else {
            self.end(id, RemedyState::Failed, why, out);
        }
        self.others_may_go();
    }

    /// It is over.
    fn end(&mut self, id: RemedyId, state: RemedyState, why: String, out: &mut Vec<Effect>) {
        self.come_to(id, state, why, out);
        let Some(run) = self.remedies.runs.remove(&id) else { return };
        self.remedies.by_target.remove(&(run.kind, run.target.clone()));
        self.remedies.line.remove(&id);
        self.timers.clear(Timer::Remedy(id));
        if run.is_at_work() {
            self.remedies.unkept = true;
            self.remedies.guard.left_alone(&run.target);
        }
        self.others_may_go();
        self.run_ended(run);
    }

    /// Another run takes its place.
    pub(super) fn replaced(&mut self, id: RemedyId, out: &mut Vec<Effect>) {
        self.end(id, RemedyState::Refused, words::by_request(), out);
    }

    /// A place is free.
    fn others_may_go(&mut self) {
        if !self.remedies.line.is_empty() {
            self.timers.set(self.now, Timer::RemedyLine);
        }
    }

    pub(super) fn mark_asked(&mut self, id: RemedyId) {
        if let Some(run) = self.remedies.runs.get_mut(&id) {
            run.asked = true;
        }
    }

    fn enter_stage(&mut self, id: RemedyId, stage: Stage) {
        if let Some(run) = self.remedies.runs.get_mut(&id) {
            run.stage = stage;
        }
    }
}
