//! What has to outlive swanwatch: limits, what is under way, what was up.

use std::collections::BTreeSet;

use super::words;
use super::{Course, run::RunStage};
use crate::engine::facts::want::Want;
use crate::engine::remedies::guard::{Guard, OrderedBy};
use crate::model::{Effect, Intent, RemedyChange, RemedyKind, RemedyState, Remembered, Started};

impl Course<'_> {
    /// Takes over what the run before kept, where that was in this boot and namespace: elsewhere its times and SAs mean nothing.
    pub fn recall(&mut self, started: &Started) {
        let valid = |kept: &&Remembered| kept.boot_id == started.boot_id && kept.netns == started.netns;
        let of_any_boot = |kept: &Remembered| Remembered { answered: kept.answered.clone(), ..Remembered::default() };
        let kept = started.remembered.as_deref();
        let mut kept = kept.filter(valid).cloned().or_else(|| kept.map(of_any_boot)).unwrap_or_default();
        self.evacuations_recalled(&mut kept.evacuated);
        self.remedies.guard = Guard::new(started.seed, &kept.tries);
        self.remedies.last = kept.last;
        self.remedies.unfinished.clone_from(&kept.intents);
        self.wants.push(Want::Recall(Box::new(kept)));
    }

    /// After the first full join: what was left half done is told, and mended where it has to be.
    pub fn resume(&mut self, out: &mut Vec<Effect>) {
        self.fence_changed();
        // At once: swanwatch and the daemon may die before anything changes.
        self.remedies.unkept = true;
        for intent in std::mem::take(&mut self.remedies.unfinished) {
            self.remedies.unkept = true;
            let text = words::was_interrupted(intent.kind);
            self.tell_remedy_story(&intent.target, format!("{} {}: {text}", intent.kind, RemedyState::Failed));
            let Intent { id, kind, target, finding, sas, of, .. } = intent;
            out.push(Effect::TellRemedy(Box::new(RemedyChange {
                id,
                kind,
                target: target.clone(),
                finding,
                state: RemedyState::Failed,
                step: None,
                healed: false,
                text,
            })));
            let lost = sas.iter().any(|sa| self.facts.sad.find(sa).is_none());
            // SAs that we took away and did not put back are ours to replace, whatever may act.
            let takes_away = matches!(kind, RemedyKind::Reinstall | RemedyKind::Evacuate);
            if takes_away && lost {
                let whose = if kind == RemedyKind::Evacuate { of } else { vec![target.clone()] };
                for tunnel in whose {
                    if !self.facts.newest_of_stands(&tunnel) {
                        self.new_run(RemedyKind::Rekey, tunnel, OrderedBy::Unfinished, None);
                    }
                }
            }
            self.evacuation_resumes(&target, &sas);
        }
        self.evacuations_resume(out);
    }

    /// Has everything written that has to outlive swanwatch, where it changed. What waits for it goes on when it is on disk.
    pub(super) fn keep_what_changed(&mut self, out: &mut Vec<Effect>) {
        if !std::mem::take(&mut self.remedies.unkept) {
            return;
        }
        let ask = self.remedies.next_ask();
        for run in self.remedies.runs.values_mut() {
            if run.stage == RunStage::Keeping(None) {
                run.stage = RunStage::Keeping(Some(ask));
            }
        }
        out.push(Effect::Remember { ask, state: Box::new(self.remember()) });
    }

    fn remember(&mut self) -> Remembered {
        let at_work = self.remedies.runs.values().filter(|run| run.is_at_work());
        let intents = at_work.map(|run| Intent {
            id: run.id,
            kind: run.kind,
            target: run.target.clone(),
            finding: run.finding().map(ToOwned::to_owned),
            began: run.began,
            sas: run.plan.sas.clone(),
            of: run.plan.of.values().collect::<BTreeSet<_>>().into_iter().cloned().collect(),
        });
        Remembered {
            boot_id: self.facts.started.boot_id.clone(),
            netns: self.facts.started.netns,
            last: self.remedies.last,
            intents: intents.collect(),
            evacuated: self.facts.evacuations_to_keep(),
            tunnels: self.facts.tunnels_up(),
            process: self.facts.process_to_keep(),
            stopped: self.facts.absence.order(),
            tries: self.remedies.guard.kept(self.facts.now),
            answered: self.facts.answered.names(),
            unanswered_told: self.facts.answered.told(self.facts.now),
        }
    }
}
