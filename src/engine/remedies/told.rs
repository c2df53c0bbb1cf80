//! What is told of remedies: each change to people, its story to `explain`, and its state in the finding that it is for.

use std::collections::BTreeMap;

use super::counts::count_state;
use super::words;
use super::{Course, Run, Scene};
use crate::model::{Change, Effect, Remedy, RemedyChange, RemedyId, RemedyKind, RemedyState, Step};

/// Of which finding an effect tells, and where it stands.
fn place_of_told((place, effect): (usize, &Effect)) -> Option<(String, usize)> {
    match effect {
        Effect::Tell { finding, .. } => Some((finding.id.clone(), place)),
        _ => None,
    }
}

/// Which state of several stands for all: what somebody has to look at first.
const fn rank(state: RemedyState) -> u8 {
    match state {
        RemedyState::GivenUp => 8,
        RemedyState::Failed => 7,
        RemedyState::Refused => 6,
        RemedyState::Running => 5,
        RemedyState::Verifying => 4,
        RemedyState::Waiting => 3,
        RemedyState::Queued => 2,
        RemedyState::Done => 1,
        RemedyState::Advised => 0,
    }
}

impl Course<'_> {
    /// A run is in this state now. Nothing happens where it was.
    pub(super) fn come_to(&mut self, id: RemedyId, state: RemedyState, why: String, out: &mut Vec<Effect>) {
        let Some(run) = self.remedies.runs.get_mut(&id) else { return };
        if run.state == state && run.why == why {
            return;
        }
        let before = std::mem::replace(&mut run.state, state);
        run.why.clone_from(&why);
        count_state(&mut self.remedies.counts, run, before);
        let (kind, target, healed) = (run.kind, run.target.clone(), run.healed);
        let finding = run.finding().map(ToOwned::to_owned);
        let step: Option<Step> = run.step().cloned();
        self.remedies.findings.extend(run.findings.iter().cloned());
        self.tell_remedy_story(&target, format!("{kind} {state}: {why}"));
        let change = RemedyChange { id, kind, target, finding, state, step, healed, text: why };
        out.push(Effect::TellRemedy(Box::new(change)));
    }

    /// A run is over; its finding may go on with others.
    pub(super) fn run_ended(&mut self, run: Run) {
        for finding in run.findings {
            if let Some(runs) = self.remedies.by_finding.get_mut(&finding) {
                runs.remove(&run.id);
                if runs.is_empty() {
                    self.remedies.by_finding.remove(&finding);
                }
            }
            let past = self.remedies.past.entry(finding.clone()).or_default();
            match run.healed {
                true => past.healed += 1,
                false => *past.counts.entry(run.state).or_default() += 1,
            }
            past.last = Some(Remedy { kind: run.kind, state: run.state, why: run.why.clone() });
            self.remedies.findings.insert(finding);
        }
    }

    /// Writes into this step's findings what is to be done about them, and tells those that nobody told yet.
    pub(super) fn tell_of_remedies(&mut self, first: usize, out: &mut Vec<Effect>) {
        let findings = std::mem::take(&mut self.remedies.findings);
        if findings.is_empty() {
            return;
        }
        // One step may tell of as many findings as there are connections.
        let told: BTreeMap<String, usize> = (first..).zip(out.iter().skip(first)).filter_map(place_of_told).collect();
        for id in findings {
            let is_open = self.book.get(&id).is_some();
            let remedy = self.scene().remedy_of(&id);
            let is_news = self.book.set_remedy(&id, remedy.clone());
            match told.get(&id).and_then(|place| out.get_mut(*place)) {
                Some(Effect::Tell { finding, .. }) => finding.remedy = remedy,
                _ if is_news && is_open => {
                    if let Some(finding) = self.book.get(&id) {
                        out.push(Effect::Tell { change: Change::Changed, finding: Box::new(finding.clone()) });
                    }
                }
                _ => {}
            }
            if !is_open {
                self.remedies.past.remove(&id);
            }
        }
    }
}

impl Scene<'_> {
    /// What stands in a finding.
    fn remedy_of(&self, id: &str) -> Option<Remedy> {
        let runs = self.remedies.by_finding.get(id).into_iter().flatten();
        let runs = runs.filter_map(|run| self.remedies.runs.get(run));
        let runs: Vec<&Run> = runs.filter(|run| !self.has_made_room(run, id)).collect();
        let past = self.remedies.past.get(id);
        let healed = past.map_or(0, |past| past.healed);
        let ended = healed + past.iter().flat_map(|past| past.counts.values()).sum::<usize>();
        match (runs.as_slice(), ended) {
            ([], 0) => self.advised(id),
            ([], 1) => past?.last.clone(),
            ([run], 0) => Some(Remedy { kind: run.kind, state: run.state, why: run.why.clone() }),
            (runs, _) => {
                let mut counts = past.map(|past| past.counts.clone()).unwrap_or_default();
                for run in runs {
                    *counts.entry(run.state).or_default() += 1;
                }
                let worst = counts.keys().copied().max_by_key(|state| rank(*state));
                let state = worst.unwrap_or(RemedyState::Refused);
                let worst = runs.iter().find(|run| run.state == state);
                let last = past.and_then(|past| past.last.as_ref());
                let kind = worst.map(|run| run.kind).or_else(|| last.map(|last| last.kind))?;
                let example = worst.map(|run| (run.target.to_string(), run.why.as_str()));
                Some(Remedy { kind, state, why: words::several(&counts, healed, example) })
            }
        }
    }

    /// It is refused or given up, and another kind has its turn on the same target: that one is told.
    fn has_made_room(&self, run: &Run, finding: &str) -> bool {
        let is_out = matches!(run.state, RemedyState::Refused | RemedyState::GivenUp);
        let others = RemedyKind::ALL.into_iter().filter(|kind| *kind != run.kind);
        let mut others = others.filter_map(|kind| self.remedies.runs.get(&self.remedies.run_on(kind, &run.target)?));
        is_out && others.any(|other| other.id > run.id && other.findings.contains(finding))
    }

    /// What a person could do, where swanwatch may not.
    fn advised(&self, id: &str) -> Option<Remedy> {
        let finding = self.book.get(id)?;
        let kind = self.facts.kind_for(finding)?;
        let targets = self.targets_of(kind, finding);
        let first = targets.first()?;
        let why = words::advised(&self.facts.by_hand(kind, first, finding), targets.len());
        Some(Remedy { kind, state: RemedyState::Advised, why })
    }
}
